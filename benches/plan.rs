//! How long a plan and its reports take, and whether that grows with the size and no faster.
//!
//! Run it with `cargo bench --bench plan` (`-- renamed` for that mix alone), or with everything else by `scripts/bench`. It makes two states of a project with
//! Nango's attributes, out of nothing and always the same, and goes the way that a pull request goes:
//! manifests → `plan::build` → `Outcome` → `redacted` → `report::*`. Each part is timed by itself, after one run that does not count.
//! The yardstick beside the times is what writing the plans' manifests as JSON once takes on the same machine in the same run, so
//! that the ratios can be compared between machines.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "a benchmark prints, and may stop"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use airlock::context::Host;
use airlock::context::inputs::PlatformName;
use airlock::finding::{CheckReport, Tested};
use airlock::manifest::{Attribute, Known, Manifest, Origin, Resource, ResourceId};
use airlock::names::{BranchName, CommitSha, Digest, EnvironmentName, LaneId, Place, ProjectId};
use airlock::outcome::redactor::Redactor;
use airlock::outcome::{Lane, Outcome, ProjectOutcome, REPORT_SCHEMA, RunFacts, Stage};
use airlock::plan::version::{Ask, NumberLine, Series};
use airlock::plan::{self, Basis, Brief, Extras, Observed, Plan};
use airlock::platform::nango::Nango;
use airlock::policy::{Decision, Intent, Reach};
use airlock::report::{self, Limit, Written};
use serde_json::json;

/// Resources on the declared side.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// What must hold at the middle size for plan, redaction, summary, comment and JSON together.
const TARGET: Duration = Duration::from_millis(200);

/// Functions an integration has.
const FOLDER: usize = 25;

/// How much of a project changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mix {
    /// What a large pull request does: a tenth each added, removed and changed in one field, a twentieth changed in its own way.
    Usual,
    /// Nothing is there yet.
    AllNew,
    /// Nothing would be left.
    AllGone,
    /// Every function changes, each in its own way; the syncs lose a model.
    AllChanged,
    /// Every function has another name, in the same folder.
    AllRenamed,
    /// The usual, planned for two environments: twice the comparisons.
    Twice,
}

impl Mix {
    const ALL: [Self; 6] = [Self::Usual, Self::AllNew, Self::AllGone, Self::AllChanged, Self::AllRenamed, Self::Twice];

    fn says(self) -> &'static str {
        match self {
            Self::Usual => "usual: +10 % -10 % ~15 %",
            Self::AllNew => "all new",
            Self::AllGone => "all gone",
            Self::AllChanged => "all changed, each its own way",
            Self::AllRenamed => "all renamed",
            Self::Twice => "usual, for two environments",
        }
    }

    fn environments(self) -> &'static [&'static str] {
        if self == Self::Twice { &["dev", "prod"] } else { &["dev"] }
    }

    fn is_usual(self) -> bool {
        matches!(self, Self::Usual | Self::Twice)
    }

    /// The two states: what is there, what is declared.
    fn states(self, size: usize) -> (Manifest, Manifest) {
        let there = (0..size).filter(|n| self != Self::AllNew && !(self.is_usual() && n % 10 == 1));
        let here = (0..size).filter(|n| self != Self::AllGone && !(self.is_usual() && n % 10 == 2));
        let there = there.map(|number| function(number, Way::Old)).collect::<Vec<_>>();
        let here = here.map(|number| function(number, self.way(number))).collect::<Vec<_>>();
        (Manifest::new(Origin::Live, there), Manifest::new(Origin::Source, here))
    }

    fn way(self, number: usize) -> Way {
        match (self, number % 20) {
            (Self::AllRenamed, _) => Way::Renamed,
            (Self::AllChanged, _) | (Self::Usual | Self::Twice, 5) => Way::Own,
            (Self::Usual | Self::Twice, 3 | 13) => Way::OneField,
            _ => Way::Old,
        }
    }
}

/// How a function reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Old,
    /// Changed as many others are.
    OneField,
    /// Changed as no other is, and one model less.
    Own,
    /// Under another name.
    Renamed,
}

