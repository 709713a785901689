//! A report that an untrusted run wrote: nothing of it is believed, and only its test counts are passed on, as a claim.
//! It has a type of its own so that no renderer can take it for ours.

use crate::finding::Counts;
use crate::outcome::Outcome;
use crate::problem::{Fault, Problem};

/// The longest foreign report that is read, in bytes.
const LONGEST: usize = 32 * 1024 * 1024;

/// What an untrusted run claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relayed {
    counts: Counts,
}

impl Relayed {
    /// Reads a foreign report. Fails with `report-unreadable` on anything that is none.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let problem =
            || Problem::new("report-unreadable", Fault::Input, "the report of the untrusted run cannot be read");
        if text.len() > LONGEST {
            return Err(problem().cause("it is larger than 32 MiB"));
        }
        let outcome: Outcome = serde_json::from_str(text).map_err(|error| problem().because(&error))?;
        Ok(Self { counts: outcome.counts() })
    }

    /// The claim, for the notes of our own outcome.
    pub fn note(&self) -> String {
        let Counts { passed, failed, skipped } = self.counts;
        if self.counts == Counts::default() {
            return "the fork's own run counted no tests; nothing of it is checked here".to_owned();
        }
        format!(
            "the fork's own run claims {passed} passed, {failed} failed, {skipped} skipped tests; nothing of it is checked here"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json;
    use crate::report::tests::told;

    #[test]
    fn only_counts_are_passed_on() {
        let relayed = Relayed::read(&json(&told::deployed_with_consent())).unwrap();
        insta::assert_snapshot!(relayed.note(), @"the fork's own run claims 212 passed, 0 failed, 0 skipped tests; nothing of it is checked here");
        assert_eq!(Relayed::read("{\"schema\": 1}").unwrap_err().code, "report-unreadable");
        assert_eq!(Relayed::read(&"[".repeat(100_000)).unwrap_err().code, "report-unreadable");
    }
}
