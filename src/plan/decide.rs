//! The decision about one model.
use std::collections::{BTreeMap, BTreeSet};

use super::slice::{Slice, partition_of_key};
use super::{Action, InputState, Inputs, Reason, Scope, Step, Why};
use crate::lake::{InputVersion, Manifest, TableName};
use crate::model::{Fingerprint, InputMapping, Prepared};

/// What is rebuilt of a model, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub scope: Scope,
    /// Why, for the model as a whole.
    pub reasons: Vec<Reason>,
    /// Why, slice by slice, when the scope is slices.
    pub by_slice: BTreeMap<Slice, Vec<Reason>>,
    /// Partition columns that slices are made of; empty when the model is only ever rebuilt whole.
    pub columns: Vec<String>,
}

/// What is expected of a model that comes before this one in the same plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// All of it may change.
    Whole,
    /// These slices may change.
    Slices(BTreeSet<Slice>),
    /// It cannot be built yet.
    Missing,
}

/// Decides about `model`, given what its inputs are and what is expected of models before it in the same run.
pub fn decide(model: &Prepared, inputs: &Inputs, upstream: &BTreeMap<TableName, Upstream>) -> Decision {
    let columns = slice_columns(model, inputs);
    let mut decision = Decision {
        scope: Scope::Nothing,
        reasons: vec![],
        by_slice: BTreeMap::new(),
        columns,
    };
    let built_now = |t: &&TableName| matches!(upstream.get(*t), Some(Upstream::Whole | Upstream::Slices(_)));
    let missing = |t: &&TableName| !inputs.tables.contains_key(*t) && !built_now(t);
    let waiting: Vec<TableName> = model.reads.iter().filter(missing).cloned().collect();
    if !waiting.is_empty() {
        decision.scope = Scope::Waiting(waiting);
        return decision;
    }
    let Some(manifest) = inputs.tables.get(model.name()).and_then(|s| s.manifest.as_ref()) else {
        decision.scope = Scope::Whole;
        decision.reasons = vec![Reason::own(Why::NeverBuilt)];
        return decision;
    };
    let mut whole = own_changes(model, manifest);
    let mut slices: BTreeMap<Slice, Vec<Reason>> = BTreeMap::new();
    for name in &model.reads {
        for (reason, changed) in input_changes(model, name, manifest, inputs, upstream, &decision.columns) {
            match changed {
                None => whole.push(reason),
                Some(changed) => changed
                    .into_iter()
                    .for_each(|s| slices.entry(s).or_default().push(reason.clone())),
            }
        }
    }
    if !same_columns(model, manifest) && whole.is_empty() {
        // without this a table could get files of two schemas
        whole.push(
            slices
                .values()
                .flatten()
                .next()
                .cloned()
                .unwrap_or(Reason::own(Why::UpstreamChanged)),
        );
    }
    let mut reasons: Vec<Reason> = whole.iter().chain(slices.values().flatten()).cloned().collect();
    reasons.sort();
    reasons.dedup();
    decision.reasons = reasons;
    if !whole.is_empty() {
        decision.scope = Scope::Whole;
    } else if !slices.is_empty() {
        decision.scope = Scope::Slices(slices.keys().cloned().collect());
        decision.by_slice = slices;
    }
    decision
}

/// Partition columns of the model that are partition columns of every mapped input.
fn slice_columns(model: &Prepared, inputs: &Inputs) -> Vec<String> {
    let header = &model.model.header;
    let mapped: Vec<&InputState> = header
        .inputs
        .iter()
        .filter_map(|(name, _)| inputs.tables.get(name))
        .collect();
    if mapped.is_empty() || mapped.len() < header.inputs.len() {
        return Vec::new();
    }
    let shared = |column: &&str| {
        mapped
            .iter()
            .all(|input| input.partition_columns.iter().any(|c| c == column))
    };
    header
        .partition_names()
        .into_iter()
        .filter(shared)
        .map(String::from)
        .collect()
}

