//! What people say of an environment and no platform tells: `airlock.environment.toml`, laid over what was observed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Run;
use super::shelf::Shelf;
use crate::context::config::surroundings::{FILE, Surroundings, read};
use crate::finding::Finding;
use crate::manifest::Known;
use crate::names::{EnvironmentName, Place};
use crate::plan::{Extras, Observed};
use crate::problem::Problem;
use crate::tree::join;
use crate::work::Project;

/// What is said of each environment.
pub(super) type Said = BTreeMap<EnvironmentName, Surroundings>;

/// Reads a project's file as the default branch has it: a branch cannot silence a warning in its own preview. What the checkout
/// says otherwise is a finding, and counts once it is merged.
pub(super) async fn of_project(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    project: &Project,
) -> Result<(Said, Option<Finding>), Vec<Problem>> {
    let path = join(&project.path, FILE);
    let names: Vec<EnvironmentName> =
        run.invocation.config.environments.iter().map(|environment| environment.name.clone()).collect();
    let checkout = shelf.checkout();
    let merged = merged(run, shelf, &path).await.map_err(|problem| vec![problem])?;
    if checkout.has(&path) && checkout.text(&path).is_none() {
        return Err(vec![Problem::input("config-syntax", format!("`{path}` could not be read"))]);
    }
    let here = checkout.text(&path).map(|text| &**text);
    // What is wrong with the file of this commit is told by the pull request that brings it.
    let wrong = here.map(|text| read(text, &path, &names)).transpose();
    let said = match &merged {
        Some(text) if Some(text.as_str()) != here => read(text, &path, &names)?,
        Some(_) => wrong.clone()?.unwrap_or_default(),
        None => Said::new(),
    };
    wrong?;
    let differs = (merged.as_deref() != here).then(|| {
        let says = format!("`{path}` is another than the default branch's, which counts until this is merged");
        Finding::info("environment-file-changed", says).at(Place::file(&path))
    });
    Ok((said, differs))
}

/// The file's text in the default branch's newest commit.
async fn merged(run: &Run<'_>, shelf: &Shelf<'_>, path: &str) -> Result<Option<String>, Problem> {
    let Some(tip) = shelf.tip() else { return Ok(None) };
    let tree = shelf.tree_at(run, tip).await?;
    match tree.text(path) {
        Some(text) => Ok(Some(text.to_string())),
        None if tree.has(path) => {
            Err(Problem::input("config-syntax", format!("`{path}` of the default branch could not be read")))
        }
        None => Ok(None),
    }
}

/// What was observed, with what is said of it beside. What a platform told itself stays.
pub(super) fn over<'a>(observed: &'a Observed, said: Option<&Surroundings>) -> Cow<'a, Observed> {
    let Some(said) = said else { return Cow::Borrowed(observed) };
    let mut observed = observed.clone();
    let extras =
        if observed.extras.kept { observed.extras } else { Extras::unknown(&format!("{FILE} does not say it")) };
    let integrations =
        said.integrations.as_ref().map(|names| names.iter().map(|name| (name.clone(), Known::Yes(true))).collect());
    observed.extras = Extras {
        kept: true,
        secrets: either(extras.secrets, said.secrets.clone()),
        integrations: either(extras.integrations, integrations),
        connections: either(extras.connections, said.connected.clone()),
        scopes: either(extras.scopes, said.scopes.clone()),
    };
    Cow::Owned(observed)
}

fn either<T>(told: Known<T>, said: Option<T>) -> Known<T> {
    match (told, said) {
        (Known::No(_), Some(said)) => Known::Yes(said),
        (told, _) => told,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::manifest::{Manifest, Origin};
    use crate::plan::Basis;

    #[test]
    fn what_is_said_fills_in_what_was_not_told_and_changes_nothing_else() {
        let names = |name: &str| BTreeSet::from([name.to_owned()]);
        let said = Surroundings { secrets: Some(names("SAID")), ..Surroundings::default() };
        let told = Extras { secrets: Known::Yes(names("TOLD")), ..Extras::unknown("no scope") };
        for (extras, expected, connections) in [
            (told, "TOLD", "no scope"),
            (Extras::unknown("no key"), "SAID", "no key"),
            (Extras::none("embedded"), "SAID", "airlock.environment.toml does not say it"),
        ] {
            let observed = Observed { basis: Basis::None, manifest: Manifest::empty(Origin::Live), extras };
            let laid = over(&observed, Some(&said));
            assert_eq!(laid.extras.secrets, Known::Yes(names(expected)));
            assert_eq!(laid.extras.connections, Known::No(connections.to_owned()));
            assert!(laid.extras.kept);
            assert_eq!(*over(&observed, None), observed);
        }
    }
}
