//! The class that a file exports by default: its fields, and the first step of its `define`.

use std::collections::{BTreeMap, HashMap};

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, ClassElement, ExportDefaultDeclarationKind, Expression, Function,
    ModuleExportName, ObjectPropertyKind, Statement,
};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

use super::world::Module;
use crate::platform::typescript::lower::Lower;
use crate::platform::typescript::module::Imported;
use crate::platform::typescript::value::Val;

/// A class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Class {
    /// Where it begins.
    pub span: Span,
    /// Its fields, each with where it stands.
    pub fields: BTreeMap<String, (Val, Span)>,
    /// What starts it, where it has a `define`.
    pub trigger: Option<Trigger>,
}

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trigger {
    /// `new XStep(given)`, by the SDK's name of the step.
    Step {
        /// The name.
        name: String,
        /// What it was given.
        given: Val,
        /// The name that was given, where it was a bare one.
        called: Option<String>,
    },
    /// `integration.triggers.intent(…)`
    Intent(String),
    /// None was chosen yet.
    Unselected,
    /// Only running it would tell; a fragment that fits after "which".
    Code(String),
}

/// Reads the default export, where it is a class.
pub(super) fn read<'a>(
    semantic: &Semantic<'a>,
    symbols: &HashMap<SymbolId, usize>,
    lower: &Lower<'_, 'a>,
    module: &Module,
) -> Option<Class> {
    let reader = Reader { semantic, symbols, lower, module };
    semantic.nodes().program().body.iter().find_map(|statement| reader.exported(statement))
}

struct Reader<'s, 'a> {
    semantic: &'s Semantic<'a>,
    symbols: &'s HashMap<SymbolId, usize>,
    lower: &'s Lower<'s, 'a>,
    module: &'s Module,
}

