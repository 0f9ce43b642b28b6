//! SPSS deliveries: missing values with their reasons, labels, weights, and code lists that come with the rows.
use std::fs;
use std::io::Cursor;

use sluis::source::spss::write::{Column, Layout, Packing, Value, date};

use crate::marts_project::Project;

const CONTRACT: &str = r#"
description = "A survey"
owner = "tests"
source = "test"
partition = ["meting"]
max_rejected = "50%"

[[files]]
glob = "enquete_*.sav"
period = { pattern = '_(\d{4})\.', as = "jaar" }
[[files]]
glob = "enquete_*.zsav"
period = { pattern = '_(\d{4})\.', as = "jaar" }
[[files]]
glob = "enquete_*.csv"
period = { pattern = '_(\d{4})\.', as = "jaar" }
format = { type = "delimited", delimiter = ";", encoding = "utf-8" }

[format]
type = "spss"

[drift]
changed_order = "ignore"

[[columns]]
name = "meting"
type = "text"
constant_from = "period"

[[columns]]
name = "bsn"
type = "person_key"
key = "bsn"
legal_basis = "made up"
purpose = ["tests"]

[[columns]]
name = "leerweg"
type = "code"
labels = true
codes = ["bl", "kl"]
map = { "basisberoeps" = "bl", "kaderberoeps" = "kl" }

[[columns]]
name = "oordeel"
header = "Oordeel_over_de_opleiding"
type = "integer"
range = [1, 5]
nullable = true
missing = ["7"]
missing_reason = true

[[columns]]
name = "gewicht"
type = "double"
nullable = true
decimal_sign = ","

[[columns]]
name = "ingevuld"
type = "date"
nullable = true

[[columns]]
name = "opmerking"
type = "text"
nullable = true
missing_reason = true
tag = "personal"
"#;

fn project(contract: &str) -> Project {
    let project = Project::bare();
    fs::create_dir(project.root().join("sql/mart")).unwrap();
    fs::write(project.root().join("pipelines/enquete.toml"), contract).unwrap();
    project
}

