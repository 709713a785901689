//! What is said while running: live output, groups, colours. The only place that prints.
//!
//! Output has three sorts: ours (`say`), foreign (what tree code printed, never trusted), and results (what somebody may
//! pipe into another program). In Actions everything goes to stdout, because the runner reads commands from both streams
//! and only one stream keeps an order; in a terminal results alone go to stdout, so that `--json | jq` works.

mod clean;
mod fence;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};

use crate::problem::Problem;

use fence::Fence;

const HEADING: Style = Style::new().bold();
const FAINT: Style = AnsiColor::BrightBlack.on_default();

/// The longest piece of a foreign line that is held back while its end has not come, in bytes; then it is broken.
const LONGEST_LINE: usize = 16 * 1024;

/// How things are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// For the runner of GitHub Actions: workflow commands, one stream.
    Actions,
    /// For a person: progress on stderr.
    Terminal {
        /// Whether escape sequences for colour are wanted.
        colour: bool,
    },
}

/// Where things are said.
#[derive(Debug)]
enum Sink {
    /// The streams of the process.
    Streams,
    /// Memory: what went to stdout, and what went to stderr.
    Kept { out: Vec<u8>, err: Vec<u8> },
}

#[derive(Debug, Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// What takes secrets out of a line.
struct Hide(Box<dyn Fn(&str) -> String>);

impl std::fmt::Debug for Hide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hide")
    }
}

#[derive(Debug)]
struct State {
    sink: Sink,
    /// The open region of foreign output, in Actions.
    fence: Option<Fence>,
    /// The beginning of a foreign line whose end has not come.
    partial: Vec<u8>,
    /// Whether a group is open.
    grouped: bool,
    /// Takes secrets out of what is said.
    hide: Option<Hide>,
    /// A write has failed: whoever read this stream is gone, and writing on would only cost time.
    out_gone: bool,
    err_gone: bool,
    /// Why what was meant for stdout is not all there: it had a reader, and could not be written.
    lost: Option<std::io::Error>,
}

/// The one thing that prints. Cheap to share by reference; a reader that has gone away is no error.
#[derive(Debug)]
pub struct Console {
    manner: Manner,
    state: Mutex<State>,
}

impl Console {
    /// For GitHub Actions: everything to stdout, with workflow commands.
    pub fn actions() -> Self {
        Self::new(Manner::Actions, Sink::Streams)
    }

    /// For a person: progress to stderr, results to stdout. Colour when stderr is a terminal and `NO_COLOR` is unset.
    pub fn terminal() -> Self {
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        Self::new(Manner::Terminal { colour }, Sink::Streams)
    }

    /// For tests: says nothing and keeps it, in the manner of a terminal without colour.
    pub fn silent() -> Self {
        Self::new(Manner::Terminal { colour: false }, Sink::kept())
    }

    /// For tests: says nothing and keeps it, in the manner of GitHub Actions.
    pub fn silent_actions() -> Self {
        Self::new(Manner::Actions, Sink::kept())
    }

    fn new(manner: Manner, sink: Sink) -> Self {
        let state = State {
            sink,
            fence: None,
            partial: Vec::new(),
            grouped: false,
            hide: None,
            out_gone: false,
            err_gone: false,
            lost: None,
        };
        Self { manner, state: Mutex::new(state) }
    }

    /// Opens a group that folds in Actions and is a heading in a terminal. An open group ends first: groups do not nest.
    pub fn group(&self, title: &str) {
        let title = clean::one_line(title);
        let mut state = self.ours();
        match self.manner {
            Manner::Actions => {
                state.close_group();
                state.grouped = true;
                state.line(Stream::Out, &format!("::group::{}", escape_data(&title)));
            }
            Manner::Terminal { colour } => {
                state.grouped = true;
                state.line(Stream::Err, &painted(&title, HEADING, colour));
            }
        }
    }

    /// Ends the open group; nothing happens without one.
    pub fn end_group(&self) {
        let mut state = self.ours();
        match self.manner {
            Manner::Actions => state.close_group(),
            Manner::Terminal { .. } => state.grouped = false,
        }
    }

