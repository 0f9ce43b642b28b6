//! Small cells are withheld at publication, and from everything that follows.
use super::*;

const COUNT: &str = "SELECT schooljaar, vestiging, count(DISTINCT persoon) AS personen FROM staging.personen GROUP BY schooljaar, vestiging";

const RULE: &str = "grain = ['schooljaar', 'vestiging']
    partition = ['schooljaar']
    inputs = { 'staging.personen' = 'same' }
    audits = [{ not_null = ['vestiging', 'personen'] }, { expression = 'personen > 0' }]
    disclosure = { count = 'personen' }";

/// Persons of two sites: `many` at one and `few` at the other.
fn persons(many: i32, few: i32) -> Vec<(&'static str, i32)> {
    let at = |site, n| (1..=n).map(move |person| (site, person));
    at("00AA00", many).chain(at("00AA01", few)).collect()
}

fn marts(world: &World) {
    world.model("mart/cellen.sql", RULE, COUNT);
    let sum = "SELECT sum(personen) AS personen, count(*) AS cellen, count(*) FILTER (WHERE status = 'primary') AS weg FROM mart.cellen";
    world.model("mart/som.sql", "", sum);
}

const CELLS: &str = "SELECT * FROM mart.cellen ORDER BY schooljaar, vestiging";