impl<'a> Reader<'_, 'a> {
    fn exported(&self, statement: &Statement<'a>) -> Option<Class> {
        match statement {
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::ClassDeclaration(class) => Some(self.class(class, export.span)),
                other => match other.as_expression()?.get_inner_expression() {
                    Expression::Identifier(name) => {
                        self.named(self.semantic.scoping().get_reference(name.reference_id()).symbol_id()?)
                    }
                    Expression::ClassExpression(class) => Some(self.class(class, export.span)),
                    _ => None,
                },
            },
            Statement::ExportNamedDeclaration(export) => {
                let by_default = export.specifiers.iter().find(|specifier| specifier.exported.name() == "default")?;
                let ModuleExportName::IdentifierReference(local) = &by_default.local else { return None };
                self.named(self.semantic.scoping().get_reference(local.reference_id()).symbol_id()?)
            }
            _ => None,
        }
    }

    fn named(&self, symbol: SymbolId) -> Option<Class> {
        let node = self.semantic.nodes().kind(self.semantic.scoping().symbol_declaration(symbol));
        match node {
            AstKind::Class(class) => Some(self.class(class, class.span)),
            AstKind::VariableDeclarator(declarator) => match declarator.init.as_ref()?.get_inner_expression() {
                Expression::ClassExpression(class) => Some(self.class(class, class.span)),
                _ => None,
            },
            _ => None,
        }
    }

    fn class(&self, class: &oxc_ast::ast::Class<'a>, span: Span) -> Class {
        let mut read = Class { span, fields: BTreeMap::new(), trigger: None };
        for element in &class.body.body {
            match element {
                ClassElement::PropertyDefinition(field) if !field.r#static => {
                    let Some(name) = field.key.static_name() else { continue };
                    let value = field.value.as_ref().map_or(Val::Undefined, |value| self.lower.expression(value));
                    read.fields.insert(name.into_owned(), (value, field.span));
                }
                ClassElement::MethodDefinition(method) if method.key.static_name().as_deref() == Some("define") => {
                    read.trigger = Some(self.trigger(&method.value));
                }
                _ => {}
            }
        }
        read
    }

    /// The first step that `define` registers; the SDK starts a workflow there.
    fn trigger(&self, define: &Function<'a>) -> Trigger {
        let registered = self.semantic.nodes().iter().find_map(|node| match node.kind() {
            AstKind::CallExpression(call) if define.span.contains_inclusive(call.span) && is_register(call) => {
                Some(call)
            }
            _ => None,
        });
        let Some(call) = registered else {
            return Trigger::Code("is not seen: `define` does not call `this.register({ … })`".to_owned());
        };
        let Some(Argument::ObjectExpression(steps)) = call.arguments.first() else {
            return Trigger::Code("is not seen: the steps are not listed where they are registered".to_owned());
        };
        match steps.properties.first() {
            None => Trigger::Unselected,
            Some(ObjectPropertyKind::ObjectProperty(first)) => self.step(&first.value, 0),
            Some(ObjectPropertyKind::SpreadProperty(_)) => Trigger::Code("is brought by a spread of steps".to_owned()),
        }
    }

    fn step(&self, expression: &Expression<'a>, hops: u32) -> Trigger {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => {
                let symbol = self.semantic.scoping().get_reference(name.reference_id()).symbol_id();
                match symbol {
                    None if name.name == "undefined" => Trigger::Unselected,
                    Some(symbol) if hops < 8 => self.variable(symbol, &name.name, hops),
                    _ => Trigger::Code(format!("is `{}`, which is declared elsewhere", name.name)),
                }
            }
            Expression::NewExpression(new) => {
                let Expression::Identifier(name) = &new.callee else {
                    return Trigger::Code("is made by a class that is not named".to_owned());
                };
                let given = new.arguments.first().and_then(Argument::as_expression);
                Trigger::Step {
                    name: self.imported(name.reference_id()).unwrap_or_else(|| name.name.to_string()),
                    given: given.map_or(Val::Undefined, |given| self.lower.expression(given)),
                    called: given.and_then(|given| match given.get_inner_expression() {
                        Expression::Identifier(name) => Some(name.name.to_string()),
                        _ => None,
                    }),
                }
            }
            Expression::CallExpression(call) => {
                intent(call).map_or_else(|| Trigger::Code("is made by calling a function".to_owned()), Trigger::Intent)
            }
            _ => Trigger::Code("is computed".to_owned()),
        }
    }

    fn variable(&self, symbol: SymbolId, name: &str, hops: u32) -> Trigger {
        let scoping = self.semantic.scoping();
        if self.symbols.contains_key(&symbol) {
            return Trigger::Code(format!("is `{name}`, which another file makes"));
        }
        if scoping.symbol_is_mutated(symbol) {
            return Trigger::Code(format!("is `{name}`, which is assigned more than once"));
        }
        match self.semantic.nodes().kind(scoping.symbol_declaration(symbol)) {
            AstKind::VariableDeclarator(declarator) => match (&declarator.id, &declarator.init) {
                (BindingPattern::BindingIdentifier(_), Some(init)) => self.step(init, hops + 1),
                (BindingPattern::BindingIdentifier(_), None) => Trigger::Unselected,
                _ => Trigger::Code(format!("is `{name}`, which is taken from another value")),
            },
            _ => Trigger::Code(format!("is `{name}`, which is no variable")),
        }
    }

    /// The name under which another file exports what is called so here.
    fn imported(&self, reference: oxc_semantic::ReferenceId) -> Option<String> {
        let symbol = self.semantic.scoping().get_reference(reference).symbol_id()?;
        match &self.module.bindings[*self.symbols.get(&symbol)?].what {
            Imported::Name(name) if name != "default" => Some(name.clone()),
            Imported::Name(_) | Imported::Namespace => None,
        }
    }
}

/// `this.register(…)`
fn is_register(call: &CallExpression<'_>) -> bool {
    matches!(&call.callee, Expression::StaticMemberExpression(member)
        if member.property.name == "register" && matches!(&member.object, Expression::ThisExpression(_)))
}

/// `integration.triggers.NAME(…)`, and the older `integration.withIntent(integration.intents.NAME, …)`.
fn intent(call: &CallExpression<'_>) -> Option<String> {
    let Expression::StaticMemberExpression(callee) = &call.callee else { return None };
    if callee.property.name == "withIntent" {
        let Some(Argument::StaticMemberExpression(named)) = call.arguments.first() else { return None };
        return Some(named.property.name.to_string());
    }
    let Expression::StaticMemberExpression(triggers) = &callee.object else { return None };
    (triggers.property.name == "triggers").then(|| callee.property.name.to_string())
}

impl Class {
    /// Where a field stands, or the class itself.
    pub(super) fn at(&self, field: &str) -> Span {
        self.fields.get(field).map_or(self.span, |(_, span)| span.span())
    }
}
