//! From the outbox to the relay: in the reader's language, tried again, never lost, given up at a named limit.

use std::time::Duration;

use notify::relay::TAKING_WAIT_MAX;
use notify::sending::{ATTEMPTS_MIN, GIVEN_UP_AFTER, MAILS_AT_ONCE, OUTBOX_PUT_OFF, PUT_OFF_MIN, REFUSALS_MAX};
use notify::{MailFailure, Relay, RelayConfig, RelayFailure, SendError, Sent, State, Written};
use words::Language;

use crate::world::{config, failed, given_up, letter, on_both_engines, put_off, relay, sent};
use notify::testing::{Manners, Sink};

/// Longer than the longest pause between two attempts.
const LATER: Duration = Duration::from_secs(5 * 3_600);

#[test]
fn each_owner_gets_the_letter_in_their_own_language_and_the_proof_is_kept() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let (anna, ada) = (world.reader("anna@reader.example", Language::Polish), world.reader("ada@reader.example", Language::English));
        world.put(tenant, &[anna, ada], "example-mail.1").await;
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(2));
        let mut received = sink.received();
        received.sort_by(|one, other| other.to.cmp(&one.to));
        assert_eq!(received.iter().map(|mail| mail.to.join(",")).collect::<Vec<_>>(), ["anna@reader.example", "ada@reader.example"]);
        for (mail, language) in received.iter().zip([Language::Polish, Language::English]) {
            let Written { subject, body } = letter().write(language);
            assert_eq!(mail.header("Subject"), subject);
            assert_eq!(mail.body(), body);
            assert_eq!(mail.from, "purser@fleet.example");
            assert_eq!(mail.header("From"), "Purser <purser@fleet.example>");
            assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
            assert!(mail.text.is_ascii(), "every relay can carry it");
        }
        let kept = world.outbox.list(&world.env.system_scope(tenant), State::Sent).await.expect("listed");
        assert_eq!(kept.len(), 2);
        for mail in &kept {
            assert_eq!((mail.answer_code, mail.attempts), (Some(250), 1));
            assert_eq!(mail.settled_at, Some(world.stores.clock().now()));
            let id = format!("<{}@fleet.example>", mail.message_id);
            assert_eq!(received.iter().filter(|received| received.header("Message-ID") == id).count(), 1, "found again by its message id");
        }
        let told: Vec<_> = world.told().iter().map(|delivery| (delivery.kind.clone(), delivery.outcome)).collect();
        assert_eq!(told, vec![("sub-processor-announced".to_owned(), Ok(250)); 2]);
    });
}

#[test]
fn lines_that_begin_with_a_dot_arrive_as_they_were_written() {
    let sink = Sink::start();
    let written = Written { subject: "Dots".to_owned(), body: ".\n..two\n.\n\nend\n".to_owned() };
    let answered = relay(&sink).try_out("anna@reader.example", &written, "0123", kernel::Timestamp::from_seconds(86_400));
    assert_eq!(answered, Ok(Ok(250)));
    let received = sink.received();
    assert_eq!(received[0].body(), written.body);
    assert_eq!(received[0].header("Date"), "Fri, 02 Jan 1970 00:00:00 +0000", "by the clock that was handed in");
}

#[test]
fn what_is_not_taken_now_is_tried_again_after_a_pause_and_not_before() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::Answers("RCPT", "451 come again"));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1));
        sink.behave(Manners::Takes);
        world.env.clock_hand.advance(PUT_OFF_MIN - Duration::from_micros(1));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(0), "not yet");
        world.env.clock_hand.advance(Duration::from_micros(1));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(1));
        assert_eq!(sink.received().len(), 1);
        assert_eq!(world.told()[0].attempts, 2);
    });
}

#[test]
fn what_is_refused_for_good_is_given_up_at_the_third_refusal() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::Answers("RCPT", "550 no such mailbox"));
        for refusal in 1..REFUSALS_MAX {
            assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1), "refusal {refusal}");
            world.env.clock_hand.advance(LATER);
        }
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), given_up(1));
        let kept = world.outbox.list(&world.env.system_scope(tenant), State::GivenUp).await.expect("listed");
        assert_eq!((kept[0].answer_code, kept[0].attempts), (Some(550), REFUSALS_MAX));
        assert_eq!(world.told()[0].outcome, Err(MailFailure::Refused(550)), "the tenant's ledger is told");
        world.env.clock_hand.advance(LATER);
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(0));
    });
}

