//! What is to be sent: full state, delta or check-in; the inspection copy; and the spool while the server is away.
//!
//! Each collected state becomes at most one transmission with a sequence number of its own, and waits in the spool until
//! the server has receipted it. An unchanged state waits for nothing: it becomes a check-in only while the spool is
//! empty. A spool that is full is replaced by one full report of the newest state; how many transmissions that cost is
//! told in its `gap`.
//!
//! The *inspection copy* is the canonical state that the server holds after the transmission that is sent next. It is
//! written before the transmission leaves, and nothing else writes it; a check-in leaves it alone.

use seal::hash;
use serde::{Deserialize, Serialize};
use wire::Timestamp;
use wire::report::{Content, Delta, Digest, Next, REPORT_BODY_BYTES_MAX, Receipt, Report, SCHEMA_MAX};
use wire::state::{Kind, State};
use words::{Sentence, Speaks, sentence};

use crate::session::Settings;
use crate::state_dir::{SPOOL, StateDir, StateDirError};

/// The inspection copy's name in the agent's folder.
pub const INSPECTION_COPY_FILE: &str = "inspection-copy.json";
/// The position's name in the agent's folder.
pub const POSITION_FILE: &str = "position.json";
/// Most transmissions that wait: two and a half days of an hourly interval, if each of them changed something.
pub const SPOOL_ENTRIES_MAX: usize = 64;
/// Most bytes that wait, unless one report alone is larger.
pub const SPOOL_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Farthest that numbers jump ahead at once. A server takes numbers up to 2^62: far more such jumps than anybody lives
/// to see, while a few dozen pass every second that a clock set wrong can have named.
const SEQUENCE_JUMP_MAX: u64 = 1 << 32;

/// Why nothing can be queued or sent.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The agent's folder failed.
    #[error(transparent)]
    StateDir(#[from] StateDirError),
    /// The report is larger than any server takes.
    #[error("{}", self.sentence())]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
}

impl Speaks for OutboxError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::StateDir(error) => error.sentence(),
            Self::TooLarge { size_bytes } => sentence!(
                "the report has {size_bytes} bytes, more than the {REPORT_BODY_BYTES_MAX} that a server takes: switch a kind off",
                "raport ma {size_bytes} bajtów, więcej niż {REPORT_BODY_BYTES_MAX}, które przyjmuje serwer: wyłącz któryś rodzaj danych"
            ),
        }
    }
}

/// What the agent remembers of its conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// Number of the last transmission that was queued.
    pub sequence: u64,
    /// The same, where that transmission was really made: numbers also jump over some that never were. Absent in a new folder.
    pub queued: Option<u64>,
    /// Transmissions lost and not yet told.
    pub gap: u64,
    /// Whether the next transmission must be the whole state.
    pub wants_full: bool,
    /// Digest of the state after the last transmission that was queued.
    pub newest: Option<Digest>,
    /// The last receipt.
    pub receipt: Option<Receipt>,
    /// What the last receipted transmission was.
    pub sent: Option<Shape>,
    /// What the server wished when the device last signed in.
    pub settings: Settings,
}

/// What a transmission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The whole state.
    Full,
    /// A difference.
    Delta,
    /// "Unchanged", by digest.
    CheckIn,
}

impl Shape {
    /// The shape of a transmission's content.
    #[must_use]
    pub const fn of(content: &Content) -> Self {
        match content {
            Content::Full(_) => Self::Full,
            Content::Delta(_) => Self::Delta,
            Content::Unchanged {} => Self::CheckIn,
        }
    }

    /// Its name in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::CheckIn => "check-in",
        }
    }
}

/// A transmission that is ready to leave.
pub struct Ready {
    file: String,
    /// What it is.
    pub shape: Shape,
    /// Its number.
    pub sequence: u64,
    digest: Digest,
    /// Its body, not packed.
    pub body: Vec<u8>,
}

/// What a receipt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The server holds the state.
    Held,
    /// The server wants the whole state.
    WantsFull,
}

/// The outbox.
pub struct Outbox {
    dir: StateDir,
    position: Position,
    files: Vec<(String, u64)>,
}

