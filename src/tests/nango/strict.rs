//! Nango's checks of a body: an unknown key, or one of the wrong sort, is a 400, as its zod schemas have it.

use serde_json::{Value, json};

const EVENTS: [&str; 3] = ["post-connection-creation", "pre-connection-deletion", "validate-connection"];

/// One thing that is wrong: where, and what.
type Wrong = (Vec<String>, String);

/// The answer to a body that is not accepted.
pub(super) fn refuse(wrong: &Wrong) -> Value {
    json!({"error": {"code": "invalid_body", "errors": [{"code": "invalid_type", "message": wrong.1, "path": wrong.0}]}})
}

/// Checks the body of a deploy or of its confirmation.
pub(super) fn deploy(body: &Value, real: bool) -> Result<(), Wrong> {
    let mut top = Checked::new(body, &[]);
    top.wants("flowConfigs", Value::is_array)?;
    top.wants("reconcile", Value::is_boolean)?;
    top.wants("debug", Value::is_boolean)?;
    top.may("onEventScriptsByProvider", Value::is_array)?;
    top.may("deployMode", |mode| ["all", "single", "integration"].iter().any(|known| mode == known))?;
    top.may("sdkVersion", |version| version.as_str().is_some_and(is_sdk))?;
    top.may("source", |source| source == "repo" || source == "standalone")?;
    if real {
        top.wants("nangoYamlBody", Value::is_string)?;
    }
    top.nothing_else()?;
    for (number, flow) in items(body, "flowConfigs") {
        flow_config(flow, &["flowConfigs".to_owned(), number])?;
    }
    for (number, provider) in items(body, "onEventScriptsByProvider") {
        let path = ["onEventScriptsByProvider".to_owned(), number];
        let mut checked = Checked::new(provider, &path);
        checked.wants("providerConfigKey", is_key)?;
        checked.wants("scripts", Value::is_array)?;
        checked.nothing_else()?;
        for (number, script) in items(provider, "scripts") {
            let mut checked = Checked::new(script, &[path[0].clone(), path[1].clone(), "scripts".into(), number]);
            checked.wants("name", |name| name.as_str().is_some_and(|name| !name.is_empty()))?;
            checked.wants("event", |event| EVENTS.iter().any(|known| event == known))?;
            checked.wants("fileBody", is_files)?;
            checked.nothing_else()?;
        }
    }
    Ok(())
}

fn flow_config(flow: &Value, path: &[String]) -> Result<(), Wrong> {
    let mut checked = Checked::new(flow, path);
    let is_text = Value::is_string;
    let texts = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    checked.wants("type", |kind| kind == "sync" || kind == "action")?;
    checked.wants("syncName", is_name)?;
    checked.wants("providerConfigKey", is_key)?;
    checked
        .wants("models", |models| texts(models) && models.as_array().into_iter().flatten().all(|model| model != ""))?;
    checked.wants("runs", |runs| runs.is_null() || runs.as_str().is_some_and(is_frequency))?;
    checked.wants("fileBody", is_files)?;
    checked.may("auto_start", Value::is_boolean)?;
    checked.may("attributes", Value::is_object)?;
    checked.may("metadata", |metadata| {
        metadata.as_object().is_some_and(|map| map.keys().all(|key| key == "scopes" || key == "description"))
            && metadata.get("description").is_none_or(|text| text.as_str().is_some_and(|text| text.len() <= 2000))
    })?;
    checked.may("input", |_| true)?;
    checked.may("endpoints", Value::is_array)?;
    checked.may("version", is_text)?;
    checked.may("track_deletes", Value::is_boolean)?;
    checked.may("sync_type", |kind| kind == "full" || kind == "incremental")?;
    checked.may("webhookSubscriptions", texts)?;
    checked.may("models_json_schema", |schema| schema.get("definitions").is_some_and(Value::is_object))?;
    checked.may("features", |list| list.as_array().is_some_and(|list| list.iter().all(|one| one == "checkpoints")))?;
    checked.nothing_else()?;
    let at = |name: &str| path.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    if flow.get("sync_type") == Some(&json!("incremental")) && flow.get("track_deletes") == Some(&json!(true)) {
        return Err((at("track_deletes"), "Track deletes is not supported for incremental syncs".to_owned()));
    }
    let defined =
        |name: &Value| flow["models_json_schema"]["definitions"].get(name.as_str().unwrap_or_default()).is_some();
    let named =
        flow["models"].as_array().into_iter().flatten().chain(flow.get("input").filter(|input| input.is_string()));
    if flow.get("models_json_schema").is_some() && !named.into_iter().all(defined) {
        let says = "models_json_schema is missing definitions for some models or input";
        return Err((at("models_json_schema"), says.to_owned()));
    }
    Ok(())
}

