//! Whether `node_modules` is what the lockfile of npm says. npm writes down beside the packages what it installed; that is
//! compared by content, for a checkout gives every file the age of the checkout.

use serde_json::{Map, Value};

/// Whether what npm wrote into `node_modules/.package-lock.json` fits the lockfile, and that the package's own manifest.
///
/// Optional packages may be absent: npm leaves out those for other systems. What was installed for another system fits not.
pub(super) fn fits(lock: &str, installed: &str, package: &str) -> bool {
    let (Some(lock), Some(installed), Ok(package)) =
        (packages(lock), packages(installed), serde_json::from_str(package))
    else {
        return false;
    };
    let is_there = |(path, entry): (&String, &Value)| match installed.get(path) {
        Some(found) => is_same(entry, found) && is_for_us(entry),
        None => path.is_empty() || entry.get("optional") == Some(&Value::Bool(true)),
    };
    lock.iter().all(is_there)
        && installed.keys().all(|path| lock.contains_key(path))
        && lock.get("").is_some_and(|root| wants_the_same(root, &package))
}

fn packages(text: &str) -> Option<Map<String, Value>> {
    let mut json: Value = serde_json::from_str(text).ok()?;
    match json.get_mut("packages")?.take() {
        Value::Object(packages) => Some(packages),
        _ => None,
    }
}

fn is_same(wanted: &Value, found: &Value) -> bool {
    ["version", "resolved", "integrity", "link"].iter().all(|key| wanted.get(key) == found.get(key))
}

/// Whether the entry's `os` and `cpu`, as npm names them, allow this machine.
fn is_for_us(entry: &Value) -> bool {
    let cpu = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let allows = |key: &str, own: &str| {
        let Some(named) = entry.get(key).and_then(Value::as_array) else { return true };
        let named: Vec<&str> = named.iter().filter_map(Value::as_str).collect();
        let only = named.iter().any(|name| !name.starts_with('!'));
        !named.iter().any(|name| name.strip_prefix('!') == Some(own)) && (!only || named.contains(&own))
    };
    allows("os", if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }) && allows("cpu", cpu)
}

/// Whether the lockfile was written for this manifest. npm itself refuses to install when it was not.
fn wants_the_same(root: &Value, package: &Value) -> bool {
    let none = Value::Object(Map::new());
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].iter().all(|key| {
        let (locked, named) = (root.get(key).unwrap_or(&none), package.get(key).unwrap_or(&none));
        locked == named
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lock() -> Value {
        json!({"lockfileVersion": 3, "packages": {
            "": {"name": "p", "devDependencies": {"a": "1"}},
            "node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"},
            "node_modules/b": {"version": "2.0.0", "optional": true, "os": ["win32"]},
        }})
    }

    fn installed() -> Value {
        json!({"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"}}})
    }

    #[test]
    fn what_npm_wrote_down_must_be_what_the_lockfile_says() {
        let package = json!({"name": "p", "devDependencies": {"a": "1"}, "scripts": {}});
        let fit = |change: &dyn Fn(&mut Value, &mut Value, &mut Value)| {
            let (mut lock, mut installed, mut package) = (lock(), installed(), package.clone());
            change(&mut lock, &mut installed, &mut package);
            fits(&lock.to_string(), &installed.to_string(), &package.to_string())
        };
        assert!(fit(&|_, _, _| {}));
        assert!(!fit(&|lock, _, _| lock["packages"]["node_modules/a"]["version"] = json!("1.0.1")), "another version");
        assert!(!fit(&|lock, _, _| lock["packages"]["node_modules/a"]["integrity"] = json!("x")), "other bytes");
        assert!(!fit(&|lock, _, _| lock["packages"]["node_modules/c"] = json!({"version": "1"})), "one is missing");
        assert!(!fit(&|_, installed, _| installed["packages"]["node_modules/c"] = json!({})), "one too many");
        assert!(!fit(&|_, _, package| package["devDependencies"]["c"] = json!("1")), "the manifest went on");
        assert!(!fit(&|_, _, package| package["dependencies"] = json!({"c": "1"})), "the manifest went on");
        assert!(!fit(&|lock, installed, _| {
            let entry = lock["packages"]["node_modules/b"].clone();
            installed["packages"]["node_modules/b"] = entry;
        }));
        assert!(!fits("", "", "") && !fits("{}", "{}", "{}") && !fits("[1]", r#"{"packages": 3}"#, "null"));
    }

    #[test]
    fn a_system_may_be_named_or_excluded() {
        let own = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        for (os, wanted) in [
            (json!([own]), true),
            (json!(["win32", own]), true),
            (json!(["win32"]), false),
            (json!(["!win32"]), true),
            (json!([format!("!{own}")]), false),
            (json!([]), true),
        ] {
            assert_eq!(is_for_us(&json!({"os": os})), wanted, "{os}");
        }
    }
}
