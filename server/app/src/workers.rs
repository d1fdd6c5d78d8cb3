//! What runs by itself. A step is a plain function: it takes no input, looks at how things are, moves them on, and says
//! whether there may be more to do. The clock ticks only here.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use trust::cases::overdue::OVERDUE_AT_ONCE;
use trust::cases::telling::TellStep;
use trust::ledger::gather::GATHERED_AT_ONCE;
use trust::ledger::log::STEP_TENANTS_MAX;
use trust::policy::PolicyStep;
use trust::registers::notice::NoticeStep;
use vulnerabilities::RECONCILE_TENANTS_MAX;
use web::tls::Renewal;

use crate::bans::BANS_INTERVAL;
use crate::host::keys;
use crate::mail;
use crate::opened::Opened;

/// How often check-ins are folded into their tenants' stores.
const FOLDING_INTERVAL: Duration = Duration::from_secs(1);
/// How often what is in memory is saved, so that the next start need not read every row.
const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often exposures are brought up to date.
const EXPOSURE_INTERVAL: Duration = Duration::from_secs(1);
/// How often leaves are put in their places in the ledger: an act is in the log within five seconds.
const LEDGER_INTERVAL: Duration = Duration::from_secs(1);
/// How often what tenants' logs are comes into the instance's log: each tenant's at most as often.
const GATHERING_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often effects are looked for whose outcome nobody has told.
const INTENTS_INTERVAL: Duration = Duration::from_secs(60);
/// How often whole ledgers are looked through for intents whose row somebody removed.
const LOST_INTENTS_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often epochs are looked for that are due to be rolled: a quarter of an hour after a key was destroyed at the latest.
const EPOCHS_INTERVAL: Duration = Duration::from_secs(600);
/// How often erasures are looked for that are due or under way.
const ERASURES_INTERVAL: Duration = Duration::from_secs(30);
/// How often exports are looked for that wait to be made.
const EXPORTS_INTERVAL: Duration = Duration::from_secs(1);
/// How often exports are looked for whose time to be fetched is over, and those of which something is left: neither is given out meanwhile.
const EXPORTS_END_INTERVAL: Duration = Duration::from_secs(60);
/// How often requests that were answered are stored in the access log.
const ACCESS_LOG_INTERVAL: Duration = Duration::from_secs(1);
/// How often days of the access log are looked for that are past their retention.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often it is looked for rows that were shown to be past their retention, and are due.
const RETENTION_INTERVAL: Duration = Duration::from_secs(600);
/// How often it is looked whether the policy has changed, and for whom to tell of it.
const POLICY_INTERVAL: Duration = Duration::from_secs(60);
/// How often it is looked for whom to tell of a sub-processor.
const NOTICE_INTERVAL: Duration = Duration::from_secs(60);
/// How often what was announced is handed over to outboxes.
const HANDING_INTERVAL: Duration = Duration::from_secs(10);
/// How often mails are looked for that are due.
const MAIL_INTERVAL: Duration = Duration::from_secs(10);
/// How often it is looked for steps of breach cases that are overdue, and for whom to tell of a breach.
const BREACH_INTERVAL: Duration = Duration::from_secs(60);
/// How often the doctor is asked which checks are due.
const DOCTOR_INTERVAL: Duration = Duration::from_secs(60);
/// How often the keyring is compared with its second copy.
const SECOND_COPY_INTERVAL: Duration = Duration::from_secs(60);
/// How often feeds are looked at whose time may have come.
const FEEDS_INTERVAL: Duration = Duration::from_secs(60);
/// How often the certificate's end is looked at, and the user's own files for changes.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(3_600);
/// How often stores of an older schema are looked for.
const MIGRATION_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// Longest pause of a worker whose steps fail.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There may be more to do at once.
    More,
    /// There may be more to do, after a rest at least this long.
    Rest(Duration),
    /// Nothing until the next time.
    Idle,
}

