//! What is put in the outbox stays until it is settled, and as a proof afterwards.

use std::time::Duration;

use notify::{MailFailure, State};
use store::{Tx, params};
use words::Language;

use notify::testing::Sink;

use crate::world::{given_up, holds, on_both_engines, relay, sent};

#[test]
fn the_same_letter_to_the_same_person_is_one_mail_however_often_it_is_put_in() {
    on_both_engines(async |world| {
        let tenant = world.tenant().await;
        let (anna, piotr) =
            (world.reader("anna@reader.example", Language::Polish), world.reader("piotr@reader.example", Language::English));
        assert_eq!(world.put(tenant, &[anna], "example-mail.1").await, 1);
        assert_eq!(world.put(tenant, &[anna, piotr], "example-mail.1").await, 1, "handing over was cut off and began again");
        assert_eq!(world.put(tenant, &[anna], "example-mail.2").await, 1, "another version is another letter");
        let sink = Sink::start();
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(3));
        assert_eq!(world.put(tenant, &[anna, piotr], "example-mail.1").await, 0, "what was sent is not sent again");
        world.env.clock_hand.advance(Duration::from_secs(3_600));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(0));
    });
}

#[test]
fn no_address_lies_in_the_outbox_and_the_letter_lies_sealed() {
    on_both_engines(async |world| {
        let tenant = world.tenant().await;
        let anna = world.reader("anna.canary@reader.example", Language::Polish);
        world.put(tenant, &[anna], "example-mail.1").await;
        let sink = Sink::start();
        world.step(&relay(&sink)).await.expect("sent");
        assert_eq!(sink.received()[0].to, ["anna.canary@reader.example"], "it was known when it was sent");
        for canary in ["anna.canary", "sp. z o.o.", "purser.example"] {
            assert!(!holds(&world.env.dir, canary), "{canary} lies in clear");
        }
        assert!(
            world.env.database_url.is_some() || holds(&world.env.dir, "sub-processor-announced"),
            "the control: clear columns are found"
        );
    });
}

store::statements! {
    store = Tenant;
    LETTERS = "SELECT state, letter FROM mail WHERE tenant_id = $1 ORDER BY state" (BigInt) -> (state: Text, letter: Blob);
}

#[test]
fn what_a_mail_says_lies_there_until_it_is_settled_and_its_proof_longer() {
    on_both_engines(async |world| {
        let tenant = world.tenant().await;
        let [anna, ada] = ["anna@reader.example", "ada@reader.example"].map(|address| world.reader(address, Language::English));
        world.put(tenant, &[anna, ada], "example-mail.1").await;
        let letters = async || -> Vec<(String, bool)> {
            let read = move |tx: &mut Tx<'_>| tx.query(&LETTERS, &params![tenant]);
            let rows = world.stores.tenant(&world.env.system_scope(tenant)).read(read).await.expect("read");
            rows.iter().map(|row| (row.get(0).expect("a state"), row.get::<Option<Vec<u8>>>(1).expect("a letter").is_some())).collect()
        };
        assert_eq!(letters().await, vec![("waiting".to_owned(), true); 2], "the control");
        world.forget(ada);
        world.step(&relay(&Sink::start())).await.expect("sent");
        assert_eq!(letters().await, [("given-up".to_owned(), false), ("sent".to_owned(), false)]);
        let kept = world.outbox.list(&world.env.system_scope(tenant), State::Sent).await.expect("listed");
        assert_eq!((kept[0].user, kept[0].answer_code), (anna, Some(250)));
    });
}

#[test]
fn whoever_was_erased_gets_no_mail() {
    on_both_engines(async |world| {
        let tenant = world.tenant().await;
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        world.forget(anna);
        let sink = Sink::start();
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), given_up(1));
        assert_eq!(sink.commands(), Vec::<String>::new(), "the relay was not even asked");
        assert_eq!(world.told()[0].outcome, Err(MailFailure::NoAddress));
    });
}
