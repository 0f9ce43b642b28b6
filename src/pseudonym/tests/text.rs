use proptest::prelude::*;

use super::super::{Pseudonym, TextFault};

#[test]
fn looks_as_specified() {
    let text = Pseudonym([0xff; 16]).text(3);
    assert_eq!(text, format!("p1.k03.7{}{}", "z".repeat(25), &text[text.len() - 1..]));
    assert_eq!(Pseudonym([0; 16]).text(1), "p1.k01.000000000000000000000000000");
    assert_eq!(Pseudonym([0; 16]).text(123), "p1.k123.000000000000000000000000000");
}

#[test]
fn forgives_case_and_look_alikes_and_nothing_else() {
    let zero = Ok((Pseudonym([0; 16]), 1));
    assert_eq!(Pseudonym::parse("p1.k01.000000000000000000000000000"), zero);
    assert_eq!(Pseudonym::parse("P1.K01.OooO0000000000000000000000o"), zero);
    assert_eq!(
        Pseudonym::parse("p2.k01.000000000000000000000000000"),
        Err(TextFault::Scheme)
    );
    assert_eq!(
        Pseudonym::parse("p1.k01.000000000000000000000000001"),
        Err(TextFault::Check)
    );
    for bad in [
        "",
        "p1",
        "p1.k01",
        "p1.01.0",
        "p1.k01.0",
        "p1.kx1.000000000000000000000000000",
        "p1.k01.é",
    ] {
        assert_eq!(Pseudonym::parse(bad), Err(TextFault::Form), "{bad:?}");
    }
    assert_eq!(
        Pseudonym::parse("p1.k01.80000000000000000000000000u"),
        Err(TextFault::Form),
        "more than 128 bits"
    );
}

proptest! {
    #[test]
    fn round_trip(bytes in any::<[u8; 16]>(), version in 1u32..200) {
        let text = Pseudonym(bytes).text(version);
        prop_assert_eq!(Pseudonym::parse(&text), Ok((Pseudonym(bytes), version)));
        prop_assert_eq!(Pseudonym::parse(&text.to_uppercase()), Ok((Pseudonym(bytes), version)));
    }

    #[test]
    fn one_wrong_or_two_swapped_characters_are_found(bytes in any::<[u8; 16]>(), at in 7usize..32, wrong in "[0-9a-hjkmnp-tv-z]") {
        let text = Pseudonym(bytes).text(1);
        let mut typo = text.clone();
        typo.replace_range(at..=at, &wrong);
        prop_assert_eq!(typo == text, Pseudonym::parse(&typo).is_ok());
        let mut swapped = text.clone().into_bytes();
        swapped.swap(at, at + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(swapped == text, Pseudonym::parse(&swapped).is_ok());
    }

    #[test]
    fn never_panics(text in any::<String>(), near in "[pP]1\\.[kK][0-9]{1,3}\\.[0-9a-z*~$=é]{20,30}") {
        let _ = (Pseudonym::parse(&text), Pseudonym::parse(&near));
    }
}
