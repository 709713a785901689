//! Calls: of Airflow's own names, of the file's functions, of everything else.

use std::collections::BTreeMap;

use ruff_python_ast::{Arguments, Expr, ExprCall};
use ruff_text_size::{Ranged as _, TextRange};

use super::exec::{DEEPEST_CALL, Exec, Flow, Frame, Function, Group, Kind, Task, name_of};
use super::imports;
use super::module::How;
use super::value::{Call, Val, last};

/// What `globals()` gives.
pub(super) const GLOBALS: &str = "globals()";

/// Before the names of the file's own classes.
pub(in super::super) const LOCAL: &str = "<local>.";

/// The functions of Python itself that are followed or known to be harmless.
pub(super) const BUILTINS: [&str; 32] = [
    "range",
    "len",
    "str",
    "int",
    "list",
    "dict",
    "tuple",
    "set",
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "globals",
    "locals",
    "vars",
    "float",
    "bool",
    "print",
    "isinstance",
    "getattr",
    "open",
    "map",
    "hasattr",
    "issubclass",
    "callable",
    "any",
    "all",
    "min",
    "max",
    "sum",
    "abs",
    "round",
];

/// Packages whose functions make neither DAGs nor tasks.
pub(super) const HARMLESS: [&str; 18] = [
    "airflow", "datetime", "pendulum", "os", "json", "logging", "time", "random", "pathlib", "re", "typing", "math",
    "uuid", "builtins", "dateutil", "sys", "textwrap", "string",
];

impl<'a> Exec<'a> {
    /// Follows a call.
    pub(super) fn call(&mut self, call: &'a ExprCall) -> Val {
        let callee = match &*call.func {
            Expr::Attribute(attribute) => match self.value(&attribute.value) {
                of @ Val::Path(_) => self.attribute(of, &attribute.attr),
                of => return self.method(call, of, &attribute.value, &attribute.attr),
            },
            callee => self.value(callee),
        };
        let (args, named) = self.arguments(&call.arguments);
        self.called(callee, Call { name: String::new(), args, named, range: call.range() })
    }

    /// The arguments of a call; what is spread is put in where it is known.
    pub(super) fn arguments(&mut self, arguments: &'a Arguments) -> (Vec<Val>, Vec<(Option<String>, Val)>) {
        let mut args = Vec::new();
        let mut named = Vec::new();
        for argument in &arguments.args {
            match argument {
                Expr::Starred(starred) => match self.value(&starred.value) {
                    Val::List(items) => args.extend(items),
                    _ => named.push((None, Val::code("spreads what is not known"))),
                },
                argument => {
                    let value = self.value(argument);
                    args.push(value);
                }
            }
        }
        for keyword in &arguments.keywords {
            let value = self.value(&keyword.value);
            match (&keyword.arg, value) {
                (Some(name), value) => named.push((Some(name.to_string()), value)),
                (None, Val::Dict(items)) => named.extend(items.into_iter().map(|(key, value)| match key {
                    Val::Text(name) => (Some(name), value),
                    _ => (None, Val::code("spreads a key that is not known")),
                })),
                (None, Val::Code(why)) => named.push((None, Val::Code(why))),
                (None, value) => named.push((None, value)),
            }
        }
        (args, named)
    }

    /// What a call of this gives.
    pub(super) fn called(&mut self, callee: Val, call: Call) -> Val {
        match &callee {
            Val::Path(path) => self.hand(path, &call),
            Val::Code(_) | Val::Call(_) => self.hand("", &call),
            Val::Function(function) if self.functions[*function].kind == Kind::Changed => self.hand("", &call),
            _ => {}
        }
        match callee {
            Val::Path(path) => self.path_called(path, call),
            Val::Function(function) => self.function_called(function, call),
            Val::Code(why) => {
                if call.named("task_id").is_some() {
                    return self.operator(&call);
                }
                self.more_tasks("calls what is not known in it");
                Val::Code(why)
            }
            Val::Task(task) => Val::Task(task),
            Val::Call(decorator) if imports::is_dag_decorator(&decorator.name) => self.decorated(*decorator, call),
            _ => Val::code("calls what is not known"),
        }
    }

    /// `dag(…)(f)`, and `dag(f)()`: a decorator that is called by hand.
    fn decorated(&mut self, mut decorator: Call, call: Call) -> Val {
        let given = call.args.first();
        let (function, is_called) = match (decorator.args.first(), given) {
            (Some(Val::Function(function)), _) => (*function, true),
            (_, Some(Val::Function(function))) => (*function, false),
            _ => {
                self.hide(call.range, "makes a DAG of what only running the file would tell");
                return Val::code("is a DAG that is not seen");
            }
        };
        if is_called {
            decorator.args.clear();
        }
        let (def, outer) = (self.functions[function].def, self.functions[function].outer);
        self.functions.push(Function { def, kind: Kind::Dag(decorator), outer });
        let made = self.functions.len() - 1;
        if is_called { self.function_called(made, call) } else { Val::Function(made) }
    }

