//! The order of things: look, install, test, read given results. Each command is run, judged and reported here.

use std::path::Path;
use std::time::Duration;

use super::install::{self, Needs};
use super::look::{self, Look};
use super::place::Files;
use super::step::{Choice, Step};
use super::suite::{self, Scratch};
use super::verdict::{self, Finished, ended, outcome_line, skipped};
use super::{Ask, Wanted, junit, results, rewritten, versions};
use crate::artefact::Built;
use crate::console::Console;
use crate::context::inputs::{CommandChoice, Execute, Shard};
use crate::finding::{Finding, Severity, Suite, SuiteEnd, SuiteKind, Tested};
use crate::history::beneath::Folder;
use crate::platform::{Building, Compiled};
use crate::problem::Problem;
use crate::process::{ChildEnv, Confined, End};
use crate::watch::Watch;

/// How long a program may take to say its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// The environments of the two sorts of commands.
struct Environments {
    install: ChildEnv,
    test: ChildEnv,
}

impl Environments {
    /// With the environment of Python that the install makes first on the PATH of the tests.
    fn with_venv(&self, installs: &[Choice], venv: &Path) -> Self {
        let venv = venv.display().to_string();
        let is_made = installs.iter().filter_map(Choice::step).any(|step| step.argv.last() == Some(&venv));
        let path = format!("{venv}/bin:{}", self.test.get("PATH").unwrap_or_default());
        let test = self.test.clone();
        let test = if is_made { test.with("PATH", path).with("VIRTUAL_ENV", venv) } else { test };
        Self { install: self.install.clone(), test }
    }
}

/// One run of the checks.
pub(super) struct Bench<'a> {
    ask: &'a Ask<'a>,
    console: &'a Console,
    watch: &'a Watch,
    suites: Vec<Suite>,
    findings: Vec<Finding>,
    built: Option<Built>,
}

/// What was done.
pub(super) struct Done {
    pub(super) suites: Vec<Suite>,
    pub(super) findings: Vec<Finding>,
    pub(super) tested: Tested,
    pub(super) built: Option<Built>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(ask: &'a Ask<'a>, console: &'a Console, watch: &'a Watch) -> Self {
        Self { ask, console, watch, suites: Vec::new(), findings: Vec::new(), built: None }
    }

    /// Does all of it.
    pub(super) async fn check(mut self) -> Done {
        let not_here = self.here().await;
        if !self.ask.inputs.test_results.is_empty() && self.watch.stopped().is_none() {
            self.given_results();
        }
        let tested = self.tested(not_here);
        Done { suites: self.suites, findings: self.findings, tested, built: self.built }
    }

    /// Installs and tests here, as far as that is wanted; gives why no test ran here, if none did.
    async fn here(&mut self) -> Option<String> {
        if self.ask.inputs.execute == Execute::Never {
            return Some(self.skip_all("`execute` is `never`"));
        }
        let environments = match self.environments() {
            Ok(environments) => environments,
            Err(why) => return Some(self.skip_all(&why)),
        };
        let look = match look::look(self.ask.root, self.ask.project) {
            Ok(look) => look,
            Err(problem) => {
                self.findings.push(finding_of(&problem));
                return Some(self.skip_all("the folder could not be read"));
            }
        };
        self.findings.extend(look.findings.iter().cloned());
        let scratch = match tempfile::Builder::new().prefix("checks-").tempdir_in(self.ask.scratch) {
            Ok(scratch) => scratch,
            Err(error) => {
                return Some(self.without_scratch(&Problem::bug("cannot make a scratch folder").because(&error)));
            }
        };
        if let Err(problem) = self.ask.walls.hand_over(scratch.path()) {
            return Some(self.without_scratch(&problem));
        }
        let venv = scratch.path().join("venv");
        let scratch = Scratch { folder: scratch.path(), venv: &venv };
        self.install_and_test(&look, &environments, scratch).await
    }

    fn without_scratch(&mut self, problem: &Problem) -> String {
        self.findings.push(finding_of(problem));
        self.skip_all("there is no scratch folder")
    }

