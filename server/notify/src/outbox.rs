//! The outbox: what is to be sent to whom, in the tenant's own store, until it is settled.
//!
//! A mail is known by what it tells and whom: putting it in twice is putting it in once, so that whoever hands over may be
//! cut off and begin again. It is sealed under its reader's key, goes when the reader is erased, and is emptied when it is settled:
//! what stays is the proof of it.

use std::sync::Arc;

use kernel::{KeyRef, KeyRing, MailId, Scope, Timestamp, UserId};
use store::{Row, Sealed, StoreError, Stores, Tx, params};

use crate::data_map;
use crate::letter::Letter;
use crate::store as sql;

/// Most mails of a state that are listed of a tenant.
pub const MAILS_LISTED_MAX: usize = 100;
/// The kind of wake that names tenants with mail.
pub(crate) const WAKE: &str = "mail";
/// What the ids of mails are keyed hashes for.
const MAIL_OF: &str = "mail of";

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was given up.
    GivenUp,
    /// The relay took it.
    Sent,
    /// It is to be sent.
    Waiting,
}

impl State {
    /// Every one, in the order of the texts.
    pub const ALL: [Self; 3] = [Self::GivenUp, Self::Sent, Self::Waiting];

    /// The stored name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::GivenUp => "given-up",
            Self::Sent => "sent",
            Self::Waiting => "waiting",
        }
    }

    fn from_text(text: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|state| state.text() == text);
        found.ok_or_else(|| StoreError::Corrupt("a mail is in a state that is none".to_owned()))
    }
}

/// A mail, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLine {
    /// Its number.
    pub mail: MailId,
    /// Whom it is for.
    pub user: UserId,
    /// What it is about.
    pub kind: String,
    /// What became of it.
    pub state: State,
    /// The part of its message id before the `@`.
    pub message_id: String,
    /// When it was put in.
    pub created_at: Timestamp,
    /// From when on it is to be sent.
    pub due_at: Timestamp,
    /// How often that was tried.
    pub attempts: u32,
    /// What the relay answered last.
    pub answer_code: Option<u16>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

/// How many mails are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The state.
    pub state: State,
    /// How many.
    pub mails: u64,
    /// When the oldest of them was put in.
    pub since: Timestamp,
}

/// A mail whose time has come.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) mail: MailId,
    pub(crate) user: UserId,
    pub(crate) kind: String,
    /// Nothing where its reader's key is destroyed.
    pub(crate) letter: Option<Letter>,
    pub(crate) message_id: String,
    pub(crate) first_tried_at: Option<Timestamp>,
    pub(crate) attempts: u32,
    pub(crate) refusals: u32,
}

/// The outboxes of all tenants. Cloning shares them.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) stores: Stores,
    keys: Arc<dyn KeyRing>,
}

impl Outbox {
    /// The outboxes in these stores.
    #[must_use]
    pub fn new(stores: &Stores, keys: Arc<dyn KeyRing>) -> Self {
        Self { stores: stores.clone(), keys }
    }

