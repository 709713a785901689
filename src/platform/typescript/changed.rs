//! Whether an object or a list that a constant names is changed in place, so that its literal is not what it holds.

use oxc_ast::AstKind;
use oxc_ast::ast::{BindingPattern, Expression, UnaryOperator};
use oxc_semantic::{NodeId, Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

/// Methods that change the list, map or set that they are called on.
const CHANGING: [&str; 14] = [
    "push",
    "pop",
    "shift",
    "unshift",
    "splice",
    "sort",
    "reverse",
    "fill",
    "copyWithin",
    "set",
    "add",
    "delete",
    "clear",
    "assign",
];

/// Whether any use of the name may change what it holds: an assignment to a part, a changing method, being handed to a
/// function while the module is read.
pub(in crate::platform) fn is_changed(semantic: &Semantic<'_>, symbol: SymbolId) -> bool {
    changed_within(semantic, symbol, 0)
}

fn changed_within(semantic: &Semantic<'_>, symbol: SymbolId, aliases: u32) -> bool {
    aliases > 4
        || semantic.symbol_references(symbol).any(|reference| {
            let (node, span) = part(semantic, reference.node_id());
            changes(semantic, node, span, node != reference.node_id(), aliases)
        })
}

/// Climbs from a name to the longest `name.a.b` around it.
fn part(semantic: &Semantic<'_>, mut node: NodeId) -> (NodeId, Span) {
    let nodes = semantic.nodes();
    let mut span = nodes.get_node(node).span();
    loop {
        let parent = nodes.parent_id(node);
        let inside = match nodes.kind(parent) {
            AstKind::StaticMemberExpression(member) => member.object.span() == span,
            AstKind::ComputedMemberExpression(member) => member.object.span() == span,
            AstKind::TSNonNullExpression(_) | AstKind::TSAsExpression(_) => true,
            _ => false,
        };
        if !inside || parent == node {
            return (node, span);
        }
        node = parent;
        span = nodes.get_node(node).span();
    }
}

fn changes(semantic: &Semantic<'_>, node: NodeId, span: Span, is_part: bool, aliases: u32) -> bool {
    let nodes = semantic.nodes();
    match nodes.parent_kind(node) {
        AstKind::AssignmentExpression(assignment) => assignment.left.span() == span,
        AstKind::UpdateExpression(_)
        | AstKind::ArrayAssignmentTarget(_)
        | AstKind::AssignmentTargetPropertyProperty(_)
        | AstKind::AssignmentTargetRest(_)
        | AstKind::AssignmentTargetWithDefault(_) => is_part,
        AstKind::UnaryExpression(unary) => unary.operator == UnaryOperator::Delete,
        AstKind::ForInStatement(each) => each.left.span() == span,
        AstKind::ForOfStatement(each) => each.left.span() == span,
        AstKind::CallExpression(call) if call.callee.span() == span => {
            method(&call.callee).is_some_and(|name| CHANGING.contains(&name))
        }
        AstKind::CallExpression(call) => handed_over(semantic, node, &call.callee),
        AstKind::NewExpression(_) => false,
        AstKind::VariableDeclarator(declarator) => match &declarator.id {
            BindingPattern::BindingIdentifier(alias) => changed_within(semantic, alias.symbol_id(), aliases + 1),
            _ => false,
        },
        _ => false,
    }
}

fn method<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee {
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        Expression::ComputedMemberExpression(_) => Some("assign"),
        _ => None,
    }
}

/// Whether a call gets the thing itself and may change it before the declaration is read. What functions do when they run
/// comes later, except through `Object.assign` and its like.
fn handed_over(semantic: &Semantic<'_>, node: NodeId, callee: &Expression<'_>) -> bool {
    let text = callee.span().source_text(semantic.source_text());
    if let Some(method) = text.strip_prefix("Object.") {
        return matches!(method, "assign" | "defineProperty" | "defineProperties" | "setPrototypeOf");
    }
    let harmless = text.starts_with("z.") || text.starts_with("JSON.") || text.starts_with("create");
    let in_function = || {
        semantic
            .nodes()
            .ancestor_kinds(node)
            .take(1_000)
            .any(|kind| matches!(kind, AstKind::Function(_) | AstKind::ArrowFunctionExpression(_)))
    };
    !harmless && !in_function()
}
