//! What owners are told: announcements, and the versions of the policy on how data are treated.

use kernel::data_map::{Erasure, Retention, StoreKind, Table};

use super::{clear, place, public};

/// What tenants are to be told.
pub const ANNOUNCEMENTS: &[Table] = &[Table {
    name: "announcement",
    number: place::ANNOUNCEMENT,
    store: StoreKind::System,
    purpose: "What the owners of each tenant are to be told, and whether it was handed over to be mailed.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[
        clear(1, "tenant_id", "Random number of the tenant."),
        clear(2, "kind", "What it is about: a sub-processor, a breach, a policy."),
        clear(3, "reference", "Which of the kind: a version, the number of a case."),
        clear(4, "facts", "Numbers and times."),
        clear(5, "announced_at", "When it was announced."),
        clear(6, "due_at", "From when on it is to be handed over."),
        clear(7, "attempts", "How often it could not be handed over."),
        clear(8, "outcome", "What became of it."),
        clear(9, "mails", "How many mails it was handed over in."),
        clear(10, "settled_at", "When."),
    ],
}];

/// The table of the policy in the system store.
pub const POLICY: &[Table] = &[Table {
    name: "policy_version",
    number: place::POLICY_VERSION,
    store: StoreKind::System,
    purpose: "The policy on how data are treated: each version, and how far tenants were told of it. Public.",
    retention: Retention::Instance,
    erasure: Erasure::Never,
    bound_to: None,
    columns: &[
        clear(1, "version", "Number of the version."),
        clear(2, "announced", "The version of the program's own policy that it is of."),
        public(3, "digest", "Digest of the content."),
        public(4, "content", "What it says."),
        public(5, "said", "What changed, in both languages."),
        clear(6, "made_at", "When it was made."),
        clear(7, "told_at", "When the last of all was told."),
    ],
}];
