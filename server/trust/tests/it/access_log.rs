//! The access log: who asked what, without anybody's name, and not for ever.

use std::net::SocketAddr;
use std::time::Duration;

use kernel::{Actor, SystemWork, TenantId, Timestamp, UserId};
use store::{StoreError, Value, params};
use trust::access_log::{AccessLogError, AccessPage, AccessQuery, AccessRecord, SEGMENT_RECORDS_MAX, WAITING_RECORDS_MAX};
use trust::{AccessLog, Day, LeafKind, Trust};
use web::{Accessed, PeerInfo};

use crate::setup::{House, on_both_engines};

const HOST: Actor = Actor::System(SystemWork::HostAdministration);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const RETENTION_DAYS: u16 = 7;
const ADDRESS: &str = "203.0.113.77";
const ROUTE: &str = "/api/v1/devices/{device}";

store::statements! {
    store = Keyring;
    /// Every day's key that there is.
    DAY_KEYS = "SELECT wrapped FROM keyring_day_key WHERE wrapped IS NOT NULL ORDER BY day" () -> (wrapped: Blob);
}

pub(crate) mod system {
    store::statements! {
        store = System;
        /// Everything that is stored of the access log.
        SEGMENTS = "SELECT day, segment_id, first_at, records, dropped, sealed FROM access_log_segment ORDER BY day, first_at, segment_id"
            () -> (day: BigInt, segment_id: BigInt, first_at: BigInt, records: BigInt, dropped: BigInt, sealed: Blob);
        /// Puts back what was copied.
        PUT_BACK = "INSERT INTO access_log_segment (day, segment_id, first_at, records, dropped, sealed) VALUES ($1, $2, $3, $4, $5, $6)"
            (BigInt, BigInt, BigInt, BigInt, BigInt, Blob);
        /// What the instance's ledger has of a kind.
        LEAVES = "SELECT leaf_id FROM instance_ledger_leaf WHERE kind = $1 ORDER BY recorded_at, leaf_id" (Text) -> (leaf_id: BigInt);
    }
}

fn user(number: u64) -> UserId {
    UserId::from_random(number << 1)
}

fn tenant() -> TenantId {
    TenantId::from_random(1 << 1)
}

async fn opened(house: &House) -> (Trust, AccessLog) {
    let trust = house.trust().await;
    let log = AccessLog::new(&house.stores, &trust, RETENTION_DAYS);
    log.prepare().await.expect("keys");
    (trust, log)
}

fn now(house: &House) -> Timestamp {
    house.stores.clock().now()
}

fn today(house: &House) -> Day {
    Day::of(now(house))
}

/// A request of this user's from this address, now.
fn ask(house: &House, log: &AccessLog, address: &str, user: UserId) {
    let peer = PeerInfo::Network(SocketAddr::new(address.parse().expect("an address"), 40_404));
    log.note(&Accessed {
        at: now(house),
        method: "GET",
        route: ROUTE,
        status: 200,
        bytes: Some(17),
        duration: Duration::from_micros(1_234),
        tenant: Some(tenant()),
        actor: Some(Actor::User(user)),
        peer,
        user_agent: Some(b"Kanarie/1.0"),
    });
}

fn whole(day: Day) -> AccessQuery {
    AccessQuery { day, peer: None, user: None, tenant: None }
}

async fn read(log: &AccessLog, query: AccessQuery) -> Vec<AccessRecord> {
    let mut page = log.page(HOST, query, None).await.expect("a page");
    let mut records = Vec::new();
    loop {
        records.append(&mut page.records);
        let Some(next) = page.next else { return records };
        page = log.page(HOST, query, Some(next)).await.expect("a page");
    }
}

async fn segments(house: &House) -> Vec<[Value; 6]> {
    let read = |tx: &mut store::Tx<'_>| {
        let rows = tx.query(&system::SEGMENTS, &[])?;
        rows.iter()
            .map(|row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]))
            .collect::<Result<Vec<_>, StoreError>>()
    };
    house.stores.system().read(read).await.expect("read")
}

async fn put_back(house: &House, rows: Vec<[Value; 6]>) {
    let write = move |tx: &mut store::Tx<'_>| tx.execute_many(&system::PUT_BACK, &rows).map(|_| ());
    house.stores.system().write(write).await.expect("written");
}

/// What the instance's ledger tells of acts of this kind.
async fn told(house: &House, trust: &Trust, kind: LeafKind) -> Vec<serde_json::Value> {
    let keys = trust.keyring();
    let read = move |tx: &mut store::Tx<'_>| {
        let rows = tx.query(&system::LEAVES, &params![kind.text()])?;
        let mut payloads = Vec::new();
        for row in rows {
            let leaf = trust::ledger::read_instance(tx, &*keys, row.get(0)?)?.expect("it is there");
            payloads.push(leaf.entry.expect("it opens")["payload"].clone());
        }
        Ok::<_, StoreError>(payloads)
    };
    house.stores.system().read(read).await.expect("read")
}

