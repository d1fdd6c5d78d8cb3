//! Erasures, for whoever may read the data folder: asked for, listed, called off, and their receipts.

use std::time::Duration;

use kernel::{DeviceId, ErasureId, Scope, Subject, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::Erasure;
use trust::erasure::delay_default;
use wire::Timestamp;
use words::sentence;

use super::ledger;
use super::perform::{Refused, host_scope, said};
use crate::opened::Opened;

/// Erasures that are listed at once.
const PAGE_ROWS: u32 = 500;

/// An erasure and how far it is.
#[derive(Serialize, Deserialize)]
pub struct ErasureLine {
    /// Its id.
    pub erasure: String,
    /// `device`, `user` or `tenant`.
    pub subject: String,
    /// The id of whom.
    pub id: String,
    /// `waiting`, `running`, `done` or `cancelled`.
    pub state: String,
    /// When it begins unless it is called off.
    pub due_at: Timestamp,
    /// By when it must be done.
    pub deadline_at: Timestamp,
    /// When it was done, or called off.
    pub finished_at: Option<Timestamp>,
    /// Whether it is not done two days after it was asked for.
    pub is_late: bool,
    /// Why the last attempt did not get on.
    pub failure: Option<String>,
}

/// What is asked for.
pub(super) struct Asked {
    pub(super) subject: String,
    pub(super) id: String,
    pub(super) delay_seconds: Option<u64>,
    pub(super) now: bool,
}

pub(super) async fn request(opened: &Opened, scope: &Scope, asked: Asked) -> Result<Value, Refused> {
    let subject = subject_of(scope.tenant(), &asked)?;
    let delay = match (asked.now, asked.delay_seconds) {
        (true, _) => Duration::ZERO,
        (false, Some(seconds)) => Duration::from_secs(seconds),
        (false, None) => delay_default(subject),
    };
    let erasures = &opened.erasures;
    let mut made = erasures.request(scope, subject, delay).await.map_err(|error| Refused::because(&error))?;
    if asked.now {
        made = erasures.run(made.id).await.map_err(|error| Refused::because(&error))?;
    }
    said(&line(made))
}

/// What was asked for of a tenant tells of its people. It is recorded in the tenant's ledger, or in the instance's where that one is
/// gone or about to go.
pub(super) async fn list(opened: &Opened, tenant: TenantId) -> Result<Value, Refused> {
    let scope = &host_scope(tenant);
    if ledger::record_reading(opened, scope, "erasures").await.is_err() {
        ledger::record_reading_of_all(opened, "erasures").await?;
    }
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let page = opened.erasures.list(scope, after, PAGE_ROWS).await.map_err(|error| Refused::because(&error))?;
        let Some(last) = page.last() else { return said(&lines) };
        after = Some(last.id);
        lines.extend(page.into_iter().map(line));
    }
}

pub(super) async fn cancel(opened: &Opened, erasure: &str) -> Result<Value, Refused> {
    let found = find(opened, erasure).await?;
    let cancelled = opened.erasures.cancel(&host_scope(found.subject.tenant()), found.id).await;
    said(&line(cancelled.map_err(|error| Refused::because(&error))?))
}

pub(super) async fn receipt(opened: &Opened, erasure: &str) -> Result<Value, Refused> {
    let found = find(opened, erasure).await?;
    if found.receipt().is_none() {
        return Err(Refused::saying(sentence!(
            "{erasure} is not done yet, so there is no receipt",
            "{erasure} jeszcze się nie zakończyło, więc nie ma pokwitowania"
        )));
    }
    ledger::record_reading_of_all(opened, "receipt").await?;
    let proven = opened.erasures.receipt(&host_scope(found.subject.tenant()), found.id).await;
    proven.map_err(|error| Refused::because(&error))?.to_answer().map_err(|error| Refused::because(&error))
}

async fn find(opened: &Opened, text: &str) -> Result<Erasure, Refused> {
    let unknown = || {
        Refused::saying(sentence!(
            "there is no erasure {text}; `purser erasure list` shows them",
            "nie ma usunięcia {text}; pokazuje je `purser erasure list`"
        ))
    };
    let id: ErasureId = text.parse().map_err(|_not_an_id| unknown())?;
    opened.erasures.find(id).await.map_err(|error| Refused::because(&error))?.ok_or_else(unknown)
}

fn subject_of(tenant: TenantId, asked: &Asked) -> Result<Subject, Refused> {
    let id = &asked.id;
    let subject = match asked.subject.as_str() {
        "device" => id.parse::<DeviceId>().ok().map(|device| Subject::Device(tenant, device)),
        "user" => id.parse::<UserId>().ok().map(|user| Subject::User(tenant, user)),
        "tenant" => Some(Subject::Tenant(tenant)),
        _ => None,
    };
    subject.ok_or_else(|| {
        let kind = &asked.subject;
        Refused::saying(sentence!("{id} is no id of a {kind}", "{id} nie jest identyfikatorem rodzaju {kind}"))
    })
}

fn line(erasure: Erasure) -> ErasureLine {
    let id = match erasure.subject {
        Subject::Device(_, device) => device.to_string(),
        Subject::User(_, user) => user.to_string(),
        Subject::Tenant(tenant) => tenant.to_string(),
    };
    ErasureLine {
        erasure: erasure.id.to_string(),
        subject: erasure.subject.kind().to_owned(),
        id,
        state: erasure.state.text().to_owned(),
        due_at: erasure.due_at,
        deadline_at: erasure.deadline_at,
        finished_at: erasure.finished_at,
        is_late: erasure.alarmed_at.is_some(),
        failure: erasure.failure,
    }
}
