//! What Python's own functions and methods give, as far as constants reach.

use super::calls::GLOBALS;
use super::exec::Exec;
use super::value::{Call, Val};

/// The longest range that is written out.
const LONGEST_RANGE: i64 = 1_000;

impl Exec<'_> {
    /// A call of a function that Python or its library has.
    pub(super) fn built_in(&mut self, call: &Call) -> Option<Val> {
        let first = call.args.first();
        if matches!(call.name.as_str(), "builtins.globals" | "builtins.locals" | "builtins.vars") {
            let global = call.name == "builtins.globals" || self.frames.len() == 1;
            return Some(if global { Val::Path(GLOBALS.to_owned()) } else { Val::code("is what the names here say") });
        }
        if let Some(value) = self.of_file(call).or_else(|| plain(call)) {
            return Some(value);
        }
        Some(match (call.name.as_str(), first) {
            ("os.path.splitext", Some(Val::Text(name))) => {
                let (stem, end) =
                    name.rfind('.').filter(|at| *at > 0).map_or((name.as_str(), ""), |at| name.split_at(at));
                Val::List(vec![Val::Text(stem.to_owned()), Val::Text(end.to_owned())])
            }
            ("copy.copy" | "copy.deepcopy", Some(value)) => value.clone(),
            ("os.getenv" | "os.environ.get", Some(Val::Text(name))) => {
                Val::Code(format!("reads the environment variable `{name}`"))
            }
            ("os.getenv" | "os.environ.get", _) => Val::code("reads an environment variable"),
            (
                "airflow.models.Variable.get" | "airflow.sdk.Variable.get" | "airflow.models.variable.Variable.get",
                first,
            ) => {
                let name = first.and_then(Val::text).map(|name| format!(" `{name}`")).unwrap_or_default();
                Val::Code(format!("reads the variable{name}"))
            }
            (name, _) if name.starts_with("builtins.") => Val::Code(format!("calls `{}`", &name["builtins.".len()..])),
            _ => return None,
        })
    }

    /// What is made of `__file__`.
    fn of_file(&self, call: &Call) -> Option<Val> {
        let Some(Val::File(up)) = call.args.first() else { return None };
        match call.name.as_str() {
            "pathlib.Path" | "pathlib.PurePath" | "os.path.abspath" | "os.path.realpath" => Some(Val::File(*up)),
            "os.path.dirname" => Some(Val::File(up + 1)),
            "os.path.basename" => Some(self.file_name(*up, false)),
            "os.path.split" => Some(Val::List(vec![Val::File(up + 1), self.file_name(*up, false)])),
            _ => None,
        }
    }
}

/// What a function of Python's own gives.
fn plain(call: &Call) -> Option<Val> {
    Some(match (call.name.as_str(), call.args.first()) {
        ("builtins.range", Some(_)) => range(&call.args),
        ("builtins.str", Some(value)) => match value {
            Val::File(_) | Val::Path(_) | Val::Get(..) => value.clone(),
            _ => value.clone().joined(),
        },
        ("builtins.int", Some(Val::Int(number))) => Val::Int(*number),
        ("builtins.int", Some(Val::Text(text))) => {
            text.trim().parse().map_or_else(|_| Val::code("is no number"), Val::Int)
        }
        ("builtins.len", Some(Val::List(items))) => Val::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        ("builtins.len", Some(Val::Dict(items))) => Val::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        ("builtins.list" | "builtins.tuple", Some(Val::List(items))) => Val::List(items.clone()),
        ("builtins.list" | "builtins.tuple", Some(Val::Dict(items))) => {
            Val::List(items.iter().map(|(key, _)| key.clone()).collect())
        }
        ("builtins.list" | "builtins.tuple", None) => Val::List(Vec::new()),
        ("builtins.reversed", Some(Val::List(items))) => Val::List(items.iter().rev().cloned().collect()),
        ("builtins.sorted", Some(Val::List(items))) if call.named.is_empty() => sorted(items),
        ("builtins.enumerate", Some(Val::List(items))) if call.args.len() == 1 && call.named.is_empty() => {
            let pairs = items.iter().zip(0..).map(|(item, at)| Val::List(vec![Val::Int(at), item.clone()]));
            Val::List(pairs.collect())
        }
        ("builtins.zip", Some(Val::List(a))) if call.args.len() == 2 => match &call.args[1] {
            Val::List(b) => Val::List(a.iter().zip(b).map(|(a, b)| Val::List(vec![a.clone(), b.clone()])).collect()),
            _ => Val::code("is computed"),
        },
        ("builtins.dict", None) => {
            let items = call.named.iter().map(|(name, value)| Some((Val::Text(name.clone()?), value.clone())));
            items.collect::<Option<Vec<_>>>().map_or_else(|| Val::code("spreads what is not known"), Val::Dict)
        }
        ("builtins.dict", Some(Val::Dict(items))) => {
            let mut items = items.clone();
            for (name, value) in &call.named {
                let Some(name) = name else { return Some(Val::code("spreads what is not known")) };
                put(&mut items, Val::Text(name.clone()), value.clone());
            }
            Val::Dict(items)
        }
        _ => return None,
    })
}

