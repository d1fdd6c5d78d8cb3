//! Each change of the master names its document, and what it replaced stays (promise OP-19).

use std::time::Duration;

use kernel::ProvenanceId;
use seal::hash::sha256;
use store::testing::both_engines;
use store::{StoreError, StoreKind, Value, params};
use vulnerabilities::advisory::Advisory;
use vulnerabilities::epss::Score;
use vulnerabilities::scores::Scores;

use crate::importing::{import, open, schemas};
use crate::support::{osv, zst};

store::statements! {
    store = Master;
    /// Writes an advisory past the importer.
    FORGE_ADVISORY = "INSERT INTO advisory (advisory_id, document_id, digest, body) VALUES ($1, $2, $3, $4)" (Text, BigInt, Blob, Blob);
    /// Writes an entry past the importer.
    FORGE_ENTRY = "INSERT INTO known_exploited (cve, document_id, added_on, ransomware, name) VALUES (1, $1, $2, TRUE, $2)" (BigInt, Text);
    /// Writes scores past the importer.
    FORGE_SCORES = "INSERT INTO exploit_scores (scores_id, document_id, score_count, packed) VALUES (2, $1, 0, $2)" (BigInt, Blob);
    /// Writes a past past the importer.
    FORGE_FORM = "INSERT INTO advisory_form (advisory_id, document_id, replaced_by, digest, body) VALUES ($1, $2, $3, $4, $4)"
        (Text, BigInt, BigInt, Blob);
    /// Notes a document past the importer.
    NOTE_DOCUMENT = "INSERT INTO feed_document \
                     (document_id, feed, origin, sha256, packed_bytes, unpacked_bytes, records_read, records_refused, imported_at) \
                     VALUES ($1, 'osv-debian', 'file', $2, 1, 1, 1, 0, 5)"
        (BigInt, Blob);
    /// Takes a document away.
    REMOVE_DOCUMENTS = "DELETE FROM feed_document" ();
    /// What documents did to the scores, in their order.
    SCORES_CHANGES = "SELECT c.packed FROM exploit_scores_change c JOIN feed_document d ON d.document_id = c.document_id ORDER BY d.imported_at"
        () -> (packed: Blob);
    /// Forms of entries of the catalogue, the past ones and then the present one.
    ENTRY_FORMS = "SELECT name, document_id, replaced_by FROM known_exploited_form UNION ALL SELECT name, document_id, NULL FROM known_exploited"
        () -> (name: Text, document_id: BigInt, replaced_by: BigInt);
}

fn document(modified: &str, fixed: &str) -> String {
    osv("X-1", "Debian:12", "expat", fixed).replace("2024-01-02", modified)
}

