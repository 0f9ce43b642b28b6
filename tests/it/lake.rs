//! Queries on published tables: the same answers as from memory, however they are planned.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail as the test may")]

use crate::lake_support::{add, day, lake, meta, part};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, FixedSizeBinaryArray, Float64Array, Int32Array, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::MemTable;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use sluis::lake::{GcPolicy, Lake, LakeError, LakeTable, TableName, plain_schema};
use std::sync::Arc;

fn table() -> TableName {
    "core.banen".parse().unwrap()
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int32, false),
        Field::new("pseudoniem", DataType::FixedSizeBinary(16), false),
        Field::new("naam", DataType::Utf8, true),
        Field::new("begin", DataType::Date32, true),
        Field::new("uren", DataType::Decimal128(9, 2), true),
        Field::new("deel", DataType::Float64, true),
        Field::new("schooljaar", DataType::Utf8, false),
        Field::new("jaar", DataType::Int32, false),
    ]))
}

/// Rows `from..from + n` of a made-up table, sorted by id
fn rows(from: i32, n: i32) -> RecordBatch {
    let ids: Vec<i32> = (from..from + n).collect();
    let keys = ids
        .iter()
        .map(|id| blake3::hash(&(id / 3).to_be_bytes()).as_bytes()[..16].to_vec());
    let some = |id: &i32| id % 7 != 0;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(ids.clone())),
        Arc::new(FixedSizeBinaryArray::try_from_iter(keys).unwrap()),
        Arc::new(
            ids.iter()
                .map(|id| some(id).then(|| format!("naam {}", id % 50)))
                .collect::<StringArray>(),
        ),
        Arc::new(
            ids.iter()
                .map(|id| some(id).then_some(17_000 + id))
                .collect::<Date32Array>(),
        ),
        Arc::new(
            ids.iter()
                .map(|id| some(id).then_some(i128::from(*id) * 25))
                .collect::<Decimal128Array>()
                .with_precision_and_scale(9, 2)
                .unwrap(),
        ),
        Arc::new(
            ids.iter()
                .map(|id| some(id).then(|| if id % 11 == 0 { f64::NAN } else { f64::from(*id) / 8.0 }))
                .collect::<Float64Array>(),
        ),
    ];
    let fields: Vec<Field> = schema()
        .fields()
        .iter()
        .take(6)
        .map(|field| field.as_ref().clone())
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn with_partition(batch: &RecordBatch, school_year: &str, year: i32) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(StringArray::from(vec![school_year; batch.num_rows()])));
    columns.push(Arc::new(Int32Array::from(vec![year; batch.num_rows()])));
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// Six partitions of 250 rows, one of them in two files
fn parts() -> Vec<(String, i32, RecordBatch)> {
    let mut parts: Vec<_> = (0..6)
        .map(|i| (format!("{}-{}", 2018 + i, 2019 + i), 2018 + i, rows(i * 1_000, 250)))
        .collect();
    parts.push(("2018-2019".to_owned(), 2018, rows(250, 100)));
    parts
}

fn publish(lake: &Lake) {
    let mut draft = lake.draft(&table()).unwrap();
    for (school_year, year, batch) in parts() {
        let partition = vec![
            ("schooljaar".to_owned(), school_year),
            ("jaar".to_owned(), year.to_string()),
        ];
        add(&mut draft, &partition, &batch);
    }
    draft.commit(meta(&schema(), &["schooljaar", "jaar"], &["id"])).unwrap();
}

fn context(pushdown: bool, dynamic: bool, partitions: usize) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(64);
    config.options_mut().execution.parquet.pushdown_filters = pushdown;
    config.options_mut().optimizer.enable_dynamic_filter_pushdown = dynamic;
    SessionContext::new_with_config(config)
}

async fn answer(context: &SessionContext, sql: &str) -> String {
    let found = context
        .sql(sql)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    pretty_format_batches(&found).unwrap().to_string()
}

async fn explain(context: &SessionContext, sql: &str) -> String {
    answer(context, &format!("EXPLAIN {sql}")).await
}

