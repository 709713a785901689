//! What tests share: facts to begin with, and the worlds of the services.

pub(crate) mod facts;
mod house;
pub(crate) mod repository;
