//! An environment that people's own commands reach.

use std::collections::BTreeMap;

use super::errand::{self, Came, Errand, Hand, Kept, fault_of, last_words, manifest_of};
use super::wire;
use crate::applied::{Applied, StepState, Verified};
use crate::artefact::{Artefact, Built};
use crate::context::config::command::Keyed;
use crate::history::OpenRecord;
use crate::keys;
use crate::manifest::{Manifest, Origin, ResourceId};
use crate::names::{CommitSha, LaneId};
use crate::plan::{Basis, Extras, Observed, Plan};
use crate::platform::{Payload, Platform};
use crate::problem::{Fault, Problem};
use crate::process::End;
use crate::watch::{Task, Watch};

/// Why nothing is known of secrets and connections.
const NO_EXTRAS: &str = "a command tells of resources alone";

/// How many lines of a `verify` command are told.
const TOLD: usize = 5;

/// What reaching an environment takes.
#[derive(Debug, Clone)]
pub struct Door<'a> {
    /// What runs the commands.
    pub hand: Hand<'a>,
    /// The commands: the default branch's.
    pub keyed: &'a Keyed,
    /// The default branch's newest commit: the commands run in its files.
    pub commit: CommitSha,
    /// What is there where no command tells: what the history says.
    pub recorded: Observed,
}

/// How commands run that deploy a project of another platform than `command`.
#[derive(Debug)]
pub struct Manner {
    /// A folder in their HOME.
    pub home: Kept,
    /// The words of a `deploy` command's output that deny what its exit code says.
    pub denial: fn(&str) -> Option<String>,
}

/// One environment.
#[derive(Debug)]
pub struct Live<'a> {
    door: Door<'a>,
    /// Absent where the commands run in the default branch's files; else they run in those of the commit that is released.
    manner: Option<Manner>,
    lane: LaneId,
    named: BTreeMap<String, String>,
}

impl<'a> Live<'a> {
    /// The environment of a lane. `sole` says that the job targets it alone, so that plain names of variables count.
    ///
    /// # Errors
    /// `command-missing` when the policy names no `deploy` command, `key-missing`, `env-name-refused`.
    pub fn connect(door: Door<'a>, lane: LaneId, sole: bool) -> Result<Self, Problem> {
        if door.keyed.deploy.is_none() {
            let says = format!("the default branch's airlock.toml has no `deploy` command for `{}`", lane.project);
            return Err(Problem::input("command-missing", says)
                .help("commands that are handed variables count once they are merged"));
        }
        let variables = door.hand.variables;
        let found = |name: &str| {
            let mut candidates = keys::candidates(name, &lane.environment, sole).into_iter();
            candidates.find_map(|name| variables.get(&name)).cloned()
        };
        let named = errand::named(&door.keyed.env, &found)?;
        Ok(Self { door, manner: None, lane, named })
    }

    /// The same, with commands that run in the files of the commit that is released.
    #[must_use]
    pub fn in_released(mut self, manner: Manner) -> Self {
        self.manner = Some(manner);
        self
    }

    async fn run(&self, what: Sent<'_>, watch: &Watch) -> Result<Came, Problem> {
        let Door { hand, keyed, commit, recorded: _ } = &self.door;
        let mut told = vec![
            ("AIRLOCK_PROJECT", self.lane.project.to_string()),
            ("AIRLOCK_ENVIRONMENT", self.lane.environment.to_string()),
        ];
        let mut plan = None;
        let released = what.record.filter(|_| self.manner.is_some()).map(|record| &record.record().commit);
        if let Some(record) = what.record {
            let of: &Plan = record.plan();
            plan = serde_json::to_vec_pretty(of)
                .map_err(|error| Problem::bug("a plan cannot be written").because(&error))
                .map(Some)?;
            told.push(("AIRLOCK_VERSION", record.record().version.to_string()));
            told.push(("AIRLOCK_COMMIT", record.record().commit.to_string()));
        }
        let errand = Errand {
            what: what.name,
            argv: what.argv,
            commit: released.unwrap_or(commit),
            folder: &keyed.folder,
            named: &self.named,
            told,
            plan,
            files: what.files,
            home: self.manner.as_ref().map(|manner| &manner.home),
            limit: keyed.limit,
        };
        errand::run(*hand, errand, watch).await
    }

