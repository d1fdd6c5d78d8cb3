//! Operators: named people, what they may, and the certificates that they come in with.

use std::time::Duration;

use identity::operator::{OPERATORS_MAX, OperatorAct, OperatorAction, OperatorActions, OperatorError};
use identity::operator_certificate::{
    CERTIFICATES_PER_OPERATOR_MAX, IssuedToOperator, OPERATOR_CERTIFICATE_DAYS_DEFAULT, OPERATOR_CERTIFICATE_DAYS_MAX,
};
use kernel::{ClientCertificate, OperatorId};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::json;
use store::params;
use trust::LeafKind;
use web::client_authority::CLIENT_AUTHORITY_DAYS;

use crate::client_certificates::{bound, certificate, issue, request};
use crate::world::{World, on_both_engines};

const DAY: Duration = Duration::from_secs(86_400);

store::statements! {
    store = System;
    /// Everything of operators that should be sealed.
    NAMES = "SELECT name, name_index FROM operator_account" () -> (name: Blob, name_index: Blob);
    /// Everything of their authority.
    AUTHORITY = "SELECT certificate, private_key FROM operator_authority" () -> (certificate: Blob, private_key: Blob);
    /// Who is told to have done what to whom.
    TOLD = "SELECT actor_kind, actor_id, subject_id FROM instance_ledger_leaf WHERE kind = $1 ORDER BY recorded_at"
        (Text) -> (actor_kind: Text, actor_id: BigInt, subject_id: BigInt);
}

async fn added(world: &World, name: &str) -> OperatorId {
    world.identity.add_operator(&name.parse().expect("a name"), OperatorActions::default()).await.expect("added")
}

async fn issued(world: &World, who: &str, days: u16) -> IssuedToOperator {
    world.identity.issue_operator_certificate(who, &request(), days).await.expect("issued")
}

fn shown(issued: &IssuedToOperator) -> ClientCertificate {
    ClientCertificate::of_digest(seal::hash::sha256(&CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).expect("PEM")))
}

async fn known(world: &World, issued: &IssuedToOperator) -> Option<OperatorId> {
    world.identity.operator_of(shown(issued)).await.expect("read")
}

fn act(action: OperatorAction) -> OperatorAct {
    OperatorAct { action, request: "doctor-checks".into(), tenant: None }
}

