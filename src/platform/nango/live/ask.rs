//! Asks Nango: one request at a time, with what may be repeated repeated. Only reads are; a deploy decides for itself.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use super::answer::{Miss, sort, stranger};
use crate::problem::Problem;
use crate::watch::{Ended, Watch};

/// The largest answer that is read, in bytes: the list of 6,211 functions with their schemas is about 30 MB.
const LARGEST: usize = 128 * 1024 * 1024;
/// How often a read is repeated after a failure.
const MOST_FAILURES: u32 = 3;
/// How often a request waits for a limit to end.
const MOST_LIMITS: u32 = 6;

/// A question: where it goes, which scope of the key it takes, and what it is called when it fails.
#[derive(Debug, Clone)]
pub(super) struct Question<'a> {
    /// The parts of the path.
    pub(super) path: Vec<&'a str>,
    /// The query.
    pub(super) query: Vec<(&'a str, String)>,
    /// The scope that the key must have.
    pub(super) scope: &'static str,
    /// `the list of integrations`
    pub(super) name: &'static str,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// The key lacks a scope.
    Scope(&'static str),
    /// There is no such thing there, or this Nango does not know the question.
    Absent,
    /// Anything else, which ends the run.
    Problem(Problem),
}

impl Unread {
    /// Why, in a fragment; a problem stays one.
    pub(super) fn why(self) -> Result<String, Problem> {
        match self {
            Self::Scope(scope) => Ok(lacks(scope)),
            Self::Absent => Ok("this Nango does not tell it".to_owned()),
            Self::Problem(problem) => Err(problem),
        }
    }
}

/// What people read where a scope is missing: the scope to add is named.
pub(super) fn lacks(scope: &str) -> String {
    format!("the key lacks the scope `{scope}`")
}

/// One environment of a Nango, by its key.
#[derive(Debug)]
pub(super) struct Ask {
    client: Client,
    base: Url,
    key: SecretString,
}

impl Ask {
    /// Asks at this address with this key.
    pub(super) fn new(client: Client, base: Url, key: SecretString) -> Self {
        Self { client, base, key }
    }

    /// Reads something, and again when that may help.
    pub(super) async fn get<T: DeserializeOwned>(&self, question: &Question<'_>, watch: &Watch) -> Result<T, Unread> {
        let url = self.url(&question.path, &question.query);
        self.read(question, &|| self.request(Method::GET, url.clone(), None), watch).await
    }

    /// Asks something that changes nothing and needs a body.
    pub(super) async fn preview<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
        body: &[u8],
        watch: &Watch,
    ) -> Result<T, Unread> {
        let url = self.url(&question.path, &question.query);
        self.read(question, &|| self.request(Method::POST, url.clone(), Some(body.to_vec())), watch).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
        request: &dyn Fn() -> reqwest::RequestBuilder,
        watch: &Watch,
    ) -> Result<T, Unread> {
        let mut tries = Tries::default();
        loop {
            let miss = match self.once(request(), watch).await.and_then(|bytes| parsed(&bytes)) {
                Ok(read) => return Ok(read),
                Err(Miss::Refused(refusal)) if refusal.status == 403 => return Err(Unread::Scope(question.scope)),
                Err(Miss::Refused(refusal)) if refusal.status == 404 => return Err(Unread::Absent),
                Err(miss) => miss,
            };
            let Some(wait) = tries.wait(&miss) else { return Err(Unread::Problem(miss.problem(question.name))) };
            if let Some(ended) = paused(wait, watch).await {
                return Err(Unread::Problem(ended.unwrap_or_else(|| miss.problem(question.name))));
            }
        }
    }

    /// Sends a deploy, once. `limit` is for the whole of it, since a deploy of thousands of functions takes minutes.
    pub(super) async fn deploy(
        &self,
        path: &[&str],
        body: Vec<u8>,
        limit: Duration,
        watch: &Watch,
    ) -> Result<Vec<u8>, Miss> {
        let request = self.request(Method::POST, self.url(path, &[]), Some(body)).timeout(limit);
        self.once(request, watch).await
    }

    fn url(&self, path: &[&str], query: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn request(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> reqwest::RequestBuilder {
        let request = self.client.request(method, url).bearer_auth(self.key.expose_secret());
        match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
            None => request,
        }
    }

    async fn once(&self, request: reqwest::RequestBuilder, watch: &Watch) -> Result<Vec<u8>, Miss> {
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
}

async fn send(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Miss> {
    let mut answer = request.send().await.map_err(torn)?;
    let status = answer.status();
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(torn)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Miss::Doubtful(vec![format!("the answer is larger than {LARGEST} bytes")]));
        }
    }
    if status.is_success() { Ok(body) } else { Err(sort(status.as_u16(), retry_after.as_deref(), &body)) }
}

fn torn(error: reqwest::Error) -> Miss {
    let never_sent = error.is_connect() || error.is_builder();
    let causes = Problem::bug("").because(&error.without_url()).causes;
    if never_sent { Miss::NotSent(causes) } else { Miss::Doubtful(causes) }
}

/// JSON, or the sign that somebody else answered.
pub(super) fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Miss> {
    serde_json::from_slice(bytes).map_err(|error| {
        let why = if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
            format!("the answer has another form than expected: {error}")
        } else {
            stranger(200, bytes)
        };
        Miss::Doubtful(vec![why])
    })
}

/// Waits. `Some` ends the asking: with a problem when the run was cancelled, without one when there is no time for it.
pub(super) async fn paused(wait: Duration, watch: &Watch) -> Option<Option<Problem>> {
    if watch.left().is_some_and(|left| left <= wait) {
        return Some(None);
    }
    match watch.pause(wait).await {
        Ended::Done(()) => None,
        Ended::Stopped(stop) => Some(Some(stop.problem())),
        Ended::TimedOut => Some(None),
    }
}

#[derive(Debug, Default)]
struct Tries {
    failures: u32,
    limits: u32,
}

impl Tries {
    /// How long to wait before a read is tried again; `None` when it is not.
    fn wait(&mut self, miss: &Miss) -> Option<Duration> {
        match miss {
            Miss::Limited(wait) => {
                self.limits += 1;
                (self.limits <= MOST_LIMITS).then_some(*wait)
            }
            Miss::NotSent(_) | Miss::Doubtful(_) | Miss::Busy(_) => {
                self.failures += 1;
                (self.failures <= MOST_FAILURES).then(|| Duration::from_secs(1 << (self.failures - 1).min(4)))
            }
            Miss::Refused(_) | Miss::Ended(_) => None,
        }
    }
}
