//! The access log, for whoever may read the data folder. Such a reader is of no tenant: the instance's ledger gets an entry,
//! and so does the ledger of each tenant of whom something is shown, before anything is answered.

use std::collections::BTreeSet;
use std::net::IpAddr;

use kernel::{Actor, ScopeMint, SystemWork, TenantId, UserId};
use serde_json::Value;
use trust::Day;
use trust::access_log::read::AccessCursor;
use trust::access_log::{AccessLogError, AccessQuery};
use words::sentence;

use super::ledger::record_reading;
use super::perform::{Refused, said};
use super::{AccessDayLine, AccessLogPage};
use crate::opened::Opened;

/// What is asked for, as it came.
pub(super) struct Asked {
    pub(super) day: Option<String>,
    pub(super) peer: Option<String>,
    pub(super) user: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) cursor: Option<AccessCursor>,
}

pub(super) async fn page(opened: &Opened, asked: Asked) -> Result<Value, Refused> {
    let query = query(opened, &asked)?;
    // Whatever has been answered by now is to be seen.
    opened.access_log.flush().await.map_err(|error| Refused::because(&error))?;
    let page = opened.access_log.page(Actor::System(SystemWork::HostAdministration), query, asked.cursor).await.map_err(refused)?;
    let shown: BTreeSet<TenantId> = page.records.iter().filter_map(|record| record.tenant).collect();
    // One that was erased has no ledger any more: the instance's tells of this look.
    let living: BTreeSet<TenantId> = opened.stores.tenants().await.map_err(|error| Refused::because(&error))?.into_iter().collect();
    for tenant in shown.intersection(&living).copied() {
        record_reading(opened, &ScopeMint::for_app().system(tenant, SystemWork::HostAdministration), "access-log").await?;
    }
    said(&AccessLogPage { day: query.day.to_string(), records: page.records, dropped: page.dropped, next: page.next })
}

pub(super) async fn days(opened: &Opened) -> Result<Value, Refused> {
    let days = opened.access_log.days().await.map_err(|error| Refused::because(&error))?;
    let lines = days.into_iter().map(|day| AccessDayLine {
        day: day.day.to_string(),
        records: day.records,
        dropped: day.dropped,
        expires: day.expires.to_string(),
    });
    said(&lines.collect::<Vec<_>>())
}

fn query(opened: &Opened, asked: &Asked) -> Result<AccessQuery, Refused> {
    let day = match &asked.day {
        None => Day::of(opened.stores.clock().now()),
        Some(text) => text.parse().map_err(|_not_a_day| {
            Refused::saying(sentence!(
                "{text} is no day; write it as in 2026-11-27 (UTC)",
                "{text} nie jest dniem; należy go zapisać tak: 2026-11-27 (UTC)"
            ))
        })?,
    };
    let peer = asked.peer.as_deref().map(address).transpose()?;
    let user = asked.user.as_deref().map(user).transpose()?;
    let tenant = asked.tenant.as_deref().map(super::perform::tenant_of).transpose()?;
    Ok(AccessQuery { day, peer, user, tenant })
}

fn address(text: &str) -> Result<IpAddr, Refused> {
    text.parse().map_err(|_not_an_address| {
        Refused::saying(sentence!(
            "{text} is no network address; give it without its port, as in 192.0.2.7 or 2001:db8::7",
            "{text} nie jest adresem sieciowym; należy go podać bez portu, na przykład 192.0.2.7 albo 2001:db8::7"
        ))
    })
}

fn user(text: &str) -> Result<UserId, Refused> {
    text.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "{text} is no user's number (usr_...); the ledger's entries and the console's address of a user have it",
            "{text} nie jest numerem użytkownika (usr_...); mają go wpisy dziennika i adres użytkownika w konsoli"
        ))
    })
}

fn refused(error: AccessLogError) -> Refused {
    match error {
        AccessLogError::Destroyed(day) => Refused::saying(sentence!(
            "the key of {day} was destroyed at the end of its retention: nothing of that day can be read or looked up any more",
            "klucz dnia {day} zniszczono z końcem okresu przechowywania: niczego z tego dnia nie można już odczytać ani wyszukać"
        )),
        AccessLogError::Nothing(day) => Refused::saying(sentence!(
            "the access log has nothing of {day}; `purser access-log days` shows what it has",
            "dziennik dostępu nie ma nic z dnia {day}; co ma, pokazuje `purser access-log days`"
        )),
        AccessLogError::Trust(error) => Refused::because(&error),
    }
}
