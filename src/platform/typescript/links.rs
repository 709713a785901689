//! Imports, exports and top-level names of one file.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, Declaration, ExportNamedDeclaration, Expression, ImportDeclaration, ImportDeclarationSpecifier,
    ImportOrExportKind, ModuleExportName, Program, Statement, StringLiteral, TSModuleReference,
};
use oxc_semantic::{Semantic, SymbolId};
use oxc_span::{GetSpan, Span};

use super::lower::Lower;
use super::module::{Binding, Export, Form, Import, Imported, Module, Top};
use super::value::Val;

/// Reads the imports and the top-level names; the symbols that come from other files are given back with their bindings.
pub(in crate::platform) fn read<F>(semantic: &Semantic<'_>, module: &mut Module<F>) -> HashMap<SymbolId, usize> {
    let mut symbols = HashMap::new();
    for statement in &semantic.nodes().program().body {
        match statement {
            Statement::ImportDeclaration(import) => declaration(semantic, import, module, &mut symbols),
            Statement::ExportAllDeclaration(export) => {
                let form = form(export.export_kind, Form::Reexport);
                if export.exported.is_none() {
                    module.stars.push(module.imports.len());
                }
                push(module, &export.source, export.span, form, form == Form::Reexport);
            }
            Statement::ExportFromDeclaration(export) => {
                let form = form(export.export_kind, Form::Reexport);
                push(module, &export.source, export.span, form, form == Form::Reexport);
            }
            Statement::TSImportEqualsDeclaration(import) => {
                if let TSModuleReference::ExternalModuleReference(reference) = &import.module_reference {
                    push(module, &reference.expression, import.span, form(import.import_kind, Form::Value), true);
                }
            }
            _ => {}
        }
    }
    calls(semantic, module);
    tops(semantic, module, &symbols);
    symbols
}

fn form(kind: ImportOrExportKind, value: Form) -> Form {
    if kind == ImportOrExportKind::Type { Form::Type } else { value }
}

fn push<F>(module: &mut Module<F>, source: &StringLiteral<'_>, statement: Span, form: Form, bundled: bool) -> usize {
    let import = Import { specifier: source.value.to_string(), span: source.span, statement, form, bundled };
    module.imports.push(import);
    module.imports.len() - 1
}

fn declaration<F>(
    semantic: &Semantic<'_>,
    import: &ImportDeclaration<'_>,
    module: &mut Module<F>,
    symbols: &mut HashMap<SymbolId, usize>,
) {
    let Some(specifiers) = &import.specifiers else {
        push(module, &import.source, import.span, Form::SideEffect, true);
        return;
    };
    let form = form(import.import_kind, Form::Value);
    let index = push(module, &import.source, import.span, form, false);
    let mut bundled = false;
    for specifier in specifiers {
        let (what, is_type) = match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(one) => {
                (Imported::Name(exported_name(&one.imported)), one.import_kind == ImportOrExportKind::Type)
            }
            ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => (Imported::Name("default".to_owned()), false),
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => (Imported::Namespace, false),
        };
        let symbol = specifier.local().symbol_id();
        symbols.insert(symbol, module.bindings.len());
        module.bindings.push(Binding { import: index, what });
        bundled |= !is_type && semantic.symbol_references(symbol).any(oxc_semantic::Reference::is_value);
    }
    module.imports[index].bundled = bundled && form != Form::Type;
}

/// `import('./x')`, `require('./x')` and `import('./x')` in a type, anywhere in the file.
fn calls<F>(semantic: &Semantic<'_>, module: &mut Module<F>) {
    for node in semantic.nodes().iter() {
        match node.kind() {
            AstKind::ImportExpression(import) => {
                if let Expression::StringLiteral(source) = &import.source {
                    push(module, source, import.span, Form::Call, true);
                }
            }
            AstKind::CallExpression(call) if call.callee.is_specific_id("require") => {
                if let Some(Argument::StringLiteral(source)) = call.arguments.first() {
                    push(module, source, call.span, Form::Call, true);
                }
            }
            AstKind::TSImportType(import) => {
                push(module, &import.source, import.span, Form::Type, false);
            }
            _ => {}
        }
    }
}