fn same_columns(model: &Prepared, manifest: &Manifest) -> bool {
    let columns = |schema: &arrow::datatypes::Schema| {
        schema
            .fields()
            .iter()
            .map(|f| (f.name().clone(), f.data_type().clone()))
            .collect::<Vec<_>>()
    };
    columns(&model.schema) == columns(&manifest.arrow_schema())
}

/// What changed about the model itself.
fn own_changes(model: &Prepared, manifest: &Manifest) -> Vec<Reason> {
    if manifest.fingerprint == model.fingerprint.digest() {
        return Vec::new();
    }
    let Some(before) = Fingerprint::from_properties(&manifest.properties) else {
        return vec![Reason::own(Why::SqlChanged)];
    };
    let mut reasons = Vec::new();
    if before.sql != model.fingerprint.sql {
        reasons.push(Reason::own(Why::SqlChanged));
    }
    if before.settings != model.fingerprint.settings || before.functions != model.fingerprint.functions {
        reasons.push(Reason::own(Why::SettingsChanged));
    }
    reasons
}

/// Changes of one input: a reason, and the slices of the model that it touches (`None`: all of it).
fn input_changes(
    model: &Prepared,
    name: &TableName,
    manifest: &Manifest,
    inputs: &Inputs,
    upstream: &BTreeMap<TableName, Upstream>,
    columns: &[String],
) -> Vec<(Reason, Option<BTreeSet<Slice>>)> {
    let mapping = model.mapping(name).filter(|_| !columns.is_empty());
    let mut changes = Vec::new();
    if let Some(now) = inputs.tables.get(name) {
        let before = manifest.inputs.get(&name.to_string());
        if before.is_none_or(|b| b.digest != now.version.digest) {
            let touched = mapping
                .zip(before)
                .and_then(|(m, before)| changed_slices(before, now, m, columns));
            changes.push((reason(name, now, manifest), touched));
        }
    }
    let expected = match upstream.get(name) {
        Some(Upstream::Whole) => Some(None),
        Some(Upstream::Slices(slices)) => Some(mapping.and_then(|mapping| {
            let slice = |s: &Slice| Some(Slice::of(&s.0, columns)?.targets(mapping));
            slices
                .iter()
                .map(slice)
                .try_fold(BTreeSet::new(), |all, s| Some(&all | &s?))
        })),
        _ => None,
    };
    changes.extend(expected.map(|touched| (Reason::of(Why::UpstreamChanged, name), touched)));
    changes
}

fn reason(name: &TableName, now: &InputState, manifest: &Manifest) -> Reason {
    if name.schema == "ref" {
        return Reason::of(Why::SettingsChanged, name);
    }
    // what a model made has the parts of its fingerprint among its properties
    let is_model = now
        .manifest
        .as_ref()
        .is_some_and(|m| Fingerprint::from_properties(&m.properties).is_some());
    if is_model {
        return Reason::of(Why::UpstreamChanged, name);
    }
    let before = manifest.properties.get(&maker_property(name));
    match before.is_some_and(|before| *before != now.maker) {
        true => Reason::of(Why::ContractChanged, name),
        false => Reason::of(Why::NewDelivery, name),
    }
}

/// Manifest property that holds the fingerprint of the contract or model that made an input.
pub(crate) fn maker_property(name: &TableName) -> String {
    format!("maker.{name}")
}

/// Slices of the model that partitions added, changed or removed since `before` touch; `None` when that cannot be told.
fn changed_slices(
    before: &InputVersion,
    now: &InputState,
    mapping: &InputMapping,
    columns: &[String],
) -> Option<BTreeSet<Slice>> {
    let (before, now) = (&before.partitions, &now.version.partitions);
    let changed = before
        .keys()
        .chain(now.keys())
        .filter(|key| before.get(*key) != now.get(*key));
    let mut slices = BTreeSet::new();
    for key in changed {
        slices.extend(Slice::of(&partition_of_key(key)?, columns)?.targets(mapping));
    }
    // a digest that differs while no partition does: the columns changed
    (!slices.is_empty()).then_some(slices)
}

