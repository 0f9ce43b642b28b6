use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;
use chrono::{TimeZone, Utc};

use super::*;
use crate::lake::{FileTags, Lake, LakeOptions, PublicationMeta, TableName};
use crate::ledger::Ledger;

struct Project {
    dir: tempfile::TempDir,
    sources: CatalogSources,
}

impl Project {
    fn new() -> Project {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("reference")).unwrap();
        fs::write(
            dir.path().join("reference/profielen.csv"),
            "\u{feff}Code,profiel\nBWI,\"Bouwen, wonen\"\nX,\n",
        )
        .unwrap();
        let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();
        let ledger = Arc::new(Ledger::open(&dir.path().join("ledger.db")).unwrap());
        let sources = CatalogSources {
            lake,
            reference: dir.path().join("reference"),
            ledger: Some(ledger),
        };
        Project { dir, sources }
    }

    fn engine(&self, change: impl Fn(&mut EngineOptions)) -> Engine {
        let mut options = EngineOptions {
            threads: 2,
            ..EngineOptions::new(self.dir.path().join("spill"))
        };
        change(&mut options);
        Engine::new(options).unwrap()
    }

    /// Publishes `mart.t` with the numbers up to `n`, and a text.
    fn publish(&self, n: i64) {
        let table: TableName = "mart.t".parse().unwrap();
        let mut draft = self.sources.lake.draft(&table).unwrap();
        let file = draft.create(&Vec::new()).unwrap();
        let rows = RecordBatch::try_from_iter([
            ("n", Arc::new(Int64Array::from_iter_values(0..n)) as _),
            (
                "tekst",
                Arc::new(StringArray::from_iter_values((0..n).map(|i| format!("rij {i:>30}")))) as _,
            ),
        ])
        .unwrap();
        let out = fs::File::options().write(true).open(&file.path).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(out, rows.schema(), None).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        draft.add(file, FileTags::default()).unwrap();
        let meta = PublicationMeta {
            schema: rows.schema(),
            partition_columns: vec![],
            sort: vec![],
            fingerprint: "f".into(),
            inputs: Default::default(),
            properties: Default::default(),
            audits: vec![],
            run: "r".into(),
            created_at: Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap(),
            reason: "test".into(),
        };
        draft.commit(meta).unwrap();
    }
}

fn ask(engine: &Engine, context: &SessionContext, sql: &str) -> Result<String, EngineError> {
    let rows = engine.block_on(async { Ok::<_, EngineError>(query(context, sql).await?.collect().await?) })?;
    Ok(pretty_format_batches(&rows).unwrap().to_string())
}

