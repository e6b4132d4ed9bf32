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
RUN install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/stock-sync
USER 10001:10001
WORKDIR /var/lib/stock-sync
VOLUME /var/lib/stock-sync
# Without a database URL, SQLite: data/stock-sync.db, and the key beside it, in this volume.
ENV STOCK_SYNC_LISTEN=0.0.0.0:8080
EXPOSE 8080
# The server ends within 15 seconds of SIGTERM: `docker stop --time 20`.
STOPSIGNAL SIGTERM
# There is no curl in the image, and bash can speak enough HTTP.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == 'HTTP/1.1 200 '* ]]"]
ENTRYPOINT ["/usr/local/bin/stock-sync"]
CMD ["serve"]
