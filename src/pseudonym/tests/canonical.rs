use proptest::prelude::*;

use super::super::{
    IdType, KeyFault, RawKey, Repair, Repairs, Rules, canonical, canonical_rin, eleven_remainder, of_other_register,
    passes_eleven,
};

const BSN: IdType = IdType::Bsn;
const BOTH: Repairs = Repairs {
    leading_zero: true,
    trailing_decimal: true,
};

fn bytes(result: Result<(RawKey, Option<Repair>), KeyFault>) -> Result<(Vec<u8>, Option<Repair>), KeyFault> {
    result.map(|(key, repair)| (key.bytes().to_vec(), repair))
}

fn strict(field: &str) -> Result<(Vec<u8>, Option<Repair>), KeyFault> {
    bytes(canonical(BSN, field.as_bytes(), Rules::default()))
}

fn lenient(field: &str) -> Result<(Vec<u8>, Option<Repair>), KeyFault> {
    bytes(canonical(BSN, field.as_bytes(), BOTH))
}

#[test]
fn blanks_and_separators_do_not_count() {
    let plain = Ok((b"123456782".to_vec(), None));
    for field in [
        "123456782",
        "  123456782\t",
        "\u{a0}123456782\u{a0} ",
        "1234.56.782",
        "123-456-782",
        "123 456 782",
        "123\u{a0}456\u{a0}782",
    ] {
        assert_eq!(strict(field), plain, "{field:?}");
        assert_eq!(lenient(field), plain, "{field:?}");
    }
}

#[test]
fn every_rule_has_its_fault() {
    for (field, fault) in [
        ("", KeyFault::Blank),
        (" \u{a0} ", KeyFault::Blank),
        ("-", KeyFault::NotDigits),
        ("12345678A", KeyFault::NotDigits),
        ("1.23456782E8", KeyFault::NotDigits),
        ("١٢٣٤٥٦٧٨٢", KeyFault::NotDigits),
        ("12345678", KeyFault::Length),
        ("1234567820", KeyFault::Length),
        ("000000000", KeyFault::Zeros),
        ("123456789", KeyFault::ElevenTest),
        ("123456782.0", KeyFault::NotDigits),
    ] {
        assert_eq!(strict(field), Err(fault), "{field:?}");
    }
}

#[test]
fn repairs_only_when_allowed_and_reported() {
    assert_eq!(
        lenient("123456782.0"),
        Ok((b"123456782".to_vec(), Some(Repair::TrailingDecimal)))
    );
    assert_eq!(
        lenient("123456782,00"),
        Ok((b"123456782".to_vec(), Some(Repair::TrailingDecimal)))
    );
    assert_eq!(strict("12345672"), Err(KeyFault::Length));
    assert_eq!(
        lenient("12345672"),
        Ok((b"012345672".to_vec(), Some(Repair::LeadingZero)))
    );
    let both = Ok((b"012345672".to_vec(), Some(Repair::LeadingZeroAndTrailingDecimal)));
    assert_eq!(lenient("12345672.0"), both);
    let only_zero = Repairs {
        leading_zero: true,
        trailing_decimal: false,
    };
    assert_eq!(
        bytes(canonical(BSN, b"12345672.0", only_zero)),
        Err(KeyFault::NotDigits)
    );
    assert_eq!(
        lenient("1234567"),
        Err(KeyFault::Length),
        "seven digits are not repaired"
    );
    assert_eq!(lenient("00000000"), Err(KeyFault::Zeros));
}

/// `11122235.0` without its dot would be nine digits that pass the eleven-test: of another person
#[test]
fn a_decimal_is_never_read_as_a_separator() {
    let damaged = (10_000_000..99_999_999u32)
        .step_by(7)
        .find(|number| passes_eleven(format!("{number}0").as_bytes(), 0))
        .map(|number| format!("{number}.0"))
        .unwrap();
    assert_eq!(strict(&damaged), Err(KeyFault::NotDigits));
}

#[test]
fn onderwijsnummer_has_its_own_remainder() {
    let number = (100_000_000..200_000_000u32)
        .find(|n| passes_eleven(n.to_string().as_bytes(), 5))
        .unwrap()
        .to_string();
    let id = IdType::Onderwijsnummer;
    assert!(canonical(id, number.as_bytes(), Rules::default()).is_ok());
    assert!(canonical(BSN, number.as_bytes(), Rules::default()).is_err());
    assert!(matches!(
        canonical(id, b"123456782", Rules::default()),
        Err(KeyFault::ElevenTest)
    ));
    let other = Rules {
        onderwijsnummer_remainder: 0,
        ..Rules::default()
    };
    assert!(canonical(id, b"123456782", other).is_ok());
}

