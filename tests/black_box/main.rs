//! The built program, as a black box.
