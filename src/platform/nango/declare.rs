//! The function of Nango that a file declares, in every form that people write; forms that Nango's compiler refuses are read
//! too, and say so.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, Declaration, ExportDefaultDeclarationKind, Expression, ModuleExportName,
    Statement,
};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

use super::lower::Lower;
use super::module::{Declared, Imported, Kind, Module};
use super::remark::{Reach, Remark};
use super::value::Val;

/// The packages that have the makers.
const PACKAGES: [&str; 2] = ["nango", "nango/experimental"];

/// What Nango's compiler takes, for help.
const WANTED: &str = "write `export default createSync({ … })` (or createAction, createOnEvent), or `const x = createSync({ … })` and `export default x`";

/// Reads the default export, and remarks on exports that the compiler refuses in an entry point.
pub(super) fn read<'a>(
    semantic: &Semantic<'a>,
    symbols: &HashMap<SymbolId, usize>,
    lower: &Lower<'_, 'a>,
    module: &mut Module,
) {
    let reader = Reader { semantic, symbols, lower };
    for statement in &semantic.nodes().program().body {
        match statement {
            Statement::ExportDefaultDeclaration(export) => reader.default(&export.declaration, export.span, module),
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let name = specifier.exported.name();
                    if name == "default" {
                        reader.default_by_name(&specifier.local, export.span, module);
                    }
                    refuse_named(&name, specifier.span, module);
                }
            }
            Statement::ExportDeclaration(export) => exported_declaration(&export.declaration, module),
            _ => {}
        }
    }
}

/// The compiler looks at functions and plain variables only: types, enums and classes pass.
fn exported_declaration(declaration: &Declaration<'_>, module: &mut Module) {
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            for variable in &variables.declarations {
                if let BindingPattern::BindingIdentifier(name) = &variable.id {
                    refuse_named(&name.name, name.span, module);
                }
            }
        }
        Declaration::FunctionDeclaration(function) if function.body.is_some() => {
            if let Some(name) = &function.id {
                refuse_named(&name.name, name.span, module);
            }
        }
        _ => {}
    }
}

fn refuse_named(name: &str, span: Span, module: &mut Module) {
    if Kind::ALL.iter().all(|kind| kind.maker() != name) {
        let message = format!("`{name}` is a named export, which Nango's compiler refuses in a function's file");
        let help =
            "export only the function, by default; move what others need to a file that index.ts does not import";
        module.remarks.push(Remark::error(Reach::Entry, "named-export", span, message).help(help));
    }
}

struct Reader<'s, 'a> {
    semantic: &'s Semantic<'a>,
    symbols: &'s HashMap<SymbolId, usize>,
    lower: &'s Lower<'s, 'a>,
}

