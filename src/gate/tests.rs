//! The gate's table, row by row, and what must hold whatever the evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use semver::Version;

use super::*;
use crate::context::config::{Acceptance, Config, ConsentRule, Destructive, Environment, FlagRule};
use crate::context::event::{Actor, Dispatch, Event, Push, Ref};
use crate::context::inputs::{Accept, ConsentInput, Inputs, Stated};
use crate::context::{Host, Run};
use crate::finding::{CheckReport, Counts, Finding, Suite, SuiteEnd, SuiteKind, Tested};
use crate::manifest::{Known, ResourceId, Subject};
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, LaneId, ProjectId};
use crate::plan::message::{Code, Message};
use crate::plan::version::NumberLine;
use crate::plan::{Basis, Change, Plan, SCHEMA, UnknownField, What};
use crate::policy::{Decision, Intent, Reach, Target};
use crate::problem::{Fault, Problem};
use crate::release::{Consent, History, Origin, RECORD_SCHEMA, Record, Release, ReleaseKind, ReleaseResult};

fn commit(digit: char) -> CommitSha {
    CommitSha::new(digit.to_string().repeat(40)).unwrap()
}

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

fn environment(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap()
}

fn lane(name: &str) -> LaneId {
    LaneId { project: ProjectId::new("integrations").unwrap(), environment: environment(name) }
}

fn sync(id: &str) -> ResourceId {
    ResourceId::new("sync", id)
}

fn unreadable() -> Problem {
    Problem::new("github-unreadable", Fault::Unreadable, "GitHub answered 503")
}

fn release(id: u64, lane: LaneId, version: &str, of: char) -> Release {
    Release {
        id,
        record: Record {
            schema: RECORD_SCHEMA,
            lane,
            kind: ReleaseKind::Deploy,
            version: Version::parse(version).unwrap(),
            previous: None,
            commit: commit(of),
            description: String::new(),
            plan: Digest::of(b""),
            artefact: None,
            removes: BTreeSet::new(),
            consent: None,
            tested: Tested::Here,
            hotfix: None,
            origin: Origin {
                actor: "ana".into(),
                triggering_actor: "ana".into(),
                event: "push".into(),
                run: None,
                attempt: 1,
                url: None,
            },
            opened: jiff::Timestamp::UNIX_EPOCH,
        },
        result: ReleaseResult::Success,
        closed: None,
        platform_ref: None,
    }
}

/// Everything of one decision, owned: a run that passes, to be bent.
#[derive(Clone)]
struct Scene {
    plan: Plan,
    decision: Decision,
    inputs: Inputs,
    event: Event,
    run: Run,
    config: Config,
    policy_unreadable: Option<Problem>,
    environment: Environment,
    projects: Vec<ProjectId>,
    source: SourceFacts,
    checks: Result<CheckReport, String>,
    confinement: Confinement,
    history: Result<History, Problem>,
    before: Option<(EnvironmentName, Result<History, Problem>)>,
    reviewed: Result<Vec<Reviewed>, Problem>,
}

fn suite(end: SuiteEnd) -> Suite {
    let counts = Some(Counts { passed: 212, failed: 0, skipped: 0 });
    Suite {
        kind: SuiteKind::Test,
        name: "npm test".into(),
        end,
        milliseconds: 41_000,
        counts,
        slowest: vec![],
        tail: String::new(),
    }
}

fn environments() -> Vec<Environment> {
    let dev = Environment { branch: Some(branch("main")), ..Environment::named(environment("dev")) };
    let prod =
        Environment { production: true, after: Some(environment("dev")), ..Environment::named(environment("prod")) };
    vec![dev, prod]
}

impl Scene {
    /// A promotion to prod by hand: dev runs commit `b` as `2.5.0-dev.41`, prod runs commit `a` as `2.4.1`.
    fn promotion() -> Self {
        let dispatch = Dispatch {
            on: Ref::Branch(branch("main")),
            sender: Actor { login: "ana".into(), bot: false },
            workflow: Some(".github/workflows/integrations.yml".into()),
            inputs: BTreeMap::new(),
        };
        let inputs =
            Inputs { environment: Some(environment("prod")), allow_destructive: Stated::No, ..Inputs::default() };
        Self {
            plan: plan("prod", "2.5.0"),
            decision: decision("prod", true, Intent::Promote),
            inputs,
            event: Event::Dispatch(dispatch),
            run: Run {
                host: Host::Actions,
                sha: commit('b'),
                id: Some(7),
                attempt: 1,
                workflow: Some(".github/workflows/integrations.yml".into()),
                actor: "ana".into(),
                triggering_actor: "ana".into(),
                url: None,
                started: jiff::Timestamp::UNIX_EPOCH,
            },
            config: Config { projects: vec![], environments: environments(), dispatch_by: vec![] },
            policy_unreadable: None,
            environment: environments().remove(1),
            projects: vec![lane("prod").project],
            source: SourceFacts { commit: commit('b'), dirty: Known::Yes(vec![]), contains_live: Known::Yes(true) },
            checks: Ok(CheckReport { suites: vec![suite(SuiteEnd::Passed)], findings: vec![], tested: Tested::Here }),
            confinement: Confinement::Confined,
            history: Ok(History { releases: vec![release(1, lane("prod"), "2.4.1", 'a')], notes: vec![] }),
            before: Some((
                environment("dev"),
                Ok(History { releases: vec![release(2, lane("dev"), "2.5.0-dev.41", 'b')], notes: vec![] }),
            )),
            reviewed: Ok(vec![]),
        }
    }

    /// A push to main, which deploys dev.
    fn push() -> Self {
        let push = Push {
            to: Ref::Branch(branch("main")),
            before: Some(commit('a')),
            after: Some(commit('b')),
            forced: false,
            sender: Actor { login: "ana".into(), bot: false },
        };
        Self {
            plan: plan("dev", "2.5.0-dev.41"),
            decision: decision("dev", false, Intent::Deploy),
            inputs: Inputs::default(),
            event: Event::Push(push),
            environment: environments().remove(0),
            history: Ok(History { releases: vec![release(1, lane("dev"), "2.5.0-dev.40", 'a')], notes: vec![] }),
            before: None,
            ..Self::promotion()
        }
    }

    /// A dispatch to dev.
    fn dev_by_hand() -> Self {
        let promotion = Self::promotion();
        Self { event: promotion.event, ..Self::push() }
    }

