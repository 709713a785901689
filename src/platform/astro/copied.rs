//! What a Dockerfile says that it copies into the image. An image may be built from a folder above the project's, and then files outside of
//! it are part of the image. Pure.
//!
//! Source: Dockerfile reference, `COPY` and `ADD`. What a variable, a URL or another stage names is not followed.

use std::collections::{BTreeSet, VecDeque};

use super::detect::is_foreign;
use crate::platform::paths::{folder, joined};
use crate::tree::{Tree, join};

/// The files that a Dockerfile copies by their names, inside the project and outside. What it copies as a whole, `COPY . .`, is not among
/// them.
pub(super) fn files(tree: &Tree, project: &str, dockerfile: &str) -> BTreeSet<String> {
    let sources = sources(dockerfile);
    let Some(context) = context(tree, project, &sources) else { return BTreeSet::new() };
    let named = sources.iter().filter(|source| !source.is_empty());
    let paths = named.map(|source| join(context, source));
    let below = paths.flat_map(|path| {
        let inside: Vec<String> = tree.under(&path).map(|(path, _)| path.to_owned()).collect();
        tree.has(&path).then(|| path.clone()).into_iter().chain(inside)
    });
    below.filter(|path| !is_foreign(path)).collect()
}

/// The folder that the image is built from: the nearest, from the project's upwards, in which every source is there.
fn context<'p>(tree: &Tree, project: &'p str, sources: &BTreeSet<String>) -> Option<&'p str> {
    let upwards = std::iter::successors(Some(project), |at| (!at.is_empty()).then(|| folder(at)));
    let is_there = |path: &str| tree.has(path) || tree.under(path).next().is_some();
    upwards.into_iter().find(|context| sources.iter().all(|source| is_there(&join(context, source))))
}

/// The sources of all instructions, from the folder that the image is built from; empty for that folder itself. Of a pattern its folder.
fn sources(dockerfile: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in instructions(dockerfile) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        if !["COPY", "ADD"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
            continue;
        }
        let mut rest = rest.trim_start();
        let mut elsewhere = false;
        while rest.starts_with("--") {
            elsewhere |= rest.starts_with("--from=");
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
        }
        if elsewhere {
            continue;
        }
        let words: Vec<String> = serde_json::from_str(rest)
            .unwrap_or_else(|_not_a_list| rest.split_whitespace().map(str::to_owned).collect());
        let Some((_, named)) = words.split_last() else { continue };
        found.extend(named.iter().filter_map(|source| place(source)));
    }
    found
}

/// Where a source lies, below the folder that the image is built from: nothing leads out of it.
fn place(source: &str) -> Option<String> {
    if source.contains(['$', '"']) || source.contains("://") || source.starts_with("<<") {
        return None;
    }
    let parts = source.split('/').skip_while(|part| *part == "..");
    let plain = parts.take_while(|part| !part.contains(['*', '?', '['])).collect::<Vec<_>>().join("/");
    joined("", &plain)
}

/// The instructions, each on one line: comments and the texts that stand in the file itself are gone, and lines that go on are joined.
fn instructions(dockerfile: &str) -> Vec<String> {
    let goes_on = goes_on(dockerfile);
    let mut whole = Vec::new();
    let mut open = String::new();
    let mut texts: VecDeque<String> = VecDeque::new();
    for line in dockerfile.lines().map(str::trim) {
        if let Some(end) = texts.front() {
            if line == end {
                texts.pop_front();
            }
            continue;
        }
        // An empty line ends no instruction that goes on.
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some(part) = line.strip_suffix(goes_on) {
            open.push_str(part);
            open.push(' ');
        } else {
            open.push_str(line);
            texts.extend(ends_of_texts(&open));
            whole.push(std::mem::take(&mut open));
        }
    }
    whole.push(open);
    whole
}

/// The character at the end of a line that goes on: a backtick where a comment at the very beginning sets `escape` to it.
fn goes_on(dockerfile: &str) -> char {
    let comments = dockerfile.lines().map_while(|line| line.trim().strip_prefix('#'));
    let said = comments
        .filter_map(|comment| comment.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    said.filter(|(_, char)| char.trim() == "`").map_or('\\', |_| '`')
}

/// The lines that end the texts which an instruction has in the file itself: `COPY <<EOF /x`.
fn ends_of_texts(instruction: &str) -> Vec<String> {
    let word = instruction.split_whitespace().next().unwrap_or_default();
    if !["COPY", "ADD", "RUN"].iter().any(|name| word.eq_ignore_ascii_case(name)) {
        return Vec::new();
    }
    let end = |word: &str| {
        let after = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let name = after.strip_prefix('-').unwrap_or(after).trim_matches(['"', '\'']);
        (!name.is_empty() && !name.contains('<')).then(|| name.to_owned())
    };
    instruction.split_whitespace().filter_map(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let paths = [
            "etl/Dockerfile",
            "etl/config/a.yaml",
            "shared/lib/x.py",
            "shared/lib/y.csv",
            "other/z.py",
            "etl/req/a.txt",
        ];
        Tree::of_texts(paths.map(|path| (path, "")))
    }

    #[test]
    fn what_is_copied_by_name_is_seen_wherever_the_image_is_built_from() {
        for (dockerfile, expected) in [
            ("FROM x\nCOPY . .\n", vec![]),
            ("FROM x\nCOPY config/ ./config\n", vec!["etl/config/a.yaml"]),
            ("FROM x\ncopy --chown=a:b \\\n  # why\n  ./config/a.yaml /x\n", vec!["etl/config/a.yaml"]),
            (
                "FROM x\nCOPY etl/config /c\nCOPY shared/lib/*.py /l/\n",
                vec!["etl/config/a.yaml", "shared/lib/x.py", "shared/lib/y.csv"],
            ),
            ("FROM x\nADD [\"shared/lib/y.csv\", \"/y\"]\n", vec!["shared/lib/y.csv"]),
            ("FROM x\nCOPY ../config/a.yaml /y\n", vec!["etl/config/a.yaml"]),
            (
                "FROM x\nCOPY --from=build /out /out\nCOPY $X /y\nADD https://x.example/a /a\nRUN COPY shared x\n",
                vec![],
            ),
            ("FROM x\nCOPY gone /x\n", vec![]),
            (
                "FROM x\nCOPY <<EOF <<-\"END\" /x/\nCOPY shared /y\nEOF\n\tCOPY shared /y\n\tEND\nCOPY config /c\n",
                vec!["etl/config/a.yaml"],
            ),
            ("FROM x\nRUN cat <<'EOF' > /x\nCOPY shared /y\nEOF\nCOPY config /c\n", vec!["etl/config/a.yaml"]),
            ("# escape=`\nFROM x\nCOPY `\n  config `\n\n  /c\n", vec!["etl/config/a.yaml"]),
            ("FROM x\nCOPY \\\n\n  config /c\nONBUILD COPY shared /y\n", vec!["etl/config/a.yaml"]),
            ("FROM x\nCOPY --link --chmod=644 [\"config/a.yaml\", \"/y\"]\n", vec!["etl/config/a.yaml"]),
        ] {
            let found: Vec<String> = files(&tree(), "etl", dockerfile).into_iter().collect();
            assert_eq!(found, expected, "{dockerfile}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(COPY|ADD|<<EOF|EOF|#|\\\\|--from=|[ \\n./*\\[\"a-z]){0,40}") {
            files(&tree(), "etl", &text);
        }
    }
}
