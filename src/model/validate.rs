//! Checks every model without touching data: each is planned on empty tables, in the order of their dependencies.
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, Volatility};
use futures::FutureExt;

use super::relations::{self, NotOneQuery, Parsed};
use super::{
    Audit, AuditRule, Fingerprint, InputMapping, Model, audits_check, fingerprint, load_all, order, output, place,
};
use crate::contract::codes::{CodeList, CodeLists};
use crate::diagnostic::{Problem, Severity, nearest};
use crate::engine::{self, Catalog, SCHEMAS};
use crate::lake::{FIELD_TAG, TableName};
use crate::pseudonym::FIELD_KEY;

/// A table that exists without a model: that of a contract.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its partition columns.
    pub partition: Vec<String>,
}

/// What models are checked against.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The folder of models, `sql/`.
    pub sql: PathBuf,
    /// The folder of code lists, `config/reference/`.
    pub reference: PathBuf,
    /// The tables of contracts.
    pub known: BTreeMap<TableName, KnownTable>,
    /// Tables of contracts that are wrong: what reads them cannot be checked, but that is not the model's fault.
    pub unsound: BTreeSet<TableName>,
}

/// A model that can be planned.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The model.
    pub model: Model,
    /// Tables its query reads, code lists too.
    pub reads: BTreeSet<TableName>,
    /// Tables its audits look at besides: they must be up to date first, but do not decide its content.
    pub looks_at: BTreeSet<TableName>,
    /// Its columns as stored: partition columns last.
    pub schema: SchemaRef,
    /// Digests of what it is.
    pub fingerprint: Fingerprint,
    /// Whether it, or anything it comes from, holds data about persons: then no value of it is ever shown.
    pub personal: bool,
}

impl Prepared {
    /// The table it makes.
    pub fn name(&self) -> &TableName {
        &self.model.name
    }

    /// How its partitions follow from those of `input`; `None`: the input counts as a whole.
    pub fn mapping(&self, input: &TableName) -> Option<&InputMapping> {
        self.model
            .header
            .inputs
            .iter()
            .find(|(name, _)| name == input)
            .map(|(_, mapping)| mapping)
    }

    /// Its audits, and that its grain is unique.
    pub fn audits(&self) -> Vec<Audit> {
        let mut audits = self.model.header.audits.clone();
        let grain = &self.model.header.grain;
        if let Some(first) = grain.first() {
            let grain = Audit {
                name: "grain".into(),
                rule: AuditRule::Unique(grain.clone()),
                severity: Severity::Error,
                span: first.span.clone(),
            };
            audits.insert(0, grain);
        }
        audits
    }

    /// Columns its rows are ordered by: partition, grain, then every other column that can be compared, so that equal
    /// content gives equal files.
    pub fn order(&self) -> Vec<&str> {
        let header = &self.model.header;
        let mut order: Vec<&str> = header.partition_names();
        let grain = header.grain_names();
        // a grain is audited as unique: nothing after it can matter
        let rest = self
            .schema
            .fields()
            .iter()
            .map(|f| f.name().as_str())
            .filter(|_| grain.is_empty());
        for name in grain.iter().copied().chain(rest) {
            if !order.contains(&name) {
                order.push(name);
            }
        }
        order
    }
}

/// Plans every model. Gives those that can be built, in an order in which they can be, and every problem.
pub fn validate(surroundings: &Surroundings) -> (Vec<Prepared>, Vec<Problem>) {
    let (models, mut problems) = load_all(&surroundings.sql);
    let mut planner = match Planner::new(surroundings, &models, &mut problems) {
        Ok(planner) => planner,
        Err(error) => {
            problems.push(Problem::error(&surroundings.sql, "engine", engine::plain(&error)));
            return (Vec::new(), problems);
        }
    };
    let mut parsed = BTreeMap::new();
    for model in models {
        match relations::parse(&model.sql) {
            Ok(query) => {
                parsed.insert(model.name.clone(), (model, query));
            }
            Err(NotOneQuery::Syntax(error)) => problems.push(place::sql_problem(&model, &error)),
            Err(NotOneQuery::Kind(span, message)) => {
                problems.push(
                    model
                        .problem("one-query", span, message)
                        .hint("a model is one SELECT after its header"),
                );
            }
        }
    }
    let mut needs = BTreeMap::new();
    for (name, (model, query)) in &parsed {
        needs.insert(name.clone(), planner.needs(model, query, &mut problems));
    }
    let edges = needs.iter().map(|(name, needs)| (name.clone(), needs.all())).collect();
    let (order, cycles) = order::sort(&edges);
    for cycle in cycles {
        problems.extend(cycle_problem(&cycle, &parsed));
    }
    let mut prepared = Vec::new();
    for name in order {
        let (Some((model, query)), Some(needs)) = (parsed.remove(&name), needs.remove(&name)) else {
            continue;
        };
        // what is wrong with a table is said once, not again for all that reads it
        if needs.sound && needs.all().iter().all(|n| planner.tables.contains_key(n)) {
            prepared.extend(planner.prepare(model, query, needs, &mut problems));
        }
    }
    problems.sort_by_key(|p| (p.file.clone(), p.span.as_ref().map(|s| s.start)));
    (prepared, problems)
}

