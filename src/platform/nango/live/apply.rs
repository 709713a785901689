//! Sends a deploy, and never twice without having looked in between.
//!
//! Nango decides nothing: a body says what stays, and everything else goes. So right before each sending Nango is asked
//! what would go, and all of that must have been named in the approved plan.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::answer::NANGO;
use super::body::{self, Body, Reach};
use super::read::{self, scope};
use super::verify::Versions;
use super::wire::{Bundled, Confirmation, Sent, Slim};
use super::{Live, Look, Lot};
use crate::applied::{Applied, StepState};
use crate::artefact::Built;
use crate::manifest::{Known, Manifest, ResourceId, Subject};
use crate::plan::{Change, Plan, What};
use crate::platform::asking::{Miss, Refusal, parsed, rest};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long one sending may take: Nango's own lock lasts as long.
const LIMIT: Duration = Duration::from_mins(10);
/// How long other deploys and limits are waited for, all in all.
const BUDGET: Duration = Duration::from_mins(10);
/// How long another deploy is given before it is looked again.
const BUSY: Duration = Duration::from_secs(5);
/// What was sent may still be worked on: the times between looks.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];
/// How often something is sent again after it certainly did not arrive.
const MOST_AGAIN: u32 = 2;
/// How many lines a problem lists of what runs there.
const SHOWN: usize = 10;

/// One deploy on its way.
pub(super) struct Sending<'a> {
    pub(super) live: &'a Live,
    pub(super) plan: &'a Plan,
    pub(super) built: &'a Built,
    /// What of it is sent.
    pub(super) sent: &'a Manifest,
    pub(super) watch: &'a Watch,
}

/// What to do next.
enum Next {
    /// It is done.
    Done,
    /// Send it again.
    Again,
}

/// What happened on the way so far.
#[derive(Default)]
struct Way {
    waited: Duration,
    again: u32,
    /// Something was sent whose end is not known.
    doubted: bool,
}

