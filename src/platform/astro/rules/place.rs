//! Remarks on the deployment as a whole: who deployed there before, and whether DAGs alone bring what changes.

use serde_json::Value;

use super::super::image::{ID, IMAGE, is_alone};
use super::super::{bundle, runtime};
use crate::manifest::{Attribute, Resource, ResourceId, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;
use crate::plan::{FieldChange, What};

/// The step that builds an image without any key, as people paste it.
const STEP: &str = "build it in a step before, `- run: docker build --platform linux/amd64 --tag image . && docker save --output image.tar image`, and give Airlock `image: image.tar`";

/// What people do where the DAGs go alone.
const ELSEWHERE: &str = "where another workflow deploys the image, accept this as `image-needed:image:runtime`";

/// The remarks.
pub(super) fn of_deployment(draft: &Draft<'_>) -> Vec<Message> {
    taken(draft).into_iter().chain(out_of_reach(draft).or_else(|| image(draft))).collect()
}

/// The last deploy came from another repository: a deploy of ours replaces all of its DAGs, or its image.
fn taken(draft: &Draft<'_>) -> Option<Message> {
    let text = |attribute: &Attribute| attribute.value().and_then(Value::as_str).map(str::to_owned);
    let mut resources = draft.seen.manifest.resources.values();
    let from = resources.find_map(|there| there.attributes.get("deployed_from").and_then(text))?;
    let (says, to_do) = if is_alone(draft.desired) {
        let says = format!("the image there was deployed from `{from}`; this deploy replaces it");
        (says, "let one repository alone deploy the image of a deployment; two take it from each other in turn")
    } else if bundle::mounted(draft.desired).is_some() {
        let says = format!("the bundle there was deployed from `{from}`; this deploy replaces it");
        (says, "let one repository alone deploy a bundle; two take it from each other in turn")
    } else {
        let says = format!("the DAGs there were deployed from `{from}`; this deploy replaces all of them");
        (says, "let one repository alone deploy the DAGs of a deployment; two take them from each other in turn")
    };
    Some(Message::about(Code::OwnershipTaken, draft.lane, says).to_do(to_do))
}

/// What changes is part of the image, which a deploy of DAGs does not bring.
fn image(draft: &Draft<'_>) -> Option<Message> {
    if !draft.seen.extras.kept {
        return None;
    }
    let id = ResourceId::new(IMAGE, ID);
    let change = draft.changes.iter().find(|change| change.resource == id)?;
    let why = match &change.what {
        What::Modify { fields, .. } => match fields.iter().find(|field| field.name == "runtime") {
            Some(FieldChange { old, new, .. }) => {
                format!("the Dockerfile takes runtime {}, and {} runs there", word(new), word(old))
            }
            None => {
                "the Dockerfile, what it installs, or code beside the DAGs differs from what is deployed".to_owned()
            }
        },
        What::Add => "no image of this project is known to be there".to_owned(),
        What::Remove => return None,
    };
    let (says, to_do) = if is_alone(draft.desired) {
        (format!("{why}; it is deployed where this run brings it"), STEP.to_owned())
    } else {
        (format!("{why}; a deploy of DAGs does not bring it"), format!("{STEP}; {ELSEWHERE}"))
    };
    Some(Message::new(Code::ImageNeeded, Subject::whole(id), says).to_do(to_do))
}

/// The runtime of the Dockerfile, where the deployment cannot be taken to it: said before an image is built.
fn out_of_reach(draft: &Draft<'_>) -> Option<Message> {
    if !draft.seen.extras.kept {
        return None;
    }
    let id = ResourceId::new(IMAGE, ID);
    let text = |resource: Option<&Resource>| {
        resource?.attributes.get("runtime").and_then(Attribute::value)?.as_str().map(str::to_owned)
    };
    let (here, there) = (text(draft.desired.resources.get(&id))?, text(draft.seen.manifest.resources.get(&id))?);
    let problem = runtime::check(&here, &there).err()?;
    let says = format!("the Dockerfile takes runtime {here}, and {there} runs there: an image of it would be refused");
    let help = problem.help.join("; ");
    let to_do =
        format!("{help}; where the DAGs go alone all the same, accept this as `runtime-unreachable:image:runtime`");
    Some(Message::new(Code::RuntimeUnreachable, Subject::whole(id), says).to_do(to_do))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}
