//! Interpreters of virtual environments that lie in a home folder, as uv and pyenv keep them: what they consist of may be read,
//! and nothing beside it.

use std::fs;
use std::path::{Path, PathBuf};

use super::bring;

/// How people name the folder of a virtual environment.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// What the checkout's virtual environments lead to: each interpreter, its library and its modules. A link that leads to
/// anything else opens nothing: whoever commits one cannot make an installation of Python around it.
pub(super) fn of(checkout: &Path) -> Vec<PathBuf> {
    let environments = bring::installed(checkout).unwrap_or_default();
    let environments = environments.iter().filter(|path| ENVIRONMENTS.iter().any(|name| path.ends_with(name)));
    environments.filter_map(|path| parts(&checkout.join(path).join("bin/python"))).flatten().collect()
}

fn parts(link: &Path) -> Option<Vec<PathBuf>> {
    let program = link.canonicalize().ok()?;
    let name = program.file_name()?.to_str().filter(|name| name.starts_with("python3."))?;
    let libraries = program.parent().filter(|folder| folder.ends_with("bin"))?.with_file_name("lib");
    let modules = libraries.join(name);
    if !modules.join("os.py").is_file() || modules.canonicalize().ok()? != modules {
        return None;
    }
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libpython") && fs::symlink_metadata(path).is_ok_and(|facts| facts.is_file())
    };
    let libraries = fs::read_dir(libraries).ok()?.flatten().map(|entry| entry.path()).filter(is_library);
    Some(libraries.chain([program, modules]).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_interpreter_is_opened_with_its_modules_and_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let write = |path: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "").unwrap();
        };
        // The home of somebody who installed Python right into `~/.local`, beside much that is nobody's business.
        for path in [
            "home/.local/bin/python3.11",
            "home/.local/bin/tool",
            "home/.local/lib/python3.11/os.py",
            "home/.local/lib/libpython3.11.so.1.0",
            "home/.local/lib/secret.so",
            "home/.local/share/keyrings/login",
            "home/.ssh/id_rsa",
            "home/.aws/bin/python3.11",
        ] {
            write(path);
        }
        let link = |to: &str, at: &str| {
            let at = root.join("work").join(at);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            symlink(root.join(to), at).unwrap();
        };
        link("home/.local/bin/python3.11", "app/.venv/bin/python3");
        symlink("python3", root.join("work/app/.venv/bin/python")).unwrap();
        let shown = || {
            let parts = of(&root.join("work")).into_iter();
            let mut parts: Vec<_> = parts.map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect();
            parts.sort_unstable();
            parts
        };
        let own = ["home/.local/bin/python3.11", "home/.local/lib/libpython3.11.so.1.0", "home/.local/lib/python3.11"];
        assert_eq!(shown(), own);
        for (number, to) in
            ["home/.ssh/id_rsa", "home/.aws/bin/python3.11", "home", "home/.local/bin/tool", "gone"].iter().enumerate()
        {
            link(to, &format!("wrong{number}/.venv/bin/python"));
        }
        assert_eq!(shown(), own, "other links open nothing");
    }
}
