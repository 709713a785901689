//! Reading, deploying and reading back, against a Nango in memory.

mod body;
mod cli;
mod deploys;
mod faults;
mod made;
mod parts;
mod places;
mod reads;
mod recorded;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::applied::StepState;
use crate::gate::ApprovedPlan;
use crate::history::sample;
use crate::plan::part::Part;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Brief, Plan, build};
use crate::tests::facts::name;
use crate::tests::nango::Nango;
use made::Made;

/// A lane to one environment of a Nango.
struct World {
    nango: Nango,
    keys: Keys,
    environments: Vec<EnvironmentName>,
    watch: Watch,
}

/// What a deploy came to.
#[derive(Debug)]
struct Deployed {
    said: Result<(), Problem>,
    applied: Applied,
    verified: Verified,
}

impl World {
    /// A Nango with the integrations `github` (3 connections) and `hubspot`, and a key with these scopes.
    async fn with(scopes: &[&str]) -> Self {
        let nango = Nango::start().await;
        nango.integration("dev", "github", "github", 3);
        nango.integration("dev", "hubspot", "hubspot", 0);
        let mut keys = Keys::default();
        keys.insert("NANGO_SECRET_KEY_DEV".to_owned(), &nango.key("dev", scopes));
        let environments = vec![name("dev"), name("prod")];
        Self { nango, keys, environments, watch: Watch::endless().scaled(0.0001) }
    }

    async fn new() -> Self {
        Self::with(&crate::tests::nango::ALL).await
    }

    fn live(&self) -> Live {
        self.live_to("dev").unwrap()
    }

    fn live_to(&self, environment: &str) -> Result<Live, Problem> {
        let url = self.nango.url();
        let environment = name(environment);
        let environments = &self.environments;
        Live::connect(&Door {
            environment: &environment,
            environments,
            keys: &self.keys,
            sole: false,
            host: Some(&url),
            extra_ca: None,
        })
    }

    async fn observed(&self, made: &Made) -> Observed {
        self.live().observe(&made.built().manifest, &self.watch).await.unwrap()
    }

    async fn planned(&self, made: &Made) -> Plan {
        plan(&self.observed(made).await, &made.built().manifest)
    }

    /// Plans what is there against this project, approves it and deploys.
    async fn deploy(&self, made: &Made) -> Deployed {
        let live = self.live();
        let payload = made.payload();
        let observed = live.observe(&made.built().manifest, &self.watch).await.unwrap();
        self.deploy_planned(&live, plan(&observed, &made.built().manifest), &payload).await
    }

    async fn deploy_planned(&self, live: &Live, plan: Plan, payload: &Payload) -> Deployed {
        let mut applied = Applied::untried(plan.changes.iter().map(|change| change.resource.clone()));
        let proof = ApprovedPlan::approved_for_test(Arc::new(plan), sample::record(1), Duration::from_secs(1), None);
        let record = OpenRecord::opened_for_test(proof, 1);
        let said = live.apply(&record, payload, &mut applied, &self.watch).await;
        let verified = live.read_back(&record, payload, &self.watch).await;
        Deployed { said, applied, verified }
    }
}

fn plan(seen: &Observed, desired: &Manifest) -> Plan {
    plan_of(None, seen, desired)
}

/// A plan of a part of a project, as the pipeline makes it.
fn plan_of(only: Option<&str>, seen: &Observed, desired: &Manifest) -> Plan {
    let nango = &crate::platform::nango::Nango;
    let only = only.map(|typed| Part::of(typed, desired, crate::platform::Code::parts(nango)).unwrap());
    let narrowed = |manifest: &Manifest| only.as_ref().map_or_else(|| manifest.clone(), |part| part.narrowed(manifest));
    let (desired, seen) = (&narrowed(desired), &Observed { manifest: narrowed(&seen.manifest), ..seen.clone() });
    build(Brief {
        lane: sample::lane(),
        commit: sample::commit(1),
        only: only.clone(),
        desired,
        seen,
        base: None,
        rules: &crate::platform::nango::Nango,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Given(semver::Version::new(1, 0, 0)),
        previous: None,
        also: vec![],
    })
}

/// The changes of a plan, a line each: `Add sync:github/issues`.
fn changes(plan: &Plan) -> Vec<String> {
    let word = |change: &crate::plan::Change| match &change.what {
        crate::plan::What::Add => "add".to_owned(),
        crate::plan::What::Remove => "remove".to_owned(),
        crate::plan::What::Modify { fields, code } => {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            format!("modify {}{}", names.join(" "), if *code { " code" } else { "" })
        }
    };
    plan.changes.iter().map(|change| format!("{}: {}", change.resource, word(change))).collect()
}

/// A problem with everything that people read of it.
fn told(problem: &Problem) -> String {
    let first = format!("{}: {}", problem.code, problem.text);
    let causes = problem.causes.iter().map(|cause| format!("  because: {cause}"));
    let help = problem.help.iter().map(|help| format!("  help: {help}"));
    std::iter::once(first).chain(causes).chain(help).collect::<Vec<_>>().join("\n")
}

fn states(applied: &Applied) -> Vec<String> {
    let state = |state: &StepState| match state {
        StepState::NotTried => "not tried".to_owned(),
        StepState::Sent => "sent".to_owned(),
        StepState::Done => "done".to_owned(),
        StepState::Failed { why } => format!("failed, {why}"),
    };
    applied.steps.iter().map(|step| format!("{}: {}", step.resource, state(&step.state))).collect()
}
