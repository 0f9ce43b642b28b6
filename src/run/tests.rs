use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::util::pretty::pretty_format_batches;
use chrono::TimeZone;
use parquet::arrow::ArrowWriter;
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;

use super::*;
use crate::engine::{Catalog, EngineOptions, deliveries_digest, query};
use crate::lake::{FIELD_TAG, FileTags, GcPolicy, Lake, LakeOptions, Manifest, PublicationMeta, Published};
use crate::ledger::Ledger;
use crate::model::{KnownTable, Surroundings, validate};
use crate::plan::{PlanContext, plan, select};

/// Rows of a delivery: site and count, by school year.
type Years = BTreeMap<&'static str, Vec<(&'static str, i32)>>;

/// A project without a command line.
struct World {
    dir: tempfile::TempDir,
    sources: CatalogSources,
    engine: Engine,
}

fn schema(person: bool) -> SchemaRef {
    let mut fields = vec![
        Field::new("vestiging", DataType::Utf8, false),
        Field::new("aantal", DataType::Int32, true),
    ];
    if person {
        let metadata = [("sluis.key_version".to_string(), "1".to_string())].into();
        fields.push(Field::new("persoon", DataType::FixedSizeBinary(16), true).with_metadata(metadata));
    }
    fields.push(Field::new("schooljaar", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

impl World {
    fn new() -> World {
        World::with(|_| ())
    }

    fn with(change: impl Fn(&mut EngineOptions)) -> World {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("reference")).unwrap();
        let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();
        let ledger = Arc::new(Ledger::open(&dir.path().join("ledger.db")).unwrap());
        let sources = CatalogSources {
            lake,
            reference: dir.path().join("reference"),
            ledger: Some(ledger),
        };
        let mut options = EngineOptions {
            threads: 2,
            ..EngineOptions::new(dir.path().join("spill"))
        };
        change(&mut options);
        World {
            engine: Engine::new(options).unwrap(),
            dir,
            sources,
        }
    }

    /// Publishes a staging table as ingest would.
    fn deliver_as(&self, table: &str, years: &Years, contract: &str) {
        let person = table.ends_with("personen");
        let name: TableName = table.parse().unwrap();
        let mut draft = self.sources.lake.draft(&name).unwrap();
        let schema = schema(person);
        let stored: Vec<_> = schema
            .fields()
            .iter()
            .filter(|f| f.name() != "schooljaar")
            .cloned()
            .collect();
        let stored = Arc::new(Schema::new(stored));
        for (year, rows) in years {
            let file = draft.create(&vec![("schooljaar".into(), year.to_string())]).unwrap();
            let mut columns: Vec<ArrayRef> = vec![
                Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.0))),
                Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.1))),
            ];
            if person {
                let keys = rows.iter().map(|r| [u8::try_from(r.1).unwrap(); 16]);
                columns.push(Arc::new(FixedSizeBinaryArray::try_from_iter(keys).unwrap()));
            }
            let batch = RecordBatch::try_new(Arc::clone(&stored), columns).unwrap();
            let out = fs::File::options().write(true).open(&file.path).unwrap();
            let mut writer = ArrowWriter::try_new(out, Arc::clone(&stored), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
            draft.add(file, FileTags::default()).unwrap();
        }
        let meta = PublicationMeta {
            schema,
            partition_columns: vec!["schooljaar".into()],
            sort: vec![],
            fingerprint: contract.into(),
            inputs: BTreeMap::new(),
            properties: BTreeMap::new(),
            audits: vec![],
            run: "r-ingest".into(),
            created_at: now(),
            reason: "test".into(),
        };
        draft.commit(meta).unwrap();
    }

    fn deliver(&self, table: &str, years: &Years) {
        self.deliver_as(table, years, "contract 1");
    }

    fn model(&self, path: &str, toml: &str, sql: &str) {
        let path = self.dir.path().join("sql").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("/*---\ndescription = \"d\"\n{toml}\n---*/\n{sql}\n")).unwrap();
    }

    fn models(&self) -> Vec<Prepared> {
        let known = |name: &str| {
            let table = KnownTable {
                schema: schema(name.ends_with("personen")),
                partition: vec!["schooljaar".into()],
            };
            (name.parse().unwrap(), table)
        };
        let (models, problems) = validate(&Surroundings {
            sql: self.dir.path().join("sql"),
            reference: self.sources.reference.clone(),
            known: ["staging.leerlingen", "staging.vestigingen", "staging.personen"]
                .map(known)
                .into(),
            unsound: std::collections::BTreeSet::new(),
        });
        assert!(problems.is_empty(), "{problems:#?}");
        models
    }

    fn digest(&self) -> String {
        deliveries_digest(self.sources.ledger.as_ref().unwrap()).unwrap()
    }

    fn plan_of(&self, models: &[Prepared], selectors: &[&str]) -> Plan {
        let inputs = Inputs::now(&self.sources.lake, models, &self.digest()).unwrap();
        let selectors: Vec<String> = selectors.iter().map(ToString::to_string).collect();
        let selected = select(&selectors, models).unwrap();
        plan(&PlanContext {
            models,
            inputs: &inputs,
            selected: &selected,
        })
    }

    fn plan(&self) -> String {
        self.plan_of(&self.models(), &[]).to_string()
    }

    fn run_observed(&self, selectors: &[&str], observe: &dyn Fn(Event<'_>), cancel: &AtomicBool) -> RunReport {
        let models = self.models();
        let plan = self.plan_of(&models, selectors);
        let context = RunContext {
            engine: &self.engine,
            sources: &self.sources,
            models: &models,
            deliveries: &self.digest(),
            run: "r-1",
            now: now(),
            cancel,
            queries: &self.queries(),
            observe,
        };
        run(&context, &plan)
    }

    fn queries(&self) -> PathBuf {
        self.dir.path().join("audits")
    }

    fn run_some(&self, selectors: &[&str]) -> String {
        let report = self.run_observed(selectors, &|_| (), &AtomicBool::new(false));
        let lines: Vec<String> = report.models.iter().map(ToString::to_string).collect();
        lines.join("\n").replace(&*self.dir.path().to_string_lossy(), "PROJECT")
    }

    fn run(&self) -> String {
        self.run_some(&[])
    }

    fn sql(&self, sql: &str) -> String {
        let context = self.engine.context(Catalog::now(&self.sources));
        let rows = self
            .engine
            .block_on(async { query(&context, sql).await.unwrap().collect().await.unwrap() });
        pretty_format_batches(&rows).unwrap().to_string()
    }

    fn manifest(&self, table: &str) -> Arc<Manifest> {
        self.sources.lake.current(&table.parse().unwrap()).unwrap().unwrap()
    }
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 9, 1, 12, 0, 0).unwrap()
}

