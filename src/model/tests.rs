use std::fs;

use arrow::datatypes::{DataType, Field, Schema};

use super::*;

/// A project with `models` (path below sql/, text) and code lists.
fn project(models: &[(&str, &str)]) -> (tempfile::TempDir, Surroundings) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in models {
        let path = dir.path().join("sql").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(dir.path().join("reference")).unwrap();
    fs::write(
        dir.path().join("reference/profielen.csv"),
        "code,profiel\nBWI,BWI\nMTR,MVI\n",
    )
    .unwrap();
    let fields = vec![
        Field::new("vestiging", DataType::Utf8, false),
        Field::new("profiel", DataType::Utf8, true),
        Field::new("aantal", DataType::Int32, true),
        Field::new("schooljaar", DataType::Utf8, false),
    ];
    let table = KnownTable {
        schema: Arc::new(Schema::new(fields)),
        partition: vec!["schooljaar".into()],
    };
    let known = BTreeMap::from([("staging.leerlingen".parse().unwrap(), table)]);
    let surroundings = Surroundings {
        sql: dir.path().join("sql"),
        reference: dir.path().join("reference"),
        known,
        ..Surroundings::default()
    };
    (dir, surroundings)
}

fn header(toml: &str) -> String {
    format!("/*---\ndescription = \"d\"\n{toml}\n---*/\n")
}

fn model(toml: &str, sql: &str) -> String {
    header(toml) + sql
}

/// The problems as shown, without the folder.
fn problems(models: &[(&str, &str)]) -> String {
    let (dir, surroundings) = project(models);
    let (_, problems) = validate(&surroundings);
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    shown
        .join("\n")
        .replace(&format!("{}/", surroundings.sql.display()), "")
        .replace(&*dir.path().to_string_lossy(), "")
}

fn prepared(models: &[(&str, &str)]) -> Vec<Prepared> {
    let (_dir, surroundings) = project(models);
    let (prepared, problems) = validate(&surroundings);
    assert!(
        problems.is_empty(),
        "{}",
        problems.iter().map(|p| p.to_string() + "\n").collect::<String>()
    );
    prepared
}

fn fingerprint(toml: &str, sql: &str) -> String {
    prepared(&[("mart/a.sql", &model(toml, sql))])[0].fingerprint.digest()
}

#[test]
fn a_model_is_planned_in_the_order_of_its_dependencies() {
    let a = model(
        "partition = ['schooljaar']",
        "SELECT schooljaar, sum(n) AS n FROM core.b GROUP BY schooljaar",
    );
    let b = model(
        "",
        "WITH x AS (SELECT * FROM staging.leerlingen l JOIN ref.profielen p ON p.code = l.profiel)\nSELECT schooljaar, aantal AS n FROM x",
    );
    let models = prepared(&[("mart/a.sql", &a), ("core/b.sql", &b)]);
    let names: Vec<String> = models.iter().map(|m| m.name().to_string()).collect();
    assert_eq!(names, ["core.b", "mart.a"]);
    let reads: Vec<String> = models[0].reads.iter().map(ToString::to_string).collect();
    assert_eq!(reads, ["ref.profielen", "staging.leerlingen"]);
    let columns: Vec<String> = models[1]
        .schema
        .fields()
        .iter()
        .map(|f| format!("{}:{}", f.name(), f.data_type()))
        .collect();
    assert_eq!(columns, ["n:Int64", "schooljaar:Utf8"]);
    assert!(!models[1].schema.field(1).is_nullable());
}

