//! The rows. `docs/messages.md` is made from them.

use super::{Code, Impact, Row};
use crate::finding::Severity::{self, Info, Warning};

const fn says(name: &'static str, title: &'static str, severity: Severity, impact: Impact, means: &'static str) -> Row {
    Row { name, title, severity, impact, blocks: false, means }
}

const fn blocks(row: Row) -> Row {
    Row { blocks: true, ..row }
}

/// The row of a code.
pub(super) const fn row(code: Code) -> &'static Row {
    match code {
        Code::AppConfigurationMissing => {
            &const {
                blocks(says(
                    "app-configuration-missing",
                    "app configuration missing",
                    Warning,
                    Impact::Review,
                    "An integration or connection that the code needs is absent there, or has no credentials. Create it before the deploy; until then the deploy is refused.",
                ))
            }
        }
        Code::SecretMissing => {
            &const {
                blocks(says(
                    "secret-missing",
                    "secret missing",
                    Warning,
                    Impact::Review,
                    "The code reads a secret or variable that does not exist there. Add it before the deploy, or accept it with a reason.",
                ))
            }
        }
        Code::SchemaChanged => {
            &const {
                says(
                    "schema-changed",
                    "schema changed",
                    Info,
                    Impact::Review,
                    "A model, an input, an output or an asset has another shape. A change that breaks who reads it is a warning.",
                )
            }
        }
        Code::ContractRemoved => {
            &const {
                says(
                    "contract-removed",
                    "contract removed",
                    Info,
                    Impact::Destructive,
                    "A model, an endpoint or an asset that others may use is gone; the records of a model are deleted with it. A person must name it.",
                )
            }
        }
        Code::ScopesChanged => {
            &const {
                says(
                    "scopes-changed",
                    "scopes changed",
                    Info,
                    Impact::Confirm,
                    "The declared scopes differ. Added scopes are a warning: existing connections were granted without them and may have to be authorised again.",
                )
            }
        }
        Code::ResourceRemoved => {
            &const {
                says(
                    "resource-removed",
                    "resource removed",
                    Info,
                    Impact::Destructive,
                    "A resource that runs there is no longer in the source, or is passed over there by an ignore file, and would be removed. A person must name it.",
                )
            }
        }
        Code::ResourceDisabled => {
            &const {
                says(
                    "resource-disabled",
                    "no longer starts by itself",
                    Info,
                    Impact::Confirm,
                    "A resource that started by itself no longer does.",
                )
            }
        }
        Code::RequiredSettingAdded => {
            &const {
                says(
                    "required-setting-added",
                    "required setting added",
                    Info,
                    Impact::Review,
                    "A setting or an input must now be given where none was needed.",
                )
            }
        }
        Code::EnabledByDefault => {
            &const {
                says(
                    "enabled-by-default",
                    "starts by itself",
                    Info,
                    Impact::Confirm,
                    "A resource starts by itself, for every connection there is, as soon as it is deployed.",
                )
            }
        }
        Code::TriggerChanged => {
            &const {
                says(
                    "trigger-changed",
                    "trigger changed",
                    Info,
                    Impact::Review,
                    "A resource runs at other times or on other events than before.",
                )
            }
        }
        Code::OwnershipTaken => {
            &const {
                says(
                    "ownership-taken",
                    "ownership taken",
                    Warning,
                    Impact::Confirm,
                    "What runs there came from elsewhere (a dashboard, a catalogue, another repository) and would be overwritten.",
                )
            }
        }
        Code::ImageNeeded => {
            &const {
                blocks(says(
                    "image-needed",
                    "needs an image",
                    Warning,
                    Impact::Review,
                    "Something that changes is part of the deployment's image, and a deploy of DAGs alone does not bring it. Build the image in a step before and give it by `image`; or deploy it elsewhere, and accept this once it is there.",
                ))
            }
        }
        Code::RuntimeUnreachable => {
            &const {
                blocks(says(
                    "runtime-unreachable",
                    "runtime out of reach",
                    Warning,
                    Impact::Review,
                    "The Dockerfile takes a runtime that is older than the one which runs there, or that cannot be reached from it. An image of it would be refused, so it is said before one is built.",
                ))
            }
        }
        Code::WouldUndoHotfix => {
            &const {
                blocks(says(
                    "would-undo-hotfix",
                    "would undo a hotfix",
                    Warning,
                    Impact::Confirm,
                    "A hotfix runs there whose commit is not in this one. Bring its commit to the default branch first.",
                ))
            }
        }
        Code::PolicyChanged => {
            &const {
                says(
                    "policy-changed",
                    "policy changed",
                    Warning,
                    Impact::Confirm,
                    "This commit changes who may deploy what. It is shown, and obeyed only once it is on the default branch.",
                )
            }
        }
        Code::ArtefactChanged => {
            &const {
                says(
                    "artefact-changed",
                    "artefact changed",
                    Warning,
                    Impact::Confirm,
                    "Building this commit again gave other bytes than the recorded release of it. A dependency or the toolchain moved.",
                )
            }
        }
        Code::EnvironmentUnprotected => {
            &const {
                says(
                    "environment-unprotected",
                    "environment unprotected",
                    Warning,
                    Impact::Confirm,
                    "Nothing on GitHub's side guards this environment's key: no branch rule and no reviewer.",
                )
            }
        }
        Code::ProductionKeyExposed => {
            &const {
                says(
                    "production-key-exposed",
                    "production key exposed",
                    Warning,
                    Impact::Confirm,
                    "Production's key is visible to a run that does not need it. Keep it as a secret of the GitHub environment.",
                )
            }
        }
        Code::SamePlace => {
            &const {
                blocks(says(
                    "same-place",
                    "two names for one place",
                    Warning,
                    Impact::Confirm,
                    "The key of this environment leads to where another environment is: one of the two has the wrong key. A deploy would go to the wrong place.",
                ))
            }
        }
        Code::PlaceChanged => {
            &const {
                blocks(says(
                    "place-changed",
                    "another place than before",
                    Warning,
                    Impact::Confirm,
                    "The key of this environment leads elsewhere than the newest release of it went: it was swapped, or the environment was made anew. Look which, and accept it if that is meant.",
                ))
            }
        }
        Code::BasisRecorded => {
            &const {
                says(
                    "basis-recorded",
                    "compared with the newest release",
                    Info,
                    Impact::None,
                    "The plan was made from the commit of the newest release, not read from the platform. What was changed there by hand is not in it.",
                )
            }
        }
        Code::BasisPartial => {
            &const {
                says(
                    "basis-partial",
                    "not everything could be read",
                    Info,
                    Impact::Review,
                    "Some of what is there could not be read. What is not known is listed with the reason, never taken as fine.",
                )
            }
        }
        Code::PartOnly => {
            &const {
                says(
                    "part-only",
                    "only a part",
                    Warning,
                    Impact::Review,
                    "`only` was given: the plan and the deploy are about one integration or one function, and everything else stays as it is. The environment still counts as running the newest whole release.",
                )
            }
        }
        Code::Untested => {
            &const { says("untested", "untested", Info, Impact::None, "No test of this was run by Airlock, or none exists.") }
        }
        Code::Drift => {
            &const {
                says(
                    "drift",
                    "drift",
                    Warning,
                    Impact::Review,
                    "What runs there is not what was recorded: somebody changed it by another way.",
                )
            }
        }
    }
}
