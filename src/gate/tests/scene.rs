//! Everything of one decision, and the table that scenes are put into.

use super::*;

pub(super) fn lane(name: &str) -> LaneId {
    LaneId { project: ProjectId::new("integrations").unwrap(), environment: crate::tests::facts::name(name) }
}

pub(super) fn sync(id: &str) -> ResourceId {
    ResourceId::new("sync", id)
}

pub(super) fn unreadable() -> Problem {
    Problem::new("github-unreadable", Fault::Unreadable, "GitHub answered 503")
}

pub(super) fn release(id: u64, lane: LaneId, version: &str, of: char) -> Release {
    let record = record(lane, version.parse().unwrap(), sha(of));
    Release { id, record, result: ReleaseResult::Success, closed: None, platform_ref: None }
}

/// Everything of one decision, owned: a run that passes, to be bent.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) plan: Plan,
    pub(super) decision: Decision,
    pub(super) inputs: Inputs,
    pub(super) event: Event,
    pub(super) run: Run,
    pub(super) config: Config,
    pub(super) policy_unreadable: Option<Problem>,
    pub(super) environment: Environment,
    pub(super) projects: Vec<ProjectId>,
    pub(super) source: SourceFacts,
    pub(super) checks: Result<CheckReport, String>,
    pub(super) handed: Option<Result<String, Problem>>,
    pub(super) confinement: Confinement,
    pub(super) history: Result<History, Problem>,
    pub(super) by_hand: Option<&'static [&'static str]>,
    pub(super) before: Option<(EnvironmentName, Result<History, Problem>)>,
    pub(super) reviewed: Result<Vec<Reviewed>, Problem>,
}