/// What a method of a value gives; `None` where the value is not known.
pub(super) fn method(exec: &mut Exec<'_>, of: Val, variable: Option<&str>, call: &Call) -> Option<Val> {
    Some(match (of, call.name.as_str()) {
        (Val::Text(text), name) => of_text(&text, name, call),
        (Val::File(up), "resolve" | "absolute" | "expanduser" | "as_posix") => Val::File(up),
        (Val::Dict(items), _) => of_dict(exec, items, variable, call),
        (Val::List(items), _) => of_list(exec, items, variable, call),
        (Val::Dag(dag), name) => {
            if matches!(name, "add_task" | "add_tasks") {
                exec.module.made[dag].more_tasks.get_or_insert_with(|| format!("calls `.{name}()` of the DAG"));
            }
            Val::code("is given by a method of a DAG")
        }
        (Val::Call(object), name) => {
            let path = format!("{}.{name}", object.name);
            exec.notice_method(&object, call);
            if object.name == "builtins.dict" {
                return None;
            }
            exec.note_call(&object.name, call.range);
            Val::Code(format!("calls `{path}`"))
        }
        (Val::Code(why), _) => {
            if call.named("task_id").is_some() {
                return None;
            }
            Val::Code(why)
        }
        _ => return None,
    })
}

fn of_dict(exec: &mut Exec<'_>, mut items: Vec<(Val, Val)>, variable: Option<&str>, call: &Call) -> Val {
    let first = call.args.first();
    match call.name.as_str() {
        "items" => Val::List(items.into_iter().map(|(key, value)| Val::List(vec![key, value])).collect()),
        "keys" => Val::List(items.into_iter().map(|(key, _)| key).collect()),
        "values" => Val::List(items.into_iter().map(|(_, value)| value).collect()),
        "copy" => Val::Dict(items),
        "get" => {
            let default = call.args.get(1).cloned().unwrap_or(Val::None);
            match first {
                Some(key @ Val::Text(_)) => {
                    items.into_iter().rev().find(|(known, _)| known == key).map_or(default, |(_, value)| value)
                }
                _ => Val::code("looks up what is not known"),
            }
        }
        "update" => {
            let mut known = true;
            match first {
                Some(Val::Dict(more)) => {
                    for (key, value) in more {
                        put(&mut items, key.clone(), value.clone());
                    }
                }
                Some(_) => known = false,
                None => {}
            }
            for (name, value) in &call.named {
                match name {
                    Some(name) => put(&mut items, Val::Text(name.clone()), value.clone()),
                    None => known = false,
                }
            }
            let changed = if known { Val::Dict(items).bounded() } else { Val::code("is changed by what is not known") };
            change(exec, variable, changed)
        }
        "index" | "count" => Val::code("is computed"),
        name => {
            let why = Val::Code(format!("is changed by `.{name}()`"));
            change(exec, variable, why);
            Val::code("is computed")
        }
    }
}

