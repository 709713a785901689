//! Which key a registry wants: RFC 7617 (`Basic`), or the token server of Docker's registry (`Bearer`, "Token Authentication").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{Registry, hosts, problem, refused};
use crate::platform::asking::{Line, cut};
use crate::problem::Problem;

use super::super::answer::REGISTRY;

/// The name that Astro's registry knows everybody by; the password is an API token.
const USER: &str = "cli";

/// What a registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wants {
    /// The API token itself.
    Basic,
    /// A key of its own, which this address gives for it.
    Bearer { realm: String, service: Option<String> },
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

impl Registry<'_> {
    /// What the registry is to be told from now on. Problems: `registry-refused`, and those of asking for a key.
    pub(super) async fn key(&self, challenges: &[String]) -> Result<HeaderValue, Problem> {
        let wants = challenges.iter().find_map(|challenge| wants(challenge));
        match wants.ok_or_else(|| refused("it does not say how it wants to be asked"))? {
            Wants::Basic => Ok(self.basic()),
            Wants::Bearer { realm, service } => {
                let mut url =
                    Url::parse(&realm).ok().filter(|url| hosts::is_astros(url, self.api)).ok_or_else(|| {
                        refused(&format!("it asks for a key at `{}`, which is no host of Astro's", cut(&realm)))
                    })?;
                url.query_pairs_mut()
                    .extend_pairs(service.iter().map(|service| ("service", service.as_str())))
                    .append_pair("scope", &format!("repository:{}:pull,push", self.name.join("/")));
                let line = Line::new(self.client.clone(), url.clone(), None, &REGISTRY);
                let request = || line.request(Method::GET, url.clone()).header(AUTHORIZATION, self.basic());
                let asked = "a key for the image";
                let given: Given =
                    line.again(&request, asked, self.watch).await.map_err(|miss| problem(miss, asked))?;
                let key = given.token.or(given.access_token).filter(|key| !key.is_empty());
                let key = key.ok_or_else(|| refused("it gives no key for the API token"))?;
                hidden(format!("Bearer {key}")).ok_or_else(|| refused("it gives a key that cannot be used"))
            }
        }
    }

    fn basic(&self) -> HeaderValue {
        let pair = STANDARD.encode(format!("{USER}:{}", self.token.expose_secret()));
        hidden(format!("Basic {pair}")).unwrap_or_else(|| HeaderValue::from_static(""))
    }
}

fn hidden(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Bearer realm="https://…/token",service="…"`, or `Basic realm="…"`.
fn wants(challenge: &str) -> Option<Wants> {
    let (scheme, rest) = challenge.trim().split_once(' ').unwrap_or((challenge.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Wants::Basic);
    }
    let of = |name: &str| {
        let (_, value) = rest.split_once(&format!("{name}=\""))?;
        value.split('"').next().map(str::to_owned)
    };
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| Some(Wants::Bearer { realm: of("realm")?, service: of("service") }))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_says_which_key() {
        let bearer =
            "Bearer realm=\"https://auth.astronomer.cloud/token\",service=\"images\",scope=\"repository:a/b:pull\"";
        let realm = "https://auth.astronomer.cloud/token".to_owned();
        assert_eq!(wants(bearer), Some(Wants::Bearer { realm, service: Some("images".to_owned()) }));
        assert_eq!(wants("basic realm=\"x\""), Some(Wants::Basic));
        assert_eq!((wants("Negotiate"), wants("Bearer"), wants("")), (None, None, None));
    }
}
