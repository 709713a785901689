//! What a run of a workflow has uploaded. The archives are not at GitHub's API but at a storage host that it names; the
//! token does not go there. <https://docs.github.com/en/rest/actions/artifacts>

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::LOCATION;
use serde::Deserialize;

use super::answer::Miss;
use super::client::Client;
use super::faults::cannot;
use super::pages::Page;
use super::permission::Permission;
use super::request::{Request, Wanted};
use super::retry::Retry;
use crate::names::{CommitSha, Digest};
use crate::net;
use crate::problem::Problem;
use crate::watch::{Ended, Watch};

/// How often an archive is asked for. Each time its address is asked for anew: it is good for a minute.
const MOST_DOWNLOADS: u32 = 3;

/// An archive that a run has uploaded. Whoever wrote the workflow chose its name and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    /// Its id; they grow.
    pub id: u64,
    /// Its name, unique within an attempt of a run.
    pub name: String,
    /// How large the archive is by GitHub's count, in bytes.
    pub size_in_bytes: u64,
    /// Whether GitHub has deleted what was in it.
    #[serde(default)]
    pub expired: bool,
    /// The digest of the archive; absent where GitHub counted none, as for very old ones.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// When it was uploaded; absent where GitHub does not say.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// The run that uploaded it.
    #[serde(default)]
    pub workflow_run: Option<Uploader>,
}

/// The run that uploaded an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Uploader {
    /// Its id.
    pub id: Option<u64>,
    /// The repository that it ran in.
    pub repository_id: Option<u64>,
    /// The repository of its commit: another one for a fork's pull request.
    pub head_repository_id: Option<u64>,
    /// Its commit.
    pub head_sha: Option<CommitSha>,
}

#[derive(Deserialize)]
struct ArtifactPage {
    artifacts: Vec<Artifact>,
}

impl Page for ArtifactPage {
    type Item = Artifact;
    fn items(self) -> Vec<Artifact> {
        self.artifacts
    }
}

impl Client {
    /// The artifacts of this name that a run has uploaded, one an attempt.
    pub async fn artifacts(&self, run: u64, name: &str, watch: &Watch) -> Result<Vec<Artifact>, Problem> {
        let url = self.url(&["actions", "runs", &run.to_string(), "artifacts"]);
        let purpose = format!("read the artifacts of the run {run}");
        let request = Request::get(url, Permission::READ_ACTIONS, purpose).with("name", name);
        self.pages::<ArtifactPage>(request, watch).await
    }

    /// The archive of an artifact, a zip file of at most `most` bytes: no more than that is ever held.
    ///
    /// Fails with `artifact-too-large` beyond that, and with the client's other codes.
    pub async fn download(&self, artifact: u64, most: usize, watch: &Watch) -> Result<Vec<u8>, Problem> {
        let url = self.url(&["actions", "artifacts", &artifact.to_string(), "zip"]);
        let mut request = Request::get(url, Permission::READ_ACTIONS, format!("download the artifact {artifact}"));
        request.wanted = Wanted::Address;
        for time in 0..MOST_DOWNLOADS {
            let address = self.address(&request, watch).await?;
            let told = match watch.run(self.stored(&request, &address, most)).await {
                Ended::Done(told) => told,
                Ended::Stopped(stop) => return Err(stop.problem()),
                Ended::TimedOut => return Err(self.out_of_time(&request)),
            };
            match told {
                Err(problem) if problem.code == "github-unreachable" && time + 1 < MOST_DOWNLOADS => {
                    let wait = Duration::from_secs(1 << time);
                    self.count_wait(wait);
                    if let Ended::Stopped(stop) = watch.pause(wait).await {
                        return Err(stop.problem());
                    }
                }
                told => return told,
            }
        }
        Err(self.out_of_time(&request))
    }

    /// Where the archive is: https, or on this machine where GitHub is too.
    async fn address(&self, request: &Request, watch: &Watch) -> Result<Url, Problem> {
        self.ask(request, Retry::Safe, watch, &|answer| {
            let garbled = |why: &str| Miss::Garbled { why: why.to_owned(), id: answer.id() };
            let told = answer.header(LOCATION.as_str()).ok_or_else(|| garbled("it names no address"))?;
            let address = request.url.join(told).ok().ok_or_else(|| garbled("it names what is no address"))?;
            let usable = address.scheme() == "https" || net::is_loopback(&address) && net::is_loopback(&request.url);
            if usable { Ok(address) } else { Err(garbled("it names an address that is not https")) }
        })
        .await
    }

    /// What is at that address. It is signed: whoever knows it may read, so no error tells it.
    async fn stored(&self, request: &Request, address: &Url, most: usize) -> Result<Vec<u8>, Problem> {
        let lost = |error: reqwest::Error| cannot(request, "github-unreachable").because(&error.without_url());
        let stranger = net::client(address, self.limits())?;
        let mut response = stranger.get(address.clone()).send().await.map_err(lost)?;
        if !response.status().is_success() {
            let said = format!("the storage host answered {}", response.status());
            return Err(cannot(request, "github-unreachable").cause(said));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > most {
                let problem = cannot(request, "artifact-too-large").cause(format!("it is larger than {most} bytes"));
                return Err(problem.help("upload the one small file that Airlock writes, and nothing beside it"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
