//! The one place that makes HTTP clients: time limits, system roots, proxies, and no redirect that could carry a key.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;

use crate::problem::{Fault, Problem};

/// The largest file of certificates that is read, in bytes: the system's own has some 220 KiB.
const LARGEST_BUNDLE: u64 = 4 * 1024 * 1024;

/// How long a client may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To connect, TLS included.
    pub connect: Duration,
    /// For a whole request, from connecting to the last byte of the answer.
    pub total: Duration,
}

impl Default for Limits {
    /// 10 seconds to connect, 60 for a request.
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Duration::from_mins(1) }
    }
}

/// Where plain `http://` is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Only to this machine.
    Loopback,
    /// Wherever the policy of the default branch says so.
    Allowed,
}

/// Reads the base address of a service: https, or http where it is allowed; a host, a port and a path, nothing else.
/// The path ends in `/`, so that other paths can be joined to it. `name` is what people know the setting by.
pub fn base_url(name: &str, text: &str, plain: Plain) -> Result<Url, Problem> {
    // The text itself is not told: somebody may have put a key into it.
    let wrong = |why: &str| Problem::input("address-unusable", format!("{name} {why}"));
    let mut url = Url::parse(text).map_err(|error| wrong("is not an address").because(&error))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("may hold a host, a port and a path, and nothing else"));
    }
    let allowed = match url.scheme() {
        "https" => true,
        "http" => plain == Plain::Allowed || is_loopback(&url),
        _ => false,
    };
    if !allowed {
        return Err(wrong(&format!("is not https: {}", url.origin().ascii_serialization())));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Whether the address is this machine's own.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether both addresses have the same scheme, host and port: only then may a key follow from one to the other.
pub fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// A client for the service at this address.
///
/// It follows no redirect, so no key reaches a host that nobody configured; a 3xx is an answer like any other. Roots are
/// the system's (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), proxies come from `HTTPS_PROXY` and `NO_PROXY`, and
/// this machine is never reached through a proxy.
pub fn client(base: &Url, limits: Limits) -> Result<reqwest::Client, Problem> {
    client_saying(base, limits, HeaderMap::new())
}

/// The same, with headers that every request has.
pub fn client_saying(base: &Url, limits: Limits, headers: HeaderMap) -> Result<reqwest::Client, Problem> {
    made(builder(base, limits, headers))
}

/// The same as [`client`], with the certificates of this PEM file as roots beside the system's.
///
/// Problems: `ca-unusable` for a file that cannot be read or holds no certificate; `tls-unusable`.
pub fn client_trusting(base: &Url, limits: Limits, variable: &str, file: &Path) -> Result<reqwest::Client, Problem> {
    let wrong = |why: &str| {
        Problem::input("ca-unusable", format!("the file that {variable} names {why}"))
            .help("name a PEM file of CA certificates that is there when this step runs, or leave the variable empty")
    };
    let facts = std::fs::metadata(file).map_err(|error| wrong("cannot be read").because(&error))?;
    if !facts.is_file() || facts.len() > LARGEST_BUNDLE {
        return Err(wrong("is no file, or larger than 4 MiB"));
    }
    let pem = std::fs::read(file).map_err(|error| wrong("cannot be read").because(&error))?;
    let roots = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|error| wrong("holds something that is no certificate").because(&error))?;
    if roots.is_empty() {
        return Err(wrong("holds no certificate"));
    }
    made(builder(base, limits, HeaderMap::new()).tls_certs_merge(roots))
}

fn builder(base: &Url, limits: Limits, headers: HeaderMap) -> reqwest::ClientBuilder {
    install_provider();
    #[expect(clippy::disallowed_methods, reason = "the one place that makes clients")]
    let mut builder = reqwest::Client::builder()
        .default_headers(headers)
        .user_agent(concat!("airlock/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .https_only(base.scheme() == "https");
    if is_loopback(base) {
        builder = builder.no_proxy();
        // Nothing is ever asked over TLS: no redirect is followed, and no proxy stands between. Reading the roots takes long.
        if base.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        }
    }
    builder
}

fn made(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, Problem> {
    builder.build().map_err(|error| {
        Problem::new("tls-unusable", Fault::Input, "cannot make an HTTPS client")
            .because(&error)
            .help("the image needs CA certificates; SSL_CERT_FILE names a bundle of your own")
    })
}

/// rustls is built without a provider of its own, and reqwest would panic without one.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that somebody installed one before us: as good.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    #[test]
    fn addresses_are_https_or_on_this_machine() {
        for (text, plain, good) in [
            ("https://api.github.com", Plain::Loopback, true),
            ("https://github.example.com/api/v3/", Plain::Loopback, true),
            ("http://127.0.0.1:8080", Plain::Loopback, true),
            ("http://[::1]:8080", Plain::Loopback, true),
            ("http://localhost", Plain::Loopback, true),
            ("http://localhost.evil.example", Plain::Loopback, false),
            ("http://127.0.0.1.evil.example", Plain::Loopback, false),
            ("http://nango.internal", Plain::Loopback, false),
            ("http://nango.internal", Plain::Allowed, true),
            ("ftp://nango.internal", Plain::Allowed, false),
            ("https://key@api.nango.dev", Plain::Allowed, false),
            ("https://api.nango.dev/?key=1", Plain::Allowed, false),
            ("https://api.nango.dev/#x", Plain::Allowed, false),
            ("api.nango.dev", Plain::Allowed, false),
            ("", Plain::Allowed, false),
        ] {
            assert_eq!(base_url("NANGO_HOST", text, plain).is_ok(), good, "{text}");
        }
        assert_eq!(base_url("NANGO_HOST", "https://h.example/api/v3", Plain::Loopback).unwrap().path(), "/api/v3/");
    }

    #[test]
    fn a_key_in_an_address_is_not_told() {
        let problem = base_url("NANGO_HOST", "https://hunter2@api.nango.dev", Plain::Loopback).unwrap_err();
        assert!(!format!("{problem:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_its_target_is_not_asked() {
        let elsewhere = MockServer::start().await;
        let server = MockServer::start().await;
        let away = ResponseTemplate::new(302).insert_header("location", elsewhere.uri());
        Mock::given(any()).respond_with(away).mount(&server).await;
        let base = base_url("NANGO_HOST", &server.uri(), Plain::Loopback).unwrap();
        let answer = client(&base, Limits::default()).unwrap().get(base).bearer_auth("hunter2").send().await.unwrap();
        assert_eq!(answer.status(), 302);
        assert!(elsewhere.received_requests().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_slow_answer_is_given_up() {
        let server = MockServer::start().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
        Mock::given(any()).respond_with(slow).mount(&server).await;
        let base = base_url("NANGO_HOST", &server.uri(), Plain::Loopback).unwrap();
        let limits = Limits { total: Duration::from_millis(50), ..Limits::default() };
        assert!(client(&base, limits).unwrap().get(base).send().await.unwrap_err().is_timeout());
    }
}
