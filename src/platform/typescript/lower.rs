//! From syntax to [`Val`]: same-file constants are followed, nothing is executed and nothing is guessed.

use std::cell::Cell;
use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, BinaryOperator, BindingPattern, Expression, IdentifierReference,
    ObjectExpression, ObjectPropertyKind, PropertyKind, TSEnumDeclaration, TSEnumMemberName, TemplateLiteral,
    UnaryExpression, UnaryOperator,
};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

use super::changed::is_changed;
use super::value::{Item, Key, Prop, Val};

/// How deep values nest before they count as code.
const DEEPEST: u32 = 48;

/// How many values (and how many times 32 bytes of text) one file may give; spreads of spreads would otherwise double at
/// every step.
const MOST: u32 = 50_000;

/// Reads the expressions of one file.
pub(in crate::platform) struct Lower<'s, 'a> {
    semantic: &'s Semantic<'a>,
    imports: &'s HashMap<SymbolId, usize>,
    left: Cell<u32>,
}

impl<'s, 'a> Lower<'s, 'a> {
    /// A reader; `imports` are the symbols that come from other files, with their bindings' indexes.
    pub(in crate::platform) fn new(semantic: &'s Semantic<'a>, imports: &'s HashMap<SymbolId, usize>) -> Self {
        Self { semantic, imports, left: Cell::new(MOST) }
    }

    /// The value of an expression.
    pub(in crate::platform) fn expression(&self, expression: &Expression<'a>) -> Val {
        self.read(expression, 0)
    }

    /// The value of a top-level name.
    pub(in crate::platform) fn symbol(&self, symbol: SymbolId) -> Val {
        self.named(symbol, self.semantic.scoping().symbol_span(symbol), 0)
    }

    /// The properties of an object literal.
    pub(in crate::platform) fn object(&self, object: &ObjectExpression<'a>) -> Vec<Prop> {
        self.properties(object, 0)
    }

