//! Columns that tell why the values of others are missing, and what only SPSS files have.
use toml::Spanned;

use super::{Column, Findings, Kind, Origin};
use crate::contract::Contract;
use crate::contract::raw::{RawColumn, RawContract};

/// Adds a column `<name>_missing_reason` behind the others for each that asks for it.
pub fn reasons(raw: &RawContract, contract: &mut Contract, findings: &mut Findings<'_>) {
    let (spss, _) = contract.spss();
    for (place, spanned) in raw.columns.iter().enumerate() {
        let column = spanned.get_ref();
        for (key, asked) in [("labels", &column.labels), ("missing_reason", &column.missing_reason)] {
            if let Some(asked) = asked.as_ref().filter(|asked| *asked.get_ref()) {
                refuse(key, asked, column, (spss, &contract.columns[place].kind), findings);
            }
        }
        if column.missing_reason.as_ref().is_some_and(|asked| *asked.get_ref()) {
            let reason = reason(&contract.columns[place], place);
            contract.columns.push(reason);
        }
    }
}

fn refuse(
    key: &'static str,
    asked: &Spanned<bool>,
    column: &RawColumn,
    (spss, kind): (bool, &Kind),
    findings: &mut Findings<'_>,
) {
    if !spss {
        findings.add(
            asked.span(),
            key,
            format!("only files of format \"spss\" tell the {key} of a column"),
        );
        findings.hint("leave it out");
    } else if column.constant_from.is_some() {
        findings.add(
            asked.span(),
            key,
            "a column that is not in the file has neither labels nor reasons",
        );
    } else if matches!(kind, Kind::PersonKey(_)) {
        findings.add(asked.span(), key, "a person key has neither labels nor reasons");
    }
}

fn reason(of: &Column, place: usize) -> Column {
    Column {
        name: format!("{}_missing_reason", of.name),
        origin: Origin::Reason(place),
        kind: Kind::Text(None),
        nullable: true,
        missing: Vec::new(),
        missing_pattern: None,
        suppressed: Vec::new(),
        range: None,
        map: std::collections::HashMap::new(),
        case: None,
        trim: true,
        not_a_person_key: None,
        tag: of.tag,
        unit: None,
        description: Some(format!(
            "Why {} is missing: what its code stands for, or the code",
            of.name
        )),
        store: of.store,
        labels: false,
    }
}
