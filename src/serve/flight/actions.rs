//! Actions: prepared statements come and go, and queries are cancelled.
use std::time::Instant;

use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, Any, Command, ProstMessageExt,
};
use arrow_flight::{Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::door::FlightDoor;
use super::{info, status};
use crate::serve::Caller;

const CREATE_PREPARED: &str = "CreatePreparedStatement";
const CLOSE_PREPARED: &str = "ClosePreparedStatement";
const CANCEL_FLIGHT: &str = "CancelFlightInfo";
const CANCEL_QUERY: &str = "CancelQuery";

/// What can be asked for.
pub(super) fn offered() -> impl Iterator<Item = ActionType> {
    let offered = [
        (
            CREATE_PREPARED,
            "Keeps a statement, to be run with values of its parameters.",
        ),
        (CLOSE_PREPARED, "Lets a prepared statement go."),
        (CANCEL_FLIGHT, "Stops a query."),
        (CANCEL_QUERY, "Stops a query, as older drivers ask for it."),
    ];
    offered.into_iter().map(|(name, does)| ActionType {
        r#type: name.into(),
        description: does.into(),
    })
}

impl FlightDoor {
    /// Does what is asked; the body of the answer, where there is one.
    pub(super) async fn act(
        &self,
        caller: &Caller,
        action: Action,
    ) -> Result<impl Iterator<Item = Bytes> + use<>, Status> {
        let body = match action.r#type.as_str() {
            CREATE_PREPARED => {
                let asked: ActionCreatePreparedStatementRequest = unpacked(&action.body)?;
                if asked.transaction_id.as_ref().is_some_and(|id| !id.is_empty()) {
                    return Err(status::no_transactions());
                }
                let prepared = self.prepare(caller, asked.query).await?;
                Some(prepared.as_any().encode_to_vec())
            }
            CLOSE_PREPARED => {
                let asked: ActionClosePreparedStatementRequest = unpacked(&action.body)?;
                self.close(caller, &asked.prepared_statement_handle);
                None
            }
            CANCEL_FLIGHT => {
                let asked = CancelFlightInfoRequest::decode(&*action.body)
                    .ok()
                    .and_then(|asked| asked.info);
                let asked = asked.ok_or_else(|| status::malformed("what to cancel"))?;
                let result = CancelFlightInfoResult {
                    status: self.cancel(caller, &asked).into(),
                };
                Some(result.encode_to_vec())
            }
            CANCEL_QUERY => {
                let asked: ActionCancelQueryRequest = unpacked(&action.body)?;
                let asked = FlightInfo::decode(asked.info).map_err(|_| status::malformed("what to cancel"))?;
                // the results of both have the same numbers
                let result = ActionCancelQueryResult {
                    result: self.cancel(caller, &asked).into(),
                };
                Some(result.as_any().encode_to_vec())
            }
            "BeginTransaction" | "EndTransaction" | "BeginSavepoint" | "EndSavepoint" => {
                return Err(status::no_transactions());
            }
            _ => return Err(status::unknown("this action")),
        };
        Ok(body.map(Bytes::from).into_iter())
    }

    /// Stops the query behind `asked`, whether its rows were asked for or not yet.
    fn cancel(&self, caller: &Caller, asked: &FlightInfo) -> CancelStatus {
        let mut found = false;
        for ticket in asked.endpoint.iter().filter_map(|endpoint| endpoint.ticket.as_ref()) {
            let Ok(Command::TicketStatementQuery(ticket)) = info::command(&ticket.ticket) else {
                continue;
            };
            let handle = &ticket.statement_handle;
            found |= self.waiting.take(&caller.who, handle, Instant::now()).is_some();
            found |= self.running.cancel(&caller.who, handle);
        }
        if found {
            CancelStatus::Cancelled
        } else {
            CancelStatus::NotCancellable
        }
    }
}

fn unpacked<M: ProstMessageExt>(body: &[u8]) -> Result<M, Status> {
    let any = Any::decode(body).ok();
    let message = any.and_then(|any| any.unpack().ok().flatten());
    message.ok_or_else(|| status::malformed("the action"))
}
