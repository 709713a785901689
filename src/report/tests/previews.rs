//! What a reviewer is told of previews.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{World, lane};
use crate::names::{EnvironmentName, ProjectId};
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::outcome::{Deployed, PreviewEnd, PreviewOutcome, Stage};
use crate::platform::previews::Preview;
use crate::problem::{Fault, Problem};
use crate::release::ReleaseKind;
use crate::report::{Limit, comment, summary, terminal};

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// The deploy of a lane that went well.
fn deployed() -> Box<Deployed> {
    let lane = lane("preview-pr-812", "0.0.0-pr.812").adds("dag report", &[]).deployed(ReleaseKind::Deploy, None);
    let outcome = World::push().lane(lane).outcome();
    Box::new(outcome.lanes()[0].lane.deploy.done().unwrap().clone())
}

fn stands(deploy: Stage<Box<Deployed>>) -> PreviewEnd {
    let preview = Preview {
        name: "pr-812-etl-dev".to_owned(),
        source: "etl dev".to_owned(),
        page: Some("https://org1.astronomer.run/dabc".to_owned()),
        made: true,
        wanting: BTreeMap::from([
            ("secret environment variables".to_owned(), names(&["SENTRY_DSN", "WAREHOUSE_KEY"])),
            ("password and extra of connections".to_owned(), names(&["warehouse"])),
        ]),
        notes: Vec::new(),
    };
    PreviewEnd::Stands { preview: Box::new(preview), deploy }
}

fn story(end: PreviewEnd) -> Sealed {
    let world = World::pull_request()
        .passed(12)
        .lane(lane("dev", "1.1.0-dev.4").on_merge().adds("dag report", &["0 8 * * 1"]).runs("1.0.0", 'a'));
    let of = |end| PreviewOutcome {
        project: ProjectId::new("integrations").unwrap(),
        pull: 812,
        environment: EnvironmentName::of_pull(812),
        end,
    };
    world.with(|outcome| outcome.previews = vec![of(end)]).sealed()
}

pub(super) fn previewed() -> Sealed {
    story(stands(Stage::Done(deployed())))
}

#[test]
fn a_reviewer_finds_the_preview_and_what_to_enter_there() {
    insta::assert_snapshot!(comment(&previewed(), Limit::COMMENT).unwrap(), @r#"
    ### ✅ Adds 1, removes nothing

    | | this PR | already waiting | version | compared with |
    | :-- | :-- | :-- | :-- | :-- |
    | **dev** · on merge | +1 ~0 | – | `1.1.0-dev.4` | live |

    🔎 **Preview** `pr-812-etl-dev` runs [`eeeeeee`](https://github.com/acme/integrations/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) · made now from `etl dev` · goes when [\#&#8203;812](https://github.com/acme/integrations/pull/812) is closed · [open it](https://org1.astronomer.run/dabc)
    - ✍️ To be entered there by hand: password and extra of connections `warehouse` · secret environment variables `SENTRY_DSN`, `WAREHOUSE_KEY`

    | change | resource | details |
    | :-- | :-- | :-- |
    | Add | dag `report` | 0 8 \* \* 1 |

    <sub>12 tests passed in 41 s · compiled · [`a1b2c3d`](https://github.com/acme/integrations/commit/a1b2c3d4e5f60718293a4b5c6d7e8f9012345678) · [full report](https://github.com/acme/integrations/actions/runs/77)</sub>
    "#);
}

#[test]
fn each_end_of_a_preview_is_told() {
    let failed =
        || Problem::new("deploy-failed", Fault::Platform, "Astro says that the deploy failed").help("look there");
    let ends = [
        PreviewEnd::None("`nango` has no previews of pull requests".to_owned()),
        PreviewEnd::Failed(failed()),
        stands(Stage::Failed(failed())),
        PreviewEnd::Removed("pr-812-etl-dev".to_owned()),
    ];
    let told = ends.map(|end| {
        let sealed = story(end);
        let summary = summary(&sealed, Limit::SUMMARY);
        let lines = summary
            .lines()
            .filter(|line| ["###", "🔎", "🧹", "✍", "👉", "deploy-failed"].iter().any(|sign| line.contains(sign)));
        format!(
            "{} {}\n{}",
            sealed.outcome().exit_code(),
            sealed.outcome().reason_code(),
            lines.collect::<Vec<_>>().join("\n")
        )
    });
    insta::assert_snapshot!(told.join("\n\n"), @r#"
    0 changes
    ### ✅ Adds 1, removes nothing
    🔎 No preview: `nango` has no previews of pull requests

    5 deploy-failed
    ### ❌ preview-pr-812: Astro says that the deploy failed
    - 👉 look there

    5 deploy-failed
    ### ❌ preview-pr-812: Astro says that the deploy failed
    - 👉 look there
    🔎 **Preview** `pr-812-etl-dev` does not run this commit · made now from `etl dev` · goes when [\#&#8203;812](https://github.com/acme/integrations/pull/812) is closed · [open it](https://org1.astronomer.run/dabc)
    - ✍️ To be entered there by hand: password and extra of connections `warehouse` · secret environment variables `SENTRY_DSN`, `WAREHOUSE_KEY`

    0 changes
    ### ✅ Adds 1, removes nothing
    🧹 Preview `pr-812-etl-dev` is gone: [\#&#8203;812](https://github.com/acme/integrations/pull/812) is closed
    "#);
}

#[test]
fn secrets_are_hidden_and_names_escaped() {
    let hostile = "evil [x](https://evil.example) @ana <b> hunter2-secret";
    let redactor = Redactor::new(["hunter2-secret"]);
    let mut preview = Preview { name: hostile.to_owned(), source: hostile.to_owned(), ..Preview::default() };
    preview.page = Some("javascript:alert(1)".to_owned());
    preview.wanting.insert(hostile.to_owned(), names(&[hostile]));
    preview.notes.push(hostile.to_owned());
    let end = PreviewEnd::Stands {
        preview: Box::new(preview),
        deploy: Stage::Failed(Problem::new("x", Fault::Platform, hostile)),
    };
    let sealed = story(end).outcome().clone().redacted(&redactor);
    let comment = comment(&sealed, Limit::COMMENT).unwrap();
    // Between backticks nothing is markup.
    let markup: String = comment.split('`').step_by(2).collect();
    for bad in ["](https://evil", "](javascript", "<b>", "@ana"] {
        assert!(!markup.contains(bad), "`{bad}`:\n{comment}");
    }
    assert!(!comment.contains("hunter2"), "{comment}");
    assert!(!terminal(&sealed, false, 80).contains("hunter2"));
}
