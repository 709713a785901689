//! The client against the GitHub world.
