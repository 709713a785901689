//! The walls between code of the tree and everything else: raised once a run, tried before they are trusted.
//!
//! As root they are a user of its own and Landlock; as an ordinary user namespaces of its own and Landlock. Neither is believed: a probe tries
//! from inside what must not work. While a wall is open and a key is here, nothing of the tree is executed.

mod bring;
mod commands;
mod facts;
mod interpreter;
mod keep;
mod land;
mod room;
mod user;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::PipeWriter;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::NotStarted;
use super::launch::{self, Launched};
use super::launcher::Launcher;
use super::launcher::spec::{Ask, Command, Land, Place, Probed, Reply, Spec, Task, User};
use super::launcher::spec::{Breach, Wall};
use crate::console::Console;
use crate::finding::Finding;
use crate::gate::Confinement;
use crate::problem::{Fault, Problem};
pub use bring::{Brought, From};
use commands::Steering;
pub use facts::Facts;
pub(super) use interpreter::libraries_of;
pub use keep::{Kept, leave};
pub use room::Room;
pub(super) use room::{home_of, scratch_of};
use user::Claim;

const NO_LAUNCHER: &str = "this program cannot start itself as a launcher";

/// The walls of one run.
#[derive(Debug)]
pub struct Walls {
    facts: Facts,
    launcher: Option<Launcher>,
    /// A folder that only we can change, and that the confined user can enter; the rooms lie in it.
    base: tempfile::TempDir,
    claim: Option<Claim>,
    place: Place,
    land: Option<Land>,
    landlock: u8,
    breaches: Vec<Breach>,
    /// Whether the launcher does its work here; without it there are no walls at all.
    stand: bool,
    steering: Steering,
    /// What was started for the commands that run: each leads a session.
    started: RefCell<BTreeSet<i32>>,
}

impl Walls {
    /// Raises the walls and tries them. `scratch` is a folder of this run alone; the rooms are made beside it. Without a
    /// launcher none can be raised: then code of the tree runs only where there is no key.
    ///
    /// # Errors
    /// `walls-not-raised` when there is no folder for the rooms. Walls that stand open are no error: see [`Walls::breaches`].
    pub fn raise(scratch: &Path, facts: Facts, launcher: Option<&Launcher>) -> Result<Self, Problem> {
        let base = base(scratch)?;
        let steering = Steering::look(&facts.steering);
        let mut walls = Self {
            launcher: launcher.cloned(),
            base,
            claim: None,
            place: Place::Here,
            land: None,
            landlock: 0,
            breaches: Vec::new(),
            stand: false,
            steering,
            started: RefCell::default(),
            facts,
        };
        walls.settle();
        Ok(walls)
    }

    /// Tries a user of its own, then namespaces of its own, then Landlock alone; keeps what stands.
    fn settle(&mut self) {
        if self.launcher.is_none() {
            self.breaches = vec![Breach::new(Wall::Unknown, NO_LAUNCHER)];
            return;
        }
        // Orphans fall to us from now on, so that none is lost from sight.
        let _not_supported = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        let apart: Vec<PathBuf> = self.facts.hidden().into_iter().chain(self.facts.workspace.clone()).collect();
        if let Some(claim) = user::claim(&apart)
            && self.tried(Some(claim), Place::Here).is_ok()
        {
            return;
        }
        if self.launcher.as_ref().is_some_and(Launcher::has_namespaces) && self.tried(None, Place::Apart).is_ok() {
            return;
        }
        if let Err(why) = self.tried(None, Place::Here) {
            (self.claim, self.land) = (None, None);
            self.breaches = vec![Breach::new(Wall::Unknown, format!("the walls could not be tried: {why}"))];
        }
    }

