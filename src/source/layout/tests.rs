use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::contract::Contract;
use crate::contract::codes::CodeLists;
use crate::contract::infer::draft::TO_FILL_IN;

const DECODING: &str = "\
Dec_kleur.asc
=============
                                             Startpositie  Aantal posities
Code kleur                                          1             4
Naam kleur (= benaming)                             5            40
Datum invoering                                    45             8      (EEJJMMDD)

Ten behoeve van de decodering van de velden:
* Kleur 1
* Kleur 2

Mogelijke waarden veld code:
RD = rood
BL = blauw


Dec_plek.asc
============
                                             Startpositie  Aantal posities
Instellingscode                                     1             4      } sleutel
Vestigingsnummer                                    5             2      }
Gemeentecode per 1 januari 2026                    10             4
Plaats vóór herindeling                            12            10 (*)

NB: deze tabel is niet compleet, 10 van de 12 gemeenten ontbreken.
";

const PERSONS: &str = "\
Bestandsbeschrijving 2cijfer_2031_v1.0.asc
==========================================

Inleiding
=========
Er waren 12 instellingen in 2031.

Lay-out bestand
===============
                                             Startpositie  Aantal posities
Persoonsgebonden nummer                             1            12
Nationaliteit 1                                    13             4
Geslacht                                           17             1
Gem. eindcijfer                                    18             3

Datum inschrijving                                 21             8
Burgerservicenummer                                29             9
Onderwijsnummer                                    38             9

(*) Nog niet gevuld.


Veldbeschrijving
================

Geslacht
--------
Het geslacht van de persoon,
zoals bekend.

Mogelijke waarden:
M = man
V = vrouw
O = onbekend
[leeg] = geen waarde


Gem. eindcijfer
---------------
Het cijfer maal honderd.

Mogelijke waarden:
000 t/m 999
";

fn parsed(import: &Imported) -> Contract {
    let path = format!("{}.toml", import.draft.name);
    let filled = import.draft.text().replace(TO_FILL_IN, "filled in");
    Contract::parse(Path::new(&path), &filled, &CodeLists::default())
        .unwrap_or_else(|problems| panic!("{problems:?}\n{}", import.draft.text()))
}

#[test]
fn every_table_becomes_a_section() {
    let layout = Layout::parse(DECODING, "lay-out");
    let files: Vec<&str> = layout.sections.iter().map(|section| section.file.as_str()).collect();
    assert_eq!(files, ["Dec_kleur.asc", "Dec_plek.asc"]);
    let first = &layout.sections[0];
    assert_eq!(first.length(), 52);
    assert_eq!(first.fields[2].remark, "(EEJJMMDD)");
    assert_eq!(
        (first.fields[2].start, first.fields[2].width, first.fields[2].line),
        (45, 8, 6)
    );
    assert_eq!(first.remarks.len(), 2);
    assert_eq!(layout.sections[1].fields[2].title, "Gemeentecode per 1 januari 2026");
    assert!(layout.findings.is_empty(), "{:?}", layout.findings);
}

#[test]
fn sections_become_contracts() {
    let layout = Layout::parse(DECODING, "lay-out");
    let imported = drafts(&layout, None);
    let kleur = parsed(&imported[0]);
    assert_eq!(kleur.name, "dec_kleur");
    let names: Vec<&str> = kleur.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["code_kleur", "naam_kleur", "datum_invoering"]);
    assert!(kleur.rule_for("Dec_kleur.asc").is_some());
    let plek = parsed(&imported[1]);
    assert_eq!(plek.columns[3].name, "plaats_voor_herindeling");
    let text = imported[1].draft.text();
    assert!(
        text.contains("# unique = [[\"instellingscode\", \"vestigingsnummer\"]]"),
        "{text}"
    );
    let findings = imported[1].findings.join("; ");
    assert!(
        findings.contains("bytes 7 to 9 before") && findings.contains("overlaps"),
        "{findings}"
    );
}

#[test]
fn a_layout_of_persons_is_marked() {
    let layout = Layout::parse(PERSONS, "lay-out");
    assert_eq!(layout.sections.len(), 1);
    assert_eq!(
        layout.sections[0].fields.len(),
        7,
        "a table goes on behind a blank line"
    );
    let imported = drafts(&layout, None);
    let contract = parsed(&imported[0]);
    assert_eq!(contract.name, "duo_2cijfer_2031_v1_0");
    let text = imported[0].draft.text();
    let expected = "\
# Identifies a person: say why it may be here (legal basis, purpose) before the first delivery.
[[columns]]
name = \"burgerservicenummer\"
start = 29
width = 9
type = \"person_key\"
key = \"bsn\"
nullable = true
legal_basis = \"TO BE FILLED IN\"
purpose = [\"TO BE FILLED IN\"]
tag = \"personal\"
";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("# codes = [\"M\", \"V\", \"O\"]"), "{text}");
    assert!(
        text.contains("description = \"Het geslacht van de persoon, zoals bekend.\""),
        "{text}"
    );
    assert!(!text.contains("# codes = [\"000"), "a range is no list");
    let number = contract.column("persoonsgebonden_nummer").unwrap();
    assert!(!contract.columns[number].store);
}

#[test]
fn what_cannot_be_read_is_reported() {
    let broken = DECODING.replace(
        "Naam kleur (= benaming)                             5            40",
        "Naam kleur 5",
    );
    let layout = Layout::parse(&broken, "x");
    assert_eq!(layout.findings.len(), 1);
    assert_eq!(layout.findings[0].0, 5);
    let imported = drafts(&layout, None);
    assert!(
        imported[0].findings[0].contains("bytes 5 to 44"),
        "{:?}",
        imported[0].findings
    );
}

#[test]
fn real_records_are_measured() {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout::parse(DECODING, "x");
    let short = "RD  rood\r\n";
    let long = format!("{:<52}{:<10}\r\n", "BL  blauw", "extra");
    std::fs::write(dir.path().join("Dec_kleur.asc"), format!("{short}{long}{short}")).unwrap();
    let imported = drafts(&layout, Some(dir.path()));
    assert!(
        imported[0].findings[0].contains("1 of 3 records"),
        "{:?}",
        imported[0].findings
    );
    assert!(imported[0].draft.text().contains("record_length = 57"));
    parsed(&imported[0]);
}

#[test]
fn latin1_and_other_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("layout.txt");
    let bytes: Vec<u8> = DECODING
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    std::fs::write(&path, &bytes).unwrap();
    let layout = Layout::load(&path).unwrap();
    assert_eq!(layout.sections[1].fields[3].title, "Plaats vóór herindeling");
    std::fs::write(&path, "nothing\n").unwrap();
    assert!(matches!(Layout::load(&path), Err(LayoutError::NoTable { .. })));
    std::fs::write(&path, [0, 1, 2]).unwrap();
    assert!(matches!(Layout::load(&path), Err(LayoutError::NotText { .. })));
    assert!(matches!(Layout::load(dir.path()), Err(LayoutError::NotText { .. })));
}

proptest! {
    #[test]
    fn any_text_is_survived(lines in prop::collection::vec("[A-Za-zé.]{0,6}( {1,3}[0-9]{1,7}){0,3}[ }(*)]{0,3}|={2,9}|-{2,9}|Startpositie  Aantal posities|\\PC{0,20}", 0..30)) {
        let layout = Layout::parse(&lines.join("\n"), "x");
        for import in drafts(&layout, None) {
            let text = import.draft.text();
            prop_assert!(text.parse::<toml::Table>().is_ok(), "{}", text);
        }
    }
}
