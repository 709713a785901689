//! The inputs by which jobs of one run share its work.

use serde::Deserialize;

use super::{MatrixRow, Shard};
use crate::context::words::Wrong;
use crate::names::{Digest, ProjectId};

/// Into how many parts tests can be split.
const MOST_SHARDS: u32 = 256;

/// How many jobs a matrix may have: GitHub's own limit.
const MOST_ROWS: usize = 256;

/// `4`, or `2/4`.
pub(super) fn shard(given: &str) -> Result<Shard, Wrong> {
    let wrong = || {
        Wrong::says("is neither a number of parts nor one of them")
            .help(format!("write `4` for four parts, `2/4` for the second of them; at most {MOST_SHARDS}"))
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..=MOST_SHARDS).contains(number));
    match given.split_once('/') {
        None => Ok(Shard { part: None, of: number(given).ok_or_else(wrong)? }),
        Some((part, of)) => {
            let (part, of) = (number(part).ok_or_else(wrong)?, number(of).ok_or_else(wrong)?);
            if part > of { Err(wrong()) } else { Ok(Shard { part: Some(part), of }) }
        }
    }
}

/// A whole digest.
pub(super) fn digest(given: &str) -> Result<Digest, Wrong> {
    Digest::new(given).map_err(|_not_whole| {
        Wrong::says("is not a plan's digest").help("give `sha256:` and 64 hexadecimal digits, as `plan-digest` has it")
    })
}

#[derive(Deserialize)]
struct Matrix {
    include: Vec<Job>,
}

/// One job of it: several projects may share one.
#[derive(Deserialize)]
struct Job {
    project: String,
    #[serde(default)]
    environment: String,
    #[serde(default)]
    shard: String,
}

impl Job {
    /// What its report is looked for by, project by project; `None` for a name that is no project's.
    fn rows(&self) -> Option<Vec<MatrixRow>> {
        let row = |id: &str| {
            let project = id.parse::<ProjectId>().ok()?;
            Some(MatrixRow { project, environment: self.environment.clone(), shard: self.shard.clone() })
        };
        self.project.split(',').map(row).collect()
    }
}

/// What is said of a text that is none.
const NOT_OURS: &str = "is no output `matrix`";

/// The output `matrix` of the job that planned, a row for each project of a job.
pub(super) fn matrix(given: &str) -> Result<Vec<MatrixRow>, Wrong> {
    let wrong = |says: &str| Wrong::says(says).help("give `${{ needs.….outputs.matrix }}` of the job that planned");
    let read: Matrix = serde_json::from_str(given).map_err(|_not_ours| wrong(NOT_OURS))?;
    if read.include.len() > MOST_ROWS {
        return Err(wrong("has more rows than a matrix can have"));
    }
    let rows = read.include.iter().map(Job::rows).collect::<Option<Vec<_>>>();
    rows.map(|rows| rows.concat()).ok_or_else(|| wrong(NOT_OURS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_or_refused() {
        let told = |given| shard(given).map_or_else(|_| "refused".to_owned(), |shard| shard.to_string());
        for (given, expected) in [
            ("4", "4"),
            ("2/4", "2/4"),
            ("4/4", "4/4"),
            ("5/4", "refused"),
            ("0/4", "refused"),
            ("0", "refused"),
            ("", "refused"),
            ("1/2/3", "refused"),
            ("999", "refused"),
        ] {
            assert_eq!(told(given), expected, "{given}");
        }
        assert!(digest("sha256:12").is_err());
        let rows =
            matrix(r#"{"include": [{"project": "etl", "environment": "dev", "path": "x"}, {"project": "crm"}]}"#);
        let rows = rows.unwrap();
        assert_eq!((rows.len(), rows[0].environment.as_str(), rows[1].environment.as_str()), (2, "dev", ""));
        let shared = matrix(r#"{"include": [{"project": "etl,crm", "environment": "dev"}]}"#).unwrap();
        assert_eq!(shared.iter().map(|row| row.project.as_str()).collect::<Vec<_>>(), ["etl", "crm"]);
        for rubbish in ["", "[]", "{}", "{\"include\": [{}]}", "{\"include\": [{\"project\": \"a,,b\"}]}"] {
            assert!(matrix(rubbish).is_err(), "{rubbish}");
        }
    }
}
