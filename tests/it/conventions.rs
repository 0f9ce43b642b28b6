//! Conventions of suppliers that a contract can state: names that change, versions, marks, registers.
use std::fs;

use crate::marts_project::Project;

/// A project with one contract, called `levering`.
fn project(contract: &str) -> Project {
    let project = Project::bare();
    fs::write(project.root().join("pipelines/levering.toml"), contract).unwrap();
    project
}

/// What became of each delivery, by file.
fn reports(project: &Project) -> Vec<serde_json::Value> {
    let output = project.sluis(&["ingest", "--json"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut reports: Vec<serde_json::Value> =
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("not JSON: {said}\n{errors}"));
    reports.sort_by_key(|report| report["delivery"]["file"].as_str().unwrap().to_owned());
    reports
}

/// Outcome and reason of the only delivery.
fn one(project: &Project) -> (String, String) {
    let reports = reports(project);
    assert_eq!(reports.len(), 1, "{reports:?}");
    let text = |name: &str| reports[0][name].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("reason"))
}

/// What `sluis validate` says of the contract, which must be refused.
fn refused(project: &Project) -> String {
    let output = project.sluis(&["validate"]);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap()
}

const BETAB: &str = r#"
description = "Organisations and what they do"
owner = "tests"
source = "test"
max_rejected = 1

[[files]]
glob = "betab*.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[drift]
changed_order = "ignore"

[[columns]]
name = "beid"
type = "person_key"
key = "beid"
legal_basis = "made up"
purpose = ["tests"]

[[columns]]
name = "sbi"
header_pattern = 'SBI2008_\d{4}'
type = "text"
pattern = '[0-9]{1,5}'
nullable = true
"#;

#[test]
fn a_header_is_found_by_its_pattern() {
    let project = project(BETAB);
    let first = "BEID;SBI2008_2017\n0012345678;0111\n0000000001;85\n0012-45678;85\n";
    project.deliver("betab.csv", first);
    assert_eq!(one(&project).0, "published");
    assert_eq!(
        project.sql("select sbi from staging.levering order by 1"),
        ["0111", "85"]
    );
    let aside = "select line, column_name, rule, keys from ops.quarantine";
    assert_eq!(project.sql(aside), ["4|beid|key_not_alphanumeric|beid=invalid"]);
    // another year, another order, another case: the organisations are the same
    project.deliver("betab.csv", "sbi2008_2018;beid\n0111; 0012345678 \n;0000000001\n");
    assert_eq!(one(&project).0, "published");
    let same = "select count(*), count(sbi), count(distinct beid), max(arrow_typeof(beid)) from staging.levering";
    assert_eq!(project.sql(same), ["2|1|2|FixedSizeBinary(16)"]);

    project.deliver("betab.csv", "BEID;SBI2008_2017;SBI2008_2018\n0012345678;0111;0112\n");
    let (outcome, reason) = one(&project);
    assert_eq!(outcome, "rejected");
    assert!(reason.contains("columns 2 and 3 both fit"), "{reason}");
    project.deliver("betab.csv", "BEID;SBI93\n0012345678;0111\n");
    let (outcome, reason) = one(&project);
    assert_eq!(outcome, "rejected");
    assert!(
        reason.contains(r"a header like `SBI2008_\d{4}`) is missing"),
        "{reason}"
    );
}

#[test]
fn a_pattern_for_a_header_stands_alone_and_needs_headers() {
    for (from, to, said) in [
        ("type = \"text\"", "type = \"text\"\nheader = \"SBI\"", "two places"),
        ("(?:x)", "(", "not a regular expression"),
        (
            "type = \"delimited\"\ndelimiter = \";\"",
            "type = \"jsonl\"",
            "a header line",
        ),
    ] {
        let contract = BETAB.replace(r"SBI2008_\d{4}", "(?:x)").replace(from, to);
        let said_of_it = refused(&project(&contract));
        assert!(said_of_it.contains(said), "{said_of_it}");
    }
}

#[test]
fn a_key_of_an_organisation_has_a_ground_and_no_register() {
    for (from, to, said) in [
        ("legal_basis = \"made up\"\n", "", "needs a legal basis"),
        (
            "key = \"beid\"",
            "key = \"beid\"\nregister = \"sbi\"",
            "only a rin has a register",
        ),
        (
            "key = \"beid\"",
            "key = \"beid\"\nrepairs = [\"leading_zero\"]",
            "nothing of it can be repaired",
        ),
        ("key = \"beid\"", "key = \"beld\"", "did you mean `beid`?"),
    ] {
        let said_of_it = refused(&project(&BETAB.replace(from, to)));
        assert!(said_of_it.contains(said), "{said_of_it}");
    }
}

