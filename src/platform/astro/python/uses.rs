//! What a file reads by name, wherever in it: connections, variables, environment variables, pools, other files.

use std::collections::{BTreeSet, HashMap};

use ruff_python_ast::visitor::{Visitor, walk_decorator, walk_expr, walk_stmt};
use ruff_python_ast::{BoolOp, Decorator, Expr, ExprCall, ExprContext, Keyword, Stmt, StmtFunctionDef};

use ruff_text_size::TextRange;

use super::calls::LOCAL;
use super::imports;
use super::jinja;
use super::module::{Module, Use, UseKind};
use super::value::{Val, last};

/// Endings of files that a DAG reads as templates.
const FILES: [&str; 7] = [".sql", ".hql", ".sh", ".j2", ".jinja", ".yaml", ".yml"];

/// The argument, and the attribute, of what a task updates.
const OUTLETS: &str = "outlets";

/// Looks through a file that was run through.
pub(super) fn read(body: &[Stmt], module: &mut Module) {
    let mut look = Look {
        module,
        locals: Vec::new(),
        imported: HashMap::new(),
        outer: None,
        classes: 0,
        defaulted: false,
        decorates: false,
    };
    look.visit_body(body);
}

struct Look<'m> {
    module: &'m mut Module,
    /// The names that each function around sets by itself.
    locals: Vec<BTreeSet<String>>,
    /// What is imported in functions.
    imported: HashMap<String, String>,
    /// The outermost function or class around.
    outer: Option<String>,
    /// How many classes are around.
    classes: usize,
    /// Whether `or` stands behind.
    defaulted: bool,
    /// Whether this stands in a decorator.
    decorates: bool,
}

impl<'a> Visitor<'a> for Look<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(def) => self.function(statement, def),
            Stmt::ClassDef(class) => {
                self.classes += 1;
                self.within(&class.name, statement);
                self.classes -= 1;
            }
            Stmt::Import(import) => self.import(imports::plain(import, true).0),
            Stmt::ImportFrom(import) => self.import(imports::from(import, true).0),
            other => walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript)
                if subscript.ctx == ExprContext::Load
                    && self.path(&subscript.value).as_deref() == Some("os.environ") =>
            {
                let name = self.value(&subscript.slice);
                self.read(UseKind::Env, name, false);
            }
            Expr::StringLiteral(text) => self.text(text.value.to_str(), text.range),
            Expr::Name(name) if name.ctx == ExprContext::Store => {
                if let Some(locals) = self.locals.last_mut() {
                    locals.insert(name.id.to_string());
                }
            }
            Expr::Attribute(attribute) if attribute.ctx == ExprContext::Store && attribute.attr.as_str() == OUTLETS => {
                self.module.sets_outlets |= self.classes > 0;
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(Expr::StringLiteral(key)) = &item.key {
                        self.keyword_named(key.value.to_str(), &item.value);
                    }
                }
            }
            Expr::BoolOp(either) if either.op == BoolOp::Or => {
                let before = self.defaulted;
                let Some((last, others)) = either.values.split_last() else { return };
                self.defaulted = true;
                others.iter().for_each(|value| self.visit_expr(value));
                self.defaulted = before;
                self.visit_expr(last);
                return;
            }
            _ => {}
        }
        walk_expr(self, expression);
    }

    fn visit_decorator(&mut self, decorator: &'a Decorator) {
        let before = std::mem::replace(&mut self.decorates, true);
        walk_decorator(self, decorator);
        self.decorates = before;
    }

    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        if let Some(name) = &keyword.arg {
            self.keyword_named(name, &keyword.value);
            self.module.sets_outlets |= self.classes > 0 && name.as_str() == OUTLETS;
        }
        ruff_python_ast::visitor::walk_keyword(self, keyword);
    }
}

impl<'a> Look<'_> {
    fn function(&mut self, statement: &'a Stmt, def: &'a StmtFunctionDef) {
        let makes = def.decorator_list.iter().any(|decorator| {
            let callee = if let Expr::Call(call) = &decorator.expression { &call.func } else { &decorator.expression };
            self.path(callee).is_some_and(|path| imports::is_dag_decorator(&path))
        });
        if let Some(outer) = self.outer.clone().filter(|_| makes) {
            self.module.factories.insert(outer);
        }
        self.locals.push(def.parameters.iter().map(|parameter| parameter.name().to_string()).collect());
        self.within(&def.name, statement);
        self.locals.pop();
    }

    fn within(&mut self, name: &str, statement: &'a Stmt) {
        let is_outer = self.outer.is_none();
        if is_outer {
            self.outer = Some(name.to_owned());
        }
        walk_stmt(self, statement);
        if is_outer {
            self.outer = None;
        }
    }

