//! The history in files under `.airlock/`.
