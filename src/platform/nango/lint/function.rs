//! One function by itself: its place, its name, and the fields that the compiler or the server refuses.

use oxc_span::Span;
use serde_json::Value;

use super::super::frequency::{Verdict, verdict};
use super::super::function::Function;
use super::super::look::{Found, Look};
use super::super::module::Kind;
use super::Lint;

/// The longest name of a function, an integration, a model, a scope or a webhook, in UTF-16 units, as the server counts.
const LONGEST_NAME: usize = 255;

/// The longest description, counted in the same way.
const LONGEST_DESCRIPTION: usize = 2_000;

impl<'w> Lint<'w, '_> {
    /// Looks at every deployed function.
    pub(super) fn each_function(&mut self) {
        for function in self.functions {
            if function.declared.is_some() {
                self.place_of(function);
                self.names_of(function);
                self.required(function);
                self.texts(function);
                self.choices(function);
                if function.kind == Kind::Sync {
                    self.sync(function);
                }
            }
        }
    }

    /// Where a property is set; the maker's name where it is not.
    pub(super) fn span(function: &Function<'w>, property: &str) -> Span {
        match function.fields.get(property) {
            Found::Set(field) => field.span,
            Found::Absent | Found::Hidden(_) => Self::callee(function),
        }
    }

    fn callee(function: &Function<'w>) -> Span {
        function.declared.map_or(Span::new(0, 0), |declared| declared.callee)
    }

    /// A deploy loads `<integration>/<folder of the kind>/<name>` and nothing else.
    fn place_of(&mut self, function: &Function<'w>) {
        let (kind, integration, name) = (function.kind, &function.integration, &function.name);
        let wanted = format!("{integration}/{}/{name}.ts", kind.folder());
        if kind != Kind::Function && function.path != wanted {
            let message = format!(
                "`{}` makes this {}, which a deploy looks for in `{}`",
                kind.maker(),
                kind.word(),
                wanted.escape_debug()
            );
            self.error(
                function.module,
                "wrong-folder",
                Self::callee(function),
                message,
                "move the file, or use the maker of its folder",
            );
        }
    }

    fn names_of(&mut self, function: &Function<'w>) {
        let span = Self::callee(function);
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let name = &function.name;
        if (function.kind != Kind::OnEvent && !plain(name)) || units(name) > LONGEST_NAME {
            let message = format!("`{}` is no name that Nango takes for a function", name.escape_debug());
            self.error(
                function.module,
                "bad-name",
                span,
                message,
                "rename the file: letters, digits, `_` and `-`, at most 255",
            );
        }
        let key = &function.integration;
        let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"~:.@ _-".contains(&byte));
        if !is_key || units(key) > LONGEST_NAME {
            let message = format!("`{}` is no integration's key", key.escape_debug());
            self.error(
                function.module,
                "bad-integration-key",
                span,
                message,
                "rename the folder to the key of the integration in Nango",
            );
        }
    }

    fn required(&mut self, function: &Function<'w>) {
        let required: &[&str] = match function.kind {
            Kind::Sync => &["description", "frequency", "models", "exec"],
            Kind::Action => &["description", "input", "output", "exec"],
            Kind::OnEvent => &["description", "event", "exec"],
            Kind::Function => &["description", "exec"],
        };
        for property in required {
            if matches!(function.fields.get(property), Found::Absent) {
                let message = format!("`{}` needs `{property}`", function.kind.maker());
                self.error(
                    function.module,
                    "missing-field",
                    Self::callee(function),
                    message,
                    &format!("add `{property}`"),
                );
            }
        }
    }

    fn texts(&mut self, function: &Function<'w>) {
        let long = |text: &str, most: usize| units(text) > most;
        if function.value("description").and_then(Value::as_str).is_some_and(|text| long(text, LONGEST_DESCRIPTION)) {
            let message = format!(
                "the description is longer than {LONGEST_DESCRIPTION} characters, which Nango's server refuses"
            );
            self.error(function.module, "too-long", Self::span(function, "description"), message, "shorten it");
        }
        for list in ["scopes", "webhookSubscriptions"] {
            if function.texts(list).any(|text| long(text, LONGEST_NAME)) {
                let message = format!(
                    "`{list}` holds a text of more than {LONGEST_NAME} characters, which Nango's server refuses"
                );
                self.error(function.module, "too-long", Self::span(function, list), message, "shorten it");
            }
        }
    }

    fn choices(&mut self, function: &Function<'w>) {
        let events: &[&str] = &["post-connection-creation", "pre-connection-deletion", "validate-connection"];
        for (attribute, property, code, allowed) in [
            ("event", "event", "bad-event", events),
            ("sync_type", "syncType", "bad-sync-type", &["full", "incremental"]),
        ] {
            if let Some(Value::String(value)) = function.value(attribute)
                && !allowed.contains(&value.as_str())
            {
                let message = format!("`{}` is no {property} of Nango", value.escape_debug());
                self.error(
                    function.module,
                    code,
                    Self::span(function, property),
                    message,
                    &format!("write one of {}", allowed.join(", ")),
                );
            }
        }
    }

    fn sync(&mut self, function: &Function<'w>) {
        if let Some(Value::String(runs)) = function.value("runs") {
            self.frequency(function, runs);
        }
        let is = |name: &str, value: &str| function.value(name).and_then(Value::as_str) == Some(value);
        if is("sync_type", "incremental") && function.value("track_deletes") == Some(&Value::Bool(true)) {
            let message = "`trackDeletes` does not go with an incremental sync: compiler and server refuse it";
            self.error(
                function.module,
                "track-deletes-incremental",
                Self::span(function, "trackDeletes"),
                message,
                "call `nango.trackDeletesStart` and `trackDeletesEnd` instead",
            );
        }
        self.model_names(function);
    }

    fn frequency(&mut self, function: &Function<'w>, runs: &str) {
        let shown = runs.escape_debug();
        let (code, message) = match verdict(runs) {
            Verdict::Fine => return,
            Verdict::Unknown => ("bad-frequency", format!("`{shown}` is no frequency that Nango's compiler knows")),
            Verdict::TooOften => ("bad-frequency", format!("`{shown}` is more often than every 30 seconds")),
            Verdict::ServerRefuses => {
                ("frequency-refused", format!("`{shown}` compiles, and Nango's server refuses it"))
            }
        };
        let help = "write a whole number of seconds, minutes, hours or days: `every 30 minutes`, `every 14 days`; or `every week`, `every month`";
        self.error(function.module, code, Self::span(function, "frequency"), message, help);
    }

    fn model_names(&mut self, function: &Function<'w>) {
        let Found::Set(models) = function.fields.get("models") else { return };
        let Ok(fields) = Look::new(self.world).object(models.value) else { return };
        for field in fields.all().unwrap_or_default() {
            let mut letters = field.name.bytes();
            let good = letters.next().is_some_and(|first| first.is_ascii_uppercase())
                && field.name.len() > 1
                && letters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !good || units(field.name) > LONGEST_NAME {
                // The name's own place, unless it comes from another file or a spread.
                let span = if models.value.0 == function.module && field.value.0 == function.module {
                    field.span
                } else {
                    models.span
                };
                let message = format!("`{}` is no name of a model", field.name.escape_debug());
                self.error(
                    function.module,
                    "bad-model-name",
                    span,
                    message,
                    "begin with a capital; letters, digits and `_`, at least two",
                );
            }
        }
    }
}

/// The length as JavaScript counts it.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
