//! A checkout on disk, read beneath the repository's root.
