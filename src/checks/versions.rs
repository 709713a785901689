//! Whether the Node.js or Python that is there is the one the repository asks for.

use semver::{Version, VersionReq};

use super::look::Wanted;

/// Long-term versions of Node.js by the names that `.nvmrc` may use, with their majors.
const NAMED: [(&str, &str); 6] =
    [("gallium", "16"), ("hydrogen", "18"), ("iron", "20"), ("jod", "22"), ("krypton", "24"), ("argon", "4")];

/// Whether this version (`v20.1.2`, `Python 3.11.7`) is what is asked for. `None` when that cannot be told.
///
/// One version asks for its major alone in Node.js, for major and minor in Python: a patch more or less breaks nobody.
pub(super) fn fits(wanted: &Wanted, found: &str) -> Option<bool> {
    let found = Version::parse(found.trim().trim_start_matches("Python ").trim_start_matches('v')).ok()?;
    if wanted.range {
        return range_fits(&wanted.text, &found);
    }
    let text = wanted.text.trim_start_matches("lts/").to_ascii_lowercase();
    let text = NAMED.iter().find(|(name, _)| *name == text).map_or(text.as_str(), |(_, major)| major);
    let mut numbers = text.trim_start_matches('v').split('.').map(str::parse::<u64>);
    let major = numbers.next()?.ok()?;
    let minor = numbers.next().and_then(Result::ok).filter(|_| wanted.program != "node");
    Some(major == found.major && minor.is_none_or(|minor| minor == found.minor))
}

/// npm's ranges in Cargo's words: `||` between alternatives, blanks for "and", a bare full version is exact.
fn range_fits(range: &str, found: &Version) -> Option<bool> {
    let mut any = false;
    for alternative in range.split("||") {
        any |= requirement(alternative.trim())?.matches(found);
    }
    Some(any)
}

fn requirement(text: &str) -> Option<VersionReq> {
    if let Some((low, high)) = text.split_once(" - ") {
        return VersionReq::parse(&format!(">={}, <={}", low.trim(), high.trim())).ok();
    }
    let mut parts: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        // `>= 18` is one comparator.
        match parts.last_mut() {
            Some(last) if last.ends_with(['<', '>', '=', '^', '~']) => last.push_str(word.trim_start_matches('v')),
            _ => parts.push(word.replace(['v', 'V'], "").replace(['x', 'X'], "*")),
        }
    }
    for part in &mut parts {
        if part.starts_with(|c: char| c.is_ascii_digit()) && part.split('.').count() == 3 && !part.contains('*') {
            part.insert(0, '=');
        }
    }
    let joined = if parts.is_empty() { "*".to_owned() } else { parts.join(", ") };
    VersionReq::parse(&joined).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Place;

    #[test]
    fn what_is_asked_for_is_understood() {
        let table = [
            ("node", false, "20", "v20.20.2", Some(true)),
            ("node", false, "v20.1.0", "v20.20.2", Some(true)),
            ("node", false, "22.3.0", "v20.20.2", Some(false)),
            ("node", false, "lts/iron", "v20.20.2", Some(true)),
            ("node", false, "lts/Jod", "v20.20.2", Some(false)),
            ("node", false, "lts/*", "v20.20.2", None),
            ("node", false, "node", "v20.20.2", None),
            ("node", false, "20", "garbage", None),
            ("python3", false, "3.11", "Python 3.11.7", Some(true)),
            ("python3", false, "3.12.1", "Python 3.11.7", Some(false)),
            ("python3", false, "3", "Python 3.11.7", Some(true)),
            ("python3", false, "pypy3.9", "Python 3.11.7", None),
            ("node", true, ">=18", "v20.20.2", Some(true)),
            ("node", true, ">= 18 <20", "v20.20.2", Some(false)),
            ("node", true, "^18 || ^20.9", "v20.20.2", Some(true)),
            ("node", true, "20.x", "v20.20.2", Some(true)),
            ("node", true, "18.x || 22.x", "v20.20.2", Some(false)),
            ("node", true, "18 - 20", "v20.20.2", Some(true)),
            ("node", true, "20.1.0", "v20.20.2", Some(false)),
            ("node", true, "20", "v20.20.2", Some(true)),
            ("node", true, "~20.20", "v20.20.2", Some(true)),
            ("node", true, "*", "v20.20.2", Some(true)),
            ("node", true, "", "v20.20.2", Some(true)),
            ("node", true, "latest", "v20.20.2", None),
        ];
        for (program, range, text, found, wanted) in table {
            let asked = Wanted { program, text: text.to_owned(), range, place: Place::file(".nvmrc") };
            assert_eq!(fits(&asked, found), wanted, "{text} against {found}");
        }
    }
}
