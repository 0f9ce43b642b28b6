//! Everything the workers of one delivery share.
use std::collections::{HashMap, HashSet};
use std::hash::RandomState;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;

use super::IngestError;
use super::chunk::Layouts;
use super::mapping::Mapping;
use crate::config::Keys;
use crate::contract::column::{Column, Kind};
use crate::contract::format::Encoding;
use crate::contract::{Contract, expression};
use crate::pseudonym::{FIELD_CHAIN, FIELD_DOMAIN, FIELD_KEY_VERSION, FIELD_SCHEME, Pseudonymiser, SCHEME};

/// What the workers of one delivery share; nothing in it changes.
pub struct Job {
    /// The contract.
    pub contract: Contract,
    /// Which field feeds which column.
    pub mapping: Mapping,
    /// The encoding of this file.
    pub encoding: Encoding,
    /// The longest field allowed, in bytes.
    pub max_field: usize,
    /// Every column of the contract with what it yields, nullable, as checks see it.
    pub typed: SchemaRef,
    /// Typed and derived columns.
    pub everything: SchemaRef,
    /// What is stored, partition columns last.
    pub stored: SchemaRef,
    /// What is in the files: stored without the partition columns.
    pub in_files: SchemaRef,
    /// Places of the partition columns, when every one is a column of the contract: they are cast before the others.
    pub early: Vec<usize>,
    /// For each column of the contract, whether its values are used at all; they are checked in any case.
    pub used: Vec<bool>,
    /// Derived columns, compiled.
    pub derived: Vec<Arc<dyn PhysicalExpr>>,
    /// Row checks, compiled.
    pub checks: Vec<Arc<dyn PhysicalExpr>>,
    /// One for each person-key column, by its place.
    pub pseudonymisers: HashMap<usize, Pseudonymiser>,
    /// The remainder of the eleven-test of an onderwijsnummer.
    pub onderwijsnummer_remainder: u8,
    /// Keys check values and unique keys of this delivery.
    pub secret: (RandomState, RandomState),
    /// Rows that break uniqueness, by line and place in it, known from an earlier pass; sorted.
    pub duplicate_rows: Vec<u64>,
    /// How the columns of the files are encoded.
    pub layouts: Layouts,
}

impl Job {
    /// Compiles a contract for one file.
    ///
    /// # Errors
    /// When an expression does not compile or Parquet refuses the schema.
    pub fn new(
        contract: &Contract,
        mapping: Mapping,
        encoding: Encoding,
        max_field: usize,
        pseudonymisers: HashMap<usize, Pseudonymiser>,
        keys: &Keys,
    ) -> Result<Self, IngestError> {
        let contract = contract.clone();
        let fields: Vec<Field> = contract.columns.iter().flat_map(Column::fields).collect();
        let loose = |field: &Field| field.clone().with_nullable(true);
        let typed = Arc::new(Schema::new(fields.iter().map(loose).collect::<Vec<_>>()));
        let derived_fields = contract.derived.iter().map(|derived| loose(&derived.field));
        let everything = Arc::new(Schema::new(
            fields.iter().map(loose).chain(derived_fields).collect::<Vec<_>>(),
        ));
        let compile = |sql: &str, schema: &SchemaRef, to: &DataType| {
            expression::compile(sql, schema, Some(to)).map_err(|reason| IngestError::Expression { reason })
        };
        let derived = contract
            .derived
            .iter()
            .map(|one| compile(&one.expression, &typed, one.field.data_type()));
        let derived: Vec<_> = derived.collect::<Result<_, _>>()?;
        let checks = contract
            .checks
            .iter()
            .map(|one| compile(&one.expression, &everything, &DataType::Boolean));
        let checks: Vec<_> = checks.collect::<Result<_, _>>()?;
        let stored = with_key_metadata(&contract, &pseudonymisers, &keys.domain);
        let is_partition = |field: &Field| contract.partition.contains(field.name());
        let in_files: Vec<_> = stored
            .fields()
            .iter()
            .filter(|field| !is_partition(field))
            .cloned()
            .collect();
        let in_files = Arc::new(Schema::new(in_files));
        let early: Option<Vec<usize>> = contract.partition.iter().map(|name| contract.column(name)).collect();
        let used = used(&contract, &typed, derived.iter().chain(&checks));
        let layouts = Layouts::new(&contract.sort, &in_files)?;
        Ok(Self {
            mapping,
            encoding,
            max_field,
            typed,
            everything,
            stored,
            in_files: Arc::clone(&in_files),
            early: early.unwrap_or_default(),
            used,
            derived,
            checks,
            pseudonymisers,
            onderwijsnummer_remainder: keys.onderwijsnummer_remainder,
            secret: (RandomState::new(), RandomState::new()),
            duplicate_rows: Vec::new(),
            layouts,
            contract,
        })
    }

