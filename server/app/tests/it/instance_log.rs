//! The instance's own ledger, as whoever runs the instance reads it.

use std::time::Duration;

use app::host::{CheckpointFacts, EntriesPage, InstanceEntries, Request};
use seal::checkpoint::Proof;
use seal::hex;
use seal::leaf::leaf_hash;
use seal::note::NoteKey;

use crate::world::{World, on_both_engines};

async fn list(world: &World, asked: InstanceEntries) -> EntriesPage {
    serde_json::from_value(world.as_host(Request::InstanceLogList { asked }).await).expect("a page")
}

fn kinds(page: &EntriesPage) -> Vec<&str> {
    page.entries.iter().map(|entry| entry.kind.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_listed_the_newest_first_by_kind_and_time_and_looking_adds_none() {
    on_both_engines(async |world| {
        world.as_host(Request::TenantList {}).await;
        let noon = world.clock.now();
        world.hand.advance(Duration::from_secs(3_600));
        let later = world.clock.now();
        world.as_host(Request::AccessLogDays {}).await;
        world.as_host(Request::TenantList {}).await;
        let all = list(&world, InstanceEntries::default()).await;
        let places: Vec<_> = all.entries.iter().filter_map(|entry| entry.index).collect();
        assert!(places.len() >= 2 && places.is_sorted_by(|one, next| one == &(next + 1)) && places.ends_with(&[0]));
        assert!(all.next.is_none() && all.entries.iter().all(|entry| entry.entry.is_some() && !entry.is_altered));
        assert_eq!(list(&world, InstanceEntries::default()).await.entries.len(), all.entries.len(), "a look adds no entry");
        let read = InstanceEntries { kind: Some("read-on-host".into()), ..InstanceEntries::default() };
        assert_eq!(kinds(&list(&world, read.clone()).await), ["read-on-host", "read-on-host"]);
        let last = list(&world, InstanceEntries { from: Some(later), ..read.clone() }).await;
        assert!(last.entries.len() == 1 && last.entries[0].recorded_at == later, "from a time on, with it");
        let first = list(&world, InstanceEntries { until: Some(later), ..read.clone() }).await;
        assert!(first.entries.len() == 1 && first.entries[0].recorded_at == noon, "before a time, without it");
        let below = list(&world, InstanceEntries { below: Some(1), ..InstanceEntries::default() }).await;
        assert_eq!(below.entries.iter().map(|entry| entry.index).collect::<Vec<_>>(), [Some(0)]);
        let asked = InstanceEntries { kind: Some("no-such".into()), ..InstanceEntries::default() };
        let refused = world.refused_as_host(Request::InstanceLogList { asked }).await;
        assert!(refused.contains("no entries of kind no-such") && refused.contains("root-key-change"), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_has_a_proof_that_the_logs_key_alone_verifies_also_in_an_earlier_tree() {
    on_both_engines(async |world| {
        world.as_host(Request::TenantList {}).await;
        let checkpoint =
            async || -> CheckpointFacts { serde_json::from_value(world.as_host(Request::InstanceLogCheckpoint {}).await).expect("facts") };
        let kept = checkpoint().await;
        let key = NoteKey::from_text(&kept.key).expect("a key");
        let entry = list(&world, InstanceEntries::default()).await.entries.remove(0);
        world.as_host(Request::TenantList {}).await;
        let now = checkpoint().await;
        assert!(now.size > kept.size);
        for (size, expected) in [(None, now.size), (Some(kept.size), kept.size)] {
            let answer = world.as_host(Request::InstanceLogProof { leaf: entry.leaf.clone(), size }).await;
            let commitment = hex::decode::<32>(answer["leaf"]["commitment"].as_str().expect("a text")).expect("a digest");
            let proof = Proof::from_text(answer["proof"].as_str().expect("a text")).expect("a proof");
            assert_eq!(proof.verify(leaf_hash(&commitment), &key).expect("it holds").size, expected);
            assert_eq!((answer["key"].as_str(), answer["leaf"]["kind"].as_str()), (Some(kept.key.as_str()), Some("read-on-host")));
        }
        for leaf in ["nothing", "ten_0000000000001"] {
            let refused = world.refused_as_host(Request::InstanceLogProof { leaf: leaf.into(), size: None }).await;
            assert!(refused.contains("purser ledger instance list"), "{refused}");
        }
    })
    .await;
}
