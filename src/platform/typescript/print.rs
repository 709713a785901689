//! Prints of schemas: a digest of an expression's source and of every name that it uses, through all files. It tells that a
//! schema's source changed without claiming to know the schema. Layout and comments do not count.

use std::collections::BTreeSet;

use oxc_span::{GetSpan as _, Span};
use sha2::{Digest as _, Sha256};

use super::look::{Look, Placed};
use super::module::{Export, Facts, Imported};
use super::value::Val;
use super::world::{Target, World};
use crate::names::Digest;

/// Printing one schema.
struct Print<'w, 't, F> {
    world: &'w World<'t, F>,
    hasher: Sha256,
    /// Stretches of source still to be printed: module and span.
    open: Vec<(usize, Span)>,
    seen: BTreeSet<(usize, u32, u32)>,
}

/// The print of a value.
pub(in crate::platform) fn print<F: Facts>(world: &World<'_, F>, value: Placed<'_>) -> Digest {
    let look = Look::new(world);
    let mut print = Print { world, hasher: Sha256::new(), open: Vec::new(), seen: BTreeSet::new() };
    match look.settled(value) {
        Ok((module, Val::Code { span, .. })) => print.visit(module, *span),
        Ok(placed) => match look.json(placed) {
            Ok(json) => print.add(b"value", json.unwrap_or_default().to_string().as_bytes()),
            Err(why) => print.add(b"unread", why.as_bytes()),
        },
        Err(why) => print.add(b"unread", why.as_bytes()),
    }
    print.run();
    Digest::finish(print.hasher)
}

impl<F: Facts> Print<'_, '_, F> {
    fn add(&mut self, what: &[u8], bytes: &[u8]) {
        for part in [what, bytes] {
            self.hasher.update((part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
    }

    fn visit(&mut self, module: usize, span: Span) {
        if self.seen.insert((module, span.start, span.end)) {
            self.open.push((module, span));
        }
    }

    fn run(&mut self) {
        while let Some((module, span)) = self.open.pop() {
            let facts = &self.world.modules[module];
            let text = squeezed(self.world.text(module), span, &facts.comments);
            self.add(b"source", text.as_bytes());
            let from = facts.uses.partition_point(|(offset, _)| *offset < span.start);
            let to = facts.uses.partition_point(|(offset, _)| *offset < span.end);
            for (_, top) in facts.uses.get(from..to).unwrap_or_default() {
                let top = facts.tops[*top as usize];
                match top.binding {
                    Some(binding) => self.imported(module, binding),
                    None if top.span.start <= span.start && span.end <= top.span.end => {}
                    None => self.visit(module, top.span),
                }
            }
        }
    }

    fn imported(&mut self, module: usize, binding: usize) {
        let facts = &self.world.modules[module];
        let binding = &facts.bindings[binding];
        let import = &facts.imports[binding.import];
        match (&self.world.targets[module][binding.import], &binding.what) {
            (Target::Modules(modules), Imported::Namespace) => {
                for home in modules {
                    let digest = self.world.fingerprint(*home);
                    self.add(b"module", digest.map_or_else(String::new, String::from).as_bytes());
                }
            }
            (Target::Modules(modules), Imported::Name(name)) => {
                let found = modules.first().and_then(|home| self.home(*home, name, 0));
                match found {
                    Some((home, span)) => self.visit(home, span),
                    None => self.add(b"name", format!("{} of {}", name, import.specifier).as_bytes()),
                }
            }
            (_, what) => self.add(b"package", format!("{what:?} of {}", import.specifier).as_bytes()),
        }
    }

    /// Where an exported name is declared, through re-exports.
    fn home(&self, module: usize, name: &str, hops: u32) -> Option<(usize, Span)> {
        if hops > 16 {
            return None;
        }
        let facts = &self.world.modules[module];
        let further = |import: usize, name: &str| match &self.world.targets[module][import] {
            Target::Modules(modules) => self.home(*modules.first()?, name, hops + 1),
            _ => None,
        };
        match facts.exports.get(name) {
            Some(Export::Here(Val::Code { span, .. })) => Some((module, *span)),
            // A plain value: the print of the whole file is coarse and never misses a change.
            Some(Export::Here(_)) => {
                Some((module, Span::new(0, u32::try_from(self.world.text(module).len()).unwrap_or(u32::MAX))))
            }
            Some(Export::There(binding)) => match &binding.what {
                Imported::Name(name) => further(binding.import, name),
                Imported::Namespace => None,
            },
            None => facts.stars.iter().find_map(|import| further(*import, name)),
        }
    }
}

/// Source without comments and layout: runs of blanks become one, and none stays beside a mark. Inside quotes all stays.
pub(in crate::platform) fn squeezed(text: &str, span: Span, comments: &[Span]) -> String {
    let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
    let mut out = String::with_capacity(end.saturating_sub(start));
    let mut comments = comments.iter().filter(|comment| comment.start >= span.start).peekable();
    let (mut at, mut blank, mut quote) = (start, false, None);
    while at < end {
        if quote.is_none()
            && let Some(comment) = comments.next_if(|comment| comment.start as usize == at)
        {
            at = comment.span().end as usize;
            blank = true;
            continue;
        }
        while comments.next_if(|comment| (comment.start as usize) < at).is_some() {}
        let Some(letter) = text.get(at..end).and_then(|rest| rest.chars().next()) else { break };
        at += letter.len_utf8();
        match quote {
            Some(mark) => {
                out.push(letter);
                if letter == '\\' {
                    let escaped = text.get(at..end).and_then(|rest| rest.chars().next());
                    out.extend(escaped);
                    at += escaped.map_or(0, char::len_utf8);
                } else if letter == mark {
                    quote = None;
                }
            }
            None if letter.is_whitespace() => blank = true,
            None => {
                if blank && is_word(out.chars().next_back()) && is_word(Some(letter)) {
                    out.push(' ');
                }
                blank = false;
                out.push(letter);
                quote = matches!(letter, '\'' | '"' | '`').then_some(letter);
            }
        }
    }
    out
}

fn is_word(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeeze(text: &str) -> String {
        squeezed(text, Span::new(0, u32::try_from(text.len()).unwrap()), &[])
    }

    #[test]
    fn layout_is_squeezed_out_and_words_stay_apart() {
        assert_eq!(squeeze("z . object ( {\n  a : 'x  y',\n} )"), "z.object({a:'x  y',})");
        assert_eq!(squeeze("typeof  x + new\nY"), "typeof x+new Y");
        assert_eq!(squeeze(r"'it\'s  ok' , `a  b`"), r"'it\'s  ok',`a  b`");
    }

    proptest::proptest! {
        #[test]
        fn any_stretch_of_any_text_is_squeezed(text in ".{0,60}", from in 0_u32..70, to in 0_u32..70) {
            squeezed(&text, Span::new(from, to.max(from)), &[Span::new(2, 5), Span::new(4, 9)]);
        }
    }
}
