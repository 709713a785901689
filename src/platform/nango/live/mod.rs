//! An environment of a real Nango, reached with its key.
//!
//! Reading degrades scope by scope (`read`, `join`), a deploy is one request whose body is made from the artefact alone
//! (`body`, `apply`), and only what was read back and compared is called live (`verify`). The stand-in that the tests run
//! against is `crate::tests::nango`.

mod answer;
mod apply;
mod apps;
mod ask;
mod body;
mod fields;
mod join;
mod key;
mod place;
mod read;
mod sent;
mod stub;
mod verify;
mod wire;

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use crate::applied::{Applied, Verified};
use crate::artefact::Built;
use crate::history::OpenRecord;
use crate::keys::Keys;
use crate::manifest::{Known, Manifest};
use crate::names::EnvironmentName;
use crate::net::{self, Limits, Plain};
use crate::plan::Observed;
use crate::plan::part::Part;
use crate::platform::asking::paused;
use crate::platform::{NamesOnly, Payload, Place, Platform};
use crate::problem::Problem;
use crate::watch::{Task, Watch};
use apply::Sending;
use ask::Ask;
use body::Reach;
use read::{Depth, Reading};
use verify::{Match, Versions};

/// Nango's own cloud.
const CLOUD: &str = "https://api.nango.dev";
/// The variable that names another one.
pub const HOST: &str = "NANGO_HOSTPORT";
/// The variable that names CA certificates beside the system's: Node's, so whoever runs Nango's CLI has it set already.
pub const EXTRA_CA: &str = "NODE_EXTRA_CA_CERTS";

/// What was removed goes a moment after the answer: the times between reading back.
const SETTLE: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(3)];

/// What is needed to reach an environment.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// All environments that the configuration names: none of them may have the same key.
    pub environments: &'a [EnvironmentName],
    /// The credentials of the run.
    pub keys: &'a Keys,
    /// Whether the job targets this environment alone, so that the plain name of a key counts.
    pub sole: bool,
    /// The address, where [`HOST`] names one: https, or http to this machine.
    pub host: Option<&'a str>,
    /// A file of CA certificates, where [`EXTRA_CA`] names one.
    pub extra_ca: Option<&'a str>,
}

/// One environment of a Nango.
#[derive(Debug)]
pub struct Live {
    ask: Ask,
    environment: EnvironmentName,
    kept: RefCell<Kept>,
}

/// What was learnt on the way.
#[derive(Debug, Default)]
struct Kept {
    /// What ran there when it was last looked at for a plan.
    before: Option<Manifest>,
    /// What Nango says that it deployed.
    versions: Option<Versions>,
    /// What tells this environment from others, as it was last seen.
    place: Option<Place>,
    /// Why only the names of what runs there could be read.
    names_only: Option<NamesOnly>,
}

/// What runs there, compared with what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// What was sent.
    Live,
    /// What ran there before.
    Untouched,
    /// Some of what was sent; one line for each difference.
    Between(Vec<String>),
    /// It cannot be told.
    Blind(String),
}

impl Live {
    /// Reaches for an environment. Nothing is asked yet.
    ///
    /// Problems: `key-missing`, `key-malformed`, `key-shared`, `address-unusable`, `ca-unusable`, `tls-unusable`.
    pub fn connect(door: &Door<'_>) -> Result<Self, Problem> {
        let key = key::find(door.keys, door.environment, door.environments, door.sole)?;
        let given = door.host.map(str::trim).filter(|host| !host.is_empty());
        let base = net::base_url(HOST, given.unwrap_or(CLOUD), Plain::Loopback)?;
        let extra = door.extra_ca.map(str::trim).filter(|file| !file.is_empty());
        let client = match extra {
            Some(file) => net::client_trusting(&base, Limits::default(), EXTRA_CA, Path::new(file))?,
            None => net::client(&base, Limits::default())?,
        };
        let ask = Ask::new(client, base, key.clone());
        Ok(Self { ask, environment: door.environment.clone(), kept: RefCell::default() })
    }