fn kev(name: &str) -> String {
    format!(r#"{{"cveID":"CVE-2024-1234","dateAdded":"2024-01-02","vulnerabilityName":"{name}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_19_each_form_of_a_record_names_its_document_and_leads_to_the_present_one() {
    both_engines(schemas(), |stores, env| async move {
        let feeds = open(&stores, &env).await;
        let documents = [("2024-01-02", "1"), ("2024-02-02", "2"), ("2024-03-02", "3")].map(|(modified, fixed)| document(modified, fixed));
        let mut times = Vec::new();
        for (at, document) in documents.iter().enumerate() {
            env.clock_hand.advance(Duration::from_secs(3_600));
            times.push(env.clock.now());
            import(&feeds, "a.json", document.as_bytes()).await.expect("imported");
            import(&feeds, "k.json", kev(&format!("name {at}")).as_bytes()).await.expect("imported");
            let scores = format!(
                "#model_version:v1,score_date:2026-01-0{}\ncve,epss,percentile\nCVE-2024-1234,0.{at}1,0.5\nCVE-2024-{}000,0.2,0.5\n",
                at + 1,
                at + 1
            );
            import(&feeds, "epss.csv", scores.as_bytes()).await.expect("imported");
        }

        let forms = feeds.history("X-1").await.expect("read");
        assert_eq!(forms.iter().map(|form| form.provenance.imported_at).collect::<Vec<_>>(), times);
        let digests: Vec<_> = documents.iter().map(|document| sha256(document.as_bytes())).collect();
        assert_eq!(forms.iter().map(|form| form.provenance.document_sha256).collect::<Vec<_>>(), digests);
        let next: Vec<_> = forms.iter().skip(1).map(|form| Some(form.provenance.document)).chain([None]).collect();
        assert_eq!(forms.iter().map(|form| form.replaced_by).collect::<Vec<_>>(), next);
        let fixed = forms.iter().map(|form| format!("{:?}", form.advisory.affected[0].ranges[0].events[1])).collect::<Vec<_>>();
        assert_eq!(fixed, ["1", "2", "3"].map(|version| format!("Fixed({version:?})")));
        assert_eq!(feeds.history("X-2").await.expect("read"), []);

        let read = |tx: &mut store::Tx<'_>| -> Result<_, StoreError> {
            let mut entries = Vec::new();
            for row in tx.query(&ENTRY_FORMS, &[])? {
                entries.push((row.get::<String>(0)?, row.get::<ProvenanceId>(1)?, row.get::<Option<ProvenanceId>>(2)?));
            }
            let changes = tx.query(&SCORES_CHANGES, &[])?.iter().map(|row| row.get(0)).collect::<Result<Vec<Vec<u8>>, _>>()?;
            Ok((entries, changes))
        };
        let (entries, changes) = stores.master().read(read).await.expect("read");
        let mut at = entries.iter().find(|(_, _, replaced_by)| replaced_by.is_none()).expect("the present one");
        let mut names = vec![at.0.as_str()];
        while let Some(before) = entries.iter().find(|(_, _, replaced_by)| *replaced_by == Some(at.1)) {
            at = before;
            names.push(&at.0);
        }
        assert_eq!(names, ["name 2", "name 1", "name 0"]);

        let mut rebuilt = Scores::default();
        for change in &changes {
            rebuilt.apply(Scores::unpack(change).expect("scores"));
        }
        assert_eq!((changes.len(), rebuilt.len()), (3, 4));
        assert_eq!(rebuilt, feeds.master().scores, "the changes together are the present scores");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_19_what_names_no_document_cannot_be_written_and_no_document_can_be_taken_away() {
    both_engines(schemas(), |stores, env| async move {
        let feeds = open(&stores, &env).await;
        import(&feeds, "a.json", document("2024-01-02", "1").as_bytes()).await.expect("imported");
        let known = feeds.history("X-1").await.expect("read").remove(0).provenance.document;
        let write = async |statement: &'static store::Statement, values: Vec<Value>| {
            stores.master_writer().write(move |tx| tx.execute(statement, &values)).await
        };
        let body = || vec![0_u8];
        for document in [None, Some(ProvenanceId::from_random(7))] {
            let refused = [
                write(&FORGE_ADVISORY, params!["X-9", document, body(), body()].into()).await,
                write(&FORGE_ENTRY, params![document, "x"].into()).await,
                write(&FORGE_SCORES, params![document, body()].into()).await,
                write(&FORGE_FORM, params!["X-1", document, known, body()].into()).await,
                write(&FORGE_FORM, params!["X-1", known, document, body()].into()).await,
            ];
            for (at, refused) in refused.iter().enumerate() {
                assert!(refused.is_err(), "the statement {at} with {document:?}: {refused:?}");
            }
        }
        assert!(write(&REMOVE_DOCUMENTS, Vec::new()).await.is_err(), "records name it");
        // The control: with a document that is known, the same is written.
        assert_eq!(write(&FORGE_ADVISORY, params!["X-9", known, body(), body()].into()).await.expect("written"), 1);
    })
    .await;
}

/// An advisory as it lies in the store.
fn stored(id: &str) -> Vec<u8> {
    zst(&serde_json::to_vec(&Advisory { id: id.to_owned(), ..Advisory::default() }).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_imported_keeps_its_document() {
    let earlier = schemas().into_iter().map(|schema| {
        let is_master = schema.store == StoreKind::Master;
        if is_master { schema.before(1) } else { schema }
    });
    both_engines(earlier.collect::<Vec<_>>(), |stores, env| async move {
        let document = ProvenanceId::from_random(7);
        let (advisory, digest) = (stored("X-1"), [3_u8; 32]);
        let scores = Scores::of_all(vec![Score { cve: "CVE-2024-1234".parse().expect("a CVE"), epss: 0.1, percentile: 0.5 }]);
        let packed = scores.pack().expect("packed");
        let fill = move |tx: &mut store::Tx<'_>| {
            tx.execute(&NOTE_DOCUMENT, &params![document, digest])?;
            tx.execute(&FORGE_ADVISORY, &params!["X-1", document, digest, advisory.clone()])?;
            tx.execute(&FORGE_ENTRY, &params![document, "x"])?;
            tx.execute(&FORGE_SCORES, &params![document, packed.clone()])
        };
        stores.master_writer().write(fill).await.expect("written");
        stores.close().await;

        let stores = env.reopen_with(schemas()).await.expect("it migrates");
        let feeds = open(&stores, &env).await;
        let forms = feeds.history("X-1").await.expect("read");
        assert_eq!(forms.iter().map(|form| (form.provenance.document, form.replaced_by)).collect::<Vec<_>>(), [(document, None)]);
        let changes = stores.master().read(|tx| tx.query(&SCORES_CHANGES, &[])).await.expect("read");
        assert_eq!(Scores::unpack(&changes[0].get::<Vec<u8>>(0).expect("packed")).expect("scores"), scores);
        stores.close().await;
    })
    .await;
}
