//! Nango functions: read from TypeScript.
