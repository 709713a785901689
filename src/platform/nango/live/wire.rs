//! What Nango's API says, as far as we read it. Values of secrets are dropped while they are read.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `GET /integrations`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Integrations {
    pub(super) data: Vec<Integration>,
}

/// One integration of the environment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Integration {
    #[serde(rename = "unique_key")]
    pub(super) key: String,
    pub(super) provider: String,
    /// To the millisecond: two environments never have the same times.
    #[serde(default)]
    pub(super) created_at: String,
}

/// `GET /integrations/{key}?include=credentials`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OneIntegration {
    pub(super) data: WithCredentials,
}

/// An integration with what its credentials hold.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct WithCredentials {
    #[serde(default)]
    pub(super) credentials: Told,
}

/// What is told of credentials.
#[derive(Debug, Clone, Default)]
pub(super) enum Told {
    /// Nothing: without the scope the field is silently absent.
    #[default]
    Nothing,
    /// The provider takes none.
    NotTaken,
    /// Which are there.
    Held(Credentials),
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::NotTaken, Self::Held))
    }
}

/// Which credentials are there.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Credentials {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    client_id: Held,
    #[serde(default)]
    client_secret: Held,
    #[serde(default)]
    app_id: Held,
    #[serde(default)]
    app_link: Held,
    #[serde(default)]
    private_key: Held,
    /// What the app asks for, with commas between; only OAuth has it.
    #[serde(default)]
    scopes: Option<String>,
}

/// Whether a value is there; the value itself is not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Held {
    /// `null`
    #[default]
    No,
    /// An empty text: the credentials are Nango's own, shared ones.
    Shared,
    /// There is one.
    Yes,
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)? {
            None => Self::No,
            Some(text) if text.is_empty() => Self::Shared,
            Some(_) => Self::Yes,
        })
    }
}

impl Credentials {
    /// The scopes that the integration asks for; `None` where they say nothing: other sorts of credentials, and Nango's own,
    /// shared ones.
    pub(super) fn scopes(&self) -> Option<BTreeSet<String>> {
        let told = self.kind == "OAUTH2" && self.client_id == Held::Yes;
        told.then(|| words(self.scopes.as_deref().unwrap_or_default()))
    }

    /// Whether everything is there that Nango asks of this sort of provider (`config.service.ts`).
    pub(super) fn complete(&self) -> bool {
        let fields: &[Held] = match self.kind.as_str() {
            "OAUTH1" | "OAUTH2" | "TBA" => &[self.client_id, self.client_secret],
            "APP" => &[self.app_id, self.private_key, self.app_link],
            "CUSTOM" => &[self.client_id, self.client_secret, self.app_id, self.app_link, self.private_key],
            _ => &[],
        };
        fields.contains(&Held::Shared) || fields.iter().all(|field| *field == Held::Yes)
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split([',', ' ', '\n', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `GET /providers/{provider}`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct OneProvider {
    pub(super) data: Provider,
}

/// What a provider asks for. Its `default_scopes` are not read: they become the integration's own when it is created without
/// any (`createProviderConfig` of `config.service.ts`), and what is asked for later is the integration's alone.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Provider {
    /// `OAUTH2`, `API_KEY`, …
    #[serde(default)]
    pub(super) auth_mode: String,
}

impl Provider {
    /// Whether an integration of it needs credentials of an app: what `validateProviderConfig` of Nango's `config.service.ts`
    /// asks for, by the modes of its `auth/api.ts`, all of which occur in its `providers.yaml` (0.71.4, 2f4c0af). Those of the
    /// others belong to a connection, or are made by Nango. Of a mode that is not known, nothing is said.
    pub(super) fn needs_an_app(&self) -> Option<bool> {
        const WITH: [&str; 5] = ["OAUTH1", "OAUTH2", "TBA", "APP", "CUSTOM"];
        const WITHOUT: [&str; 12] = [
            "OAUTH2_CC",
            "BASIC",
            "API_KEY",
            "NONE",
            "JWT",
            "BILL",
            "TWO_STEP",
            "SIGNATURE",
            "MCP_OAUTH2",
            "MCP_OAUTH2_GENERIC",
            "INSTALL_PLUGIN",
            "AWS_SIGV4",
        ];
        let mode = self.auth_mode.as_str();
        if WITH.contains(&mode) {
            return Some(true);
        }
        WITHOUT.contains(&mode).then_some(false)
    }
}

/// `GET /environment-variables`: the values stand beside the names in clear, and are not kept.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
}

/// An element of `GET /scripts/config`: one for each *provider*, under the key of whichever integration came first.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Group {
    #[serde(rename = "providerConfigKey")]
    pub(super) key: String,
    pub(super) provider: String,
    pub(super) syncs: Vec<Script>,
    pub(super) actions: Vec<Script>,
}

/// A sync or an action as it runs.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Script {
    pub(super) id: u64,
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) fields: Map<String, Value>,
}

impl Script {
    /// A field that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// Whether a deploy of a repository put it there; another deploy of one then may remove it.
    pub(super) fn is_of_a_repository(&self) -> bool {
        self.text("source").is_none_or(|source| source == "repo")
    }
}

