//! The one retry. A question says itself what may be done when its answer is lost.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::answer::{Answer, Miss};
use super::client::Client;
use super::request::Request;
use crate::problem::Problem;
use crate::watch::{Ended, Task, Watch};

/// Finds what a lost answer may have left behind; `None` when nothing was stored.
pub(super) type Look<'a, T> = dyn Fn() -> Task<'a, Result<Option<T>, Problem>> + 'a;

/// What may be done when no usable answer came.
pub(super) enum Retry<'a, T> {
    /// Ask again: asking twice does what asking once does.
    Safe,
    /// Creates something: look for it first, ask again only if it is not there.
    LookFirst(&'a Look<'a, T>),
    /// Ask again only when nothing can have happened.
    #[cfg_attr(not(test), expect(dead_code, reason = "no call of ours needs it yet; the rule is tested"))]
    Never,
}

/// How often a question is asked again after a failure, and after a limit.
const MOST_FAILURES: u32 = 4;
const MOST_CREATIONS: u32 = 2;
const MOST_LIMITS: u32 = 4;

/// The longest single wait: without a deadline nobody waits an hour for a limit to end.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// What was stored a moment ago may not be listed yet: time before looking.
const SETTLE: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
struct Tries {
    failures: u32,
    limits: u32,
}

impl Tries {
    /// How long to wait before the next try; `None` when there is none.
    fn next<T>(&mut self, miss: &Miss, retry: &Retry<'_, T>) -> Option<Duration> {
        let wait = match miss {
            Miss::Refused(_) => return None,
            Miss::Limited(answer) => {
                self.limits += 1;
                (self.limits <= MOST_LIMITS).then(|| answer.limit_wait(self.limits - 1))?
            }
            Miss::Failed(answer) => self.after_failure(miss, retry)?.max(answer.retry_after().unwrap_or_default()),
            Miss::NotSent(_) | Miss::Torn(_) | Miss::Garbled { .. } => self.after_failure(miss, retry)?,
        };
        (wait <= LONGEST_WAIT).then_some(wait)
    }

    /// 1, 2, 4, 8 seconds; a look waits until what was stored can be seen.
    fn after_failure<T>(&mut self, miss: &Miss, retry: &Retry<'_, T>) -> Option<Duration> {
        self.failures += 1;
        let wait = Duration::from_secs(1 << (self.failures - 1).min(6));
        match retry {
            Retry::Never if miss.is_doubtful() => None,
            Retry::Safe | Retry::Never => (self.failures <= MOST_FAILURES).then_some(wait),
            Retry::LookFirst(_) => (self.failures <= MOST_CREATIONS).then_some(wait.max(SETTLE)),
        }
    }
}

/// JSON, or what is wrong with it.
pub(super) fn read_json<T: DeserializeOwned>(answer: &Answer) -> Result<T, Miss> {
    serde_json::from_str(&answer.body).map_err(|error| Miss::Garbled { why: error.to_string(), id: answer.id() })
}

impl Client {
    /// Asks until there is an answer of the wanted form, as often as the request allows and the watch has time for.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        request: &Request,
        retry: Retry<'_, T>,
        watch: &Watch,
    ) -> Result<T, Problem> {
        self.ask(request, retry, watch, &|answer| read_json(answer)).await
    }

    /// Like [`Client::call`], with a reading of one's own.
    pub(super) async fn ask<T>(
        &self,
        request: &Request,
        retry: Retry<'_, T>,
        watch: &Watch,
        read: &dyn Fn(&Answer) -> Result<T, Miss>,
    ) -> Result<T, Problem> {
        let mut tries = Tries::default();
        loop {
            let answered = self.attempt(request, watch).await?;
            let miss = match answered.and_then(|answer| read(&answer)) {
                Ok(read) => return Ok(read),
                Err(miss) => miss,
            };
            let wait = tries.next(&miss, &retry);
            if let (true, Retry::LookFirst(look)) = (miss.is_doubtful(), &retry) {
                self.wait(wait.unwrap_or(SETTLE), request, &miss, watch).await?;
                match look().await {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => {}
                    Err(blind) => {
                        return Err(self.problem(request, &miss).cause(format!("nor could it be looked for: {blind}")));
                    }
                }
            } else if let Some(wait) = wait {
                self.wait(wait, request, &miss, watch).await?;
            }
            if wait.is_none() {
                return Err(self.problem(request, &miss));
            }
        }
    }

    /// Waits; not at all when GitHub asks for more than there is time for, since the wait would only hide the reason.
    ///
    /// After a failure a quarter of the time left is enough: closing a record after a cancel has two seconds in all.
    async fn wait(&self, wait: Duration, request: &Request, miss: &Miss, watch: &Watch) -> Result<(), Problem> {
        let wait = match (watch.left(), miss) {
            (Some(left), Miss::Limited(_)) if left <= wait => return Err(self.problem(request, miss)),
            (Some(left), Miss::Failed(_) | Miss::NotSent(_) | Miss::Torn(_) | Miss::Garbled { .. }) => {
                wait.min(left / 4)
            }
            _ => wait,
        };
        self.count_wait(wait);
        match watch.pause(wait).await {
            Ended::Done(()) => Ok(()),
            Ended::Stopped(stop) => Err(stop.problem()),
            Ended::TimedOut => Err(self.problem(request, miss)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A miss and the waits, in seconds, of a safe request, one never repeated, and one that looks first.
    type Row = (&'static str, Miss, [&'static [u64]; 3]);

    fn waits(miss: &Miss, retry: &Retry<'_, ()>) -> Vec<u64> {
        let mut tries = Tries::default();
        std::iter::from_fn(|| tries.next(miss, retry)).map(|wait| wait.as_secs()).take(20).collect()
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|value| (reqwest::header::RETRY_AFTER, value.parse().unwrap()));
        let status = reqwest::StatusCode::from_u16(status).unwrap();
        Answer { status, headers: headers.into_iter().collect(), body: String::new() }
    }

    #[test]
    fn each_miss_is_repeated_as_its_request_allows() {
        let nothing: &Look<'_, ()> = &|| Box::pin(async { Ok(None) });
        let table: [Row; 7] = [
            ("refused", Miss::Refused(answer(404, None)), [&[], &[], &[]]),
            ("no connection", Miss::NotSent(Vec::new()), [&[1, 2, 4, 8], &[1, 2, 4, 8], &[2, 2]]),
            ("torn", Miss::Torn(Vec::new()), [&[1, 2, 4, 8], &[], &[2, 2]]),
            ("500", Miss::Failed(answer(500, None)), [&[1, 2, 4, 8], &[], &[2, 2]]),
            ("503, 5 s", Miss::Failed(answer(503, Some("5"))), [&[5, 5, 5, 8], &[], &[5, 5]]),
            ("limit", Miss::Limited(answer(429, None)), [&[60, 120, 240, 480]; 3]),
            ("an hour", Miss::Limited(answer(403, Some("3600"))), [&[], &[], &[]]),
        ];
        for (name, miss, [safe, never, look]) in table {
            assert_eq!(waits(&miss, &Retry::Safe), safe, "{name}, safe");
            assert_eq!(waits(&miss, &Retry::Never), never, "{name}, never");
            assert_eq!(waits(&miss, &Retry::LookFirst(nothing)), look, "{name}, look first");
        }
    }
}
