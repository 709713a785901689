//! Puts an image into Astro's registry: OCI Distribution, "Push". Each part is looked for first, sent from the file where it is not
//! there, and what the registry then says that it has is compared with what was sent.
//!
//! The registry says by a challenge which key it wants (`key`). The API token goes to hosts of Astro's own; the key that the registry
//! gives for it goes to the registry's own address and to no other, wherever an upload is sent to.

mod body;
mod key;

use std::cell::RefCell;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder, Url};
use secrecy::SecretString;

use super::super::oci::{Blob, Image};
use super::answer::REGISTRY;
use super::hosts;
use crate::net;
use crate::platform::asking::{Got, Line, Miss, again, each};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long one part may take.
const UPLOAD: Duration = Duration::from_mins(30);
/// How many parts are sent at once.
const AT_ONCE: usize = 4;
/// How the registry tells a digest.
const DIGEST: &str = "docker-content-digest";

/// One repository of the registry, and the tag that Astro gave for a deploy.
pub(super) struct Registry<'a> {
    line: Line,
    client: &'a Client,
    api: &'a Url,
    /// `https://images.astronomer.cloud/`
    base: Url,
    /// The repository's name there.
    name: Vec<String>,
    tag: String,
    token: &'a SecretString,
    /// What the registry wants to be told of who asks, once it said so.
    says: RefCell<Option<HeaderValue>>,
    watch: &'a Watch,
}

/// What came of a question, or the challenges of a registry that does not know who asks.
enum Said<T> {
    This(T),
    Who(Vec<String>),
}

impl<'a> Registry<'a> {
    /// The repository that Astro named. Problems: `registry-refused`.
    pub(super) fn at(
        (repository, tag): (&str, &str),
        (client, api): (&'a Client, &'a Url),
        token: &'a SecretString,
        watch: &'a Watch,
    ) -> Result<Self, Problem> {
        let (base, name) = address(repository, api)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if tag.is_empty() || tag.len() > 128 || !tag.chars().all(plain) {
            return Err(refused("Astro gives no tag that an image could have"));
        }
        let line = Line::new(client.clone(), base.clone(), None, &REGISTRY);
        let (tag, says) = (tag.to_owned(), RefCell::default());
        Ok(Self { line, client, api, base, name, tag, token, says, watch })
    }

    /// Puts the image there, its manifest last, and looks whether it is what the tag stands for.
    pub(super) async fn push(&self, image: &Image) -> Result<(), Problem> {
        let parts: Vec<&Blob> = image.blobs.iter().collect();
        // The first alone: it learns who may ask.
        let (first, rest) = parts.split_at(parts.len().min(1));
        for group in [first, rest] {
            let sent = each(AT_ONCE, group.to_vec(), |blob| self.part(image, blob)).await;
            sent.into_iter().collect::<Result<(), Problem>>()?;
        }
        let url = self.url(&["manifests", &self.tag]);
        let request = || {
            let request = self.line.request(Method::PUT, url.clone()).header(CONTENT_TYPE, &image.media_type);
            request.body(image.manifest.clone())
        };
        self.asked(&request, &url, "the image", &|got| (got.status == 201).then_some(())).await?;
        if self.stands_for(image).await? { Ok(()) } else { Err(taken(&self.tag)) }
    }

    /// Whether the tag stands for this image now. Another run's deploy may have been given the same tag.
    pub(super) async fn stands_for(&self, image: &Image) -> Result<bool, Problem> {
        let url = self.url(&["manifests", &self.tag]);
        let request = || self.line.request(Method::HEAD, url.clone()).header("accept", &image.media_type);
        let digest = self
            .asked(&request, &url, "which image a tag stands for", &|got| match got.status {
                200 => Some(got.headers.get(DIGEST).and_then(|digest| digest.to_str().ok()).map(str::to_owned)),
                404 => Some(None),
                _ => None,
            })
            .await?;
        Ok(digest.as_deref() == Some(image.digest.as_str()))
    }

