use crate::lake::{LakeError, TableName, partition_key};
use proptest::prelude::*;

#[test]
fn a_table_name_is_two_lower_case_words() {
    for good in [
        "mart.a",
        "staging.duo_leerlingen_vestiging",
        "ops.quarantine",
        "core.x1",
    ] {
        assert_eq!(good.parse::<TableName>().unwrap().to_string(), good);
    }
    for bad in [
        "mart",
        "mart.",
        ".a",
        "Mart.a",
        "mart.a.b",
        "mart.../a",
        "mart.1a",
        "mart.a b",
        "mart.é",
        "_a.b",
    ] {
        assert!(matches!(bad.parse::<TableName>(), Err(LakeError::Name { .. })), "{bad}");
    }
}

#[test]
fn partition_values_are_encoded() {
    let key = |value: &str| partition_key(&vec![("k".to_owned(), value.to_owned())]);
    assert_eq!(key("2019-2020"), "k=2019-2020");
    assert_eq!(key("a/b c=%"), "k=a%2Fb%20c%3D%25");
    assert_eq!(key("é"), "k=%C3%A9");
    assert_eq!(key("__HIVE_DEFAULT_PARTITION__"), "k=%5F_HIVE_DEFAULT_PARTITION__");
    assert_eq!(partition_key(&Vec::new()), "");
}

proptest! {
    #[test]
    fn a_partition_folder_is_one_harmless_name_per_value(value in "\\PC{1,40}") {
        let key = partition_key(&vec![("k".to_owned(), value.clone())]);
        let folder = key.strip_prefix("k=").unwrap();
        prop_assert!(folder.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-%".contains(&b)));
        let mut decoded = Vec::new();
        let mut bytes = folder.bytes();
        while let Some(byte) = bytes.next() {
            decoded.push(if byte == b'%' {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            } else {
                byte
            });
        }
        prop_assert_eq!(String::from_utf8(decoded).unwrap(), value);
    }
}