    /// A keyed hash of 128 bits, of use only while this delivery is read.
    pub fn hash(&self, bytes: &[u8]) -> u128 {
        use std::hash::BuildHasher;
        u128::from(self.secret.0.hash_one(bytes)) << 64 | u128::from(self.secret.1.hash_one(bytes))
    }

    /// The stored columns of a batch of typed and derived columns.
    ///
    /// # Errors
    /// When a stored column holds a null that it may not: a bug, since such rows are set aside before.
    pub fn store(&self, batch: &RecordBatch) -> Result<RecordBatch, IngestError> {
        let fields = self.stored.fields().iter();
        let columns = fields
            .filter_map(|field| batch.column_by_name(field.name()).cloned())
            .collect();
        Ok(RecordBatch::try_new(Arc::clone(&self.stored), columns)?)
    }

    /// The name of a column by its place, derived columns behind the others.
    pub fn column_name(&self, place: u16) -> &str {
        let (place, columns) = (usize::from(place), &self.contract.columns);
        match columns.get(place) {
            Some(column) => &column.name,
            None => self
                .contract
                .derived
                .get(place - columns.len())
                .map_or("", |derived| derived.field.name()),
        }
    }
}

/// Which columns are stored, or named by a derived column, a check or a unique key.
fn used<'a>(
    contract: &Contract,
    typed: &Schema,
    expressions: impl Iterator<Item = &'a Arc<dyn PhysicalExpr>>,
) -> Vec<bool> {
    let named: HashSet<usize> = expressions
        .flat_map(collect_columns)
        .map(|column| column.index())
        .collect();
    let used = |column: &Column| {
        column.store
            || contract.unique.iter().flatten().any(|name| *name == column.name)
            || (column.fields().iter()).any(|field| typed.index_of(field.name()).is_ok_and(|at| named.contains(&at)))
    };
    contract.columns.iter().map(used).collect()
}

/// The stored schema, with scheme, key version, chain and domain beside each pseudonym column.
fn with_key_metadata(contract: &Contract, pseudonymisers: &HashMap<usize, Pseudonymiser>, domain: &str) -> SchemaRef {
    let schema = contract.arrow_schema();
    let fields = schema.fields().iter().map(|field| {
        let place = contract.column(field.name());
        let key = place.filter(|&place| matches!(contract.columns[place].kind, Kind::PersonKey(_)));
        let Some(pseudonymiser) = key.and_then(|place| pseudonymisers.get(&place)) else {
            return field.as_ref().clone();
        };
        let mut metadata = field.metadata().clone();
        metadata.insert(FIELD_SCHEME.to_owned(), SCHEME.to_owned());
        metadata.insert(FIELD_KEY_VERSION.to_owned(), pseudonymiser.version().to_string());
        metadata.insert(FIELD_CHAIN.to_owned(), pseudonymiser.chain().to_string());
        metadata.insert(FIELD_DOMAIN.to_owned(), domain.to_owned());
        field.as_ref().clone().with_metadata(metadata)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
