//! Why identity refuses.

use kernel::problem::ProblemKind;
use kernel::{KeyError, Problem};
use store::StoreError;
use trust::{SECOND_FACTOR_REFUSED, TrustError};

use crate::directory::fault::Fault;
use crate::password::HashError;

/// The set-up or recovery link does not work (any more).
pub const LINK_NOT_VALID: ProblemKind = ProblemKind { slug: "link-not-valid", status: 410, title: "This link does not work any more" };
/// E-mail address, password or code is wrong; which one is not said.
pub const SIGN_IN_REFUSED: ProblemKind = ProblemKind { slug: "sign-in-refused", status: 401, title: "The sign-in was refused" };
/// Everything was right, and the password has to be another one from now on.
pub const PASSWORD_DUE: ProblemKind = ProblemKind { slug: "password-due", status: 403, title: "Choose another password" };
/// The address has an account already.
pub const EMAIL_TAKEN: ProblemKind = ProblemKind { slug: "email-taken", status: 409, title: "This e-mail address has an account already" };
/// The server's public address is none for which passkeys can be made.
pub const PASSKEYS_OFF: ProblemKind = ProblemKind { slug: "passkeys-off", status: 409, title: "Passkeys do not work at this address" };
/// The tenant has as many of these as it may have.
pub const LIMIT_REACHED: ProblemKind =
    ProblemKind { slug: "limit-reached", status: 409, title: "There are as many of these as there may be" };
/// The enrolment token does not let this device in.
pub const ENROLMENT_REFUSED: ProblemKind = ProblemKind { slug: "enrolment-refused", status: 401, title: "The enrolment was refused" };

/// Id and secret are none of a token that works.
pub const TOKEN_REFUSED: ProblemKind = ProblemKind { slug: "token-refused", status: 401, title: "The token was refused" };
/// The allow-list that is asked for lacks who asks.
pub const WOULD_LOCK_OUT: ProblemKind = ProblemKind { slug: "would-lock-out", status: 409, title: "This would shut you out yourself" };
/// No such attempt of this browser is open.
pub const SIGN_ON_EXPIRED: ProblemKind = ProblemKind { slug: "sign-on-expired", status: 410, title: "This sign-in is over" };
/// What came back from the provider is not believed, or lets nobody in.
pub const SIGN_ON_REFUSED: ProblemKind = ProblemKind { slug: "sign-on-refused", status: 401, title: "Single sign-on was refused" };
/// The provider vouches for somebody who has no account.
pub const SIGN_ON_NO_ACCOUNT: ProblemKind = ProblemKind { slug: "sign-on-no-account", status: 403, title: "You have no account here yet" };
/// The provider cannot be asked.
pub const SIGN_ON_UNAVAILABLE: ProblemKind =
    ProblemKind { slug: "sign-on-unavailable", status: 424, title: "Single sign-on does not work now" };
/// The organisation lets its people in by a provider only.
pub const SIGN_ON_REQUIRED: ProblemKind =
    ProblemKind { slug: "sign-on-required", status: 403, title: "Your organisation asks for single sign-on" };
/// An owner's account has a password and a second factor of its own.
pub const OWNER_NEEDS_PASSWORD: ProblemKind =
    ProblemKind { slug: "owner-needs-password", status: 409, title: "An owner signs in with a password" };
/// A tenant keeps somebody who may do everything.
pub const LAST_OWNER: ProblemKind = ProblemKind { slug: "last-owner", status: 409, title: "An organisation keeps an owner" };

/// The problem kinds that identity adds to the shared ones.
pub const IDENTITY_KINDS: &[ProblemKind] = &[
    EMAIL_TAKEN,
    ENROLMENT_REFUSED,
    LAST_OWNER,
    LIMIT_REACHED,
    LINK_NOT_VALID,
    OWNER_NEEDS_PASSWORD,
    PASSKEYS_OFF,
    PASSWORD_DUE,
    SIGN_IN_REFUSED,
    SIGN_ON_EXPIRED,
    SIGN_ON_NO_ACCOUNT,
    SIGN_ON_REFUSED,
    SIGN_ON_REQUIRED,
    SIGN_ON_UNAVAILABLE,
    TOKEN_REFUSED,
    WOULD_LOCK_OUT,
];

