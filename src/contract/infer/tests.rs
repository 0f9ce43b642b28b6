use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::contract::Contract;
use crate::contract::codes::CodeLists;
use crate::contract::column::{Kind, Tag};
use crate::contract::format::Encoding;
use crate::pseudonym::{IdType, passes_eleven};

const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    ratio: 100,
    parts: 100,
};

/// Drafts a contract from these bytes and reads it back
fn inferred(name: &str, bytes: &[u8]) -> (String, Contract) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let text = infer(&path, "proef", LIMITS).unwrap().text();
    let filled = text.replace(TO_FILL_IN, "filled in");
    let contract = Contract::parse(Path::new("proef.toml"), &filled, &CodeLists::default())
        .unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    (text, contract)
}

fn refused(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.csv");
    std::fs::write(&path, bytes).unwrap();
    infer(&path, "proef", LIMITS).unwrap_err().to_string()
}

fn kind<'a>(contract: &'a Contract, name: &str) -> &'a Kind {
    &contract.columns[contract.column(name).unwrap()].kind
}

/// The first `count` numbers above `from` that give this remainder
fn numbers(from: u32, remainder: u8, count: usize) -> Vec<String> {
    let passing = (from..).filter(|number| passes_eleven(format!("{number:09}").as_bytes(), remainder));
    passing.take(count).map(|number| format!("{number:09}")).collect()
}

#[test]
fn types_are_those_of_the_whole_file() {
    let mut text =
        "SCHOOLJAAR;BRIN NUMMER;LEERWEG;AANTAL;CIJFER;BEDRAG;PEILDATUM;POSTBUS J/N;LOONSOM;OPMERKING\n".to_owned();
    for row in 0..400 {
        let brin = format!(
            "{:02}{}{}",
            row % 100,
            char::from(b'A' + u8::try_from(row % 26).unwrap()),
            "XYZW".chars().nth(row / 100).unwrap()
        );
        let count = match row % 50 {
            7 => "<5".to_owned(),
            9 => String::new(),
            _ => row.to_string(),
        };
        let leerweg = ["BL", "KL", "GL", "N.v.t."][row % 4];
        let _ = writeln!(
            text,
            "2019-2020;{brin};{leerweg};{count};{},{};1.{:03},50;{:04}-10-01;{};{};vrij {row}",
            row % 10,
            row % 7,
            row,
            2000 + row % 20,
            ["J", "N"][row % 2],
            3_000_000_000u64 + row as u64
        );
    }
    let (text, contract) = inferred("proef_2019.csv", text.as_bytes());
    assert!(matches!(kind(&contract, "schooljaar"), Kind::SchoolYear));
    assert!(matches!(kind(&contract, "aantal"), Kind::Integer));
    assert!(matches!(kind(&contract, "loonsom"), Kind::BigInt));
    assert!(matches!(
        kind(&contract, "cijfer"),
        Kind::Decimal {
            scale: 1,
            sign: b',',
            thousands: None,
            ..
        }
    ));
    assert!(matches!(
        kind(&contract, "bedrag"),
        Kind::Decimal {
            scale: 2,
            sign: b',',
            thousands: Some(b'.'),
            ..
        }
    ));
    assert!(matches!(kind(&contract, "peildatum"), Kind::Date(format) if format.as_str() == "%Y-%m-%d"));
    assert!(matches!(kind(&contract, "postbus_j_n"), Kind::Boolean { .. }));
    assert!(matches!(kind(&contract, "leerweg"), Kind::Code(codes) if codes.index.len() == 3));
    let aantal = &contract.columns[contract.column("aantal").unwrap()];
    assert_eq!(
        (aantal.nullable, aantal.suppressed.clone()),
        (true, vec![b"<5".to_vec()])
    );
    let leerweg = &contract.columns[contract.column("leerweg").unwrap()];
    assert_eq!(leerweg.missing, [b"N.v.t.".to_vec()]);
    assert!(matches!(kind(&contract, "opmerking"), Kind::Text(_)));
    assert!(text.contains("pattern = \"^[0-9]{2}[A-Z]{2}$\""), "{text}");
    assert_eq!(contract.unique.len(), 1, "{text}");
    assert!(text.contains("# glob = \"proef_*.csv\""), "{text}");
    assert!(!text.contains("vrij"), "free text is never shown");
}

