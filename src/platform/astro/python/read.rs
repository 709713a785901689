//! From the text of a file to a [`Module`].

use std::cell::LazyCell;

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{TextRange, TextSize};
use sha2::{Digest as _, Sha256};

use super::depth::too_deep;
use super::exec::Exec;
use super::module::Module;
use super::remark::Remark;
use super::uses;

/// Findings of one file's syntax that are told; the rest follows from the first ones.
const MOST_SYNTAX_ERRORS: usize = 5;

/// Reads a file in the syntax of this version of Python.
pub(in super::super) fn read(path: &str, text: &str, python: PythonVersion) -> Module {
    let mut module = empty(path, text);
    if let Some((at, why)) = too_deep(text) {
        let at = TextSize::try_from(at).unwrap_or_default();
        module.broken = true;
        module.remarks.push(
            Remark::error("too-deep", TextRange::empty(at), why)
                .help("Python refuses it too: split it, or look at where the file comes from"),
        );
        return module;
    }
    parse(text, python, module)
}

/// A module for a file that the parser panicked on.
pub(in super::super) fn failed(path: &str, text: &str) -> Module {
    let remark = Remark::error("parser-failed", TextRange::default(), "the parser failed on this file")
        .help("this is a fault of airlock's parser: please report it with the file, or simplify the file");
    Module { broken: true, remarks: vec![remark], ..empty(path, text) }
}

fn empty(path: &str, text: &str) -> Module {
    let lower = LazyCell::new(|| text.to_ascii_lowercase());
    let has = |word: &str| text.contains(word) || lower.contains(word);
    let discovered = has("airflow") && (has("dag") || has("asset"));
    let digest = Sha256::digest(text.as_bytes()).into();
    Module { path: path.to_owned(), digest, discovered, ..Module::default() }
}

fn parse(text: &str, python: PythonVersion, mut module: Module) -> Module {
    let options = ParseOptions::from(Mode::Module).with_target_version(python);
    let Some(parsed) = parse_unchecked(text, options).try_into_module() else { return module };
    let mut errors: Vec<Remark> = parsed
        .errors()
        .iter()
        .map(|error| Remark::error("syntax-error", error.location, fragment(&error.error.to_string())))
        .collect();
    let version = |error: &ruff_python_parser::UnsupportedSyntaxError| {
        Remark::error("syntax-error", error.range, fragment(&error.to_string()))
            .help(format!("the project runs Python {python}: write it otherwise, or move to a newer one"))
    };
    errors.extend(parsed.unsupported_syntax_errors().iter().map(version));
    errors.sort_by_key(|remark| remark.range.start());
    errors.dedup_by_key(|remark| remark.range.start());
    errors.truncate(MOST_SYNTAX_ERRORS);
    module.broken = !errors.is_empty();
    errors.extend(mixed_tabs(text));
    let body = parsed.suite();
    let mut exec = Exec::new(module);
    exec.block(body);
    let mut module = exec.finish();
    module.remarks.append(&mut errors);
    uses::read(body, &mut module);
    module
}

/// `TabError`: a line whose indentation compares with the line before differently when a tab is one column and when it is eight.
fn mixed_tabs(text: &str) -> Option<Remark> {
    // Only a file that indents with both can be inconsistent; the parser has checked everything else.
    if !text.contains('\t') {
        return None;
    }
    let mut offset = 0;
    let (mut tabs, mut spaces) = (None, None);
    for line in text.split_inclusive('\n') {
        let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let rest = line.trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            if blanks.starts_with('\t') {
                tabs.get_or_insert(offset);
            } else if blanks.starts_with(' ') && blanks.contains('\t') {
                spaces.get_or_insert(offset);
            }
        }
        offset += line.len();
    }
    let (_, at) = tabs.zip(spaces)?;
    let at = TextSize::try_from(at).ok()?;
    let remark = Remark::warning("mixed-tabs", TextRange::empty(at), "tabs and spaces are mixed in the indentation");
    Some(remark.help("indent with spaces alone: Python may refuse the file"))
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
