//! Models: one SQL query a table, with its settings in a header.
//!
//! `sql/<schema>/<table>.sql` holds a header (`/*--- TOML ---*/`) and one SELECT. What a model depends on follows from
//! the SQL itself. [`validate`] plans every model, in the order of their dependencies, without touching data.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod audit;
pub mod audit_sql;
mod audits_check;
mod definitions;
mod disclosure;
mod fingerprint;
mod header;
mod inputs;
mod lineage;
mod order;
pub mod output;
mod place;
mod prepared;
mod relations;
mod validate;

pub use audit::{Audit, AuditRule, quoted, text_literal};
pub use definitions::Definitions;
pub use disclosure::{CountHeader, DisclosureHeader, Minimum, ShareHeader, TotalHeader};
pub use fingerprint::Fingerprint;
pub use header::{Header, Word};
pub use inputs::InputMapping;
pub use place::sql_problem;
pub use prepared::Prepared;
pub use validate::{KnownTable, Pipeline, Surroundings, validate};

use crate::diagnostic::{Problem, nearest};
use crate::lake::TableName;

/// Schemas a model can be in.
pub const MODEL_SCHEMAS: [&str; 3] = ["staging", "core", "mart"];

/// One model as read from its file.
#[derive(Debug, Clone)]
pub struct Model {
    /// The table it makes.
    pub name: TableName,
    /// Its file.
    pub path: PathBuf,
    /// Its settings.
    pub header: Header,
    /// Its query, with lines and columns as in the file (the header is blanked out).
    pub sql: String,
    /// The whole file.
    pub source: Arc<str>,
}

impl Model {
    /// Reads the model at `path`, which ends in `<schema>/<table>.sql`.
    pub fn load(path: &Path) -> Result<Model, Vec<Problem>> {
        let name = name_of(path).map_err(|problem| vec![*problem])?;
        let source: Arc<str> = match fs::read_to_string(path) {
            Ok(text) => text.into(),
            Err(error) => {
                return Err(vec![Problem::error(
                    path,
                    "unreadable",
                    format!("cannot be read as text: {error}"),
                )]);
            }
        };
        Model::parse(name, path, &source)
    }

    /// A model from the text of its file.
    pub fn parse(name: TableName, path: &Path, source: &Arc<str>) -> Result<Model, Vec<Problem>> {
        let Some((toml, sql_at)) = header::find(source) else {
            let problem = Problem::error(path, "header", "the model has no header").at(source, 0..0);
            return Err(vec![problem.hint(
                "begin the file with `/*---`, a line `description = \"...\"`, and `---*/`; the query comes after it",
            )]);
        };
        let mut problems = Vec::new();
        match header::read(path, source, toml, &mut problems) {
            Some(header) => Ok(Model {
                name,
                path: path.to_path_buf(),
                header,
                sql: header::sql_in_place(source, sql_at),
                source: Arc::clone(source),
            }),
            None => Err(problems),
        }
    }

    /// A problem in this model, at a place in its file.
    pub(crate) fn problem(
        &self,
        rule: &'static str,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Problem {
        Problem::error(&self.path, rule, message).at(&self.source, span)
    }
}

fn name_of(path: &Path) -> Result<TableName, Box<Problem>> {
    let refuse = |message: String, hint: &str| Err(Box::new(Problem::error(path, "model-name", message).hint(hint)));
    let part = |part: Option<&std::ffi::OsStr>| part.and_then(|p| p.to_str()).unwrap_or_default().to_string();
    let (schema, table) = (part(path.parent().and_then(Path::file_name)), part(path.file_stem()));
    if !MODEL_SCHEMAS.contains(&schema.as_str()) {
        let near = nearest(&schema, MODEL_SCHEMAS).map(|n| format!("did you mean {n}/?"));
        let hint = near.unwrap_or_else(|| "models are in sql/staging, sql/core and sql/mart".into());
        return refuse(format!("`{schema}` is not a schema for models"), &hint);
    }
    TableName::new(&schema, &table).or_else(|_| {
        refuse(
            format!("`{table}` is not a name for a table"),
            "name the file with lower-case letters, digits and `_`, beginning with a letter",
        )
    })
}

/// Reads every model below `sql_dir`; none when the folder is absent.
pub fn load_all(sql_dir: &Path) -> (Vec<Model>, Vec<Problem>) {
    let (mut models, mut problems) = (BTreeMap::new(), Vec::new());
    for path in sql_files(sql_dir) {
        match Model::load(&path) {
            Ok(model) => {
                models.insert(model.name.clone(), model);
            }
            Err(found) => problems.extend(found),
        }
    }
    (models.into_values().collect(), problems)
}

/// Files that end in `.sql` in the folders of `sql_dir`, and in `sql_dir` itself (which are misplaced), sorted.
fn sql_files(sql_dir: &Path) -> Vec<PathBuf> {
    let entries = |dir: &Path| {
        fs::read_dir(dir)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect::<Vec<_>>()
    };
    let mut files = entries(sql_dir);
    let folders: Vec<PathBuf> = files.iter().filter(|p| p.is_dir()).cloned().collect();
    files.extend(folders.iter().flat_map(|dir| entries(dir)));
    files.retain(|p| p.is_file() && p.extension().is_some_and(|e| e == "sql"));
    files.sort();
    files
}

#[cfg(test)]
mod tests;
