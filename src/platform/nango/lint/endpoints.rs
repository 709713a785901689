//! Endpoints and models: by themselves, and against those of the other functions of an integration.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::function::Function;
use super::super::module::Kind;
use super::Lint;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl<'w> Lint<'w, '_> {
    /// Looks for endpoints and models that Nango refuses, or that two functions share.
    pub(super) fn endpoints_and_models(&mut self) {
        let mut endpoints: BTreeMap<(&str, String), String> = BTreeMap::new();
        let mut models: BTreeMap<(&str, &str), String> = BTreeMap::new();
        let mut names: BTreeSet<(Kind, &str, &str)> = BTreeSet::new();
        // The compiler looks at the syncs first, then at the actions.
        let mut functions: Vec<&'w Function<'w>> = self.functions.iter().collect();
        functions.sort_by_key(|function| (function.kind, function.module));
        for function in functions {
            self.mismatch(function);
            for endpoint in endpoints_of(function) {
                self.endpoint(function, endpoint, &mut endpoints);
            }
            if function.kind == Kind::Sync {
                self.models_of(function, &mut models);
            }
            if !names.insert((function.kind, &function.integration, &function.name)) {
                let message = format!(
                    "`{}` has a second {} of this name",
                    function.integration.escape_debug(),
                    function.kind.word()
                );
                self.error(
                    function.module,
                    "duplicate-name",
                    Self::span(function, "description"),
                    message,
                    "rename one of the files",
                );
            }
        }
    }

    fn mismatch(&mut self, function: &Function<'w>) {
        let list = |name: &str| function.value(name).and_then(Value::as_array).map(Vec::len);
        let Some((endpoints, models)) = list("endpoints").zip(list("models")) else { return };
        // Without the property there is nothing to compare; an empty list is compared.
        let given = matches!(function.fields.get("endpoints"), super::super::look::Found::Set(_));
        if function.kind == Kind::Sync && given && endpoints != models {
            let message =
                format!("{endpoints} endpoints stand against {models} models, and Nango's compiler wants as many");
            self.error(
                function.module,
                "endpoints-mismatch",
                Self::span(function, "endpoints"),
                message,
                "leave `endpoints` out (it is deprecated), or write one a model",
            );
        }
    }

    fn endpoint(
        &mut self,
        function: &'w Function<'w>,
        endpoint: &Value,
        seen: &mut BTreeMap<(&'w str, String), String>,
    ) {
        let span = Self::span(function, if function.kind == Kind::Sync { "endpoints" } else { "endpoint" });
        let text = |name: &str| endpoint.get(name).and_then(Value::as_str);
        let (method, path) = (text("method").unwrap_or_default(), text("path"));
        let known = |(name, value): (&String, &Value)| match name.as_str() {
            "method" | "path" => true,
            "group" => value.as_str().is_some_and(|group| (1..=64).contains(&group.encode_utf16().count())),
            _ => false,
        };
        let parts = endpoint.as_object().is_some_and(|parts| parts.iter().all(known));
        let Some(path) = path.filter(|_| parts && METHODS.contains(&method)) else {
            let message = "this is no endpoint that Nango's server takes";
            self.error(
                function.module,
                "bad-endpoint",
                span,
                message,
                "write `{ method: 'GET', path: '/…' }`; `group` may have 1 to 64 characters",
            );
            return;
        };
        let key = format!("{method} {path}");
        let id = format!("{}/{}", function.integration, function.name);
        if let Some(other) = seen.get(&(function.integration.as_str(), key.clone())) {
            let message = format!("`{}` is also an endpoint of `{}`", key.escape_debug(), other.escape_debug());
            self.error(
                function.module,
                "duplicate-endpoint",
                span,
                message,
                "an integration's endpoints must differ: change one, or leave it out (endpoints are deprecated)",
            );
        } else {
            seen.insert((&function.integration, key), id);
        }
    }

    fn models_of(&mut self, function: &'w Function<'w>, seen: &mut BTreeMap<(&'w str, &'w str), String>) {
        let generated = function.value("input").and_then(Value::as_str);
        for model in function.texts("models").chain(generated) {
            match seen.get(&(function.integration.as_str(), model)) {
                Some(other) => {
                    let message = format!("`{}` is also a model of `{}`", model.escape_debug(), other.escape_debug());
                    self.error(
                        function.module,
                        "duplicate-model",
                        Self::span(function, "models"),
                        message,
                        "the models of an integration's syncs must have different names: rename one",
                    );
                }
                None => {
                    seen.insert((&function.integration, model), format!("{}/{}", function.integration, function.name));
                }
            }
        }
    }
}

fn endpoints_of<'f>(function: &'f Function<'_>) -> Vec<&'f Value> {
    let list = function.value("endpoints").and_then(Value::as_array).into_iter().flatten();
    list.chain(function.value("endpoint").filter(|endpoint| !endpoint.is_null())).collect()
}
