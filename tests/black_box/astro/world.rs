//! A repository of a few DAGs, and an Astro with a deployment for `dev` and one for `prod`.

use std::sync::Arc;

use super::stand_in::Astro;
use crate::world::{Ran, World};

/// A repository and an Astro.
pub(super) struct Place {
    pub(super) world: World,
    pub(super) astro: Arc<Astro>,
    token: String,
    /// Whose repository it is said to be, `owner/name`; empty for nobody's.
    repository: String,
    /// Keeps the Astro awake.
    runtime: Arc<tokio::runtime::Runtime>,
}

impl Place {
    /// Two DAGs, a helper and a query; nothing is deployed yet.
    pub(super) fn new() -> Self {
        Self::below("")
    }

    /// The same in a folder, which ends in `/`.
    pub(super) fn below(folder: &str) -> Self {
        Self::of(&[
            (&format!("{folder}Dockerfile"), DOCKERFILE),
            (&format!("{folder}dags/orders.py"), &dag("orders", "0 6 * * *")),
            (&format!("{folder}dags/cleanup.py"), &dag("cleanup", "0 3 * * *")),
            (&format!("{folder}dags/sql/orders.sql"), "select 1\n"),
        ])
    }

    /// A repository of these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let world = repository(files);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let astro = runtime.block_on(Astro::start());
        for (id, name) in [("dep-dev", "etl dev"), ("dep-prod", "etl prod")] {
            astro.add(id, name);
            astro.at(id, |deployment| deployment.pace = 1);
        }
        let token = astro.token(false);
        Self { world, astro: Arc::new(astro), token, repository: String::new(), runtime: Arc::new(runtime) }
    }

    /// The same as a repository of GitHub of this name.
    pub(super) fn named(mut self, repository: &str) -> Self {
        repository.clone_into(&mut self.repository);
        self
    }

    /// Another repository, which deploys to the same Astro.
    pub(super) fn beside(&self, name: &str, files: &[(&str, &str)]) -> Self {
        let (astro, token, runtime) = (Arc::clone(&self.astro), self.token.clone(), Arc::clone(&self.runtime));
        Self { world: repository(files), astro, token, repository: name.to_owned(), runtime }
    }

    /// `airlock simulate … --platform astro` with the token and both deployments.
    pub(super) fn simulate(&self, words: &str) -> Ran {
        self.simulate_with(words, &[])
    }

    /// The same with more variables.
    pub(super) fn simulate_with(&self, words: &str, variables: &[(&str, &str)]) -> Ran {
        let mut command = self.world.command();
        command.args(["simulate"]).args(words.split_whitespace()).args(["--platform", "astro"]);
        command.args(["--test-command", "none", "--install-command", "none"]);
        command.env("ASTRO_API_URL", self.astro.url()).env("ASTRO_API_TOKEN", &self.token);
        command.env("ASTRO_DEPLOYMENT_ID_DEV", "dep-dev").env("ASTRO_DEPLOYMENT_NAME_PROD", "etl prod");
        command.envs(variables.iter().copied());
        if !self.repository.is_empty() {
            command.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", &self.repository);
        }
        command.output().unwrap().into()
    }
}

/// What an image is made from.
pub(super) const DOCKERFILE: &str = "FROM astrocrpublic.azurecr.io/runtime:3.0-4\n";

/// A repository of these files, committed.
fn repository(files: &[(&str, &str)]) -> World {
    let world = World::nothing();
    world.git(&["init", "-q", "-b", "main"]);
    world.write(".gitignore", ".airlock/\nimage.tar\n");
    files.iter().for_each(|(path, text)| world.write(path, text));
    world.commit("Begin");
    world
}

/// A file with one DAG.
pub(crate) fn dag(id: &str, schedule: &str) -> String {
    format!("from airflow.sdk import DAG\n\nwith DAG(\"{id}\", schedule=\"{schedule}\", tags=[\"etl\"]):\n    pass\n")
}
