//! What this crate stores, for how long, and how it is erased.
//!
//! The master holds public data only: nothing in it says which tenant, device or package anybody asks about.

use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};

const fn public(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Public, storage: Storage::Clear, meaning }
}

const fn clear(number: u16, name: &'static str, meaning: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning }
}

/// The tables of the master.
pub const MASTER: &[Table] = &[
    Table {
        name: "master_head",
        number: 600,
        store: StoreKind::Master,
        purpose: "Counts the changes of the master, so that memory knows when it is behind.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[clear(1, "head_id", "Always 1."), clear(2, "generation", "Number of changes.")],
    },
    Table {
        name: "feed_state",
        number: 601,
        store: StoreKind::Master,
        purpose: "How each feed stands.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "feed", "The feed's name."),
            clear(2, "enabled", "Whether it is fetched by itself, where somebody decided."),
            clear(3, "last_attempt_at", "When it was last asked for."),
            clear(4, "last_success_at", "When it was last found to be up to date."),
            clear(5, "last_error", "Why the last attempt failed."),
            clear(6, "failures", "Failed attempts since the last success."),
            public(7, "etag", "The publisher's mark of the document."),
            public(8, "last_modified", "The publisher's time of the document."),
            public(9, "document_sha256", "Digest of the last document."),
            public(10, "records", "Records read from the last document."),
            clear(11, "was_fetched", "Whether the last document was fetched, rather than given as a file."),
        ],
    },
    Table {
        name: "feed_document",
        number: 602,
        store: StoreKind::Master,
        purpose: "Provenance: which documents records came from.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "document_id", "Random id."),
            clear(2, "feed", "Whose records it holds."),
            clear(3, "origin", "Fetched, or given as a file."),
            public(4, "sha256", "Digest of the document as given."),
            public(5, "packed_bytes", "Its size as given."),
            public(6, "unpacked_bytes", "Its size unpacked."),
            public(7, "records_read", "Records read."),
            public(8, "records_refused", "Records refused."),
            clear(9, "imported_at", "When it was imported first."),
        ],
    },
    Table {
        name: "advisory",
        number: 603,
        store: StoreKind::Master,
        purpose: "Advisories as published.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            public(1, "advisory_id", "The publisher's id."),
            clear(2, "document_id", "The document that brought this form of it."),
            public(3, "modified", "When the publisher changed it."),
            public(4, "digest", "Digest of the body."),
            public(5, "body", "The advisory."),
        ],
    },
    Table {
        name: "known_exploited",
        number: 604,
        store: StoreKind::Master,
        purpose: "CISA's catalogue of known exploited vulnerabilities.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            public(1, "cve", "The CVE."),
            clear(2, "document_id", "The document that brought this form of it."),
            public(3, "added_on", "When CISA added it."),
            public(4, "due_on", "By when US agencies must act."),
            public(5, "ransomware", "Whether ransomware is known to use it."),
            public(6, "name", "CISA's name for it."),
        ],
    },
    Table {
        name: "exploit_scores",
        number: 605,
        store: StoreKind::Master,
        purpose: "FIRST's EPSS scores.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "scores_id", "Always 1."),
            clear(2, "document_id", "The document that last changed a score."),
            public(3, "score_count", "Number of scores."),
            public(4, "packed", "The scores, in one piece."),
        ],
    },
    Table {
        name: "advisory_form",
        number: 606,
        store: StoreKind::Master,
        purpose: "Earlier forms of advisories, each with the document that brought it and the one that replaced it.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            public(1, "advisory_id", "The publisher's id."),
            clear(2, "document_id", "The document that brought this form of it."),
            clear(3, "replaced_by", "The document that brought the next form."),
            public(4, "modified", "When the publisher changed it."),
            public(5, "digest", "Digest of the body."),
            public(6, "body", "The advisory."),
        ],
    },
    Table {
        name: "known_exploited_form",
        number: 607,
        store: StoreKind::Master,
        purpose: "Earlier forms of entries of CISA's catalogue.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            public(1, "cve", "The CVE."),
            clear(2, "document_id", "The document that brought this form of it."),
            clear(3, "replaced_by", "The document that brought the next form."),
            public(4, "added_on", "When CISA added it."),
            public(5, "due_on", "By when US agencies must act."),
            public(6, "ransomware", "Whether ransomware is known to use it."),
            public(7, "name", "CISA's name for it."),
        ],
    },
    Table {
        name: "exploit_scores_change",
        number: 608,
        store: StoreKind::Master,
        purpose: "Which scores each document changed: together, in their order, they are the present ones.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[clear(1, "document_id", "The document."), public(2, "packed", "The scores that it added or changed.")],
    },
];

/// The tables of a tenant.
pub const TENANT: &[Table] = &[Table {
    name: "exposure_day",
    number: 650,
    store: StoreKind::Tenant,
    purpose: "How exposed the fleet was on each day: counts only.",
    retention: Retention::Days(Days::after_day("day", 400).or_from(30, 400)),
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "The tenant."),
        clear(2, "day", "Days since 1970-01-01, UTC."),
        clear(3, "cves", "Vulnerabilities that concerned at least one device."),
        clear(4, "cves_known_exploited", "Those of them that were known to be exploited."),
        clear(5, "devices_exposed", "Devices that at least one concerned."),
    ],
}];
