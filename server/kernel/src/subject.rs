//! Whose data something is: a tenant's, one of its devices', one of its users'.

use std::fmt;

use crate::{DeviceId, KeyRef, TenantId, UserId};

/// Whose data: what is exported together, erased together and sealed under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Everything of a tenant, its devices' and users' data with it.
    Tenant(TenantId),
    /// What is held about one device.
    Device(TenantId, DeviceId),
    /// What is held about one user.
    User(TenantId, UserId),
}

impl Subject {
    /// The tenant.
    #[must_use]
    pub const fn tenant(self) -> TenantId {
        match self {
            Self::Tenant(tenant) | Self::Device(tenant, _) | Self::User(tenant, _) => tenant,
        }
    }

    /// The word for its kind: `tenant`, `device` or `user`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::Device(..) => "device",
            Self::User(..) => "user",
        }
    }

    /// The number of its id.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Tenant(tenant) => tenant.number(),
            Self::Device(_, device) => device.number(),
            Self::User(_, user) => user.number(),
        }
    }

    /// The subject of a kind's word and an id's number; none where either is no such thing.
    #[must_use]
    pub fn of(tenant: TenantId, kind: &str, number: i64) -> Option<Self> {
        match kind {
            "tenant" => (tenant.number() == number).then_some(Self::Tenant(tenant)),
            "device" => DeviceId::from_number(number).map(|device| Self::Device(tenant, device)),
            "user" => UserId::from_number(number).map(|user| Self::User(tenant, user)),
            _ => None,
        }
    }

    /// Whose key it is; nothing for the instance's.
    #[must_use]
    pub const fn of_key(key: KeyRef) -> Option<Self> {
        match key {
            KeyRef::Instance => None,
            KeyRef::Tenant(tenant) => Some(Self::Tenant(tenant)),
            KeyRef::Device(tenant, device) => Some(Self::Device(tenant, device)),
            KeyRef::User(tenant, user) => Some(Self::User(tenant, user)),
        }
    }

    /// The key that what names it is sealed under.
    #[must_use]
    pub const fn key(self) -> KeyRef {
        match self {
            Self::Tenant(tenant) => KeyRef::Tenant(tenant),
            Self::Device(tenant, device) => KeyRef::Device(tenant, device),
            Self::User(tenant, user) => KeyRef::User(tenant, user),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "tenant {tenant}"),
            Self::Device(_, device) => write!(f, "device {device}"),
            Self::User(_, user) => write!(f, "user {user}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_found_again_by_its_word_and_number() {
        let tenant = TenantId::from_random(2);
        for subject in
            [Subject::Tenant(tenant), Subject::Device(tenant, DeviceId::from_random(4)), Subject::User(tenant, UserId::from_random(6))]
        {
            assert_eq!(Subject::of(tenant, subject.kind(), subject.number()), Some(subject));
        }
        assert_eq!(Subject::of(tenant, "tenant", tenant.number() + 1), None);
        assert_eq!(Subject::of(tenant, "device", -1), None);
        assert_eq!(Subject::of(tenant, "group", 1), None);
    }
}
