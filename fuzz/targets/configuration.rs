//! Any text is a configuration or problems, each with its place; and a configuration has an environment.
#![no_main]

use airlock::context::config;

libfuzzer_sys::fuzz_target!(|text: &str| match config::read(text, "airlock.toml") {
    Ok(config) => assert!(!config.environments.is_empty()),
    Err(problems) => {
        assert!(!problems.is_empty());
        assert!(problems.iter().all(|problem| problem.place.is_some()));
    }
});
