//! The reports of the jobs of one run, as one: a union by project and environment. What a job was meant to leave and did not
//! is a problem, so that nothing that vanished reads as done.

use super::{Lane, Outcome, ProjectOutcome, REPORT_SCHEMA, Stage};
use crate::context::inputs::MatrixRow;
use crate::finding::{CheckReport, Tested};
use crate::problem::{Fault, Problem};

impl Outcome {
    /// The same run with what its other jobs came to. `expected` are the parts that must be among them.
    #[must_use]
    pub fn merged(mut self, parts: Vec<Self>, expected: &[MatrixRow]) -> Self {
        let mut problems = Vec::new();
        let parts: Vec<Self> = parts
            .into_iter()
            .filter(|part| match foreign(&self, part) {
                None => true,
                Some(problem) => {
                    problems.push(problem);
                    false
                }
            })
            .collect();
        problems.extend(expected.iter().filter(|row| !parts.iter().any(|part| is_of(part, row))).map(missing));
        for part in parts {
            self.take_in(part);
        }
        self.problems.extend(problems);
        self
    }

    fn take_in(&mut self, part: Self) {
        // What a job hands over to another is for that one alone.
        let Self { schema: _, run, decision, problems, projects, previews, notes, handed_over: _ } = part;
        self.run.requests = match (self.run.requests, run.requests) {
            (None, None) => None,
            (own, theirs) => Some(own.unwrap_or_default().saturating_add(theirs.unwrap_or_default())),
        };
        self.run.started = self.run.started.min(run.started);
        if let (Some(own), Some(theirs)) = (&mut self.decision, decision) {
            let new = |names: &[_], name: &_| !names.contains(name);
            let more: Vec<_> = theirs.environments.into_iter().filter(|name| new(&own.environments, name)).collect();
            own.environments.extend(more);
        }
        for problem in problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        let more: Vec<_> = previews.into_iter().filter(|preview| !self.previews.contains(preview)).collect();
        self.previews.extend(more);
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        for (id, theirs) in projects {
            match self.projects.remove(&id) {
                None => drop(self.projects.insert(id, theirs)),
                Some(own) => drop(self.projects.insert(id, both(own, theirs))),
            }
        }
    }
}

/// What keeps a report from being one of this run.
fn foreign(own: &Outcome, part: &Outcome) -> Option<Problem> {
    let says = if part.schema != REPORT_SCHEMA {
        format!("a report has the schema {}, and this version reads {REPORT_SCHEMA}", part.schema)
    } else if part.run.repository != own.run.repository || part.run.url != own.run.url {
        "a report is of another run".to_owned()
    } else if part.run.event != own.run.event {
        format!("a report is of the event `{}`", part.run.event)
    } else {
        return None;
    };
    Some(Problem::input("report-foreign", says).help("download only what the jobs of this run have uploaded"))
}

/// Whether a report is the one that this row's job was to leave. What could not even begin left one too.
fn is_of(part: &Outcome, row: &MatrixRow) -> bool {
    let shard = part.run.shard.as_deref().unwrap_or_default();
    let Some(project) = part.projects.get(&row.project) else { return false };
    let is_lane = match row.environment.as_str() {
        "" => true,
        wanted => project.lanes.iter().any(|(name, lane)| name.as_str() == wanted && lane.applies),
    };
    is_lane && shard == row.shard
}

fn missing(row: &MatrixRow) -> Problem {
    let MatrixRow { project, environment, shard } = row;
    let of = [(" in ", environment), (", part ", shard)];
    let of: Vec<String> =
        of.iter().filter(|(_, name)| !name.is_empty()).map(|(word, name)| format!("{word}`{name}`")).collect();
    let of = of.concat();
    Problem::new("part-missing", Fault::Platform, format!("the job for `{project}`{of} left no report"))
        .help("look at that job's log: whether it deployed is not known here")
}

/// One project as two jobs saw it.
fn both(own: ProjectOutcome, theirs: ProjectOutcome) -> ProjectOutcome {
    let ProjectOutcome { path, platform, commit, checks, artefact, code, resources, lanes } = theirs;
    let mut all = own.lanes;
    for (name, lane) in lanes {
        let kept = all.remove(&name).map_or_else(|| lane.clone(), |known| further(known, lane.clone()));
        all.insert(name, kept);
    }
    ProjectOutcome {
        path,
        platform,
        commit,
        checks: checked(own.checks, checks),
        artefact: artefact.or(own.artefact),
        code: code.or(own.code),
        resources: resources.max(own.resources),
        lanes: all,
    }
}

/// The lane that came further: one that was to be changed before one that was only looked at, a plan before none.
fn further(own: Lane, theirs: Lane) -> Lane {
    let rank = |lane: &Lane| (lane.applies, matches!(lane.plan, Stage::Failed(_)), lane.plan.done().is_some());
    if rank(&theirs) >= rank(&own) { theirs } else { own }
}

/// Two checks of one commit: what failed stays failed, and parts of the tests are counted together.
fn checked(own: Stage<CheckReport>, theirs: Stage<CheckReport>) -> Stage<CheckReport> {
    match (own, theirs) {
        (Stage::Failed(problem), _) | (_, Stage::Failed(problem)) => Stage::Failed(problem),
        (Stage::NotReached(_), other) | (other, Stage::NotReached(_)) => other,
        (Stage::Done(mut own), Stage::Done(theirs)) => {
            let CheckReport { suites, findings, tested } = theirs;
            own.suites.extend(suites);
            for finding in findings {
                if !own.findings.contains(&finding) {
                    own.findings.push(finding);
                }
            }
            if !matches!(tested, Tested::Not { .. }) || own.suites.is_empty() {
                own.tested = tested;
            }
            Stage::Done(own)
        }
    }
}
