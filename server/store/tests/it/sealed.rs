//! Sealed columns.

use kernel::{DeviceId, KeyError, KeyRef, Place, TenantId};
use serde::{Deserialize, Serialize};
use store::testing::PlainKeyRing;
use store::{FromValue, Sealed, StoreError, Value};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name {
    name: String,
}

const fn place(row: i64) -> Place {
    Place { table: 401, column: 2, row }
}

#[test]
fn a_sealed_value_opens_in_its_own_place_only() {
    let keys = PlainKeyRing::new(kernel::Rng::seeded(1));
    let tenant = TenantId::from_random(2);
    let (first, second) = (DeviceId::from_random(4), DeviceId::from_random(6));
    let value = Name { name: "web-1".into() };
    let sealed = Sealed::seal(&keys, KeyRef::Device(tenant, first), place(1), &value).expect("sealed");
    assert_eq!(format!("{sealed:?}"), "[sealed]");
    assert!(!sealed.as_bytes().windows(5).any(|window| window == b"web-1"));

    let stored = Value::from(&sealed);
    let read = Sealed::<Name>::from_value(stored).expect("a blob");
    assert_eq!(read.open(&keys, KeyRef::Device(tenant, first), place(1)).expect("opens"), value);
    let swapped_row = read.open(&keys, KeyRef::Device(tenant, first), place(2));
    assert!(matches!(swapped_row, Err(StoreError::Key(KeyError::Altered { row: 2, .. }))), "{swapped_row:?}");
    let other_subject = read.open(&keys, KeyRef::Device(tenant, second), place(1));
    assert!(matches!(other_subject, Err(StoreError::Key(KeyError::Altered { .. }))), "{other_subject:?}");

    keys.destroy(KeyRef::Device(tenant, first));
    let erased = read.open(&keys, KeyRef::Device(tenant, first), place(1));
    assert!(matches!(erased, Err(StoreError::Key(KeyError::Missing))), "{erased:?}");
}

#[test]
fn content_of_another_type_is_told_without_being_quoted() {
    let keys = PlainKeyRing::new(kernel::Rng::seeded(1));
    let sealed = Sealed::seal(&keys, KeyRef::Instance, place(1), &"planted".to_owned()).expect("sealed");
    let opened = Sealed::<Name>::from_bytes(sealed.as_bytes().to_vec()).open(&keys, KeyRef::Instance, place(1));
    let text = opened.expect_err("it is no name").to_string();
    assert!(text.contains("table 401") && !text.contains("planted"), "{text}");
}