    fn path_called(&mut self, path: String, call: Call) -> Val {
        let call = Call { name: path, ..call };
        self.notice(&call);
        if call.name.strip_prefix(GLOBALS) == Some(".update") {
            self.update_globals(&call);
            return Val::None;
        }
        if let Some(value) = self.built_in(&call) {
            return value;
        }
        if looks_like_dag(&call, &self.module.classes) {
            return Val::Dag(self.make(How::Made, call, None, Vec::new()));
        }
        if call.named("task_id").is_some() && call.last() != "TaskInstance" {
            return self.operator(&call);
        }
        let package = call.name.split('.').next().unwrap_or_default();
        if !HARMLESS.contains(&package) {
            self.module.calls.push((call.name.clone(), call.range));
            let is_group = call.named("group_id").is_some() || call.last().ends_with("Group");
            let is_class = call.last().starts_with(char::is_uppercase) && !is_group;
            if !is_class {
                let name = call.name.strip_prefix(LOCAL).unwrap_or(&call.name).to_owned();
                self.more_tasks(format!("calls `{name}`, which may add tasks"));
            }
        }
        self.chained(&call);
        Val::Call(Box::new(call)).bounded()
    }

    /// `chain(a, b, c)`.
    fn chained(&mut self, call: &Call) {
        if call.last() == "chain" && call.name.starts_with("airflow.") {
            for pair in call.args.windows(2) {
                self.edges(&pair[0], &pair[1], call.range);
            }
        }
    }

    fn operator(&mut self, call: &Call) -> Val {
        for (name, help) in
            [("task_concurrency", "write `max_active_tis_per_dag=` instead"), ("provide_context", "leave it out")]
        {
            if call.named(name).is_some() {
                self.module.legacy.push((call.range, format!("the argument `{name}` of a task"), help));
            }
        }
        let dag = match call.named("dag") {
            Some(Val::Dag(dag)) => Some(*dag),
            _ => None,
        };
        let id = call.named("task_id").cloned().unwrap_or_else(|| Val::code("has no id"));
        let group = match call.named("task_group") {
            None | Some(Val::None) => None,
            Some(_) => Some(Val::code("lies in a task group that is passed on")),
        };
        let groups = self.groups.len();
        self.groups.extend(group.map(|id| Group { id: Some(id), outlets: None }));
        let outlets = call.given("outlets");
        let task = self.task(Task { dag, id, range: call.range, numbered: false, outlets });
        self.groups.truncate(groups);
        task
    }

    fn function_called(&mut self, function: usize, call: Call) -> Val {
        let kind = self.functions[function].kind.clone();
        let name = self.functions[function].def.name.to_string();
        match kind {
            Kind::Dag(decorator) => {
                let params = self.parameters(function, &call);
                let dag = self.make(How::Called, decorator, Some(name), params);
                self.dags.push(dag);
                self.follow(function, None);
                self.dags.pop();
                Val::Dag(dag)
            }
            Kind::Task(decorator) => {
                let (id, outlets) = (decorator.named("task_id").cloned(), decorator.given("outlets"));
                let id = id.unwrap_or(Val::Text(name));
                let task = self.task(Task { dag: None, id, range: call.range, numbered: true, outlets });
                let inputs: Vec<Val> =
                    call.args.into_iter().chain(call.named.into_iter().map(|(_, value)| value)).collect();
                self.edges(&Val::List(inputs), &task, call.range);
                task
            }
            Kind::Group(mut decorator) => {
                let id = decorator.argument(0, "group_id").cloned().unwrap_or(Val::Text(name));
                decorator.named.push((Some("group_id".to_owned()), id));
                let groups = self.groups.len();
                self.enter_group(&decorator, true);
                self.follow(function, Some(call));
                self.groups.truncate(groups);
                Val::code("is a task group")
            }
            Kind::Plain => self.follow(function, Some(call)),
            Kind::Changed => {
                self.module.calls.push((format!("{LOCAL}{name}"), call.range));
                self.more_tasks(format!("calls `{name}`, which may add tasks"));
                Val::code("is given by a function under a decorator")
            }
        }
    }

