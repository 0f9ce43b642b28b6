//! What a run would rebuild, and why.
//!
//! A plan is a pure function of the models, of what is published and of what each publication was made from: no data
//! is read and nothing is written. A run makes the same decision again for each model when its turn comes, because an
//! upstream model that comes out identical leaves nothing to do.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

mod decide;
mod inputs;
mod select;
mod slice;
mod text;

pub use decide::{Decision, Upstream, decide};
pub use inputs::{InputState, Inputs};
pub use select::{SelectError, select};
pub use slice::Slice;

pub(crate) use decide::maker_property;
pub(crate) use text::reasons;

use crate::lake::TableName;
use crate::model::Prepared;

/// What decides a plan.
pub struct PlanContext<'a> {
    /// Every model, in an order in which they can be built.
    pub models: &'a [Prepared],
    /// What is published, and the other inputs of models.
    pub inputs: &'a Inputs,
    /// The models to look at.
    pub selected: &'a BTreeSet<TableName>,
}

/// Why something is rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// There is no publication yet.
    NeverBuilt,
    /// The query is another one.
    SqlChanged,
    /// Partition, grain, audits, mappings, disclosure rule, a function of sluis or a code list changed.
    SettingsChanged,
    /// A delivery came in, or was corrected.
    NewDelivery,
    /// A contract changed, and its table with it.
    ContractChanged,
    /// A model that it reads changed, or is rebuilt in the same run.
    UpstreamChanged,
}

impl Why {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Why::NeverBuilt => "never built",
            Why::SqlChanged => "sql changed",
            Why::SettingsChanged => "settings changed",
            Why::NewDelivery => "new delivery",
            Why::ContractChanged => "contract changed",
            Why::UpstreamChanged => "upstream changed",
        }
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.text())
    }
}

/// Why, and what it is about: a table, or nothing when it is the model itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// The table or code list that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<TableName>,
}

impl Reason {
    pub(crate) fn own(why: Why) -> Reason {
        Reason { why, about: None }
    }
    pub(crate) fn of(why: Why, about: &TableName) -> Reason {
        Reason {
            why,
            about: Some(about.clone()),
        }
    }
}

/// What is to be rebuilt of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Nothing: it is up to date.
    Nothing,
    /// All of it.
    Whole,
    /// Some slices: values of partition columns.
    Slices(BTreeSet<Slice>),
    /// Nothing yet: these tables that it reads do not exist.
    Waiting(Vec<TableName>),
}

/// What happens to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It stays as it is.
    Keep,
    /// It is made again.
    Rebuild,
    /// It goes, because what it was made from is gone.
    Remove,
    /// It cannot be made yet.
    Wait,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The table.
    pub table: TableName,
    /// The partition, `schooljaar=2019-2020`; none for a table without partitions, or whose partitions are not known yet.
    pub partition: Option<String>,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// The plan of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPlan {
    /// The table.
    pub table: TableName,
    /// What is rebuilt.
    pub scope: Scope,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Partition by partition.
    pub steps: Vec<Step>,
}

/// What a run would do, model by model in the order of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The selected models.
    pub models: Vec<ModelPlan>,
}

impl Plan {
    /// Whether a run would do nothing.
    pub fn is_empty(&self) -> bool {
        self.models
            .iter()
            .all(|m| matches!(m.scope, Scope::Nothing | Scope::Waiting(_)))
    }

    /// Every line.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.models.iter().flat_map(|m| &m.steps)
    }
}

/// Makes the plan.
pub fn plan(context: &PlanContext<'_>) -> Plan {
    let mut models: Vec<ModelPlan> = Vec::new();
    let mut upstream: BTreeMap<TableName, Upstream> = BTreeMap::new();
    for model in context.models.iter().filter(|m| context.selected.contains(m.name())) {
        let decision = decide(model, context.inputs, &upstream);
        let expected = match &decision.scope {
            Scope::Nothing => None,
            Scope::Whole => Some(Upstream::Whole),
            Scope::Slices(slices) => Some(Upstream::Slices(slices.clone())),
            Scope::Waiting(_) => (!context.inputs.tables.contains_key(model.name())).then_some(Upstream::Missing),
        };
        upstream.extend(expected.map(|e| (model.name().clone(), e)));
        let steps = decide::steps(model, context.inputs, &decision);
        models.push(ModelPlan {
            table: model.name().clone(),
            scope: decision.scope,
            reasons: decision.reasons,
            steps,
        });
    }
    Plan { models }
}

#[cfg(test)]
mod tests;
