//! What code runs, where the platform does not give it back: that of the newest release, as long as the platform says that
//! nothing was written there since. What was written later is somebody else's, and drift. Where the platform gave names alone,
//! everything behind a name is the release's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use semver::Version;

use super::message::{Code, Message};
use super::rules::Rules;
use super::{Basis, Observed};
use crate::manifest::{Attribute, Manifest, Resource, ResourceId, Subject};
use crate::names::{CommitSha, Digest};

/// The attribute of what somebody else deployed: who. No release has that.
const OWNER: &str = "source";
/// How far the platform's clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// The newest release, as its commit declares it.
#[derive(Debug, Clone)]
pub struct Laid {
    /// What the commit declares, with the prints of its code.
    pub manifest: Manifest,
    /// The release's version.
    pub version: Version,
    /// Its commit.
    pub commit: CommitSha,
    /// When the release was over.
    pub closed: Timestamp,
    /// When it was over for resources of a part that was released later.
    pub later: BTreeMap<ResourceId, Timestamp>,
    /// The number that the platform gave to what the release sent, where it gives one.
    pub number: Option<String>,
}

/// What was seen, with the prints of the release where they hold.
#[derive(Debug)]
pub struct Overlaid {
    /// What was seen.
    pub observed: Observed,
    /// A remark on everything that was written there after the release.
    pub drift: Vec<Message>,
}

/// Gives each resource that was read from the platform the print that the release's commit has for it, and what the platform
/// does not tell of it, unless it was written after the release; then it gets a print that equals no other, so that a plan shows it. A
/// resource whose time the platform does not tell is taken for the release's only where others tell theirs and nothing there is
/// later. What `desired` does not have would be removed: a remark of its own on each of those that were written there since.
pub fn over(mut observed: Observed, laid: &Laid, desired: &Manifest, rules: &dyn Rules) -> Overlaid {
    let mut drift: Vec<(&Resource, String)> = Vec::new();
    if observed.basis != Basis::Live {
        return Overlaid { observed, drift: Vec::new() };
    }
    let all: Vec<Later> = observed.manifest.resources.values().filter_map(|there| later(there, laid, rules)).collect();
    let quiet = !all.is_empty() && !all.iter().any(|later| later.0.is_some());
    let mut written = Vec::new();
    for (id, there) in &mut observed.manifest.resources {
        let Some(released) = laid.manifest.resources.get(id) else { continue };
        if there.fingerprint.is_some() || there.artefact.is_some() {
            continue;
        }
        match later(there, laid, rules) {
            Some(Later(Some(what))) => {
                there.fingerprint = Some(Digest::of(format!("{id} {what}").as_bytes()));
                written.push((id.clone(), what));
            }
            None if !quiet => {}
            Some(Later(None)) | None => fill(there, released),
        }
    }
    drift.extend(written.into_iter().filter_map(|(id, what)| Some((observed.manifest.resources.get(&id)?, what))));
    let drift = told(&drift, laid, desired);
    Overlaid { observed, drift }
}

/// What is there by its names, each as the release's commit declares it: the basis is then the record. A name that the release
/// does not have stays as it was read; what the platform did tell of one stays too. `told` are the kinds of things that the
/// platform names at all, where it does not name every kind: of the others the record stands.
pub fn recorded(observed: Observed, laid: &Laid, told: Option<&[&str]>) -> Observed {
    if observed.basis != Basis::Live {
        return observed;
    }
    let there = observed.manifest.resources.into_values().map(|there| match laid.manifest.resources.get(&there.id) {
        Some(released) if !there.attributes.contains_key(OWNER) => {
            let mut resource = released.clone();
            let told = there.attributes.into_iter().filter(|(_, attribute)| matches!(attribute, Attribute::Value(_)));
            resource.attributes.extend(told);
            resource
        }
        Some(_) | None => there,
    });
    let is_untold = |resource: &&Resource| told.is_some_and(|told| !told.contains(&resource.id.kind.as_str()));
    let untold = laid.manifest.resources.values().filter(is_untold).cloned();
    Observed {
        basis: Basis::Recorded { version: laid.version.clone(), commit: laid.commit.clone() },
        manifest: Manifest::new(laid.manifest.origin, there.chain(untold)),
        extras: observed.extras,
    }
}

