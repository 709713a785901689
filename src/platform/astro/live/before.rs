//! What must hold before anything is made. Pure.

use super::super::oci::Image;
use super::super::{image, runtime, settings};
use super::airflow::major;
use super::part::Part;
use super::wire::Deployment;
use crate::artefact::Built;
use crate::plan::{Plan, What};
use crate::problem::{Fault, Problem};
use crate::tree::{Tree, join};

/// Refuses what could not end well, all reasons of one sort by the first.
///
/// Problems: `dag-deploys-off`, `deployment-not-ready`, `remote-execution`, `airflow-mismatch`, `no-dags`, and of an image
/// `runtime-downgrade` and `runtime-leap`.
pub(super) fn check(
    there: &Deployment,
    built: &Built,
    (folder, dags): (&str, &str),
    brought: Option<&Image>,
) -> Result<(), Problem> {
    if !there.is_dag_deploy_enabled && brought.is_none() && !image::is_alone(&built.manifest) {
        let text = format!("`{}` takes no deploys of DAGs alone", there.name.escape_debug());
        return Err(refuse("dag-deploys-off", text).help(
            "switch them on: Astro → the deployment → Details → DAG Deploys, once, with a deploy of the image after it; or bring an image along, by `image`",
        ));
    }
    check_state(there)?;
    let alone = image::is_alone(&built.manifest);
    let has_dags = built.manifest.resources.keys().any(|id| id.kind == "dag" || id.kind == super::super::extract::FILE);
    if !has_dags && !alone {
        return Err(super::archive::none(dags));
    }
    if let Some(image) = brought {
        runtime::check(&image.runtime, &there.astro_runtime_version)?;
    }
    let ours = airflow_of(built, folder);
    let theirs = brought.map_or_else(|| major(there), |image| settings::major_of_runtime(&image.runtime));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            let what = if brought.is_some() { "is in the image" } else { "runs there" };
            let text = format!("the project is for Airflow {ours}, and Airflow {theirs} {what}");
            Err(refuse("airflow-mismatch", text)
                .help("deploy the image first: its runtime is what the Dockerfile says, DAGs alone do not change it"))
        }
        _ => Ok(()),
    }
}

fn refuse(code: &'static str, text: String) -> Problem {
    Problem::new(code, Fault::Refused, text).cause("nothing was sent")
}

/// What is refused of every deploy.
fn check_state(there: &Deployment) -> Result<(), Problem> {
    if there.remote_execution.as_ref().is_some_and(|remote| remote.enabled) {
        let text = format!("`{}` runs its tasks on agents of its own", there.name.escape_debug());
        return Err(
            refuse("remote-execution", text).help("agents get their DAGs by their own bundles, not by a deploy")
        );
    }
    if there.status == "CREATING" {
        let text = format!("`{}` is being created", there.name.escape_debug());
        return Err(refuse("deployment-not-ready", text).help("start this run again when it is healthy"));
    }
    Ok(())
}

/// Refuses an image alone where its deploy could not end well: DAGs must be there, and they must be somebody else's.
///
/// Problems: `image-missing`, `dag-deploys-off`, `deployment-not-ready`, `no-dags`.
pub(super) fn check_part(part: Part, there: &Deployment, plan: &Plan, brought: Option<&Image>) -> Result<(), Problem> {
    if part.has_dags() {
        return Ok(());
    }
    let name = there.name.escape_debug();
    if brought.is_none() {
        let text = "the project is an image without DAGs, and this run brings no image".to_owned();
        return Err(refuse("image-missing", text).help("build it in a step before, and name it by `image`; where DAGs should go, look whether their folder is the right one"));
    }
    if !there.is_dag_deploy_enabled {
        let text = format!("`{name}` takes its DAGs with the image, and this project has none");
        return Err(
            refuse("dag-deploys-off", text).help("switch them on: Astro → the deployment → Details → DAG Deploys")
        );
    }
    if there.version().is_none() {
        let text = format!("`{name}` has no DAGs yet, and Astro takes an image alone only after them");
        return Err(
            refuse("deployment-not-ready", text).help("deploy the DAGs first, from the repository that has them")
        );
    }
    let removed = plan.changes.iter().find(|change| change.what == What::Remove);
    match removed {
        Some(change) => {
            let text = format!(
                "{} came from here and is gone, and a deploy of the image alone removes no DAG",
                change.resource
            );
            Err(refuse("no-dags", text)
                .help("deploy the DAGs from the repository that has them now, then the image from here"))
        }
        None => Ok(()),
    }
}

/// Refuses a bundle that could not be mounted.
///
/// Problems: `dag-deploys-off`, `remote-execution`, `deployment-not-ready`.
pub(super) fn check_bundle(there: &Deployment) -> Result<(), Problem> {
    if !there.is_dag_deploy_enabled {
        let text = format!("`{}` takes no deploys of bundles", there.name.escape_debug());
        return Err(refuse("dag-deploys-off", text).help(
            "switch deploys of DAGs on, which bundles come with: Astro → the deployment → Details → DAG Deploys",
        ));
    }
    check_state(there)
}

/// Which Airflow the project's files say they are for.
fn airflow_of(built: &Built, folder: &str) -> Option<u64> {
    let names = ["Dockerfile", "requirements.txt", "pyproject.toml", ".python-version"];
    let texts = names.iter().filter_map(|name| {
        let path = join(folder, name);
        let text = std::str::from_utf8(built.artefact.files().get(&path)?).ok()?;
        Some((path, text.to_owned()))
    });
    settings::read(&Tree::of_texts(texts), folder).airflow
}
