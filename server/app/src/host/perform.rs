//! What each request does.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use identity::enrolment::NewEnrolment;
use identity::link::OneTimeLink;
use identity::network::Networks;
use identity::tenant::TenantSummary;
use identity::token::{NewToken, TokenKind};
use identity::{Labels, Name};
use kernel::{PageRequest, Permission, Scope, ScopeMint, SystemWork, TenantId};
use serde::Serialize;
use serde_json::Value;
use wire::Timestamp;
use words::{Sentence, sentence};

use super::{
    CertificateFacts, EnrolmentCreated, Link, Request, TenantCreated, TenantLine, TokenCreated, access_log, backup, bans, breach,
    certificates, doctor, erasure, export, feeds, integrity, keys, ledger, mail, operators, registers, retention, rights,
};
use crate::in_words::chain;
use crate::opened::Opened;

/// Tenants read at once for the list.
const TENANTS_PAGE_ROWS: u32 = 500;

/// Why a request was not done, as a sentence with its causes: its reader owns the data and may know everything.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(super) sentence: Sentence,
}

impl Refused {
    pub(super) const fn saying(sentence: Sentence) -> Self {
        Self { sentence }
    }

    pub(super) fn because(error: &(dyn Error + 'static)) -> Self {
        Self { sentence: chain(error) }
    }
}

/// Does what is asked.
pub(crate) async fn perform(opened: &Opened, request: Request) -> Result<Value, Refused> {
    match request {
        Request::TenantCreate { name } => tenant_create(opened, name.as_deref()).await,
        Request::TenantList {} => tenant_list(opened).await,
        Request::TenantLink { tenant } => {
            let made = opened.identity.setup_link(tenant_of(&tenant)?).await;
            said(&link(&made.map_err(|error| Refused::because(&error))?))
        }
        Request::UserRecover { tenant, email } => {
            let made = opened.identity.recover_user(tenant_of(&tenant)?, &email).await;
            said(&link(&made.map_err(|error| Refused::because(&error))?))
        }
        Request::TenantReleaseSignOn { tenant } => {
            let released = opened.identity.release_sign_on(tenant_of(&tenant)?).await;
            said(&released.map_err(|error| Refused::because(&error))?)
        }
        Request::TenantClearNetworks { tenant } => {
            let cleared = opened.identity.clear_allow_lists(tenant_of(&tenant)?).await;
            said(&cleared.map_err(|error| Refused::because(&error))?)
        }
        Request::EnrolmentCreate { tenant, name, labels, lifetime_seconds, uses_max } => {
            let expires_at = opened.stores.clock().now().plus(Duration::from_secs(lifetime_seconds));
            let labels = Labels::new(labels).map_err(|error| Refused::because(&error))?;
            let new = NewEnrolment { name: name_of(&name)?, labels, expires_at, uses_max };
            enrolment_create(opened, tenant_of(&tenant)?, new).await
        }
        Request::TokenCreate { tenant, name, kind, permissions, devices, networks, requires_certificate, lifetime_seconds } => {
            let expires_at = lifetime_seconds.map(|seconds| opened.stores.clock().now().plus(Duration::from_secs(seconds)));
            let mut new = new_token(&name, &kind, &permissions, expires_at)?;
            new.devices = Some(devices).filter(|selectors| !selectors.is_empty());
            new.requires_certificate = requires_certificate;
            new.networks = Networks::parse(&networks).map_err(|error| Refused::because(&error))?;
            token_create(opened, tenant_of(&tenant)?, new).await
        }
        Request::CertificateIssue { tenant, token, request, days } => {
            certificates::issue(opened, &known_tenant(opened, &tenant).await?, certificates::Asked { token, request, days }).await
        }
        Request::CertificateList { tenant } => certificates::list(opened, &known_tenant(opened, &tenant).await?).await,
        Request::CertificateRevoke { tenant, certificate } => {
            certificates::revoke(opened, &known_tenant(opened, &tenant).await?, &certificate).await
        }
        Request::Certificate {} => certificate(opened),
        Request::DoctorChecks {} => said(&opened.doctor.names()),
        Request::DoctorCheck { check } => doctor::check(opened, &check).await,
        Request::DoctorIndex {} => doctor::index(opened).await,
        Request::KeysStatus {} => keys::status(opened).await,
        Request::KeysCopy { folder } => keys::copy(opened, folder).await,
        Request::KeysDrill { folder } => keys::drill(opened, folder).await,
        Request::KeysRoll { tenant } => keys::roll(opened, &known_tenant(opened, &tenant).await?).await,
        Request::ErasureRequest { tenant, subject, id, delay_seconds, now } => {
            let scope = known_tenant(opened, &tenant).await?;
            erasure::request(opened, &scope, erasure::Asked { subject, id, delay_seconds, now }).await
        }
        Request::ErasureList { tenant } => erasure::list(opened, tenant_of(&tenant)?).await,
        Request::ErasureCancel { erasure } => erasure::cancel(opened, &erasure).await,
        Request::ErasureReceipt { erasure } => erasure::receipt(opened, &erasure).await,
        Request::LedgerCheckpoint { tenant } => ledger::checkpoint(opened, &known_tenant(opened, &tenant).await?).await,
        Request::LedgerSucceed { tenant, checkpoint } => {
            let scope = match tenant {
                Some(tenant) => Some(known_tenant(opened, &tenant).await?),
                None => None,
            };
            ledger::succeed(opened, scope.as_ref(), checkpoint.as_deref()).await
        }
        Request::InstanceCheckpoint { tenant } => ledger::of_instance(opened, &known_tenant(opened, &tenant).await?).await,
        Request::LedgerFile { tenant, from } => ledger::file(opened, &known_tenant(opened, &tenant).await?, from).await,
        Request::InstanceLogList { asked } => ledger::instance_list(opened, asked).await,
        Request::InstanceLogProof { leaf, size } => ledger::instance_proof(opened, &leaf, size).await,
        Request::InstanceLogCheckpoint {} => ledger::instance_checkpoint(opened).await,
        Request::AccessLogPage { day, peer, user, tenant, cursor } => {
            access_log::page(opened, access_log::Asked { day, peer, user, tenant, cursor }).await
        }
        Request::SubProcessorPropose { sub_processor, facts } => registers::propose(opened, &sub_processor, facts).await,
        Request::SubProcessorAnnounce { sub_processor, notice_days } => registers::announce(opened, &sub_processor, notice_days).await,
        Request::SubProcessorEnd { sub_processor } => registers::end(opened, &sub_processor).await,
        Request::SubProcessorList {} => registers::list(opened).await,
        Request::MailStatus {} => mail::status(opened).await,
        Request::MailTest { address, language } => mail::test(opened, &address, &language).await,
        Request::MailQueue { tenant: Some(tenant) } => mail::queue(opened, Some(known_tenant(opened, &tenant).await?)).await,
        Request::MailQueue { tenant: None } => mail::queue(opened, None).await,
        Request::ProcessingRecord {} => registers::record(opened).await,
        Request::Rights { tenant, asked } => rights::perform(opened, &known_tenant(opened, &tenant).await?, asked).await,
        Request::Operator { asked } => operators::perform(opened, asked).await,
        Request::Breach { asked } => breach::perform(opened, asked).await,
        Request::BansList {} => bans::list(opened),
        Request::BanLift { which } => bans::lift(opened, &which).await,
        Request::AccessLogDays {} => access_log::days(opened).await,
        Request::Export { tenant, device, user, folder, ticket } => {
            let scope = known_tenant(opened, &tenant).await?;
            export::export(opened, &scope, export::subject(&scope, device.as_deref(), user.as_deref())?, &folder, ticket).await
        }
        Request::Import { folder, key } => export::import(opened, &folder, key.as_deref()).await,
        Request::RetentionShow { tenant } => retention::show(opened, tenants(opened, tenant.as_deref()).await?).await,
        Request::RetentionRun { tenant } => retention::run(opened, tenants(opened, tenant.as_deref()).await?).await,
        Request::VerifyStore { tenant } => integrity::verify(opened, tenants(opened, tenant.as_deref()).await?).await,
        Request::StoreAccept { tenant, tables, reason } => {
            integrity::accept(opened, self::tenants(opened, tenant.as_deref()).await?, tables, &reason).await
        }
        Request::VerifyBackup { folder } => backup::verify(opened, &folder).await,
        Request::ExportProgress { ticket } => export::progress(opened, ticket),
        Request::FeedsList {} => feeds::list(opened).await,
        Request::FeedsImport { path, ticket } => feeds::import(opened, &path, ticket).await,
        Request::FeedsProgress { ticket } => feeds::progress(opened, ticket),
        Request::FeedsFetch { feed } => feeds::fetch(opened, &feed).await,
    }
}

async fn tenant_create(opened: &Opened, name: Option<&str>) -> Result<Value, Refused> {
    let made = match name {
        Some(name) => opened.identity.create_tenant(name).await,
        None => opened.identity.create_unnamed_tenant().await,
    };
    let made = made.map_err(|error| Refused::because(&error))?;
    said(&TenantCreated {
        tenant: made.tenant.to_string(),
        name: name.map_or_else(|| Ok(made.tenant.to_string()), |name| name_of(name).map(|name| name.as_text().to_owned()))?,
        setup_link: made.link.url.expose().to_owned(),
        link_expires_at: made.link.expires_at,
    })
}

async fn tenant_list(opened: &Opened) -> Result<Value, Refused> {
    // It shows their names.
    ledger::record_reading_of_all(opened, "tenants").await?;
    let mut lines = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest { cursor, limit: TENANTS_PAGE_ROWS };
        let page = opened.identity.list_tenants(page).await.map_err(|error| Refused::because(&error))?;
        for tenant in page.items {
            lines.push(tenant_line(opened, tenant).await?);
        }
        cursor = page.next;
        if cursor.is_none() {
            return said(&lines);
        }
    }
}