/// Starts every worker; they end when `stop` says so.
pub(crate) fn spawn(opened: &Opened, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    let mut worker = |name, interval, step: fn(Opened) -> Taken| {
        let opened = opened.clone();
        workers.spawn(repeat(name, interval, stop.clone(), move || step(opened.clone())));
    };
    worker("folding", FOLDING_INTERVAL, |opened| Box::pin(fold(opened)));
    worker("exposure", EXPOSURE_INTERVAL, |opened| Box::pin(reconcile_exposure(opened)));
    worker("ledger", LEDGER_INTERVAL, |opened| Box::pin(sequence_ledgers(opened)));
    worker("gathering", GATHERING_INTERVAL, |opened| Box::pin(gather_checkpoints(opened)));
    worker("intents", INTENTS_INTERVAL, |opened| Box::pin(close_intents(opened)));
    worker("lost-intents", LOST_INTENTS_INTERVAL, |opened| Box::pin(close_lost_intents(opened)));
    worker("epochs", EPOCHS_INTERVAL, |opened| Box::pin(roll_epochs(opened)));
    worker("erasures", ERASURES_INTERVAL, |opened| Box::pin(run_erasures(opened)));
    worker("exports", EXPORTS_INTERVAL, |opened| Box::pin(make_exports(opened)));
    worker("exports-end", EXPORTS_END_INTERVAL, |opened| Box::pin(end_exports(opened)));
    worker("exports-removal", EXPORTS_END_INTERVAL, |opened| Box::pin(remove_exports(opened)));
    worker("access-log", ACCESS_LOG_INTERVAL, |opened| Box::pin(flush_access_log(opened)));
    worker("access-log-expiry", EXPIRY_INTERVAL, |opened| Box::pin(expire_access_log(opened)));
    worker("bans", BANS_INTERVAL, |opened| Box::pin(tell_of_bans(opened)));
    worker("retention", RETENTION_INTERVAL, |opened| Box::pin(end_rows(opened)));
    worker("policy", POLICY_INTERVAL, |opened| Box::pin(tell_of_policy(opened)));
    worker("notices", NOTICE_INTERVAL, |opened| Box::pin(give_notice(opened)));
    worker("announcements", HANDING_INTERVAL, |opened| Box::pin(mail::hand_over(opened)));
    worker("mail", MAIL_INTERVAL, |opened| Box::pin(send_mail(opened)));
    worker("breaches", BREACH_INTERVAL, |opened| Box::pin(tend_breaches(opened)));
    worker("doctor", DOCTOR_INTERVAL, |opened| Box::pin(examine(opened)));
    worker("second-copy", SECOND_COPY_INTERVAL, |opened| Box::pin(keep_second_copy(opened)));
    worker("snapshot", SNAPSHOT_INTERVAL, |opened| Box::pin(save_snapshots(opened)));
    worker("certificate", CERTIFICATE_INTERVAL, |opened| Box::pin(renew_certificate(opened)));
    worker("migration", MIGRATION_INTERVAL, |opened| Box::pin(migrate(opened)));
    worker("feeds", FEEDS_INTERVAL, |opened| Box::pin(fetch_feeds(opened)));
    workers
}

/// A step that is being taken.
type Taken = Pin<Box<dyn Future<Output = Result<Step, String>> + Send>>;

/// Folds what is in the intake log, all of it: before a server answers, and after it has.
pub(crate) async fn fold_everything(opened: &Opened) -> Result<(), String> {
    while opened.inventory.fold().await.map_err(sentence)? > 0 {}
    Ok(())
}

/// Rests as long as it worked: the longer a round takes, the more waits of each tenant in the next, and the disk is the
/// check-ins' own half of the time.
async fn fold(opened: Opened) -> Result<Step, String> {
    let clock = opened.stores.clock();
    let begun = clock.monotonic();
    let folded = opened.inventory.fold_ripe().await.map_err(sentence)?;
    Ok(if folded > 0 { Step::Rest(clock.monotonic().saturating_sub(begun)) } else { Step::Idle })
}

/// Saves what the next start reads faster than rows.
pub(crate) async fn save_snapshots(opened: Opened) -> Result<Step, String> {
    let saved = opened.inventory.save_snapshots().await.map_err(sentence)?;
    tracing::debug!(saved, "snapshots are saved");
    Ok(Step::Idle)
}