/// Checks the body of a bundle of functions.
pub(super) fn bundle(body: &Value) -> Result<(), Wrong> {
    let mut top = Checked::new(body, &[]);
    top.wants("reconciliationScope", |scope| match scope["kind"].as_str() {
        Some("environment") => scope.as_object().is_some_and(|map| map.len() == 1),
        Some("integration") => is_key(&scope["integrationId"]) && scope.as_object().is_some_and(|map| map.len() == 2),
        _ => false,
    })?;
    top.wants("functions", Value::is_array)?;
    top.nothing_else()?;
    for (number, function) in items(body, "functions") {
        let mut checked = Checked::new(function, &["functions".to_owned(), number]);
        checked.wants("name", is_name)?;
        checked.wants("integrationId", is_key)?;
        checked.wants("description", Value::is_string)?;
        for name in ["trigger", "requires", "capabilities", "limits", "json_schema"] {
            checked.wants(name, Value::is_object)?;
        }
        for name in ["input_schema_ref", "output_schema_ref", "metadata_schema_ref", "checkpoint_schema_ref"] {
            checked.wants(name, |reference| reference.is_null() || reference.is_string())?;
        }
        checked.wants("model_schema_refs", Value::is_array)?;
        checked.wants("fileBody", |files| is_files(files) && files["js"] != "" && files["ts"] != "")?;
        checked.nothing_else()?;
    }
    Ok(())
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = (String, &'v Value)> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().enumerate().map(|(at, item)| (at.to_string(), item))
}

struct Checked<'v> {
    value: &'v Value,
    path: Vec<String>,
    known: Vec<&'static str>,
}

impl<'v> Checked<'v> {
    fn new(value: &'v Value, path: &[String]) -> Self {
        Self { value, path: path.to_vec(), known: Vec::new() }
    }

    fn wants(&mut self, name: &'static str, holds: impl Fn(&Value) -> bool) -> Result<(), Wrong> {
        if self.value.get(name).is_none() {
            return Err(self.wrong(name, "Invalid input: received undefined"));
        }
        self.may(name, holds)
    }

    fn may(&mut self, name: &'static str, holds: impl Fn(&Value) -> bool) -> Result<(), Wrong> {
        self.known.push(name);
        match self.value.get(name) {
            Some(value) if !holds(value) => Err(self.wrong(name, "Invalid input")),
            _ => Ok(()),
        }
    }

    fn nothing_else(&self) -> Result<(), Wrong> {
        let Some(map) = self.value.as_object() else {
            return Err((self.path.clone(), "Invalid input: expected object".to_owned()));
        };
        match map.keys().find(|key| !self.known.contains(&key.as_str())) {
            Some(key) => Err((self.path.clone(), format!("Unrecognized key: \"{key}\""))),
            None => Ok(()),
        }
    }

    fn wrong(&self, name: &str, says: &str) -> Wrong {
        (self.path.iter().cloned().chain([name.to_owned()]).collect(), says.to_owned())
    }
}

fn is_files(files: &Value) -> bool {
    files.as_object().is_some_and(|map| map.len() == 2) && files["js"].is_string() && files["ts"].is_string()
}

fn is_name(name: &Value) -> bool {
    let good = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    name.as_str().is_some_and(|name| !name.is_empty() && name.len() <= 255 && good(name))
}

fn is_key(key: &Value) -> bool {
    let good = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || "~:.@ _-".contains(c));
    key.as_str().is_some_and(|key| !key.is_empty() && key.len() <= 255 && good(key))
}

fn is_sdk(version: &str) -> bool {
    let Some((numbers, _)) = version.split_once("-zero").or_else(|| version.split_once("-yaml")) else { return false };
    numbers.split('.').filter(|part| part.parse::<u32>().is_ok()).count() >= 3
}

/// `every 5 minutes`, `1h`, `every half day`: whole numbers of seconds, minutes, hours or days alone.
fn is_frequency(text: &str) -> bool {
    let rest = text.strip_prefix("every ").unwrap_or(text);
    if ["month", "week", "half day", "half hour", "quarter hour"].contains(&rest) {
        return true;
    }
    let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let units = [
        "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour",
        "hours", "d", "day", "days",
    ];
    rest.is_empty() || units.contains(&unit)
}
