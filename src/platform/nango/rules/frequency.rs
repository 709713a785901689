//! How often a sync runs, in one spelling: `every hour`, `every 1h` and `every 60 minutes` are all `every 1 h`.
//!
//! Nango takes `every` and a time as the npm package `ms` reads it, or one of a few words (`half day`, `month`, …).

/// Milliseconds of the words that are no units.
const WORDS: [(&str, u64); 7] = [
    ("half day", 12 * HOUR),
    ("half hour", 30 * MINUTE),
    ("quarter hour", 15 * MINUTE),
    ("hour", HOUR),
    ("day", DAY),
    ("week", 7 * DAY),
    ("month", 30 * DAY),
];

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The longest frequency that is read: a hundred years. What is longer is left as it was written.
const LONGEST: f64 = 3_155_760_000_000.0;

/// The one spelling of a frequency; what is none is left as it is, without blanks around it.
pub(super) fn spelled(text: &str) -> String {
    match milliseconds(text) {
        Some(time) => format!("every {}", told(time)),
        None => text.trim().to_owned(),
    }
}

/// The time between two runs, in milliseconds; `None` for what is no frequency.
fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    // The compiler drops `every ` and reads the rest, so a bare `1h` is taken too.
    let (every, words) = match words.as_slice() {
        ["every", rest @ ..] => (true, rest.join(" ")),
        bare => (false, bare.join(" ")),
    };
    if let Some((_, time)) = WORDS.iter().find(|(word, _)| every && *word == words) {
        return Some(*time);
    }
    let unit_at = words.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(words.len());
    let (count, unit) = words.split_at(unit_at);
    let count: f64 = count.parse().ok()?;
    let time = (count * unit_of(unit.trim())?).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a hundred years")]
    (1.0..=LONGEST).contains(&time).then_some(time as u64)
}

/// Milliseconds of a unit, as `ms` spells them.
fn unit_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
        "d" | "day" | "days" => 86_400_000.0,
        "w" | "week" | "weeks" => 604_800_000.0,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600_000.0,
        _ => return None,
    })
}

/// A time in the largest unit that says it whole.
fn told(time: u64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")];
    let (size, unit) = units.into_iter().find(|(size, _)| time.is_multiple_of(*size)).unwrap_or((1, "ms"));
    format!("{} {unit}", time / size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_frequency_are_one() {
        for (spellings, one) in [
            (
                &["every hour", "every 1h", "every 60 minutes", "every 1 hr", "Every  60 MIN ", "every 3600s", "1h"][..],
                "every 1 h",
            ),
            (&["every half hour", "every 30 minutes", "every 0.5h", "every 30m"], "every 30 min"),
            (&["every 6min", "every 6 minutes", "every 6m"], "every 6 min"),
            (&["every day", "every 24 hours", "every 1d"], "every 1 d"),
            (&["every week", "every 1w", "every 7 days"], "every 7 d"),
            (&["every half day", "every 12h"], "every 12 h"),
            (&["every quarter hour", "every 15m"], "every 15 min"),
            (&["every month", "every 30d"], "every 30 d"),
            (&["every 45s"], "every 45 s"),
            (&["every 90 minutes"], "every 90 min"),
            (&["every 30000", "every 30 seconds"], "every 30 s"),
            (&["every 1500ms"], "every 1500 ms"),
        ] {
            for spelling in spellings {
                assert_eq!(spelled(spelling), one, "{spelling}");
            }
        }
    }

    #[test]
    fn what_is_no_frequency_is_left_as_it_is() {
        for text in [
            "hourly",
            "every",
            "every never",
            "every -5m",
            "every 0m",
            "every 1.2.3h",
            "every 1e9y",
            "everyhour",
            "0 * * * *",
            "",
        ] {
            assert_eq!(spelled(text), text);
        }
    }

    proptest! {
        #[test]
        fn a_spelling_is_its_own_spelling(text in "(every )?[0-9.]{0,12} ?[a-z]{0,8}|.{0,40}") {
            let once = spelled(&text);
            prop_assert_eq!(spelled(&once), once);
        }
    }
}