    /// Prod goes back from `2.5.0` (commit `b`) to `2.4.1` (commit `a`).
    fn rollback() -> Self {
        let mut scene = Self::promotion();
        scene.plan = Plan { commit: commit('a'), ..plan("prod", "2.4.1") };
        scene.decision.intent = Intent::Rollback;
        scene.source.commit = commit('a');
        scene.source.contains_live = Known::Yes(false);
        scene.history = Ok(History {
            releases: vec![release(3, lane("prod"), "2.5.0", 'b'), release(1, lane("prod"), "2.4.1", 'a')],
            notes: vec![],
        });
        scene
    }

    fn bent(mut self, bend: impl FnOnce(&mut Self)) -> Self {
        bend(&mut self);
        self
    }

    /// The same, with a plan that removes these.
    fn removing(mut self, subjects: &[Subject]) -> Self {
        self.plan.destructive.extend(subjects.iter().cloned());
        for subject in subjects.iter().filter(|subject| subject.part.is_none()) {
            self.plan.changes.insert(0, change(&subject.resource, What::Remove));
            let says = "the sync stops and its records are deleted, for 31 connections";
            self.plan.messages.push(Message::new(Code::ResourceRemoved, subject.clone(), says));
        }
        self.plan.digest = crate::plan::digest::digest(&self.plan.lane, &self.plan.changes, &self.plan.destructive);
        self
    }

    fn flagged(mut self, flag: Stated) -> Self {
        self.inputs.allow_destructive = flag;
        self
    }

    fn consenting(mut self, ids: &[&str]) -> Self {
        self.inputs.consent = ConsentInput::Ids(ids.iter().map(|id| (*id).to_owned()).collect());
        self
    }

    fn reviewed(mut self, label: &str, removes: &[Subject]) -> Self {
        if let Ok(reviewed) = &mut self.reviewed {
            let removes = removes.iter().cloned().collect();
            reviewed.push(Reviewed { label: label.to_owned(), head: commit('c'), removes });
        }
        self
    }

