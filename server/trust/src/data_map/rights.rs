//! What rights requests store. Somebody who is no user has a name only, and what is written about a request may name others besides: the
//! texts are sealed under the tenant's key, and outlive the erasure of a user that they are about, as the proof that it was asked for.

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, place};

const fn text(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Personal, storage: Storage::SealedTenant, meaning }
}

/// The tables in each tenant's store.
pub const TENANT: &[Table] = &[
    Table {
        name: "rights_request",
        number: place::RIGHTS_REQUEST,
        store: StoreKind::Tenant,
        purpose: "Requests by which people use their rights over their data, by when each is to be answered, and how it was.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("request_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "request_id", "Random id of the request."),
            clear(3, "kind", "Which right."),
            clear(4, "subject_kind", "Whether it is about a user, a device, or somebody by name."),
            clear(5, "subject_id", "Random id of the user or device."),
            clear(6, "state", "How far it is."),
            clear(7, "received_at", "When it was received."),
            clear(8, "due_at", "By when it is to be answered."),
            clear(9, "extended_at", "When that was put off."),
            clear(10, "closed_at", "When it was answered."),
            clear(11, "evidence_kind", "What shows it: an export, an erasure, a text."),
            clear(12, "evidence_id", "Random id of the export's entry or the erasure."),
            clear(13, "events", "How many acts its history has."),
            text(place::REQUEST_ABOUT, "about", "What was asked, and by whom, where that is no user."),
        ],
    },
    Table {
        name: "rights_event",
        number: place::RIGHTS_EVENT,
        store: StoreKind::Tenant,
        purpose: "What was done about each rights request, and by whom: never changed.",
        retention: Retention::WithSubject,
        erasure: Erasure::Tenant,
        bound_to: Some("leaf_id"),
        columns: &[
            clear(1, "tenant_id", "The tenant."),
            clear(2, "request_id", "Random id of the request."),
            clear(3, "number", "Number of the act."),
            clear(4, "leaf_id", "Random id of the ledger's entry that tells of it."),
            clear(5, "recorded_at", "When."),
            clear(6, "actor_kind", "Which kind of actor did it."),
            clear(7, "actor_id", "Random id of the actor."),
            clear(8, "act", "What was done."),
            text(place::RIGHTS_SAID, "said", "What was written of it."),
        ],
    },
];
