//! The JSON schema of `airlock.toml`, for editors. The structs only describe; the reader reads by hand, to tell every
//! problem with its place. A test holds the two together.

use schemars::{JsonSchema, Schema, schema_for};

use super::{ConsentRule, Destructive, FlagRule};
use crate::context::inputs::PlatformName;

/// Airlock's configuration, in `airlock.toml` at the repository's root. Nothing in it is required.
#[derive(Debug, JsonSchema)]
#[schemars(title = "airlock.toml", rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigFile {
    /// The projects; found by looking at the tree when there are none.
    pub project: Option<Vec<ProjectTable>>,
    /// The environments; `dev` and `prod` when there are none.
    pub environment: Option<Vec<EnvironmentTable>>,
    /// Bots that may start deployments, by login, such as `release-bot[bot]`.
    pub dispatch_by: Option<Vec<String>>,
    /// Whether a `schedule` tells in the comments of open pull requests what has moved since they were written.
    pub refresh_comments: Option<bool>,
    /// Names of variables that installations and compilers may see; what the workflow names, when absent.
    pub install_env: Option<Vec<String>>,
    /// Names of variables that tests may see; what the workflow names, when absent.
    pub test_env: Option<Vec<String>>,
}

/// A folder of one platform's code.
#[derive(Debug, JsonSchema)]
#[schemars(title = "project", rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProjectTable {
    /// Its id in reports, records and consent; the folder, when absent (the platform, at the root itself).
    pub id: Option<String>,
    /// Its folder from the repository's root; `.` for the root itself.
    pub path: String,
    /// What its code is; found by looking at the folder when absent or `auto`.
    pub platform: Option<PlatformOrAuto>,
    /// How to test it: `auto`, `none`, a command without shell syntax, or its arguments as a list.
    pub test_command: Option<Command>,
    /// How to install its dependencies, spelled like `test-command`.
    pub install_command: Option<Command>,
    /// How it is read and deployed, where `platform` is `command`; how it is pushed to the first environment, where it is `paragon`.
    pub command: Option<CommandTable>,
    /// What it says of itself, where `platform` is `astro`.
    pub astro: Option<AstroTable>,
}

/// What a project of Airflow DAGs says of itself.
#[derive(Debug, JsonSchema)]
#[schemars(title = "astro", rename_all = "kebab-case", deny_unknown_fields)]
pub struct AstroTable {
    /// The folder of its DAGs below the project's; `dags`, when absent.
    pub dags: Option<String>,
    /// The project is a bundle of dbt, mounted at this path, such as `/usr/local/airflow/dbt/shop`.
    pub mount_path: Option<String>,
}

/// Commands of your own, each the program and its arguments. `observe`, `deploy`, `verify`, `env` and `time-limit` count as
/// the default branch has them. A project of Paragon has `deploy`, `verify`, `env` and `time-limit` alone.
#[derive(Debug, JsonSchema)]
#[schemars(title = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandTable {
    /// Globs below the project's folder: the files that are deployed. All that git tracks there, when absent.
    pub files: Option<Vec<String>>,
    /// Writes the manifest to the file that `$AIRLOCK_OUTPUT` names; each file is a resource, when absent.
    pub manifest: Option<Vec<String>>,
    /// Writes what is there now, in the same form; the newest release stands for it, when absent.
    pub observe: Option<Vec<String>>,
    /// Deploys the files in `$AIRLOCK_FILES` by the plan in `$AIRLOCK_PLAN`.
    pub deploy: Option<Vec<String>>,
    /// Ends with 0 when what is live is what was sent, and with 1 when it is not.
    pub verify: Option<Vec<String>>,
    /// The variables that `observe`, `deploy` and `verify` see: `NAME_<ENVIRONMENT>`, handed over as `NAME`.
    pub env: Option<Vec<String>>,
    /// How long each command may take, such as `10m`, which is the default.
    pub time_limit: Option<String>,
}

/// A platform's name, or `auto`.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum PlatformOrAuto {
    /// A platform.
    Named(PlatformName),
    /// Look at the folder.
    Auto(Auto),
}

/// The word `auto`.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Auto {
    /// Look at the folder.
    Auto,
}

/// A command: one text, or the program and its arguments.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Command {
    /// One text, split at spaces outside quotes.
    Text(String),
    /// The program and its arguments.
    Arguments(Vec<String>),
}

/// A named place to deploy to.
#[derive(Debug, JsonSchema)]
#[schemars(title = "environment", rename_all = "kebab-case", deny_unknown_fields)]
pub struct EnvironmentTable {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// Whether only a manual run may change it.
    pub production: Option<bool>,
    /// The branch whose pushes deploy it; the first that is not production has the default branch.
    pub branch: Option<String>,
    /// Branches that a manual run may start from, beside the default branch.
    pub refs: Option<Vec<String>>,
    /// The environment that a release must have passed before. Production follows the last environment before it that
    /// is not production, unless this says otherwise; empty: none.
    pub after: Option<String>,
    /// Outside production, what a removal needs: `reviewed` (the default), the plan of a merged pull request; `consent`,
    /// a manual run that names it.
    pub destructive: Option<Destructive>,
    /// What counts as consent: `named` (the default), every removal; `flag`, the bare `allow-destructive`.
    pub consent: Option<ConsentRule>,
    /// What `allow-destructive` must say for production: `stated` (the default), either; `true`, for every deploy.
    pub flag: Option<FlagRule>,
    /// Warnings that are accepted for good.
    pub accept: Option<Vec<AcceptTable>>,
    /// How long to wait for another run that holds it, such as `10m`, which is the default.
    pub wait: Option<String>,
    /// Where it deploys to, if not to each project's own platform.
    pub platform: Option<PlatformName>,
    /// The page where it can be looked at, `https://…`: GitHub links it beside each deploy.
    pub url: Option<String>,
    /// The name by which one manual run deploys it together with others.
    pub group: Option<String>,
    /// How long one deploy to it may take, such as `20m`; as long as the job, when absent.
    pub time_limit: Option<String>,
    /// Whether the previews of pull requests are made from it; the first that is not production, when none says so.
    pub previews: Option<bool>,
}

/// A warning that is accepted for good.
#[derive(Debug, JsonSchema)]
#[schemars(title = "acceptance", rename_all = "kebab-case", deny_unknown_fields)]
pub struct AcceptTable {
    /// The message's code.
    pub code: String,
    /// The resource it is accepted for.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// The schema, as `airlock schema config` prints it.
pub fn schema() -> Schema {
    schema_for!(ConfigFile)
}
