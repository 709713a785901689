//! The client itself: where it asks, with which token, and one exchange of question and answer.

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use octocrab::{Octocrab, OctocrabBuilder};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::answer::{Answer, Miss};
use super::request::{Request, Wanted};
use super::usage::Usage;
use crate::context::Repository;
use crate::net::{self, Limits, Plain};
use crate::problem::Problem;
use crate::watch::{Ended, Watch};

/// How long a request in flight may go on after the stop signal: of the seven seconds that a cancelled run has.
const LINGER: Duration = Duration::from_millis(1500);

/// The version of GitHub's API that is spoken; without one GitHub answers in whichever is then its default.
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");

/// How many redirects a reading follows; a renamed repository needs one.
const MOST_REDIRECTS: u32 = 3;

/// GitHub, as one token sees one repository.
pub struct Client {
    crab: Octocrab,
    base: Url,
    owner: String,
    name: String,
    token: SecretString,
    limits: Limits,
    usage: Mutex<Usage>,
    login: OnceCell<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}/{} at {})", self.owner, self.name, self.base)
    }
}

impl Client {
    /// A client for the repository at hand. Nothing is asked yet.
    ///
    /// Fails when there is no repository, token or address that can be used. Needs a running tokio runtime.
    pub fn new(repository: &Repository, token: SecretString) -> Result<Self, Problem> {
        Self::with_limits(repository, token, Limits::default())
    }

    /// The same with other time limits for a request.
    pub fn with_limits(repository: &Repository, token: SecretString, limits: Limits) -> Result<Self, Problem> {
        let base = net::base_url("GITHUB_API_URL", &repository.api_url, Plain::Loopback)?;
        let full_name = repository.name.as_deref().unwrap_or_default();
        let (owner, name) = full_name
            .split_once('/')
            .filter(|(owner, name)| is_name(owner) && is_name(name))
            .ok_or_else(|| Problem::input("runner-facts", "GITHUB_REPOSITORY is not `owner/name`"))?;
        check_token(&token)?;
        let crab = octocrab(&base, &token, limits)?;
        let (owner, name) = (owner.to_owned(), name.to_owned());
        Ok(Self { crab, base, owner, name, token, limits, usage: Mutex::default(), login: OnceCell::new() })
    }

    /// The repository, `owner/name`.
    pub fn repository_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The owner's login.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What was asked so far.
    pub fn usage(&self) -> Usage {
        self.counting().clone()
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn counting(&self) -> MutexGuard<'_, Usage> {
        // Numbers are valid whatever a panicking thread was about to add.
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_wait(&self, wait: Duration) {
        self.counting().waited += wait;
    }

    pub(super) fn known_login(&self) -> &OnceCell<String> {
        &self.login
    }

    /// An address of the repository: `/repos/{owner}/{name}/` and these parts, each escaped.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        self.plain_url(["repos", &self.owner, &self.name].iter().chain(parts).copied())
    }