const QUERIES: &[&str] = &[
    "SELECT count(*), sum(id), min(naam), max(begin), sum(uren), min(deel) FROM t",
    "SELECT * FROM t WHERE id BETWEEN 240 AND 1010 ORDER BY id",
    "SELECT * FROM t WHERE schooljaar = '2020-2021' ORDER BY id LIMIT 7",
    "SELECT schooljaar, jaar, count(*), count(naam) FROM t GROUP BY 1, 2 ORDER BY 1",
    "SELECT jaar, sum(uren) FROM t WHERE jaar % 2 = 0 AND begin > DATE '2018-01-01' GROUP BY jaar ORDER BY jaar",
    "SELECT schooljaar, id FROM t WHERE schooljaar < '2020' OR id > 5100 ORDER BY 2",
    "SELECT id FROM t WHERE naam IS NULL AND deel IS NULL ORDER BY id LIMIT 20",
    "SELECT count(DISTINCT pseudoniem) FROM t WHERE jaar IN (2019, 2023)",
    "SELECT a.id, b.id FROM t a JOIN t b ON a.pseudoniem = b.pseudoniem AND a.id < b.id WHERE b.jaar = 2021 ORDER BY 1, 2 LIMIT 9",
    "SELECT id, uren FROM t WHERE uren = 1253.75 OR deel = 2.5 ORDER BY id",
    "SELECT id FROM t ORDER BY id DESC LIMIT 5",
    "SELECT naam, count(*) FROM t WHERE naam LIKE 'naam 1%' GROUP BY naam ORDER BY naam",
    "SELECT min(jaar), max(schooljaar), count(*) FROM t WHERE schooljaar > '9'",
    "SELECT jaar FROM t WHERE schooljaar LIKE '2021%' AND id < 3003 ORDER BY id",
    "SELECT jaar, id FROM t WHERE jaar = (SELECT max(jaar) FROM t) ORDER BY id LIMIT 3",
    "SELECT count(*) FROM t WHERE random() >= 0 AND jaar > 2020",
    "SELECT schooljaar, id, row_number() OVER (PARTITION BY schooljaar ORDER BY id) FROM t ORDER BY id LIMIT 400 OFFSET 300",
    "SELECT 1 FROM t LIMIT 300",
    "SELECT min(deel), max(deel) FROM t WHERE deel > 100",
    "SELECT max(deel) FROM t",
];

