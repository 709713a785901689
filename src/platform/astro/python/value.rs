//! What an expression is before any of it runs for real: a value, a name that another file gives, or code.

use ruff_text_size::TextRange;

/// The longest text that is built, in bytes; what would be longer is not followed.
const LONGEST_TEXT: usize = 64 * 1024;

/// The most parts that a built value may have.
const MOST_PARTS: usize = 4_096;

/// The value of an expression, as far as the file tells it.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Val {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list, a tuple or a set.
    List(Vec<Self>),
    /// A dictionary, in the order of the source.
    Dict(Vec<(Self, Self)>),
    /// `__file__`, or a `Path` of it, that many folders up.
    File(usize),
    /// A dotted name that an import gives: `airflow.sdk.DAG`.
    Path(String),
    /// A call of such a name, not carried out: `datetime.timedelta(days=1)`.
    Call(Box<Call>),
    /// Texts that are joined, some of which another file gives.
    Sum(Vec<Self>),
    /// What stands under a key, or in an attribute, of what another file gives.
    Get(Box<Self>, Box<Self>),
    /// A function of this file, by its number there.
    Function(usize),
    /// A DAG that this file makes, by its number there.
    Dag(usize),
    /// A task, by its number in the file.
    Task(usize),
    /// Only running it would tell; a fragment that fits after "it".
    Code(String),
}

/// A call that is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Call {
    /// What is called.
    pub name: String,
    /// The arguments by position.
    pub args: Vec<Val>,
    /// The arguments by name; `None` is `**spread` of what is not known.
    pub named: Vec<(Option<String>, Val)>,
    /// Where.
    pub range: TextRange,
}

impl Call {
    /// The argument of this name, or at this position.
    pub(in super::super) fn argument(&self, position: usize, name: &str) -> Option<&Val> {
        self.named(name).or_else(|| self.args.get(position))
    }

    /// The argument of this name.
    pub(in super::super) fn named(&self, name: &str) -> Option<&Val> {
        self.named.iter().rev().find(|(key, _)| key.as_deref() == Some(name)).map(|(_, value)| value)
    }

    /// Why further arguments may be given that are not seen: `**spread`.
    pub(in super::super) fn spread(&self) -> Option<&Val> {
        self.named.iter().find(|(key, _)| key.is_none()).map(|(_, value)| value)
    }

    /// The argument of this name; code, where `**spread` may give it.
    pub(in super::super) fn given(&self, name: &str) -> Option<Val> {
        self.named(name).cloned().or_else(|| self.spread().map(|_| Val::code("may be given by `**`")))
    }

    /// The last part of the name: `timedelta`.
    pub(in super::super) fn last(&self) -> &str {
        last(&self.name)
    }
}

/// The last part of a dotted name.
pub(in super::super) fn last(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

impl Val {
    /// Code that does this.
    pub(in super::super) fn code(why: impl Into<String>) -> Self {
        Self::Code(why.into())
    }

    /// A text, if it is one.
    pub(in super::super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it counts as true; `None` when that is not known.
    pub(in super::super) fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::None => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Dict(items) => !items.is_empty(),
            Self::File(_) | Self::Function(_) | Self::Dag(_) | Self::Task(_) => true,
            Self::Path(_) | Self::Call(_) | Self::Sum(_) | Self::Get(..) | Self::Code(_) => return None,
        })
    }

    /// Joins texts and lists as `+` does; what only another file tells stays a sum.
    pub(in super::super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) if a.len() + b.len() <= LONGEST_TEXT => Self::Text(a + &b),
            (Self::List(mut a), Self::List(b)) if a.len() + b.len() <= MOST_PARTS => {
                a.extend(b);
                Self::List(a)
            }
            (Self::Int(a), Self::Int(b)) => a.checked_add(b).map_or_else(|| Self::code("overflows"), Self::Int),
            (code @ Self::Code(_), _) | (_, code @ Self::Code(_)) => code,
            (Self::Text(_) | Self::List(_), Self::Text(_) | Self::List(_)) => Self::code("is too large to be read"),
            (Self::Sum(mut parts), other) if other.joins() && parts.len() < MOST_PARTS => {
                parts.push(other);
                Self::Sum(parts)
            }
            (a, b) if a.joins() && b.joins() && a.size() + b.size() <= MOST_PARTS => Self::Sum(vec![a, b]),
            _ => Self::code("adds what is not known"),
        }
    }

    fn joins(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Path(_) | Self::Sum(_) | Self::Get(..) | Self::List(_))
    }

    /// How many parts it has; beyond what is allowed not all are counted.
    pub(in super::super) fn size(&self) -> usize {
        let (mut open, mut count) = (Vec::new(), 1);
        let mut at = Some(self);
        while let Some(value) = at {
            let look = |part| {
                count += 1;
                // Most parts have none themselves, and need not be kept.
                if matches!(part, &Self::List(_) | &Self::Sum(_) | &Self::Dict(_) | &Self::Get(..) | &Self::Call(_)) {
                    open.push(part);
                }
            };
            match value {
                Self::List(items) | Self::Sum(items) => items.iter().for_each(look),
                Self::Dict(items) => items.iter().flat_map(|(key, value)| [key, value]).for_each(look),
                Self::Get(of, key) => [&**of, &**key].into_iter().for_each(look),
                Self::Call(call) => call.args.iter().chain(call.named.iter().map(|(_, value)| value)).for_each(look),
                _ => {}
            }
            at = if count > MOST_PARTS { None } else { open.pop() };
        }
        count
    }

    /// The value, unless it is too large to be followed.
    pub(in super::super) fn bounded(self) -> Self {
        if self.size() > MOST_PARTS { Self::code("is too large to be read") } else { self }
    }

    /// What stands under a key, as `value[key]` has it.
    pub(in super::super) fn item(self, key: &Self) -> Self {
        match (self, key) {
            (Self::Dict(items), key) => items
                .into_iter()
                .rev()
                .find(|(known, _)| known == key)
                .map_or_else(|| Self::code("looks up a key that is not seen"), |(_, value)| value),
            (Self::List(items), Self::Int(at)) => {
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let at = if *at < 0 { length.saturating_add(*at) } else { *at };
                let found = usize::try_from(at).ok().and_then(|at| items.into_iter().nth(at));
                found.unwrap_or_else(|| Self::code("looks up an element that is not there"))
            }
            (code @ Self::Code(_), _) => code,
            (of @ (Self::Path(_) | Self::Get(..)), key @ (Self::Text(_) | Self::Int(_))) => {
                Self::Get(Box::new(of), Box::new(key.clone())).bounded()
            }
            _ => Self::code("looks up what is not known"),
        }
    }

    /// As `str()` writes it, inside a text.
    pub(in super::super) fn spelled(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::None => "None".to_owned(),
            _ => return None,
        })
    }

    /// As part of a joined text.
    pub(in super::super) fn joined(self) -> Self {
        match self.spelled() {
            Some(text) => Self::Text(text),
            None if matches!(self, Self::Path(_) | Self::Get(..) | Self::Sum(_) | Self::Code(_)) => self,
            None => Self::code("writes a value whose spelling is not known"),
        }
    }
}
