//! Identity: which tenants there are, who signs in to them, and which credentials open them.
//!
//! Everything here lies in the identity store, apart from the tenants' own data: a tenant is a random number everywhere
//! else (promise OP-10). What names a person or an organisation is sealed; credentials are kept as hashes.
//!
//! * [`tenant`]: tenants, their names and settings. [`link`]: the one-time links by which an owner gets in.
//! * [`setup`]: an owner sets the account up, or gets back into it. [`sign_in`]: password and code; [`session`]: what
//!   follows from it, [`sessions`] its list. [`preset`]: what passwords and sessions are held to; `common_passwords`: which are
//!   tried first; [`new_password`]: setting another. `second_factor`: a code, or one of the [`recovery_codes`]; `step_up`: asked
//!   for once more.
//! * [`single_sign_on`]: signing in by an organisation's own provider (OpenID Connect).
//! * [`directory`]: accounts and groups of people as an organisation's directory has them (SCIM 2.0).
//! * [`account`]: what somebody sees and changes of the own one.
//! * [`role`]: what a role may do; [`grant`]: who holds which, on which devices. [`people`]: who has an account;
//!   [`invitation`]: who is to have one. [`owners`]: who is told what concerns a tenant.
//! * `guesses`: how often somebody may try. [`password`] (argon2id), [`totp`] (RFC 6238), [`email`], [`name`], [`label`]: checked values.
//! * [`passkey`]: the list of somebody's passkeys, and adding one. `passkey_proof`: showing one, at sign-in and once more. `webauthn`:
//!   whether a passkey is what it says, without I/O. `ticket`: what is to be signed, known again without having been kept.
//! * `stored_hashes`: how strong the stored ones are.
//! * [`access_policy`]: how long tokens live, and from which [`network`]s each kind of credential works. `reach`: how far who acts may go.
//! * [`token`]: API and telemetry tokens; [`token_use`]: when one is shown; [`token_rotation`]: another secret; [`access_token`]: a short-lived one for it; [`certificate`]: client certificates for them; `store::keys`, `store::certificates`: their SQL. [`enrolment`]: tokens by which devices join.
//! * [`operator`]: the people who run the installation, of no tenant; [`operator_certificate`]: what they come in with; `store::operators`: their SQL.
//! * `authenticate`: from a credential to a [`kernel::Scope`]. `audit`: the ledger's leaves.
//! * [`api`]: the endpoints. `store`: all SQL. [`data_map`]: what lies in the tables.
//!
//! **Order of an act and its leaf.** Accounts lie in another store than the tenants' ledgers, so one transaction cannot
//! hold both. The leaf is written first, after every check that can be made before: where the server dies in between,
//! the ledger tells of an act that was not done, never the other way round.

pub mod access_policy;
pub mod access_token;
pub mod account;
pub mod api;
mod audit;
mod authenticate;
pub mod certificate;
mod common_passwords;
pub mod data_map;
pub mod directory;
pub mod email;
pub mod enrolment;
pub mod error;
pub mod grant;
mod guesses;
pub mod invitation;
pub mod label;
pub mod link;
pub mod name;
pub mod network;
pub mod new_password;
pub mod operator;
pub mod operator_certificate;
pub mod owners;
pub mod passkey;
mod passkey_proof;
pub mod password;
pub mod people;
pub mod preset;
mod reach;
pub mod recovery_codes;
pub mod role;
mod second_factor;
pub mod session;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod single_sign_on;
mod stand_ins;
mod step_up;
mod store;
mod stored_hashes;
pub mod tenant;
mod ticket;
pub mod token;
pub mod token_rotation;
pub mod token_use;
pub mod totp;
mod webauthn;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use ::store::Stores;
use kernel::{Clock, KeyRing, Rng, ScopeMint, SelectorLanguage, TenantId};
use trust::Trust;

pub use self::error::{IDENTITY_KINDS, IdentityError};
pub use self::label::{LabelError, Labels};
pub use self::name::{Name, NameError};
pub use self::store::SCHEMAS;

use self::access_policy::Policies;
use self::guesses::Guesses;
use self::password::Hasher;
use self::single_sign_on::outbound::{Outbound, SignOnConfig};
use self::single_sign_on::relying_party::RelyingParty;
use self::tenant::Settings;
use self::token_use::Sightings;
use self::webauthn::NoPasskeys;

/// What identity is told at its start.
#[derive(Clone, Debug)]
pub struct IdentityConfig {
    /// Reads the selectors of grants.
    pub selectors: Arc<dyn SelectorLanguage>,
    /// The address under which people and agents reach the server, `https://…`, without a slash at its end.
    pub public_url: String,
    /// What the host says about providers of single sign-on.
    pub sign_on: SignOnConfig,
}

/// The facade. Cloning shares it.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    keys: Arc<dyn KeyRing>,
    mint: ScopeMint,
    hasher: Hasher,
    guesses: Guesses,
    config: IdentityConfig,
    policies: Policies,
    sightings: Sightings,
    relying_party: RelyingParty,
    /// Settings of the tenants asked for so far; who is in here exists.
    settings: RwLock<HashMap<TenantId, Settings>>,
    /// For which origin passkeys are made and taken.
    party: Result<webauthn::RelyingParty, NoPasskeys>,
}

impl Identity {
    /// Opens identity over its store. Computes one password hash (20 ms) for the decoy.
    ///
    /// # Errors
    /// [`IdentityError::Hash`].
    pub fn open(stores: &Stores, trust: &Trust, mint: ScopeMint, config: IdentityConfig) -> Result<Self, IdentityError> {
        let party = webauthn::RelyingParty::of(&config.public_url);
        if party.is_err() {
            tracing::info!("passkeys are off: the public address has no DNS name; see --public-url");
        }
        Ok(Self(Arc::new(Inner {
            stores: stores.clone(),
            keys: trust.keyring(),
            trust: trust.clone(),
            mint,
            hasher: Hasher::new(stores.rng().clone())?,
            guesses: Guesses::default(),
            party,
            relying_party: RelyingParty::new(Outbound::new(config.sign_on.clone())),
            config,
            policies: Policies::default(),
            sightings: Sightings::default(),
            settings: RwLock::default(),
        })))
    }

    /// The mint, for the crates above that turn credentials into scopes as well.
    #[must_use]
    pub fn mint(&self) -> &ScopeMint {
        &self.0.mint
    }

    fn relying_party(&self) -> &RelyingParty {
        &self.0.relying_party
    }

    fn clock(&self) -> &Clock {
        self.0.stores.clock()
    }

    fn rng(&self) -> &Rng {
        self.0.stores.rng()
    }

    fn keys(&self) -> Arc<dyn KeyRing> {
        Arc::clone(&self.0.keys)
    }

    fn db(&self) -> &::store::Db {
        self.0.stores.identity()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}
