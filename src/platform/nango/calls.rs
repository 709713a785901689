//! Calls of `nango.…` and imports of packages, by the rules of Nango's compiler (`zeroYaml/compile.ts`, CLI 0.71): what it
//! refuses is refused here, without installing anything.

use std::collections::BTreeMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, CallExpression, Expression, ObjectPropertyKind, PropertyKey};
use oxc_semantic::{NodeId, Semantic};
use oxc_span::Span;

use super::module::{Form, Module};
use super::remark::{Reach, Remark};

/// Packages that a function may import at run time.
const ALLOWED: [&str; 10] = [
    "nango/experimental",
    "url",
    "node:url",
    "crypto",
    "node:crypto",
    "nango",
    "zod",
    "unzipper",
    "soap",
    "botbuilder",
];

/// Methods whose result must be awaited, returned or chained.
const AWAITED: [&str; 21] = [
    "batchDelete",
    "batchSave",
    "batchSend",
    "delete",
    "deleteRecordsFromPreviousExecutions",
    "get",
    "getConnection",
    "getEnvironmentVariables",
    "getFieldMapping",
    "getMetadata",
    "log",
    "patch",
    "post",
    "proxy",
    "put",
    "setFieldMapping",
    "setMergingStrategy",
    "setMetadata",
    "trackDeletesEnd",
    "trackDeletesStart",
    "triggerAction",
];

const PROXY: [&str; 6] = ["proxy", "get", "post", "put", "patch", "delete"];
const BATCH: [&str; 3] = ["batchSave", "batchDelete", "batchUpdate"];
const CHECKPOINT: [&str; 3] = ["getCheckpoint", "saveCheckpoint", "clearCheckpoint"];

/// How far up a tree is looked; deeper trees are taken to be in order.
const HIGHEST: usize = 2_000;

/// Looks at all calls and imports of a file.
pub(super) fn read(semantic: &Semantic<'_>, module: &mut Module) {
    imports(module);
    let mut exec = Exec::default();
    for node in semantic.nodes().iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        let Some(method) = method(call) else { continue };
        if AWAITED.contains(&method) && !is_awaited(semantic, node.id()) {
            let message = format!("`nango.{method}()` is not awaited, which Nango's compiler refuses");
            module.remarks.push(
                Remark::error(Reach::Bundled, "not-awaited", call.span, message)
                    .help(format!("write `await nango.{method}(…)`")),
            );
        }
        retries(call, module);
        module.own.checkpoints |= CHECKPOINT.contains(&method);
        if is_in_exec(semantic, node.id()) {
            exec.add(method, call, semantic.source_text());
        }
    }
    exec.judge(module);
}

fn imports(module: &mut Module) {
    let refused = |specifier: &str| {
        !ALLOWED.contains(&specifier) && !specifier.starts_with("./") && !specifier.starts_with("../")
    };
    for import in &module.imports {
        if matches!(import.form, Form::SideEffect | Form::Value) && refused(&import.specifier) {
            let message = format!("`{}` may not be imported by a function", import.specifier.escape_debug());
            let help = format!(
                "allowed are local files and {}; types may come from anywhere by `import type`",
                ALLOWED.join(", ")
            );
            module
                .remarks
                .push(Remark::error(Reach::Bundled, "disallowed-import", import.statement, message).help(help));
        }
    }
}

/// The method of a call `nango.method()` or `nango[method]()`, but not of one in an optional chain.
fn method<'c>(call: &'c CallExpression<'_>) -> Option<&'c str> {
    if call.optional {
        return None;
    }
    let (object, name, optional) = match &call.callee {
        Expression::StaticMemberExpression(member) => (&member.object, member.property.name.as_str(), member.optional),
        Expression::ComputedMemberExpression(member) => match &member.expression {
            Expression::Identifier(name) => (&member.object, name.name.as_str(), member.optional),
            _ => return None,
        },
        _ => return None,
    };
    (object.is_specific_id("nango") && !optional).then_some(name)
}

fn is_awaited(semantic: &Semantic<'_>, node: NodeId) -> bool {
    let mut seen = 0;
    let near = semantic.nodes().ancestor_kinds(node).take(HIGHEST).inspect(|_| seen += 1).any(|kind| match kind {
        AstKind::AwaitExpression(_) | AstKind::ReturnStatement(_) => true,
        AstKind::StaticMemberExpression(member) => matches!(member.property.name.as_str(), "then" | "catch"),
        _ => false,
    });
    near || seen == HIGHEST
}

fn is_in_exec(semantic: &Semantic<'_>, node: NodeId) -> bool {
    semantic.nodes().ancestor_kinds(node).take(HIGHEST).any(|kind| match kind {
        AstKind::ObjectProperty(property) => {
            !property.method && matches!(&property.key, PropertyKey::StaticIdentifier(name) if name.name == "exec")
        }
        _ => false,
    })
}

