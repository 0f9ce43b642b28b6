//! What can be told without a connection.
use std::time::Duration;

use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as Parsed;
use datafusion_postgres::pgwire::api::Type;

use super::command::Command;
use super::settings::Settings;
use super::typed::with_types;
use super::{error, parser};
use crate::serve::{QueryError, QueryErrorKind};

fn command(sql: &str) -> Result<Command, String> {
    let mut statements = parser::parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(statements.len(), 1, "{sql}");
    Command::of(statements.remove(0)).map_err(|wrong| error::told(wrong).code)
}

#[test]
fn statements_of_clients_are_understood() {
    let is = |sql: &str, wanted: &str| {
        let said = format!("{:?}", command(sql).unwrap());
        assert!(said.starts_with(wanted), "{sql}: {said}");
    };
    is("select 1", "Query");
    is("BEGIN READ ONLY", "Begin");
    is("START TRANSACTION ISOLATION LEVEL REPEATABLE READ", "Begin");
    is("COMMIT", "End { tag: \"COMMIT\"");
    is("END", "End { tag: \"COMMIT\"");
    is("ABORT", "End { tag: \"ROLLBACK\"");
    is("ROLLBACK TO SAVEPOINT a", "BackToSavepoint");
    is(
        "SET extra_float_digits = 3",
        "Set { name: \"extra_float_digits\", value: Some(\"3\")",
    );
    is(
        "SET LOCAL statement_timeout TO '2s'",
        "Set { name: \"statement_timeout\", value: Some(\"2s\"), local: true",
    );
    is(
        "SET TIME ZONE 'Europe/Amsterdam'",
        "Set { name: \"TimeZone\", value: Some(\"Europe/Amsterdam\")",
    );
    is(
        "SET search_path TO mart, core",
        "Set { name: \"search_path\", value: Some(\"mart, core\")",
    );
    is("SET search_path TO DEFAULT", "Set { name: \"search_path\", value: None");
    is(
        "SET NAMES 'UTF8'",
        "Set { name: \"client_encoding\", value: Some(\"UTF8\")",
    );
    is(
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "Nothing(\"SET\")",
    );
    is("RESET ALL", "ResetAll");
    is("SHOW TRANSACTION ISOLATION LEVEL", "Show(\"transaction_isolation\")");
    is("SHOW search_path", "Show(\"search_path\")");
    is("DECLARE c NO SCROLL CURSOR FOR SELECT 1", "Declare");
    is("DECLARE \"c\" CURSOR WITH HOLD FOR SELECT 1", "Declare");
    is("FETCH FORWARD 100 FROM \"c\"", "Fetch { name: \"c\", rows: Some(100)");
    is("FETCH FORWARD ALL FROM c", "Fetch { name: \"c\", rows: None");
    is("CLOSE c", "Close(Some(\"c\"))");
    is("CLOSE ALL", "Close(None)");
    is("DEALLOCATE ALL", "Deallocate(None)");
    is("DEALLOCATE a", "Deallocate(Some(\"a\"))");
    is("DISCARD ALL", "DiscardAll");
    assert_eq!(command("COPY mart.x TO STDOUT").unwrap_err(), "25006");
    assert_eq!(command("SET ROLE admin").unwrap_err(), "42501");
    assert_eq!(command("DECLARE c SCROLL CURSOR FOR SELECT 1").unwrap_err(), "0A000");
    assert_eq!(command("FETCH BACKWARD 1 FROM c").unwrap_err(), "55000");
}

