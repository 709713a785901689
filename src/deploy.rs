//! One lane, from the open record to the closed one.
