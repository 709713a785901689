//! Globs over paths of a repository: `*` and `?` within a part, `**` over parts. Linear in pattern times path.

/// Whether the path fits the pattern.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    // `reach[i]`: the parts of the path read so far fit the first `i` parts of the pattern.
    let mut reach = vec![false; pattern.len() + 1];
    reach[0] = true;
    skip_stars(&pattern, &mut reach);
    for part in path {
        let mut next = vec![false; pattern.len() + 1];
        for (place, wanted) in pattern.iter().enumerate().filter(|(place, _)| reach[*place]) {
            if *wanted == "**" {
                next[place] = true;
            } else if part_fits(wanted, part) {
                next[place + 1] = true;
            }
        }
        skip_stars(&pattern, &mut next);
        reach = next;
    }
    reach[pattern.len()]
}

/// The folder that every path fitting the pattern lies in.
pub(crate) fn folder_of(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts.iter().position(|part| part.contains(['*', '?'])).unwrap_or(parts.len());
    parts[..fixed.min(parts.len() - 1)].join("/")
}

/// `**` may stand for no part at all.
fn skip_stars(pattern: &[&str], reach: &mut [bool]) {
    for (place, part) in pattern.iter().enumerate() {
        if reach[place] && *part == "**" {
            reach[place + 1] = true;
        }
    }
}

fn part_fits(pattern: &str, part: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while read < part.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(c) if *c == '?' || *c == part[read] => {
                at += 1;
                read += 1;
            }
            Some(_) | None => {
                let Some((place, from)) = star else { return false };
                star = Some((place, from + 1));
                at = place + 1;
                read = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_fit_what_people_expect() {
        for (pattern, path, wanted) in [
            ("junit.xml", "junit.xml", true),
            ("junit.xml", "a/junit.xml", false),
            ("reports/*.xml", "reports/a.xml", true),
            ("reports/*.xml", "reports/a/b.xml", false),
            ("**/junit*.xml", "junit.xml", true),
            ("**/junit*.xml", "a/b/junit-1.xml", true),
            ("a/**/b.xml", "a/b.xml", true),
            ("a/**/b.xml", "a/x/y/b.xml", true),
            ("a/**", "a/x/y", true),
            ("a/**", "b/x", false),
            ("?.xml", "é.xml", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, path), wanted, "{pattern} {path}");
        }
        assert_eq!(folder_of("reports/junit/*.xml"), "reports/junit");
        assert_eq!(folder_of("reports/junit.xml"), "reports");
        assert_eq!(folder_of("**/x.xml"), "");
    }

    #[test]
    fn a_hostile_pattern_ends() {
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
    }
}
