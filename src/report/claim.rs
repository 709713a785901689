//! The test counts of a run, as a small file that another workflow may read. Written by an untrusted run it is a claim:
//! nothing of it is believed, and it has a type of its own so that no renderer can take it for a result of ours.

use serde::{Deserialize, Serialize};

use crate::finding::Counts;
use crate::names::CommitSha;
use crate::outcome::sealed::Sealed;
use crate::problem::{Fault, Problem};

/// The file's name, in the runner's folder for temporary files and in the archive.
pub const CLAIM_FILE: &str = "airlock-tests.json";

/// The longest file of this sort that is read, in bytes; ours have less than 300.
pub const LONGEST_CLAIM: usize = 4 * 1024;

const SCHEMA: u32 = 1;

/// What an untrusted run claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    counts: Counts,
}

/// The file. What is in it and not here is refused: whoever writes more did not take it from us.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: u32,
    /// The commit that people look at: of a pull request its head.
    commit: Option<CommitSha>,
    tests: Tests,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// The file of a run, JSON.
pub fn claim(sealed: &Sealed) -> String {
    let outcome = sealed.outcome();
    let Counts { passed, failed, skipped } = outcome.counts();
    let wire = Wire { schema: SCHEMA, commit: outcome.run.commit.clone(), tests: Tests { passed, failed, skipped } };
    serde_json::to_string(&wire).unwrap_or_default() + "\n"
}

impl Claim {
    /// Reads the file of another run, which must be about this commit. Fails with `claim-unreadable` on anything else.
    pub fn read(bytes: &[u8], commit: &CommitSha) -> Result<Self, Problem> {
        let problem = || Problem::new("claim-unreadable", Fault::Input, format!("`{CLAIM_FILE}` cannot be read"));
        if bytes.len() > LONGEST_CLAIM {
            return Err(problem().cause(format!("it is larger than {LONGEST_CLAIM} bytes")));
        }
        let Wire { schema, commit: of, tests } =
            serde_json::from_slice(bytes).map_err(|_foreign| problem().cause("it is not what Airlock writes"))?;
        if schema != SCHEMA {
            return Err(problem().cause(format!("its schema is {schema}, and this version reads {SCHEMA}")));
        }
        if of.as_ref() != Some(commit) {
            return Err(problem().cause("it is of another commit"));
        }
        let Tests { passed, failed, skipped } = tests;
        Ok(Self { counts: Counts { passed, failed, skipped } })
    }

    /// The claim, for the notes of our own outcome.
    pub fn note(&self) -> String {
        let Counts { passed, failed, skipped } = self.counts;
        if self.counts == Counts::default() {
            return "the pull request's own run counted no tests; nothing of it is checked here".to_owned();
        }
        format!(
            "the pull request's own run claims {passed} passed, {failed} failed, {skipped} skipped tests; nothing of it is checked here"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::tests::told;

    #[test]
    fn only_counts_are_passed_on() {
        let sealed = told::deployed_with_consent();
        let commit = sealed.outcome().run.commit.clone().unwrap();
        let file = claim(&sealed);
        assert!(file.len() < 300, "{file}");
        let claimed = Claim::read(file.as_bytes(), &commit).unwrap();
        insta::assert_snapshot!(claimed.note(), @"the pull request's own run claims 212 passed, 0 failed, 0 skipped tests; nothing of it is checked here");
    }

    #[test]
    fn what_is_not_exactly_such_a_file_is_refused() {
        let commit = crate::tests::facts::sha('a');
        let file = |rest: &str| format!(r#"{{"schema": 1, "commit": "{commit}", "tests": {rest}}}"#);
        let good = r#"{"passed": 1, "failed": 0, "skipped": 0}"#;
        assert!(Claim::read(file(good).as_bytes(), &commit).is_ok());
        for (bytes, says) in [
            (file(good).replace("\"schema\": 1", "\"schema\": 2"), "schema is 2"),
            (file(good).replace(commit.as_str(), &"b".repeat(40)), "another commit"),
            (file(good).replace(&format!("\"{commit}\""), "null"), "another commit"),
            (file(good).replace("\"schema\"", "\"plan\": \"safe\", \"schema\""), "not what Airlock writes"),
            (file(r#"{"passed": 1, "failed": 0, "skipped": 0, "pull": 8}"#), "not what Airlock writes"),
            (file(r#"{"passed": 1, "failed": 0}"#), "not what Airlock writes"),
            (file(r#"{"passed": -1, "failed": 0, "skipped": 0}"#), "not what Airlock writes"),
            (file(r#"{"passed": "</details>", "failed": 0, "skipped": 0}"#), "not what Airlock writes"),
            (file(good) + &" ".repeat(LONGEST_CLAIM), "larger than"),
            ("[".repeat(4_000), "not what Airlock writes"),
            (String::new(), "not what Airlock writes"),
        ] {
            let problem = Claim::read(bytes.as_bytes(), &commit).unwrap_err();
            assert!(problem.to_string().contains(says) && !problem.to_string().contains("details"), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Claim::read(&bytes, &crate::tests::facts::sha('a')).is_err());
        }
    }
}