fn three_years() -> Years {
    BTreeMap::from([
        ("2019-2020", vec![("00AA00", 3), ("00AA01", 5)]),
        ("2020-2021", vec![("00AA00", 4), ("00AA01", 6)]),
        ("2021-2022", vec![("00AA00", 5), ("00BB00", 7)]),
    ])
}

const PER_YEAR: &str = "SELECT schooljaar, sum(aantal) AS n FROM staging.leerlingen GROUP BY schooljaar";
const SAME: &str = "grain = ['schooljaar']\npartition = ['schooljaar']\ninputs = { 'staging.leerlingen' = 'same' }";

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
fn every_kind_of_change_is_told() {
    let world = World::new();
    fs::write(world.sources.reference.join("profielen.csv"), "code\nBWI\n").unwrap();
    world.deliver("staging.leerlingen", &three_years());
    world.model(
        "core/a.sql",
        "",
        "SELECT schooljaar, aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(world.plan().contains("core.a: rebuild, never built"));
    world.run();
    world.model(
        "core/a.sql",
        "owner = 'x' # other",
        "-- other\nselect schooljaar, aantal from staging.leerlingen, ref.profielen",
    );
    assert!(world.plan().contains("nothing to do"), "{}", world.plan());
    world.model(
        "core/a.sql",
        "",
        "SELECT schooljaar, aantal + 1 AS aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(
        world.plan().contains("core.a: rebuild, sql changed"),
        "{}",
        world.plan()
    );
    world.run();
    world.model(
        "core/a.sql",
        "audits = [{ rows = { min = 1 } }]",
        "SELECT schooljaar, aantal + 1 AS aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(
        world.plan().contains("core.a: rebuild, settings changed"),
        "{}",
        world.plan()
    );
    assert!(world.run().contains("rebuilt, identical to version 2"));
    assert_eq!(world.manifest("core.a").audits[0].name, "rows");
    fs::write(world.sources.reference.join("profielen.csv"), "code\nPIE\n").unwrap();
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, settings changed (ref.profielen)"),
        "{}",
        world.plan()
    );
    world.run();
    let mut years = three_years();
    years.insert("2019-2020", vec![("00AA00", 9)]);
    world.deliver_as("staging.leerlingen", &years, "contract 1");
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, new delivery (staging.leerlingen)"),
        "{}",
        world.plan()
    );
    world.run();
    world.deliver_as("staging.leerlingen", &three_years(), "contract 2");
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, contract changed (staging.leerlingen)"),
        "{}",
        world.plan()
    );
    world.model("mart/b.sql", "", "SELECT count(*) AS n FROM core.a");
    assert!(world.run().contains("mart.b: published version 1"));
    world.deliver_as("staging.leerlingen", &years, "contract 2");
    assert!(
        world.plan().contains("mart.b: rebuild, upstream changed (core.a)"),
        "{}",
        world.plan()
    );
}

