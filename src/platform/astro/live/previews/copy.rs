//! Copies connections, variables and pools from an Airflow to that of its preview, without secrets. What is there already stays.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::preview::{Objects, SORTS, Sort};
use super::super::Live;
use super::super::airflow::Airflow;
use super::super::answer::AIRFLOW;
use super::super::ask::Unread;
use super::super::wire::Deployment;
use crate::platform::asking::{Miss, again};
use crate::problem::Problem;
use crate::watch::Watch;

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
    let attempt = async || match airflow.make(sort.path, body, watch).await {
        Err(Miss::Refused(refusal)) if refusal.status == 409 => Ok(()),
        made => made,
    };
    again(attempt, asked, &AIRFLOW, watch).await.map_err(|miss| miss.problem(asked, &AIRFLOW))
}
