//! What the documentation says of contracts and models is what the code takes, no more and no less.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use sluis::contract::Contract;
use sluis::contract::codes::CodeLists;
use sluis::model::Model;

const ARCHITECTURE: &str = include_str!("../../ARCHITECTURE.md");
const CONTRACTS: &str = include_str!("../../docs/contracts.md");
const MODELS: &str = include_str!("../../docs/models.md");
const READING: &str = include_str!("../../docs/reading-the-parquet.md");
const KEYS_OF_CONTRACTS: &str = include_str!("../../src/contract/raw.rs");
const KEYS_OF_HEADERS: &str = include_str!("../../src/model/header.rs");
const KEYS_OF_AUDITS: &str = include_str!("../../src/model/audit.rs");

/// Keys by struct, as serde takes them.
fn keys_of_code(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let structs = Regex::new(r"(?s)struct (\w+) \{(.*?)\n\}").unwrap();
    let field = Regex::new(r#"(?m)(?:rename = "(\w+)"\)\]\s*)?^\s+(?:pub )?(\w+):"#).unwrap();
    structs
        .captures_iter(source)
        .map(|found| {
            let keys = field.captures_iter(&found[2]);
            let keys = keys.map(|key| key.get(1).unwrap_or_else(|| key.get(2).unwrap()).as_str().to_owned());
            (found[1].to_owned(), keys.collect())
        })
        .collect()
}

/// Keys in the first column of the tables under a heading, up to the next heading of any level.
fn keys_of_page(page: &str, heading: &str) -> BTreeSet<String> {
    let key = Regex::new(r"(?m)^\| `(\w+)` \|").unwrap();
    let (_, section) = page
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading}"));
    let section = section.split("\n#").next().unwrap();
    key.captures_iter(section).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_key_of_a_contract_is_documented() {
    let code = keys_of_code(KEYS_OF_CONTRACTS);
    let sections: [(&str, &[&str], &[&str]); 15] = [
        (
            "RawContract",
            &["## The contract as a whole"],
            &[
                "files",
                "format",
                "drift",
                "columns",
                "derived",
                "unpivot",
                "unpack",
                "checks",
                "references",
            ],
        ),
        ("RawRetention", &["### `retention`"], &[]),
        ("RawRows", &["### `rows`"], &[]),
        ("RawSchedule", &["### `schedule`"], &[]),
        ("RawPeriodColumn", &["### `period`"], &[]),
        ("RawFiles", &["## `[[files]]`"], &[]),
        ("RawPeriodName", &["### `period` of files"], &[]),
        ("RawFormat", &["## `[format]`"], &[]),
        ("RawDrift", &["## `[drift]`"], &[]),
        ("RawColumn", &["## `[[columns]]`", "### Types"], &[]),
        ("RawDerived", &["## `[[derived]]`"], &[]),
        ("RawUnpivot", &["## `[unpivot]`"], &[]),
        ("RawUnpack", &["## `[unpack]`"], &[]),
        ("RawCheck", &["## `[[checks]]`"], &[]),
        ("RawReference", &["## `[[references]]`"], &[]),
    ];
    assert_eq!(
        code.len(),
        sections.len(),
        "a table of the contract is not in this test: {:?}",
        code.keys()
    );
    let types = [
        "text",
        "integer",
        "bigint",
        "decimal",
        "date",
        "schooljaar",
        "boolean",
        "code",
        "person_key",
    ];
    for (name, headings, elsewhere) in sections {
        let mut page: BTreeSet<String> = headings
            .iter()
            .flat_map(|heading| keys_of_page(CONTRACTS, heading))
            .collect();
        if name == "RawColumn" {
            types
                .iter()
                .for_each(|kind| assert!(page.remove(*kind), "type {kind} is not documented"));
        }
        page.extend(elsewhere.iter().map(|key| (*key).to_owned()));
        assert_eq!(page, code[name], "{name}: documented, and taken by the code");
    }
}

#[test]
fn the_contracts_in_the_documentation_are_valid() {
    let blocks: Vec<&str> = CONTRACTS
        .split("```toml\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let contract = Contract::parse(Path::new("pipelines/voorbeeld.toml"), block, &CodeLists::default());
        let problems = contract.err().unwrap_or_default();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[test]
fn every_key_of_a_model_is_documented() {
    let (header, audits) = (keys_of_code(KEYS_OF_HEADERS), keys_of_code(KEYS_OF_AUDITS));
    let sections = [
        (&header["HeaderText"], "## The header"),
        (&audits["AuditText"], "## Audits"),
        (&audits["AcceptedText"], "### `accepted`"),
        (&audits["RelationText"], "### `relation`"),
        (&audits["RowsText"], "### `rows`"),
    ];
    for (code, heading) in sections {
        assert_eq!(
            &keys_of_page(MODELS, heading),
            code,
            "{heading}: documented, and taken by the code"
        );
    }
}

#[test]
fn the_model_in_the_documentation_is_valid() {
    let block = MODELS.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let name = "core.voorbeeld".parse().unwrap();
    let model = Model::parse(name, Path::new("sql/core/voorbeeld.sql"), &block.into());
    let problems = model.err().unwrap_or_default();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn every_function_is_documented() {
    assert!(
        MODELS.contains(&sluis::functions::reference()),
        "{}",
        sluis::functions::reference()
    );
}

#[test]
fn readers_are_those_of_the_lake() {
    assert!(READING.contains(sluis::lake::readers()));
}

/// Every Rust file below a folder, as one text.
fn code_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&code_below(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    text
}

#[test]
fn the_tests_behind_the_promises_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = code_below(&root.join("src")) + &code_below(&root.join("tests"));
    let (_, promises) = ARCHITECTURE.split_once("## Promises").unwrap();
    let names = Regex::new(r"`(\w+)`").unwrap();
    assert!(names.find_iter(promises).count() > 8);
    for name in names.captures_iter(promises) {
        assert!(
            code.contains(&format!("fn {}(", &name[1])),
            "there is no test {}",
            &name[1]
        );
    }
}

#[test]
fn the_folders_of_the_code_are_those_of_the_page() {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let folders = folders
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir());
    let folders: BTreeSet<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(keys_of_page(ARCHITECTURE, "## Folders of `src/`"), folders);
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let link = Regex::new(r"\]\(([^)#:]+)\)").unwrap();
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "bench/README.md",
        "docs/contracts.md",
        "docs/models.md",
    ] {
        let path = root.join(page);
        let text = std::fs::read_to_string(&path).unwrap();
        for found in link.captures_iter(&text) {
            assert!(path.parent().unwrap().join(&found[1]).exists(), "{page}: {}", &found[1]);
        }
    }
}