/// What was written after the release, in words; nothing where the release still stands.
struct Later(Option<String>);

/// Whether a resource was written after the release: by the platform's number of what it was sent, else by time.
fn later(there: &Resource, laid: &Laid, rules: &dyn Rules) -> Option<Later> {
    let time = rules.written(there);
    let when = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
    if let (Some(number), Some(ours)) = (rules.number(there), &laid.number) {
        let what = time
            .map_or_else(|| format!("as version {number}"), |time| format!("on {} as version {number}", when(time)));
        return Some(Later((number != ours).then_some(what)));
    }
    let (time, closed) = (time?, laid.later.get(&there.id).unwrap_or(&laid.closed));
    Some(Later((time.duration_since(*closed) > SKEW).then(|| format!("on {}", when(time)))))
}

/// What runs is the release, so the release tells what the platform does not.
fn fill(there: &mut Resource, released: &Resource) {
    there.fingerprint.clone_from(&released.fingerprint);
    let untold: Vec<String> = there
        .attributes
        .iter()
        .filter(|(_, attribute)| matches!(attribute, Attribute::Unread(_)))
        .map(|(name, _)| name.clone())
        .collect();
    for name in untold {
        match released.attributes.get(&name) {
            Some(attribute) => there.attributes.insert(name, attribute.clone()),
            None => there.attributes.remove(&name),
        };
    }
}

/// One remark for everything that was written at once, and one for each resource that would be removed.
fn told(drift: &[(&Resource, String)], laid: &Laid, desired: &Manifest) -> Vec<Message> {
    let (stays, goes): (Vec<_>, Vec<_>) =
        drift.iter().partition(|(there, _)| desired.resources.contains_key(&there.id));
    let mut at_once: BTreeMap<&str, Vec<&Resource>> = BTreeMap::new();
    for (there, what) in stays {
        at_once.entry(what).or_default().push(there);
    }
    let at_once = at_once.into_iter().filter_map(|(what, all)| Some((*all.first()?, all.len() - 1, what)));
    let alone = goes.into_iter().map(|(there, what)| (*there, 0, what.as_str()));
    at_once.chain(alone).map(|(there, also, what)| written(there, also, what, laid)).collect()
}

