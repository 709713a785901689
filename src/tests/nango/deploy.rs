//! What a deploy does to an environment, and what it would do, as Nango's server does it: all its traps included.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::state::{Bundled, Environment, Function, Script, State, error};

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn flows(body: &Value) -> &[Value] {
    body["flowConfigs"].as_array().map_or(&[], Vec::as_slice)
}

/// The flows of a body by kind, integration and name.
fn sent(body: &Value) -> HashMap<(&str, &str, &str), &Value> {
    let name = |flow| (text(flow, "type"), text(flow, "providerConfigKey"), text(flow, "syncName"));
    flows(body).iter().map(|flow| (name(flow), flow)).collect()
}

fn named(function: &Function) -> (&str, &str, &str) {
    (function.kind.as_str(), function.key.as_str(), function.name.as_str())
}

/// The functions that a deploy removes: only those that a repository put there, none at all when nothing is sent.
fn removed<'e>(environment: &'e Environment, body: &Value) -> Vec<&'e Function> {
    let mode = body["deployMode"].as_str().unwrap_or("all");
    if mode == "single" || flows(body).is_empty() {
        return Vec::new();
    }
    let scope = (mode == "integration").then(|| text(&flows(body)[0], "providerConfigKey"));
    let in_scope = |function: &&Function| scope.is_none_or(|key| key == function.key);
    let all = environment.functions.iter().filter(|function| function.source == "repo").filter(in_scope);
    let sent = sent(body);
    all.filter(|function| !sent.contains_key(&named(function))).collect()
}

/// The on-event scripts that a body names.
fn scripts(body: &Value) -> Vec<(&str, &str, &str)> {
    let providers = body["onEventScriptsByProvider"].as_array().into_iter().flatten();
    providers
        .flat_map(|provider| {
            let scripts = provider["scripts"].as_array().into_iter().flatten();
            scripts
                .map(move |script| (text(provider, "providerConfigKey"), text(script, "name"), text(script, "event")))
        })
        .collect()
}

/// `POST /sync/deploy/confirmation`
pub(super) fn confirmation(environment: &Environment, body: &Value) -> Value {
    let mut answer = json!({
        "newSyncs": [], "updatedSyncs": [], "newActions": [], "updatedActions": [], "deletedSyncs": [], "deletedActions": [],
        "deletedModels": [], "newOnEventScripts": [], "updatedOnEventScripts": [], "deletedOnEventScripts": [],
    });
    let mut push = |list: &str, item: Value| answer[list].as_array_mut().unwrap().push(item);
    for flow in flows(body) {
        let (kind, key, name) = (text(flow, "type"), text(flow, "providerConfigKey"), text(flow, "syncName"));
        let exists = environment.function(kind, key, name).is_some();
        if kind == "action" {
            let list = if exists { "updatedActions" } else { "newActions" };
            push(list, json!({"name": name, "providerConfigKey": key}));
        } else {
            let list = if exists { "updatedSyncs" } else { "newSyncs" };
            let starts = flow["auto_start"].as_bool().unwrap_or(false);
            push(
                list,
                json!({"name": name, "providerConfigKey": key, "connections": environment.connections(key), "auto_start": starts}),
            );
        }
    }
    for function in removed(environment, body) {
        let (name, key) = (&function.name, &function.key);
        if function.kind == "action" {
            push("deletedActions", json!({"name": name, "providerConfigKey": key}));
        } else {
            let connections = environment.connections(key);
            push(
                "deletedSyncs",
                json!({"name": name, "providerConfigKey": key, "connections": connections, "auto_start": false}),
            );
        }
    }
    for model in lost_models(environment, body) {
        push("deletedModels", json!(model));
    }
    if body.get("onEventScriptsByProvider").is_some() {
        confirm_scripts(environment, body, push);
    }
    answer
}

