//! What Astro's own description of its API allows: every request to the stand-in and every answer of it is held against that.
//! `scripts/astro-contract` takes `contract.json` out of the description, and says whether it still tells the same.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;

static CONTRACT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("contract.json")).unwrap());

/// What does not fit, a line each.
pub(super) type Wrong = Vec<String>;

/// A route that is described.
pub(super) struct Route(&'static Value);

impl Route {
    /// The route of a request below `/organizations/ORG`: the words of a path before its names.
    pub(super) fn of(method: &str, path: &[&str]) -> Option<Self> {
        let fits = |route: &&Value| {
            let named: Vec<&str> = route["path"].as_str().unwrap().split('/').collect();
            let same = |(named, given): (&&str, &&str)| named.starts_with('{') || named == given;
            route["method"] == method && named.len() == path.len() && named.iter().zip(path).all(same)
        };
        CONTRACT["routes"].as_array().unwrap().iter().find(fits).map(Self)
    }

    /// What of a request is not as the description wants it.
    pub(super) fn request(&self, query: &[(String, String)], body: &Value) -> Wrong {
        let mut wrong = Wrong::new();
        for (name, text) in query {
            match self.0["query"].get(name).or_else(|| self.0["query"].get(format!("{name}!"))) {
                Some(sort) => misfits(sort.get("list").unwrap_or(sort), &of_query(sort, text), name, &mut wrong),
                None => wrong.push(format!("the query `{name}` is not described")),
            }
        }
        match self.0.get("takes") {
            Some(sort) => misfits(sort, body, "the body", &mut wrong),
            None if body.is_null() => {}
            None => wrong.push("a body is not described".to_owned()),
        }
        wrong
    }

    /// What of an answer is not as the description promises it.
    pub(super) fn answer(&self, status: u16, body: &Value) -> Wrong {
        let gives = self.0["gives"].as_object().unwrap();
        let mut wrong = Wrong::new();
        match gives.get(&status.to_string()).or_else(|| gives.get(&format!("{}XX", status / 100))) {
            Some(Value::Null) if body.is_null() => {}
            Some(sort) => misfits(sort, body, "the answer", &mut wrong),
            None => wrong.push(format!("the status {status} is not described")),
        }
        wrong
    }
}

/// A parameter of a query as the value that it spells.
fn of_query(sort: &'static Value, text: &str) -> Value {
    match split(sort).0 {
        "whole" | "number" | "truth" => serde_json::from_str(text).unwrap_or_else(|_why| text.into()),
        _ => text.into(),
    }
}

/// The word of a sort, and what stands behind it: the sort of its parts, its limits, or its words.
fn split(sort: &'static Value) -> (&'static str, &'static Value) {
    match sort {
        Value::String(word) => (word, &Value::Null),
        _ => sort
            .as_object()
            .unwrap()
            .iter()
            .find(|(word, _)| !["least", "most"].contains(&word.as_str()))
            .map(|(word, of)| (word.as_str(), of))
            .unwrap(),
    }
}

/// Notes where a value is not of a sort.
fn misfits(sort: &'static Value, value: &Value, at: &str, wrong: &mut Wrong) {
    if let Some(name) = sort.as_str().and_then(|sort| sort.strip_prefix('@')) {
        return shape(&CONTRACT["shapes"][name], value, at, wrong);
    }
    let (word, of) = split(sort);
    let fits = match word {
        "anything" => true,
        "text" => value.as_str().is_some_and(|text| within(of, "long", text.chars().count())),
        "time" => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        "truth" => value.is_boolean(),
        "whole" => value.as_u64().is_some_and(|number| within(of, "most", usize::try_from(number).unwrap())),
        "number" => value.is_number(),
        "one of" => of.as_array().unwrap().contains(value),
        "or null" => {
            if !value.is_null() {
                misfits(of, value, at, wrong);
            }
            true
        }
        "map" => {
            value
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(name, value)| misfits(of, value, &below(at, name), wrong));
            value.is_object()
        }
        "list" => {
            value.as_array().into_iter().flatten().for_each(|value| misfits(of, value, at, wrong));
            value.as_array().is_some_and(|list| within(sort, "most", list.len()))
        }
        _ => unreachable!("{word} is no sort"),
    };
    if !fits {
        let told: String = value.to_string().chars().take(40).collect();
        wrong.push(format!("{at} is no {sort}: {told}"));
    }
}

