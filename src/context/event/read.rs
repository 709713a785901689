//! From GitHub's payload to [`Event`]. What is missing or contradicts itself is an error that names it: nothing here
//! falls back to an event that may do more.

use std::collections::BTreeMap;

use serde_json::Value;

use super::payload::{At, read_ref};
use super::{Actor, Dispatch, Event, MergeGroup, PullRequest, PullState, Push, Ref, Side, WorkflowRun};
use crate::context::env::Env;
use crate::context::inputs;
use crate::names::CommitSha;
use crate::problem::Problem;

/// The longest title that is taken over, in characters: GitHub itself allows 256.
const LONGEST_TITLE: usize = 300;

/// Fields that only certain events have. An event whose payload has another event's field is not what it says.
const MARKS: [(&str, &[&str]); 20] = [
    ("pull_request", &["pull_request", "pull_request_target"]),
    ("pusher", &["push"]),
    ("merge_group", &["merge_group"]),
    ("workflow_run", &["workflow_run"]),
    ("schedule", &["schedule"]),
    ("action", &["pull_request", "pull_request_target", "merge_group", "workflow_run"]),
    ("before", &["push", "pull_request", "pull_request_target"]),
    ("ref", &["push", "workflow_dispatch"]),
    ("inputs", &["workflow_dispatch"]),
    ("workflow", &["workflow_dispatch", "workflow_run", "schedule"]),
    ("ref_type", &[]),
    ("review", &[]),
    ("comment", &[]),
    ("thread", &[]),
    ("issue", &[]),
    ("check_run", &[]),
    ("deployment", &[]),
    ("environment", &[]),
    ("release", &[]),
    ("client_payload", &[]),
];

/// Reads the event of this name from its payload, and compares it with the variables (`GITHUB_REF`, `GITHUB_SHA`,
/// `GITHUB_REPOSITORY`) where those are given.
///
/// # Errors
/// `event-missing` for an absent name or payload, `event-incomplete` for a field that is absent or of another sort,
/// `event-contradictory` when two facts disagree.
pub fn read(name: &str, payload: &Value, env: &Env) -> Result<Event, Problem> {
    if name.is_empty() {
        return Err(Problem::input("event-missing", "no event was named: GITHUB_EVENT_NAME is not set"));
    }
    if name.len() > 100 || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(Problem::input("event-missing", "GITHUB_EVENT_NAME is not the name of an event"));
    }
    if !payload.is_object() {
        return Err(Problem::input("event-missing", format!("the `{name}` event has no payload"))
            .help("the event file must hold the event as a JSON object"));
    }
    let root = At::root(name, payload);
    same_repository(&root, env)?;
    let event = match name {
        "pull_request" => Event::PullRequest(pull_request(&root, env)?),
        "pull_request_target" => Event::PullRequestTarget(pull_request(&root, env)?),
        "push" => Event::Push(push(&root, env)?),
        "workflow_dispatch" => Event::Dispatch(dispatch(&root, env)?),
        "merge_group" => Event::MergeGroup(merge_group(&root, env)?),
        "schedule" => schedule(&root)?,
        "workflow_run" => Event::WorkflowRun(workflow_run(&root)?),
        other => Event::Other(other.to_owned()),
    };
    Ok(event)
}

/// Two facts that disagree.
fn contradiction(root: &At<'_>, says: impl std::fmt::Display) -> Problem {
    let event = root.event();
    Problem::input("event-contradictory", format!("the `{event}` event contradicts itself: {says}"))
        .help("the event file and the GITHUB_ variables must be those of one run, untouched")
}

/// The payload must not be another event's.
fn only(root: &At<'_>) -> Result<(), Problem> {
    let foreign = MARKS.iter().find(|(mark, owners)| !owners.contains(&root.event()) && !root.get(mark).is_absent());
    match foreign {
        Some((mark, _)) => Err(contradiction(root, format!("its payload has `{mark}`, which this event never has"))),
        None => Ok(()),
    }
}

fn same_repository(root: &At<'_>, env: &Env) -> Result<(), Problem> {
    let (Some(run), Some(repository)) = (env.get("GITHUB_REPOSITORY"), root.get("repository").maybe()) else {
        return Ok(());
    };
    let told = repository.repository()?;
    if told.eq_ignore_ascii_case(run) {
        return Ok(());
    }
    Err(contradiction(root, "GITHUB_REPOSITORY is not the repository in its payload"))
}