#[test]
fn every_schema_is_there() {
    let project = Project::new();
    project.publish(3);
    let engine = project.engine(|_| ());
    let now = |sql: &str| ask(&engine, &engine.context(Catalog::now(&project.sources)), sql).unwrap();
    assert!(now("SELECT count(*) AS n FROM mart.t").contains("| 3 |"));
    assert!(now("SELECT max(n) AS n FROM t").contains("| 2 |"));
    insta::assert_snapshot!(now("SELECT * FROM ref.profielen ORDER BY code"), @r#"
        +------+---------------+
        | code | profiel       |
        +------+---------------+
        | BWI  | Bouwen, wonen |
        | X    |               |
        +------+---------------+
        "#);
    project
        .sources
        .ledger
        .as_ref()
        .unwrap()
        .start_run("run", "me", Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap())
        .unwrap();
    assert!(now("SELECT kind, who, status, rows_in FROM ops.runs").contains("| run  | me  | running | 0       |"));
    assert!(now("SELECT count(*) AS n FROM ops.deliveries WHERE received_at > '2024-01-01'").contains("| 0 |"));
    assert!(
        now("SELECT count(due_at) AS n FROM ops.occurrences WHERE status = 'queued' AND attempt > 0").contains("| 0 |")
    );
    assert!(now("SELECT count(line) AS n FROM ops.quarantine").contains("| 0 |"));
    let tables = now(
        "SELECT table_schema || '.' || table_name AS t FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY t",
    );
    for table in [
        "mart.t",
        "ops.deliveries",
        "ops.occurrences",
        "ops.quarantine",
        "ops.runs",
        "ref.profielen",
    ] {
        assert!(tables.contains(table), "{tables}");
    }
}

#[test]
fn a_query_sees_one_publication_and_the_next_query_the_next() {
    let project = Project::new();
    project.publish(3);
    let engine = project.engine(|_| ());
    let context = engine.context(Catalog::now(&project.sources));
    assert!(
        ask(&engine, &context, "SELECT count(*) AS n FROM mart.t")
            .unwrap()
            .contains("| 3 |")
    );
    project.publish(5);
    let both =
        "SELECT a.n AS a, b.n AS b FROM (SELECT count(*) AS n FROM mart.t) a, (SELECT count(*) AS n FROM mart.t) b";
    assert!(ask(&engine, &context, both).unwrap().contains("| 3 | 3 |"));
    let context = engine.context(Catalog::now(&project.sources));
    assert!(ask(&engine, &context, both).unwrap().contains("| 5 | 5 |"));
}

#[test]
fn what_writes_is_refused() {
    let project = Project::new();
    project.publish(3);
    let engine = project.engine(|_| ());
    let context = engine.context(Catalog::now(&project.sources));
    for (sql, said) in [
        (
            "CREATE TABLE mart.x AS SELECT 1",
            "CREATE MEMORY TABLE is not possible here",
        ),
        (
            "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
            "CREATE EXTERNAL TABLE",
        ),
        ("CREATE VIEW mart.x AS SELECT 1", "CREATE VIEW"),
        ("DROP TABLE mart.t", "DROP TABLE"),
        ("INSERT INTO mart.t VALUES (1, 'x')", "INSERT"),
        ("COPY mart.t TO '/tmp/x.csv'", "COPY"),
        ("EXPLAIN ANALYZE INSERT INTO mart.t VALUES (1, 'x')", "INSERT"),
        ("SET datafusion.runtime.memory_limit = '10G'", "SET"),
        ("SELECT * FROM '/etc/passwd'", "not found"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
    ] {
        let error = ask(&engine, &context, sql).unwrap_err().to_string();
        assert!(error.contains(said), "{sql}: {error}");
    }
    for sql in [
        "EXPLAIN SELECT * FROM mart.t",
        "SHOW TABLES",
        "DESCRIBE mart.t",
        "SELECT pseudoniem(NULL)",
    ] {
        ask(&engine, &context, sql).unwrap();
    }
}

#[test]
fn spill_files_are_ours_alone_and_go() {
    let project = Project::new();
    project.publish(400_000);
    let spill = project.dir.path().join("spill");
    fs::create_dir_all(spill.join("999-0")).unwrap();
    fs::write(spill.join("999-0/rows"), "of a process that was killed").unwrap();
    let engine = project.engine(|o| o.memory_bytes = 12 << 20);
    let own: Vec<_> = fs::read_dir(&spill)
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_dir())
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let context = engine.context(Catalog::now(&project.sources));
    let sql = "SELECT max(r) AS r FROM (SELECT row_number() OVER (ORDER BY tekst DESC, n) AS r FROM mart.t)";
    assert!(ask(&engine, &context, sql).unwrap().contains("| 400000 |"));
    drop((context, engine));
    assert!(fs::read_dir(&spill).unwrap().flatten().all(|e| !e.path().is_dir()));
}

#[test]
fn joins_that_do_not_fit_go_to_disk() {
    let project = Project::new();
    project.publish(1_000_000);
    let sql = "SELECT count(*) AS n, sum(b.n) AS m FROM mart.t a JOIN mart.t b ON a.n = b.n";
    let planned = |engine: &Engine| {
        let context = engine.context(Catalog::now(&project.sources));
        engine.block_on(async {
            let state = context.state();
            let plan = state.create_logical_plan(sql).await.unwrap();
            let plan = engine.physical_plan(&state, &plan).await.unwrap();
            let shown = datafusion::physical_plan::displayable(plan.as_ref())
                .indent(false)
                .to_string();
            let rows = datafusion::physical_plan::collect(plan, state.task_ctx())
                .await
                .unwrap();
            (shown, pretty_format_batches(&rows).unwrap().to_string())
        })
    };
    let (large, first) = planned(&project.engine(|_| ()));
    assert!(large.contains("HashJoinExec"), "{large}");
    let (small, second) = planned(&project.engine(|o| o.memory_bytes = 48 << 20));
    assert!(small.contains("SortMergeJoin"), "{small}");
    assert_eq!(first, second);
    assert!(first.contains("| 1000000 | 499999500000 |"), "{first}");
}
