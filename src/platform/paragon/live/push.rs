//! A push to the first environment: the project's own `deploy` command runs Paragon's CLI, pinned, in the files of the commit that
//! is released, confined, with one key. The key counts for a whole organisation, so a commit pushes to the project that the
//! environment names and to no other. What the CLI says is not believed when it is good: Connect is read back.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Connect, PROJECT_ID, SIGNING_KEY, denial, pin};
use crate::applied::{Applied, Verified};
use crate::context::config::command::Keyed;
use crate::history::OpenRecord;
use crate::keys::{Keys, candidates};
use crate::names::LaneId;
use crate::net::{self, Plain};
use crate::platform::command::Kept;
use crate::platform::command::live::{Door as Own, Live as Command, Manner};
use crate::platform::paragon::place::PROJECT;
use crate::platform::{Payload, Platform as _};
use crate::problem::{Fault, Problem};
use crate::tree::join;
use crate::watch::Watch;

/// The secret that the CLI pushes with.
pub const CLI_KEY: &str = "PARAGON_CLI_KEY";
/// The variables that name other hosts than the cloud's, and the cloud's.
const ZEUS: (&str, &str) = ("PARAGON_ZEUS_URL", "https://zeus.useparagon.com");
const DASHBOARD: (&str, &str) = ("PARAGON_DASHBOARD_URL", "https://dashboard.useparagon.com");
/// The profile of a project that names none.
const PROFILE: &str = "default";
/// The largest link to a project that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// What pushes.
#[derive(Debug)]
pub(super) struct Push<'d> {
    own: Own<'d>,
    lane: LaneId,
    sole: bool,
    key: SecretString,
    services: serde_json::Value,
}

/// `.para/project.json`, as far as it is known.
#[derive(Deserialize)]
struct Link {
    #[serde(rename = "projectId")]
    project: String,
    profile: Option<String>,
}

impl<'d> Push<'d> {
    /// Makes ready to push. Nothing is sent yet.
    ///
    /// # Errors
    /// `key-missing` without the CLI's key, or without those that read back; `address-unusable`; what the commands lack.
    pub(super) fn new(
        own: Own<'d>,
        lane: &LaneId,
        (keys, sole): (&Keys, bool),
        connect: Option<&Connect>,
    ) -> Result<Self, Problem> {
        let variables = own.hand.variables;
        let key = keys.find(CLI_KEY, &lane.environment, sole);
        let lacks = [(key.is_none(), CLI_KEY), (connect.is_none(), PROJECT_ID), (connect.is_none(), SIGNING_KEY)];
        let names = |name: &str| format!("`{}`", candidates(name, &lane.environment, sole).join("` or `"));
        let missing: Vec<String> = lacks.iter().filter(|(lacks, _)| *lacks).map(|(_, name)| names(name)).collect();
        let Some(key) = key.filter(|_| missing.is_empty()) else {
            let says = format!("a push to `{}` takes a key of the CLI and what reads it back", lane.environment);
            return Err(Problem::input("key-missing", says)
                .cause(format!("not in this run: {}", missing.join(", ")))
                .help("give them to the step; docs/platforms/paragon.md says where they come from"));
        };
        let host = |(name, cloud): (&str, &str)| {
            let given = variables.get(name).map(|host| host.trim()).filter(|host| !host.is_empty());
            let base = net::base_url(name, given.unwrap_or(cloud), Plain::Loopback)?;
            Ok::<String, Problem>(base.as_str().trim_end_matches('/').to_owned())
        };
        let services = json!({ "zeus": host(ZEUS)?, "dashboard": host(DASHBOARD)? });
        let push = Self { own, lane: lane.clone(), sole, key: SecretString::from(key.value.expose_secret()), services };
        push.command(PROFILE)?;
        Ok(push)
    }

    /// Whether another command than the push says what is live.
    pub(super) fn verifies(&self) -> bool {
        self.own.keyed.verify.is_some()
    }

    pub(super) async fn apply(
        &self,
        project: &str,
        (record, payload): (&OpenRecord, &Payload),
        applied: &mut Applied,
        watch: &Watch,
    ) -> Result<(), Problem> {
        let profile = self.checked(project, record, watch).await?;
        self.command(&profile)?.apply(record, payload, applied, watch).await
    }

    pub(super) async fn verify(&self, record: &OpenRecord, payload: &Payload, watch: &Watch) -> Verified {
        match self.command(PROFILE) {
            Ok(command) => command.read_back(record, payload, watch).await,
            Err(problem) => Verified::Unverified { why: problem.to_string() },
        }
    }

    /// Everything that can be said against a push before it begins; else the profile that it is made with.
    async fn checked(&self, project: &str, record: &OpenRecord, watch: &Watch) -> Result<String, Problem> {
        let (hand, Keyed { folder, deploy, .. }) = (self.own.hand, self.own.keyed);
        let commit = &record.record().commit;
        if !hand.git.is_ancestor(commit, &self.own.commit, watch).await? {
            let says = format!("{} is not on the default branch, and a push runs its files with a key", commit.short());
            return Err(Problem::new("commit-not-merged", Fault::Refused, says).help("merge it first"));
        }
        let path = join(folder, PROJECT);
        let text = hand.git.show_file(commit, &path, LARGEST, watch).await?.unwrap_or_default();
        let link: Option<Link> = serde_json::from_slice(&text).ok();
        let Some(link) = link.filter(|link| link.project == project) else {
            let says = format!("`{path}` does not name the project of {}", self.lane.environment);
            return Err(Problem::new("project-differs", Fault::Refused, says).help(format!(
                "a push goes where that file says, and {PROJECT_ID} says `{project}`: correct one of them"
            )));
        };
        pin::look(hand, deploy.as_deref().unwrap_or_default(), (commit, folder), watch).await?;
        let is_plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        Ok(link.profile.filter(is_plain).filter(|name| !name.is_empty()).unwrap_or_else(|| PROFILE.to_owned()))
    }

    /// The project's commands, with the files in HOME from which the CLI takes its key (as Paragon's own action writes them).
    fn command(&self, profile: &str) -> Result<Command<'d>, Problem> {
        let token = json!({ profile: { "profile": profile, "token": self.key.expose_secret() } });
        let hosts = json!({ profile: { "name": profile, "default": true, "services": self.services } });
        let file = |value: serde_json::Value| SecretString::from(value.to_string());
        let files = vec![("credentials.json", file(token)), ("profiles.json", file(hosts))];
        let manner = Manner { home: Kept { folder: ".paragon", files }, denial: denial::of };
        Ok(Command::connect(self.own.clone(), self.lane.clone(), self.sole)?.in_released(manner))
    }
}
