//! `install-env` and `test-env` of the policy: who may push a branch cannot make them longer.

use super::{Config, Shown};
use crate::context::inputs::Inputs;
use crate::context::words;
use crate::problem::{Problem, Problems};

/// The inputs with what the policy lets code of the tree see. A list in the policy counts as a whole, and the workflow may
/// name nothing beyond it; without one the workflow's own names count.
///
/// # Errors
/// `env-name-refused` for every name beyond the policy's.
pub(in crate::context) fn under_policy(policy: &Config, mut inputs: Inputs) -> Result<Inputs, Problems> {
    let Shown { install, test } = &policy.shown;
    let mut problems = Problems::new();
    for (key, list, named) in
        [("install-env", install, &mut inputs.install_env), ("test-env", test, &mut inputs.test_env)]
    {
        let Some(list) = list else { continue };
        let beyond = named.iter().filter(|name| !list.contains(name));
        problems.extend(beyond.map(|name| refused(key, name)));
        named.clone_from(list);
    }
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}

fn refused(key: &str, name: &str) -> Problem {
    let says = format!("input `{key}` names {}, which the default branch's `{key}` does not", words::shown(name));
    Problem::input("env-name-refused", says)
        .help(format!("add it to `{key}` in the default branch's `airlock.toml`, or leave it out here"))
}

/// What the checkout would let code of the tree see that the policy does not, and the other way round.
pub(super) fn changes(policy: &Shown, checkout: &Shown) -> Vec<String> {
    let mut changes = Vec::new();
    for (whose, old, new) in
        [("installations", &policy.install, &checkout.install), ("tests", &policy.test, &checkout.test)]
    {
        let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        if old.is_some() && new.is_none() {
            changes.push(format!("{whose} could see whatever the workflow names"));
        } else if old.is_none() && new.is_some() {
            changes.push(format!("{whose} could see only what is listed"));
        }
        let (old, new) = (list(old), list(new));
        changes.extend(new.iter().filter(|name| !old.contains(name)).map(|name| format!("{whose} could see `{name}`")));
        changes.extend(
            old.iter().filter(|name| !new.contains(name)).map(|name| format!("{whose} could no longer see `{name}`")),
        );
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::config::read;

    fn policy(text: &str) -> Config {
        read(text, "airlock.toml").unwrap()
    }

    fn inputs(install: &[&str], test: &[&str]) -> Inputs {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Inputs { install_env: owned(install), test_env: owned(test), ..Inputs::default() }
    }

    #[test]
    fn a_list_in_the_policy_counts_and_nothing_goes_beyond_it() {
        let limited = policy("test-env = [\"DB_URL\", \"REGION\"]\ninstall-env = []\n");
        let taken =
            |policy: &Config, given| under_policy(policy, given).map(|taken| (taken.install_env, taken.test_env));
        let both = vec!["DB_URL".to_owned(), "REGION".to_owned()];
        assert_eq!(taken(&limited, inputs(&[], &["DB_URL"])), Ok((vec![], both)));
        let refused = taken(&limited, inputs(&["NPM_TOKEN"], &["OTHER"])).unwrap_err();
        let told: Vec<_> = refused.iter().map(|problem| problem.text.as_str()).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        input `install-env` names `NPM_TOKEN`, which the default branch's `install-env` does not
        input `test-env` names `OTHER`, which the default branch's `test-env` does not
        ");
        let free = policy("");
        assert_eq!(taken(&free, inputs(&["A"], &["B"])), Ok((vec!["A".to_owned()], vec!["B".to_owned()])));
    }

    #[test]
    fn a_platforms_key_is_in_no_list() {
        let wrong = read("test-env = [\"NANGO_SECRET_KEY_DEV\", \"A=b\"]\n", "airlock.toml").unwrap_err();
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].text.contains("names a credential"), "{wrong:?}");
    }

    #[test]
    fn what_would_be_seen_is_told() {
        let (old, new) = (policy("test-env = [\"A\"]\n"), policy("test-env = [\"B\"]\ninstall-env = [\"C\"]\n"));
        insta::assert_snapshot!(changes(&old.shown, &new.shown).join("\n"), @r"
        installations could see only what is listed
        installations could see `C`
        tests could see `B`
        tests could no longer see `A`
        ");
        assert_eq!(changes(&old.shown, &policy("").shown)[0], "tests could see whatever the workflow names");
    }
}
