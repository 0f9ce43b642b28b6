//! Rows that were set aside, read again: only their lines where that is enough, and the whole delivery where it is not.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;

use crate::marts_project::Project;

/// A contract for one format; `more` is what it says of the codes, the keys and beyond.
fn contract(format: &str, more: &More<'_>) -> String {
    let More {
        codes,
        repairs,
        top,
        end,
    } = more;
    let place = |start: usize, width: usize| match format.contains("fixed") {
        true => format!("start = {start}\nwidth = {width}\n"),
        false => String::new(),
    };
    let (key, number, code) = (place(1, 9), place(10, 5), place(15, 1));
    format!(
        r#"
description = "Rows"
owner = "tests"
source = "test"
partition = ["soort"]
max_rejected = "100%"
{top}
[[files]]
glob = "rows-*"
period = {{ pattern = '(\d{{4}})', as = "jaar" }}
[format]
{format}
[[columns]]
name = "bsn"
{key}type = "person_key"
key = "bsn"
repairs = [{repairs}]
legal_basis = "made up"
purpose = ["tests"]
[[columns]]
name = "nummer"
{number}type = "integer"
range = [0, 99999]
[[columns]]
name = "soort"
{code}type = "code"
codes = [{codes}]
[[checks]]
name = "not_seven"
expression = "nummer % 10 <> 7"
{end}
"#
    )
}

/// What differs between contracts of a test.
#[derive(Clone, Copy)]
struct More<'a> {
    codes: &'a str,
    repairs: &'a str,
    top: &'a str,
    end: &'a str,
}

const NARROW: More<'_> = More {
    codes: "'A', 'B'",
    repairs: "",
    top: "",
    end: "",
};
const WIDE: More<'_> = More {
    codes: "'A', 'B', 'C'",
    repairs: "'leading_zero'",
    top: "",
    end: "",
};

const CSV: &str = "type = 'delimited'\nencoding = 'utf-8'\nskip_lines = 2";

/// Rows of which some have a code that is not known, some a key that lost a zero, and some both or another fault.
fn rows(count: usize) -> Vec<(&'static str, usize, &'static str)> {
    let keys = ["111222333", "00000012", "123456782", "123456789", "999990019"];
    let codes = ["A", "B", "C", "B", "A", "D", "A"];
    (0..count)
        .map(|row| (keys[row % keys.len()], row, codes[row % codes.len()]))
        .collect()
}

fn csv(rows: &[(&str, usize, &str)]) -> String {
    let mut text = "made\nfor a test\nbsn,nummer,soort\n".to_owned();
    rows.iter()
        .for_each(|(key, number, code)| writeln!(text, "{key},{number},{code}").unwrap());
    text
}

fn project(text: &str) -> Project {
    let project = Project::bare();
    sets(&project, text);
    project
}

fn sets(project: &Project, contract: &str) {
    fs::write(project.root().join("pipelines/rows.toml"), contract).unwrap();
}

/// Reads the delivery of this file again; what is said of it, and whether it went well.
fn replay(project: &Project, file: &str) -> (String, bool) {
    let ids = project.sql(&format!("select id from ops.deliveries where file = '{file}'"));
    let output = project.sluis(&["quarantine", "replay", &ids[0]]);
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.success())
}

const LINES: &str = "only the lines that were set aside";
const WHOLE: &str = "the whole delivery was read again: ";

/// Staged rows, rows set aside and the ledger's counts, without what differs between projects.
fn state(project: &Project) -> [Vec<String>; 3] {
    [
        project.sql("select soort, nummer, count(distinct bsn) from staging.rows group by 1, 2 order by 1, 2"),
        project.sql("select file, line, column_name, rule from ops.quarantine order by 1, 2"),
        project
            .sql("select file, rows_in, rows_staged, rows_quarantined, status, period from ops.deliveries order by 1"),
    ]
}

