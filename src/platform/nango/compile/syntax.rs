//! Whether what was compiled parses: Nango takes a script that does not, and says that it was deployed.

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::bundle::Script;
use super::read::Wrong;
use crate::artefact::Artefact;
use crate::platform::parse::Room;
use crate::platform::parse::depth::too_deep;
use crate::problem::Problem;

/// Where the inline source map begins: the last line of a script.
const SOURCE_MAP: &str = "\n//# sourceMappingURL=data:";

/// The scripts that do not parse.
pub(super) fn wrong(artefact: &Artefact, scripts: &[Script]) -> Result<Vec<Wrong>, Problem> {
    let room = Room::open()?;
    let found = room.each(scripts.iter().collect(), Allocator::default, |allocator, script: &Script| {
        let bytes = artefact.files().get(&script.js)?;
        let why = error(allocator, std::str::from_utf8(bytes).unwrap_or_default());
        allocator.reset();
        why.map(|why| Wrong { path: Some(script.js.clone()), why: format!("what {} was compiled to {why}", script.id) })
    });
    Ok(found.into_iter().flatten().flatten().collect())
}

fn error(allocator: &Allocator, text: &str) -> Option<String> {
    let code = without_map(text);
    if code.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    if too_deep(code).is_some() {
        return Some("nests too deep to be parsed".to_owned());
    }
    let parsed = Parser::new(allocator, code, SourceType::cjs()).parse();
    let first = parsed.diagnostics.errors().next()?;
    Some(format!("does not parse: {}", first.message))
}

/// A script without its inline source map.
pub(crate) fn without_map(js: &str) -> &str {
    match js.rfind(SOURCE_MAP) {
        Some(at) if !js[at + 1..].trim_end().contains('\n') => &js[..=at],
        _ => js,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_map_at_the_end_is_taken_off() {
        assert_eq!(without_map("a;\n//# sourceMappingURL=data:x\n"), "a;\n");
        assert_eq!(without_map("a;\n//# sourceMappingURL=data:x\nb;"), "a;\n//# sourceMappingURL=data:x\nb;");
        assert_eq!(without_map("a;"), "a;");
    }

    #[test]
    fn broken_scripts_are_told() {
        let allocator = Allocator::default();
        for (text, wrong) in [
            ("\"use strict\";\nmodule.exports = { default: { type: 'sync' } };\nreturn;", false),
            ("module.exports = {;", true),
            ("  \n", true),
            ("\n//# sourceMappingURL=data:x", true),
        ] {
            assert_eq!(error(&allocator, text).is_some(), wrong, "{text}");
        }
        assert!(error(&allocator, &"[".repeat(5_000)).unwrap().contains("nests"));
    }
}
