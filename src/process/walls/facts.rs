//! What the walls must stand between: gathered once from the run's own environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::keys::Keys;

/// The files through which a step steers the runner, and the one that tells it what happened. A runner that has more of them
/// keeps those beside these.
const STEERING: [&str; 6] =
    ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"];

/// Files below a home folder that may hold credentials.
const STORED: [&str; 16] = [
    ".git-credentials",
    ".config/git/credentials",
    ".gitconfig",
    ".netrc",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".docker/config.json",
    ".aws/credentials",
    ".config/gh/hosts.yml",
    ".config/gcloud/application_default_credentials.json",
    ".config/containers/auth.json",
    ".astro/config.yaml",
    ".cargo/credentials.toml",
    ".kube/config",
    ".vault-token",
];

/// Sockets of daemons that do what they are asked as root.
const DAEMONS: [&str; 6] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/var/run/balena-engine.sock",
];

/// Sockets below the session's folder.
const SESSION: [&str; 6] =
    ["docker.sock", "podman/podman.sock", "bus", "systemd/private", "gnupg/S.gpg-agent", "keyring/ssh"];

/// Variables that name a file which a command may read wherever it lies: somebody meant it to.
const MEANT: [&str; 12] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "UV_CONFIG_FILE",
    "NPM_CONFIG_USERCONFIG",
    "npm_config_userconfig",
    "VIRTUAL_ENV",
];

/// What the walls must stand between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Names of the credentials in this process with which something could be changed. While there is one, code of the tree
    /// runs behind closed walls or not at all.
    pub keys: Vec<String>,
    /// The repository's folder.
    pub workspace: Option<PathBuf>,
    /// Files that steer the runner, by the variable that names them.
    pub steering: Vec<(String, PathBuf)>,
    /// Our home folder.
    pub home: Option<PathBuf>,
    /// The runner's folder for temporary files, where steps leave credentials.
    pub runner_temp: Option<PathBuf>,
    /// Sockets that lead out.
    pub sockets: Vec<PathBuf>,
    /// A Docker daemon on the network, as `host:port`.
    pub docker: Option<String>,
    /// What must stay readable though it lies where nothing else is.
    pub meant: Vec<PathBuf>,
}

impl Facts {
    /// What this run's environment says.
    pub fn of(variables: &BTreeMap<String, String>, keys: &Keys, workspace: &Path) -> Self {
        let path = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let known = STEERING.iter().filter_map(|name| path(name).map(|path| ((*name).to_owned(), path)));
        let mut steering: Vec<(String, PathBuf)> = known.collect();
        steering.extend(beside(variables, &steering));
        let text = |name: &str| variables.get(name).map_or("", String::as_str);
        let docker = text("DOCKER_HOST");
        let mut sockets: Vec<PathBuf> = DAEMONS.iter().map(PathBuf::from).collect();
        sockets.extend(docker.strip_prefix("unix://").map(PathBuf::from));
        sockets.extend(path("SSH_AUTH_SOCK"));
        sockets.extend(path("XDG_RUNTIME_DIR").iter().flat_map(|folder| SESSION.map(|name| folder.join(name))));
        let mut meant: Vec<PathBuf> =
            std::env::split_paths(text("PATH")).filter(|folder| folder.is_absolute()).collect();
        meant.extend(MEANT.iter().filter_map(|name| path(name)));
        Self {
            keys: keys.names().map(str::to_owned).collect(),
            workspace: Some(workspace.to_owned()),
            steering,
            home: path("HOME"),
            runner_temp: path("RUNNER_TEMP"),
            sockets,
            docker: docker.strip_prefix("tcp://").map(|rest| rest.trim_end_matches('/').to_owned()),
            meant,
        }
    }

    /// Every file that may hold credentials.
    pub(super) fn credentials(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self
            .home
            .iter()
            .flat_map(|home| STORED.map(|name| home.join(name)))
            .filter(|file| !self.is_meant(file))
            .collect();
        files.extend(self.git_configs());
        files.extend(self.runner_temp.iter().flat_map(|folder| named(folder, "git-credentials-")));
        files.extend(self.workspace.iter().flat_map(|folder| named(folder, "gha-creds-")));
        files
    }

    /// What no command has any business with, not even for reading.
    pub(super) fn hidden(&self) -> Vec<PathBuf> {
        let mut hidden: Vec<PathBuf> =
            self.steering.iter().filter_map(|(_, file)| file.parent()).map(Path::to_path_buf).collect();
        hidden.extend(self.home.iter().chain(&self.runner_temp).cloned());
        hidden.extend(self.workspace.iter().map(|workspace| workspace.join(".git")));
        hidden.extend(self.credentials());
        hidden
    }

    fn is_meant(&self, file: &Path) -> bool {
        self.meant.iter().any(|meant| meant == file)
    }

    /// The repository's own settings, and those of its submodules.
    fn git_configs(&self) -> Vec<PathBuf> {
        let Some(git) = self.git_folder() else { return Vec::new() };
        let mut files = vec![git.join("config"), git.join("config.worktree")];
        let mut waiting = vec![git.join("modules")];
        while let Some(folder) = waiting.pop() {
            let config = folder.join("config");
            if config.is_file() {
                files.push(config);
                waiting.push(folder.join("modules"));
            } else {
                // A submodule's name is a path: its folder lies as deep.
                waiting.extend(entries(&folder).filter(|path| path.is_dir() && !path.is_symlink()));
            }
        }
        files
    }