#[test]
fn readers_and_later_models_see_only_what_is_published() {
    let world = World::new();
    world.deliver(
        "staging.personen",
        &BTreeMap::from([("2019-2020", persons(5, 2)), ("2020-2021", persons(7, 3))]),
    );
    marts(&world);
    insta::assert_snapshot!(world.run(), @r#"
        mart.cellen: published version 1, 4 rows, 2 cells withheld; partitions: 2 changed
        mart.som: published version 1, 1 rows
        "#);
    insta::assert_snapshot!(world.sql(CELLS), @r#"
        +-----------+----------+---------+------------+
        | vestiging | personen | status  | schooljaar |
        +-----------+----------+---------+------------+
        | 00AA00    | 5        |         | 2019-2020  |
        | 00AA01    |          | primary | 2019-2020  |
        | 00AA00    | 7        |         | 2020-2021  |
        | 00AA01    |          | primary | 2020-2021  |
        +-----------+----------+---------+------------+
        "#);
    insta::assert_snapshot!(world.sql("SELECT * FROM mart.som"), @r#"
        +----------+--------+-----+
        | personen | cellen | weg |
        +----------+--------+-----+
        | 12       | 4      | 2   |
        +----------+--------+-----+
        "#);

    let manifest = world.manifest("mart.cellen");
    let told = manifest
        .properties
        .iter()
        .filter(|(name, _)| name.starts_with("disclosure"));
    insta::assert_snapshot!(told.map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join("\n"), @r#"
        disclosure.cells: 4
        disclosure.minimum: personen 4
        disclosure.rule: {"dimensions":["schooljaar","vestiging"],"counts":[{"column":"personen","min":4,"blank":[]}],"units":[],"shares":[],"blank":[],"zeros":"show","totals":[],"unpublished":[]}
        disclosure.withheld: 2
        "#);
    // of the first year only the one count of 5 is there
    let stat = &manifest.files[0].columns["personen"];
    assert_eq!(
        (stat.min.as_deref(), stat.max.as_deref(), stat.nulls),
        (Some("5"), Some("5"), Some(1))
    );
    assert!(world.plan().contains("nothing to do"), "{}", world.plan());
}

#[test]
fn a_year_that_is_kept_passes_the_audits_without_its_values() {
    let world = World::new();
    let years = |second| BTreeMap::from([("2019-2020", persons(5, 2)), ("2020-2021", second)]);
    world.deliver("staging.personen", &years(persons(7, 3)));
    marts(&world);
    world.run();
    world.deliver("staging.personen", &years(persons(1, 4)));
    insta::assert_snapshot!(world.run(), @r#"
        mart.cellen: published version 2, 4 rows, 2 cells withheld; partitions: 1 changed, 1 kept
        mart.som: published version 2, 1 rows
        "#);
    insta::assert_snapshot!(world.sql(CELLS), @r#"
        +-----------+----------+---------+------------+
        | vestiging | personen | status  | schooljaar |
        +-----------+----------+---------+------------+
        | 00AA00    | 5        |         | 2019-2020  |
        | 00AA01    |          | primary | 2019-2020  |
        | 00AA00    |          | primary | 2020-2021  |
        | 00AA01    | 4        |         | 2020-2021  |
        +-----------+----------+---------+------------+
        "#);
    assert_eq!(world.manifest("mart.cellen").properties["disclosure.withheld"], "2");

    // other values that are withheld all the same: nothing to publish
    world.deliver("staging.personen", &years(persons(2, 4)));
    insta::assert_snapshot!(world.run(), @r#"
        mart.cellen: rebuilt, identical to version 2
        mart.som: up to date
        "#);
}

#[test]
fn errors_see_every_value_and_warnings_what_is_published() {
    let world = World::new();
    world.deliver("staging.personen", &BTreeMap::from([("2019-2020", persons(5, 2))]));
    let audit = |severity: &str| {
        let audits = format!("audits = [{{ expression = 'personen > 3', severity = '{severity}' }}]\n");
        let rule = RULE
            .lines()
            .filter(|line| !line.contains("audits"))
            .collect::<Vec<_>>()
            .join("\n");
        world.model("mart/cellen.sql", &(audits + &rule), COUNT);
        world.run()
    };
    insta::assert_snapshot!(audit("error"), @r#"
        mart.cellen: not published, audits failed
          audit expression: 1 row breaks "personen > 3"
            look: sluis sql --file PROJECT/audits/mart.cellen.expression.sql
        "#);
    assert!(
        !world
            .dir
            .path()
            .join("lake/mart/cellen/v")
            .read_dir()
            .unwrap()
            .any(|_| true)
    );
    insta::assert_snapshot!(audit("warning"), @"mart.cellen: published version 1, 2 rows, 1 cell withheld; partitions: 1 changed");
    assert_eq!(world.manifest("mart.cellen").audits[1].failing_rows, 0);
}

#[test]
fn a_changed_minimum_rebuilds() {
    let world = World::new();
    world.deliver("staging.personen", &BTreeMap::from([("2019-2020", persons(5, 2))]));
    marts(&world);
    world.run();
    world.model(
        "mart/cellen.sql",
        &RULE.replace("'personen' }", "'personen', min = 6 }"),
        COUNT,
    );
    insta::assert_snapshot!(world.plan(), @r#"
        mart.cellen:
          schooljaar=2019-2020  rebuild  settings changed
        mart.som: rebuild, upstream changed (mart.cellen)
        2 to rebuild, 0 up to date
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        mart.cellen: published version 2, 2 rows, 2 cells withheld; partitions: 1 changed
        mart.som: published version 2, 1 rows
        "#);
}

#[test]
fn what_only_the_rule_needs_is_there_for_audits_and_not_for_readers() {
    let world = World::new();
    world.deliver("staging.personen", &BTreeMap::from([("2019-2020", persons(8, 4))]));
    let rule = "grain = ['vestiging']
        audits = [{ expression = 'laag <= personen', name = 'deel' }]
        disclosure = { unpublished = ['laag', 'personen'], shares = { share = 'aandeel', numerator = 'laag', denominator = 'personen' } }";
    let sql = "SELECT vestiging, count(*) AS personen, count(*) FILTER (WHERE aantal <= 3) AS laag, \
               100.0 * count(*) FILTER (WHERE aantal <= 3) / count(*) AS aandeel FROM staging.personen GROUP BY vestiging";
    world.model("mart/aandelen.sql", rule, sql);
    insta::assert_snapshot!(world.run(), @"mart.aandelen: published version 1, 2 rows, 2 cells withheld");
    // of four pupils one is not among the three
    insta::assert_snapshot!(world.sql("SELECT * FROM mart.aandelen ORDER BY vestiging"), @r#"
        +-----------+---------+---------+
        | vestiging | aandeel | status  |
        +-----------+---------+---------+
        | 00AA00    |         | primary |
        | 00AA01    |         | primary |
        +-----------+---------+---------+
        "#);
    let late = "SELECT vestiging, count(*) AS laat FROM staging.personen WHERE aantal > 3 GROUP BY vestiging";
    world.model("mart/laat.sql", "", late);
    let (_, problems) = validate(&world.surroundings());
    assert!(problems.iter().any(|p| p.rule == "disclosure"), "{problems:#?}");
}

#[test]
fn rows_that_do_not_fit_in_memory_are_told_and_nothing_is_published() {
    let world = World::with(|options| options.memory_bytes = 2 << 20);
    let sites: Vec<(&'static str, i32)> = (0..30_000).map(|n| ("00AA00", n % 200)).collect();
    world.deliver("staging.personen", &BTreeMap::from([("2019-2020", sites)]));
    let rule = "grain = ['regel']\ndisclosure = { count = 'personen' }\npublic = { regel = 'a number' }";
    let sql = "SELECT CAST(row_number() OVER (ORDER BY aantal) AS TEXT) || repeat('x', 200) AS regel, aantal AS personen FROM staging.personen";
    world.model("mart/groot.sql", rule, sql);
    let told = world.run();
    assert!(told.contains("mart.groot: failed") && told.contains("memory"), "{told}");
    assert!(
        world
            .sources
            .lake
            .current(&"mart.groot".parse().unwrap())
            .unwrap()
            .is_none()
    );
}
