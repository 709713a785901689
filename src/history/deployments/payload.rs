//! What a deployment stores: the versioned record, within a size. Pure.
//!
//! Any workflow that may write deployments can write any payload, so what is read here is a claim, never a proof.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::history::redacted;
use crate::names::{Digest, EnvironmentName, LaneId, ProjectId};
use crate::problem::Problem;
use crate::release::{Consent, RECORD_SCHEMA, Record};

/// The schema number of a payload.
const SCHEMA: u32 = 1;
/// The largest payload, in bytes of JSON. GitHub documents no limit; this is half of the smallest it has for any text.
const LARGEST: usize = 32_768;
/// The longest description that is stored, in characters.
const LONGEST_DESCRIPTION: usize = 2000;
/// The most pull requests that a consent is stored with.
const MOST_PULLS: usize = 100;
/// The longest name of a pull request there, in characters.
const LONGEST_PULL: usize = 100;
/// The longest task that GitHub is known to take, in characters.
const LONGEST_TASK: usize = 128;
/// The longest text of a stranger that a reason quotes, in characters.
const QUOTED: usize = 200;

/// A payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// [`SCHEMA`], under our name: other tools store payloads too.
    airlock: u32,
    /// What was known when it opened.
    pub(super) record: Record,
    /// The releases that ran in the project's environments then: whoever deletes one of them is found out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(super) seen: BTreeMap<EnvironmentName, u64>,
    /// How many removals had no room.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub(super) removals_left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The number every payload of ours has, whatever else a newer version wrote into it.
#[derive(Deserialize)]
struct Head {
    airlock: u64,
}

/// A lane's own task: its deployments are told from those of other projects, and of GitHub's own for a job.
pub(super) fn task(project: &ProjectId) -> String {
    let task = format!("airlock:{project}");
    if task.len() <= LONGEST_TASK { task } else { format!("airlock:{}", Digest::of(project.as_str().as_bytes())) }
}

impl Payload {
    /// The payload of a record, with what has no room left out and counted.
    pub(super) fn of(record: &Record, seen: BTreeMap<EnvironmentName, u64>) -> Self {
        let mut record = record.clone();
        record.description = record.description.chars().take(LONGEST_DESCRIPTION).collect();
        if let Some(Consent::Reviewed { pulls }) = &mut record.consent {
            pulls.truncate(MOST_PULLS);
            pulls.iter_mut().for_each(|pull| *pull = pull.chars().take(LONGEST_PULL).collect());
        }
        let removes = std::mem::take(&mut record.removes);
        let mut payload = Self { airlock: SCHEMA, record, seen, removals_left_out: 0 };
        let mut room = LARGEST.saturating_sub(payload.size());
        let mut kept = BTreeSet::new();
        for subject in removes {
            // A comma, and the quotes and escapes that JSON needs, are counted with it.
            let size = serde_json::to_string(&subject).map_or(usize::MAX, |text| text.len() + 1);
            if size <= room {
                room -= size;
                kept.insert(subject);
            } else {
                payload.removals_left_out += 1;
            }
        }
        payload.record.removes = kept;
        payload
    }

    /// As JSON, with every text passed through `redact`.
    pub(super) fn json(&self, redact: &dyn Fn(&str) -> String) -> Result<Value, Problem> {
        let value =
            serde_json::to_value(self).map_err(|error| Problem::bug("a record cannot be written").because(&error))?;
        Ok(redacted(value, redact))
    }

    fn size(&self) -> usize {
        // `removals_left_out` is not there yet.
        serde_json::to_string(self).map_or(LARGEST, |text| text.len() + 64)
    }

    /// Reads what a deployment stores; the reason if it is no record of this lane.
    pub(super) fn read(value: &Value, lane: &LaneId) -> Result<Self, String> {
        let Head { airlock } =
            Head::deserialize(value).map_err(|_error| "its payload is no record of Airlock".to_owned())?;
        known(airlock, SCHEMA)?;
        if let Some(schema) = value.pointer("/record/schema").and_then(Value::as_u64) {
            known(schema, RECORD_SCHEMA)?;
        }
        let payload = Self::deserialize(value).map_err(|error| {
            let why: String = error.to_string().chars().filter(|c| !c.is_control()).take(QUOTED).collect();
            format!("its payload is no record: {why}")
        })?;
        if payload.record.lane != *lane {
            return Err(format!("its payload is a record of {}, not of {lane}", payload.record.lane));
        }
        Ok(payload)
    }
}

