//! Branches: of a condition that is known one is followed, else all of them, and what they disagree on is not known.

use std::collections::HashMap;

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtIf, StmtTry};

use super::exec::{Exec, Flow};
use super::imports;
use super::value::Val;

impl<'a> Exec<'a> {
    pub(super) fn choice(&mut self, choice: &'a StmtIf) -> Flow {
        let first = (Some(&*choice.test), &choice.body[..]);
        let others = choice.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body[..]));
        let mut branches = std::iter::once(first).chain(others);
        while let Some((test, body)) = branches.next() {
            let Some(test) = test else { return self.block(body) };
            match self.value(test).truth() {
                Some(true) => return self.block(body),
                Some(false) => {}
                None => {
                    let rest: Vec<_> = std::iter::once((Some(test), body)).chain(branches).collect();
                    return self.either(&rest);
                }
            }
        }
        Flow::On
    }

    /// Follows branches of which nobody knows which one is taken.
    fn either(&mut self, branches: &[(Option<&'a Expr>, &'a [Stmt])]) -> Flow {
        let before = self.frame().vars.clone();
        let mut ends: Vec<HashMap<String, Val>> = Vec::new();
        let exhaustive = branches.iter().any(|(test, _)| test.is_none());
        for (_, body) in branches {
            self.frame().vars.clone_from(&before);
            let flow = self.guarded("it stands under a condition", |exec| exec.block(body));
            if !matches!(flow, Flow::Raise) {
                let after = self.frame().vars.clone();
                ends.push(after);
            }
            self.note_flow(&flow);
        }
        if !exhaustive {
            ends.push(before);
        }
        self.merge(ends);
        Flow::On
    }

    fn note_flow(&mut self, flow: &Flow) {
        if matches!(flow, Flow::Return(_) | Flow::Leave { .. }) {
            self.frame().unsure.get_or_insert_with(|| "it stands behind a conditional `return` or `break`".to_owned());
        }
    }

    /// Keeps what every way gives, and of imports the first.
    fn merge(&mut self, ends: Vec<HashMap<String, Val>>) {
        let mut ends = ends.into_iter();
        let Some(mut merged) = ends.next() else { return };
        for end in ends {
            for (name, value) in end {
                match merged.get_mut(&name) {
                    None => {
                        let value = if matches!(value, Val::Path(_) | Val::Dag(_)) {
                            value
                        } else {
                            Val::code("is set under a condition")
                        };
                        merged.insert(name, value);
                    }
                    Some(known) if *known == value => {}
                    Some(known) => *known = either_of(known, &value),
                }
            }
        }
        self.frame().vars = merged;
    }

    /// What changed since then depends on something that is not known.
    pub(super) fn blur(&mut self, before: &HashMap<String, Val>, why: &str) {
        for (name, value) in &mut self.frame().vars {
            if before.get(name) != Some(value) && !matches!(value, Val::Function(_) | Val::Dag(_) | Val::Path(_)) {
                *value = Val::code(why);
            }
        }
    }

    /// Follows what may not be reached, or be reached many times.
    pub(super) fn maybe(&mut self, why: &str, work: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let before = self.frame().vars.clone();
        let flow = self.guarded(why, work);
        self.note_flow(&match flow {
            Flow::Leave { .. } => Flow::On,
            other => other,
        });
        self.blur(&before, "changes in a loop or under a condition");
        Flow::On
    }

    pub(super) fn attempt(&mut self, attempt: &'a StmtTry) -> Flow {
        let before = self.frame().vars.clone();
        let imports = self.module.imports.len();
        let flow = self.block(&attempt.body);
        let may_fail = !attempt.handlers.is_empty();
        for import in &mut self.module.imports[imports..] {
            import.spared |= may_fail;
        }
        let flow = if flow == Flow::On { self.block(&attempt.orelse) } else { flow };
        let mut ends = vec![self.frame().vars.clone()];
        for handler in &attempt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            self.frame().vars.clone_from(&before);
            let failed = self.guarded("it stands in an `except`", |exec| exec.block(&handler.body));
            if failed != Flow::Raise {
                ends.push(self.frame().vars.clone());
            }
        }
        self.merge(ends);
        match self.block(&attempt.finalbody) {
            Flow::On => flow,
            other => other,
        }
    }
}

/// One of two values: of two classes the first, where both are the same to us; else it is not known.
fn either_of(first: &Val, second: &Val) -> Val {
    match (first, second) {
        (Val::Path(a), Val::Path(b)) if imports::is_dag_class(a) == imports::is_dag_class(b) => Val::Path(a.clone()),
        (Val::Dag(a), Val::Dag(_)) => Val::Dag(*a),
        (Val::Function(a), Val::Function(_)) => Val::Function(*a),
        (Val::Path(a), _) | (_, Val::Path(a)) => Val::Code(format!("is `{a}` or something else")),
        _ => Val::code("is set under a condition"),
    }
}
