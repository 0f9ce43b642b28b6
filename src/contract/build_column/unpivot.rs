//! Wide files: columns whose headers hold values.
use std::collections::HashMap;

use super::{Findings, Origin};
use crate::contract::header::HeaderPattern;
use crate::contract::raw::RawContract;
use crate::contract::{Contract, Unpivot};

/// The parts that the header patterns name, which must be the same in each.
pub fn parts(raw: &RawContract, findings: &mut Findings<'_>) -> Vec<String> {
    let Some(unpivot) = &raw.unpivot else { return Vec::new() };
    let mut parts: Vec<String> = Vec::new();
    for pattern in unpivot.get_ref().values.values() {
        match HeaderPattern::parse(pattern.get_ref()) {
            Ok(parsed) => {
                let mut named = parsed.parts.clone();
                named.sort();
                if parts.is_empty() {
                    parts = named;
                } else if parts != named {
                    findings.add(
                        pattern.span(),
                        "unpivot",
                        "all header patterns must have the same parts",
                    );
                }
            }
            Err(message) => {
                findings
                    .add(pattern.span(), "unpivot", message)
                    .hint("as \"AANTAL {schooljaar} - {geslacht}\"");
            }
        }
    }
    parts
}

/// How a record becomes rows.
pub fn unpivot(
    raw: &RawContract,
    names: &HashMap<&str, usize>,
    parts: Vec<String>,
    findings: &mut Findings<'_>,
) -> Option<Unpivot> {
    let spanned = raw.unpivot.as_ref()?;
    let mut place = |name: &str, what: &str| {
        let place = names.get(name).copied();
        if place.is_none() {
            findings.add(
                spanned.span(),
                "unpivot",
                format!("the {what} `{name}` is not among [[columns]]"),
            );
            findings.hint(format!("declare it: [[columns]] name = \"{name}\" with its type"));
        }
        place
    };
    let values = spanned.get_ref().values.iter();
    let values = values
        .filter_map(|(name, text)| Some((place(name, "value")?, HeaderPattern::parse(text.get_ref()).ok()?)))
        .collect();
    let parts = parts
        .into_iter()
        .filter_map(|name| Some((place(&name, "part")?, name)))
        .collect();
    Some(Unpivot {
        skip_blank: spanned.get_ref().skip_blank,
        values,
        parts,
    })
}

/// Marks the value columns of an unpivot: they have no header of their own.
pub fn mark_values(contract: &mut Contract) {
    let places: Vec<usize> = contract
        .unpivot
        .iter()
        .flat_map(|unpivot| unpivot.values.iter().map(|value| value.0))
        .collect();
    for place in places {
        contract.columns[place].origin = Origin::Value;
    }
}
