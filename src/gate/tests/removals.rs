//! What is removed was named, by whom and how.

use super::*;

#[test]
fn nothing_is_removed_from_production_that_nobody_named() {
    let removing = || Scene::promotion().removing(&[old(), model()]);
    let yes = || removing().flagged(Stated::Yes);
    let flag_rule = |scene: Scene| scene.bent(|scene| scene.environment.consent = ConsentRule::Flag);
    let digest =
        |scene: Scene| scene.bent(|scene| scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone()));
    table(vec![
        ("false", removing(), "destructive-without-consent"),
        (
            "false, all named",
            removing().consenting(&["github/old-issues", "GithubIssueV1"]),
            "destructive-without-consent",
        ),
        (
            "not stated, all named",
            removing().flagged(Stated::NotStated).consenting(&["github/old-issues", "GithubIssueV1"]),
            "flag-not-stated destructive-without-consent",
        ),
        ("the bare flag", yes(), "destructive-without-consent"),
        ("all named", yes().consenting(&["github/old-issues", "sync:github/issues#GithubIssueV1"]), "approved"),
        ("all named twice", yes().consenting(&["github/old-issues", "github/old-issues", "GithubIssueV1"]), "approved"),
        ("one left out", yes().consenting(&["github/old-issues"]), "destructive-without-consent consent-mismatch"),
        (
            "one too many",
            yes().consenting(&["github/old-issues", "GithubIssueV1", "github/issues"]),
            "consent-mismatch",
        ),
        ("a pattern", yes().consenting(&["*"]), "destructive-without-consent consent-mismatch"),
        (
            "the whole instead of the part",
            yes().consenting(&["github/old-issues", "github/issues"]),
            "destructive-without-consent consent-mismatch",
        ),
        ("the digest of this plan", digest(yes()), "approved"),
        (
            "the digest of another",
            yes().bent(|scene| scene.inputs.consent = ConsentInput::Digest(Digest::of(b"other"))),
            "destructive-without-consent consent-mismatch",
        ),
        ("named where nothing is removed", Scene::promotion().consenting(&["github/old-issues"]), "consent-mismatch"),
        ("the bare flag, where the policy lets it suffice", flag_rule(yes()), "approved"),
        (
            "the same with a consent that does not fit",
            flag_rule(yes().consenting(&["github/issues"])),
            "consent-mismatch",
        ),
        ("reviewed, and the flag", yes().reviewed("#1", &[old()]).reviewed("#2", &[model()]), "approved"),
        ("reviewed, without the flag", removing().reviewed("#1", &[old(), model()]), "destructive-without-consent"),
        ("one of two reviewed", yes().reviewed("#1", &[old()]), "destructive-without-consent"),
        ("one reviewed, one named", yes().reviewed("#1", &[old()]).consenting(&["GithubIssueV1"]), "consent-mismatch"),
        (
            "reviews unreadable, all named",
            yes().consenting(&["github/old-issues", "GithubIssueV1"]).bent(|scene| scene.reviewed = Err(unreadable())),
            "approved",
        ),
        (
            "reviews unreadable, nothing named",
            yes().bent(|scene| scene.reviewed = Err(unreadable())),
            "destructive-without-consent",
        ),
        (
            "named by a bot",
            yes()
                .consenting(&["github/old-issues", "GithubIssueV1"])
                .bent(|scene| dispatch_of(scene).sender.bot = true),
            "not-a-person destructive-without-consent",
        ),
        (
            "a rollback that removes what a pull request was once shown",
            Scene::rollback().removing(&[old()]).flagged(Stated::Yes).reviewed("#1", &[old()]),
            "destructive-without-consent",
        ),
        (
            "a rollback that removes what is named",
            Scene::rollback().removing(&[old()]).flagged(Stated::Yes).consenting(&["github/old-issues"]),
            "approved",
        ),
    ]);
}

