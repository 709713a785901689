//! Deploys DAGs: made, uploaded, made final. What is not final changes nothing, so only that is sent with care; and a deploy is never
//! made a second time before it was looked whether the first is there.

use std::cell::Cell;
use std::time::Duration;

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::answer::{ASTRO, STORAGE};
use super::part::Part;
use super::wire::{Deploy, Deployment};
use super::{Live, Sent, archive, before, read};
use crate::applied::{Applied, StepState};
use crate::artefact::Built;
use crate::history::OpenRecord;
use crate::net;
use crate::platform::asking::{Line, Miss, again, rest};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long an upload may take.
const UPLOAD: Duration = Duration::from_mins(10);
/// How long Astro may take until the DAGs are there: the time between looks, and how many.
const LOOK: Duration = Duration::from_secs(5);
const LOOKS: u32 = 180;
/// The longest description that is sent, in characters.
const LONGEST: usize = 300;

/// One deploy on its way.
pub(super) struct Sending<'a> {
    pub(super) live: &'a Live,
    pub(super) record: &'a OpenRecord,
    pub(super) watch: &'a Watch,
}

impl Sending<'_> {
    /// Deploys this artefact: its DAGs, and the image where that is due.
    pub(super) async fn made(&self, built: &Built, applied: &mut Applied) -> Result<(), Problem> {
        let there = self.live.now(self.watch).await?;
        let part = Part::of(&built.manifest);
        let image = self.live.due(&there, built, self.record.plan())?;
        before::check(&there, built, (self.live.folder(), &self.live.dags), image)?;
        before::check_part(part, &there, self.record.plan(), image)?;
        // Without deploys of DAGs they are in the image, and nowhere else.
        let uploads = part.has_dags() && there.is_dag_deploy_enabled;
        let archive = uploads.then(|| archive::of(&built.artefact, &self.live.dags, "dags/"));
        let archive = archive.transpose()?;
        if let Some(image) = image {
            self.offered(image, &there).await?;
            image.check()?;
        }
        let there = self.live.wake(there, self.watch).await?;
        self.live.note_errors(&there, self.watch).await;
        let kind = match image {
            Some(_) if part == Part::Image => "IMAGE_ONLY",
            Some(_) => "IMAGE_AND_DAG",
            None => "DAG_ONLY",
        };
        let deploy = self.create(&there, json!({"type": kind})).await?;
        let pushed = match image {
            Some(image) => Some(self.push(image, &deploy).await?),
            None => None,
        };
        let uploaded = match (archive, &deploy.dags_upload_url) {
            (Some(archive), Some(url)) => Some(self.upload(url.expose_secret(), archive).await?),
            (Some(_), None) => return Err(no_upload()),
            (None, _) => None,
        };
        self.unmoved(&there, part).await?;
        if let Some(image) = image {
            self.untaken(image, &deploy).await?;
        }
        let version = uploaded.clone().unwrap_or(deploy.image_tag);
        let sent = Sent { deploy: deploy.id, part, version, image: pushed, mount: None };
        applied.platform_ref = Some(super::reference(&there.id, &sent));
        applied.mark_all(&StepState::Sent);
        self.live.kept.borrow_mut().sent = Some(sent.clone());
        let body = uploaded.map_or_else(|| json!({}), |version| json!({"dagTarballVersion": version}));
        self.finalize(&there.id, &sent, &body).await?;
        self.settle(&there.id, &sent).await?;
        applied.mark_all(&StepState::Done);
        Ok(())
    }

    /// What tells this deploy from all others, at the end of its description.
    fn mark(&self) -> String {
        let record = self.record.record();
        let run = record.origin.run.map_or_else(String::new, |run| format!("/{run}.{}", record.origin.attempt));
        format!("[airlock {} {} {}{run}]", record.lane.environment, record.version, self.record.id())
    }

    fn description(&self) -> String {
        let said: String = self.record.record().description.chars().take(LONGEST).collect();
        format!("{said} {}", self.mark()).trim().to_owned()
    }

    /// Makes the deploy. Where the answer was lost it is looked for by its mark before another one is made.
    pub(super) async fn create(&self, there: &Deployment, mut body: Value) -> Result<Deploy, Problem> {
        let commit = &self.record.record().commit;
        let before = self.live.kept.borrow().commit.clone();
        body["description"] = json!(self.description());
        if let Some(git) = self.live.ours.git(commit, before.as_deref()) {
            body["git"] = git;
        }
        let path = ["deployments", there.id.as_str(), "deploys"];
        let mark = self.mark();
        self.once_each(&path, &body, &there.id, "to make a deploy", |deploy| {
            deploy.status == "INITIALIZED" && deploy.description.as_deref().is_some_and(|text| text.ends_with(&mark))
        })
        .await
        .map_err(|problem| {
            if there.is_cicd_enforced && problem.code == "astro-refused" {
                let of = self.live.token_of();
                problem.help(format!("the deployment takes deploys by API tokens alone (CI/CD enforcement): this is one of {of}, so it is its role"))
            } else {
                problem
            }
        })
    }

    /// Posts what must not be done twice unseen; after a lost answer it is looked for among the deploys.
    pub(super) async fn once_each(
        &self,
        path: &[&str],
        body: &Value,
        deployment: &str,
        asked: &str,
        is_ours: impl Fn(&Deploy) -> bool,
    ) -> Result<Deploy, Problem> {
        let doubted = Cell::new(false);
        let attempt = async || {
            if doubted.get() {
                let deploys = read::deploys(&self.live.ask, deployment, self.watch).await.map_err(Miss::Ended)?;
                if let Some(found) = deploys.iter().find(|deploy| is_ours(deploy)) {
                    return read::deploy(&self.live.ask, deployment, &found.id, self.watch).await.map_err(Miss::Ended);
                }
            }
            let answer = self.live.ask.change(Method::POST, path, Some(body), self.watch).await;
            let made = answer.and_then(|got| self.live.ask.parsed(&got.body));
            doubted.set(matches!(made, Err(Miss::Doubtful(_))));
            made
        };
        again(attempt, asked, &ASTRO, self.watch).await.map_err(|miss| refused(miss, asked))
    }

    /// Puts the archive into the storage, and gives the version that the storage made of it. The address is a credential: no other is
    /// sent with it, and it is told to nobody.
    pub(super) async fn upload(&self, url: &str, archive: Vec<u8>) -> Result<String, Problem> {
        let url = reqwest::Url::parse(url).map_err(|_not_shown| no_upload())?;
        let here = net::is_loopback(&url) && net::is_loopback(&self.live.base);
        if url.scheme() != "https" && !here {
            return Err(no_upload().cause("the address that Astro gives is not https"));
        }
        let line = Line::new(self.live.client.clone(), url.clone(), None, &STORAGE);
        let request = || {
            line.request(Method::PUT, url.clone())
                .header("x-ms-blob-type", "BlockBlob")
                .header("content-type", "application/x-tar")
                .timeout(UPLOAD)
                .body(archive.clone())
        };
        let asked = "the upload of the DAGs";
        let version = line.again_with(&request, asked, self.watch, &|got| {
            let version = got.headers.get("x-ms-version-id").and_then(|version| version.to_str().ok());
            match version.map(str::trim).filter(|version| !version.is_empty()) {
                Some(version) => Ok(version.to_owned()),
                None => Err(Miss::Doubtful(vec!["it names no version of what was put there".to_owned()])),
            }
        });
        version.await.map_err(|miss| miss.problem(asked, &STORAGE).cause("nothing was changed"))
    }

    /// Looks whether another run has deployed since this one began.
    async fn unmoved(&self, before: &Deployment, part: Part) -> Result<(), Problem> {
        let now = self.live.now(self.watch).await?;
        // DAGs that another repository brings do not touch an image alone.
        if part.version(&now) == part.version(before) && now.image_tag == before.image_tag {
            return Ok(());
        }
        Err(Problem::new("plan-changed", Fault::Refused, "somebody else deployed while this deploy was prepared")
            .cause(format!(
                "version {} was wanted there, and now {} is",
                told(part.version(before)),
                told(part.version(&now))
            ))
            .cause("nothing was changed")
            .help("start this run again, and look at what was deployed: Astro → the deployment → Deploy History"))
    }

    /// Makes the deploy final. Doing it twice is doing it once, and after a lost answer it is looked first.
    pub(super) async fn finalize(&self, deployment: &str, sent: &Sent, body: &Value) -> Result<(), Problem> {
        let path = ["deployments", deployment, "deploys", sent.deploy.as_str(), "finalize"];
        let asked = "to make the deploy final";
        let tried = Cell::new(false);
        let attempt = async || {
            if tried.replace(true) {
                let deploy = read::deploy(&self.live.ask, deployment, &sent.deploy, self.watch).await;
                if deploy.map_err(Miss::Ended)?.status != "INITIALIZED" {
                    return Ok(());
                }
            }
            let got = self.live.ask.change(Method::POST, &path, Some(body), self.watch).await?;
            self.live.ask.parsed::<Deploy>(&got.body).map(drop)
        };
        again(attempt, asked, &ASTRO, self.watch).await.map_err(|miss| refused(miss, asked))
    }

    /// Waits until Astro says that the deploy is done, and that these very DAGs are there. That a deployment is healthy says nothing:
    /// it was healthy before.
    pub(super) async fn settle(&self, deployment: &str, sent: &Sent) -> Result<(), Problem> {
        let mut last = String::new();
        for look in 0..LOOKS {
            if look > 0 {
                rest(LOOK, self.watch, || unsettled(&last)).await?;
            }
            let deploy = read::deploy(&self.live.ask, deployment, &sent.deploy, self.watch).await?;
            let (there, at) = read::deployment(&self.live.ask, deployment, self.watch).await?;
            let reason = there.status_reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let state = format!("the deployment is {}{reason}", there.status);
            if deploy.status == "FAILED" {
                return Err(
                    Problem::new("deploy-failed", Fault::Platform, "Astro says that the deploy failed").cause(state)
                );
            }
            let is_other = sent.part.has_dags()
                && there.is_dag_deploy_enabled
                && there.version().is_some_and(|version| version != sent.version);
            if is_other && deploy.status == "DEPLOYED" {
                return Err(overtaken(there.version()));
            }
            let running = match &sent.mount {
                Some(mount) => deploy.version_of(mount),
                None => sent.part.running(&there),
            };
            let arrived = running == Some(sent.version.as_str())
                && sent.image.as_ref().is_none_or(|image| image.otherwise(&there).is_none());
            if deploy.status == "DEPLOYED" && arrived && matches!(there.status.as_str(), "HEALTHY" | "HIBERNATING") {
                self.live.kept.borrow_mut().arrived = at;
                return Ok(());
            }
            last = format!("the deploy is {}, {state}", deploy.status);
        }
        Err(unsettled(&last))
    }
}

fn told(version: Option<&str>) -> String {
    version.unwrap_or("none").escape_debug().to_string()
}

pub(super) fn no_upload() -> Problem {
    Problem::new("upload-refused", Fault::Platform, "Astro gives no address to upload DAGs to")
        .cause("nothing was changed")
        .help("switch DAG-only deploys on: Astro → the deployment → Details → DAG Deploys")
}

fn unsettled(last: &str) -> Problem {
    Problem::new("deploy-unsettled", Fault::Platform, "Astro took the deploy, and has not said in time that it is done")
        .cause(last.to_owned())
        .help("look at the deployment in Astro; then start this run again")
}

fn overtaken(by: Option<&str>) -> Problem {
    Problem::new("deploy-overtaken", Fault::Platform, "somebody else deployed DAGs right after this deploy")
        .cause(format!("version {} is wanted there now", told(by)))
        .help("let one workflow alone deploy to this deployment; then start this run again")
}

pub(super) fn refused(miss: Miss, asked: &str) -> Problem {
    miss.forbidden(asked, &ASTRO, "give the token a role that may deploy: Deployment Admin, or Workspace Operator")
}
