//! What our client never asks. It is answered as by the real server all the same, so that every recorded exchange holds the
//! stand-in to it.

use serde_json::{Value, json};

use super::state::{Environment, error};

/// `POST /connections`
pub(super) fn connect(environment: &mut Environment, body: &Value) -> (u16, Value) {
    let key = body["provider_config_key"].as_str().unwrap_or_default();
    let Some(integration) = environment.integrations.iter_mut().find(|each| each.key == key) else {
        return (400, error("unknown_provider_config", "There is no Provider Configuration matching this key."));
    };
    integration.connections += 1;
    let (now, given) = (&integration.created_at, &body["credentials"]);
    let credentials = json!({"type": given["type"], "access_token": given["access_token"], "raw": given});
    let told = json!({
        "id": integration.connections, "connection_id": body["connection_id"], "provider_config_key": key,
        "provider": integration.provider, "errors": [], "end_user": null, "tags": {}, "metadata": {},
        "connection_config": {}, "webhook_url_override": null, "created_at": now, "updated_at": now,
        "last_fetched_at": now, "credentials": credentials,
    });
    (201, told)
}

/// `GET /connections?integrationId=KEY&limit=N`
pub(super) fn connections(environment: &Environment, key: Option<&str>, most: usize) -> Value {
    let of_key = environment.integrations.iter().filter(|each| key.is_none_or(|key| key == each.key));
    let all = of_key.flat_map(|integration| {
        (0..integration.connections).map(move |id| {
            json!({
                "id": id, "connection_id": format!("demo-{}", integration.key), "provider_config_key": integration.key,
                "provider": integration.provider, "errors": [], "end_user": null, "tags": {}, "metadata": {},
                "created": integration.created_at,
            })
        })
    });
    json!({"connections": all.take(most).collect::<Vec<_>>()})
}

/// `GET /sync/status?provider_config_key=KEY&syncs=*`: a line for each sync and connection.
pub(super) fn statuses(environment: &Environment, key: &str) -> Value {
    let connections = environment.connections(key);
    let syncs = environment.functions.iter().filter(|each| each.key == key && each.kind == "sync");
    let all = syncs.flat_map(|sync| {
        let models = sync.flow["models"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let counts: Value = models.map(|model| (model.to_owned(), json!(0))).collect::<serde_json::Map<_, _>>().into();
        (0..connections).map(move |_| {
            json!({
                "id": sync.id.to_string(), "connection_id": format!("demo-{key}"), "type": "INITIAL",
                "nextScheduledSyncAt": sync.last_deployed, "name": sync.name, "variant": "base", "status": "SUCCESS",
                "frequency": sync.flow["runs"], "recordCount": counts.clone(), "checkpoint": null,
            })
        })
    });
    json!({"syncs": all.collect::<Vec<_>>()})
}

/// `GET /integrations/{key}/functions/{name}/code?type=KIND`: the source of the entry file.
pub(super) fn code(environment: &Environment, kind: &str, key: &str, name: &str) -> (u16, Value) {
    match environment.function(kind, key, name) {
        Some(function) => (200, json!({"type": kind, "code": function.flow["fileBody"]["ts"]})),
        None => (404, error("not_found", "Function does not exist")),
    }
}
