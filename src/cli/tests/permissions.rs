//! Every permission that may be missing, one at a time: what still works, and what is said. `docs/permissions.md` has this table.

use std::path::PathBuf;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::scene::{Ground, Scene, Told};
use crate::tests::github::{TokenFact, World};

/// One row of the table.
struct Row {
    missing: &'static str,
    works: &'static str,
    said: &'static str,
    tests: &'static [&'static str],
}

const TABLE: [Row; 9] = [
    Row {
        missing: "`pull-requests: write`",
        works: "everything; the report is in the job summary and the check run",
        said: "a note: the comment was not written, with this line",
        tests: &["without_pull_requests_write_the_comment_alone_is_missing"],
    },
    Row {
        missing: "`pull-requests: read`",
        works: "checks, plans, promotions, and deploys that remove nothing",
        said: "`destructive-without-consent` where something goes that no dispatch named: what reviewers were shown could not be read, with this line",
        tests: &["without_pull_requests_read_a_removal_by_review_is_refused"],
    },
    Row {
        missing: "`checks: write`",
        works: "everything; annotations go through the log",
        said: "a note: the check run was not written, with this line",
        tests: &["without_checks_write_the_check_run_alone_is_missing"],
    },
    Row {
        missing: "`checks: read`",
        works: "everything but `tested-by`, and removals by review",
        said: "`tested-by-unread` or `destructive-without-consent`, with this line",
        tests: &["without_checks_read_other_jobs_and_reviews_do_not_count"],
    },
    Row {
        missing: "`deployments: write`",
        works: "checks, plans, the gate",
        said: "the deploy ends before anything is sent, since its record could not be opened, with this line",
        tests: &["without_deployments_write_nothing_is_sent"],
    },
    Row {
        missing: "`deployments: read`",
        works: "checks, and plans against what is live",
        said: "with the plan a note that versions are not certain, `basis-unreadable` for a deploy, with this line",
        tests: &["without_deployments_read_nothing_is_deployed"],
    },
    Row {
        missing: "`actions: read`",
        works: "the same, once there is a release: it counts only after its run was read",
        said: "the same, with this line",
        tests: &["without_actions_read_nothing_is_deployed"],
    },
    Row {
        missing: "`contents: read`",
        works: "what the checkout has by itself, in a public repository everything",
        said: "`policy-unreadable` where the default branch's commit must be fetched, `basis-unreadable` where a promoted commit's branch must be looked up, with this line",
        tests: &[
            "without_contents_read_the_policy_is_unreadable_where_it_must_be_fetched",
            "without_contents_read_what_is_not_in_the_checkout_is_refused",
        ],
    },
    Row {
        missing: "no token at all",
        works: "checks, and plans against what is live",
        said: "notes that name `github-token`; `basis-unreadable` for a deploy",
        tests: &["without_a_token_nothing_is_deployed"],
    },
];

#[test]
fn the_document_has_this_table_and_each_row_its_test() {
    let mut table = "| missing | what still works | what is said | test |\n| --- | --- | --- | --- |\n".to_owned();
    for Row { missing, works, said, tests } in &TABLE {
        table.push_str(&format!("| {missing} | {works} | {said} | `{}` |\n", tests.join("`, `")));
        for test in *tests {
            assert!(include_str!("permissions.rs").contains(&format!("async fn {test}() {{")), "{test} is no test");
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let from = page.find("| missing |").unwrap();
    let until = from + page[from..].find("\n\n").unwrap() + 1;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &page[..from], &page[until..])).unwrap();
        return;
    }
    assert!(page[from..until] == table, "docs/permissions.md is not up to date: UPDATE_DOCS=1 writes it");
}

/// Dev runs commit 2, prod too; the fourth commit drops a DAG, in a pull request that was shown.
struct Story {
    ground: Ground,
    change: PathBuf,
    scene: Scene,
}

