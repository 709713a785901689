//! What Paragon's Connect API tells of a project: `GET /projects/{id}/sdk/integrations`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::manifest::{Manifest, Origin, Resource, ResourceId};

/// One integration as it is deployed.
#[derive(Debug, Deserialize)]
pub(super) struct Integration {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "customIntegration")]
    custom: Option<Custom>,
    #[serde(default)]
    workflows: Vec<Workflow>,
}

#[derive(Debug, Deserialize)]
struct Custom {
    slug: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Workflow {
    id: String,
}

/// The type of an integration of one's own, and what the folder of one begins with.
const CUSTOM: &str = "custom";

impl Integration {
    /// The name of its folder in a project.
    fn folder(&self) -> String {
        match self.custom.as_ref().and_then(|custom| custom.slug.as_deref()) {
            Some(slug) if self.kind == CUSTOM => format!("{CUSTOM}.{}", slug.trim_start_matches("custom.")),
            Some(_) | None => self.kind.clone(),
        }
    }
}

/// What is deployed, by its names.
pub(super) fn manifest(integrations: &[Integration]) -> Manifest {
    let all = integrations.iter().flat_map(|integration| {
        let folder = integration.folder();
        let workflows = integration.workflows.iter().map(|workflow| format!("{folder}/{}", workflow.id));
        let workflows: Vec<ResourceId> = workflows.map(|id| ResourceId::new("workflow", id)).collect();
        std::iter::once(ResourceId::new("integration", folder)).chain(workflows)
    });
    let named = |id| Resource { id, attributes: BTreeMap::new(), fingerprint: None, artefact: None, place: None };
    Manifest::new(Origin::Live, all.map(named))
}
