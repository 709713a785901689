//! The keeper against the in-memory GitHub: what is recorded, what counts, who has the lock.

mod forged;
mod lock;
mod records;

use serde_json::Value;

use super::{DeploymentKeeper, Trust};
use crate::applied::Ending;
use crate::gate::ApprovedPlan;
use crate::github::Client;
use crate::history::{Closing, Keeper as _, Opening, sample};
use crate::names::{CommitSha, LaneId};
use crate::problem::Problem;
use crate::release::{History, Origin, Record, Release, ReleaseKind};
use crate::tests::facts;
use crate::tests::github::World;
use crate::watch::Watch;

/// A repository with commits 1 to 9 on `main`, and a client.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) client: Client,
    pub(crate) watch: Watch,
}

pub(crate) fn page(run: u64) -> String {
    format!("https://github.com/acme/shop/actions/runs/{run}")
}

pub(crate) fn prod() -> LaneId {
    LaneId { environment: "prod".parse().unwrap(), ..sample::lane() }
}

impl Place {
    pub(crate) async fn new() -> Self {
        let world = World::start().await;
        let commits: Vec<CommitSha> = std::iter::once(facts::sha('a')).chain((1..10).map(sample::commit)).collect();
        world.add_line(&commits);
        world.state().branches.insert("main".to_owned(), sample::commit(9));
        let client = world.client();
        Self { world, client, watch: World::watch() }
    }

    pub(crate) fn trust() -> Trust {
        Trust {
            workflow: Some(".github/workflows/airlock.yml".to_owned()),
            repository: "acme/shop".to_owned(),
            default_branch: Some(facts::branch("main")),
            environments: facts::config().environments,
        }
    }

    pub(crate) fn keeper(&self) -> DeploymentKeeper<'_> {
        DeploymentKeeper::new(&self.client, Self::trust(), &self.watch, |text| text.replace("s3cr3t-t0ken", "***"))
    }

    /// The record of version `1.<number>.0` by the run of that number.
    pub(crate) fn record(number: u64) -> Record {
        let origin = Origin {
            actor: "ana".into(),
            triggering_actor: "ana".into(),
            event: "push".into(),
            run: Some(number),
            attempt: 1,
            url: Some(page(number)),
        };
        Record { origin, ..sample::record(number) }
    }

    /// A promotion of a commit to prod by a dispatch.
    pub(crate) fn promotion(number: u64, commit: u64) -> Record {
        let record = Self::record(number);
        Record {
            lane: prod(),
            kind: ReleaseKind::Promote,
            commit: sample::commit(commit),
            origin: Origin { event: "workflow_dispatch".into(), ..record.origin },
            ..record
        }
    }

    pub(crate) fn approved(record: Record, newest_seen: Option<u64>) -> ApprovedPlan {
        ApprovedPlan::approved_for_test(sample::plan(1, vec![]), record, std::time::Duration::from_mins(1), newest_seen)
    }

    /// The run of a record begins.
    pub(crate) fn begin(&self, record: &Record) {
        let (id, head) = (record.origin.run.unwrap(), sample::commit(record.origin.run.unwrap()));
        if self.world.state().runs.iter().all(|run| run.id != id) {
            self.world.add_run(id, &record.origin.event, &head);
        }
    }

    pub(crate) async fn open(&self, keeper: &DeploymentKeeper<'_>, record: Record) -> Result<Opening, Problem> {
        self.begin(&record);
        // A run reads every lane of a project before it decides on one.
        for environment in Self::trust().environments {
            let lane = LaneId { environment: environment.name, ..record.lane.clone() };
            keeper.read(&lane, &self.watch).await?;
        }
        let newest = keeper.read(&record.lane, &self.watch).await?.releases.first().map(|release| release.id);
        keeper.open(Self::approved(record, newest), &self.watch).await
    }

    pub(crate) async fn closed(&self, record: Record, ending: Ending) -> Release {
        let (keeper, run) = (self.keeper(), record.origin.run.unwrap());
        let Opening::Opened(open) = self.open(&keeper, record).await.unwrap() else { panic!("moved") };
        let release = keeper.close(open, closing(ending)).await.unwrap();
        self.world.end_run(run, "success");
        release
    }

    /// A whole release, recorded by its run.
    pub(crate) async fn release(&self, record: Record) -> Release {
        self.closed(record, Ending::Success).await
    }

    pub(crate) async fn history(&self, lane: &LaneId) -> Result<History, Problem> {
        self.keeper().read(lane, &self.watch).await
    }
}

pub(crate) fn closing(ending: Ending) -> Closing {
    Closing { ending, platform_ref: Some("deploy-17".into()), at: "2026-05-04T10:01:00Z".parse().unwrap() }
}
