//! What is kept of one file of a Nango project.

use std::collections::HashMap;

use oxc_semantic::{Semantic, SymbolId};
use oxc_span::Span;

use super::lower::Lower;
use super::value::{Prop, Val};
use super::{calls, declare, secrets};
use crate::platform::typescript::module::{self, Facts};

pub(super) use crate::platform::typescript::module::{Form, Import, Imported};

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

/// Names of environment variables that a file reads from Nango.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Secrets {
    /// Whether it asks for them at all.
    pub asked: bool,
    /// The names that it looks for.
    pub names: Vec<Val>,
}

/// What Nango's rules need to know of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Own {
    /// The function of Nango that it declares.
    pub declared: Option<Declared>,
    /// Where and why its default export is none, when it has one that is not.
    pub other_default: Option<(Span, &'static str)>,
    /// Whether it reads or writes a checkpoint.
    pub checkpoints: bool,
    /// What it reads of Nango's environment variables.
    pub secrets: Secrets,
}

/// A file of a Nango project.
pub(super) type Module = module::Module<Own>;

impl Facts for Own {
    fn read<'a>(
        semantic: &Semantic<'a>,
        symbols: &HashMap<SymbolId, usize>,
        lower: &Lower<'_, 'a>,
        module: &mut Module,
    ) {
        declare::read(semantic, symbols, lower, module);
        calls::read(semantic, module);
        secrets::read(semantic, lower, module);
    }
}