    /// Says something of ours. It may quote foreign names: no line of it is ever read as a command.
    pub fn say(&self, text: &str) {
        let mut state = self.ours();
        let text = state.hidden(text);
        for line in text.lines() {
            match self.manner {
                Manner::Actions => state.line(Stream::Out, &fence::harmless(line)),
                Manner::Terminal { colour } => {
                    let line = clean::for_terminal(line, colour);
                    state.line(Stream::Err, &line);
                }
            }
        }
    }

    /// Says that a long step still runs, in a terminal only: `npm ci … 30 s`.
    pub fn progress(&self, step: &str, seconds: u64) {
        if let Manner::Terminal { colour } = self.manner {
            let said = format!("{} … {seconds} s", clean::one_line(step));
            self.ours().line(Stream::Err, &painted(&said, FAINT, colour));
        }
    }

    /// Passes on what tree code printed, line by line as the lines end. Invalid UTF-8 is replaced. In Actions nothing of it
    /// is read as a command; in a terminal only tab, newline and colour remain of the control characters.
    pub fn foreign(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.foreign(self.manner, bytes);
        state.flush(self.manner);
    }

    /// Gives a result: stdout, as it is, with a newline at its end.
    pub fn result(&self, text: &str) {
        let mut state = self.ours();
        if self.manner == Manner::Actions && text.lines().any(fence::could_command) {
            state.foreign(self.manner, text.as_bytes());
            state.end_foreign(self.manner);
        } else {
            state.line(Stream::Out, text.strip_suffix('\n').unwrap_or(text));
        }
    }

    /// What keeps a result from being all there. A reader that has gone away wanted no more of it.
    pub fn lost(&self) -> Option<Problem> {
        let error = self.state().lost.take()?;
        let problem = Problem::input("sink-unwritable", "the result could not be written to stdout").because(&error);
        (self.manner != Manner::Actions).then_some(problem)
    }

    /// Whether a result may hold colour: stdout is a terminal and `NO_COLOR` is unset.
    pub fn colours_results(&self) -> bool {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        matches!(self.manner, Manner::Terminal { .. }) && choice != anstream::ColorChoice::Never
    }

