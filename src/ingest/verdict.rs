//! Whether a delivery is accepted as a whole, after its rows were read.
use super::collect::Collector;
use super::report::Outcome;
use crate::contract::Contract;
use crate::contract::format::DriftPolicy;
use crate::diagnostic::printable;
use crate::ledger::Delivery;

/// Said of a file whose last line has no line end.
const CUT_OFF: &str = "the last line has no line end: was the file cut off?";

/// Whether the delivery as a whole is good; [`Outcome::DryRun`] stands for accepted. `complete` is whether it was read to
/// its end; what is only worth saying goes to `notes`.
pub fn verdict(
    contract: &Contract,
    found: &Collector<'_>,
    delivery: &Delivery,
    complete: bool,
    notes: &mut Vec<String>,
) -> Outcome {
    let rows = delivery.rows_in;
    let aside = found.rows_quarantined;
    if found.cut_off && contract.drift.missing_final_newline != DriftPolicy::Ignore {
        let reason = "the file is cut off: its last line has no line end, and is not a whole row";
        return Outcome::Rejected(reason.to_owned());
    }
    if !complete || !contract.max_rejected.allows(aside, rows) {
        let first: Vec<String> = found
            .places
            .iter()
            .take(3)
            .map(|place| match &place.column {
                Some(column) => format!("line {} {column}: {}", place.line, place.rule),
                None => format!("line {}: {}", place.line, place.rule),
            })
            .collect();
        let reading = if complete { "" } else { " so far" };
        let cut_off = match found.unended {
            true => format!("; {CUT_OFF}"),
            false => String::new(),
        };
        return Outcome::Rejected(format!(
            "{aside} of {rows} rows{reading} break a rule, {} first: {}{cut_off}",
            contract.max_rejected.told(),
            first.join(", ")
        ));
    }
    let drift = [
        (
            found.unknown_keys,
            contract.drift.extra_column,
            "the objects have keys the contract does not name".to_owned(),
            "keys the contract does not name were dropped".to_owned(),
        ),
        (
            found.unended,
            contract.drift.missing_final_newline,
            CUT_OFF.to_owned(),
            // what is said of several files is said once, and this is about one
            format!("{}: {CUT_OFF}", printable(&delivery.file)),
        ),
    ];
    for (_, policy, refused, noted) in drift.into_iter().filter(|(seen, ..)| *seen) {
        match policy {
            DriftPolicy::Fail => return Outcome::Rejected(refused),
            DriftPolicy::Warn => notes.push(noted),
            DriftPolicy::Ignore => {}
        }
    }
    match contract.rows {
        (Some(least), _) if rows < least => {
            Outcome::Rejected(format!("{rows} rows; the contract expects at least {least}"))
        }
        (_, Some(most)) if rows > most => {
            Outcome::Rejected(format!("{rows} rows; the contract expects at most {most}"))
        }
        _ => Outcome::DryRun,
    }
}
