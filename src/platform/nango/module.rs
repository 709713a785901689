//! What is kept of one file after its syntax tree is gone.

use std::collections::BTreeMap;

use oxc_span::Span;

use super::remark::Remark;
use super::value::{Prop, Val};

/// The kinds of functions that Nango runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `createSync`
    Sync,
    /// `createAction`
    Action,
    /// `createOnEvent`
    OnEvent,
    /// `createFunction` (experimental)
    Function,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Sync, Self::Action, Self::OnEvent, Self::Function];

    /// The manifest's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Action => "action",
            Self::OnEvent => "on-event",
            Self::Function => "function",
        }
    }

    /// The function of the SDK that makes it.
    pub(super) fn maker(self) -> &'static str {
        match self {
            Self::Sync => "createSync",
            Self::Action => "createAction",
            Self::OnEvent => "createOnEvent",
            Self::Function => "createFunction",
        }
    }

    /// The folder within an integration where a deploy looks for it.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Sync => "syncs",
            Self::Action => "actions",
            Self::OnEvent => "on-events",
            Self::Function => "functions",
        }
    }
}

/// What a file imports from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// As written.
    pub specifier: String,
    /// The specifier's place.
    pub span: Span,
    /// The statement or call.
    pub statement: Span,
    /// In which form.
    pub form: Form,
    /// Whether the bundler follows it: not for types, nor for names that only types use.
    pub bundled: bool,
}

/// The forms of imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `import './x'`
    SideEffect,
    /// `import x from './x'`
    Value,
    /// `import type …`, `import('./x').X` in a type.
    Type,
    /// `export … from './x'`
    Reexport,
    /// `import('./x')`, `require('./x')`
    Call,
}

/// A name that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    /// The import's index.
    pub import: usize,
    /// What of it.
    pub what: Imported,
}

/// What an import takes from a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imported {
    /// All of it, as an object.
    Namespace,
    /// This export; the default one is `default`.
    Name(String),
}

/// What a file exports under a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Export {
    /// Something of its own.
    Here(Val),
    /// Something of another file.
    There(Binding),
}

/// The default export, when it is a function of Nango.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declared {
    /// Which kind.
    pub kind: Kind,
    /// The statement that declares it.
    pub statement: Span,
    /// The name of the maker where it is called.
    pub callee: Span,
    /// The properties of the maker's argument.
    pub props: Vec<Prop>,
}

/// A top-level name of a file, for prints of what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Top {
    /// Its declaration.
    pub span: Span,
    /// The binding, when it comes from another file.
    pub binding: Option<usize>,
}

/// Names of environment variables that a file reads from Nango.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Secrets {
    /// Whether it asks for them at all.
    pub asked: bool,
    /// The names that it looks for.
    pub names: Vec<Val>,
}

/// All that later steps need to know of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Module {
    /// Its path from the repository's root.
    pub path: String,
    /// The SHA-256 of its text.
    pub digest: [u8; 32],
    /// Whether its syntax could not be read.
    pub broken: bool,
    /// Whether not even its text could be read; a finding of the tree says why.
    pub unread: bool,
    /// What was found in it.
    pub remarks: Vec<Remark>,
    /// What it imports, in order.
    pub imports: Vec<Import>,
    /// The names that its imports bind.
    pub bindings: Vec<Binding>,
    /// What it exports by name.
    pub exports: BTreeMap<String, Export>,
    /// The imports all of whose exports it exports: `export * from`.
    pub stars: Vec<usize>,
    /// The function of Nango that it declares.
    pub declared: Option<Declared>,
    /// Where and why its default export is none, when it has one that is not.
    pub other_default: Option<(Span, &'static str)>,
    /// Whether it reads or writes a checkpoint.
    pub checkpoints: bool,
    /// What it reads of Nango's environment variables.
    pub secrets: Secrets,
    /// Its top-level names.
    pub tops: Vec<Top>,
    /// The uses of top-level names as values, by place: offset and index in `tops`.
    pub uses: Vec<(u32, u32)>,
    /// Its comments.
    pub comments: Vec<Span>,
}
