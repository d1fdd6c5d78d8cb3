//! Why devices refuses.

use identity::{IdentityError, LabelError, NameError};
use kernel::problem::ProblemKind;
use kernel::{KeyError, Problem};
use store::StoreError;
use trust::TrustError;

use crate::evaluate::EvaluateError;
use crate::selector::SelectorError;

/// The device's key came with another hardware fingerprint: it was copied.
pub const DEVICE_CLONED: ProblemKind = ProblemKind { slug: "device-cloned", status: 409, title: "This key belongs to another machine" };
/// The device was taken out of service.
pub const DEVICE_RETIRED: ProblemKind = ProblemKind { slug: "device-retired", status: 403, title: "This device was retired" };
/// The device was erased, and its script goes on.
pub const DEVICE_ERASED: ProblemKind = ProblemKind { slug: "device-erased", status: 403, title: "This device was erased" };

/// The problem kinds that devices adds to the shared ones.
pub const DEVICE_KINDS: &[ProblemKind] = &[DEVICE_CLONED, DEVICE_ERASED, DEVICE_RETIRED];

/// Why devices refuses.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no such device or group, or it is another tenant's, or out of the scope's sight.
    #[error("there is no such thing")]
    NotFound,
    /// A part of the request is not acceptable.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it and what would be right.
        detail: String,
    },
    /// A signature, challenge, tenant or device is not right; which one is not said.
    #[error("the device does not prove who it is")]
    NotProven,
    /// The key came with another fingerprint.
    #[error("the key belongs to a device of another fingerprint")]
    Cloned,
    /// The device is retired.
    #[error("the device is retired")]
    Retired,
    /// The device was erased, and its name is barred.
    #[error("the device was erased, and its name is barred")]
    Erased,
    /// Its organisation lets no device in from there.
    #[error("the organisation lets no device in from there")]
    SourceNotAllowed,
    /// What is asked for reaches every device, and the scope does not.
    #[error("it reaches every device")]
    NotOnAllDevices,
    /// The state forbids it.
    #[error("{0}")]
    Conflict(&'static str),
    /// A limit of the tenant is reached.
    #[error("a tenant has at most {limit} {what}")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// Accounts and tokens.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Storage or keys.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keyring.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl DeviceError {
    pub(crate) fn invalid(field: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::Invalid { field, detail: error.to_string() }
    }
}

impl From<KeyError> for DeviceError {
    fn from(error: KeyError) -> Self {
        Self::Store(error.into())
    }
}

impl From<LabelError> for DeviceError {
    fn from(error: LabelError) -> Self {
        Self::invalid("labels", &error)
    }
}

impl From<NameError> for DeviceError {
    fn from(error: NameError) -> Self {
        Self::invalid("name", &error)
    }
}

impl From<SelectorError> for DeviceError {
    fn from(error: SelectorError) -> Self {
        Self::invalid("selector", &error)
    }
}

impl From<EvaluateError> for DeviceError {
    fn from(error: EvaluateError) -> Self {
        Self::invalid("selector", &error)
    }
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound => Self::not_found(),
            DeviceError::Invalid { field, detail } => Self::invalid(field, detail),
            DeviceError::NotProven => Self::new(
                ProblemKind::UNAUTHENTICATED,
                "The device does not prove who it is: it is unknown, its signature is wrong, or the challenge is older than a minute.",
            ),
            DeviceError::Cloned => Self::new(
                DEVICE_CLONED,
                "This key was made on another machine. Make a new key on this one, then enrol as a clone of that device or with a token.",
            ),
            DeviceError::Retired => {
                Self::new(DEVICE_RETIRED, "An administrator took this device out of service. Restore it, or enrol it again.")
            }
            DeviceError::Erased => Self::new(
                DEVICE_ERASED,
                "A device of this name was erased, so nothing is taken in by it. Stop the script, or let the name in again as a new device.",
            ),
            DeviceError::SourceNotAllowed => Self::new(
                ProblemKind::SOURCE_NOT_ALLOWED,
                "The organisation takes devices from listed addresses only. Come from one of those, or ask its administrator.",
            ),
            DeviceError::NotOnAllDevices => Self::new(
                ProblemKind::FORBIDDEN,
                "Groups say what others may see, so it takes a role on all devices to make and change them.",
            ),
            DeviceError::Conflict(detail) => Self::new(ProblemKind::CONFLICT, detail),
            DeviceError::LimitReached { what, limit } => {
                Self::new(identity::error::LIMIT_REACHED, format!("A tenant has at most {limit} {what}. Remove one first."))
            }
            DeviceError::Identity(error) => error.into(),
            DeviceError::Store(error) => error.into(),
            DeviceError::Trust(error) => error.into(),
        }
    }
}
