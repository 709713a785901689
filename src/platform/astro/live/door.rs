//! What is needed to reach a deployment: its token, which deployment it is, and where Astro is.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::token::{self, Claims};
use crate::keys::{Found, Keys, candidates};
use crate::names::LaneId;
use crate::net::{self, Plain};
use crate::problem::Problem;
use crate::work::Project;

/// The variable that holds a token, without its environment.
const TOKEN: &str = "ASTRO_API_TOKEN";
/// The variable that names a deployment by its id.
const ID: &str = "ASTRO_DEPLOYMENT_ID";
/// The variable that names it by its name.
const NAME: &str = "ASTRO_DEPLOYMENT_NAME";
/// The variable that says where Astro's API is.
const URL: &str = "ASTRO_API_URL";
/// The variable that says of which domain it is; Astro's own CLI reads it too.
const DOMAIN: &str = "ASTRO_DOMAIN";
/// Astro's own.
const ASTRO: &str = "astronomer.io";

/// Everything that reaching a deployment takes.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The project and the environment.
    pub lane: &'a LaneId,
    /// The project.
    pub project: &'a Project,
    /// The credentials of the run.
    pub keys: &'a Keys,
    /// Whether the job targets this environment alone, so that the plain names of variables count.
    pub sole: bool,
    /// The run's variables, credentials taken out.
    pub variables: &'a BTreeMap<String, String>,
    /// The repository's root.
    pub root: &'a Path,
    /// The path below it of an image that an earlier step built.
    pub image: Option<&'a str>,
    /// Our clock.
    pub now: Timestamp,
}

/// Which deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    /// By its id.
    Id(String),
    /// By its name, in the token's workspace where it has one.
    Name(String),
}

impl Door<'_> {
    /// The first variable of these names that says something.
    fn said(&self, name: &str) -> Option<(String, &str)> {
        let names = candidates(name, &self.lane.environment, self.sole);
        names.into_iter().find_map(|name| {
            let value = self.variables.get(&name)?.trim();
            (!value.is_empty()).then_some((name, value))
        })
    }

    /// Which deployment the environment is. Problems: `deployment-not-named`, `deployment-named-twice`.
    pub(super) fn which(&self) -> Result<Which, Problem> {
        let (id, name) = (self.said(ID), self.said(NAME));
        let particular = format!("{ID}_{}", self.lane.environment.as_suffix());
        match (id, name) {
            (Some((_, id)), None) if !is_id(id) => {
                Err(Problem::input("deployment-not-named", format!("{particular} is no id of a deployment"))
                    .help("copy it from Astro → the deployment → Details"))
            }
            (Some((_, id)), None) => Ok(Which::Id(id.to_owned())),
            (None, Some((_, name))) => Ok(Which::Name(name.to_owned())),
            (Some((id, _)), Some((name, _))) => Err(Problem::input(
                "deployment-named-twice",
                format!("both {id} and {name} say which deployment it is"),
            )
            .help("give one of them")),
            // A run without it only looks, as one without a key does.
            (None, None) => Err(Problem::input(
                "key-missing",
                format!("which deployment `{}` is, is not said in this run", self.lane.environment),
            )
            .help(format!("put its id into the variable {particular}"))),
        }
    }

    /// The token, looked at before anything is asked. A plain token counts for several environments too where each says which
    /// deployment it is, since the deployment decides where a deploy goes, not the token.
    ///
    /// Problems: `key-missing`, `key-malformed`, `key-expired`.
    pub(super) fn token(&self) -> Result<(&SecretString, Claims), Problem> {
        let plain = || self.keys.get(TOKEN).filter(|_| self.said(ID).is_some() || self.said(NAME).is_some());
        let found = self.keys.find(TOKEN, &self.lane.environment, self.sole).or_else(plain);
        let found = found.ok_or_else(|| self.missing())?;
        let claims = token::read(found.value.expose_secret()).map_err(|why| malformed(&found, why))?;
        match claims.expires {
            Some(expires) if expires <= self.now => Err(expired(&found, expires)),
            _ => Ok((found.value, claims)),
        }
    }

    fn missing(&self) -> Problem {
        let name = format!("{TOKEN}_{}", self.lane.environment.as_suffix());
        let text = format!("there is no token of Astro for `{}` in this run", self.lane.environment);
        Problem::input("key-missing", text).help(format!("put an API token of the deployment into the secret {name}"))
    }

    /// Where Astro's API is. Problems: `address-unusable`.
    pub(super) fn base(&self) -> Result<Url, Problem> {
        let said = |name: &str| self.variables.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        if let Some(url) = said(URL) {
            return net::base_url(URL, url, Plain::Loopback);
        }
        let domain = said(DOMAIN).unwrap_or(ASTRO);
        let domain = domain.strip_prefix("cloud.").unwrap_or(domain);
        net::base_url(DOMAIN, &format!("https://api.{domain}/v1"), Plain::Loopback)
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn malformed(found: &Found<'_>, why: &str) -> Problem {
    Problem::input("key-malformed", format!("{} holds no API token of Astro", found.variable))
        .cause(why)
        .help("make one in Astro → the deployment → Access → API Tokens, and copy it whole")
}

fn expired(found: &Found<'_>, expires: Timestamp) -> Problem {
    let text = format!("the token in {} ended on {}", found.variable, expires.strftime("%Y-%m-%d %H:%M UTC"));
    Problem::input("key-expired", text).help("rotate it in Astro → the deployment → Access → API Tokens")
}
