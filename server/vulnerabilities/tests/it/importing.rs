//! What an import does to the master: all of a document, or nothing.

use std::path::Path;

use kernel::{Actor, SystemWork};
use store::testing::{TestEnv, both_engines};
use store::{Schema, Stores};
use vulnerabilities::VulnerabilitiesError;
use vulnerabilities::feeds::{FeedCondition, Feeds, catalogue};
use vulnerabilities::fetch::Roots;
use vulnerabilities::import::{Content, Document, ImportReport, Origin, Progress};

use crate::support::{osv, shared, zip, zst};

pub(crate) const ACTOR: Actor = Actor::System(SystemWork::Feeds);

pub(crate) fn schemas() -> Vec<Schema> {
    [store::SCHEMAS, trust::SCHEMAS, vulnerabilities::SCHEMAS]
        .concat()
        .into_iter()
        .filter(|schema| schema.domain != "store" && schema.domain != "intake")
        .collect()
}

pub(crate) async fn open(stores: &Stores, env: &TestEnv) -> Feeds {
    Feeds::open(stores.clone(), env.keys.clone(), catalogue(), Roots::System).await.expect("the feeds open")
}

pub(crate) async fn import(feeds: &Feeds, name: &str, bytes: &[u8]) -> Result<ImportReport, VulnerabilitiesError> {
    let document = Document { name: name.into(), content: Content::Bytes(bytes.to_vec().into()), origin: Origin::File };
    feeds.import(document, Progress::default(), ACTOR).await
}

fn counts(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.added, report.updated, report.unchanged, report.refused_total)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_answers_alike_on_both_engines() {
    store::testing::check_statements(vulnerabilities::SCHEMAS).await;
}

