//! Which DAGs Airflow finds: those that were entered by `with`, and those that a global of the file holds at its end. What goes to code
//! that is not seen may be kept there.

use ruff_python_ast::helpers::any_over_expr;
use ruff_python_ast::{Expr, ExprLambda};
use ruff_text_size::TextRange;

use super::calls::{GLOBALS, HARMLESS};
use super::exec::Exec;
use super::imports;
use super::module::{How, Made};
use super::value::{Call, Val};

impl Exec<'_> {
    /// Gives a name a value. A DAG that becomes a global of the file is found by Airflow.
    pub(super) fn set(&mut self, name: &str, value: Val) {
        if self.frames.len() == 1 || self.frame().global.contains(name) {
            self.set_global(name, value);
        } else {
            self.frame().vars.insert(name.to_owned(), value);
        }
    }

    /// Gives a global of the file a value; a DAG that no other holds is lost with the name, where this is sure to be reached.
    fn set_global(&mut self, name: &str, value: Val) {
        if let Val::Dag(dag) = value {
            self.module.made[dag].found = true;
        }
        let before = self.frames[0].vars.insert(name.to_owned(), value);
        let Some(Val::Dag(old)) = before.filter(|_| self.guard().is_none()) else { return };
        let held = self.entered.contains(&old) || self.frames[0].vars.values().any(|value| *value == Val::Dag(old));
        self.module.made[old].found &= held || self.module.made[old].how != How::Made;
    }

    /// A DAG is entered by `with`.
    pub(super) fn enter(&mut self, dag: usize) {
        self.module.made[dag].found = true;
        self.entered.insert(dag);
    }

    /// `globals()[key] = value`
    pub(super) fn put_global(&mut self, key: &Val, value: Val, range: TextRange) {
        match (key, value) {
            (Val::Text(name), value @ Val::Dag(_)) => self.set_global(name, value),
            (_, Val::Dag(dag)) => self.enter(dag),
            (_, Val::Code(_) | Val::Call(_) | Val::Get(..)) => {
                self.hide(range, "puts into `globals()` what only running it would tell");
            }
            _ => {}
        }
    }

    /// `globals().update(…)`
    pub(super) fn update_globals(&mut self, call: &Call) {
        for value in &call.args {
            match value {
                Val::Dict(items) => {
                    items.iter().for_each(|(key, value)| self.put_global(key, value.clone(), call.range));
                }
                _ => self.hide(call.range, "puts into `globals()` what only running it would tell"),
            }
        }
        for (name, value) in &call.named {
            let name = name.as_ref().map_or_else(|| Val::code("is spread"), |name| Val::Text(name.clone()));
            self.put_global(&name, value.clone(), call.range);
        }
    }

    /// Notes what a call hands to code that is not seen: `globals()`, the class of DAGs, or a DAG.
    pub(super) fn hand(&mut self, to: &str, call: &Call) {
        let package = to.split('.').next().unwrap_or_default();
        let harmless = HARMLESS.contains(&package) && to != "builtins.map";
        let named = call.named.iter().filter(|(name, _)| name.as_deref() != Some("dag"));
        for value in call.args.iter().chain(named.map(|(_, value)| value)) {
            match value {
                Val::Path(path) if path == GLOBALS => self.hide(call.range, "hands `globals()` to a function"),
                Val::Path(path) if !harmless && (imports::is_dag_class(path) || imports::is_dag_decorator(path)) => {
                    self.hide(call.range, "hands what makes DAGs to a function");
                }
                Val::Dag(dag) if !harmless => {
                    self.module.made[*dag].handed.get_or_insert(call.range);
                }
                _ => {}
            }
        }
    }

    /// A DAG that nothing holds here may be held where it was handed to.
    pub(super) fn handed_away(&mut self) {
        let handed = self.module.made.iter().filter(|made| !made.found).filter_map(|made| made.handed);
        for range in handed.collect::<Vec<_>>() {
            self.hide(range, "hands a DAG to a function, which may keep it");
        }
    }

    /// A function that no `def` names is not followed.
    pub(super) fn lambda(&mut self, lambda: &ExprLambda, range: TextRange) -> Val {
        let makes = |part: &Expr| match part {
            Expr::Call(call) => self.dotted(&call.func).is_some_and(|path| imports::is_dag_class(&path)),
            _ => false,
        };
        if any_over_expr(&lambda.body, makes) {
            self.hide(range, "makes DAGs in a `lambda`");
        }
        Val::code("is a function")
    }

    /// The dotted path that a name, with attributes, stands for.
    fn dotted(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Name(name) => match self.lookup(&name.id)? {
                Val::Path(path) => Some(path.clone()),
                _ => None,
            },
            Expr::Attribute(attribute) => Some(format!("{}.{}", self.dotted(&attribute.value)?, attribute.attr)),
            _ => None,
        }
    }

    /// Notes that DAGs may be made here that are not seen.
    pub(super) fn hide(&mut self, range: TextRange, why: impl Into<String>) {
        let why = why.into();
        if !self.module.hidden.iter().any(|(at, _)| *at == range) {
            self.module.hidden.push((range, why));
        }
    }

    /// Notes a DAG.
    pub(super) fn make(&mut self, how: How, call: Call, function: Option<String>, params: Vec<(String, Val)>) -> usize {
        self.module.made.push(Made {
            how,
            call,
            function,
            params,
            found: how != How::Made,
            guard: self.guard(),
            tasks: Vec::new(),
            more_tasks: None,
            cycle: None,
            handed: None,
        });
        self.module.made.len() - 1
    }
}
