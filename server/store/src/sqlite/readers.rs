//! Pooled connections that read.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::StoreError;
use crate::home::Home;
use crate::sqlite::closed;
use crate::sqlite::open::{NeedsMigration, Opener, Purpose, make_room};

/// Idle connections kept, over all files.
const IDLE_READERS_MAX: usize = 48;
/// Transactions that read at the same time.
pub(crate) const READS_AT_ONCE: usize = 16;

/// The pool.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    /// Least recently used first.
    idle: Mutex<VecDeque<(Home, Connection)>>,
    has_ended: AtomicBool,
}

impl Readers {
    /// A connection to the home's file, an idle one where there is one.
    pub(crate) fn take(&self, opener: &Opener, home: Home) -> Result<Result<Connection, NeedsMigration>, StoreError> {
        if self.has_ended.load(Ordering::Acquire) {
            return Err(closed());
        }
        let found = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let position = idle.iter().rposition(|(of, _)| *of == home);
            position.and_then(|position| idle.remove(position))
        };
        match found {
            Some((_, connection)) => Ok(Ok(connection)),
            None => opener.open(home, Purpose::Read),
        }
    }

    /// Gives a connection back.
    pub(crate) fn give_back(&self, home: Home, connection: Connection) {
        if self.has_ended.load(Ordering::Acquire) {
            return;
        }
        let surplus = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push_back((home, connection));
            if idle.len() > IDLE_READERS_MAX { idle.pop_front() } else { None }
        };
        // Outside of the lock: it may take flushes of the disk.
        if let Some((_, connection)) = surplus {
            make_room(connection);
        }
    }

    /// Closes every idle connection to a home's file.
    pub(crate) fn forget(&self, home: Home) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != home);
    }

    /// Closes every idle connection, and each other one when its transaction ends.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