#[test]
fn every_key_of_the_header_is_read() {
    let text = model(
        r#"
owner = "team"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
inputs = { "staging.leerlingen" = { window = ["schooljaar", 0, -2] } }
audits = [
  { not_null = ["aantal"] },
  { unique = "aantal", severity = "warning", name = "wie" },
  { accepted = { column = "profiel", values = ["BWI", "M'T"] } },
  { relation = { column = "profiel", to = "ref.profielen", to_column = "code" }, severity = "warning" },
  { relation = { columns = ["schooljaar", "profiel"], to = "mart.a" } },
  { expression = "aantal >= 0" },
  { rows = { min = 1, max = 10 } },
]
[columns]
aantal = "leerlingen""#,
        "SELECT schooljaar, profiel, sum(aantal) AS aantal FROM staging.leerlingen GROUP BY ALL",
    );
    let models = prepared(&[("mart/a.sql", &text)]);
    let header = &models[0].model.header;
    let audits: Vec<String> = header
        .audits
        .iter()
        .map(|a| format!("{} {}: {}", a.severity, a.name, a.rule.text()))
        .collect();
    insta::assert_snapshot!(audits.join("\n"), @r#"
        error not_null_aantal: aantal not null
        warning wie: aantal unique
        error accepted_profiel: profiel in ('BWI', 'M''T')
        warning relation_profiel_profielen: profiel in ref.profielen (code)
        error relation_schooljaar_profiel_a: schooljaar, profiel in mart.a (schooljaar, profiel)
        error expression: aantal >= 0
        error rows: 1 to 10 rows
        "#);
    let staging = "staging.leerlingen".parse().unwrap();
    assert_eq!(
        models[0].mapping(&staging),
        Some(&InputMapping::Window {
            column: "schooljaar".into(),
            from: -2,
            to: 0
        })
    );
    assert_eq!(
        models[0].looks_at.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["ref.profielen"]
    );
    assert_eq!(models[0].order(), ["schooljaar", "profiel"]);
    assert_eq!((header.owner.as_deref(), header.columns.len()), (Some("team"), 1));
}

#[test]
fn problems_are_told_with_their_place_and_a_hint() {
    let good = model("", "SELECT vestiging FROM staging.leerlingen");
    let wrong = [
        ("mart/geen_kop.sql", "SELECT 1 AS x".to_string()),
        (
            "mart/sleutel.sql",
            model("gran = [\"x\"]", "SELECT vestiging FROM staging.leerlingen"),
        ),
        (
            "mart/tabel.sql",
            model(
                "",
                "SELECT vestiging\nFROM staging.leerlngen l\nJOIN profielen USING (x)",
            ),
        ),
        (
            "mart/kolom.sql",
            model(
                "",
                "SELECT l.vestging, proviel\nFROM staging.leerlingen l\nWHERE aantl > 3",
            ),
        ),
        ("mart/syntax.sql", model("", "SELECT vestiging,\nFROM FROM x")),
        ("mart/twee.sql", model("", "SELECT 1 AS x; SELECT 2 AS x")),
        ("mart/schrijft.sql", model("", "DROP TABLE staging.leerlingen")),
        (
            "mart/functie.sql",
            model("", "SELECT count_if(vestiging) AS n FROM staging.leerlingen"),
        ),
        (
            "mart/klok.sql",
            model("", "SELECT now() AS nu, vestiging FROM staging.leerlingen"),
        ),
        (
            "mart/uitvoer.sql",
            model(
                "grain = ['vestging']\npartition = ['aantal']",
                "SELECT vestiging, aantal, count(*), NULL AS leeg FROM staging.leerlingen GROUP BY 1, 2",
            ),
        ),
        (
            "mart/types.sql",
            model("", "SELECT sum(vestiging) AS n FROM staging.leerlingen"),
        ),
        (
            "mart/audits.sql",
            model(
                "audits = [{ unique = ['x'], rows = {min = 1} }, { severity = 'warning' }, { accepted = { column = 'vestiging', values = [] } }]",
                "SELECT vestiging FROM staging.leerlingen",
            ),
        ),
        (
            "mart/audit_sql.sql",
            model(
                "audits = [{ expression = 'vestging > 3' }, { relation = { column = 'vestiging', to = 'ref.profielen' } }, { relation = { column = 'vestiging', to = 'mart.goet' } }]",
                "SELECT vestiging FROM staging.leerlingen",
            ),
        ),
        (
            "mart/audit_sql2.sql",
            model(
                "audits = [{ expression = 'vestging > 3' }, { relation = { column = 'vestiging', to = 'ref.profielen' } }]",
                "SELECT vestiging FROM staging.leerlingen",
            ),
        ),
        (
            "mart/invoer.sql",
            model(
                "partition = ['vestiging']\ninputs = { 'staging.leerlingen' = 'same', 'mart.goed' = 'zelfde', 'core.c' = 'same' }",
                "SELECT vestiging FROM staging.leerlingen",
            ),
        ),
        (
            "mart/invoer2.sql",
            model(
                "partition = ['vestiging']\ninputs = { 'staging.leerlingen' = 'same' }",
                "SELECT vestiging, aantal FROM staging.leerlingen",
            ),
        ),
        ("core/rond.sql", model("", "SELECT x FROM core.om")),
        ("core/om.sql", model("", "SELECT x FROM core.rond")),
        ("core/zelf.sql", model("", "SELECT x FROM core.zelf")),
        ("core/na_om.sql", model("", "SELECT x FROM core.om")),
        ("marts/map.sql", good.clone()),
        ("mart/Naam.sql", good.clone()),
        ("mart/runs.sql", model("", "SELECT id FROM ops.runs")),
        ("mart/goed.sql", good.clone()),
    ];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(p, t)| (*p, t.as_str())).collect();
    insta::assert_snapshot!(problems(&wrong), @r#"
        core/om.sql:5:15: error[cycle]: these models need each other: core.om reads core.rond reads core.om
          hint: move what they share to a model that both read
        core/zelf.sql:5:15: error[cycle]: these models need each other: core.zelf reads core.zelf
          hint: move what they share to a model that both read
        mart/Naam.sql: error[model-name]: `Naam` is not a name for a table
          hint: name the file with lower-case letters, digits and `_`, beginning with a letter
        mart/audit_sql.sql:3:149: error[unknown-table]: there is no table mart.goet
          hint: did you mean mart.goed?
        mart/audit_sql2.sql:3:26: error[audit]: the audit cannot be run: column 'vestging' not found
        mart/audit_sql2.sql:3:86: error[audit]: the audit cannot be run: column 'vestiging' not found in ref.profielen
        mart/audits.sql:3:11: error[audit]: this audit has more than one rule
          hint: an audit has one of not_null, unique, accepted, relation, expression, rows; make two of it
        mart/audits.sql:3:49: error[audit]: this audit has no rule
          hint: an audit has one of not_null, unique, accepted, relation, expression, rows
        mart/audits.sql:3:75: error[audit]: `values` is a list of one or more texts, numbers or booleans
          hint: write values = ["bl", "kl"]; null is always accepted, add a not_null audit against it
        mart/functie.sql:5:8: error[function]: there is no function count_if
          hint: did you mean count?
        mart/geen_kop.sql:1:1: error[header]: the model has no header
          hint: begin the file with `/*---`, a line `description = "..."`, and `---*/`; the query comes after it
        mart/invoer.sql:4:57: error[inputs]: this does not say how partitions follow from those of mart.goed
          hint: write "same", or { window = ["schooljaar", -2, 0] }
        mart/invoer2.sql:4:13: error[inputs]: mart.invoer2 and staging.leerlingen are not both partitioned by that column
          hint: mart.invoer2 is partitioned by [vestiging], staging.leerlingen by [schooljaar]
        mart/klok.sql:5:8: error[not-repeatable]: now() does not give the same result every time
          hint: what a model makes follows from its inputs alone; take the date or number from a table
        mart/kolom.sql:5:8: error[unknown-column]: column 'vestging' not found in 'l'
          hint: did you mean `vestiging`?
        mart/kolom.sql:5:20: error[unknown-column]: column 'proviel' not found
          hint: did you mean `profiel`?
        mart/kolom.sql:7:7: error[unknown-column]: column 'aantl' not found
          hint: did you mean `aantal`?
        mart/runs.sql:5:16: error[unknown-table]: a model cannot read ops.runs: every run changes it
          hint: query it with `sluis sql`
        mart/schrijft.sql:5:1: error[one-query]: DROP is not a query
          hint: a model is one SELECT after its header
        mart/sleutel.sql:3:1: error[unknown-key]: there is no key `gran` here
          hint: did you mean `grain`?
        mart/syntax.sql:6:6: error[unknown-table]: there is no table from
          hint: write tables as schema.table: staging.x, core.x, mart.x or ref.x
        mart/tabel.sql:6:6: error[unknown-table]: there is no table staging.leerlngen
          hint: did you mean staging.leerlingen?
        mart/tabel.sql:7:6: error[unknown-table]: there is no table profielen
          hint: did you mean ref.profielen?
        mart/twee.sql:5:1: error[one-query]: there is more than one statement
          hint: a model is one SELECT after its header
        mart/types.sql:5:8: error[function]: there is no function sum(Utf8)
          hint: there is sum(Decimal), sum(UInt64), sum(Int64), sum(Float64), sum(Duration), sum(Interval); convert an argument with CAST
        mart/uitvoer.sql:3:10: error[unknown-column]: the query gives no column `vestging`
          hint: did you mean `vestiging`?
        mart/uitvoer.sql:4:14: error[partition]: partition column `aantal` is Int32, not text
          hint: partition columns are text: CAST(aantal AS TEXT) AS aantal
        mart/uitvoer.sql:6:1: error[column-name]: a column of the result is called `count(*)`
          hint: give it a name of lower-case letters, digits and `_`: add `AS name`
        mart/uitvoer.sql:6:1: error[column-type]: column `leeg` has no type, for it is always null
          hint: write CAST(NULL AS TEXT), or its type
        marts/map.sql: error[model-name]: `marts` is not a schema for models
          hint: did you mean mart/?
        "#);
}

#[test]
fn a_comment_or_a_line_break_changes_nothing() {
    let sql =
        "SELECT schooljaar, sum(aantal) AS n FROM staging.leerlingen WHERE profiel IN ('a', 'b') GROUP BY schooljaar";
    let first = fingerprint("partition = ['schooljaar']", sql);
    let other = "-- why\nselect SCHOOLJAAR,\n  SUM(aantal) as n /* pupils */\nfrom staging.leerlingen\nwhere (profiel in ('a','b'))\ngroup by schooljaar;";
    assert_eq!(
        first,
        fingerprint(
            "owner = 'x'\npartition = ['schooljaar']\n# note\ncolumns = { n = 'x' }",
            other
        )
    );
    let scheduled = "partition = ['schooljaar']\nschedule = { cron = '0 6 * * *', retries = 5, paused = true }";
    assert_eq!(first, fingerprint(scheduled, sql));
}

#[test]
fn what_matters_changes_the_fingerprint() {
    let sql = "SELECT schooljaar, aantal AS n FROM staging.leerlingen";
    let first = fingerprint("", sql);
    for (toml, sql) in [
        ("", "SELECT schooljaar, aantal + 0 AS n FROM staging.leerlingen"),
        (
            "",
            "SELECT schooljaar, aantal AS n FROM staging.leerlingen WHERE aantal > 1",
        ),
        (
            "",
            "SELECT schooljaar, aantal AS n FROM staging.leerlingen WHERE aantal > 2",
        ),
        ("partition = ['schooljaar']", sql),
        ("grain = ['schooljaar']", sql),
        ("audits = [{ not_null = 'n' }]", sql),
        ("audits = [{ not_null = 'n', severity = 'warning' }]", sql),
        (
            "partition = ['schooljaar']\ninputs = { 'staging.leerlingen' = 'same' }",
            sql,
        ),
        (
            "",
            "SELECT schooljaar_min(schooljaar, 0) AS schooljaar, aantal AS n FROM staging.leerlingen",
        ),
    ] {
        assert_ne!(first, fingerprint(toml, sql), "{toml} {sql}");
    }
    let rows = |n: i32| {
        let rows: Vec<String> = (0..9).chain([n]).map(|i| format!("({i})")).collect();
        fingerprint("", &format!("SELECT column1 AS x FROM (VALUES {})", rows.join(",")))
    };
    assert_ne!(rows(10), rows(11));
    let exists = |n: i32| {
        fingerprint(
            "",
            &format!(
                "{sql} l WHERE EXISTS (SELECT 1 FROM ref.profielen p WHERE p.code = l.profiel AND length(p.code) > {n})"
            ),
        )
    };
    assert_ne!(exists(1), exists(2));
    let inside = |n: i32| fingerprint("", &format!("{sql} WHERE aantal IN (1,2,3,4,5,6,7,8,9,10,11,12,{n})"));
    assert_ne!(inside(13), inside(14));
}

#[test]
fn a_code_list_is_part_of_the_fingerprint() {
    let text = model("", "SELECT code FROM ref.profielen");
    let (dir, surroundings) = project(&[("mart/a.sql", &text)]);
    let first = validate(&surroundings).0[0].fingerprint.clone();
    fs::write(dir.path().join("reference/profielen.csv"), "code,profiel\nBWI,BWI\n").unwrap();
    let second = validate(&surroundings).0[0].fingerprint.clone();
    assert_eq!(first.sql, second.sql);
    assert_ne!(first.digest(), second.digest());
}

#[test]
fn windows_move_school_years_and_numbers() {
    let window = InputMapping::Window {
        column: "jaar".into(),
        from: -2,
        to: 0,
    };
    assert_eq!(
        window.sources("jaar", "2019-2020"),
        ["2017-2018", "2018-2019", "2019-2020"]
    );
    assert_eq!(window.targets("jaar", "2019"), ["2021", "2020", "2019"]);
    assert_eq!(window.sources("ander", "x"), ["x"]);
    assert_eq!(InputMapping::Same.targets("jaar", "2019"), ["2019"]);
}
