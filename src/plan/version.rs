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
    steps: Vec<String>,
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
                Err(problem) => {
                    line.gaps.push(format!("{lane}: {problem}"));
                    line.steps.extend(problem.help.first().cloned());
                }
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

    /// What to do about them.
    pub fn steps(&self) -> &[String] {
        &self.steps
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn commit(n: u8) -> CommitSha {
        CommitSha::new(format!("{n:040x}")).unwrap()
    }

    fn environment(name: &str) -> EnvironmentName {
        EnvironmentName::new(name).unwrap()
    }

    fn pre(name: &str) -> Series {
        Series::Pre(environment(name))
    }

    /// `dev 2.5.0-dev.41`: where, and which; each of a commit of its own.
    fn line(releases: &[&str]) -> NumberLine {
        let spent = releases.iter().enumerate().map(|(n, release)| {
            let (name, number) = release.split_once(' ').unwrap();
            Spent { version: version(number), commit: commit(u8::try_from(n).unwrap()), environment: environment(name) }
        });
        NumberLine { spent: spent.collect(), gaps: vec![], steps: vec![] }
    }

    fn next(releases: &[&str], level: Level, series: &Series) -> String {
        line(releases).next(level, series).to_string()
    }

    #[test]
    fn the_first_release_is_one() {
        assert_eq!(next(&[], Level::Major, &Series::Final), "1.0.0");
        assert_eq!(next(&[], Level::Patch, &pre("dev")), "1.0.0-dev.1");
    }

    #[test]
    fn a_lone_environment_counts_finals_by_level() {
        assert_eq!(next(&["prod 1.4.2"], Level::Patch, &Series::Final), "1.4.3");
        assert_eq!(next(&["prod 1.4.2"], Level::Minor, &Series::Final), "1.5.0");
        assert_eq!(next(&["prod 1.4.2"], Level::Major, &Series::Final), "2.0.0");
    }

    #[test]
    fn the_first_environment_counts_its_deploys_towards_the_next() {
        assert_eq!(next(&["dev 1.0.0-dev.1"], Level::Patch, &pre("dev")), "1.0.0-dev.2");
        assert_eq!(next(&["dev 1.0.0-dev.1", "prod 1.0.0"], Level::Patch, &pre("dev")), "1.0.1-dev.2");
        assert_eq!(next(&["dev 2.5.0-dev.41", "prod 2.4.1"], Level::Major, &pre("dev")), "3.0.0-dev.2");
    }

    #[test]
    fn a_pending_major_stays_a_major_when_a_patch_follows_it() {
        let releases = ["prod 2.4.1", "dev 3.0.0-dev.1"];
        assert_eq!(next(&releases, Level::Patch, &pre("dev")), "3.0.0-dev.2");
        assert_eq!(next(&releases, Level::Minor, &pre("dev")), "3.0.0-dev.2");
        assert_eq!(next(&releases, Level::Patch, &Series::Final), "3.0.0");
    }

    #[test]
    fn a_pending_patch_becomes_a_minor_when_something_is_added() {
        assert_eq!(next(&["prod 2.4.1", "dev 2.4.2-dev.7"], Level::Minor, &pre("dev")), "2.5.0-dev.2");
    }

    #[test]
    fn a_hotfix_in_production_goes_above_what_the_first_environment_announced() {
        assert_eq!(next(&["prod 2.4.1", "dev 2.5.0-dev.41"], Level::Patch, &Series::Final), "2.5.0");
        assert_eq!(next(&["prod 2.4.1", "dev 2.5.0-dev.41", "prod 2.5.0"], Level::Patch, &pre("dev")), "2.5.1-dev.2");
    }

    #[test]
    fn another_environments_suffix_is_passed_by() {
        assert_eq!(next(&["qa 2.5.0-qa.3", "prod 2.4.1"], Level::Minor, &pre("dev")), "2.5.1-dev.1");
        assert_eq!(next(&["aa 2.5.0-aa.3", "prod 2.4.1"], Level::Minor, &pre("dev")), "2.5.0-dev.1");
    }

    #[test]
    fn a_count_goes_above_what_its_base_already_had() {
        // A person gave `-dev.9`, or older records are gone.
        assert_eq!(next(&["dev 1.0.0-dev.9"], Level::Patch, &pre("dev")), "1.0.0-dev.10");
        assert_eq!(next(&["dev 1.0.0-dev.9.1"], Level::Patch, &pre("dev")), "1.0.0-dev.10");
    }

    #[test]
    fn a_suffix_is_the_environments_name_as_semver_takes_it() {
        assert_eq!(next(&[], Level::Patch, &pre("dev_eu-1")), "1.0.0-dev-eu-1.1");
        assert_eq!(next(&[], Level::Patch, &pre("007")), "1.0.0-env007.1");
    }

    #[test]
    fn promotion_drops_the_suffix_and_later_promotions_keep_the_version() {
        let line = line(&["dev 2.5.0-dev.41", "prod 2.4.1"]);
        assert_eq!(line.promoted(&version("2.5.0-dev.41"), &commit(0), Level::Minor), version("2.5.0"));
        let staged = super::tests::line(&["staging 2.5.0"]);
        assert_eq!(staged.promoted(&version("2.5.0"), &commit(0), Level::Minor), version("2.5.0"));
    }

    #[test]
    fn a_promotion_whose_number_another_commit_used_gets_the_next() {
        let line = line(&["dev 2.5.0-dev.40", "dev 2.5.0-dev.41", "prod 2.5.0"]);
        assert_eq!(line.promoted(&version("2.5.0-dev.41"), &commit(1), Level::Patch), version("2.5.1"));
        assert_eq!(
            line.promoted(&version("2.5.0-dev.40"), &commit(2), Level::Patch),
            version("2.5.0"),
            "the same commit again"
        );
    }

    #[test]
    fn a_rollback_keeps_its_number_and_a_given_one_is_taken_as_given() {
        let line = line(&["prod 2.5.0"]);
        let answer = |ask: &Ask| line.answer(ask, &commit(9), Level::Major, &Series::Final);
        assert_eq!(answer(&Ask::Keep(version("2.4.1"))), version("2.4.1"));
        assert_eq!(answer(&Ask::Given(version("9.0.0"))), version("9.0.0"));
    }

    #[test]
    fn a_history_that_could_not_be_read_leaves_a_gap() {
        let prod = LaneId { project: crate::names::ProjectId::new("p").unwrap(), environment: environment("prod") };
        let unreadable = Err(Problem::bug("503"));
        let line = NumberLine::of([(&prod, &unreadable)]);
        assert_eq!(line.gaps(), ["p in prod: 503"]);
    }

    #[test]
    fn only_the_first_of_a_chain_counts_pre_releases() {
        let dev = Environment::named(environment("dev"));
        let prod = Environment {
            production: true,
            after: Some(environment("dev")),
            ..Environment::named(environment("prod"))
        };
        let config = |environments: &[&Environment]| Config {
            projects: vec![],
            environments: environments.iter().map(|environment| (*environment).clone()).collect(),
            dispatch_by: vec![],
            refresh_comments: false,
            shown: crate::context::config::Shown::default(),
        };
        assert_eq!(Series::of(&dev, &config(&[&dev, &prod])), pre("dev"));
        assert_eq!(Series::of(&prod, &config(&[&dev, &prod])), Series::Final);
        assert_eq!(Series::of(&dev, &config(&[&dev])), Series::Final);
    }

    #[test]
    fn a_version_that_cannot_be_counted_on_from_is_known() {
        for good in ["1.0.0", "999999999.0.0", "1.0.0-dev.41", "1.0.0-rc-1"] {
            assert!(is_countable(&version(good)), "{good}");
        }
        for bad in ["18446744073709551615.0.0", "1.0.1000000000", "1.0.0+build", "1.0.0-dev.99999999999999999999"] {
            assert!(!is_countable(&version(bad)), "{bad}");
        }
    }

    fn releases() -> impl Strategy<Value = NumberLine> {
        let number =
            (0_u64..4, 0_u64..4, 0_u64..4, proptest::option::of("(dev|qa|dev-eu|[a-z]{1,3})(\\.[1-9][0-9]{0,2})?"));
        let release = (number, 0_u8..4, "dev|qa|prod").prop_map(|((major, minor, patch, pre), of, name)| Spent {
            version: Version {
                pre: Prerelease::new(&pre.unwrap_or_default()).unwrap(),
                ..Version::new(major, minor, patch)
            },
            commit: commit(of),
            environment: environment(&name),
        });
        proptest::collection::vec(release, 0..8).prop_map(|spent| NumberLine { spent, gaps: vec![], steps: vec![] })
    }

    fn levels() -> impl Strategy<Value = Level> {
        prop_oneof![Just(Level::Patch), Just(Level::Minor), Just(Level::Major)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn the_next_is_always_higher_than_all_before_it(line in releases(), level in levels(), series in prop_oneof![Just(Series::Final), Just(pre("dev")), Just(pre("qa")), Just(pre("0"))]) {
            let next = line.next(level, &series);
            for spent in line.spent() {
                prop_assert!(next.cmp_precedence(&spent.version).is_gt(), "{next} after {}", spent.version);
            }
            prop_assert_eq!(next.pre.is_empty(), series == Series::Final);
        }

        #[test]
        fn what_was_just_counted_is_promoted_to_its_own_number(line in releases(), level in levels()) {
            let next = line.next(level, &pre("dev"));
            let promoted = line.promoted(&next, &commit(9), level);
            prop_assert_eq!(&promoted, &bare(&next));
            prop_assert!(promoted > next);
        }

        #[test]
        fn a_promotion_never_takes_a_number_that_another_commit_has(line in releases(), level in levels(), of in 0_u8..4) {
            for from in line.spent() {
                let promoted = line.promoted(&from.version, &commit(of), level);
                prop_assert!(line.spent().iter().all(|spent| spent.commit == commit(of) || spent.version.cmp_precedence(&promoted).is_ne()));
            }
        }
    }
}
