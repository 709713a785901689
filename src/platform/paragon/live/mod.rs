//! A Paragon project, as far as a program reaches it: the names of what is deployed, by its Connect API. Releases are made in the
//! dashboard; no public API makes one (docs.useparagon.com, read in 2026),
//! so what the gate approves is prepared. Only the first environment can be pushed to, by the CLI, where `airlock.toml` says how.

mod confirm;
mod denial;
mod pin;
mod push;
mod token;
mod wire;

use std::cell::Cell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

pub use push::CLI_KEY;
use push::Push;
use wire::Integration;

use crate::applied::{Applied, ByHand, Verified};
use crate::history::OpenRecord;
use crate::keys::{Found, Keys, candidates};
use crate::manifest::{Manifest, Origin};
use crate::names::LaneId;
use crate::net::{self, Limits, Plain};
use crate::plan::{Basis, Extras, Observed};
use crate::platform::asking::{Line, Miss, Refusal, Who, cut, stranger, wait};
use crate::platform::command::live::Door as Own;
use crate::platform::{NamesOnly, Payload, Place, Platform};
use crate::problem::Problem;
use crate::release::Release;
use crate::watch::{Task, Watch};

/// The variable that names an environment's project, without the environment.
pub const PROJECT_ID: &str = "PARAGON_PROJECT_ID";
/// The secret that signs tokens for it.
pub const SIGNING_KEY: &str = "PARAGON_SIGNING_KEY";
/// The variable that names another host than the cloud's: an installation of one's own.
pub const API: &str = "PARAGON_API_URL";
/// Paragon's cloud.
const CLOUD: &str = "https://api.useparagon.com";

/// The kinds of things that the Connect API names.
const KINDS: &[&str] = &["integration", "workflow"];
/// Why nothing is known of secrets and connections.
const NO_EXTRAS: &str = "Paragon's API does not tell it";
/// How long a limit lasts where Paragon does not say it, in seconds.
const LIMIT: u64 = 10;

/// Paragon, as it is asked.
static PARAGON: Who = Who {
    name: "Paragon",
    refused: "paragon-refused",
    limit: "paragon-limit",
    unreachable: "paragon-unreachable",
    failed: "paragon-failed",
    help_key: "the signing key must be of the project that PARAGON_PROJECT_ID names: Paragon → Settings → SDK Setup",
    help_limit: "let other jobs end, then start this run again",
    help_reach: "look at PARAGON_API_URL, proxies and CA certificates (SSL_CERT_FILE)",
    help_failed: "start this run again; if it stays so, ask Paragon",
    sort,
};

fn sort(status: u16, retry_after: Option<&str>, body: &[u8]) -> Miss {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| answer.as_ref()?.get(name)?.as_str().map(cut);
    match status {
        429 => Miss::Limited(wait(retry_after, LIMIT)),
        400..=499 => Miss::Refused(Refusal {
            status,
            code: text("code").unwrap_or_else(|| status.to_string()),
            says: vec![text("message").unwrap_or_else(|| stranger(status, body, PARAGON.name))],
            named: None,
        }),
        _ => Miss::Doubtful(vec![stranger(status, body, PARAGON.name)]),
    }
}

/// What reaching an environment takes.
#[derive(Debug)]
pub struct Door<'a, 'd> {
    /// The project and the environment.
    pub lane: &'a LaneId,
    /// The project's folder below the root.
    pub folder: &'a str,
    /// Whether nothing is deployed before this environment: then it is the project that `para push` writes.
    pub first: bool,
    /// How it is pushed there; absent where it is released by hand, and where this run deploys nothing.
    pub push: Option<Own<'d>>,
    /// The credentials of the run.
    pub keys: &'a Keys,
    /// Whether the job targets this environment alone, so that plain names count.
    pub sole: bool,
    /// The run's variables, credentials taken out.
    pub variables: &'a BTreeMap<String, String>,
    /// Our clock.
    pub now: Timestamp,
}

/// One project at Paragon.
#[derive(Debug)]
pub struct Live<'d> {
    by_hand: ByHand,
    push: Option<Push<'d>>,
    /// Whether a push ended well.
    pushed: Cell<bool>,
    /// What reads it, where keys for that were given.
    connect: Option<Connect>,
    /// Whether it was read.
    seen: Cell<bool>,
}

/// The Connect API of one project.
#[derive(Debug)]
struct Connect {
    line: Line,
    project: String,
}

impl<'d> Live<'d> {
    /// Reaches for an environment. Nothing is asked yet.
    ///
    /// # Errors
    /// `key-missing` when only one of project id and signing key was given, or a push lacks one of its keys; `key-malformed`,
    /// `address-unusable`, `tls-unusable`.
    pub fn connect(door: &Door<'_, 'd>) -> Result<Self, Problem> {
        let connect = Connect::of(door)?;
        let own = door.push.clone().filter(|own| door.first && own.keyed.deploy.is_some());
        let push = own.map(|own| Push::new(own, door.lane, (door.keys, door.sole), connect.as_ref())).transpose()?;
        let (pushed, seen) = (Cell::new(false), Cell::new(false));
        Ok(Self { by_hand: by_hand(door), push, pushed, connect, seen })
    }

