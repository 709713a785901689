//! Install and test suites.
