//! Finds a preview or makes it. Making is never repeated before it was looked whether the first is there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::super::preview::{self, Home, Mark, Source};
use super::super::Live;
use super::super::answer::ASTRO;
use super::super::wire::Deployment;
use super::{Marked, TOKEN, all};
use crate::platform::asking::{Miss, again, rest};
use crate::platform::previews::{Preview, Raised};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long a new deployment may take: the time between looks, and how many.
const LOOK: Duration = Duration::from_secs(10);
const LOOKS: u32 = 90;
/// How long a preview that slept stays awake for a deploy and whoever looks at it, in seconds.
const AWAKE: i64 = 2 * 60 * 60;
/// What the secret variables of a deployment are called for people.
const VARIABLES: &str = "secret environment variables";

/// What a preview is made with.
struct Making<'a> {
    live: &'a Live,
    home: Home,
    pull: u64,
    source: Source,
    watch: &'a Watch,
}

impl Live {
    /// The deployment that previews are made from.
    pub(super) async fn source(&self, watch: &Watch) -> Result<Source, Problem> {
        let id = self.now(watch).await?.id;
        let asked = "the deployment that previews are made from";
        self.ask.get(&["deployments", &id], &[], asked, watch).await.map_err(|unread| unread.problem(asked))
    }

    /// The preview of a pull request, ready for a deploy.
    pub(super) async fn raised(&self, pull: u64, watch: &Watch) -> Result<Raised<'_>, Problem> {
        let home = self.previewing()?;
        let source = self.source(watch).await?;
        let making = Making { live: self, home, pull, source, watch };
        let (there, made) = making.stands().await?;
        let place = self.at(&there.id);
        let there = if there.sleeps() { place.awake(&there.id, &self.awhile(), watch).await? } else { there };
        let mut preview = making.told(&there, made);
        match self.copied(&there, watch).await {
            Ok(wanting) => preview.wanting.extend(wanting),
            Err(why) => {
                let says = "⚠️ whether it has every connection, variable and pool is not known";
                preview.notes.push(format!("{says}: {why}"));
            }
        }
        if let Some(stop) = watch.stopped() {
            return Err(stop.problem());
        }
        Ok(Raised { platform: Box::new(place), preview })
    }

    /// That a preview is to be awake long enough to be deployed to and looked at; whatever becomes of this run, it sleeps again then.
    fn awhile(&self) -> Value {
        let until = Timestamp::from_second(self.now.as_second() + AWAKE).unwrap_or(self.now);
        json!({"isHibernating": false, "overrideUntil": until.to_string()})
    }
}

