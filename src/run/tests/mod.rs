//! Runs in a project without a command line.
mod audits;
mod change;
mod files;
mod property;
mod publish;
mod slices;

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
            value_labels: std::collections::BTreeSet::new(),
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