/// Why identity refuses.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A part of the request is not acceptable.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it and what would be right.
        detail: String,
    },
    /// There is no such thing, or it is another tenant's.
    #[error("there is no such thing")]
    NotFound,
    /// The link is unknown, used or expired.
    #[error("the link is unknown, used or expired")]
    LinkNotValid,
    /// The owner has an account: what is lost is recovered, not set up anew.
    #[error("the owner has set the account up already; `purser user recover` makes a way back in")]
    OwnerIsReady,
    /// E-mail address, password or code is wrong.
    #[error("the sign-in is refused")]
    SignInRefused,
    /// The password does not keep the organisation's rules, which are others than when it was set.
    #[error("the password has to be another one")]
    PasswordDue,
    /// The server's public address is none for which passkeys can be made.
    #[error("passkeys need a public address with a DNS name, as https://purser.example")]
    PasskeysOff,
    /// A person has as many passkeys as there may be.
    #[error("a person has at most {0} passkeys")]
    TooManyPasskeys(usize),
    /// The code of the second factor is wrong, or was used before.
    #[error("the code of the second factor is not accepted")]
    CodeRefused,
    /// Only a person can do that.
    #[error("only a person who signed in can do that")]
    NotAPerson,
    /// The enrolment token is unknown, expired or used up.
    #[error("the enrolment token is unknown, expired or used up")]
    EnrolmentRefused,
    /// Another account has this address.
    #[error("the e-mail address has an account already")]
    EmailTaken,
    /// A limit of the tenant is reached.
    #[error("a tenant has at most {limit} {what}")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: i64,
    },
    /// Somebody else changed it at the same time.
    #[error("it was changed at the same time")]
    ChangedMeanwhile,
    /// A credential may give no more than its maker has.
    #[error("a token gets no permission that its maker lacks")]
    MorePermissionThanOwn,
    /// The change would shut out whoever asks for it.
    #[error("the change would shut out the address that asks")]
    WouldLockOut,
    /// Roles are given and taken by those who hold as much on all devices.
    #[error("nobody gives or takes a role that may more than the own ones, on all devices")]
    MoreThanOwn,
    /// Nobody would be left who may do everything.
    #[error("the last owner stays one")]
    LastOwner,
    /// No attempt of this browser to sign in by this provider is open.
    #[error("no such attempt to sign in by a provider is open")]
    SignOnExpired,
    /// What came back from the provider is not believed.
    #[error("what came back from the provider lets nobody in")]
    SignOnRefused,
    /// The provider vouches for somebody who has no account.
    #[error("whom the provider vouches for has no account")]
    SignOnNoAccount,
    /// Whom the provider vouches for has an account already.
    #[error("whom the provider vouches for has an account already")]
    SignOnTaken,
    /// The provider cannot be asked.
    #[error("the provider cannot be used")]
    SignOnUnavailable,
    /// Too many attempts are open.
    #[error("too many attempts to sign in by this provider are open")]
    SignOnBusy,
    /// The organisation lets its people in by a provider only.
    #[error("the organisation lets its people in by a provider only")]
    SignOnRequired,
    /// What a directory asks for cannot be done.
    #[error(transparent)]
    Directory(#[from] Fault),
    /// An owner's account has a password and a second factor of its own.
    #[error("an owner's account has a password and a second factor of its own")]
    OwnerNeedsPassword,
    /// The password could not be hashed now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] web::certificate::CertificateError),
    /// The keyring failed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeyError> for IdentityError {
    fn from(error: KeyError) -> Self {
        Self::Store(error.into())
    }
}