fn retries(call: &CallExpression<'_>, module: &mut Module) {
    let Some(Argument::ObjectExpression(object)) = call.arguments.first() else { return };
    let has = |wanted: &str| {
        object.properties.iter().any(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                !property.method && matches!(&property.key, PropertyKey::StaticIdentifier(name) if name.name == wanted)
            }
            ObjectPropertyKind::SpreadProperty(_) => false,
        })
    };
    if has("retryOn") && !has("retries") {
        let remark = Remark::error(
            Reach::Bundled,
            "retry-on-without-retries",
            call.span,
            "`retryOn` is set without `retries`, which Nango's compiler refuses",
        );
        module.remarks.push(remark.help("set `retries` too"));
    }
}

/// Calls by their line.
type Lines = Vec<(usize, Span)>;

/// The calls inside a function's `exec` whose order matters, by line, as the compiler sees them.
#[derive(Default)]
struct Exec {
    proxy: Lines,
    batch: Lines,
    merging: Lines,
    deletes: Lines,
    models: BTreeMap<String, (Lines, Lines)>,
}

fn first(lines: &[(usize, Span)]) -> Option<usize> {
    lines.iter().map(|(line, _)| *line).min()
}

impl Exec {
    fn add(&mut self, method: &str, call: &CallExpression<'_>, text: &str) {
        let line =
            || (text.as_bytes()[..call.span.start as usize].iter().filter(|byte| **byte == b'\n').count(), call.span);
        if PROXY.contains(&method) {
            self.proxy.push(line());
        }
        if BATCH.contains(&method) {
            self.batch.push(line());
        }
        match method {
            "setMergingStrategy" => self.merging.push(line()),
            "deleteRecordsFromPreviousExecutions" => self.deletes.push(line()),
            "trackDeletesStart" | "trackDeletesEnd" => {
                if let Some(Argument::StringLiteral(model)) = call.arguments.first() {
                    let (starts, ends) = self.models.entry(model.value.to_string()).or_default();
                    if method == "trackDeletesStart" { starts.push(line()) } else { ends.push(line()) }
                }
            }
            _ => {}
        }
    }

    fn judge(&self, module: &mut Module) {
        let mut refuse = |span: Span, message: String| {
            module.remarks.push(Remark::error(
                Reach::Entry,
                "call-order",
                span,
                format!("{message}, which Nango's compiler refuses"),
            ));
        };
        let earliest = [first(&self.batch), first(&self.proxy)].into_iter().flatten().min();
        if let Some((_, span)) = self.merging.iter().find(|(line, _)| earliest.is_some_and(|earliest| *line > earliest))
        {
            refuse(*span, "`setMergingStrategy` stands after a call that saves records or sends a request".to_owned());
        }
        if let Some((_, span)) = self.deletes.get(1) {
            refuse(*span, "`deleteRecordsFromPreviousExecutions` is called twice".to_owned());
        }
        if let Some(line) = first(&self.deletes)
            && let Some((_, span)) = self.batch.iter().find(|(batch, _)| *batch > line)
        {
            refuse(*span, "records are saved after `deleteRecordsFromPreviousExecutions`".to_owned());
        }
        for (model, (starts, ends)) in &self.models {
            if let Some((span, message)) = self.deletes_of(model, starts, ends) {
                refuse(span, message);
            }
        }
    }

    /// The first fault of a model's tracking of deletions.
    fn deletes_of(&self, model: &str, starts: &[(usize, Span)], ends: &[(usize, Span)]) -> Option<(Span, String)> {
        let model = model.escape_debug();
        let (start, end) = (first(starts), first(ends));
        let saved = |bad: &dyn Fn(usize) -> bool| self.batch.iter().find(|(line, _)| bad(*line)).map(|(_, span)| *span);
        if let Some((_, span)) = starts.get(1) {
            return Some((*span, format!("`trackDeletesStart` is called twice for `{model}`")));
        }
        if let Some((_, span)) = ends.get(1) {
            return Some((*span, format!("`trackDeletesEnd` is called twice for `{model}`")));
        }
        match (start, end, starts.first().or(ends.first())) {
            (None, Some(_), Some((_, span))) => {
                Some((*span, format!("`trackDeletesEnd` is called for `{model}` and `trackDeletesStart` is not")))
            }
            (Some(_), None, Some((_, span))) => {
                Some((*span, format!("`trackDeletesStart` is called for `{model}` and `trackDeletesEnd` is not")))
            }
            (Some(start), Some(end), Some((_, span))) if start > end => {
                Some((*span, format!("`trackDeletesStart` stands after `trackDeletesEnd` for `{model}`")))
            }
            (Some(start), Some(end), _) => saved(&|line| line < start)
                .map(|span| (span, format!("records are saved before `trackDeletesStart` for `{model}`")))
                .or_else(|| {
                    saved(&|line| line > end)
                        .map(|span| (span, format!("records are saved after `trackDeletesEnd` for `{model}`")))
                }),
            _ => None,
        }
    }
}