impl Story {
    async fn new() -> Self {
        let ground = Ground::new();
        let change = ground.change(3, 4);
        let mut scene = Scene::new(&ground).await;
        assert_eq!(scene.push(&ground, 2).await.code, 0);
        let told = scene.promote(&ground, 2).await;
        assert_eq!(told.code, 0, "{}", told.all());
        assert_eq!(scene.pull_request(&change, &ground, 3, 4).await.code, 0);
        Self { ground, change, scene }
    }

    async fn without(name: &str, level: &str) -> Self {
        let story = Self::new().await;
        story.scene.world.add_token(World::TOKEN, TokenFact::job().with(name, level));
        story
    }

    async fn review(&mut self) -> Told {
        self.scene.world.state().checks.clear();
        self.scene.world.state().comments.clear();
        let told = self.scene.pull_request(&self.change, &self.ground, 3, 4).await;
        assert_eq!((told.code, told.output("decision")), (0, "planned"), "{}", told.all());
        assert!(told.summary.contains("refunds") && told.summary.contains("live"), "{}", told.summary);
        told
    }

    /// A push that only adds: it is deployed, confirmed and recorded.
    async fn adds(&mut self) -> Told {
        let told = self.scene.push(&self.ground, 3).await;
        assert_eq!((told.code, told.output("decision")), (0, "deployed"), "{}", told.all());
        assert_eq!(self.scene.platform.runs("dev"), ["orders", "refunds", "returns"]);
        told
    }

    /// The push of the merged pull request that drops something.
    async fn removes(&mut self) -> Told {
        self.scene.world.merge_pull(7, self.ground.commit(4));
        self.scene.push(&self.ground, 4).await
    }

    /// Nothing was sent anywhere, and this is why.
    fn is_refused(&self, told: &Told, code: &str, line: &str) {
        assert_eq!((told.code, told.output("reason-code")), (4, code), "{}", told.all());
        assert!(self.scene.platform.runs("prod").len() == 2, "{:?}", self.scene.platform.runs("prod"));
        says(told, line);
    }
}

/// The exact line that is to be added.
fn says(told: &Told, line: &str) {
    assert!(told.summary.contains(&format!("add `{line}` under `permissions:` of the job")), "{}", told.summary);
}

#[tokio::test]
async fn without_pull_requests_write_the_comment_alone_is_missing() {
    let mut story = Story::without("pull-requests", "read").await;
    let told = story.review().await;
    says(&told, "pull-requests: write");
    assert!(story.scene.world.state().comments.is_empty());
    let checks = story.scene.world.state().checks.clone();
    assert!(checks.len() == 1 && checks[0].summary.as_ref().unwrap().contains("refunds"), "{checks:#?}");
    story.adds().await;
    assert_eq!(story.removes().await.output("decision"), "deployed");
}

#[tokio::test]
async fn without_pull_requests_read_a_removal_by_review_is_refused() {
    let mut story = Story::without("pull-requests", "none").await;
    says(&story.review().await, "pull-requests: write");
    story.adds().await;
    let told = story.removes().await;
    story.is_refused(&told, "destructive-without-consent", "pull-requests: read");
    assert!(told.summary.contains("what reviewers were shown could not be read"), "{}", told.summary);
    assert_eq!(story.scene.promote(&story.ground, 3).await.output("decision"), "deployed");
}

#[tokio::test]
async fn without_checks_write_the_check_run_alone_is_missing() {
    let mut story = Story::without("checks", "read").await;
    story.scene.world.state().checks.clear();
    let before = story.scene.world.state().comments.len();
    let told = story.scene.pull_request(&story.change, &story.ground, 3, 4).await;
    assert_eq!(told.code, 0, "{}", told.all());
    says(&told, "checks: write");
    assert!(story.scene.world.state().checks.is_empty() && before == 1);
    assert!(story.scene.world.state().comments[0].body.contains("refunds"));
    says(&story.adds().await, "checks: write");
}

#[tokio::test]
async fn without_checks_read_other_jobs_and_reviews_do_not_count() {
    let mut story = Story::without("checks", "none").await;
    says(&story.review().await, "checks: write");
    story.scene.given("INPUT_TESTED-BY", "unit");
    let told = story.scene.push(&story.ground, 3).await;
    assert_eq!((told.code, story.scene.platform.runs("dev").len()), (3, 2), "{}", told.all());
    says(&told, "checks: read");
    assert!(told.report.contains("tested-by-unread"), "{}", told.report);
    story.scene.variables.clear();
    story.adds().await;
    let told = story.removes().await;
    story.is_refused(&told, "destructive-without-consent", "checks: read");
}

