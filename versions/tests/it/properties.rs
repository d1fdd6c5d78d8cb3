//! What holds for every text: keys and comparison agree, orders are total, nothing panics.

use proptest::prelude::*;
use versions::Ecosystem;

/// Few characters, so that versions share long beginnings; the longest numbers pass one length byte.
fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "([0-2]:)?[019aZb.+~^-]{1,10}(-[01a+~.]{0,6})?",
        1 => "[0-9]{1,3}(\\.[0-9]{1,2}){0,3}((a|b|rc|\\.post|\\.dev|-|\\.pre)[0-9]{1,2})?(\\+[a1.]{1,4})?",
        1 => "[01]{250,260}[.a~][01]{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn sort_keys_order_as_versions_do(a in version(), b in version()) {
        for ecosystem in Ecosystem::ALL.into_iter().filter(|ecosystem| ecosystem.has_sort_key()) {
            match (ecosystem.sort_key(&a), ecosystem.sort_key(&b)) {
                (Ok(key_a), Ok(key_b)) => prop_assert_eq!(Ok(key_a.cmp(&key_b)), ecosystem.compare(&a, &b), "{}", ecosystem.name()),
                _ => prop_assert!(ecosystem.compare(&a, &b).is_err()),
            }
        }
    }

    #[test]
    fn orders_are_total(a in version(), b in version(), c in version()) {
        for ecosystem in [Ecosystem::Deb, Ecosystem::Rpm] {
            let (Ok(ab), Ok(bc), Ok(ac)) = (ecosystem.compare(&a, &b), ecosystem.compare(&b, &c), ecosystem.compare(&a, &c)) else { continue };
            prop_assert_eq!(ecosystem.compare(&b, &a), Ok(ab.reverse()));
            if ab == bc {
                prop_assert_eq!(ac, ab, "{}: {} {} {}", ecosystem.name(), a, b, c);
            }
        }
    }

    #[test]
    fn no_text_makes_an_order_panic(a in "\\PC{0,40}", b in "\\PC{0,40}") {
        for ecosystem in Ecosystem::ALL {
            let _ = ecosystem.compare(&a, &b);
        }
    }
}