impl Sending<'_> {
    /// Sends, and gives what Nango says it deployed.
    pub(super) async fn run(&self, applied: &mut Applied) -> Result<(), Problem> {
        let mut body = body::of(&self.built.artefact, self.reach())?;
        self.nothing_stays(&body)?;
        self.integrations_exist().await?;
        let mut way = Way::default();
        loop {
            self.only_what_was_named(&body).await?;
            let bytes = std::mem::take(&mut body.bytes);
            applied.mark_all(&StepState::Sent);
            let answer = self.live.ask.deploy(body.path, bytes, LIMIT, self.watch).await;
            let next = match answer.and_then(|bytes| deployed(&bytes, &body)) {
                Ok(versions) => return self.settle(versions, &body, applied),
                Err(miss) => self.missed(miss, &mut way, applied).await?,
            };
            match next {
                Next::Done => return Ok(()),
                Next::Again => body = body::of(&self.built.artefact, self.reach())?,
            }
        }
    }

    fn part(&self) -> Lot<'_> {
        Lot { built: self.built, sent: self.sent, only: self.plan.only.as_ref() }
    }

    fn reach(&self) -> Reach<'_> {
        Reach::of(self.plan.only.as_ref())
    }

    /// A deploy of functions of `createFunction` removes none of the older kinds: what was planned to go would still run.
    fn nothing_stays(&self, body: &Body) -> Result<(), Problem> {
        let goes = |change: &&Change| change.what == What::Remove && change.resource.kind != "function";
        let older: Vec<String> =
            self.plan.changes.iter().filter(goes).map(|change| change.resource.to_string()).collect();
        if !body.path.contains(&"bundle") || older.is_empty() {
            return Ok(());
        }
        let text =
            format!("with functions of `createFunction` Nango does not remove older ones, and {}", count_of(&older));
        let problem = Problem::new("older-functions-stay", Fault::Platform, text).cause("nothing was sent");
        Err(older.into_iter().take(SHOWN).fold(problem, Problem::cause).help(format!(
            "remove them in Nango → {} → Integrations, then start this run again",
            self.live.environment
        )))
    }

    /// Nango answers a deploy into an integration that does not exist with an error, after it replaced code.
    async fn integrations_exist(&self) -> Result<(), Problem> {
        let Known::Yes(there) = read::integrations(&self.live.ask, self.watch).await? else { return Ok(()) };
        let there: BTreeSet<&str> = there.iter().map(|each| each.key.as_str()).collect();
        let used = read::used(self.sent);
        let missing: Vec<&str> = used.iter().map(String::as_str).filter(|key| !there.contains(key)).collect();
        if missing.is_empty() { Ok(()) } else { Err(self.no_integration(&missing).cause("nothing was sent")) }
    }

    fn no_integration(&self, missing: &[&str]) -> Problem {
        let names: Vec<String> = missing.iter().map(|key| format!("`{key}`")).collect();
        let (verb, them) = if names.len() == 1 { ("does", "it") } else { ("do", "them") };
        let text = format!("{} {verb} not exist in `{}`", names.join(", "), self.live.environment);
        Problem::new("integration-missing", Fault::Platform, text).help(format!(
            "create {them} in Nango → {} → Integrations, then start this run again",
            self.live.environment
        ))
    }

    /// Asks Nango what would go, and refuses where that is more than the approved plan says.
    async fn only_what_was_named(&self, body: &Body) -> Result<(), Problem> {
        let gone = if body.path.contains(&"bundle") {
            self.functions_gone(body).await?
        } else {
            let confirmation = read::confirmed(&self.live.ask, self.sent, self.reach(), self.watch).await?;
            confirmation.map(|confirmation| gone(&confirmation, self.sent)).unwrap_or_default()
        };
        let unnamed: Vec<String> =
            gone.into_iter().filter(|gone| !gone.is_named(self.plan)).map(|gone| gone.to_string()).collect();
        if unnamed.is_empty() {
            return Ok(());
        }
        let text = format!("Nango would now also remove {}", unnamed.join(", "));
        Err(Problem::new("plan-changed", Fault::Refused, text)
            .cause("that is not in the plan that was approved")
            .help("something was deployed there in between: plan again, and look at what that was"))
    }

    async fn functions_gone(&self, body: &Body) -> Result<Vec<Gone>, Problem> {
        let bundled = read::bundle(&self.live.ask, &body.bytes, self.watch).await?;
        let gone = bundled.known().map(|bundled| bundled.deleted.as_slice()).unwrap_or_default();
        Ok(gone.iter().map(|slim| Gone::Whole(function(slim))).collect())
    }

    /// Keeps what Nango says it deployed. A function that it does not name was not deployed.
    fn settle(&self, versions: Versions, body: &Body, applied: &mut Applied) -> Result<(), Problem> {
        let left_out: Vec<&ResourceId> = body.functions.iter().filter(|id| !versions.contains_key(id)).collect();
        let why = "Nango does not name it among what it deployed";
        for step in &mut applied.steps {
            step.state = if left_out.contains(&&step.resource) {
                StepState::Failed { why: why.to_owned() }
            } else {
                StepState::Done
            };
        }
        let missing = left_out.clone();
        let problem = (!missing.is_empty()).then(|| {
            let names = missing.iter().take(SHOWN).map(|id| format!("{id}: {why}"));
            let text = format!("Nango deployed {} of {} functions", body.functions.len() - missing.len(), body.functions.len());
            names.fold(Problem::new("deploy-partial", Fault::Platform, text), Problem::cause)
                .help("look whether their integrations exist, then deploy again: what is there already is sent again unharmed")
        });
        self.live.said(versions);
        problem.map_or(Ok(()), Err)
    }

    async fn missed(&self, miss: Miss, way: &mut Way, applied: &mut Applied) -> Result<Next, Problem> {
        match miss {
            Miss::Ended(problem) => {
                applied.mark_all(&StepState::NotTried);
                Err(problem)
            }
            Miss::NotSent(why) => {
                applied.mark_all(&StepState::NotTried);
                way.again += 1;
                self.wait_or(Duration::from_secs(2), way.again <= MOST_AGAIN, Miss::NotSent(why)).await
            }
            Miss::Busy(refusal) => {
                applied.mark_all(if way.doubted { &StepState::Sent } else { &StepState::NotTried });
                self.wait(BUSY, way, Miss::Busy(refusal)).await?;
                // It may be our own deploy, whose answer was lost, that still runs.
                if way.doubted { self.look(way, applied, Vec::new()).await } else { Ok(Next::Again) }
            }
            Miss::Limited(limit) => {
                applied.mark_all(if way.doubted { &StepState::Sent } else { &StepState::NotTried });
                self.wait(limit, way, Miss::Limited(limit)).await?;
                Ok(Next::Again)
            }
            Miss::Refused(refusal) => {
                applied.mark_all(&StepState::Failed { why: refusal.told().join(": ") });
                Err(self.refused(refusal).await)
            }
            Miss::Doubtful(why) => {
                way.doubted = true;
                self.look(way, applied, why).await
            }
        }
    }

    /// Waits for others, as long as the budget lasts.
    async fn wait(&self, wait: Duration, way: &mut Way, miss: Miss) -> Result<Next, Problem> {
        way.waited += wait;
        let within = way.waited <= BUDGET;
        self.wait_or(wait, within, miss).await
    }

    async fn wait_or(&self, wait: Duration, goes_on: bool, miss: Miss) -> Result<Next, Problem> {
        if !goes_on {
            return Err(miss.problem("the deploy", &NANGO));
        }
        rest(wait, self.watch, || miss.problem("the deploy", &NANGO)).await.map(|()| Next::Again)
    }

    /// After an answer was lost: looks what runs there, and only then decides.
    async fn look(&self, way: &mut Way, applied: &mut Applied, why: Vec<String>) -> Result<Next, Problem> {
        let mut seen = Look::Blind("it was not looked at".to_owned());
        for wait in LOOKS {
            if let Next::Done = self.wait_or(wait, true, Miss::Doubtful(why.clone())).await? {
                break;
            }
            seen = self.live.look(self.part(), self.watch).await;
            match seen {
                Look::Live => {
                    applied.mark_all(&StepState::Done);
                    return Ok(Next::Done);
                }
                Look::Blind(_) => break,
                Look::Untouched | Look::Between(_) => {}
            }
        }
        if matches!(seen, Look::Untouched) && way.again < MOST_AGAIN {
            way.again += 1;
            return Ok(Next::Again);
        }
        Err(lost(seen, why))
    }

    /// A no. Nango stores files of the older kinds before it checks the rest, so what runs there is told too.
    async fn refused(&self, refusal: Refusal) -> Problem {
        let (status, code) = (refusal.status, refusal.code.clone());
        let missing = refusal.named.clone();
        let problem = match (status, code.as_str(), missing) {
            (_, "unknown_provider_config", Some(key)) => {
                let told = self.no_integration(&[&key]);
                refusal.told().into_iter().fold(told, Problem::cause)
            }
            (403, ..) => Problem::new("key-lacks-scope", Fault::Platform, "the key may not deploy")
                .cause(super::ask::lacks(scope::DEPLOY))
                .help(format!("add the scope {} to the key: Nango → the environment → API Keys", scope::DEPLOY)),
            (413, ..) => Miss::Refused(refusal)
                .problem("the deploy", &NANGO)
                .help("something before Nango takes only smaller requests: raise its limit"),
            _ => Miss::Refused(refusal).problem("the deploy", &NANGO),
        };
        if matches!(status, 401 | 403 | 413) || code == "invalid_body" || super::has_functions(self.sent) {
            return problem;
        }
        let problem = match self.live.look(self.part(), self.watch).await {
            Look::Between(how) => how.into_iter().take(SHOWN).fold(problem, Problem::cause),
            Look::Live | Look::Untouched | Look::Blind(_) => problem,
        };
        problem.help("the code of functions with a fixed `version` may be replaced already: deploy again, or roll back")
    }
}