    fn url(&self, path: &[&str]) -> Url {
        let name = self.name.iter().map(String::as_str);
        self.line.url(&["v2"].into_iter().chain(name).chain(path.iter().copied()).collect::<Vec<_>>(), &[])
    }

    /// Sends one part, unless it is there.
    async fn part(&self, image: &Image, blob: &Blob) -> Result<(), Problem> {
        let asked = "a part of the image";
        let url = self.url(&["blobs", blob.digest.as_str()]);
        let there = || self.line.request(Method::HEAD, url.clone());
        let part = image.part(blob)?;
        let is_there = |got: &Got| match got.status {
            200 => Some(true),
            404 => Some(false),
            _ => None,
        };
        let attempt = async || {
            let there = self.asked(&there, &url, "whether it has a part of the image", &is_there);
            if there.await.map_err(Miss::Ended)? {
                return Ok(());
            }
            let to = self.upload(blob).await.map_err(Miss::Ended)?;
            let request = self.line.request(Method::PUT, to.clone()).timeout(UPLOAD);
            let request = request.header(CONTENT_TYPE, "application/octet-stream").body(body::of(part.clone()));
            match self.line.any(self.signed(request, &to), self.watch).await? {
                got if got.status == 201 => Ok(()),
                got if got.status == 401 => Err(Miss::Doubtful(vec!["its key ended meanwhile".to_owned()])),
                got => Err(other(&self.line, got)),
            }
        };
        again(attempt, asked, &REGISTRY, self.watch).await.map_err(|miss| problem(miss, asked))
    }

    /// Begins an upload: where the bytes of this digest are to be put.
    async fn upload(&self, blob: &Blob) -> Result<Url, Problem> {
        let mut url = self.url(&["blobs", "uploads"]);
        // The address of uploads ends in a slash.
        url.set_path(&format!("{}/", url.path()));
        let request = || self.line.request(Method::POST, url.clone()).header("content-length", "0");
        let at = self.asked(&request, &url, "the beginning of an upload", &|got| {
            let location = got.headers.get(LOCATION).and_then(|location| location.to_str().ok());
            (got.status == 202).then_some(location.map(str::to_owned))
        });
        let location = at.await?.ok_or_else(|| refused("it says not where to send a part of the image"))?;
        let mut to = url.join(&location).map_err(|_not_shown| refused("it gives no address to send an image to"))?;
        let here = net::is_loopback(&to) && net::is_loopback(self.api);
        if to.scheme() != "https" && !here {
            return Err(refused("the address that it gives to send an image to is not https"));
        }
        to.query_pairs_mut().append_pair("digest", blob.digest.as_str());
        Ok(to)
    }

    /// Asks, and once more with a key where the registry wants one. `read` gives nothing for an answer that is none.
    async fn asked<T>(
        &self,
        request: &dyn Fn() -> RequestBuilder,
        url: &Url,
        asked: &str,
        read: &dyn Fn(&Got) -> Option<T>,
    ) -> Result<T, Problem> {
        let signed = || self.signed(request(), url);
        let mut is_known = false;
        loop {
            let judged = |got: Got| match read(&got) {
                Some(value) => Ok(Said::This(value)),
                None if got.status == 401 && !is_known => Ok(Said::Who(challenges(&got.headers))),
                None => Err(other(&self.line, got)),
            };
            let said = self.line.again_any(&signed, asked, self.watch, &judged).await;
            match said.map_err(|miss| problem(miss, asked))? {
                Said::This(value) => return Ok(value),
                Said::Who(challenges) => {
                    let says = self.key(&challenges).await?;
                    self.says.replace(Some(says));
                    is_known = true;
                }
            }
        }
    }

    /// The request with the registry's key, where it goes to the registry itself.
    fn signed(&self, request: RequestBuilder, url: &Url) -> RequestBuilder {
        match &*self.says.borrow() {
            Some(says) if net::same_origin(url, &self.base) => request.header(AUTHORIZATION, says),
            _ => request,
        }
    }
}

