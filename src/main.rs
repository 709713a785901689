//! The binary: the snapshot of the environment, the signals, the runtime, the exit code. Everything else is the library's.

use std::process::ExitCode;

use airlock::cli;
use airlock::process::launcher::{self, Entered};
use mimalloc::MiMalloc;

/// Measured with `scripts/bench-astro`: reading 600 files takes a fifth less CPU time than with glibc's, whose threads ask the kernel
/// for their memory in small pieces.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Started again as the launcher, this process becomes a command of the tree: nothing else may happen in it.
    let launcher = match launcher::enter_if_asked() {
        Entered::Launched(code) => return code,
        Entered::Not(launcher) => launcher,
    };
    // First of all: nobody of the same user may read our memory or environment while keys are in it.
    cli::guard();
    ExitCode::from(cli::main(std::env::args_os(), launcher))
}
