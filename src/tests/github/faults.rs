//! What can go wrong on the way to GitHub and back.

use std::time::Duration;

use serde_json::json;

use super::routes::Reply;

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answered with this status; nothing is done.
    Status(u16),
    /// Done, then answered with this status: a gateway lost the answer.
    LostAfter(u16),
    /// The connection is closed without an answer; nothing is done.
    Torn,
    /// Done, then the connection is closed without an answer.
    TornAfter,
    /// Done, but the answer comes late.
    Slow(Duration),
    /// Done, but the answer is no JSON.
    GarbledAfter,
    /// 403 with `retry-after`, in seconds; nothing is done.
    RetryAfter(u64),
    /// 403 with `x-ratelimit-remaining: 0` and a reset in so many seconds; nothing is done.
    UsedUp(u64),
    /// 403 that only says so in words; nothing is done.
    SecondaryLimit,
    /// 429 without any header; nothing is done.
    TooMany,
    /// 307 to this address; nothing is done.
    Redirect(String),
    /// Done, and the list goes on at this address.
    NextPage(String),
    /// Answered with this status and message.
    Says(u16, String),
}

impl Fault {
    /// Whether the connection is closed.
    pub(super) fn tears(&self) -> bool {
        matches!(self, Self::Torn | Self::TornAfter)
    }

    /// The answer instead of what would be done; `None` when it is done first.
    pub(super) fn instead(&self) -> Option<Reply> {
        let limited = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        match self {
            Self::Status(status) => Some(Reply::message(*status, "Server Error")),
            Self::Says(status, message) => Some(Reply::message(*status, message)),
            Self::RetryAfter(seconds) => {
                Some(Reply::message(403, "You have exceeded a rate limit").header("retry-after", seconds.to_string()))
            }
            Self::UsedUp(seconds) => Some(
                Reply::message(403, "API rate limit exceeded for installation ID 1.")
                    .header("x-ratelimit-remaining", "0")
                    .header("x-ratelimit-reset", (1000 + seconds).to_string())
                    .header("date", "Thu, 01 Jan 1970 00:16:40 GMT"),
            ),
            Self::SecondaryLimit => Some(Reply::message(403, limited)),
            Self::TooMany => Some(Reply::message(429, "Too Many Requests")),
            Self::Redirect(to) => Some(Reply::message(307, "Moved Temporarily").header("location", to)),
            Self::Torn
            | Self::TornAfter
            | Self::LostAfter(_)
            | Self::Slow(_)
            | Self::GarbledAfter
            | Self::NextPage(_) => None,
        }
    }

    /// What becomes of the answer to what was done.
    pub(super) fn after(&self, reply: Reply) -> Reply {
        match self {
            Self::LostAfter(status) => {
                Reply::new(*status, &json!(null)).text("<html>502 Bad Gateway</html>", "text/html")
            }
            Self::GarbledAfter => {
                Reply { status: reply.status, ..Reply::new(200, &json!(null)) }.text("{\"id\": 1", "application/json")
            }
            Self::NextPage(to) => reply.header("link", format!("<{to}>; rel=\"next\"")),
            Self::Slow(time) => Reply { delay: Some(*time), ..reply },
            _ => reply,
        }
    }
}

/// A fault and the request that it waits for.
#[derive(Debug, Clone)]
struct Planned {
    method: String,
    part: String,
    skip: usize,
    fault: Fault,
    /// Whether every later request meets it too.
    lasts: bool,
}

/// The faults that are laid out, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults(Vec<Planned>);

impl Faults {
    /// Lays out a fault for a request with this method and this text in its path, after so many that go well.
    pub(crate) fn plan(&mut self, method: &str, part: &str, skip: usize, fault: Fault) {
        self.0.push(Planned { method: method.to_owned(), part: part.to_owned(), skip, fault, lasts: false });
    }

    /// Lays out a fault for every request after so many that go well.
    pub(super) fn plan_lasting(&mut self, skip: usize, fault: Fault) {
        self.0.push(Planned { method: "*".to_owned(), part: String::new(), skip, fault, lasts: true });
    }

    fn first(&self, method: &str, path: &str) -> Option<usize> {
        let is_for = |planned: &Planned| planned.method == "*" || planned.method == method;
        self.0.iter().position(|planned| is_for(planned) && path.contains(&planned.part))
    }

    /// Whether this request would find the connection closed.
    pub(super) fn tears(&self, method: &str, path: &str) -> bool {
        self.first(method, path).is_some_and(|at| self.0[at].skip == 0 && self.0[at].fault.tears())
    }

    /// The fault that this request meets.
    pub(super) fn meet(&mut self, method: &str, path: &str) -> Option<Fault> {
        let at = self.first(method, path)?;
        if self.0[at].skip > 0 {
            self.0[at].skip -= 1;
            return None;
        }
        if self.0[at].lasts {
            return Some(self.0[at].fault.clone());
        }
        Some(self.0.remove(at).fault)
    }

    /// Those that were never met.
    pub(super) fn unmet(&self) -> Vec<String> {
        let once = self.0.iter().filter(|planned| !planned.lasts);
        once.map(|planned| format!("{} …{}…: {:?}", planned.method, planned.part, planned.fault)).collect()
    }
}
