//! What the documentation says of contracts is what the code takes, no more and no less.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use sluis::contract::Contract;
use sluis::contract::codes::CodeLists;

const CONTRACTS: &str = include_str!("../../docs/contracts.md");
const KEYS_OF_CONTRACTS: &str = include_str!("../../src/contract/raw.rs");

/// Keys by struct, as serde takes them.
fn keys_of_code(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let structs = Regex::new(r"(?s)struct (\w+) \{(.*?)\n\}").unwrap();
    let field = Regex::new(r#"(?:rename = "(\w+)"\)\]\s*)?pub (\w+):"#).unwrap();
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
    let sections: [(&str, &[&str], &[&str]); 14] = [
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
