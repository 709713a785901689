//! Whether GitHub itself guards the key of a production environment that this run deploys to.

use super::Run;
use super::shelf::Shelf;
use crate::work::LaneSpec;

/// What stands before an environment's secrets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guard {
    /// A branch rule, or a person.
    Stands,
    /// Nothing, in this way.
    Missing(&'static str),
    /// It could not be read.
    Unread,
}

impl Guard {
    /// How nothing guards the environment of a lane that this run changes; `None` where something does, or nobody can tell.
    pub(super) async fn missing(run: &Run<'_>, shelf: &Shelf<'_>, spec: &LaneSpec) -> Option<&'static str> {
        match Self::of(run, shelf, spec).await? {
            Self::Missing(how) => Some(how),
            Self::Stands | Self::Unread => None,
        }
    }

    /// Asked once an environment, however many projects are deployed to it.
    async fn of(run: &Run<'_>, shelf: &Shelf<'_>, spec: &LaneSpec) -> Option<Self> {
        let client = run.edges.github.filter(|_| spec.applies && spec.environment.production)?;
        let name = &spec.environment.name;
        if let Some(known) = shelf.guard(name) {
            return Some(known);
        }
        let guard = match client.is_guarded(name, run.edges.watch).await {
            Ok(Some(true)) => Self::Stands,
            Ok(Some(false)) => {
                Self::Missing("neither a branch rule nor a reviewer stands before GitHub's environment of this name")
            }
            Ok(None) => Self::Missing("GitHub has no environment of this name that could guard its key"),
            Err(problem) => {
                shelf.remark(Some(format!("whether GitHub guards `{name}` is not known: {problem}")));
                Self::Unread
            }
        };
        shelf.keep_guard(name, guard);
        Some(guard)
    }
}
