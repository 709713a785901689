//! Paths inside the repository, `/` between their parts.

/// The folder of a file; empty at the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Joins a folder and a relative path with `.` and `..` worked out; `None` above the root.
pub(crate) fn joined(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path as seen from a folder: `../shared/x.ts` for what lies outside.
pub(crate) fn seen_from(folder: &str, path: &str) -> String {
    let (from, to) = (folder.split('/').filter(|part| !part.is_empty()), path.split('/'));
    let common = from.clone().zip(to.clone()).take_while(|(a, b)| a == b).count();
    let up = from.count() - common;
    std::iter::repeat_n("..", up).chain(to.skip(common)).collect::<Vec<_>>().join("/")
}

/// A path below a folder, without the folder; `None` for what lies outside.
pub(crate) fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_the_project() {
        assert_eq!(seen_from("apps/nango", "apps/nango/github/syncs/a.ts"), "github/syncs/a.ts");
        assert_eq!(seen_from("apps/nango", "shared/x.ts"), "../../shared/x.ts");
        assert_eq!(seen_from("", "a/b.ts"), "a/b.ts");
        assert_eq!(below("apps", "apps2/x"), None);
    }
}