async fn may(world: &World, operator: OperatorId, action: OperatorAction) -> bool {
    match world.identity.operator_acts(operator, act(action)).await {
        Ok(_told) => true,
        Err(OperatorError::NotAllowed) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn promise_gl_10_a_certificate_of_a_year_is_issued_and_one_of_366_days_is_refused() {
    on_both_engines(async |world| {
        added(&world, "Ada Lovelace").await;
        for days in [1, OPERATOR_CERTIFICATE_DAYS_DEFAULT, OPERATOR_CERTIFICATE_DAYS_MAX] {
            let issued = issued(&world, "Ada Lovelace", days).await.certificate;
            assert_eq!(issued.expires_at, world.clock.now().plus(DAY * u32::from(days)), "{days}");
        }
        assert_eq!((OPERATOR_CERTIFICATE_DAYS_DEFAULT, OPERATOR_CERTIFICATE_DAYS_MAX), (90, 365));
        let before = world.instance_leaves().await;
        for days in [0, 366, u16::MAX] {
            let refused = world.identity.issue_operator_certificate("Ada Lovelace", &request(), days).await;
            assert!(matches!(refused, Err(OperatorError::Days(365))), "{days}: {refused:?}");
        }
        assert_eq!(world.instance_leaves().await, before, "what was not issued is not told of");
    });
}

#[test]
fn promise_gl_10_a_certificate_opens_until_the_second_in_which_it_ends_and_a_revoked_one_nothing_at_once() {
    on_both_engines(async |world| {
        let ada = added(&world, "Ada Lovelace").await;
        let (day, week, other) =
            (issued(&world, "Ada Lovelace", 1).await, issued(&world, "ada lovelace", 7).await, issued(&world, &ada.to_string(), 7).await);
        world.hand.advance(DAY - Duration::from_secs(1));
        assert_eq!(known(&world, &day).await, Some(ada));
        world.hand.advance(Duration::from_secs(1));
        assert_eq!((known(&world, &day).await, known(&world, &week).await), (None, Some(ada)));
        world.identity.revoke_operator_certificate(week.certificate.certificate).await.expect("revoked");
        assert_eq!((known(&world, &week).await, known(&world, &other).await), (None, Some(ada)));
        let again = world.identity.revoke_operator_certificate(week.certificate.certificate).await;
        assert!(matches!(again, Err(OperatorError::NoCertificate)), "{again:?}");
    });
}

#[test]
fn promise_gl_10_who_leaves_comes_in_by_no_certificate_and_does_nothing_and_is_on_record() {
    on_both_engines(async |world| {
        let every: OperatorActions = OperatorAction::ALL.iter().copied().collect();
        let (ada, bob) = (added(&world, "Ada Lovelace").await, added(&world, "Bob").await);
        world.identity.allow_operator("Ada Lovelace", every).await.expect("allowed");
        let certificates = [issued(&world, "Ada Lovelace", 1).await, issued(&world, "Ada Lovelace", 365).await];
        let bobs = issued(&world, "Bob", 1).await;
        assert!(may(&world, ada, OperatorAction::DoctorRun).await);
        world.identity.remove_operator("Ada Lovelace").await.expect("removed");
        for certificate in &certificates {
            assert_eq!(known(&world, certificate).await, None);
        }
        assert!(!may(&world, ada, OperatorAction::DoctorRun).await, "nor by a request that was let in before");
        assert_eq!(known(&world, &bobs).await, Some(bob), "others go on");
        let listed = world.identity.operators().await.expect("a list");
        let of_ada = listed.iter().find(|one| one.operator == ada).expect("on record");
        assert_eq!((of_ada.name.as_str(), of_ada.certificates.len(), of_ada.actions.texts().len()), ("Ada Lovelace", 0, 0));
        assert_eq!(of_ada.removed_at, Some(world.clock.now()));
        for who in ["Ada Lovelace", &ada.to_string()] {
            let refused = world.identity.issue_operator_certificate(who, &request(), 1).await;
            assert!(matches!(refused, Err(OperatorError::NotFound)), "{refused:?}");
        }
        assert_ne!(added(&world, "Ada Lovelace").await, ada, "who comes back is a new record");
    });
}

#[test]
fn promise_gl_10_a_certificate_of_an_organisations_authority_is_no_operators() {
    on_both_engines(async |world| {
        let owner = world.owner("Ada's fleet", "ada@example.org").await;
        added(&world, "Ada Lovelace").await;
        let (token, _) = bound(&world, &owner).await;
        let tenants = certificate(&issue(&world, owner.session(), &token, None).await);
        assert_eq!(world.identity.operator_of(tenants).await.expect("read"), None);
        let operators = issued(&world, "Ada Lovelace", 1).await;
        assert_ne!(
            operators.authority_pem,
            world
                .post(
                    &format!("/tokens/{}/certificates", token.as_str().expect("an id")),
                    owner.session(),
                    json!({ "certificate_request": request() })
                )
                .await
                .body["authority_pem"]
                .as_str()
                .expect("PEM")
        );
    });
}

#[test]
fn promise_md_13_a_new_operator_may_do_nothing_and_later_what_was_given_and_no_more() {
    on_both_engines(async |world| {
        let ada = added(&world, "Ada Lovelace").await;
        for action in OperatorAction::ALL {
            assert!(!may(&world, ada, *action).await, "{action:?}");
        }
        let one = |action: OperatorAction| [action].into_iter().collect::<OperatorActions>();
        for given in OperatorAction::ALL {
            world.identity.allow_operator("Ada Lovelace", one(*given)).await.expect("allowed");
            for action in OperatorAction::ALL {
                assert_eq!(may(&world, ada, *action).await, action == given, "{given:?} {action:?}");
            }
        }
        world.identity.allow_operator("Ada Lovelace", OperatorActions::default()).await.expect("taken away");
        assert!(!may(&world, ada, OperatorAction::TenantsRelease).await);
        assert!(!may(&world, OperatorId::from_random(7), OperatorAction::DoctorRun).await, "nobody");
    });
}

#[test]
fn promise_md_13_one_person_has_one_record_and_each_act_is_told_by_number_without_a_name() {
    on_both_engines(async |world| {
        let ada = added(&world, "Ada Lovelace").await;
        for name in ["Ada Lovelace", "ADA LOVELACE"] {
            let again = world.identity.add_operator(&name.parse().expect("a name"), OperatorActions::default()).await;
            assert!(matches!(again, Err(OperatorError::NameTaken)), "{again:?}");
        }
        let doctor = [OperatorAction::DoctorRun].into_iter().collect();
        world.identity.allow_operator("Ada Lovelace", doctor).await.expect("allowed");
        assert!(may(&world, ada, OperatorAction::DoctorRun).await && !may(&world, ada, OperatorAction::BansManage).await);
        let certificate = issued(&world, "Ada Lovelace", 1).await.certificate.certificate;
        world.identity.revoke_operator_certificate(certificate).await.expect("revoked");
        world.identity.remove_operator("Ada Lovelace").await.expect("removed");
        let told = async |kind: LeafKind| {
            let rows = world.stores.system().read(move |tx| tx.query(&TOLD, &params![kind.text()])).await.expect("read");
            let of = |row: &store::Row| {
                (row.get::<String>(0).expect("a kind"), row.get::<Option<i64>>(1).expect("an id"), row.get::<i64>(2).expect("an id"))
            };
            rows.iter().map(of).collect::<Vec<_>>()
        };
        let host = [("system-host-administration".to_owned(), None, ada.number())];
        for kind in [
            LeafKind::OperatorAdded,
            LeafKind::OperatorChanged,
            LeafKind::OperatorCertificateIssued,
            LeafKind::OperatorCertificateRevoked,
            LeafKind::OperatorRemoved,
        ] {
            assert_eq!(told(kind).await, host, "{kind:?}");
        }
        let acted = [("operator".to_owned(), Some(ada.number()), ada.number())];
        assert_eq!(told(LeafKind::OperatorActed).await, acted, "what was refused was not done");
    });
}

#[test]
fn names_and_the_authority_lie_sealed() {
    on_both_engines(async |world| {
        added(&world, "Ada Lovelace").await;
        let first = issued(&world, "Ada Lovelace", 1).await;
        let row = world.stores.system().read(|tx| tx.query_one(&NAMES, &[])).await.expect("read");
        let keys = world.stores.system().read(|tx| tx.query_one(&AUTHORITY, &[])).await.expect("read");
        let stored = [&row, &keys].into_iter().flat_map(|row| [row.get::<Vec<u8>>(0).expect("bytes"), row.get(1).expect("bytes")]);
        for bytes in stored {
            for text in [&b"Ada"[..], b"ada", b"PRIVATE KEY", b"CERTIFICATE"] {
                assert!(!bytes.windows(text.len()).any(|window| window == text));
            }
        }
        assert_eq!(issued(&world, "Ada Lovelace", 365).await.authority_pem, first.authority_pem);
        world.hand.advance(DAY * u32::from(CLIENT_AUTHORITY_DAYS) - 364 * DAY);
        let renewed = issued(&world, "Ada Lovelace", 365).await;
        assert_ne!(renewed.authority_pem, first.authority_pem, "an authority outlives what it signs");
        assert!(known(&world, &renewed).await.is_some());
    });
}

#[test]
fn there_are_so_many_operators_and_certificates_of_each_and_what_has_ended_makes_room() {
    on_both_engines(async |world| {
        for number in 0..OPERATORS_MAX {
            added(&world, &format!("Operator {number}")).await;
        }
        let one_more = world.identity.add_operator(&"One more".parse().expect("a name"), OperatorActions::default()).await;
        assert!(matches!(one_more, Err(OperatorError::TooMany)), "{one_more:?}");
        world.identity.remove_operator("Operator 1").await.expect("removed");
        added(&world, "One more").await;
        for number in 0..CERTIFICATES_PER_OPERATOR_MAX {
            issued(&world, "Operator 0", if number == 0 { 1 } else { 2 }).await;
        }
        let refused = world.identity.issue_operator_certificate("Operator 0", &request(), 1).await;
        assert!(matches!(refused, Err(OperatorError::TooManyCertificates(CERTIFICATES_PER_OPERATOR_MAX))), "{refused:?}");
        world.hand.advance(DAY);
        issued(&world, "Operator 0", 1).await;
    });
}
