//! Models in the order in which they can be built.
use std::collections::{BTreeMap, BTreeSet};

use crate::lake::TableName;

/// The names of `edges` (a table and what it needs), each after what it needs, otherwise by name; and every cycle, from
/// its first name around to it again. Names on or behind a cycle are left out of the order.
pub fn sort(edges: &BTreeMap<TableName, BTreeSet<TableName>>) -> (Vec<TableName>, Vec<Vec<TableName>>) {
    let mut ordered = Vec::new();
    let mut done = BTreeSet::new();
    loop {
        let ready = edges.iter().find(|(name, needs)| {
            !done.contains(*name) && needs.iter().all(|n| done.contains(n) || !edges.contains_key(n))
        });
        let Some((name, _)) = ready else { break };
        done.insert(name.clone());
        ordered.push(name.clone());
    }
    let mut cycles = Vec::new();
    let mut seen = done;
    for name in edges.keys() {
        if !seen.contains(name)
            && let Some(cycle) = cycle_from(edges, name, &seen)
        {
            seen.extend(cycle.iter().cloned());
            cycles.push(cycle);
        }
    }
    (ordered, cycles)
}

/// Follows the first unfinished need from `start` until a name comes back.
fn cycle_from(
    edges: &BTreeMap<TableName, BTreeSet<TableName>>,
    start: &TableName,
    seen: &BTreeSet<TableName>,
) -> Option<Vec<TableName>> {
    let mut path = vec![start.clone()];
    loop {
        let last = path.last()?;
        let next = edges
            .get(last)?
            .iter()
            .find(|n| edges.contains_key(*n) && !seen.contains(*n))?;
        if let Some(at) = path.iter().position(|n| n == next) {
            path.push(next.clone());
            return Some(path.split_off(at));
        }
        path.push(next.clone());
    }
}
