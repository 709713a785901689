//! The project's own CLI: where it is installed, and which version.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::history::beneath::{Folder, Trouble};

/// The largest `package.json` that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// An installed CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cli {
    /// What to run.
    pub(super) program: PathBuf,
    /// Its version: three numbers, for Nango takes no other.
    pub(super) version: String,
}

/// Why there is no CLI to run, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoCli {
    /// A fragment.
    pub(super) why: String,
    /// What to do.
    pub(super) help: &'static str,
}

/// Looks in the project's `node_modules`, then in those of the folders above it, up to the repository's root.
pub(super) fn find(root: &Path, folder: &str) -> Result<Cli, NoCli> {
    let none = NoCli {
        why: "`nango` is not installed in the project".to_owned(),
        help: "add `nango` to devDependencies with its exact version and commit the lockfile, or install in an earlier step",
    };
    let mut place = Some(folder);
    while let Some(at) = place {
        let modules = root.join(at).join("node_modules");
        let program = modules.join(".bin").join("nango");
        if program.exists() {
            let version = version(&modules).map_err(|why| NoCli {
                why,
                help: "install again: what lies in `node_modules` is not the package `nango`",
            })?;
            return Ok(Cli { program, version });
        }
        place = if at.is_empty() { None } else { Some(at.rsplit_once('/').map_or("", |(above, _)| above)) };
    }
    Err(none)
}

#[derive(Deserialize)]
struct Package {
    version: String,
}

/// The version that the package says of itself. A package manager may have linked its folder from a store; that is followed,
/// for only this one word is taken from it.
fn version(modules: &Path) -> Result<String, String> {
    let read =
        || -> Result<Option<Vec<u8>>, Trouble> { Folder::root(&modules.join("nango"))?.read("package.json", LARGEST) };
    let bytes = read().map_err(|trouble| trouble.to_string())?;
    let bytes = bytes.ok_or("`node_modules/nango` has no package.json")?;
    let package: Package =
        serde_json::from_slice(&bytes).map_err(|error| format!("`nango` has no version: {error}"))?;
    if numbers(&package.version) {
        Ok(package.version)
    } else {
        Err("the version of `nango` is not three numbers".to_owned())
    }
}

/// Whether a version begins with three numbers: `0.71.10`, `1.0.0-beta.1`.
fn numbers(version: &str) -> bool {
    version.len() <= 64 && semver::Version::parse(version).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn install(modules: &Path, package: &str) {
        fs::create_dir_all(modules.join(".bin")).unwrap();
        fs::create_dir_all(modules.join("nango")).unwrap();
        fs::write(modules.join(".bin/nango"), "").unwrap();
        fs::write(modules.join("nango/package.json"), package).unwrap();
    }

    #[test]
    fn the_nearest_cli_is_the_projects_own() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("apps/web")).unwrap();
        assert!(find(root.path(), "apps/web").unwrap_err().why.contains("not installed"));
        install(&root.path().join("node_modules"), r#"{"version": "0.71.10"}"#);
        let cli = find(root.path(), "apps/web").unwrap();
        assert_eq!((cli.version.as_str(), cli.program), ("0.71.10", root.path().join("node_modules/.bin/nango")));
        install(&root.path().join("apps/web/node_modules"), r#"{"version": "0.70.0"}"#);
        assert_eq!(find(root.path(), "apps/web").unwrap().version, "0.70.0");
    }

    #[test]
    fn what_is_not_the_package_is_said() {
        let root = tempfile::tempdir().unwrap();
        for (package, why) in
            [("{}", "has no version"), (r#"{"version": "latest\n"}"#, "not three numbers"), ("{", "has no version")]
        {
            install(&root.path().join("node_modules"), package);
            assert!(find(root.path(), "").unwrap_err().why.contains(why), "{package}");
        }
    }
}
