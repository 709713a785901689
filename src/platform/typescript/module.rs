//! What is kept of one file after its syntax tree is gone.

use std::collections::{BTreeMap, HashMap};

use oxc_semantic::{Semantic, SymbolId};
use oxc_span::Span;

use super::lower::Lower;
use super::remark::Remark;
use super::value::Val;

/// What a platform reads of a file, beside what every platform needs.
pub(in crate::platform) trait Facts: Default + Send + Sync {
    /// Reads it; `symbols` are the names that come from other files, with their bindings' indexes.
    fn read<'a>(
        semantic: &Semantic<'a>,
        symbols: &HashMap<SymbolId, usize>,
        lower: &Lower<'_, 'a>,
        module: &mut Module<Self>,
    );
}

/// What a file imports from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) struct Import {
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
pub(in crate::platform) enum Form {
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
pub(in crate::platform) struct Binding {
    /// The import's index.
    pub import: usize,
    /// What of it.
    pub what: Imported,
}

/// What an import takes from a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Imported {
    /// All of it, as an object.
    Namespace,
    /// This export; the default one is `default`.
    Name(String),
}

/// What a file exports under a name.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platform) enum Export {
    /// Something of its own.
    Here(Val),
    /// Something of another file.
    There(Binding),
}

/// A top-level name of a file, for prints of what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) struct Top {
    /// Its declaration.
    pub span: Span,
    /// The binding, when it comes from another file.
    pub binding: Option<usize>,
}

/// All that later steps need to know of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::platform) struct Module<F> {
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
    /// Its top-level names.
    pub tops: Vec<Top>,
    /// The uses of top-level names as values, by place: offset and index in `tops`.
    pub uses: Vec<(u32, u32)>,
    /// Its comments.
    pub comments: Vec<Span>,
    /// What the platform at hand reads of it.
    pub own: F,
}