    /// Puts a letter in for each of these people: how many mails were not there yet. `kind` and `reference` say what it tells;
    /// the same again, to the same person, is the same mail.
    ///
    /// # Errors
    /// [`StoreError::Key`] where a reader has no key; the store's. None of them is put in then.
    pub async fn put(
        &self,
        scope: &Scope,
        users: Vec<UserId>,
        kind: &'static str,
        reference: &str,
        letter: Letter,
    ) -> Result<u64, StoreError> {
        let (keys, tenant, reference) = (Arc::clone(&self.keys), scope.tenant(), reference.to_owned());
        let put = move |tx: &mut Tx<'_>| {
            let mut added = 0;
            for user in &users {
                let mail = mail_of(&*keys, KeyRef::User(tenant, *user), kind, &reference)?;
                let sealed = Sealed::seal(&*keys, KeyRef::User(tenant, *user), data_map::letter(mail.number()), &letter)?;
                let (now, message_id) = (tx.now(), message_id(tx));
                added += tx.execute(&sql::INSERT_MAIL, &params![tenant, mail, *user, kind, sealed, message_id, now])?;
            }
            if added > 0 {
                let now = tx.now();
                tx.wake(WAKE, now)?;
            }
            Ok::<_, StoreError>(added)
        };
        self.stores.tenant(scope).write(put).await
    }

    /// What became of the mails that tell these people this. One that is not there is not among them.
    ///
    /// # Errors
    /// [`StoreError::Key`] where a reader has no key; the store's.
    pub async fn states(&self, scope: &Scope, users: Vec<UserId>, kind: &'static str, reference: &str) -> Result<Vec<State>, StoreError> {
        let (keys, tenant, reference) = (Arc::clone(&self.keys), scope.tenant(), reference.to_owned());
        let look = move |tx: &mut Tx<'_>| {
            let mut states = Vec::with_capacity(users.len());
            for user in &users {
                let mail = mail_of(&*keys, KeyRef::User(tenant, *user), kind, &reference)?;
                if let Some(row) = tx.query_optional(&sql::STATE_OF_MAIL, &params![tenant, mail])? {
                    states.push(State::from_text(&row.get::<String>(0)?)?);
                }
            }
            Ok::<_, StoreError>(states)
        };
        self.stores.tenant(scope).read(look).await
    }

    /// How many mails of a tenant are in each state that any is in.
    ///
    /// # Errors
    /// The store's.
    pub async fn counts(&self, scope: &Scope) -> Result<Vec<Count>, StoreError> {
        let tenant = scope.tenant();
        let count = |row: &Row| Ok(Count { state: State::from_text(&row.get::<String>(0)?)?, mails: row.get(1)?, since: row.get(2)? });
        let counts = move |tx: &mut Tx<'_>| tx.query(&sql::MAIL_COUNTS, &params![tenant])?.iter().map(count).collect();
        self.stores.tenant(scope).read(counts).await
    }

    /// A tenant's mails of a state, the newest first, [`MAILS_LISTED_MAX`] at most.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, scope: &Scope, state: State) -> Result<Vec<MailLine>, StoreError> {
        let tenant = scope.tenant();
        let list = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::MAILS_OF_STATE, &params![tenant, state.text(), MAILS_LISTED_MAX as i64])?;
            rows.iter().map(line).collect()
        };
        self.stores.tenant(scope).read(list).await
    }

    /// Mails of a tenant whose time has come.
    pub(crate) async fn due(&self, scope: &Scope, max: usize) -> Result<Vec<Due>, StoreError> {
        let (keys, tenant, limit) = (Arc::clone(&self.keys), scope.tenant(), i64::try_from(max).unwrap_or(i64::MAX));
        let due = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            let rows = tx.query(&sql::MAILS_DUE, &params![tenant, now, limit])?;
            rows.iter().map(|row| due_of(&*keys, scope_key(tenant), row)).collect()
        };
        self.stores.tenant(scope).read(due).await
    }

    /// When the next mail of a tenant is due, where any waits.
    pub(crate) async fn next_due(&self, scope: &Scope) -> Result<Option<Timestamp>, StoreError> {
        let tenant = scope.tenant();
        let next = move |tx: &mut Tx<'_>| tx.query_optional(&sql::NEXT_DUE, &params![tenant])?.map(|row| row.get(0)).transpose();
        self.stores.tenant(scope).read(next).await
    }
}

/// Whose key a user's mails lie under.
fn scope_key(tenant: kernel::TenantId) -> impl Fn(UserId) -> KeyRef {
    move |user| KeyRef::User(tenant, user)
}

fn due_of(keys: &dyn KeyRing, key: impl Fn(UserId) -> KeyRef, row: &Row) -> Result<Due, StoreError> {
    let (mail, user): (MailId, UserId) = (row.get(0)?, row.get(1)?);
    let sealed: Sealed<Letter> = row.get(3)?;
    let letter = match sealed.open(keys, key(user), data_map::letter(mail.number())) {
        Ok(letter) => Some(letter),
        Err(error) if Sealed::<Letter>::is_erased(&error) => None,
        Err(error) => return Err(error),
    };
    let (kind, message_id) = (row.get(2)?, row.get(4)?);
    Ok(Due { mail, user, kind, letter, message_id, first_tried_at: row.get(5)?, attempts: row.get(6)?, refusals: row.get(7)? })
}

fn line(row: &Row) -> Result<MailLine, StoreError> {
    Ok(MailLine {
        mail: row.get(0)?,
        user: row.get(1)?,
        kind: row.get(2)?,
        state: State::from_text(&row.get::<String>(3)?)?,
        message_id: row.get(4)?,
        created_at: row.get(5)?,
        due_at: row.get(6)?,
        attempts: row.get(7)?,
        answer_code: row.get(8)?,
        settled_at: row.get(9)?,
    })
}

/// The number of the mail that tells a person this.
fn mail_of(keys: &dyn KeyRing, key: KeyRef, kind: &str, reference: &str) -> Result<MailId, StoreError> {
    let told = [kind.as_bytes(), b"\0", reference.as_bytes()].concat();
    let [a, b, c, d, e, f, g, h, ..] = keys.blind_index(key, MAIL_OF, &told)?;
    Ok(MailId::from_random(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

/// Random, so that it tells nothing of the mail, and kept, so that a mail that is sent twice can be seen to be one.
fn message_id(tx: &Tx<'_>) -> String {
    tx.rng().bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}
