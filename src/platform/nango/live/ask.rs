//! Asks Nango. Reads repeat themselves; a deploy decides for itself.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::answer::NANGO;
use crate::platform::asking::{Line, Miss};
use crate::problem::Problem;
use crate::watch::Watch;

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
    line: Line,
}

impl Ask {
    /// Asks at this address with this key.
    pub(super) fn new(client: Client, base: Url, key: SecretString) -> Self {
        Self { line: Line::new(client, base, Some(key), &NANGO) }
    }

    /// Reads something, and again when that may help.
    pub(super) async fn get<T: DeserializeOwned>(&self, question: &Question<'_>, watch: &Watch) -> Result<T, Unread> {
        let url = self.line.url(&question.path, &question.query);
        self.read(question, &|| self.line.request(Method::GET, url.clone()), watch).await
    }

    /// Asks something that changes nothing and needs a body.
    pub(super) async fn preview<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
        body: &[u8],
        watch: &Watch,
    ) -> Result<T, Unread> {
        let url = self.line.url(&question.path, &question.query);
        self.read(question, &|| self.post(url.clone(), body.to_vec()), watch).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
        request: &dyn Fn() -> RequestBuilder,
        watch: &Watch,
    ) -> Result<T, Unread> {
        self.line.again(request, question.name, watch).await.map_err(|miss| match miss {
            Miss::Refused(refusal) if refusal.status == 403 => Unread::Scope(question.scope),
            Miss::Refused(refusal) if refusal.status == 404 => Unread::Absent,
            miss => Unread::Problem(miss.problem(question.name, &NANGO)),
        })
    }

    /// Sends a deploy, once. `limit` is for the whole of it, since a deploy of thousands of functions takes minutes.
    pub(super) async fn deploy(
        &self,
        path: &[&str],
        body: Vec<u8>,
        limit: Duration,
        watch: &Watch,
    ) -> Result<Vec<u8>, Miss> {
        let request = self.post(self.line.url(path, &[]), body).timeout(limit);
        self.line.once(request, watch).await.map(|got| got.body)
    }

    fn post(&self, url: Url, body: Vec<u8>) -> RequestBuilder {
        self.line.request(Method::POST, url).header(CONTENT_TYPE, "application/json").body(body)
    }
}
