//! The embedded platform: a folder on disk.
