//! Prepared statements: parsed once, planned again each time they run.
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::FieldInfo;
use datafusion_postgres::pgwire::api::stmt::QueryParser;
use datafusion_postgres::pgwire::api::{ClientInfo, Type};
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::response::TransactionStatus;

use super::command::{Command, CursorOf};
use super::error;
use super::parameters::{self, Parameter};
use super::perform::{Handler, session_of};
use super::session::Session;
use super::typed::{oid_lists, with_types};
use super::{parser, types};
use crate::serve::QueryErrorKind;

/// The most prepared statements of a connection, and the most portals.
const MOST: usize = 1_000;

/// A prepared statement. It holds no plan: that would keep a publication that nobody reads.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What it asks for.
    pub command: Arc<Command>,
    /// Its text.
    pub sql: Arc<str>,
    /// Its columns when it was prepared.
    pub columns: Option<SchemaRef>,
    /// Its parameters.
    pub parameters: Arc<[Parameter]>,
}

/// Names of what a connection has prepared.
#[derive(Debug, Default)]
pub struct Names {
    /// Statements.
    pub statements: BTreeSet<String>,
    /// Portals.
    pub portals: BTreeSet<String>,
}

impl Names {
    /// Adds to one of the two, which may not grow without end.
    pub fn add(names: &mut BTreeSet<String>, name: &str) -> PgWireResult<()> {
        if names.len() >= MOST && !names.contains(name) {
            let message = format!("a connection prepares at most {MOST} statements; deallocate some");
            return Err(error::error("53400", message));
        }
        names.insert(name.to_owned());
        Ok(())
    }
}

impl Handler {
    async fn prepare(
        &self,
        session: &Session,
        sql: &str,
        statement: Statement,
        given: &[Option<Type>],
    ) -> PgWireResult<Prepared> {
        let command = Command::of(statement)?;
        let mut prepared = Prepared {
            columns: None,
            sql: Arc::from(sql),
            parameters: Arc::from([]),
            command: Arc::new(command),
        };
        match Arc::clone(&prepared.command).as_ref() {
            Command::Query(statement) => {
                let (statement, columns, parameters) = self.described(session, sql, statement, given).await?;
                prepared.columns = Some(columns);
                prepared.parameters = Arc::from(parameters);
                prepared.command = Arc::new(Command::Query(statement));
            }
            Command::Declare(of) => {
                let query = Statement::Query(of.query.clone());
                let (query, _, parameters) = self.described(session, sql, &query, given).await?;
                if let Statement::Query(query) = *query {
                    let of = CursorOf {
                        query,
                        ..of.as_ref().clone()
                    };
                    prepared.command = Arc::new(Command::Declare(Box::new(of)));
                }
                prepared.parameters = Arc::from(parameters);
            }
            Command::Show(name) => {
                let names = super::perform::shown_columns(name);
                let field = |name: &&str| Field::new(*name, DataType::Utf8, false);
                prepared.columns = Some(Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>())));
            }
            _ => {}
        }
        Ok(prepared)
    }

    /// Columns and parameters. Parameters that the query gives no type get that of the client, or text.
    async fn described(
        &self,
        session: &Session,
        sql: &str,
        statement: &Statement,
        given: &[Option<Type>],
    ) -> PgWireResult<(Box<Statement>, SchemaRef, Vec<Parameter>)> {
        let mut found = self.guessed(session, sql, statement, given).await?;
        for id in oid_lists(statement) {
            let parameter = found.2.iter_mut().find(|parameter| parameter.id == id);
            parameter
                .into_iter()
                .for_each(|parameter| parameter.wire = Type::OID_ARRAY);
        }
        Ok(found)
    }

    async fn guessed(
        &self,
        session: &Session,
        sql: &str,
        statement: &Statement,
        given: &[Option<Type>],
    ) -> PgWireResult<(Box<Statement>, SchemaRef, Vec<Parameter>)> {
        let internal = |wrong| error::of_query(crate::serve::QueryError::of_query(sql, &wrong, &[]));
        let untyped = match self.plan(session, sql, statement).await {
            Ok(planned) => {
                let parameters = parameters::of_plan(planned.plan()).map_err(internal)?;
                let untyped = |parameter: &&Parameter| parameter.data_type.is_none();
                let untyped: Vec<String> = parameters.iter().filter(untyped).map(|p| p.id.clone()).collect();
                if untyped.is_empty() {
                    return Ok((Box::new(statement.clone()), planned.schema(), parameters));
                }
                untyped
            }
            // a function may need to know what it is given
            Err(wrong) if wrong.kind == QueryErrorKind::Plan && !given.is_empty() => {
                (1..=given.len()).map(|number| format!("${number}")).collect()
            }
            Err(wrong) => return Err(error::of_query(wrong)),
        };
        let statement = with_types(statement, &untyped, given);
        let planned = self.plan(session, sql, &statement).await.map_err(error::of_query)?;
        let parameters = parameters::of_plan(planned.plan()).map_err(internal)?;
        Ok((Box::new(statement), planned.schema(), parameters))
    }
}

#[async_trait]
impl QueryParser for Handler {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, client: &C, sql: &str, types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let session = session_of(client)?;
        let mut statements = parser::parse(sql).map_err(error::of_query)?;
        let Some(statement) = statements.pop() else {
            return Ok(None);
        };
        if !statements.is_empty() {
            return Err(error::error(
                "42601",
                "cannot insert multiple commands into a prepared statement",
            ));
        }
        let failed = client.transaction_status() == TransactionStatus::Error;
        if failed && !Command::of(statement.clone())?.ends_failure() {
            return Err(error::aborted());
        }
        let prepare = self.prepare(&session, sql, statement, types);
        session.unless_cancelled(prepare).await.map(Some)
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        let known = |parameter: &Parameter| match parameter.wire {
            Type::UNKNOWN => Type::TEXT,
            ref known => known.clone(),
        };
        Ok(prepared.parameters.iter().map(known).collect())
    }

    fn get_result_schema(&self, prepared: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        let format = format.unwrap_or(&Format::UnifiedText);
        match &prepared.columns {
            Some(schema) => types::columns(schema, format, &Arc::default()),
            None => Ok(Vec::new()),
        }
    }
}
