//! Any payload under any name is that event or a problem, and never an event that may do more than its name says.
#![no_main]

use airlock::context::env::Env;
use airlock::context::event::{self, Event};

libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let (name, payload) = input;
    let Ok(payload) = serde_json::from_str(payload) else { return };
    let env = Env::of([("GITHUB_EVENT_NAME", name)]);
    match event::read(name, &payload, &env) {
        Ok(Event::Dispatch(_)) => assert_eq!(name, "workflow_dispatch"),
        Ok(Event::Push(_)) => assert_eq!(name, "push"),
        Ok(_) => {}
        Err(problem) => assert!(!problem.text.is_empty()),
    }
});
