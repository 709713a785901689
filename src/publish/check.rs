//! The check run: the report's title, colour and remarks, in GitHub's terms.

use super::About;
use super::key::Shown;
use crate::context::event::Event;
use crate::github::{Annotation, Conclusion, Level, NewCheck};
use crate::history::deployments::witness;
use crate::names::{CommitSha, Digest, LaneId, ProjectId};
use crate::outcome::line::clip;
use crate::outcome::sealed::Sealed;
use crate::report::{self, CheckConclusion, CheckRemark, RemarkLevel};

/// The longest name and the longest external id, in characters: GitHub's columns.
const LONGEST: usize = 255;

/// The check run of a run on a commit. Jobs that look at a part of the repository have a check of their own.
pub(super) fn new(about: About<'_>, commit: CommitSha) -> NewCheck {
    let told = report::check_run(about.sealed);
    let name = match (about.scope().words(), &about.invocation.event) {
        (_, Event::Dispatch(_)) => format!("airlock deploy{}", deployed_to(about.sealed)),
        (Some(words), _) => format!("airlock ({})", about.redactor.redact_text(&words)),
        (None, _) => "airlock".to_owned(),
    };
    let run = &about.invocation.run;
    NewCheck {
        name: clip(&name, 100),
        head_sha: commit,
        external_id: external_id(about.sealed, &begin(about, run.id.unwrap_or_default(), run.attempt)),
        details_url: run.url.clone(),
        conclusion: conclusion(told.conclusion),
        title: told.title,
        summary: told.summary,
        text: Some(Shown::line(about.sealed.outcome())),
        annotations: told.remarks.into_iter().map(annotation).collect(),
    }
}

/// ` to prod`.
fn deployed_to(sealed: &Sealed) -> String {
    let lanes = sealed.outcome().lanes_in_reach();
    lanes.first().map(|of| format!(" to {}", of.environment)).unwrap_or_default()
}

/// A review's check is told from a deploy's: both may be on the same commit, and only the one shows reviewers a plan. A
/// deploy's names the records that it made, so that one that is deleted is missed.
fn begin(about: About<'_>, run: u64, attempt: u32) -> String {
    let outcome = about.sealed.outcome();
    if outcome.run.pull.is_some() {
        return format!("run {run}.{attempt}");
    }
    let lanes = outcome.lanes();
    let made = lanes.iter().filter_map(|of| Some((of, of.lane.deploy.done()?)));
    let made: Vec<_> = made
        .map(|(of, deployed)| {
            let lane = LaneId { project: of.project.clone(), environment: of.environment.clone() };
            (lane, deployed.release.id)
        })
        .collect();
    let made =
        witness::made(made.iter().map(|(lane, id)| (lane, *id))).map(|made| format!(" {made}")).unwrap_or_default();
    format!("{} {run}.{attempt}{made}", witness::BY_DEPLOY)
}

/// Stands before the digest of what a pull request changes of a project's code: no environment is called so.
const CODE: &str = "+code";

/// What a check run says to have been made of, of a project's code. Any workflow can write that.
pub fn code_of(external_id: &str, project: &ProjectId) -> Option<Digest> {
    let own = [CODE.to_owned(), format!("{project}/{CODE}")];
    let mut words = external_id.strip_prefix("run ")?.split_whitespace().filter_map(|word| word.split_once('='));
    words.find(|(name, _)| own.iter().any(|own| own == name)).and_then(|(_, digest)| digest.parse().ok())
}

/// `run 42.1 +code=sha256:… dev=sha256:… prod=sha256:…`; with more lanes than fit, one digest of them all.
fn external_id(sealed: &Sealed, begin: &str) -> String {
    let outcome = sealed.outcome();
    let several = outcome.projects.len() > 1;
    let planned = outcome.lanes_in_reach().into_iter().filter_map(|of| Some((of, of.lane.planned()?)));
    let digests: Vec<String> = planned
        .map(|(of, plan)| {
            let project = if several { format!("{}/", of.project) } else { String::new() };
            format!(" {project}{}={}", of.environment, plan.digest)
        })
        .collect();
    let digests = digests.concat();
    let code = outcome.projects.iter().filter_map(|(project, of)| Some((project, of.code.as_ref()?)));
    let code: Vec<String> = code
        .map(|(project, code)| {
            let project = if several { format!("{project}/") } else { String::new() };
            format!(" {project}{CODE}={code}")
        })
        .collect();
    let code = code.concat();
    let all = Digest::of(digests.as_bytes());
    let forms = [format!("{begin}{code}{digests}"), format!("{begin}{code} all={all}"), format!("{begin} all={all}")];
    forms.into_iter().find(|text| text.len() <= LONGEST).unwrap_or_else(|| clip(begin, LONGEST))
}

fn conclusion(told: CheckConclusion) -> Conclusion {
    match told {
        CheckConclusion::Success => Conclusion::Success,
        CheckConclusion::Neutral => Conclusion::Neutral,
        CheckConclusion::ActionRequired => Conclusion::ActionRequired,
        CheckConclusion::Failure => Conclusion::Failure,
        CheckConclusion::Cancelled => Conclusion::Cancelled,
        CheckConclusion::Skipped => Conclusion::Skipped,
    }
}

fn annotation(remark: CheckRemark) -> Annotation {
    Annotation {
        path: remark.path,
        start_line: remark.line,
        end_line: remark.line,
        start_column: remark.column,
        end_column: remark.column,
        annotation_level: match remark.level {
            RemarkLevel::Failure => Level::Failure,
            RemarkLevel::Warning => Level::Warning,
            RemarkLevel::Notice => Level::Notice,
        },
        message: remark.message,
        title: Some(remark.title).filter(|title| !title.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::redactor::Redactor;
    use crate::report::tests::world::{World, lane};

    #[test]
    fn the_external_id_carries_the_digests_and_fits() {
        let one = World::pull_request().lane(lane("dev", "1.0.0")).sealed();
        assert_eq!(code_of(&external_id(&one, "run 42.1"), &"integrations".parse().unwrap()), None);
        insta::assert_snapshot!(external_id(&one, "run 42.1"), @"run 42.1 dev=sha256:ef260e9aa3c673af240d17a2660480361a8e081d1ffeca2a5ed0e3219fc18567");
        let environments = ["dev", "staging", "prod", "prod-eu", "prod-us"];
        let many = environments.iter().fold(World::pull_request(), |world, name| world.lane(lane(name, "1.0.0")));
        let many = external_id(&many.sealed(), &format!("deploy {}.{}", u64::MAX, u32::MAX));
        assert!(many.len() <= LONGEST && many.contains("all=sha256:"), "{many}");

        let mut two = World::pull_request().lane(lane("dev", "1.0.0")).lane(lane("prod", "1.0.0")).outcome();
        let (project, of) = two.projects.iter_mut().next().unwrap();
        let (project, digest) = (project.clone(), Digest::of(b"code"));
        of.code = Some(digest.clone());
        let two = external_id(&two.redacted(&Redactor::default()), &format!("run {}.1", u32::MAX));
        assert!(two.contains(" prod=sha256:"), "{two}");
        assert_eq!(code_of(&two, &project), Some(digest), "{two}");
        assert_eq!(code_of(&two.replace("run ", "deploy "), &project), None, "a deploy's shows no plan");
    }
}