#[test]
fn a_key_of_several_columns_is_found() {
    let mut text = "naam;vestiging;leerjaar;geslacht;aantal\n".to_owned();
    for vestiging in 0..40 {
        for leerjaar in 1..5 {
            for geslacht in ["M", "V"] {
                let _ = writeln!(
                    text,
                    "School nummer {vestiging};{vestiging:02}AB00;{leerjaar};{geslacht};{}",
                    vestiging % 3
                );
            }
        }
    }
    let (_, contract) = inferred("x.csv", text.as_bytes());
    assert_eq!(
        contract.unique,
        [["vestiging", "leerjaar", "geslacht"].map(str::to_owned)]
    );
}

#[test]
fn person_numbers_are_known_by_their_test_and_never_shown() {
    let bsn = numbers(123_000_000, 0, 300);
    let own = numbers(210_000_000, 5, 300);
    let mut text = "id,nr,geslacht,achternaam,geboortedatum\n".to_owned();
    for (bsn, own) in bsn.iter().zip(&own) {
        let _ = writeln!(text, "{bsn},{own},M,Jansen,19800102");
    }
    let (text, contract) = inferred("personen.csv", text.as_bytes());
    assert!(matches!(kind(&contract, "id"), Kind::PersonKey(rule) if rule.id == IdType::Bsn));
    assert!(matches!(kind(&contract, "nr"), Kind::PersonKey(rule) if rule.id == IdType::Onderwijsnummer));
    for name in ["id", "nr", "geslacht", "achternaam", "geboortedatum"] {
        assert_eq!(
            contract.columns[contract.column(name).unwrap()].tag,
            Tag::Personal,
            "{name}"
        );
    }
    for secret in ["Jansen", "1980", bsn[0].as_str(), own[0].as_str(), "\"M\""] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    assert!(text.contains("legal_basis = \"TO BE FILLED IN\""));
}

#[test]
fn a_few_numbers_without_a_header_are_not_stored() {
    let few = numbers(123_000_000, 0, 4);
    let rows: String = few.iter().map(|bsn| format!("{bsn};4,5\n")).collect();
    let (text, contract) = inferred("zonder.csv", rows.as_bytes());
    let column = &contract.columns[0];
    assert!(!column.store && column.tag == Tag::Personal, "{text}");
    assert!(
        text.contains("make it a person_key") && !text.contains(&few[0]),
        "{text}"
    );
}

#[test]
fn arbitrary_numbers_are_no_person_numbers() {
    let mut text = "nummer;x\n".to_owned();
    for row in 0..3000u64 {
        let _ = writeln!(text, "{};{}", 100_000_000 + row * 287_113 % 800_000_000, row % 7);
    }
    let (_, contract) = inferred("x.csv", text.as_bytes());
    assert!(matches!(kind(&contract, "nummer"), Kind::Integer));
}

#[test]
fn what_a_spreadsheet_did_is_told() {
    let mut text = "bsn;x\n".to_owned();
    for (row, number) in numbers(12_300_000, 0, 300).iter().enumerate() {
        let _ = writeln!(text, "{};{}", number.trim_start_matches('0'), row % 3);
    }
    let (text, contract) = inferred("x.csv", text.as_bytes());
    assert!(matches!(kind(&contract, "bsn"), Kind::PersonKey(_)));
    assert!(text.contains("# repairs = [\"leading_zero\"]"), "{text}");
}

#[test]
fn a_rin_has_its_register() {
    let mut text = "RINPERSOON;RINPERSOONS;RINPERSOONRELATIE;RINPERSOONSRELATIE;RELATIE\n".to_owned();
    for row in 0..200 {
        let _ = writeln!(text, "{:09};R;{:09};R;201", row * 7919, row * 104_729);
    }
    let (text, contract) = inferred("x.csv", text.as_bytes());
    for (name, register) in [
        ("rinpersoon", "rinpersoons"),
        ("rinpersoonrelatie", "rinpersoonsrelatie"),
    ] {
        let Kind::PersonKey(rule) = kind(&contract, name) else {
            panic!("{text}")
        };
        assert_eq!((rule.id, rule.register), (IdType::Rin, contract.column(register)));
    }
}

#[test]
fn a_first_row_of_data_is_not_taken_for_names() {
    let mut text = String::new();
    for row in 0..200 {
        let _ = writeln!(text, "{:02}AB;Straat;{row}", row % 100);
    }
    let (text, contract) = inferred("x.csv", text.as_bytes());
    assert!(text.contains("header = false"), "{text}");
    assert_eq!(contract.columns[0].name, "kolom_1");
    let (text, _) = inferred("x.csv", b"jan;Jansen;x\npiet;Pietersen;y\njan;Jansen;x\n");
    assert!(!text.contains("jansen") || text.contains("header = true"));
    let (text, _) = inferred("y.csv", b"naam;plaats\njan;Leiden\npiet;Breda\n");
    assert!(text.contains("header = true"));
}