fn lost(seen: Look, why: Vec<String>) -> Problem {
    let (text, lines) = match seen {
        Look::Live | Look::Untouched => {
            ("the deploy did not arrive, though it was sent several times".to_owned(), Vec::new())
        }
        Look::Between(how) => {
            (format!("the answer to the deploy was lost, and {} not as it was sent", count(how.len())), how)
        }
        Look::Blind(blind) => {
            ("the answer to the deploy was lost, and what runs there could not be read".to_owned(), vec![blind])
        }
    };
    let problem = Problem::new("deploy-unknown", Fault::Platform, text);
    let problem = why.into_iter().chain(lines.into_iter().take(SHOWN)).fold(problem, Problem::cause);
    problem.help("deploy again: a deploy sends the whole project, and what is there already is sent again unharmed")
}

fn count_of(older: &[String]) -> String {
    if older.len() == 1 { "one runs there".to_owned() } else { format!("{} run there", older.len()) }
}

fn count(of: usize) -> String {
    if of == 1 { "one thing is".to_owned() } else { format!("{of} things are") }
}

/// Something that a deploy would remove.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Gone {
    Whole(ResourceId),
    /// Nango names a model without the function that had it.
    Model(String),
}

impl Gone {
    fn is_named(&self, plan: &Plan) -> bool {
        match self {
            Self::Whole(id) => plan.changes.iter().any(|change| change.resource == *id && change.what == What::Remove),
            Self::Model(name) => plan.destructive.iter().any(|subject: &Subject| subject.part.as_ref() == Some(name)),
        }
    }
}

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(id) => write!(f, "{id}"),
            Self::Model(name) => write!(f, "the model `{}` and its records", name.escape_debug()),
        }
    }
}

