//! The documentation against the program: what people copy is parsed, what the program says has a line there, and links lead
//! somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::house::sources;

/// All pages, by their path from the root.
pub(crate) fn pages() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join("docs"), root.join("examples"), root.join(".github")];
    let mut files: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let hidden = path.file_name().is_some_and(|name| name == "node_modules" || name == ".airlock");
            match path.is_dir() {
                true if hidden => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let name = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        found.insert(name, std::fs::read_to_string(file).unwrap());
    }
    found
}

/// The fenced blocks of a language.
pub(crate) fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The anchors of a page, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if let (false, Some(title)) = (fenced, line.strip_prefix('#')) {
            let title = title.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'));
            found.insert(kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect());
        }
    }
    found
}

#[test]
fn every_link_between_pages_leads_to_a_file_and_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = pages();
    let mut dead = Vec::new();
    for (name, page) in &pages {
        let folder = Path::new(name).parent().unwrap();
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.contains(' ') {
                continue;
            }
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let path = if file.is_empty() { root.join(name) } else { root.join(folder).join(file) };
            let Ok(real) = path.canonicalize() else {
                dead.push(format!("{name}: {link}"));
                continue;
            };
            let there = real.strip_prefix(root.canonicalize().unwrap()).unwrap().to_str().unwrap().to_owned();
            if let (Some(heading), Some(page)) = (heading, pages.get(&there))
                && !anchors(page).contains(heading)
            {
                dead.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn every_configuration_in_the_pages_is_one() {
    let mut seen = 0;
    for (name, page) in pages() {
        for block in blocks(&page, "toml").into_iter().filter(|block| block.contains("[[")) {
            seen += 1;
            let read = crate::context::config::read(block, "airlock.toml");
            assert!(read.is_ok(), "{name}: {:?}\n{block}", read.err());
        }
    }
    assert!(seen >= 3, "only {seen} were found");
}

/// The inputs that a step of ours is given in a workflow: the keys below `with:`, after a `uses:` of ours.
fn given(workflow: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut ours, mut with) = (false, None);
    for line in workflow.lines() {
        let text = line.trim_start();
        let depth = line.len() - text.len();
        if let Some(what) = text.trim_start_matches("- ").strip_prefix("uses:") {
            ours = what.contains("OWNER/airlock@") || what.contains("OWNER/airlock/slim@");
            with = None;
        } else if let (true, Some(inline)) = (ours, text.strip_prefix("with:")) {
            with = Some(depth);
            let inline = inline.trim().trim_start_matches('{').trim_end_matches('}');
            found.extend(inline.split(", ").filter_map(|pair| Some(pair.split_once(':')?.0.trim().to_owned())));
        } else if let Some(above) = with {
            if depth <= above {
                with = None;
            } else if let (true, Some((key, _))) = (depth == above + 2, text.split_once(':')) {
                found.push(key.trim_start_matches("# ").to_owned());
            }
        }
    }
    found
}

#[test]
fn every_workflow_in_the_pages_gives_inputs_that_exist() {
    let mut seen = 0;
    for (name, page) in pages() {
        for block in blocks(&page, "yaml") {
            seen += usize::from(block.contains("OWNER/airlock"));
            for input in given(block) {
                assert!(crate::context::inputs::spec(&input).is_some(), "{name}: there is no input `{input}`");
            }
        }
    }
    assert!(seen >= 3, "only {seen} were found");
    assert_eq!(given("  - uses: OWNER/airlock@v1\n    with:\n      nonsense: 1\n    env:\n      X: 1\n"), ["nonsense"]);
    assert_eq!(given("  - uses: OWNER/airlock@v1\n    with: { a: 1, b: \"2\" }\n"), ["a", "b"]);
}

#[test]
fn every_manual_run_in_the_pages_gives_inputs_that_are_read_from_one() {
    let mut seen = 0;
    for (name, page) in pages() {
        let lines =
            blocks(&page, "sh").into_iter().flat_map(str::lines).filter(|line| line.starts_with("gh workflow run"));
        for given in lines.flat_map(|line| line.split(" -f ").skip(1)) {
            seen += 1;
            let input = given.split('=').next().unwrap();
            let known = crate::context::inputs::spec(input).is_some_and(|spec| spec.from_dispatch);
            assert!(known, "{name}: a manual run reads no `{input}`");
        }
    }
    assert!(seen >= 3, "only {seen} were found");
}

/// The codes that the sources give to problems and findings, and those of the gate's table.
fn codes() -> BTreeMap<String, String> {
    let makers = ["Problem::new(", "Problem::input(", "Finding::error(", "Finding::warning(", "Finding::info("];
    let mut found = BTreeMap::new();
    for source in sources() {
        let (path, text) = (source.path.display().to_string(), source.lines.join("\n"));
        for maker in makers {
            for rest in text.split(maker).skip(1) {
                let Some(code) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                found.insert(code.to_owned(), path.clone());
            }
        }
        if path.ends_with("gate/table.rs") {
            for rest in text.split("    (\"").skip(1) {
                found.insert(rest.split('"').next().unwrap().to_owned(), path.clone());
            }
        }
    }
    found.retain(|code, _| !code.is_empty());
    found
}

#[test]
fn every_code_has_a_line_in_the_documentation() {
    let pages = pages();
    let codes = codes();
    assert!(codes.len() > 100, "only {} were found", codes.len());
    let docs: String =
        pages.iter().filter(|(name, _)| name.starts_with("docs/")).map(|(_, page)| page.as_str()).collect();
    let missing: Vec<String> = codes
        .iter()
        .filter(|(code, _)| !docs.contains(&format!("`{code}`")))
        .map(|(code, path)| format!("`{code}` ({path})"))
        .collect();
    assert!(missing.is_empty(), "no line in docs/troubleshooting.md or docs/findings.md for {}", missing.join(", "));
}

#[test]
fn every_code_in_the_documentation_is_in_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |source: super::house::Source| std::fs::read_to_string(root.join(source.path)).unwrap();
    let all: String = sources().into_iter().map(read).collect();
    let pages = pages();
    for name in ["docs/troubleshooting.md", "docs/findings.md"] {
        let rows = pages[name].lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        for code in rows.flat_map(|cell| cell.split(['`', ',', ' '])).filter(|word| !word.is_empty() && *word != "|") {
            assert!(all.contains(&format!("\"{code}\"")), "{name}: nothing says `{code}`");
        }
    }
}

/// Every line of the page about security has a test behind it, by name; `…` stands for the rest of one.
#[test]
fn every_test_that_the_page_about_security_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("tests")];
    let mut tests = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<', ' ']).next());
                tests.extend(names.map(str::to_owned));
            }
        }
    }
    let page = &pages()["docs/security.md"];
    let named = page.split('`').skip(1).step_by(2);
    let named: Vec<&str> = named.filter(|word| word.matches('_').count() > 2 && !word.contains(['/', '.'])).collect();
    assert!(named.len() > 10, "only {} were found", named.len());
    for name in named.into_iter().filter(|name| *name != "_STEP_SUMMARY") {
        let (start, end) = name.split_once('…').unwrap_or((name, ""));
        let is_it = |test: &String| {
            if name.contains('…') { test.starts_with(start) && test.ends_with(end) } else { test == name }
        };
        assert!(tests.iter().any(is_it), "docs/security.md names the test `{name}`, which is not there");
    }
}