#[test]
fn what_nobody_takes_is_given_up_five_days_after_it_was_first_tried() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::Answers("DATA", "452 no room"));
        let begun = world.stores.clock().now();
        for attempt in 1..ATTEMPTS_MIN {
            assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1), "attempt {attempt}");
            world.env.clock_hand.advance(LATER);
        }
        world.env.clock_hand.set(begun.plus(GIVEN_UP_AFTER - Duration::from_micros(1)));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1), "a moment before");
        world.env.clock_hand.advance(LATER);
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), given_up(1));
    });
}

#[test]
fn however_long_a_mail_waited_it_is_tried_so_often_before_it_is_given_up() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::Answers("DATA", "452 no room"));
        // As where nobody gave a leave, or the server was down; then the same after the first attempt.
        for attempt in 1..ATTEMPTS_MIN {
            world.env.clock_hand.advance(GIVEN_UP_AFTER * 2);
            assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1), "attempt {attempt}");
        }
        world.env.clock_hand.advance(LATER);
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), given_up(1));
        assert_eq!(world.told()[0].attempts, ATTEMPTS_MIN);
    });
}

#[test]
fn an_outbox_that_fails_is_put_off_and_stops_no_other() {
    on_both_engines(async |world| {
        let sink = Sink::start();
        for tenant in 0..2 {
            let (tenant, name) = (world.tenant().await, format!("reader{tenant}@reader.example"));
            let reader = world.reader(&name, Language::English);
            world.put(tenant, &[reader], "example-mail.1").await;
        }
        *world.tellings_that_fail.lock().expect("no panic") = 1;
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), Sent { sent: 1, ..failed(1) });
        world.env.clock_hand.advance(OUTBOX_PUT_OFF - Duration::from_micros(1));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(0), "not yet");
        world.env.clock_hand.advance(Duration::from_micros(1));
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), sent(1));
        assert_eq!(world.told().len(), 2);
    });
}

#[test]
fn a_domain_with_other_letters_is_written_as_every_server_reads_it() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@Żółw.example", Language::Polish);
        world.put(tenant, &[anna], "example-mail.1").await;
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1));
        let received = sink.received();
        assert_eq!(
            (received[0].to[0].as_str(), received[0].header("To").as_str()),
            ("anna@xn--w-uga1v8h.example", "anna@xn--w-uga1v8h.example")
        );
    });
}

#[test]
fn an_address_that_the_relay_cannot_write_down_is_given_up_with_the_reason_and_never_put_otherwise() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("żółw@reader.example", Language::Polish);
        world.put(tenant, &[anna], "example-mail.1").await;
        for refusal in 1..REFUSALS_MAX {
            assert_eq!(world.step(&relay(&sink)).await.expect("looked"), put_off(1), "refusal {refusal}");
            world.env.clock_hand.advance(LATER);
        }
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), given_up(1));
        assert_eq!(world.told()[0].outcome, Err(MailFailure::NeedsUtf8));
        assert!(!sink.commands().iter().any(|command| command.starts_with("MAIL")), "{:?}", sink.commands());
        // And the control: a relay that can.
        sink.behave(Manners::Answers("EHLO", "250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8"));
        world.put(tenant, &[anna], "example-mail.2").await;
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1));
        assert_eq!(sink.received()[0].to, ["żółw@reader.example"]);
    });
}

#[test]
fn a_relay_that_takes_its_time_to_say_that_it_took_a_mail_is_waited_for() {
    let sink = Sink::start();
    let hurried = Relay::new(RelayConfig { wait: Duration::from_secs(1), ..config(&sink) }).expect("a relay");
    sink.behave(Manners::HoldsBack(Duration::from_secs(3)));
    let written = Written { subject: "Slow".to_owned(), body: "Slow\n".to_owned() };
    assert_eq!(hurried.try_out("anna@reader.example", &written, "0123", kernel::Timestamp::from_seconds(0)), Ok(Ok(250)));
    assert_eq!(sink.received().len(), 1, "and it has it once");
    const { assert!(TAKING_WAIT_MAX.as_secs() >= 600, "RFC 5321 section 4.5.3.2.6") };
}

