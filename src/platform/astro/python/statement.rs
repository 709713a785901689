//! Statements, followed in the order in which Python would.

use ruff_python_ast::{Expr, Stmt, StmtAssign, StmtAugAssign, StmtFor, StmtWith};
use ruff_text_size::Ranged as _;

use super::exec::{Exec, Flow, Group, name_of};
use super::imports;
use super::value::{Call, Val};

/// The most turns of one loop that are followed.
const MOST_TURNS: usize = 1_000;

impl<'a> Exec<'a> {
    /// Follows a block.
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow {
        for statement in body {
            let flow = self.statement(statement);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    pub(super) fn statement(&mut self, statement: &'a Stmt) -> Flow {
        if !self.step() {
            return Flow::On;
        }
        match statement {
            Stmt::Import(import) => self.imported(imports::plain(import, self.spared())),
            Stmt::ImportFrom(import) => self.imported(imports::from(import, self.spared())),
            Stmt::Assign(assign) => self.assign(assign),
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.value(value);
                    self.bind(&assign.target, value);
                }
            }
            Stmt::AugAssign(assign) => self.augment(assign),
            Stmt::Expr(expression) => {
                self.value(&expression.value);
            }
            Stmt::FunctionDef(def) => self.define(def),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::If(choice) => return self.choice(choice),
            Stmt::For(turns) => return self.turns(turns),
            Stmt::While(turns) => {
                self.value(&turns.test);
                return self.maybe("it stands in a `while` loop", |exec| exec.block(&turns.body));
            }
            Stmt::With(with) => return self.with(with),
            Stmt::Try(attempt) => return self.attempt(attempt),
            Stmt::Match(choice) => {
                self.value(&choice.subject);
                let before = self.frame().vars.clone();
                for case in &choice.cases {
                    self.maybe("it stands in a `match`", |exec| exec.block(&case.body));
                }
                self.blur(&before, "depends on a `match`");
            }
            Stmt::Return(back) => {
                let value = back.value.as_ref().map_or(Val::None, |value| self.value(value));
                return Flow::Return(value);
            }
            Stmt::Raise(_) => return Flow::Raise,
            Stmt::Break(_) => return Flow::Leave { ends: true },
            Stmt::Continue(_) => return Flow::Leave { ends: false },
            Stmt::Global(global) => {
                let names: Vec<String> = global.names.iter().map(ToString::to_string).collect();
                self.frame().global.extend(names);
            }
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    self.bind(target, Val::code("is deleted"));
                }
            }
            Stmt::TypeAlias(_) | Stmt::Assert(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Flow::On
    }

    fn spared(&self) -> bool {
        self.guard().is_some() || self.frames.len() > 1
    }

    fn imported(&mut self, (names, imports): (Vec<(String, Val)>, Vec<super::module::Import>)) {
        for (name, value) in names {
            self.set(&name, value);
        }
        self.module.imports.extend(imports);
    }

    fn assign(&mut self, assign: &'a StmtAssign) {
        let value = self.value(&assign.value);
        for target in &assign.targets {
            self.bind(target, value.clone());
        }
    }

    fn augment(&mut self, assign: &'a StmtAugAssign) {
        let before = self.value(&assign.target);
        let by = self.value(&assign.value);
        let value =
            if assign.op == ruff_python_ast::Operator::Add { before.plus(by) } else { Val::code("is computed") };
        self.bind(&assign.target, value);
    }

    /// Gives a target a value.
    pub(super) fn bind(&mut self, target: &'a Expr, value: Val) {
        match target {
            Expr::Name(name) => self.set(&name.id, value),
            Expr::Tuple(targets) => self.spread(&targets.elts, value),
            Expr::List(targets) => self.spread(&targets.elts, value),
            Expr::Starred(starred) => self.bind(&starred.value, Val::code("is the rest of a list")),
            Expr::Subscript(subscript) => {
                let key = self.value(&subscript.slice);
                self.put(&subscript.value, key, value, subscript.range());
            }
            Expr::Attribute(attribute) => match self.value(&attribute.value) {
                Val::Dag(dag) => self.module.made[dag].call.named.push((Some(attribute.attr.to_string()), value)),
                Val::Task(task) => match (attribute.attr.as_str(), value) {
                    ("outlets", value) => self.tasks[task].outlets = Some(value),
                    ("dag", Val::Dag(dag)) => self.tasks[task].dag = Some(dag),
                    _ => {}
                },
                _ => {}
            },
            _ => {}
        }
    }