/// The decision, partition by partition.
pub(super) fn steps(model: &Prepared, inputs: &Inputs, decision: &Decision) -> Vec<Step> {
    let step = |partition, action, reasons| Step {
        table: model.name().clone(),
        partition,
        action,
        reasons,
    };
    let own = inputs.tables.get(model.name());
    let keys: Vec<String> = own
        .map(|s| s.version.partitions.keys().cloned().collect())
        .unwrap_or_default();
    let named = |key: &String| (!key.is_empty()).then(|| key.clone());
    match &decision.scope {
        Scope::Waiting(_) => vec![step(None, Action::Wait, Vec::new())],
        Scope::Nothing if keys.is_empty() => vec![step(None, Action::Keep, Vec::new())],
        Scope::Nothing => keys
            .iter()
            .map(|key| step(named(key), Action::Keep, Vec::new()))
            .collect(),
        Scope::Whole => {
            let mut partitions: BTreeSet<String> = keys.into_iter().collect();
            partitions.extend(whole_slices(model, inputs, &decision.columns));
            if partitions.is_empty() {
                partitions.insert(String::new());
            }
            let rebuild = |key| step(named(&key), Action::Rebuild, decision.reasons.clone());
            partitions.into_iter().map(rebuild).collect()
        }
        Scope::Slices(_) => {
            let mut lines: BTreeMap<String, (Action, Vec<Reason>)> = BTreeMap::new();
            for (slice, reasons) in &decision.by_slice {
                let action = if has_sources(model, inputs, slice) {
                    Action::Rebuild
                } else {
                    Action::Remove
                };
                let exists = keys
                    .iter()
                    .any(|key| slice_of(key, &decision.columns).as_ref() == Some(slice));
                // nothing there and nothing to make it from: a window reaches beyond the first and last year
                if action == Action::Rebuild || exists {
                    lines.insert(slice.to_string(), (action, reasons.clone()));
                }
            }
            for key in &keys {
                if slice_of(key, &decision.columns).is_none_or(|s| !decision.by_slice.contains_key(&s)) {
                    lines.insert(key.clone(), (Action::Keep, Vec::new()));
                }
            }
            lines
                .into_iter()
                .map(|(key, (action, reasons))| step(Some(key), action, reasons))
                .collect()
        }
    }
}

fn slice_of(key: &str, columns: &[String]) -> Option<Slice> {
    Slice::of(&partition_of_key(key)?, columns)
}

/// The slices that a model mapped `same` is going to have, when slices are its partitions.
fn whole_slices(model: &Prepared, inputs: &Inputs, columns: &[String]) -> BTreeSet<String> {
    let header = &model.model.header;
    if columns.len() != header.partition.len() {
        return BTreeSet::new();
    }
    let same = header
        .inputs
        .iter()
        .filter(|(_, mapping)| *mapping == InputMapping::Same);
    let partitions = same
        .filter_map(|(name, _)| inputs.tables.get(name))
        .flat_map(|s| s.version.partitions.keys());
    partitions
        .filter_map(|key| slice_of(key, columns))
        .map(|slice| slice.to_string())
        .collect()
}

/// Whether any partition of a mapped input is left to make `slice` from.
fn has_sources(model: &Prepared, inputs: &Inputs, slice: &Slice) -> bool {
    let columns: Vec<String> = slice.0.iter().map(|(column, _)| column.clone()).collect();
    let is_source = |(name, mapping): &(TableName, InputMapping)| {
        let sources = slice.sources(mapping);
        let keys = inputs
            .tables
            .get(name)
            .map(|s| s.version.partitions.keys())
            .into_iter()
            .flatten();
        keys.filter_map(|key| slice_of(key, &columns))
            .any(|s| sources.contains(&s))
    };
    model.model.header.inputs.iter().any(is_source)
}