impl<'a> Reader<'_, 'a> {
    fn default(&self, declaration: &ExportDefaultDeclarationKind<'a>, statement: Span, module: &mut Module) {
        match declaration.as_expression() {
            Some(expression) => self.exported(expression, statement, module),
            None => module.own.other_default = Some((statement, "is a function or a class of its own")),
        }
    }

    /// `export { sync as default }`: the compiler refuses it as a named export.
    fn default_by_name(&self, local: &ModuleExportName<'a>, statement: Span, module: &mut Module) {
        if let ModuleExportName::IdentifierReference(local) = local {
            let symbol = self.semantic.scoping().get_reference(local.reference_id()).symbol_id();
            self.variable(symbol, statement, module);
        }
    }

    fn exported(&self, expression: &Expression<'a>, statement: Span, module: &mut Module) {
        let inner = expression.get_inner_expression();
        match inner {
            Expression::CallExpression(call) => {
                if inner.span() != expression.span() {
                    refuse(module, expression.span(), "the default export is wrapped in a type assertion");
                }
                self.call(call, statement, module);
            }
            Expression::Identifier(name) => {
                if inner.span() != expression.span() {
                    refuse(module, expression.span(), "the default export is wrapped in a type assertion");
                }
                let symbol = self.semantic.scoping().get_reference(name.reference_id()).symbol_id();
                self.variable(symbol, statement, module);
            }
            _ => module.own.other_default = Some((statement, "is neither a call nor a name")),
        }
    }

    fn variable(&self, symbol: Option<SymbolId>, statement: Span, module: &mut Module) {
        let nodes = self.semantic.nodes();
        let declaration = symbol.map(|symbol| self.semantic.scoping().symbol_declaration(symbol));
        let Some(declaration) = declaration else {
            module.own.other_default = Some((statement, "is a name that is not declared here"));
            return;
        };
        let AstKind::VariableDeclarator(declarator) = nodes.kind(declaration) else {
            module.own.other_default = Some((statement, "is not a variable of this file"));
            return;
        };
        let whole = nodes.parent_node(declaration).span();
        match declarator.init.as_ref().map(|init| (init, init.get_inner_expression())) {
            Some((init, Expression::CallExpression(call))) => {
                if init.span() != call.span {
                    refuse(module, init.span(), "the call is wrapped in a type assertion");
                }
                self.call(call, whole, module);
            }
            _ => module.own.other_default = Some((whole, "is not made by a call")),
        }
    }

    fn call(&self, call: &CallExpression<'a>, statement: Span, module: &mut Module) {
        let Some((kind, direct)) = self.maker(&call.callee, module) else {
            module.own.other_default =
                Some((statement, "is not made by createSync, createAction, createOnEvent or createFunction"));
            return;
        };
        let callee = call.callee.span();
        if !direct {
            refuse(
                module,
                callee,
                format!("`{}` is called by another name, which Nango's compiler does not know", kind.maker()),
            );
        }
        let argument = call.arguments.first();
        let props = match argument
            .and_then(Argument::as_expression)
            .map(|argument| (argument, argument.get_inner_expression()))
        {
            Some((argument, Expression::ObjectExpression(object))) => {
                if argument.span() != object.span {
                    refuse(
                        module,
                        argument.span(),
                        format!("the argument of `{}` is wrapped in a type assertion", kind.maker()),
                    );
                }
                self.lower.object(object)
            }
            Some((argument, _)) => {
                refuse(module, argument.span(), format!("the argument of `{}` is not an object literal", kind.maker()));
                self.indirect(argument)
            }
            None => {
                refuse(module, call.span, format!("`{}` is called without an object literal", kind.maker()));
                Vec::new()
            }
        };
        module.own.declared = Some(Declared { kind, statement, callee, props });
    }

    /// An argument that is not a literal, as if it were spread into one.
    fn indirect(&self, argument: &Expression<'a>) -> Vec<super::value::Prop> {
        match self.lower.expression(argument) {
            Val::Object(props) => props,
            value => vec![super::value::Prop { key: super::value::Key::Spread, value, span: argument.span() }],
        }
    }

    /// Which maker is called, and whether by the very name that the compiler looks for.
    fn maker(&self, callee: &Expression<'a>, module: &Module) -> Option<(Kind, bool)> {
        let by_name = |name: &str| Kind::ALL.into_iter().find(|kind| kind.maker() == name);
        match callee.get_inner_expression() {
            Expression::Identifier(name) => {
                let direct = matches!(callee, Expression::Identifier(_));
                if let Some(kind) = by_name(&name.name) {
                    return Some((kind, direct));
                }
                let Imported::Name(imported) = self.of_package(name, module)? else { return None };
                by_name(imported).map(|kind| (kind, false))
            }
            Expression::StaticMemberExpression(member) => {
                let Expression::Identifier(namespace) = &member.object else { return None };
                self.of_package(namespace, module)?;
                by_name(&member.property.name).map(|kind| (kind, false))
            }
            _ => None,
        }
    }

    fn of_package<'m>(&self, name: &oxc_ast::ast::IdentifierReference<'a>, module: &'m Module) -> Option<&'m Imported> {
        let symbol = self.semantic.scoping().get_reference(name.reference_id()).symbol_id()?;
        let binding = module.bindings.get(*self.symbols.get(&symbol)?)?;
        let import = &module.imports[binding.import];
        PACKAGES.contains(&import.specifier.as_str()).then_some(&binding.what)
    }
}

fn refuse(module: &mut Module, span: Span, message: impl Into<String>) {
    module.remarks.push(Remark::error(Reach::Entry, "invalid-export", span, message).help(WANTED));
}
