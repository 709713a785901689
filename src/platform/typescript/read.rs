//! From the text of a file to a [`Module`].

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::Program;
use oxc_ast_visit::Visit;
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan as _, SourceType, Span};
use sha2::{Digest as _, Sha256};

use super::links;
use super::links::Links;
use super::lower::Lower;
use super::module::{Facts, Module};
use super::remark::{Reach, Remark};
use crate::platform::parse::depth::{DEEPEST, too_deep};

/// Findings of one file's syntax that are told; the rest follows from the first ones.
const MOST_SYNTAX_ERRORS: usize = 5;

/// The largest file with markup (`.tsx`, `.jsx`) that is parsed, in bytes: tags nest without the brackets that are counted.
const LARGEST_MARKUP: usize = 256 * 1024;

/// The deepest syntax tree that is looked at. Sums of a thousand terms stay far below it. Beyond it the parser's own checks
/// take time by the square (each `await` looks for its function), and Babel, which Nango compiles with, runs out of stack.
const DEEPEST_TREE: usize = 5_000;

/// Reads a file. The allocator is reset, so that one serves many files.
pub(in crate::platform) fn read<F: Facts>(allocator: &mut Allocator, path: &str, text: &str) -> Module<F> {
    let mut module =
        Module { path: path.to_owned(), digest: Sha256::digest(text.as_bytes()).into(), ..Module::default() };
    match refusal(path, text) {
        Some(remark) => {
            module.broken = true;
            module.remarks.push(remark);
        }
        None => parse(allocator, text, &mut module),
    }
    allocator.reset();
    module
}

/// A module for a file that the parser panicked on.
pub(in crate::platform) fn failed<F: Facts>(path: &str, text: &str) -> Module<F> {
    let remark = Remark::error(Reach::Any, "parser-failed", Span::new(0, 0), "the parser failed on this file")
        .help("this is a fault of airlock's parser: please report it with the file, or simplify the file");
    let digest = Sha256::digest(text.as_bytes()).into();
    Module { path: path.to_owned(), digest, broken: true, remarks: vec![remark], ..Module::default() }
}

fn source_type(path: &str) -> SourceType {
    SourceType::from_path(path).unwrap_or_else(|_| SourceType::ts()).with_module(true)
}

fn refusal(path: &str, text: &str) -> Option<Remark> {
    if source_type(path).is_jsx() && text.len() > LARGEST_MARKUP {
        return Some(
            Remark::error(
                Reach::Any,
                "too-deep",
                Span::new(0, 0),
                format!("markup of more than {LARGEST_MARKUP} bytes is not parsed"),
            )
            .help("split the file"),
        );
    }
    let offset = u32::try_from(too_deep(text)?).unwrap_or(u32::MAX);
    let message = format!("brackets nest more than {DEEPEST} deep");
    Some(
        Remark::error(Reach::Any, "too-deep", Span::new(offset, offset), message)
            .help("no person writes this: look at where the file comes from"),
    )
}

fn parse<F: Facts>(allocator: &Allocator, text: &str, module: &mut Module<F>) {
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(allocator, text, source_type(&module.path)).with_options(options).parse();
    let mut errors = parsed.diagnostics.errors().map(syntax_error).collect::<Vec<_>>();
    if let Some(span) = Depth::limit_passed(&parsed.program) {
        module.broken = true;
        let message = format!("expressions nest more than {DEEPEST_TREE} deep");
        module.remarks.push(Remark::error(Reach::Any, "too-deep", span, message).help("split the longest expression"));
        return;
    }
    let built = SemanticBuilder::new().with_build_nodes(true).with_check_syntax_error(true).build(&parsed.program);
    errors.extend(built.diagnostics.errors().map(syntax_error));
    module.broken = !errors.is_empty();
    errors.sort_by_key(|remark| remark.span.start);
    errors.dedup_by_key(|remark| remark.span.start);
    errors.truncate(MOST_SYNTAX_ERRORS);
    module.remarks = errors;
    let semantic = &built.semantic;
    let symbols = links::read(semantic, module);
    let lower = Lower::new(semantic, &symbols);
    Links { semantic, symbols: &symbols, lower: &lower }.exports(module);
    F::read(semantic, &symbols, &lower, module);
    module.comments = parsed.program.comments.iter().map(|comment| comment.span).collect();
}

/// Measures a syntax tree.
#[derive(Default)]
struct Depth {
    now: usize,
    passed: Option<Span>,
}

impl Depth {
    /// The first node that lies too deep.
    fn limit_passed(program: &Program<'_>) -> Option<Span> {
        let mut depth = Self::default();
        depth.visit_program(program);
        depth.passed
    }
}

impl<'a> Visit<'a> for Depth {
    fn enter_node(&mut self, kind: AstKind<'a>) {
        self.now += 1;
        if self.now > DEEPEST_TREE && self.passed.is_none() {
            self.passed = Some(kind.span());
        }
    }

    fn leave_node(&mut self, _: AstKind<'a>) {
        self.now -= 1;
    }
}

fn syntax_error(error: &OxcDiagnostic) -> Remark {
    let span = error.labels.first().map_or(Span::new(0, 0), |label| {
        let start = label.offset();
        Span::new(start, start.saturating_add(label.len()))
    });
    let remark = Remark::error(Reach::Any, "syntax-error", span, fragment(&error.message));
    match &error.help {
        Some(help) => remark.help(fragment(help)),
        None => remark,
    }
}

/// A parser's sentence as a lower-case fragment.
fn fragment(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) if letters.next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(sentence.chars().skip(1)).collect()
        }
        _ => sentence.to_owned(),
    }
}
