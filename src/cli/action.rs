//! The action itself: everything from the runner's environment, everything back through its files.

use super::{Desk, publish};
use crate::context::{Gathered, Invocation, Repository, clock};
use crate::git::{Git, Remote};
use crate::github::Client;
use crate::outcome::Outcome;
use crate::pipeline::{self, Edges};
use crate::policy;
use crate::problem::{Problem, Problems};

/// Runs the action. What cannot be used of what it was given is told in every report too.
pub(super) async fn run(desk: &Desk, flags: Vec<(String, String)>) -> Result<u8, Problems> {
    super::settle_temporary_files(&desk.env);
    let gathered = Gathered::read(&desk.env.clone().with_inputs(flags), clock::now());
    desk.keys.secrets().for_each(|secret| desk.console.mask(secret));
    let redactor = desk.redactor();
    desk.console.hide(move |text| redactor.redact_text(text));
    for note in &gathered.notes {
        desk.console.say(&format!("note: {note}"));
    }
    // What is in the runner's files by now was there before any code of the tree ran.
    let sinks = publish::Sinks::open(desk);
    match played(desk, &gathered).await {
        Ok(Played { outcome, at_github: None }) => publish::to_files(desk, &sinks, outcome),
        Ok(Played { outcome, at_github: Some((invocation, github)) }) => {
            Box::pin(publish::to_actions(desk, &sinks, &invocation, outcome, github.as_ref())).await
        }
        Err(problems) => {
            super::tell(&desk.console, &problems);
            publish::to_files(desk, &sinks, pipeline::unread(&gathered, problems))
        }
    }
}

/// What a run came to.
struct Played {
    outcome: Outcome,
    /// What the run was, and GitHub or why there is none, where something may have to be left there.
    at_github: Option<(Invocation, Result<Client, Problem>)>,
}

async fn played(desk: &Desk, gathered: &Gathered) -> Result<Played, Problems> {
    if let (Ok(event), Ok(run)) = (&gathered.event, &gathered.run)
        && policy::ceiling(event, &run.actor).is_none()
    {
        let outcome = pipeline::nothing(&Invocation::new(gathered.clone(), Ok(None), None)?);
        return Ok(Played { outcome, at_github: None });
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
    desk.learn(&invocation.config);
    let github = client(desk, &invocation.repository);
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
        github: github.as_ref().ok(),
        connect: &*desk.connect,
        launcher: desk.launcher.as_ref(),
        walls: &desk.walls,
        redactor: &desk.redactor(),
    };
    let outcome = pipeline::run(&edges, &invocation).await;
    Ok(Played { outcome, at_github: Some((invocation, github)) })
}

/// The workspace's repository; what its clone lacks is fetched from GitHub with the job's token.
async fn open(desk: &Desk, repository: &Repository) -> Result<Git, Problem> {
    let git = Git::open(&repository.root, desk.variables(), &desk.watch).await?;
    let Some(name) = &repository.name else { return Ok(git) };
    let address = format!("{}/{name}.git", repository.server_url);
    let token = desk.keys.github_token().cloned();
    Ok(git.fetching_from(Remote::new(&address, token)?))
}

/// GitHub with the job's token, or why there is none.
fn client(desk: &Desk, repository: &Repository) -> Result<Client, Problem> {
    let token = desk.keys.github_token().cloned();
    let token = token.ok_or_else(|| {
        Problem::input("github-token", "there is no GitHub token in this run")
            .help("give `github-token: ${{ github.token }}`")
    })?;
    Client::with_limits(repository, token, desk.limits)
}

/// The runner writes the event file when the job begins; nothing else tells the time.
fn job_started(desk: &Desk) -> jiff::Timestamp {
    let file = desk.env.get("GITHUB_EVENT_PATH").and_then(|path| std::fs::metadata(path).ok());
    let written = file.and_then(|file| file.modified().ok()).and_then(|time| jiff::Timestamp::try_from(time).ok());
    written.unwrap_or_else(clock::now)
}
