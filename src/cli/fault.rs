//! A panic is a fault of ours: it has its own exit code, and its text, which may quote the tree, steers nobody.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use crate::console::Console;
use crate::problem::exit;

/// Has panics told through the console: the runner reads commands from both streams, and a panic may quote a hostile file.
pub(super) fn speak_through(console: impl Fn() -> Console + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = std::backtrace::Backtrace::capture();
        let console = console();
        console.say(&told(&place, panic.payload()));
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            console.say(&backtrace.to_string());
        }
    }));
}

fn told(place: &str, payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
    format!("airlock: internal error at {place}: {}", text.replace(char::is_control, " "))
}

/// Runs the program and gives its exit code; a panic in it is [`exit::BUG`].
pub(super) fn caught(console: &Console, program: impl FnOnce() -> u8) -> u8 {
    std::panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        console.say("airlock: this is a fault of airlock, and what it was doing is not finished");
        console.say("please report it with the text above and the command that led to it");
        exit::BUG
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_with_its_own_code_and_asks_for_a_report() {
        let console = Console::silent();
        assert_eq!(caught(&console, || panic!("broken")), exit::BUG);
        assert!(console.said().contains("please report it"), "{}", console.said());
    }

    #[test]
    fn what_ends_well_says_nothing() {
        let console = Console::silent();
        assert_eq!(caught(&console, || exit::CHECKS), exit::CHECKS);
        assert_eq!(console.said(), "");
    }

    #[test]
    fn what_a_panic_quotes_is_no_command() {
        let console = Console::silent_actions();
        let quoted = "byte index 1 is not in `\n::set-output name=decision::deployed\n##[error]x`".to_owned();
        console.say(&told("src/a.rs:1:2", &quoted));
        let said = console.results();
        assert!(said.starts_with("airlock: internal error at src/a.rs:1:2: byte index"), "{said}");
        assert!(!said.contains("##[") && said.lines().count() == 1, "{said}");
        assert_eq!(told("x", &"words"), "airlock: internal error at x: words");
        assert_eq!(told("x", &7), "airlock: internal error at x: no text");
    }
}