    fn with<T>(&self, look: impl FnOnce(&Arc<Plan>, &Evidence<'_>) -> T) -> T {
        let histories = [(lane(self.environment.name.as_str()), &self.history)]
            .into_iter()
            .chain(self.before.iter().map(|(name, history)| (lane(name.as_str()), history)));
        let histories: Vec<_> = histories.collect();
        let numbers = NumberLine::of(histories.iter().map(|(lane, history)| (lane, *history)));
        let default_branch = branch("main");
        let evidence = Evidence {
            decision: &self.decision,
            inputs: &self.inputs,
            event: &self.event,
            run: &self.run,
            config: &self.config,
            policy_unreadable: self.policy_unreadable.as_ref(),
            environment: &self.environment,
            default_branch: Some(&default_branch),
            projects: &self.projects,
            source: &self.source,
            checks: self.checks.as_ref().map_err(Clone::clone),
            artefact: None,
            confinement: &self.confinement,
            history: &self.history,
            before: self.before.as_ref().map(|(name, history)| (name, history)),
            numbers: &numbers,
            reviewed: &self.reviewed,
            unshown: &[],
            description: "Add deals (#812)",
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        look(&Arc::new(self.plan.clone()), &evidence)
    }

    fn decide(&self) -> Verdict {
        self.with(decide)
    }

    /// The codes of the refusal, or `approved`, or `already <version>`.
    fn says(&self) -> String {
        match self.decide() {
            Verdict::Approved(_) => "approved".to_owned(),
            Verdict::WouldApprove(_) => "would approve".to_owned(),
            Verdict::AlreadyDeployed(version) => format!("already {version}"),
            Verdict::Refused(refused) => {
                refused.reasons.iter().map(|reason| reason.code.as_ref()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    fn refused(&self) -> Refused {
        match self.decide() {
            Verdict::Refused(refused) => refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    fn approved(&self) -> ApprovedPlan {
        match self.decide() {
            Verdict::Approved(approved) => approved,
            other => panic!("not approved: {other:?}"),
        }
    }
}

fn decision(name: &str, production: bool, intent: Intent) -> Decision {
    Decision {
        reach: Reach::Apply(Target::Live { environment: environment(name), production }),
        intent,
        environments: vec![environment(name)],
        target: Some(environment(name)),
        writes: true,
        reason: "as asked".into(),
    }
}

fn change(resource: &ResourceId, what: What) -> Change {
    Change { resource: resource.clone(), what, origin: None, notes: vec![], place: None }
}

fn plan(name: &str, version: &str) -> Plan {
    let changes = vec![change(&sync("hubspot/deals"), What::Add)];
    let destructive = BTreeSet::new();
    Plan {
        schema: SCHEMA,
        lane: lane(name),
        commit: commit('b'),
        basis: Basis::Live,
        digest: crate::plan::digest::digest(&lane(name), &changes, &destructive),
        changes,
        unknown: vec![],
        messages: vec![],
        destructive,
        renames: vec![],
        unchanged: 3,
        empties: false,
        version: Version::parse(version).unwrap(),
        previous: Some(Version::parse("2.4.1").unwrap()),
    }
}

fn old() -> Subject {
    Subject::whole(sync("github/old-issues"))
}

fn model() -> Subject {
    Subject::part(sync("github/issues"), "GithubIssueV1")
}

fn table(rows: Vec<(&str, Scene, &str)>) {
    let wrong: Vec<String> = rows
        .into_iter()
        .filter_map(|(row, scene, says)| {
            let said = scene.says();
            (said != says).then(|| format!("{row}: expected `{says}`, the gate said `{said}`"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn dispatch_of(scene: &mut Scene) -> &mut Dispatch {
    match &mut scene.event {
        Event::Dispatch(dispatch) => dispatch,
        other => panic!("no dispatch: {other:?}"),
    }
}

#[test]
fn what_should_pass_passes() {
    table(vec![
        ("a promotion by hand", Scene::promotion(), "approved"),
        ("a push to dev", Scene::push(), "approved"),
        ("a dispatch to dev", Scene::dev_by_hand(), "approved"),
        ("a rollback", Scene::rollback(), "approved"),
    ]);
}

#[test]
fn production_changes_only_by_the_hand_of_a_person_on_an_allowed_ref() {
    let push_to_prod = Scene::promotion().bent(|scene| scene.event = Scene::push().event);
    let bot = || {
        Scene::promotion().bent(|scene| dispatch_of(scene).sender = Actor { login: "ship-it[bot]".into(), bot: true })
    };
    let on = |scene: Scene, on: Ref| scene.bent(|scene| dispatch_of(scene).on = on);
    let release_branch = || Ref::Branch(branch("release"));
    table(vec![
        ("a push", push_to_prod, "production-needs-dispatch ref-not-allowed"),
        (
            "a schedule",
            Scene::promotion().bent(|scene| scene.event = Event::Schedule),
            "production-needs-dispatch ref-not-allowed",
        ),
        ("a bot", bot(), "not-a-person"),
        (
            "a bot that the policy names",
            bot().bent(|scene| scene.config.dispatch_by = vec!["Ship-It[bot]".into()]),
            "approved",
        ),
        (
            "re-run by a bot",
            Scene::promotion().bent(|scene| scene.run.triggering_actor = "x[bot]".into()),
            "not-a-person",
        ),
        ("another branch", on(Scene::promotion(), release_branch()), "ref-not-allowed"),
        (
            "a branch that the policy names",
            on(Scene::promotion(), release_branch()).bent(|scene| scene.environment.refs = vec![branch("release")]),
            "approved",
        ),
        ("a tag named like the branch", on(Scene::promotion(), Ref::Tag("main".into())), "ref-not-allowed"),
        (
            "a push to another branch",
            Scene::push().bent(|scene| {
                if let Event::Push(push) = &mut scene.event {
                    push.to = release_branch();
                }
            }),
            "ref-not-allowed",
        ),
        (
            "a reach that ends before",
            Scene::promotion().bent(|scene| scene.decision.reach = Reach::Plan),
            "ref-not-allowed",
        ),
        (
            "a reach for another environment",
            Scene::promotion().bent(|scene| scene.decision = decision("dev", false, Intent::Promote)),
            "ref-not-allowed",
        ),
        (
            "a reach that does not know of production",
            Scene::promotion().bent(|scene| scene.decision = decision("prod", false, Intent::Promote)),
            "ref-not-allowed",
        ),
        ("a review", Scene::promotion().bent(|scene| scene.decision.intent = Intent::Review), "ref-not-allowed"),
        (
            "an adoption that comes here",
            Scene::promotion().bent(|scene| scene.decision.intent = Intent::Adopt),
            "ref-not-allowed",
        ),
    ]);
}

#[test]
fn the_flag_is_stated_in_production() {
    let must_be_true = |scene: Scene| scene.bent(|scene| scene.environment.flag = FlagRule::True);
    table(vec![
        ("not stated", Scene::promotion().flagged(Stated::NotStated), "flag-not-stated"),
        ("false", Scene::promotion().flagged(Stated::No), "approved"),
        ("true, and nothing is removed", Scene::promotion().flagged(Stated::Yes), "approved"),
        (
            "false where the policy asks for true",
            must_be_true(Scene::promotion().flagged(Stated::No)),
            "flag-not-stated",
        ),
        ("true where the policy asks for true", must_be_true(Scene::promotion().flagged(Stated::Yes)), "approved"),
        ("not stated for a rollback", Scene::rollback().flagged(Stated::NotStated), "flag-not-stated"),
        ("not stated outside production", Scene::dev_by_hand().flagged(Stated::NotStated), "approved"),
    ]);
}

#[test]
fn nothing_is_removed_from_production_that_nobody_named() {
    let removing = || Scene::promotion().removing(&[old(), model()]);
    let yes = || removing().flagged(Stated::Yes);
    let flag_rule = |scene: Scene| scene.bent(|scene| scene.environment.consent = ConsentRule::Flag);
    let digest =
        |scene: Scene| scene.bent(|scene| scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone()));
    table(vec![
        ("false", removing(), "destructive-without-consent"),
        (
            "false, all named",
            removing().consenting(&["github/old-issues", "GithubIssueV1"]),
            "destructive-without-consent",
        ),
        (
            "not stated, all named",
            removing().flagged(Stated::NotStated).consenting(&["github/old-issues", "GithubIssueV1"]),
            "flag-not-stated destructive-without-consent",
        ),
        ("the bare flag", yes(), "destructive-without-consent"),
        ("all named", yes().consenting(&["github/old-issues", "sync:github/issues#GithubIssueV1"]), "approved"),
        ("all named twice", yes().consenting(&["github/old-issues", "github/old-issues", "GithubIssueV1"]), "approved"),
        ("one left out", yes().consenting(&["github/old-issues"]), "destructive-without-consent consent-mismatch"),
        (
            "one too many",
            yes().consenting(&["github/old-issues", "GithubIssueV1", "github/issues"]),
            "consent-mismatch",
        ),
        ("a pattern", yes().consenting(&["*"]), "destructive-without-consent consent-mismatch"),
        (
            "the whole instead of the part",
            yes().consenting(&["github/old-issues", "github/issues"]),
            "destructive-without-consent consent-mismatch",
        ),
        ("the digest of this plan", digest(yes()), "approved"),
        (
            "the digest of another",
            yes().bent(|scene| scene.inputs.consent = ConsentInput::Digest(Digest::of(b"other"))),
            "destructive-without-consent consent-mismatch",
        ),
        ("named where nothing is removed", Scene::promotion().consenting(&["github/old-issues"]), "consent-mismatch"),
        ("the bare flag, where the policy lets it suffice", flag_rule(yes()), "approved"),
        (
            "the same with a consent that does not fit",
            flag_rule(yes().consenting(&["github/issues"])),
            "consent-mismatch",
        ),
        ("reviewed, and the flag", yes().reviewed("#1", &[old()]).reviewed("#2", &[model()]), "approved"),
        ("reviewed, without the flag", removing().reviewed("#1", &[old(), model()]), "destructive-without-consent"),
        ("one of two reviewed", yes().reviewed("#1", &[old()]), "destructive-without-consent"),
        ("one reviewed, one named", yes().reviewed("#1", &[old()]).consenting(&["GithubIssueV1"]), "consent-mismatch"),
        (
            "reviews unreadable, all named",
            yes().consenting(&["github/old-issues", "GithubIssueV1"]).bent(|scene| scene.reviewed = Err(unreadable())),
            "approved",
        ),
        (
            "reviews unreadable, nothing named",
            yes().bent(|scene| scene.reviewed = Err(unreadable())),
            "destructive-without-consent",
        ),
        (
            "named by a bot",
            yes()
                .consenting(&["github/old-issues", "GithubIssueV1"])
                .bent(|scene| dispatch_of(scene).sender.bot = true),
            "not-a-person destructive-without-consent",
        ),
        (
            "a rollback that removes what a pull request was once shown",
            Scene::rollback().removing(&[old()]).flagged(Stated::Yes).reviewed("#1", &[old()]),
            "destructive-without-consent",
        ),
        (
            "a rollback that removes what is named",
            Scene::rollback().removing(&[old()]).flagged(Stated::Yes).consenting(&["github/old-issues"]),
            "approved",
        ),
    ]);
}

#[test]
fn outside_production_reviewed_removals_go_and_others_need_a_dispatch() {
    let push = || Scene::push().removing(&[old()]);
    let by_hand = || Scene::dev_by_hand().removing(&[old()]);
    let only_consent = |scene: Scene| scene.bent(|scene| scene.environment.destructive = Destructive::Consent);
    let empties = |scene: Scene| scene.bent(|scene| scene.plan.empties = true);
    table(vec![
        ("a direct push", push(), "destructive-without-consent"),
        ("a push of what a pull request was shown", push().reviewed("#812", &[old()]), "approved"),
        (
            "a push with a flag and a consent that stand in the workflow file",
            push().flagged(Stated::Yes).consenting(&["github/old-issues"]),
            "destructive-without-consent",
        ),
        (
            "a push where reviews are unreadable",
            push().bent(|scene| scene.reviewed = Err(unreadable())),
            "destructive-without-consent",
        ),
        (
            "a reviewed push where the flag says false",
            push().reviewed("#812", &[old()]).flagged(Stated::No),
            "destructive-without-consent",
        ),
        (
            "a reviewed push that empties the project",
            empties(push().reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a reviewed push where the policy asks for consent",
            only_consent(push().reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        ("a dispatch", by_hand(), "destructive-without-consent"),
        ("a dispatch of what was reviewed", by_hand().reviewed("#812", &[old()]), "approved"),
        ("a dispatch with the bare flag", by_hand().flagged(Stated::Yes), "destructive-without-consent"),
        ("a dispatch that names it", by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"]), "approved"),
        (
            "the same where the policy asks for consent",
            only_consent(by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"])),
            "approved",
        ),
        (
            "reviewed and flagged where the policy asks for consent",
            only_consent(by_hand().flagged(Stated::Yes).reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a dispatch that names it and empties the project",
            empties(by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"])),
            "approved",
        ),
        (
            "a reviewed dispatch that empties the project",
            empties(by_hand().flagged(Stated::Yes).reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a bot's dispatch that names it",
            by_hand()
                .flagged(Stated::Yes)
                .consenting(&["github/old-issues"])
                .bent(|scene| dispatch_of(scene).sender.bot = true),
            "destructive-without-consent",
        ),
    ]);
}

#[test]
fn with_several_projects_each_gate_judges_its_own_ids() {
    let several =
        |scene: Scene| scene.bent(|scene| scene.projects.push(ProjectId::new("billing").unwrap())).flagged(Stated::Yes);
    let removing = || several(Scene::promotion().removing(&[old()]));
    table(vec![
        ("qualified", removing().consenting(&["integrations/github/old-issues", "billing/x"]), "approved"),
        ("bare", removing().consenting(&["github/old-issues"]), "destructive-without-consent consent-mismatch"),
        ("another project's", removing().consenting(&["billing/github/old-issues"]), "destructive-without-consent"),
        ("no project's", removing().consenting(&["integrations/github/old-issues", "nobody/x"]), "consent-mismatch"),
        (
            "another's digest, and nothing is removed here",
            several(Scene::promotion()).bent(|scene| scene.inputs.consent = ConsentInput::Digest(Digest::of(b"x"))),
            "approved",
        ),
    ]);
}

#[test]
fn a_suite_that_ran_nothing_has_not_passed() {
    let checks = |end: SuiteEnd| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites = vec![suite(end)];
            }
        })
    };
    let tested = |tested: Tested| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites.clear();
                report.tested = tested;
            }
        })
    };
    let counted = |counts: Counts| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites[0].counts = Some(counts);
            }
        })
    };
    table(vec![
        ("not reached", Scene::promotion().bent(|scene| scene.checks = Err("install failed".into())), "checks-failed"),
        ("failed", checks(SuiteEnd::Failed { code: Some(1) }), "checks-failed"),
        ("ran nothing", checks(SuiteEnd::RanNothing), "checks-failed"),
        ("timed out", checks(SuiteEnd::TimedOut), "checks-failed"),
        ("killed", checks(SuiteEnd::Killed { signal: 9 }), "checks-failed"),
        ("cancelled", checks(SuiteEnd::Cancelled), "checks-failed"),
        ("not started", checks(SuiteEnd::NotStarted { why: "not found".into() }), "checks-failed"),
        ("skipped though it was to run here", checks(SuiteEnd::Skipped { why: "x".into() }), "checks-failed"),
        ("exit code 0 and no test counted", counted(Counts::default()), "checks-failed"),
        ("exit code 0 and only skipped tests", counted(Counts { skipped: 3, ..Counts::default() }), "checks-failed"),
        ("exit code 0 and failures counted", counted(Counts { passed: 3, failed: 1, skipped: 0 }), "checks-failed"),
        ("no suite though it was to run here", tested(Tested::Here), "checks-failed"),
        ("tested elsewhere by nobody", tested(Tested::Elsewhere { by: vec![] }), "checks-failed"),
        ("tested elsewhere", tested(Tested::Elsewhere { by: vec!["unit".into()] }), "approved"),
        ("tested with an earlier release", tested(Tested::Recorded { version: "2.5.0-dev.41".into() }), "approved"),
        ("not tested, and said so", tested(Tested::Not { why: "`test-command` is `none`".into() }), "approved"),
        (
            "an error finding",
            Scene::promotion().bent(|scene| {
                if let Ok(report) = &mut scene.checks {
                    report.findings.push(Finding::error("syntax", "unexpected token"));
                }
            }),
            "checks-failed",
        ),
        (
            "a warning",
            Scene::promotion().bent(|scene| {
                if let Ok(report) = &mut scene.checks {
                    report.findings.push(Finding::warning("x", "y"));
                }
            }),
            "approved",
        ),
    ]);
}

#[test]
fn a_release_has_passed_the_environment_before() {
    let before =
        |history: History| Scene::promotion().bent(|scene| scene.before = Some((environment("dev"), Ok(history))));
    let failed = || {
        let mut failed = release(2, lane("dev"), "2.5.0-dev.41", 'b');
        failed.result = ReleaseResult::Failed { why: "x".into() };
        failed
    };
    let of = |releases: Vec<Release>| History { releases, notes: vec![] };
    let hotfix = |name: &str, reason: &str| {
        before(of(vec![])).bent(|scene| {
            dispatch_of(scene).on = Ref::Branch(branch(name));
            scene.inputs.hotfix = Some(reason.to_owned());
            scene.decision.intent = Intent::Deploy;
        })
    };
    table(vec![
        ("never released there", before(of(vec![])), "not-promoted"),
        (
            "another commit released there",
            before(of(vec![release(2, lane("dev"), "2.5.0-dev.41", 'c')])),
            "not-promoted",
        ),
        ("failed there", before(of(vec![failed()])), "not-promoted"),
        (
            "failed there, then succeeded",
            before(of(vec![failed(), release(1, lane("dev"), "2.5.0-dev.40", 'b')])),
            "approved",
        ),
        (
            "unreadable there",
            Scene::promotion().bent(|scene| scene.before = Some((environment("dev"), Err(unreadable())))),
            "not-promoted basis-unreadable",
        ),
        ("not looked at", Scene::promotion().bent(|scene| scene.before = None), "not-promoted"),
        (
            "another environment looked at",
            Scene::promotion().bent(|scene| {
                if let Some((name, _)) = &mut scene.before {
                    *name = environment("staging");
                }
            }),
            "not-promoted",
        ),
        ("a hotfix", hotfix("hotfix/rates", "rates are wrong"), "approved"),
        ("a hotfix without a reason", hotfix("hotfix/rates", " "), "ref-not-allowed not-promoted"),
        ("a hotfix from another branch", hotfix("fix/rates", "rates are wrong"), "ref-not-allowed not-promoted"),
        ("a hotfix from main", hotfix("main", "rates are wrong"), "not-promoted"),
        (
            "a hotfix that does not contain what runs",
            hotfix("hotfix/rates", "x").bent(|scene| scene.source.contains_live = Known::Yes(false)),
            "older-than-live",
        ),
        ("a hotfix that removes", hotfix("hotfix/rates", "x").removing(&[old()]), "destructive-without-consent"),
        (
            "a hotfix whose tests fail",
            hotfix("hotfix/rates", "x").bent(|scene| scene.checks = Err("x".into())),
            "checks-failed",
        ),
        (
            "a rollback to what never ran here",
            Scene::rollback().bent(|scene| scene.plan.version = Version::new(2, 4, 0)),
            "not-promoted",
        ),
        (
            "a rollback to another commit under that number",
            Scene::rollback().bent(|scene| {
                scene.plan.commit = commit('d');
                scene.source.commit = commit('d');
            }),
            "not-promoted",
        ),
    ]);
}

#[test]
fn going_back_is_a_rollback() {
    let contains = |known: Known<bool>| Scene::promotion().bent(|scene| scene.source.contains_live = known);
    table(vec![
        ("older", contains(Known::Yes(false)), "older-than-live"),
        ("not known", contains(Known::No("shallow".into())), "older-than-live"),
        ("older, rolled back", Scene::rollback(), "approved"),
    ]);
    let refused = Scene::rollback().bent(|scene| {
        scene.decision.intent = Intent::Promote;
        scene.before = Some((
            environment("dev"),
            Ok(History { releases: vec![release(2, lane("dev"), "2.4.0-dev.1", 'a')], notes: vec![] }),
        ));
        scene.plan.version = Version::new(2, 6, 0);
    });
    assert_eq!(refused.says(), "older-than-live");
    insta::assert_snapshot!(refused.refused().command.unwrap(), @"gh workflow run integrations.yml -f environment=prod -f mode=rollback -f version=2.4.1 -f allow-destructive=false");
}

#[test]
fn a_rerun_says_the_flag_anew() {
    let rerun = |scene: Scene| scene.bent(|scene| scene.run.attempt = 2);
    let yes = || Scene::promotion().removing(&[old()]).flagged(Stated::Yes);
    table(vec![
        ("nothing removed", rerun(Scene::promotion().flagged(Stated::Yes)), "approved"),
        ("named, and it fits what is planned now", rerun(yes().consenting(&["github/old-issues"])), "approved"),
        ("only reviewed", rerun(yes().reviewed("#1", &[old()])), "rerun-needs-dispatch"),
        (
            "the bare flag that the policy lets suffice",
            rerun(yes().bent(|scene| scene.environment.consent = ConsentRule::Flag)),
            "destructive-without-consent rerun-needs-dispatch",
        ),
        (
            "named, and the plan moved",
            rerun(yes().removing(&[model()]).consenting(&["github/old-issues"])),
            "destructive-without-consent consent-mismatch rerun-needs-dispatch",
        ),
        ("a reviewed push", rerun(Scene::push().removing(&[old()]).reviewed("#1", &[old()])), "approved"),
    ]);
}

#[test]
fn a_blocking_warning_is_resolved_or_accepted() {
    let subject = || Subject::part(sync("hubspot/deals"), "HUBSPOT_APP_ID");
    let missing = || Message::new(Code::SecretMissing, subject(), "secret `HUBSPOT_APP_ID` is missing");
    let warned = |message: Message| Scene::promotion().bent(|scene| scene.plan.messages.push(message));
    let accepting = |code: &str, resource: &str| {
        warned(missing()).bent(|scene| {
            scene.inputs.accept = vec![Accept { code: code.to_owned(), resource: resource.to_owned() }];
        })
    };
    table(vec![
        ("missing", warned(missing()), "warning-unresolved"),
        ("missing already", warned(Message { pre_existing: true, ..missing() }), "approved"),
        ("a warning that does not block", warned(Message::new(Code::PolicyChanged, subject(), "x")), "approved"),
        ("accepted", accepting("secret-missing", "hubspot/deals"), "approved"),
        ("accepted by its full spelling", accepting("secret-missing", "sync:hubspot/deals#HUBSPOT_APP_ID"), "approved"),
        ("accepted with the project", accepting("secret-missing", "integrations/hubspot/deals"), "approved"),
        ("accepted for another resource", accepting("secret-missing", "hubspot/contacts"), "warning-unresolved"),
        ("another code accepted", accepting("schema-changed", "hubspot/deals"), "warning-unresolved"),
        (
            "accepted for good",
            warned(missing()).bent(|scene| {
                scene.environment.accept = vec![Acceptance {
                    code: "secret-missing".into(),
                    resource: "hubspot/deals".into(),
                    reason: "set later".into(),
                }];
            }),
            "approved",
        ),
    ]);
}

#[test]
fn a_version_is_higher_than_all_before_it() {
    let given = |scene: Scene, version: &str| {
        scene.bent(|scene| {
            scene.plan.version = Version::parse(version).unwrap();
            scene.inputs.version = Some(scene.plan.version.clone());
        })
    };
    let retry = |of: char| {
        Scene::promotion().bent(|scene| {
            let mut failed = release(4, lane("prod"), "2.5.0", of);
            failed.result = ReleaseResult::Failed { why: "x".into() };
            if let Ok(history) = &mut scene.history {
                history.releases.insert(0, failed);
            }
        })
    };
    let ahead = Scene::promotion().bent(|scene| {
        if let Some((_, Ok(history))) = &mut scene.before {
            history.releases.insert(0, release(9, lane("dev"), "3.0.0-dev.42", 'c'));
        }
    });
    table(vec![
        ("given and higher", given(Scene::promotion(), "3.0.0"), "approved"),
        ("given and equal to what runs", given(Scene::promotion(), "2.4.1"), "version-not-higher"),
        ("given and lower", given(Scene::promotion(), "1.0.0"), "version-not-higher"),
        ("equal but for the build part", given(Scene::promotion(), "2.4.1+x"), "version-not-higher"),
        ("too large to be followed", given(Scene::promotion(), "18446744073709551615.0.0"), "version-not-higher"),
        (
            "a push whose number is taken",
            Scene::push().bent(|scene| scene.plan.version = Version::parse("2.5.0-dev.40").unwrap()),
            "version-not-higher",
        ),
        ("a promotion that failed, tried again", retry('b'), "approved"),
        ("a number that another commit used up", retry('c'), "version-not-higher"),
        ("a promotion while dev has gone ahead", ahead, "approved"),
        ("a rollback keeps its number", Scene::rollback(), "approved"),
    ]);
}

#[test]
fn a_state_that_could_not_be_read_is_not_an_empty_state() {
    let basis = |basis: Basis| Scene::promotion().bent(|scene| scene.plan.basis = basis);
    let recorded = |of: char| Basis::Recorded { version: Version::new(2, 4, 1), commit: commit(of) };
    let unknown = |may_remove: bool| {
        Scene::promotion().bent(|scene| {
            scene.plan.unknown.push(UnknownField {
                resource: sync("github/issues"),
                field: "models".into(),
                why: "declared: read from process.env".into(),
                may_remove,
            });
        })
    };
    table(vec![
        ("certainly nothing", basis(Basis::None), "approved"),
        ("rebuilt from the newest release", basis(recorded('a')), "approved"),
        ("rebuilt from another", basis(recorded('c')), "basis-unreadable"),
        ("unknown", basis(Basis::Unknown { why: "no key".into() }), "basis-unreadable"),
        ("another commit's code", basis(Basis::Commit { commit: commit('a') }), "basis-unreadable"),
        ("history unreadable", Scene::promotion().bent(|scene| scene.history = Err(unreadable())), "basis-unreadable"),
        ("a field that hides nothing", unknown(false), "approved"),
        ("a field that may hide a removal", unknown(true), "basis-unreadable"),
    ]);
}

#[test]
fn the_tree_is_the_commit_and_its_code_was_kept_from_keys() {
    table(vec![
        (
            "changed files",
            Scene::promotion().bent(|scene| scene.source.dirty = Known::Yes(vec!["index.ts".into()])),
            "tree-not-commit",
        ),
        (
            "not known",
            Scene::promotion().bent(|scene| scene.source.dirty = Known::No("no git".into())),
            "tree-not-commit",
        ),
        (
            "another commit's plan",
            Scene::promotion().bent(|scene| scene.plan.commit = commit('d')),
            "not-promoted tree-not-commit",
        ),
        (
            "another environment's plan",
            Scene::promotion().bent(|scene| scene.plan.lane = lane("dev")),
            "ref-not-allowed tree-not-commit",
        ),
        (
            "not confined",
            Scene::promotion()
                .bent(|scene| scene.confinement = Confinement::NotConfined { why: "the docker socket".into() }),
            "not-confined",
        ),
        ("nothing ran", Scene::promotion().bent(|scene| scene.confinement = Confinement::NothingRan), "approved"),
        (
            "policy unreadable",
            Scene::promotion().bent(|scene| scene.policy_unreadable = Some(unreadable())),
            "policy-unreadable",
        ),
    ]);
}

#[test]
fn what_runs_already_is_not_deployed_again() {
    let same = |of: char| {
        Scene::promotion().bent(|scene| {
            scene.history = Ok(History { releases: vec![release(3, lane("prod"), "2.5.0", of)], notes: vec![] });
            scene.plan.changes.clear();
        })
    };
    let failed_after = same('b').bent(|scene| {
        let mut failed = release(4, lane("prod"), "2.6.0", 'b');
        failed.result = ReleaseResult::Unverified { why: "x".into() };
        if let Ok(history) = &mut scene.history {
            history.releases.insert(0, failed);
        }
        scene.plan.version = Version::new(2, 7, 0);
    });
    table(vec![
        ("the same commit, and nothing differs", same('b'), "already 2.5.0"),
        (
            "the same commit, and something differs",
            same('b').bent(|scene| scene.plan.changes = plan("prod", "2.5.0").changes),
            "approved",
        ),
        (
            "nothing differs, and the commit is another",
            same('a').bent(|scene| scene.plan.version = Version::new(2, 6, 0)),
            "approved",
        ),
        ("a deploy after it is uncertain", failed_after, "approved"),
    ]);
}

#[test]
fn a_dry_run_asks_everything_and_gets_no_proof() {
    let dry = |scene: Scene| {
        scene.bent(|scene| {
            scene.inputs.dry_run = true;
            scene.decision.reach = Reach::Plan;
        })
    };
    table(vec![
        ("allowed", dry(Scene::promotion()), "would approve"),
        ("refused", dry(Scene::promotion().removing(&[old()])), "destructive-without-consent"),
        (
            "a reach that was not lowered",
            dry(Scene::promotion()).bent(|scene| scene.decision = decision("prod", true, Intent::Promote)),
            "would approve",
        ),
        (
            "the same reach without dry-run",
            dry(Scene::promotion()).bent(|scene| scene.inputs.dry_run = false),
            "ref-not-allowed",
        ),
        (
            "of another environment",
            dry(Scene::promotion()).bent(|scene| scene.decision.target = Some(environment("dev"))),
            "ref-not-allowed",
        ),
    ]);
}

#[test]
fn all_reasons_are_told_at_once_with_the_line_that_would_do_it() {
    let scene = Scene::promotion().removing(&[old(), model()]).bent(|scene| {
        let subject = Subject::part(sync("hubspot/deals"), "HUBSPOT_APP_ID");
        let message = Message::new(
            Code::SecretMissing,
            subject,
            "it is read in `hubspot/syncs/deals.ts:8` and does not exist there",
        );
        scene.plan.messages.push(message.to_do("add it in Nango → prod → Environment variables"));
    });
    insta::assert_json_snapshot!(scene.refused(), @r#"
{
  "reasons": [
    {
      "code": "destructive-without-consent",
      "why": "would remove `GithubIssueV1` of sync `github/issues`; sync `github/old-issues` (the sync stops and its records are deleted, for 31 connections), and `allow-destructive` is `false`",
      "to_do": "if you mean it, run again as below: `allow-destructive` is `true` and `consent` names every removal"
    },
    {
      "code": "warning-unresolved",
      "why": "`HUBSPOT_APP_ID` of sync `hubspot/deals`: it is read in `hubspot/syncs/deals.ts:8` and does not exist there",
      "to_do": "add it in Nango → prod → Environment variables; or accept it: `accept` = `secret-missing:sync:hubspot/deals`"
    }
  ],
  "passed": [
    "started by hand",
    "by ana",
    "ref",
    "flag",
    "tests",
    "promoted from dev",
    "contains what runs",
    "version",
    "basis",
    "clean tree",
    "confined",
    "policy"
  ],
  "command": "gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f 'consent=github/issues#GithubIssueV1,github/old-issues'"
}
"#);
}

#[test]
fn the_line_is_safe_to_paste() {
    let hostile = Subject::whole(sync("git'hub/$(rm -rf ~),`x`"));
    let typed = Subject::whole(sync("a'b/$(x)"));
    let line = |scene: &Scene| scene.refused().command.unwrap();
    insta::assert_snapshot!(line(&Scene::promotion().removing(std::slice::from_ref(&typed))), @r#"gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f "consent=a'b/"'$(x)'"#);
    // A comma would separate ids: the digest says it without a word of the name.
    insta::assert_snapshot!(line(&Scene::promotion().removing(&[hostile])), @"gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f consent=sha256:ef06d2a0e1b008131caf6878cf8c714e6bb49aa68745f64bd82bb5d8a7a7cb07");
    let simulated = Scene::push().removing(&[old()]).bent(|scene| scene.run.host = Host::Simulated);
    insta::assert_snapshot!(line(&simulated), @"airlock simulate dispatch --environment dev --allow-destructive true --consent github/old-issues");
    let hotfix = Scene::promotion().removing(&[old()]).bent(|scene| {
        dispatch_of(scene).on = Ref::Branch(branch("hotfix/rates"));
        scene.inputs.hotfix = Some("rates are wrong; $HOME".into());
        scene.inputs.description = Some("two\nlines".into());
    });
    insta::assert_snapshot!(line(&hotfix), @"gh workflow run integrations.yml --ref hotfix/rates -f environment=prod -f allow-destructive=true -f consent=github/old-issues -f 'hotfix=rates are wrong; $HOME'");
    let no_dispatch_helps = Scene::promotion().bent(|scene| scene.checks = Err("x".into()));
    assert_eq!(no_dispatch_helps.refused().command, None);
}

#[test]
fn the_printed_consent_is_accepted_when_pasted() {
    for subjects in [
        vec![old()],
        vec![old(), model()],
        vec![
            Subject::part(sync("github/issues"), "GET /issues"),
            Subject::part(sync("github/issues"), "GET /issues/{id}"),
        ],
        vec![Subject::whole(sync("a,b")), Subject::whole(sync("x*")), Subject::whole(sync("[y]"))],
        vec![Subject::whole(sync(" z")), Subject::whole(sync("a'b $(x) \\")), Subject::whole(sync("-f"))],
        vec![Subject::whole(sync("same")), Subject::whole(ResourceId::new("action", "same"))],
    ] {
        let scene = Scene::promotion().removing(&subjects);
        let words = shlex::split(&scene.refused().command.unwrap()).unwrap();
        let said =
            |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned();
        let read = |name: &str| said(name).parse::<bool>().unwrap();
        assert!(read("allow-destructive"));
        let consent = crate::context::words::consent(&said("consent")).unwrap();
        let again = scene.flagged(Stated::Yes).bent(|scene| scene.inputs.consent = consent);
        assert_eq!(again.says(), "approved", "{subjects:?}");
    }
}

#[test]
fn the_record_says_who_allowed_what() {
    let yes = || Scene::promotion().removing(&[old()]).flagged(Stated::Yes);
    let actor = || "ana".to_owned();
    for (scene, consent) in [
        (Scene::promotion(), None),
        (yes().consenting(&["github/old-issues"]), Some(Consent::Named { actor: actor() })),
        (
            yes().bent(|scene| scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone())),
            Some(Consent::Digest { actor: actor() }),
        ),
        (yes().reviewed("#1", &[old()]), Some(Consent::Reviewed { pulls: vec!["#1".into()] })),
        (yes().bent(|scene| scene.environment.consent = ConsentRule::Flag), Some(Consent::Flag { actor: actor() })),
    ] {
        assert_eq!(scene.approved().record().consent, consent);
    }
    let approved = yes().consenting(&["github/old-issues"]).approved();
    let record = approved.record();
    assert_eq!(record.kind, ReleaseKind::Promote);
    assert_eq!(record.version, Version::new(2, 5, 0));
    assert_eq!(record.removes, BTreeSet::from([old()]));
    assert_eq!(record.description, "Add deals (#812)");
    assert_eq!(record.plan, approved.plan().digest);
    assert_eq!(approved.newest_seen(), Some(1));
    let described = Scene::promotion().bent(|scene| scene.inputs.description = Some("  Deals  ".into()));
    assert_eq!(described.approved().record().description, "Deals");
    assert_eq!(Scene::rollback().approved().record().kind, ReleaseKind::Rollback);
    assert_eq!(Scene::push().approved().record().kind, ReleaseKind::Deploy);
}

#[test]
fn an_approved_plan_holds_until_something_moves() {
    let record = release(1, lane("prod"), "2.5.0", 'b').record;
    let approved =
        ApprovedPlan::approved_for_test(Arc::new(plan("prod", "2.5.0")), record, std::time::Duration::ZERO, None);
    let fresh = || plan("prod", "2.5.0");
    assert_eq!(approved.still_holds(&fresh()), Ok(()));
    assert_eq!(
        approved.still_holds(&Plan { version: Version::new(9, 9, 9), ..fresh() }),
        Ok(()),
        "a version is no substance"
    );
    let moved = Scene::promotion().removing(&[old()]).plan;
    insta::assert_json_snapshot!(approved.still_holds(&moved).unwrap_err(), @r#"
{
  "code": "plan-changed",
  "why": "would now also remove `sync:github/old-issues`",
  "to_do": "read the plan as it is now, and start again"
}
"#);
    for other in [
        Plan { basis: Basis::Unknown { why: "x".into() }, ..fresh() },
        Plan { commit: commit('d'), ..fresh() },
        Plan { lane: lane("dev"), ..fresh() },
    ] {
        assert_eq!(approved.still_holds(&other).unwrap_err().code, "plan-changed");
    }
}

#[test]
fn a_hotfix_goes_on_over_a_moved_state_but_removes_nothing_more() {
    let approved = Scene::promotion()
        .bent(|scene| {
            dispatch_of(scene).on = Ref::Branch(branch("hotfix/rates"));
            scene.inputs.hotfix = Some("rates are wrong".into());
        })
        .approved();
    let mut moved = plan("prod", "2.5.0");
    moved.changes.push(change(&sync("x/y"), What::Add));
    moved.digest = Digest::of(b"moved");
    assert_eq!(approved.still_holds(&moved), Ok(()));
    moved.destructive.insert(old());
    assert_eq!(approved.still_holds(&moved).unwrap_err().code, "plan-changed");
}

#[test]
fn an_adoption_records_what_was_read_as_the_first_release() {
    let adoption = || {
        Scene::promotion()
            .bent(|scene| {
                scene.history = Ok(History::default());
                scene.before = None;
                scene.decision = Decision { reach: Reach::Plan, intent: Intent::Adopt, ..scene.decision.clone() };
                scene.inputs.allow_destructive = Stated::NotStated;
                scene.plan.version = Version::new(1, 0, 0);
            })
            .removing(&[old()])
    };
    let codes = |scene: Scene| match scene.with(adopt) {
        Ok(_) => "adopted".to_owned(),
        Err(refused) => refused.reasons.iter().map(|reason| reason.code.as_ref()).collect::<Vec<_>>().join(" "),
    };
    assert_eq!(codes(adoption()), "adopted");
    let adopted = ApprovedAdoption::approved_for_test(adoption().with(adopt).unwrap().record().clone());
    assert_eq!((adopted.record().kind, adopted.record().removes.len()), (ReleaseKind::Adopt, 0));
    for (bent, says) in [
        (adoption().bent(|scene| scene.plan.basis = Basis::None), "basis-unreadable"),
        (adoption().bent(|scene| scene.history = Err(unreadable())), "basis-unreadable"),
        (adoption().bent(|scene| scene.history = Scene::promotion().history), "version-not-higher history-not-empty"),
        (adoption().bent(|scene| scene.event = Scene::push().event), "production-needs-dispatch ref-not-allowed"),
        (adoption().bent(|scene| dispatch_of(scene).sender.bot = true), "not-a-person"),
        (adoption().bent(|scene| scene.policy_unreadable = Some(unreadable())), "policy-unreadable"),
    ] {
        assert_eq!(codes(bent), says);
    }
}

/// One way to spoil or to mend a run. Whatever is chosen, the promises hold.
fn bend(scene: &mut Scene, which: u8) {
    match which {
        0 => scene.event = Scene::push().event,
        1 => scene.event = Event::Schedule,
        2 => scene.inputs.allow_destructive = Stated::Yes,
        3 => scene.inputs.allow_destructive = Stated::NotStated,
        4 => scene.inputs.consent = ConsentInput::Ids(vec!["github/old-issues".into()]),
        5 => scene.inputs.consent = ConsentInput::Ids(vec!["github/old-issues".into(), "GithubIssueV1".into()]),
        6 => scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone()),
        7 => *scene = scene.clone().removing(&[old()]),
        8 => *scene = scene.clone().removing(&[model()]),
        9 => *scene = scene.clone().reviewed("#1", &[old()]),
        10 => scene.run.triggering_actor = "x[bot]".into(),
        11 => scene.environment.consent = ConsentRule::Flag,
        12 => scene.run.attempt = 2,
        13 => scene.inputs.hotfix = Some("now".into()),
        14 => scene.decision.intent = Intent::Rollback,
        15 => scene.plan.empties = true,
        16 => scene.reviewed = Err(unreadable()),
        17 => scene.environment.destructive = Destructive::Consent,
        18 => scene.config.dispatch_by = vec!["x[bot]".into()],
        _ => scene.environment.refs = vec![branch("main")],
    }
}

fn spoil(scene: &mut Scene, which: u8) {
    match which {
        0 => scene.checks = Err("x".into()),
        1 => scene.source.contains_live = Known::Yes(false),
        2 => scene.source.dirty = Known::No("x".into()),
        3 => scene.plan.basis = Basis::Unknown { why: "x".into() },
        4 => scene.confinement = Confinement::NotConfined { why: "x".into() },
        5 => scene.policy_unreadable = Some(unreadable()),
        6 => scene.history = Err(unreadable()),
        7 => scene.before = None,
        8 => scene.plan.messages.push(Message::new(Code::SecretMissing, Subject::whole(sync("a/b")), "x")),
        9 => scene.plan.version = Version::new(0, 0, 1),
        10 => scene.run.triggering_actor = "other[bot]".into(),
        11 => scene.decision.reach = Reach::Plan,
        12 => *scene = scene.clone().removing(&[Subject::whole(sync("z/unnamed"))]),
        _ => scene.inputs.allow_destructive = Stated::NotStated,
    }
}

fn start(which: u8) -> Scene {
    match which {
        0 => Scene::promotion(),
        1 => Scene::push(),
        2 => Scene::dev_by_hand(),
        _ => Scene::rollback(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn production_is_never_approved_without_a_person_who_states_the_flag(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..6)) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        if scene.environment.production && matches!(scene.decide(), Verdict::Approved(_)) {
            let Event::Dispatch(dispatch) = &scene.event else { return Err(TestCaseError::fail("no dispatch")) };
            prop_assert!(!dispatch.sender.bot);
            prop_assert_ne!(scene.inputs.allow_destructive, Stated::NotStated);
        }
    }

    #[test]
    fn nothing_is_ever_approved_that_removes_what_was_not_named(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..8)) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        if let Verdict::Approved(approved) = scene.decide() {
            let by_hand = matches!(scene.event, Event::Dispatch(_)) && scene.inputs.allow_destructive == Stated::Yes;
            for subject in &approved.plan().destructive {
                let named = by_hand && match &scene.inputs.consent {
                    ConsentInput::Ids(ids) => ids.iter().any(|id| subject.to_string().ends_with(id.as_str())),
                    ConsentInput::Digest(digest) => *digest == scene.plan.digest,
                    ConsentInput::Nothing => false,
                };
                let reviewed = scene.reviewed.as_ref().is_ok_and(|plans| plans.iter().any(|plan| plan.removes.contains(subject)));
                let flag = by_hand && scene.environment.consent == ConsentRule::Flag;
                prop_assert!(named || reviewed || flag, "{subject} was removed");
                prop_assert_ne!(scene.inputs.allow_destructive, Stated::No);
                prop_assert!(!scene.environment.production || by_hand);
            }
        }
    }

    #[test]
    fn one_more_reason_never_turns_a_refusal_into_a_deploy(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..4), more in 0_u8..14) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        let before = scene.decide();
        let mut spoiled = scene.clone();
        spoil(&mut spoiled, more);
        if matches!(before, Verdict::Refused(_)) {
            prop_assert!(matches!(spoiled.decide(), Verdict::Refused(_)), "{} became {}", scene.says(), spoiled.says());
        }
    }
}
