//! A hand-over is taken as it was given, and every way in which it is another's is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::artefact::{Artefact, Built};
use crate::context::inputs::PlatformName;
use crate::finding::{CheckReport, Suite, SuiteEnd, SuiteKind, Tested};
use crate::manifest::{Manifest, Origin, Resource, ResourceId};
use crate::names::{Digest, ProjectId};
use crate::tests::facts::sha;

fn giver() -> Giver {
    Giver { repository: "acme/shop".into(), run: 42, attempt: 1, job: "check".into(), sha: sha('a') }
}

fn taker() -> Giver {
    Giver { job: "promote".into(), ..giver() }
}

fn resource(print: &[u8], artefact: Option<&[u8]>) -> Resource {
    Resource {
        id: ResourceId::new("sync", "github/issues"),
        attributes: BTreeMap::new(),
        fingerprint: Some(Digest::of(print)),
        artefact: artefact.map(Digest::of),
        place: None,
    }
}

fn source() -> Manifest {
    Manifest::new(Origin::Source, [resource(b"source", None)])
}

fn built() -> Built {
    let files = BTreeMap::from([("build/github_issues.cjs".to_owned(), Arc::from(&b"\xff code"[..]))]);
    let manifest = Manifest::new(Origin::Built, [resource(b"source", Some(b"\xff code"))]);
    Built { artefact: Artefact::new(files), manifest }
}

fn suite(end: SuiteEnd) -> Suite {
    Suite {
        kind: SuiteKind::Test,
        name: "npm test".into(),
        end,
        milliseconds: 10,
        counts: None,
        slowest: Vec::new(),
        tail: String::new(),
    }
}

fn part() -> Part {
    let checks = CheckReport { suites: vec![suite(SuiteEnd::Passed)], findings: Vec::new(), tested: Tested::Here };
    Part {
        project: ProjectId::new("shop").unwrap(),
        path: String::new(),
        platform: PlatformName::Nango,
        commit: sha('b'),
        checks,
        built: Some(Bytes::of(&built())),
    }
}

fn whole() -> HandOver {
    HandOver { schema: SCHEMA, by: giver(), projects: vec![part()] }
}

/// What a job that wants the part says of it.
fn taken(part: &Part, bend: impl FnOnce(&mut Wanted<'_>)) -> Result<(CheckReport, Option<Built>), Vec<String>> {
    let (project, commit, source) = (ProjectId::new("shop").unwrap(), sha('b'), source());
    let platform = PlatformName::Nango;
    let mut wanted =
        Wanted { project: &project, path: "", platform, commit: &commit, source: &source, builds: true, job: "Check" };
    bend(&mut wanted);
    part.take(&wanted)
}

#[test]
fn it_is_read_as_it_was_written() {
    let text = whole().text().unwrap();
    let read = HandOver::read(text.as_bytes()).unwrap();
    assert_eq!(read, whole());
    assert_eq!(read.strange(&taker()), Vec::<String>::new());
    let (report, bytes) = taken(&read.projects[0], |_| {}).unwrap();
    assert_eq!(bytes, Some(built()));
    assert_eq!(report.tested, Tested::Elsewhere { by: vec!["Check".into()] });
    assert_eq!(taken(&part(), |wanted| wanted.builds = false).unwrap().1, None);
}

#[test]
fn what_tested_nothing_is_not_called_tested() {
    let mut part = part();
    part.checks.suites = vec![suite(SuiteEnd::Skipped { why: "none".into() })];
    let (report, _) = taken(&part, |_| {}).unwrap();
    assert_eq!(report.tested, Tested::Not { why: "no test passed in the job `Check`".into() });
}

#[test]
fn another_runs_is_told() {
    for (by, says) in [
        (Giver { repository: "mallory/shop".into(), ..giver() }, "it was made in mallory/shop"),
        (Giver { run: 41, ..giver() }, "it was made by the run 41, and this is 42"),
        (Giver { attempt: 2, ..giver() }, "it was made by attempt 2, and this is 1"),
        (Giver { sha: sha('c'), ..giver() }, "it was made for ccccccc, and this run is of aaaaaaa"),
        (taker(), "it was made by this very job"),
    ] {
        assert_eq!(HandOver { by, ..whole() }.strange(&taker()), [says]);
    }
}

#[test]
fn another_projects_is_told() {
    let other = sha('c');
    let told = |bend: &dyn Fn(&mut Part)| {
        let mut part = part();
        bend(&mut part);
        taken(&part, |_| {}).unwrap_err().join("; ")
    };
    let table: [(&str, String); 6] = [
        ("commit", told(&|part| part.commit = other.clone())),
        ("folder", told(&|part| part.path = "elsewhere".into())),
        ("nothing compiled", told(&|part| part.built = None)),
        (
            "other source",
            told(&|part| {
                let manifest = Manifest::new(Origin::Built, [resource(b"other", Some(b"\xff code"))]);
                part.built = Some(Bytes::of(&Built { manifest, ..built() }));
            }),
        ),
        (
            "other bytes",
            told(&|part| {
                let artefact = Artefact::new(BTreeMap::from([("build/x.cjs".to_owned(), Arc::from(&b"planted"[..]))]));
                part.built = Some(Bytes::of(&Built { artefact, ..built() }));
            }),
        ),
        (
            "no resource",
            told(&|part| {
                let manifest = Manifest::empty(Origin::Built);
                part.built = Some(Bytes::of(&Built { manifest, ..built() }));
            }),
        ),
    ];
    let text: Vec<String> = table.iter().map(|(name, says)| format!("{name}: {says}")).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    commit: it is of ccccccc, and bbbbbbb would be deployed
    folder: it is of nango in `elsewhere`, and this is nango in ``
    nothing compiled: nothing that was compiled is in it
    other source: sync:github/issues was compiled from another source
    other bytes: sync:github/issues was compiled to a file that is not in it
    no resource: sync:github/issues is in the source, and not in it
    ");
}

#[test]
fn a_text_that_was_bent_is_told_or_cannot_be_read() {
    let bent = |bend: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&whole().text().unwrap()).unwrap();
        bend(&mut value);
        let read = HandOver::read(value.to_string().as_bytes())?;
        taken(&read.projects[0], |_| {}).map_err(|causes| causes.join("; "))
    };
    for (bend, says) in [
        ((&|value: &mut Value| value["schema"] = json!(2)) as &dyn Fn(&mut Value), "it has the form 2"),
        (&|value| value["more"] = json!(1), "unknown field `more`"),
        (
            &|value| value["projects"][0]["built"]["files"]["build/github_issues.cjs"] = json!("cGxhbnRlZA=="),
            "its files have the digest",
        ),
        (&|value| value["projects"][0]["built"]["files"]["../x"] = json!(""), "is no path of a compiled file"),
        (&|value| value["projects"][0]["built"]["files"]["a//b"] = json!(""), "is no path of a compiled file"),
        (&|value| value["projects"][0]["built"]["files"]["a"] = json!("!"), "is not base64"),
        (&|value| value["projects"][0]["commit"] = json!("main"), "cannot be read"),
    ] {
        let told = bent(bend).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
    assert!(HandOver::read(b"{").is_err() && HandOver::read("[".repeat(5000).as_bytes()).is_err());
}
