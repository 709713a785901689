//! The releases that GitHub keeps, for `airlock history` where a token and the repository are given.

use std::collections::BTreeSet;

use super::Desk;
use super::args::History;
use super::place::{Place, one};
use crate::context::Repository;
use crate::context::config::Config;
use crate::github::Client;
use crate::history::Keeper as _;
use crate::history::deployments::{DeploymentKeeper, Trust};
use crate::names::LaneId;
use crate::problem::{Problem, Problems};
use crate::release::Release;
use crate::tree;
use crate::work::Project;

/// Where workflows lie.
const WORKFLOWS: &str = ".github/workflows";

/// The releases of these projects as GitHub keeps them, each checked as a deploy would check it; `None` where no token or no
/// repository was given. The environments are those of the work tree's configuration.
pub(super) async fn releases(
    desk: &Desk,
    place: &Place,
    projects: &[Project],
    given: &History,
) -> Result<Option<Vec<Release>>, Problems> {
    let (Some(token), Some(name)) = (desk.keys.github_token(), desk.env.get("GITHUB_REPOSITORY")) else {
        return Ok(None);
    };
    let address = |variable: &str, usual: &str| desk.env.get(variable).unwrap_or(usual).to_owned();
    let repository = Repository {
        name: Some(name.to_owned()),
        default_branch: None,
        root: place.root.clone(),
        server_url: address("GITHUB_SERVER_URL", "https://github.com"),
        api_url: address("GITHUB_API_URL", "https://api.github.com"),
    };
    let client = Client::new(&repository, token.clone()).map_err(one)?;
    let facts = client.repository(&desk.watch).await.map_err(one)?;
    let Config { environments, .. } = place.config()?.with_default_branch(Some(&facts.default_branch));
    let names: Vec<_> = environments.iter().map(|environment| environment.name.clone()).collect();
    let trust = Trust {
        workflow: Some(workflow(desk, place, given).map_err(one)?),
        repository: facts.full_name,
        default_branch: Some(facts.default_branch),
        environments,
    };
    desk.console.say(&format!("the releases that GitHub keeps of {}", trust.repository));
    let redactor = desk.redactor();
    let keeper =
        DeploymentKeeper::new(&client, trust, &desk.watch, |text| redactor.redact_text(text)).reading_far_back();
    let (mut releases, mut problems) = (Vec::new(), Problems::new());
    for project in projects {
        for environment in names.iter().filter(|name| given.environment.as_ref().is_none_or(|asked| asked == *name)) {
            let lane = LaneId { project: project.id.clone(), environment: environment.clone() };
            match keeper.read(&lane, &desk.watch).await {
                Ok(history) => {
                    history.notes.iter().for_each(|note| desk.console.say(&format!("note: {note}")));
                    releases.extend(history.releases);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(Some(releases)) } else { Err(problems) }
}

/// The workflow's file that releases are made by: as given, as the runner says, or the only one that speaks of Airlock.
fn workflow(desk: &Desk, place: &Place, given: &History) -> Result<String, Problem> {
    let running = desk.env.get("GITHUB_WORKFLOW_REF").and_then(|text| {
        let path = text.split_once('@').map_or(text, |(path, _)| path);
        path.find(&format!("/{WORKFLOWS}/")).map(|at| path[at + 1..].to_owned())
    });
    if let Some(known) = given.workflow.clone().or(running) {
        return Ok(known);
    }
    let found = speaking(place);
    match found.iter().collect::<Vec<_>>().as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(unknown(format!("no file in `{WORKFLOWS}` speaks of airlock"))),
        several => Err(unknown(format!("{} files in `{WORKFLOWS}` speak of airlock", several.len()))),
    }
}

fn speaking(place: &Place) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(place.root.join(WORKFLOWS)) else { return BTreeSet::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let paths = names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"));
    let paths = paths.map(|name| format!("{WORKFLOWS}/{name}"));
    let speaks = |path: &String| {
        let text = tree::disk::text(&place.root, path).ok().flatten().unwrap_or_default();
        text.to_ascii_lowercase().contains("airlock")
    };
    paths.filter(speaks).collect()
}

fn unknown(why: String) -> Problem {
    Problem::input("workflow-unknown", "which workflow makes the releases is not known")
        .cause(why)
        .help(format!("name its file: `--workflow {WORKFLOWS}/airlock.yml`"))
}
