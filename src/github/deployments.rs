//! GitHub Deployments and their statuses, as data: which of them count as a release is decided in `history`.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::client::Client;
use super::permission::Permission;
use super::request::Request;
use super::retry::{Look, Retry};
use super::wire;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// The longest description of a deployment or a status, in characters.
pub(super) const LONGEST_DESCRIPTION: usize = 140;

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deployment {
    /// Its id; they grow.
    pub id: u64,
    /// The commit.
    pub sha: CommitSha,
    /// What was asked to be deployed: a hash or a branch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `deploy`, or what its maker calls it.
    #[serde(default, deserialize_with = "wire::text")]
    pub task: String,
    /// The environment.
    pub environment: String,
    /// What its maker stored. Any workflow may have written it.
    #[serde(default, deserialize_with = "payload")]
    pub payload: Value,
    /// In words.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: String,
    /// Who made it; absent when the account is gone.
    #[serde(default, deserialize_with = "wire::login")]
    pub creator: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// What happened to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Something broke.
    Error,
    /// It failed.
    Failure,
    /// It is no longer what is there, or never came to be.
    Inactive,
    /// At work.
    InProgress,
    /// Waiting.
    Queued,
    /// Waiting.
    Pending,
    /// It is there.
    Success,
    /// Something that GitHub added later.
    #[serde(other)]
    Unknown,
}

/// One entry in the life of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeploymentStatus {
    /// Its id; they grow.
    pub id: u64,
    /// What happened.
    pub state: DeploymentState,
    /// In words.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: String,
    /// Who says so; absent when the account is gone.
    #[serde(default, deserialize_with = "wire::login")]
    pub creator: Option<String>,
    /// The run's page.
    #[serde(default, deserialize_with = "wire::some_text")]
    pub log_url: Option<String>,
    /// Where the environment can be seen.
    #[serde(default, deserialize_with = "wire::some_text")]
    pub environment_url: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Which deployments are wanted; what is not given is not filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentQuery {
    /// Of this environment.
    pub environment: Option<String>,
    /// Of this task.
    pub task: Option<String>,
    /// Of this commit.
    pub sha: Option<CommitSha>,
    /// No more than this many, the newest; all without it.
    pub newest: Option<usize>,
}

/// A deployment to be made. It merges nothing and waits for no check: the gate has decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewDeployment {
    /// The commit.
    #[serde(rename = "ref")]
    pub commit: CommitSha,
    /// What it is.
    pub task: String,
    /// The environment.
    pub environment: String,
    /// What is to be stored; unique, so that a lost answer can be looked for.
    pub payload: Value,
    /// In words; cut at 140 characters.
    pub description: String,
    /// Whether people use the environment.
    pub production_environment: bool,
    /// Whether the environment goes away by itself, as previews do.
    pub transient_environment: bool,
}

#[derive(Serialize)]
struct DeploymentBody<'a> {
    #[serde(flatten)]
    deployment: &'a NewDeployment,
    auto_merge: bool,
    required_contexts: [&'a str; 0],
}

/// A status to be added. It makes no other deployment inactive: several projects share an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewStatus {
    /// What happened.
    pub state: DeploymentState,
    /// In words; cut at 140 characters.
    pub description: String,
    /// The run's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_url: Option<String>,
    /// Where the environment can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_url: Option<String>,
}

#[derive(Serialize)]
struct StatusBody<'a> {
    #[serde(flatten)]
    status: &'a NewStatus,
    auto_inactive: bool,
}

/// A payload that was sent as a text of JSON comes back as that text.
fn payload<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        value => value,
    })
}

