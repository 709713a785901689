//! The built program against an Astro on this machine: the stand-in of the library's own tests.

mod defects;
mod story;
mod strategies;
pub(crate) mod world;

#[path = "../../../src/tests/astro/api.rs"]
mod api;
#[path = "../../../src/tests/astro/contract.rs"]
mod contract;
#[path = "../../../src/tests/astro/dags.rs"]
mod dags;
#[path = "../../../src/tests/astro/flow.rs"]
mod flow;
#[path = "../../../src/tests/astro/images.rs"]
mod images;
#[path = "../../../src/tests/astro/made.rs"]
mod made;
#[path = "../../../src/tests/astro/registry.rs"]
mod registry;
#[path = "../../../src/tests/astro/routes.rs"]
mod routes;
#[path = "../../../src/tests/astro/world.rs"]
pub(crate) mod stand_in;
#[expect(dead_code, reason = "the library's tests use the rest")]
#[path = "../../../src/tests/astro/state.rs"]
mod state;
#[path = "../../../src/tests/astro/strict.rs"]
mod strict;