fn tops<F>(semantic: &Semantic<'_>, module: &mut Module<F>, symbols: &HashMap<SymbolId, usize>) {
    let (scoping, nodes) = (semantic.scoping(), semantic.nodes());
    let top = scoping.symbol_ids().filter(|symbol| scoping.symbol_scope_id(*symbol) == scoping.root_scope_id());
    for symbol in top {
        let Ok(index) = u32::try_from(module.tops.len()) else { return };
        module.tops.push(Top {
            span: nodes.get_node(scoping.symbol_declaration(symbol)).span(),
            binding: symbols.get(&symbol).copied(),
        });
        let used = semantic.symbol_references(symbol).filter(|reference| reference.is_value());
        module.uses.extend(used.map(|reference| (semantic.reference_span(reference).start, index)));
    }
    module.uses.sort_unstable();
}

fn exported_name(name: &ModuleExportName<'_>) -> String {
    name.name().to_string()
}

/// Reads the exports, once values can be read.
pub(in crate::platform) struct Links<'s, 'a> {
    /// The file.
    pub semantic: &'s Semantic<'a>,
    /// The symbols that come from other files.
    pub symbols: &'s HashMap<SymbolId, usize>,
    /// Reads values.
    pub lower: &'s Lower<'s, 'a>,
}

impl Links<'_, '_> {
    /// Reads what the file exports by name.
    pub(in crate::platform) fn exports<F>(&self, module: &mut Module<F>) {
        let program: &Program<'_> = self.semantic.nodes().program();
        for statement in &program.body {
            match statement {
                Statement::ExportDeclaration(export) => self.declared(&export.declaration, module),
                Statement::ExportNamedDeclaration(export) => self.named(export, module),
                Statement::ExportFromDeclaration(export) => {
                    let Some(import) = module.imports.iter().position(|import| import.statement == export.span) else {
                        continue;
                    };
                    for specifier in &export.specifiers {
                        let what = Imported::Name(exported_name(&specifier.local));
                        let there = Export::There(Binding { import, what });
                        module.exports.insert(exported_name(&specifier.exported), there);
                    }
                }
                Statement::ExportAllDeclaration(export) => {
                    let import = module.imports.iter().position(|import| import.statement == export.span);
                    if let (Some(name), Some(import)) = (&export.exported, import) {
                        let there = Export::There(Binding { import, what: Imported::Namespace });
                        module.exports.insert(exported_name(name), there);
                    }
                }
                Statement::ExportDefaultDeclaration(export) => {
                    let value = match export.declaration.as_expression() {
                        Some(expression) => self.lower.expression(expression),
                        None => Val::code(export.span, "is a function"),
                    };
                    module.exports.insert("default".to_owned(), Export::Here(value));
                }
                _ => {}
            }
        }
    }

    fn declared<F>(&self, declaration: &Declaration<'_>, module: &mut Module<F>) {
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                for name in variables.declarations.iter().flat_map(|variable| variable.id.get_binding_identifiers()) {
                    self.export(name.name.to_string(), name.symbol_id(), module);
                }
            }
            other => {
                if let Some(name) = other.id() {
                    self.export(name.name.to_string(), name.symbol_id(), module);
                }
            }
        }
    }

    fn named<F>(&self, export: &ExportNamedDeclaration<'_>, module: &mut Module<F>) {
        for specifier in &export.specifiers {
            let ModuleExportName::IdentifierReference(local) = &specifier.local else { continue };
            if let Some(symbol) = self.semantic.scoping().get_reference(local.reference_id()).symbol_id() {
                self.export(exported_name(&specifier.exported), symbol, module);
            }
        }
    }

    fn export<F>(&self, name: String, symbol: SymbolId, module: &mut Module<F>) {
        let export = match self.symbols.get(&symbol) {
            Some(binding) => Export::There(module.bindings[*binding].clone()),
            None => Export::Here(self.value(symbol)),
        };
        module.exports.insert(name, export);
    }

    /// What an exported name holds; of code the whole declaration, so that its print covers it.
    fn value(&self, symbol: SymbolId) -> Val {
        match self.lower.symbol(symbol) {
            Val::Code { why, span } if span == self.semantic.scoping().symbol_span(symbol) => {
                let declaration = self.semantic.scoping().symbol_declaration(symbol);
                Val::Code { span: self.semantic.nodes().get_node(declaration).span(), why }
            }
            value => value,
        }
    }
}
