//! The facts that most tests begin with: three environments, a repository, a run, an event, a record.

use std::collections::BTreeSet;
use std::path::PathBuf;

use semver::Version;

use crate::context::config::{Config, Environment, Shown};
use crate::context::event::{Actor, Event};
use crate::context::inputs::Inputs;
use crate::context::{Host, Invocation, Repository, Run};
use crate::finding::Tested;
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, LaneId};
use crate::release::{Origin, RECORD_SCHEMA, Record, ReleaseKind};

pub(crate) fn sha(digit: char) -> CommitSha {
    CommitSha::new(digit.to_string().repeat(40)).unwrap()
}

pub(crate) fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

pub(crate) fn name(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap()
}

pub(crate) fn person(login: &str) -> Actor {
    Actor { login: login.into(), bot: login.ends_with("[bot]") }
}

/// dev (branch main), staging (after dev), prod (production, after staging).
pub(crate) fn config() -> Config {
    let dev = Environment { branch: Some(branch("main")), ..Environment::named(name("dev")) };
    let staging = Environment { after: Some(name("dev")), ..Environment::named(name("staging")) };
    let prod = Environment { production: true, after: Some(name("staging")), ..Environment::named(name("prod")) };
    Config {
        projects: Vec::new(),
        environments: vec![dev, staging, prod],
        dispatch_by: Vec::new(),
        refresh_comments: false,
        shown: Shown::default(),
    }
}

/// A record of an ordinary deploy: by ana, on a push, tested, removing nothing.
pub(crate) fn record(lane: LaneId, version: Version, commit: CommitSha) -> Record {
    Record {
        schema: RECORD_SCHEMA,
        lane,
        kind: ReleaseKind::Deploy,
        version,
        previous: None,
        commit,
        only: None,
        description: String::new(),
        plan: Digest::of(b"plan"),
        artefact: None,
        removes: BTreeSet::new(),
        consent: None,
        tested: Tested::Here,
        hotfix: None,
        origin: Origin {
            actor: "ana".into(),
            triggering_actor: "ana".into(),
            event: "push".into(),
            run: None,
            attempt: 1,
            url: None,
        },
        opened: jiff::Timestamp::UNIX_EPOCH,
    }
}

pub(crate) fn invocation(event: Event) -> Invocation {
    Invocation {
        inputs: Inputs::default(),
        config: config(),
        policy_changes: Vec::new(),
        policy_unreadable: None,
        event,
        repository: Repository {
            name: Some("acme/shop".into()),
            default_branch: Some(branch("main")),
            root: PathBuf::from("/repository"),
            server_url: "https://github.com".into(),
            api_url: "https://api.github.com".into(),
        },
        run: Run {
            host: Host::Actions,
            sha: sha('a'),
            id: Some(1),
            attempt: 1,
            workflow: None,
            actor: "ana".into(),
            triggering_actor: "ana".into(),
            url: None,
            started: jiff::Timestamp::UNIX_EPOCH,
        },
    }
}
