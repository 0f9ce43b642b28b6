//! Models that are built partition by partition.
use super::*;

#[test]
fn only_partitions_whose_inputs_changed_are_rebuilt() {
    let world = World::new();
    let mut years = three_years();
    world.deliver("staging.leerlingen", &years);
    world.model("core/per_jaar.sql", SAME, PER_YEAR);
    world.model("mart/totaal.sql", "", "SELECT sum(n) AS totaal FROM core.per_jaar");
    world.run();
    let before = world.manifest("core.per_jaar");
    years.insert("2020-2021", vec![("00AA00", 40)]);
    years.remove("2019-2020");
    years.insert("2022-2023", vec![("00AA00", 1)]);
    world.deliver("staging.leerlingen", &years);
    insta::assert_snapshot!(world.plan(), @r#"
        core.per_jaar:
          schooljaar=2019-2020  remove   new delivery (staging.leerlingen)
          schooljaar=2020-2021  rebuild  new delivery (staging.leerlingen)
          schooljaar=2021-2022  keep
          schooljaar=2022-2023  rebuild  new delivery (staging.leerlingen)
        mart.totaal: rebuild, upstream changed (core.per_jaar)
        2 to rebuild, 0 up to date
        "#);
    let models = world.models();
    let json = serde_json::to_string_pretty(&world.plan_of(&models, &["core.per_jaar"])).unwrap();
    insta::assert_snapshot!(json, @r#"
        {
          "nothing_to_do": false,
          "models": [
            {
              "table": "core.per_jaar",
              "action": "rebuild",
              "reasons": [
                {
                  "why": "new delivery",
                  "about": "staging.leerlingen"
                }
              ],
              "waits_for": [],
              "partitions": [
                {
                  "partition": "schooljaar=2019-2020",
                  "action": "remove",
                  "reasons": [
                    {
                      "why": "new delivery",
                      "about": "staging.leerlingen"
                    }
                  ]
                },
                {
                  "partition": "schooljaar=2020-2021",
                  "action": "rebuild",
                  "reasons": [
                    {
                      "why": "new delivery",
                      "about": "staging.leerlingen"
                    }
                  ]
                },
                {
                  "partition": "schooljaar=2021-2022",
                  "action": "keep",
                  "reasons": []
                },
                {
                  "partition": "schooljaar=2022-2023",
                  "action": "rebuild",
                  "reasons": [
                    {
                      "why": "new delivery",
                      "about": "staging.leerlingen"
                    }
                  ]
                }
              ]
            }
          ]
        }
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        core.per_jaar: published version 2, 3 rows; partitions: 2 changed, 1 kept, 1 removed
        mart.totaal: published version 2, 1 rows
        "#);
    insta::assert_snapshot!(world.sql("SELECT * FROM core.per_jaar ORDER BY schooljaar"), @r#"
        +----+------------+
        | n  | schooljaar |
        +----+------------+
        | 40 | 2020-2021  |
        | 12 | 2021-2022  |
        | 1  | 2022-2023  |
        +----+------------+
        "#);
    let (before, after) = (before.partitions(), world.manifest("core.per_jaar").partitions());
    assert_eq!(before["schooljaar=2021-2022"], after["schooljaar=2021-2022"]);
}

#[test]
fn a_mapping_that_is_not_true_is_found() {
    let world = World::new();
    let mut years = three_years();
    world.deliver("staging.leerlingen", &years);
    world.model("core/a.sql", SAME, "SELECT schooljaar_plus(schooljaar, 1) AS schooljaar, sum(aantal) AS n FROM staging.leerlingen GROUP BY schooljaar");
    world.run();
    years.insert("2019-2020", vec![("00AA00", 9)]);
    world.deliver("staging.leerlingen", &years);
    insta::assert_snapshot!(world.run(), @r#"core.a: failed: `inputs` says that partition schooljaar=2019-2020 is made from the same partition of its inputs, but the query gave rows of schooljaar=2020-2021 too; correct the query, or leave the mapping out"#);
}

#[test]
fn a_window_rebuilds_the_years_that_look_back() {
    let world = World::new();
    let mut years = three_years();
    years.insert("2022-2023", vec![("00AA00", 1)]);
    world.deliver("staging.leerlingen", &years);
    let toml = "grain = ['schooljaar']\npartition = ['schooljaar']\ninputs = { 'staging.leerlingen' = { window = ['schooljaar', -1, 0] } }";
    let sql = "WITH j AS (SELECT schooljaar, sum(aantal) AS n FROM staging.leerlingen GROUP BY schooljaar)
        SELECT nu.schooljaar, nu.n, nu.n - vorig.n AS verschil FROM j AS nu LEFT JOIN j AS vorig ON vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)";
    world.model("core/a.sql", toml, sql);
    world.run();
    years.insert("2020-2021", vec![("00AA00", 100)]);
    years.remove("2022-2023");
    world.deliver("staging.leerlingen", &years);
    insta::assert_snapshot!(world.plan(), @r#"
        core.a:
          schooljaar=2019-2020  keep
          schooljaar=2020-2021  rebuild  new delivery (staging.leerlingen)
          schooljaar=2021-2022  rebuild  new delivery (staging.leerlingen)
          schooljaar=2022-2023  rebuild  new delivery (staging.leerlingen)
        1 to rebuild, 0 up to date
        "#);
    insta::assert_snapshot!(world.run(), @r#"core.a: published version 2, 3 rows; partitions: 2 changed, 1 kept, 1 removed"#);
    insta::assert_snapshot!(world.sql("SELECT * FROM core.a ORDER BY schooljaar"), @r#"
        +-----+----------+------------+
        | n   | verschil | schooljaar |
        +-----+----------+------------+
        | 8   |          | 2019-2020  |
        | 100 | 92       | 2020-2021  |
        | 12  | -88      | 2021-2022  |
        +-----+----------+------------+
        "#);
}
