//! The one comment on a pull request: found again, updated in place, never two.
//!
//! Each round looks at what is there and takes one step, so what a run does after it has written (look whether another
//! job has written too) is what every run does first.

use std::collections::BTreeSet;

use super::end;
use super::ground::Now;
use super::key::{Key, Removes, Scope, Told as Checks};
use super::note;
use crate::github::{Client, Comment, Permission, Pull};
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// Rounds of looking and writing: create, look; lose against another job, look; update.
const MOST_ROUNDS: usize = 4;

/// How the first line of a comment begins that is out of date, and what it says an open pull request may do.
const OUTDATED: &str = "> ⏳ **Out of date:**";
const TO_DO: &str = " For a new report ";

/// The comment's place.
pub(super) struct Sticky<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a Watch,
    pub(super) pull: u64,
    pub(super) scope: Scope,
}

/// What is to be said.
#[derive(Debug)]
pub(super) struct Report {
    /// The commit that it is about.
    pub(super) head: CommitSha,
    /// The run's id and attempt.
    pub(super) run: (u64, u32),
    /// What would be removed.
    pub(super) removes: Removes,
    /// A draft gets no comment; one that is there already is kept right.
    pub(super) draft: bool,
    /// What it was compared with.
    pub(super) now: Now,
    /// What its checks came to.
    pub(super) checks: Checks,
    /// Whether only the plan was made anew.
    pub(super) renewed: bool,
    /// A mark of what is said, whatever times and links of the run are in the text.
    pub(super) says: String,
    /// The text; nothing when nobody would miss it.
    pub(super) text: Option<String>,
    /// What a comment that is there says instead of nothing.
    pub(super) calm: String,
}

/// What became of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The comment's page.
    pub(super) url: Option<String>,
    /// What a reader of the summary should know.
    pub(super) notes: Vec<String>,
    /// Whether this run has created it.
    created: bool,
}

/// What earlier rounds have met.
#[derive(Debug, Default)]
struct Seen {
    /// The pull request as it was a moment ago.
    pull: Option<Pull>,
    /// Comments that a new one has replaced.
    retired: BTreeSet<u64>,
    /// Comments that were not there when they were to be written.
    lost: BTreeSet<u64>,
}

/// A comment of ours.
#[derive(Debug, Clone)]
struct Own {
    id: u64,
    url: String,
    key: Key,
    /// Without the key.
    text: String,
}

impl Own {
    fn read(comment: &Comment) -> Option<Self> {
        let (key, text) = Key::read(&comment.body)?;
        Some(Self { id: comment.id, url: comment.html_url.clone(), key, text: text.to_owned() })
    }

    /// The text without the last line of a closed pull request, and that line.
    fn open_text(&self) -> (&str, Option<&str>) {
        let text = self.text.trim_end();
        let (rest, last) = text.rsplit_once('\n').unwrap_or(("", text));
        if end::is_one(last) { (rest.trim_end(), Some(last)) } else { (text, None) }
    }

    /// The text without the first line of one that is out of date, and that line.
    fn dated_text(&self) -> (Option<&str>, &str) {
        match self.text.split_once('\n') {
            Some((first, rest)) if first.starts_with(OUTDATED) => (Some(first), rest.trim_start()),
            _ => (None, &self.text),
        }
    }

    /// What stays of a closed pull request's: what moved, and nothing of what could be done.
    fn closed_text(&self) -> String {
        let (text, _) = self.open_text();
        match self.dated_text().0.and_then(|first| Some((first, first.split_once(TO_DO)?.0))) {
            Some((first, moved)) => text.replacen(first, moved, 1),
            None => text.to_owned(),
        }
    }
}

/// A comment of ours that something has moved under.
pub(super) struct Behind {
    kept: Own,
    /// What moved, for people.
    moved: String,
    base_moved: bool,
}

impl Behind {
    /// The run that wrote it, and its attempt.
    pub(super) fn run(&self) -> (u64, u32) {
        self.kept.key.run()
    }

    /// The head that it tells of, and what the checks of that came to.
    pub(super) fn tells(&self, head: &CommitSha) -> Option<Checks> {
        self.kept.key.checks().filter(|_| self.kept.key.is_about(head))
    }
}

/// What one round does.
enum Step {
    Leave,
    Update {
        id: u64,
        body: String,
    },
    /// A new comment, which notifies people; the old one goes.
    Create {
        body: String,
    },
}

