//! What an expression says before any of it runs: a value, a name to be looked up in another file, or code.

use oxc_span::Span;

/// An expression's value as far as its own file tells it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platform) enum Val {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// `[…]`
    List(Vec<Item>),
    /// `{…}`
    Object(Vec<Prop>),
    /// Terms joined by `+`, or by a template (whose first term is an empty text).
    Sum(Vec<Self>),
    /// A name from another file: the index of the import's binding in its module.
    Imported(usize),
    /// A property of what is not yet known.
    Member(Box<Self>, String),
    /// Only running it would tell; where it stands and what it does.
    Code {
        /// The expression.
        span: Span,
        /// A fragment that fits after "which".
        why: String,
    },
}

/// An element of a list.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platform) enum Item {
    /// A value.
    One(Val),
    /// `...list`
    Spread(Val),
}

/// A property of an object, in the order of the source.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platform) struct Prop {
    /// What is set.
    pub key: Key,
    /// To what.
    pub value: Val,
    /// Where the key stands.
    pub span: Span,
}

/// What a property sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Key {
    /// This name.
    Name(String),
    /// All properties of the value: `...object`.
    Spread,
    /// A name that only running the code would tell: `[expression]`.
    Computed,
}

impl Val {
    /// Code that stands here and does this.
    pub(in crate::platform) fn code(span: Span, why: impl Into<String>) -> Self {
        Self::Code { span, why: why.into() }
    }

    /// Looks up a property of this value if that needs no other file.
    pub(in crate::platform) fn member(self, name: &str) -> Self {
        match self {
            Self::Object(props) => Self::member_of(props, name),
            code @ Self::Code { .. } => code,
            other => Self::Member(Box::new(other), name.to_owned()),
        }
    }

    fn member_of(props: Vec<Prop>, name: &str) -> Self {
        let settled = |prop: &Prop| prop.key == Key::Name(name.to_owned());
        match props.iter().rposition(|prop| settled(prop) || !matches!(prop.key, Key::Name(_))) {
            Some(at) if settled(&props[at]) => props.into_iter().nth(at).map_or(Self::Undefined, |prop| prop.value),
            Some(_) => Self::Member(Box::new(Self::Object(props)), name.to_owned()),
            None => Self::Undefined,
        }
    }
}
