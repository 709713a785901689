//! Code of the tree runs through one type, `Confined`.
