//! Removes a preview: its mark is read again right before, and afterwards it is looked whether it is gone.

use std::time::Duration;

use reqwest::Method;

use super::super::super::preview::Home;
use super::super::Live;
use super::super::answer::ASTRO;
use super::{Marked, TOKEN, all};
use crate::platform::asking::{Miss, again, rest};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long it may take: the time between looks, and how many.
const LOOK: Duration = Duration::from_secs(5);
const LOOKS: u32 = 60;

impl Live {
    /// Removes every preview of a pull request, and tells their names.
    pub(super) async fn taken_down(&self, pull: u64, watch: &Watch) -> Result<Vec<String>, Problem> {
        let home = self.previewing()?;
        let source = self.source(watch).await?;
        let (marked, _) = self.marked(&home, &source.workspace_id, watch).await?;
        let mut removed = Vec::new();
        for each in marked.into_iter().filter(|each| each.mark.is_of(&home, pull)) {
            removed.extend(self.remove(&home, pull, &each.deployment.id, watch).await?);
        }
        Ok(removed)
    }

    /// Its name once it is gone; `None` where it is not there, or not ours any more.
    async fn remove(&self, home: &Home, pull: u64, id: &str, watch: &Watch) -> Result<Option<String>, Problem> {
        let asked = "to remove the preview";
        let Some(name) = self.ours(home, pull, id, watch).await? else { return Ok(None) };
        let attempt = async || {
            if self.ours(home, pull, id, watch).await.map_err(Miss::Ended)?.is_none() {
                return Ok(());
            }
            match self.ask.change(Method::DELETE, &["deployments", id], None, watch).await {
                // Somebody else was first.
                Err(Miss::Refused(refusal)) if refusal.status == 404 => Ok(()),
                removed => removed.map(drop),
            }
        };
        again(attempt, asked, &ASTRO, watch).await.map_err(|miss| miss.forbidden(asked, &ASTRO, TOKEN))?;
        self.gone(&name, id, watch).await.map(|()| Some(name))
    }

    /// Its name as it is now, if it is there and carries our mark now.
    async fn ours(&self, home: &Home, pull: u64, id: &str, watch: &Watch) -> Result<Option<String>, Problem> {
        let listed = all(&self.ask, &[("deploymentIds", id)], watch).await?;
        let there = listed.into_iter().find(|each| each.id == id && each.status != "DELETING");
        let marked = there.and_then(Marked::of).filter(|each| each.mark.is_of(home, pull));
        Ok(marked.map(|each| each.deployment.name))
    }

    async fn gone(&self, name: &str, id: &str, watch: &Watch) -> Result<(), Problem> {
        for look in 0..LOOKS {
            if look > 0 {
                rest(LOOK, watch, || still_there(name)).await?;
            }
            let listed = all(&self.ask, &[("deploymentIds", id)], watch).await?;
            if !listed.iter().any(|each| each.id == id && each.status != "DELETING") {
                return Ok(());
            }
        }
        Err(still_there(name))
    }
}

fn still_there(name: &str) -> Problem {
    let text = format!("Astro took the removal of the preview `{}`, and it is still there", name.escape_debug());
    Problem::new("preview-not-removed", Fault::Platform, text)
        .help("look at it in Astro; a later run removes it, or remove it there")
}
