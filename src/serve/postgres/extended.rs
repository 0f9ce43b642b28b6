//! The extended protocol: statements that are prepared, given parameters, and run.
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::portal::{Format, Portal, PortalExecutionState};
use datafusion_postgres::pgwire::api::query::{
    ExtendedQueryHandler, send_describe_response, send_partial_query_response, send_ready_for_query,
};
use datafusion_postgres::pgwire::api::results::{
    DescribePortalResponse, DescribeStatementResponse, FieldInfo, Response, Tag,
};
use datafusion_postgres::pgwire::api::stmt::{QueryParser as _, StoredStatement};
use datafusion_postgres::pgwire::api::store::{Entry, PortalStore};
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, PgWireConnectionState, Type};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete, Sync as Synchronise,
    TARGET_TYPE_BYTE_PORTAL, TARGET_TYPE_BYTE_STATEMENT,
};
use datafusion_postgres::pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};
use futures::{Sink, SinkExt as _};

use super::command::Command;
use super::error::error;
use super::perform::{Ask, Handler, conclude, session_of};
use super::prepared::{Names, Prepared};
use super::session::Session;
use super::{parameters, types};

impl Handler {
    /// The columns that a statement gives.
    fn fields(&self, session: &Session, prepared: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        match prepared.command.as_ref() {
            Command::Fetch { name, .. } => {
                let schema = session.cursor(name)?.schema();
                types::columns(&schema, format.unwrap_or(&Format::UnifiedText), &Arc::default())
            }
            _ => self.get_result_schema(prepared, format),
        }
    }