/// A sync or an action, as the reader of Nango's code tells it.
fn function(number: usize, way: Way) -> Resource {
    let integration = format!("integration-{}", number / FOLDER);
    let (kind, name) = if number.is_multiple_of(3) { ("sync", "syncs") } else { ("action", "actions") };
    let verb = if way == Way::Renamed { "fetch" } else { "list" };
    let id = format!("{integration}/{verb}-{}-{number}", WORDS[number % WORDS.len()]);
    let mut attributes = BTreeMap::from([
        ("description", json!(format!("Reads the {} of {integration}, page by page.", WORDS[number % WORDS.len()]))),
        ("version", json!(if way == Way::Own { "2.0.0" } else { "1.0.0" })),
        ("scopes", json!(["read:all", format!("read:{}", WORDS[number % WORDS.len()])])),
    ]);
    if kind == "sync" {
        let models =
            if way == Way::Own { vec![model(number)] } else { vec![model(number), format!("Old{}", model(number))] };
        let path = format!("/{integration}/{}", WORDS[number % WORDS.len()]);
        attributes.extend([
            ("runs", json!(if way == Way::OneField { "every 15 minutes" } else { "every hour" })),
            ("auto_start", json!(number.is_multiple_of(2))),
            ("sync_type", json!("full")),
            ("track_deletes", json!(false)),
            ("endpoints", json!([{ "method": "GET", "path": path }])),
            ("models", json!(models)),
            ("webhookSubscriptions", json!([])),
        ]);
    } else {
        let output = if way == Way::OneField { "Envelope".to_owned() } else { model(number) };
        let scopes = if way == Way::Own { vec![format!("write:{number}")] } else { vec!["read:all".to_owned()] };
        attributes.extend([("output", json!(output)), ("scopes", json!(scopes))]);
    }
    Resource {
        id: ResourceId::new(kind, id),
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), Attribute::Value(value))).collect(),
        fingerprint: Some(Digest::of(format!("{number} {way:?}").as_bytes())),
        artefact: None,
        place: Some(Place {
            line: Some(12),
            column: Some(1),
            ..Place::file(format!("{integration}/{name}/list-{number}.ts"))
        }),
    }
}

const WORDS: [&str; 12] = [
    "issues",
    "contacts",
    "deals",
    "tickets",
    "invoices",
    "files",
    "folders",
    "employees",
    "candidates",
    "events",
    "orders",
    "messages",
];

fn model(number: usize) -> String {
    format!("Model{number}")
}

fn sha(digit: char) -> CommitSha {
    CommitSha::new(digit.to_string().repeat(40)).unwrap()
}

/// What an environment says beside its functions: every integration is configured, every second has connections.
fn extras(size: usize) -> Extras {
    let keys = || (0..=size / FOLDER).map(|number| format!("integration-{number}"));
    Extras {
        secrets: Known::Yes(BTreeSet::new()),
        integrations: Known::Yes(keys().map(|key| (key, Known::Yes(true))).collect()),
        connections: Known::Yes(keys().step_by(2).map(|key| (key, 7)).collect()),
        kept: true,
        scopes: Known::No("not asked".into()),
    }
}

fn plan(environment: &str, seen: &Observed, base: &Manifest, desired: &Manifest) -> Plan {
    plan::build(Brief {
        lane: LaneId {
            project: ProjectId::new("integrations").unwrap(),
            environment: EnvironmentName::new(environment).unwrap(),
        },
        commit: sha('a'),
        only: None,
        desired,
        seen,
        base: Some(base),
        rules: &Nango,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Next,
        previous: None,
        also: Vec::new(),
    })
}

fn outcome(resources: usize, plans: Vec<Plan>) -> Outcome {
    let not = || "a pull request deploys nothing".to_owned();
    let lane = |(position, plan): (usize, Plan)| {
        let lane = Lane {
            position,
            production: position == 1,
            applies: false,
            branch: (position == 0).then(|| BranchName::new("main").unwrap()),
            plan: Stage::NotReached(not()),
            waits_for: std::collections::BTreeSet::new(),
            gate: Stage::NotReached(not()),
            deploy: Stage::NotReached(not()),
            current: None,
            previous: None,
            history: Vec::new(),
            left_behind: Vec::new(),
        };
        (plan.lane.environment.clone(), Lane { plan: Stage::Done(Arc::new(plan)), ..lane })
    };
    let project = ProjectOutcome {
        path: "integrations".to_owned(),
        platform: PlatformName::Nango,
        commit: sha('a'),
        checks: Stage::Done(CheckReport { suites: Vec::new(), findings: Vec::new(), tested: Tested::Here }),
        artefact: None,
        code: None,
        resources,
        lanes: plans.into_iter().enumerate().map(lane).collect(),
    };
    Outcome {
        schema: REPORT_SCHEMA,
        run: RunFacts {
            host: Host::Actions,
            event: "pull_request".to_owned(),
            pull: Some(814),
            repository: Some("acme/integrations".to_owned()),
            commit: Some(sha('a')),
            branch: Some(BranchName::new("many-changes").unwrap()),
            actor: "ana".to_owned(),
            workflow: Some(".github/workflows/integrations.yml".to_owned()),
            url: Some("https://github.com/acme/integrations/actions/runs/77".to_owned()),
            attempt: 1,
            shard: None,
            started: jiff::Timestamp::UNIX_EPOCH,
            milliseconds: 0,
            requests: None,
        },
        decision: Some(Decision {
            reach: Reach::Plan,
            intent: Intent::Review,
            environments: Vec::new(),
            targets: Vec::new(),
            would: Vec::new(),
            writes: true,
            reason: "a pull request is reviewed".to_owned(),
        }),
        problems: Vec::new(),
        projects: BTreeMap::from([(ProjectId::new("integrations").unwrap(), project)]),
        previews: Vec::new(),
        handed_over: None,
        notes: Vec::new(),
    }
}

/// The parts, in the order in which they are passed.
const PARTS: [&str; 8] = ["plan", "redact", "summary", "comment", "json", "check run", "outputs", "manifest as JSON"];

