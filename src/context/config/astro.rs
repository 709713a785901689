//! `[project.astro]`: what a project of Airflow DAGs says of itself.

use super::ProjectSpec;
use super::table::{Document, Found, Table};
use crate::context::inputs::PlatformName;
use crate::context::words::{self, Wrong};

/// The keys of a `[project.astro]`.
pub(super) const ASTRO: &[&str] = &["dags", "mount-path"];

/// The folder in which Airflow looks for DAGs, where nothing else is said.
const DAGS: &str = "dags";

/// Airflow's home in Astro's image.
const HOME: &str = "/usr/local/airflow/";

/// What a project of the platform `astro` says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AstroSpec {
    /// The folder of its DAGs below its own.
    pub dags: String,
    /// The project is a bundle of dbt, which Astro mounts at this path.
    pub mount_path: Option<String>,
}

impl Default for AstroSpec {
    fn default() -> Self {
        Self { dags: DAGS.to_owned(), mount_path: None }
    }
}

/// Reads a project's table.
pub(super) fn spec(table: &Table<'_, '_, '_>) -> AstroSpec {
    table.only(ASTRO);
    let plain = AstroSpec::default();
    let mount_path = table.text("mount-path", mount).map(|found| found.value);
    AstroSpec { dags: table.text("dags", folder).map_or(plain.dags, |found| found.value), mount_path }
}

/// A folder of its own: everything in it is sent.
fn folder(given: &str) -> Result<String, Wrong> {
    let path = words::path(given)?;
    let wrong = || {
        Wrong::says(format!("is {}, which is the project's folder itself", words::shown(given)))
            .help("everything in it is deployed, workflows and all: move the DAGs into a folder of their own")
    };
    if path.is_empty() { Err(wrong()) } else { Ok(path) }
}

/// A path below Airflow's home in the image, which is where Astro mounts bundles.
fn mount(given: &str) -> Result<String, Wrong> {
    let wrong = || {
        Wrong::says(format!("is {}, which is no path that Astro mounts a bundle at", words::shown(given)))
            .help(format!("write one below `{HOME}`, such as `{HOME}dbt/shop`"))
    };
    let inside = given.trim_end_matches('/').strip_prefix(HOME).ok_or_else(wrong)?;
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let is_other = !matches!(inside.split('/').next(), Some("dags" | "plugins" | "include"));
    let whole = is_other && given.len() <= 200 && inside.split('/').all(plain);
    if whole { Ok(format!("{HOME}{inside}")) } else { Err(wrong()) }
}

/// The table stands in a project of this platform alone.
pub(super) fn belongs(document: &Document<'_>, project: &Found<ProjectSpec>, table_at: Option<usize>) {
    let Some(at) = table_at.filter(|_| project.value.platform != Some(PlatformName::Astro)) else { return };
    let wrong = Wrong::says("`[project.astro]` stands in a project that does not say that it is one of Astro");
    document.wrong("config-invalid", at, wrong.help("add `platform = \"astro\"`, or remove the table"));
}