    /// Refuses values and formats that do not fit the statement.
    fn check(&self, session: &Session, prepared: &Prepared, bind: &Bind) -> PgWireResult<()> {
        let wrong = |message: String| Err(error("08P01", message));
        let (given, needed) = (bind.parameters.len(), prepared.parameters.len());
        if given != needed {
            return wrong(format!(
                "bind message supplies {given} parameters, but prepared statement requires {needed}"
            ));
        }
        let formats = bind.parameter_format_codes.len();
        if formats > 1 && formats != given {
            return wrong(format!(
                "bind message has {formats} parameter formats but {given} parameters"
            ));
        }
        let formats = bind.result_column_format_codes.len();
        if formats > 1 {
            let columns = self.fields(session, prepared, None)?.len();
            if formats != columns {
                return wrong(format!(
                    "bind message has {formats} result formats but query has {columns} columns"
                ));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ExtendedQueryHandler for Handler {
    type Statement = Prepared;
    type QueryParser = Handler;

    fn query_parser(&self) -> Arc<Handler> {
        Arc::new(self.clone())
    }

    async fn on_parse<C>(&self, client: &mut C, message: Parse) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME).to_owned();
        let session = session_of(client)?;
        Names::add(&mut session.names().statements, &name)?;
        match StoredStatement::parse(client, &message, self.query_parser()).await? {
            Some(statement) => client.portal_store().put_statement(Arc::new(statement)),
            None => client.portal_store().put_empty_statement(&name),
        }
        let complete = PgWireBackendMessage::ParseComplete(ParseComplete::new());
        Ok(client.feed(complete).await?)
    }

    async fn on_bind<C>(&self, client: &mut C, message: Bind) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = message.statement_name.as_deref().unwrap_or(DEFAULT_NAME);
        let portal = message.portal_name.as_deref().unwrap_or(DEFAULT_NAME);
        let session = session_of(client)?;
        Names::add(&mut session.names().portals, portal)?;
        match client.portal_store().get_statement(statement) {
            Some(Entry::Value(statement)) => {
                self.check(&session, &statement.statement, &message)?;
                let portal = Portal::try_new(&message, statement)?;
                client.portal_store().put_portal(Arc::new(portal));
            }
            Some(Entry::Empty) => client.portal_store().put_empty_portal(portal),
            None => return Err(PgWireError::StatementNotFound(statement.to_owned())),
        }
        let complete = PgWireBackendMessage::BindComplete(BindComplete::new());
        Ok(client.feed(complete).await?)
    }

    async fn on_describe<C>(&self, client: &mut C, message: Describe) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        // a cursor is a portal too
        let cursor = message
            .name
            .as_deref()
            .filter(|_| message.target_type == TARGET_TYPE_BYTE_PORTAL);
        let session = session_of(client)?;
        if let Some(cursor) = cursor.and_then(|name| session.cursor(name).ok()) {
            let fields = types::columns(&cursor.schema(), &Format::UnifiedText, &Arc::default())?;
            return send_describe_response(client, &DescribePortalResponse::new(fields)).await;
        }
        self._on_describe(client, message).await
    }

    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        client.set_state(PgWireConnectionState::QueryInProgress);
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        match client.portal_store().get_portal(name) {
            Some(Entry::Value(portal)) => {
                let most = usize::try_from(message.max_rows).unwrap_or(0);
                let state = portal.state();
                let mut state = state.lock().await;
                // whatever fails on the way, there is nothing more to come
                let found = std::mem::replace(&mut *state, PortalExecutionState::Finished);
                *state = self.go_on(client, &portal, found, most).await?;
            }
            Some(Entry::Empty) => {
                client
                    .feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new()))
                    .await?;
            }
            None => return Err(PgWireError::PortalNotFound(name.to_owned())),
        }
        client.set_state(PgWireConnectionState::ReadyForQuery);
        Ok(())
    }

    async fn on_sync<C>(&self, client: &mut C, _: Synchronise) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let status = client.transaction_status();
        if status == TransactionStatus::Transaction {
            client.portal_store().rm_portal(DEFAULT_NAME);
        } else {
            // portals end with their transaction, and what they still run with them
            client.portal_store().clear_portals();
            session_of(client)?.names().portals.clear();
        }
        send_ready_for_query(client, status).await
    }

    async fn on_close<C>(&self, client: &mut C, message: Close) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let session = session_of(client)?;
        match message.target_type {
            TARGET_TYPE_BYTE_STATEMENT => {
                session.names().statements.remove(name);
                client.portal_store().rm_statement(name);
            }
            TARGET_TYPE_BYTE_PORTAL => {
                session.names().portals.remove(name);
                client.portal_store().rm_portal(name);
                session.cursors().remove(name);
            }
            _ => {}
        }
        Ok(client
            .feed(PgWireBackendMessage::CloseComplete(CloseComplete::new()))
            .await?)
    }

    async fn do_describe_statement<C>(
        &self,
        client: &mut C,
        target: &StoredStatement<Prepared>,
    ) -> PgWireResult<DescribeStatementResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let prepared = &target.statement;
        let known = self.get_parameter_types(prepared)?.into_iter().enumerate();
        let given = |index: usize| target.parameter_types.get(index).cloned().flatten();
        let types: Vec<Type> = known
            .map(|(index, known)| given(index).filter(|given| *given != Type::UNKNOWN).unwrap_or(known))
            .collect();
        let fields = self.fields(&*session_of(client)?, prepared, None)?;
        Ok(DescribeStatementResponse::new(types, fields))
    }

    async fn do_describe_portal<C>(
        &self,
        client: &mut C,
        target: &Portal<Prepared>,
    ) -> PgWireResult<DescribePortalResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = session_of(client)?;
        let fields = self.fields(
            &session,
            &target.statement.statement,
            Some(&target.result_column_format),
        )?;
        Ok(DescribePortalResponse::new(fields))
    }

    async fn do_query<C>(&self, _: &mut C, _: &Portal<Prepared>, _: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        // `on_execute` above does it all, row by row
        Ok(Response::EmptyQuery)
    }
}

impl Handler {
    /// Starts a portal or goes on with it, for at most `most` rows (0: all); what is left of it.
    async fn go_on<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        state: PortalExecutionState,
        most: usize,
    ) -> PgWireResult<PortalExecutionState>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut rows = match state {
            PortalExecutionState::Suspended(rows) => rows,
            PortalExecutionState::Finished => {
                let tag = Tag::new("SELECT").with_rows(0);
                client.feed(PgWireBackendMessage::CommandComplete(tag.into())).await?;
                return Ok(PortalExecutionState::Finished);
            }
            PortalExecutionState::Initial => {
                let prepared = &portal.statement.statement;
                let session = session_of(client)?;
                let ask = Ask {
                    command: &prepared.command,
                    sql: &prepared.sql,
                    format: &portal.result_column_format,
                    columns: prepared.columns.as_ref(),
                    parameters: parameters::values(portal, &prepared.parameters)?,
                };
                match self.perform(client, &session, ask).await? {
                    Response::Query(rows) => rows,
                    other => {
                        conclude(client, other).await?;
                        return Ok(PortalExecutionState::Finished);
                    }
                }
            }
        };
        match send_partial_query_response(client, &mut rows, most).await? {
            true => Ok(PortalExecutionState::Suspended(rows)),
            false => Ok(PortalExecutionState::Finished),
        }
    }
}