const JOBS: &str = r#"
description = "Jobs, in numbered versions"
owner = "tests"
source = "test"
partition = ["jaar"]

[[files]]
glob = "spolis/spolisbus*.csv"
ignore_case = true
period = { pattern = '(?i)^spolisbus(?<jaar>\d{4})', as = "jaar" }
version = '(?i)^spolisbus(?<jaar>\d{4})V(?<versie>\d+)\.csv$'

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "jaar"
type = "text"
constant_from = "period"

[[columns]]
name = "uren"
type = "integer"
"#;

/// Outcome, reason and notes of each file.
fn told(project: &Project) -> Vec<String> {
    let reports = reports(project);
    let tell = |report: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let notes: Vec<String> = report["notes"].as_array().unwrap().iter().map(text).collect();
        let file = text(&report["delivery"]["file"]);
        let reason = text(&report["reason"]);
        format!("{file} {}: {reason}{}", text(&report["outcome"]), notes.join("; "))
    };
    reports.iter().map(tell).collect()
}

#[test]
fn the_highest_version_of_a_period_counts() {
    let project = project(JOBS);
    let hours = "select jaar, uren from staging.levering order by 1";
    project.deliver("spolis/SPOLISBUS2017V10.csv", "uren\n10\n");
    project.deliver("spolis/SPOLISBUS2017V9.csv", "uren\n9\n");
    project.deliver("spolis/Spolisbus2018V1.csv", "uren\n1\n");
    project.deliver("spolis/spolisbus2018.csv", "uren\n0\n");
    assert_eq!(
        told(&project),
        [
            "spolis/SPOLISBUS2017V10.csv published: \
             version 10 was taken instead of version 9 (spolis/SPOLISBUS2017V9.csv)",
            "spolis/SPOLISBUS2017V9.csv superseded: superseded by version 10",
            "spolis/Spolisbus2018V1.csv published: ",
            "spolis/spolisbus2018.csv rejected: the file's name does not tell its version; see `version` in the contract",
        ]
    );
    assert_eq!(project.sql(hours), ["2017|10", "2018|1"]);

    // a lower one that comes later is not taken, a higher one is; the other year is left alone
    fs::remove_file(project.landing().join("spolis/spolisbus2018.csv")).unwrap();
    project.deliver("spolis/SPOLISBUS2017V2.csv", "uren\n2\n");
    project.deliver("spolis/SPOLISBUS2018V3.csv", "uren\n3\n");
    let said = told(&project);
    assert!(
        said.contains(&"spolis/SPOLISBUS2017V2.csv superseded: superseded by version 10".to_owned()),
        "{said:?}"
    );
    let taken = "spolis/SPOLISBUS2018V3.csv published: \
                 version 3 was taken instead of version 1 (spolis/Spolisbus2018V1.csv)";
    assert!(said.contains(&taken.to_owned()), "{said:?}");
    assert_eq!(project.sql(hours), ["2017|10", "2018|3"]);
    let status = project.succeed(&["status", "--all"]);
    assert!(
        status.contains("spolis/SPOLISBUS2017V2.csv superseded: superseded by version 10"),
        "{status}"
    );
    let ledger = "select file, file_version, status, reason from ops.deliveries order by period, file_version";
    assert_eq!(
        project.sql(ledger),
        [
            "spolis/SPOLISBUS2017V2.csv|2|superseded|superseded by version 10",
            "spolis/SPOLISBUS2017V9.csv|9|superseded|superseded by version 10",
            "spolis/SPOLISBUS2017V10.csv|10|published|",
            "spolis/Spolisbus2018V1.csv|1|superseded|",
            "spolis/SPOLISBUS2018V3.csv|3|published|",
        ]
    );

    // a version that is refused leaves its place to the next
    project.deliver("spolis/SPOLISBUS2019V1.csv", "uren\n19\n");
    project.deliver("spolis/SPOLISBUS2019V2.csv", "uren\ntwee\n");
    let said = told(&project);
    assert!(
        said.contains(&"spolis/SPOLISBUS2019V1.csv published: ".to_owned()),
        "{said:?}"
    );
    assert_eq!(project.sql(hours), ["2017|10", "2018|3", "2019|19"]);
    let again = told(&project);
    assert!(again.iter().all(|line| line.contains(" skipped: ")), "{again:?}");
    assert_eq!(project.manifest("staging.levering")["version"], 3);

    // the supplier takes a change back: bytes of before under a higher number, and then the same bytes once more
    project.deliver("spolis/SPOLISBUS2017V11.csv", "uren\n9\n");
    told(&project);
    assert_eq!(project.sql(hours), ["2017|9", "2018|3", "2019|19"]);
    project.deliver("spolis/SPOLISBUS2017V12.csv", "uren\n9\n");
    project.deliver("spolis/SPOLISBUS2017V1.csv", "uren\n0\n");
    let said = told(&project);
    assert!(
        said.contains(&"spolis/SPOLISBUS2017V1.csv superseded: superseded by version 12".to_owned()),
        "{said:?}"
    );
    let newest = "select file from ops.deliveries where status = 'published' and period = '2017'";
    assert_eq!(project.sql(newest), ["spolis/SPOLISBUS2017V12.csv"]);
    // what comes before it in the listing is not taken either, when both come at once
    project.deliver("spolis/SPOLISBUS2017V13.csv", "uren\n13\n");
    project.deliver("spolis/SPOLISBUS2017V14.csv", "uren\n9\n");
    let said = told(&project);
    assert!(
        said.contains(&"spolis/SPOLISBUS2017V13.csv superseded: superseded by version 14".to_owned()),
        "{said:?}"
    );
    assert_eq!(project.sql(hours), ["2017|9", "2018|3", "2019|19"]);
    fs::remove_file(project.landing().join("spolis/SPOLISBUS2017V13.csv")).unwrap();
    fs::remove_file(project.landing().join("spolis/SPOLISBUS2017V14.csv")).unwrap();
    project.deliver("spolis/SPOLISBUS2017V1.csv", "uren\n00\n");
    let said = told(&project);
    assert!(
        said.contains(&"spolis/SPOLISBUS2017V1.csv superseded: superseded by version 14".to_owned()),
        "{said:?}"
    );
}

