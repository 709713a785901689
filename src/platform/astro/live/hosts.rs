//! Which hosts the token may go to, beside the API itself: those of Astro's own.

use reqwest::Url;

use crate::net;

/// Whether this address is Astro's own: Airflows are at `*.astronomer.run`, images at `images.astronomer.cloud`; where the API is of
/// another domain, at that one, or at its likes that end in `.run` and `.cloud`. An API on this machine has them on this machine.
pub(super) fn is_astros(url: &Url, api: &Url) -> bool {
    let here = net::is_loopback(url) && net::is_loopback(api);
    let host = url.host_str().unwrap_or_default();
    here || (url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && is_of(host, api))
}

fn is_of(host: &str, api: &Url) -> bool {
    let domain = api.host_str().unwrap_or_default();
    let domain = domain.strip_prefix("api.").unwrap_or(domain);
    let stem = domain.rsplit_once('.').map_or(domain, |(stem, _)| stem);
    let below = |domain: &str| !domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let own = ["astronomer.run".to_owned(), "astronomer.cloud".to_owned(), domain.to_owned()];
    own.into_iter().chain(["run", "cloud"].map(|end| format!("{stem}.{end}"))).any(|domain| below(&domain))
}