/// A survey whose file calls track 2 by this name.
fn survey(packing: Packing, second: &str, cases: &[[Value<'_>; 6]]) -> Vec<u8> {
    let mut layout = Layout::new("Enquête");
    layout.packing(packing);
    layout.column(Column::text("BSN", 9).value("111222333", "somebody"));
    layout.column(
        Column::number("leerweg", 1, 0)
            .value(1, "basisberoeps")
            .value(2, second)
            .value(123_456_782, "a code that could be a person key"),
    );
    let opinion = Column::number("Oordeel_over_de_opleiding", 1, 0).label("What do you think of it?");
    let opinion = opinion
        .value(1, "slecht")
        .value(5, "goed")
        .value(7, "vraag overgeslagen");
    layout.column(opinion.value(9, "geen antwoord").missing_range(8.0, 99.0));
    layout.column(Column::number("gewicht", 8, 4).label("Weight"));
    layout.column(Column::moment("ingevuld"));
    layout.column(Column::text("opmerking", 400).missing("nvt"));
    layout.weight("gewicht");
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    for case in cases {
        file.case(case).unwrap();
    }
    file.finish().unwrap().into_inner()
}

const KEYS: [&str; 4] = ["111222333", "123456782", "999990019", "000000012"];

fn cases() -> Vec<[Value<'static>; 6]> {
    let day = |day| date(2021, 11, day).map(|at| at + 45_296.0).into();
    let row = |key: usize, track: i32, opinion: Value<'static>, weight: Value<'static>, said: Value<'static>| {
        [
            KEYS[key].into(),
            track.into(),
            opinion,
            weight,
            day(1 + i32::try_from(key).unwrap()),
            said,
        ]
    };
    vec![
        row(0, 1, 5.into(), (1.0 / 3.0).into(), "café, \"mooi\"\nen leuk".into()),
        row(1, 2, 9.into(), 2.into(), "nvt".into()),
        row(2, 2, 8.into(), Value::Missing, Value::Missing),
        row(3, 1, 7.into(), 1.5.into(), "nvt ".into()),
        row(0, 1, Value::Missing, 1.into(), "x".into()),
        // a track without a label, a judgement beyond the scale, a number that is nobody's
        row(1, 3, 1.into(), 1.into(), "x".into()),
        row(2, 1, 6.into(), 1.into(), "x".into()),
        [
            "123456789".into(),
            1.into(),
            1.into(),
            1.into(),
            Value::Missing,
            "x".into(),
        ],
    ]
}

const LABELS: &str = "select code, label, missing from ref.enquete_oordeel_labels";

#[test]
fn an_spss_file_gives_values_reasons_labels_and_weights() {
    for (packing, name) in [
        (Packing::None, "sav"),
        (Packing::Bytecode, "sav"),
        (Packing::Zlib, "zsav"),
    ] {
        let project = project(CONTRACT);
        project.deliver(
            &format!("enquete_2021.{name}"),
            survey(packing, "kaderberoeps", &cases()),
        );
        let said = project.succeed(&["ingest", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(report[0]["outcome"], "published", "{said}");
        assert_eq!(
            project.sql(
                "select leerweg, oordeel, oordeel_missing_reason, gewicht, ingevuld, opmerking_missing_reason, meting \
                 from staging.enquete order by ingevuld, gewicht"
            ),
            [
                format!("bl|5||{}|2021-11-01||2021", 1.0 / 3.0),
                "bl|||1.0|2021-11-01||2021".to_owned(),
                "kl||geen antwoord|2.0|2021-11-02|nvt|2021".to_owned(),
                "kl||8||2021-11-03||2021".to_owned(),
                "bl||vraag overgeslagen|1.5|2021-11-04|nvt|2021".to_owned(),
            ]
        );
        assert_eq!(
            project
                .sql("select count(*) from staging.enquete where opmerking = 'café, \"mooi\"' || chr(10) || 'en leuk'"),
            ["1"]
        );
        assert_eq!(
            project.sql("select line, column_name, rule from ops.quarantine order by line"),
            ["6|leerweg|code", "7|oordeel|range", "8|bsn|key_eleven_test"]
        );
        assert_eq!(
            project.sql(LABELS),
            [
                "1|slecht|false",
                "5|goed|false",
                "7|vraag overgeslagen|true",
                "9|geen antwoord|true"
            ]
        );
        assert_eq!(
            project.sql("select code, label, missing from ref.enquete_leerweg_labels"),
            ["1|basisberoeps|false", "2|kaderberoeps|false"]
        );
        // a weight is a number like others; its list is there and empty
        assert_eq!(project.number("select count(*) from ref.enquete_gewicht_labels"), 0);
        let shown = project.succeed(&["sql", "\\dt ref"]);
        assert!(
            shown.contains("ref.enquete_oordeel_labels") && !shown.contains("gewicht"),
            "{shown}"
        );
        // labels of a person key would name persons
        assert!(
            !project
                .sluis(&["sql", "select * from ref.enquete_bsn_labels"])
                .status
                .success()
        );
        let manifest = project.manifest("staging.enquete").to_string();
        assert!(!manifest.contains("somebody") && !manifest.contains(KEYS[0]));
        assert!(
            project
                .succeed(&["sql", "\\d staging.enquete"])
                .contains("oordeel_missing_reason")
        );
    }
}

#[test]
fn labels_come_and_go_with_the_deliveries() {
    let project = project(CONTRACT);
    let model = "/*---\ndescription = \"Opinions\"\ngrain = [\"oordeel\"]\n\
        disclosure = { count = \"personen\" }\n---*/\n\
        select l.label as oordeel, count(*) as personen from staging.enquete e \
        join ref.enquete_leerweg_labels l on l.code = case e.leerweg when 'bl' then '1' else '2' end group by l.label\n";
    fs::write(project.root().join("sql/mart/oordelen.sql"), model).unwrap();
    // before there is any delivery
    assert!(project.succeed(&["validate"]).contains("no problems"));
    assert!(project.succeed(&["plan"]).contains("enquete"));
    assert!(!project.sluis(&["sql", LABELS]).status.success());
    let good = |second: &str| survey(Packing::Bytecode, second, &cases()[..5]);
    project.deliver("enquete_2021.sav", good("kaderberoeps"));
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);
    let mart = "select oordeel from mart.oordelen order by oordeel";
    assert_eq!(project.sql(mart), ["basisberoeps", "kaderberoeps"]);

    // a later survey calls a track otherwise
    let contract = CONTRACT.replace(
        "\"kaderberoeps\" = \"kl\"",
        "\"kaderberoeps\" = \"kl\", \"kader\" = \"kl\"",
    );
    fs::write(project.root().join("pipelines/enquete.toml"), contract).unwrap();
    project.deliver("enquete_2023.sav", good("kader"));
    let said = project.succeed(&["ingest"]);
    assert!(
        said.contains("1 codes of `leerweg` stand for something else in other deliveries"),
        "{said}"
    );
    let tracks = "select code, label from ref.enquete_leerweg_labels";
    assert_eq!(project.sql(tracks), ["1|basisberoeps", "2|kader"]);
    assert_eq!(project.number("select count(*) from staging.enquete"), 10);
    let plan = project.succeed(&["plan"]);
    assert!(plan.contains("mart.oordelen"), "{plan}");
    project.succeed(&["run"]);
    assert_eq!(project.sql(mart), ["basisberoeps", "kader"]);
    assert!(project.succeed(&["run"]).contains("nothing"));

    // the table as it was has the labels it had
    project.succeed(&["rollback", "staging.enquete"]);
    assert_eq!(project.sql(tracks), ["1|basisberoeps", "2|kaderberoeps"]);
}

#[test]
fn a_file_of_another_format_fills_the_same_table() {
    let project = project(CONTRACT);
    let header = "BSN;leerweg;Oordeel_over_de_opleiding;gewicht;ingevuld;opmerking";
    let rows = format!("{header}\n111222333;bl;4;0,5;2021-11-01;x\n123456782;kaderberoeps;7;;;\n");
    project.deliver("enquete_2019.csv", rows);
    project.deliver(
        "enquete_2021.sav",
        survey(Packing::Bytecode, "kaderberoeps", &cases()[..5]),
    );
    project.succeed(&["ingest"]);
    assert_eq!(
        project.sql("select leerweg, oordeel, oordeel_missing_reason, gewicht from staging.enquete where meting = '2019' order by leerweg"),
        ["bl|4||0.5", "kl|||"]
    );
    assert_eq!(project.number("select count(*) from staging.enquete"), 7);
}

#[test]
fn what_is_wrong_with_a_file_or_a_contract_is_said() {
    let project = project(CONTRACT);
    let whole = survey(Packing::Bytecode, "kaderberoeps", &cases());
    project.deliver("enquete_2021.sav", &whole[..whole.len() - 40]);
    project.deliver("enquete_2022.sav", "BSN;leerweg\n");
    let mut layout = Layout::new("");
    layout
        .column(Column::text("BSN", 9))
        .column(Column::number("onbekend", 1, 0));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    file.case(&[KEYS[0].into(), 1.into()]).unwrap();
    project.deliver("enquete_2023.sav", file.finish().unwrap().into_inner());
    let output = project.sluis(&["ingest"]);
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    for expected in [
        "enquete_2021.sav: the data end within case",
        "enquete_2022.sav: the file does not begin as an SPSS system file",
        "the column `leerweg` (`leerweg`) is missing",
        "columns the contract does not name: `onbekend`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let manifests = fs::read_dir(project.root().join("lake/staging/enquete/_manifests"));
    assert_eq!(manifests.map_or(0, Iterator::count), 0);

    for (from, to, expected) in [
        ("type = \"spss\"", "type = \"jsonl\"\n", ""),
        (
            "missing_reason = true\ntag",
            "missing_reason = true\nlabels = true\nconstant_from = \"file\"\ntag",
            "neither labels nor reasons",
        ),
        (
            "name = \"gewicht\"",
            "name = \"oordeel_missing_reason\"\nheader = \"gewicht\"",
            "the name `oordeel_missing_reason` stands twice",
        ),
        (
            "nullable = true\ndecimal_sign = \",\"",
            "nullable = true",
            "the decimal sign is not declared",
        ),
        (
            "delimiter = \";\", encoding",
            "header = false, delimiter = \";\", encoding",
            "only files whose columns have names",
        ),
    ] {
        assert!(CONTRACT.contains(from), "{from}");
        fs::write(
            project.root().join("pipelines/enquete.toml"),
            CONTRACT.replace(from, to),
        )
        .unwrap();
        let output = project.sluis(&["validate"]);
        let said = String::from_utf8(output.stdout).unwrap();
        if expected.is_empty() {
            assert!(
                said.contains("only files of format \"spss\" tell the labels of a column"),
                "{said}"
            );
        } else {
            assert!(said.contains(expected), "{said}");
        }
    }
    let clash = project.root().join("config/reference/enquete_oordeel_labels.csv");
    fs::write(&clash, "code\n1\n").unwrap();
    fs::write(project.root().join("pipelines/enquete.toml"), CONTRACT).unwrap();
    let said = String::from_utf8(project.sluis(&["validate"]).stdout).unwrap();
    assert!(said.contains("is what a contract's codes stand for"), "{said}");
}

#[test]
fn lines_of_an_spss_file_are_read_again() {
    let project = project(CONTRACT);
    project.deliver("enquete_2021.sav", survey(Packing::Zlib, "kaderberoeps", &cases()));
    project.succeed(&["ingest"]);
    assert_eq!(project.number("select count(*) from staging.enquete"), 5);
    let wider = CONTRACT.replace("range = [1, 5]", "range = [1, 6]");
    fs::write(project.root().join("pipelines/enquete.toml"), wider).unwrap();
    let delivery = project.sql("select id from ops.deliveries").remove(0);
    let said = project.succeed(&["quarantine", "replay", &delivery]);
    assert!(
        said.contains("only the lines that were set aside (3) were read again"),
        "{said}"
    );
    assert_eq!(project.number("select count(*) from staging.enquete"), 6);
    assert_eq!(project.number("select count(*) from ref.enquete_oordeel_labels"), 4);
}

#[test]
fn a_draft_takes_the_spss_file_it_was_made_from() {
    let project = project(CONTRACT);
    fs::remove_file(project.root().join("pipelines/enquete.toml")).unwrap();
    let rows: Vec<_> = (0..40).flat_map(|_| cases()[..5].to_vec()).collect();
    project.deliver("enquete_2021.sav", survey(Packing::Bytecode, "kaderberoeps", &rows));
    let contract = project.root().join("pipelines/proef.toml");
    let file = project.landing().join("enquete_2021.sav");
    let paths = [&file, &contract].map(|path| path.to_str().unwrap());
    project.succeed(&["contract", "infer", paths[0], "--out", paths[1]]);
    let draft = fs::read_to_string(&contract).unwrap();
    for expected in [
        "type = \"spss\"",
        "# The file is weighted by gewicht.",
        "header = [\"Oordeel_over_de_opleiding\"]\ntype = \"integer\"\nnullable = true",
        "# missing_reason = true",
        "What do you think of it?: 1 = slecht, 5 = goed, 7 = vraag overgeslagen, 9 = geen antwoord (missing)",
        "name = \"gewicht\"\ntype = \"double\"",
        "name = \"ingevuld\"\ntype = \"date\"",
        "key = \"bsn\"",
    ] {
        assert!(draft.contains(expected), "{expected}\n{draft}");
    }
    assert!(!draft.contains("somebody") && !draft.contains(KEYS[0]), "{draft}");
    project.fill_in();
    project.succeed(&["validate"]);
    project.succeed(&["ingest"]);
    assert_eq!(project.number("select count(*) from staging.proef"), 200);
    assert_eq!(
        project.sql(
            "select count(oordeel_over_de_opleiding), max(oordeel_over_de_opleiding), count(gewicht) from staging.proef"
        ),
        ["80|7|160"]
    );
}

fn school_leavers() -> Vec<u8> {
    let mut layout = Layout::new("Schoolverlatersonderzoek 2023");
    layout.column(Column::text("DIPLOMAJAAR", 9).label("School year of the diploma"));
    let track = Column::number("LEERWEG", 1, 0).value(1, "basisberoepsgerichte leerweg");
    let track = track
        .value(2, "kaderberoepsgerichte leerweg")
        .value(3, "gemengde leerweg");
    layout.column(track.value(4, "theoretische leerweg"));
    let profile = Column::number("PROFIEL", 2, 0).value(1, "Bouwen, wonen en interieur");
    layout.column(profile.value(2, "Zorg en welzijn"));
    for item in [
        "AANTREKKELIJK",
        "ACTUEEL",
        "UITDAGEND",
        "BASIS_KIEZEN",
        "BASIS_VOLGEN",
        "AANSLUITING",
    ] {
        let item = Column::number(item, 1, 0)
            .value(8, "weet niet")
            .value(9, "geen antwoord");
        layout.column(item.missing(8).missing(9));
    }
    layout.column(Column::number("GEWICHT", 8, 4));
    layout.weight("GEWICHT");
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    let row = |track: i32, profile: Value<'static>, answer: i32, weight: Value<'static>| {
        let mut row: Vec<Value<'_>> = vec!["2021/2022".into(), track.into(), profile];
        row.extend([answer; 6].map(Value::from));
        row.push(weight);
        row
    };
    for case in [
        row(1, 1.into(), 4, 1.125.into()),
        row(3, 2.into(), 8, 0.5.into()),
        row(4, Value::Missing, 1, Value::Missing),
    ] {
        file.case(&case).unwrap();
    }
    file.finish().unwrap().into_inner()
}

fn persons(people: &[[&str; 5]]) -> Vec<u8> {
    let mut layout = Layout::new("GBAPERSOON");
    layout
        .column(Column::text("RINPERSOONS", 1))
        .column(Column::text("RINPERSOON", 9));
    layout.column(
        Column::text("GBAGESLACHT", 1)
            .value("1", "Mannen")
            .value("2", "Vrouwen"),
    );
    layout
        .column(Column::text("GBAGEBOORTEJAAR", 4))
        .column(Column::text("GBAGENERATIE", 1));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    for person in people {
        file.case(&person.map(Value::from)).unwrap();
    }
    file.finish().unwrap().into_inner()
}

#[test]
fn the_shipped_contracts_take_their_spss_files() {
    let project = Project::new();
    project.deliver("svo_schoolverlaters_2023.sav", school_leavers());
    let people = [
        ["R", "000000012", "1", "1970", "0"],
        ["R", "000000024", "2", "----", "-"],
    ];
    project.deliver("cbs/gbapersoon/GBAPERSOON2022TABV1.sav", persons(&people));
    let text =
        "RINPERSOONS;RINPERSOON;GBAGESLACHT;GBAGEBOORTEJAAR;GBAGENERATIE\nR;000000012;1;1970;0\nR;000000036;-;1999;2\n";
    project.deliver("cbs/gbapersoon/GBAPERSOON2021TABV2.csv", text);
    project.succeed(&["ingest", "svo_schoolverlaters", "cbs_gbapersoon"]);
    assert_eq!(
        project.sql(
            "select meting, diplomajaar, leerweg, profiel, sector, aantrekkelijk, aansluiting_missing_reason, gewicht \
             from staging.svo_schoolverlaters order by leerweg"
        ),
        [
            "2023|2021-2022|bl|BWI|techniek|4||1.125",
            "2023|2021-2022|gl|Z&W|niet-techniek||weet niet|0.5",
            "2023|2021-2022|tl|||1||"
        ]
    );
    assert_eq!(
        project.sql("select jaar, geslacht, geboortejaar, generatie from staging.cbs_gbapersoon order by 1, 2"),
        ["2021|MAN|1970|0", "2021||1999|2", "2022|MAN|1970|0", "2022|VROUW||"]
    );
    // the same person in a text and an SPSS file
    assert_eq!(
        project.number("select count(distinct rin) from staging.cbs_gbapersoon"),
        3
    );
    assert_eq!(
        project.sql("select label from ref.cbs_gbapersoon_geslacht_labels where code = '2'"),
        ["Vrouwen"]
    );
}