    /// What the `observe` command says is there; `None` where there is no such command.
    async fn asked(&self, watch: &Watch) -> Option<Result<Manifest, Problem>> {
        const NAME: &str = "observe";
        let argv = self.door.keyed.observe.as_ref()?;
        let sent = Sent { name: NAME, argv, record: None, files: None };
        Some(self.run(sent, watch).await.and_then(|came| manifest_of(NAME, &came, Origin::Live)))
    }

    async fn send(
        &self,
        record: &OpenRecord,
        built: &Built,
        applied: &mut Applied,
        watch: &Watch,
    ) -> Result<(), Problem> {
        const NAME: &str = "deploy";
        let argv = self.door.keyed.deploy.as_ref().ok_or_else(|| Problem::bug("there is no deploy command"))?;
        let sent = Sent { name: NAME, argv, record: Some(record), files: Some(&built.artefact) };
        applied.mark_all(&StepState::Sent);
        let came = self.run(sent, watch).await.inspect_err(|problem| {
            // A command that never ran has sent nothing; whatever else went wrong may have come after it.
            if ["command-not-started", "not-confined", "room-not-made"].contains(&problem.code.as_ref()) {
                applied.mark_all(&StepState::NotTried);
            }
        })?;
        let told = came.output.as_deref().map(wire::applied).transpose();
        let fault = fault_of(NAME, &came.ran).or_else(|| self.denied(NAME, &came));
        if fault.is_none() {
            applied.mark_all(&StepState::Done);
        }
        let told = told.map_err(|why| Problem::new("command-failed", Fault::Platform, why))?;
        let failed = told.map_or_else(Vec::new, |told| merge(applied, told));
        match fault {
            Some(problem) => Err(problem),
            None if failed.is_empty() => Ok(()),
            None => {
                let says = format!("the `{NAME}` command ended with 0 and says that something failed");
                let problem = Problem::new("command-failed", Fault::Platform, says);
                Err(failed.into_iter().fold(problem, Problem::cause))
            }
        }
    }

    /// What a command that ended with 0 says of itself all the same.
    fn denied(&self, what: &str, came: &Came) -> Option<Problem> {
        let words = (self.manner.as_ref()?.denial)(&came.ran.tail)?;
        let says = format!("the `{what}` command ended with 0 and says that it did not do it");
        let problem = Problem::new("command-failed", Fault::Platform, says).cause(wire::shown(&words));
        Some(problem.help("its whole output is in the log of this run"))
    }

    async fn verified(&self, record: &OpenRecord, built: &Built, watch: &Watch) -> Result<Verified, Problem> {
        const NAME: &str = "verify";
        if let Some(argv) = &self.door.keyed.verify {
            let sent = Sent { name: NAME, argv, record: Some(record), files: Some(&built.artefact) };
            let came = self.run(sent, watch).await?;
            return Ok(match (&came.ran.end, fault_of(NAME, &came.ran)) {
                (_, None) => Verified::Live,
                (End::Exited(1), Some(_)) => {
                    let mut how = last_words(&came.ran.tail, TOLD);
                    if how.is_empty() {
                        how.push("the `verify` command ended with 1".to_owned());
                    }
                    Verified::Differs { how }
                }
                (_, Some(problem)) => Verified::Unverified { why: problem.to_string() },
            });
        }
        Ok(match self.asked(watch).await {
            None => Verified::Unverified { why: "no `verify` and no `observe` command tells what is live".to_owned() },
            Some(there) => {
                let how = differences(&there?, &built.manifest);
                if how.is_empty() { Verified::Live } else { Verified::Differs { how } }
            }
        })
    }
}

/// What one of the commands is given.
struct Sent<'a> {
    name: &'static str,
    argv: &'a [String],
    record: Option<&'a OpenRecord>,
    files: Option<&'a Artefact>,
}