    /// How many columns a result has; 100 where stdout is no terminal.
    pub fn width(&self) -> usize {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).map(|size| usize::from(size.ws_col));
        size.ok().filter(|columns| *columns > 0).unwrap_or(100)
    }

    /// Tells the runner to hide this text in its log. Blank text would hide everything and is passed over.
    pub fn mask(&self, secret: &str) {
        if self.manner == Manner::Actions && !secret.trim().is_empty() {
            self.ours().line(Stream::Out, &format!("::add-mask::{}", escape_data(secret)));
        }
    }

    /// Takes secrets out of every line of ours and of others that is said from here on. The runner's masks know a secret as
    /// it is; this may know its other spellings too.
    pub fn hide(&self, hide: impl Fn(&str) -> String + 'static) {
        self.state().hide = Some(Hide(Box::new(hide)));
    }

    /// Passes finished workflow commands (annotations) to the runner, as they are; a terminal has no use for them.
    pub fn commands(&self, text: &str) {
        if self.manner == Manner::Actions && !text.is_empty() {
            self.ours().line(Stream::Out, text.strip_suffix('\n').unwrap_or(text));
        }
    }

    /// What was said to stderr by a silent console; in the manner of Actions nothing goes there.
    pub fn said(&self) -> String {
        self.kept(Stream::Err)
    }

    /// What was said to stdout by a silent console.
    pub fn results(&self) -> String {
        self.kept(Stream::Out)
    }

    fn kept(&self, stream: Stream) -> String {
        let state = self.ours();
        match (&state.sink, stream) {
            (Sink::Streams, _) => String::new(),
            (Sink::Kept { out, .. }, Stream::Out) => String::from_utf8_lossy(out).into_owned(),
            (Sink::Kept { err, .. }, Stream::Err) => String::from_utf8_lossy(err).into_owned(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panicking writer left behind is still a valid state: at worst a line is cut.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state with foreign output ended, so that the next line is ours.
    fn ours(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.end_foreign(self.manner);
        state
    }
}

impl Drop for Console {
    /// An open region would leave the runner deaf for the rest of the step.
    fn drop(&mut self) {
        drop(self.ours());
    }
}

impl Sink {
    fn kept() -> Self {
        Self::Kept { out: Vec::new(), err: Vec::new() }
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) -> std::io::Result<()> {
        match (self, stream) {
            (Self::Streams, Stream::Out) => std::io::stdout().write_all(bytes),
            (Self::Streams, Stream::Err) => std::io::stderr().write_all(bytes),
            (Self::Kept { out, .. }, Stream::Out) => out.write_all(bytes),
            (Self::Kept { err, .. }, Stream::Err) => err.write_all(bytes),
        }
    }
}

impl State {
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let gone = match stream {
            Stream::Out => self.out_gone,
            Stream::Err => self.err_gone,
        };
        if !gone && let Err(error) = self.sink.write(stream, bytes) {
            self.failed(stream, error);
        }
    }

    fn failed(&mut self, stream: Stream, error: std::io::Error) {
        match stream {
            Stream::Err => self.err_gone = true,
            Stream::Out => {
                self.out_gone = true;
                self.lost = Some(error).filter(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
            }
        }
    }

    fn flush_out(&mut self) {
        if !self.out_gone
            && let Err(error) = std::io::stdout().flush()
        {
            self.failed(Stream::Out, error);
        }
    }

    fn hidden(&self, text: &str) -> String {
        self.hide.as_ref().map_or_else(|| text.to_owned(), |hide| (hide.0)(text))
    }

    fn line(&mut self, stream: Stream, text: &str) {
        self.write(stream, format!("{text}\n").as_bytes());
        if matches!(self.sink, Sink::Streams) {
            self.flush_out();
        }
    }

    fn flush(&mut self, manner: Manner) {
        if matches!(self.sink, Sink::Streams) && manner == Manner::Actions {
            self.flush_out();
        }
    }

    fn close_group(&mut self) {
        if std::mem::take(&mut self.grouped) {
            self.line(Stream::Out, "::endgroup::");
        }
    }

    /// Says every foreign line that has ended, and keeps the beginning of the one that has not.
    fn foreign(&mut self, manner: Manner, bytes: &[u8]) {
        let mut waiting = std::mem::take(&mut self.partial);
        waiting.extend_from_slice(bytes);
        let mut rest = waiting.as_slice();
        loop {
            let ended = rest.iter().position(|byte| *byte == b'\n');
            let (line, after) = match ended {
                Some(end) if end <= LONGEST_LINE => (&rest[..end], end + 1),
                None if rest.len() <= LONGEST_LINE => break,
                Some(_) | None => (&rest[..LONGEST_LINE], LONGEST_LINE),
            };
            self.foreign_line(manner, line);
            rest = &rest[after..];
        }
        self.partial = rest.to_vec();
    }

    fn foreign_line(&mut self, manner: Manner, line: &[u8]) {
        let text = self.hidden(&String::from_utf8_lossy(line));
        match manner {
            Manner::Actions => {
                if self.fence.is_none() {
                    let fence = Fence::new();
                    self.write(Stream::Out, format!("{}\n", fence.opening()).as_bytes());
                    self.fence = Some(fence);
                }
                let text = self.fence.as_ref().map_or_else(|| fence::harmless(&text), |fence| fence.inside(&text));
                self.write(Stream::Out, format!("{text}\n").as_bytes());
            }
            Manner::Terminal { colour } => {
                for part in text.trim_end_matches('\r').split('\r') {
                    self.write(Stream::Err, format!("{}\n", clean::for_terminal(part, colour)).as_bytes());
                }
            }
        }
    }

    /// Says what is left of foreign output and closes its region.
    fn end_foreign(&mut self, manner: Manner) {
        if !self.partial.is_empty() {
            let rest = std::mem::take(&mut self.partial);
            self.foreign_line(manner, &rest);
        }
        if let Some(fence) = self.fence.take() {
            self.line(Stream::Out, &fence.closing());
        }
    }
}

/// Foreign text for a report: no control characters but tab and newline, and a line for what a carriage return overwrote.
pub fn plain(text: &str) -> String {
    clean::for_terminal(&text.replace("\r\n", "\n").replace('\r', "\n"), false)
}

fn painted(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Escapes text for the data part of a workflow command.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests;