#[test]
fn while_the_relay_takes_no_mail_at_all_everything_waits_and_nothing_is_counted() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::Answers("EHLO", "554 not you"));
        let refused = world.step(&relay(&sink)).await;
        assert!(matches!(refused, Err(SendError::Relay(RelayFailure::Refused(554)))), "{refused:?}");
        sink.behave(Manners::HangsUpAt("EHLO"));
        let refused = world.step(&relay(&sink)).await;
        assert!(matches!(refused, Err(SendError::Relay(RelayFailure::Unreachable(_)))), "{refused:?}");
        let waiting = world.outbox.list(&world.env.system_scope(tenant), State::Waiting).await.expect("listed");
        assert_eq!((waiting.len(), waiting[0].attempts), (1, 0));
        // However long that takes: it is not given up while nobody could take it.
        world.env.clock_hand.advance(GIVEN_UP_AFTER * 2);
        sink.behave(Manners::Takes);
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1));
    });
}

#[test]
fn a_mail_at_which_the_relay_hangs_up_lets_the_others_pass() {
    on_both_engines(async |world| {
        let sink = Sink::start();
        for tenant in 0..2 {
            let (tenant, name) = (world.tenant().await, format!("reader{tenant}@reader.example"));
            let reader = world.reader(&name, Language::English);
            world.put(tenant, &[reader], "example-mail.1").await;
        }
        sink.behave(Manners::HangsUpAt("DATA"));
        let broken = world.step(&relay(&sink)).await;
        assert!(matches!(broken, Err(SendError::Relay(RelayFailure::Unreachable(_)))), "{broken:?}");
        sink.behave(Manners::Takes);
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1), "the other");
        world.env.clock_hand.advance(PUT_OFF_MIN);
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1), "and the first in its turn");
    });
}

#[test]
fn a_process_that_dies_before_it_notes_a_mail_sends_it_twice_under_one_message_id_and_loses_none() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        *world.tellings_that_fail.lock().expect("no panic") = 1;
        assert_eq!(world.step(&relay(&sink)).await.expect("looked"), failed(1));
        world.env.clock_hand.advance(OUTBOX_PUT_OFF);
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1));
        let ids: Vec<_> = sink.received().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1], "whoever gets both sees one");
        assert_eq!(world.told().len(), 1);
    });
}

#[test]
fn a_relay_that_hung_up_after_it_took_the_text_gets_it_again() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let anna = world.reader("anna@reader.example", Language::English);
        world.put(tenant, &[anna], "example-mail.1").await;
        sink.behave(Manners::HangsUpAt("."));
        let broken = world.step(&relay(&sink)).await;
        assert!(matches!(broken, Err(SendError::Relay(RelayFailure::Unreachable(_)))), "{broken:?}");
        sink.behave(Manners::Takes);
        world.env.clock_hand.advance(PUT_OFF_MIN);
        assert_eq!(world.step(&relay(&sink)).await.expect("sent"), sent(1));
        assert_eq!(sink.received().len(), 1);
    });
}

#[test]
fn a_step_sends_so_many_mails_of_a_tenant_and_the_next_one_goes_on() {
    on_both_engines(async |world| {
        let (tenant, sink) = (world.tenant().await, Sink::start());
        let readers: Vec<_> = (0..=MAILS_AT_ONCE).map(|one| world.reader(&format!("r{one}@reader.example"), Language::English)).collect();
        world.put(tenant, &readers, "example-mail.1").await;
        let first = world.step(&relay(&sink)).await.expect("sent");
        assert_eq!((first.sent, first.has_more), (MAILS_AT_ONCE, true));
        let second = world.step(&relay(&sink)).await.expect("sent");
        assert_eq!((second.sent, second.has_more), (1, false));
        assert_eq!(sink.received().len(), readers.len());
    });
}
