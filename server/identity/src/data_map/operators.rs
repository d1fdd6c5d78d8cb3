//! What is kept of operators of the installation.

use kernel::data_map::{DataClass, Erasure, Retention, Storage, StoreKind, Table};

use super::{clear, column};

/// The tables of operators, in the system store: they are nobody's tenant, and their acts are told in the instance's ledger, which lies
/// there too.
pub const OPERATORS: &[Table] = &[
    Table {
        name: "operator_account",
        number: 334,
        store: StoreKind::System,
        purpose: "Who may administer the installation from elsewhere, and what of it. Who left stays, so that it can be said whose acts the ledger tells of.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: Some("operator_id"),
        columns: &[
            clear(1, "operator_id", "The operator's random number."),
            column(2, "name_index", DataClass::Personal, Storage::KeyedHash, "Finds an operator by the name; empty for who left."),
            column(3, "name", DataClass::Personal, Storage::SealedInstance, "The person's name."),
            clear(4, "actions", "What they may do."),
            clear(5, "created_at", "When they were made one."),
            clear(6, "removed_at", "When they left."),
        ],
    },
    Table {
        name: "operator_authority",
        number: 335,
        store: StoreKind::System,
        purpose: "The installation's own authority, which issues operators' client certificates.",
        retention: Retention::Instance,
        erasure: Erasure::Never,
        bound_to: Some("authority_id"),
        columns: &[
            clear(1, "authority_id", "Always 1: there is one."),
            column(2, "certificate", DataClass::Identifying, Storage::SealedInstance, "The authority's certificate."),
            column(3, "private_key", DataClass::Secret, Storage::SealedInstance, "Its private key."),
            clear(4, "created_at", "When it was made."),
            clear(5, "expires_at", "When it ends."),
        ],
    },
    Table {
        name: "operator_certificate",
        number: 336,
        store: StoreKind::System,
        purpose: "Client certificates that operators come in with. What ended goes with the next that is issued to the same person.",
        retention: Retention::Transient,
        erasure: Erasure::Never,
        bound_to: None,
        columns: &[
            clear(1, "certificate_id", "The certificate's random number."),
            column(2, "fingerprint", DataClass::Identifying, Storage::Digest, "SHA-256 of the certificate."),
            clear(3, "operator_id", "Whose it is."),
            clear(4, "created_at", "When it was issued."),
            clear(5, "expires_at", "When it ends."),
        ],
    },
];