fn confirm_scripts(environment: &Environment, body: &Value, mut push: impl FnMut(&str, Value)) {
    let named = scripts(body);
    let mode = body["deployMode"].as_str().unwrap_or("all");
    let scope = named.first().map(|(key, ..)| *key);
    let told = |key: &str, name: &str, event: &str| json!({"providerConfigKey": key, "name": name, "event": event});
    for (key, name, event) in &named {
        let there = environment
            .scripts
            .iter()
            .any(|is| (is.key.as_str(), is.name.as_str(), is.event.as_str()) == (*key, *name, *event));
        // A script of an integration that does not exist is passed over in silence.
        if environment.integration(key).is_some() {
            push(if there { "updatedOnEventScripts" } else { "newOnEventScripts" }, told(key, name, event));
        }
    }
    for script in &environment.scripts {
        let in_scope = mode == "all" || mode == "integration" && scope == Some(script.key.as_str());
        if in_scope && !named.contains(&(script.key.as_str(), script.name.as_str(), script.event.as_str())) {
            push("deletedOnEventScripts", told(&script.key, &script.name, &script.event));
        }
    }
}

fn lost_models(environment: &Environment, body: &Value) -> Vec<String> {
    let mut lost = Vec::new();
    let all = sent(body);
    for function in environment.functions.iter().filter(|function| function.kind == "sync" && function.source == "repo")
    {
        let sent = all.get(&named(function));
        if let (Some(flow), true) = (sent, environment.connections(&function.key) > 0 && body["deployMode"] != "single")
        {
            let kept = flow["models"].as_array().cloned().unwrap_or_default();
            let had = function.flow["models"].as_array().cloned().unwrap_or_default();
            lost.extend(had.iter().filter(|model| !kept.contains(model)).filter_map(Value::as_str).map(str::to_owned));
        }
    }
    lost
}

/// `POST /sync/deploy`; `most` is how many functions are deployed before it breaks off.
pub(super) fn deploy(state: &mut State, name: &str, body: &Value, most: Option<usize>) -> (u16, Value) {
    let mut environment = state.environments.remove(name).unwrap_or_default();
    let answer = deploy_into(state, &mut environment, body, most);
    state.environments.insert(name.to_owned(), environment);
    answer
}

fn deploy_into(state: &mut State, environment: &mut Environment, body: &Value, most: Option<usize>) -> (u16, Value) {
    // Files are stored before anything is checked: a deploy that fails has replaced code.
    for flow in flows(body) {
        let key = text(flow, "providerConfigKey");
        let place = format!("{key}/{}/{}", text(flow, "syncName"), text(flow, "version"));
        if environment.integration(key).is_none() {
            let mut refusal = error("unknown_provider_config", "There is no Provider Configuration matching this key.");
            refusal["error"]["payload"] = json!({"providerConfigKey": key});
            return (400, refusal);
        }
        environment.stored.insert(place, text(&flow["fileBody"], "js").to_owned());
        if text(&flow["fileBody"], "js").contains(".constructor(") {
            return (400, error("deploy_script_security_rejected", "rejected"));
        }
    }
    let mut answer = Vec::new();
    for flow in flows(body).iter().take(most.unwrap_or(usize::MAX)) {
        answer.push(one(state, environment, flow, body));
    }
    if most.is_some() {
        return (200, json!(answer));
    }
    if body.get("onEventScriptsByProvider").is_some() {
        answer.extend(switch_scripts(state, environment, body));
    }
    if body["reconcile"] == true {
        environment.leaving = removed(environment, body).iter().map(|function| function.id).collect();
        environment.settle();
    }
    (200, json!(answer))
}

