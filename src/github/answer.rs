//! What came back: an answer, or one of the ways in which none did.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

/// Without any other word from GitHub, its own advice for secondary limits.
const UNSAID_WAIT: Duration = Duration::from_mins(1);

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Why a question has no usable answer.
#[derive(Debug)]
pub(super) enum Miss {
    /// GitHub understood and said no.
    Refused(Answer),
    /// GitHub wants us to wait; nothing was done.
    Limited(Answer),
    /// 5xx: something may have been done.
    Failed(Answer),
    /// The question never left: no connection.
    NotSent(Vec<String>),
    /// The question left and no whole answer came: something may have been done.
    Torn(Vec<String>),
    /// Success, in words that cannot be read: something was done.
    Garbled {
        /// Why not.
        why: String,
        /// The answer's id at GitHub.
        id: Option<String>,
    },
}

impl Miss {
    /// Whether what was asked for may have happened all the same.
    pub(super) fn is_doubtful(&self) -> bool {
        match self {
            Self::Failed(_) | Self::Torn(_) | Self::Garbled { .. } => true,
            Self::Refused(_) | Self::Limited(_) | Self::NotSent(_) => false,
        }
    }
}

/// The body of an error.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Complaint {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) errors: Vec<serde_json::Value>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// GitHub's own id of the request, by which its support finds it.
    pub(super) fn id(&self) -> Option<String> {
        self.header("x-github-request-id").map(str::to_owned)
    }

    /// Sorts the answer: usable, or a miss.
    pub(super) fn judge(self) -> Result<Self, Miss> {
        if self.status.is_success() {
            Ok(self)
        } else if self.status.is_server_error() {
            Err(Miss::Failed(self))
        } else if self.is_limit() {
            Err(Miss::Limited(self))
        } else {
            Err(Miss::Refused(self))
        }
    }

    /// What GitHub complained about; empty when it did not say it in its usual form.
    pub(super) fn complaint(&self) -> Complaint {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Both limits may come as 403 or 429; a 403 without any sign of a limit is a missing permission.
    /// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>
    fn is_limit(&self) -> bool {
        let said = || {
            let message = self.complaint().message.to_ascii_lowercase();
            message.contains("rate limit") || message.contains("abuse detection")
        };
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::FORBIDDEN => self.header("retry-after").is_some() || self.is_used_up() || said(),
            _ => false,
        }
    }

    fn is_used_up(&self) -> bool {
        self.header("x-ratelimit-remaining") == Some("0")
    }

    /// How long GitHub asks us to wait, if it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after").and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs)
    }

    /// How long to wait before asking again, the `time`-th time that we ran into a limit (from 0).
    pub(super) fn limit_wait(&self, time: u32) -> Duration {
        if let Some(wait) = self.retry_after() {
            return wait;
        }
        let reset = self.header("x-ratelimit-reset").and_then(|epoch| epoch.parse().ok());
        match (self.is_used_up(), reset, self.date()) {
            (true, Some(reset), Some(now)) => seconds_until(reset, now),
            _ => UNSAID_WAIT.saturating_mul(1 << time.min(6)),
        }
    }

    /// The time by GitHub's clock, in seconds since 1970: resets are told by that clock, and ours may be wrong.
    fn date(&self) -> Option<i64> {
        let now: Timestamp = rfc2822::parse(self.header("date")?).ok()?.timestamp();
        Some(now.as_second())
    }
}

/// One second more, for the reset is told in whole seconds.
fn seconds_until(reset: i64, now: i64) -> Duration {
    let left = u64::try_from(reset.saturating_sub(now)).unwrap_or(0);
    Duration::from_secs(left.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            let name = reqwest::header::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: headers.collect(), body: body.to_owned() }
    }

    fn sort(answer: Answer) -> &'static str {
        match answer.judge() {
            Ok(_) => "good",
            Err(Miss::Refused(_)) => "refused",
            Err(Miss::Limited(_)) => "limited",
            Err(Miss::Failed(_)) => "failed",
            Err(_) => "other",
        }
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission() {
        let integration = r#"{"message": "Resource not accessible by integration"}"#;
        let secondary = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        let abuse = r#"{"message": "You have triggered an abuse detection mechanism."}"#;
        for (status, headers, body, expected) in [
            (200, &[][..], "[]", "good"),
            (201, &[], "{}", "good"),
            (403, &[("x-ratelimit-remaining", "4999")], integration, "refused"),
            (403, &[], "<html>", "refused"),
            (403, &[("x-ratelimit-remaining", "0")], "", "limited"),
            (403, &[("retry-after", "60")], integration, "limited"),
            (403, &[], secondary, "limited"),
            (403, &[], abuse, "limited"),
            (404, &[("x-ratelimit-remaining", "0")], "", "refused"),
            (429, &[], "", "limited"),
            (301, &[], "", "refused"),
            (422, &[], secondary, "refused"),
            (500, &[], "", "failed"),
            (503, &[("retry-after", "3")], "", "failed"),
        ] {
            assert_eq!(sort(answer(status, headers, body)), expected, "{status} {headers:?} {body}");
        }
    }

    #[test]
    fn waits_are_what_github_says_else_a_minute_and_growing() {
        let date = ("date", "Thu, 01 Jan 1970 00:16:40 GMT");
        for (headers, time, seconds) in [
            (&[("retry-after", "7"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1100"), date][..], 0, 7),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1100"), date], 0, 101),
            // Already over: the clocks of two of GitHub's machines differ.
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "900"), date], 0, 1),
            (&[("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "1100"), date], 0, 60),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1100")], 0, 60),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "soon"), date], 1, 120),
            (&[("retry-after", "soon")], 2, 240),
            (&[], 9000, 3840),
        ] {
            let wait = answer(429, headers, "").limit_wait(time);
            assert_eq!(wait, Duration::from_secs(seconds), "{headers:?}");
        }
    }

    #[test]
    fn extreme_headers_do_not_overflow() {
        let date = ("date", "Thu, 01 Jan 1970 00:16:40 GMT");
        for reset in ["9223372036854775807", "-9223372036854775808", "99999999999999999999"] {
            let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset), date];
            answer(429, &headers, "").limit_wait(u32::MAX);
        }
        let headers = [("retry-after", "18446744073709551615")];
        assert_eq!(answer(429, &headers, "").limit_wait(0), Duration::from_secs(u64::MAX));
    }
}
