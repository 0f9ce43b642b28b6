//! An answer as it is shown: its columns by their names, and no folder of this machine in a plan.
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;

use super::names::apart;
use super::{Door, QueryError, QueryErrorKind};

/// How the answer to a query is shown.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    names: Arc<[String]>,
    /// What files are told without, when the answer is a plan.
    folders: Arc<[String]>,
}

impl Shown {
    /// For the answer to `plan`, whose columns have `names`, through `door`; files of the lake are in `lake`.
    pub fn new(names: Vec<String>, plan: &LogicalPlan, door: Door, lake: &Path) -> Self {
        let names = match door {
            // as in PostgreSQL, names may repeat
            Door::Postgres => names,
            Door::Http | Door::Flight => apart(names),
        };
        let folders = match plan {
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => folders(lake),
            _ => Vec::new(),
        };
        Self {
            names: names.into(),
            folders: folders.into(),
        }
    }

    /// The columns as they are called.
    pub fn schema(&self, schema: &Schema) -> SchemaRef {
        if schema.fields().len() != self.names.len() {
            return Arc::new(schema.clone());
        }
        let named = |(field, name): (&FieldRef, &String)| match field.name() == name {
            true => Arc::clone(field),
            false => Arc::new(Field::clone(field).with_name(name)),
        };
        let fields: Vec<FieldRef> = schema.fields().iter().zip(self.names.iter()).map(named).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }

    /// Rows, with the columns as they are called.
    pub fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch, QueryError> {
        let own = batch.schema();
        let own = own.fields().iter().map(|field| field.name());
        if self.folders.is_empty() && own.eq(self.names.iter()) {
            return Ok(batch.clone());
        }
        let columns = batch.columns().iter().map(|column| self.column(column)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let shown = RecordBatch::try_new_with_options(self.schema(&batch.schema()), columns, &options);
        shown.map_err(|_| QueryError::new(QueryErrorKind::Internal, "the rows are not of the columns of the query"))
    }

    fn column(&self, column: &ArrayRef) -> ArrayRef {
        match column.as_string_opt::<i32>() {
            Some(text) if !self.folders.is_empty() => {
                let shorter = text.iter().map(|text| text.map(|text| self.within_lake(text)));
                Arc::new(shorter.collect::<StringArray>())
            }
            _ => Arc::clone(column),
        }
    }

    fn within_lake(&self, text: &str) -> String {
        let folders = self.folders.iter();
        folders.fold(text.to_owned(), |text, folder| text.replace(folder, ""))
    }
}

/// A folder as plans write it: with the root before it, and without.
fn folders(lake: &Path) -> Vec<String> {
    let absolute = format!("{}/", lake.display());
    let relative = absolute.trim_start_matches('/').to_owned();
    [absolute, relative]
        .into_iter()
        .filter(|folder| folder.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    #[tokio::test]
    async fn a_plan_tells_files_within_the_lake() {
        let state = SessionContext::new().state();
        let plan = |sql: &'static str| state.create_logical_plan(sql);
        let text: ArrayRef = Arc::new(StringArray::from(vec![
            Some("DataSourceExec: file_groups={1 group: [[srv/data/lake/mart/t/v/1/part.parquet]]}"),
            Some("/srv/data/lake/mart/u.parquet and srv/other/lake/x"),
            None,
        ]));
        let rows = RecordBatch::try_from_iter([("plan", Arc::clone(&text)), ("plan_type", text)]).unwrap();
        let lake = Path::new("/srv/data/lake");
        let names = || vec!["plan".to_owned(), "plan_type".to_owned()];
        for sql in [
            "explain select 1",
            "explain analyze select 1",
            "explain verbose select 1",
        ] {
            let shown = Shown::new(names(), &plan(sql).await.unwrap(), Door::Http, lake)
                .batch(&rows)
                .unwrap();
            let column = shown.column(0).as_string::<i32>();
            assert_eq!(
                column.value(0),
                "DataSourceExec: file_groups={1 group: [[mart/t/v/1/part.parquet]]}"
            );
            assert_eq!(column.value(1), "mart/u.parquet and srv/other/lake/x");
        }
        // rows of a table are what they are
        let shown = Shown::new(names(), &plan("select 1 as a, 2 as b").await.unwrap(), Door::Http, lake);
        assert_eq!(shown.batch(&rows).unwrap(), rows);
    }

    #[tokio::test]
    async fn names_repeat_for_postgresql_only() {
        let plan = SessionContext::new()
            .state()
            .create_logical_plan("select 1 as a, 2 as b")
            .await
            .unwrap();
        let named = |door| {
            let shown = Shown::new(vec!["sum".to_owned(); 2], &plan, door, Path::new("/lake"));
            let schema = shown.schema(plan.schema().as_arrow());
            schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(named(Door::Postgres), ["sum", "sum"]);
        assert_eq!(named(Door::Http), ["sum", "sum_2"]);
        assert_eq!(named(Door::Flight), ["sum", "sum_2"]);
    }
}