fn of_list(exec: &mut Exec<'_>, mut items: Vec<Val>, variable: Option<&str>, call: &Call) -> Val {
    let first = call.args.first();
    match call.name.as_str() {
        "append" => {
            items.extend(first.cloned());
            change(exec, variable, Val::List(items).bounded())
        }
        "extend" => {
            let changed = match first {
                Some(Val::List(more)) => {
                    items.extend(more.iter().cloned());
                    Val::List(items).bounded()
                }
                _ => Val::code("is extended by what is not known"),
            };
            change(exec, variable, changed)
        }
        "copy" => Val::List(items),
        "index" | "count" => Val::code("is computed"),
        name => {
            let why = Val::Code(format!("is changed by `.{name}()`"));
            change(exec, variable, why);
            Val::code("is computed")
        }
    }
}

fn change(exec: &mut Exec<'_>, variable: Option<&str>, value: Val) -> Val {
    if let Some(name) = variable {
        exec.set(name, value);
    }
    Val::None
}

fn put(items: &mut Vec<(Val, Val)>, key: Val, value: Val) {
    match items.iter_mut().find(|(known, _)| *known == key) {
        Some(slot) => slot.1 = value,
        None => items.push((key, value)),
    }
}

fn of_text(text: &str, name: &str, call: &Call) -> Val {
    let texts: Option<Vec<&str>> = call.args.iter().map(Val::text).collect();
    let made = |text: String| Val::Text(text).bounded();
    match (name, texts.as_deref()) {
        ("lower", _) => made(text.to_lowercase()),
        ("upper", _) => made(text.to_uppercase()),
        ("strip", Some([])) => made(text.trim().to_owned()),
        ("replace", Some([from, to])) if !from.is_empty() && text.len() * (to.len() + 1) < 64 * 1024 => {
            made(text.replace(from, to))
        }
        ("removesuffix", Some([end])) => made(text.strip_suffix(end).unwrap_or(text).to_owned()),
        ("removeprefix", Some([start])) => made(text.strip_prefix(start).unwrap_or(text).to_owned()),
        ("split" | "rsplit", Some([by])) if !by.is_empty() => {
            Val::List(text.split(by).map(|part| Val::Text(part.to_owned())).collect())
        }
        ("partition", Some([by])) if !by.is_empty() => parts(text.split_once(by), by, [text, ""]),
        ("rpartition", Some([by])) if !by.is_empty() => parts(text.rsplit_once(by), by, ["", text]),
        ("startswith", Some([start])) => Val::Bool(text.starts_with(start)),
        ("endswith", Some([end])) => Val::Bool(text.ends_with(end)),
        ("split" | "rsplit", None) => split(text, name, call),
        ("join", _) => joined(text, call.args.first()),
        ("format", _) => format(text, call),
        _ => call
            .args
            .iter()
            .find_map(|arg| if let Val::Code(why) = arg { Some(Val::Code(why.clone())) } else { None })
            .unwrap_or_else(|| Val::Code(format!("calls `.{name}()` of a text"))),
    }
}

/// The text before, the separator, the text after; `whole` where there is no separator.
fn parts(found: Option<(&str, &str)>, by: &str, whole: [&str; 2]) -> Val {
    let (before, by, after) = found.map_or((whole[0], "", whole[1]), |(before, after)| (before, by, after));
    Val::List([before, by, after].map(|part| Val::Text(part.to_owned())).into())
}

