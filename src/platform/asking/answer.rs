//! What came back for one request, sorted by what may be done about it.

use std::time::Duration;

use crate::problem::{Fault, Problem};

/// The longest text of a server that is passed on, in characters.
const LONGEST: usize = 400;

/// The server's no, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) struct Refusal {
    /// The HTTP status.
    pub(in crate::platform) status: u16,
    /// Its code, or whatever tells it from others: `unknown_provider_config`.
    pub(in crate::platform) code: String,
    /// Its message, and what it says of single fields.
    pub(in crate::platform) says: Vec<String>,
    /// The thing that it names.
    pub(in crate::platform) named: Option<String>,
}

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Miss {
    /// It said no, and nothing happened.
    Refused(Refusal),
    /// Another deploy is running.
    Busy(Refusal),
    /// Too many requests; how long it wants us to wait.
    Limited(Duration),
    /// It was never reached.
    NotSent(Vec<String>),
    /// It may have been done or not: a torn connection, a time limit, a failing server, an answer from somebody else.
    Doubtful(Vec<String>),
    /// The run was cancelled, or its time was over.
    Ended(Problem),
}

/// Who is asked: its name, its codes of problems, what helps, and how its answers are sorted.
#[derive(Debug)]
pub(in crate::platform) struct Who {
    /// `Nango`
    pub(in crate::platform) name: &'static str,
    /// The code of a no.
    pub(in crate::platform) refused: &'static str,
    /// The code of too many requests.
    pub(in crate::platform) limit: &'static str,
    /// The code of a server that is not reached.
    pub(in crate::platform) unreachable: &'static str,
    /// The code of an answer that cannot be used.
    pub(in crate::platform) failed: &'static str,
    /// What helps where the key is not taken.
    pub(in crate::platform) help_key: &'static str,
    /// What helps against too many requests.
    pub(in crate::platform) help_limit: &'static str,
    /// What helps where it is not reached.
    pub(in crate::platform) help_reach: &'static str,
    /// What helps where it fails.
    pub(in crate::platform) help_failed: &'static str,
    /// Sorts an answer that is no success: its status, its `Retry-After`, its body.
    pub(in crate::platform) sort: fn(u16, Option<&str>, &[u8]) -> Miss,
}

/// How long a limit lasts: what the server says, at most two minutes; this many seconds where it says nothing.
pub(in crate::platform) fn wait(retry_after: Option<&str>, otherwise: u64) -> Duration {
    let seconds = retry_after.and_then(|text| text.trim().parse().ok()).unwrap_or(otherwise);
    Duration::from_secs(seconds).min(Duration::from_mins(2))
}

/// An answer that the server did not write: a proxy's page, an empty body.
pub(in crate::platform) fn stranger(status: u16, body: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(2_000)]);
    let what = match text.trim() {
        "" => "an empty answer".to_owned(),
        text if text.starts_with('<') => "a page of HTML".to_owned(),
        text => format!("`{}`", cut(&text.chars().take(80).collect::<String>())),
    };
    format!("status {status} with {what}: this was not {name}, but something between")
}

/// Foreign text, short and on one line.
pub(in crate::platform) fn cut(text: &str) -> String {
    let plain = crate::console::plain(text).replace(['\n', '\t'], " ");
    let mut cut: String = plain.chars().take(LONGEST).collect();
    if plain.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

impl Refusal {
    /// As causes.
    pub(in crate::platform) fn told(&self) -> Vec<String> {
        let code = match self.code.as_str() {
            "" => format!("status {}", self.status),
            code => format!("status {}, `{code}`", self.status),
        };
        std::iter::once(code).chain(self.says.iter().cloned()).collect()
    }
}

impl Miss {
    /// As a problem: what was asked, and why there is no answer.
    pub(in crate::platform) fn problem(self, asked: &str, who: &Who) -> Problem {
        let name = who.name;
        let of = |code, text: String, causes: Vec<String>| {
            causes.into_iter().fold(Problem::new(code, Fault::Platform, text), Problem::cause)
        };
        match self {
            Self::Ended(problem) => problem,
            Self::Refused(refusal) if refusal.status == 401 => {
                of("key-refused", format!("{name} does not take the key"), refusal.told()).help(who.help_key)
            }
            Self::Refused(refusal) => of(who.refused, format!("{name} refused {asked}"), refusal.told()),
            Self::Busy(refusal) => {
                of("deployment-in-progress", format!("another deploy is running in {name}"), refusal.told())
                    .help("wait for it to end, then start this run again")
            }
            Self::Limited(_) => {
                of(who.limit, format!("{name} takes no more requests now, {asked} was not answered"), Vec::new())
                    .help(who.help_limit)
            }
            Self::NotSent(why) => {
                of(who.unreachable, format!("{name} cannot be reached for {asked}"), why).help(who.help_reach)
            }
            Self::Doubtful(why) => {
                of(who.failed, format!("no usable answer of {name} to {asked}"), why).help(who.help_failed)
            }
        }
    }

    /// The same, with what helps where the key is known and may not do it.
    pub(in crate::platform) fn forbidden(self, asked: &str, who: &Who, help: &str) -> Problem {
        let may_not = matches!(&self, Self::Refused(refusal) if refusal.status == 403);
        let problem = self.problem(asked, who);
        if may_not { problem.help(help) } else { problem }
    }
}
