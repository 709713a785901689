//! A thin typed client for GitHub.