#[tokio::test]
async fn answers_are_those_of_the_same_rows_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let batches = parts()
        .iter()
        .map(|(school_year, year, batch)| with_partition(batch, school_year, *year))
        .collect();
    let memory = Arc::new(MemTable::try_new(schema(), vec![batches]).unwrap());
    for pushdown in [false, true] {
        for dynamic in [false, true] {
            for partitions in [1, 3, 16] {
                let context = context(pushdown, dynamic, partitions);
                for query in QUERIES {
                    context.register_table("t", Arc::clone(&memory) as _).unwrap();
                    let wanted = answer(&context, query).await;
                    context.deregister_table("t").unwrap();
                    let found = LakeTable::open(&lake, &table()).unwrap().unwrap();
                    context.register_table("t", Arc::new(found)).unwrap();
                    let found = answer(&context, query).await;
                    context.deregister_table("t").unwrap();
                    assert_eq!(
                        found, wanted,
                        "{query}\npushdown {pushdown}, dynamic {dynamic}, {partitions} partitions"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn only_files_that_can_have_rows_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let context = context(false, true, 2);
    context
        .register_table("t", Arc::new(LakeTable::open(&lake, &table()).unwrap().unwrap()))
        .unwrap();
    let files = async |sql: &str| explain(&context, sql).await.matches(".parquet").count();
    assert_eq!(
        files("SELECT id FROM t").await,
        5 + 2,
        "EXPLAIN shows at most five files of a group"
    );
    assert_eq!(files("SELECT id FROM t WHERE schooljaar = '2020-2021'").await, 1);
    assert_eq!(files("SELECT id FROM t WHERE jaar = 2018").await, 2);
    assert_eq!(files("SELECT id FROM t WHERE jaar = 2018 AND id > 300").await, 1);
    assert_eq!(files("SELECT id FROM t WHERE id = 3100").await, 1);
    assert_eq!(files("SELECT id FROM t WHERE begin < DATE '2016-07-20'").await, 1);
    assert_eq!(files("SELECT id FROM t WHERE uren > 1400.00").await, 0);
    assert_eq!(files("SELECT id FROM t WHERE jaar = 1900").await, 0);
    // answered from the manifest
    let plan = explain(&context, "SELECT count(*), min(id), max(jaar) FROM t").await;
    assert!(!plan.contains(".parquet"), "{plan}");
    // a filter on partitions is gone from the plan, others are not
    assert!(
        !explain(&context, "SELECT id FROM t WHERE jaar = 2018")
            .await
            .contains("FilterExec")
    );
    assert!(
        explain(&context, "SELECT id FROM t WHERE id = 3100")
            .await
            .contains("FilterExec")
    );
}

#[tokio::test]
async fn the_order_of_the_files_saves_sorting() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    for partitions in [1, 2, 16] {
        let context = context(false, true, partitions);
        context
            .register_table("t", Arc::new(LakeTable::open(&lake, &table()).unwrap().unwrap()))
            .unwrap();
        let plan = explain(&context, "SELECT id, naam FROM t ORDER BY id").await;
        assert!(!plan.contains("SortExec"), "{partitions}: {plan}");
    }
}

#[tokio::test]
async fn a_table_restricted_to_partitions_has_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let some = LakeTable::open(&lake, &table()).unwrap().unwrap();
    let some = some.with_partitions(|partition| partition[1].1 == "2018" || partition[1].1 == "2019");
    assert_eq!(some.rows(), 600);
    let context = context(false, true, 2);
    context.register_table("t", Arc::new(some)).unwrap();
    let found = answer(&context, "SELECT count(*), min(jaar), max(jaar) FROM t").await;
    assert!(found.contains("| 600      | 2018        | 2019        |"), "{found}");
    let none = answer(&context, "SELECT count(*) AS n FROM t WHERE jaar = 2020").await;
    assert!(none.contains("| 0 |"), "{none}");
}

#[tokio::test]
async fn a_version_stays_until_the_last_stream_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let context = context(false, true, 2);
    let table_of = LakeTable::open(&lake, &table()).unwrap().unwrap();
    let plan = context
        .read_table(Arc::new(table_of))
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let mut stream = execute_stream(plan, context.task_ctx()).unwrap();
    let first = stream.next().await.unwrap().unwrap();
    let draft = lake.draft(&table()).unwrap();
    draft.commit(meta(&schema(), &["schooljaar", "jaar"], &["id"])).unwrap();
    let all = GcPolicy {
        keep_versions: 1,
        keep_days: 0,
    };
    assert_eq!(lake.gc(&all, day(9), false).unwrap().leased, vec![(table(), 1)]);
    let mut rows = first.num_rows();
    while let Some(batch) = stream.next().await {
        rows += batch.unwrap().num_rows();
    }
    assert_eq!(rows, 1_600);
    drop(stream);
    assert_eq!(lake.gc(&all, day(9), false).unwrap().removed.len(), 1);
    assert!(matches!(lake.manifest(&table(), 1), Err(LakeError::NoVersion { .. })));
}

#[tokio::test]
async fn awkward_partition_values_and_types_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let name: TableName = "mart.lastig".parse().unwrap();
    let values = ["a/b", "100%", "é û", "..", "x=y", "__HIVE_DEFAULT_PARTITION__", "'; --"];
    let mut draft = lake.draft(&name).unwrap();
    for (value, id) in values.iter().zip(0..) {
        add(&mut draft, &part("schooljaar", value), &rows(id, 1));
    }
    let fields = schema()
        .fields()
        .iter()
        .take(7)
        .map(|field| field.as_ref().clone())
        .collect::<Vec<_>>();
    let seven = Arc::new(Schema::new(fields));
    draft.commit(meta(&seven, &["schooljaar"], &[])).unwrap();
    let context = context(true, true, 2);
    context
        .register_table("t", Arc::new(LakeTable::open(&lake, &name).unwrap().unwrap()))
        .unwrap();
    for (value, id) in values.iter().zip(0..) {
        let quoted = value.replace('\'', "''");
        let found = answer(
            &context,
            &format!("SELECT id AS n FROM t WHERE schooljaar = '{quoted}'"),
        )
        .await;
        assert!(found.contains(&format!("| {id} |")), "{value}: {found}");
    }
    // the single file has them too
    let path = lake.root().join("mart/lastig.parquet");
    context
        .register_parquet("f", path.to_str().unwrap(), Default::default())
        .await
        .unwrap();
    let query = |from: &str| format!("SELECT * FROM {from} ORDER BY id");
    assert_eq!(answer(&context, &query("f")).await, answer(&context, &query("t")).await);
}

