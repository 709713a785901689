//! The stand-in as a server of its own, for whoever measures or tries something by hand (`scripts/bench-nango`).

use std::path::Path;
use std::time::Duration;

use super::stand_in::Nango;
use super::state::ALL;

/// Serves until the file is removed that `AIRLOCK_SERVE_NANGO` names: it gets the address and a key of `dev`, and of `prod`,
/// a line each. The integrations are those of the example.
#[test]
fn the_stand_in_serves_while_it_is_asked_to() {
    let Some(file) = std::env::var_os("AIRLOCK_SERVE_NANGO") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let nango = runtime.block_on(Nango::start());
    for environment in ["dev", "prod"] {
        for key in ["github", "hubspot", "slack"] {
            nango.integration(environment, key, key, 2);
        }
    }
    let lines = [nango.url(), nango.key("dev", &ALL), nango.key("prod", &ALL)];
    std::fs::write(&file, lines.join("\n")).unwrap();
    while Path::new(&file).exists() {
        std::thread::sleep(Duration::from_millis(200));
    }
}
