//! Functions and classes, and what decorators make of them.

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged as _;

use super::exec::{Exec, Frame, Function, Kind};
use super::imports;
use super::module::How;
use super::value::{Call, Val};

impl<'a> Exec<'a> {
    /// Notes a function, with what its decorators make of it.
    pub(super) fn define(&mut self, def: &'a StmtFunctionDef) {
        let mut kind = Kind::Plain;
        for decorator in &def.decorator_list {
            let (path, call) = self.decorator(&decorator.expression);
            kind = match path.as_deref() {
                Some(path) if imports::is_dag_decorator(path) => Kind::Dag(call),
                Some(path) if imports::is_group_decorator(path) => Kind::Group(call.argument(0, "group_id").cloned()),
                Some(path) if imports::is_task_decorator(path) => Kind::Task(call.named("task_id").cloned()),
                Some(
                    "airflow.decorators.setup"
                    | "airflow.decorators.teardown"
                    | "airflow.sdk.setup"
                    | "airflow.sdk.teardown",
                ) => {
                    if kind == Kind::Plain {
                        Kind::Task(None)
                    } else {
                        kind
                    }
                }
                Some(path) if imports::is_asset_decorator(path.strip_suffix(".multi").unwrap_or(path)) => {
                    let multi = path.ends_with(".multi");
                    return self.asset(def, call, multi);
                }
                other => {
                    // A decorator of the project may make a DAG of the function.
                    if let Some(path) = other {
                        self.note_call(path, decorator.range());
                    }
                    if kind == Kind::Plain { Kind::Changed } else { kind }
                }
            };
        }
        let outer = self.frames.len() - 1;
        self.functions.push(Function { def, kind, outer });
        let function = Val::Function(self.functions.len() - 1);
        self.set(&def.name, function);
    }

    fn asset(&mut self, def: &'a StmtFunctionDef, call: Call, multi: bool) {
        let name = if multi { None } else { call.argument(0, "name").cloned() };
        let mut call = call;
        if let Some(name) = name {
            call.named.insert(0, (Some("dag_id".to_owned()), name));
        }
        call.args.clear();
        let dag = self.make(How::Asset, call, Some(def.name.to_string()), Vec::new());
        self.task(Val::Text(def.name.to_string()), Some(dag), def.name.range(), true);
        self.set(&def.name, Val::code("is an asset"));
    }

    /// What a decorator is, and with which arguments it is called.
    fn decorator(&mut self, expression: &'a Expr) -> (Option<String>, Call) {
        let (callee, call) = match expression {
            Expr::Call(call) => {
                let (args, named) = self.arguments(&call.arguments);
                let made = Call { name: String::new(), args, named, range: call.range() };
                (&*call.func, made)
            }
            other => (other, Call { name: String::new(), args: Vec::new(), named: Vec::new(), range: other.range() }),
        };
        match self.value(callee) {
            Val::Path(path) => (Some(path.clone()), Call { name: path, ..call }),
            _ => (None, call),
        }
    }

    pub(super) fn class(&mut self, class: &'a StmtClassDef) {
        let bases = class.arguments.iter().flat_map(|arguments| arguments.args.iter());
        let bases: Vec<Val> = bases.map(|base| self.value(base)).collect();
        let paths = bases.into_iter().filter_map(|base| if let Val::Path(path) = base { Some(path) } else { None });
        self.module.classes.insert(class.name.to_string(), paths.collect());
        let outer = self.frames.len() - 1;
        self.frames.push(Frame { outer, ..Frame::default() });
        for statement in &class.body {
            if matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_)) {
                self.statement(statement);
            }
        }
        let attributes = self.frames.pop().map(|frame| frame.vars).unwrap_or_default();
        let attributes = attributes.into_iter().filter(|(_, value)| !matches!(value, Val::Dag(_) | Val::Task(_)));
        self.classes.insert(class.name.to_string(), attributes.collect());
        self.set(&class.name, Val::Path(format!("{}{}", super::calls::LOCAL, class.name)));
    }
}