fn cycle_problem(cycle: &[TableName], parsed: &BTreeMap<TableName, (Model, Parsed)>) -> Option<Problem> {
    let [first, next, ..] = cycle else { return None };
    let (model, query) = parsed.get(first)?;
    let span = query.tables.get(&next.to_string()).cloned();
    let around = cycle
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" reads ");
    let message = format!("these models need each other: {around}");
    let problem = model.problem(
        "cycle",
        span.unwrap_or_else(|| engine::place::first_word(&model.sql)),
        message,
    );
    Some(problem.hint("move what they share to a model that both read"))
}

/// What one model needs.
struct Needs {
    reads: BTreeSet<TableName>,
    looks_at: BTreeSet<TableName>,
    /// Whether all of it exists.
    sound: bool,
}

impl Needs {
    fn all(&self) -> BTreeSet<TableName> {
        self.reads.union(&self.looks_at).cloned().collect()
    }
}

/// Plans on empty tables.
struct Planner {
    state: SessionState,
    schemas: BTreeMap<String, Arc<MemorySchemaProvider>>,
    /// Every table that can be planned on, with its partition columns.
    tables: BTreeMap<TableName, Vec<String>>,
    /// Every name there is, also of models that are not sound.
    names: BTreeSet<TableName>,
    references: BTreeMap<TableName, Arc<CodeList>>,
    /// Tables with data about persons, or made from them.
    personal: BTreeSet<TableName>,
}

/// Whether columns hold data about persons, by what contracts say of them.
fn is_personal(schema: &SchemaRef) -> bool {
    schema.fields().iter().any(|field| {
        let tag = field.metadata().get(FIELD_TAG).is_some_and(|tag| tag != "public");
        tag || field.metadata().contains_key(FIELD_KEY) || *field.data_type() == DataType::FixedSizeBinary(16)
    })
}

impl Planner {
    fn new(around: &Surroundings, models: &[Model], problems: &mut Vec<Problem>) -> Result<Planner, DataFusionError> {
        let schemas: BTreeMap<_, _> = SCHEMAS
            .iter()
            .map(|name| (name.to_string(), Arc::new(MemorySchemaProvider::new())))
            .collect();
        let dynamic = schemas
            .iter()
            .map(|(n, s)| (n.clone(), Arc::clone(s) as Arc<dyn SchemaProvider>))
            .collect();
        let state = engine::planning_state(Catalog::of(dynamic))?;
        let mut planner = Planner {
            state,
            schemas,
            tables: BTreeMap::new(),
            names: models
                .iter()
                .map(|m| m.name.clone())
                .chain(around.unsound.iter().cloned())
                .collect(),
            references: BTreeMap::new(),
            personal: BTreeSet::from([TableName {
                schema: "ops".into(),
                table: "quarantine".into(),
            }]),
        };
        for (name, table) in &around.known {
            if let Some(model) = models.iter().find(|m| m.name == *name) {
                let problem = Problem::error(
                    &model.path,
                    "duplicate-table",
                    format!("{name} is a contract's table too"),
                );
                problems.push(problem.hint("rename the model"));
            }
            planner.add(name, Arc::clone(&table.schema), &table.partition)?;
        }
        let (lists, unread) = CodeLists::read(&around.reference);
        for list in lists.iter() {
            if let Ok(name) = TableName::new("ref", &list.name) {
                planner.add(&name, engine::code_list_schema(list), &[])?;
                planner.references.insert(name, Arc::clone(list));
            }
        }
        // what is wrong with them is told with the contracts
        let names = unread.iter().filter_map(|error| error.path.file_stem()?.to_str());
        planner
            .names
            .extend(names.filter_map(|name| TableName::new("ref", &name.to_lowercase()).ok()));
        for (table, schema) in [
            ("deliveries", engine::deliveries_schema()),
            ("quarantine", engine::quarantine_schema()),
        ] {
            planner.add(
                &TableName {
                    schema: "ops".into(),
                    table: table.into(),
                },
                schema,
                &[],
            )?;
        }
        Ok(planner)
    }