#[tokio::test]
async fn a_column_added_later_is_null_in_files_from_before() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    let name: TableName = "mart.groeit".parse().unwrap();
    let cut = |columns: &[usize]| rows(0, 10).project(columns).unwrap();
    let with = |columns: &[usize]| {
        let mut fields: Vec<Field> = columns.iter().map(|i| schema().field(*i).clone()).collect();
        fields.push(schema().field(6).clone());
        Arc::new(Schema::new(fields))
    };
    let mut draft = lake.draft(&name).unwrap();
    add(&mut draft, &part("schooljaar", "2018-2019"), &cut(&[0]));
    draft.commit(meta(&with(&[0]), &["schooljaar"], &[])).unwrap();
    let mut draft = lake.draft(&name).unwrap();
    let kept = draft.parent().unwrap().files[0].clone();
    draft.keep(&kept).unwrap();
    add(&mut draft, &part("schooljaar", "2019-2020"), &cut(&[0, 2]));
    let wider = with(&[0, 2]);
    draft.commit(meta(&wider, &["schooljaar"], &[])).unwrap();
    let context = context(false, true, 2);
    context
        .register_table("t", Arc::new(LakeTable::open(&lake, &name).unwrap().unwrap()))
        .unwrap();
    let path = lake.root().join("mart/groeit.parquet");
    context
        .register_parquet("f", path.to_str().unwrap(), Default::default())
        .await
        .unwrap();
    for from in ["t", "f"] {
        let found = answer(
            &context,
            &format!("SELECT schooljaar, count(*), count(naam) FROM {from} GROUP BY 1 ORDER BY 1"),
        )
        .await;
        assert!(found.contains("| 2018-2019  | 10       | 0 "), "{found}");
        assert!(found.contains("| 2019-2020  | 10       | 8 "), "{found}");
    }
    // one that may not be null is refused
    let mut draft = lake.draft(&name).unwrap();
    let kept = draft.parent().unwrap().files[0].clone();
    draft.keep(&kept).unwrap();
    let strict = Arc::new(Schema::new(
        wider
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(false))
            .collect::<Vec<_>>(),
    ));
    assert!(matches!(
        draft.commit(meta(&strict, &["schooljaar"], &[])),
        Err(LakeError::Schema { .. })
    ));
}

#[tokio::test]
async fn audits_read_what_is_about_to_be_published() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let mut draft = lake.draft(&table()).unwrap();
    add(
        &mut draft,
        &vec![
            ("schooljaar".into(), "2030-2031".into()),
            ("jaar".into(), "2030".into()),
        ],
        &rows(0, 5),
    );
    let columns = ["schooljaar".to_owned(), "jaar".to_owned()];
    let context = context(false, true, 2);
    context
        .register_table("nieuw", draft.provider(&schema(), &columns).unwrap())
        .unwrap();
    let found = answer(&context, "SELECT count(*), min(jaar) FROM nieuw WHERE id >= 0").await;
    assert!(found.contains("| 5        | 2030 "), "{found}");
}

#[tokio::test]
async fn a_result_with_views_and_dictionaries_is_the_same_table() {
    let dir = tempfile::tempdir().unwrap();
    let lake = lake(dir.path());
    publish(&lake);
    let context = context(false, true, 2);
    context
        .register_table("t", Arc::new(LakeTable::open(&lake, &table()).unwrap().unwrap()))
        .unwrap();
    let name: TableName = "mart.kopie".parse().unwrap();
    let sql = "SELECT id, naam, arrow_cast(schooljaar, 'Dictionary(Int32, Utf8)') AS jaarwoord FROM t ORDER BY id";
    let found = context.sql(sql).await.unwrap().collect().await.unwrap();
    let batch = datafusion::arrow::compute::concat_batches(&found[0].schema(), &found).unwrap();
    assert_eq!(batch.schema().field(1).data_type(), &DataType::Utf8View);
    let mut draft = lake.draft(&name).unwrap();
    add(&mut draft, &Vec::new(), &batch);
    draft.commit(meta(&batch.schema(), &[], &["id"])).unwrap();
    let manifest = lake.current(&name).unwrap().unwrap();
    assert_eq!(manifest.arrow_schema(), plain_schema(&batch.schema()));
    assert_eq!(manifest.arrow_schema().field(2).data_type(), &DataType::Utf8);
    context
        .register_table("k", Arc::new(LakeTable::open(&lake, &name).unwrap().unwrap()))
        .unwrap();
    let query = |from: &str, year: &str| format!("SELECT id, naam, {year} AS j FROM {from} ORDER BY id");
    assert_eq!(
        answer(&context, &query("k", "jaarwoord")).await,
        answer(&context, &query("t", "schooljaar")).await
    );
}