#[test]
fn promise_md_14_the_same_user_has_one_pseudonym_for_a_day_and_another_on_the_next() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        for (address, number) in [(ADDRESS, 1), (ADDRESS, 1), ("::ffff:203.0.113.77", 2), ("203.0.113.78", 1)] {
            ask(&house, &log, address, user(number));
        }
        assert_eq!(log.flush().await.expect("stored"), 4);
        let first = read(&log, whole(today(&house))).await;
        let [d, c, b, a] = first.as_slice() else { panic!("{first:?}") };
        assert_eq!((&a.actor, &a.peer, &a.user_agent), (&b.actor, &b.peer, &b.user_agent), "the same on the same day");
        assert!(a.actor.is_some() && a.peer.is_some() && a.user_agent.is_some());
        assert_eq!(a.peer, c.peer, "an address within IPv6 is the same address");
        assert_ne!(a.actor, c.actor, "another user");
        assert_ne!(a.peer, d.peer, "another address");
        assert_eq!((a.route.as_str(), a.status, a.bytes, a.duration_us, a.tenant), (ROUTE, 200, Some(17), 1_234, Some(tenant())));
        let whoever = format!("{:?}", (&a.actor, &a.peer, &a.user_agent));
        assert!(!whoever.contains(ADDRESS) && !whoever.contains("Kanarie") && !whoever.contains(&user(1).to_string()), "{whoever}");

        house.hand.advance(DAY);
        log.prepare().await.expect("keys");
        ask(&house, &log, ADDRESS, user(1));
        log.flush().await.expect("stored");
        let second = read(&log, whole(today(&house))).await;
        let [next] = second.as_slice() else { panic!("{second:?}") };
        assert_ne!(a.actor, next.actor, "the user, a day later");
        assert_ne!(a.peer, next.peer, "the address, a day later");
        assert_ne!(a.user_agent, next.user_agent, "the client, a day later");
    });
}

#[test]
fn an_address_or_a_user_is_found_by_the_pseudonym_of_the_day() {
    on_both_engines(async |house| {
        let (trust, log) = opened(&house).await;
        ask(&house, &log, ADDRESS, user(1));
        ask(&house, &log, "198.51.100.4", user(2));
        log.flush().await.expect("stored");
        let day = whole(today(&house));
        let peer = |text: &str| AccessQuery { peer: text.parse().ok(), ..day };
        assert_eq!(read(&log, peer(ADDRESS)).await.len(), 1);
        assert_eq!(read(&log, peer("::ffff:203.0.113.77")).await.len(), 1);
        assert_eq!(read(&log, peer("203.0.113.7")).await.len(), 0);
        assert_eq!(read(&log, AccessQuery { user: Some(user(2)), ..day }).await.len(), 1);
        assert_eq!(read(&log, AccessQuery { user: Some(user(2)), ..peer(ADDRESS) }).await.len(), 0);
        assert_eq!(read(&log, AccessQuery { tenant: Some(TenantId::from_random(9 << 1)), ..day }).await.len(), 0);
        assert_eq!(read(&log, AccessQuery { tenant: Some(tenant()), ..day }).await.len(), 2);
        let readings = told(&house, &trust, LeafKind::AccessLogRead).await;
        assert_eq!(readings.len(), 7, "each reading is recorded once");
        let by_both = serde_json::json!({ "day": "2026-01-01", "by": ["peer", "user"] });
        assert!(readings.contains(&by_both), "and the entry does not say for whom it was looked: {readings:?}");
    });
}

#[test]
fn promise_md_14_what_is_stored_is_sealed_and_opens_in_its_own_place_only() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        ask(&house, &log, ADDRESS, user(1));
        log.flush().await.expect("stored");
        let mut rows = segments(&house).await;
        let [row] = rows.as_mut_slice() else { panic!("{rows:?}") };
        let Value::Blob(sealed) = &row[5] else { panic!("{row:?}") };
        for text in [ADDRESS, "Kanarie", "devices", "GET"] {
            assert!(!sealed.windows(text.len()).any(|window| window == text.as_bytes()), "{text} is stored in clear");
        }
        // The same bytes as another row.
        let Value::Int(number) = row[1] else { panic!("{row:?}") };
        row[1] = Value::Int(number ^ 1);
        put_back(&house, rows).await;
        let refused = log.page(HOST, whole(today(&house)), None).await.expect_err("it was moved");
        assert!(refused.to_string().contains("altered or moved"), "{refused}");
    });
}