/// A variable must say what the payload says, where it is given.
fn agrees(root: &At<'_>, env: &Env, variable: &str, field: &str, told: &str) -> Result<(), Problem> {
    match env.get(variable) {
        Some(said) if said != told => Err(contradiction(root, format!("{variable} and `{field}` disagree"))),
        _ => Ok(()),
    }
}

/// The sender of an event, who must be known: a person or a bot.
fn sender(root: &At<'_>) -> Result<Actor, Problem> {
    root.get("sender").actor()
}

fn pull_request(root: &At<'_>, env: &Env) -> Result<PullRequest, Problem> {
    only(root)?;
    let pull = root.get("pull_request");
    let number = pull.get("number").number()?;
    if let Some(outer) = root.get("number").maybe()
        && outer.number()? != number
    {
        return Err(contradiction(root, "`number` and `pull_request.number` disagree"));
    }
    let request = PullRequest {
        number,
        action: root.get("action").name()?,
        state: pull_state(root, &pull)?,
        draft: pull.get("draft").flag_or(false)?,
        title: pull.get("title").text()?.chars().take(LONGEST_TITLE).collect(),
        head: side(&pull.get("head"))?,
        base: side(&pull.get("base"))?,
        author: author(&pull)?,
        sender: sender(root)?,
    };
    based_here(root, &request)?;
    ref_of_pull(root, env, &request)?;
    Ok(request)
}

fn pull_state(root: &At<'_>, pull: &At<'_>) -> Result<PullState, Problem> {
    let merged = pull.get("merged").flag_or(false)?;
    let closing = root.get("action").text()? == "closed";
    match pull.get("state").text()? {
        "open" if closing => Err(contradiction(root, "its action is `closed` and its pull request is open")),
        "open" if merged => Err(contradiction(root, "its pull request is open and merged")),
        "open" => Ok(PullState::Open),
        "closed" => Ok(PullState::Closed { merged }),
        _ => Err(pull.get("state").wrong("`open` or `closed`")),
    }
}

fn side(at: &At<'_>) -> Result<Side, Problem> {
    let repository = at.get("repo").maybe().map(|repository| repository.repository()).transpose()?;
    Ok(Side { sha: at.get("sha").sha()?, branch: at.get("ref").branch()?, repository })
}

/// Who opened the pull request; GitHub shows a deleted account as `ghost`.
fn author(pull: &At<'_>) -> Result<Actor, Problem> {
    match pull.get("user").maybe() {
        Some(user) => user.actor(),
        None => Ok(Actor { login: "ghost".to_owned(), bot: false }),
    }
}

/// The base is this repository, or every fork could pass for it.
fn based_here(root: &At<'_>, request: &PullRequest) -> Result<(), Problem> {
    let here = root.get("repository").repository()?;
    match &request.base.repository {
        Some(base) if base.eq_ignore_ascii_case(&here) => Ok(()),
        Some(_) => Err(contradiction(root, "the pull request's base is in another repository")),
        None => Err(root.get("pull_request").get("base").get("repo").wrong("the base's repository")),
    }
}

/// `pull_request` runs on `refs/pull/N/merge`, or after merging on the base; `pull_request_target` always on a branch.
fn ref_of_pull(root: &At<'_>, env: &Env, request: &PullRequest) -> Result<(), Problem> {
    let Some(full) = env.get("GITHUB_REF") else { return Ok(()) };
    let own = format!("refs/pull/{}/", request.number);
    let open = matches!(request.state, PullState::Open) && root.event() == "pull_request";
    let fits = full.starts_with(&own) || (!open && full.starts_with("refs/heads/"));
    if fits { Ok(()) } else { Err(contradiction(root, "GITHUB_REF is not this pull request's")) }
}

fn push(root: &At<'_>, env: &Env) -> Result<Push, Problem> {
    only(root)?;
    let to = root.get("ref").full_ref()?;
    let (before, after) = (root.get("before").sha()?, root.get("after").sha()?);
    if before.is_zero() && after.is_zero() {
        return Err(contradiction(root, "it neither creates nor deletes nor moves its ref"));
    }
    for (field, told, zero) in [("created", &before, before.is_zero()), ("deleted", &after, after.is_zero())] {
        if root.get(field).flag_or(zero)? != zero {
            let side = if field == "created" { "before" } else { "after" };
            let says = format!("`{field}` and `{side}` ({}) disagree", told.short());
            return Err(contradiction(root, says));
        }
    }
    // A deletion runs on the default branch; the commit of an annotated tag is not its `after`.
    if !after.is_zero() {
        agrees(root, env, "GITHUB_REF", "ref", root.get("ref").text()?)?;
        if matches!(to, Ref::Branch(_)) {
            agrees(root, env, "GITHUB_SHA", "after", after.as_str())?;
        }
    }
    let some = |sha: CommitSha| (!sha.is_zero()).then_some(sha);
    let forced = root.get("forced").flag()?;
    Ok(Push { to, before: some(before), after: some(after), forced, sender: sender(root)? })
}

