//! A repository of a few DAGs, and an Astro with a deployment for `dev` and one for `prod`.

use super::stand_in::Astro;
use crate::world::{Ran, World};

/// A repository and an Astro.
pub(super) struct Place {
    pub(super) world: World,
    pub(super) astro: Astro,
    token: String,
    /// Keeps the Astro awake.
    _runtime: tokio::runtime::Runtime,
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
        Self { world, astro, token, _runtime: runtime }
    }

    /// `airlock simulate … --platform astro` with the token and both deployments.
    pub(super) fn simulate(&self, words: &str) -> Ran {
        let mut command = self.world.command();
        command.args(["simulate"]).args(words.split_whitespace()).args(["--platform", "astro"]);
        command.args(["--test-command", "none", "--install-command", "none"]);
        command.env("ASTRO_API_URL", self.astro.url()).env("ASTRO_API_TOKEN", &self.token);
        command.env("ASTRO_DEPLOYMENT_ID_DEV", "dep-dev").env("ASTRO_DEPLOYMENT_NAME_PROD", "etl prod");
        command.output().unwrap().into()
    }
}

/// What an image is made from.
pub(super) const DOCKERFILE: &str = "FROM astrocrpublic.azurecr.io/runtime:3.0-4\n";

/// A repository of these files, committed.
fn repository(files: &[(&str, &str)]) -> World {
    let world = World::nothing();
    world.git(&["init", "-q", "-b", "main"]);
    world.write(".gitignore", ".airlock/\n");
    files.iter().for_each(|(path, text)| world.write(path, text));
    world.commit("Begin");
    world
}

/// A file with one DAG.
pub(crate) fn dag(id: &str, schedule: &str) -> String {
    format!("from airflow.sdk import DAG\n\nwith DAG(\"{id}\", schedule=\"{schedule}\", tags=[\"etl\"]):\n    pass\n")
}