#[tokio::test]
async fn without_deployments_write_nothing_is_sent() {
    let mut story = Story::without("deployments", "read").await;
    let told = story.review().await;
    assert!(!told.summary.contains("permissions:"), "{}", told.summary);
    let before = story.scene.world.state().deployments.len();
    let told = story.scene.push(&story.ground, 3).await;
    assert_eq!((told.code, told.output("decision")), (6, "failed"), "{}", told.all());
    says(&told, "deployments: write");
    assert_eq!(story.scene.world.state().deployments.len(), before);
    assert_eq!(story.scene.platform.runs("dev"), ["orders", "refunds"]);
}

async fn the_history_is_unread(story: &mut Story, line: &str) {
    let told = story.review().await;
    says(&told, line);
    assert!(told.summary.contains("versions are not certain"), "{}", told.summary);
    let told = story.scene.push(&story.ground, 3).await;
    story.is_refused(&told, "basis-unreadable", line);
    assert_eq!(story.scene.platform.runs("dev"), ["orders", "refunds"]);
    let told = story.scene.promote(&story.ground, 2).await;
    story.is_refused(&told, "not-promoted", line);
}

#[tokio::test]
async fn without_deployments_read_nothing_is_deployed() {
    let mut story = Story::without("deployments", "none").await;
    the_history_is_unread(&mut story, "deployments: read").await;
}

#[tokio::test]
async fn without_actions_read_nothing_is_deployed() {
    let mut story = Story::without("actions", "none").await;
    the_history_is_unread(&mut story, "actions: read").await;
}

#[tokio::test]
async fn without_contents_read_what_is_not_in_the_checkout_is_refused() {
    let mut story = Story::new().await;
    // Prod gets, by a dispatch on the third commit, the second: whether `main` has it is asked of GitHub.
    story.adds().await;
    let told = story.scene.promote(&story.ground, 4).await;
    assert_eq!(told.output("decision"), "deployed", "{}", told.all());
    story.scene.world.add_token(World::TOKEN, TokenFact::job().with("contents", "none"));
    let told = story.scene.push(&story.ground, 4).await;
    assert_eq!((told.code, told.output("reason-code")), (4, "destructive-without-consent"), "{}", told.all());
    assert!(told.summary.contains("basis-unreadable") && told.summary.contains("contents: read"), "{}", told.summary);
    assert_eq!(story.scene.platform.runs("dev").len(), 3);
}

#[tokio::test]
async fn without_contents_read_the_policy_is_unreadable_where_it_must_be_fetched() {
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    scene.given("GITHUB_SERVER_URL", &server.uri());
    let told = scene.push_of_a_shallow_clone(&ground, 2).await;
    assert_eq!((told.code, told.output("reason-code")), (4, "policy-unreadable"), "{}", told.all());
    says(&told, "contents: read");
    assert!(scene.platform.runs("dev").is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_deployed() {
    let mut story = Story::new().await;
    story.scene.token = None;
    let asked = story.scene.world.asked().len();
    let told = story.review().await;
    let says =
        |told: &Told| assert!(told.summary.contains("give `github-token: ${{ github.token }}`"), "{}", told.summary);
    says(&told);
    let told = story.scene.push(&story.ground, 3).await;
    assert_eq!((told.code, told.output("reason-code")), (4, "basis-unreadable"), "{}", told.all());
    says(&told);
    assert_eq!(story.scene.platform.runs("dev"), ["orders", "refunds"]);
    story.scene.given("INPUT_TESTED-BY", "unit");
    let told = story.scene.push(&story.ground, 3).await;
    assert!(told.code == 3 && told.report.contains("tested-by-unread"), "{}", told.all());
    assert_eq!(story.scene.world.asked().len(), asked, "GitHub was asked without a token");
}
