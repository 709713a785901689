//! Functions and classes, and what decorators make of them.

use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged as _;

use super::calls::LOCAL;
use super::exec::{Exec, Frame, Function, Kind, Task};
use super::imports;
use super::module::How;
use super::value::{Call, Val};

impl<'a> Exec<'a> {
    /// Notes a function, with what its decorators make of it.
    pub(super) fn define(&mut self, def: &'a StmtFunctionDef) {
        let mut kind = Kind::Plain;
        for decorator in &def.decorator_list {
            let Some(call) = self.decorator(decorator) else {
                kind = Kind::Changed;
                continue;
            };
            kind = match call.name.as_str() {
                path if imports::is_dag_decorator(path) => Kind::Dag(call),
                path if imports::is_group_decorator(path) => Kind::Group(call),
                path if imports::is_task_decorator(path) => Kind::Task(call),
                "airflow.decorators.setup"
                | "airflow.decorators.teardown"
                | "airflow.sdk.setup"
                | "airflow.sdk.teardown" => {
                    if kind == Kind::Plain {
                        Kind::Task(call)
                    } else {
                        kind
                    }
                }
                path if imports::is_asset_decorator(path.strip_suffix(".multi").unwrap_or(path)) => {
                    let multi = path.ends_with(".multi");
                    return self.asset(def, call, multi);
                }
                // A decorator of the project may make a DAG of the function.
                path => {
                    self.note_call(path, decorator.range());
                    if kind == Kind::Plain { Kind::Changed } else { kind }
                }
            };
        }
        let outer = self.frames.len() - 1;
        self.functions.push(Function { def, kind, outer });
        let function = Val::Function(self.functions.len() - 1);
        self.set(&def.name, function);
    }

    /// The DAG that `@asset` makes, with its one task, and the asset that the name stands for from then on.
    fn asset(&mut self, def: &'a StmtFunctionDef, mut call: Call, multi: bool) {
        let own = || Val::Text(def.name.to_string());
        let given = call.named.iter().filter(|(name, _)| name.as_deref() != Some("name"));
        let name = call.named("name").cloned().unwrap_or_else(own);
        let named = given.cloned().chain([(Some("name".to_owned()), name.clone())]).collect();
        let asset = Call { name: imports::ASSET.to_owned(), args: Vec::new(), named, range: call.range };
        let asset = Val::Call(Box::new(asset)).bounded();
        let (outlets, value) = if multi {
            (call.given("outlets"), Val::code("is several assets"))
        } else {
            call.named.insert(0, (Some("dag_id".to_owned()), name));
            (Some(asset.clone()), asset)
        };
        let dag = self.make(How::Asset, call, Some(def.name.to_string()), Vec::new());
        let range = def.name.range();
        self.task(Task { dag: Some(dag), id: own(), range, numbered: true, outlets });
        self.set(&def.name, value);
    }

    /// What a decorator is, and with which arguments it is called; `None` where only running it tells, and the function may then be
    /// a DAG.
    fn decorator(&mut self, decorator: &'a Decorator) -> Option<Call> {
        let plain =
            Call { name: String::new(), args: Vec::new(), named: Vec::new(), range: decorator.expression.range() };
        let (callee, call) = match &decorator.expression {
            Expr::Call(call) => {
                let (args, named) = self.arguments(&call.arguments);
                (&*call.func, Call { args, named, ..plain })
            }
            other => (other, plain),
        };
        let value = match callee {
            Expr::Attribute(attribute) => match self.value(&attribute.value) {
                // A method of what a package made, or a class of the file.
                Val::Call(object) => Val::Path(format!("{}.{}", object.name, attribute.attr)),
                of => self.attribute(of, &attribute.attr),
            },
            other => self.value(other),
        };
        match value {
            Val::Path(name) => Some(Call { name, ..call }),
            // `daily = dag(schedule="@daily")` above, `@daily` here.
            Val::Call(made) if !decorator.expression.is_call_expr() => Some(*made),
            Val::Function(function) => {
                Some(Call { name: format!("{LOCAL}{}", self.functions[function].def.name), ..call })
            }
            _ => {
                self.hide(decorator.range(), "stands under a decorator that only running the file would tell");
                None
            }
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
        self.classes.insert(class.name.to_string(), attributes);
        self.set(&class.name, Val::Path(format!("{LOCAL}{}", class.name)));
    }
}
