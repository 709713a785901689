//! What is kept of one file after its syntax tree is gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ruff_text_size::TextRange;

use super::remark::Remark;
use super::value::{Call, Val};

/// An import statement's target, or one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Import {
    /// Dots before the name: 0 is absolute.
    pub level: u32,
    /// The module.
    pub module: String,
    /// The name that is taken from it; `*` for all, `None` for `import module`.
    pub name: Option<String>,
    /// Whether it may fail without harm: in `try`, in a function, for type checkers, under a condition.
    pub spared: bool,
    /// Where.
    pub range: TextRange,
}

/// How a DAG came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum How {
    /// `DAG(…)`
    Made,
    /// A function under `@dag` that is called.
    Called,
    /// A function under `@asset`.
    Asset,
}

/// A DAG that the file makes.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Made {
    /// How.
    pub how: How,
    /// The call that makes it, with its arguments.
    pub call: Call,
    /// The name of the decorated function.
    pub function: Option<String>,
    /// The decorated function's parameters, which become params of the DAG.
    pub params: Vec<(String, Val)>,
    /// Whether Airflow finds it: entered by `with`, called under `@dag`, or a global of the file.
    pub found: bool,
    /// Why it may not be made at all.
    pub guard: Option<String>,
    /// The tasks.
    pub tasks: Vec<Step>,
    /// Why there may be more tasks than are seen.
    pub more_tasks: Option<String>,
    /// Tasks that wait for each other, by their ids.
    pub cycle: Option<(Vec<String>, TextRange)>,
    /// Where it was handed to code that is not seen, and that may keep it.
    pub handed: Option<TextRange>,
}

/// A task of a DAG.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Step {
    /// Its id.
    pub id: Val,
    /// What it says that it updates; `None` where it says nothing and the defaults of its DAG count.
    pub outlets: Option<Val>,
}

/// What a file needs at run time, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Needs {
    /// Names that must be there.
    pub required: BTreeSet<String>,
    /// Names that are read with a default.
    pub optional: BTreeSet<String>,
    /// Why some names are not known.
    pub unknown: Option<String>,
}

/// A name that is read somewhere, before it is known what it says.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Use {
    /// What is read.
    pub kind: UseKind,
    /// By which name.
    pub name: Val,
    /// Whether a default stands beside it.
    pub default: bool,
}

/// What may be read by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum UseKind {
    /// An Airflow connection.
    Connection,
    /// An Airflow variable.
    Variable,
    /// An environment variable.
    Env,
    /// A pool.
    Pool,
    /// Another DAG, which is triggered or waited for.
    Dag,
}

/// What one file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Module {
    /// Path from the repository's root.
    pub path: String,
    /// SHA-256 of the text.
    pub digest: [u8; 32],
    /// It cannot be parsed.
    pub broken: bool,
    /// Its text could not be read.
    pub unread: bool,
    /// Whether Airflow's safe mode looks into it: `airflow` and `dag` (or `asset`) stand in it.
    pub discovered: bool,
    /// What was found.
    pub remarks: Vec<Remark>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// Names of Airflow 2 in arguments and templates: where, what, and what to write instead.
    pub legacy: Vec<(TextRange, String, &'static str)>,
    /// Its names when it was run through.
    pub globals: HashMap<String, Val>,
    /// The DAGs that it makes.
    pub made: Vec<Made>,
    /// Where it may make DAGs that are not seen, and why.
    pub hidden: Vec<(TextRange, String)>,
    /// Calls of imported names while it is loaded, by name: they may make DAGs.
    pub calls: Vec<(String, TextRange)>,
    /// Its functions in whose body a DAG is made, or such a function is called.
    pub factories: BTreeSet<String>,
    /// Its functions under `@dag`.
    pub dag_functions: BTreeSet<String>,
    /// Functions under `@dag` that it never calls, where they stand.
    pub never_called: Vec<(String, TextRange)>,
    /// What its functions and classes call.
    pub callees: BTreeMap<String, BTreeSet<String>>,
    /// What it reads by name.
    pub uses: Vec<Use>,
    /// Literal names of files that it may read: `sql/orders.sql`.
    pub files: BTreeSet<String>,
    /// Whether a class of its own sets what the tasks made of it update.
    pub sets_outlets: bool,
    /// Classes that it declares, with the names of what they extend.
    pub classes: BTreeMap<String, Vec<String>>,
}