    fn read(&self, expression: &Expression<'a>, depth: u32) -> Val {
        let expression = expression.get_inner_expression();
        let span = expression.span();
        if depth > DEEPEST || self.left.get() == 0 {
            return Val::code(span, "is too large to be read");
        }
        self.spend(1);
        let depth = depth + 1;
        match expression {
            Expression::NullLiteral(_) => Val::Null,
            Expression::BooleanLiteral(literal) => Val::Bool(literal.value),
            Expression::NumericLiteral(literal) => Val::Number(literal.value),
            Expression::StringLiteral(literal) if !literal.lone_surrogates => self.literal(&literal.value),
            Expression::TemplateLiteral(template) => self.template(template, depth),
            Expression::Identifier(name) => self.name(name, depth),
            Expression::ArrayExpression(array) => {
                Val::List(array.elements.iter().map(|element| self.item(element, depth)).collect())
            }
            Expression::ObjectExpression(object) => Val::Object(self.properties(object, depth)),
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                self.sum(expression, depth)
            }
            Expression::UnaryExpression(unary) => prefixed(unary),
            Expression::StaticMemberExpression(member) if !member.optional => {
                if let Some(variable) = self.environment_variable(expression) {
                    return Val::code(span, format!("is read from `process.env.{variable}`"));
                }
                self.read(&member.object, depth).member(&member.property.name)
            }
            Expression::ComputedMemberExpression(member) if !member.optional => {
                match self.read(&member.expression, depth) {
                    Val::Text(name) => self.read(&member.object, depth).member(&name),
                    _ => Val::code(span, "is looked up by a computed name"),
                }
            }
            Expression::CallExpression(call) if call.callee.is_specific_member_access("Object", "freeze") => {
                match call.arguments.first().and_then(Argument::as_expression) {
                    Some(frozen) => self.read(frozen, depth),
                    None => Val::code(span, "is computed"),
                }
            }
            Expression::CallExpression(call) => {
                Val::code(span, format!("is made by calling {}", self.shown(call.callee.span())))
            }
            Expression::NewExpression(new) => {
                Val::code(span, format!("is made by `new` {}", self.shown(new.callee.span())))
            }
            Expression::ConditionalExpression(_) | Expression::LogicalExpression(_) => {
                Val::code(span, "is decided by a condition")
            }
            Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => {
                Val::code(span, "is a function")
            }
            Expression::AwaitExpression(_) => Val::code(span, "is awaited"),
            _ => Val::code(span, "is computed"),
        }
    }

    fn spend(&self, amount: usize) {
        self.left.set(self.left.get().saturating_sub(u32::try_from(amount).unwrap_or(u32::MAX)));
    }

    fn literal(&self, text: &str) -> Val {
        self.spend(text.len() / 32);
        Val::Text(text.to_owned())
    }

    fn item(&self, element: &ArrayExpressionElement<'a>, depth: u32) -> Item {
        match element {
            ArrayExpressionElement::SpreadElement(spread) => Item::Spread(self.read(&spread.argument, depth)),
            ArrayExpressionElement::Elision(_) => Item::One(Val::Undefined),
            other => Item::One(other.as_expression().map_or(Val::Undefined, |expression| self.read(expression, depth))),
        }
    }

    fn properties(&self, object: &ObjectExpression<'a>, depth: u32) -> Vec<Prop> {
        object.properties.iter().map(|property| self.property(property, depth)).collect()
    }

    fn property(&self, property: &ObjectPropertyKind<'a>, depth: u32) -> Prop {
        match property {
            ObjectPropertyKind::SpreadProperty(spread) => {
                Prop { key: Key::Spread, value: self.read(&spread.argument, depth), span: spread.span }
            }
            ObjectPropertyKind::ObjectProperty(property) => {
                let key = match property.key.static_name() {
                    Some(name) => Key::Name(name.into_owned()),
                    None => match property.key.as_expression().map(|key| self.read(key, depth)) {
                        Some(Val::Text(name)) => Key::Name(name),
                        _ => Key::Computed,
                    },
                };
                let value = if property.kind == PropertyKind::Init {
                    self.read(&property.value, depth)
                } else {
                    Val::code(property.span, "is made by a getter")
                };
                Prop { key, value, span: property.key.span() }
            }
        }
    }

    fn template(&self, template: &TemplateLiteral<'a>, depth: u32) -> Val {
        let mut terms = vec![Val::Text(String::new())];
        let mut expressions = template.expressions.iter();
        for quasi in &template.quasis {
            match &quasi.value.cooked {
                Some(text) if !quasi.lone_surrogates => terms.push(self.literal(text)),
                _ => return Val::code(template.span, "holds half a character"),
            }
            terms.extend(expressions.next().map(|expression| self.read(expression, depth)));
        }
        joined(terms)
    }

    /// A sum's terms, left to right: a long one nests as deep as it is long, so no recursion here.
    fn sum(&self, expression: &Expression<'a>, depth: u32) -> Val {
        let (mut next, mut right) = (expression, Vec::new());
        while let Expression::BinaryExpression(sum) = next
            && sum.operator == BinaryOperator::Addition
        {
            right.push(&sum.right);
            next = sum.left.get_inner_expression();
        }
        let first = self.read(next, depth);
        joined(std::iter::once(first).chain(right.into_iter().rev().map(|term| self.read(term, depth))).collect())
    }

    fn name(&self, name: &IdentifierReference<'a>, depth: u32) -> Val {
        let symbol = self.semantic.scoping().get_reference(name.reference_id()).symbol_id();
        match symbol {
            Some(symbol) => self.named(symbol, name.span, depth),
            None if name.name == "undefined" => Val::Undefined,
            None => Val::code(name.span, format!("is the global {}", self.shown(name.span))),
        }
    }

    fn named(&self, symbol: SymbolId, span: Span, depth: u32) -> Val {
        if let Some(binding) = self.imports.get(&symbol) {
            return Val::Imported(*binding);
        }
        let (scoping, nodes) = (self.semantic.scoping(), self.semantic.nodes());
        if scoping.symbol_scope_id(symbol) != scoping.root_scope_id() {
            return Val::code(span, "is a local variable");
        }
        if scoping.symbol_is_mutated(symbol) {
            return Val::code(span, "is assigned more than once");
        }
        match nodes.kind(scoping.symbol_declaration(symbol)) {
            AstKind::VariableDeclarator(declarator) => match (&declarator.id, &declarator.init) {
                (BindingPattern::BindingIdentifier(_), Some(init)) => self.constant(symbol, init, span, depth),
                _ => Val::code(span, "is taken from another value"),
            },
            AstKind::TSEnumDeclaration(declaration) => self.members(declaration, depth),
            AstKind::Function(_) => Val::code(span, "is a function"),
            _ => Val::code(span, "is computed"),
        }
    }

    fn constant(&self, symbol: SymbolId, init: &Expression<'a>, span: Span, depth: u32) -> Val {
        let value = self.read(init, depth);
        if matches!(value, Val::Object(_) | Val::List(_)) && is_changed(self.semantic, symbol) {
            return Val::code(span, "is changed after it was made");
        }
        value
    }

    fn members(&self, declaration: &TSEnumDeclaration<'a>, depth: u32) -> Val {
        let mut next = Some(0.0);
        let mut members = Vec::new();
        for member in &declaration.body.members {
            let value = match (&member.initializer, next) {
                (Some(initializer), _) => self.read(initializer, depth),
                (None, Some(number)) => Val::Number(number),
                (None, None) => Val::code(member.span, "is computed"),
            };
            next = if let Val::Number(number) = value { Some(number + 1.0) } else { None };
            let key = match &member.id {
                TSEnumMemberName::Identifier(name) => Key::Name(name.name.to_string()),
                TSEnumMemberName::String(name) | TSEnumMemberName::ComputedString(name) => {
                    Key::Name(name.value.to_string())
                }
                TSEnumMemberName::ComputedTemplateString(_) => Key::Computed,
            };
            members.push(Prop { key, value, span: member.span });
        }
        Val::Object(members)
    }

    fn environment_variable(&self, expression: &Expression<'a>) -> Option<String> {
        let Expression::StaticMemberExpression(member) = expression else { return None };
        member.object.is_specific_member_access("process", "env").then(|| self.text(member.property.span))
    }

    fn shown(&self, span: Span) -> String {
        format!("`{}`", self.text(span))
    }

    /// Source as it may stand in a message: one line, forty characters at most.
    fn text(&self, span: Span) -> String {
        let text = span.source_text(self.semantic.source_text());
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
        match line.char_indices().nth(40) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// Joins neighbouring texts, so that a long sum of literals is one text.
fn joined(terms: Vec<Val>) -> Val {
    let mut joined: Vec<Val> = Vec::new();
    for term in terms {
        match (joined.last_mut(), term) {
            (Some(Val::Text(text)), Val::Text(more)) => text.push_str(&more),
            (_, term) => joined.push(term),
        }
    }
    match joined.len() {
        1 => joined.swap_remove(0),
        _ => Val::Sum(joined),
    }
}

/// A literal with a sign or a negation before it.
fn prefixed(unary: &UnaryExpression<'_>) -> Val {
    match (unary.operator, &unary.argument) {
        (UnaryOperator::Void, _) => Val::Undefined,
        (UnaryOperator::UnaryNegation, Expression::NumericLiteral(literal)) => Val::Number(-literal.value),
        (UnaryOperator::LogicalNot, Expression::NumericLiteral(literal)) => Val::Bool(literal.value == 0.0),
        (UnaryOperator::LogicalNot, Expression::BooleanLiteral(literal)) => Val::Bool(!literal.value),
        _ => Val::code(unary.span, "is computed"),
    }
}
