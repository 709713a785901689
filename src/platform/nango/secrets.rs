//! Which of Nango's environment variables a file reads: found where the list is searched by name, `.find(v => v.name === 'X')`.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, ArrowFunctionBody, BinaryOperator, CallExpression, Expression, FunctionBody, LogicalOperator, Statement,
};
use oxc_semantic::Semantic;

use super::lower::Lower;
use super::module::Module;

/// The call that gives the variables.
const ASKS: &str = "getEnvironmentVariables";

/// Methods that search a list by a predicate.
const SEARCHES: [&str; 5] = ["find", "findLast", "filter", "some", "findIndex"];

/// Looks for searches by name, in files that ask for the variables.
pub(super) fn read<'a>(semantic: &Semantic<'a>, lower: &Lower<'_, 'a>, module: &mut Module) {
    if !semantic.source_text().contains(ASKS) {
        return;
    }
    for node in semantic.nodes().iter() {
        match node.kind() {
            AstKind::StaticMemberExpression(member) if member.property.name == ASKS => module.own.secrets.asked = true,
            AstKind::CallExpression(call) => {
                let names = wanted(call).into_iter().map(|name| lower.expression(name));
                module.own.secrets.names.extend(names);
            }
            _ => {}
        }
    }
}

/// The names that a search compares with.
fn wanted<'c, 'a>(call: &'c CallExpression<'a>) -> Vec<&'c Expression<'a>> {
    let searches = matches!(&call.callee, Expression::StaticMemberExpression(member) if SEARCHES.contains(&member.property.name.as_str()));
    let body = match call.arguments.first() {
        Some(Argument::ArrowFunctionExpression(arrow)) if searches => match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => returned(body),
            other => other.as_expression(),
        },
        Some(Argument::FunctionExpression(function)) if searches => function.body.as_deref().and_then(returned),
        _ => None,
    };
    body.map_or_else(Vec::new, compared)
}

fn returned<'c, 'a>(body: &'c FunctionBody<'a>) -> Option<&'c Expression<'a>> {
    match body.statements.last() {
        Some(Statement::ReturnStatement(statement)) => statement.argument.as_ref(),
        _ => None,
    }
}

/// What stands on the other side of `name ===`, through `&&` and `||`.
fn compared<'c, 'a>(predicate: &'c Expression<'a>) -> Vec<&'c Expression<'a>> {
    let (mut open, mut found) = (vec![predicate], Vec::new());
    while let Some(expression) = open.pop() {
        match expression.get_inner_expression() {
            Expression::LogicalExpression(both) if both.operator != LogicalOperator::Coalesce => {
                open.extend([&both.right, &both.left]);
            }
            Expression::BinaryExpression(equal)
                if matches!(equal.operator, BinaryOperator::StrictEquality | BinaryOperator::Equality) =>
            {
                if is_name(&equal.left) {
                    found.push(&equal.right);
                } else if is_name(&equal.right) {
                    found.push(&equal.left);
                }
            }
            _ => {}
        }
    }
    found
}

/// `v.name`, or `name` of a parameter taken apart.
fn is_name(expression: &Expression<'_>) -> bool {
    match expression.get_inner_expression() {
        Expression::StaticMemberExpression(member) => member.property.name == "name",
        Expression::Identifier(name) => name.name == "name",
        _ => false,
    }
}
