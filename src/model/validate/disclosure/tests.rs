mod over_models;

use std::fs;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use super::super::{KnownTable, Surroundings, validate};
use super::*;
use crate::contract::column::Tag;
use crate::lake::FIELD_TAG;
use crate::model::{Fingerprint, Prepared};

/// Pupils of two sources, schools that are nobody, and what is made of them.
fn project(models: &[(&str, &str, &str)]) -> (tempfile::TempDir, Surroundings) {
    let dir = tempfile::tempdir().unwrap();
    for (path, toml, sql) in models {
        let path = dir.path().join("sql").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("/*---\ndescription = \"d\"\n{toml}\n---*/\n{sql}\n")).unwrap();
    }
    let noted = |field: Field, key: &str, value: &str| field.with_metadata([(key.to_owned(), value.to_owned())].into());
    let persons = vec![
        noted(
            Field::new("persoon", DataType::FixedSizeBinary(16), false),
            "sluis.key",
            "bsn",
        ),
        Field::new("vestiging", DataType::Utf8, true),
        noted(Field::new("geslacht", DataType::Utf8, true), FIELD_TAG, "personal"),
        noted(Field::new("leeftijd", DataType::Int32, true), FIELD_TAG, "personal"),
        Field::new("uren", DataType::Float64, true),
        Field::new("schooljaar", DataType::Utf8, false),
    ];
    let schools = vec![
        Field::new("vestiging", DataType::Utf8, true),
        Field::new("aantal", DataType::Int32, true),
    ];
    let table = |fields: &Vec<Field>| KnownTable {
        schema: Arc::new(Schema::new(fields.clone())),
        partition: vec![],
    };
    let tables = [
        ("staging.leerlingen", "duo", &persons),
        ("staging.banen", "cbs", &persons),
        ("staging.scholen", "duo", &schools),
    ];
    let name = |name: &str| name.parse::<TableName>().unwrap();
    let surroundings = Surroundings {
        sql: dir.path().join("sql"),
        reference: dir.path().join("reference"),
        known: tables
            .iter()
            .map(|(table_name, _, f)| (name(table_name), table(f)))
            .collect(),
        sources: tables
            .iter()
            .map(|(table, source, _)| (name(table), (*source).to_owned()))
            .collect(),
        minimums: Minimums::new([("default".into(), 10), ("duo".into(), 6), ("cbs".into(), 10)].into()),
        ..Surroundings::default()
    };
    (dir, surroundings)
}

fn problems(models: &[(&str, &str, &str)]) -> String {
    let (_dir, surroundings) = project(models);
    let (_, problems) = validate(&surroundings);
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    shown
        .join("\n")
        .replace(&format!("{}/", surroundings.sql.display()), "")
}

#[track_caller]
fn prepared(models: &[(&str, &str, &str)], name: &str) -> Prepared {
    let (_dir, surroundings) = project(models);
    let (prepared, problems) = validate(&surroundings);
    assert!(problems.is_empty(), "{problems:#?}");
    prepared.into_iter().find(|m| m.name().to_string() == name).unwrap()
}

const COUNT: &str = "SELECT vestiging, count(DISTINCT persoon) AS personen FROM staging.leerlingen GROUP BY vestiging";
const RULE: &str = "grain = ['vestiging']\ndisclosure = { count = 'personen' }";

