//! Names from other files: a path that an import gives is followed to the value that the other file sets.

use std::collections::BTreeSet;

use super::locate::Leads;
use super::python::calls::LOCAL;
use super::python::imports;
use super::python::value::{Call, Val};
use super::world::World;

/// How many files a name may be handed through.
const DEEPEST: usize = 12;

/// What a path stands for, seen from a file.
pub(super) enum Means {
    /// A value, in the file where it is set.
    Value(usize, Val),
    /// A name of a file of the project that is not known there.
    Unknown,
    /// Something that is installed.
    Package(String),
}

impl World<'_> {
    /// A value with the names of other files of the project put in.
    pub(super) fn resolve(&self, module: usize, value: &Val) -> Val {
        self.resolved(module, value, DEEPEST).bounded()
    }

    fn resolved(&self, module: usize, value: &Val, depth: usize) -> Val {
        let Some(depth) = depth.checked_sub(1) else { return Val::code("is handed through too many files") };
        let again = |value: &Val| self.resolved(module, value, depth);
        match value {
            Val::Path(path) => match self.means(module, path, depth) {
                Means::Value(
                    at,
                    value @ (Val::Path(_) | Val::Sum(_) | Val::Get(..) | Val::List(_) | Val::Dict(_) | Val::Call(_)),
                ) => self.resolved(at, &value, depth),
                // Numbers of another file mean nothing here.
                Means::Value(_, Val::Function(_)) => Val::Code(format!("is the function `{path}`")),
                Means::Value(_, Val::Dag(_) | Val::Task(_) | Val::File(_)) => Val::Code(format!("comes from `{path}`")),
                Means::Value(_, value) => value,
                Means::Unknown => Val::Code(format!("comes from `{}`, whose value is not seen", shown(path))),
                Means::Package(path) => Val::Path(path),
            },
            Val::Sum(parts) => {
                let mut parts = parts.iter().map(again).map(|part| match part {
                    list @ Val::List(_) => list,
                    Val::Path(path) => Val::Code(format!("comes from `{path}`")),
                    other => other.joined(),
                });
                let first = parts.next().unwrap_or(Val::None);
                parts.fold(first, Val::plus)
            }
            Val::Get(of, key) => match again(of) {
                Val::Path(path) => Val::Code(format!("comes from `{path}`")),
                Val::Call(call) => Val::Code(format!("is read from what `{}` gives", call.name)),
                known => known.item(key),
            },
            Val::List(items) => Val::List(items.iter().map(again).collect()).bounded(),
            Val::Dict(items) => {
                Val::Dict(items.iter().map(|(key, value)| (again(key), again(value))).collect()).bounded()
            }
            Val::Call(call) => {
                let name = match self.means(module, &call.name, depth) {
                    Means::Package(path) => path,
                    Means::Value(..) | Means::Unknown => call.name.clone(),
                };
                Val::Call(Box::new(Call {
                    name,
                    args: call.args.iter().map(again).collect(),
                    named: call.named.iter().map(|(name, value)| (name.clone(), again(value))).collect(),
                    range: call.range,
                }))
                .bounded()
            }
            other => other.clone(),
        }
    }

    /// What a path stands for.
    pub(super) fn means(&self, module: usize, path: &str, depth: usize) -> Means {
        let Some(depth) = depth.checked_sub(1) else { return Means::Unknown };
        if let Some(name) = path.strip_prefix(LOCAL) {
            return self.modules[module].globals.get(name).map_or(Means::Unknown, |value| match value {
                // A class of the file itself.
                Val::Path(own) if own == path => Means::Unknown,
                value => Means::Value(module, value.clone()),
            });
        }
        let (level, name) = dots(path);
        match self.longest(module, level, name) {
            Some((Some(at), rest)) => self.name_in(at, &rest, depth),
            Some((None, _)) => Means::Unknown,
            None if level > 0 => Means::Unknown,
            None => Means::Package(path.to_owned()),
        }
    }

    /// The file to which the longest beginning of a name leads, if it was read, and what follows in the name; `None` where no
    /// beginning leads to a file of the project.
    fn longest<'n>(&self, module: usize, level: u32, name: &'n str) -> Option<(Option<usize>, Vec<&'n str>)> {
        if self.places.is_package(level, name) {
            return None;
        }
        let ends = std::iter::once(name.len()).chain(name.rmatch_indices('.').map(|(at, _)| at));
        for end in ends {
            if let Leads::Files(files) = self.places.dotted(&self.modules[module].path, level, &name[..end]) {
                let rest = name[end..].split('.').skip(1).collect();
                return Some((files.last().and_then(|file| self.by_path.get(file)).copied(), rest));
            }
        }
        None
    }

    /// What a name says in a file, followed by attributes.
    fn name_in(&self, module: usize, names: &[&str], depth: usize) -> Means {
        let globals = &self.modules[module].globals;
        let whole = names.join(".");
        if let Some(value) = globals.get(&whole) {
            return match value {
                Val::Path(path) if !path.starts_with(LOCAL) => match self.means(module, path, depth) {
                    Means::Unknown => Means::Unknown,
                    other => other,
                },
                Val::Path(_) => Means::Unknown,
                value => Means::Value(module, value.clone()),
            };
        }
        match names.first().and_then(|first| globals.get(*first)) {
            Some(Val::Path(path)) if names.len() > 1 && !path.starts_with(LOCAL) => {
                self.means(module, &format!("{path}.{}", names[1..].join(".")), depth)
            }
            _ => Means::Unknown,
        }
    }

    /// The installed name behind a path, if it leads to one.
    pub(super) fn installed(&self, module: usize, path: &str) -> Option<String> {
        match self.means(module, path, DEEPEST) {
            Means::Package(path) => Some(path),
            Means::Value(..) | Means::Unknown => None,
        }
    }

    /// Whether a call of this path, made while a file is loaded, may make DAGs: it leads to a function of the project that does.
    pub(super) fn may_make_dags(&self, module: usize, path: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![(module, path.to_owned())];
        while let Some((module, path)) = open.pop() {
            if !seen.insert((module, path.clone())) || seen.len() > 2_000 {
                continue;
            }
            let Some((at, name)) = self.function(module, &path, DEEPEST) else { continue };
            let facts = &self.modules[at];
            if facts.factories.contains(&name) || facts.dag_functions.contains(&name) && at != module {
                return true;
            }
            open.extend(facts.callees.get(&name).into_iter().flatten().map(|callee| (at, callee.clone())));
        }
        false
    }

    /// The file and the outermost name of a function or class of the project.
    fn function(&self, module: usize, path: &str, depth: usize) -> Option<(usize, String)> {
        let depth = depth.checked_sub(1)?;
        if let Some(name) = path.strip_prefix(LOCAL) {
            return Some((module, name.split('.').next()?.to_owned()));
        }
        let (level, dotted) = dots(path);
        // The last part is a name in a file, not a file.
        let (dotted, last) = dotted.rsplit_once('.')?;
        let (found, mut rest) = self.longest(module, level, dotted)?;
        rest.push(last);
        let (at, (name, rest)) = (found?, rest.split_first()?);
        // Handed on from yet another file.
        match self.modules[at].globals.get(*name) {
            Some(Val::Path(path)) if !path.starts_with(LOCAL) && at != module => {
                let path = std::iter::once(path.as_str()).chain(rest.iter().copied());
                self.function(at, &path.collect::<Vec<_>>().join("."), depth)
            }
            _ => Some((at, (*name).to_owned())),
        }
    }

    /// Whether a path is Airflow's class, or handed on from it.
    pub(super) fn is_dag_class(&self, module: usize, path: &str) -> bool {
        self.installed(module, path).is_some_and(|path| imports::is_dag_class(&path))
    }
}

/// How many dots stand before a name, and the name.
fn dots(path: &str) -> (u32, &str) {
    let name = path.trim_start_matches('.');
    (u32::try_from(path.len() - name.len()).unwrap_or(u32::MAX), name)
}

/// A path without our mark.
fn shown(path: &str) -> &str {
    path.strip_prefix(LOCAL).unwrap_or(path)
}
