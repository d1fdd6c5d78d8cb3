//! Bans of a running server, for whoever may read the data folder. Addresses are shown here and nowhere else: who may open the
//! socket has to know whom to let in again. They are in the server's memory only.

use std::collections::BTreeMap;

use kernel::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::doors::{Ban, Banned};
use web::filter::FilterMode;
use wire::Timestamp;
use words::sentence;

use super::perform::{Refused, said};
use crate::bans::{kind_of, record_lifted};
use crate::opened::Opened;

/// By which every ban is meant.
const ALL: &str = "all";

/// A ban.
#[derive(Serialize, Deserialize)]
pub struct BanLine {
    /// By which it is lifted.
    pub ban: u64,
    /// `peer` or `credential`.
    pub about: String,
    /// The address; of IPv6 the first of its /64.
    pub address: Option<String>,
    /// Whose credential: the tenant.
    pub tenant: Option<String>,
    /// Which kind of credential: `session`, `api-token`, `telemetry-token`, `device`.
    pub credential: Option<String>,
    /// Whose credential: the user, token or device.
    pub holder: Option<String>,
    /// Which one in a row it is, from 1: each is longer.
    pub step: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Requests that it refused.
    pub refused: u64,
}

/// The bans that hold, and what was refused since the server started.
#[derive(Serialize, Deserialize)]
pub struct BansFacts {
    /// The bans, the longest first.
    pub bans: Vec<BanLine>,
    /// Bans that began since the start.
    pub begun: u64,
    /// Requests that a ban refused.
    pub banned_requests: u64,
    /// Requests beyond a limit of their credential or tenant.
    pub limited_requests: u64,
    /// Tries of passwords by peers that guessed wrong lately which got no turn.
    pub turned_away: u64,
    /// The request filter.
    pub filter: FilterFacts,
}

/// What the request filter does, and what it met since the server started.
#[derive(Serialize, Deserialize)]
pub struct FilterFacts {
    /// `off`, `detect` or `block`.
    pub mode: FilterMode,
    /// Requests by the rule that they met; rules that none met are left out.
    pub rules: BTreeMap<String, u64>,
}

pub(super) fn list(opened: &Opened) -> Result<Value, Refused> {
    needs_a_server(opened)?;
    let counts = opened.doors.counts();
    said(&BansFacts {
        bans: opened.doors.bans().iter().map(line).collect(),
        begun: counts.bans,
        banned_requests: counts.banned_requests,
        limited_requests: counts.limited_requests,
        turned_away: counts.turned_away,
        filter: FilterFacts {
            mode: opened.filter.mode(),
            rules: opened.filter.counts().into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect(),
        },
    })
}

/// Lifts a ban by its number, by its address, or all of them.
pub(super) async fn lift(opened: &Opened, which: &str) -> Result<Value, Refused> {
    needs_a_server(opened)?;
    let doors = &opened.doors;
    let lifted = match (which, which.parse::<u64>(), which.parse()) {
        (ALL, ..) => doors.lift_all(),
        (_, Ok(number), _) => doors.lift(number),
        (.., Ok(address)) => doors.lift_peer(address),
        _ => {
            return Err(Refused::saying(sentence!(
                "`{which}` names no ban: give its number or its address, as `purser bans list` shows them, or `all`",
                "`{which}` nie wskazuje blokady: podaj jej numer albo adres, jak pokazuje je `purser bans list`, albo `all`"
            )));
        }
    };
    if lifted.is_empty() && which != ALL {
        return Err(Refused::saying(sentence!(
            "there is no such ban, or it has ended: `purser bans list` shows those that hold",
            "nie ma takiej blokady albo już się skończyła: obowiązujące pokazuje `purser bans list`"
        )));
    }
    record_lifted(opened, &lifted).await.map_err(|error| Refused::because(&error))?;
    said(&lifted.iter().map(line).collect::<Vec<_>>())
}

/// Bans lie in the memory of the server that made them.
fn needs_a_server(opened: &Opened) -> Result<(), Refused> {
    if opened.serving.get().is_some() {
        return Ok(());
    }
    Err(Refused::saying(sentence!(
        "no server runs on this data folder, so there are no bans: they are in a running server's memory, and end with it",
        "na tym katalogu danych nie działa serwer, więc nie ma blokad: są w pamięci działającego serwera i kończą się razem z nim"
    )))
}

fn line(ban: &Ban) -> BanLine {
    let (address, holder) = match ban.about {
        Banned::Peer(address) => (Some(address.to_string()), None),
        Banned::Credential(holder) => (None, holder),
    };
    BanLine {
        ban: ban.number,
        about: if address.is_some() { "peer" } else { "credential" }.to_owned(),
        address,
        tenant: holder.map(|(tenant, _)| tenant.to_string()),
        credential: holder.map(|(_, actor)| kind_of(actor).to_owned()),
        holder: holder.and_then(|(_, actor)| number_of(actor)),
        step: ban.step,
        began_at: ban.began_at,
        ends_at: ban.ends_at,
        refused: ban.refused,
    }
}

fn number_of(actor: Actor) -> Option<String> {
    match actor {
        Actor::User(user) => Some(user.to_string()),
        Actor::ApiToken(token) | Actor::TelemetryToken(token) => Some(token.to_string()),
        Actor::Device(device) => Some(device.to_string()),
        Actor::Operator(operator) => Some(operator.to_string()),
        Actor::System(_) => None,
    }
}
