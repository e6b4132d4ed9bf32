//! Safe calls to addresses that users give us.
//!
//! A name is resolved once per connection, and the connection goes to an address that was checked: loopback, private,
//! link-local and other special ranges are refused unless the operator allows them. Redirects are not followed,
//! environment proxies are not used, a call ends after a given time, and no more than [`BODY_LIMIT`] bytes of a reply
//! are read.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use url::{Host, Url};

use crate::error::{Error, Result};

/// The longest that a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Most bytes of a reply that are read.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Longest URL that is called, in bytes.
const LONGEST_ENDPOINT: usize = 2_000;

/// Makes the calls. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
}

/// What calls may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether private addresses may be called, and not only public ones.
    pub allow_private: bool,
    /// The longest that one call may take.
    pub time_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: false,
            time_limit: Duration::from_secs(15),
        }
    }
}

/// A reply that was read whole, or up to [`BODY_LIMIT`].
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, which stops at [`BODY_LIMIT`] bytes.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text; what is not UTF-8 in it is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// How a call can end without a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The address may not be called. Nothing was sent.
    NotAllowed(String),
    /// No connection was made. Nothing was sent.
    NotConnected(String),
    /// There was no whole reply in time. What was sent may or may not have had its effect.
    TimedOut,
    /// The connection broke. What was sent may or may not have had its effect.
    Broken(String),
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// TLS could not be set up.
    pub fn new(settings: Settings) -> Result<Self> {
        // An error means that a provider is there already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("stock-sync/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(settings.time_limit)
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(CheckedResolver {
                allow_private: settings.allow_private,
            }))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { http, settings })
    }

    /// The longest that one call may take.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.settings.time_limit
    }

    /// The endpoint as a URL, if it may be called as far as can be told without resolving its name.
    ///
    /// # Errors
    /// A text for the caller: not a URL, not HTTP, with credentials or a fragment in it, or a private address.
    pub fn check_endpoint(&self, endpoint: &str) -> Result<Url, String> {
        check_endpoint(endpoint, self.settings.allow_private)
    }

    /// Sends a POST and reads the reply.
    ///
    /// # Errors
    /// There was no whole reply.
    pub async fn post(&self, endpoint: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Reply, CallError> {
        self.send(Method::POST, endpoint, headers, body).await
    }

    /// Sends a GET and reads the reply.
    ///
    /// # Errors
    /// There was no whole reply.
    pub async fn get(&self, endpoint: &str, headers: HeaderMap) -> Result<Reply, CallError> {
        self.send(Method::GET, endpoint, headers, Vec::new()).await
    }

    async fn send(
        &self,
        method: Method,
        endpoint: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Reply, CallError> {
        let url = self.check_endpoint(endpoint).map_err(CallError::NotAllowed)?;
        let response = self
            .http
            .request(method, url)
            .headers(headers)
            .body(body)
            .send()
            .await
            .map_err(|error| of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| of(&error))?;
            let room = BODY_LIMIT - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == BODY_LIMIT {
                break;
            }
        }
        Ok(Reply { status, headers, body })
    }
}

fn of(error: &reqwest::Error) -> CallError {
    let causes = causes(error);
    if let Some(text) = causes.iter().find(|text| text.starts_with(NOT_ALLOWED)) {
        CallError::NotAllowed(text.clone())
    } else if error.is_connect() {
        CallError::NotConnected(causes.last().cloned().unwrap_or_default())
    } else if error.is_timeout() {
        CallError::TimedOut
    } else {
        CallError::Broken(causes.last().cloned().unwrap_or_default())
    }
}

/// The texts of an error and of what caused it, outermost first. Only the innermost is shown: the outer ones name the
/// URL.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts
}

const NOT_ALLOWED: &str = "is a private address";

/// An endpoint as a URL: see [`Client::check_endpoint`].
///
/// # Errors
/// A text for the caller.
pub fn check_endpoint(endpoint: &str, allow_private: bool) -> Result<Url, String> {
    if endpoint.len() > LONGEST_ENDPOINT {
        return Err(format!(
            "has {} bytes; at most {LONGEST_ENDPOINT} are allowed",
            endpoint.len()
        ));
    }
    let url = Url::parse(endpoint).map_err(|error| format!("is not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("must begin with http:// or https://, not {}:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password".to_owned());
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain("localhost")) => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(Host::Domain(_)) => None,
        None => return Err("names no host".to_owned()),
    };
    match address.filter(|address| !allow_private && !is_public(*address)) {
        Some(address) => Err(not_allowed(address)),
        None => Ok(url),
    }
}

fn not_allowed(address: IpAddr) -> String {
    format!(
        "{NOT_ALLOWED} ({address}), which this server does not call; its operator can allow it with --allow-private-endpoints"
    )
}

#[derive(Debug)]
struct CheckedResolver {
    allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            match addresses
                .iter()
                .find(|address| !allow_private && !is_public(address.ip()))
            {
                Some(address) => Err(not_allowed(address.ip()).into()),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is on the public internet, by the IANA special-purpose registries (RFC 6890 and its updates).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| embedded_v4(address)) {
            Some(embedded) => is_public_v4(embedded),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    let is_protocol = a == 192 && b == 0 && c == 0;
    !(a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_benchmark
        || is_protocol)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let is_documentation = segments[0] == 0x2001 && segments[1] == 0xdb8;
    // Global unicast is 2000::/3; everything else is special in one way or another.
    segments[0] & 0xe000 == 0x2000 && !is_documentation
}

/// The IPv4 address inside a 6to4 (2002::/16) or NAT64 (64:ff9b::/96) address, which a gateway would call.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (s0, s1, s2, s3, s4, s5) {
        (0x2002, ..) => Some(join(s1, s2)),
        (0x64, 0xff9b, 0, 0, 0, 0) => Some(join(s6, s7)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for special in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::a00:1",
            "2001:db8::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn endpoints_are_checked() {
        let client = Client::new(Settings::default()).unwrap();
        assert!(client.check_endpoint("https://example.com/stock").is_ok());
        for refused in [
            "example.com",
            "ftp://example.com",
            "https://user:pw@example.com",
            "http://127.0.0.1:80/",
            "http://localhost/",
            "http://2130706433/",
            "http://[::1]/",
            "http://0x7f.1/",
        ] {
            assert!(client.check_endpoint(refused).is_err(), "{refused}");
        }
        assert!(
            Client::new(Settings {
                allow_private: true,
                ..Settings::default()
            })
            .unwrap()
            .check_endpoint("http://127.0.0.1:80/")
            .is_ok()
        );
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_not_called() {
        let resolve = |allow_private| CheckedResolver { allow_private }.resolve("localhost".parse().unwrap());
        let Err(error) = resolve(false).await else {
            unreachable!("localhost is no public address")
        };
        assert!(error.to_string().starts_with(NOT_ALLOWED), "{error}");
        assert!(resolve(true).await.is_ok());
    }
}