    /// The folder of git; a work tree of another repository names it in a file.
    fn git_folder(&self) -> Option<PathBuf> {
        let git = self.workspace.as_ref()?.join(".git");
        if git.is_dir() {
            return Some(git);
        }
        let named = std::fs::read_to_string(&git).ok()?;
        let folder = self.workspace.as_ref()?.join(named.strip_prefix("gitdir:")?.trim());
        let common = std::fs::read_to_string(folder.join("commondir")).unwrap_or_else(|_| ".".to_owned());
        Some(folder.join(common.trim()))
    }
}

/// Variables of the runner that name further files in the folders of these.
fn beside(variables: &BTreeMap<String, String>, known: &[(String, PathBuf)]) -> Vec<(String, PathBuf)> {
    let is_known = |name: &str| known.iter().any(|(known, _)| known == name);
    let is_beside = |path: &Path| path.is_file() && known.iter().any(|(_, known)| known.parent() == path.parent());
    let all = variables.iter().filter(|(name, _)| name.starts_with("GITHUB_") && !is_known(name));
    all.map(|(name, value)| (name.clone(), PathBuf::from(value))).filter(|(_, path)| is_beside(path)).collect()
}

/// Files of a folder whose names begin so.
fn named(folder: &Path, start: &str) -> Vec<PathBuf> {
    let begins = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    entries(folder).filter(begins).collect()
}

/// What lies right in a folder; nothing where it cannot be listed.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::env::Env;

    #[test]
    fn the_environment_says_what_must_be_kept_apart() {
        let (env, keys) = Env::split([
            ("GITHUB_ENV", "/github/file_commands/set_env_1"),
            ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
            ("GITHUB_OUTPUT", "relative"),
            ("HOME", "/github/home"),
            ("RUNNER_TEMP", "/github/runner_temp"),
            ("DOCKER_HOST", "tcp://127.0.0.1:2375"),
            ("PATH", "/usr/bin:bin:/github/home/.local/bin"),
            ("NPM_CONFIG_USERCONFIG", "/github/home/.npmrc"),
            ("NANGO_SECRET_KEY_DEV", "k"),
        ]);
        let facts = Facts::of(env.variables(), &keys, Path::new("/github/workspace"));
        let names: Vec<&str> = facts.steering.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            (names, facts.keys.as_slice()),
            (vec!["GITHUB_ENV", "GITHUB_EVENT_PATH"], &["NANGO_SECRET_KEY_DEV".to_owned()][..])
        );
        assert_eq!(facts.docker.as_deref(), Some("127.0.0.1:2375"));
        assert!(!facts.meant.contains(&PathBuf::from("bin")) && facts.meant.len() == 3);
        let credentials = facts.credentials();
        assert!(credentials.contains(&PathBuf::from("/github/home/.netrc")));
        assert!(!credentials.contains(&PathBuf::from("/github/home/.npmrc")), "it was meant to be read");
        for hidden in ["/github/file_commands", "/github/workflow", "/github/home", "/github/workspace/.git"] {
            assert!(facts.hidden().contains(&PathBuf::from(hidden)), "{hidden}");
        }
    }

    #[test]
    fn a_file_command_that_is_not_known_by_name_is_kept_apart_too() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name).display().to_string();
        for name in ["env_1", "newer_1"] {
            std::fs::write(at(name), "").unwrap();
        }
        let variables = [
            ("GITHUB_ENV", at("env_1")),
            ("GITHUB_NEWER", at("newer_1")),
            ("GITHUB_WORKSPACE", at("")),
            ("GITHUB_ACTION_PATH", at("absent")),
            ("ELSE", at("newer_1")),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let facts = Facts::of(&variables, &Keys::default(), place.path());
        let names: Vec<&str> = facts.steering.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["GITHUB_ENV", "GITHUB_NEWER"]);
    }

    #[test]
    fn settings_of_submodules_are_looked_into_however_deep_they_lie() {
        let place = tempfile::tempdir().unwrap();
        let git = place.path().join(".git");
        let modules = ["modules/plain", "modules/libs/deep", "modules/plain/modules/inner"];
        for module in modules {
            std::fs::create_dir_all(git.join(module).join("objects")).unwrap();
            std::fs::write(git.join(module).join("config"), "").unwrap();
        }
        let mut files = Facts { workspace: Some(place.path().to_owned()), ..Facts::default() }.git_configs();
        files.sort_unstable();
        let mut wanted: Vec<PathBuf> = modules.iter().map(|module| git.join(module).join("config")).collect();
        wanted.extend([git.join("config"), git.join("config.worktree")]);
        wanted.sort_unstable();
        assert_eq!(files, wanted);
    }

    #[test]
    fn the_settings_of_a_work_tree_lie_in_its_repository() {
        let place = tempfile::tempdir().unwrap();
        let (main, other) = (place.path().join("main"), place.path().join("other"));
        std::fs::create_dir_all(main.join(".git/worktrees/other")).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::fs::write(main.join(".git/worktrees/other/commondir"), "../..\n").unwrap();
        std::fs::write(other.join(".git"), format!("gitdir: {}/.git/worktrees/other\n", main.display())).unwrap();
        let of = |workspace: &Path| {
            let files = Facts { workspace: Some(workspace.to_owned()), ..Facts::default() }.git_configs();
            files.into_iter().next().unwrap()
        };
        assert_eq!(of(&main), main.join(".git/config"));
        assert_eq!(of(&other).canonicalize().unwrap_or(of(&other)), main.join(".git/worktrees/other/../../config"));
    }
}
