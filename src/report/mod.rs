//! Renderers: pure functions of the outcome, each inside its limit.