async fn tenant_line(opened: &Opened, tenant: TenantSummary) -> Result<TenantLine, Refused> {
    let is_ready = opened.identity.owner_is_ready(tenant.tenant).await.map_err(|error| Refused::because(&error))?;
    let owner = if is_ready { "ready" } else { "waiting" };
    let (name, created_at) = (tenant.name.as_text().to_owned(), tenant.created_at);
    Ok(TenantLine { tenant: tenant.tenant.to_string(), name, owner: owner.into(), created_at })
}

fn link(made: &OneTimeLink) -> Link {
    Link { setup_link: made.url.expose().to_owned(), link_expires_at: made.expires_at }
}

async fn enrolment_create(opened: &Opened, tenant: TenantId, new: NewEnrolment) -> Result<Value, Refused> {
    let made = opened.identity.create_enrolment_on_host(tenant, new).await.map_err(|error| Refused::because(&error))?;
    said(&EnrolmentCreated {
        token: made.secret.expose().to_owned(),
        server_key_fingerprint: opened.trust.fingerprint().to_string(),
        command: made.command.expose().to_owned(),
        expires_at: made.summary.expires_at,
    })
}

fn new_token(name: &str, kind: &str, permissions: &[String], expires_at: Option<Timestamp>) -> Result<NewToken, Refused> {
    let kind = match kind {
        "api" => TokenKind::Api,
        "telemetry" => TokenKind::Telemetry,
        _ => return Err(Refused::saying(sentence!("a token's kind is api or telemetry", "rodzaj tokenu to api albo telemetry"))),
    };
    let permission = |text: &String| {
        Permission::from_text(text).ok_or_else(|| {
            let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.text()).collect();
            let known = known.join(", ");
            Refused::saying(sentence!("there is no permission {text}; there are {known}", "nie ma uprawnienia {text}; są {known}"))
        })
    };
    let permissions = permissions.iter().map(permission).collect::<Result<_, _>>()?;
    let (devices, networks, requires_certificate) = (None, Networks::default(), false);
    Ok(NewToken { name: name_of(name)?, kind, permissions, devices, networks, expires_at, requires_certificate })
}

