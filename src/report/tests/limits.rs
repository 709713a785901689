//! Ten thousand of everything: the limits hold, and what is removed is never cut.

use super::world::{LaneWorld, World, lane};
use crate::outcome::sealed::Sealed;
use crate::plan::message::Code;
use crate::report::fit::visible_lines;
use crate::report::{Limit, annotations, comment, json, summary, terminal};

fn big(world: World, changes: usize, removals: usize) -> Sealed {
    let fill = |mut lane: LaneWorld| {
        for number in 0..removals {
            let loss = "the sync stops and its records are deleted · 3 connections";
            lane = lane.removes(&format!("sync github/old-{number:05}"), loss);
        }
        for number in 0..changes / 2 {
            lane = lane.adds(&format!("sync hubspot/new-{number:05}"), &["every 1 h", "starts by itself"]);
            let name = format!("sync jira/kept-{number:05}");
            lane = lane.modifies(&name, "runs", format!("every {number} min"), "every 1 h");
            lane = lane.says(Code::SecretMissing, &name, &format!("secret `A_{number}` is not there"));
            lane = lane.unknown(&name, &format!("field{number}"), "not known");
        }
        lane
    };
    world
        .passed(10_000)
        .lane(fill(lane("dev", "2.0.0-dev.1").on_merge().runs("1.0.0-dev.9", '7')))
        .lane(fill(lane("prod", "2.0.0").production().recorded("1.0.0")))
        .sealed()
}

#[test]
fn ten_thousand_changes_fit_and_no_removal_is_cut() {
    let story = big(World::pull_request(), 10_000, 300);
    let (comment, summary) = (comment(&story, Limit::COMMENT).unwrap(), summary(&story, Limit::SUMMARY));
    assert!(comment.len() <= 60_000 && visible_lines(&comment) <= 25, "{} {}", comment.len(), visible_lines(&comment));
    assert!(summary.len() <= 1024 * 1024 - 64 * 1024, "{}", summary.len());
    for number in 0..300 {
        let name = format!("github/old-{number:05}");
        assert!(comment.contains(&name) && summary.contains(&name), "{name}");
    }
    assert!(
        comment.contains("✂️") && comment.contains("actions/runs/77"),
        "it must say that it was cut, and where the rest is"
    );
}

#[test]
fn ten_thousand_removals_are_all_named_in_the_summary() {
    let story = big(World::pull_request(), 0, 10_000);
    let summary = summary(&story, Limit::SUMMARY);
    assert!(summary.len() <= Limit::SUMMARY.bytes, "{}", summary.len());
    let words: std::collections::BTreeSet<&str> = summary.split('`').collect();
    let named = |number: &i32| {
        let name = format!("github/old-{number:05}");
        words.contains(name.as_str()) || words.contains(format!("sync:{name}").as_str())
    };
    assert_eq!((0..10_000).find(|number| !named(number)), None);
    let comment = comment(&story, Limit::COMMENT).unwrap();
    assert!(comment.len() <= 60_000 && visible_lines(&comment) <= 25);
    assert!(comment.contains("Removes 10,000") && comment.contains("more that do not fit here"));
}

#[test]
fn every_limit_holds_down_to_the_smallest() {
    let story = big(World::pull_request(), 200, 100);
    for bytes in [500, 700, 1_000, 2_000, 5_000, 20_000, 60_000] {
        let text = summary(&story, Limit { bytes, lines: usize::MAX });
        assert!(text.len() <= bytes, "{bytes}: {}", text.len());
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count(), "{bytes}");
    }
}

#[test]
fn annotations_are_ten_a_level() {
    let text = annotations(&big(World::pull_request(), 100, 100));
    assert_eq!(text.lines().filter(|line| line.starts_with("::warning ")).count(), 10);
    assert!(
        text.starts_with("::warning title=Removes sync github/old-00000::dev%2C prod")
            || text.contains("title=Removes sync github/old-00000::dev, prod: "),
        "{text}"
    );
    assert!(text.contains("title=and 141 more::"), "{text}");
}

#[test]
fn a_terminal_page_names_every_removal() {
    let page = terminal(&big(World::pull_request(), 10_000, 300), false, 80);
    assert!((0..300).all(|number| page.contains(&format!("github/old-{number:05}"))));
    assert!(page.lines().count() < 1_000);
}

#[test]
fn a_big_report_reads_back() {
    let story = big(World::pull_request(), 10_000, 300);
    let read: crate::outcome::Outcome = serde_json::from_str(&json(&story)).unwrap();
    assert_eq!(&read, story.outcome());
}

#[test]
fn two_hundred_projects_in_three_environments_fit() {
    let story = World::pull_request()
        .passed(10)
        .lane(lane("dev", "1.0.0-dev.1").adds("sync github/new", &["every 1 h"]))
        .lane(lane("staging", "1.0.0").adds("sync github/new", &["every 1 h"]))
        .lane(lane("prod", "1.0.0").production().removes("sync github/old", "the sync stops"))
        .sealed();
    let mut outcome = story.outcome().clone();
    let one = outcome.projects.values().next().unwrap().clone();
    outcome.projects =
        (0..200).map(|number| (format!("apps/project-{number:03}").parse().unwrap(), one.clone())).collect();
    let story = outcome.redacted(&crate::outcome::redactor::Redactor::new([]));
    let (comment, summary) = (comment(&story, Limit::COMMENT).unwrap(), summary(&story, Limit::SUMMARY));
    assert!(comment.len() <= 60_000 && visible_lines(&comment) <= 25, "{} {}", comment.len(), visible_lines(&comment));
    assert!(summary.len() <= Limit::SUMMARY.bytes, "{}", summary.len());
    assert!(comment.contains("apps/project-199") || comment.contains("do not fit"), "{comment}");
}
