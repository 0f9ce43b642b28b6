use std::collections::HashMap;

use super::*;

const LIST: &str = r#"
[[table]]
name = "T1"
title = "Shares"
file = "t1.csv"
keys = ["schooljaar", "profiel"]
value = "pct"
only = { soort = "a" }
query = "select 1"
known = [{ keys = ["2022-2023", "PIE"], because = "its own counts say otherwise" }]
"#;

const CELLS: &str =
    "schooljaar,profiel,soort,pct\n2019/2020,BWI,a,12.3\n2019/2020,BWI,b,99\n2019/2020,PIE,a,\n2022/2023,PIE,a,7\n";

fn outcome(edit: impl Fn(&mut PrintedTable), mart: &[(&str, &str, Option<f64>)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.toml"), LIST).unwrap();
    std::fs::write(folder.path().join("t1.csv"), CELLS).unwrap();
    let mut list = ReportTables::read(&folder.path().join("report.toml")).unwrap();
    edit(&mut list.table[0]);
    let printed = read(folder.path(), &list.table[0]).unwrap();
    assert_eq!(printed.len(), 3);
    let mart: HashMap<_, _> = mart
        .iter()
        .map(|(year, profile, value)| (vec![(*year).to_owned(), (*profile).to_owned()], *value))
        .collect();
    compare(&list.table[0], &printed, &mart)
}

#[test]
fn a_cell_agrees_when_it_rounds_to_the_print() {
    let mart = [("2019-2020", "BWI", Some(12.349)), ("2022-2023", "PIE", Some(6.5))];
    let outcome = outcome(|_| {}, &mart);
    assert_eq!(
        (outcome.verdict, outcome.compared, outcome.agree),
        (Verdict::Agree, 2, 2)
    );
}

#[test]
fn a_cell_that_differs_is_told_with_both_numbers_unless_the_print_explains_it() {
    let mart = [("2019-2020", "BWI", Some(12.36)), ("2022-2023", "PIE", Some(4.0))];
    let outcome = outcome(|_| {}, &mart);
    assert_eq!(
        (outcome.verdict, outcome.agree, outcome.cells.len()),
        (Verdict::Differ, 0, 2)
    );
    assert_eq!(
        (outcome.cells[0].printed.as_deref(), outcome.cells[0].mart),
        (Some("12.3"), Some(12.36))
    );
    assert!(outcome.cells[0].because.is_none() && outcome.cells[1].because.is_some());
}

#[test]
fn a_value_that_is_withheld_is_counted_apart_and_a_row_that_is_missing_differs() {
    let withheld = outcome(|_| {}, &[("2019-2020", "BWI", None), ("2022-2023", "PIE", Some(7.0))]);
    assert_eq!(
        (withheld.verdict, withheld.agree, withheld.withheld),
        (Verdict::Agree, 1, 1)
    );
    assert!(withheld.cells[0].withheld && withheld.cells[0].mart.is_none());
    let missing = outcome(|_| {}, &[("2022-2023", "PIE", Some(7.0))]);
    assert_eq!((missing.verdict, missing.withheld), (Verdict::Differ, 0));
    let nothing = outcome(|_| {}, &[("2019-2020", "BWI", None), ("2022-2023", "PIE", None)]);
    assert_eq!((nothing.verdict, nothing.withheld), (Verdict::Absent, 2));
    assert_eq!(outcome(|_| {}, &[]).verdict, Verdict::Absent);
}

#[test]
fn blanks_and_tolerances_are_the_tables_own() {
    let mart = [
        ("2019-2020", "BWI", Some(13.2)),
        ("2019-2020", "PIE", Some(1.0)),
        ("2022-2023", "PIE", Some(7.0)),
    ];
    let near = outcome(|table| table.tolerance.points = 1.0, &mart);
    assert_eq!(near.verdict, Verdict::Agree);
    let none = outcome(|table| table.blank_is_none = true, &mart);
    assert_eq!((none.compared, none.agree), (3, 1));
}
