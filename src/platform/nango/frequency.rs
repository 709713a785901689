//! How often a sync runs, by the rules of the CLI and of the server, which differ.