/// `text.split(by, times)` and `text.rsplit(by, times)`.
fn split(whole: &str, name: &str, call: &Call) -> Val {
    let [Val::Text(by), Val::Int(times)] = call.args.as_slice() else {
        return Val::code("is split by what is not known");
    };
    let Some(most) = usize::try_from(*times).ok().and_then(|times| times.checked_add(1)).filter(|_| !by.is_empty())
    else {
        return Val::code("is split by what is not known");
    };
    let mut parts: Vec<&str> =
        if name == "split" { whole.splitn(most, by).collect() } else { whole.rsplitn(most, by).collect() };
    if name == "rsplit" {
        parts.reverse();
    }
    Val::List(parts.into_iter().map(|part| Val::Text(part.to_owned())).collect()).bounded()
}

fn joined(by: &str, items: Option<&Val>) -> Val {
    let Some(Val::List(items)) = items else { return Val::code("joins what is not known") };
    let texts: Option<Vec<&str>> = items.iter().map(Val::text).collect();
    match texts {
        Some(texts) if texts.iter().map(|text| text.len() + by.len()).sum::<usize>() < 64 * 1024 => {
            Val::Text(texts.join(by))
        }
        _ => Val::code("joins what is not known"),
    }
}

/// `"{}_{name}".format(a, name=b)`, for plain fields.
fn format(text: &str, call: &Call) -> Val {
    let mut whole = Val::Text(String::new());
    let mut rest = text;
    let mut position = 0;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        whole = whole.plus(Val::Text(before.to_owned()));
        if from.starts_with("{{") || from.starts_with("}}") {
            whole = whole.plus(Val::Text(from[..1].to_owned()));
            rest = &from[2..];
            continue;
        }
        let Some(end) = from.find('}').filter(|_| from.starts_with('{')) else { return Val::code("is formatted") };
        let field = &from[1..end];
        let value = if field.is_empty() {
            position += 1;
            call.args.get(position - 1)
        } else if let Ok(number) = field.parse::<usize>() {
            call.args.get(number)
        } else {
            call.named(field)
        };
        let Some(value) = value else { return Val::code("is formatted") };
        whole = whole.plus(value.clone().joined());
        rest = &from[end + 1..];
    }
    whole.plus(Val::Text(rest.to_owned()))
}

/// `"%s_%d" % values`, for plain fields.
pub(super) fn percent(text: &str, values: Val) -> Val {
    let mut values = match values {
        Val::List(items) => items,
        other => vec![other],
    }
    .into_iter();
    let mut whole = Val::Text(String::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        whole = whole.plus(Val::Text(before.to_owned()));
        let value = match after.as_bytes().first() {
            Some(b's' | b'd') => values.next().map(Val::joined),
            Some(b'%') => Some(Val::Text("%".into())),
            _ => None,
        };
        let Some(value) = value else { return Val::code("is formatted") };
        whole = whole.plus(value);
        rest = &after[1..];
    }
    whole.plus(Val::Text(rest.to_owned()))
}

fn range(args: &[Val]) -> Val {
    let numbers: Option<Vec<i64>> =
        args.iter().map(|arg| if let Val::Int(number) = arg { Some(*number) } else { None }).collect();
    let (from, to, step) = match numbers.as_deref() {
        Some([to]) => (0, *to, 1),
        Some([from, to]) => (*from, *to, 1),
        Some([from, to, step]) if *step > 0 => (*from, *to, *step),
        _ => {
            let why = args.iter().find_map(|arg| if let Val::Code(why) = arg { Some(why.as_str()) } else { None });
            return Val::code(why.unwrap_or("is a range that is not known"));
        }
    };
    if to.saturating_sub(from) / step > LONGEST_RANGE {
        return Val::code("is a very long range");
    }
    let mut items = Vec::new();
    let mut at = from;
    while at < to {
        items.push(Val::Int(at));
        at += step;
    }
    Val::List(items)
}

fn sorted(items: &[Val]) -> Val {
    let texts: Option<Vec<&str>> = items.iter().map(Val::text).collect();
    match texts {
        Some(mut texts) => {
            texts.sort_unstable();
            Val::List(texts.into_iter().map(|text| Val::Text(text.to_owned())).collect())
        }
        None => Val::code("is sorted"),
    }
}