    async fn see(&self, desired: &Manifest, depth: Depth, watch: &Watch) -> Result<Observed, Problem> {
        let reading = read::read(&self.ask, desired, depth, watch).await?;
        let observed = join::observed(&reading, desired);
        let mut kept = self.kept.borrow_mut();
        kept.place = place::of(&reading);
        if depth == Depth::Plan {
            kept.before = Some(observed.manifest.clone());
            kept.names_only = names_only(&reading);
        }
        Ok(observed)
    }

    /// Looks what runs there, against what was sent and what ran there before.
    async fn look(&self, lot: Lot<'_>, watch: &Watch) -> Look {
        if has_functions(lot.sent) {
            return match self.bundled(lot, watch).await {
                Ok(Match::Same) => Look::Live,
                // Such a deploy is one transaction: what is not live did not arrive.
                Ok(Match::Differs(_)) => Look::Untouched,
                Ok(Match::Blind(why)) => Look::Blind(why),
                Err(problem) => Look::Blind(problem.to_string()),
            };
        }
        let mut live = match self.see(&lot.built.manifest, Depth::Functions, watch).await {
            Ok(live) => live,
            Err(problem) => return Look::Blind(problem.to_string()),
        };
        live.manifest = lot.narrowed(live.manifest);
        let before = self.kept.borrow().before.clone().map(|before| lot.narrowed(before));
        let untouched = before.as_ref().is_some_and(|before| verify::untouched(before, &live.manifest, lot.sent));
        match verify::compare(lot.sent, &live, &Versions::new()) {
            Match::Blind(why) => Look::Blind(why),
            _ if untouched => Look::Untouched,
            Match::Same => Look::Live,
            // Nothing was there, and nothing is: no time of writing could tell it.
            Match::Differs(_) if before.as_ref().is_some_and(|before| *before == live.manifest) => Look::Untouched,
            Match::Differs(how) => Look::Between(how),
        }
    }

    fn said(&self, versions: Versions) {
        self.kept.borrow_mut().versions = Some(versions);
    }

    async fn verified(&self, only: Option<&Part>, payload: &Payload, watch: &Watch) -> Verified {
        let Payload::Artefact(built) = payload else {
            return Verified::Unverified { why: "Nango keeps no earlier deploy that could be compared".to_owned() };
        };
        let part = only.map(|part| part.narrowed(&built.manifest));
        let lot = Lot { built, sent: part.as_ref().unwrap_or(&built.manifest), only };
        let versions = self.kept.borrow().versions.clone();
        let mut seen = Verified::Unverified { why: "it was not looked at".to_owned() };
        for wait in SETTLE {
            if !wait.is_zero() && paused(wait, watch).await.is_some() {
                break;
            }
            seen = self.verified_once(lot, versions.as_ref(), watch).await;
            if !matches!(seen, Verified::Differs { .. }) {
                break;
            }
        }
        seen
    }

    async fn verified_once(&self, lot: Lot<'_>, versions: Option<&Versions>, watch: &Watch) -> Verified {
        let unverified = |problem: Problem| Verified::Unverified { why: problem.to_string() };
        if has_functions(lot.sent) {
            return match self.bundled(lot, watch).await {
                Ok(Match::Same) => Verified::Live,
                Ok(Match::Differs(how)) => Verified::Differs { how },
                Ok(Match::Blind(why)) => Verified::Unverified { why },
                Err(problem) => unverified(problem),
            };
        }
        match self.see(&lot.built.manifest, Depth::Functions, watch).await {
            Ok(live) => self.judged(lot, live, versions),
            Err(problem) => unverified(problem),
        }
    }

    /// Functions of `createFunction` cannot be read, and Nango itself says whether what runs is what would be sent.
    async fn bundled(&self, lot: Lot<'_>, watch: &Watch) -> Result<Match, Problem> {
        let body = body::of(&lot.built.artefact, Reach::of(lot.only))?;
        Ok(match read::bundle(&self.ask, &body.bytes, watch).await? {
            Known::Yes(bundled) => verify::bundle(&bundled, &body.functions),
            Known::No(why) => Match::Blind(why),
        })
    }