fn dispatch(root: &At<'_>, env: &Env) -> Result<Dispatch, Problem> {
    only(root)?;
    let workflow = Some(root.get("workflow").name()?);
    let on = dispatched_on(root, env)?;
    Ok(Dispatch { on, sender: sender(root)?, workflow, inputs: dispatch_inputs(root)? })
}

/// The ref as given may be short when the API was asked with a short one; then `GITHUB_REF` alone has it in full.
fn dispatched_on(root: &At<'_>, env: &Env) -> Result<Ref, Problem> {
    let at = root.get("ref");
    let told = at.text()?;
    if told.starts_with("refs/") {
        agrees(root, env, "GITHUB_REF", "ref", told)?;
        return at.full_ref();
    }
    match env.get("GITHUB_REF") {
        Some(full) if [format!("refs/heads/{told}"), format!("refs/tags/{told}")].iter().any(|fits| fits == full) => {
            read_ref(full).ok_or_else(|| at.wrong("a branch or tag"))
        }
        Some(_) => Err(contradiction(root, "GITHUB_REF and `ref` disagree")),
        None => Err(at.wrong("a full ref, such as `refs/heads/main`")),
    }
}

/// The inputs that Airlock reads from a dispatch, by their own names; every other input is the workflow's own affair.
fn dispatch_inputs(root: &At<'_>) -> Result<BTreeMap<String, String>, Problem> {
    let mut inputs = BTreeMap::new();
    let Some(given) = root.get("inputs").maybe() else { return Ok(inputs) };
    let Some(fields) = given.value().as_object() else { return Err(given.wrong("an object")) };
    for key in fields.keys() {
        let name = match key.as_str() {
            // Nango's own names for the same two things.
            "stage" => "environment",
            "allowDestructive" => "allow-destructive",
            other => other,
        };
        if !inputs::spec(name).is_some_and(|spec| spec.from_dispatch) {
            continue;
        }
        let Some(value) = scalar(&given.get(key))? else { continue };
        if inputs.get(name).is_some_and(|other| *other != value) {
            return Err(contradiction(root, format!("two of its inputs give `{name}`, with different values")));
        }
        inputs.insert(name.to_owned(), value);
    }
    Ok(inputs)
}

/// An input as text; `None` when it is not given. Booleans and numbers may come as such.
fn scalar(at: &At<'_>) -> Result<Option<String>, Problem> {
    let text = match at.value() {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) | Value::Object(_) => return Err(at.wrong("a text")),
    };
    Ok((!text.is_empty()).then_some(text))
}

fn merge_group(root: &At<'_>, env: &Env) -> Result<MergeGroup, Problem> {
    only(root)?;
    let group = root.get("merge_group");
    let head = group.get("head_sha").sha()?;
    agrees(root, env, "GITHUB_SHA", "merge_group.head_sha", head.as_str())?;
    let base_branch = match group.get("base_ref").full_ref()? {
        Ref::Branch(branch) => branch,
        Ref::Tag(_) | Ref::Other(_) => return Err(group.get("base_ref").wrong("a branch")),
    };
    Ok(MergeGroup { head, base: group.get("base_sha").sha()?, base_branch, sender: sender(root)? })
}

fn schedule(root: &At<'_>) -> Result<Event, Problem> {
    only(root)?;
    root.get("schedule").name()?;
    Ok(Event::Schedule)
}

fn workflow_run(root: &At<'_>) -> Result<WorkflowRun, Problem> {
    only(root)?;
    let run = root.get("workflow_run");
    let name = |field: &str| run.get(field).maybe().map(|at| at.name()).transpose();
    let head_repository = run.get("head_repository").maybe().map(|at| at.repository()).transpose()?;
    Ok(WorkflowRun {
        id: run.get("id").number()?,
        event: run.get("event").name()?,
        head_sha: run.get("head_sha").sha()?,
        head_branch: run.get("head_branch").maybe().map(|branch| branch.branch()).transpose()?,
        head_repository,
        conclusion: name("conclusion")?,
        path: name("path")?,
    })
}
