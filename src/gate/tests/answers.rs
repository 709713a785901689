//! What the gate answers beside yes: already there, a dry run, every reason at once.

use super::*;

#[test]
fn what_runs_already_is_not_deployed_again() {
    let same = |of: char| {
        Scene::promotion().bent(|scene| {
            scene.history = Ok(History { releases: vec![release(3, lane("prod"), "2.5.0", of)], notes: vec![] });
            scene.plan.changes.clear();
        })
    };
    let failed_after = same('b').bent(|scene| {
        let mut failed = release(4, lane("prod"), "2.6.0", 'b');
        failed.result = ReleaseResult::Unverified { why: "x".into() };
        if let Ok(history) = &mut scene.history {
            history.releases.insert(0, failed);
        }
        scene.plan.version = Version::new(2, 7, 0);
    });
    table(vec![
        ("the same commit, and nothing differs", same('b'), "already 2.5.0"),
        (
            "the same commit, and something differs",
            same('b').bent(|scene| scene.plan.changes = plan("prod", "2.5.0").changes),
            "approved",
        ),
        (
            "nothing differs, and the commit is another",
            same('a').bent(|scene| scene.plan.version = Version::new(2, 6, 0)),
            "approved",
        ),
        ("a deploy after it is uncertain", failed_after, "approved"),
    ]);
}

#[test]
fn a_dry_run_asks_everything_and_gets_no_proof() {
    let dry = |scene: Scene| {
        scene.bent(|scene| {
            scene.inputs.dry_run = true;
            scene.decision.reach = Reach::Plan;
        })
    };
    table(vec![
        ("allowed", dry(Scene::promotion()), "would approve"),
        ("refused", dry(Scene::promotion().removing(&[old()])), "destructive-without-consent"),
        (
            "a reach that was not lowered",
            dry(Scene::promotion()).bent(|scene| scene.decision = decision("prod", true, Intent::Promote)),
            "would approve",
        ),
        (
            "the same reach without dry-run",
            dry(Scene::promotion()).bent(|scene| scene.inputs.dry_run = false),
            "ref-not-allowed",
        ),
        (
            "of another environment",
            dry(Scene::promotion()).bent(|scene| scene.decision.targets = vec![name("dev")]),
            "ref-not-allowed",
        ),
    ]);
}

#[test]
fn all_reasons_are_told_at_once_with_the_line_that_would_do_it() {
    let scene = Scene::promotion().removing(&[old(), model()]).bent(|scene| {
        let subject = Subject::part(sync("hubspot/deals"), "HUBSPOT_APP_ID");
        let message = Message::new(
            Code::SecretMissing,
            subject,
            "it is read in `hubspot/syncs/deals.ts:8` and does not exist there",
        );
        scene.plan.messages.push(message.to_do("add it in Nango → prod → Environment variables"));
    });
    insta::assert_json_snapshot!(scene.refused(), @r#"
{
  "reasons": [
    {
      "code": "destructive-without-consent",
      "why": "would remove `GithubIssueV1` of sync `github/issues`; sync `github/old-issues` (the sync stops and its records are deleted, for 31 connections), and `allow-destructive` is `false`",
      "to_do": "if you mean it, run again as below: `allow-destructive` is `true` and `consent` names every removal"
    },
    {
      "code": "warning-unresolved",
      "why": "`HUBSPOT_APP_ID` of sync `hubspot/deals`: it is read in `hubspot/syncs/deals.ts:8` and does not exist there",
      "to_do": "add it in Nango → prod → Environment variables; or accept it: `accept` = `secret-missing:sync:hubspot/deals`"
    }
  ],
  "passed": [
    "started by hand",
    "by ana",
    "ref",
    "flag",
    "tests",
    "promoted from dev",
    "contains what runs",
    "version",
    "basis",
    "clean tree",
    "confined",
    "policy"
  ],
  "command": "gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f 'consent=github/issues#GithubIssueV1,github/old-issues'"
}
"#);
}

#[test]
fn the_line_is_safe_to_paste() {
    let hostile = Subject::whole(sync("git'hub/$(rm -rf ~),`x`"));
    let typed = Subject::whole(sync("a'b/$(x)"));
    let line = |scene: &Scene| scene.refused().command.unwrap();
    insta::assert_snapshot!(line(&Scene::promotion().removing(std::slice::from_ref(&typed))), @r#"gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f "consent=a'b/"'$(x)'"#);
    // A comma would separate ids: the digest says it without a word of the name.
    insta::assert_snapshot!(line(&Scene::promotion().removing(&[hostile])), @"gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f consent=sha256:ef06d2a0e1b008131caf6878cf8c714e6bb49aa68745f64bd82bb5d8a7a7cb07");
    let simulated = Scene::push().removing(&[old()]).bent(|scene| scene.run.host = Host::Simulated);
    insta::assert_snapshot!(line(&simulated), @"airlock simulate dispatch --environment dev --allow-destructive true --consent github/old-issues");
    let hotfix = Scene::promotion().removing(&[old()]).bent(|scene| {
        dispatch_of(scene).on = Ref::Branch(branch("hotfix/rates"));
        scene.inputs.hotfix = Some("rates are wrong; $HOME".into());
        scene.inputs.description = Some("two\nlines".into());
    });
    insta::assert_snapshot!(line(&hotfix), @"gh workflow run integrations.yml --ref hotfix/rates -f environment=prod -f allow-destructive=true -f consent=github/old-issues -f 'hotfix=rates are wrong; $HOME'");
    let no_dispatch_helps = Scene::promotion().bent(|scene| scene.checks = Err("x".into()));
    assert_eq!(no_dispatch_helps.refused().command, None);
}