/// That a resource, and so many others with it, was written after the release.
fn written(there: &Resource, also: usize, what: &str, laid: &Laid) -> Message {
    let also = match also {
        0 => String::new(),
        1 => ", and one more with it,".to_owned(),
        also => format!(", and {also} more with it,"),
    };
    let says = format!("was deployed there{also} {what}, after release {}, and not by airlock", laid.version);
    Message::new(Code::Drift, Subject::whole(there.id.clone()), says)
        .to_do("find out who did, and bring what they changed into the source: the next deploy replaces it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Origin;
    use crate::plan::Extras;
    use crate::platform::nango::Nango;

    fn resource(id: &str, print: Option<&str>, time: Option<&str>) -> Resource {
        let attributes: BTreeMap<String, Attribute> =
            time.map(|time| ("last_deployed".to_owned(), Attribute::Value(time.into()))).into_iter().collect();
        Resource {
            id: ResourceId::new("sync", id),
            attributes,
            fingerprint: print.map(|text| Digest::of(text.as_bytes())),
            artefact: None,
            place: None,
        }
    }

    fn told(there: Vec<Resource>) -> Vec<String> {
        let released = ["github/a", "github/b"].map(|id| resource(id, Some(id), None));
        let laid = Laid {
            manifest: Manifest::new(Origin::Source, released),
            version: Version::new(1, 2, 0),
            commit: crate::tests::facts::sha('a'),
            closed: "2026-11-21T10:00:00Z".parse().unwrap(),
            later: BTreeMap::new(),
            number: None,
        };
        let seen =
            Observed { basis: Basis::Live, manifest: Manifest::new(Origin::Live, there), extras: Extras::none("") };
        let desired = Manifest::new(Origin::Source, ["github/a", "github/b"].map(|id| resource(id, None, None)));
        let Overlaid { observed, drift } = over(seen, &laid, &desired, &Nango);
        let lines = observed.manifest.resources.values().map(|there| {
            let word = match &there.fingerprint {
                None => "unknown",
                Some(print) if *print == Digest::of(there.id.id.as_bytes()) => "the release's",
                Some(_) => "another",
            };
            format!("{}: {word}", there.id)
        });
        lines.chain(drift.iter().map(|message| format!("{}: {}", message.subject, message.says))).collect()
    }

    #[test]
    fn behind_a_name_stands_what_was_released() {
        let mut released = resource("github/a", Some("a"), None);
        released.attributes.insert("runs".to_owned(), Attribute::Value("every hour".into()));
        let laid = Laid {
            manifest: Manifest::new(Origin::Source, [released, resource("github/gone", Some("gone"), None)]),
            version: Version::new(1, 2, 0),
            commit: crate::tests::facts::sha('a'),
            closed: "2026-11-21T10:00:00Z".parse().unwrap(),
            later: BTreeMap::new(),
            number: None,
        };
        let named = |id: &str| {
            let mut there = resource(id, None, None);
            there.attributes.insert("runs".to_owned(), Attribute::Unread("no scope".to_owned()));
            there
        };
        let manifest = Manifest::new(Origin::Live, [named("github/a"), named("github/theirs")]);
        let there = Observed { basis: Basis::Live, manifest, extras: Extras::none("") };
        let seen = recorded(there.clone(), &laid, None);
        assert!(matches!(&seen.basis, Basis::Recorded { version, .. } if *version == Version::new(1, 2, 0)));
        let told: Vec<String> = seen
            .manifest
            .resources
            .values()
            .map(|there| format!("{} {:?} {}", there.id, there.attributes["runs"], there.fingerprint.is_some()))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        sync:github/a Value(String("every hour")) true
        sync:github/theirs Unread("no scope") false
        "#);
        // Of kinds that the platform does not name the record stands.
        let names = |told| recorded(there.clone(), &laid, Some(told)).manifest.resources.len();
        assert_eq!((names(&["sync"]), names(&["action"])), (2, 3));
    }

    #[test]
    fn code_is_the_releases_until_somebody_else_writes() {
        let (before, after) = ("2026-11-21T09:59:58.734Z", "2026-11-21T10:30:00Z");
        let quiet = told(vec![resource("github/a", None, Some(before)), resource("github/b", None, None)]);
        assert_eq!(quiet, ["sync:github/a: the release's", "sync:github/b: the release's"]);
        let written = vec![
            resource("github/a", None, Some(after)),
            resource("github/b", None, None),
            resource("github/new", None, Some(after)),
        ];
        insta::assert_snapshot!(told(written).join("\n"), @"
        sync:github/a: another
        sync:github/b: unknown
        sync:github/new: unknown
        sync:github/a: was deployed there on 2026-11-21 10:30 UTC, after release 1.2.0, and not by airlock
        ");
        let timeless = told(vec![resource("github/a", None, None)]);
        assert_eq!(timeless, ["sync:github/a: unknown"]);
        let skewed = told(vec![resource("github/a", None, Some("2026-11-21T10:01:30Z"))]);
        assert_eq!(skewed, ["sync:github/a: the release's"]);
        let odd = told(vec![resource("github/a", None, Some("yesterday"))]);
        assert_eq!(odd, ["sync:github/a: unknown"]);
    }
}