#[test]
fn outside_production_reviewed_removals_go_and_others_need_a_dispatch() {
    let push = || Scene::push().removing(&[old()]);
    let by_hand = || Scene::dev_by_hand().removing(&[old()]);
    let only_consent = |scene: Scene| scene.bent(|scene| scene.environment.destructive = Destructive::Consent);
    let empties = |scene: Scene| scene.bent(|scene| scene.plan.empties = true);
    table(vec![
        ("a direct push", push(), "destructive-without-consent"),
        ("a push of what a pull request was shown", push().reviewed("#812", &[old()]), "approved"),
        (
            "a push with a flag and a consent that stand in the workflow file",
            push().flagged(Stated::Yes).consenting(&["github/old-issues"]),
            "destructive-without-consent",
        ),
        (
            "a push where reviews are unreadable",
            push().bent(|scene| scene.reviewed = Err(unreadable())),
            "destructive-without-consent",
        ),
        (
            "a reviewed push where the flag says false",
            push().reviewed("#812", &[old()]).flagged(Stated::No),
            "destructive-without-consent",
        ),
        (
            "a reviewed push that empties the project",
            empties(push().reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a reviewed push where the policy asks for consent",
            only_consent(push().reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        ("a dispatch", by_hand(), "destructive-without-consent"),
        ("a dispatch of what was reviewed", by_hand().reviewed("#812", &[old()]), "approved"),
        ("a dispatch with the bare flag", by_hand().flagged(Stated::Yes), "destructive-without-consent"),
        ("a dispatch that names it", by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"]), "approved"),
        (
            "the same where the policy asks for consent",
            only_consent(by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"])),
            "approved",
        ),
        (
            "reviewed and flagged where the policy asks for consent",
            only_consent(by_hand().flagged(Stated::Yes).reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a dispatch that names it and empties the project",
            empties(by_hand().flagged(Stated::Yes).consenting(&["github/old-issues"])),
            "approved",
        ),
        (
            "a reviewed dispatch that empties the project",
            empties(by_hand().flagged(Stated::Yes).reviewed("#812", &[old()])),
            "destructive-without-consent",
        ),
        (
            "a bot's dispatch that names it",
            by_hand()
                .flagged(Stated::Yes)
                .consenting(&["github/old-issues"])
                .bent(|scene| dispatch_of(scene).sender.bot = true),
            "destructive-without-consent",
        ),
    ]);
}

#[test]
fn with_several_projects_each_gate_judges_its_own_ids() {
    let several =
        |scene: Scene| scene.bent(|scene| scene.projects.push(ProjectId::new("billing").unwrap())).flagged(Stated::Yes);
    let removing = || several(Scene::promotion().removing(&[old()]));
    table(vec![
        ("qualified", removing().consenting(&["integrations/github/old-issues", "billing/x"]), "approved"),
        ("bare", removing().consenting(&["github/old-issues"]), "destructive-without-consent consent-mismatch"),
        ("another project's", removing().consenting(&["billing/github/old-issues"]), "destructive-without-consent"),
        ("no project's", removing().consenting(&["integrations/github/old-issues", "nobody/x"]), "consent-mismatch"),
        (
            "another's digest, and nothing is removed here",
            several(Scene::promotion()).bent(|scene| scene.inputs.consent = ConsentInput::Digest(Digest::of(b"x"))),
            "approved",
        ),
    ]);
}

#[test]
fn the_printed_consent_is_accepted_when_pasted() {
    for subjects in [
        vec![old()],
        vec![old(), model()],
        vec![
            Subject::part(sync("github/issues"), "GET /issues"),
            Subject::part(sync("github/issues"), "GET /issues/{id}"),
        ],
        vec![Subject::whole(sync("a,b")), Subject::whole(sync("x*")), Subject::whole(sync("[y]"))],
        vec![Subject::whole(sync(" z")), Subject::whole(sync("a'b $(x) \\")), Subject::whole(sync("-f"))],
        vec![Subject::whole(sync("same")), Subject::whole(ResourceId::new("action", "same"))],
    ] {
        let scene = Scene::promotion().removing(&subjects);
        let words = shlex::split(&scene.refused().command.unwrap()).unwrap();
        let said =
            |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned();
        let read = |name: &str| said(name).parse::<bool>().unwrap();
        assert!(read("allow-destructive"));
        let consent = crate::context::words::consent(&said("consent")).unwrap();
        let again = scene.flagged(Stated::Yes).bent(|scene| scene.inputs.consent = consent);
        assert_eq!(again.says(), "approved", "{subjects:?}");
    }
}
