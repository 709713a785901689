//! Which Airflow and which Python a project runs on, as far as its files say.

use ruff_python_ast::PythonVersion;

use crate::tree::{Tree, join};

/// What the project's files say about how its DAGs are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// Airflow's major version, if any file says it.
    pub airflow: Option<u64>,
    /// The file that says it.
    pub said_by: Option<String>,
    /// The version of Python whose syntax counts: the project's own, else the newest that its Airflow runs on.
    pub python: PythonVersion,
    /// How `.airflowignore` is written, if it is set.
    pub ignore: Option<Syntax>,
}

/// How `.airflowignore` is written: `core.dag_ignore_file_syntax`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Regular expressions, the default of Airflow 2.
    Regexp,
    /// Patterns as in `.gitignore`, the default of Airflow 3.
    Glob,
}

/// Whether a line of a Dockerfile takes Astro's runtime, or Airflow's own image.
pub(super) fn is_runtime(line: &str) -> bool {
    image(line).is_some_and(|image| !matches!(image, Image::Other))
}

enum Image<'a> {
    /// Astro's runtime, with its tag.
    Runtime(&'a str),
    /// Airflow's own image, with its tag.
    Airflow(&'a str),
    Other,
}

/// The image that a `FROM` line names.
fn image(line: &str) -> Option<Image<'_>> {
    let rest = line.trim().strip_prefix("FROM ").or_else(|| line.trim().strip_prefix("from "))?;
    let name = rest.split_whitespace().find(|word| !word.starts_with("--"))?;
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag.split('@').next().unwrap_or(tag)),
        _ => (name.split('@').next().unwrap_or(name), ""),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.last().copied().unwrap_or_default();
    let is_astro = parts.iter().any(|part| part.starts_with("astronomer") || part.starts_with("astrocr"));
    Some(match last {
        "astro-runtime" => Image::Runtime(tag),
        "runtime" if is_astro => Image::Runtime(tag),
        "airflow" if parts.contains(&"apache") => Image::Airflow(tag),
        _ => Image::Other,
    })
}

/// The platform that a Dockerfile itself says its last stage is for, with its line from 1: `linux/arm64`. `None` where it leaves that to
/// the build, or says the one that Astro runs.
pub(super) fn other_platform(dockerfile: &str) -> Option<(u32, &str)> {
    let (number, line) = (1..).zip(dockerfile.lines()).filter(|(_, line)| image(line).is_some()).last()?;
    let platform = line.split_whitespace().find_map(|word| word.strip_prefix("--platform="))?;
    (platform != "linux/amd64" && !platform.contains('$')).then_some((number, platform))
}

/// The version of Astro's runtime that a Dockerfile takes last, as Astro itself tells it: `12.1.0`, `3.0-4`.
pub(super) fn runtime(dockerfile: &str) -> Option<String> {
    let tag = dockerfile.lines().filter_map(image).next_back();
    let Some(Image::Runtime(tag)) = tag else { return None };
    let numbers: &str = tag.split("-python").next().unwrap_or(tag).trim_end_matches("-base");
    numbers.starts_with(|c: char| c.is_ascii_digit()).then(|| numbers.to_owned())
}

/// Runtime 4 to 13 is Airflow 2; from Airflow 3 on the runtime has Airflow's own number.
pub(super) fn major_of_runtime(tag: &str) -> Option<u64> {
    match leading(tag)? {
        number @ 1..=3 => Some(number),
        4..=13 => Some(2),
        _ => None,
    }
}

fn leading(text: &str) -> Option<u64> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Reads the project's files.
pub(super) fn read(tree: &Tree, folder: &str) -> Settings {
    let text = |name: &str| tree.text(&join(folder, name)).map_or("", |text| text);
    let dockerfile = text("Dockerfile");
    let mut settings = Settings { airflow: None, said_by: None, python: PythonVersion::PY314, ignore: None };
    let mut python = version(text(".python-version"));
    for line in dockerfile.lines() {
        let (major, tag) = match image(line) {
            Some(Image::Runtime(tag)) => (major_of_runtime(tag), tag),
            Some(Image::Airflow(tag)) => (leading(tag), tag),
            Some(Image::Other) | None => continue,
        };
        settings.say(major, "Dockerfile");
        python = python.or_else(|| version(tag.split_once("python").map_or("", |(_, rest)| rest)));
    }
    settings.say(pinned(text("requirements.txt")), "requirements.txt");
    settings.say(pinned(text("pyproject.toml")), "pyproject.toml");
    settings.ignore = syntax(dockerfile);
    settings.python = python.unwrap_or(match settings.airflow {
        Some(2) => PythonVersion::PY312,
        _ => PythonVersion::PY314,
    });
    settings
}

