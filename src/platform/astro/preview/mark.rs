//! The mark of a preview: the description of its deployment, which says whose it is. What does not read exactly as it would be written
//! is no mark, so nothing that a person wrote by hand, and nothing of another repository, is ever taken for one.

use std::fmt;

use jiff::Timestamp;

/// A repository, by its address: `https://github.com/acme/dags`.
#[derive(Debug, Clone)]
pub(in super::super) struct Home(String);

impl Home {
    /// The repository of a server; `None` where it is no name that an address could hold.
    pub(in super::super) fn of(server: &str, repository: &str) -> Option<Self> {
        let host = server.strip_prefix("https://")?;
        let (owner, name) = repository.split_once('/')?;
        [host, owner, name].into_iter().all(is_plain).then(|| Self(format!("{server}/{repository}")))
    }
}

/// GitHub's names mean the same in capitals.
impl PartialEq for Home {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a preview is, what it was made from, and when.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Mark {
    pub(in super::super) home: Home,
    pub(in super::super) pull: u64,
    /// The id of the deployment that it was made from.
    pub(in super::super) source: String,
    /// To the second.
    pub(in super::super) created: Timestamp,
}

const BEFORE: &str = "Preview of ";
const PULL: &str = "/pull/";
const SOURCE: &str = ", made by Airlock from ";
const CREATED: &str = " at ";
const AFTER: &str = ". It is removed when the pull request is closed; by this text Airlock knows it.";

impl Mark {
    /// A mark that is made now.
    pub(in super::super) fn new(home: Home, pull: u64, source: &str, now: Timestamp) -> Self {
        let created = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { home, pull, source: source.to_owned(), created }
    }

    /// Reads a description; `None` unless it is a mark, letter by letter.
    pub(in super::super) fn read(description: &str) -> Option<Self> {
        let rest = description.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
        let (page, rest) = rest.split_once(SOURCE)?;
        let (home, pull) = page.split_once(PULL)?;
        let (source, created) = rest.split_once(CREATED)?;
        let (host, repository) = home.strip_prefix("https://")?.split_once('/')?;
        let home = Home::of(&format!("https://{host}"), repository)?;
        let mark = Self { home, pull: pull.parse().ok()?, source: source.to_owned(), created: created.parse().ok()? };
        (is_plain(source) && mark.to_string() == description).then_some(mark)
    }

    /// Whether it is of this pull request of this repository.
    pub(in super::super) fn is_of(&self, home: &Home, pull: u64) -> bool {
        self.home == *home && self.pull == pull
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { home, pull, source, created } = self;
        write!(f, "{BEFORE}{home}{PULL}{pull}{SOURCE}{source}{CREATED}{created}{AFTER}")
    }
}

/// A host, an owner, a name, an id: nothing that could be read as more than one of them.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        let home = Home::of("https://github.com", "acme/dags").unwrap();
        Mark::new(home, 7, "clsource", "2026-11-21T16:00:00.5Z".parse().unwrap())
    }

    #[test]
    fn a_mark_comes_back_as_it_was_written() {
        let text = mark().to_string();
        insta::assert_snapshot!(text, @"Preview of https://github.com/acme/dags/pull/7, made by Airlock from clsource at 2026-11-21T16:00:00Z. It is removed when the pull request is closed; by this text Airlock knows it.");
        assert_eq!(Mark::read(&text), Some(mark()));
        assert!(text.len() <= 1_000, "Astro takes no longer description");
    }

    #[test]
    fn only_the_very_repository_and_pull_request_are_meant() {
        let of = |server, repository| Home::of(server, repository).unwrap();
        for (home, pull, is) in [
            (of("https://github.com", "acme/dags"), 7, true),
            (of("https://github.com", "Acme/DAGs"), 7, true),
            (of("https://github.com", "acme/dags"), 70, false),
            (of("https://github.com", "acme/dags-2"), 7, false),
            (of("https://github.com", "evil-acme/dags"), 7, false),
            (of("https://ghe.acme.example", "acme/dags"), 7, false),
        ] {
            assert_eq!(mark().is_of(&home, pull), is, "{home} {pull}");
        }
        for (server, repository) in
            [("http://github.com", "a/b"), ("https://github.com", "a"), ("https://github.com", "a/b/pull/9"), ("", "")]
        {
            assert!(Home::of(server, repository).is_none(), "{server} {repository}");
        }
    }

    #[test]
    fn what_differs_by_a_letter_is_no_mark() {
        let text = mark().to_string();
        let cases = [
            String::new(),
            "Our ETL".to_owned(),
            format!("{text} "),
            format!(" {text}"),
            format!("{text}\n"),
            format!("our notes. {text}"),
            text.replace("pull/7", "pull/07"),
            text.replace("pull/7", "pull/+7"),
            text.replace("pull/7", "pull/7/pull/8"),
            text.replace("acme/dags", "acme/dags/x"),
            text.replace("acme/dags", "acme dags"),
            text.replace("https://", "http://"),
            text.replace("16:00:00Z", "16:00:00+00:00"),
            text.replace("16:00:00Z", "16:00:00.0Z"),
            text.replace("clsource", ""),
            text.replace("clsource", "clsource at 2020-01-01T00:00:00Z"),
            text.to_lowercase(),
        ];
        for case in cases {
            assert_eq!(Mark::read(&case), None, "{case}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "(Preview of )?.{0,60}(/pull/)?.{0,40}( at )?.{0,200}") {
            if let Some(mark) = Mark::read(&text) {
                assert_eq!(mark.to_string(), text);
            }
        }

        #[test]
        fn no_field_can_be_read_as_another(owner in "[a-z.:_-]{1,20}", name in "[A-Z0-9._-]{1,20}", pull: u64, source in "[a-z0-9_.-]{1,30}", second in 0_i64..4_000_000_000) {
            let home = Home::of("https://ghe.example:8443", &format!("{owner}/{name}")).unwrap();
            let mark = Mark::new(home, pull, &source, Timestamp::from_second(second).unwrap());
            assert_eq!(Mark::read(&mark.to_string()), Some(mark));
        }
    }
}
