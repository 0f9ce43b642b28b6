use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{IdType, KeyError, Pseudonymiser, RawKey, Rotator, Rules, canonical, passes_eleven};
use super::{pseudonymiser, ring};

fn key(number: &str) -> RawKey {
    canonical(IdType::Bsn, number.as_bytes(), Rules::default())
        .ok()
        .unwrap()
        .0
}

/// Made with Python's hmac and hashlib from the construction's description
#[test]
fn a_pseudonym_never_changes() {
    let hex = |bytes: [u8; 16]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let one = pseudonymiser(IdType::Bsn, "intern");
    assert_eq!(hex(one.of(&key("123456782"))), "638555da39b773f6592e1e0a7a84ce63");
    let beid = canonical(IdType::Beid, b"0012345678", Rules::default()).ok().unwrap().0;
    let of_beid = pseudonymiser(IdType::Beid, "intern").of(&beid);
    assert_eq!(hex(of_beid), "1d29f9c14ada577d915895f0d3f09a99");
    let two = Pseudonymiser::new(&ring(&[1, 2], &["retired", "active"]), IdType::Bsn, "intern").unwrap();
    assert_eq!(hex(two.of(&key("123456782"))), "d327b483a48a6155d22ae4dd41f06f0a");
}

#[test]
fn kinds_domains_and_keys_cannot_be_linked() {
    let raw = key("123456782");
    let mut seen = HashSet::new();
    for id in IdType::ALL {
        for domain in ["intern", "cbs", "intern2"] {
            assert!(seen.insert(pseudonymiser(id, domain).of(&raw)));
        }
    }
    let other = Pseudonymiser::new(&ring(&[9], &["active"]), IdType::Bsn, "intern").unwrap();
    assert!(seen.insert(other.of(&raw)));
}

#[test]
fn distinct_ids_give_distinct_pseudonyms() {
    let one = pseudonymiser(IdType::Bsn, "intern");
    let mut ids = 0;
    let mut seen = HashSet::new();
    for number in (100_000_000..101_000_000u32)
        .map(|n| n.to_string())
        .filter(|n| passes_eleven(n.as_bytes(), 0))
    {
        ids += 1;
        seen.insert(one.of(&key(&number)));
    }
    assert!(ids > 90_000);
    assert_eq!(seen.len(), ids);
}

#[test]
fn an_unfinished_rotation_stops_new_pseudonyms() {
    let pending = ring(&[1, 2], &["active", "pending"]);
    let refused = Pseudonymiser::new(&pending, IdType::Bsn, "intern");
    assert!(matches!(refused, Err(KeyError::RotationPending { version: 2 })));
    assert!(matches!(
        Rotator::new(&ring(&[1], &["active"]), IdType::Bsn, "intern"),
        Err(KeyError::NoRotation)
    ));
}

#[test]
fn domains_are_named_plainly() {
    let keys = ring(&[1], &["active"]);
    for bad in ["", "Intern", "a b", "a\0b", &"x".repeat(65)] {
        assert!(
            matches!(Pseudonymiser::new(&keys, IdType::Bsn, bad), Err(KeyError::Domain)),
            "{bad:?}"
        );
    }
}

proptest! {
    /// Rewriting published pseudonyms and computing the whole chain from the raw key agree
    #[test]
    fn rotation_equals_the_chain(number in 100_000_000u32..999_999_900, roots in prop::collection::hash_set(1u8..250, 3)) {
        let number = (number..).find(|n| passes_eleven(n.to_string().as_bytes(), 0)).unwrap();
        let roots: Vec<u8> = roots.into_iter().collect();
        let raw = key(&number.to_string());
        let id = IdType::Bsn;
        let before = Pseudonymiser::new(&ring(&roots[..2], &["retired", "active"]), id, "intern").unwrap();
        let between = ring(&roots, &["retired", "active", "pending"]);
        let after = Pseudonymiser::new(&ring(&roots, &["retired", "retired", "active"]), id, "intern").unwrap();
        let step = Rotator::new(&between, id, "intern").unwrap();
        prop_assert_eq!((step.from(), step.to()), (2, 3));
        prop_assert_eq!(step.next(&before.of(&raw)), after.of(&raw));
        prop_assert_eq!((after.version(), after.chain()), (3, 3));
        prop_assert_ne!(before.of(&raw), after.of(&raw));
    }
}
