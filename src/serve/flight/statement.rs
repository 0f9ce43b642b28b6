//! Statements: planned once, told to the client, and run when it comes for the rows.
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;
use tonic::Status;

use super::parameters::Parameters;
use super::rows::{Messages, encoded};
use super::running::Run;
use super::{placeholders, status};
use crate::serve::plain;
use crate::serve::{Asked, Caller, Planned, QueryError, Service};

/// Plans `sql` for `caller`.
pub(super) async fn plan(service: &Arc<Service>, caller: &Caller, sql: &str) -> Result<Planned, Status> {
    let asked = Asked::Text(placeholders::numbered(sql).into_owned());
    service.plan(caller, asked).await.map_err(|error| status::query(&error))
}

/// The columns of the rows of `plan`. Until types are settled (those of a union, of values) a plan does not know them.
pub(super) fn columns(planned: &Planned, plan: LogicalPlan) -> Result<SchemaRef, Status> {
    let state = planned.context.state();
    let settled = state
        .analyzer()
        .execute_and_check(plan, state.config_options(), |_, _| ());
    let settled = settled.map_err(|error| status::query(&QueryError::of_query("", &error, &[])))?;
    Ok(plain::schema(&planned.named(settled.schema().as_arrow())))
}

/// A planned statement with all its values: nothing but to be run.
pub(super) struct Ready {
    planned: Planned,
    values: Option<ParamValues>,
    told: SchemaRef,
}

impl Ready {
    /// `planned` with the values of its parameters.
    pub(super) fn new(planned: Planned, values: Option<ParamValues>) -> Result<Ready, Status> {
        let plan = planned.plan().clone();
        let plan = match &values {
            Some(values) => plan
                .with_param_values(values.clone())
                .map_err(|_| Status::invalid_argument("the values bound do not fit the statement; cast them"))?,
            None if Parameters::of(&plan)?.is_empty() => plan,
            None => {
                let text = "the statement has parameters: prepare it and bind a value to each";
                return Err(Status::invalid_argument(text));
            }
        };
        let told = columns(&planned, plan)?;
        Ok(Ready { planned, values, told })
    }

    /// The columns the client is told, and gets.
    pub(super) fn told(&self) -> &SchemaRef {
        &self.told
    }

    /// Runs it; the rows stop when `run` is stopped or the client goes.
    pub(super) async fn run(self, service: &Arc<Service>, run: Run) -> Result<Messages<FlightData>, Status> {
        let answer = tokio::select! {
            answer = service.execute(self.planned, self.values) => answer.map_err(|error| status::query(&error))?,
            () = run.stopped() => return Err(status::cancelled()),
        };
        let rows = answer.map(|rows| rows.map_err(|error| status::query(&error)));
        Ok(encoded(self.told, run.over(rows)))
    }
}
