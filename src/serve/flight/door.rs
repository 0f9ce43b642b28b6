//! The calls of Flight, each handed to what answers it.
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{Command, DoPutPreparedStatementResult, ProstMessageExt, TicketStatementQuery};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, SchemaResult, Ticket,
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::auth::caller;
use super::prepared::Prepared;
use super::rows::{Messages, encoded, one};
use super::running::Running;
use super::shelf::{self, Shelf};
use super::statement::{self, Ready};
use super::{actions, info, metadata, status};
use crate::serve::access::Credential;
use crate::serve::{Caller, Service};

/// Plans that wait for their client: how many of one person, and how long. A plan holds its tables.
const WAITING: (usize, Duration) = (64, Duration::from_secs(5 * 60));

/// Prepared statements: how many of one person, and how long after their last use.
const PREPARED: (usize, Duration) = (256, Duration::from_secs(60 * 60));

/// How long a prepared statement that is not used stays, in milliseconds.
pub(super) const PREPARED_MILLISECONDS: i32 = 60 * 60 * 1000;

/// The door, and what it keeps for clients between two calls.
pub(super) struct FlightDoor {
    pub(super) service: Arc<Service>,
    pub(super) waiting: Shelf<Ready>,
    pub(super) prepared: Shelf<Prepared>,
    pub(super) running: Running,
}

impl FlightDoor {
    pub(super) fn new(service: Arc<Service>) -> FlightDoor {
        FlightDoor {
            service,
            waiting: Shelf::new(WAITING.0, WAITING.1),
            prepared: Shelf::new(PREPARED.0, PREPARED.1),
            running: Running::default(),
        }
    }

    /// Drops what nobody came back for.
    pub(super) fn sweep(&self, now: Instant) {
        self.waiting.sweep(now);
        self.prepared.sweep(now);
    }

    /// Keeps a plan for its client, who comes for the rows with this ticket. Nobody else can.
    fn ticket(&self, caller: &Caller, ready: Ready) -> Result<Bytes, Status> {
        let handle = self.waiting.put(&caller.who, ready, Instant::now());
        let handle = handle.map_err(|_| no_handle())?;
        let ticket = TicketStatementQuery {
            statement_handle: handle.to_vec().into(),
        };
        Ok(ticket.as_any().encode_to_vec().into())
    }

    /// The plan behind a command that asks for rows; none for questions about the catalog.
    async fn ready(&self, caller: &Caller, command: &Command) -> Result<Option<Ready>, Status> {
        match command {
            Command::CommandStatementQuery(asked) => {
                if asked.transaction_id.as_ref().is_some_and(|id| !id.is_empty()) {
                    return Err(status::no_transactions());
                }
                let planned = statement::plan(&self.service, caller, &asked.query).await?;
                Ready::new(planned, None).map(Some)
            }
            Command::CommandPreparedStatementQuery(asked) => {
                let ready = self.prepared_ready(caller, &asked.prepared_statement_handle).await?;
                Ok(Some(ready))
            }
            _ => Ok(None),
        }
    }
}

fn no_handle() -> Status {
    status::internal("there are no random numbers for a handle")
}

#[tonic::async_trait]
impl FlightService for FlightDoor {
    type HandshakeStream = Messages<HandshakeResponse>;
    type ListFlightsStream = Messages<FlightInfo>;
    type DoGetStream = Messages<FlightData>;
    type DoPutStream = Messages<PutResult>;
    type DoActionStream = Messages<arrow_flight::Result>;
    type ListActionsStream = Messages<ActionType>;
    type DoExchangeStream = Messages<FlightData>;

    /// Drivers that know user and password get the token back that the other calls want.
    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        caller(&request)?;
        let shown = Credential::of(request.metadata().as_ref());
        let token = shown.map(|shown| shown.secret);
        let payload = token.clone().unwrap_or_default().into();
        let answer = HandshakeResponse {
            protocol_version: 0,
            payload,
        };
        let mut response = Response::new(one(answer));
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().map_err(|_| status::nobody())?;
            response.metadata_mut().insert("authorization", value);
        }
        Ok(response)
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let caller = caller(&request)?;
        let asked = request.into_inner();
        let command = info::command(&asked.cmd)?;
        let info = match self.ready(&caller, &command).await? {
            Some(ready) => {
                let told = Arc::clone(ready.told());
                info::flight(&told, self.ticket(&caller, ready)?, asked)
            }
            None => {
                let told = metadata::schema(&command)?;
                info::flight(&told, asked.cmd.clone(), asked)
            }
        };
        info.map(Response::new)
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let caller = caller(&request)?;
        let command = info::command(&request.into_inner().cmd)?;
        let told = match self.ready(&caller, &command).await? {
            Some(ready) => Arc::clone(ready.told()),
            None => metadata::schema(&command)?,
        };
        info::columns(&told).map(Response::new)
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let caller = caller(&request)?;
        let command = info::command(&request.into_inner().ticket)?;
        let (ready, handle) = match &command {
            Command::TicketStatementQuery(ticket) => {
                let handle = &ticket.statement_handle[..];
                let ready = self.waiting.take(&caller.who, handle, Instant::now());
                let ready = ready.ok_or_else(|| status::gone("ticket"))?;
                (ready, handle.try_into().map_err(|_| status::gone("ticket"))?)
            }
            Command::CommandPreparedStatementQuery(asked) => {
                let ready = self.prepared_ready(&caller, &asked.prepared_statement_handle).await?;
                (ready, shelf::handle().map_err(|_| no_handle())?)
            }
            _ => {
                let rows = metadata::answer(&self.service, &caller, command).await?;
                let rows = encoded(rows.schema(), stream::iter([Ok(rows)]));
                return Ok(Response::new(rows));
            }
        };
        let run = self.running.start(&caller.who, handle);
        ready.run(&self.service, run).await.map(Response::new)
    }

    /// Values of parameters; everything else that is put would change something.
    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        let caller = caller(&request)?;
        let mut data = request.into_inner();
        let first = data.message().await?.ok_or_else(|| status::malformed("the command"))?;
        let descriptor = first.flight_descriptor.as_ref();
        let command = info::command(&descriptor.ok_or_else(|| status::malformed("the command"))?.cmd)?;
        let Command::CommandPreparedStatementQuery(asked) = command else {
            return Err(status::not_here(&command));
        };
        let handle = asked.prepared_statement_handle;
        let data = stream::iter([Ok(first)]).chain(data);
        self.bind(&caller, &handle, data).await?;
        let bound = DoPutPreparedStatementResult {
            prepared_statement_handle: Some(handle),
        };
        Ok(Response::new(one(PutResult {
            app_metadata: bound.encode_to_vec().into(),
        })))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        let caller = caller(&request)?;
        let done = self.act(&caller, request.into_inner()).await?;
        let done = done.map(|body| Ok(arrow_flight::Result { body }));
        Ok(Response::new(Box::pin(stream::iter(done))))
    }

    async fn list_actions(&self, request: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        caller(&request)?;
        Ok(Response::new(Box::pin(stream::iter(actions::offered().map(Ok)))))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        Err(status::unknown("ListFlights"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(status::unknown("PollFlightInfo"))
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(status::unknown("DoExchange"))
    }
}
