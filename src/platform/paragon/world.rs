//! The files of a Paragraph project, and what is read of each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::Span;

use super::class::{self, Class};
use super::detect::{is_foreign, is_test};
use super::place::SOURCE;
use crate::platform::parse::Room;
use crate::platform::typescript::lower::Lower;
use crate::platform::typescript::module::{self, Facts};
use crate::platform::typescript::value::Val;
use crate::platform::typescript::{look, world};
use crate::tree::{Tree, join};

/// Functions of the SDK that give back what they are given.
const MAKERS: [&str; 2] = ["createInputs", "createConfigInputs"];

/// The method that reads a secret of the environment: of a workflow's context, and of `Execution`.
const ASKS: &str = "getEnvironmentSecret";

/// What Paragon's rules need to know of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Own {
    /// The class that it exports by default.
    pub class: Option<Class>,
    /// What calls of the SDK's makers were given, by where the call begins.
    pub made: BTreeMap<u32, Val>,
    /// The names of the secrets that it asks for.
    pub secrets: Vec<Val>,
}

/// A file of a Paragraph project.
pub(super) type Module = module::Module<Own>;

/// A project's files.
pub(super) type World<'t> = world::World<'t, Own>;

/// A lookup.
pub(super) type Look<'w, 't> = look::Look<'w, 't, Own>;

impl Facts for Own {
    fn read<'a>(
        semantic: &Semantic<'a>,
        symbols: &HashMap<SymbolId, usize>,
        lower: &Lower<'_, 'a>,
        module: &mut Module,
    ) {
        for node in semantic.nodes().iter() {
            let AstKind::CallExpression(call) = node.kind() else { continue };
            let first = || match call.arguments.first() {
                Some(Argument::SpreadElement(spread)) => Val::code(spread.span, "is given by a spread"),
                Some(argument) => argument.as_expression().map_or(Val::Undefined, |given| lower.expression(given)),
                None => Val::Undefined,
            };
            match &call.callee {
                Expression::Identifier(name) if MAKERS.contains(&name.name.as_str()) => {
                    module.own.made.insert(call.span.start, first());
                }
                Expression::StaticMemberExpression(member) if member.property.name == ASKS => {
                    module.own.secrets.push(first());
                }
                _ => {}
            }
        }
        module.own.class = class::read(semantic, symbols, lower, module);
    }
}

/// Reads all sources of a project, and what they import.
pub(super) fn read<'t>(tree: &'t Tree, folder: &'t str, room: &Room) -> World<'t> {
    let source = join(folder, SOURCE);
    let roots: BTreeSet<String> = tree
        .under(&source)
        .map(|(path, _)| path)
        .filter(|path| path.ends_with(".ts") && !is_test(path) && !is_foreign(path))
        .map(str::to_owned)
        .collect();
    World::read(tree, folder, roots, room)
}

/// The value itself, where it is made by a maker of the SDK.
pub(super) fn unmade<'w>(world: &'w World<'_>, placed: look::Placed<'w>) -> look::Placed<'w> {
    match placed {
        (module, Val::Code { span, .. }) => {
            world.modules[module].own.made.get(&span.start).map_or(placed, |given| (module, given))
        }
        _ => placed,
    }
}

/// A stretch of a module's source, for a digest: without layout and comments.
pub(super) fn source(world: &World<'_>, module: usize, span: Span) -> String {
    crate::platform::typescript::print::squeezed(world.text(module), span, &world.modules[module].comments)
}