async fn reconcile_exposure(opened: Opened) -> Result<Step, String> {
    let tenants = opened.vulnerabilities.reconcile_step().await.map_err(sentence)?;
    Ok(if tenants >= RECONCILE_TENANTS_MAX { Step::More } else { Step::Idle })
}

async fn sequence_ledgers(opened: Opened) -> Result<Step, String> {
    let tenants = opened.ledger.sequence_step().await.map_err(sentence)?;
    Ok(if tenants >= STEP_TENANTS_MAX { Step::More } else { Step::Idle })
}

/// What was written is settled first, so that what the ledger is told of it is gathered too.
async fn gather_checkpoints(opened: Opened) -> Result<Step, String> {
    opened.integrity.settle_step().await.map_err(sentence)?;
    let tenants = opened.ledger.gather_step().await.map_err(sentence)?;
    Ok(if tenants >= GATHERED_AT_ONCE { Step::More } else { Step::Idle })
}

async fn close_intents(opened: Opened) -> Result<Step, String> {
    let closed = opened.ledger.close_orphans(&opened.aftermaths).await.map_err(sentence)?;
    if closed > 0 {
        tracing::warn!(closed, "effects whose outcome nobody had told are closed in the ledger");
    }
    Ok(Step::Idle)
}

async fn close_lost_intents(opened: Opened) -> Result<Step, String> {
    let closed = opened.ledger.close_lost(&opened.aftermaths).await.map_err(sentence)?;
    if closed > 0 {
        tracing::error!(closed, "rows of open intents were removed from the database; the ledgers say what became of the effects");
    }
    Ok(Step::Idle)
}

async fn roll_epochs(opened: Opened) -> Result<Step, String> {
    let tenants = keys::roll_due(&opened).await.map_err(sentence)?;
    // A key may have been destroyed while the others' were wrapped.
    Ok(if tenants > 0 { Step::More } else { Step::Idle })
}

async fn run_erasures(opened: Opened) -> Result<Step, String> {
    let done = opened.erasures.run_due().await.map_err(sentence)?;
    if done > 0 {
        tracing::info!(done, "erasures are done");
    }
    Ok(Step::Idle)
}

async fn make_exports(opened: Opened) -> Result<Step, String> {
    let made = opened.make_next_export().await?;
    Ok(if made.is_some() { Step::More } else { Step::Idle })
}

async fn end_exports(opened: Opened) -> Result<Step, String> {
    opened.archives.expire_due().await.map_err(sentence)?;
    Ok(Step::Idle)
}

/// Apart from their end: writing over what is left of one takes minutes.
async fn remove_exports(opened: Opened) -> Result<Step, String> {
    opened.archives.remove_over().await.map_err(sentence)?;
    Ok(Step::Idle)
}

/// Stores what was asked of the server and is only in memory.
pub(crate) async fn flush_access_log(opened: Opened) -> Result<Step, String> {
    opened.access_log.flush().await.map_err(sentence)?;
    Ok(Step::Idle)
}

/// Writes down who was banned, and what the request filter met.
pub(crate) async fn tell_of_bans(opened: Opened) -> Result<Step, String> {
    opened.bans.write(&opened).await.map_err(sentence)?;
    opened.bans.write_met(&opened).await.map_err(sentence)?;
    Ok(Step::Idle)
}

async fn expire_access_log(opened: Opened) -> Result<Step, String> {
    opened.access_log.expire().await.map_err(sentence)?;
    Ok(Step::Idle)
}

async fn end_rows(opened: Opened) -> Result<Step, String> {
    let looked = opened.retentions.step().await.map_err(sentence)?;
    if looked.rows > 0 {
        tracing::info!(rows = looked.rows, "rows that were past their retention are deleted");
    }
    Ok(if looked.is_more { Step::More } else { Step::Idle })
}

async fn tell_of_policy(opened: Opened) -> Result<Step, String> {
    let step = opened.policies.step().await.map_err(sentence)?;
    Ok(if step == PolicyStep::Idle { Step::Idle } else { Step::More })
}

