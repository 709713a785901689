//! Which files of a checkout git tracks, and what it calls their contents.

use std::collections::BTreeMap;

use super::Tree;
use crate::git::Git;
use crate::problem::Problem;
use crate::watch::Watch;

/// Says of a checkout's tree which paths git tracks, with git's ids of their contents. A path that leads through a link is tracked when both are: the link, and the
/// file it leads to.
pub async fn mark(tree: Tree, git: &Git, watch: &Watch) -> Result<Tree, Problem> {
    let tracked = git.indexed("", watch).await?;
    let linked = tree.files().filter(|(path, _)| tree.real(path) != *path);
    let linked: Vec<String> = linked
        .filter(|(path, _)| tracked.contains_key(tree.real(path)) && is_known(&tracked, path))
        .map(|(path, _)| path.to_owned())
        .collect();
    let direct = tracked.keys().filter(|path| tree.real(path) == *path).cloned();
    let all: Vec<String> = direct.chain(linked).collect();
    Ok(tree.with_tracked(all).with_ids(tracked))
}

/// Whether the path, or a folder on the way to it, is tracked itself: a folder that is, is a link.
fn is_known(tracked: &BTreeMap<String, String>, path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).any(|part| tracked.contains_key(part))
}
