//! The client against the GitHub of the tests.

mod artifacts;
mod calls;
mod failures;
mod lists;
mod losses;

use serde_json::json;

use super::*;
use crate::tests::facts::sha;

fn new_check(annotations: usize) -> NewCheck {
    let annotation = |line| Annotation {
        path: "github/syncs/issues.ts".into(),
        start_line: line,
        end_line: line,
        start_column: Some(1),
        end_column: None,
        annotation_level: Level::Warning,
        message: "no".into(),
        title: Some("untested".into()),
    };
    NewCheck {
        name: "Airlock".into(),
        head_sha: sha('a'),
        external_id: "run-1-1".into(),
        details_url: Some("https://github.com/acme/shop/actions/runs/1".into()),
        conclusion: Conclusion::Neutral,
        title: "removes 2".into(),
        summary: "# Plan".into(),
        text: None,
        annotations: (1..).take(annotations).map(annotation).collect(),
    }
}

fn new_deployment() -> NewDeployment {
    NewDeployment {
        commit: sha('a'),
        task: "airlock".into(),
        environment: "prod".into(),
        payload: json!({"schema": 1, "run": 7, "opened": "2026-01-01T00:00:00Z"}),
        description: "2.4.1".into(),
        production_environment: true,
        transient_environment: false,
    }
}

fn new_status(state: DeploymentState) -> NewStatus {
    NewStatus { state, description: "sent".into(), log_url: Some("https://run".into()), environment_url: None }
}