#[test]
fn promise_md_14_after_its_retention_a_day_cannot_be_read_looked_up_or_begun_again() {
    on_both_engines(async |house| {
        let (trust, log) = opened(&house).await;
        let day = today(&house);
        ask(&house, &log, ADDRESS, user(1));
        log.flush().await.expect("stored");
        let copied = segments(&house).await;

        house.hand.advance(DAY * u32::from(RETENTION_DAYS));
        assert_eq!(log.expire().await.expect("looked"), [], "on the last day of the retention it is there");
        assert_eq!(read(&log, whole(day)).await.len(), 1);

        house.hand.advance(DAY);
        let expired = log.expire().await.expect("expired");
        assert!(expired.iter().any(|expired| expired.day == day && expired.records == 1), "{expired:?}");
        assert_eq!(segments(&house).await.len(), 0, "its records are deleted");
        // Somebody kept a copy of the records: it stays closed, and nothing can be looked up in it.
        put_back(&house, copied).await;
        for again in [log.clone(), AccessLog::new(&house.stores, &trust, RETENTION_DAYS)] {
            for query in [whole(day), AccessQuery { peer: ADDRESS.parse().ok(), ..whole(day) }] {
                let refused = again.page(HOST, query, None).await;
                assert!(matches!(refused, Err(AccessLogError::Destroyed(destroyed)) if destroyed == day), "{refused:?}");
            }
        }
        // A clock that is set back does not give the day a second key.
        house.hand.set(day.begins());
        log.prepare().await.expect_err("the day has ended");
        ask(&house, &log, ADDRESS, user(1));
        house.hand.set(day.plus(i64::from(RETENTION_DAYS) + 1).begins());

        let leaves = told(&house, &trust, LeafKind::AccessLogExpired).await;
        let leaf = leaves.iter().find(|leaf| leaf["day"] == "2026-01-01").expect("it is told of");
        assert_eq!(leaf["records"], 1);
        assert_eq!(leaf["key"].as_str().map(str::len), Some(64), "the commitment of the key that was destroyed");
        // What was put back is found by the next step, and told of too.
        assert_eq!(log.expire().await.expect("expired").len(), 1);
        assert_eq!(segments(&house).await.len(), 0);
    });
}

#[test]
fn the_keys_of_ended_days_are_not_in_the_keyring_any_more() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        let wrapped = async || {
            let read = |tx: &mut store::Tx<'_>| tx.query(&DAY_KEYS, &[]).map(|rows| rows.len());
            let count: Result<usize, StoreError> = house.stores.keyring().read(read).await;
            count.expect("read")
        };
        for _ in 0..u32::from(RETENTION_DAYS) + 3 {
            log.prepare().await.expect("keys");
            house.hand.advance(DAY);
        }
        assert_eq!(wrapped().await, usize::from(RETENTION_DAYS) + 3);
        log.expire().await.expect("expired");
        assert_eq!(wrapped().await, usize::from(RETENTION_DAYS), "today has none yet");
    });
}

#[test]
fn what_has_no_room_is_counted_and_said() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        for _ in 0..WAITING_RECORDS_MAX {
            ask(&house, &log, ADDRESS, user(1));
        }
        assert_eq!(log.flush().await.expect("stored"), WAITING_RECORDS_MAX, "at the limit nothing is dropped");
        assert_eq!(segments(&house).await.len(), WAITING_RECORDS_MAX / SEGMENT_RECORDS_MAX);
        for _ in 0..WAITING_RECORDS_MAX + 1 {
            ask(&house, &log, ADDRESS, user(1));
        }
        assert_eq!(log.flush().await.expect("stored"), WAITING_RECORDS_MAX);
        let days = log.days().await.expect("days");
        assert_eq!((days[0].records, days[0].dropped), (2 * WAITING_RECORDS_MAX as u64, 1), "one beyond is dropped, and counted");
        assert_eq!(days[0].expires, today(&house).plus(i64::from(RETENTION_DAYS) + 1));
    });
}

#[test]
fn every_record_is_on_one_page_whatever_the_pages_are_cut_at() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        // More segments than a page reads, several of them begun at one moment.
        for number in 0..300_u64 {
            ask(&house, &log, ADDRESS, user(number + 1));
            log.flush().await.expect("stored");
            if number % 3 == 0 {
                house.hand.advance(Duration::from_millis(1));
            }
        }
        let records = read(&log, whole(today(&house))).await;
        let mut actors: Vec<_> = records.iter().map(|record| record.actor.clone()).collect();
        actors.sort();
        actors.dedup();
        assert_eq!((records.len(), actors.len()), (300, 300));
        assert!(records.is_sorted_by(|a, b| a.at >= b.at), "the newest first");
    });
}

#[test]
fn the_key_of_a_day_is_there_before_the_day_begins() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        let tomorrow = today(&house).plus(1);
        house.hand.set(tomorrow.begins());
        ask(&house, &log, ADDRESS, user(1));
        house.hand.set(today(&house).plus(1).begins().minus(HOUR));
        log.flush().await.expect("stored");
        let days = log.days().await.expect("days");
        assert_eq!((days[0].records, days[0].dropped), (0, 1), "a day that nobody prepared has no record, but a count");
        // From an hour before midnight on, nothing is lost.
        house.hand.advance(HOUR);
        ask(&house, &log, ADDRESS, user(1));
        log.flush().await.expect("stored");
        let AccessPage { records, dropped, .. } = log.page(HOST, whole(today(&house)), None).await.expect("a page");
        assert_eq!((records.len(), dropped), (1, 0));
    });
}

#[test]
fn a_day_of_which_there_is_nothing_says_so() {
    on_both_engines(async |house| {
        let (_trust, log) = opened(&house).await;
        let refused = log.page(HOST, whole(today(&house).plus(-3)), None).await;
        assert!(matches!(refused, Err(AccessLogError::Nothing(_))), "{refused:?}");
    });
}