    fn add(&mut self, name: &TableName, schema: SchemaRef, partition: &[String]) -> Result<(), DataFusionError> {
        self.names.insert(name.clone());
        if is_personal(&schema) {
            self.personal.insert(name.clone());
        }
        if let Some(provider) = self.schemas.get(&name.schema) {
            provider.register_table(name.table.clone(), Arc::new(EmptyTable::new(schema)))?;
            self.tables.insert(name.clone(), partition.to_vec());
        }
        Ok(())
    }

    /// The tables a model needs; unknown ones are problems.
    fn needs(&self, model: &Model, query: &Parsed, problems: &mut Vec<Problem>) -> Needs {
        let before = problems.len();
        let mut reads = BTreeSet::new();
        for (written, span) in &query.tables {
            match written.parse::<TableName>() {
                Ok(name) if self.names.contains(&name) => {
                    reads.insert(name);
                }
                _ => problems.push(self.unknown_table(model, written, span.clone())),
            }
        }
        let mut looks_at = BTreeSet::new();
        for audit in &model.header.audits {
            if let super::AuditRule::Relation { to, table, .. } = &audit.rule {
                if !self.names.contains(table) {
                    problems.push(self.unknown_table(model, &to.text, to.span.clone()));
                } else if *table != model.name && !reads.contains(table) {
                    looks_at.insert(table.clone());
                }
            }
        }
        for (table, _) in &model.header.inputs {
            if !query.tables.contains_key(&table.to_string()) {
                let span = model
                    .source
                    .find(&table.to_string())
                    .map_or(0..0, |at| at..at + table.to_string().len());
                let near = nearest(&table.to_string(), query.tables.keys().map(String::as_str)).map(str::to_string);
                let hint = near.map_or("`inputs` names tables that the query reads".into(), |n| {
                    format!("did you mean {n}?")
                });
                problems.push(
                    model
                        .problem("inputs", span, format!("the query does not read {table}"))
                        .hint(hint),
                );
            }
        }
        Needs {
            reads,
            looks_at,
            sound: problems.len() == before,
        }
    }

    fn unknown_table(&self, model: &Model, written: &str, span: std::ops::Range<usize>) -> Problem {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        if written == "ops.runs" {
            let problem = model.problem(
                "unknown-table",
                span,
                "a model cannot read ops.runs: every run changes it",
            );
            return problem.hint("query it with `sluis sql`");
        }
        let hint = match engine::near_table(written, &names) {
            Some(near) => format!("did you mean {near}?"),
            None if written.contains('.') => "there is no contract, model or code list of that name".into(),
            None => "write tables as schema.table: staging.x, core.x, mart.x or ref.x".into(),
        };
        model
            .problem("unknown-table", span, format!("there is no table {written}"))
            .hint(hint)
    }

    fn prepare(&mut self, model: Model, query: Parsed, needs: Needs, problems: &mut Vec<Problem>) -> Option<Prepared> {
        let before = problems.len();
        self.check_functions(&model, &query, problems);
        let digest_of = |name: &TableName| self.references.get(name).map(|l| (name.to_string(), l.digest.clone()));
        let mut fingerprint = Fingerprint {
            settings: fingerprint::of_settings(&model.header),
            functions: fingerprint::of_functions(&query.functions),
            references: needs.reads.iter().filter_map(digest_of).collect(),
            ..Fingerprint::default()
        };
        let plan = self.plan(&model, query, problems)?;
        match fingerprint::of_plan(&plan) {
            Ok(digest) => fingerprint.sql = digest,
            Err(error) => problems.push(place::sql_problem(&model, &error)),
        }
        // types settle when the plan is analysed; a plan that cannot be executed is found here too
        let analysed = match self.analyse(&plan) {
            Ok(analysed) => analysed,
            Err(error) => {
                problems.push(place::sql_problem(&model, &error));
                return None;
            }
        };
        output::check(&model, &analysed, problems);
        self.check_mappings(&model, problems);
        let schema = output::stored_schema(&analysed, &model.header.partition_names());
        let partition: Vec<String> = model.header.partition_names().into_iter().map(String::from).collect();
        if let Err(error) = self.add(&model.name, Arc::clone(&schema), &partition) {
            problems.push(place::sql_problem(&model, &error));
        }
        if problems.len() == before {
            audits_check::check(&model, &self.state, problems);
        }
        if needs.reads.iter().any(|n| self.personal.contains(n)) {
            self.personal.insert(model.name.clone());
        }
        let personal = self.personal.contains(&model.name);
        let sound = problems[before..].iter().all(|p| !p.is_error());
        sound.then_some(Prepared {
            model,
            reads: needs.reads,
            looks_at: needs.looks_at,
            schema,
            fingerprint,
            personal,
        })
    }

