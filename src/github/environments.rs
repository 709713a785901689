//! What stands before the secrets of an environment on GitHub's side.

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::permission::Permission;
use super::request::Request;
use super::retry::Retry;
use crate::names::EnvironmentName;
use crate::problem::Problem;
use crate::watch::Watch;

/// A rule that only lets time pass.
const TIMER: &str = "wait_timer";

#[derive(Deserialize)]
struct EnvironmentWire {
    #[serde(default)]
    protection_rules: Vec<RuleWire>,
    #[serde(default)]
    deployment_branch_policy: Value,
}

#[derive(Deserialize)]
struct RuleWire {
    #[serde(rename = "type")]
    kind: String,
}

impl Client {
    /// Whether a branch rule or a person stands before an environment's secrets; `None` when GitHub has no such environment.
    /// GitHub calls this "get an environment", and asks for `actions: read`.
    pub async fn is_guarded(&self, environment: &EnvironmentName, watch: &Watch) -> Result<Option<bool>, Problem> {
        let url = self.url(&["environments", environment.as_str()]);
        let request = Request::get(url, Permission::READ_ACTIONS, format!("read what guards `{environment}`"));
        match self.call::<EnvironmentWire>(&request, Retry::Safe, watch).await {
            Ok(EnvironmentWire { protection_rules, deployment_branch_policy }) => {
                let ruled = protection_rules.iter().any(|rule| rule.kind != TIMER);
                Ok(Some(ruled || !deployment_branch_policy.is_null()))
            }
            Err(problem) if problem.code == "github-not-found" => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}
