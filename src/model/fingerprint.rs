//! What a model is, in a digest that a comment does not change.
use std::collections::BTreeMap;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};

use super::Header;
use super::relations::Named;
use crate::disclosure::{self, Rule};
use crate::functions;

/// Digests of the parts of a model that decide what it makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of the normalised plan of its query.
    pub sql: String,
    /// Of the settings that matter: partition, grain, audits, input mappings, public columns, disclosure rule.
    pub settings: String,
    /// Of the versions of sluis's own functions that it calls.
    pub functions: String,
    /// Of the code lists it reads, by table name (`ref.profielen`).
    pub references: BTreeMap<String, String>,
}

/// Prefix of the manifest properties that hold the parts.
const PROPERTY: &str = "fingerprint.";

impl Fingerprint {
    /// One digest for all parts, as a manifest keeps it.
    pub fn digest(&self) -> String {
        let mut parts = vec![self.sql.as_str(), &self.settings, &self.functions];
        parts.extend(
            self.references
                .iter()
                .flat_map(|(name, digest)| [name.as_str(), digest.as_str()]),
        );
        blake3::hash(parts.join("\n").as_bytes()).to_hex().to_string()
    }

    /// The parts as manifest properties, so that a later plan can say which changed.
    pub fn properties(&self) -> BTreeMap<String, String> {
        let parts = [
            ("sql", &self.sql),
            ("settings", &self.settings),
            ("functions", &self.functions),
        ];
        parts
            .into_iter()
            .map(|(name, part)| (format!("{PROPERTY}{name}"), part.clone()))
            .collect()
    }

    /// The parts back from manifest properties, but for the code lists, which are inputs there.
    pub fn from_properties(properties: &BTreeMap<String, String>) -> Option<Fingerprint> {
        let part = |name: &str| properties.get(&format!("{PROPERTY}{name}")).cloned();
        Some(Fingerprint {
            sql: part("sql")?,
            settings: part("settings")?,
            functions: part("functions")?,
            references: BTreeMap::new(),
        })
    }
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Digest of a plan: every node with every expression, whatever the text it came from looked like.
pub fn of_plan(plan: &LogicalPlan) -> Result<String> {
    let mut text = String::new();
    plan.apply_with_subqueries(|node| {
        text.push_str(&node.display().to_string());
        // the display of VALUES stops after five rows
        if let LogicalPlan::Values(values) = node {
            for row in &values.values {
                text.push('\n');
                text.extend(row.iter().map(|value| format!("{value},")));
            }
        }
        text.push_str(&format!("\n{}\n", node.inputs().len()));
        Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
    })?;
    Ok(digest(&text))
}

/// Digest of the settings that decide what is in the files, or whether they may be published.
pub fn of_settings(header: &Header, rule: Option<&Rule>) -> String {
    let mut text = format!(
        "partition {:?}\ngrain {:?}\n",
        header.partition_names(),
        header.grain_names()
    );
    for audit in &header.audits {
        text.push_str(&format!(
            "audit {} {} {}\n",
            audit.name,
            audit.severity,
            audit.rule.text()
        ));
    }
    for (table, mapping) in &header.inputs {
        text.push_str(&format!("input {table} {}\n", mapping.text()));
    }
    for (column, _) in &header.public {
        text.push_str(&format!("public {}\n", column.text));
    }
    if let Some(rule) = rule {
        text.push_str(&format!("disclosure {} {}\n", disclosure::VERSION, rule.text()));
    }
    digest(&text)
}

/// Digest of sluis's own functions among those called.
pub fn of_functions(called: &Named) -> String {
    let own: Vec<String> = called.keys().filter_map(|name| functions::fingerprint(name)).collect();
    digest(&own.join("\n"))
}