impl Settings {
    fn say(&mut self, major: Option<u64>, by: &str) {
        if self.airflow.is_none() && major.is_some() {
            self.airflow = major;
            self.said_by = Some(by.to_owned());
        }
    }
}

/// The major version that a requirement pins: `apache-airflow[amazon]==2.10.5`, `~=3.0`, `>=3,<4`.
fn pinned(text: &str) -> Option<u64> {
    for (at, name) in text.match_indices("apache-airflow") {
        let rest = &text[at + name.len()..];
        let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest);
        let rest = rest.trim_start();
        let version = ["==", "~=", ">="].iter().find_map(|operator| rest.strip_prefix(operator));
        if let Some(major) = version.map(str::trim_start).filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
        {
            return leading(major);
        }
    }
    None
}

/// `3.11` at the beginning, or after `-`.
fn version(text: &str) -> Option<PythonVersion> {
    let mut numbers = text.trim().trim_start_matches('-').split(['.', '-', '\n', ' ']);
    let (major, minor) = (numbers.next()?.parse().ok()?, numbers.next()?.trim().parse().ok()?);
    let version = PythonVersion { major, minor };
    (version >= PythonVersion::PY37 && version <= PythonVersion::PY315).then_some(version)
}

fn syntax(dockerfile: &str) -> Option<Syntax> {
    let (_, rest) = dockerfile.rsplit_once("AIRFLOW__CORE__DAG_IGNORE_FILE_SYNTAX")?;
    let value = rest.trim_start_matches(['=', ' ', '"', '\'']);
    match value {
        _ if value.starts_with("glob") => Some(Syntax::Glob),
        _ if value.starts_with("regexp") => Some(Syntax::Regexp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_that_astro_does_not_run_is_seen_before_anything_is_built() {
        for (text, expected) in [
            ("FROM x\n", None),
            ("FROM --platform=linux/amd64 x\n", None),
            ("FROM --platform=linux/arm64 x AS y\nFROM --platform=$TARGETPLATFORM z\n", None),
            ("# y\nFROM --platform=linux/arm64 x\n", Some((2, "linux/arm64"))),
        ] {
            assert_eq!(other_platform(text), expected, "{text}");
        }
    }

    #[test]
    fn versions_are_read_where_they_are_said() {
        for (name, text, airflow, python) in [
            ("Dockerfile", "FROM quay.io/astronomer/astro-runtime:12.1.0\n", Some(2), (3, 12)),
            ("Dockerfile", "FROM astrocrpublic.azurecr.io/runtime:3.1-4-python-3.11-base\n", Some(3), (3, 11)),
            ("Dockerfile", "FROM --platform=linux/amd64 apache/airflow:2.9.1-python3.9 AS x\n", Some(2), (3, 9)),
            ("Dockerfile", "FROM registry:5000/runtime\n", None, (3, 14)),
            ("Dockerfile", "FROM quay.io/astronomer/astro-runtime@sha256:aa\n", None, (3, 14)),
            (
                "requirements.txt",
                "pandas\napache-airflow-providers-http==4.1\napache-airflow[amazon] == 2.10.5\n",
                Some(2),
                (3, 12),
            ),
            ("pyproject.toml", "dependencies = [\"apache-airflow>=3.0,<4\"]\n", Some(3), (3, 14)),
            (".python-version", "3.10.4\n", None, (3, 10)),
            (".python-version", "pypy\n", None, (3, 14)),
        ] {
            let settings = read(&Tree::of_texts([(name, text)]), "");
            assert_eq!(settings.airflow, airflow, "{text}");
            assert_eq!((settings.python.major, settings.python.minor), python, "{text}");
        }
        let set = "FROM x\nENV AIRFLOW__CORE__DAG_IGNORE_FILE_SYNTAX=glob\n";
        assert_eq!(read(&Tree::of_texts([("Dockerfile", set)]), "").ignore, Some(Syntax::Glob));
    }
}
