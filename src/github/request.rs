//! One question to GitHub, as data, so that it can be asked again.

use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::Value;

use super::permission::Permission;
use crate::problem::Problem;

/// What is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// JSON.
    Json,
    /// A file as it is.
    Raw,
    /// The address that a redirect leads to; it is not followed with the token.
    Address,
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    pub(super) wanted: Wanted,
    /// What the token must be allowed to do.
    pub(super) needs: Permission,
    /// In words that follow "cannot".
    pub(super) purpose: String,
    /// Whether it counts against GitHub's limits for created content.
    pub(super) creates: bool,
}

impl Request {
    pub(super) fn get(url: Url, needs: Permission, purpose: impl Into<String>) -> Self {
        let purpose = purpose.into();
        Self { method: Method::GET, url, body: None, wanted: Wanted::Json, needs, purpose, creates: false }
    }

    pub(super) fn post(
        url: Url,
        body: &impl Serialize,
        needs: Permission,
        purpose: impl Into<String>,
    ) -> Result<Self, Problem> {
        let body = Some(json(body)?);
        Ok(Self { method: Method::POST, body, creates: true, ..Self::get(url, needs, purpose) })
    }

    pub(super) fn patch(
        url: Url,
        body: &impl Serialize,
        needs: Permission,
        purpose: impl Into<String>,
    ) -> Result<Self, Problem> {
        let body = Some(json(body)?);
        Ok(Self { method: Method::PATCH, body, ..Self::get(url, needs, purpose) })
    }

    pub(super) fn delete(url: Url, needs: Permission, purpose: impl Into<String>) -> Self {
        Self { method: Method::DELETE, ..Self::get(url, needs, purpose) }
    }

    /// Whether asking changes something.
    pub(super) fn writes(&self) -> bool {
        self.creates || matches!(self.method, Method::PATCH | Method::DELETE)
    }

    /// Adds to the query, escaped.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(key, value);
        self
    }
}

fn json(body: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(body).map_err(|error| Problem::bug("cannot write a request to GitHub").because(&error))
}
