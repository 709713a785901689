//! Versions: one number line for a project, through all its environments.
//!
//! The next number is one above the highest that was ever used. The first environment of a chain counts `<next>-dev.<n>`;
//! promotion drops the suffix, and from there the number is kept.

use semver::{Prerelease, Version};

use crate::context::config::{Config, Environment};
use crate::names::{CommitSha, EnvironmentName, LaneId};
use crate::problem::Problem;
use crate::release::{History, Release, ReleaseResult};

use super::What;
use super::diff::Diff;

/// The highest number that any part of a version may have: far from where adding one could overflow.
pub const HIGHEST_PART: u64 = 999_999_999;

/// The version of a project's first release.
pub const FIRST: Version = Version::new(1, 0, 0);

/// How much a plan changes, as semver counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something differs.
    Patch,
    /// Something is added.
    Minor,
    /// Something is removed.
    Major,
}

impl Level {
    /// The level of a difference.
    pub fn of(diff: &Diff) -> Self {
        if !diff.destructive.is_empty() {
            Self::Major
        } else if diff.changes.iter().any(|change| change.what == What::Add) {
            Self::Minor
        } else {
            Self::Patch
        }
    }
}

/// A number that a release had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The number.
    pub version: Version,
    /// Of which commit.
    pub commit: CommitSha,
    /// Where.
    pub environment: EnvironmentName,
}

/// All numbers that a project's releases have had, in all environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberLine {
    spent: Vec<Spent>,
    gaps: Vec<String>,
}

/// Which numbers an environment counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Series {
    /// `2.5.0`.
    Final,
    /// `2.5.0-dev.41`.
    Pre(EnvironmentName),
}

/// Which version a plan is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The next one.
    Next,
    /// That of the release which is promoted, without its suffix.
    Promote(Version),
    /// That of the release which is rolled back to.
    Keep(Version),
    /// The one that a person gave; the gate checks that it is higher.
    Given(Version),
}

impl Series {
    /// The series of an environment: only the first of a chain of two or more counts pre-releases.
    pub fn of(environment: &Environment, config: &Config) -> Self {
        let leads = config.environments.iter().any(|other| other.after.as_ref() == Some(&environment.name));
        if environment.after.is_none() && !environment.production && leads {
            Self::Pre(environment.name.clone())
        } else {
            Self::Final
        }
    }
}

