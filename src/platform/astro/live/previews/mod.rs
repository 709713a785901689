//! Previews of pull requests: a deployment each, made from the environment's own and removed with its pull request.
//!
//! A preview is known by its mark alone, which is read again right before anything is done to it (`make`, `remove`).

mod copy;
mod make;
mod remove;

use std::collections::BTreeSet;

use super::super::preview::{Home, Mark};
use super::Live;
use super::ask::Ask;
use super::wire::{Deployment, Deployments};
use crate::platform::Previews;
use crate::platform::previews::Raised;
use crate::problem::Problem;
use crate::watch::{Task, Watch};

/// How many deployments one page has.
const PAGE: usize = 100;
/// How many deployments of a workspace are looked at.
const MOST: usize = 10_000;
/// What helps where the token may not do it.
const TOKEN: &str = "put a token of the workspace into the secret, with the role Workspace Operator, or one of the organisation; a deployment's own token can neither make nor remove deployments";

/// A deployment that carries a mark.
#[derive(Debug, Clone)]
struct Marked {
    deployment: Deployment,
    mark: Mark,
}

impl Marked {
    fn of(deployment: Deployment) -> Option<Self> {
        let mark = Mark::read(deployment.description.as_deref()?)?;
        Some(Self { deployment, mark })
    }
}

impl Live {
    /// What must hold before anything is asked. Problems: `preview-key`, `preview-homeless`.
    fn previewing(&self) -> Result<Home, Problem> {
        if self.bound.is_some() {
            let text =
                "the token of Astro belongs to one deployment, so previews can be neither made nor removed with it";
            return Err(Problem::input("preview-key", text).help(TOKEN));
        }
        self.ours.home().ok_or_else(|| {
            Problem::input(
                "preview-homeless",
                "previews are told apart by the repository's address, and this run has none",
            )
            .help("previews are made by runs in GitHub Actions: GITHUB_SERVER_URL and GITHUB_REPOSITORY say it")
        })
    }

    /// The deployments of a workspace that carry a mark of this repository, and the names of all.
    async fn marked(
        &self,
        home: &Home,
        workspace: &str,
        watch: &Watch,
    ) -> Result<(Vec<Marked>, BTreeSet<String>), Problem> {
        let all = all(&self.ask, &[("workspaceIds", workspace)], watch).await?;
        let names = all.iter().map(|deployment| deployment.name.clone()).collect();
        let mut marked: Vec<Marked> =
            all.into_iter().filter_map(Marked::of).filter(|each| each.mark.home == *home).collect();
        marked.sort_by(|a, b| (a.mark.created, &a.deployment.id).cmp(&(b.mark.created, &b.deployment.id)));
        Ok((marked, names))
    }
}

/// Every deployment that fits, all pages.
async fn all(ask: &Ask, filter: &[(&str, &str)], watch: &Watch) -> Result<Vec<Deployment>, Problem> {
    let asked = "the list of deployments";
    let mut all: Vec<Deployment> = Vec::new();
    loop {
        let mut query = vec![("limit", PAGE.to_string()), ("offset", all.len().to_string())];
        query.extend(filter.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let page: Deployments =
            ask.get(&["deployments"], &query, asked, watch).await.map_err(|unread| unread.problem(asked))?;
        let is_last = page.deployments.is_empty();
        all.extend(page.deployments);
        if is_last || all.len() >= page.total_count || all.len() >= MOST {
            return Ok(all);
        }
    }
}

impl Previews for Live {
    fn raise<'a>(&'a self, pull: u64, watch: &'a Watch) -> Task<'a, Result<Raised<'a>, Problem>> {
        Box::pin(self.raised(pull, watch))
    }

    fn take_down<'a>(&'a self, pull: u64, watch: &'a Watch) -> Task<'a, Result<Vec<String>, Problem>> {
        Box::pin(self.taken_down(pull, watch))
    }

    fn pulls<'a>(&'a self, watch: &'a Watch) -> Task<'a, Result<BTreeSet<u64>, Problem>> {
        Box::pin(async move {
            let home = self.previewing()?;
            let source = self.source(watch).await?;
            let (marked, _) = self.marked(&home, &source.workspace_id, watch).await?;
            Ok(marked.into_iter().map(|each| each.mark.pull).collect())
        })
    }
}