fn accented(encode: impl Fn(char) -> u8) -> Vec<u8> {
    let mut bytes = b"NAAM SCHOOL;PLAATS\n".to_vec();
    for row in 0..30_000 {
        // the first byte that is not ASCII stands far behind any sample
        let name = if row < 20_000 {
            "Het College"
        } else {
            [
                "Prins Maurits té Één",
                "Coöperatie Ítaca",
                "Café Zuid ’s avonds",
                "Françoise Drieën",
            ][row % 4]
        };
        bytes.extend(name.chars().map(|letter| {
            if letter.is_ascii() {
                u8::try_from(u32::from(letter)).unwrap()
            } else {
                encode(letter)
            }
        }));
        bytes.extend(format!(";{row}\n").bytes());
    }
    bytes
}

#[test]
fn encodings_are_told_by_the_whole_file() {
    let of = |encoding: Encoding| {
        move |letter: char| {
            (0x80..=0xff)
                .find(|byte| {
                    let mut text = Vec::new();
                    crate::source::encoding::decode(encoding, &[*byte], &mut text).is_ok()
                        && text == letter.to_string().as_bytes()
                })
                .unwrap_or(b'\'')
        }
    };
    for encoding in [Encoding::Windows1252, Encoding::Cp850] {
        let (text, contract) = inferred("x.csv", &accented(of(encoding)));
        assert_eq!(contract.encoding, encoding, "{text}");
        assert!(text.contains("the first at offset"), "{text}");
    }
    let (text, contract) = inferred("x.csv", "naam;plaats\nCafé;Ærø\n".as_bytes());
    assert_eq!(contract.encoding, Encoding::Utf8);
    assert!(text.contains("utf-8: 3 sequences"), "{text}");
}

#[test]
fn damage_is_reported() {
    let (text, _) = inferred(
        "x.csv",
        b"\xef\xbb\xbfa;b;c\r\n1;2;3\r\n4;5\r\n6;7;8\n1;2;\x00\r\n9;9;9\r\n9;9;8\r\n\x1a",
    );
    for part in [
        "byte-order mark",
        "6 CR LF, 1 LF",
        "`too_few_fields`",
        "1 NUL bytes",
        "1 0x1A bytes",
    ] {
        assert!(
            text.contains(part) || part == "6 CR LF, 1 LF" && text.contains("1 LF, 6 CR LF"),
            "{part}\n{text}"
        );
    }
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"\xff\xfea\0;\0b\0").contains("UTF-16"));
    assert!(refused(b"a;b\r1;2\r").contains("carriage returns"));
    assert!(refused(b"[{\"a\": 1}]").contains("JSON"));
    assert!(refused(b"PAR1").contains("Parquet"));
    let fixed: String = (0..50)
        .map(|row| format!("{row:04}Naam van een school            \n"))
        .collect();
    assert!(refused(fixed.as_bytes()).contains("layout import"));
}

#[test]
fn wide_headers_with_a_year_are_pointed_out() {
    let mut text = "\"CODE\",\"AANTAL 2019-2020 - MAN\",\"AANTAL 2020-2021 - MAN\"\r\n".to_owned();
    for row in 0..50 {
        let _ = write!(text, "\"{row:04}\",\"{row}\",\"<5\"\r\n");
    }
    let (text, contract) = inferred("x.csv", text.as_bytes());
    assert!(text.contains("# aantal_man = \"AANTAL {schooljaar} - MAN\""), "{text}");
    assert_eq!(contract.columns[2].suppressed, [b"<5".to_vec()]);
}

#[test]
fn packed_files_are_read() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"a;b\n1;x\n2;y\n").unwrap();
    let (_, contract) = inferred("x.csv.gz", &packed.finish().unwrap());
    assert_eq!(contract.columns.len(), 2);
}

proptest::proptest! {
    /// Whatever the file, a draft parses as TOML or the file is refused
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prop_oneof![
        4 => proptest::prelude::Just(b';'), 2 => proptest::prelude::Just(b'\n'), 1 => proptest::prelude::Just(b'"'),
        1 => proptest::prelude::Just(b'\r'), 6 => b'0'..=b'9', 6 => b'a'..=b'f', 2 => proptest::prelude::any::<u8>()], 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(draft) = infer(&path, "proef", LIMITS) {
            let text = draft.text();
            proptest::prop_assert!(text.parse::<toml::Table>().is_ok(), "{}", text);
        }
    }
}
