//! A picture of which version is where.

use crate::outcome::sum::LaneOf;
use crate::outcome::{Deployed, Outcome};
use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::View;

/// More environments than these make no picture.
const MOST: usize = 24;

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let lanes = view.outcome.lanes();
    let known = lanes.iter().any(|of| of.lane.current.is_some());
    let in_order = view.outcome.projects.values().any(|of| of.lanes.len() > 1);
    if size == Size::Line || !in_order || lanes.len() > MOST || !known {
        return md;
    }
    md.fence("mermaid", &picture(view.outcome, &lanes));
    md
}

fn picture(outcome: &Outcome, lanes: &[LaneOf<'_>]) -> String {
    let mut drawn = vec!["flowchart LR".to_owned()];
    let mut before: Option<(usize, &LaneOf<'_>)> = None;
    for (place, of) in lanes.iter().enumerate() {
        let project =
            if outcome.projects.len() > 1 { format!("{}<br>", safe(of.project.as_str())) } else { String::new() };
        let version = of.lane.current.as_ref().map_or("nothing yet".to_owned(), |release| {
            format!("{}<br>{}", safe(&release.record.version.to_string()), release.record.commit.short())
        });
        drawn.push(format!("  l{place}[\"{project}<b>{}</b><br>{version}\"]", safe(of.environment.as_str())));
        match before {
            Some((number, previous)) if previous.project == of.project => {
                drawn.push(format!("  l{number} --> l{place}"));
            }
            _ => {}
        }
        if of.lane.deploy.done().is_some_and(Deployed::confirmed) {
            drawn.push(format!("  style l{place} stroke-width:3px"));
        }
        before = Some((place, of));
    }
    drawn.join("\n")
}

/// Letters, digits and a few marks; anything else could be read as part of the picture's language.
fn safe(foreign: &str) -> String {
    let kept = |letter: char| if letter.is_ascii_alphanumeric() || "._+-/".contains(letter) { letter } else { '_' };
    foreign.chars().take(60).map(kept).collect()
}
