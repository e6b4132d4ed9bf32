# syntax=docker/dockerfile:1
# docker build -t stock-sync .        See docs/operations.md.

# Has the C compiler that SQLite, ring and the allocator are built with.
FROM rust:1.94-slim-trixie AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# What is downloaded and built stays between builds; the program is copied out, because caches are not part of the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package stock-sync --bin stock-sync \
    && cp target/release/stock-sync /usr/local/bin/stock-sync

FROM debian:trixie-slim
# What marketplaces' certificates are checked against.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/local/bin/stock-sync /usr/local/bin/stock-sync
COPY --chmod=0755 deploy/health-check /usr/local/bin/health-check
RUN install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/stock-sync
USER 10001:10001
WORKDIR /var/lib/stock-sync
VOLUME /var/lib/stock-sync
# Without a database URL, SQLite: data/stock-sync.db, and the key beside it, in this volume.
# The health check asks there, too: give another address by this variable, not by --listen.
ENV STOCK_SYNC_LISTEN=0.0.0.0:8080
EXPOSE 8080
# The server ends within 15 seconds of SIGTERM: `docker stop -t 20`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/health-check"]
ENTRYPOINT ["/usr/local/bin/stock-sync"]
CMD ["serve"]
