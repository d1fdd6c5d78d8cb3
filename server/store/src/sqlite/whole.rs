//! Whether a store's file is whole: its pages, its log, and the migrations that were made in it.
//!
//! SQLite passes over whatever of a log does not add up, as after a power cut, and says nothing. In a copy that was made of a
//! server at rest that is damage: a transaction that was committed is lost. So the log's frames are looked at as well.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::StoreError;
use crate::plan::{Applied, Plan, pending};
use crate::sqlite::open::applied;
use crate::sqlite::session::failure;

/// What precedes the frames of a log, in bytes, and each frame's page.
const LOG_HEAD_BYTES: usize = 32;
const FRAME_HEAD_BYTES: usize = 24;
/// Page sizes that SQLite knows.
const PAGE_BYTES: std::ops::RangeInclusive<u32> = 512..=65_536;

const DOING: &str = "looking at a copied file";

/// Looks at a file that nobody else has open: how many migrations its next opening makes.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is not whole, with what is wrong; [`StoreError::Newer`] and [`StoreError::Setup`] for migrations that
/// this program does not know, or others than it knows; [`StoreError::Unavailable`] where it cannot be read.
pub(crate) fn look(file: &Path, plan: &Plan) -> Result<usize, StoreError> {
    let broken = |error: rusqlite::Error| failure(DOING, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(file, flags).map_err(broken)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;").map_err(broken)?;
    // The first thing that is done with it: as long as it is open, the log lies there as it was copied.
    let taken: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1)).map_err(broken)?;
    if let Some(frame) = lost_frame(file, taken.max(0).unsigned_abs()).map_err(|error| unreadable(file, &error))? {
        return Err(StoreError::Corrupt(format!("its log is damaged at frame {frame}: what was written there is lost")));
    }
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if found != "ok" {
        return Err(StoreError::Corrupt(found));
    }
    let steps: Vec<_> = plan.steps.iter().collect();
    Ok(pending(&steps, &migrations(&connection)?)?.len())
}

fn migrations(connection: &Connection) -> Result<Vec<Applied>, StoreError> {
    let broken = |error: rusqlite::Error| failure(DOING, &error);
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store_migration'";
    let is_there = connection.query_row(table, [], |_| Ok(())).optional().map_err(broken)?.is_some();
    if is_there { applied(connection).map_err(broken) } else { Err(StoreError::Corrupt("it has no tables of a store".into())) }
}

/// The first frame that belongs to this log, or ends a transaction of it, and was passed over; from 1.
fn lost_frame(file: &Path, taken: u64) -> io::Result<Option<u64>> {
    let mut path = file.as_os_str().to_owned();
    path.push("-wal");
    let mut log = match File::open(PathBuf::from(path)) {
        Ok(log) => log,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = log.metadata()?.len();
    if length <= (LOG_HEAD_BYTES + FRAME_HEAD_BYTES) as u64 {
        return Ok(None);
    }
    let mut head = [0; LOG_HEAD_BYTES];
    log.read_exact(&mut head)?;
    let page = u32_at(&head, 8);
    if !PAGE_BYTES.contains(&page) {
        return Ok(Some(1));
    }
    let frame_bytes = FRAME_HEAD_BYTES as u64 + u64::from(page);
    let frames = (length - LOG_HEAD_BYTES as u64) / frame_bytes;
    for frame in 0..frames {
        let mut of_frame = [0; FRAME_HEAD_BYTES];
        log.seek(SeekFrom::Start(LOG_HEAD_BYTES as u64 + frame * frame_bytes))?;
        log.read_exact(&mut of_frame)?;
        // A log that was begun anew leaves frames of the old one behind its own; they have another salt. Its first frame never has.
        let is_this_logs = of_frame[8..16] == head[16..24];
        let ends_transaction = u32_at(&of_frame, 4) != 0;
        if (frame == 0 && !is_this_logs) || (frame >= taken && is_this_logs && ends_transaction) {
            return Ok(Some(frame.min(taken) + 1));
        }
    }
    Ok(None)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |number| u32::from_be_bytes(*number))
}

fn unreadable(file: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("the log of {} cannot be read: {error}", file.display()))
}