    /// Puts the walls up and sends the probe.
    fn tried(&mut self, claim: Option<Claim>, place: Place) -> Result<(), String> {
        let wanted = self.launcher.as_ref().is_some_and(Launcher::has_landlock);
        self.land = wanted.then(|| land::land(&self.facts, self.base.path(), claim.is_some()));
        (self.claim, self.place) = (claim, place);
        match self.probed()? {
            Reply::Probed(Probed { unusable: Some(why), .. }) | Reply::Failed(why) => Err(why),
            Reply::Probed(Probed { breaches, unusable: None, landlock }) => {
                (self.breaches, self.landlock, self.stand) = (breaches, landlock, true);
                Ok(())
            }
            Reply::Swept | Reply::Started { .. } | Reply::NotStarted(_) => {
                Err("the launcher gave another answer than was asked for".to_owned())
            }
        }
    }

    /// Sends the probe to where code of the tree would run.
    fn probed(&self) -> Result<Reply, String> {
        let room = self.room().map_err(|problem| problem.to_string())?;
        let ask = Ask {
            usable: vec![room.home(), room.scratch()],
            steering: self.facts.steering.clone(),
            credentials: self.facts.credentials(),
            sockets: self.facts.sockets.clone(),
            docker: self.facts.docker.clone(),
            workspace: self.facts.workspace.clone(),
        };
        self.ask(&self.spec(Task::Probe(Box::new(ask))))
    }

    fn spec(&self, task: Task) -> Spec {
        let parent = rustix::process::getpid().as_raw_pid();
        Spec { parent, place: self.place, user: self.user(), land: self.land.clone(), task }
    }

    /// The walls that stand open; none when all hold.
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// Why nothing of the tree may be executed here; `None` when it may.
    pub fn refusal(&self) -> Option<String> {
        let (first, keys) = (self.breaches.first()?, &self.facts.keys);
        let more = match self.breaches.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        (!keys.is_empty()).then(|| format!("{first}{more}, while {} {} here", keys.join(", "), are(keys.len())))
    }

    /// What the gate is told of code that ran behind these walls.
    pub fn confinement(&self) -> Confinement {
        match (self.refusal(), self.breaches.is_empty()) {
            (Some(why), _) => Confinement::NotConfined { why },
            (None, true) => Confinement::Confined,
            (None, false) => Confinement::NoKeys,
        }
    }

    /// How code of the tree runs here, for people.
    pub fn says(&self) -> String {
        let who = match self.user() {
            Some(user) => format!("as user {} of its own", user.uid),
            None if self.place == Place::Apart => "as the same user as airlock, in namespaces of its own".to_owned(),
            None => "as the same user as airlock, without namespaces of its own, so that a process which starts others fast \
                     may outlive its stage"
                .to_owned(),
        };
        let landlock = match self.landlock {
            0 => "without Landlock".to_owned(),
            version => format!("behind Landlock {version}"),
        };
        match self.breaches.as_slice() {
            [] => format!("code of the repository runs confined: {who}, {landlock}"),
            [first, ..] => format!("code of the repository is not confined ({who}, {landlock}): {first}"),
        }
    }

    /// What people should know of how code of the tree ran here, where it was not behind all walls that there are.
    pub fn remark(&self) -> Option<String> {
        let is_apart = self.user().is_some() || self.place == Place::Apart;
        (self.refusal().is_none() && !(is_apart && self.breaches.is_empty())).then(|| self.says())
    }

    /// What code of the tree did to the walls, as findings: to be told at the end of the checks.
    pub fn findings(&self) -> Vec<Finding> {
        self.steering.findings()
    }

    /// Puts back what steers the runner, if anything was changed there.
    pub(super) fn mend(&self, console: &Console) {
        for name in self.steering.mend() {
            console.say(&format!("the file of {name} was changed by code of the repository, and was put back"));
        }
    }

    pub(super) fn user(&self) -> Option<User> {
        self.claim.as_ref().map(|claim| claim.user)
    }

