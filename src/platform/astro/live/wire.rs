//! What Astro answers, as far as it is read. Values of variables are never among it.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// A deployment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) status_reason: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    /// The page of its Airflow, without a scheme.
    #[serde(default)]
    pub(super) web_server_url: Option<String>,
    pub(super) astro_runtime_version: String,
    pub(super) airflow_version: String,
    pub(super) is_dag_deploy_enabled: bool,
    /// Whether API tokens alone may deploy.
    #[serde(default)]
    pub(super) is_cicd_enforced: bool,
    #[serde(default)]
    pub(super) dag_tarball_version: Option<String>,
    #[serde(default)]
    pub(super) desired_dag_tarball_version: Option<String>,
    #[serde(default)]
    pub(super) image_tag: Option<String>,
    pub(super) web_server_airflow_api_url: String,
    #[serde(default)]
    pub(super) environment_variables: Vec<Variable>,
    #[serde(default)]
    pub(super) scaling_spec: Option<Scaling>,
    #[serde(default)]
    pub(super) remote_execution: Option<Remote>,
}

/// An environment variable: its name alone.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Variable {
    pub(super) key: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Remote {
    #[serde(default)]
    pub(super) enabled: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scaling {
    #[serde(default)]
    pub(super) hibernation_spec: Option<Hibernation>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Hibernation {
    #[serde(default, rename = "override")]
    pub(super) overridden: Option<Override>,
}

/// What a person said of a deployment's sleep.
#[expect(clippy::struct_field_names, reason = "Astro's own names")]
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Override {
    #[serde(default)]
    pub(super) is_active: bool,
    #[serde(default)]
    pub(super) is_hibernating: bool,
    #[serde(default)]
    pub(super) override_until: Option<String>,
}

impl Deployment {
    /// Whether it sleeps.
    pub(super) fn sleeps(&self) -> bool {
        self.status == "HIBERNATING"
    }

    /// The version of the DAGs that it runs, or is about to run. Where DAGs come in the image alone, that is the image's tag.
    pub(super) fn version(&self) -> Option<&str> {
        let wanted = self.desired_dag_tarball_version.as_deref().filter(|text| !text.is_empty());
        if self.is_dag_deploy_enabled { wanted.or_else(|| self.running()) } else { self.running() }
    }

    /// The version of the DAGs that it runs.
    pub(super) fn running(&self) -> Option<&str> {
        let version = if self.is_dag_deploy_enabled { &self.dag_tarball_version } else { &self.image_tag };
        version.as_deref().filter(|text| !text.is_empty())
    }

    /// The override of its sleep that holds now.
    pub(super) fn overridden(&self) -> Option<&Override> {
        self.scaling_spec.as_ref()?.hibernation_spec.as_ref()?.overridden.as_ref().filter(|over| over.is_active)
    }
}

/// What deployments can be made of, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    pub(super) runtime_releases: Vec<Runtime>,
}

/// A version of Astro's runtime.
#[derive(Debug, Deserialize)]
pub(super) struct Runtime {
    pub(super) version: String,
}

/// A page of deployments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployments {
    pub(super) deployments: Vec<Deployment>,
    #[serde(default)]
    pub(super) total_count: usize,
}

/// A deploy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deploy {
    pub(super) id: String,
    /// What it brought: `DAG_ONLY`, `IMAGE_AND_DAG`, `IMAGE_ONLY`, `BUNDLE`.
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    /// Whoever has it may write there.
    #[serde(default, deserialize_with = "secret")]
    pub(super) dags_upload_url: Option<SecretString>,
    #[serde(default)]
    pub(super) dag_tarball_version: Option<String>,
    /// Whoever has it may write there.
    #[serde(default, deserialize_with = "secret")]
    pub(super) bundle_upload_url: Option<SecretString>,
    /// Where the bundle that it brought is mounted.
    #[serde(default)]
    pub(super) bundle_mount_path: Option<String>,
    /// The bundles of the deployment.
    #[serde(default)]
    pub(super) bundles: Vec<Bundle>,
    /// Where an image of this deploy is put, and under which tag.
    #[serde(default)]
    pub(super) image_repository: String,
    #[serde(default)]
    pub(super) image_tag: String,
    #[serde(default)]
    pub(super) astro_runtime_version: Option<String>,
    #[serde(default)]
    pub(super) git: Option<Git>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) rollback_from_id: Option<String>,
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
}

/// A bundle of a deployment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle {
    pub(super) mount_path: String,
    #[serde(default)]
    pub(super) current_version: Option<String>,
}

impl Deploy {
    /// Whether it brought the bundle at this path. The API's description knows no kind of its own for that in an answer.
    pub(super) fn is_bundle(&self, mount: &str) -> bool {
        self.mounted() == Some(mount)
    }

    /// Where the bundle that it brought is mounted, if it brought one.
    pub(super) fn mounted(&self) -> Option<&str> {
        self.bundle_mount_path.as_deref().filter(|path| !path.is_empty())
    }

    /// The version of the bundle at this path, as this deploy tells it.
    pub(super) fn version_of(&self, mount: &str) -> Option<&str> {
        let bundle = self.bundles.iter().find(|bundle| bundle.mount_path == mount)?;
        bundle.current_version.as_deref().filter(|version| !version.is_empty())
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()).map(SecretString::from))
}

/// Which commit a deploy came from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Git {
    pub(super) commit_sha: String,
    #[serde(default)]
    pub(super) account: Option<String>,
    #[serde(default)]
    pub(super) repo: Option<String>,
    #[serde(default)]
    pub(super) remote_url: Option<String>,
    #[serde(default)]
    pub(super) path: Option<String>,
}

impl Git {
    /// The address of its repository, where it is told.
    pub(super) fn repository(&self) -> Option<String> {
        match (&self.account, &self.repo, &self.remote_url) {
            (Some(account), Some(repo), _) => Some(format!("https://github.com/{account}/{repo}")),
            (_, _, Some(url)) => Some(url.trim_end_matches('/').trim_end_matches(".git").to_owned()),
            _ => None,
        }
    }
}

/// A page of deploys.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deploys {
    pub(super) deploys: Vec<Deploy>,
    pub(super) total_count: usize,
}

/// A page of environment objects.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Objects {
    pub(super) environment_objects: Vec<Object>,
    pub(super) total_count: usize,
}

/// An environment object: its name and its sort.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    pub(super) object_key: String,
    pub(super) object_type: String,
}