    async fn observed(&self, watch: &Watch) -> Result<Observed, Problem> {
        let extras = Extras::unknown(NO_EXTRAS);
        let Some(connect) = &self.connect else {
            let why = format!("Paragon tells what runs there only with {PROJECT_ID} and {SIGNING_KEY}");
            return Ok(Observed { basis: Basis::Unknown { why }, manifest: Manifest::empty(Origin::Live), extras });
        };
        let manifest = wire::manifest(&connect.integrations(watch).await?);
        self.seen.set(true);
        Ok(Observed { basis: Basis::Live, manifest, extras })
    }
}

impl Connect {
    fn of(door: &Door<'_, '_>) -> Result<Option<Self>, Problem> {
        let key = door.keys.find(SIGNING_KEY, &door.lane.environment, door.sole);
        let names = candidates(PROJECT_ID, &door.lane.environment, door.sole);
        let project = names.iter().find_map(|name| door.variables.get(name)).map(|id| id.trim());
        match (project.filter(|id| !id.is_empty()), key) {
            (None, None) => Ok(None),
            (Some(project), Some(key)) => Self::with(door, project, key).map(Some),
            (None, Some(_)) => Err(missing(door, PROJECT_ID)),
            (Some(_), None) => Err(missing(door, SIGNING_KEY)),
        }
    }

    fn with(door: &Door<'_, '_>, project: &str, key: Found<'_>) -> Result<Self, Problem> {
        if !project.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Problem::input(
                "project-id-malformed",
                format!("{PROJECT_ID} holds no id of a Paragon project"),
            )
            .help("copy it from the dashboard's address: https://dashboard.useparagon.com/…/projects/<id>"));
        }
        let given = door.variables.get(API).map(|host| host.trim()).filter(|host| !host.is_empty());
        let base = net::base_url(API, given.unwrap_or(CLOUD), Plain::Loopback)?;
        let client = net::client(&base, Limits::default())?;
        let token = token::sign(key, project, door.now)?;
        Ok(Self { line: Line::new(client, base, Some(token), &PARAGON), project: project.to_owned() })
    }

    async fn integrations(&self, watch: &Watch) -> Result<Vec<Integration>, Problem> {
        const NAME: &str = "the integrations";
        let url = self.line.url(&["projects", &self.project, "sdk", "integrations"], &[]);
        let asked = self.line.again(&|| self.line.request(Method::GET, url.clone()), NAME, watch).await;
        asked.map_err(|miss| miss.problem(NAME, &PARAGON))
    }
}

fn missing(door: &Door<'_, '_>, name: &str) -> Problem {
    let names = candidates(name, &door.lane.environment, true);
    let environment = &door.lane.environment;
    Problem::input("key-missing", format!("what runs in `{environment}` is read with {PROJECT_ID} and {SIGNING_KEY}"))
        .cause(format!("only one of them is in this run, and {} is not", names.join(" or ")))
        .help("give both, or neither: without them the plan goes by what was recorded")
}

/// What a person does there: Paragon's projects beyond the first take releases alone, and its first takes `para push`.
fn by_hand(door: &Door<'_, '_>) -> ByHand {
    let environment = &door.lane.environment;
    let folder = if door.folder.is_empty() { "the repository's root" } else { door.folder };
    if door.first {
        return ByHand {
            place: "a clean checkout".to_owned(),
            steps: vec![
                "Check out the commit of this release, with nothing beside it.".to_owned(),
                format!("Run `para push` in {folder}: it replaces what was changed in the dashboard since."),
                "Look at what it says: it must name every workflow that this plan adds or changes.".to_owned(),
            ],
            names_releases: false,
        };
    }
    ByHand {
        place: "Paragon's dashboard".to_owned(),
        steps: vec![
            format!("Open the project of {environment}, and a release from the environment before it."),
            "Compare its change summary and its release messages with this plan. Where it shows more, stop.".to_owned(),
            "Resolve its warnings there: app configuration and environment secrets are entered in the dashboard."
                .to_owned(),
            "Deploy the release.".to_owned(),
        ],
        names_releases: true,
    }
}

impl Platform for Live<'_> {
    fn observe<'a>(&'a self, _desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(self.observed(watch))
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(async move {
            let (Some(push), Some(connect)) = (&self.push, &self.connect) else {
                return Err(Problem::bug("something was to be sent where people release by hand"));
            };
            push.apply(&connect.project, (record, payload), applied, watch).await?;
            self.pushed.set(true);
            Ok(())
        })
    }

    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(self.confirmed(record, payload, watch))
    }

    fn by_hand(&self) -> Option<ByHand> {
        self.push.is_none().then(|| self.by_hand.clone())
    }

    /// Only a release changes what runs there, so what was recorded to run is what is there.
    fn holds(&self, _release: &Release) -> bool {
        self.connect.is_none()
    }

    fn names_only(&self) -> Option<NamesOnly> {
        self.seen.get().then_some(NamesOnly::Kinds(KINDS))
    }

    fn place(&self) -> Option<Place> {
        self.connect.as_ref().map(|connect| Place::named(connect.project.clone()))
    }
}

#[cfg(test)]
mod tests;