#[test]
fn rin_is_a_pair_whose_zeros_count() {
    let rin = |register: &str, number: &str, rules: Rules| {
        canonical_rin(register.as_bytes(), number.as_bytes(), rules).map(|key| key.bytes().to_vec())
    };
    let rules = Rules::default();
    assert_eq!(rin("R", " 000123456 ", rules), Ok(b"R\x00000123456".to_vec()));
    assert_eq!(rin("S", "000123456", rules), Err(KeyFault::Register));
    assert_eq!(rin("", "000123456", rules), Err(KeyFault::Register));
    assert_eq!(rin("R", "123456", rules), Err(KeyFault::Length));
    assert_eq!(rin("R", "000000000", rules), Err(KeyFault::Zeros));
    assert_eq!(rin("R", "00012345é", rules), Err(KeyFault::NotDigits));
    assert_eq!(rin("R", "", rules), Err(KeyFault::Blank));
    let any = Rules {
        register: None,
        ..rules
    };
    assert_ne!(
        rin("S", "000123456", any),
        rin("R", "000123456", any),
        "another register, another person"
    );
    assert!(matches!(
        canonical(IdType::Rin, b"000123456", rules),
        Err(KeyFault::Register)
    ));
}

#[test]
fn a_register_that_is_none_is_not_another_one() {
    let rules = Rules::default();
    let others = [
        ("R", false),
        (" R ", false),
        ("S", true),
        ("\u{a0}9", true),
        ("", false),
        ("RS", false),
        ("?", false),
    ];
    for (register, other) in others {
        assert_eq!(of_other_register(register.as_bytes(), rules), other, "{register:?}");
    }
    let any = Rules {
        register: None,
        ..rules
    };
    assert!(!of_other_register(b"S", any));
}

#[test]
fn a_beid_is_text_as_delivered() {
    let beid = |field: &str| bytes(canonical(IdType::Beid, field.as_bytes(), BOTH)).map(|(key, _)| key);
    assert_eq!(beid(" 0012345678 "), Ok(b"0012345678".to_vec()));
    assert_ne!(beid("0012345678"), beid("12345678"), "zeros count");
    assert_ne!(beid("ab1"), beid("AB1"), "and so does case");
    assert_eq!(beid("0"), Ok(b"0".to_vec()), "there is no test");
    assert_eq!(beid(&"9".repeat(20)), Ok(vec![b'9'; 20]));
    for field in ["9".repeat(21).as_str(), "123.456", "12 34", "1\u{e9}", "1;2"] {
        assert_eq!(beid(field), Err(KeyFault::NotAlphanumeric), "{field:?}");
    }
    assert_eq!(beid(" \u{a0} "), Err(KeyFault::Blank));
}

#[test]
fn about_one_in_eleven_passes() {
    let passing = (0..1_000_000u32)
        .filter(|n| passes_eleven(format!("{:09}", n * 997).as_bytes(), 0))
        .count();
    assert!((90_000..92_000).contains(&passing), "{passing}");
    assert_eq!(eleven_remainder(b"111222333"), Some(0));
    assert_eq!(eleven_remainder(b"11122233"), None);
}

proptest! {
    #[test]
    fn never_panics_and_only_passing_digits_come_out(field in prop::collection::vec(any::<u8>(), 0..20)) {
        if let Ok((key, _)) = canonical(BSN, &field, BOTH) {
            prop_assert!(passes_eleven(key.bytes(), 0));
        }
        let _ = canonical_rin(b"R", &field, Rules::default());
        if let Ok((key, repair)) = canonical(IdType::Beid, &field, BOTH) {
            prop_assert!((1..=20).contains(&key.bytes().len()) && repair.is_none());
        }
    }

    #[test]
    fn separators_anywhere(number in 100_000_000u32..999_999_999, places in prop::collection::vec((0usize..9, 0usize..4), 0..6)) {
        let plain = number.to_string();
        let mut field = plain.clone();
        for (place, separator) in places {
            // a dot before nothing but zeros is a decimal sign; kept out here, tested above
            let separators = ["-", " ", "\u{a0}", "- "];
            let at = field.char_indices().map(|(at, _)| at).nth(place).unwrap();
            field.insert_str(at, separators[separator]);
        }
        prop_assert_eq!(strict(&field), strict(&plain));
    }
}