    /// The parameters of a function with what a call gives for them, or their defaults.
    fn parameters(&mut self, function: usize, call: &Call) -> Vec<(String, Val)> {
        let def = self.functions[function].def;
        let mut values = Vec::new();
        for (position, parameter) in def.parameters.iter_non_variadic_params().enumerate() {
            let name = parameter.name().to_string();
            let value = match (call.argument(position, &name), parameter.default()) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) if call.spread().is_none() => self.value(default),
                _ => Val::code("is a parameter that nothing gives"),
            };
            values.push((name, value));
        }
        values
    }

    /// Follows the body of one of the file's functions; without a call, its parameters are not known.
    fn follow(&mut self, function: usize, call: Option<Call>) -> Val {
        let def = self.functions[function].def;
        if self.calls >= DEEPEST_CALL {
            self.module.calls.push((format!("{LOCAL}{}", def.name), def.name.range()));
            self.more_tasks("calls itself, or many functions in each other");
            return Val::code("lies too many calls deep");
        }
        let mut frame = Frame { outer: self.functions[function].outer.min(self.frames.len() - 1), ..Frame::default() };
        match call {
            Some(call) => frame.vars.extend(self.parameters(function, &call)),
            None => frame.vars.extend(
                def.parameters
                    .iter_non_variadic_params()
                    .map(|parameter| (parameter.name().to_string(), Val::code("is a param of the DAG"))),
            ),
        }
        let variadic = def.parameters.vararg.iter().chain(def.parameters.kwarg.iter());
        frame
            .vars
            .extend(variadic.map(|parameter| (parameter.name.to_string(), Val::code("is what else was passed on"))));
        self.calls += 1;
        self.frames.push(frame);
        let flow = self.block(&def.body);
        let unsure = self.frames.pop().and_then(|frame| frame.unsure);
        self.calls -= 1;
        match (flow, unsure) {
            (Flow::Return(value @ Val::Dag(_)), _) | (Flow::Return(value), None) => value,
            (_, Some(_)) => Val::code("is returned under a condition"),
            _ => Val::None,
        }
    }

    /// A call of a method of what an expression gave.
    fn method(&mut self, call: &'a ExprCall, of: Val, object: &'a Expr, name: &str) -> Val {
        let (args, named) = self.arguments(&call.arguments);
        let range = call.range();
        match of {
            Val::Function(function) => {
                self.task_method(function, name, Call { name: String::new(), args, named, range })
            }
            Val::Task(task) => {
                let others = args.into_iter().chain(named.into_iter().map(|(_, value)| value)).flat_map(flat);
                let others = Val::List(others.collect());
                match name {
                    "add_outlets" => self.adds(task, others),
                    "set_downstream" => self.edges(&of, &others, range),
                    "set_upstream" => self.edges(&others, &of, range),
                    _ => {}
                }
                Val::Task(task)
            }
            // `task.outlets.append(…)`
            Val::Get(of, what) if *what == Val::Text("outlets".to_owned()) && matches!(*of, Val::Task(_)) => {
                if let Val::Task(task) = *of {
                    self.adds(task, Val::List(args));
                }
                Val::None
            }
            of => self.value_method(of, name_of(object), Call { name: name.to_owned(), args, named, range }),
        }
    }

    /// Notes that a task updates more.
    fn adds(&mut self, task: usize, more: Val) {
        let before = self.tasks[task].outlets.take().unwrap_or(Val::None);
        self.tasks[task].outlets = Some(Val::List(vec![before, more]).bounded());
    }

    /// `f.override(task_id="x")(…)`, `f.partial(…).expand(…)`, of a function under `@task`.
    fn task_method(&mut self, function: usize, name: &str, call: Call) -> Val {
        let Kind::Task(mut decorator) = self.functions[function].kind.clone() else {
            self.more_tasks("calls a method of a function");
            return Val::code("calls a method of a function");
        };
        match name {
            "override" => {
                let (def, outer) = (self.functions[function].def, self.functions[function].outer);
                decorator.named.extend(call.named);
                self.functions.push(Function { def, kind: Kind::Task(decorator), outer });
                Val::Function(self.functions.len() - 1)
            }
            "partial" => Val::Function(function),
            _ => self.function_called(function, call),
        }
    }

    /// Hands on what a method of a value that is none of ours does.
    fn value_method(&mut self, of: Val, name: Option<&str>, call: Call) -> Val {
        if let Val::Call(_) | Val::Code(_) | Val::Get(..) = of {
            self.hand("", &call);
        }
        match super::methods::method(self, of, name, &call) {
            Some(value) => value,
            None => self.called(Val::code("calls a method of what is not known"), call),
        }
    }

    /// Where calls of imported names are noted that may make DAGs.
    pub(super) fn note_call(&mut self, path: &str, range: TextRange) {
        self.module.calls.push((path.to_owned(), range));
    }
}

fn flat(value: Val) -> Vec<Val> {
    match value {
        Val::List(items) => items,
        other => vec![other],
    }
}

/// A call that makes a DAG, or may: the class may come from a file of the project.
fn looks_like_dag(call: &Call, classes: &BTreeMap<String, Vec<String>>) -> bool {
    let is_class = last(&call.name).starts_with(char::is_uppercase) && !call.name.starts_with("airflow.");
    let own = call.name.strip_prefix(LOCAL).and_then(|name| classes.get(name));
    imports::is_dag_class(&call.name)
        || own.is_some_and(|bases| bases.iter().any(|base| imports::is_dag_class(base)))
        || is_class && (last(&call.name) == "DAG" || call.named("dag_id").is_some() && call.named("task_id").is_none())
}