impl Outbox {
    /// Opens the outbox as it was left.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn open(dir: StateDir) -> Result<Self, OutboxError> {
        let mut position: Position = dir.read_json(POSITION_FILE)?.unwrap_or_default();
        let files: Vec<(String, u64)> = dir.spooled()?.into_iter().filter(|(name, _)| sequence_of(name).is_some()).collect();
        // A crash may lie between a spooled file and the position.
        let newest_file = files.last().and_then(|(name, _)| sequence_of(name)).unwrap_or(0);
        if newest_file > position.sequence {
            position.sequence = newest_file;
            position.queued = Some(newest_file);
            position.wants_full = true;
        }
        Ok(Self { dir, position, files })
    }

    /// What the agent remembers.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// The agent's folder.
    #[must_use]
    pub const fn dir(&self) -> &StateDir {
        &self.dir
    }

    /// How many transmissions wait.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.files.len()
    }

    /// Asks for the whole state next time.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn want_full(&mut self) -> Result<(), OutboxError> {
        self.position.wants_full = true;
        self.save()
    }

    /// Forgets the whole conversation: this device has become another one.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn forget(&mut self) -> Result<(), OutboxError> {
        for (name, _) in std::mem::take(&mut self.files) {
            self.dir.remove(&format!("{SPOOL}/{name}"))?;
        }
        self.dir.remove(INSPECTION_COPY_FILE)?;
        self.position = Position::default();
        self.save()
    }

    /// Remembers the server's wishes, for collections while it is away.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn remember(&mut self, settings: &Settings) -> Result<(), OutboxError> {
        if self.position.settings == *settings {
            return Ok(());
        }
        self.position.settings = settings.clone();
        self.save()
    }

    fn save(&self) -> Result<(), OutboxError> {
        Ok(self.dir.write_json(POSITION_FILE, &self.position)?)
    }

    /// Queues what a collected state makes necessary; tells what that is, or nothing where something waits already and
    /// nothing changed since.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn queue(&mut self, mut state: State, collected_at: Timestamp) -> Result<Option<Shape>, OutboxError> {
        state.canonicalise();
        let digest = digest_of(&state)?;
        let is_unchanged = self.position.newest == Some(digest) && !self.position.wants_full;
        if is_unchanged && !self.files.is_empty() {
            return Ok(None);
        }
        let content = match is_unchanged {
            true => Content::Unchanged {},
            false if self.is_full() => Content::Full(Box::new(state)),
            false => self.content(state)?,
        };
        let shape = Shape::of(&content);
        if shape == Shape::Full {
            self.supersede(content, digest, collected_at)?;
        } else {
            self.append(content, digest, collected_at, 0)?;
        }
        Ok(Some(shape))
    }

    /// A full report makes everything that waits superfluous for the final state; what that cost is its gap.
    fn supersede(&mut self, full: Content, digest: Digest, collected_at: Timestamp) -> Result<(), OutboxError> {
        let superseded = std::mem::take(&mut self.files);
        let lost: u64 = superseded.iter().map(|(name, _)| 1 + self.gap_of(name)).sum();
        if let Err(error) = self.append(full, digest, collected_at, lost) {
            self.files = superseded;
            return Err(error);
        }
        for (name, _) in superseded {
            self.dir.remove(&format!("{SPOOL}/{name}"))?;
        }
        Ok(())
    }

    fn gap_of(&self, name: &str) -> u64 {
        self.read_report(name).ok().flatten().map_or(0, |report| report.gap)
    }

    fn is_full(&self) -> bool {
        self.files.len() >= SPOOL_ENTRIES_MAX || self.files.iter().map(|(_, size)| size).sum::<u64>() >= SPOOL_BYTES_MAX
    }

    /// A delta to the newest queued state where there is one, else the whole.
    fn content(&self, state: State) -> Result<Content, OutboxError> {
        let full = |state: State| Ok(Content::Full(Box::new(state)));
        let (Some(newest), false) = (self.position.newest, self.position.wants_full) else { return full(state) };
        let Some(base) = self.newest_state()? else { return full(state) };
        // What waits was collected before the host switched this kind off, and must not leave it any more.
        let is_newly_off = |kind: &Kind| !base.switched_off.contains(kind);
        if !self.files.is_empty() && state.switched_off.iter().any(is_newly_off) {
            return full(state);
        }
        let delta = Delta::between(newest, &base, &state);
        // "None" and "not collected" look alike in a delta: such a change is sent as a whole.
        if delta.clone().apply(base) == state { Ok(Content::Delta(Box::new(delta))) } else { full(state) }
    }

    /// The state after everything that waits, or nothing where the files do not give the state that the position names.
    fn newest_state(&self) -> Result<Option<State>, OutboxError> {
        let mut state = self.copy()?;
        for (name, _) in &self.files {
            let Some(report) = self.read_report(name)? else { return Ok(None) };
            state = after(state, report);
        }
        let Some(state) = state else { return Ok(None) };
        Ok((Some(digest_of(&state)?) == self.position.newest).then_some(state))
    }

    fn copy(&self) -> Result<Option<State>, OutboxError> {
        match self.dir.read_json(INSPECTION_COPY_FILE) {
            // Somebody changed the copy; it is ours to write, so the whole state is sent again.
            Err(StateDirError::Damaged { .. }) => Ok(None),
            other => Ok(other?),
        }
    }

    fn read_report(&self, name: &str) -> Result<Option<Report>, OutboxError> {
        match self.dir.read_json(&format!("{SPOOL}/{name}")) {
            Err(StateDirError::Damaged { .. }) => Ok(None),
            other => Ok(other?),
        }
    }

    fn append(&mut self, content: Content, digest: Digest, collected_at: Timestamp, lost: u64) -> Result<(), OutboxError> {
        // Numbers follow the clock where it is ahead of them, so that a folder from a backup, or a system that was set up
        // again, does not repeat numbers that the server has seen: those would count for nothing.
        let sequence = self.position.sequence.saturating_add(1).max(collected_at.seconds().unsigned_abs());
        let gap = self.position.gap + lost;
        let follows = self.position.queued;
        let report = Report { schema: SCHEMA_MAX, device: None, sequence, follows, collected_at, gap, digest, content };
        let body = to_json(&report);
        if body.len() > REPORT_BODY_BYTES_MAX {
            return Err(OutboxError::TooLarge { size_bytes: body.len() });
        }
        let name = format!("{sequence:020}.json");
        self.dir.write(&format!("{SPOOL}/{name}"), &body)?;
        self.files.push((name, body.len() as u64));
        self.position =
            Position { sequence, queued: Some(sequence), gap: 0, wants_full: false, newest: Some(digest), ..self.position.clone() };
        self.save()
    }

    /// Makes the oldest transmission ready: the inspection copy shows what the server will hold once it is taken.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn next(&mut self, schema: u16) -> Result<Option<Ready>, OutboxError> {
        let Some((name, _)) = self.files.first().cloned() else { return Ok(None) };
        let report = self.read_report(&name)?;
        let Some(mut report) = report.filter(|report| report.schema <= SCHEMA_MAX) else { return self.give_up() };
        report.schema = schema;
        let shape = Shape::of(&report.content);
        let ready = Ready { file: name, shape, sequence: report.sequence, digest: report.digest, body: to_json(&report) };
        if shape == Shape::CheckIn {
            return Ok(Some(ready));
        }
        let copy = self.copy()?;
        let copy_digest = copy.as_ref().map(digest_of).transpose()?;
        if copy_digest != Some(report.digest) {
            let digest = report.digest;
            match after(copy, report) {
                Some(state) if digest_of(&state)? == digest => self.dir.write(INSPECTION_COPY_FILE, &canonical(&state))?,
                // The copy is not the delta's base: the chain is broken, and the whole state mends it.
                _ => return self.give_up(),
            }
        }
        Ok(Some(ready))
    }

    /// Drops everything that waits; the next collected state is sent as a whole, with the loss told.
    fn give_up(&mut self) -> Result<Option<Ready>, OutboxError> {
        let lost = std::mem::take(&mut self.files);
        self.position.gap += lost.iter().map(|(name, _)| 1 + self.gap_of(name)).sum::<u64>();
        self.position.wants_full = true;
        self.save()?;
        for (name, _) in lost {
            self.dir.remove(&format!("{SPOOL}/{name}"))?;
        }
        Ok(None)
    }

    /// Takes note that the server refuses a transmission for good.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn refused(&mut self) -> Result<(), OutboxError> {
        self.give_up().map(|_| ())
    }

    /// Takes a receipt: what it answers no longer waits.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn receipted(&mut self, ready: &Ready, receipt: Receipt, now: Timestamp) -> Result<Taken, OutboxError> {
        let is_as_sent = receipt.sequence == ready.sequence && hash::commitment(receipt.salt.0, ready.digest.0) == receipt.commitment.0;
        let is_held = receipt.stored == ready.digest && is_as_sent;
        if !is_held && ready.shape == Shape::Full {
            // A whole state that is not taken has a number that the server has seen: this folder is younger than the
            // conversation (enrolled again), or older (a restored backup). The numbers go on from where none has been.
            let jump = self.position.sequence.min(SEQUENCE_JUMP_MAX);
            self.position.sequence = self.position.sequence.saturating_add(jump).max(now.seconds().unsigned_abs());
        }
        let wants_full = !is_held || receipt.next == Next::SendFull;
        self.position.receipt = Some(receipt);
        self.position.sent = Some(ready.shape);
        self.files.retain(|(name, _)| *name != ready.file);
        if wants_full {
            self.give_up()?;
        } else {
            self.save()?;
        }
        self.dir.remove(&format!("{SPOOL}/{}", ready.file))?;
        Ok(if wants_full { Taken::WantsFull } else { Taken::Held })
    }
}

fn after(state: Option<State>, report: Report) -> Option<State> {
    match report.content {
        Content::Full(full) => Some(*full),
        Content::Delta(delta) => state.map(|base| delta.apply(base)),
        Content::Unchanged {} => state,
    }
}

fn sequence_of(name: &str) -> Option<u64> {
    name.strip_suffix(".json")?.parse().ok()
}

/// The canonical bytes of a state.
#[must_use]
pub fn canonical(state: &State) -> Vec<u8> {
    to_json(state)
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a wire type has text keys only")
}

fn digest_of(state: &State) -> Result<Digest, OutboxError> {
    Ok(Digest(hash::sha256(&canonical(state))))
}
