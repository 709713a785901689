//! Asks Astro's API. Reads repeat themselves; whoever changes something decides for itself.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::ASTRO;
use crate::platform::asking::{Got, Line, Miss};
use crate::problem::Problem;
use crate::watch::Watch;

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// The token may not, or there is no such thing; why, as a fragment.
    Denied(String),
    /// Anything else.
    Problem(Problem),
}

impl Unread {
    /// Why, whatever it is.
    pub(super) fn why(self) -> String {
        match self {
            Self::Denied(why) => why,
            Self::Problem(problem) => problem.to_string(),
        }
    }

    /// As a problem.
    pub(super) fn problem(self, asked: &str) -> Problem {
        match self {
            Self::Denied(why) => {
                Problem::new("astro-refused", crate::problem::Fault::Platform, format!("Astro refused {asked}"))
                    .cause(why)
                    .help("give the token a role that may do it: Deployment Admin, or Workspace Operator")
            }
            Self::Problem(problem) => problem,
        }
    }
}

/// One organisation of Astro, by a token.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    line: Line,
    organisation: String,
}

impl Ask {
    /// Asks at this address with this token.
    pub(super) fn new(client: Client, base: Url, token: SecretString, organisation: String) -> Self {
        Self { line: Line::new(client, base, Some(token), &ASTRO), organisation }
    }

    fn url(&self, path: &[&str], query: &[(&str, String)]) -> Url {
        let path: Vec<&str> = ["organizations", &self.organisation].into_iter().chain(path.iter().copied()).collect();
        self.line.url(&path, query)
    }

    /// Reads something, and again when that may help.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        asked: &str,
        watch: &Watch,
    ) -> Result<T, Unread> {
        self.get_with(path, query, asked, watch, &|got| self.line.parsed(&got.body)).await
    }

    /// The same, with the answer's headers.
    pub(super) async fn get_with<T>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        asked: &str,
        watch: &Watch,
        read: &dyn Fn(Got) -> Result<T, Miss>,
    ) -> Result<T, Unread> {
        let url = self.url(path, query);
        let request = || self.line.request(Method::GET, url.clone());
        self.line.again_with(&request, asked, watch, read).await.map_err(|miss| unread(miss, asked))
    }

    /// What was sent is read back as this.
    pub(super) fn parsed<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Miss> {
        self.line.parsed(body)
    }

    /// Changes something, once. An answer without a body is [`Value::Null`].
    pub(super) async fn change(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
        watch: &Watch,
    ) -> Result<Got, Miss> {
        let request = self.line.request(method, self.url(path, &[]));
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            None => request,
        };
        self.line.once(request, watch).await
    }
}

/// What a read that did not succeed comes to.
pub(super) fn unread(miss: Miss, asked: &str) -> Unread {
    match miss {
        Miss::Refused(refusal) if refusal.status == 403 => {
            let says = refusal.says.first().map(|says| format!(": {says}")).unwrap_or_default();
            Unread::Denied(format!("the token may not read {asked}{says}"))
        }
        Miss::Refused(refusal) if refusal.status == 404 => Unread::Denied(format!("Astro knows nothing of {asked}")),
        miss => Unread::Problem(miss.problem(asked, &ASTRO)),
    }
}
