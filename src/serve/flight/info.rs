//! What clients are told about an answer before its rows.
use arrow::datatypes::Schema;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::sql::{Any, Command};
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, SchemaResult, Ticket};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::status;

/// The command in a descriptor, a ticket or an action.
pub(super) fn command(bytes: &[u8]) -> Result<Command, Status> {
    let any = Any::decode(bytes).map_err(|_| status::malformed("the command"))?;
    Command::try_from(any).map_err(|_| status::malformed("the command"))
}

/// An answer with these columns, got with `ticket` on the connection the client has.
pub(super) fn flight(schema: &Schema, ticket: Bytes, asked: FlightDescriptor) -> Result<FlightInfo, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket { ticket });
    let info = FlightInfo::new().try_with_schema(schema).map_err(|_| unwritable())?;
    Ok(info.with_endpoint(endpoint).with_descriptor(asked).with_ordered(true))
}

/// Columns alone.
pub(super) fn columns(schema: &Schema) -> Result<SchemaResult, Status> {
    let options = IpcWriteOptions::default();
    SchemaAsIpc::new(schema, &options).try_into().map_err(|_| unwritable())
}

/// Columns as a message of Arrow, the form they have within other messages.
pub(super) fn message(schema: &Schema) -> Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message = IpcMessage::try_from(SchemaAsIpc::new(schema, &options)).map_err(|_| unwritable())?;
    Ok(message.0)
}

fn unwritable() -> Status {
    status::internal("the columns cannot be sent as Arrow; cast them to plain types")
}
