use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::prelude::SessionContext;
use std::sync::Arc;

use super::*;

fn context() -> SessionContext {
    let context = SessionContext::new();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 2]));
    let sums: ArrayRef = Arc::new(Int64Array::from(vec![30, 20, 10]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["B", "a", "A"]));
    let rows = RecordBatch::try_from_iter([("n", numbers), ("sum", sums), ("naam", names)]).unwrap();
    context.register_batch("t", rows).unwrap();
    context
}

async fn planned_in(context: &SessionContext, sql: &str) -> Result<(LogicalPlan, Vec<String>), DataFusionError> {
    let state = context.state();
    let dialect = state.config_options().sql_parser.dialect;
    planned(&state, state.sql_to_statement(sql, &dialect).unwrap()).await
}

#[tokio::test]
async fn columns_without_a_name_are_called_as_in_postgresql() {
    let context = context();
    for (sql, wanted) in [
        (
            "select 1, 'geheim', 1 + n, -n, not true, n is null, null from t",
            "?column? ?column? ?column? ?column? ?column? ?column? ?column?",
        ),
        ("select n, t.N, \"n\" as \"Een\", n as Twee from t", "n n Een twee"),
        (
            "select SUM(n), count(*), max(t.n), lower(naam) from t group by naam",
            "sum count max lower",
        ),
        (
            "select cast(n as text), n::int, 1::int, '1'::bigint, cast(1 + n as double precision) from t",
            "n n int4 int8 float8",
        ),
        (
            "select date '2020-01-01', interval '1 day', cast('x' as varchar(3)), cast(1 as decimal(3,1))",
            "date interval varchar numeric",
        ),
        (
            "select case when n = 1 then 2 end, case n when 1 then 2 else n end from t",
            "case n",
        ),
        (
            "select coalesce(n, 1), nullif(n, 1), extract(year from date '2020-01-01'), substring(naam from 1 for 2) from t",
            "coalesce nullif extract substring",
        ),
        (
            "select trim(naam), position('a' in naam), (n), exists (select 1), (select max(n) from t) from t",
            "btrim position n exists max",
        ),
        (
            "select sum(n) over (), row_number() over (order by n) from t",
            "sum row_number",
        ),
        ("select *, sum(n) over (), 1 from t", "n sum naam sum ?column?"),
        (
            "select 1, a.*, n + 1, b.*, 2 from t a cross join (select 3 as x) b",
            "?column? n sum naam ?column? x ?column?",
        ),
        ("select unnest(make_array(1, 2)), 1", "unnest ?column?"),
        ("select sum(n) from t union all select 4", "sum"),
        ("with x as (select count(*) from t) select * from x", "count(*)"),
        ("(select 1 limit 1)", "?column?"),
        ("values (1, 2)", "column1 column2"),
    ] {
        let (plan, names) = planned_in(&context, sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(names.join(" "), wanted, "{sql}");
        assert_eq!(names.len(), plan.schema().fields().len(), "{sql}");
    }
}

#[tokio::test]
async fn columns_may_repeat() {
    let context = context();
    for (sql, wanted) in [
        ("select 1, 1", "?column? ?column?"),
        ("select cast(1 as int), cast(1 as int)", "int4 int4"),
        ("select 1, cast(1 as bigint), 1", "?column? int8 ?column?"),
        ("select n, n, N from t order by n", "n n n"),
        ("select *, n from t", "n sum naam n"),
        (
            "select sum(n), sum(n) from t group by naam order by sum(n) desc",
            "sum sum",
        ),
        ("select distinct naam, naam from t order by naam", "naam naam"),
        ("select 1, 1 union all select 2, 2", "?column? ?column?"),
        ("select a.n, b.n from t a join t b on a.n = b.n", "n n"),
    ] {
        let (_, names) = planned_in(&context, sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(names.join(" "), wanted, "{sql}");
    }
    // a name that is given twice could be meant either way
    assert!(planned_in(&context, "select 1 as a, 2 as a").await.is_err());
    assert!(
        planned_in(&context, "with x as (select 1, 1) select * from x")
            .await
            .is_err()
    );
}

/// What is in the first column.
async fn rows(context: &SessionContext, sql: &str) -> Vec<String> {
    let (plan, _) = planned_in(context, sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = context
        .execute_logical_plan(plan)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let shown = |batch: &RecordBatch| -> Vec<String> {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8).unwrap();
        let text = column.as_any().downcast_ref::<StringArray>().unwrap();
        text.iter().map(|value| value.unwrap_or_default().to_owned()).collect()
    };
    batches.iter().flat_map(shown).collect()
}

#[tokio::test]
async fn a_name_never_changes_what_a_query_means() {
    let context = context();
    let is = async |sql: &str, wanted: &[&str]| assert_eq!(rows(&context, sql).await, wanted, "{sql}");
    // `sum` and `lower` are functions here, and `sum` is a column of the table too
    is("select sum(n) from t group by sum order by sum", &["2", "2", "1"]).await;
    is(
        "select sum(n) from t group by naam, sum order by sum desc",
        &["1", "2", "2"],
    )
    .await;
    is(
        "select lower(naam) from t group by lower(naam) order by lower(naam)",
        &["a", "b"],
    )
    .await;
    is("select lower(naam) from t group by 1 order by 1", &["a", "b"]).await;
    is("select count(*) from t group by n having count(*) > 1", &["2"]).await;
    is("select distinct lower(naam), n from t order by 1, 2", &["a", "b"]).await;
    is("select n, n, sum from t order by sum", &["2", "2", "1"]).await;
    is(
        "select sum(n), sum(n) from t group by naam, sum order by sum",
        &["2", "2", "1"],
    )
    .await;
}

#[test]
fn names_that_repeat_are_told_apart() {
    let names = ["sum", "sum", "sum_2", "sum", "n"].map(str::to_owned).to_vec();
    assert_eq!(apart(names), ["sum", "sum_3", "sum_2", "sum_4", "n"]);
}