#[test]
fn a_version_is_a_group_and_needs_a_period_in_the_name() {
    for (from, to, said) in [
        ("(?<jaar>\\d{4})V(?<versie>\\d+)", "\\d{4}V(\\d+)", ""),
        ("V(?<versie>\\d+)", "V(\\d+)", "none is named `versie`"),
        (
            "(?<jaar>\\d{4})V(?<versie>\\d+)",
            "\\d{4}V\\d+",
            "the pattern has no group",
        ),
        ("V(?<versie>\\d+)", "V(?<versie>\\d+", "not a regular expression"),
        (
            "partition = [\"jaar\"]\n",
            "partition = [\"jaar\"]\nperiod = { column = \"jaar\" }\n",
            "versions are of a period",
        ),
    ] {
        let project = project(&JOBS.replace(from, to));
        if said.is_empty() {
            project.succeed(&["validate"]);
        } else {
            let said_of_it = refused(&project);
            assert!(said_of_it.contains(said), "{said_of_it}");
        }
    }
}

/// One column of each type, in which a run of nines means missing.
fn nines() -> String {
    let mut contract = "description = \"x\"\nowner = \"x\"\nsource = \"x\"\n[[files]]\nglob = \"n.csv\"\n\
                        [format]\ntype = \"delimited\"\ndelimiter = \";\"\nencoding = \"utf-8\"\n"
        .to_owned();
    for (name, kind) in [
        ("a", "\"text\""),
        ("b", "\"integer\"\nsuppressed = [\"<5\"]"),
        ("c", "\"bigint\""),
        ("d", "\"decimal\"\nscale = 1\ndecimal_sign = \",\""),
        ("e", "\"date\"\nformat = \"%Y%m%d\""),
        ("f", "\"schooljaar\""),
        ("g", "\"boolean\""),
        ("h", "\"code\"\ncodes = [\"9\", \"8\"]"),
        (
            "i",
            "\"person_key\"\nkey = \"bsn\"\nlegal_basis = \"x\"\npurpose = [\"x\"]",
        ),
    ] {
        contract +=
            &format!("[[columns]]\nname = \"{name}\"\nmissing_pattern = '9+'\nnullable = true\ntype = {kind}\n");
    }
    contract
}

