//! The last line of a closed pull request's comment: that it was closed, and whether what stands above was written for the base
//! that it was merged onto.

use crate::github::{Client, Pull};
use crate::names::CommitSha;
use crate::watch::Watch;

const BEGIN: &str = "<sub>🏁 ";
const CLOSED: &str = "Closed without merging: this is the last report here.</sub>";
const MERGED: &str = "Merged: this is the last report here; a deploy has its own.</sub>";

/// Whether a line is one of these.
pub(super) fn is_one(line: &str) -> bool {
    line.starts_with(BEGIN)
}

/// The line of a pull request whose comment was written for this base; `None` of an open one.
pub(super) async fn of(client: &Client, pull: &Pull, base: Option<&str>, watch: &Watch) -> Option<String> {
    if pull.is_open() {
        return None;
    }
    if !pull.is_merged() {
        return Some(format!("{BEGIN}{CLOSED}"));
    }
    let moved = match base {
        Some(base) => onto(client, pull, base, watch).await.map(|onto| (onto, base.get(..7).unwrap_or(base))),
        None => None,
    };
    Some(match moved {
        None => format!("{BEGIN}{MERGED}"),
        Some((onto, base)) => format!(
            "{BEGIN}Merged onto `{}`, and written for `{base}`: what came in between is not in this last report; a deploy \
             has its own.</sub>",
            onto.short()
        ),
    })
}

/// The commit that it was merged onto, where that is certainly another than the base. What cannot be read is not told.
async fn onto(client: &Client, pull: &Pull, base: &str, watch: &Watch) -> Option<CommitSha> {
    let merge = pull.merge_commit_sha.as_ref()?;
    let parents = client.parents(merge, watch).await.ok()?;
    let before = parents.first().filter(|parent| parent.as_str() != base)?;
    if parents.len() == 1 {
        // Of several commits that were rebased the one before the last is the pull request's own.
        let brought = client.pulls_of_commit(before, watch).await.ok()?;
        if brought.iter().any(|by| by.number == pull.number) {
            return None;
        }
    }
    Some(before.clone())
}
