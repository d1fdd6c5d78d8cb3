//! The web application: every crate's routes in one router, one document and one table.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use web::{ConsoleFile, ConsoleFiles, OperatorApp, SECURITY_TXT_PATH, SecurityTxt, Web, WebApp};

use crate::contact::Contact;
use crate::erasing::Accounts;
use crate::host;
use crate::opened::Opened;

/// How long `security.txt` counts after it was read.
const SECURITY_TXT_LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// The console's files in the form that `web` serves, made once: they live as long as the program anyway.
static CONSOLE: LazyLock<Option<ConsoleFiles>> = LazyLock::new(|| console::embedded().map(console_files));

/// Everything that is served.
#[must_use]
pub fn site(opened: &Opened) -> WebApp {
    let (clock, rng) = (opened.stores.clock().clone(), opened.stores.rng().clone());
    // Devices know their own tokens, and ask identity about every other credential.
    let mut builder = Web::builder(clock, rng, Arc::new(opened.devices.clone()))
        .mount(opened.identity.routes())
        .mount(opened.identity.directory_routes())
        .mount(opened.devices.routes())
        .mount(inventory::api::routes(opened.inventory.clone()))
        .mount(opened.vulnerabilities.routes())
        .mount(opened.ledger.routes())
        .mount(opened.erasures.routes(Arc::new(Accounts(opened.identity.clone()))))
        .mount(opened.archives.routes(Arc::new(Accounts(opened.identity.clone())), opened.stores.clock().clone()))
        .mount(opened.registers.routes())
        .mount(opened.retentions.routes())
        .mount(opened.policies.routes())
        .mount(opened.trust_page.routes());
    builder = builder.doors(opened.doors.clone()).filter(opened.filter.clone());
    let access_log = opened.access_log.clone();
    builder = builder.access_log(Arc::new(move |accessed| access_log.note(accessed)));
    // An installation that vouches for itself would lock its users' other ports on this host.
    builder = builder.strict_transport(!opened.certificates.is_self_issued());
    if let Some(text) = security_txt(opened) {
        builder = builder.security_txt(text);
    }
    if let Some(files) = CONSOLE.clone() {
        builder = builder.console(files);
    }
    let mut site = builder.build();
    site.admin = Some(web::admin::door(host::answering(opened.clone())));
    site.health = opened.health();
    site
}

/// What the operators' listener serves.
#[must_use]
pub fn operators(opened: &Opened, site: &WebApp) -> OperatorApp {
    site.for_operators(host::by_operator::door(opened.clone()))
}

/// Where there is nobody to tell, there is no file: one without a contact is none (RFC 9116).
fn security_txt(opened: &Opened) -> Option<SecurityTxt> {
    let config = opened.config();
    let contacts: Vec<&Contact> = config.security_contact.iter().chain(&config.privacy_contact).collect();
    if contacts.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = contacts.iter().map(|contact| format!("Contact: {}", contact.uri())).collect();
    lines.dedup();
    let (contacts, url, clock) = (lines.join("\n"), config.public_url.clone(), opened.stores.clock().clone());
    Some(Arc::new(move || {
        let expires = clock.now().plus(SECURITY_TXT_LIFETIME);
        format!("{contacts}\nExpires: {expires}\nPreferred-Languages: en, pl\nCanonical: {url}{SECURITY_TXT_PATH}\nPolicy: {url}/trust\n")
    }))
}

fn console_files(console: console::Console) -> ConsoleFiles {
    let files = console.files.iter().map(|file| ConsoleFile {
        path: file.path,
        content_type: file.content_type,
        bytes: file.bytes,
        gzip: file.gzip,
        etag: file.etag,
        is_immutable: file.is_immutable,
    });
    ConsoleFiles { index: console.index, files: files.collect(), pages: console::PAGES }
}