#[test]
fn runs_of_nines_are_missing_in_every_type() {
    let project = project(&nines());
    let rows = "a;b;c;d;e;f;g;h;i\n9;99;999;9999;99999999;999999999;9;9;999999999\n\
                19;<5;991;99,9;20191001;2019-2020;1;8;111222333\n";
    project.deliver("n.csv", rows);
    assert_eq!(one(&project).0, "published");
    assert_eq!(
        project
            .sql("select a, b, b_suppressed, c, d, e, f, g, h, i is null from staging.levering order by a nulls first"),
        [
            "||false|||||||true",
            "19||true|991|99.9|2019-10-01|2019-2020|true|8|false"
        ]
    );
    let broken = nines().replacen("'9+'", "'9+('", 1);
    fs::write(project.root().join("pipelines/levering.toml"), broken).unwrap();
    assert!(refused(&project).contains("not a regular expression"));
}

const SPELLS: &str = r#"
description = "Spells of persons, and of numbers that are none"
owner = "tests"
source = "test"
max_rejected = 2

[[files]]
glob = "spells.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "rinpersoons"
type = "text"
nullable = true
store = false

[[columns]]
name = "rin"
header = "RINPERSOON"
type = "person_key"
key = "rin"
register = "rinpersoons"
on_other_register = "drop"
legal_basis = "made up"
purpose = ["tests"]

[[columns]]
name = "secm"
type = "integer"
"#;

/// Two persons; four rows of other registers, one of which is wrong in other ways too; a register that is none, and a
/// person's row that is wrong.
const SPELLS_FILE: &str = "RINPERSOONS;RINPERSOON;SECM\nR;000000001;11\nS;000000002;12\nG;;x\nR;000000003;26\n\
                           S;000000001;11\n9;000000004;11\n;000000005;11\nR;000000006;elf\n";

fn counts(project: &Project) -> Vec<String> {
    project.sql("select rows_in, rows_staged, rows_quarantined, rows_dropped from ops.deliveries")
}

#[test]
fn rows_of_other_registers_are_dropped_and_counted() {
    let project = project(SPELLS);
    project.deliver("spells.csv", SPELLS_FILE);
    let report = &reports(&project)[0];
    assert_eq!(report["outcome"], "published", "{report}");
    assert_eq!(
        report["notes"][0],
        "4 rows are of a register that does not identify persons: dropped, as the contract asks"
    );
    assert_eq!(counts(&project), ["8|2|2|4"]);
    assert_eq!(
        project.sql("select secm from staging.levering order by 1"),
        ["11", "26"]
    );
    let aside = "select line, column_name, rule from ops.quarantine order by line";
    assert_eq!(project.sql(aside), ["8|rin|key_register", "9|secm|integer"]);
    assert_eq!(
        project.sql("select rows_in, rows_staged, rows_quarantined, rows_dropped from ops.runs where rows_in > 0"),
        ["8|2|2|4"]
    );
    for command in ["status", "runs"] {
        let said = project.succeed(&[command]);
        assert!(said.contains("quarantined  dropped"), "{said}");
    }

    // lines that are read again leave the dropped rows where they were
    let id = project.sql("select id from ops.deliveries");
    let looser = SPELLS.replace("type = \"integer\"", "type = \"integer\"\nnullable = true");
    fs::write(project.root().join("pipelines/levering.toml"), looser).unwrap();
    let said = project.succeed(&["quarantine", "replay", &id[0]]);
    assert!(
        said.contains("only the lines that were set aside (2) were read again"),
        "{said}"
    );
    assert_eq!(counts(&project), ["8|2|2|4"]);
}

#[test]
fn without_the_option_other_registers_are_set_aside() {
    for policy in ["", "on_other_register = \"quarantine\"\n"] {
        let contract = SPELLS
            .replace("on_other_register = \"drop\"\n", policy)
            .replace("= 2", "= 6");
        let project = project(&contract);
        project.deliver("spells.csv", SPELLS_FILE);
        assert_eq!(one(&project).0, "published");
        assert_eq!(counts(&project), ["8|2|6|0"]);
        assert!(!project.succeed(&["status"]).contains("dropped"));
    }
    let other = SPELLS
        .replace("key = \"rin\"", "key = \"bsn\"")
        .replace("register = \"rinpersoons\"\n", "");
    assert!(refused(&project(&other)).contains("only a rin has a register"));
}