async fn give_notice(opened: Opened) -> Result<Step, String> {
    let step = opened.registers.notice_step().await.map_err(sentence)?;
    Ok(match step {
        NoticeStep::Told(_) | NoticeStep::Begun => Step::More,
        NoticeStep::Waiting(_) | NoticeStep::Idle => Step::Idle,
    })
}

/// Where the settings ask for no mail, there is none.
async fn send_mail(opened: Opened) -> Result<Step, String> {
    if !opened.mail.is_configured() {
        return Ok(Step::Idle);
    }
    let has_more = opened.mail.send().await.map_err(sentence)?;
    Ok(if has_more { Step::More } else { Step::Idle })
}

async fn tend_breaches(opened: Opened) -> Result<Step, String> {
    // Whatever stops one of them stops no other.
    let escalated = opened.cases.escalate_step().await;
    let told = opened.cases.tell_step().await;
    let settled = opened.cases.settle_customers_step().await;
    let (escalated, told) = (escalated.map_err(sentence)?, told.map_err(sentence)?);
    settled.map_err(sentence)?;
    Ok(if escalated >= OVERDUE_AT_ONCE || told != TellStep::Idle { Step::More } else { Step::Idle })
}

async fn examine(opened: Opened) -> Result<Step, String> {
    opened.doctor.examine_due().await.map_err(sentence)?;
    Ok(Step::Idle)
}

/// Rests ten times as long as it worked: a keyring that grows all the time is copied whole each time.
async fn keep_second_copy(opened: Opened) -> Result<Step, String> {
    let clock = opened.stores.clock();
    let begun = clock.monotonic();
    let copied = keys::keep_copy(&opened).await.map_err(sentence)?;
    Ok(if copied { Step::Rest(clock.monotonic().saturating_sub(begun) * 10) } else { Step::Idle })
}

async fn fetch_feeds(opened: Opened) -> Result<Step, String> {
    opened.vulnerabilities.feeds().fetch_due().await.map_err(sentence)?;
    Ok(Step::Idle)
}

async fn renew_certificate(opened: Opened) -> Result<Step, String> {
    let now = opened.stores.clock().now();
    let certificates = opened.certificates.clone();
    let renewed = blocking(move || certificates.renew_if_due(now)).await?;
    if renewed == Renewal::Replaced {
        tracing::info!(certificate.ends_at = %opened.certificates.ends_at(), "new connections get another certificate");
    }
    Ok(Step::Idle)
}

async fn migrate(opened: Opened) -> Result<Step, String> {
    let swept = opened.stores.migrate_all().await.map_err(sentence)?;
    for (tenant, reason) in &swept.failed {
        tracing::error!(tenant.id = %tenant, reason, "a tenant's store could not be migrated");
    }
    let adopted = opened.integrity.adopt_step().await.map_err(sentence)?;
    tracing::debug!(adopted, "tenants' stores are stamped");
    Ok(Step::Idle)
}

async fn blocking<T: Send + 'static, E: Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(sentence)?.map_err(sentence)
}

fn sentence(error: impl Display) -> String {
    error.to_string()
}

/// Takes steps until it is stopped: again at once while there is more, else after the interval. A step that fails is
/// said once, and tried again after pauses that double.
async fn repeat<F>(name: &'static str, interval: Duration, mut stop: watch::Receiver<bool>, step: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = Result<Step, String>> + Send,
{
    let mut failures: u32 = 0;
    while !*stop.borrow() {
        let pause = match step().await {
            Ok(found) => {
                if failures > 0 {
                    tracing::info!(worker = name, "works again");
                }
                failures = 0;
                match found {
                    Step::More => Duration::ZERO,
                    Step::Rest(rest) => rest.max(interval),
                    Step::Idle => interval,
                }
            }
            Err(reason) => {
                if failures == 0 {
                    tracing::error!(worker = name, reason, "a step failed and will be tried again");
                }
                failures = failures.saturating_add(1);
                pause_after(failures)
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

fn pause_after(failures: u32) -> Duration {
    PAUSE_MAX.min(Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(failures.min(16))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let seconds: Vec<u64> = [1, 2, 3, 8, 9, 60].map(|failures| pause_after(failures).as_secs()).to_vec();
        assert_eq!(seconds, [2, 4, 8, 256, 300, 300]);
    }
}