    /// The plan of the model's query. After an unknown column the rest is looked through for more of them.
    fn plan(&self, model: &Model, query: Parsed, problems: &mut Vec<Problem>) -> Option<LogicalPlan> {
        let error = match now(self.state.statement_to_plan(query.statement)) {
            Ok(plan) => return Some(plan),
            Err(error) => error,
        };
        let mut problem = place::sql_problem(model, &error);
        let mut attempt = model.clone();
        for _ in 0..20 {
            let span = problem.span.clone().unwrap_or(0..0);
            let more = problem.rule == "unknown-column" && span.len() >= 4;
            problems.push(problem);
            if !more {
                break;
            }
            attempt
                .sql
                .replace_range(span.clone(), &format!("{:<1$}", "NULL", span.len()));
            let Ok(query) = relations::parse(&attempt.sql) else {
                break;
            };
            let Err(error) = now(self.state.statement_to_plan(query.statement)) else {
                break;
            };
            problem = place::sql_problem(&attempt, &error);
            // with a NULL in the place of a column other complaints may be of our own making
            if problem.rule != "unknown-column" || problems.iter().any(|p| p.span == problem.span) {
                break;
            }
        }
        None
    }

    fn analyse(&self, plan: &LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
        let options = self.state.config_options();
        let analysed = self
            .state
            .analyzer()
            .execute_and_check(plan.clone(), options, |_, _| {})?;
        now(self.state.create_physical_plan(plan))?;
        Ok(analysed)
    }

    /// The same inputs give the same content: no clock, no chance.
    fn check_functions(&self, model: &Model, query: &Parsed, problems: &mut Vec<Problem>) {
        for (name, span) in &query.functions {
            let function = self.state.scalar_functions().get(name);
            if function.is_some_and(|f| f.signature().volatility != Volatility::Immutable) {
                let message = format!("{name}() does not give the same result every time");
                let hint = "what a model makes follows from its inputs alone; take the date or number from a table";
                problems.push(model.problem("not-repeatable", span.clone(), message).hint(hint));
            }
        }
    }

    /// A mapped input must be partitioned by what it is mapped on.
    fn check_mappings(&self, model: &Model, problems: &mut Vec<Problem>) {
        let own = model.header.partition_names();
        for (table, mapping) in &model.header.inputs {
            let Some(theirs) = self.tables.get(table) else { continue };
            let shared = own.iter().any(|c| theirs.iter().any(|t| t == c));
            let window = match mapping {
                InputMapping::Same => true,
                InputMapping::Window { column, .. } => own.contains(&column.as_str()) && theirs.contains(column),
            };
            if shared && window {
                continue;
            }
            let at = model.source.find(&table.to_string()).unwrap_or_default();
            let message = format!("{} and {table} are not both partitioned by that column", model.name);
            let hint = format!(
                "{} is partitioned by [{}], {table} by [{}]",
                model.name,
                own.join(", "),
                theirs.join(", ")
            );
            problems.push(
                model
                    .problem("inputs", at..at + table.to_string().len(), message)
                    .hint(hint),
            );
        }
    }
}

/// The outcome of planning, which waits for nothing when tables are in memory.
pub(super) fn now<T>(planning: impl Future<Output = Result<T, DataFusionError>>) -> Result<T, DataFusionError> {
    planning.now_or_never().unwrap_or_else(|| {
        Err(DataFusionError::Internal(
            "planning on empty tables waited for something".into(),
        ))
    })
}
