//! The action itself: everything from the runner's environment, everything back through its files.

use super::{Desk, publish};
use crate::context::{Gathered, Invocation, Repository, clock};
use crate::git::{Git, Remote};
use crate::outcome::Outcome;
use crate::pipeline::{self, Edges};
use crate::policy;
use crate::problem::{Problem, Problems};

/// Runs the action. What cannot be used of what it was given is told in every report too.
pub(super) async fn run(desk: &Desk, flags: Vec<(String, String)>) -> Result<u8, Problems> {
    let gathered = Gathered::read(&desk.env.clone().with_inputs(flags), clock::now());
    desk.keys.secrets().for_each(|secret| desk.console.mask(secret));
    for note in &gathered.notes {
        desk.console.say(&format!("note: {note}"));
    }
    let outcome = match played(desk, &gathered).await {
        Ok(outcome) => outcome,
        Err(problems) => {
            super::tell(&desk.console, &problems);
            pipeline::unread(&gathered, problems)
        }
    };
    publish::to_actions(desk, outcome)
}

async fn played(desk: &Desk, gathered: &Gathered) -> Result<Outcome, Problems> {
    if let (Ok(event), Ok(run)) = (&gathered.event, &gathered.run)
        && policy::ceiling(event, &run.actor).is_none()
    {
        return Ok(pipeline::nothing(&Invocation::new(gathered.clone(), Ok(None), None)?));
    }
    let git = match &gathered.repository {
        Ok(repository) => open(desk, repository).await,
        Err(_) => Err(Problem::input("not-a-repository", "the workspace is not known")),
    };
    let (git, policy, checkout) = match git {
        Ok(git) => {
            let policy = super::policy_text(desk, &git, gathered).await;
            let checkout = crate::tree::disk::text(git.top(), gathered.config_path());
            (Ok(git), policy, checkout)
        }
        // What else is wrong is told together with this.
        Err(problem) => (Err(problem), Ok(None), Ok(None)),
    };
    let mut problems: Problems = Vec::new();
    let checkout = checkout.unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    let invocation =
        Invocation::new(gathered.clone(), policy, checkout.as_deref()).map_err(|more| problems.extend(more)).ok();
    let git = git.map_err(|problem| problems.push(problem)).ok();
    let (Some(invocation), Some(git), true) = (invocation, git, problems.is_empty()) else { return Err(problems) };
    let scratch = super::scratch()?;
    let edges = Edges {
        console: desk.console.clone(),
        keys: &desk.keys,
        variables: desk.env.variables(),
        watch: &desk.watch,
        clock: &clock::now,
        scratch: scratch.path(),
        job_started: job_started(desk),
        git: &git,
    };
    Ok(pipeline::run(&edges, &invocation).await)
}

/// The workspace's repository; what its clone lacks is fetched from GitHub with the job's token.
async fn open(desk: &Desk, repository: &Repository) -> Result<Git, Problem> {
    let git = Git::open(&repository.root, desk.variables(), &desk.watch).await?;
    let Some(name) = &repository.name else { return Ok(git) };
    let address = format!("{}/{name}.git", repository.server_url);
    let token = desk.keys.github_token().cloned();
    Ok(git.fetching_from(Remote::new(&address, token)?))
}

/// The runner writes the event file when the job begins; nothing else tells the time.
fn job_started(desk: &Desk) -> jiff::Timestamp {
    let file = desk.env.get("GITHUB_EVENT_PATH").and_then(|path| std::fs::metadata(path).ok());
    let written = file.and_then(|file| file.modified().ok()).and_then(|time| jiff::Timestamp::try_from(time).ok());
    written.unwrap_or_else(clock::now)
}