/// `GET /integrations/{key}/functions`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Listed>,
    pub(super) pagination: Pagination,
}

/// A function of an integration.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    pub(super) id: u64,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Pagination {
    pub(super) total: u64,
}

/// What `POST /sync/deploy/confirmation` says a deploy would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Confirmation {
    pub(super) new_syncs: Vec<SlimSync>,
    pub(super) updated_syncs: Vec<SlimSync>,
    pub(super) deleted_syncs: Vec<SlimSync>,
    pub(super) new_actions: Vec<Slim>,
    pub(super) updated_actions: Vec<Slim>,
    pub(super) deleted_actions: Vec<Slim>,
    pub(super) deleted_models: Vec<String>,
    #[serde(default)]
    pub(super) updated_on_event_scripts: Vec<OnEvent>,
    #[serde(default)]
    pub(super) deleted_on_event_scripts: Vec<OnEvent>,
}

/// A sync, with the connections of its whole integration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SlimSync {
    pub(super) name: String,
    pub(super) provider_config_key: String,
    #[serde(default)]
    pub(super) connections: Option<u64>,
}

/// A function's name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Slim {
    pub(super) name: String,
    #[serde(rename = "providerConfigKey", alias = "integrationId")]
    pub(super) key: String,
}

/// An on-event script.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnEvent {
    pub(super) name: String,
    pub(super) provider_config_key: String,
    pub(super) event: String,
}

/// What both routes of `/functions/deployments/bundle` say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Bundled {
    pub(super) created: Vec<Slim>,
    pub(super) updated: Vec<Slim>,
    pub(super) unchanged: Vec<Slim>,
    pub(super) deleted: Vec<Slim>,
}

/// An element of what `POST /sync/deploy` answers: what was deployed. Removals are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Sent {
    pub(super) name: String,
    #[serde(rename = "providerConfigKey")]
    pub(super) key: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) version: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(credentials: Value) -> &'static str {
        let read: WithCredentials = serde_json::from_value(credentials).unwrap();
        match read.credentials {
            Told::Nothing => "not told",
            Told::NotTaken => "takes none",
            Told::Held(credentials) if credentials.complete() => "complete",
            Told::Held(_) => "incomplete",
        }
    }

    #[test]
    fn credentials_are_seen_and_never_kept() {
        let oauth = |id: Value, secret: Value| json!({"credentials": {"type": "OAUTH2", "client_id": id, "client_secret": secret, "scopes": "x"}});
        assert_eq!(told(oauth(json!("id"), json!("hunter2"))), "complete");
        assert_eq!(told(oauth(json!("id"), Value::Null)), "incomplete");
        assert_eq!(told(oauth(json!(""), json!(""))), "complete", "Nango's own, shared credentials");
        assert_eq!(told(json!({"credentials": null})), "takes none");
        assert_eq!(told(json!({"unique_key": "x"})), "not told", "the key lacks the scope");
        let app = json!({"credentials": {"type": "APP", "app_id": "1", "private_key": "hunter2", "app_link": null}});
        assert_eq!(told(app), "incomplete");
        let scopes = |credentials: Value| {
            let read: WithCredentials = serde_json::from_value(credentials).unwrap();
            let Told::Held(credentials) = read.credentials else { panic!("not told") };
            credentials.scopes().map(|scopes| scopes.into_iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(scopes(oauth(json!("id"), json!("hunter2"))).as_deref(), Some("x"));
        assert_eq!(scopes(oauth(json!(""), json!(""))), None, "whose app it is, its scopes are not told");
        let listed = json!({"credentials": {"type": "OAUTH2", "client_id": "id", "client_secret": "s", "scopes": "repo, user,,admin:org"}});
        assert_eq!(scopes(listed).as_deref(), Some("admin:org repo user"));
        let none = json!({"credentials": {"type": "OAUTH2", "client_id": "id", "client_secret": "s", "scopes": null}});
        assert_eq!(scopes(none).as_deref(), Some(""));
        let read: WithCredentials = serde_json::from_value(oauth(json!("id"), json!("hunter2"))).unwrap();
        assert!(!format!("{read:?}").contains("hunter2"));
        let variables: Vec<Variable> = serde_json::from_value(json!([{"name": "A", "value": "hunter2"}])).unwrap();
        assert!(!format!("{variables:?}").contains("hunter2"));
    }

    #[test]
    fn every_auth_mode_of_nango_is_known() {
        let needs = |mode: &str| Provider { auth_mode: mode.to_owned() }.needs_an_app();
        // `AuthModes` of Nango's `packages/types/lib/auth/api.ts`, 0.71.4.
        let with = ["OAUTH1", "OAUTH2", "TBA", "APP", "CUSTOM"];
        let without = "OAUTH2_CC BASIC API_KEY NONE JWT BILL TWO_STEP SIGNATURE MCP_OAUTH2 MCP_OAUTH2_GENERIC INSTALL_PLUGIN AWS_SIGV4";
        assert!(with.iter().all(|mode| needs(mode) == Some(true)));
        assert!(without.split(' ').all(|mode| needs(mode) == Some(false)));
        assert_eq!(needs("TELEPATHY"), None);
    }
}
