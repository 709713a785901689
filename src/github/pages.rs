//! Lists that come in pages.

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::faults::cannot;
use super::request::Request;
use super::retry::{Retry, read_json};
use crate::problem::Problem;
use crate::watch::Watch;

/// Things on a page: GitHub's maximum.
const PAGE_SIZE: &str = "100";

/// Pages that are read of one list. A job's token may ask 1,000 times an hour: a list of 5,000 is not read by accident.
pub(super) const MOST_PAGES: usize = 50;

/// A page, as GitHub sends it: a list, or an object around one.
pub(super) trait Page: DeserializeOwned {
    type Item;
    fn items(self) -> Vec<Self::Item>;
}

impl<T: DeserializeOwned> Page for Vec<T> {
    type Item = T;
    fn items(self) -> Self {
        self
    }
}

impl Client {
    /// The first page of a list, in GitHub's order: 100 things at most.
    pub(super) async fn first_page<P: Page>(&self, first: Request, watch: &Watch) -> Result<Vec<P::Item>, Problem> {
        let mut all = Vec::new();
        self.each_page(first, watch, |page: P| {
            all = page.items();
            false
        })
        .await?;
        Ok(all)
    }

    /// All things of a list, in GitHub's order.
    pub(super) async fn pages<P: Page>(&self, first: Request, watch: &Watch) -> Result<Vec<P::Item>, Problem> {
        let mut all = Vec::new();
        self.each_page(first, watch, |page: P| {
            all.extend(page.items());
            true
        })
        .await?;
        Ok(all)
    }

    /// Hands over page after page until there is none, or `more` says that it has enough.
    pub(super) async fn each_page<P: DeserializeOwned>(
        &self,
        first: Request,
        watch: &Watch,
        mut more: impl FnMut(P) -> bool,
    ) -> Result<(), Problem> {
        let mut request = first.with("per_page", PAGE_SIZE);
        for _ in 0..MOST_PAGES {
            let (page, next) = self
                .ask(&request, Retry::Safe, watch, &|answer| {
                    Ok((read_json::<P>(answer)?, next_link(answer.header("link"))))
                })
                .await?;
            match (more(page), next) {
                (true, Some(next)) => request.url = self.next_page(&request, &next)?,
                _ => return Ok(()),
            }
        }
        Err(cannot(&request, "github-too-many")
            .cause(format!("there are more than {MOST_PAGES} pages of {PAGE_SIZE}"))
            .help("airlock reads no more than that; please report it"))
    }

    /// The next page's address; a link that leads to another host is not followed, with or without a token.
    fn next_page(&self, request: &Request, next: &str) -> Result<Url, Problem> {
        let url = request.url.join(next).ok().filter(|url| self.is_home(url));
        url.ok_or_else(|| {
            cannot(request, "github-answer")
                .cause("the link to the next page leads to another host")
                .help("is there a proxy between the runner and GitHub that rewrites answers?")
        })
    }
}

/// The `rel="next"` of a `Link` header.
fn next_link(header: Option<&str>) -> Option<String> {
    header?.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase();
            matches!(parameter.as_str(), r#"rel="next""# | "rel=next")
        });
        is_next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, expected) in [
            (r#"<https://a/?page=2>; rel="next", <https://a/?page=9>; rel="last""#, Some("https://a/?page=2")),
            (r#"<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next""#, Some("https://a/?page=3")),
            (r#"<https://a/?page=1>; rel="first", <https://a/?page=1>; rel="prev""#, None),
            (r#"<https://a/?page=2>; title="x"; rel=next"#, Some("https://a/?page=2")),
            ("", None),
            ("<https://a", None),
            (r#"rel="next""#, None),
        ] {
            assert_eq!(next_link(Some(header)).as_deref(), expected, "{header}");
        }
        assert_eq!(next_link(None), None);
    }
}
