//! The built program against a Nango on this machine: the stand-in of the library's own tests, and a project whose
//! compiler is a few lines.

mod attack;
mod example;
mod serve;
mod story;
mod tls;
pub(crate) mod world;

#[path = "../../../src/tests/nango/beside.rs"]
mod beside;
#[path = "../../../src/tests/nango/deploy.rs"]
mod deploy;
#[path = "../../../src/tests/nango/routes.rs"]
mod routes;
#[expect(dead_code, reason = "the library's tests use the rest")]
#[path = "../../../src/tests/nango/world.rs"]
mod stand_in;
#[expect(dead_code, reason = "the library's tests use the rest")]
#[path = "../../../src/tests/nango/state.rs"]
mod state;
#[path = "../../../src/tests/nango/strict.rs"]
mod strict;