#[test]
fn a_model_waits_for_what_is_not_there() {
    let world = World::new();
    world.model("core/a.sql", "", "SELECT schooljaar, aantal FROM staging.leerlingen");
    world.model("mart/b.sql", "", "SELECT count(*) AS n FROM core.a");
    world.model("mart/c.sql", "", "SELECT count(*) AS n FROM ops.quarantine");
    insta::assert_snapshot!(world.plan(), @r#"
        core.a: wait for staging.leerlingen
        mart.b: wait for core.a
        mart.c: rebuild, never built
        1 to rebuild, 0 up to date, 2 waiting for a delivery or a model
        "#);
    insta::assert_snapshot!(world.run(), @r#"
        core.a: waiting for staging.leerlingen, which is not there yet
        mart.b: waiting for core.a, which is not there yet
        mart.c: published version 1, 1 rows
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
fn a_failing_audit_publishes_nothing_and_leaves_others_alone() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.deliver(
        "staging.vestigingen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]),
    );
    let audits = "audits = [
      { not_null = ['n'] },
      { unique = 'vestiging', name = 'een_per_vestiging' },
      { accepted = { column = 'n', values = [3, 4, 5] } },
      { expression = 'n < 7' },
      { rows = { min = 10 } },
      { relation = { column = 'vestiging', to = 'staging.vestigingen' } },
      { relation = { column = 'vestiging', to = 'staging.personen', to_column = 'vestiging' }, severity = 'warning' },
    ]";
    world.model(
        "core/a.sql",
        audits,
        "SELECT vestiging, aantal AS n FROM staging.leerlingen",
    );
    world.model("mart/op_a.sql", "", "SELECT count(*) AS n FROM core.a");
    world.model("mart/zelf.sql", "", "SELECT count(*) AS n FROM staging.leerlingen");
    insta::assert_snapshot!(world.run(), @r#"
        core.a: not published, audits failed
          audit een_per_vestiging: 5 rows break "vestiging unique"
            look: sluis sql --file PROJECT/audits/core.a.een_per_vestiging.sql
          audit accepted_n: 2 rows break "n in (3, 4, 5)"
            look: sluis sql --file PROJECT/audits/core.a.accepted_n.sql
          audit expression: 1 row breaks "n < 7"
            look: sluis sql --file PROJECT/audits/core.a.expression.sql
          audit rows: 6 rows break "at least 10 rows"; the table has 6 rows
            look: sluis sql --file PROJECT/audits/core.a.rows.sql
          audit relation_vestiging_vestigingen: 3 rows break "vestiging in staging.vestigingen (vestiging)"; not found: 00AA01, 00BB00
            look: sluis sql --file PROJECT/audits/core.a.relation_vestiging_vestigingen.sql
        mart.op_a: skipped, because core.a was not published
        mart.zelf: published version 1, 1 rows
        "#);
    assert!(
        world
            .sources
            .lake
            .current(&"core.a".parse().unwrap())
            .unwrap()
            .is_none()
    );
    assert!(
        !world.dir.path().join("lake/core/a/v").read_dir().unwrap().any(|_| true),
        "draft left behind"
    );
    // what is left to look at runs as it is
    let sql = fs::read_to_string(world.queries().join("core.a.een_per_vestiging.sql")).unwrap();
    insta::assert_snapshot!(world.sql(&(sql + " ORDER BY 1")), @r#"
        +-----------+------+
        | vestiging | rows |
        +-----------+------+
        | 00AA00    | 3    |
        | 00AA01    | 2    |
        +-----------+------+
        "#);
}

#[test]
fn warnings_are_published_told_and_kept() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.deliver(
        "staging.vestigingen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]),
    );
    world.deliver(
        "staging.personen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1), ("00ZZ00", 2)])]),
    );
    let audit = "audits = [{ relation = { column = 'vestiging', to = 'staging.vestigingen' }, severity = 'warning' }]";
    world.model("core/a.sql", audit, "SELECT DISTINCT vestiging FROM staging.leerlingen");
    world.model("core/p.sql", audit, "SELECT vestiging FROM staging.personen");
    // no values of the second: it comes from data about persons
    insta::assert_snapshot!(world.run(), @r#"
        core.a: published version 1, 3 rows
          warning: audit relation_vestiging_vestigingen: 2 rows break "vestiging in staging.vestigingen (vestiging)"; not found: 00AA01, 00BB00
        core.p: published version 1, 2 rows
          warning: audit relation_vestiging_vestigingen: 1 row breaks "vestiging in staging.vestigingen (vestiging)"
        "#);
    let kept = &world.manifest("core.a").audits[0];
    assert_eq!((kept.status, kept.failing_rows), (AuditStatus::Warn, 2));
}

#[test]
fn grain_is_audited_and_partition_values_are_never_null() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.model(
        "core/a.sql",
        "grain = ['vestiging']",
        "SELECT vestiging, schooljaar FROM staging.leerlingen",
    );
    world.model(
        "core/b.sql",
        "partition = ['soort']",
        "SELECT aantal, CASE WHEN aantal > 5 THEN 'groot' END AS soort FROM staging.leerlingen",
    );
    world.model(
        "core/c.sql",
        "partition = ['soort']",
        "SELECT aantal, CASE WHEN aantal > 5 THEN 'groot' ELSE '' END AS soort FROM staging.leerlingen",
    );
    insta::assert_snapshot!(world.run(), @r#"
        core.a: not published, audits failed
          audit grain: 5 rows break "vestiging unique"
            look: sluis sql --file PROJECT/audits/core.a.grain.sql
        core.b: failed: partition column `soort` is null in at least one row; a partition value is never null: filter those rows out, or give them a value with coalesce()
        core.c: failed: partition column `soort` of core.c: a value is empty; partition columns are never null or empty, so set the value aside before writing
        "#);
    assert!(
        world
            .sources
            .lake
            .tables()
            .unwrap()
            .iter()
            .all(|t| t.schema == "staging")
    );
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

#[test]
fn equal_inputs_give_equal_bytes() {
    let files = |threads: usize| {
        let world = World::with(|o| o.threads = threads);
        world.deliver("staging.personen", &three_years());
        world.model("core/a.sql", SAME.replace("leerlingen", "personen").as_str(), "SELECT schooljaar, count(DISTINCT persoon) AS n, max(persoon) AS p FROM staging.personen GROUP BY schooljaar");
        world.model(
            "core/b.sql",
            "partition = ['schooljaar']",
            "SELECT * FROM staging.personen",
        );
        world.run();
        let hashes = |table: &str| {
            world
                .manifest(table)
                .files
                .iter()
                .map(|f| f.blake3.clone())
                .collect::<Vec<_>>()
        };
        (hashes("core.a"), hashes("core.b"))
    };
    assert_eq!(files(1), files(3));
}

#[test]
fn key_versions_stay_with_their_columns() {
    let world = World::new();
    world.deliver("staging.personen", &three_years());
    world.model("core/a.sql", "", "WITH x AS (SELECT persoon AS leerling, aantal FROM staging.personen) SELECT a.leerling, sum(b.aantal) AS n FROM x AS a JOIN x AS b ON a.leerling = b.leerling GROUP BY a.leerling");
    world.run();
    assert!(
        world
            .sql("SELECT pseudoniem(leerling) AS p FROM core.a")
            .contains("| p1.k01.")
    );
}

#[test]
fn tagged_columns_have_no_bounds_in_what_is_made_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let tag = [(FIELD_TAG.to_string(), "personal".to_string())].into();
    let fields = vec![
        Field::new("naam", DataType::Utf8, true).with_metadata(tag),
        Field::new("jaar", DataType::Int32, true),
    ];
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let path = dir.path().join("x.parquet");
    fs::write(&path, "").unwrap();
    let mut file = file::FileWriter::open(&path, &schema, &[]).unwrap();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["anna"])),
        Arc::new(Int32Array::from(vec![2019])),
    ];
    file.write(RecordBatch::try_new(schema, columns).unwrap()).unwrap();
    file.close().unwrap();
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let group = reader.metadata().row_group(0);
    assert!(group.column(0).statistics().is_none() && group.column(1).statistics().is_some());
}

