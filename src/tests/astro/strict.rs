//! What the API's description says in sentences alone.

use serde_json::Value;

/// Which fields of a deploy's commit go with its provider.
pub(super) fn create(body: &Value) -> Result<(), String> {
    let of_bundle = ["bundleType", "bundleMountPath"].map(|name| body.get(name).is_some());
    if of_bundle != [body["type"] == "BUNDLE"; 2] {
        return Err("bundleType and bundleMountPath go with the type BUNDLE".to_owned());
    }
    let Some(git) = body.get("git") else { return Ok(()) };
    let (wants, not) = if git["provider"] == "GITHUB" {
        (["account", "repo"].as_slice(), ["remoteUrl"].as_slice())
    } else {
        (["remoteUrl"].as_slice(), ["account", "repo"].as_slice())
    };
    let is_there = |name: &&&str| git[**name].as_str().is_some_and(|text| !text.is_empty());
    match (wants.iter().find(|name| !is_there(name)), not.iter().find(is_there)) {
        (None, None) => Ok(()),
        (Some(name), _) => Err(format!("git.{name} is required with this provider")),
        (None, Some(name)) => Err(format!("git.{name} does not go with this provider")),
    }
}

/// What a new deployment of a preview must be.
pub(super) fn deployment(body: &Value) -> Result<(), String> {
    if body["isDevelopmentMode"] == true && body["isHighAvailability"] != true {
        Ok(())
    } else {
        Err("hibernation goes with development mode alone".to_owned())
    }
}
