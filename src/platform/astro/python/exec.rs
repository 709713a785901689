//! One file run through with constants alone: names keep what they were last given, loops over known lists are turned, functions
//! of the file are followed. What cannot be known becomes [`Val::Code`] and stays so; nothing is guessed.

use std::collections::{BTreeSet, HashMap};

use ruff_python_ast::{Expr, StmtFunctionDef};
use ruff_text_size::TextRange;

use super::module::{Module, Step};
use super::value::{Call, Val};

/// How many statements and expressions of one file are followed.
const MOST_STEPS: usize = 200_000;

/// How deep calls of the file's own functions are followed.
pub(super) const DEEPEST_CALL: usize = 8;

/// What a decorator makes of a function.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// Something that is not known.
    Changed,
    /// `@dag`
    Dag(Call),
    /// `@task`, with what the decorator gives.
    Task(Call),
    /// `@task_group`, with what the decorator gives.
    Group(Call),
}

/// A function of the file.
pub(super) struct Function<'a> {
    pub(super) def: &'a StmtFunctionDef,
    pub(super) kind: Kind,
    /// The frame in which it was defined.
    pub(super) outer: usize,
}

/// The names of one call, or of the file.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) vars: HashMap<String, Val>,
    /// The frame in which names are looked up next.
    pub(super) outer: usize,
    /// Names that `global` makes the file's.
    pub(super) global: BTreeSet<String>,
    /// Why what follows may not be reached.
    pub(super) unsure: Option<String>,
}

/// A group of tasks, as what lies in it sees it.
#[derive(Clone)]
pub(super) struct Group {
    /// What stands before the ids; `None` where nothing does.
    pub(super) id: Option<Val>,
    /// What its tasks update that say nothing of it.
    pub(super) outlets: Option<Val>,
}

/// A task that was seen.
pub(super) struct Task {
    pub(super) dag: Option<usize>,
    pub(super) id: Val,
    pub(super) range: TextRange,
    /// Whether a second one of this id gets a number instead of being an error.
    pub(super) numbered: bool,
    /// What it says that it updates.
    pub(super) outlets: Option<Val>,
}

/// How a block of statements ends.
#[derive(Debug, PartialEq)]
pub(super) enum Flow {
    /// At its end.
    On,
    /// With a value.
    Return(Val),
    /// By an exception.
    Raise,
    /// By `break` or `continue`.
    Leave {
        /// Whether the loop ends.
        ends: bool,
    },
}

/// The state of a file that is run through.
pub(super) struct Exec<'a> {
    pub(super) module: Module,
    pub(super) frames: Vec<Frame>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) classes: HashMap<String, HashMap<String, Val>>,
    pub(super) tasks: Vec<Task>,
    pub(super) edges: Vec<(usize, usize, TextRange)>,
    /// The DAGs in whose `with` this stands.
    pub(super) dags: Vec<usize>,
    /// The task groups in which this stands.
    pub(super) groups: Vec<Group>,
    /// The ids of all task groups so far, each with its DAG.
    pub(super) grouped: Vec<(Option<usize>, Val)>,
    /// The DAGs that Airflow finds whatever becomes of their names: entered by `with`.
    pub(super) entered: BTreeSet<usize>,
    /// Why this may not be reached.
    pub(super) guards: Vec<String>,
    pub(super) calls: usize,
    left: usize,
}

