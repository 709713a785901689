//! Asking a platform over HTTP: one request at a time, with what may be repeated repeated.
//!
//! Only reads are repeated by themselves. Whoever changes something is told what is known of its request ([`Miss`]) and decides.

mod again;
mod answer;
mod many;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

pub(in crate::platform) use again::{again, paused, rest};
pub(in crate::platform) use answer::{Miss, Refusal, Who, cut, stranger, wait};
pub(in crate::platform) use many::each;

use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Watch};

/// The largest answer that is read, in bytes: the list of 6,211 functions of a Nango with their schemas is about 30 MB.
const LARGEST: usize = 128 * 1024 * 1024;

/// An answer: a success, unless it was asked for whatever it is.
#[derive(Debug)]
pub(in crate::platform) struct Got {
    /// Its status.
    pub(in crate::platform) status: u16,
    /// Its headers.
    pub(in crate::platform) headers: HeaderMap,
    /// Its body.
    pub(in crate::platform) body: Vec<u8>,
}

/// A way to one service: where it is, the key it takes, and how it says no.
#[derive(Debug, Clone)]
pub(in crate::platform) struct Line {
    client: Client,
    base: Url,
    key: Option<SecretString>,
    who: &'static Who,
}

impl Line {
    /// Asks at this address with this key; without one, nothing is said of who asks.
    pub(in crate::platform) fn new(client: Client, base: Url, key: Option<SecretString>, who: &'static Who) -> Self {
        Self { client, base, key, who }
    }

    /// An address below the base.
    pub(in crate::platform) fn url(&self, path: &[&str], query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// A request with the key.
    pub(in crate::platform) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url);
        match &self.key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        }
    }

    /// Sends something that may be sent again, and does so when that may help.
    pub(in crate::platform) async fn again<T: DeserializeOwned>(
        &self,
        request: &dyn Fn() -> RequestBuilder,
        asked: &str,
        watch: &Watch,
    ) -> Result<T, Miss> {
        self.again_with(request, asked, watch, &|got| self.parsed(&got.body)).await
    }

    /// The same, for an answer that is read by its caller.
    pub(in crate::platform) async fn again_with<T>(
        &self,
        request: &dyn Fn() -> RequestBuilder,
        asked: &str,
        watch: &Watch,
        read: &dyn Fn(Got) -> Result<T, Miss>,
    ) -> Result<T, Miss> {
        self.again_any(request, asked, watch, &|got| self.judged(got).and_then(read)).await
    }

    /// The same, for an answer that is judged by its caller too, whatever its status.
    pub(in crate::platform) async fn again_any<T>(
        &self,
        request: &dyn Fn() -> RequestBuilder,
        asked: &str,
        watch: &Watch,
        read: &dyn Fn(Got) -> Result<T, Miss>,
    ) -> Result<T, Miss> {
        again(async || self.any(request(), watch).await.and_then(read), asked, self.who, watch).await
    }

    /// Sends a request once.
    pub(in crate::platform) async fn once(&self, request: RequestBuilder, watch: &Watch) -> Result<Got, Miss> {
        self.judged(self.any(request, watch).await?)
    }

    /// Sends a request once; whatever the status of the answer, it is one.
    pub(in crate::platform) async fn any(&self, request: RequestBuilder, watch: &Watch) -> Result<Got, Miss> {
        if let Some(stop) = watch.stopped() {
            return Err(Miss::Ended(stop.problem()));
        }
        // The stop signal lets a request in flight end by itself: whoever deploys drops it when that takes too long.
        let limit = watch.left().map_or_else(Watch::endless, |left| Watch::endless().within(left));
        match limit.run(send(request)).await {
            Ended::Done(answer) => answer,
            Ended::Stopped(_) | Ended::TimedOut => Err(Miss::Doubtful(vec!["the time was over".to_owned()])),
        }
    }

    /// What is no success is sorted by what may be done about it.
    pub(in crate::platform) fn judged(&self, got: Got) -> Result<Got, Miss> {
        if (200..300).contains(&got.status) {
            return Ok(got);
        }
        let retry_after = got.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Err((self.who.sort)(got.status, retry_after, &got.body))
    }

    /// JSON, or the sign that somebody else answered.
    pub(in crate::platform) fn parsed<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Miss> {
        parsed(bytes, self.who)
    }
}

async fn send(request: RequestBuilder) -> Result<Got, Miss> {
    let mut answer = request.send().await.map_err(torn)?;
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(torn)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Miss::Doubtful(vec![format!("the answer is larger than {LARGEST} bytes")]));
        }
    }
    Ok(Got { status, headers, body })
}

/// A failed request without its address: that of a storage is a credential by itself.
fn torn(error: reqwest::Error) -> Miss {
    let never_sent = error.is_connect() || error.is_builder();
    let causes = Problem::bug("").because(&error.without_url()).causes;
    if never_sent && causes.iter().any(|cause| cause.contains("certificate")) {
        return Miss::Ended(untrusted(causes));
    }
    if never_sent { Miss::NotSent(causes) } else { Miss::Doubtful(causes) }
}

/// The other end showed a certificate that nobody vouches for: asking again would not change that.
fn untrusted(causes: Vec<String>) -> Problem {
    let problem =
        Problem::new("tls-untrusted", Fault::Platform, "the certificate of the platform's address is not trusted");
    causes.into_iter().fold(problem, Problem::cause).help(
        "a CA of your own: SSL_CERT_FILE names a PEM file in place of the system's; for Nango NODE_EXTRA_CA_CERTS names one beside them",
    )
}

/// JSON, or the sign that somebody else answered.
pub(in crate::platform) fn parsed<T: DeserializeOwned>(bytes: &[u8], who: &Who) -> Result<T, Miss> {
    serde_json::from_slice(bytes).map_err(|error| {
        let why = if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
            format!("the answer has another form than expected: {error}")
        } else {
            stranger(200, bytes, who.name)
        };
        Miss::Doubtful(vec![why])
    })
}
