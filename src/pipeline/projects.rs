//! Which projects a run is about: the configured ones, or those that the tree shows.

use crate::context::config::astro::AstroSpec;
use crate::context::config::{Config, ProjectSpec};
use crate::context::inputs::{CommandChoice, Inputs, PlatformName};
use crate::names::ProjectId;
use crate::platform::{self, Code};
use crate::problem::Problem;
use crate::tree::Tree;
use crate::work::Project;

/// The projects of this run, or everything that is wrong with how they were named.
pub fn find(config: &Config, inputs: &Inputs, tree: &Tree) -> Result<Vec<Project>, Vec<Problem>> {
    let all = if config.projects.is_empty() { detected(inputs, tree) } else { configured(&config.projects, tree) };
    let (found, mut problems): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    let mut projects: Vec<Project> = found.into_iter().flatten().collect();
    let mut failed: Vec<Problem> = problems.drain(..).filter_map(Result::err).collect();
    if !inputs.project.is_empty() {
        failed.extend(inputs.project.iter().filter_map(|wanted| unknown_project(wanted, &projects)));
        projects.retain(|project| inputs.project.iter().any(|wanted| names(wanted, project)));
    }
    if projects.is_empty() && failed.is_empty() {
        failed.push(no_project());
    }
    if failed.is_empty() { Ok(projects) } else { Err(failed) }
}

/// A project is named by its id or by its folder.
fn names(wanted: &ProjectId, project: &Project) -> bool {
    *wanted == project.id || wanted.as_str() == project.path
}

fn configured(specs: &[ProjectSpec], tree: &Tree) -> Vec<Result<Project, Problem>> {
    specs.iter().map(|spec| from_spec(spec, tree)).collect()
}

fn from_spec(spec: &ProjectSpec, tree: &Tree) -> Result<Project, Problem> {
    let platform = match spec.platform {
        Some(platform) => platform,
        None => platform::codes()
            .iter()
            .find(|code| code.detect(tree).contains(&spec.path))
            .map(|code| code.name())
            .ok_or_else(|| unrecognised(&spec.path, tree))?,
    };
    Ok(Project {
        id: spec.id.clone(),
        path: spec.path.clone(),
        platform,
        test_command: spec.test_command.clone(),
        install_command: spec.install_command.clone(),
        command: spec.command.clone(),
        astro: spec.astro.clone(),
    })
}

fn detected(inputs: &Inputs, tree: &Tree) -> Vec<Result<Project, Problem>> {
    let wanted = |code: &&&'static dyn Code| match inputs.platform {
        None | Some(PlatformName::Local) => true,
        Some(name) => code.name() == name,
    };
    let folders = platform::codes()
        .iter()
        .filter(wanted)
        .flat_map(|code| code.detect(tree).into_iter().map(|folder| project_at(folder, code.name())));
    folders.collect()
}

/// A project at the repository's root is called by its platform: a folder's name would change with the clone.
fn project_at(path: String, platform: PlatformName) -> Result<Project, Problem> {
    let id = if path.is_empty() { platform.as_str().to_owned() } else { path.clone() };
    let id = ProjectId::new(id).map_err(|bad| {
        Problem::input("bad-project-folder", "a project's folder cannot be its id")
            .because(&bad)
            .help("give the project an id of its own in a [[project]] table of airlock.toml")
    })?;
    let (test_command, install_command) = (CommandChoice::Auto, CommandChoice::Auto);
    Ok(Project { id, path, platform, test_command, install_command, command: None, astro: AstroSpec::default() })
}

fn unrecognised(path: &str, tree: &Tree) -> Problem {
    if tree.under(path).next().is_none() {
        return Problem::input(
            "unknown-project",
            format!("there is no file in `{path}`, which a [[project]] table names"),
        )
        .help("correct its `path`, from the repository's root");
    }
    Problem::input("unknown-project", format!("nothing in `{path}` tells which platform it is for"))
        .help("name it: `platform = \"nango\"` in its [[project]] table")
}

fn unknown_project(wanted: &ProjectId, projects: &[Project]) -> Option<Problem> {
    if projects.iter().any(|project| names(wanted, project)) {
        return None;
    }
    let known: Vec<&str> = projects.iter().map(|project| project.id.as_str()).collect();
    let known =
        if known.is_empty() { "no project was found".to_owned() } else { format!("known: {}", known.join(", ")) };
    Some(Problem::input("unknown-project", format!("there is no project `{wanted}`")).help(known))
}

fn no_project() -> Problem {
    Problem::input("no-project", "no project was found in this repository")
        .help("a Nango project has an index.ts beside a .nango folder")
        .help("an Airflow project has a folder dags with a file that imports airflow")
        .help("a Paragon project has a .para/project.json")
        .help("name other folders in [[project]] tables of airlock.toml")
}