    fn import(&mut self, names: Vec<(String, Val)>) {
        if self.outer.is_none() {
            return;
        }
        for (name, value) in names {
            if let Val::Path(path) = value {
                self.imported.insert(name, path);
            }
        }
    }

    fn call(&mut self, call: &'a ExprCall) {
        let Some(path) = self.path(&call.func) else { return };
        if let Some(outer) = self.outer.clone() {
            if imports::is_dag_class(&path) || !self.decorates && imports::is_dag_decorator(&path) {
                self.module.factories.insert(outer);
            } else {
                self.module.callees.entry(outer).or_default().insert(path.clone());
            }
        }
        let kind = match path.as_str() {
            "os.getenv" | "os.environ.get" => UseKind::Env,
            _ if path.ends_with(".Variable.get") && path.starts_with("airflow.") => UseKind::Variable,
            _ if path.starts_with("airflow.") && is_connection(&path) => UseKind::Connection,
            _ => return,
        };
        let arguments = &call.arguments;
        let names = ["key", "conn_id"];
        let named = |name: &str| arguments.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name));
        let first =
            arguments.args.first().or_else(|| names.iter().find_map(|name| named(name)).map(|keyword| &keyword.value));
        let Some(first) = first else { return };
        let default = arguments.args.len() > 1 || ["default", "default_var"].iter().any(|name| named(name).is_some());
        let name = self.value(first);
        self.read(kind, name, default && kind != UseKind::Connection);
    }

    fn keyword_named(&mut self, name: &str, value: &'a Expr) {
        let kind = match name {
            _ if name == "conn_id" || name.ends_with("_conn_id") => UseKind::Connection,
            "pool" => UseKind::Pool,
            "trigger_dag_id" | "external_dag_id" => UseKind::Dag,
            _ => return,
        };
        match self.value(value) {
            // No connection is wanted; a template is read as one.
            Val::None => {}
            Val::Text(text) if text.contains("{{") || text.is_empty() => {}
            // What a function hands on is named where it is called.
            Val::Code(_) if self.outer.is_some() => {}
            name => self.read(kind, name, false),
        }
    }

    fn read(&mut self, kind: UseKind, name: Val, default: bool) {
        let read = Use { kind, name, default: default || self.defaulted };
        if !self.module.uses.contains(&read) {
            self.module.uses.push(read);
        }
    }

    fn text(&mut self, text: &str, range: TextRange) {
        if text.contains("{{") || text.contains("{%") {
            for name in jinja::legacy(text) {
                let what = format!("`{name}` in a template");
                self.module.legacy.push((
                    range,
                    what,
                    "use `logical_date`, `data_interval_start` or `data_interval_end`",
                ));
            }
            for read in jinja::reads(text) {
                if !self.module.uses.contains(&read) {
                    self.module.uses.push(read);
                }
            }
        }
        let is_name = text.len() < 256 && !text.contains(|c: char| c.is_whitespace() || c == '{');
        if is_name && FILES.iter().any(|ending| text.ends_with(ending)) {
            self.module.files.insert(text.to_owned());
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|names| names.contains(name))
    }

    /// The dotted path that an expression stands for.
    fn path(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Attribute(attribute) => {
                let mut path = self.path(&attribute.value)?;
                path.push('.');
                path.push_str(&attribute.attr);
                Some(path)
            }
            Expr::Name(name) => {
                let name = name.id.as_str();
                match self.imported.get(name) {
                    Some(path) => Some(path.clone()),
                    None if self.is_local(name) => None,
                    None => match self.module.globals.get(name)? {
                        Val::Path(path) => Some(path.clone()),
                        Val::Function(_) => Some(format!("{LOCAL}{name}")),
                        _ => None,
                    },
                }
            }
            _ => None,
        }
    }

    /// What a name says, as far as the file's constants reach.
    fn value(&self, expression: &Expr) -> Val {
        match expression {
            Expr::StringLiteral(text) => Val::Text(text.value.to_str().to_owned()),
            Expr::NoneLiteral(_) => Val::None,
            Expr::Name(name) if !self.is_local(&name.id) => {
                self.module.globals.get(name.id.as_str()).cloned().unwrap_or_else(|| Val::code("is computed"))
            }
            Expr::Attribute(_) => self.path(expression).map_or_else(|| Val::code("is computed"), Val::Path),
            _ => Val::code("is computed"),
        }
    }
}

fn is_connection(path: &str) -> bool {
    let of = path.rsplit_once('.').map(|(of, _)| last(of)).unwrap_or_default();
    match last(path) {
        "get_connection" => true,
        "get_connection_from_secrets" | "get" => of == "Connection",
        _ => false,
    }
}