    async fn install_and_test(
        &mut self,
        look: &Look,
        environments: &Environments,
        scratch: Scratch<'_>,
    ) -> Option<String> {
        let folder = self.ask.project.path.as_str();
        let limit = self.ask.inputs.test_timeout;
        let wish = self.test_wish();
        let tests = match &wish {
            Ok(wish) => suite::choose(look, wish, limit, folder, scratch, &environments.test, self.ask.inputs.shard),
            Err(why) => vec![Choice::skip("tests", *why)],
        };
        let wish = first_wish(&self.ask.inputs.install_command, &self.ask.project.install_command);
        let installs =
            install::choose(look, wish, self.needs(look, &tests), folder, scratch.venv, &environments.install);
        let environments = &environments.with_venv(&installs, scratch.venv);
        let runs = |choices: &[Choice]| choices.iter().any(|choice| choice.step().is_some());
        let before = if runs(&installs) || runs(&tests) {
            self.odd_versions(look, &environments.test).await
        } else {
            Vec::new()
        };

        let installed = self.install(installs, &environments.install).await;
        if let Some(wanted) = self.ask.build {
            self.compile(wanted, &environments.install, installed).await;
        }
        let mut not_tested = None;
        for choice in tests {
            let choice = match installed {
                Ok(()) => choice,
                Err(why) => Choice::skip(choice.name(), why),
            };
            if let Choice::Skip { why, .. } = &choice {
                not_tested = Some(why.clone());
            }
            self.follow(SuiteKind::Test, choice, &environments.test).await;
        }
        self.findings.extend(weighed(before, self.suites.iter().all(Suite::lets_on)));
        not_tested
    }