/// The parts that the target is about.
const COUNTED: [&str; 5] = ["plan", "redact", "summary", "comment", "json"];

/// One run: how long each part took, and how large what was written is.
fn once(
    environments: &[&str],
    seen: &Observed,
    desired: &Manifest,
    by: &Redactor,
) -> (BTreeMap<&'static str, Duration>, usize) {
    let mut times = BTreeMap::new();
    let plans = || environments.iter().map(|name| plan(name, seen, &seen.manifest, desired)).collect();
    let plans = timed(&mut times, "plan", plans);
    let outcome = outcome(desired.resources.len(), plans);
    let sealed = timed(&mut times, "redact", || outcome.redacted(by));
    let summary = timed(&mut times, "summary", || report::summary(&sealed, Limit::SUMMARY));
    let comment = timed(&mut times, "comment", || report::comment(&sealed, Limit::COMMENT));
    let json = timed(&mut times, "json", || report::json(&sealed));
    timed(&mut times, "check run", || black_box(report::check_run(&sealed)));
    let written = Written::default();
    timed(&mut times, "outputs", || black_box(report::outputs(&sealed, &written, || "airlock_0".to_owned())));
    timed(&mut times, "manifest as JSON", || black_box(serde_json::to_string(&(desired, &seen.manifest)).unwrap()));
    assert!(summary.len() <= Limit::SUMMARY.bytes, "a summary is over its limit");
    assert!(
        comment.is_some_and(|comment| comment.len() <= Limit::COMMENT.bytes),
        "a comment is missing, or over its limit"
    );
    (times, json.len())
}

fn timed<T>(times: &mut BTreeMap<&'static str, Duration>, part: &'static str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    times.insert(part, begun.elapsed());
    done
}

/// Medians of some runs.
fn measured(mix: Mix, size: usize) -> (BTreeMap<&'static str, Duration>, usize) {
    let (there, desired) = mix.states(size);
    let seen = Observed { basis: Basis::Live, manifest: there, extras: extras(size) };
    let by = Redactor::new(["a-secret-of-the-platform", "ghs_0123456789abcdefghijklmnopqrstuvwxyz"]);
    let runs = (60_000 / size).clamp(3, 15);
    once(mix.environments(), &seen, &desired, &by);
    let mut all: BTreeMap<&'static str, Vec<Duration>> = BTreeMap::new();
    let mut bytes = 0;
    for _ in 0..runs {
        let (times, json) = once(mix.environments(), &seen, &desired, &by);
        bytes = json;
        for (part, time) in times {
            all.entry(part).or_default().push(time);
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    (all.into_iter().map(|(part, times)| (part, median(times))).collect(), bytes)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn counted(times: &BTreeMap<&'static str, Duration>) -> Duration {
    COUNTED.iter().filter_map(|part| times.get(part)).sum()
}

/// The table of one mix; whether it is within the target at the middle size.
fn table(mix: Mix) -> bool {
    let columns: Vec<_> = SIZES.iter().map(|size| (*size, measured(mix, *size))).collect();
    println!("\n{} (median; ms)", mix.says());
    print!("{:<18}", "resources");
    for (size, _) in &columns {
        print!("{size:>12}");
    }
    println!("{:>14}{:>14}", "growth 1→10k", "10→100k");
    let total = |times: &BTreeMap<&'static str, Duration>, part: &str| {
        if part == "plan+render" { counted(times) } else { times.get(part).copied().unwrap_or_default() }
    };
    for part in PARTS.into_iter().chain(["plan+render"]) {
        let times: Vec<f64> = columns.iter().map(|(_, (times, _))| milliseconds(total(times, part))).collect();
        print!("{part:<18}");
        for time in &times {
            print!("{time:>12.2}");
        }
        println!("{:>13.1}×{:>13.1}×", times[1] / times[0], times[2] / times[1]);
    }
    let (_, (middle, bytes)) = &columns[1];
    let yardstick = milliseconds(total(middle, "manifest as JSON"));
    let whole = counted(middle);
    let held = whole <= TARGET;
    println!(
        "10,000 resources: plan+render {:.0} ms, {:.1}× of writing both manifests as JSON once; report {:.1} MB; target {} ms: {}",
        milliseconds(whole),
        milliseconds(whole) / yardstick,
        f64::from(u32::try_from(*bytes).unwrap_or(u32::MAX)) / 1e6,
        TARGET.as_millis(),
        if held { "held" } else { "MISSED" },
    );
    held
}

fn main() {
    println!("plan and render of one project on a pull request; plan+render = {}", COUNTED.join(" + "));
    // Cargo adds `--bench`; a word of a mix's name runs that one alone.
    let word = std::env::args().skip(1).find(|word| !word.starts_with("--")).unwrap_or_default();
    let held: Vec<bool> = Mix::ALL.into_iter().filter(|mix| mix.says().contains(&word)).map(table).collect();
    println!("\n{} of {} within the target", held.iter().filter(|held| **held).count(), held.len());
}
