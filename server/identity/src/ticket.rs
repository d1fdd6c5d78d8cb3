//! Tickets: random texts that the server knows again without having kept them.
//!
//! What a passkey is to sign is one, and so is what a passkey that was shown once more gives for the code of a step-up. A ticket says
//! until when it is good and has a MAC over that, over what it is for and over who holds it: so a stranger who asks for a thousand
//! costs no memory, and one that somebody else got, or that was made for another purpose, is none. **It is good once**: taking it
//! writes its digest in the transaction of what it opens, and of two that take one the second finds it there.

use std::time::Duration;

use kernel::{KeyRef, TenantId, Timestamp, UserId};
use seal::hash::sha256;
use store::{StoreError, Tx, params};

use crate::store::passkeys as sql;
use crate::{Identity, IdentityError};

/// Random bytes of a ticket; the standard asks for 16 at least of what is signed.
const RANDOM_BYTES: usize = 16;
/// Bytes of the time at which it ends.
const TIME_BYTES: usize = 8;
/// Bytes of its MAC.
const MAC_BYTES: usize = 16;
/// Bytes of a ticket.
pub(crate) const TICKET_BYTES: usize = RANDOM_BYTES + TIME_BYTES + MAC_BYTES;
/// For which purpose the MACs are made.
const PURPOSE: &str = "passkey-ticket";

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketUse {
    /// To be signed by a new passkey.
    Add = 1,
    /// To be signed by whoever signs in.
    SignIn = 2,
    /// To be signed by who is signed in.
    Confirm = 3,
    /// To stand for a code: a passkey was shown.
    Confirmed = 4,
}

impl TicketUse {
    /// How long one is good.
    pub(crate) const fn lifetime(self) -> Duration {
        match self {
            Self::Add | Self::SignIn | Self::Confirm => Duration::from_secs(300),
            Self::Confirmed => Duration::from_secs(120),
        }
    }
}

/// A ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) bytes: [u8; TICKET_BYTES],
    pub(crate) expires_at: Timestamp,
}

impl Identity {
    /// A ticket for somebody, who is known again by some secret or number.
    pub(crate) fn make_ticket(&self, used_for: TicketUse, holder: &[u8]) -> Result<Ticket, IdentityError> {
        let expires_at = self.clock().now().plus(used_for.lifetime());
        let random: [u8; RANDOM_BYTES] = self.rng().bytes();
        let mac = self.ticket_mac(used_for, holder, (&random, expires_at))?;
        let mut bytes = [0; TICKET_BYTES];
        let parts = random.iter().chain(&expires_at.micros().to_be_bytes()).chain(&mac).copied().collect::<Vec<u8>>();
        bytes.copy_from_slice(&parts);
        Ok(Ticket { bytes, expires_at })
    }

    /// The ticket of these bytes, where it was made for this and for this holder, and is not over.
    pub(crate) fn know_ticket(&self, bytes: &[u8], used_for: TicketUse, holder: &[u8]) -> Result<Option<Ticket>, IdentityError> {
        let Ok(bytes) = <[u8; TICKET_BYTES]>::try_from(bytes) else { return Ok(None) };
        let Some((random, rest)) = bytes.split_first_chunk::<RANDOM_BYTES>() else { return Ok(None) };
        let Some((time, mac)) = rest.split_first_chunk::<TIME_BYTES>() else { return Ok(None) };
        let expires_at = Timestamp::from_micros(i64::from_be_bytes(*time));
        let is_ours = seal::constant_time_eq(&self.ticket_mac(used_for, holder, (random, expires_at))?, mac);
        Ok((is_ours && self.clock().now() < expires_at).then_some(Ticket { bytes, expires_at }))
    }

    /// Whether a ticket was used up already. [`spend`] is what counts; this spares a replay its entry in the ledger.
    pub(crate) async fn is_spent(&self, ticket: &Ticket) -> Result<bool, IdentityError> {
        let digest = sha256(&ticket.bytes);
        Ok(self.db().read(move |tx| tx.query_optional(&sql::SPENT_TICKET, &params![digest])).await?.is_some())
    }

    fn ticket_mac(
        &self,
        used_for: TicketUse,
        holder: &[u8],
        (random, expires_at): (&[u8; RANDOM_BYTES], Timestamp),
    ) -> Result<[u8; MAC_BYTES], IdentityError> {
        // Every part has one length, so that no two things read alike.
        let told = [&[used_for as u8], &random[..], &expires_at.micros().to_be_bytes(), &sha256(holder)].concat();
        let whole = self.0.keys.blind_index(KeyRef::Instance, PURPOSE, &told)?;
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&whole[..MAC_BYTES]);
        Ok(mac)
    }
}

/// Uses a ticket up; tells whether it was there to be used.
pub(crate) fn spend(tx: &mut Tx<'_>, ticket: &Ticket, (tenant, user): (TenantId, UserId)) -> Result<bool, StoreError> {
    Ok(tx.execute(&sql::SPEND_TICKET, &params![sha256(&ticket.bytes), tenant, user, ticket.expires_at])? == 1)
}