#[test]
fn lines_read_again_give_what_the_whole_delivery_would() {
    let rows = rows(9000);
    let json = |(key, number, code): &(&str, usize, &str)| {
        format!("{{\"bsn\": \"{key}\", \"nummer\": {number}, \"soort\": \"{code}\"}}")
    };
    let objects: Vec<String> = rows.iter().map(json).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv(&rows).as_bytes()).unwrap();
    let fixed: String = rows
        .iter()
        .map(|(key, number, code)| format!("{key:<9}{number:>5}{code}\r\n"))
        .collect();
    let bare = csv(&rows).split_once("soort\n").unwrap().1.to_owned();
    let cases: [(&str, &str, Vec<u8>); 5] = [
        (CSV, "rows-2020.csv.gz", gzip.finish().unwrap()),
        (
            "type = 'delimited'\nencoding = 'utf-8'\nheader = false",
            "rows-2020.csv",
            bare.trim_end().into(),
        ),
        (
            "type = 'fixed'\nencoding = 'utf-8'\nrecord_length = 15",
            "rows-2020.asc",
            fixed.into(),
        ),
        ("type = 'jsonl'", "rows-2020.jsonl", objects.join("\n").into()),
        (
            "type = 'json'\nrecords = '/data'",
            "rows-2020.json",
            format!("{{\"data\": [{}]}}", objects.join(",\n")).into(),
        ),
    ];
    for (format, name, bytes) in cases {
        let (again, whole) = (project(&contract(format, &NARROW)), project(&contract(format, &WIDE)));
        let blocks = ["--set", "ingest.block_bytes=64KiB", "ingest"];
        again.deliver(name, &bytes);
        again.succeed(&blocks);
        let before = state(&again);
        sets(&again, &contract(format, &WIDE));
        let (said, fine) = replay(&again, name);
        assert!(fine && said.contains(LINES), "{name}: {said}");
        whole.deliver(name, &bytes);
        whole.succeed(&blocks);
        let after = state(&again);
        assert_eq!(after, state(&whole), "{name}");
        assert!(
            before[0].len() < after[0].len() && before[1].len() > after[1].len(),
            "{name}"
        );
        // Nothing is left to be done under this contract.
        assert!(again.succeed(&["ingest"]).contains("skipped"), "{name}");
        let (said, fine) = replay(&again, name);
        assert!(fine && said.contains(LINES) && state(&again) == after, "{name}: {said}");
    }
}

/// The inode of every file of the newest version, by what is in it.
fn inodes(project: &Project) -> BTreeMap<String, u64> {
    let manifest = project.manifest("staging.rows");
    let files = manifest["files"].as_array().unwrap().iter().map(|file| {
        let path = project
            .root()
            .join("lake/staging/rows")
            .join(file["path"].as_str().unwrap());
        (
            file["blake3"].as_str().unwrap().to_owned(),
            path.metadata().unwrap().ino(),
        )
    });
    files.collect()
}

#[test]
fn what_was_staged_stays_as_it_is() {
    let project = project(&contract(CSV, &NARROW));
    project.deliver("rows-2019.csv", csv(&rows(70)));
    project.deliver("rows-2020.csv", csv(&rows(71)));
    project.succeed(&["ingest"]);
    project.succeed(&["keys", "rotate"]);
    let before = inodes(&project);
    sets(&project, &contract(CSV, &WIDE));
    for year in [2019, 2020] {
        let (said, fine) = replay(&project, &format!("rows-{year}.csv"));
        assert!(fine && said.contains(LINES), "{said}");
    }
    let after = inodes(&project);
    assert!(
        before.iter().all(|(content, inode)| after.get(content) == Some(inode)),
        "{before:?}\n{after:?}"
    );
    assert!(after.len() > before.len());
    let counts = project.sql("select rows_in = rows_staged + rows_quarantined, rows_in from ops.deliveries order by 2");
    assert_eq!(counts, ["true|70", "true|71"]);
    let staged = "select sum(rows_staged) - (select count(*) from staging.rows) from ops.deliveries";
    assert_eq!(project.number(staged), 0);
    // Of four persons; one of them had rows on both sides.
    assert_eq!(project.number("select count(distinct bsn) from staging.rows"), 4);
    // A correction takes the place of both the rows that stayed and those that came.
    project.deliver("rows-2019.csv", csv(&rows(2)));
    project.succeed(&["ingest"]);
    assert_eq!(
        project.number("select count(*) from staging.rows where nummer < 3"),
        2 + 3
    );
}

