//! Does what statements ask for.
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::SchemaRef;
use datafusion::common::ParamValues;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::results::{Response, Tag};
use datafusion_postgres::pgwire::api::store::PortalStore;
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::response::{NoticeResponse, TransactionStatus};
use datafusion_postgres::pgwire::messages::startup::ParameterStatus;
use futures::{Sink, SinkExt as _};

use super::command::{Command, CursorOf};
use super::cursor::Cursor;
use super::rows::{self, Rows};
use super::session::Session;
use super::{error, types};
use crate::serve::{Asked, Planned, QueryError, Service};

/// Answers statements.
#[derive(Clone)]
pub struct Handler {
    pub(super) service: Arc<Service>,
}

/// A statement that is to be done.
pub struct Ask<'a> {
    /// What it asks for.
    pub command: &'a Command,
    /// Its text, as it stands among the statements that came with it.
    pub sql: &'a str,
    /// How its rows are sent.
    pub format: &'a Format,
    /// The columns that the client was told of.
    pub columns: Option<&'a SchemaRef>,
    /// Its parameters.
    pub parameters: Option<ParamValues>,
}

/// The session of a connection that was let in.
pub fn session_of<C: ClientInfo>(client: &C) -> PgWireResult<Arc<Session>> {
    let session = client.session_extensions().get::<Session>();
    session.ok_or_else(|| error::fatal("08P01", "nobody is let in on this connection"))
}

impl Handler {
    /// Does it. Rows are sent by who calls, as they come.
    pub async fn perform<C>(&self, client: &mut C, session: &Session, ask: Ask<'_>) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let failed = client.transaction_status() == TransactionStatus::Error;
        if failed && !ask.command.ends_failure() {
            return Err(error::aborted());
        }
        let done = |tag: &str| Ok(Response::Execution(Tag::new(tag)));
        match ask.command {
            Command::Query(statement) => {
                let rows = self.start(session, ask.sql, statement, ask.parameters);
                let rows = session.unless_cancelled(rows).await?;
                let schema = told_columns(rows.schema(), ask.columns)?;
                let fields = types::columns(&schema, ask.format, &Arc::new(session.settings().format()))?;
                Ok(Response::Query(rows::response(Box::new(rows), fields, None)))
            }
            Command::Set { name, value, local } => {
                let report = match value {
                    Some(value) => session.settings().set(name, value, *local)?,
                    None => session.settings().reset(name),
                };
                report_all(client, report).await?;
                if name.eq_ignore_ascii_case("search_path") && !leads_to_mart(session) {
                    let message = "search_path changes nothing here: name tables of other schemas than mart in full";
                    notice(client, message).await?;
                }
                done("SET")
            }
            Command::ResetAll => {
                let reports = session.settings().reset_all();
                report_all(client, reports).await?;
                done("RESET")
            }
            Command::Show(name) => show(session, name),
            Command::Begin => Ok(Response::TransactionStart(Tag::new("BEGIN"))),
            Command::End { tag } => {
                session.end_transaction();
                client.portal_store().clear_portals();
                session.names().portals.clear();
                let tag = if failed { "ROLLBACK" } else { tag };
                Ok(Response::TransactionEnd(Tag::new(tag)))
            }
            Command::BackToSavepoint => {
                if failed {
                    client.set_transaction_status(TransactionStatus::Transaction);
                }
                done("ROLLBACK")
            }
            Command::Declare(of) => {
                if client.transaction_status() == TransactionStatus::Idle && !of.hold {
                    return Err(error::error(
                        "25P01",
                        "DECLARE CURSOR can only be used in transaction blocks",
                    ));
                }
                session.unless_cancelled(self.declare(session, of, ask)).await?;
                done("DECLARE CURSOR")
            }
            Command::Fetch { name, rows } => {
                let cursor = session.cursor(name)?;
                let options = Arc::new(session.settings().format());
                let response = cursor.fetch(*rows, ask.format, &options);
                Ok(Response::Query(session.unless_cancelled(response).await?))
            }
            Command::Close(name) => {
                session.close_cursor(name.as_deref())?;
                done("CLOSE CURSOR")
            }
            Command::Deallocate(name) => {
                deallocate(client, session, name.as_deref());
                done(if name.is_some() { "DEALLOCATE" } else { "DEALLOCATE ALL" })
            }
            Command::DiscardAll => {
                deallocate(client, session, None);
                session.close_cursor(None)?;
                let reports = session.settings().reset_all();
                report_all(client, reports).await?;
                done("DISCARD ALL")
            }
            Command::Nothing(tag) => done(tag),
        }
    }

    /// Plans a statement on what is published now.
    pub async fn plan(&self, session: &Session, sql: &str, statement: &Statement) -> Result<Planned, QueryError> {
        let asked = Asked::Statement {
            statement: Box::new(statement.clone()),
            sql: sql.to_owned(),
        };
        let plan = self.service.plan(&session.caller, asked);
        let began = Instant::now();
        match session.time() {
            None => plan.await,
            Some(time) => match tokio::time::timeout(time, plan).await {
                Ok(planned) => planned.map(|planned| planned.within(time.saturating_sub(began.elapsed()))),
                Err(_) => Err(self.service.limits().within(time).too_long()),
            },
        }
    }

