//! Commands as people write them, split into arguments. No shell ever runs one, so what only a shell would understand is
//! refused with the way to ask for a shell, instead of being handed to a program as plain text.

use super::Wrong;
use crate::context::inputs::CommandChoice;

/// `auto`, `none`, or a command.
pub(crate) fn choice(given: &str) -> Result<CommandChoice, Wrong> {
    match given {
        "auto" => Ok(CommandChoice::Auto),
        "none" => Ok(CommandChoice::None),
        _ => split(given).and_then(argv).map(CommandChoice::Argv),
    }
}

/// Arguments that are already apart: the program must be named, and look like one.
pub(crate) fn argv(words: Vec<String>) -> Result<Vec<String>, Wrong> {
    let Some(program) = words.first().filter(|program| !program.is_empty()) else {
        return Err(Wrong::says("names no program").help("write a command, `auto` or `none`"));
    };
    if words.iter().any(|word| word.contains('\0')) {
        return Err(Wrong::says("holds a NUL character"));
    }
    if program.starts_with('-') {
        return Err(Wrong::says("begins with an option instead of a program"));
    }
    match program.split_once('=') {
        Some((name, _)) if is_variable(name) => Err(Wrong::says(format!(
            "sets the variable `{name}` in front of the program, as only a shell understands it"
        ))
        .help(format!("write `env {name}=… program …`"))),
        _ => Ok(words),
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn split(given: &str) -> Result<Vec<String>, Wrong> {
    if let Some(operator) = shell_syntax(given) {
        return Err(Wrong::says(format!("uses {operator}, which is shell syntax, and no shell runs this command"))
            .help("ask for a shell if you mean one: `bash -c '…'`"));
    }
    shlex::split(given).ok_or_else(|| Wrong::says("has a quote that is not closed, or ends in a lone `\\`"))
}

/// Where in the quoting a character stands.
#[derive(Clone, Copy, PartialEq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The first thing that only a shell would understand. `$x` and `$(…)` count within double quotes too, as in a shell.
fn shell_syntax(given: &str) -> Option<&'static str> {
    let mut quote = Quote::None;
    let mut chars = given.char_indices();
    while let Some((at, c)) = chars.next() {
        let rest = &given[at..];
        match (quote, c) {
            // A shell joins such lines; what splits here would make an argument of the break.
            (Quote::None | Quote::Double, '\\') if rest[1..].starts_with('\n') => return Some("more than one line"),
            (Quote::None | Quote::Double, '\\') => {
                chars.next();
            }
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None | Quote::Double, '$' | '`') if expansion(rest).is_some() => return expansion(rest),
            (Quote::None, _) if operator(rest).is_some() => return operator(rest),
            _ => {}
        }
    }
    None
}

fn operator(rest: &str) -> Option<&'static str> {
    const OPERATORS: [(&str, &str); 8] = [
        ("&&", "`&&`"),
        ("||", "`||`"),
        ("|", "`|`"),
        ("&", "`&`"),
        (";", "`;`"),
        (">", "`>`"),
        ("<", "`<`"),
        ("\n", "more than one line"),
    ];
    OPERATORS.iter().find(|(operator, _)| rest.starts_with(operator)).map(|(_, name)| *name)
}

fn expansion(rest: &str) -> Option<&'static str> {
    if rest.starts_with('`') {
        return Some("a backtick");
    }
    match rest.chars().nth(1)? {
        '(' => Some("`$(`"),
        c if c == '{' || c == '_' || c.is_ascii_alphanumeric() || "@*#?$!-".contains(c) => Some("a `$` variable"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_split_into_arguments() {
        for (given, words) in [
            ("npm test", vec!["npm", "test"]),
            ("uv run pytest -k 'a and b' tests/", vec!["uv", "run", "pytest", "-k", "a and b", "tests/"]),
            (
                "bash -c 'npm ci && npm test > log; echo $HOME `x`'",
                vec!["bash", "-c", "npm ci && npm test > log; echo $HOME `x`"],
            ),
            (r#"echo "a && b | c""#, vec!["echo", "a && b | c"]),
            (r"grep a\|b\;c \$HOME", vec!["grep", "a|b;c", "$HOME"]),
            ("env CI=1 npm test", vec!["env", "CI=1", "npm", "test"]),
            ("make price=5$", vec!["make", "price=5$"]),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(choice(given), Ok(CommandChoice::Argv(words)), "{given}");
        }
        assert_eq!(choice("auto"), Ok(CommandChoice::Auto));
        assert_eq!(choice("none"), Ok(CommandChoice::None));
    }

    #[test]
    fn shell_syntax_is_refused_and_says_how_to_ask_for_a_shell() {
        for (given, says) in [
            ("npm ci && npm test", "`&&`"),
            ("npm test || true", "`||`"),
            ("npm test | tee log", "`|`"),
            ("sleep 1 & npm test", "`&`"),
            ("npm ci; npm test", "`;`"),
            ("npm test > log", "`>`"),
            ("npm test 2>&1", "`>`"),
            ("npm test < in", "`<`"),
            ("echo $(id)", "`$(`"),
            ("echo \"$(id)\"", "`$(`"),
            ("echo `id`", "a backtick"),
            ("echo $HOME", "a `$` variable"),
            ("echo \"${HOME}\"", "a `$` variable"),
            ("npm ci\nnpm test", "more than one line"),
            ("npm \\\n test", "more than one line"),
        ] {
            let wrong = choice(given).unwrap_err();
            assert!(wrong.says.contains(says), "{given}: {}", wrong.says);
            assert_eq!(wrong.help.as_deref(), Some("ask for a shell if you mean one: `bash -c '…'`"), "{given}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused_without_repeating_it() {
        for (given, says) in [
            ("echo 'open", "not closed"),
            ("''", "names no program"),
            ("--version", "begins with an option"),
            ("TOKEN=hunter2hunter2 npm test", "sets the variable `TOKEN`"),
            ("a\0b", "NUL"),
        ] {
            let wrong = choice(given).unwrap_err();
            assert!(wrong.says.contains(says), "{given:?}: {wrong:?}");
            assert!(!format!("{wrong:?}").contains("hunter2"));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_command_with_a_program_or_an_error(given in "\\PC*|[a '\"\\\\$`&|;<>(\n#=-]*") {
            if let Ok(CommandChoice::Argv(words)) = choice(&given) {
                prop_assert!(!words[0].is_empty());
            }
        }
    }
}