async fn token_create(opened: &Opened, tenant: TenantId, new: NewToken) -> Result<Value, Refused> {
    opened.identity.settings(tenant).await.map_err(|error| Refused::because(&error))?;
    let made = opened.identity.create_token(&host_scope(tenant), new).await.map_err(|error| Refused::because(&error))?;
    let (token, secret) = (made.summary.token.to_string(), made.secret.expose().to_owned());
    said(&TokenCreated { token, secret, expires_at: made.summary.expires_at })
}

fn certificate(opened: &Opened) -> Result<Value, Refused> {
    let certificates = &opened.certificates;
    let mut sha256 = String::new();
    for (place, byte) in certificates.fingerprint().0.iter().enumerate() {
        let colon = if place == 0 { "" } else { ":" };
        // Writing to a string cannot fail.
        let _ = write!(sha256, "{colon}{byte:02X}");
    }
    let authority = certificates.authority_pem().map_err(|error| Refused::because(&error))?;
    said(&CertificateFacts { sha256, ends_at: certificates.ends_at(), authority })
}

/// The host's scope in a tenant that there is.
async fn known_tenant(opened: &Opened, text: &str) -> Result<Scope, Refused> {
    let tenant = tenant_of(text)?;
    opened.identity.settings(tenant).await.map_err(|error| Refused::because(&error))?;
    Ok(host_scope(tenant))
}

/// The host's scope in this tenant, or in each that there is.
async fn tenants(opened: &Opened, tenant: Option<&str>) -> Result<Vec<Scope>, Refused> {
    match tenant {
        Some(tenant) => Ok(vec![known_tenant(opened, tenant).await?]),
        None => Ok(opened.stores.tenants().await.map_err(|error| Refused::because(&error))?.into_iter().map(host_scope).collect()),
    }
}

pub(super) fn host_scope(tenant: TenantId) -> Scope {
    ScopeMint::for_app().system(tenant, SystemWork::HostAdministration)
}

pub(super) fn tenant_of(text: &str) -> Result<TenantId, Refused> {
    text.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "{text} is no tenant's number; `purser tenant list` shows them",
            "{text} nie jest numerem organizacji; pokazuje je `purser tenant list`"
        ))
    })
}

fn name_of(text: &str) -> Result<Name, Refused> {
    text.parse().map_err(|error: identity::NameError| {
        Refused::saying(sentence!("the name cannot be used: {error}", "nie można użyć tej nazwy: {error}"))
    })
}

pub(super) fn said(answer: &impl Serialize) -> Result<Value, Refused> {
    serde_json::to_value(answer).map_err(|error| Refused::because(&error))
}
