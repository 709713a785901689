//! Every input, declared once. `action.yml` and `docs/inputs.md` are checked against this table by tests.

/// What a value of an input looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// Entries by line or comma.
    List(&'static str),
    /// Something else, in words.
    Text(&'static str),
    /// A credential: never printed, never read from an event.
    Secret,
}

/// One input of the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputSpec {
    /// Its name in `with:`, kebab-case.
    pub name: &'static str,
    /// What it is for, as `action.yml` says it.
    pub description: &'static str,
    /// The default in `action.yml`; empty: none. An input that a dispatch may give has none, for the runner hands over
    /// defaults like values, and a `with:` value wins over the dispatch.
    pub default: &'static str,
    /// What a value looks like.
    pub form: Form,
    /// Whether it is also read from the inputs of a `workflow_dispatch`.
    pub from_dispatch: bool,
}

const fn input(name: &'static str, form: Form, default: &'static str, description: &'static str) -> InputSpec {
    InputSpec { name, description, default, form, from_dispatch: false }
}

const fn dispatch(name: &'static str, form: Form, description: &'static str) -> InputSpec {
    InputSpec { name, description, default: "", form, from_dispatch: true }
}

const COMMAND: Form = Form::Text("`auto`, `none`, or a command without shell syntax");

/// Every input, in the order in which people meet them.
pub const TABLE: &[InputSpec] = &[
    input(
        "project",
        Form::List("ids or folders of projects"),
        "",
        "Only these projects; all that are configured or found, when empty.",
    ),
    input(
        "platform",
        Form::Words(&["auto", "nango", "astro", "paragon", "command", "local"]),
        "auto",
        "What the code is; `auto` looks at the folder.",
    ),
    dispatch("environment", Form::Text("name of an environment"), "The environment to deploy to, for a manual run."),
    dispatch(
        "allow-destructive",
        Form::Words(&["true", "false", "choose"]),
        "Whether this run may remove things. Production needs it stated: `true` or `false`; empty and `choose` state nothing.",
    ),
    dispatch(
        "consent",
        Form::List("resource ids, or one plan digest"),
        "What may be removed, each by its id (no patterns), or the full sha256 digest of the plan that was read.",
    ),
    dispatch(
        "version",
        Form::Text("`auto`, or a semantic version such as `1.4.0`"),
        "The release's version; with `mode` `rollback` the version to go back to, or the platform's own id of the deploy that brought it (Astro). Empty is `auto`: the next one.",
    ),
    dispatch(
        "description",
        Form::Text("any text"),
        "What the release is about; the merged pull requests' titles, when empty.",
    ),
    dispatch(
        "commit",
        Form::Text("commit, tag or branch"),
        "The commit to promote; what the environment before runs, when empty.",
    ),
    dispatch(
        "only",
        Form::Text("an integration (`github`), or one function (`github/issues`, `sync:github/issues`)"),
        "Deploy only this part of a Nango project; everything else there stays as it is, on-event scripts included.",
    ),
    dispatch("hotfix", Form::Text("the reason"), "Deploy a `hotfix/**` branch without promotion; say why."),
    dispatch(
        "accept",
        Form::List("`code:resource`"),
        "Warnings to accept in this run, such as `secret-missing:hubspot/deals`.",
    ),
    dispatch(
        "mode",
        Form::Words(&["auto", "plan", "rollback", "adopt", "drift"]),
        "What to do. Empty is `auto`: what the event calls for.",
    ),
    input(
        "execute",
        Form::Words(&["auto", "never"]),
        "auto",
        "Whether code of the repository may run in this job at all.",
    ),
    input(
        "hand-over",
        Form::Flag,
        "false",
        "Check and compile for a later job of this run, and write that down for it (output `hand-over-path`); nothing is applied.",
    ),
    input(
        "handed-over",
        Form::Text("the name of an artifact, `name` or `name@sha256:…`"),
        "",
        "The artifact with what an earlier job of this run handed over; with `execute` `never`. After the `@` its output `hand-over-digest`.",
    ),
    input("test-command", COMMAND, "auto", "How to test; `auto` looks at the project, `none` is shown as not tested."),
    input(
        "test-results",
        Form::List("paths or globs of JUnit files"),
        "",
        "JUnit files that an earlier step of this job wrote.",
    ),
    input(
        "tested-by",
        Form::List("names of check runs"),
        "",
        "Check runs of other jobs that must have passed for this commit.",
    ),
    input("test-timeout", Form::Text("a time such as `90s`, `30m` or `1h30m`"), "30m", "How long the tests may take."),
    input(
        "test-env",
        Form::List("names of variables"),
        "",
        "Variables that the tests may see, beside the usual ones; never a platform's key.",
    ),
    input(
        "test-artifacts",
        Form::List("paths from the repository's root"),
        "",
        "Files and folders that the tests write and later steps want: put back into the workspace after the tests.",
    ),
    input("install-command", COMMAND, "auto", "How to install dependencies; `auto` goes by the lockfile."),
    input(
        "install-env",
        Form::List("names of variables"),
        "",
        "Variables that the installation may see, beside the usual ones; never a platform's key.",
    ),
    input(
        "image",
        Form::Text("a path"),
        "",
        "An image that an earlier step built, as an OCI archive or layout below the repository's root: it goes along with a deploy to Astro.",
    ),
    input("preview", Form::Flag, "false", "Give each pull request of this repository a preview deployment."),
    dispatch("dry-run", Form::Flag, "Do everything but change anything. Empty is `false`."),
    input(
        "shard",
        Form::Text("`4`, or a part such as `2/4`"),
        "",
        "With `mode` `plan` on a pull request: into how many parts the tests are split. In a job of the matrix: which part runs here.",
    ),
    input(
        "plan-digest",
        Form::Text("a plan's digest"),
        "",
        "The digest that an earlier job's plan had: this job refuses another plan (`plan-changed`).",
    ),
    input(
        "part",
        Form::Flag,
        "false",
        "This job does a part of a matrix: it leaves no comment and no check run, for the job with `reports` does.",
    ),
    input(
        "reports",
        Form::List("paths or globs of report files"),
        "",
        "Reports that the other jobs of this run wrote: they are told together, and nothing else is done.",
    ),
    input(
        "matrix",
        Form::Text("the output `matrix` of an earlier job"),
        "",
        "With `reports`: the parts that must have left a report; one that is missing is an error.",
    ),
    input(
        "config",
        Form::Text("a path from the repository's root"),
        "airlock.toml",
        "The configuration file, if there is one.",
    ),
    input(
        "github-token",
        Form::Secret,
        "${{ github.token }}",
        "The token for GitHub's API; what it may not do is left out and said so.",
    ),
];

/// The declaration of an input by its name.
pub fn spec(name: &str) -> Option<&'static InputSpec> {
    TABLE.iter().find(|spec| spec.name == name)
}

impl InputSpec {
    /// The variable in which the runner hands it over: upper case, hyphens kept.
    pub fn variable(&self) -> String {
        format!("INPUT_{}", self.name.to_ascii_uppercase())
    }
}