#[test]
fn what_is_not_sql_is_told_with_its_place() {
    let wrong = parser::parse("select 1;\nselec 2").unwrap_err();
    assert_eq!(wrong.kind, QueryErrorKind::Syntax);
    assert!(wrong.position.is_some_and(|position| position == 11), "{wrong:?}");
    assert!(!wrong.message.contains("Line:"), "{}", wrong.message);
    assert!(parser::parse(" ; ").unwrap().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_statement_is_told_with_its_place_among_others() {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.collect_spans = true;
    let state = SessionContext::new_with_config(config).state();
    let sql = "select 1 as \"é;nope\";; -- nope;\n select a,\n  nope from (values (1)) t(a);\nselect 'nope'; ";
    let mut statements = parser::parse(sql).unwrap();
    assert_eq!(statements.len(), 3);
    let text = parser::alone(sql, 1, 3);
    assert_eq!(text.trim(), "-- nope;\n select a,\n  nope from (values (1)) t(a)");
    let statement = Parsed::Statement(Box::new(statements.remove(1)));
    let wrong = state.statement_to_plan(statement).await.unwrap_err();
    let wrong = QueryError::of_query(&text, &wrong, &[]);
    let place = sql.find("nope from").unwrap();
    assert_eq!(wrong.position, Some(sql[..place].chars().count() + 1), "{wrong:?}");
    assert_eq!(parser::alone("select 1;", 0, 1), "select 1;");
    let long = format!("select '{}'; select 2", "x".repeat(100_000));
    assert_eq!(parser::alone(&long, 1, 2), "");
}

#[test]
fn only_queries_of_the_catalog_lose_what_the_engine_cannot_answer() {
    let written = |sql: &str| parser::parse(sql).unwrap().remove(0).to_string();
    for own in [
        "SELECT a, (SELECT max(b) FROM s WHERE s.b = t.a) FROM t",
        "SELECT (SELECT s.b FROM s)",
        "SELECT c.relname, (SELECT max(b) FROM mart.s WHERE s.b = c.oid) FROM pg_catalog.pg_class AS c",
        "WITH pg_x AS (SELECT 1 AS a) SELECT (SELECT t.b FROM t WHERE t.b = a) FROM pg_x",
        "SELECT a FROM t ORDER BY a COLLATE nl",
    ] {
        assert_eq!(written(own), own);
    }
    // what a name means stays the same
    assert_eq!(written("SELECT pg_catalog.lower(a) FROM t"), "SELECT lower(a) FROM t");
    let of_catalog = "SELECT ARRAY(SELECT b FROM pg_roles) FROM pg_class";
    assert!(!written(of_catalog).contains("pg_roles"), "{}", written(of_catalog));
}

#[test]
fn settings_are_checked_kept_and_reported() {
    let mut settings = Settings::at_start(
        "ada",
        [("options", "-c statement_timeout=1500"), ("DateStyle", "ISO, DMY")],
    );
    assert_eq!(settings.show("session_authorization").unwrap(), "ada");
    assert_eq!(settings.show("datestyle").unwrap(), "ISO, DMY");
    assert_eq!(settings.statement_timeout(), Some(Duration::from_millis(1_500)));
    let told = settings.set("application_name", "psql", false).unwrap();
    assert_eq!(told, Some(("application_name".into(), "psql".into())));
    assert_eq!(settings.set("statement_timeout", "2min", true).unwrap(), None);
    assert_eq!(settings.statement_timeout(), Some(Duration::from_secs(120)));
    settings.end_transaction();
    assert_eq!(settings.statement_timeout(), Some(Duration::from_millis(1_500)));
    for (set, shown) in [
        ("120000", "2min"),
        ("1500", "1500ms"),
        ("0.5s", "500ms"),
        ("5 s", "5s"),
        ("24h", "1d"),
        ("0", "0"),
    ] {
        settings.set("statement_timeout", set, true).unwrap();
        assert_eq!(settings.show("statement_timeout").as_deref(), Some(shown), "{set}");
    }
    settings.end_transaction();
    settings.set("statement_timeout", "0", false).unwrap();
    assert_eq!(settings.statement_timeout(), None);
    settings.reset("statement_timeout");
    assert_eq!(settings.statement_timeout(), Some(Duration::from_millis(1_500)));
    for (name, value) in [
        ("statement_timeout", "soon"),
        ("statement_timeout", "-1"),
        ("statement_timeout", "30d"),
        ("client_encoding", "LATIN1"),
        ("datestyle", "Klingon"),
        ("extra_float_digits", "99"),
        ("server_version", "9.6"),
    ] {
        assert!(settings.set(name, value, false).is_err(), "{name}");
    }
    assert!(settings.set("client_encoding", "utf-8", false).is_ok());
    assert!(settings.set("anything.at_all", "x", false).is_ok());
    assert_eq!(settings.show("anything.at_all").unwrap(), "x");
    assert_eq!(settings.show("nothing"), None);
    assert!(
        settings
            .reset_all()
            .iter()
            .any(|(name, value)| name == "application_name" && value.is_empty())
    );
}

#[test]
fn errors_have_the_codes_of_postgresql() {
    let said = QueryError {
        position: Some(8),
        ..QueryError::new(QueryErrorKind::UnknownTable, "no such table").hint("see \\d")
    };
    let told = error::told(error::of_query(said));
    assert_eq!((told.code.as_str(), told.message.as_str()), ("42P01", "no such table"));
    assert_eq!(
        (told.hint.as_deref(), told.position.as_deref()),
        (Some("see \\d"), Some("8"))
    );
    let quoting: Box<dyn std::error::Error + Send + Sync> = "value 123456782 is wrong".into();
    let told = error::told(datafusion_postgres::pgwire::error::PgWireError::ApiError(quoting));
    assert!(!told.message.contains("123456782"));
}

#[test]
fn parameters_without_a_type_get_the_clients() {
    let statement = parser::parse("select $1, $2 + 1 where $3").unwrap().remove(0);
    let untyped = ["$1".to_owned(), "$2".to_owned()];
    let typed = with_types(&statement, &untyped, &[None, Some(Type::INT4), Some(Type::BOOL)]);
    let written = typed.to_string().to_uppercase();
    assert_eq!(written, "SELECT CAST($1 AS TEXT), CAST($2 AS INTEGER) + 1 WHERE $3");
}
