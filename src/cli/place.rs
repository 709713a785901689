//! Where a command stands: the repository, and the project's folder in it.

use std::path::{Path, PathBuf};

use super::Desk;
use crate::context::config::{self, Config};
use crate::context::inputs::Inputs;
use crate::git::Git;
use crate::names::ProjectId;
use crate::pipeline::projects;
use crate::problem::{Problem, Problems};
use crate::tree::{self, Tree};
use crate::work::Project;
use crate::{context, platform};

/// A folder of a repository, or of none.
pub(super) struct Place {
    /// Git, where the folder lies in a repository.
    pub(super) git: Option<Git>,
    /// The repository's root; without one the folder itself.
    pub(super) root: PathBuf,
    /// The folder from there; empty for the root itself.
    pub(super) folder: String,
}

impl Place {
    /// Finds the repository around a folder; a folder outside any stands for itself.
    pub(super) async fn find(desk: &Desk, given: &Path) -> Result<Self, Problem> {
        let folder = given.canonicalize().map_err(|error| missing(given, &error))?;
        if !folder.is_dir() {
            return Err(Problem::input("not-a-folder", format!("`{}` is not a folder", given.display())));
        }
        let git = match Git::open(&folder, desk.variables(), &desk.watch).await {
            Ok(git) => Some(git),
            Err(problem) if problem.code == "not-a-repository" => None,
            Err(problem) => return Err(problem),
        };
        let root = git.as_ref().map_or_else(|| Ok(folder.clone()), |git| git.top().canonicalize());
        let root = root.map_err(|error| missing(given, &error))?;
        let inner = folder.strip_prefix(&root).unwrap_or(Path::new(""));
        let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        Ok(Self { git, root, folder: parts.join("/") })
    }

    /// The same, where only a repository will do.
    pub(super) async fn in_repository(desk: &Desk, given: &Path) -> Result<(Self, Git), Problem> {
        let mut place = Self::find(desk, given).await?;
        match place.git.take() {
            Some(git) => Ok((place, git)),
            None => Err(Problem::input("not-a-repository", format!("`{}` is in no git repository", given.display()))
                .help("`git init`, and commit the project: what is deployed is always a commit")),
        }
    }

    /// The project that `project` names by its folder; all projects when the folder is the root.
    pub(super) fn named(&self) -> Result<Vec<ProjectId>, Problem> {
        if self.folder.is_empty() {
            return Ok(Vec::new());
        }
        let id = ProjectId::new(self.folder.clone()).map_err(|bad| {
            Problem::input("bad-project-folder", "the folder cannot be named as a project").because(&bad)
        })?;
        Ok(vec![id])
    }

    /// The files of the work tree, and the projects among them that this place is about.
    pub(super) async fn projects(&self, desk: &Desk) -> Result<(Vec<Project>, Tree), Problems> {
        let config = self.config()?;
        let wants = |path: &str| platform::wants(&config.projects, path);
        let tree = tree::disk::read(&self.root, &wants).map_err(one)?;
        let tree = match &self.git {
            Some(git) => tree::tracked::mark(tree, git, &desk.watch).await.map_err(one)?,
            None => tree,
        };
        let inputs = Inputs { project: self.named().map_err(one)?, ..Inputs::default() };
        let projects = projects::find(&config, &inputs, &tree)?;
        Ok((projects, tree))
    }

    /// The work tree's configuration.
    pub(super) fn config(&self) -> Result<Config, Problems> {
        match self.file(context::CONFIG_FILE).map_err(one)? {
            Some(text) => config::read(&text, context::CONFIG_FILE),
            None => Ok(Config::built_in(None)),
        }
    }

    /// The text of a file of the work tree; `None` when there is none.
    pub(super) fn file(&self, path: &str) -> Result<Option<String>, Problem> {
        tree::disk::text(&self.root, path)
    }
}

/// A problem that stands alone.
pub(super) fn one(problem: Problem) -> Problems {
    vec![problem]
}

fn missing(given: &Path, error: &std::io::Error) -> Problem {
    Problem::input("folder-missing", format!("`{}` cannot be opened", given.display())).because(error)
}
