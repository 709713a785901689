//! The line that would do it: finished, on one line, and safe to paste.

use super::Refusal;
use super::case::Case;
use crate::context::Host;
use crate::context::config::FlagRule;
use crate::context::inputs::{Inputs, PlatformName};
use crate::release::History;

/// Reasons that another dispatch, said rightly, would do away with.
const HELPED: &[&str] = &[
    "production-needs-dispatch",
    "not-a-person",
    "ref-not-allowed",
    "flag-not-stated",
    "destructive-without-consent",
    "consent-mismatch",
    "rerun-needs-dispatch",
    "warning-unresolved",
    "version-not-higher",
];

/// Longer lists of removals are consented to by the plan's digest.
const LONGEST_CONSENT: usize = 1_500;

/// The line, if a dispatch could help.
pub(super) fn line(case: &Case<'_>, reasons: &[Refusal]) -> Option<String> {
    let says = if reasons.iter().any(|reason| HELPED.contains(&reason.code.as_ref())) {
        again(case, reasons)
    } else {
        back(case, reasons)?
    };
    match case.evidence.run.host {
        Host::Actions => actions(case, &says),
        Host::Simulated => simulated(case, &says),
    }
}

type Says = Vec<(&'static str, String)>;

/// The same run, with what was missing.
fn again(case: &Case<'_>, reasons: &[Refusal]) -> Says {
    let inputs = case.evidence.inputs;
    let refused = |code: &str| reasons.iter().any(|reason| reason.code == code);
    let mut says = vec![("environment", case.plan.lane.environment.to_string())];
    if case.rolls_back() {
        says.push(("mode", "rollback".to_owned()));
        says.push(("version", case.plan.version.to_string()));
    } else if let Some(version) = inputs.version.as_ref().filter(|_| !refused("version-not-higher")) {
        says.push(("version", version.to_string()));
    }
    let removes = !case.plan.destructive.is_empty();
    let flag = removes || case.evidence.environment.flag == FlagRule::True && case.production();
    if flag || case.production() {
        says.push(("allow-destructive", flag.to_string()));
    }
    if removes {
        says.push(("consent", consent(case)));
    }
    says.extend(carried(case, inputs));
    says
}

fn carried(case: &Case<'_>, inputs: &Inputs) -> Says {
    let accept: Vec<String> =
        inputs.accept.iter().map(|accept| format!("{}:{}", accept.code, accept.resource)).collect();
    let accept = (!accept.is_empty()).then(|| accept.join(","));
    let hotfix = case.hotfix().map(str::to_owned);
    [
        ("accept", accept),
        ("commit", inputs.commit.clone()),
        ("only", inputs.only.clone()),
        ("hotfix", hotfix),
        ("description", inputs.description.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// Every removal by name, or the digest of the plan where names cannot be typed or are too many.
fn consent(case: &Case<'_>) -> String {
    case.names()
        .spelled()
        .map(|ids| ids.join(","))
        .filter(|ids| ids.len() <= LONGEST_CONSENT)
        .unwrap_or_else(|| case.plan.digest.to_string())
}

/// A commit that ran here before can be rolled back to.
fn back(case: &Case<'_>, reasons: &[Refusal]) -> Option<Says> {
    let older = reasons.iter().all(|reason| reason.code == "older-than-live");
    let history: &History = case.evidence.history.as_ref().ok()?;
    let ran =
        history.releases.iter().find(|release| release.is_whole() && release.record.commit == case.plan.commit)?;
    let mut says = vec![
        ("environment", case.plan.lane.environment.to_string()),
        ("mode", "rollback".to_owned()),
        ("version", ran.record.version.to_string()),
    ];
    if case.production() {
        says.push(("allow-destructive", "false".to_owned()));
    }
    older.then_some(says)
}

fn actions(case: &Case<'_>, says: &[(&str, String)]) -> Option<String> {
    let dispatched = case.dispatch().and_then(|dispatch| dispatch.workflow.as_deref());
    let workflow = case.evidence.run.workflow.as_deref().or(dispatched)?;
    let file = workflow.rsplit('/').next().filter(|file| !file.starts_with('-'))?;
    let mut words = vec!["gh workflow run".to_owned(), quoted(file)?];
    if let (Some(_), Some(branch)) = (case.hotfix(), case.branch()) {
        words.push(format!("--ref {}", quoted(branch.as_str())?));
    }
    let said = says.iter().filter_map(|(name, value)| quoted(&format!("{name}={value}")));
    words.extend(said.map(|said| format!("-f {said}")));
    Some(words.join(" "))
}

fn simulated(case: &Case<'_>, says: &[(&str, String)]) -> Option<String> {
    let mut words = vec!["airlock simulate dispatch".to_owned()];
    if let [project] = case.evidence.inputs.project.as_slice() {
        words.push(quoted(project.as_str())?);
    }
    // Without it the same line would go to the embedded environments.
    if let Some(platform) = case.evidence.inputs.platform.filter(|platform| *platform != PlatformName::Local) {
        words.push(format!("--platform {}", platform.as_str()));
    }
    let typable = says.iter().filter(|(_, value)| !value.starts_with('-'));
    words.extend(typable.filter_map(|(name, value)| Some(format!("--{name} {}", quoted(value)?))));
    Some(words.join(" "))
}

/// One word of a shell line, as it stands where nothing in it means anything to a shell. A text with controls has no safe
/// spelling and is left out.
fn quoted(word: &str) -> Option<String> {
    if word.chars().any(char::is_control) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@,+=".contains(c);
    if word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(plain) {
        return Some(word.to_owned());
    }
    shlex::try_quote(word).ok().map(std::borrow::Cow::into_owned)
}