fn known(found: u64, known: u32) -> Result<(), String> {
    if found == u64::from(known) {
        return Ok(());
    }
    Err(format!("its schema is {found}, and this version of airlock knows {known}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::history::sample;
    use crate::manifest::{ResourceId, Subject};

    fn plain(text: &str) -> String {
        text.to_owned()
    }

    fn removing(count: usize) -> Record {
        let removes =
            (0..count).map(|number| Subject::whole(ResourceId::new("sync", format!("github/old-\"{number}\""))));
        Record { removes: removes.collect(), ..sample::record(1) }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let record = removing(3);
        let seen = BTreeMap::from([("prod".parse().unwrap(), 7)]);
        let value = Payload::of(&record, seen.clone()).json(&plain).unwrap();
        let read = Payload::read(&value, &sample::lane()).unwrap();
        assert_eq!((read.record, read.seen, read.removals_left_out), (record, seen, 0));
    }

    #[test]
    fn the_payload_is_this() {
        let value = Payload::of(&sample::record(1), BTreeMap::new()).json(&plain).unwrap();
        insta::assert_snapshot!(value, @r#"{"airlock":1,"record":{"schema":1,"lane":{"project":"integrations","environment":"dev"},"kind":"deploy","version":"1.1.0","previous":"1.0.0","commit":"0000000000000000000000000000000000000001","description":"change number 1","plan":"sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","tested":{"where":"here"},"origin":{"actor":"ana","triggering_actor":"ana","event":"push","attempt":1},"opened":"2026-05-04T10:00:00Z"}}"#);
    }

    #[test]
    fn a_payload_has_its_size_and_says_what_it_left_out() {
        let record = Record { description: "\u{1f600}".repeat(70_000), ..removing(10_000) };
        let payload = Payload::of(&record, BTreeMap::new());
        let text = payload.json(&plain).unwrap().to_string();
        assert!(text.len() <= LARGEST, "{}", text.len());
        assert_eq!(payload.record.removes.len() + payload.removals_left_out, 10_000);
        assert!(payload.record.removes.len() > 100);
    }

    #[test]
    fn what_is_no_record_of_this_lane_is_told() {
        let good = Payload::of(&sample::record(1), BTreeMap::new()).json(&plain).unwrap();
        let with = |pointer: &str, value: Value| {
            let mut changed = good.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            changed
        };
        let table = [
            (json!({}), "its payload is no record of Airlock"),
            (json!("text"), "its payload is no record of Airlock"),
            (json!(null), "its payload is no record of Airlock"),
            (json!({"airlock": 1}), "its payload is no record: missing field `record`"),
            (with("/airlock", json!(2)), "its schema is 2, and this version of airlock knows 1"),
            (with("/record/schema", json!(9)), "its schema is 9, and this version of airlock knows 1"),
            (
                with("/record/lane/environment", json!("prod")),
                "its payload is a record of integrations in prod, not of integrations in dev",
            ),
        ];
        for (value, why) in table {
            assert_eq!(Payload::read(&value, &sample::lane()).unwrap_err(), why);
        }
        let hostile = with("/record/kind", json!(format!("\u{1b}[31m{}", "x".repeat(5000))));
        let why = Payload::read(&hostile, &sample::lane()).unwrap_err();
        assert!(!why.contains('\u{1b}') && why.len() < 300, "{why}");
    }

    #[test]
    fn a_secret_in_a_description_is_not_stored() {
        let record = Record { description: "uses hunter2-hunter2 now".into(), ..sample::record(1) };
        let redact = |text: &str| text.replace("hunter2-hunter2", "***");
        let value = Payload::of(&record, BTreeMap::new()).json(&redact).unwrap();
        assert!(!value.to_string().contains("hunter2"), "{value}");
        assert!(Payload::read(&value, &sample::lane()).is_ok());
    }

    #[test]
    fn a_task_names_the_project_and_is_short() {
        let long: ProjectId = "x".repeat(200).parse().unwrap();
        assert_eq!(task(&"apps/shop".parse().unwrap()), "airlock:apps/shop");
        assert!(task(&long).len() <= LONGEST_TASK && task(&long).starts_with("airlock:sha256:"));
    }

    proptest! {
        #[test]
        fn arbitrary_json_never_panics(text in "[\\[\\]{}\":,a-z0-9]{0,60}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _read = Payload::read(&value, &sample::lane());
            }
        }
    }
}