impl Sticky<'_> {
    /// Says it: in the comment that is there, in a new one, or not at all.
    pub(super) async fn report(&self, report: &Report) -> Result<Told, Problem> {
        let mut told = Told::default();
        let mut seen = Seen::default();
        for _ in 0..MOST_ROUNDS {
            match self.round(report, &mut seen, &mut told).await {
                Ok(true) => break,
                Ok(false) => {}
                // It is written. Whether another job has written too, the next run will see.
                Err(_) if told.created => break,
                Err(problem) => return Err(problem),
            }
        }
        Ok(told)
    }

    /// One look and one step; gives whether that was all.
    async fn round(&self, report: &Report, seen: &mut Seen, told: &mut Told) -> Result<bool, Problem> {
        let ours = self.ours(&seen.retired).await?;
        if ours.is_empty() && (report.text.is_none() || report.draft) {
            return Ok(true);
        }
        let kept = self.heal(ours, told).await;
        told.url = kept.as_ref().map(|kept| kept.url.clone()).or_else(|| told.url.take());
        let pull = match &seen.pull {
            Some(pull) => pull.clone(),
            None => seen.pull.insert(self.client.pull(self.pull, self.watch).await?).clone(),
        };
        if pull.head.sha != report.head {
            told.notes.push(format!(
                "the pull request has gone on to {}, so the comment was left to that commit's run",
                pull.head.sha.short()
            ));
            return Ok(true);
        }
        let base = kept.as_ref().and(report.now.ground.base.as_deref());
        let end = end::of(self.client, &pull, base, self.watch).await;
        match report.step(&self.scope, kept.as_ref(), &pull, end.as_deref()) {
            Step::Leave => Ok(true),
            Step::Update { id, body } => match self.client.update_comment(id, &body, self.watch).await {
                Ok(comment) => {
                    told.url = Some(comment.html_url);
                    Ok(true)
                }
                // Somebody has deleted it since. One that is still there the next time may not be written.
                Err(problem) if problem.code == "github-not-found" && seen.lost.insert(id) => {
                    told.url = None;
                    Ok(false)
                }
                Err(problem) => Err(problem),
            },
            Step::Create { body } => {
                let comment = self.client.create_comment(self.pull, &body, self.watch).await?;
                told.created = true;
                told.url = Some(comment.html_url.clone());
                if let Some(old) = kept {
                    seen.retired.insert(old.id);
                    self.remove(&old, &comment.html_url, told).await;
                }
                Ok(false)
            }
        }
    }

    /// Says that the pull request was closed, in the comment that is there.
    pub(super) async fn close(&self) -> Result<Told, Problem> {
        let mut told = Told::default();
        let ours = self.ours(&BTreeSet::new()).await?;
        let Some(kept) = self.heal(ours, &mut told).await else { return Ok(told) };
        told.url = Some(kept.url.clone());
        let pull = self.client.pull(self.pull, self.watch).await?;
        let end = end::of(self.client, &pull, kept.key.ground().base.as_deref(), self.watch).await;
        let text = with_end(&kept.closed_text(), end.as_deref());
        if !same(&text, &kept.text) {
            let body = format!("{}\n{text}\n", kept.key);
            self.client.update_comment(kept.id, &body, self.watch).await?;
        }
        Ok(told)
    }

    /// The comment that is there, if something has moved since it was written.
    pub(super) async fn behind(&self, now: &Now) -> Result<Option<Behind>, Problem> {
        let ours = self.ours(&BTreeSet::new()).await?;
        let Some(kept) = ours.into_iter().next() else { return Ok(None) };
        let ground = kept.key.ground();
        let base_moved = now.base_moved_since(ground);
        Ok(now.moved_since(ground).map(|moved| Behind { kept, moved, base_moved }))
    }

    /// Says in the comment what has moved since it was written; gives whether it had to be said.
    pub(super) async fn outdate(&self, behind: &Behind) -> Result<bool, Problem> {
        let Behind { kept, moved, base_moved } = behind;
        let to_do = if *base_moved { "update the branch" } else { "run its job again" };
        let first = format!("{OUTDATED} since this was written {moved}.{TO_DO}{to_do}.");
        let text = format!("{first}\n\n{}", kept.dated_text().1);
        if same(&text, &kept.text) {
            return Ok(false);
        }
        // The key stays as it is: whatever is reported next is written.
        self.client.update_comment(kept.id, &format!("{}\n{text}\n", kept.key), self.watch).await?;
        Ok(true)
    }

    /// The comments of the token's own with our key, oldest first. Who the token is, is asked only when there is one.
    async fn ours(&self, retired: &BTreeSet<u64>) -> Result<Vec<Own>, Problem> {
        let comments = self.client.comments(self.pull, self.watch).await?;
        let keyed = comments.iter().filter(|comment| !retired.contains(&comment.id));
        let keyed = keyed.filter_map(|comment| Some((&comment.author, Own::read(comment)?)));
        let keyed: Vec<_> = keyed.filter(|(_, own)| own.key.is_of(&self.scope)).collect();
        if keyed.is_empty() {
            return Ok(Vec::new());
        }
        let login = self.client.login(self.watch).await?;
        let ours = keyed.into_iter().filter(|(author, _)| author.as_ref() == Some(&login));
        let mut ours: Vec<Own> = ours.map(|(_, own)| own).collect();
        ours.sort_by_key(|own| own.id);
        Ok(ours)
    }

    /// Keeps the oldest and removes the others: what two jobs wrote at once, or a run that was killed has left.
    async fn heal(&self, ours: Vec<Own>, told: &mut Told) -> Option<Own> {
        let mut ours = ours.into_iter();
        let kept = ours.next()?;
        for extra in ours {
            self.remove(&extra, &kept.url, told).await;
        }
        Some(kept)
    }

    /// Deletes a comment of ours; where that is not allowed, it points to the one that holds.
    async fn remove(&self, old: &Own, holds: &str, told: &mut Told) {
        let Err(problem) = self.client.delete_comment(old.id, self.watch).await else { return };
        let plain = holds.starts_with("http") && !holds.contains(['(', ')', ' ', '\n']);
        let pointer = if plain { format!("[another one]({holds})") } else { "another one".to_owned() };
        let body = format!("<sub>This report was replaced by {pointer}.</sub>\n");
        if self.client.update_comment(old.id, &body, self.watch).await.is_err() {
            told.notes.push(note("the removal of an old comment", &problem, Permission::WRITE_PULLS));
        }
    }
}