impl IdentityError {
    pub(crate) fn invalid(field: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::Invalid { field, detail: error.to_string() }
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Invalid { field, detail } => Self::invalid(field, detail),
            IdentityError::NotFound => Self::not_found(),
            IdentityError::LinkNotValid => Self::new(
                LINK_NOT_VALID,
                "The link is unknown, was used or taken back, or is older than a day. Ask whoever gave it to you for a new one; an owner makes one on the server's host: purser user recover.",
            ),
            IdentityError::SignInRefused => Self::new(
                SIGN_IN_REFUSED,
                "E-mail address, password or code is wrong, the code was used before, or your organisation lets nobody in from this network. Wait for \
                 the next code and try again.",
            ),
            IdentityError::PasswordDue => Self::new(
                PASSWORD_DUE,
                "The password is not good any more by the rules that hold for your organisation now. Sign in once more with a new one.",
            )
            .at("new_password"),
            IdentityError::CodeRefused => Self::new(
                SECOND_FACTOR_REFUSED,
                "The code is wrong or was used before, at sign-in too. Wait for the next one and try again.",
            ),
            IdentityError::NotAPerson => {
                Self::new(ProblemKind::FORBIDDEN, "Only a person who signed in can do that, with a code of the second factor.")
            }
            IdentityError::EnrolmentRefused => {
                Self::new(ENROLMENT_REFUSED, "The enrolment token is unknown, expired or used up. Make a new one in the settings.")
            }
            IdentityError::EmailTaken => Self::new(EMAIL_TAKEN, "Use another e-mail address.").at("email"),
            IdentityError::LimitReached { what, limit } => {
                Self::new(LIMIT_REACHED, format!("A tenant has at most {limit} {what}. Remove one first."))
            }
            IdentityError::TooManyPasskeys(limit) => {
                Self::new(LIMIT_REACHED, format!("A person has at most {limit} passkeys. Remove one first."))
            }
            IdentityError::PasskeysOff => Self::new(
                PASSKEYS_OFF,
                "A passkey is bound to a DNS name, and this server's public address is none. Whoever runs it gives it one: \
                 purser serve --public-url https://purser.example.",
            ),
            IdentityError::OwnerIsReady => Self::new(ProblemKind::CONFLICT, "The owner has set the account up already."),
            IdentityError::ChangedMeanwhile => {
                Self::new(ProblemKind::CONFLICT, "It was changed at the same time. Read it again, then try again.")
            }
            IdentityError::MorePermissionThanOwn => {
                Self::new(ProblemKind::FORBIDDEN, "A token gets no permission that its maker lacks, and no device.").at("permissions")
            }
            IdentityError::WouldLockOut => Self::new(
                WOULD_LOCK_OUT,
                "The address that you come from is not in the list. Add it, or confirm that you want to be shut out.",
            ),
            IdentityError::MoreThanOwn => {
                Self::new(ProblemKind::FORBIDDEN, "Roles are given and taken by somebody who holds as much on all devices. Ask an owner.")
            }
            IdentityError::SignOnExpired => Self::new(
                SIGN_ON_EXPIRED,
                "It was begun in another browser, finished already, or begun more than ten minutes ago. Open your organisation's sign-in link and begin anew.",
            ),
            IdentityError::SignOnRefused => Self::new(
                SIGN_ON_REFUSED,
                "What your organisation's provider answered does not let you in. Begin anew; if it stays so, ask whoever administers Purser in your organisation: the reason is in its ledger.",
            ),
            IdentityError::SignOnNoAccount => Self::new(
                SIGN_ON_NO_ACCOUNT,
                "Your organisation's provider knows you, and nobody has invited you here. Ask whoever administers Purser in your organisation for an invitation.",
            ),
            IdentityError::SignOnTaken => Self::new(
                ProblemKind::CONFLICT,
                "You have an account by this provider already. Sign in by your organisation's sign-in link.",
            ),
            IdentityError::SignOnUnavailable => Self::new(
                SIGN_ON_UNAVAILABLE,
                "Your organisation's provider cannot be reached, or is not set up as it should. Try again in a minute; an owner signs in with the password meanwhile.",
            ),
            IdentityError::SignOnBusy => {
                Self::new(ProblemKind::TOO_MANY, "Too many people begin to sign in by this provider. Try again in a few minutes.")
            }
            IdentityError::SignOnRequired => Self::new(
                SIGN_ON_REQUIRED,
                "Your organisation lets its people in by single sign-on only, owners apart. Open your organisation's sign-in link.",
            ),
            IdentityError::OwnerNeedsPassword => Self::new(
                OWNER_NEEDS_PASSWORD,
                "An owner's account has a password and a second factor of its own, so that the organisation is not shut out with its provider. Set it up by the invitation's page.",
            ),
            IdentityError::Directory(fault) => fault.into(),
            IdentityError::LastOwner => Self::new(LAST_OWNER, "Make somebody else an owner first."),
            IdentityError::Hash(HashError::Busy) => {
                Self::new(ProblemKind::TOO_MANY, "Too many sign-ins wait already. Try again in a few seconds.")
            }
            IdentityError::Hash(error) => Self::internal(&error),
            IdentityError::Certificate(error) => Self::internal(&error),
            IdentityError::Trust(error) => Self::internal(&error),
            IdentityError::Store(error) => error.into(),
        }
    }
}