    async fn start(
        &self,
        session: &Session,
        sql: &str,
        statement: &Statement,
        parameters: Option<ParamValues>,
    ) -> PgWireResult<Rows> {
        let wanted = session.wanted();
        let planned = self.plan(session, sql, statement).await.map_err(error::of_query)?;
        let answer = self
            .service
            .execute(planned, parameters)
            .await
            .map_err(error::of_query)?;
        Ok(Rows::new(answer, wanted))
    }

    async fn declare(&self, session: &Session, of: &CursorOf, ask: Ask<'_>) -> PgWireResult<()> {
        session.may_declare(&of.name)?;
        let query = Statement::Query(of.query.clone());
        let rows = self.start(session, ask.sql, &query, ask.parameters).await?;
        let cursor = Cursor::new(rows, of.binary, of.hold);
        session.cursors().insert(of.name.clone(), Arc::new(cursor));
        Ok(())
    }
}

/// The columns that a client was told of, if they are still those.
fn told_columns(now: SchemaRef, told: Option<&SchemaRef>) -> PgWireResult<SchemaRef> {
    let Some(told) = told else {
        return Ok(now);
    };
    let same = |(a, b): (&arrow::datatypes::FieldRef, &arrow::datatypes::FieldRef)| {
        a.name() == b.name() && types::wire_type(a).is_ok_and(|a| types::wire_type(b).is_ok_and(|b| a.0 == b.0))
    };
    let both = told.fields().len() == now.fields().len() && told.fields().iter().zip(now.fields()).all(same);
    match both {
        true => Ok(Arc::clone(told)),
        false => Err(error::error("0A000", "cached plan must not change result type")),
    }
}

/// Columns of the answer to SHOW.
pub fn shown_columns(name: &str) -> Vec<&str> {
    match name.eq_ignore_ascii_case("all") {
        true => vec!["name", "setting", "description"],
        false => vec![name],
    }
}

fn show(session: &Session, name: &str) -> PgWireResult<Response> {
    let settings = session.settings();
    let rows = match name.eq_ignore_ascii_case("all") {
        true => settings
            .all()
            .into_iter()
            .map(|(name, value)| vec![name, value, String::new()])
            .collect(),
        false => {
            let unknown = || error::error("42704", format!("unrecognized configuration parameter \"{name}\""));
            vec![vec![settings.show(name).ok_or_else(unknown)?]]
        }
    };
    let mut response = rows::text_rows(&shown_columns(name), &rows);
    response.set_command_tag("SHOW");
    Ok(Response::Query(response))
}

fn leads_to_mart(session: &Session) -> bool {
    let path = session.settings().show("search_path").unwrap_or_default();
    let first = path
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .find(|name| *name != "$user");
    matches!(first, Some("mart" | "public" | "") | None)
}

fn deallocate<C>(client: &C, session: &Session, name: Option<&str>)
where
    C: ClientPortalStore,
    C::PortalStore: PortalStore,
{
    let mut names = session.names();
    match name {
        Some(name) => {
            names.statements.remove(name);
            client.portal_store().rm_statement(name);
        }
        None => std::mem::take(&mut names.statements)
            .iter()
            .for_each(|name| client.portal_store().rm_statement(name)),
    }
}

async fn report_all<C>(client: &mut C, reports: impl IntoIterator<Item = (String, String)> + Send) -> PgWireResult<()>
where
    C: Sink<PgWireBackendMessage> + Unpin,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let reports: Vec<_> = reports.into_iter().collect();
    for (name, value) in reports {
        let status = ParameterStatus::new(name, value);
        client.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
    }
    Ok(())
}

async fn notice<C>(client: &mut C, message: &str) -> PgWireResult<()>
where
    C: Sink<PgWireBackendMessage> + Unpin,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let info = ErrorInfo::new("NOTICE".to_owned(), "01000".to_owned(), message.to_owned());
    let notice = PgWireBackendMessage::NoticeResponse(NoticeResponse::from(info));
    Ok(client.feed(notice).await?)
}

/// Sends what is no rows, and keeps the state of the transaction.
pub async fn conclude<C>(client: &mut C, response: Response) -> PgWireResult<()>
where
    C: ClientInfo + Sink<PgWireBackendMessage> + Unpin,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let status = client.transaction_status();
    let (tag, status) = match response {
        Response::Execution(tag) => (tag, status),
        Response::TransactionStart(tag) => (tag, status.to_in_transaction_state()),
        Response::TransactionEnd(tag) => (tag, status.to_idle_state()),
        _ => return Ok(()),
    };
    client.feed(PgWireBackendMessage::CommandComplete(tag.into())).await?;
    client.set_transaction_status(status);
    Ok(())
}
