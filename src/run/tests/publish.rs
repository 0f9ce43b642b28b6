//! From a plan to publications, and what is told of it.
use super::*;

#[test]
fn a_run_publishes_and_a_second_run_does_nothing() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.model("core/per_jaar.sql", SAME, PER_YEAR);
    world.model("mart/totaal.sql", "", "SELECT sum(n) AS totaal FROM core.per_jaar");
    insta::assert_snapshot!(world.plan(), @r#"
        core.per_jaar:
          schooljaar=2019-2020  rebuild  never built
          schooljaar=2020-2021  rebuild  never built
          schooljaar=2021-2022  rebuild  never built
        mart.totaal: rebuild, never built
        2 to rebuild, 0 up to date
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        core.per_jaar: published version 1, 3 rows; partitions: 3 changed
        mart.totaal: published version 1, 1 rows
        "#);
    insta::assert_snapshot!(world.sql("SELECT * FROM core.per_jaar ORDER BY schooljaar"), @r#"
        +----+------------+
        | n  | schooljaar |
        +----+------------+
        | 8  | 2019-2020  |
        | 10 | 2020-2021  |
        | 12 | 2021-2022  |
        +----+------------+
        "#);
    assert!(world.sql("SELECT * FROM mart.totaal").contains("| 30     |"));
    insta::assert_snapshot!(world.plan(), @r#"
        core.per_jaar: keep (3 partitions)
        mart.totaal: keep
        nothing to do: 2 models are up to date
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        core.per_jaar: up to date
        mart.totaal: up to date
        "#);
    assert_eq!(world.manifest("core.per_jaar").version, 1);
}

#[test]
fn an_upstream_that_comes_out_identical_leaves_nothing_to_do() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.model("core/per_jaar.sql", SAME, PER_YEAR);
    world.model("mart/totaal.sql", "", "SELECT sum(n) AS totaal FROM core.per_jaar");
    world.run();
    let mut years = three_years();
    years.insert("2019-2020", vec![("00AA00", 8)]);
    world.deliver("staging.leerlingen", &years);
    insta::assert_snapshot!(world.run(), @r#"
        core.per_jaar: rebuilt, identical to version 1
        mart.totaal: up to date
        "#);
    assert!(world.plan().starts_with("core.per_jaar: keep"), "{}", world.plan());
}

#[test]
fn a_model_waits_for_what_is_not_there() {
    let world = World::new();
    world.model("core/a.sql", "", "SELECT schooljaar, aantal FROM staging.leerlingen");
    world.model("mart/b.sql", "", "SELECT count(*) AS n FROM core.a");
    world.model("core/c.sql", "", "SELECT count(*) AS n FROM ops.quarantine");
    insta::assert_snapshot!(world.plan(), @r#"
        core.a: wait for staging.leerlingen
        core.c: rebuild, never built
        mart.b: wait for core.a
        1 to rebuild, 0 up to date, 2 waiting for a delivery or a model
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        core.a: waiting for staging.leerlingen, which is not there yet
        core.c: published version 1, 1 rows
        mart.b: waiting for core.a, which is not there yet
        "#);
}

#[test]
fn selectors_choose_models() {
    let world = World::new();
    world.model("core/a.sql", "", "SELECT schooljaar, aantal FROM staging.leerlingen");
    world.model(
        "core/x.sql",
        "audits = [{ relation = { column = 'schooljaar', to = 'core.a' } }]",
        "SELECT schooljaar FROM staging.vestigingen",
    );
    world.model("mart/b.sql", "", "SELECT count(*) AS n FROM core.x");
    world.model("mart/x.sql", "", "SELECT count(*) AS n FROM core.a");
    let models = world.models();
    let chosen = |selector: &str| {
        let chosen = select(&[selector.to_string()], &models).map_err(|e| e.to_string());
        chosen.map_or_else(
            |e| e,
            |c| c.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        )
    };
    let selectors = [
        "mart.x",
        "a",
        "mart.*",
        "*.x",
        "+mart.b",
        "core.a+",
        "+x",
        "x",
        "staging.leerlingen",
        "staging.leerlingen+",
        "mart.y",
        "lang_niets",
        "",
        "a+b",
        "mart.q*",
    ];
    let lines: Vec<String> = selectors.iter().map(|s| format!("{s}: {}", chosen(s))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
        mart.x: mart.x
        a: core.a
        mart.*: mart.b mart.x
        *.x: core.x mart.x
        +mart.b: core.a core.x mart.b
        core.a+: core.a mart.x
        +x: `+x` is more than one model: core.x, mart.x; write the schema too
        x: `x` is more than one model: core.x, mart.x; write the schema too
        staging.leerlingen: staging.leerlingen is made by `sluis ingest`, not by a model; write staging.leerlingen+ for the models that read it
        staging.leerlingen+: core.a mart.x
        mart.y: no model is called `mart.y`; did you mean mart.b?
        lang_niets: no model is called `lang_niets`
        : `` is not a selector; write mart.x, x, mart.*, +mart.x (with what it needs) or mart.x+ (with what needs it)
        a+b: `a+b` is not a selector; write mart.x, x, mart.*, +mart.x (with what it needs) or mart.x+ (with what needs it)
        mart.q*: no model is called `mart.q*`; did you mean mart.b?
        "#);
}

#[test]
fn a_run_can_be_interrupted() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.model("core/a.sql", SAME, PER_YEAR);
    world.model("core/b.sql", SAME, PER_YEAR);
    let cancel = AtomicBool::new(false);
    let raise = |event: Event<'_>| {
        if matches!(event, Event::Rows(..)) {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let report = world.run_observed(&[], &raise, &cancel);
    assert!(report.models.iter().all(|m| matches!(m.outcome, Outcome::Interrupted)) && report.failed());
    assert!(
        world
            .sources
            .lake
            .current(&"core.a".parse().unwrap())
            .unwrap()
            .is_none()
    );
    assert!(world.run().contains("core.b: published version 1"));
}

#[test]
fn rollback_and_collection_do_not_confuse_a_plan() {
    let world = World::new();
    let mut years = three_years();
    world.deliver("staging.leerlingen", &years);
    world.model("core/a.sql", SAME, PER_YEAR);
    world.run();
    years.insert("2019-2020", vec![("00AA00", 9)]);
    world.deliver("staging.leerlingen", &years);
    world.run();
    let lake = &world.sources.lake;
    lake.rollback(&"core.a".parse().unwrap(), None, "r-2", now()).unwrap();
    assert!(
        world.plan().contains("schooljaar=2019-2020  rebuild  new delivery"),
        "{}",
        world.plan()
    );
    world.run();
    assert!(
        world
            .sql("SELECT n FROM core.a WHERE schooljaar = '2019-2020'")
            .contains("| 9 |")
    );
    let later = now() + chrono::Duration::days(30);
    lake.gc(
        &GcPolicy {
            keep_versions: 1,
            keep_days: 1,
        },
        later,
        false,
    )
    .unwrap();
    assert!(world.plan().contains("nothing to do"));
}
