//! What every door asks: to let somebody in, and to answer a query.
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use datafusion::common::{ParamValues, TableReference};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::access::{Access, Caller, Door, Refused, Role};
use super::answer::{Answer, Work};
use super::bounds::bounded;
use super::redact::redacted;
use super::shown::Shown;
use super::{Limits, QueryError, QueryErrorKind, names, postgres};
use crate::engine::{self, Catalog, CatalogSources, Engine, SCHEMAS};
use crate::ledger::{self, Ledger, LedgerError};

/// Answers queries for every door.
pub struct Service {
    engine: Engine,
    sources: CatalogSources,
    ledger: Arc<Ledger>,
    access: Access,
    limits: Limits,
    places: Arc<Semaphore>,
    /// Planning takes processors and memory too.
    planning: Semaphore,
}

/// A query as a door has it.
#[derive(Debug, Clone)]
pub enum Asked {
    /// As text.
    Text(String),
    /// Parsed, and perhaps changed to what its client means.
    Statement {
        /// What is planned.
        statement: Box<Statement>,
        /// Where it was read from, for the place of what is wrong with it; empty when it has no place.
        sql: String,
    },
}

/// A query that may run. Its tables are those that were published when it was planned.
#[derive(Clone)]
pub struct Planned {
    pub(super) caller: Caller,
    pub(super) context: SessionContext,
    pub(super) plan: LogicalPlan,
    pub(super) shown: Shown,
    pub(super) tables: Vec<String>,
    pub(super) text: String,
    pub(super) limits: Limits,
}

impl Planned {
    /// The columns of its answer.
    pub fn schema(&self) -> arrow::datatypes::SchemaRef {
        self.named(self.plan.schema().as_arrow())
    }

    /// `schema`, of columns as those of the plan, with the names that a caller is shown.
    pub fn named(&self, schema: &arrow::datatypes::Schema) -> arrow::datatypes::SchemaRef {
        self.shown.schema(schema)
    }

    /// The plan. Its columns may have other names than a caller is shown.
    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// Gives it less time than the service would.
    #[must_use]
    pub fn within(mut self, time: std::time::Duration) -> Self {
        self.limits = self.limits.within(time);
        self
    }
}

impl Service {
    /// A service on an engine and its tables.
    pub fn new(engine: Engine, sources: CatalogSources, ledger: Arc<Ledger>, access: Access, limits: Limits) -> Self {
        Self {
            engine,
            sources,
            ledger,
            access,
            places: Arc::new(Semaphore::new(limits.queries)),
            planning: Semaphore::new(limits.queries),
            limits,
        }
    }

    /// Whether anybody is let in without credentials.
    pub fn is_open(&self) -> bool {
        self.access.is_open()
    }

    /// What a query may take.
    pub fn limits(&self) -> Limits {
        self.limits.clone()
    }

    /// Where tables come from.
    pub fn sources(&self) -> &CatalogSources {
        &self.sources
    }

    /// Lets somebody in. `name` is the user that a PostgreSQL client gives; it must be that of the credentials.
    ///
    /// # Errors
    /// When the credentials are not good, or nobody can tell.
    pub async fn admit(
        &self,
        door: Door,
        peer: IpAddr,
        name: Option<&str>,
        credential: Option<&str>,
    ) -> Result<Caller, Refused> {
        self.access.admit(door, peer, name, credential).await
    }

    /// What a caller sees now: the newest publication of each table, the same ones as long as the catalog lives.
    pub fn catalog(&self, caller: &Caller) -> Catalog {
        Catalog::now(&self.sources).only(|schema| caller.who.role.may_see(schema))
    }

