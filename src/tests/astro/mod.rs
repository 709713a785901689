//! An Astro in memory: its API, the storage that DAGs are put into, and the Airflow of each deployment. As strict as the API's own
//! description, and as forgetful as the real thing is asynchronous: what is made final runs only after it was looked at a few times.

mod api;
mod contract;
mod dags;
mod flow;
pub(crate) mod images;
mod made;
mod registry;
mod routes;
mod state;
mod strict;
mod world;

pub(crate) use state::{Dag, Deployment, Fault};
pub(crate) use world::Astro;
