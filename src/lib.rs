//! Airlock tests, previews, promotes and deploys integrations and pipelines that are kept as code.
//!
//! The modules are the stages, in the order in which they are passed; each may use only what stands above it.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::disallowed_macros,
        clippy::items_after_statements,
        clippy::format_push_string
    )
)]

pub mod console;
pub mod names;
pub mod problem;
pub mod watch;

pub mod context;
pub mod keys;
pub mod policy;

pub mod artefact;
pub mod finding;
pub mod git;
pub mod handover;
pub mod manifest;
pub mod tree;

pub mod applied;
pub mod plan;
pub mod release;

pub mod gate;
pub mod work;

pub mod github;
pub mod history;
pub mod net;

pub mod checks;
pub mod deploy;
pub mod platform;
pub mod process;

pub mod outcome;

pub mod report;

pub mod publish;

pub mod cli;
pub mod pipeline;

#[cfg(test)]
mod tests;
