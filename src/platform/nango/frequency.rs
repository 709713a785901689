//! How often a sync runs, by the rules of the CLI (`nango-yaml/lib/helpers.ts`, with `ms` 3.0) and of the server
//! (`server/lib/helpers/validation.ts`), which differ: what the CLI compiles the server may refuse.

/// The shortest interval, in milliseconds.
const SHORTEST: f64 = 30_000.0;

/// What becomes of a frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Both take it.
    Fine,
    /// The CLI does not understand it.
    Unknown,
    /// It is below thirty seconds.
    TooOften,
    /// The CLI compiles it and the server refuses the deploy.
    ServerRefuses,
}

/// Judges a frequency as written: `every hour`, `every 6 hours`, `30m`.
pub(super) fn verdict(frequency: &str) -> Verdict {
    match milliseconds(frequency) {
        None => Verdict::Unknown,
        Some(every) if every < SHORTEST => Verdict::TooOften,
        Some(_) if !server_takes(frequency) => Verdict::ServerRefuses,
        Some(_) => Verdict::Fine,
    }
}

/// The interval as the CLI works it out.
pub(super) fn milliseconds(frequency: &str) -> Option<f64> {
    const HOUR: f64 = 3_600_000.0;
    match frequency {
        "every half day" => Some(12.0 * HOUR),
        "every half hour" => Some(HOUR / 2.0),
        "every quarter hour" => Some(HOUR / 4.0),
        "every hour" => Some(HOUR),
        "every day" => Some(24.0 * HOUR),
        "every month" => Some(30.0 * 24.0 * HOUR),
        "every week" => Some(7.0 * 24.0 * HOUR),
        other => ms(&other.replacen("every ", "", 1)).filter(|every| *every != 0.0),
    }
}

/// The npm package `ms`: a number, blanks, a unit in any case; without a unit milliseconds.
fn ms(text: &str) -> Option<f64> {
    if text.is_empty() || text.len() > 100 {
        return None;
    }
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '-' | '.')).unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start_matches(' '));
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or(("", digits));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
        "d" | "day" | "days" => 86_400_000.0,
        "w" | "week" | "weeks" => 604_800_000.0,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600_000.0,
        _ => return None,
    };
    Some(number * unit)
}

/// `^(every )?(([0-9]+)?\s?(s|secs?|seconds?|m|…|days?)|(month|week|half day|half hour|quarter hour))$`
fn server_takes(frequency: &str) -> bool {
    const UNITS: [&str; 16] = [
        "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour",
        "hours", "d",
    ];
    let rest = frequency.strip_prefix("every ").unwrap_or(frequency);
    let unit = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let unit = unit.strip_prefix(char::is_whitespace).unwrap_or(unit);
    let words = ["month", "week", "half day", "half hour", "quarter hour"];
    UNITS.contains(&unit) || matches!(unit, "day" | "days") || words.contains(&rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_and_server_are_both_asked() {
        for fine in [
            "every hour",
            "every 1h",
            "every 6 hours",
            "every 5 minutes",
            "every half hour",
            "every half day",
            "every quarter hour",
            "every day",
            "every week",
            "every month",
            "30s",
            "every 30 seconds",
            "1h",
            "every 6min",
            "every 15 hrs",
            "2 days",
        ] {
            assert_eq!(verdict(fine), Verdict::Fine, "{fine}");
        }
        for unknown in [
            "",
            "hour",
            "every",
            "every minute",
            "every  1h",
            "every 1 month",
            "hourly",
            "* * * * *",
            "every hour ",
            "every 0h",
            "every 1.h",
            "every 1-2h",
            "every -",
            "every é",
        ] {
            assert_eq!(verdict(unknown), Verdict::Unknown, "{unknown}");
        }
        for often in ["every 29s", "every 20 seconds", "20s", "every 100", "every -1h", "every 29999ms"] {
            assert_eq!(verdict(often), Verdict::TooOften, "{often}");
        }
        for refused in
            ["every 2 weeks", "every 1w", "every 0.5h", "every 1H", "every 1  hour", "3600000", "every 1y", "every .5h"]
        {
            assert_eq!(verdict(refused), Verdict::ServerRefuses, "{refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in "(every )?[-0-9.]{0,5} {0,2}\\PC{0,6}") {
            verdict(&text);
        }
    }
}