impl Client {
    /// Deployments, newest first.
    pub async fn deployments(&self, query: &DeploymentQuery, watch: &Watch) -> Result<Vec<Deployment>, Problem> {
        let purpose = match &query.environment {
            Some(environment) => format!("read the deployments to {environment}"),
            None => "read the deployments".to_owned(),
        };
        let mut request = Request::get(self.url(&["deployments"]), Permission::READ_DEPLOYMENTS, purpose);
        let sha = query.sha.as_ref().map(CommitSha::as_str);
        let filters = [("environment", query.environment.as_deref()), ("task", query.task.as_deref()), ("sha", sha)];
        for (key, value) in filters {
            request = value.into_iter().fold(request, |request, value| request.with(key, value));
        }
        let most = query.newest.unwrap_or(usize::MAX);
        let mut all = Vec::new();
        self.each_page(request, watch, |page: Vec<Deployment>| {
            all.extend(page);
            all.len() < most
        })
        .await?;
        all.truncate(most);
        Ok(all)
    }

    /// One deployment.
    pub async fn deployment(&self, id: u64, watch: &Watch) -> Result<Deployment, Problem> {
        let url = self.url(&["deployments", &id.to_string()]);
        let request = Request::get(url, Permission::READ_DEPLOYMENTS, format!("read the deployment {id}"));
        self.call(&request, Retry::Safe, watch).await
    }

    /// Makes a deployment. When the answer is lost, the newest one with this very payload is taken for it.
    pub async fn create_deployment(&self, new: &NewDeployment, watch: &Watch) -> Result<Deployment, Problem> {
        let new = &NewDeployment { description: wire::cut(&new.description, LONGEST_DESCRIPTION), ..new.clone() };
        let body = DeploymentBody { deployment: new, auto_merge: false, required_contexts: [] };
        let purpose = format!("record a deployment to {}", new.environment);
        let request = Request::post(self.url(&["deployments"]), &body, Permission::WRITE_DEPLOYMENTS, purpose)?;
        let look: &Look<'_, Deployment> = &|| Box::pin(self.find_deployment(new, watch));
        self.call(&request, Retry::LookFirst(look), watch).await
    }

    async fn find_deployment(&self, new: &NewDeployment, watch: &Watch) -> Result<Option<Deployment>, Problem> {
        let query = DeploymentQuery {
            environment: Some(new.environment.clone()),
            task: Some(new.task.clone()),
            sha: Some(new.commit.clone()),
            newest: None,
        };
        let deployments = self.deployments(&query, watch).await?;
        Ok(deployments.into_iter().find(|deployment| deployment.payload == new.payload))
    }

    /// The statuses of a deployment, newest first.
    pub async fn statuses(&self, deployment: u64, watch: &Watch) -> Result<Vec<DeploymentStatus>, Problem> {
        let url = self.url(&["deployments", &deployment.to_string(), "statuses"]);
        let purpose = format!("read the statuses of the deployment {deployment}");
        self.pages::<Vec<DeploymentStatus>>(Request::get(url, Permission::READ_DEPLOYMENTS, purpose), watch).await
    }

    /// Adds a status. When the answer is lost and the newest status says the same, that one is taken for it.
    pub async fn create_status(
        &self,
        deployment: u64,
        new: &NewStatus,
        watch: &Watch,
    ) -> Result<DeploymentStatus, Problem> {
        let new = &NewStatus { description: wire::cut(&new.description, LONGEST_DESCRIPTION), ..new.clone() };
        let url = self.url(&["deployments", &deployment.to_string(), "statuses"]);
        let purpose = format!("add a status to the deployment {deployment}");
        let body = StatusBody { status: new, auto_inactive: false };
        let request = Request::post(url, &body, Permission::WRITE_DEPLOYMENTS, purpose)?;
        let look: &Look<'_, DeploymentStatus> = &|| {
            Box::pin(async move {
                let newest = self.statuses(deployment, watch).await?.into_iter().next();
                Ok(newest.filter(|found| new.says_the_same(found)))
            })
        };
        self.call(&request, Retry::LookFirst(look), watch).await
    }
}

impl NewStatus {
    fn says_the_same(&self, found: &DeploymentStatus) -> bool {
        self.state == found.state && self.description == found.description && self.log_url == found.log_url
    }
}
