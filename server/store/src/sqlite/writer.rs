//! Writers: a fixed pool of threads. A file always belongs to the same one, so writers of a file never meet.
//!
//! A writer takes everything that waits, groups it by file, and runs each file's closures in one transaction, each in
//! a savepoint of its own; so a hundred waiting writes cost one flush of the disk. An error undoes its own closure only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::Connection;

use crate::StoreError;
use crate::announce::Announcer;
use crate::home::Home;
use crate::shared::Shared;
use crate::sqlite::open::{Opener, Purpose, make_room};
use crate::sqlite::recent::Recent;
use crate::sqlite::session::failure;
use crate::tx::{News, Session, Surroundings, Tx};
use crate::wiping::{sync_folder, wipe};

/// Threads that write tenants' files.
pub(crate) const TENANT_WRITERS: usize = 4;
/// Files that each writer keeps open: with three descriptors a file, all writers stay below 400 descriptors.
const OPEN_FILES_PER_WRITER: usize = 32;
/// Closures that share one commit at most.
const GROUP_CLOSURES_MAX: usize = 512;
/// Closures that may wait for one writer.
pub(crate) const WAITING_CLOSURES_MAX: usize = 16_384;

thread_local! {
    /// Which writer this thread is, so that a wait for oneself is an error and no deadlock.
    static CURRENT: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

/// A closure with its answer, without its types.
pub(crate) trait Work: Send {
    /// Runs the closure; whether its writes shall stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Sends the answer: the closure's own, or why the commit failed.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// What a writer is asked to do.
pub(crate) enum Order {
    Write {
        surroundings: Surroundings,
        work: Box<dyn Work>,
        shared: Arc<Shared>,
    },
    /// Opens (and so migrates) the file; makes it where `create`.
    Open {
        home: Home,
        create: bool,
        answer: tokio::sync::oneshot::Sender<Result<(), StoreError>>,
    },
    /// Leaves nothing in the file's write-ahead log.
    Compact {
        home: Home,
        answer: tokio::sync::oneshot::Sender<Result<(), StoreError>>,
    },
    /// Closes the file and removes it, its bytes written over.
    Remove {
        home: Home,
        answer: tokio::sync::oneshot::Sender<Result<(), StoreError>>,
    },
    /// Closes every file and ends the thread.
    End,
}

/// The pool.
#[derive(Debug)]
pub(crate) struct Writers {
    queues: Vec<Queue>,
}

#[derive(Debug)]
struct Queue {
    orders: Sender<Order>,
    waiting: Arc<AtomicUsize>,
    thread: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// Node-wide files have a writer each, so that a long import delays no sign-in, and a tenant's closure may wait for a key.
fn writer_of(home: Home) -> usize {
    match home {
        Home::System => 0,
        Home::Identity => 1,
        Home::Keyring => 2,
        Home::Master => 3,
        Home::Intake => 4,
        Home::Tenant(tenant) => {
            Home::NODE_WIDE.len() + usize::try_from(tenant.number().unsigned_abs() % TENANT_WRITERS as u64).unwrap_or(0)
        }
    }
}

impl Writers {
    pub(crate) fn start(opener: &Arc<Opener>) -> Result<Self, StoreError> {
        let start = |number: usize| {
            let (orders, queue) = channel();
            let waiting = Arc::new(AtomicUsize::new(0));
            let writer =
                Writer { queue, waiting: Arc::clone(&waiting), opener: Arc::clone(opener), files: Recent::new(OPEN_FILES_PER_WRITER) };
            let thread = std::thread::Builder::new()
                .name(format!("store-writer-{number}"))
                .spawn(move || {
                    CURRENT.set(Some(number));
                    writer.work();
                })
                .map_err(|error| StoreError::Unavailable(format!("a writer thread cannot be started: {error}")))?;
            Ok(Queue { orders, waiting, thread: std::sync::Mutex::new(Some(thread)) })
        };
        Ok(Self { queues: (0..Home::NODE_WIDE.len() + TENANT_WRITERS).map(start).collect::<Result<_, StoreError>>()? })
    }

    /// Queues an order for the home's writer.
    pub(crate) fn send(&self, home: Home, order: Order) -> Result<(), StoreError> {
        let number = writer_of(home);
        if CURRENT.get() == Some(number) {
            return Err(StoreError::Misuse("a transaction waits for another of the same writer".into()));
        }
        let queue = &self.queues[number];
        if queue.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_CLOSURES_MAX {
            queue.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(StoreError::Busy("too many writes are waiting"));
        }
        queue.orders.send(order).map_err(|_| closed())
    }

    /// Finishes what waits, closes every file, ends the threads.
    pub(crate) fn end(&self) {
        for queue in &self.queues {
            // A thread that has ended already needs no order.
            let _ = queue.orders.send(Order::End);
        }
        for queue in &self.queues {
            let thread = queue.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            if let Some(thread) = thread
                && thread.join().is_err()
            {
                tracing::error!("a writer thread of the store panicked");
            }
        }
    }
}

pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

struct Writer {
    queue: Receiver<Order>,
    waiting: Arc<AtomicUsize>,
    opener: Arc<Opener>,
    files: Recent<Home, Connection>,
}

struct Waiting {
    surroundings: Surroundings,
    work: Box<dyn Work>,
    shared: Arc<Shared>,
}

impl Writer {
    fn work(mut self) {
        let mut ends = false;
        while !ends {
            let Ok(first) = self.queue.recv() else { return };
            let mut homes: Vec<Home> = Vec::new();
            let mut groups: HashMap<Home, Vec<Waiting>> = HashMap::new();
            let mut next = Some(first);
            let mut taken = 0;
            while let Some(order) = next.take() {
                match order {
                    Order::Write { surroundings, work, shared } => {
                        let home = surroundings.home;
                        let group = groups.entry(home).or_default();
                        if group.is_empty() {
                            homes.push(home);
                        }
                        group.push(Waiting { surroundings, work, shared });
                        taken += 1;
                    }
                    Order::Open { home, create, answer } => {
                        self.waiting.fetch_sub(1, Ordering::AcqRel);
                        let purpose = if create { Purpose::Create } else { Purpose::Write };
                        // Who asked may have gone away.
                        let _ = answer.send(self.file(home, purpose).map(|_| ()));
                    }
                    Order::Compact { home, answer } => {
                        self.waiting.fetch_sub(1, Ordering::AcqRel);
                        // Who asked may have gone away.
                        let _ = answer.send(self.file(home, Purpose::Write).and_then(empty_log));
                    }
                    Order::Remove { home, answer } => {
                        self.waiting.fetch_sub(1, Ordering::AcqRel);
                        self.files.forget(home);
                        // Who asked may have gone away.
                        let _ = answer.send(remove(&home.file(&self.opener.data)));
                    }
                    Order::End => ends = true,
                }
                if taken < GROUP_CLOSURES_MAX && !ends {
                    next = self.queue.try_recv().ok();
                }
            }
            for home in homes {
                let group = groups.remove(&home).unwrap_or_default();
                self.waiting.fetch_sub(group.len(), Ordering::AcqRel);
                self.run_group(home, group);
            }
        }
    }

    fn file(&mut self, home: Home, purpose: Purpose) -> Result<&Connection, StoreError> {
        let opener = &self.opener;
        let open = || opener.open(home, purpose)?.map_err(|_| StoreError::Corrupt("a file that was just migrated is not migrated".into()));
        self.files.get_or_make(home, open, make_room)
    }

    fn run_group(&mut self, home: Home, group: Vec<Waiting>) {
        let connection = match self.file(home, Purpose::Write) {
            Ok(connection) => connection,
            Err(error) => return refuse_all(group, &error),
        };
        if let Err(error) = batch(connection, "BEGIN IMMEDIATE") {
            self.files.forget(home);
            return refuse_all(group, &error);
        }
        let (done, result) = run_closures(connection, group);
        if result.is_err() {
            // The connection's state is not known any more: the next write opens the file afresh.
            self.files.forget(home);
        }
        finish(done, result);
    }
}

/// Writes the log's pages to the file and cuts the log to nothing. `secure_delete` has zeroed what was deleted in those pages.
fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    let truncate =
        |connection: &Connection| connection.prepare_cached("PRAGMA wal_checkpoint(TRUNCATE)")?.query_row([], |row| row.get::<_, bool>(0));
    let is_hindered = truncate(connection).map_err(|error| failure("emptying a write-ahead log", &error))?;
    if is_hindered { Err(StoreError::Busy("somebody reads what the write-ahead log still holds")) } else { Ok(()) }
}

/// The log first: a file whose log is left behind would be another file's.
fn remove(file: &Path) -> Result<(), StoreError> {
    let broken = |error: std::io::Error| StoreError::Unavailable(format!("a store's file cannot be removed: {error}"));
    for ending in ["-wal", "-shm", ""] {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        wipe(Path::new(&path)).map_err(broken)?;
    }
    file.parent().map_or(Ok(()), sync_folder).map_err(broken)
}

/// What came of a group's closures.
struct Done {
    kept: Vec<Waiting>,
    undone: Vec<Waiting>,
    news: News,
}

fn run_closures(connection: &Connection, group: Vec<Waiting>) -> (Done, Result<(), StoreError>) {
    let mut done = Done { kept: Vec::new(), undone: Vec::new(), news: News::default() };
    let mut result = Ok(());
    for mut waiting in group {
        if result.is_err() {
            done.kept.push(waiting);
            continue;
        }
        match run_closure(connection, &mut waiting) {
            Ok(Some(news)) => {
                done.news.merge(news);
                done.kept.push(waiting);
            }
            Ok(None) => done.undone.push(waiting),
            Err(error) => {
                result = Err(error);
                done.kept.push(waiting);
            }
        }
    }
    if result.is_ok() {
        result = commit(connection, &done);
    }
    if result.is_err() && !connection.is_autocommit() {
        // Where even this fails, closing the connection undoes it.
        let _ = batch(connection, "ROLLBACK");
    }
    (done, result)
}

/// Runs one closure in a savepoint: its news where its writes stay.
fn run_closure(connection: &Connection, waiting: &mut Waiting) -> Result<Option<News>, StoreError> {
    batch(connection, "SAVEPOINT closure")?;
    let mut tx = Tx::new(Session::Sqlite(connection), &waiting.surroundings);
    let stays = waiting.work.run(&mut tx);
    let news = std::mem::take(&mut tx.news);
    if connection.is_autocommit() {
        // SQLite gave the whole transaction up: disk full, or an I/O error.
        return Err(StoreError::Unavailable("the disk is full or does not work: the transaction was given up".into()));
    }
    if !stays {
        batch(connection, "ROLLBACK TO closure")?;
    }
    batch(connection, "RELEASE closure")?;
    Ok(stays.then_some(news))
}

fn commit(connection: &Connection, done: &Done) -> Result<(), StoreError> {
    let Some(first) = done.kept.first() else { return batch(connection, "ROLLBACK") };
    // The wake row is durable before the mark is: a wake without a mark is harmless, a mark without a wake is lost.
    let announced = Announcer::before_commit(&first.shared, first.surroundings.home, &done.news)?;
    batch(connection, "COMMIT")?;
    announced.committed();
    Ok(())
}

fn finish(done: Done, result: Result<(), StoreError>) {
    for waiting in done.undone {
        waiting.work.finish(Ok(()));
    }
    match result {
        Ok(()) => done.kept.into_iter().for_each(|waiting| waiting.work.finish(Ok(()))),
        Err(error) => refuse_all(done.kept, &error),
    }
}

fn refuse_all(group: Vec<Waiting>, error: &StoreError) {
    for waiting in group {
        waiting.work.finish(Err(again(error)));
    }
}

/// The same error once more: errors hold sources that cannot be copied.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::NotFound => StoreError::NotFound,
        StoreError::Corrupt(reason) => StoreError::Corrupt(reason.clone()),
        StoreError::Setup(reason) => StoreError::Setup(reason.clone()),
        StoreError::Newer { domain, found, known } => StoreError::Newer { domain: domain.clone(), found: *found, known: *known },
        StoreError::Conflict { constraint } => StoreError::Conflict { constraint: constraint.clone() },
        other => StoreError::Unavailable(other.to_string()),
    }
}

fn batch(connection: &Connection, sql: &'static str) -> Result<(), StoreError> {
    let run = |connection: &Connection| connection.prepare_cached(sql)?.execute([]);
    run(connection).map(|_| ()).map_err(|error| failure(sql, &error))
}
