//! Plans on empty tables.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::disclosure::{self, Drawn, Made};
use super::needs::Needs;
use super::{Surroundings, now};
use crate::contract::codes::{CodeList, CodeLists};
use crate::diagnostic::{Problem, Severity};
use crate::disclosure::{Minimums, Rule};
use crate::engine::{self, Catalog, SCHEMAS};
use crate::lake::{FIELD_TAG, TableName};
use crate::model::relations::{self, Parsed};
use crate::model::{Fingerprint, Model, Prepared, audits_check, fingerprint, output, place};
use crate::pseudonym::FIELD_KEY;

/// Plans on empty tables.
pub struct Planner {
    /// What it plans with.
    pub state: SessionState,
    schemas: BTreeMap<String, Arc<MemorySchemaProvider>>,
    /// Every table that can be planned on, with its partition columns.
    pub tables: BTreeMap<TableName, Vec<String>>,
    /// Every name there is, also of models that are not sound.
    pub names: BTreeSet<TableName>,
    references: BTreeMap<TableName, Arc<CodeList>>,
    /// Tables with data about persons, or made from them.
    personal: BTreeSet<TableName>,
    /// Where the data of tables come from.
    drawn: BTreeMap<TableName, Drawn>,
    minimums: Minimums,
}

/// Whether columns hold data about persons, by what contracts say of them.
fn is_personal(schema: &SchemaRef) -> bool {
    schema.fields().iter().any(|field| {
        let tag = field.metadata().get(FIELD_TAG).is_some_and(|tag| tag != "public");
        tag || field.metadata().contains_key(FIELD_KEY) || *field.data_type() == DataType::FixedSizeBinary(16)
    })
}

/// Whether rows stand for persons: there is a key among the columns.
fn holds_persons(schema: &SchemaRef) -> bool {
    let is_key = |field: &FieldRef| {
        field.metadata().contains_key(FIELD_KEY) || matches!(field.data_type(), DataType::FixedSizeBinary(_))
    };
    schema.fields().iter().any(is_key)
}

impl Planner {
    /// A planner on what is around the models, and their names.
    pub fn new(
        around: &Surroundings,
        models: &[Model],
        problems: &mut Vec<Problem>,
    ) -> Result<Planner, DataFusionError> {
        let schemas: BTreeMap<_, _> = SCHEMAS
            .iter()
            .map(|name| (name.to_string(), Arc::new(MemorySchemaProvider::new())))
            .collect();
        let dynamic = schemas
            .iter()
            .map(|(n, s)| (n.clone(), Arc::clone(s) as Arc<dyn SchemaProvider>))
            .collect();
        let state = engine::planning_state(Catalog::of(dynamic))?;
        let quarantine = TableName {
            schema: "ops".into(),
            table: "quarantine".into(),
        };
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
            personal: BTreeSet::from([quarantine.clone()]),
            drawn: BTreeMap::new(),
            minimums: around.minimums.clone(),
        };
        // rows of persons of any source
        planner.draws(&quarantine, true, "default");
        for (name, table) in &around.known {
            let source = around.sources.get(name).map_or("default", String::as_str);
            planner.draws(name, holds_persons(&table.schema), source);
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
        for name in &around.value_labels {
            if planner.references.contains_key(name) {
                let path = around.reference.join(format!("{}.csv", name.table));
                let problem = Problem::error(
                    &path,
                    "duplicate-table",
                    format!("{name} is what a contract's codes stand for"),
                );
                problems.push(problem.hint("rename the code list"));
                continue;
            }
            planner.add(name, engine::value_labels_schema(), &[])?;
        }
        // what is wrong with them is told with the contracts
        let names = unread.iter().filter_map(|error| error.path.file_stem()?.to_str());
        planner
            .names
            .extend(names.filter_map(|name| TableName::new("ref", name.to_lowercase()).ok()));
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

    fn draws(&mut self, name: &TableName, persons: bool, source: &str) {
        let source = BTreeSet::from([source.to_owned()]);
        let drawn = Drawn {
            persons: if persons { source.clone() } else { BTreeSet::new() },
            sources: source,
        };
        self.drawn.insert(name.clone(), drawn);
    }

    /// Adds a table, in the place of one of that name.
    fn add(&mut self, name: &TableName, schema: SchemaRef, partition: &[String]) -> Result<(), DataFusionError> {
        self.names.insert(name.clone());
        if is_personal(&schema) {
            self.personal.insert(name.clone());
        }
        if let Some(provider) = self.schemas.get(&name.schema) {
            provider.deregister_table(&name.table)?;
            provider.register_table(name.table.clone(), Arc::new(EmptyTable::new(schema)))?;
            self.tables.insert(name.clone(), partition.to_vec());
        }
        Ok(())
    }

    /// Checks a model whose tables are there; it is a table itself from then on.
    pub fn prepare(
        &mut self,
        model: Model,
        query: Parsed,
        needs: Needs,
        problems: &mut Vec<Problem>,
    ) -> Option<Prepared> {
        let before = problems.len();
        self.check_functions(&model, &query, problems);
        let digest_of = |name: &TableName| self.references.get(name).map(|l| (name.to_string(), l.digest.clone()));
        let mut fingerprint = Fingerprint {
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
        let disclosure = self.disclosure(&model, &analysed, &needs, problems);
        fingerprint.settings = fingerprint::of_settings(&model.header, disclosure.as_ref());
        let partition = model.header.partition_names();
        let made = output::stored_schema(&analysed, &model.header);
        let schema = match &disclosure {
            Some(rule) => rule.published_schema(&made, &partition),
            None => Arc::clone(&made),
        };
        let partition: Vec<String> = partition.into_iter().map(String::from).collect();
        // audits that stop a publication see what is withheld; warnings, and other models, what is published
        let checked = problems.len() == before;
        for (schema, severity) in [(made, Severity::Error), (Arc::clone(&schema), Severity::Warning)] {
            if let Err(error) = self.add(&model.name, schema, &partition) {
                problems.push(place::sql_problem(&model, &error));
            }
            if checked {
                audits_check::check(&model, severity, &self.state, problems);
            }
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
            disclosure,
            fingerprint,
            personal,
        })
    }

    /// The model's disclosure rule. What it publishes tells nothing of persons any more.
    fn disclosure(
        &mut self,
        model: &Model,
        plan: &LogicalPlan,
        needs: &Needs,
        problems: &mut Vec<Problem>,
    ) -> Option<Rule> {
        let mut drawn = Drawn::default();
        needs
            .reads
            .iter()
            .filter_map(|name| self.drawn.get(name))
            .for_each(|one| drawn.and(one));
        let of_persons = |name: &&TableName| self.drawn.get(*name).is_some_and(|one| !one.persons.is_empty());
        let made = Made {
            plan,
            drawn: &drawn,
            through: needs.reads.iter().find(of_persons),
        };
        let rule = disclosure::check(model, &made, &self.minimums, problems);
        // a mart that has no rule and needs one is refused; what reads it is not to blame
        if disclosure::is_mart(model) {
            drawn.persons.clear();
        }
        self.drawn.insert(model.name.clone(), drawn);
        rule
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
}