/// Whether a number keeps the limits of a sort: `most` names the upper one.
fn within(limits: &Value, most: &str, number: usize) -> bool {
    let limit = |name: &str| limits.get(name)?.as_u64().map(|limit| usize::try_from(limit).unwrap());
    limit("least").is_none_or(|least| number >= least) && limit(most).is_none_or(|most| number <= most)
}

/// Notes which fields of a value are missing, not described, or of another sort.
fn shape(shape: &'static Value, value: &Value, at: &str, wrong: &mut Wrong) {
    let Some(fields) = value.as_object() else { return wrong.push(format!("{at} is no object: {value}")) };
    if let Some(by) = shape["by"].as_str() {
        return match value[by].as_str().and_then(|word| shape["of"].get(word)) {
            Some(sort) => misfits(sort, value, at, wrong),
            None => wrong.push(format!("{at} has no {by} that is described: {}", value[by])),
        };
    }
    let described = shape.as_object().unwrap();
    for (name, sort) in described {
        let plain = name.trim_end_matches('!');
        match fields.get(plain) {
            Some(value) => misfits(sort, value, &below(at, plain), wrong),
            None if name.ends_with('!') => wrong.push(format!("{} is missing", below(at, plain))),
            None => {}
        }
    }
    let is_described = |name: &String| described.contains_key(name) || described.contains_key(&format!("{name}!"));
    wrong.extend(
        fields.keys().filter(|name| !is_described(name)).map(|name| format!("{} is not described", below(at, name))),
    );
}

fn below(at: &str, name: &str) -> String {
    format!("{at}, {name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(method: &str, path: &[&str], query: &[(&str, &str)], body: &Value) -> String {
        let Some(route) = Route::of(method, path) else { return "no such route".to_owned() };
        let query: Vec<(String, String)> =
            query.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        route.request(&query, body).join("; ")
    }

    #[test]
    fn what_is_not_described_does_not_fit() {
        let deploys = ["deployments", "d1", "deploys"].as_slice();
        let preview = json!({"type": "STANDARD", "name": 1, "workerQueues": [{"name": "default"}]});
        let told = [
            asked("GET", &["deployments", "d1", "pods"], &[], &Value::Null),
            asked("GET", deploys, &[("limit", "50"), ("offset", "0")], &Value::Null),
            asked("GET", deploys, &[("limit", "5000"), ("order", "x")], &json!({})),
            asked("POST", deploys, &[], &json!({"type": "DAGS", "description": "x".repeat(501), "now": true})),
            asked("POST", deploys, &[], &json!({"type": "DAG_ONLY", "git": {"provider": "GITHUB"}})),
            asked("POST", &["deployments", "d1", "hibernation-override"], &[], &json!({"isHibernating": null})),
            asked("POST", &["deployments", "d1", "hibernation-override"], &[], &json!({"overrideUntil": "soon"})),
            asked("POST", &["deployments"], &[], &json!({"type": "SMALL"})),
            asked("POST", &["deployments"], &[], &preview).replace("; ", "\n"),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        no such route

        limit is no {"whole":{"least":0,"most":1000}}: 5000; the query `order` is not described; a body is not described
        the body, description is no {"text":{"long":500}}: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; the body, type is no {"one of":["IMAGE_AND_DAG","IMAGE_ONLY","DAG_ONLY","BUNDLE"]}: "DAGS"; the body, now is not described
        the body, git, commitSha is missing

        the body, isHibernating is missing; the body, overrideUntil is no "time": "soon"
        the body has no type that is described: "SMALL"
        the body, name is no {"text":{"long":500}}: 1
        the body, workerQueues, astroMachine is missing
        the body, workerQueues, isDefault is missing
        the body, workerQueues, maxWorkerCount is missing
        the body, workerQueues, minWorkerCount is missing
        the body, workerQueues, workerConcurrency is missing
        the body, workspaceId is missing
        "#);
        let route = Route::of("GET", &["deployments", "d1", "deploys", "p1"]).unwrap();
        let deploy = json!({"id": "p1", "deploymentId": "d1", "status": "DONE", "type": "DAG_ONLY", "createdAt": "2026-01-01T00:00:00Z",
            "imageRepository": "x", "isDagDeployEnabled": true, "colour": "red"});
        let told = [
            route.answer(200, &deploy).join("; "),
            route.answer(404, &json!({"message": "gone", "requestId": "r1", "statusCode": 404})).join("; "),
            route.answer(409, &json!({})).join("; "),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        the answer, imageTag is missing; the answer, status is no {"one of":["INITIALIZED","DEPLOYED","FAILED"]}: "DONE"; the answer, colour is not described

        the status 409 is not described
        "#);
    }
}