impl Exec<'_> {
    /// Before the first statement.
    pub(super) fn new(module: Module) -> Self {
        Self {
            module,
            frames: vec![Frame::default()],
            functions: Vec::new(),
            classes: HashMap::new(),
            tasks: Vec::new(),
            edges: Vec::new(),
            dags: Vec::new(),
            groups: Vec::new(),
            grouped: Vec::new(),
            entered: BTreeSet::new(),
            guards: Vec::new(),
            calls: 0,
            left: MOST_STEPS,
        }
    }

    /// Takes a step; `false` when there were too many.
    pub(super) fn step(&mut self) -> bool {
        if self.left == 1 {
            let why = "the file takes more steps than are followed".to_owned();
            self.module.hidden.push((TextRange::default(), why));
        }
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    /// Takes as many steps more as copying a value costs.
    pub(super) fn pay(&mut self, value: &Val) {
        self.left = self.left.saturating_sub(value.size() / 8).max(1);
    }

    /// The frame that is run now.
    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// What a name says here.
    pub(super) fn lookup(&self, name: &str) -> Option<&Val> {
        let mut at = self.frames.len() - 1;
        loop {
            if let Some(found) = self.frames[at].vars.get(name) {
                return Some(found);
            }
            if at == 0 {
                return None;
            }
            at = self.frames[at].outer.min(at - 1);
        }
    }

    /// Why what stands here may not be reached.
    pub(super) fn guard(&self) -> Option<String> {
        let unsure = || self.frames.iter().find_map(|frame| frame.unsure.clone());
        self.guards.last().cloned().or_else(unsure)
    }

    /// The DAG to which a task belongs here.
    pub(super) fn context(&self) -> Option<usize> {
        self.dags.last().copied()
    }

    /// Notes that a DAG may have more tasks than are seen.
    pub(super) fn more_tasks(&mut self, why: impl Into<String>) {
        if let Some(dag) = self.context() {
            self.module.made[dag].more_tasks.get_or_insert_with(|| why.into());
        }
    }

    /// Notes a task; its id is given without the groups that it lies in, and its DAG where another one counts than that around it.
    pub(super) fn task(&mut self, task: Task) -> Val {
        let dag = task.dag.or_else(|| self.context());
        let (group, given) = self.groups.last().cloned().map_or((None, None), |group| (group.id, group.outlets));
        let id = match group {
            Some(group) => group.plus(Val::Text(".".into())).plus(task.id.joined()),
            None => task.id,
        };
        let outlets = task.outlets.or(given);
        let id = if task.numbered { self.number(id, dag) } else { id };
        if let Some((dag, why)) = dag.and_then(|dag| Some((dag, self.guard_within(dag)?))) {
            self.module.made[dag].more_tasks.get_or_insert(why);
        }
        self.tasks.push(Task { dag, id, outlets, range: task.range, numbered: task.numbered });
        Val::Task(self.tasks.len() - 1)
    }

    /// A decorated function that is called again gets `__1`, `__2`, … at its task's id.
    pub(super) fn number(&self, id: Val, dag: Option<usize>) -> Val {
        let Val::Text(text) = &id else { return id };
        let of_dag = || self.tasks.iter().filter(|task| task.dag == dag && dag.is_some()).map(|task| &task.id);
        let groups = || self.grouped.iter().filter(|(of, _)| *of == dag && dag.is_some()).map(|(_, id)| id);
        let taken = |name: &str| of_dag().chain(groups()).any(|id| id.text() == Some(name));
        if !taken(text) {
            return id;
        }
        let free = (1..=self.tasks.len() + self.grouped.len() + 1)
            .map(|count| format!("{text}__{count}"))
            .find(|name| !taken(name));
        free.map_or(id, Val::Text)
    }

    /// Why a task may not be reached though its DAG is.
    fn guard_within(&self, dag: usize) -> Option<String> {
        self.guard().filter(|guard| self.module.made[dag].guard.as_ref() != Some(guard))
    }

    /// Follows a block; everything in it may not be reached, for this reason.
    pub(super) fn guarded<T>(&mut self, why: impl Into<String>, work: impl FnOnce(&mut Self) -> T) -> T {
        self.guards.push(why.into());
        let done = work(self);
        self.guards.pop();
        done
    }

    /// Adds the tasks to their DAGs, and looks for those that wait for each other.
    pub(super) fn finish(mut self) -> Module {
        for task in &self.tasks {
            if let Some(dag) = task.dag {
                self.module.made[dag].tasks.push(Step { id: task.id.clone(), outlets: task.outlets.clone() });
            }
        }
        self.handed_away();
        self.duplicates();
        self.cycles();
        for function in
            self.functions.iter().filter(|function| matches!(function.kind, Kind::Dag(_)) && function.outer == 0)
        {
            let name = function.def.name.to_string();
            if !self.module.made.iter().any(|made| made.function.as_ref() == Some(&name)) {
                self.module.never_called.push((name.clone(), function.def.name.range));
            }
            self.module.dag_functions.insert(name);
        }
        self.module.globals = std::mem::take(&mut self.frames[0].vars);
        for (class, attributes) in self.classes {
            let named = attributes.into_iter().map(|(name, value)| (format!("{class}.{name}"), value));
            self.module.globals.extend(named);
        }
        self.module
    }

    fn duplicates(&mut self) {
        let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
        for task in &self.tasks {
            let (Some(dag), Some(id)) = (task.dag, task.id.text()) else { continue };
            let sure = self.module.made[dag].more_tasks.is_none();
            if !seen.insert((dag, id.to_owned())) && !task.numbered && sure {
                let message = format!("two tasks of one DAG have the id `{}`", id.escape_debug());
                let remark = super::remark::Remark::error("task-duplicate", task.range, message);
                self.module.remarks.push(remark.help("give each task of a DAG an id of its own"));
            }
        }
    }

    /// Follows `a >> b` from every task, as far as it leads.
    fn cycles(&mut self) {
        let mut next: HashMap<usize, Vec<(usize, TextRange)>> = HashMap::new();
        for (from, to, range) in &self.edges {
            next.entry(*from).or_default().push((*to, *range));
        }
        // 0 unseen, 1 on the way, 2 done.
        let mut state = vec![0_u8; self.tasks.len()];
        for start in 0..self.tasks.len() {
            let mut way: Vec<(usize, usize)> = vec![(start, 0)];
            while let Some((task, step)) = way.pop() {
                if step == 0 {
                    if state[task] != 0 {
                        continue;
                    }
                    state[task] = 1;
                }
                let Some((to, range)) = next.get(&task).and_then(|targets| targets.get(step)).copied() else {
                    state[task] = 2;
                    continue;
                };
                way.push((task, step + 1));
                match state[to] {
                    0 => way.push((to, 0)),
                    1 => self.cycle(&way, to, range),
                    _ => {}
                }
            }
        }
    }

    fn cycle(&mut self, way: &[(usize, usize)], to: usize, range: TextRange) {
        let from = way.iter().position(|(task, _)| *task == to).unwrap_or_default();
        let ids = way[from..].iter().map(|(task, _)| match &self.tasks[*task].id {
            Val::Text(id) => id.clone(),
            _ => "…".to_owned(),
        });
        let ids: Vec<String> = ids.collect();
        if let Some(dag) = self.tasks[to].dag {
            self.module.made[dag].cycle.get_or_insert((ids, range));
        }
    }
}

/// The name that an expression is, if it is no more.
pub(super) fn name_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        _ => None,
    }
}