impl NumberLine {
    /// The numbers of these histories; one that could not be read leaves a gap, which the gate does not pass.
    pub fn of<'a>(histories: impl IntoIterator<Item = (&'a LaneId, &'a Result<History, Problem>)>) -> Self {
        let mut line = Self::default();
        for (lane, history) in histories {
            match history {
                Ok(history) => line.spent.extend(history.releases.iter().filter_map(spent)),
                Err(problem) => line.gaps.push(format!("{lane}: {problem}")),
            }
        }
        line
    }

    /// Every number with its commit and environment.
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }

    /// The histories that could not be read, each with why.
    pub fn gaps(&self) -> &[String] {
        &self.gaps
    }

    /// The highest number ever used.
    pub fn highest(&self) -> Option<&Version> {
        self.spent.iter().map(|spent| &spent.version).max_by(|a, b| a.cmp_precedence(b))
    }

    /// The version that is asked for.
    pub fn answer(&self, ask: &Ask, commit: &CommitSha, level: Level, series: &Series) -> Version {
        match ask {
            Ask::Next => self.next(level, series),
            Ask::Promote(from) => self.promoted(from, commit, level),
            Ask::Keep(version) | Ask::Given(version) => version.clone(),
        }
    }

    /// The next version: higher than every number so far.
    pub fn next(&self, level: Level, series: &Series) -> Version {
        let base = self.base(level);
        match series {
            Series::Final => base,
            Series::Pre(environment) => {
                let candidate = self.pre(&base, environment);
                match self.highest() {
                    // Another environment's suffix stands higher on the same base: `2.5.0-qa.3` above `2.5.0-dev.4`.
                    Some(highest) if candidate.cmp_precedence(highest).is_le() => {
                        self.pre(&raised(&base, Level::Patch), environment)
                    }
                    _ => candidate,
                }
            }
        }
    }

    /// The version of a release that goes on to the next environment: its own without the suffix, unless another commit
    /// has used that number up.
    pub fn promoted(&self, from: &Version, commit: &CommitSha, level: Level) -> Version {
        let bare = bare(from);
        let taken =
            self.spent.iter().any(|spent| spent.version.cmp_precedence(&bare).is_eq() && spent.commit != *commit);
        if taken { self.next(level, &Series::Final) } else { bare }
    }

    /// One above the highest final number, and never below what a pre-release already announced: a major that is
    /// waiting in the first environment stays a major when a patch follows it.
    fn base(&self, level: Level) -> Version {
        let highest = |pre: bool| {
            let of_sort = self.spent.iter().map(|spent| &spent.version).filter(|version| version.pre.is_empty() != pre);
            of_sort.max_by(|a, b| a.cmp_precedence(b))
        };
        let next = highest(false).map_or(FIRST, |last| raised(last, level));
        match highest(true).map(bare) {
            Some(announced) if announced > next => announced,
            _ => next,
        }
    }

    fn pre(&self, base: &Version, environment: &EnvironmentName) -> Version {
        let word = word(environment);
        let here = |spent: &&Spent| spent.environment == *environment && !spent.version.pre.is_empty();
        let mut so_far: Vec<&Version> = self.spent.iter().filter(here).map(|spent| &spent.version).collect();
        so_far.sort();
        so_far.dedup();
        let of_base = self.spent.iter().filter(|spent| bare(&spent.version) == *base);
        let highest = of_base.filter_map(|spent| count_of(&spent.version.pre, &word)).max().unwrap_or(0);
        let next = u64::try_from(so_far.len()).unwrap_or(u64::MAX).max(highest).saturating_add(1);
        // The word holds only what an identifier may, so the text is a pre-release; without one the number would be final.
        let pre = Prerelease::new(&format!("{word}.{next}")).unwrap_or(Prerelease::EMPTY);
        Version { pre, ..base.clone() }
    }
}

fn spent(release: &Release) -> Option<Spent> {
    // Of a release that was never sent the number is free again.
    let record = &release.record;
    (release.result != ReleaseResult::Moved).then(|| Spent {
        version: record.version.clone(),
        commit: record.commit.clone(),
        environment: record.lane.environment.clone(),
    })
}

/// The version without pre-release and build metadata.
fn bare(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

fn raised(version: &Version, level: Level) -> Version {
    match level {
        Level::Major => Version::new(version.major.saturating_add(1), 0, 0),
        Level::Minor => Version::new(version.major, version.minor.saturating_add(1), 0),
        Level::Patch => Version::new(version.major, version.minor, version.patch.saturating_add(1)),
    }
}

/// The environment's name as semver allows it in a pre-release: letters, digits and `-`, and not a number.
fn word(environment: &EnvironmentName) -> String {
    let word: String = environment.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    if word.bytes().all(|b| b.is_ascii_digit()) { format!("env{word}") } else { word }
}

fn count_of(pre: &Prerelease, word: &str) -> Option<u64> {
    pre.as_str().strip_prefix(word)?.strip_prefix('.')?.split('.').next()?.parse().ok()
}

/// Whether every part of a version is small enough to be followed by another.
pub fn is_countable(version: &Version) -> bool {
    let small = |part: u64| part <= HIGHEST_PART;
    let numbers = version.pre.split('.').filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    [version.major, version.minor, version.patch].into_iter().all(small)
        && numbers.map(str::parse).all(|part| part.is_ok_and(small))
        && version.build.is_empty()
}