pub(super) fn suite(end: SuiteEnd) -> Suite {
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

pub(super) fn environments() -> Vec<Environment> {
    let dev = Environment { branch: Some(branch("main")), ..Environment::named(name("dev")) };
    let prod = Environment { production: true, after: Some(name("dev")), ..Environment::named(name("prod")) };
    vec![dev, prod]
}

impl Scene {
    /// A promotion to prod by hand: dev runs commit `b` as `2.5.0-dev.41`, prod runs commit `a` as `2.4.1`.
    pub(super) fn promotion() -> Self {
        let dispatch = Dispatch {
            on: Ref::Branch(branch("main")),
            sender: Actor { login: "ana".into(), bot: false },
            workflow: Some(".github/workflows/integrations.yml".into()),
            inputs: BTreeMap::new(),
        };
        let inputs = Inputs { environment: Some(name("prod")), allow_destructive: Stated::No, ..Inputs::default() };
        Self {
            plan: plan("prod", "2.5.0"),
            decision: decision("prod", true, Intent::Promote),
            inputs,
            event: Event::Dispatch(dispatch),
            run: Run {
                host: Host::Actions,
                sha: sha('b'),
                id: Some(7),
                attempt: 1,
                workflow: Some(".github/workflows/integrations.yml".into()),
                actor: "ana".into(),
                triggering_actor: "ana".into(),
                url: None,
                started: jiff::Timestamp::UNIX_EPOCH,
            },
            config: Config {
                projects: vec![],
                environments: environments(),
                dispatch_by: vec![],
                refresh_comments: false,
                shown: Shown::default(),
            },
            policy_unreadable: None,
            environment: environments().remove(1),
            projects: vec![lane("prod").project],
            source: SourceFacts { commit: sha('b'), dirty: Known::Yes(vec![]), contains_live: Known::Yes(true) },
            checks: Ok(CheckReport { suites: vec![suite(SuiteEnd::Passed)], findings: vec![], tested: Tested::Here }),
            handed: None,
            confinement: Confinement::Confined,
            history: Ok(History { releases: vec![release(1, lane("prod"), "2.4.1", 'a')], notes: vec![] }),
            by_hand: None,
            before: Some((
                name("dev"),
                Ok(History { releases: vec![release(2, lane("dev"), "2.5.0-dev.41", 'b')], notes: vec![] }),
            )),
            reviewed: Ok(vec![]),
        }
    }

    /// A push to main, which deploys dev.
    pub(super) fn push() -> Self {
        let push = Push {
            to: Ref::Branch(branch("main")),
            before: Some(sha('a')),
            after: Some(sha('b')),
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
    pub(super) fn dev_by_hand() -> Self {
        let promotion = Self::promotion();
        Self { event: promotion.event, ..Self::push() }
    }

    /// Prod goes back from `2.5.0` (commit `b`) to `2.4.1` (commit `a`).
    pub(super) fn rollback() -> Self {
        let mut scene = Self::promotion();
        scene.plan = Plan { commit: sha('a'), ..plan("prod", "2.4.1") };
        scene.decision.intent = Intent::Rollback;
        scene.source.commit = sha('a');
        scene.source.contains_live = Known::Yes(false);
        scene.history = Ok(History {
            releases: vec![release(3, lane("prod"), "2.5.0", 'b'), release(1, lane("prod"), "2.4.1", 'a')],
            notes: vec![],
        });
        scene
    }

    pub(super) fn bent(mut self, bend: impl FnOnce(&mut Self)) -> Self {
        bend(&mut self);
        self
    }

    /// The same, with a plan that removes these.
    pub(super) fn removing(mut self, subjects: &[Subject]) -> Self {
        self.plan.destructive.extend(subjects.iter().cloned());
        for subject in subjects.iter().filter(|subject| subject.part.is_none()) {
            self.plan.changes.insert(0, change(&subject.resource, What::Remove));
            let says = "the sync stops and its records are deleted, for 31 connections";
            self.plan.messages.push(Message::new(Code::ResourceRemoved, subject.clone(), says));
        }
        self.plan.digest = crate::plan::digest::digest(&self.plan.lane, &self.plan.changes, &self.plan.destructive);
        self
    }

    pub(super) fn flagged(mut self, flag: Stated) -> Self {
        self.inputs.allow_destructive = flag;
        self
    }

    pub(super) fn consenting(mut self, ids: &[&str]) -> Self {
        self.inputs.consent = ConsentInput::Ids(ids.iter().map(|id| (*id).to_owned()).collect());
        self
    }

    pub(super) fn reviewed(mut self, label: &str, removes: &[Subject]) -> Self {
        if let Ok(reviewed) = &mut self.reviewed {
            let removes = removes.iter().cloned().collect();
            reviewed.push(Reviewed { label: label.to_owned(), head: sha('c'), removes });
        }
        self
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&Arc<Plan>, &Evidence<'_>) -> T) -> T {
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
            handed: self.handed.as_ref().map(|handed| handed.as_deref()),
            artefact: None,
            confinement: &self.confinement,
            history: &self.history,
            by_hand: self.by_hand,
            before: self.before.as_ref().map(|(name, history)| (name, history)),
            numbers: &numbers,
            reviewed: &self.reviewed,
            unshown: &[],
            description: "Add deals (#812)",
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        look(&Arc::new(self.plan.clone()), &evidence)
    }

    pub(super) fn decide(&self) -> Verdict {
        self.with(decide)
    }

    /// The codes of the refusal, or `approved`, or `already <version>`.
    pub(super) fn says(&self) -> String {
        match self.decide() {
            Verdict::Approved(_) => "approved".to_owned(),
            Verdict::WouldApprove(_) => "would approve".to_owned(),
            Verdict::AlreadyDeployed(version) => format!("already {version}"),
            Verdict::Refused(refused) => {
                refused.reasons.iter().map(|reason| reason.code.as_ref()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    pub(super) fn refused(&self) -> Refused {
        match self.decide() {
            Verdict::Refused(refused) => refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(super) fn approved(&self) -> ApprovedPlan {
        match self.decide() {
            Verdict::Approved(approved) => approved,
            other => panic!("not approved: {other:?}"),
        }
    }
}

pub(super) fn decision(name: &str, production: bool, intent: Intent) -> Decision {
    Decision {
        reach: Reach::Apply(Target::Live { environment: crate::tests::facts::name(name), production }),
        intent,
        environments: vec![crate::tests::facts::name(name)],
        targets: vec![crate::tests::facts::name(name)],
        would: Vec::new(),
        writes: true,
        reason: "as asked".into(),
    }
}

pub(super) fn change(resource: &ResourceId, what: What) -> Change {
    Change { resource: resource.clone(), what, origin: None, notes: vec![], place: None }
}

pub(super) fn plan(name: &str, version: &str) -> Plan {
    let changes = vec![change(&sync("hubspot/deals"), What::Add)];
    let destructive = BTreeSet::new();
    Plan {
        schema: SCHEMA,
        lane: lane(name),
        commit: sha('b'),
        only: None,
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

pub(super) fn old() -> Subject {
    Subject::whole(sync("github/old-issues"))
}

pub(super) fn model() -> Subject {
    Subject::part(sync("github/issues"), "GithubIssueV1")
}

pub(super) fn table(rows: Vec<(&str, Scene, &str)>) {
    let wrong: Vec<String> = rows
        .into_iter()
        .filter_map(|(row, scene, says)| {
            let said = scene.says();
            (said != says).then(|| format!("{row}: expected `{says}`, the gate said `{said}`"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(super) fn dispatch_of(scene: &mut Scene) -> &mut Dispatch {
    match &mut scene.event {
        Event::Dispatch(dispatch) => dispatch,
        other => panic!("no dispatch: {other:?}"),
    }
}
