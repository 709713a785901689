//! Finds the program, and says why it cannot be run.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{ChildEnv, NotStarted};

/// The path of the program: as it stands when it holds a slash (from the folder), else on the child's PATH. Folders of PATH
/// that are not absolute are passed over, for they would lead into the tree.
pub(super) fn find(name: &str, folder: &Path, environment: &ChildEnv) -> Result<PathBuf, NotStarted> {
    if !folder.is_dir() {
        return Err(NotStarted::NoFolder { folder: shown(folder) });
    }
    if name.contains('/') {
        return check(folder.join(name));
    }
    let mut seen = None;
    for place in std::env::split_paths(environment.get("PATH").unwrap_or_default()).filter(|place| place.is_absolute())
    {
        match check(place.join(name)) {
            Ok(program) => return Ok(program),
            Err(why @ NotStarted::NotExecutable { .. }) => seen = seen.or(Some(why)),
            Err(_) => {}
        }
    }
    Err(seen.unwrap_or_else(|| NotStarted::NotFound { program: name.to_owned() }))
}

/// Whether a program of this name is on the child's PATH.
pub fn is_on_path(name: &str, environment: &ChildEnv) -> bool {
    find(name, Path::new("/"), environment).is_ok()
}

/// Why the system would not start it.
pub(super) fn why_refused(program: &Path, error: &io::Error) -> NotStarted {
    if error.kind() == io::ErrorKind::NotFound
        && let Some(interpreter) = interpreter_of(program)
    {
        return NotStarted::BadInterpreter { program: shown(program), interpreter };
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        let facts = fs::metadata(program);
        let may = facts.is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0);
        return if may { out_of_reach(program) } else { NotStarted::NotExecutable { program: shown(program) } };
    }
    NotStarted::Refused { program: shown(program), why: error.to_string() }
}

fn check(path: PathBuf) -> Result<PathBuf, NotStarted> {
    match fs::metadata(&path) {
        Ok(facts) if facts.is_file() && facts.permissions().mode() & 0o111 != 0 => Ok(path),
        Ok(facts) if facts.is_file() => Err(NotStarted::NotExecutable { program: shown(&path) }),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(out_of_reach(&path)),
        Ok(_) | Err(_) => Err(NotStarted::NotFound { program: shown(&path) }),
    }
}

fn out_of_reach(program: &Path) -> NotStarted {
    let target = end_of(program).as_deref().map(shown).or_else(|| interpreter_of(program));
    NotStarted::OutOfReach { program: shown(program), target }
}

/// Where a link leads in the end, as far as it can be seen from here.
fn end_of(path: &Path) -> Option<PathBuf> {
    let mut seen = None;
    // The system itself follows no more than 40.
    for _ in 0..40 {
        let here = seen.as_deref().unwrap_or(path);
        let Ok(next) = fs::read_link(here) else { break };
        seen = Some(here.parent().unwrap_or(Path::new("/")).join(next));
    }
    seen
}

/// What the first line of a script names.
fn interpreter_of(script: &Path) -> Option<String> {
    let mut start = Vec::new();
    fs::File::open(script).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line).trim().to_owned();
    // A carriage return at the end of the line is part of the name to the system: the usual reason.
    let name = line.split_whitespace().next()?.to_owned();
    Some(if start.contains(&b'\r') { format!("{name}\\r") } else { name })
}

fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}