    fn spread(&mut self, targets: &'a [Expr], value: Val) {
        match value {
            Val::List(values) if values.len() == targets.len() => {
                for (target, value) in targets.iter().zip(values) {
                    self.bind(target, value);
                }
            }
            _ => {
                for target in targets {
                    self.bind(target, Val::code("is taken out of what is not known"));
                }
            }
        }
    }

    /// `of[key] = value`.
    fn put(&mut self, of: &'a Expr, key: Val, value: Val, range: ruff_text_size::TextRange) {
        let there = self.value(of);
        match (&there, &value) {
            (Val::Path(path), _) if path == super::calls::GLOBALS => self.put_global(&key, value, range),
            (Val::Dict(_), _) => {
                let Some(name) = name_of(of) else { return };
                let changed = match (there, key) {
                    (_, Val::Code(_)) => Val::code("is changed under a key that is not known"),
                    (Val::Dict(mut items), key) => {
                        items.retain(|(known, _)| *known != key);
                        items.push((key, value));
                        Val::Dict(items).bounded()
                    }
                    (other, _) => other,
                };
                self.set(name, changed);
            }
            (Val::List(_), _) => {
                if let Some(name) = name_of(of) {
                    self.set(name, Val::code("is changed in place"));
                }
            }
            _ => {}
        }
    }

    fn turns(&mut self, turns: &'a StmtFor) -> Flow {
        let items = match self.value(&turns.iter) {
            Val::List(items) if items.len() <= MOST_TURNS => items,
            Val::Dict(items) if items.len() <= MOST_TURNS => items.into_iter().map(|(key, _)| key).collect(),
            other => {
                let why = match other {
                    Val::Code(why) => format!("it stands in a loop over what {why}"),
                    _ => "it stands in a loop over what is not known".to_owned(),
                };
                self.bind(&turns.target, Val::code("changes in a loop"));
                return self.maybe(&why, |exec| exec.block(&turns.body));
            }
        };
        for item in items {
            self.bind(&turns.target, item);
            match self.block(&turns.body) {
                Flow::On | Flow::Leave { ends: false } => {}
                Flow::Leave { ends: true } => return Flow::On,
                other => return other,
            }
        }
        self.block(&turns.orelse)
    }

    fn with(&mut self, with: &'a StmtWith) -> Flow {
        let (dags, groups) = (self.dags.len(), self.groups.len());
        for item in &with.items {
            let value = self.value(&item.context_expr);
            let bound = match value {
                Val::Dag(dag) => {
                    self.enter(dag);
                    self.dags.push(dag);
                    Val::Dag(dag)
                }
                Val::Call(call) if imports::is_group_class(&call.name) => {
                    self.enter_group(&call, false);
                    Val::code("is a task group")
                }
                other => {
                    if let Val::Path(path) = &other {
                        self.module.calls.push((path.clone(), item.range()));
                    }
                    Val::code("is what a `with` gives")
                }
            };
            if let Some(target) = &item.optional_vars {
                self.bind(target, bound);
            }
        }
        let flow = self.block(&with.body);
        self.dags.truncate(dags);
        self.groups.truncate(groups);
        flow
    }

    /// Goes into a group: its id stands before those of its tasks.
    pub(super) fn enter_group(&mut self, call: &Call, numbered: bool) {
        let (outer, given) = self.groups.last().cloned().map_or((None, None), |group| (group.id, group.outlets));
        let prefixes = call.named("prefix_group_id").is_none_or(|prefix| prefix.truth() != Some(false));
        let own = call.argument(0, "group_id").cloned().unwrap_or_else(|| Val::code("is a group without an id"));
        let outlets = match call.named("default_args") {
            Some(Val::Dict(items)) => {
                items.iter().rev().find(|(key, _)| key.text() == Some("outlets")).map(|of| of.1.clone())
            }
            Some(Val::None) | None => None,
            Some(_) => Some(Val::code("may be given by the defaults of a task group")),
        };
        let id = match outer.clone() {
            Some(outer) => outer.plus(Val::Text(".".into())).plus(own.joined()),
            None => own,
        };
        let id = if numbered { self.number(id, self.context()) } else { id };
        self.grouped.push((self.context(), id.clone()));
        self.groups.push(Group { id: if prefixes { Some(id) } else { outer }, outlets: outlets.or(given) });
    }
}