/// Everything that the master holds about records; how feeds stand is not part of it.
fn contents(dir: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(dir.join("master.db")).expect("SQLite");
    let mut rows = Vec::new();
    for (table, columns) in [
        ("master_head", "generation"),
        ("feed_document", "document_id || feed || hex(sha256) || records_read || imported_at"),
        ("advisory", "advisory_id || document_id || hex(digest) || hex(body)"),
        ("known_exploited", "cve || document_id || added_on || name"),
        ("exploit_scores", "document_id || score_count || hex(packed)"),
    ] {
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1")).expect("a query");
        let found = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).expect("rows");
        rows.extend(found.map(|row| format!("{table} {:?}", row.expect("a row"))));
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_form_of_a_record_counts_and_its_provenance_is_kept() {
    both_engines(schemas(), |stores, env| async move {
        let feeds = open(&stores, &env).await;
        let first = osv("X-1", "Debian:12", "expat", "2");
        let newer = osv("X-1", "Debian:12", "expat", "3").replace("2024-01-02", "2024-02-02");
        let report = import(&feeds, "a.jsonl", format!("{first}\n{first}\n{}", osv("X-2", "Debian:12", "zlib", "1")).as_bytes())
            .await
            .expect("imported");
        assert_eq!(counts(&report), (2, 0, 1, 0));
        assert_eq!((report.feed.as_str(), report.format, report.records_read), ("osv-debian", "osv", 3));
        let generation = feeds.master().generation;

        assert_eq!(counts(&import(&feeds, "b.json", newer.as_bytes()).await.expect("imported")), (0, 1, 0, 0));
        assert_eq!(feeds.master().generation, generation + 1);
        assert_eq!(counts(&import(&feeds, "a.json", first.as_bytes()).await.expect("imported")), (0, 0, 1, 0));
        assert_eq!(feeds.master().generation, generation + 1);

        let state =
            feeds.states().await.expect("states").into_iter().find(|state| state.feed.name == "osv-debian").expect("in the catalogue");
        assert_eq!((state.condition, state.records), (FeedCondition::Imported, Some(1)));

        drop(feeds);
        let again = open(&stores, &env).await;
        assert_eq!((again.master().advisories.len(), again.master().generation), (2, generation + 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_document_leaves_the_master_as_it_was() {
    both_engines(schemas(), |stores, env| async move {
        let feeds = open(&stores, &env).await;
        let good = osv("X-1", "Debian:12", "expat", "2");
        import(&feeds, "a.json", good.as_bytes()).await.expect("imported");
        let is_embedded = env.engine == store::Engine::Embedded;
        let before = if is_embedded { contents(&env.dir) } else { Vec::new() };
        let generation = feeds.master().generation;

        let other = osv("X-2", "Debian:12", "zlib", "2");
        let many: String = (0..2_000).map(|at| osv(&format!("Y-{at}"), "Debian:12", "p", "2") + "\n").collect();
        let packed = zst(many.as_bytes());
        for (what, bytes) in [
            ("a corrupted archive", [zip(&[("a.json", other.as_bytes())]), vec![0; 40]].concat()[..150].to_vec()),
            ("an archive cut short", packed[..packed.len() - 9].to_vec()),
            ("a bomb behind good records", zst(format!("{other}\n{}", " ".repeat(80 << 20)).as_bytes())),
            ("a record of 40 MB behind a good one", format!("{other}\n{{\"id\":\"{}\"}}", "x".repeat(40 << 20)).into_bytes()),
            ("wrong JSON behind good records", format!("{many}{{\"id\":").into_bytes()),
        ] {
            let error = import(&feeds, "a.jsonl", &bytes).await.expect_err(what);
            assert!(matches!(error, VulnerabilitiesError::Document(_)), "{what}: {error:?}");
            println!("{what}: {}", kernel::Problem::from(error).detail);
        }
        assert_eq!((feeds.master().generation, feeds.master().advisories.len()), (generation, 1));
        if is_embedded {
            assert_eq!(contents(&env.dir), before);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_sources_are_imported_and_a_second_import_changes_nothing() {
    both_engines(schemas(), |stores, env| async move {
        let feeds = open(&stores, &env).await;
        let sources = [
            ("almalinux-osv.jsonl.zst", (4_528, 0, 34, 0), "osv-almalinux"),
            ("go-vulndb-osv.jsonl.zst", (3_449, 0, 0, 0), "osv-go"),
            ("rustsec-osv.jsonl.zst", (597, 0, 0, 0), "osv-crates.io"),
            ("pypa-osv-yaml.tar.zst", (2_110, 0, 0, 1), "osv-pypi"),
            ("debian12-changelog-osv.jsonl.zst", (9_234, 0, 0, 0), "osv-debian"),
            ("cisa-kev.jsonl.zst", (1_113, 0, 0, 0), "cisa-kev"),
            ("epss-2026-08-16.csv.zst", (287_890, 0, 0, 0), "epss"),
        ];
        for (name, expected, feed) in sources {
            let Some(bytes) = shared(name) else { return };
            let report = import(&feeds, name, &bytes).await.expect("imported");
            println!("{name}: added {}, unchanged {}, refused {}", report.added, report.unchanged, report.refused_total);
            assert_eq!((counts(&report), report.feed.as_str()), (expected, feed));
        }
        let is_embedded = env.engine == store::Engine::Embedded;
        let before = if is_embedded { contents(&env.dir) } else { Vec::new() };
        let generation = feeds.master().generation;
        for (name, (added, _, repeated, refused), _) in sources {
            let bytes = shared(name).expect("it was there");
            let report = import(&feeds, name, &bytes).await.expect("imported");
            assert_eq!(counts(&report), (0, 0, added + repeated, refused), "{name}");
        }
        assert_eq!(feeds.master().generation, generation);
        if is_embedded {
            assert_eq!(contents(&env.dir), before);
        }
        let master = feeds.master();
        assert_eq!(master.known_exploited.len(), 1_113);
        assert_eq!(master.scores.of("CVE-1999-0001".parse().expect("a CVE")), Some((0.03351, 0.87650)));
        assert_eq!(master.advisories.ecosystems(), ["AlmaLinux:10", "AlmaLinux:8", "AlmaLinux:9", "Debian:12"]);
    })
    .await;
}
