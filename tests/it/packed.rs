//! Packed fields: a row for each item, and nothing lost between them.
use std::fs;

use crate::marts_project::Project;

const LESSONS: &str = r#"
description = "Lessons, packed"
owner = "tests"
source = "test"
partition = ["graadsector"]
max_rejected = "60%"

[[files]]
glob = "lessen*"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "persoon"
type = "person_key"
key = "bsn"
legal_basis = "made up"
purpose = ["tests"]

[[columns]]
name = "leseenheden"
type = "text"
nullable = true
store = false

[unpack]
column = "leseenheden"
width = 9

[[columns]]
name = "graadsector"
item_start = 1
item_width = 1
type = "integer"

[[columns]]
name = "vakcode"
item_start = 2
item_width = 4
type = "text"
pattern = '[A-Z][0-9]{3}'

[[columns]]
name = "aantal"
item_start = 6
item_width = 2
type = "integer"
missing = ["--"]
nullable = true

[[columns]]
name = "lesduur"
item_start = 8
item_width = 2
type = "integer"

[[checks]]
name = "lesduur_is_mogelijk"
expression = "lesduur <= 60"
"#;

fn project(contract: &str) -> Project {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/lessen.toml"), contract).unwrap();
    project
}

fn counts(project: &Project) -> Vec<String> {
    project.sql("select rows_in, rows_staged, rows_quarantined from ops.deliveries where status = 'published'")
}

const ROWS: &str = "select graadsector, vakcode, aantal, lesduur from staging.lessen order by vakcode, aantal";
const ASIDE: &str = "select line, column_name, rule from ops.quarantine order by line, rule";

#[test]
fn items_with_the_same_key_are_set_aside_and_no_others() {
    let unique = "max_rejected = \"60%\"\nunique = [[\"persoon\", \"vakcode\"]]";
    let project = project(&LESSONS.replace("max_rejected = \"60%\"", unique));
    let file = "persoon;leseenheden\n\
                111222333;1P20102501P2010450\n\
                111222333;1A01701501A0020150\n\
                111222333;1A01702501A0030150\n\
                123456782;1P2010250\n";
    project.deliver("lessen.csv", file);
    project.succeed(&["ingest"]);
    assert_eq!(counts(&project), ["7|3|4"]);
    assert_eq!(project.sql(ROWS), ["1|A002|1|50", "1|A003|1|50", "1|P201|2|50"]);
    assert_eq!(
        project.sql("select line, rule, count(*) from ops.quarantine group by 1, 2 order by 1"),
        ["2|unique|2", "3|unique|1", "4|unique|1"]
    );
}

#[test]
fn a_packed_field_becomes_a_row_for_each_item() {
    let project = project(LESSONS);
    let file = "persoon;leseenheden\n\
                111222333;1P20102502A017--50\n\
                123456782; 2P20110506P201045x1P2020199 \n\
                999990019;\n\
                999990019;1P2010250 2A017\n\
                111222333;  \n\
                123456789;1V0010150\n\
                000000012;1P2010550\n";
    project.deliver("lessen.csv", file);
    let said = project.succeed(&["ingest"]);
    assert!(
        said.contains("2 records have no items: `leseenheden` is blank"),
        "{said}"
    );
    // two and one items, three of which two are bad, a field that cannot be cut, the item of a person with a wrong number
    assert_eq!(counts(&project), ["8|4|4"]);
    assert_eq!(
        project.sql(ROWS),
        ["2|A017||50", "1|P201|2|50", "1|P201|5|50", "2|P201|10|50"]
    );
    assert_eq!(
        project.sql(ASIDE),
        [
            "3|lesduur|integer",
            "3||lesduur_is_mogelijk",
            "5|leseenheden|item_length",
            "7|persoon|key_eleven_test"
        ]
    );
    let persons = "select count(distinct persoon) from staging.lessen";
    assert_eq!(project.number(persons), 3);
}

#[test]
fn fixed_width_fields_are_packed_too_and_many_items_fit() {
    let contract = LESSONS
        .replace(
            "type = \"delimited\"\ndelimiter = \";\"\nencoding = \"utf-8\"",
            "type = \"fixed\"\nencoding = \"iso-8859-1\"\nrecord_length = 90009",
        )
        .replace("type = \"person_key\"", "start = 1\nwidth = 9\ntype = \"person_key\"")
        .replace(
            "name = \"leseenheden\"\n",
            "name = \"leseenheden\"\nstart = 10\nwidth = 90000\n",
        );
    let project = project(&contract);
    // more items in one field than are cast at a time
    let many = format!(
        "111222333{}\n123456782\n999990019{}\n",
        "1P2010250".repeat(10_000),
        "2A0170350".repeat(5000)
    );
    project.deliver("lessen.asc", many);
    project.succeed(&["ingest"]);
    assert_eq!(counts(&project), ["15000|15000|0"]);
    let sums = "select vakcode, count(*), sum(aantal) from staging.lessen group by 1 order by 1";
    assert_eq!(project.sql(sums), ["A017|5000|15000", "P201|10000|20000"]);
}

#[test]
fn digits_of_an_item_that_could_be_a_key_are_not_shown() {
    let project = project(&LESSONS.replace("60%", "100%"));
    project.deliver(
        "lessen.csv",
        "persoon;leseenheden\n111222333;123456782\n123456782;xA0170250\n",
    );
    project.succeed(&["ingest"]);
    let rows = project.sql("select row from ops.quarantine order by line");
    let masked = r#"{"leseenheden":"***","graadsector":"***","vakcode":"***","aantal":"***","lesduur":"***"}"#;
    assert_eq!(rows[0], masked);
    assert!(rows[1].contains(r#""graadsector":"x","vakcode":"A017""#), "{}", rows[1]);
}

#[test]
fn an_unpack_that_cannot_be_is_refused() {
    for (from, to, said) in [
        (
            "item_start = 8\nitem_width = 2",
            "item_start = 9\nitem_width = 2",
            "does not lie within an item of 9 bytes",
        ),
        (
            "item_start = 8\nitem_width = 2",
            "item_start = 8",
            "does not lie within an item",
        ),
        (
            "item_start = 8\nitem_width = 2",
            "item_start = 8\nitem_width = 2\nheader = \"x\"",
            "two places",
        ),
        (
            "[unpack]\ncolumn = \"leseenheden\"\nwidth = 9\n",
            "",
            "no field is unpacked",
        ),
        (
            "column = \"leseenheden\"",
            "column = \"lesenheden\"",
            "did you mean `leseenheden`?",
        ),
        (
            "column = \"leseenheden\"",
            "column = \"persoon\"",
            "is not a text field of the file",
        ),
        ("width = 9\n", "width = 0\n", "at least one byte"),
    ] {
        assert!(LESSONS.contains(from), "{from}");
        let output = project(&LESSONS.replace(from, to)).sluis(&["validate"]);
        let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert!(!output.status.success() && text.contains(said), "{to}: {text}");
    }
}
