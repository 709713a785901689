//! Pages that a report may link to. They are made from the address of the run, never from foreign text.

/// Where pages of the repository are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Links {
    repository: Option<String>,
    run: Option<String>,
}

impl Links {
    /// The pages around a run's page `https://host/owner/name/actions/runs/1`; none when the address is of another shape.
    pub(crate) fn around(run: Option<&str>) -> Self {
        let run = run.filter(|url| is_plain(url));
        let repository =
            run.and_then(|url| url.split_once("/actions/runs/")).map(|(repository, _)| repository.to_owned());
        Self { run: run.filter(|_| repository.is_some()).map(str::to_owned), repository }
    }

    /// The run's page.
    pub(crate) fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// A commit's page.
    pub(crate) fn commit(&self, sha: &str) -> Option<String> {
        let hex = sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.repository.as_ref().filter(|_| hex).map(|repository| format!("{repository}/commit/{sha}"))
    }

    /// A pull request's page, for a label like `#812`.
    pub(crate) fn pull(&self, label: &str) -> Option<String> {
        let number = label.strip_prefix('#')?;
        let digits = !number.is_empty() && number.len() < 12 && number.bytes().all(|byte| byte.is_ascii_digit());
        self.repository.as_ref().filter(|_| digits).map(|repository| format!("{repository}/pull/{number}"))
    }
}

/// Whether an address can stand in a link as it is.
pub(crate) fn is_plain(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_from_the_run_alone() {
        let links = Links::around(Some("https://github.com/o/r/actions/runs/1"));
        assert_eq!(links.pull("#8").as_deref(), Some("https://github.com/o/r/pull/8"));
        assert_eq!(links.pull("#8)](x"), None);
        assert_eq!(links.commit("abc123").as_deref(), Some("https://github.com/o/r/commit/abc123"));
        assert_eq!(Links::around(Some("https://x/) [y](z/actions/runs/1")), Links::default());
        assert_eq!(Links::around(Some("javascript://o/actions/runs/1")), Links::default());
    }
}
