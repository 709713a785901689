//! Reading, deploying and reading back, against an Astro in memory.

mod deploys;
mod faults;
mod images;
mod previews;
mod reads;
mod real;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::applied::StepState;
use crate::artefact::Built;
use crate::gate::ApprovedPlan;
use crate::history::sample;
use crate::keys::Keys;
use crate::names::LaneId;
use crate::plan::version::{Ask as Number, NumberLine, Series};
use crate::plan::{Brief, Plan, build};
use crate::platform::Code as _;
use crate::platform::astro::Astro as Code;
use crate::tests::astro::Astro;
use crate::tree::Tree;
use crate::work::Project;

/// A lane to one deployment of an Astro.
struct World {
    astro: Astro,
    keys: Keys,
    variables: BTreeMap<String, String>,
    lane: LaneId,
    project: Project,
    watch: Watch,
    /// The repository, with the image that a step before has built.
    root: tempfile::TempDir,
    image: Option<&'static str>,
}

/// What a deploy came to.
#[derive(Debug)]
struct Deployed {
    said: Result<(), Problem>,
    applied: Applied,
    verified: Verified,
}

/// A project of DAGs, a file each: its name and what stands in it.
fn project(files: &[(&str, &str)]) -> Built {
    project_on("3.0-4", files)
}

/// The same on another runtime of Astro's.
fn project_on(runtime: &str, files: &[(&str, &str)]) -> Built {
    let tree = Tree::of_texts(
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .chain([("Dockerfile".to_owned(), format!("FROM astrocrpublic.azurecr.io/runtime:{runtime}\n"))]),
    );
    let project = at_root();
    let carried = Code.carries(&project, &tree);
    let carried =
        carried.into_iter().map(|path| (path.clone(), Arc::from(tree.text(&path).unwrap().as_bytes()))).collect();
    let extracted = Code.extract(&project, &tree);
    Built { artefact: Code.sources(&project, &tree, &carried), manifest: extracted.manifest }
}

/// A project that is the whole repository.
fn at_root() -> Project {
    Project {
        id: "integrations".parse().unwrap(),
        path: String::new(),
        platform: crate::context::inputs::PlatformName::Astro,
        test_command: crate::context::inputs::CommandChoice::Auto,
        install_command: crate::context::inputs::CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

/// A file with one DAG.
fn dag(id: &str) -> String {
    format!("from airflow.sdk import DAG\nwith DAG(\"{id}\", schedule=\"0 6 * * *\", tags=[\"etl\"]):\n    pass\n")
}

fn two() -> Built {
    project(&[("dags/orders.py", &dag("orders")), ("dags/cleanup.py", &dag("cleanup"))])
}

impl World {
    async fn new() -> Self {
        let astro = Astro::start().await;
        astro.add("dep1", "etl dev");
        let mut keys = Keys::default();
        keys.insert("ASTRO_API_TOKEN_DEV".to_owned(), &astro.token(false));
        let pairs = [
            ("ASTRO_API_URL", astro.url()),
            ("ASTRO_DEPLOYMENT_ID_DEV", "dep1".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_REPOSITORY", "acme/dags".to_owned()),
        ];
        let root = tempfile::tempdir().unwrap();
        let variables = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let (lane, project, watch) = (sample::lane(), at_root(), Watch::endless().scaled(0.0001));
        Self { astro, keys, variables, lane, project, watch, root, image: None }
    }

    fn connect(&self) -> Result<Live, Problem> {
        Live::connect(&self.door())
    }

    fn door(&self) -> Door<'_> {
        Door {
            lane: &self.lane,
            project: &self.project,
            keys: &self.keys,
            sole: false,
            variables: &self.variables,
            root: self.root.path(),
            image: self.image,
            now: Timestamp::now(),
        }
    }

    fn live(&self) -> Live {
        self.connect().unwrap()
    }

    async fn deploy(&self, built: &Built) -> Deployed {
        let live = self.live();
        let observed = live.observe(&built.manifest, &self.watch).await.unwrap();
        self.deploy_planned(&live, plan(&observed, &built.manifest), &Payload::Artefact(Box::new(built.clone()))).await
    }

    async fn deploy_planned(&self, live: &Live, plan: Plan, payload: &Payload) -> Deployed {
        let mut applied = Applied::untried(plan.changes.iter().map(|change| change.resource.clone()));
        let proof = ApprovedPlan::approved_for_test(Arc::new(plan), sample::record(1), Duration::from_secs(1), None);
        let record = OpenRecord::opened_for_test(proof, 1);
        let said = live.apply(&record, payload, &mut applied, &self.watch).await;
        let verified = Platform::read_back(live, &record, payload, &self.watch).await;
        Deployed { said, applied, verified }
    }
}

fn plan(seen: &Observed, desired: &Manifest) -> Plan {
    build(Brief {
        lane: sample::lane(),
        commit: sample::commit(1),
        only: None,
        desired,
        seen,
        base: None,
        rules: &Code,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Number::Given(semver::Version::new(1, 0, 0)),
        previous: None,
        also: vec![],
    })
}

/// The changes of a plan, a line each: `dag:orders: add`.
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
