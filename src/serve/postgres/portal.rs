//! Portals: a prepared statement with its values, and the rows of it that are still to come.
use std::fmt::Debug;
use std::sync::Arc;

use datafusion_postgres::pgwire::api::portal::{Format, Portal, PortalExecutionState};
use datafusion_postgres::pgwire::api::query::send_partial_query_response;
use datafusion_postgres::pgwire::api::results::{FieldInfo, Response, Tag};
use datafusion_postgres::pgwire::api::stmt::QueryParser as _;
use datafusion_postgres::pgwire::api::store::PortalStore;
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::extendedquery::Bind;
use futures::{Sink, SinkExt as _};

use super::command::Command;
use super::error::error;
use super::perform::{Ask, Handler, conclude, session_of};
use super::prepared::Prepared;
use super::session::Session;
use super::{parameters, types};

impl Handler {
    /// The columns that a statement gives.
    pub(super) fn fields(
        &self,
        session: &Session,
        prepared: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        match prepared.command.as_ref() {
            Command::Fetch { name, .. } => {
                let schema = session.cursor(name)?.schema();
                types::columns(&schema, format.unwrap_or(&Format::UnifiedText), &Arc::default())
            }
            _ => self.get_result_schema(prepared, format),
        }
    }

    /// Refuses values and formats that do not fit the statement.
    pub(super) fn check(&self, session: &Session, prepared: &Prepared, bind: &Bind) -> PgWireResult<()> {
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

    /// Starts a portal or goes on with it, for at most `most` rows (0: all); what is left of it.
    pub(super) async fn go_on<C>(
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