/// Why the registry did not do what it was asked.
fn problem(miss: Miss, asked: &str) -> Problem {
    if let Miss::Ended(problem) = miss {
        return problem;
    }
    miss.forbidden(asked, &REGISTRY, REGISTRY.help_key).cause("nothing was changed: the deploy was not made final")
}

/// What an answer comes to that is not the one that was due: a refusal, or a success of another sort.
fn other(line: &Line, got: Got) -> Miss {
    let status = got.status;
    match line.judged(got) {
        Err(miss) => miss,
        Ok(_) => Miss::Doubtful(vec![format!("status {status} where another was due")]),
    }
}

fn challenges(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(WWW_AUTHENTICATE).iter();
    all.filter_map(|challenge| challenge.to_str().ok()).map(str::to_owned).collect()
}

/// The registry's address and the repository's name: Astro tells both in one, with or without a scheme.
fn address(repository: &str, api: &Url) -> Result<(Url, Vec<String>), Problem> {
    let no_address = || refused("Astro gives no address to push an image to");
    let whole = if repository.contains("://") { repository.to_owned() } else { format!("https://{repository}") };
    let mut url = Url::parse(&whole).map_err(|_no_address| no_address())?;
    if !repository.contains("://") && net::is_loopback(&url) && net::is_loopback(api) {
        url = Url::parse(&format!("http://{repository}")).map_err(|_no_address| no_address())?;
    }
    if !hosts::is_astros(&url, api) {
        let host = url.host_str().unwrap_or_default().escape_debug().to_string();
        return Err(refused(&format!("Astro says that its registry is at `{host}`, which is no host of Astro's")));
    }
    let name: Vec<String> = url.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name = |part: &String| part.chars().all(plain) && part.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name.is_empty() || !name.iter().all(is_name) {
        return Err(no_address());
    }
    url.set_query(None);
    url.set_fragment(None);
    url.set_path("/");
    Ok((url, name))
}

fn refused(why: &str) -> Problem {
    Problem::new("registry-refused", Fault::Platform, "the image cannot be put into Astro's registry")
        .cause(why)
        .cause("nothing was changed: the deploy was not made final")
}

/// The problem of a tag that another run's image took.
pub(super) fn taken(tag: &str) -> Problem {
    Problem::new("plan-changed", Fault::Refused, "somebody else deployed an image while this deploy was prepared")
        .cause(format!("the tag `{}` stands for another image now", tag.escape_debug()))
        .cause("nothing was changed: the deploy was not made final")
        .help("start this run again, and let one workflow alone deploy to this deployment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_go_to_hosts_of_astro_alone() {
        let cloud = Url::parse("https://api.astronomer.io/v1/").unwrap();
        let here = Url::parse("http://127.0.0.1:8080/v1/").unwrap();
        let cases = [
            ("images.astronomer.cloud/clorg/cldep", &cloud),
            ("https://images.astronomer.cloud/clorg/cldep", &cloud),
            ("images.astronomer.cloud.evil.example/a/b", &cloud),
            ("http://images.astronomer.cloud/a/b", &cloud),
            ("images.astronomer.cloud/../b", &cloud),
            ("images.astronomer.cloud", &cloud),
            ("127.0.0.1:9000/a", &cloud),
            ("127.0.0.1:9000/a/b", &here),
        ];
        let told = cases.iter().map(|(told, api)| match address(told, api) {
            Ok((url, name)) => format!("{url} {}", name.join("/")),
            Err(problem) => problem.causes[0].clone(),
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
        https://images.astronomer.cloud/ clorg/cldep
        https://images.astronomer.cloud/ clorg/cldep
        Astro says that its registry is at `images.astronomer.cloud.evil.example`, which is no host of Astro's
        Astro says that its registry is at `images.astronomer.cloud`, which is no host of Astro's
        https://images.astronomer.cloud/ b
        Astro gives no address to push an image to
        Astro says that its registry is at `127.0.0.1`, which is no host of Astro's
        http://127.0.0.1:9000/ a/b
        ");
    }
}
