//! The output `matrix`: one job for each part of a run's work, and never more jobs than GitHub makes of a matrix.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::names::{CommitSha, ProjectId};
use crate::outcome::sum::{LaneOf, own_tally, says_changes};
use crate::outcome::{DecisionWord, Outcome};
use crate::plan::{Basis, Plan, Tally};

/// How many jobs GitHub makes of a matrix. Parts of the tests are given up first; then projects share a job.
const MOST_JOBS: usize = 256;

/// One job. What several projects share a job for has no one path, platform, version and digest.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    /// Its projects, as the input `project` takes them.
    project: String,
    /// What a person calls the job, and short.
    name: String,
    path: String,
    platform: String,
    environment: String,
    shard: String,
    commit: CommitSha,
    #[serde(flatten)]
    lane: Option<Change>,
}

/// What the job is to change.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Change {
    production: bool,
    version: String,
    plan_digest: String,
    added: usize,
    modified: usize,
    removed: usize,
    destructive: bool,
}

/// The jobs that do what was planned. Of a pull request one a project and part of the tests, which plans for every environment;
/// else one a lane that the same event would change, and that has something to deploy. Empty when there is none, so that
/// `if: needs.plan.outputs.matrix` holds a job back: GitHub refuses a matrix without a job.
pub(super) fn of(outcome: &Outcome, lanes: &[LaneOf<'_>]) -> String {
    let include = match outcome.run.pull {
        Some(_) => of_projects(outcome),
        None if outcome.decision_word() == DecisionWord::Planned => of_lanes(outcome, lanes),
        None => Vec::new(),
    };
    if include.is_empty() { String::new() } else { json!({ "include": fitted(include) }).to_string() }
}

fn row(project: &ProjectId, path: &str, platform: String, commit: CommitSha) -> Row {
    Row {
        project: project.to_string(),
        name: project.to_string(),
        path: path.to_owned(),
        platform,
        environment: String::new(),
        shard: String::new(),
        commit,
        lane: None,
    }
}

fn of_projects(outcome: &Outcome) -> Vec<Row> {
    let parts = outcome.run.shard.as_deref().and_then(|shard| shard.parse::<u32>().ok());
    let fits = |of: u32| usize::try_from(of).is_ok_and(|of| of.saturating_mul(outcome.projects.len()) <= MOST_JOBS);
    let shards: Vec<String> = match parts {
        Some(of) if of > 1 && fits(of) => (1..=of).map(|part| format!("{part}/{of}")).collect(),
        Some(_) | None => vec![String::new()],
    };
    let rows = outcome.projects.iter().flat_map(|(project, of)| {
        let row = row(project, &of.path, of.platform.as_str().to_owned(), of.commit.clone());
        shards.iter().map(move |shard| Row { shard: shard.clone(), ..row.clone() })
    });
    rows.collect()
}

fn of_lanes(outcome: &Outcome, lanes: &[LaneOf<'_>]) -> Vec<Row> {
    let would = outcome.decision.as_ref().map_or(&[][..], |decision| decision.would.as_slice());
    let wanted = |plan: &&Plan| says_changes(plan) && !plan.is_empty();
    let lanes = lanes.iter().filter(|of| would.is_empty() || would.contains(of.environment));
    let rows = lanes.filter_map(|of| of.lane.planned().filter(wanted).map(|plan| (of, plan))).map(|(of, plan)| {
        let Tally { added, modified, removed } = own_tally(plan);
        // What was planned from the record, or from source that is yet to be compiled, need not be what the job that deploys
        // finds.
        let plan_digest = match plan.basis {
            Basis::Live | Basis::None if of.of.artefact.is_some() => plan.digest.to_string(),
            _ => String::new(),
        };
        let lane = Change {
            production: of.lane.production,
            version: plan.version.to_string(),
            plan_digest,
            added,
            modified,
            removed,
            destructive: removed > 0,
        };
        let row = row(of.project, &of.of.path, of.of.platform.as_str().to_owned(), plan.commit.clone());
        Row { environment: of.environment.to_string(), lane: Some(lane), ..row }
    });
    rows.collect()
}

/// As many rows as GitHub takes: where there are more, projects of one environment share a job, in the order of their names.
fn fitted(rows: Vec<Row>) -> Vec<Row> {
    let count = rows.len();
    if count <= MOST_JOBS {
        return rows;
    }
    let mut of_one: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        of_one.entry(row.environment.clone()).or_default().push(row);
    }
    let jobs = |size: usize| of_one.values().map(|rows| rows.len().div_ceil(size)).sum::<usize>();
    let size = (1..count).find(|size| jobs(*size) <= MOST_JOBS).unwrap_or(count);
    of_one.values().flat_map(|rows| rows.chunks(size)).filter_map(shared).collect()
}

/// One job for all of these.
fn shared(rows: &[Row]) -> Option<Row> {
    let (first, last) = (rows.first()?, rows.last()?);
    if rows.len() == 1 {
        return Some(first.clone());
    }
    let names: Vec<&str> = rows.iter().map(|row| row.project.as_str()).collect();
    let sum = |of: fn(&Change) -> usize| rows.iter().filter_map(|row| row.lane.as_ref()).map(of).sum();
    let lane = first.lane.as_ref().map(|lane| Change {
        production: lane.production,
        version: String::new(),
        plan_digest: String::new(),
        added: sum(|lane| lane.added),
        modified: sum(|lane| lane.modified),
        removed: sum(|lane| lane.removed),
        destructive: sum(|lane| lane.removed) > 0,
    });
    Some(Row {
        project: names.join(","),
        name: format!("{} … {} ({})", first.project, last.project, rows.len()),
        path: String::new(),
        platform: String::new(),
        lane,
        ..first.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(projects: usize, environments: &[&str]) -> Vec<Row> {
        let of = |number: usize| {
            let id = ProjectId::new(format!("p{number:03}")).unwrap();
            let row = row(&id, "apps", "nango".to_owned(), crate::tests::facts::sha('a'));
            let change = Change {
                production: false,
                version: "1.0.0".to_owned(),
                plan_digest: "sha256:".to_owned(),
                added: 1,
                modified: 0,
                removed: 0,
                destructive: false,
            };
            environments.iter().map(move |name| Row {
                environment: (*name).to_owned(),
                lane: Some(change.clone()),
                ..row.clone()
            })
        };
        (0..projects).flat_map(of).collect()
    }

    #[test]
    fn a_matrix_has_no_more_jobs_than_github_makes_and_loses_no_project() {
        for (projects, environments) in
            [(256, &["dev"][..]), (257, &["dev"]), (200, &["a", "b", "c"]), (5_000, &["", "x"])]
        {
            let all = rows(projects, environments);
            let fitted = fitted(all.clone());
            assert!(fitted.len() <= MOST_JOBS, "{} jobs", fitted.len());
            let told: usize = fitted.iter().map(|row| row.project.split(',').count()).sum();
            assert_eq!((told, fitted.len() == all.len()), (all.len(), all.len() <= MOST_JOBS));
            let added: usize = fitted.iter().filter_map(|row| row.lane.as_ref()).map(|lane| lane.added).sum();
            assert_eq!(added, all.len());
        }
        let fitted = fitted(rows(257, &["dev"]));
        let first = serde_json::to_string(&fitted[0]).unwrap();
        insta::assert_snapshot!(first, @r#"{"project":"p000,p001","name":"p000 … p001 (2)","path":"","platform":"","environment":"dev","shard":"","commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","production":false,"version":"","plan-digest":"","added":2,"modified":0,"removed":0,"destructive":false}"#);
        assert_eq!(fitted.last().map(|row| row.name.as_str()), Some("p256"));
    }
}
