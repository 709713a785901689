//! What Paragon's CLI and the scripts around it say when they push nothing and end with 0 all the same. Its own output is not
//! documented: an error in it is never a success, and what is live is read back whatever it says.

/// Words that deny a push, wherever they stand in a line, in lower case.
const SAYS_NO: [&str; 9] = [
    "not linked",
    "not logged in",
    "unauthorized",
    "forbidden",
    "permission denied",
    "nothing was pushed",
    "push failed",
    "failed to push",
    " error ts",
];

/// Fields whose `null` says that there is no project behind a push.
const NEVER_NULL: [&str; 2] = ["projectid", "commitid"];

/// The line that denies the push.
pub(super) fn of(output: &str) -> Option<String> {
    output.lines().find(|line| denies(&line.to_lowercase())).map(|line| line.trim().to_owned())
}

fn denies(line: &str) -> bool {
    // A sign before a word, such as `✖` or `[`, is none of its letters.
    let words = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begins = ["error", "fatal", "uncaught", "unhandled"].iter().any(|word| is_first(words, word));
    begins
        || words == "null"
        || SAYS_NO.iter().any(|no| line.contains(no))
        || NEVER_NULL.iter().any(|f| is_null(line, f))
}

/// Whether a text begins with this word, and not with a longer one (`errors: 0`).
fn is_first(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Whether the field stands there with `null` or `undefined`: `"projectId":null`, `projectId: undefined`, `projectId=`.
fn is_null(line: &str, field: &str) -> bool {
    line.split(field).skip(1).any(|rest| {
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        let Some(value) = rest.strip_prefix([':', '=']) else { return false };
        let value = value.trim_start_matches(['"', '\'', ' ']);
        value.is_empty() || ["null", "undefined"].iter().any(|none| is_first(value, none))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_denies_a_push_is_never_taken_for_one() {
        for line in [
            "Warning: This branch is not linked to a Paragon project. Skipping push.",
            "::warning::Branch 'main' not linked",
            "{\"commitId\":null,\"projectId\":null,\"subfolder\":null}",
            "projectId: undefined",
            "PROJECT projectId=",
            "null",
            "Error: Request failed with status code 401",
            "  ✖ error  Could not upload",
            "ERROR [zeus] 500",
            "Unhandled promise rejection",
            "src/a.ts:3:1 - error TS2304: Cannot find name.",
            "401 Unauthorized",
            "You are not logged in. Run para auth login.",
        ] {
            assert_eq!(of(&format!("Building\n{line}\nbye\n")).as_deref(), Some(line.trim()), "{line}");
        }
        for line in [
            "Errors: 0",
            "Pushed 3 workflows to Acme (Development)",
            "projectId: p-17",
            "errorless",
            "",
            "null and void",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_output_can_be_read(text in ".{0,80}") {
            let _either = of(&text);
        }
    }
}