    fn plain_url<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> Url {
        let mut url = self.base.clone();
        // Only addresses without a host (`mailto:`) have no parts; `net::base_url` wants a host.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// GitHub Enterprise has `/api/v3` and `/api/graphql` side by side; elsewhere it is `/graphql` below the base.
    pub(super) fn graphql_url(&self) -> Url {
        let mut url = self.plain_url(["graphql"]);
        if let Some(root) = self.base.path().strip_suffix("/v3/") {
            url.set_path(&format!("{root}/graphql"));
        }
        url
    }

    /// Whether the token may be sent there.
    pub(super) fn is_home(&self, url: &Url) -> bool {
        net::same_origin(&self.base, url)
    }

    /// The text on one line, short, and without the token.
    pub(super) fn clean(&self, text: &str) -> String {
        let hidden = text.replace(self.token.expose_secret(), "***");
        let line = hidden.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = line.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
        if shown.chars().count() < line.chars().count() { format!("{shown}…") } else { shown }
    }

    /// One try: the answer, or why there is none; an error when there is no time for a try.
    pub(super) async fn attempt(&self, request: &Request, watch: &Watch) -> Result<Result<Answer, Miss>, Problem> {
        if let Some(stop) = watch.stopped() {
            return Err(stop.problem());
        }
        match watch.linger(LINGER, self.exchange(request)).await {
            Ended::Done(answered) => Ok(answered),
            Ended::Stopped(stop) => Err(stop.problem()),
            Ended::TimedOut => Err(self.out_of_time(request)),
        }
    }

    /// Asks, and follows redirects of readings within the same host.
    async fn exchange(&self, request: &Request) -> Result<Answer, Miss> {
        let mut url = request.url.clone();
        for _ in 0..MOST_REDIRECTS {
            let answer = self.send(request, &url).await?;
            if request.wanted == Wanted::Address && answer.status.is_redirection() {
                return Ok(answer);
            }
            match self.next_hop(request, &url, &answer) {
                Some(next) => url = next,
                None => return answer.judge(),
            }
        }
        self.send(request, &url).await?.judge()
    }

    fn next_hop(&self, request: &Request, from: &Url, answer: &Answer) -> Option<Url> {
        let moved = matches!(answer.status.as_u16(), 301 | 302 | 307 | 308) && request.method == Method::GET;
        let next = from.join(answer.header(LOCATION.as_str())?).ok()?;
        (moved && self.is_home(&next)).then_some(next)
    }

    async fn send(&self, request: &Request, url: &Url) -> Result<Answer, Miss> {
        {
            let mut usage = self.counting();
            usage.requests += 1;
            usage.creating += u32::from(request.creates);
        }
        let sent = match request.method {
            Method::POST => self.crab._post(url.as_str(), request.body.as_ref()).await,
            Method::PATCH => self.crab._patch(url.as_str(), request.body.as_ref()).await,
            Method::DELETE => self.crab._delete(url.as_str(), None::<&()>).await,
            _ => self.crab._get_with_headers(url.as_str(), Some(headers(request.wanted))).await,
        };
        let response = sent.map_err(|error| self.miss(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        match self.crab.body_to_string(response).await {
            Ok(body) => Ok(Answer { status, headers, body }),
            Err(error @ octocrab::Error::InvalidUtf8 { .. }) => {
                Err(Miss::Garbled { why: self.clean(&causes(&error).join(": ")), id: None })
            }
            Err(error) => Err(self.miss(&error)),
        }
    }

    fn miss(&self, error: &octocrab::Error) -> Miss {
        let transport = chain(error).find_map(|error| error.downcast_ref::<reqwest::Error>());
        let told = causes(transport.map_or(error as &dyn Error, |transport| transport));
        let told = told.iter().map(|cause| self.clean(cause)).collect();
        match transport {
            Some(transport) if transport.is_connect() || transport.is_builder() => Miss::NotSent(told),
            _ => Miss::Torn(told),
        }
    }
}

/// Letters, digits, `.`, `_` and `-`: what GitHub allows, and nothing that is a path.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !matches!(text, "." | "..")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// octocrab would panic on a token that is no header.
fn check_token(token: &SecretString) -> Result<(), Problem> {
    let token = token.expose_secret();
    let usable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let problem = || {
        Problem::input("github-token", "the GitHub token is empty, or has blanks or line breaks in it")
            .help("give `github-token: ${{ github.token }}`, or leave the input out")
    };
    usable.then_some(()).ok_or_else(problem)
}

fn octocrab(base: &Url, token: &SecretString, limits: Limits) -> Result<Octocrab, Problem> {
    // octocrab starts a task of its own, and would panic without a runtime.
    tokio::runtime::Handle::try_current().map_err(|error| Problem::bug("no runtime for GitHub").because(&error))?;
    // Its retry repeats creations; ours knows better. Addresses are whole ones, so that only the host matters to it:
    // it sends the token to this host and to no other.
    let origin = base.origin().ascii_serialization();
    let version = HeaderMap::from_iter([(HeaderName::from_static("x-github-api-version"), API_VERSION)]);
    OctocrabBuilder::new()
        .add_retry_config(octocrab::service::middleware::retry::RetryConfig::None)
        .base_uri(origin.as_str())
        .and_then(|builder| builder.upload_uri(origin.as_str()))
        .map(|builder| builder.personal_token(token.clone()))
        .map_err(|error| Problem::bug("cannot use GITHUB_API_URL").because(&error))
        .and_then(|builder| {
            builder
                .build_with_reqwest(net::client_saying(base, limits, version)?)
                .map_err(|error| Problem::bug("cannot make the client for GitHub").because(&error))
        })
}

fn headers(wanted: Wanted) -> HeaderMap {
    let accept = match wanted {
        Wanted::Json | Wanted::Address => HeaderValue::from_static("application/vnd.github+json"),
        Wanted::Raw => HeaderValue::from_static("application/vnd.github.raw+json"),
    };
    HeaderMap::from_iter([(ACCEPT, accept)])
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The error and its sources in words, without repetitions.
fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut told = chain(error).map(ToString::to_string).collect::<Vec<_>>();
    told.dedup();
    told
}