fn one(state: &mut State, environment: &mut Environment, flow: &Value, body: &Value) -> Value {
    let (kind, key, name) = (text(flow, "type"), text(flow, "providerConfigKey"), text(flow, "syncName"));
    let old = environment.function(kind, key, name).cloned();
    let given = text(flow, "version");
    let version = match (&old, given) {
        (Some(old), "") => bumped(&old.version),
        (None, "") => "0.0.1".to_owned(),
        (_, given) => given.to_owned(),
    };
    environment
        .functions
        .retain(|each| (each.kind.as_str(), each.key.as_str(), each.name.as_str()) != (kind, key, name));
    environment.functions.push(Function {
        id: state.id(),
        kind: kind.to_owned(),
        key: key.to_owned(),
        name: name.to_owned(),
        flow: flow.clone(),
        version: version.clone(),
        source: body["source"].as_str().unwrap_or("repo").to_owned(),
        enabled: old.is_none_or(|old| old.enabled),
        last_deployed: state.now(),
        sdk: body["sdkVersion"].clone(),
    });
    json!({"name": name, "models": flow["models"], "version": version, "providerConfigKey": key, "type": kind})
}

/// All scripts of the environment are switched off, and those that were sent are switched on: whatever the mode.
fn switch_scripts(state: &mut State, environment: &mut Environment, body: &Value) -> Vec<Value> {
    let before = std::mem::take(&mut environment.scripts);
    let mut answer = Vec::new();
    for (key, name, event) in scripts(body) {
        if environment.integration(key).is_none() {
            continue;
        }
        let old = before.iter().find(|is| (is.key.as_str(), is.name.as_str(), is.event.as_str()) == (key, name, event));
        let version = old.map_or_else(|| "0.0.1".to_owned(), |old| bumped(&old.version));
        let (key, name, event) = (key.to_owned(), name.to_owned(), event.to_owned());
        answer.push(
            json!({"name": name, "version": version, "providerConfigKey": key, "type": "on-event", "models": []}),
        );
        let (id, last_deployed) = (state.id(), state.now());
        environment.scripts.push(Script { id, key, name, event, version, last_deployed });
    }
    answer
}

fn bumped(version: &str) -> String {
    let (head, last) = version.rsplit_once('.').map_or(("", version), |(head, last)| (head, last));
    let next = last.parse::<u64>().unwrap_or(0) + 1;
    if head.is_empty() { next.to_string() } else { format!("{head}.{next}") }
}

/// Both routes of a bundle: what it does, done only if `real`.
pub(super) fn bundle(environment: &mut Environment, body: &Value, real: bool) -> (u16, Value) {
    let sent: Vec<Bundled> = body["functions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|function| Bundled {
            key: text(function, "integrationId").to_owned(),
            name: text(function, "name").to_owned(),
            sent: function.clone(),
        })
        .collect();
    if let Some(unknown) = sent.iter().find(|function| environment.integration(&function.key).is_none()) {
        return (400, error("integration_not_found", &format!("Integration \"{}\" does not exist", unknown.key)));
    }
    let scope = body["reconciliationScope"]["integrationId"].as_str();
    let told = |function: &Bundled| json!({"integrationId": function.key, "name": function.name});
    let there =
        |function: &Bundled| environment.bundled.iter().find(|is| is.key == function.key && is.name == function.name);
    let list =
        |wanted: &dyn Fn(&Bundled) -> bool| sent.iter().filter(|each| wanted(each)).map(told).collect::<Vec<_>>();
    let in_scope = |function: &&Bundled| scope.is_none_or(|key| key == function.key);
    let gone: Vec<Bundled> = environment
        .bundled
        .iter()
        .filter(in_scope)
        .filter(|is| !sent.iter().any(|each| each.key == is.key && each.name == is.name))
        .cloned()
        .collect();
    let answer = json!({
        "created": list(&|each| there(each).is_none()),
        "updated": list(&|each| there(each).is_some_and(|is| is.sent != each.sent)),
        "unchanged": list(&|each| there(each).is_some_and(|is| is.sent == each.sent)),
        "deleted": gone.iter().map(told).collect::<Vec<_>>(),
    });
    if real {
        environment
            .bundled
            .retain(|is| !gone.contains(is) && !sent.iter().any(|each| each.key == is.key && each.name == is.name));
        environment.bundled.extend(sent);
    }
    (200, answer)
}