    /// Plans a query on what is published now, and refuses it unless it only reads what the caller may see.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn plan(self: &Arc<Self>, caller: &Caller, asked: Asked) -> Result<Planned, QueryError> {
        let (service, caller) = (Arc::clone(self), caller.clone());
        let limits = self.limits.clone();
        let place = timeout(limits.time, self.planning.acquire()).await;
        let _place = place.map_err(|_| limits.busy())?.map_err(|_| stopped())?;
        let work = self.engine.spawn(async move {
            let planned = timeout(limits.time, service.plan_here(&caller, asked)).await;
            planned.unwrap_or_else(|_| Err(limits.too_long()))
        });
        work.await.unwrap_or_else(|_| Err(stopped()))
    }

    async fn plan_here(&self, caller: &Caller, asked: Asked) -> Result<Planned, QueryError> {
        // other doors let every call in anew
        if caller.door == Door::Postgres && !self.access.still_lets_in(&caller.who).unwrap_or(false) {
            let message = "the token of this session is revoked or has expired";
            return Err(QueryError::new(QueryErrorKind::Denied, message).hint("connect again with another"));
        }
        let context = self.engine.context_within(self.catalog(caller), self.limits.memory)?;
        if caller.door == Door::Postgres {
            postgres::catalog::install(self, caller, &context).map_err(|error| refused("", &error, &[]))?;
        }
        let state = context.state();
        let (sql, statement) = match asked {
            Asked::Text(sql) => {
                bounded(&sql)?;
                let dialect = state.config_options().sql_parser.dialect;
                let statement = state.sql_to_statement(&sql, &dialect);
                let statement = statement.map_err(|error| refused(&sql, &error, &[]))?;
                (sql, statement)
            }
            Asked::Statement { statement, sql } => (sql, Parsed::Statement(statement)),
        };
        let text = redacted(&statement);
        let mut references = state.resolve_table_references(&statement).unwrap_or_default();
        // a function that gives rows stands where a table does; a mart of its name is a mart
        let is_function = |name: &TableReference| {
            name.schema().is_none()
                && state.table_functions().contains_key(name.table())
                && !self.names(Role::Admin).contains(&format!("mart.{}", name.table()))
        };
        references.retain(|name| !is_function(name));
        let tables = own_tables(references);
        if let Some(hidden) = tables.iter().find(|name| !may_see(caller.who.role, name)) {
            self.log_denied(caller, &tables).await;
            let role = caller.who.role;
            let error = QueryError::new(QueryErrorKind::Denied, format!("{hidden} may not be seen as {role}"));
            return Err(error.hint("whoever runs this service can make a token with another role"));
        }
        let planned = names::planned(&state, statement).await;
        let (plan, names) = planned.map_err(|error| refused(&sql, &error, &self.names(caller.who.role)))?;
        engine::check_read_only(&plan)?;
        Ok(Planned {
            shown: Shown::new(names, &plan, caller.door, self.sources.lake.root()),
            caller: caller.clone(),
            context,
            plan,
            tables,
            text,
            limits: self.limits.clone(),
        })
    }

    /// Runs a query: when there is a place for it, its rows come one batch after another. Who drops the answer stops it.
    ///
    /// # Errors
    /// When it cannot start; what goes wrong later is the last item of the answer.
    pub async fn execute(
        self: &Arc<Self>,
        mut planned: Planned,
        parameters: Option<ParamValues>,
    ) -> Result<Answer, QueryError> {
        match parameters {
            Some(parameters) => {
                let plan = planned.plan.with_param_values(parameters);
                planned.plan = plan.map_err(|error| refused("", &error, &[]))?;
            }
            None => no_parameters(&planned.plan)?,
        }
        Work::start(
            planned,
            &self.engine,
            Arc::clone(&self.places),
            Arc::clone(&self.ledger),
        )
        .await
    }

    /// Whether a query would get a turn within `patience`.
    pub async fn has_room(&self, patience: std::time::Duration) -> bool {
        timeout(patience, self.engine.spawn(async {})).await.is_ok()
    }

    /// Ends the threads of queries, and waits for what they do at most as long as `patience`.
    pub fn stop(self: Arc<Self>, patience: std::time::Duration) {
        match Arc::try_unwrap(self) {
            Ok(service) => service.engine.stop(patience),
            // a thread of a query must not be the last to hold the engine: it cannot end the threads that it is one of
            Err(shared) => std::mem::forget(shared),
        }
    }

    /// Names of the tables that a role may see, for suggestions.
    fn names(&self, role: Role) -> Vec<String> {
        let tables = self.sources.lake.tables().unwrap_or_default();
        let names = tables.iter().map(ToString::to_string);
        names.filter(|name| may_see(role, name)).collect()
    }

    /// Notes who wanted to see what they may not: the tables that there are, and nothing else of what they wrote.
    async fn log_denied(&self, caller: &Caller, tables: &[String]) {
        let known = self.names(Role::Admin);
        let is_known =
            |name: &&String| name.starts_with("ops.") && may_see(Role::Engineer, name) || known.contains(name);
        let tables: Vec<String> = tables.iter().filter(is_known).cloned().collect();
        let (ledger, access) = (Arc::clone(&self.ledger), entry(caller, &tables, "(refused)", "denied"));
        let written = tokio::task::spawn_blocking(move || ledger.begin_access(&access)).await;
        if !matches!(written, Ok(Ok(_))) {
            tracing::error!("a refusal could not be written to the access log");
        }
    }

    /// Forgets what the access log keeps too long, at `now`.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn tidy(&self, keep_days: u32, now: chrono::DateTime<Utc>) -> Result<(), LedgerError> {
        let longest = TimeDelta::from_std(self.limits.time).unwrap_or(TimeDelta::days(1)) + TimeDelta::minutes(1);
        self.ledger
            .tidy_access(now - TimeDelta::days(i64::from(keep_days)), now - longest)
    }
}

/// An entry of the access log.
pub(super) fn entry(caller: &Caller, tables: &[String], text: &str, status: &str) -> ledger::Access {
    ledger::Access {
        id: 0,
        at: Utc::now(),
        who: caller.who.name.clone(),
        role: caller.who.role.to_string(),
        door: caller.door.to_string(),
        peer: caller.peer.to_string(),
        tables: tables.to_vec(),
        query: text.to_owned(),
        status: status.to_owned(),
        rows: 0,
        duration_ms: 0,
    }
}

/// The tables of sluis among `references`, as `schema.table`, sorted.
fn own_tables(references: Vec<TableReference>) -> Vec<String> {
    let names = references.into_iter().filter_map(|reference| {
        let schema = reference.schema().unwrap_or("mart").to_owned();
        SCHEMAS
            .contains(&schema.as_str())
            .then(|| format!("{schema}.{}", reference.table()))
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

fn may_see(role: Role, name: &str) -> bool {
    let (schema, table) = name.split_once('.').unwrap_or(("mart", name));
    role.may_see(schema)
        .is_some_and(|allowed| allowed.is_empty() || allowed.iter().any(|(name, _)| *name == table))
}

fn refused(sql: &str, error: &datafusion::error::DataFusionError, tables: &[String]) -> QueryError {
    QueryError::of_query(sql, error, tables)
}

/// Refuses a query with parameters and no values for them.
fn no_parameters(plan: &LogicalPlan) -> Result<(), QueryError> {
    let names = plan.get_parameter_names().unwrap_or_default();
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    match names.is_empty() {
        true => Ok(()),
        false => Err(QueryError::new(
            QueryErrorKind::Plan,
            format!(
                "the query has parameters, {}, and no values came for them",
                names.join(", ")
            ),
        )),
    }
}

/// The thread of a query is gone.
pub(super) fn stopped() -> QueryError {
    QueryError::new(
        QueryErrorKind::Internal,
        "the query stopped; the service's log says more",
    )
}
