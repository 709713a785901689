//! The answers of the commands that only look: a project's resources and findings, the releases of its environments.

use anstyle::Style;

use super::layout::{Cell, Page, line_cell};
use super::{GREEN, RED, YELLOW, found};
use crate::finding::Finding;
use crate::manifest::Manifest;
use crate::outcome::line::{Line, clip};
use crate::release::{Release, ReleaseResult};

/// What a project declares, by kind, and what is the matter with it, the gravest first.
pub fn inspected(manifest: &Manifest, findings: &[Finding], colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    let counted = Line::new().count(manifest.resources.len(), "resource", "resources");
    let counted = counted.words(", ").count(findings.len(), "finding", "findings");
    page.text(&line_cell(&counted));
    page.gap();
    let rows: Vec<Vec<Cell>> = manifest
        .resources
        .values()
        .map(|resource| {
            let place = resource.place.as_ref().map(ToString::to_string).unwrap_or_default();
            let cell = |text: &str| vec![(Style::new(), clip(text, 120))];
            vec![cell(&resource.id.kind), cell(&resource.id.id), vec![(Style::new().dimmed(), clip(&place, 120))]]
        })
        .collect();
    page.rows(&rows);
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted {
        page.gap();
        found::tell(finding, &[], &mut page);
    }
    page.done()
}

/// Releases, a row each, in the order given.
pub fn releases(releases: &[Release], colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    if releases.is_empty() {
        page.text(&line_cell(&Line::new().words("nothing has been released here yet")));
    }
    let rows: Vec<Vec<Cell>> = releases.iter().map(row).collect();
    page.rows(&rows);
    page.done()
}

fn row(release: &Release) -> Vec<Cell> {
    let record = &release.record;
    let cell = |text: &str| vec![(Style::new(), clip(text, 80))];
    let (word, style) = match &release.result {
        ReleaseResult::Success => ("success", GREEN),
        ReleaseResult::Failed { .. } => ("failed", RED),
        ReleaseResult::Unverified { .. } => ("unverified", RED),
        ReleaseResult::Cancelled => ("cancelled", YELLOW),
        ReleaseResult::Moved => ("moved", YELLOW),
        ReleaseResult::Prepared => ("prepared", YELLOW),
        ReleaseResult::Abandoned => ("abandoned", YELLOW),
        ReleaseResult::Open => ("open", YELLOW),
    };
    vec![
        line_cell(&Line::new().moment(record.opened)),
        cell(record.lane.environment.as_str()),
        cell(&record.version.to_string()),
        cell(record.commit.short()),
        vec![(style, word.to_owned())],
        cell(&record.origin.actor),
        cell(&record.description),
    ]
}
