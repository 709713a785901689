//! `airlock simulate`: an event of our own making, the very same pipeline, the embedded platform.

use super::args::{Simulate, Simulated};
use super::place::{Place, one};
use super::{Desk, publish};
use crate::context::event::{Actor, Dispatch, Event, PullRequest, PullState, Push, Ref, Side};
use crate::context::inputs::{self, Inputs};
use crate::context::{Gathered, Host, Invocation, Repository, Run, clock};
use crate::git::Git;
use crate::names::{BranchName, CommitSha};
use crate::pipeline::{self, Edges};
use crate::problem::{Problem, Problems};

/// Plays the event and shows the report; the exit code is the pipeline's.
pub(super) async fn run(desk: &Desk, given: Simulate) -> Result<u8, Problems> {
    let (place, git) = Place::in_repository(desk, &given.project).await.map_err(one)?;
    let mut inputs = inputs::from_pairs(given.flags.iter().cloned())?;
    inputs.project = place.named().map_err(one)?;
    let scene = Scene::set(desk, &git).await.map_err(one)?;
    let event = scene.event(desk, &git, &given, &inputs).await.map_err(one)?;
    let gathered = Gathered::stated(inputs, event, scene.repository(&git), scene.run());
    let policy = super::policy_text(desk, &git, &gathered).await;
    let checkout = place.file(gathered.config_path()).map_err(one)?;
    let invocation = Invocation::new(gathered, policy, checkout.as_deref())?;
    desk.learn(&invocation.config);
    let scratch = super::scratch()?;
    let edges = Edges {
        console: desk.console.clone(),
        keys: &desk.keys,
        variables: desk.env.variables(),
        watch: &desk.watch,
        clock: &clock::now,
        scratch: scratch.path(),
        job_started: jiff::Timestamp::UNIX_EPOCH,
        git: &git,
        github: None,
        connect: &*desk.connect,
        launcher: desk.launcher.as_ref(),
        walls: &desk.walls,
        redactor: &desk.redactor(),
    };
    let outcome = pipeline::run(&edges, &invocation).await;
    Ok(publish::to_terminal(desk, outcome, given.json))
}

/// What git and the machine say of the moment.
struct Scene {
    head: CommitSha,
    branch: Option<BranchName>,
    default_branch: Option<BranchName>,
    actor: Actor,
}

impl Scene {
    async fn set(desk: &Desk, git: &Git) -> Result<Self, Problem> {
        let login = ["USER", "LOGNAME"].iter().find_map(|name| desk.env.get(name)).unwrap_or("you");
        Ok(Self {
            head: git.head(&desk.watch).await?,
            branch: git.current_branch(&desk.watch).await?,
            default_branch: git.default_branch(&desk.watch).await?,
            actor: Actor { login: login.to_owned(), bot: false },
        })
    }

    async fn event(&self, desk: &Desk, git: &Git, given: &Simulate, inputs: &Inputs) -> Result<Event, Problem> {
        Ok(match given.event {
            Simulated::Schedule => Event::Schedule,
            Simulated::Push => Event::Push(Push {
                to: Ref::Branch(self.branch()?),
                before: None,
                after: Some(self.head.clone()),
                forced: false,
                sender: self.actor.clone(),
            }),
            Simulated::Dispatch => Event::Dispatch(Dispatch {
                on: Ref::Branch(self.branch()?),
                sender: self.actor.clone(),
                workflow: None,
                inputs: std::collections::BTreeMap::new(),
            }),
            Simulated::PullRequest => Event::PullRequest(self.pull(desk, git, given, inputs).await?),
        })
    }

    async fn pull(&self, desk: &Desk, git: &Git, given: &Simulate, inputs: &Inputs) -> Result<PullRequest, Problem> {
        let base = self.base(desk, git, given.base.as_deref()).await?;
        let branch = self.branch()?;
        let base_branch = self.default_branch.clone().unwrap_or_else(|| branch.clone());
        let side = |sha: CommitSha, branch: BranchName| Side { sha, branch, repository: Some("here".to_owned()) };
        Ok(PullRequest {
            number: 1,
            action: "synchronize".to_owned(),
            state: PullState::Open,
            draft: false,
            title: inputs.description.clone().unwrap_or_else(|| branch.to_string()),
            head: side(self.head.clone(), branch),
            base: side(base, base_branch),
            author: self.actor.clone(),
            sender: self.actor.clone(),
        })
    }

    /// The commit that the pull request goes into: the named one, or the default branch's tip.
    async fn base(&self, desk: &Desk, git: &Git, given: Option<&str>) -> Result<CommitSha, Problem> {
        if let Some(text) = given {
            return git.resolve(text, &desk.watch).await;
        }
        let tip = match &self.default_branch {
            Some(branch) => git.branch_tip(branch, &desk.watch).await?,
            None => None,
        };
        tip.ok_or_else(|| {
            Problem::input("no-base", "nothing tells what the pull request goes into").help("name it: `--base main`")
        })
    }

    fn branch(&self) -> Result<BranchName, Problem> {
        self.branch.clone().ok_or_else(|| {
            Problem::input("detached-head", "HEAD is on no branch, so there is no branch to play")
                .help("`git switch` to one")
        })
    }

    fn repository(&self, git: &Git) -> Repository {
        Repository {
            name: None,
            default_branch: self.default_branch.clone(),
            root: git.top().to_owned(),
            server_url: "https://github.com".to_owned(),
            api_url: "https://api.github.com".to_owned(),
        }
    }

    fn run(&self) -> Run {
        Run {
            host: Host::Simulated,
            sha: self.head.clone(),
            id: None,
            attempt: 1,
            workflow: None,
            actor: self.actor.login.clone(),
            triggering_actor: self.actor.login.clone(),
            url: None,
            started: clock::now(),
        }
    }
}
