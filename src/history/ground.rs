//! Where a project keeps its embedded environments and their history: `.airlock/` in its folder, which git ignores.

use std::path::PathBuf;

use super::beneath::{Folder, Trouble};
use crate::names::EnvironmentName;

const FOLDER: &str = ".airlock";
const IGNORE: &str = ".gitignore";

/// A project's folder, by the repository's root and its path below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ground {
    root: PathBuf,
    project: String,
    /// The folder in `.airlock/` that the environments lie in; `.airlock/` itself where there is none.
    apart: Option<String>,
}

impl Ground {
    /// The project at this path (`""` is the root) of the repository.
    pub(crate) fn new(root: impl Into<PathBuf>, project: impl Into<String>) -> Self {
        Self { root: root.into(), project: project.into(), apart: None }
    }

    /// The same project's environments of a platform elsewhere. The folder's name is none that an environment can have.
    pub(crate) fn of(self, platform: &str) -> Self {
        Self { apart: Some(format!("+{platform}")), ..self }
    }

    /// `.airlock/`, if it is there.
    pub(crate) fn find(&self) -> Result<Option<Folder>, Trouble> {
        match Folder::root(&self.root)?.open_path(&self.project)? {
            Some(project) => project.open(FOLDER),
            None => Ok(None),
        }
    }

    /// `.airlock/`, made where it is not there yet.
    pub(crate) fn make(&self) -> Result<Folder, Trouble> {
        let project = Folder::root(&self.root)?.open_path(&self.project)?;
        let project = project.ok_or_else(|| Trouble::no_folder(&self.project))?;
        let folder = project.make(FOLDER)?;
        ignore(&folder)?;
        project.sync()?;
        Ok(folder)
    }

    /// `.airlock/<environment>/`, if it is there.
    pub(crate) fn find_environment(&self, name: &EnvironmentName) -> Result<Option<Folder>, Trouble> {
        let Some(folder) = self.find()? else { return Ok(None) };
        let folder = match &self.apart {
            Some(apart) => folder.open(apart)?,
            None => Some(folder),
        };
        folder.map_or(Ok(None), |folder| folder.open(name.as_str()))
    }

    /// `.airlock/<environment>/`, made where it is not there yet.
    pub(crate) fn make_environment(&self, name: &EnvironmentName) -> Result<Folder, Trouble> {
        let mut folder = self.make()?;
        if let Some(apart) = &self.apart {
            let inner = folder.make(apart)?;
            folder.sync()?;
            folder = inner;
        }
        let environment = folder.make(name.as_str())?;
        folder.sync()?;
        Ok(environment)
    }
}

/// Keeps the folder out of git. A run that was killed here left an empty file at worst; it is written again.
fn ignore(folder: &Folder) -> Result<(), Trouble> {
    if folder.read(IGNORE, 4096)?.is_some_and(|text| !text.is_empty()) {
        return Ok(());
    }
    let fresh = format!("{IGNORE}.tmp-{}", std::process::id());
    folder.remove(&fresh)?;
    folder.write_new(&fresh, b"*\n")?;
    folder.rename(&fresh, IGNORE)
}
