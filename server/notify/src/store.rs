//! All of notify's SQL.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What notify keeps.
pub static SCHEMAS: &[Schema] = &[Schema::new(
    "notify",
    StoreKind::Tenant,
    &[Migration { version: 1, name: "mail", sql: include_str!("migrations/0001_mail.sql") }],
    data_map::TABLES,
    STATEMENTS,
)];

statements! {
    store = Tenant;

    /// Puts a mail in the outbox, where it is not there yet.
    INSERT_MAIL = "INSERT INTO mail (tenant_id, mail_id, user_id, kind, letter, state, message_id, created_at, due_at, attempts, refusals) \
                   VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $7, 0, 0) ON CONFLICT (tenant_id, mail_id) DO NOTHING"
        (BigInt, BigInt, BigInt, Text, Blob, Text, BigInt);

    /// Mails whose time has come, the longest due first.
    MAILS_DUE = "SELECT mail_id, user_id, kind, letter, message_id, first_tried_at, attempts, refusals FROM mail \
                 WHERE tenant_id = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY due_at, mail_id LIMIT $3"
        (BigInt, BigInt, BigInt)
        -> (mail_id: BigInt, user_id: BigInt, kind: Text, letter: Blob, message_id: Text, first_tried_at: BigInt, attempts: BigInt,
            refusals: BigInt);

    /// When the next mail is due.
    NEXT_DUE = "SELECT due_at FROM mail WHERE tenant_id = $1 AND state = 'waiting' ORDER BY due_at LIMIT 1"
        (BigInt) -> (due_at: BigInt);

    /// Notes what became of a mail that waits. What it said has done its work: the proof stays.
    SETTLE_MAIL = "UPDATE mail SET state = $3, answer_code = $4, settled_at = $5, attempts = attempts + 1, letter = NULL, \
                   first_tried_at = COALESCE(first_tried_at, $5) \
                   WHERE tenant_id = $1 AND mail_id = $2 AND state = 'waiting'"
        (BigInt, BigInt, Text, BigInt, BigInt);

    /// Puts a mail that waits off.
    PUT_OFF_MAIL = "UPDATE mail SET due_at = $3, answer_code = $4, refusals = $5, attempts = attempts + 1, \
                    first_tried_at = COALESCE(first_tried_at, $6) \
                    WHERE tenant_id = $1 AND mail_id = $2 AND state = 'waiting'"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);

    /// How many mails are in each state, and since when the oldest of each is there.
    MAIL_COUNTS = "SELECT state, COUNT(*) AS mails, MIN(created_at) AS since FROM mail WHERE tenant_id = $1 GROUP BY state ORDER BY state"
        (BigInt) -> (state: Text, mails: BigInt, since: BigInt);

    /// What became of a mail.
    STATE_OF_MAIL = "SELECT state FROM mail WHERE tenant_id = $1 AND mail_id = $2" (BigInt, BigInt) -> (state: Text);

    /// Mails of a state, the newest first.
    MAILS_OF_STATE = "SELECT mail_id, user_id, kind, state, message_id, created_at, due_at, attempts, answer_code, settled_at FROM mail \
                      WHERE tenant_id = $1 AND state = $2 ORDER BY created_at DESC, mail_id LIMIT $3"
        (BigInt, Text, BigInt)
        -> (mail_id: BigInt, user_id: BigInt, kind: Text, state: Text, message_id: Text, created_at: BigInt, due_at: BigInt,
            attempts: BigInt, answer_code: BigInt, settled_at: BigInt);
}