    /// Installs; an error says why nothing may follow.
    async fn install(&mut self, installs: Vec<Choice>, environment: &ChildEnv) -> Result<(), &'static str> {
        let runs = installs.iter().any(|choice| choice.step().is_some());
        for choice in installs {
            if !self.follow(SuiteKind::Install, choice, environment).await {
                return Err("the install before it did not succeed");
            }
        }
        let rewritten = if runs { rewritten::by_installation(self.ask) } else { Vec::new() };
        let is_commit = rewritten.is_empty();
        self.findings.extend(rewritten);
        if is_commit { Ok(()) } else { Err("the installation changed files of the commit") }
    }

    /// What to run as tests here; an error says why nothing is.
    fn test_wish(&self) -> Result<CommandChoice, &'static str> {
        let wish = first_wish(&self.ask.inputs.test_command, &self.ask.project.test_command);
        match wish {
            CommandChoice::Auto if !self.ask.inputs.test_results.is_empty() => Err("`test-results` are given"),
            CommandChoice::Auto if self.ask.elsewhere.is_some() => Err("`tested-by` is given"),
            _ if self.ask.recorded.is_some() => Err("a release of this very commit was tested"),
            wish => Ok(wish.clone()),
        }
    }

    /// What the commands need installed. A command that somebody wrote may need anything.
    fn needs(&self, look: &Look, tests: &[Choice]) -> Needs {
        let steps: Vec<&Step> = tests.iter().filter_map(Choice::step).collect();
        let written = !matches!(self.test_wish(), Ok(CommandChoice::Auto)) && !steps.is_empty();
        let pytests = steps.iter().filter(|step| step.argv.iter().any(|word| word == "pytest")).count();
        Needs {
            node: self.ask.build.is_some_and(|wanted| wanted.code.compiler().is_some())
                || written
                || steps.len() > pytests,
            python: pytests > 0 || written && look.python.tests || self.ask.build.is_some() && look.python.uv.is_some(),
        }
    }

    /// Does what was chosen; gives whether the next may follow.
    async fn follow(&mut self, kind: SuiteKind, choice: Choice, environment: &ChildEnv) -> bool {
        let suite = match choice {
            Choice::Run(step) => self.step(&step, environment).await,
            Choice::Skip { name, why } => {
                self.console.say(&format!("{name}: not run, {why}"));
                skipped(kind, &name, &why)
            }
            Choice::Without { name, why, help } => {
                self.findings.push(Finding::warning("no-lockfile", why.clone()).help(help));
                skipped(kind, &name, &why)
            }
            Choice::Cannot { name, why, help } => {
                self.findings.push(Finding::error("command-not-started", why.clone()).help(help));
                ended(kind, &name, SuiteEnd::NotStarted { why })
            }
        };
        let goes_on = suite.lets_on();
        self.suites.push(suite);
        goes_on
    }

    /// Makes what is to be deployed; it is read before any test can touch it.
    async fn compile(&mut self, wanted: Wanted<'_>, environment: &ChildEnv, installed: Result<(), &str>) {
        let Some(name) = wanted.code.step() else { return };
        if let Err(why) = installed {
            self.suites.push(skipped(SuiteKind::Compile, name, why));
            return;
        }
        let Ask { project, root, walls, .. } = *self.ask;
        let (console, watch, manifest) = (self.console, self.watch, wanted.manifest);
        let building = Building { project, root, manifest, environment, walls, console, watch };
        let Compiled { built, mut findings, mut suite } = match wanted.code.build(building).await {
            Ok(compiled) => compiled,
            Err(problem) => {
                let end = SuiteEnd::NotStarted { why: problem.to_string() };
                Compiled {
                    built: None,
                    findings: vec![finding_of(&problem)],
                    suite: ended(SuiteKind::Compile, name, end),
                }
            }
        };
        if let (SuiteEnd::NotStarted { why }, false) = (&suite.end, wanted.needed) {
            suite.end = SuiteEnd::Skipped { why: why.clone() };
            findings.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        }
        console.say(&outcome_line(&suite));
        self.suites.push(suite);
        let rewritten = rewritten::by_compiler(self.ask, wanted.code, name);
        self.built = built.filter(|_| rewritten.is_empty());
        self.findings.extend(findings.into_iter().chain(rewritten));
    }

    /// Runs one command and judges it.
    async fn step(&mut self, step: &Step, environment: &ChildEnv) -> Suite {
        let folder = self.ask.root.join(&step.folder);
        let command = Confined::new(self.ask.walls, step.argv.clone(), folder, environment.clone());
        let name = step.name.clone();
        self.console.group(&name);
        let ran = command.run(self.console, &self.watch.within(step.limit)).await;
        self.console.end_group();
        let results = step.junit.as_deref().and_then(written);
        let files = Files { root: self.ask.root, folder: &step.folder };
        let (suite, findings) =
            verdict::judge(Finished { kind: step.kind, name, ran, limit: step.limit, results, environment, files });
        self.console.say(&outcome_line(&suite));
        self.findings.extend(findings);
        suite
    }

    fn given_results(&mut self) {
        let Ask { checkout: root, project, tree, job_started, inputs, .. } = self.ask;
        let copy = (self.ask.root != *root).then_some(self.ask.root);
        let rules = results::Rules { root, copy, folder: &project.path, tree, job_started: *job_started };
        let (suite, findings) = results::read(&inputs.test_results, rules);
        self.console.say(&outcome_line(&suite));
        self.findings.extend(findings);
        self.suites.push(suite);
    }

    /// Where the tests of this commit ran. What was tried here counts as here: its suites say how it went.
    fn tested(&mut self, not_here: Option<String>) -> Tested {
        if self
            .suites
            .iter()
            .any(|suite| suite.kind == SuiteKind::Test && !matches!(suite.end, SuiteEnd::Skipped { .. }))
        {
            return Tested::Here;
        }
        if let Some(recorded) = &self.ask.recorded {
            return recorded.clone();
        }
        let why = not_here.unwrap_or_else(|| "nothing was run".to_owned());
        match &self.ask.elsewhere {
            Some(Ok(by)) if !by.is_empty() => Tested::Elsewhere { by: by.clone() },
            Some(Ok(_)) => self
                .not_elsewhere(&Problem::input("tested-by-missing", "none of the check runs of `tested-by` was found")),
            Some(Err(problem)) => self.not_elsewhere(problem),
            None if !self.ask.inputs.tested_by.is_empty() => self
                .not_elsewhere(&Problem::input("tested-by-unread", "the check runs of `tested-by` were not looked up")),
            None => Tested::Not { why },
        }
    }

    fn not_elsewhere(&mut self, problem: &Problem) -> Tested {
        self.findings.push(finding_of(problem));
        Tested::Not { why: problem.to_string() }
    }

    fn environments(&mut self) -> Result<Environments, String> {
        let Ask { variables, inputs, .. } = self.ask;
        match (ChildEnv::new(variables, &inputs.install_env), ChildEnv::new(variables, &inputs.test_env)) {
            (Ok(install), Ok(test)) => Ok(Environments { install, test: with_part(test, inputs.shard) }),
            (install, test) => {
                let problems = [install.err(), test.err()].into_iter().flatten().flatten();
                self.findings.extend(problems.map(|problem| finding_of(&problem)));
                Err("a variable was named that may not be handed on".to_owned())
            }
        }
    }

    /// Nothing is run; gives why.
    fn skip_all(&mut self, why: &str) -> String {
        self.console.say(&format!("install and tests: not run, {why}"));
        self.suites.push(skipped(SuiteKind::Install, "install", why));
        let compiler = self.ask.build.and_then(|wanted| wanted.code.step());
        self.suites.extend(compiler.map(|name| skipped(SuiteKind::Compile, name, why)));
        self.suites.push(skipped(SuiteKind::Test, "tests", why));
        why.to_owned()
    }

    /// A warning for each program whose version is not the one that is asked for. uv brings its own Python.
    async fn odd_versions(&self, look: &Look, environment: &ChildEnv) -> Vec<Finding> {
        let mut findings = Vec::new();
        for wanted in &look.wanted {
            let is_used = if wanted.program == "node" {
                look.package.is_some()
            } else {
                look.python.tests && look.python.uv.is_none()
            };
            if !is_used {
                continue;
            }
            let argv = vec![wanted.program.to_owned(), "--version".to_owned()];
            let command = Confined::new(self.ask.walls, argv, self.ask.scratch, environment.clone());
            let ran = command.run(&Console::silent(), &self.watch.within(VERSION_LIMIT)).await;
            let found = ran.tail.trim();
            if ran.end == End::Exited(0) && versions::fits(wanted, found) == Some(false) {
                let said = format!("{} {} is asked for, {found} is here", wanted.program, wanted.text.escape_debug());
                findings.push(Finding::warning("version-mismatch", said).help(verdict::WAYS).at(wanted.place.clone()));
            }
        }
        findings
    }
}

