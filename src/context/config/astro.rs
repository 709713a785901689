//! `[project.astro]`: what a project of Airflow DAGs says of itself.

use super::ProjectSpec;
use super::table::{Document, Found, Table};
use crate::context::inputs::PlatformName;
use crate::context::words::{self, Wrong};

/// The keys of a `[project.astro]`.
pub(super) const ASTRO: &[&str] = &["dags"];

/// The folder in which Airflow looks for DAGs, where nothing else is said.
const DAGS: &str = "dags";

/// What a project of the platform `astro` says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AstroSpec {
    /// The folder of its DAGs below its own.
    pub dags: String,
}

impl Default for AstroSpec {
    fn default() -> Self {
        Self { dags: DAGS.to_owned() }
    }
}

/// Reads a project's table.
pub(super) fn spec(table: &Table<'_, '_, '_>) -> AstroSpec {
    table.only(ASTRO);
    let plain = AstroSpec::default();
    AstroSpec { dags: table.text("dags", folder).map_or(plain.dags, |found| found.value) }
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

/// The table stands in a project of this platform alone.
pub(super) fn belongs(document: &Document<'_>, project: &Found<ProjectSpec>, table_at: Option<usize>) {
    let Some(at) = table_at.filter(|_| project.value.platform != Some(PlatformName::Astro)) else { return };
    let wrong = Wrong::says("`[project.astro]` stands in a project that does not say that it is one of Astro");
    document.wrong("config-invalid", at, wrong.help("add `platform = \"astro\"`, or remove the table"));
}
