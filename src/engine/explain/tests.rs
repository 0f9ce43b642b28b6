use datafusion::prelude::{SessionConfig, SessionContext};

use super::*;

/// The query from its place on, up to the end of the place, and what is wrong there.
fn explained(sql: &str) -> String {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.collect_spans = true;
    let context = SessionContext::new_with_config(config);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let tables = ["mart.leerlingen_per_profiel".to_owned(), "ref.profielen".to_owned()];
    let outcome = runtime.block_on(async {
        match context.sql(sql).await {
            Ok(frame) => frame.collect().await.map(drop),
            Err(error) => Err(error),
        }
    });
    let found = explain(sql, &outcome.unwrap_err(), &tables);
    let place = found.span.map_or("nowhere", |span| &sql[span]);
    let hint = found.hint.unwrap_or_else(|| "-".into());
    format!(
        "{sql}\n  at {place}: [{}] {}\n  hint: {hint}\n",
        found.rule, found.message
    )
}

#[test]
fn every_kind_of_error_points_into_the_sql() {
    let statements = [
        "select from where",
        "select 1 +\n  from (select 2) x",
        "select *\nfrom mart.leerlingen_per_profil",
        "select * from profielen",
        "with x as (select 1 as leerlingen) select leerlinge from x",
        "with x as (select 1 as a) select a, b, c from x",
        "select lenght('é'), 'é', foo('x')",
        "select a, count(*) from (values (1, 2)) t(a, b) group by b",
        "select 'een' + date '2020-01-01'",
        "select 'open",
        "select cast('x' as int)",
        "select 1 / 0",
        "select max(a), sum(a) from (values ('x')) t(a)",
        "select a from (values (1)) t(a), (values (2)) u(a)",
    ];
    let shown: Vec<String> = statements.map(explained).to_vec();
    insta::assert_snapshot!(shown.join("\n"));
}
