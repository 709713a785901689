//! Paths inside the repository: what an import means, and how a file is called from a project.

pub(in crate::platform) use crate::platform::paths::{below, file_name, folder, joined, seen_from};
use crate::tree::Tree;

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Leads {
    /// To a package, not a file.
    Package,
    /// Out of the repository.
    Outside,
    /// To no file.
    Nowhere,
    /// To these files: the one that TypeScript takes first, then others that the bundler might take.
    Files(Vec<String>),
}

/// Extensions that are tried on a name without one.
const TRIED: [&str; 10] = [".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/// What an extension stands for in TypeScript, before itself.
const STANDS_FOR: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx", ".d.ts"]),
    (".jsx", &[".tsx"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// Finds the files that an import in the file `from` means.
pub(in crate::platform) fn leads(tree: &Tree, from: &str, specifier: &str) -> Leads {
    let local = matches!(specifier, "." | "..") || specifier.starts_with("./") || specifier.starts_with("../");
    if !local {
        return Leads::Package;
    }
    let Some(path) = joined(folder(from), specifier) else { return Leads::Outside };
    let mut found = Vec::new();
    let mut take = |candidate: String| {
        if tree.has(&candidate) && !found.contains(&candidate) {
            found.push(candidate);
        }
    };
    for (extension, others) in STANDS_FOR {
        if let Some(stem) = path.strip_suffix(extension) {
            others.iter().for_each(|other| take(format!("{stem}{other}")));
        }
    }
    take(path.clone());
    TRIED.iter().for_each(|extension| take(format!("{path}{extension}")));
    if found.is_empty() {
        let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let mut take = |candidate: String| found.extend(tree.has(&candidate).then_some(candidate));
        TRIED.iter().for_each(|extension| take(within(&format!("index{extension}"))));
    }
    if found.is_empty() { Leads::Nowhere } else { Leads::Files(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_leads_where_typescript_and_the_bundler_look() {
        let tree = Tree::of_texts(
            ["p/a/x.ts", "p/a/both.ts", "p/a/both.js", "p/lib/index.ts", "shared/y.ts", "p/a/d.json", "z.mts"]
                .map(|path| (path, "")),
        );
        let files = |specifier: &str| leads(&tree, "p/a/main.ts", specifier);
        for (specifier, expected) in [
            ("./x", vec!["p/a/x.ts"]),
            ("./x.js", vec!["p/a/x.ts"]),
            ("./x.ts", vec!["p/a/x.ts"]),
            ("./both.js", vec!["p/a/both.ts", "p/a/both.js"]),
            ("../lib", vec!["p/lib/index.ts"]),
            ("../lib/index.js", vec!["p/lib/index.ts"]),
            ("../../shared/y.js", vec!["shared/y.ts"]),
            ("./d.json", vec!["p/a/d.json"]),
            ("../../z.mjs", vec!["z.mts"]),
            (".//x", vec!["p/a/x.ts"]),
        ] {
            assert_eq!(
                files(specifier),
                Leads::Files(expected.into_iter().map(str::to_owned).collect()),
                "{specifier}"
            );
        }
        assert_eq!(files("../../../x"), Leads::Outside);
        assert_eq!(files("./nothing.js"), Leads::Nowhere);
        assert_eq!(files("zod"), Leads::Package);
        assert_eq!(files("/etc/passwd"), Leads::Package);
    }
}
