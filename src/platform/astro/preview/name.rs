//! What a preview is called. The name is for people alone: a preview is known by its mark.

use super::Home;
use crate::names::Digest;

/// The longest name that is given: what a name in Kubernetes may have, far below the 500 characters that Astro's API takes.
const LONGEST: usize = 63;
/// How many digits tell two repositories apart.
const DIGITS: usize = 6;

/// The names that a preview may have, the best first: `pr-7-etl-dev`, and where that is taken by something else, one that no other
/// repository and source would choose.
pub(in super::super) fn names(pull: u64, source: &str, home: &Home, id: &str) -> [String; 2] {
    let whole = format!("pr-{pull}-{}", slug(source));
    let digest = Digest::of(format!("{}\n{id}", home.to_string().to_ascii_lowercase()).as_bytes());
    let own = digest.hex().chars().take(DIGITS).collect::<String>();
    let plain = cut(&whole, LONGEST);
    let tagged = format!("{}-{own}", cut(&whole, LONGEST - DIGITS - 1));
    [plain, tagged]
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim_end_matches('-').to_owned()
}

/// Small letters, digits, and `-` for everything between them.
fn slug(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(repository: &str) -> Home {
        Home::of("https://github.com", repository).unwrap()
    }

    #[test]
    fn names_are_short_and_plain_and_of_the_pull_request() {
        let of = |pull, source: &str| names(pull, source, &home("acme/dags"), "clsource").join("  ");
        let told = [
            of(7, "etl dev"),
            of(7, "ETL__Dev!"),
            of(7, "Datenflüsse"),
            of(7, "日本"),
            of(u64::MAX, &"long ".repeat(200)),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        pr-7-etl-dev  pr-7-etl-dev-79ec72
        pr-7-etl-dev  pr-7-etl-dev-79ec72
        pr-7-datenfl-sse  pr-7-datenfl-sse-79ec72
        pr-7  pr-7-79ec72
        pr-18446744073709551615-long-long-long-long-long-long-long-long  pr-18446744073709551615-long-long-long-long-long-long-lo-79ec72
        ");
    }

    #[test]
    fn repositories_and_sources_of_one_name_do_not_share_the_second() {
        let of = |repository, id| names(7, "etl", &home(repository), id)[1].clone();
        assert_eq!(of("acme/dags", "a"), of("Acme/DAGs", "a"));
        assert_ne!(of("acme/dags", "a"), of("acme/other", "a"));
        assert_ne!(of("acme/dags", "a"), of("acme/dags", "b"));
    }

    proptest::proptest! {
        #[test]
        fn any_source_gives_a_name(pull: u64, source in ".{0,600}") {
            for name in names(pull, &source, &home("acme/dags"), "x") {
                assert!(name.len() <= LONGEST && name.starts_with(&format!("pr-{pull}")), "{name}");
                assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
            }
        }
    }
}
