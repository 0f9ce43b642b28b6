//! SQL with its answers: every `tests/it/slt/*.slt`, on a project with the shipped code lists and an empty lake.
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::util::display::array_value_to_string;
use sluis::engine::{Catalog, CatalogSources, Engine, EngineError, EngineOptions, query};
use sluis::lake::{Lake, LakeOptions};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

/// A project whose tables the answers are about.
pub struct Project {
    engine: Arc<Engine>,
    sources: CatalogSources,
}

impl Project {
    /// Queries on the tables of a project.
    pub fn new(engine: Arc<Engine>, sources: CatalogSources) -> Self {
        Self { engine, sources }
    }
}

impl DB for Project {
    type Error = EngineError;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, EngineError> {
        let context = self.engine.context(Catalog::now(&self.sources));
        let batches = self
            .engine
            .block_on(async { Ok::<_, EngineError>(query(&context, sql).await?.collect().await?) })?;
        let mut rows = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let cell = |column: &arrow::array::ArrayRef| match column.is_null(row) {
                    true => "NULL".to_owned(),
                    false => array_value_to_string(column, row).unwrap(),
                };
                // A row is one text, so that rows are sorted as they stand in the file.
                let cells: Vec<String> = batch.columns().iter().map(cell).collect();
                rows.push(vec![cells.join(" ")]);
            }
        }
        Ok(DBOutput::Rows {
            types: vec![DefaultColumnType::Any],
            rows,
        })
    }

    fn engine_name(&self) -> &str {
        "sluis"
    }
}

#[test]
fn sql_and_its_answers() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();
    let sources = CatalogSources {
        lake,
        reference: here.join("config/reference"),
        ledger: None,
    };
    let engine = Arc::new(Engine::new(EngineOptions::new(dir.path().join("spill"))).unwrap());
    let mut files: Vec<_> = fs::read_dir(here.join("tests/it/slt"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let connect = || async { Ok(Project::new(Arc::clone(&engine), sources.clone())) };
        Runner::new(connect)
            .run_file(&file)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}