fn gone(confirmation: &Confirmation, sent: &Manifest) -> Vec<Gone> {
    let id = |kind: &str, key: &str, name: &str| ResourceId::new(kind, format!("{key}/{name}"));
    let syncs = confirmation.deleted_syncs.iter().map(|sync| id("sync", &sync.provider_config_key, &sync.name));
    let actions = confirmation.deleted_actions.iter().map(|action| id("action", &action.key, &action.name));
    let scripts = confirmation.deleted_on_event_scripts.iter();
    // A script that moves to another event is listed as gone from the first.
    let scripts = scripts
        .map(|script| id("on-event", &script.provider_config_key, &script.name))
        .filter(|id| !sent.resources.contains_key(id));
    let whole = syncs.chain(actions).chain(scripts).map(Gone::Whole);
    whole.chain(confirmation.deleted_models.iter().cloned().map(Gone::Model)).collect()
}

fn function(slim: &Slim) -> ResourceId {
    ResourceId::new("function", format!("{}/{}", slim.key, slim.name))
}

/// What the answer says was deployed. An answer that names nothing proves nothing, whatever its status.
fn deployed(bytes: &[u8], body: &Body) -> Result<Versions, Miss> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answer {
        Older(Vec<Sent>),
        Bundled(Bundled),
    }
    let versions: Versions = match parsed::<Answer>(bytes, &NANGO)? {
        Answer::Older(list) => list
            .into_iter()
            .map(|sent| {
                (ResourceId::new(sent.kind, format!("{}/{}", sent.key, sent.name)), sent.version.unwrap_or_default())
            })
            .collect(),
        Answer::Bundled(bundled) => {
            let all = bundled.created.iter().chain(&bundled.updated).chain(&bundled.unchanged);
            all.map(|slim| (function(slim), String::new())).collect()
        }
    };
    if versions.is_empty() && !body.functions.is_empty() {
        return Err(Miss::Doubtful(vec!["Nango answered 200 and named nothing that it deployed".to_owned()]));
    }
    Ok(versions)
}
