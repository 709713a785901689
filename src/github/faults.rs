//! Misses in words: what could not be done, what GitHub said, and what to do about it.

use reqwest::StatusCode;
use serde_json::Value;

use super::answer::{Answer, Miss};
use super::client::Client;
use super::request::Request;
use crate::problem::{Fault, Problem};

/// What is said of a request whose answer was lost, beside other help.
pub const PERHAPS_STORED: &str = "GitHub may have stored it all the same";

/// Errors of one answer that are told.
const MOST_ERRORS: usize = 5;

/// Whether to look for a fault at GitHub.
const STATUS_PAGE: &str = "githubstatus.com says whether GitHub itself is in trouble; then run again";

impl Client {
    /// Why the request has no answer, once all tries are used up.
    pub(super) fn problem(&self, request: &Request, miss: &Miss) -> Problem {
        let problem = match miss {
            Miss::Refused(answer) => self.refused(request, answer),
            Miss::Limited(answer) => self.limited(request, answer),
            Miss::Failed(answer) => self.told(request, "github-unreachable", answer).help(STATUS_PAGE),
            Miss::NotSent(causes) => unreached(request, causes).help(format!(
                "is {} reachable from the runner? a proxy is named by HTTPS_PROXY, a certificate bundle by SSL_CERT_FILE",
                self.host()
            )),
            Miss::Torn(causes) => unreached(request, causes).help(STATUS_PAGE),
            Miss::Garbled { why, id } => {
                let problem = cannot(request, "github-answer").cause("the answer is not what GitHub documents");
                with_id(problem.cause(self.clean(why)), id.as_deref()).help(STATUS_PAGE)
            }
        };
        if request.writes() && miss.is_doubtful() {
            return problem.help(PERHAPS_STORED);
        }
        problem
    }

    /// The watch ran out while the request was on its way.
    pub(super) fn out_of_time(&self, request: &Request) -> Problem {
        let problem = cannot(request, "github-unreachable").cause(format!("no answer from {} in time", self.host()));
        if request.writes() { problem.help(PERHAPS_STORED) } else { problem }
    }

    fn refused(&self, request: &Request, answer: &Answer) -> Problem {
        let needs = request.needs;
        match answer.status {
            StatusCode::UNAUTHORIZED => self
                .told(request, "github-token", answer)
                .help("the token is wrong, expired or revoked: a job's own token ends with the job"),
            StatusCode::FORBIDDEN => {
                self.counting().missing.insert(needs);
                self.told(request, "github-forbidden", answer)
                    .help(format!("add `{needs}` under `permissions:` of the job"))
                    .help("runs for forks and for Dependabot have a token that can only read")
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => self.told(request, "github-not-found", answer).help(format!(
                "add `{needs}` under `permissions:` of the job: GitHub also says this of what a token may not read"
            )),
            status if status.is_redirection() => self
                .told(request, "github-moved", answer)
                .help("was the repository renamed? writing follows no redirect, and no token goes to another host"),
            _ => self
                .told(request, "github-rejected", answer)
                .help("please report it with this text, unless GitHub's words say what to change"),
        }
    }

    fn limited(&self, request: &Request, answer: &Answer) -> Problem {
        let minutes = answer.limit_wait(0).as_secs().div_ceil(60);
        self.told(request, "github-rate-limited", answer)
            .help(format!("run again in {minutes} min: GitHub counts the requests of all workflows of a repository"))
    }

    /// What GitHub said, beside what was asked.
    fn told(&self, request: &Request, code: &'static str, answer: &Answer) -> Problem {
        let complaint = answer.complaint();
        let mut problem = cannot(request, code).cause(format!("{} answered {}", self.host(), answer.status));
        let mut said = vec![complaint.message];
        said.extend(complaint.errors.iter().take(MOST_ERRORS).map(in_words));
        for words in said {
            let words = self.clean(&words);
            let words = words.trim_end_matches('.');
            // "404 Not Found: Not Found", or a message that lists its errors.
            if !problem.causes.iter().any(|told| told.contains(words)) {
                problem = problem.cause(words);
            }
        }
        with_id(problem, answer.id().map(|id| self.clean(&id)).as_deref())
    }

    fn host(&self) -> String {
        self.url(&[]).host_str().unwrap_or("GitHub").to_owned()
    }
}

pub(super) fn cannot(request: &Request, code: &'static str) -> Problem {
    Problem::new(code, Fault::Unreadable, format!("cannot {}", request.purpose))
}

fn unreached(request: &Request, causes: &[String]) -> Problem {
    let mut problem = cannot(request, "github-unreachable");
    problem.causes.extend_from_slice(causes);
    problem
}

/// Errors come as texts, or as objects with or without a text.
fn in_words(error: &Value) -> String {
    let said = error.get("message").unwrap_or(error);
    said.as_str().map_or_else(|| said.to_string(), str::to_owned)
}

fn with_id(problem: Problem, id: Option<&str>) -> Problem {
    match id {
        Some(id) => problem.cause(format!("GitHub's request id is {id}")),
        None => problem,
    }
}
