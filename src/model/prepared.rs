//! A model that can be planned.
use std::collections::BTreeSet;

use arrow::datatypes::SchemaRef;

use super::{Audit, AuditRule, Fingerprint, InputMapping, Model};
use crate::diagnostic::Severity;
use crate::disclosure::Rule;
use crate::lake::TableName;

/// A model that can be planned.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The model.
    pub model: Model,
    /// Tables its query reads, code lists too.
    pub reads: BTreeSet<TableName>,
    /// Tables its audits look at besides: they must be up to date first, but do not decide its content.
    pub looks_at: BTreeSet<TableName>,
    /// Its columns as published: partition columns last.
    pub schema: SchemaRef,
    /// What is withheld of it when it is published.
    pub disclosure: Option<Rule>,
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

    /// The columns as published of what its query gives.
    pub fn published(&self, made: &SchemaRef) -> SchemaRef {
        match &self.disclosure {
            Some(rule) => rule.published_schema(made, &self.model.header.partition_names()),
            None => SchemaRef::clone(made),
        }
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