/// Takes over what the command says of each change; gives those that failed. What it says of anything else is not ours.
fn merge(applied: &mut Applied, told: Applied) -> Vec<String> {
    let states: BTreeMap<ResourceId, StepState> =
        told.steps.into_iter().map(|step| (step.resource, step.state)).collect();
    let mut failed = Vec::new();
    for step in &mut applied.steps {
        let Some(state) = states.get(&step.resource) else { continue };
        step.state = state.clone();
        match state {
            StepState::Done => {}
            StepState::Failed { why } => failed.push(format!("{}: {}", step.resource, wire::shown(why))),
            StepState::NotTried | StepState::Sent => failed.push(format!("{} was not finished", step.resource)),
        }
    }
    applied.platform_ref = told.platform_ref.map(|text| wire::shown(&text));
    failed
}

/// How what is there differs from what was sent, as far as both sides tell.
fn differences(live: &Manifest, sent: &Manifest) -> Vec<String> {
    let mut how = Vec::new();
    for (there, here) in live.beside(sent) {
        match (there, here) {
            (None, Some(here)) => how.push(format!("{} is not live", here.id)),
            (Some(there), None) => how.push(format!("{} is live and was not sent", there.id)),
            (Some(there), Some(here)) => {
                let prints = [(&there.fingerprint, &here.fingerprint), (&there.artefact, &here.artefact)];
                let print = prints.iter().any(|(a, b)| matches!((a, b), (Some(a), Some(b)) if a != b));
                let field = here.attributes.iter().any(|(name, sent)| {
                    let live = there.attributes.get(name).and_then(crate::manifest::Attribute::value);
                    matches!((live, sent.value()), (Some(live), Some(sent)) if live != sent)
                });
                how.extend((print || field).then(|| format!("{} is live in another form", here.id)));
            }
            (None, None) => {}
        }
    }
    how
}

/// The bytes to send, if they are those that were approved.
fn sendable<'a>(lane: &LaneId, record: &OpenRecord, payload: &'a Payload) -> Result<&'a Built, Problem> {
    let Payload::Artefact(built) = payload else {
        return Err(Problem::input("not-supported", "a command has no deploys of its own to go back to"));
    };
    if record.record().lane != *lane {
        return Err(Problem::bug("the record that was opened is another environment's"));
    }
    if record.record().artefact.as_ref().is_some_and(|approved| approved != built.artefact.digest()) {
        return Err(Problem::bug("what is about to be sent is not what was approved"));
    }
    Ok(built)
}

impl Platform for Live<'_> {
    fn observe<'a>(&'a self, _desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(async move {
            match self.asked(watch).await {
                None => Ok(self.door.recorded.clone()),
                Some(manifest) => {
                    Ok(Observed { basis: Basis::Live, manifest: manifest?, extras: Extras::none(NO_EXTRAS) })
                }
            }
        })
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(async move {
            let built = sendable(&self.lane, record, payload)?;
            self.send(record, built, applied, watch).await
        })
    }

    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(async move {
            let read = match sendable(&self.lane, record, payload) {
                Ok(built) => self.verified(record, built, watch).await,
                Err(problem) => Err(problem),
            };
            read.unwrap_or_else(|problem| Verified::Unverified { why: problem.to_string() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applied::AppliedStep;

    #[test]
    fn what_a_command_says_of_each_change_is_taken_over() {
        let id = |name: &str| ResourceId::new("model", name);
        let mut applied = Applied::untried([id("a"), id("b"), id("c")]);
        applied.mark_all(&StepState::Done);
        let step = |name: &str, state| AppliedStep { resource: id(name), state };
        let told = Applied {
            steps: vec![
                step("a", StepState::Done),
                step("b", StepState::Failed { why: "no such\ntable".into() }),
                step("other", StepState::Failed { why: "not ours".into() }),
            ],
            platform_ref: Some("run-17".into()),
        };
        assert_eq!(merge(&mut applied, told), ["model:b: no such table"]);
        assert_eq!(applied.platform_ref.as_deref(), Some("run-17"));
        let states: Vec<bool> = applied.steps.iter().map(|step| step.state == StepState::Done).collect();
        assert_eq!(states, [true, false, true]);
    }
}
