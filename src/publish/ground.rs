//! What a report was compared with, so that a later run can say what has moved since.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::key::mark;
use crate::names::{CommitSha, EnvironmentName};
use crate::outcome::Outcome;

/// Lanes that are kept one by one; with more than these nothing is said of them.
const MOST_LANES: usize = 32;
/// Environments that are named.
const MOST_NAMED: usize = 3;

/// The base commit, and the release that ran in each environment, by marks: names are foreign and long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) base: Option<String>,
    pub(super) runs: BTreeMap<String, u64>,
}

/// The same as it is now, with the words for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Now {
    pub(super) ground: Ground,
    names: BTreeMap<String, (EnvironmentName, String)>,
}

impl Now {
    /// What a run has seen.
    pub(super) fn of(outcome: &Outcome, base: Option<&CommitSha>) -> Self {
        let lanes = outcome.lanes();
        let current = lanes.iter().filter_map(|of| Some((of, of.lane.current.as_ref()?)));
        let mut now =
            Self { ground: Ground { base: base.map(ToString::to_string), runs: BTreeMap::new() }, ..Self::default() };
        for (of, release) in current.take(MOST_LANES + 1) {
            let mark = mark(&format!("{}\n{}", of.project, of.environment));
            now.ground.runs.insert(mark.clone(), release.id);
            now.names.insert(mark, (of.environment.clone(), release.record.version.to_string()));
        }
        if now.ground.runs.len() > MOST_LANES {
            now.ground.runs.clear();
        }
        now
    }

    /// What has moved since another report: Markdown of our own words, commit hashes, names and numbers.
    pub(super) fn moved_since(&self, told: &Ground) -> Option<String> {
        let mut parts = Vec::new();
        if let (Some(now), Some(then)) = (&self.ground.base, &told.base)
            && now != then
        {
            parts.push(format!("the base branch went on to `{}`", now.get(..7).unwrap_or(now)));
        }
        // A report that knew of no release at all could not read them.
        let moved = self.ground.runs.iter().filter(|(mark, id)| told.runs.get(*mark) != Some(id));
        let mut moved = moved.filter_map(|(mark, _)| self.names.get(mark)).collect::<Vec<_>>();
        moved.sort();
        moved.dedup();
        parts.extend(moved.iter().take(MOST_NAMED).map(|(name, version)| format!("{name} runs `{version}` now")));
        let mut text = parts.join(", ");
        if moved.len() > MOST_NAMED {
            let _written = write!(text, ", and {} more environments moved", moved.len() - MOST_NAMED);
        }
        (!text.is_empty()).then_some(text)
    }

    /// Whether the base branch is what moved.
    pub(super) fn base_moved_since(&self, told: &Ground) -> bool {
        self.ground.base.is_some() && told.base.is_some() && self.ground.base != told.base
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::world::{World, lane};
    use crate::tests::facts::sha;

    fn ground(base: char, runs: &[(&str, u64)]) -> Ground {
        let runs = runs.iter().map(|(environment, id)| (mark(&format!("integrations\n{environment}")), *id)).collect();
        Ground { base: Some(sha(base).to_string()), runs }
    }

    #[test]
    fn what_moved_is_told_and_what_did_not_is_not() {
        let sealed =
            World::pull_request().lane(lane("dev", "1.1.0").runs("1.0.0", 'c')).lane(lane("prod", "1.0.0")).sealed();
        let id = sealed.outcome().lanes()[0].lane.current.as_ref().unwrap().id;
        let project = sealed.outcome().lanes()[0].project.to_string();
        let now = Now::of(sealed.outcome(), Some(&sha('b')));
        assert_eq!(project, "integrations");
        for (told, expected) in [
            (ground('b', &[("dev", id)]), None),
            (ground('a', &[("dev", id)]), Some("the base branch went on to `bbbbbbb`")),
            (ground('b', &[("dev", id + 1)]), Some("dev runs `1.0.0` now")),
            (ground('b', &[]), Some("dev runs `1.0.0` now")),
            (Ground { base: None, ..ground('b', &[("dev", id)]) }, None),
        ] {
            assert_eq!(now.moved_since(&told).as_deref(), expected, "{told:?}");
        }
    }
}