    /// Kills every process of the confined user at once, so that none can start another in between.
    pub fn sweep(&self) {
        if let Some(claim) = &self.claim {
            let spec = Spec { land: None, ..self.spec(Task::Sweep { keeper: claim.keeper }) };
            // What it missed is looked for, and told, by the caller.
            let _swept = self.ask(&spec);
        }
    }

    /// Starts a command behind the walls, as far as they stand.
    pub(super) fn start(&self, command: Command, output: PipeWriter) -> Result<Launched, NotStarted> {
        match &self.launcher {
            Some(launcher) => launch::start(launcher, &self.spec(Task::Run(command)), output),
            None => Err(NotStarted::NotConfined { why: NO_LAUNCHER.to_owned() }),
        }
    }

    fn ask(&self, spec: &Spec) -> Result<Reply, String> {
        self.launcher.as_ref().ok_or_else(|| NO_LAUNCHER.to_owned()).and_then(|launcher| launch::ask(launcher, spec))
    }

    /// Whether commands can be started by the launcher at all.
    pub(super) fn stand(&self) -> bool {
        self.stand
    }

    pub(super) fn started(&self) -> &RefCell<BTreeSet<i32>> {
        &self.started
    }

    /// The room that a folder lies in.
    pub(super) fn room_of(&self, folder: &Path) -> Option<PathBuf> {
        let inner = folder.strip_prefix(self.base.path()).ok()?;
        inner.components().next().map(|name| self.base.path().join(name))
    }

    /// Hands a folder over that lies right in a room and was made by us, for what a command is asked to write.
    ///
    /// # Errors
    /// `room-not-made` when the disk says no.
    pub fn hand_over(&self, folder: &Path) -> Result<(), Problem> {
        let is_in_room = folder.parent().is_some_and(|room| room.parent() == Some(self.base.path()));
        match self.user() {
            Some(_) if !is_in_room => Err(Problem::bug("only a folder right in a room can be handed over")),
            user => room::hand_over(folder, user),
        }
    }

    /// Words for a command that failed because something was not permitted.
    pub(super) fn explains(&self, tail: &str) -> Option<String> {
        const SIGNS: [&str; 5] = ["EACCES", "EPERM", "ermission denied", "PermissionError", "peration not permitted"];
        let who = self
            .user()
            .map_or_else(|| "your own user, behind Landlock".to_owned(), |user| format!("user {}", user.uid));
        (self.stand && SIGNS.iter().any(|sign| tail.contains(sign))).then(|| {
            format!(
                "something was not permitted: code of the repository runs as {who}, which may write to its copy of the \
                 repository, its HOME and its TMPDIR, and to nothing else of this machine"
            )
        })
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// A new folder that others can enter and only we can change: beside the scratch folder, else where the system keeps such.
fn base(scratch: &Path) -> Result<tempfile::TempDir, Problem> {
    let beside = scratch.parent().unwrap_or(scratch);
    let places = [beside, Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm"), scratch];
    let mut entered = places.iter().filter(|place| can_be_entered(place)).chain([&scratch]);
    let made = entered.find_map(|place| tempfile::Builder::new().prefix("airlock-rooms-").tempdir_in(place).ok());
    let Some(made) = made else {
        return Err(Problem::new(
            "walls-not-raised",
            Fault::Input,
            "there is no folder for the copies of the repository",
        )
        .help("let TMPDIR name a folder that can be written"));
    };
    fs::set_permissions(made.path(), Permissions::from_mode(0o711)).map_err(|error| {
        Problem::new("walls-not-raised", Fault::Input, "the folder for the copies of the repository cannot be opened")
            .because(&error)
    })?;
    Ok(made)
}

/// Whether everybody may pass through the folder and those above it.
fn can_be_entered(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    folder.ancestors().all(|above| fs::metadata(above).is_ok_and(|facts| facts.permissions().mode() & 0o001 != 0))
}

impl Drop for Walls {
    fn drop(&mut self) {
        self.sweep();
    }
}