/// The input, where it says anything; else the project's own.
fn first_wish<'a>(input: &'a CommandChoice, own: &'a CommandChoice) -> &'a CommandChoice {
    if *input == CommandChoice::Auto { own } else { input }
}

/// Warnings about versions become errors when something failed: then they are its likely reason.
fn weighed(findings: Vec<Finding>, all_fine: bool) -> impl Iterator<Item = Finding> {
    let severity = if all_fine { Severity::Warning } else { Severity::Error };
    findings.into_iter().map(move |finding| Finding { severity, ..finding })
}

/// What the command wrote where it was asked to; `None` when it wrote nothing.
fn written(file: &Path) -> Option<Result<junit::Results, String>> {
    let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = file.file_name()?.to_str()?;
    let read = Folder::root(&folder).and_then(|folder| folder.read(name, results::LARGEST));
    match read {
        Ok(bytes) => bytes.map(|bytes| junit::read(&bytes)),
        Err(trouble) => Some(Err(trouble.to_string())),
    }
}

/// Which part of the tests is meant, for commands of people's own: `AIRLOCK_SHARD` is `2/4`.
fn with_part(environment: ChildEnv, shard: Option<Shard>) -> ChildEnv {
    match shard.filter(|shard| shard.part.is_some()) {
        Some(shard) => environment.with("AIRLOCK_SHARD", shard.to_string()),
        None => environment,
    }
}

/// A problem as an error finding.
pub(crate) fn finding_of(problem: &Problem) -> Finding {
    let finding = Finding { code: problem.code.clone(), ..Finding::error("", problem.to_string()) };
    if problem.help.is_empty() { finding } else { finding.help(problem.help.join("; ")) }
}