    fn judged(&self, lot: Lot<'_>, mut live: Observed, versions: Option<&Versions>) -> Verified {
        let kept = self.kept.borrow();
        let lost = kept.before.as_ref().map(|before| lot.lost_beside(before, &live.manifest)).unwrap_or_default();
        if !lost.is_empty() {
            return Verified::Differs { how: lost };
        }
        live.manifest = lot.narrowed(live.manifest);
        let none = Versions::new();
        match verify::compare(lot.sent, &live, versions.unwrap_or(&none)) {
            Match::Differs(how) => Verified::Differs { how },
            Match::Blind(why) => Verified::Unverified {
                why: match versions {
                    Some(versions) => format!(
                        "Nango says that it deployed {} functions, and they are there; the rest could not be read back: {why}",
                        versions.len()
                    ),
                    None => why,
                },
            },
            Match::Same => {
                let asleep = versions.is_some()
                    && kept.before.as_ref().is_some_and(|before| verify::untouched(before, &live.manifest, lot.sent));
                if asleep {
                    let how =
                        "Nango said that it deployed, and every function still carries the time of an earlier deploy";
                    Verified::Differs { how: vec![how.to_owned()] }
                } else {
                    Verified::Live
                }
            }
        }
    }
}

/// What a deploy sends: everything that was built, or a part of it.
#[derive(Debug, Clone, Copy)]
struct Lot<'a> {
    built: &'a Built,
    /// What of it is sent.
    sent: &'a Manifest,
    /// The part; absent for everything.
    only: Option<&'a Part>,
}

impl Lot<'_> {
    fn narrowed(self, manifest: Manifest) -> Manifest {
        match self.only {
            Some(part) => part.narrowed(&manifest),
            None => manifest,
        }
    }

    /// What was there beside the part and is there no more: no part may touch it.
    fn lost_beside(self, before: &Manifest, now: &Manifest) -> Vec<String> {
        let Some(part) = self.only else { return Vec::new() };
        let gone = before.resources.keys().filter(|id| !part.holds(id) && !now.resources.contains_key(id));
        gone.map(|id| format!("{id} is gone, and `{part}` alone was to be deployed")).collect()
    }
}

fn has_functions(manifest: &Manifest) -> bool {
    manifest.resources.keys().any(|id| id.kind == "function")
}

/// Without the list of functions the census still has their names: a deploy of nothing would remove them all. Of functions of
/// `createFunction` nobody tells more.
fn names_only(reading: &Reading) -> Option<NamesOnly> {
    match (&reading.bundled, &reading.groups, &reading.census) {
        (Some(Known::Yes(there)), ..) if !there.is_empty() => Some(NamesOnly::Kind),
        (None, Known::No(why), Known::Yes(_)) => Some(NamesOnly::Key(why.clone())),
        _ => None,
    }
}

impl Platform for Live {
    fn observe<'a>(&'a self, desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(self.see(desired, Depth::Plan, watch))
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(async move {
            let Payload::Artefact(built) = payload else {
                return Err(Problem::bug("Nango was asked for an earlier deploy of its own, and it keeps none"));
            };
            let plan = record.plan();
            let part = plan.only.as_ref().map(|part| part.narrowed(&built.manifest));
            let sent = part.as_ref().unwrap_or(&built.manifest);
            Sending { live: self, plan, built, sent, watch }.run(applied).await
        })
    }

    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(self.verified(record.plan().only.as_ref(), payload, watch))
    }

    fn place(&self) -> Option<Place> {
        self.kept.borrow().place.clone()
    }

    fn names_only(&self) -> Option<NamesOnly> {
        self.kept.borrow().names_only.clone()
    }
}

#[cfg(test)]
mod tests;
