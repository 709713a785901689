//! The commands that only look: `inspect`, `plan`, `history`, `schema`.

use std::path::Path;

use serde::Serialize;

use super::args::{Form, History, Inspect, Plan};
use super::place::{Place, one};
use super::{Desk, hub};
use crate::context::clock;
use crate::context::inputs::PlatformName;
use crate::finding::{Finding, Severity};
use crate::history::Keeper as _;
use crate::history::files::FileKeeper;
use crate::manifest::{Manifest, Origin, Resource};
use crate::names::{EnvironmentName, LaneId};
use crate::pipeline::compare::{self, Old};
use crate::plan::SCHEMA;
use crate::platform;
use crate::problem::{Problem, Problems, exit};
use crate::release::Release;
use crate::report::{self, Limit, SchemaKind};
use crate::work::Project;

/// The largest manifest that is compared with, in bytes.
const LARGEST_MANIFEST: u64 = 256 * 1024 * 1024;

/// `inspect --json`, a project.
#[derive(Serialize)]
struct Inspected<'a> {
    schema: u32,
    platform: PlatformName,
    resources: Vec<&'a Resource>,
    findings: &'a [Finding],
}

/// Shows manifest and findings of a folder's project; an error finding is [`exit::CHECKS`].
pub(super) async fn inspect(desk: &Desk, given: &Inspect) -> Result<u8, Problems> {
    let place = Place::find(desk, &given.project).await.map_err(one)?;
    let (projects, tree) = place.projects(desk).await?;
    let project = sole(&projects)?;
    let code = platform::code(project.platform).map_err(one)?;
    let extracted = code.extract(project, &tree);
    if given.json {
        let resources = extracted.manifest.resources.values().collect();
        let shown = Inspected { schema: SCHEMA, platform: code.name(), resources, findings: &extracted.findings };
        desk.console.result(&json(&shown)?);
    } else {
        desk.console.result(&report::inspected(
            &extracted.manifest,
            &extracted.findings,
            desk.console.colours_results(),
            desk.console.width(),
        ));
    }
    let wrong = extracted.findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if wrong { exit::CHECKS } else { exit::DONE })
}

fn sole<T>(projects: &[T]) -> Result<&T, Problems> {
    match projects {
        [project] => Ok(project),
        _ => Err(one(Problem::input("many-projects", format!("there are {} projects here", projects.len()))
            .help("name the folder of one"))),
    }
}

/// Shows what changes between a commit (or a manifest) and the working tree.
pub(super) async fn plan(desk: &Desk, given: &Plan) -> Result<u8, Problems> {
    let place = Place::find(desk, &given.project).await.map_err(one)?;
    let (projects, tree) = place.projects(desk).await?;
    let project = sole(&projects)?;
    let old = match file(&given.base).map_err(one)? {
        Some(text) => Old::Manifest(manifest(&given.base, &text).map_err(one)?),
        None => match &place.git {
            Some(git) => Old::Commit(git.resolve(&given.base, &desk.watch).await.map_err(one)?),
            None => return Err(one(no_base(&given.base))),
        },
    };
    let outcome =
        compare::outcome(place.git.as_ref(), project, &tree, old, clock::now(), &desk.watch).await.map_err(one)?;
    let sealed = outcome.clone().redacted(&desk.redactor());
    let text = match given.form {
        Form::Terminal => desk.terminal(&sealed),
        Form::Markdown => report::summary(&sealed, Limit::SUMMARY),
        Form::Json => {
            json(&outcome.projects.values().flat_map(|told| told.lanes.values()).find_map(|lane| lane.planned()))?
        }
    };
    desk.console.result(&text);
    Ok(outcome.exit_code())
}

/// The text of a regular file; `None` where there is none, for then it may be a commit's name.
fn file(path: &str) -> Result<Option<String>, Problem> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let unreadable = || Problem::input("base-unreadable", format!("`{path}` cannot be read as a manifest"));
    match about {
        None => Ok(None),
        Some(about) if about.len() > LARGEST_MANIFEST => {
            Err(unreadable().cause(format!("it is larger than {} MiB", LARGEST_MANIFEST / 1024 / 1024)))
        }
        Some(_) => std::fs::read_to_string(path).map(Some).map_err(|error| unreadable().because(&error)),
    }
}

/// A manifest as `inspect --json` prints it.
fn manifest(path: &str, text: &str) -> Result<Manifest, Problem> {
    #[derive(serde::Deserialize)]
    struct Shown {
        resources: Vec<Resource>,
    }
    let shown: Shown = serde_json::from_str(text).map_err(|error| {
        Problem::input("base-unreadable", format!("`{path}` is no manifest as `airlock inspect --json` prints it"))
            .because(&error)
    })?;
    Ok(Manifest::new(Origin::Source, shown.resources))
}

fn no_base(base: &str) -> Problem {
    Problem::input("base-unreadable", format!("`{base}` is no file, and this is no git repository"))
}

/// Shows the releases that GitHub keeps, or those of the embedded environments.
pub(super) async fn history(desk: &Desk, given: &History) -> Result<u8, Problems> {
    let place = Place::find(desk, &given.project).await.map_err(one)?;
    let (projects, _) = place.projects(desk).await?;
    let at_github = match given.platform {
        None => hub::releases(desk, &place, &projects, given).await?,
        Some(_) => None,
    };
    let mut releases = match at_github {
        Some(releases) => releases,
        None => kept_here(desk, &place, &projects, given).await?,
    };
    releases.sort_by_key(|release| std::cmp::Reverse(release.record.opened));
    let text = if given.json {
        json(&releases)?
    } else {
        report::releases(&releases, desk.console.colours_results(), desk.console.width())
    };
    desk.console.result(&text);
    Ok(exit::DONE)
}

async fn kept_here(
    desk: &Desk,
    place: &Place,
    projects: &[Project],
    given: &History,
) -> Result<Vec<Release>, Problems> {
    let folders = projects.iter().map(|project| (project.id.clone(), project.path.clone())).collect();
    let (keeper, under) = match given.platform.unwrap_or(PlatformName::Local) {
        PlatformName::Local => (FileKeeper::new(&place.root, folders), String::new()),
        platform => (FileKeeper::new(&place.root, folders).of(platform.as_str()), format!("+{}", platform.as_str())),
    };
    let mut releases: Vec<Release> = Vec::new();
    let mut problems = Vec::new();
    for project in projects {
        let folder = place.root.join(&project.path).join(".airlock").join(&under);
        for environment in environments(&folder, given.environment.as_ref()) {
            let lane = LaneId { project: project.id.clone(), environment };
            match keeper.read(&lane, &desk.watch).await {
                Ok(history) => releases.extend(history.releases),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(releases) } else { Err(problems) }
}

/// The environments that have a folder, or the one that was asked for.
fn environments(folder: &Path, asked: Option<&EnvironmentName>) -> Vec<EnvironmentName> {
    if let Some(asked) = asked {
        return vec![asked.clone()];
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().filter(|entry| entry.path().is_dir());
    let mut found: Vec<_> =
        names.filter_map(|entry| EnvironmentName::new(entry.file_name().to_string_lossy().into_owned()).ok()).collect();
    found.sort();
    found
}

/// Prints a published schema.
pub(super) fn schema(desk: &Desk, kind: SchemaKind) -> u8 {
    desk.console.result(&report::schema(kind));
    exit::DONE
}

fn json(value: &impl Serialize) -> Result<String, Problems> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| one(Problem::bug("the answer could not be written as JSON").because(&error)))
}