impl Making<'_> {
    /// The preview as it stands, and whether it was made now. One that is about to go is none.
    async fn stands(&self) -> Result<(Deployment, bool), Problem> {
        if let (Some(found), _) = self.look().await?
            && let Some(there) = self.ready(&found, false).await?
        {
            return Ok((there, false));
        }
        let made = self.make().await?;
        self.ready(&made, true).await?.map(|there| (there, true)).ok_or_else(|| unready("Astro does not list it"))
    }

    /// The id of the oldest preview of the pull request that was made from this source, and the names of everything in the workspace.
    async fn look(&self) -> Result<(Option<String>, BTreeSet<String>), Problem> {
        let (marked, names) = self.live.marked(&self.home, &self.source.workspace_id, self.watch).await?;
        let is_own = |each: &Marked| {
            each.mark.is_of(&self.home, self.pull)
                && each.mark.source == self.source.id
                && each.deployment.status != "DELETING"
        };
        Ok((marked.into_iter().find(is_own).map(|each| each.deployment.id), names))
    }

    /// A name that nothing in the workspace has. Problems: `preview-name-taken`.
    fn name(&self, taken: &BTreeSet<String>) -> Result<String, Problem> {
        let names = preview::names(self.pull, &self.source.name, &self.home, &self.source.id);
        if let Some(free) = names.iter().find(|name| !taken.contains(*name)) {
            return Ok(free.clone());
        }
        let text =
            "both names that the preview could have are taken by deployments that are not this repository's previews";
        Err(names
            .into_iter()
            .fold(Problem::new("preview-name-taken", Fault::Platform, text), Problem::cause)
            .help("nothing was touched: look at these deployments in Astro, and rename or remove one of them"))
    }

    /// Makes it, and gives its id. Right before each try it is looked for: the answer to an earlier one may have been lost.
    async fn make(&self) -> Result<String, Problem> {
        let asked = "to make the preview";
        let attempt = async || {
            let (found, taken) = self.look().await.map_err(Miss::Ended)?;
            if let Some(found) = found {
                return Ok(found);
            }
            let body = self.body(&taken).map_err(Miss::Ended)?;
            self.post(&body).await.map(|made| made.id)
        };
        again(attempt, asked, &ASTRO, self.watch).await.map_err(|miss| refused(miss, asked))
    }

    fn body(&self, taken: &BTreeSet<String>) -> Result<Value, Problem> {
        let mark = Mark::new(self.home.clone(), self.pull, &self.source.id, self.live.now);
        preview::body(&self.source, &self.name(taken)?, &mark)
    }

    async fn post(&self, body: &Value) -> Result<Deployment, Miss> {
        let got = self.live.ask.change(Method::POST, &["deployments"], Some(body), self.watch).await?;
        self.live.ask.parsed(&got.body)
    }

    /// Waits until it can be deployed to. One that was just made may not be listed at once; another that is not listed is gone.
    async fn ready(&self, id: &str, made: bool) -> Result<Option<Deployment>, Problem> {
        let mut last = "Astro does not list it yet".to_owned();
        for look in 0..LOOKS {
            if look > 0 {
                rest(LOOK, self.watch, || unready(&last)).await?;
            }
            let listed = all(&self.live.ask, &[("deploymentIds", id)], self.watch).await?;
            let there = match listed.into_iter().find(|each| each.id == id) {
                Some(there) if there.status != "DELETING" => there,
                None if made => continue,
                Some(_) | None => return Ok(None),
            };
            if matches!(there.status.as_str(), "HEALTHY" | "HIBERNATING") {
                return Ok(Some(there));
            }
            let reason = there.status_reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            last = format!("the deployment is {}{reason}", there.status);
        }
        Err(unready(&last))
    }

    fn told(&self, there: &Deployment, made: bool) -> Preview {
        let known: BTreeSet<&str> = there.environment_variables.iter().map(|variable| variable.key.as_str()).collect();
        let wanting: BTreeSet<String> =
            self.source.secrets().filter(|name| !known.contains(name)).map(str::to_owned).collect();
        let wanting = [(VARIABLES.to_owned(), wanting)].into_iter().filter(|(_, names)| !names.is_empty());
        Preview {
            name: there.name.clone(),
            source: self.source.name.clone(),
            page: there.web_server_url.as_deref().and_then(page),
            made,
            wanting: wanting.collect::<BTreeMap<_, _>>(),
            notes: Vec::new(),
        }
    }
}

/// The page of an Airflow, which Astro tells without a scheme.
fn page(told: &str) -> Option<String> {
    let whole = if told.contains("://") { told.to_owned() } else { format!("https://{told}") };
    reqwest::Url::parse(&whole)
        .ok()
        .filter(|url| url.scheme() == "https" && url.username().is_empty())
        .map(String::from)
}

fn refused(miss: Miss, asked: &str) -> Problem {
    let help = match &miss {
        Miss::Refused(refusal) if refusal.status != 403 => Some(
            "where a quota is meant: close pull requests that have previews, or ask Astro for more; nothing was made",
        ),
        Miss::Doubtful(_) => Some("a preview that was made all the same is found by the next run"),
        _ => None,
    };
    help.into_iter().fold(miss.forbidden(asked, &ASTRO, TOKEN), Problem::help)
}

fn unready(last: &str) -> Problem {
    Problem::new("preview-unready", Fault::Platform, "the preview was made, and is not ready in fifteen minutes")
        .cause(last.to_owned())
        .help("look at it in Astro; then start this run again, which finds it")
}