impl Report {
    /// What to do with what is there.
    fn step(&self, scope: &Scope, kept: Option<&Own>, pull: &Pull, end: Option<&str>) -> Step {
        let body = |removes: Removes, since: Option<String>| {
            let text = with_end(&with_since(self.text.as_ref().unwrap_or(&self.calm), since), end);
            let key = Key::new(scope, &self.head, self.run, removes);
            let key = key.of_checks(self.checks).of_text(self.now.ground.clone(), &self.says, &text);
            format!("{key}\n{text}\n")
        };
        let may_create = self.text.is_some() && !self.draft && !pull.draft && pull.is_open();
        let Some(kept) = kept else {
            return if may_create { Step::Create { body: body(self.removes.clone(), None) } } else { Step::Leave };
        };
        if kept.key.is_later(&self.head, self.run) {
            return Step::Leave;
        }
        let grown = kept.key.removes().is_some_and(|told| self.removes.has_grown_since(told));
        if grown && may_create {
            return Step::Create { body: body(self.removes.clone(), None) };
        }
        // An update notifies nobody: what it alone tells is still to be told.
        let removes = match kept.key.removes() {
            Some(told) if grown => self.removes.known_to(told),
            _ => self.removes.clone(),
        };
        let same_removals = kept.key.removes() == Some(&removes);
        let same_text = kept.key.still_says(&self.says, &kept.text) && kept.open_text().1 == end;
        if same_removals && same_text {
            return Step::Leave;
        }
        let anew = if self.renewed { "; the plan alone was made anew" } else { "" };
        let since = self.now.moved_since(kept.key.ground()).map(|since| format!("{since}{anew}"));
        Step::Update { id: kept.id, body: body(removes, since) }
    }
}

/// The text, and what has moved since it was last written, so that nobody wonders why it reads otherwise.
fn with_since(text: &str, since: Option<String>) -> String {
    let text = text.trim_end();
    match since {
        Some(since) => format!("{text}\n<sub>🔄 Since this was last written {since}.</sub>"),
        None => text.to_owned(),
    }
}

/// The text, and of a closed pull request the last line that says so.
fn with_end(text: &str, end: Option<&str>) -> String {
    let text = text.trim_end();
    match end {
        None => text.to_owned(),
        Some(end) => format!("{text}\n\n{end}"),
    }
}

/// GitHub may have changed line ends and cut blanks at the end.
fn same(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}
