//! Any commit, read through git.