#[test]
fn the_whole_delivery_is_read_where_lines_are_not_enough() {
    let unique = More {
        top: "unique = [['nummer']]",
        ..NARROW
    };
    let derived = "[[derived]]\nname = 'half'\nexpression = 'nummer / 2'\ntype = 'integer'";
    let cases = [
        (
            NARROW,
            More {
                codes: "'B', 'C'",
                ..WIDE
            },
            "the contract changed in more than",
        ),
        (
            NARROW,
            More { end: derived, ..WIDE },
            "the contract changed in more than",
        ),
        (
            unique,
            More {
                top: unique.top,
                ..WIDE
            },
            "the contract has keys that are unique",
        ),
    ];
    for (old, new, why) in cases {
        let project = project(&contract(CSV, &old));
        project.deliver("rows-2020.csv", csv(&rows(70)));
        project.succeed(&["ingest"]);
        sets(&project, &contract(CSV, &new));
        let (said, fine) = replay(&project, "rows-2020.csv");
        assert!(fine && said.contains(&format!("{WHOLE}{why}")), "{said}");
        assert_eq!(
            project
                .sql("select count(*) from staging.rows where soort = 'C' or soort = 'A' and nummer = 0")
                .len(),
            1
        );
        assert_eq!(
            project.sql("select rows_in, rows_in = rows_staged + rows_quarantined from ops.deliveries"),
            ["70|true"]
        );
    }
    // Rows that were let go are not known line by line.
    let project = project(&contract(CSV, &NARROW));
    project.deliver("rows-2020.csv", csv(&rows(70)));
    project.succeed(&["ingest"]);
    let id = project.sql("select id from ops.deliveries").remove(0);
    project.succeed(&["quarantine", "discard", &id]);
    let (said, fine) = replay(&project, "rows-2020.csv");
    assert!(
        fine && said.contains(&format!("{WHOLE}what was set aside of it is not there")),
        "{said}"
    );
}

#[test]
fn a_refused_replay_leaves_table_ledger_and_quarantine_as_they_were() {
    let reference = "[[references]]\ncolumns = ['soort']\nto = 'ref.soorten'";
    let narrow = More {
        end: reference,
        ..NARROW
    };
    let project = project(&contract(CSV, &narrow));
    fs::write(project.root().join("config/reference/soorten.csv"), "soort\nA\nB\n").unwrap();
    project.deliver("rows-2020.csv", csv(&rows(70)));
    project.succeed(&["ingest"]);
    let before = state(&project);
    // The code is let through now, but it is not in the list the contract refers to; and neither is one staged before.
    fs::write(project.root().join("config/reference/soorten.csv"), "soort\nA\n").unwrap();
    sets(&project, &contract(CSV, &More { end: reference, ..WIDE }));
    for whole in [false, true] {
        if whole {
            // A contract that changed more makes it the whole delivery.
            sets(
                &project,
                &contract(
                    CSV,
                    &More {
                        end: reference,
                        top: "sort = ['nummer']",
                        ..WIDE
                    },
                ),
            );
        }
        let (said, fine) = replay(&project, "rows-2020.csv");
        assert!(!fine && said.contains("do not occur in ref.soorten: B, C"), "{said}");
        assert_eq!((said.contains(LINES), said.contains(WHOLE)), (!whole, whole), "{said}");
        assert!(said.contains("what was published of it before stays"), "{said}");
        assert_eq!(state(&project), before);
    }
}

#[test]
fn a_superseded_delivery_is_not_brought_back() {
    let project = project(&contract(CSV, &NARROW));
    project.deliver("rows-2020.csv", csv(&rows(70)));
    project.succeed(&["ingest"]);
    let id = project.sql("select id from ops.deliveries").remove(0);
    project.deliver("rows-2020-b.csv", csv(&rows(7)));
    project.succeed(&["ingest"]);
    let output = project.sluis(&["quarantine", "replay", &id]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("was superseded by a later delivery"),
        "{said}"
    );
}