#[test]
fn an_old_table_under_a_new_contract_is_named() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    // the contract says that this table has persons
    let years = three_years();
    world.deliver("staging.personen", &years);
    world.model("core/a.sql", "", "SELECT aantal FROM staging.personen");
    world.run();
    let mut draft = world.sources.lake.draft(&"staging.personen".parse().unwrap()).unwrap();
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("aantal", DataType::Utf8, true)]));
    let file = draft.create(&vec![]).unwrap();
    let out = fs::File::options().write(true).open(&file.path).unwrap();
    ArrowWriter::try_new(out, Arc::clone(&schema), None)
        .unwrap()
        .close()
        .unwrap();
    draft.add(file, FileTags::default()).unwrap();
    let meta = PublicationMeta {
        schema,
        partition_columns: vec![],
        sort: vec![],
        fingerprint: "old".into(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::new(),
        audits: vec![],
        run: "r".into(),
        created_at: now(),
        reason: "test".into(),
    };
    assert!(matches!(draft.commit(meta).unwrap(), Published::New(_)));
    insta::assert_snapshot!(world.run(), @r#"core.a: failed: its query gives other columns on the published tables than its inputs promise (aantal Int32 is not there): a contract changed since its table was ingested; run `sluis ingest` first"#);
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

fn big(world: &World) {
    let rows: Vec<(&'static str, i32)> = (0..60_000)
        .map(|i| (["00AA00", "00AA01", "00BB00"][i as usize % 3], i))
        .collect();
    world.deliver(
        "staging.leerlingen",
        &BTreeMap::from([("2019-2020", rows.clone()), ("2020-2021", rows)]),
    );
}

const BIG: &str = "SELECT a.schooljaar, a.aantal, a.vestiging, b.aantal AS volgend, repeat(a.vestiging, 5) AS lang FROM staging.leerlingen AS a JOIN staging.leerlingen AS b ON a.aantal = b.aantal - 1 AND a.schooljaar = b.schooljaar WHERE a.vestiging <> '00BB00'";
const BIG_HEADER: &str = "grain = ['schooljaar', 'aantal']\npartition = ['schooljaar']";

#[test]
fn marts_are_the_same_whatever_the_engine_is_set_to() {
    let made = |change: fn(&mut EngineOptions)| {
        let world = World::with(change);
        big(&world);
        world.model("core/a.sql", BIG_HEADER, BIG);
        world.model("mart/b.sql", SAME.replace("staging.leerlingen", "core.a").as_str(), "SELECT schooljaar, count(*) AS n, sum(volgend) AS s FROM core.a WHERE aantal > 100 AND vestiging = '00AA01' GROUP BY schooljaar");
        world.model("mart/c.sql", "grain = ['vestiging']", "SELECT a.vestiging, max(b.n) AS n, count(*) AS m FROM core.a AS a JOIN mart.b AS b ON a.schooljaar = b.schooljaar AND a.volgend = b.n GROUP BY a.vestiging ORDER BY m LIMIT 5");
        let said = world.run();
        assert!(said.contains("mart.c: published"), "{said}");
        ["core.a", "mart.b", "mart.c"].map(|t| world.manifest(t).digest())
    };
    let plain = made(|_| ());
    assert_eq!(plain, made(|o| o.dynamic_filters = false));
    assert_eq!(plain, made(|o| o.pushdown_filters = true));
    assert_eq!(plain, made(|o| (o.pushdown_filters, o.dynamic_filters) = (true, false)));
    // joins and sorts go to disk
    assert_eq!(plain, made(|o| o.memory_bytes = 24 << 20));
}

/// Everything in the tables, in a stable order.
fn content(world: &World, tables: &[&str]) -> Vec<String> {
    let rows = |table: &&str| {
        let shown = world.sql(&format!("SELECT * FROM {table}"));
        let mut lines: Vec<String> = shown.lines().map(|line| format!("{table} {line}")).collect();
        lines.sort();
        lines
    };
    tables.iter().flat_map(rows).collect()
}

fn models_of_the_property(world: &World) {
    world.model("core/same.sql", SAME, PER_YEAR);
    world.model(
        "core/window.sql",
        "grain = ['schooljaar', 'vestiging']\npartition = ['schooljaar']\ninputs = { 'staging.leerlingen' = 'same', 'core.same' = { window = ['schooljaar', -2, -1] } }",
        "SELECT l.schooljaar, l.vestiging, sum(l.aantal) AS n, max(s.n) AS vroeger FROM staging.leerlingen AS l LEFT JOIN core.same AS s ON s.schooljaar BETWEEN schooljaar_min(l.schooljaar, 2) AND schooljaar_min(l.schooljaar, 1) GROUP BY l.schooljaar, l.vestiging",
    );
    world.model(
        "core/both.sql",
        "partition = ['schooljaar', 'vestiging']\ninputs = { 'core.window' = 'same' }",
        "SELECT w.schooljaar, w.vestiging, w.n, v.aantal FROM core.window AS w LEFT JOIN staging.vestigingen AS v ON v.vestiging = w.vestiging",
    );
    world.model(
        "mart/whole.sql",
        "grain = ['vestiging']",
        "SELECT vestiging, sum(n) AS n FROM core.both GROUP BY vestiging",
    );
}

const SITES: [&str; 3] = ["00AA00", "00AA01", "00BB00"];
const YEARS: [&str; 5] = ["2017-2018", "2018-2019", "2019-2020", "2020-2021", "2021-2022"];

fn deliveries() -> impl Strategy<Value = Years> {
    let rows = prop::collection::vec((prop::sample::select(&SITES[..]), 0..4i32), 1..4);
    prop::collection::btree_map(prop::sample::select(&YEARS[..]), rows, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn partition_by_partition_is_the_same_as_all_at_once(steps in prop::collection::vec((deliveries(), any::<bool>()), 2..4)) {
        let tables = ["core.same", "core.window", "core.both", "mart.whole"];
        let world = World::new();
        models_of_the_property(&world);
        world.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]));
        for (years, sites) in &steps {
            if *sites {
                let rows: Vec<_> = years.values().flatten().take(1).copied().collect();
                world.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", rows)]));
            }
            world.deliver("staging.leerlingen", years);
            let report = world.run_observed(&[], &|_| (), &AtomicBool::new(false));
            prop_assert!(!report.failed(), "{:?}", report.models.iter().map(ToString::to_string).collect::<Vec<_>>());
            let whole = World::new();
            models_of_the_property(&whole);
            whole.deliver("staging.leerlingen", years);
            let sites: Vec<(&'static str, i32)> = {
                let context = world.engine.context(Catalog::now(&world.sources));
                let rows = world.engine.block_on(async {
                    query(&context, "SELECT vestiging, CAST(aantal AS BIGINT) AS n FROM staging.vestigingen").await.unwrap().collect().await.unwrap()
                });
                rows.iter().flat_map(|b| {
                    let names = arrow::compute::cast(b.column(0), &DataType::Utf8).unwrap();
                    let numbers = b.column(1).as_primitive::<Int64Type>().clone();
                    (0..b.num_rows()).map(|i| {
                        let name = SITES.iter().find(|s| **s == names.as_string::<i32>().value(i)).unwrap();
                        (*name, i32::try_from(numbers.value(i)).unwrap())
                    }).collect::<Vec<_>>()
                }).collect()
            };
            whole.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", sites)]));
            whole.run();
            prop_assert_eq!(content(&world, &tables), content(&whole, &tables));
            for table in tables {
                prop_assert_eq!(world.manifest(table).digest(), whole.manifest(table).digest(), "{}", table);
            }
            prop_assert!(world.plan().contains("nothing to do"), "{}", world.plan());
        }
    }
}
