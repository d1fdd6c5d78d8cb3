//! What notify stores, for how long, and how it is erased.

use kernel::Place;
use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

/// For how many days a mail that was settled is kept as a proof: a year, and the weeks in which one looks back at it.
pub const PROOF_DAYS: u16 = 400;

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

/// Where a mail's letter lies.
pub(crate) const fn letter(row: i64) -> Place {
    Place { table: 700, column: 5, row }
}

/// The tables in each tenant's store.
pub const TABLES: &[Table] = &[Table {
    name: "mail",
    number: 700,
    store: StoreKind::Tenant,
    purpose: "Mails to owners: what is to be sent, and the proof of what was. Addresses lie in the identity store.",
    retention: Retention::Days(Days::after("settled_at", PROOF_DAYS)),
    erasure: Erasure::User,
    bound_to: Some("mail_id"),
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "mail_id", "Number of the mail; it follows from what it tells and whom."),
        clear(3, "user_id", "Random number of the person."),
        clear(4, "kind", "What it is about."),
        Column {
            name: "letter",
            number: 5,
            class: DataClass::Personal,
            storage: Storage::SealedUser,
            meaning: "What it says, before it is written in a language; empty once it is settled.",
        },
        clear(6, "state", "Whether it waits, was sent, or was given up."),
        clear(7, "message_id", "Random; under it the mail is found at whoever relayed it."),
        clear(8, "created_at", "When it was put in the outbox."),
        clear(9, "due_at", "From when on it is to be sent."),
        clear(10, "attempts", "How often that was tried."),
        clear(11, "refusals", "How often the relay refused it for good."),
        clear(12, "answer_code", "What the relay answered last."),
        clear(13, "settled_at", "When it was sent or given up."),
        clear(14, "first_tried_at", "When it was first handed to the relay."),
    ],
}];
