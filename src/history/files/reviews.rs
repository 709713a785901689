//! The pull requests whose plans were shown here, in `.airlock/reviews.jsonl`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lines::{self, LARGEST, Log};
use super::lock::try_lock;
use super::{Hide, ledger, unreadable, unwritable};
use crate::history::PullReview;
use crate::history::beneath::Folder;
use crate::history::ground::Ground;
use crate::names::Place;
use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Watch};

const NAME: &str = "reviews.jsonl";
const SCHEMA: u32 = 1;
const WAIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

#[derive(Serialize, Deserialize)]
struct Entry {
    schema: u32,
    #[serde(flatten)]
    review: PullReview,
}

/// All of them, newest first.
pub(super) fn read(ground: &Ground) -> Result<Vec<PullReview>, Problem> {
    let Some(folder) = ground.find().map_err(|trouble| unreadable(&trouble))? else { return Ok(Vec::new()) };
    let bytes = folder.read(NAME, LARGEST).map_err(|trouble| unreadable(&trouble))?;
    let mut reviews = parse(&folder, &bytes.unwrap_or_default())?;
    reviews.reverse();
    Ok(reviews)
}

/// Adds one. Only writers keep each other out; a reader sees whole lines at any time.
pub(super) async fn remember(ground: &Ground, review: &PullReview, hide: &Hide, watch: &Watch) -> Result<(), Problem> {
    let folder = ground.make().map_err(|trouble| unwritable(&trouble))?;
    let mut log = Log::open(&folder, NAME).map_err(|trouble| unwritable(&trouble))?;
    let limit = watch.within(WAIT);
    while !try_lock(log.file(), &folder.path_of(NAME))? {
        match limit.pause(POLL).await {
            Ended::Done(()) => {}
            Ended::Stopped(stop) => return Err(stop.problem()),
            Ended::TimedOut => {
                return Err(Problem::new("deployment-in-progress", Fault::Refused, "another run writes the reviews"));
            }
        }
    }
    let bytes = log.read(&folder).map_err(|trouble| unreadable(&trouble))?;
    parse(&folder, &bytes)?;
    let before = lines::split(&bytes);
    let line = hide.hidden(&ledger::line(&Entry { schema: SCHEMA, review: review.clone() })?)?;
    log.append(&folder, before.keep, before.end, &line).map_err(|trouble| unwritable(&trouble))
}

fn parse(folder: &Folder, bytes: &[u8]) -> Result<Vec<PullReview>, Problem> {
    let lines = lines::split(bytes).whole;
    (1_u32..).zip(lines).map(|(number, line)| one(line).map_err(|why| bad_line(folder, number, why))).collect()
}

fn one(line: &[u8]) -> Result<PullReview, String> {
    let entry: Entry = serde_json::from_slice(line).map_err(|error| format!("it is no review: {error}"))?;
    if entry.schema == SCHEMA { Ok(entry.review) } else { Err(format!("its schema {} is not known", entry.schema)) }
}

fn bad_line(folder: &Folder, line: u32, why: String) -> Problem {
    let place = Place { path: folder.path_of(NAME), line: Some(line), column: None };
    Problem::new("history-unreadable", Fault::Unreadable, "the remembered reviews cannot be read")
        .at(place)
        .cause(why)
        .help(format!("mend line {line}, or remove the file to forget all reviews"))
}
