//! Copies connections, variables and pools from an Airflow to that of its preview, without secrets. What is there already stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::super::preview::{Objects, SORTS, Sort};
use super::super::Live;
use super::super::airflow::Airflow;
use super::super::answer::AIRFLOW;
use super::super::ask::Unread;
use super::super::wire::Deployment;
use crate::platform::asking::{Miss, paused};
use crate::problem::Problem;
use crate::watch::Watch;

/// How often something is sent again, and how long is waited before.
const MOST_AGAIN: u32 = 3;
const AGAIN: Duration = Duration::from_secs(2);

/// Names that a person must enter, by what they are.
pub(super) type Wanting = BTreeMap<String, BTreeSet<String>>;

impl Live {
    /// Copies what can be; gives what a person must enter, or why it is not known.
    pub(super) async fn copied(&self, preview: &Deployment, watch: &Watch) -> Result<Wanting, String> {
        let source = self.now(watch).await.map_err(|problem| problem.to_string())?;
        let from = self.airflow(&source).map_err(|why| format!("of `{}` {why}", source.name))?;
        let to = self.airflow(preview)?;
        let mut wanting = Wanting::new();
        for sort in &SORTS {
            let copying = sort.copying(&objects(&from, sort, watch).await?, &objects(&to, sort, watch).await?);
            for body in &copying.make {
                made(&to, sort, body, watch).await.map_err(|problem| problem.to_string())?;
            }
            if !copying.wanting.is_empty() {
                wanting.insert(sort.called().to_owned(), copying.wanting);
            }
        }
        Ok(wanting)
    }
}

async fn objects(airflow: &Airflow, sort: &Sort, watch: &Watch) -> Result<Objects, String> {
    airflow.objects(sort.path, watch).await.map_err(Unread::why)
}

/// Makes one. That it is there already is what was wanted, and the answer to a request that was done after all.
async fn made(airflow: &Airflow, sort: &Sort, body: &serde_json::Value, watch: &Watch) -> Result<(), Problem> {
    let asked = "to copy what a preview needs";
    let mut tries = 0;
    loop {
        tries += 1;
        let miss = match airflow.make(sort.path, body, watch).await {
            Ok(()) => return Ok(()),
            Err(Miss::Refused(refusal)) if refusal.status == 409 => return Ok(()),
            Err(miss) => miss,
        };
        let wait = match &miss {
            Miss::Limited(wait) => *wait,
            Miss::NotSent(_) | Miss::Busy(_) | Miss::Doubtful(_) if tries <= MOST_AGAIN => AGAIN,
            _ => return Err(miss.problem(asked, &AIRFLOW)),
        };
        if let Some(ended) = paused(wait, watch).await {
            return Err(ended.unwrap_or_else(|| miss.problem(asked, &AIRFLOW)));
        }
    }
}