#[test]
fn a_mart_of_persons_without_a_rule_is_refused_whatever_lies_between() {
    let told = problems(&[
        ("mart/zonder.sql", "", COUNT),
        ("core/tussen.sql", "", COUNT),
        ("mart/via.sql", "", "SELECT sum(personen) AS personen FROM core.tussen"),
        ("mart/quarantaine.sql", "", "SELECT count(*) AS n FROM ops.quarantine"),
        // nobody, what another mart has published, and what is no mart
        (
            "mart/open.sql",
            "",
            "SELECT vestiging, sum(aantal) AS n FROM staging.scholen GROUP BY 1",
        ),
        ("mart/met.sql", RULE, COUNT),
        (
            "mart/na_met.sql",
            "",
            "SELECT sum(personen) AS n, max(status) AS status FROM mart.met",
        ),
        ("mart/na_zonder.sql", "", "SELECT sum(personen) AS n FROM mart.zonder"),
    ]);
    insta::assert_snapshot!(told, @r#"
        mart/quarantaine.sql:5:1: error[disclosure]: mart.quarantaine is made of data about persons (through ops.quarantine)
          hint: add a disclosure rule to its header, as `disclosure = { count = "personen" }`; see docs/models.md
        mart/via.sql:5:1: error[disclosure]: mart.via is made of data about persons (through core.tussen)
          hint: add a disclosure rule to its header, as `disclosure = { count = "personen" }`; see docs/models.md
        mart/zonder.sql:5:1: error[disclosure]: mart.zonder is made of data about persons (through staging.leerlingen)
          hint: add a disclosure rule to its header, as `disclosure = { count = "personen" }`; see docs/models.md
        "#);
}

#[test]
fn no_mart_holds_a_pseudonym() {
    let toml = "grain = ['persoon']\ndisclosure = { count = 'n', blank = 'letter' }";
    let told = problems(&[
        (
            "mart/rij.sql",
            toml,
            "SELECT persoon, pseudoniem(persoon, 1) AS wie, substr(geslacht, 1, 1) AS letter, count(*) AS n \
             FROM staging.leerlingen GROUP BY ALL",
        ),
        (
            "core/rij.sql",
            "[public]\nwie = 'x'\nletter = 'one of two'",
            "SELECT persoon, pseudoniem(persoon, 1) AS wie, substr(geslacht, 1, 1) AS letter FROM staging.leerlingen",
        ),
        (
            "core/reden.sql",
            "public = { letter = ' ' }",
            "SELECT substr(geslacht, 1, 1) AS letter FROM staging.leerlingen",
        ),
        (
            "core/naam.sql",
            "public = { leter = 'x' }",
            "SELECT substr(geslacht, 1, 1) AS letter FROM staging.leerlingen",
        ),
    ]);
    insta::assert_snapshot!(told, @r#"
        core/naam.sql:3:12: error[unknown-column]: the query gives no column `leter`
          hint: did you mean `letter`?
        core/reden.sql:3:12: error[public]: `public` gives no reason for `letter`
          hint: say in a few words why its values tell nothing of a person: "bands of ten years"
        core/rij.sql:4:1: error[public]: column `wie` holds a pseudonym
          hint: a pseudonym stands for one person, in whatever form: it cannot be public
        mart/rij.sql:3:10: error[disclosure]: column `persoon` holds a pseudonym
          hint: a mart is never about one person: leave it out, and count persons with count(DISTINCT ...)
        mart/rij.sql:6:1: error[disclosure]: column `wie` holds a pseudonym
          hint: a mart is never about one person: leave it out, and count persons with count(DISTINCT ...)
        mart/rij.sql:6:1: error[disclosure]: the disclosure rule does not say what column `wie` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        "#);
}

#[test]
fn what_a_rule_names_is_there_and_is_what_it_should_be() {
    let sql = "SELECT schooljaar, vestiging, geslacht, count(DISTINCT persoon) AS personen, sum(uren) AS uren, \
               avg(leeftijd) AS leeftijd, max(geslacht) AS laatste, 'x' AS soort FROM staging.leerlingen GROUP BY 1, 2, 3";
    let grain = "grain = ['schooljaar', 'vestiging', 'geslacht']\npartition = ['schooljaar']\n[disclosure]\n";
    let model = |rule: &str| format!("{grain}{rule}");
    let rules = [
        (
            "mart/a_namen.sql",
            "count = 'persons'\nblank = ['uren', 'leeftijd', 'uur']\nattributes = 'laatste'",
        ),
        (
            "mart/b_getallen.sql",
            "count = ['personen', 'uren', 'soort']\nblank = 'leeftijd'\nattributes = 'laatste'",
        ),
        (
            "mart/c_dimensies.sql",
            "count = 'personen'\nblank = ['uren', 'leeftijd', 'laatste']\ndimensions = ['schooljaar', 'soort', 'vestigng']",
        ),
        (
            "mart/d_totalen.sql",
            "count = 'personen'\nblank = ['uren', 'leeftijd', 'laatste']\ntotals = { geslagt = { beide = ['MAN', 'VROUW'] }, vestiging = { alle = 'all others', leeg = [], zelf = ['zelf'], een = ['twee'], twee = ['een'] } }",
        ),
        ("mart/e_over.sql", "count = 'personen'"),
        (
            "mart/f_dubbel.sql",
            "count = 'personen'\nblank = ['personen', 'uren', 'schooljaar']\nattributes = ['leeftijd', 'laatste']\nunpublished = ['vestiging', 'soort']",
        ),
        (
            "mart/g_minimum.sql",
            "count = 'personen'\nblank = ['uren', 'leeftijd', 'laatste']\nunits = { column = 'personen', min = 0 }",
        ),
        (
            "mart/g_minste.sql",
            "count = 'personen'\nblank = ['uren', 'leeftijd', 'laatste']\nmin = 5\ncounts = { column = 'personen', min = 3 }\nunits = { column = 'personen', min = 1 }",
        ),
        (
            "mart/h_niets.sql",
            "blank = ['uren', 'leeftijd', 'laatste']\nattributes = 'personen'",
        ),
        ("mart/i_woord.sql", "count = 'personen'\nzeros = 'hide'"),
        (
            "mart/j_delen.sql",
            "count = 'personen'\ntotals = { vestiging = { alle = 'others' } }",
        ),
        (
            "mart/k_sleutel.sql",
            "count = 'personen'\nshares = [{ share = 'uren', numerator = 'personen', denominater = 'personen' }]",
        ),
    ];
    let rules: Vec<_> = rules.iter().map(|(path, rule)| (*path, model(rule))).collect();
    let mut models: Vec<(&str, &str, &str)> = rules.iter().map(|(path, rule)| (*path, rule.as_str(), sql)).collect();
    let status = "SELECT vestiging, 'x' AS status, count(*) AS personen FROM staging.leerlingen GROUP BY 1";
    models.push(("mart/l_status.sql", RULE, status));
    models.push((
        "mart/m_grain.sql",
        "disclosure = { count = 'personen' }",
        "SELECT count(*) AS personen FROM staging.leerlingen",
    ));
    models.push(("core/n_kern.sql", RULE, COUNT));
    insta::assert_snapshot!(problems(&models), @r#"
        core/n_kern.sql:4:14: error[disclosure]: core.n_kern is no mart, and has a disclosure rule
          hint: only marts are published for others to read: take the rule out, or move the model to sql/mart
        mart/a_namen.sql:6:9: error[unknown-column]: the query gives no column `persons`
          hint: did you mean `personen`?
        mart/a_namen.sql:7:30: error[unknown-column]: the query gives no column `uur`
          hint: its columns are geslacht, laatste, leeftijd, personen, schooljaar, soort, uren, vestiging
        mart/a_namen.sql:8:14: error[disclosure]: attribute `laatste` is made of columns with the tag personal
          hint: name it in `blank`, so that it is withheld with a count, or say in `public` why anyone may see it
        mart/a_namen.sql:10:1: error[disclosure]: the disclosure rule does not say what column `personen` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        mart/b_getallen.sql:6:22: error[disclosure]: count `uren` is Float64, not a whole number
          hint: a count of persons is count(DISTINCT ...) or a sum of such: CAST(... AS BIGINT) what is whole
        mart/b_getallen.sql:6:30: error[disclosure]: count `soort` is Utf8, not a whole number
          hint: a count of persons is count(DISTINCT ...) or a sum of such: CAST(... AS BIGINT) what is whole
        mart/b_getallen.sql:8:14: error[disclosure]: attribute `laatste` is made of columns with the tag personal
          hint: name it in `blank`, so that it is withheld with a count, or say in `public` why anyone may see it
        mart/c_dimensies.sql:3:24: error[disclosure]: grain column `vestiging` is not among the dimensions
          hint: each row is a cell, and dimensions tell cells apart: leave `dimensions` out, or name it there
        mart/c_dimensies.sql:3:37: error[disclosure]: grain column `geslacht` is not among the dimensions
          hint: each row is a cell, and dimensions tell cells apart: leave `dimensions` out, or name it there
        mart/c_dimensies.sql:8:29: error[disclosure]: dimension `soort` is not in the grain
          hint: the grain is schooljaar, vestiging, geslacht: add it there, or leave it out here
        mart/c_dimensies.sql:8:38: error[unknown-column]: the query gives no column `vestigng`
          hint: did you mean `vestiging`?
        mart/c_dimensies.sql:10:1: error[disclosure]: the disclosure rule does not say what column `geslacht` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        mart/d_totalen.sql:8:87: error[disclosure]: the total `leeg` has no parts
          hint: list the values that it is the total of, or write "all others"
        mart/d_totalen.sql:8:98: error[disclosure]: the total `zelf` is a part of itself
          hint: list the values that it is the total of, or write "all others"
        mart/d_totalen.sql:8:115: error[disclosure]: the total `een` is, through its parts, a part of itself
          hint: list the values that it is the total of, or write "all others"
        mart/d_totalen.sql:8:131: error[disclosure]: the total `twee` is, through its parts, a part of itself
          hint: list the values that it is the total of, or write "all others"
        mart/e_over.sql:8:1: error[disclosure]: the disclosure rule does not say what column `laatste` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        mart/e_over.sql:8:1: error[disclosure]: the disclosure rule does not say what column `leeftijd` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        mart/e_over.sql:8:1: error[disclosure]: the disclosure rule does not say what column `uren` is
          hint: name it in `blank` when it is withheld with a count, in `attributes` when it says something of a dimension and not of persons, in `unpublished` when only the rule needs it
        mart/f_dubbel.sql:7:10: error[disclosure]: `personen` is a count and withheld with a count
          hint: a column is one of the two
        mart/f_dubbel.sql:7:30: error[disclosure]: `schooljaar` is a dimension and withheld with a count
          hint: a column is one of the two
        mart/f_dubbel.sql:7:30: error[disclosure]: partition column `schooljaar` cannot be withheld
          hint: its values are names of folders: leave it out of `partition`
        mart/f_dubbel.sql:8:15: error[disclosure]: attribute `leeftijd` is made of columns with the tag personal
          hint: name it in `blank`, so that it is withheld with a count, or say in `public` why anyone may see it
        mart/f_dubbel.sql:8:27: error[disclosure]: attribute `laatste` is made of columns with the tag personal
          hint: name it in `blank`, so that it is withheld with a count, or say in `public` why anyone may see it
        mart/f_dubbel.sql:9:16: error[disclosure]: `vestiging` tells cells or folders apart, so it is published
          hint: leave it out of `unpublished`
        mart/g_minimum.sql:8:38: error[disclosure]: a minimum of 0 says nothing
          hint: 1 is the least: then every cell is shown
        mart/g_minste.sql:8:7: error[disclosure]: a minimum of 5 is less than the 6 that is asked of data from duo
          hint: leave `min` out, or change disclosure.min.duo in config/sluis.toml
        mart/g_minste.sql:9:39: error[disclosure]: a minimum of 3 is less than the 6 that is asked of data from duo
          hint: leave `min` out, or change disclosure.min.duo in config/sluis.toml
        mart/g_minste.sql:10:20: error[disclosure]: unit `personen` is made of a number of persons
          hint: name it in `count` or `blank`, so that it is withheld when it tells of too few, or say in `public` why anyone may see it
        mart/h_niets.sql:5:1: error[disclosure]: the disclosure rule says of no column what it counts
          hint: name the column that counts persons: count = "personen"
        mart/i_woord.sql:7:9: error[unknown-value]: `hide` is not one of the values this key takes
          hint: the values are show, protect
        mart/j_delen.sql:7:33: error[wrong-type]: invalid value: string "others", expected a list of values, or "all others"
        mart/k_sleutel.sql:7:53: error[unknown-key]: there is no key `denominater` here
          hint: did you mean `denominator`?
        mart/l_status.sql:6:1: error[disclosure]: the query gives a column `status`, and a mart with a disclosure rule gets one
          hint: give the query's column another name
        mart/m_grain.sql:3:14: error[disclosure]: a mart with a disclosure rule needs a grain
          hint: name the columns that identify a row in `grain`: each row is a cell
        "#);
}

const EVERYTHING: &str = r#"
grain = ["schooljaar", "geslacht"]
partition = ["geslacht"]

[columns]
jong = "Pupils up to 15"

[disclosure]
count = ["personen"]
min = 12
blank = "leeftijd"
zeros = "protect"
dimensions = ["geslacht", "schooljaar"]
unpublished = "jong"
totals = { geslacht = { "MAN of VROUW" = ["MAN", "VROUW"], totaal = "all others" } }
units = { column = "scholen", min = 3, blank = ["leeftijd"] }

[[disclosure.counts]]
column = "oud"
min = 20
blank = ["uren"]

[[disclosure.shares]]
share = ["aandeel_jong"]
numerator = "jong"
denominator = "personen"
extremes = "show"
"#;

const EVERY_COLUMN: &str = "SELECT schooljaar, geslacht, count(DISTINCT persoon) AS personen, avg(leeftijd) AS leeftijd, \
    count(DISTINCT CASE WHEN leeftijd <= 15 THEN persoon END) AS jong, count(DISTINCT CASE WHEN leeftijd > 15 THEN persoon \
    END) AS oud, sum(uren) AS uren, count(DISTINCT vestiging) AS scholen, 0.5 AS aandeel_jong \
    FROM staging.leerlingen GROUP BY 1, 2";

#[test]
fn every_key_of_a_rule_is_read_and_its_dimensions_are_public() {
    let model = prepared(&[("mart/a.sql", EVERYTHING, EVERY_COLUMN)], "mart.a");
    let rule = model.disclosure.as_ref().unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(rule).unwrap(), @r#"
        {
          "dimensions": [
            "geslacht",
            "schooljaar"
          ],
          "counts": [
            {
              "column": "personen",
              "min": 12,
              "blank": []
            },
            {
              "column": "oud",
              "min": 20,
              "blank": [
                "uren"
              ]
            },
            {
              "column": "jong",
              "min": 12,
              "blank": []
            }
          ],
          "units": [
            {
              "column": "scholen",
              "min": 3,
              "blank": [
                "leeftijd"
              ]
            }
          ],
          "shares": [
            {
              "columns": [
                "aandeel_jong"
              ],
              "numerator": "jong",
              "denominator": "personen",
              "min": 12,
              "extremes": "show"
            }
          ],
          "blank": [
            "leeftijd"
          ],
          "zeros": "protect",
          "totals": [
            {
              "dimension": "geslacht",
              "value": "MAN of VROUW",
              "parts": {
                "values": [
                  "MAN",
                  "VROUW"
                ]
              }
            },
            {
              "dimension": "geslacht",
              "value": "totaal",
              "parts": "all_others"
            }
          ],
          "unpublished": [
            "jong"
          ]
        }
        "#);
    let columns = model
        .schema
        .fields()
        .iter()
        .map(|f| format!("{} {:?}", f.name(), Tag::of(f)));
    insta::assert_snapshot!(columns.collect::<Vec<_>>().join("\n"), @r#"
        schooljaar Public
        personen Public
        leeftijd Personal
        oud Public
        uren Public
        scholen Public
        aandeel_jong Public
        status Public
        geslacht Public
        "#);
}

#[test]
fn the_strictest_source_with_persons_decides_the_minimum() {
    let min = |sql: &str| {
        let models = [
            ("core/tussen.sql", "", "SELECT * FROM staging.leerlingen"),
            ("mart/a.sql", RULE, sql),
        ];
        prepared(&models, "mart.a").disclosure.unwrap().counts[0].min
    };
    assert_eq!(min(COUNT), 6);
    assert_eq!(min(&COUNT.replace("staging.leerlingen", "core.tussen")), 6);
    let both = "SELECT l.vestiging, count(DISTINCT l.persoon) AS personen FROM core.tussen l JOIN staging.banen b USING (persoon) GROUP BY 1";
    assert_eq!(min(both), 10);
    let open = "SELECT vestiging, sum(aantal) AS personen FROM staging.scholen GROUP BY 1";
    assert_eq!(min(open), 6);
}

#[test]
fn shares_are_a_rule_by_themselves() {
    let toml =
        "grain = ['vestiging']\n[[disclosure.shares]]\nshare = 'aandeel'\nnumerator = 'jong'\ndenominator = 'personen'";
    let sql = "SELECT vestiging, count(*) AS personen, count(*) FILTER (WHERE leeftijd < 15) AS jong, 0.5 AS aandeel \
               FROM staging.leerlingen GROUP BY vestiging";
    let rule = prepared(&[("mart/a.sql", toml, sql)], "mart.a").disclosure.unwrap();
    let counts: Vec<(&str, u64)> = rule.counts.iter().map(|c| (c.column.as_str(), c.min)).collect();
    assert_eq!(counts, [("jong", 6), ("personen", 6)]);
    assert_eq!((rule.dimensions.len(), rule.shares.len()), (1, 1));
}

#[test]
fn a_changed_rule_is_another_fingerprint() {
    let settings = |toml: &str| -> Fingerprint { prepared(&[("mart/a.sql", toml, COUNT)], "mart.a").fingerprint };
    let first = settings(RULE);
    let more = [
        "min = 7",
        "zeros = 'protect'",
        "totals = { vestiging = { alle = 'all others' } }",
        "dimensions = 'vestiging'",
    ];
    let others = more.map(|more| settings(&RULE.replace(" }", &format!(", {more} }}"))));
    for (other, more) in others.iter().zip(more) {
        assert_eq!(first.sql, other.sql);
        // the same rule in more words
        assert_eq!(
            first.settings == other.settings,
            more.starts_with("dimensions"),
            "{more}"
        );
    }
    let core = |toml: &str| {
        let sql = "SELECT substr(geslacht, 1, 1) AS letter FROM staging.leerlingen";
        prepared(&[("core/a.sql", toml, sql)], "core.a")
    };
    let (tagged, public) = (core(""), core("public = { letter = 'one of two' }"));
    assert_ne!(tagged.fingerprint.settings, public.fingerprint.settings);
    assert_eq!(Tag::of(tagged.schema.field(0)), Tag::Personal);
    assert_eq!(Tag::of(public.schema.field(0)), Tag::Public);
}
