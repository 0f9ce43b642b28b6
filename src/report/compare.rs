//! Cell by cell: what was printed, and what the mart says.
use std::collections::HashMap;

use serde::Serialize;

use super::{Printed, PrintedTable};

/// Whether a table agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every cell does that is not withheld.
    Agree,
    /// At least one cell differs, and it is not known why.
    Differ,
    /// The mart has none of the cells, or withholds all of them.
    Absent,
}

/// A cell that does not agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Which cell it is.
    pub keys: Vec<String>,
    /// As printed.
    pub printed: Option<String>,
    /// As the mart has it; none when it has no such row, or no value.
    pub mart: Option<f64>,
    /// Whether the mart has the row, without the value: few persons are in it.
    pub withheld: bool,
    /// Why it cannot agree, where that is known.
    pub because: Option<String>,
}

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Cells compared.
    pub compared: usize,
    /// Cells that agree.
    pub agree: usize,
    /// Cells of which the mart has the row, without the value.
    pub withheld: usize,
    /// The others.
    pub cells: Vec<Cell>,
}

/// Compares printed cells with a mart's, by their keys.
pub fn compare(table: &PrintedTable, printed: &[Printed], mart: &HashMap<Vec<String>, Option<f64>>) -> Outcome {
    let mut outcome = Outcome {
        verdict: Verdict::Agree,
        compared: 0,
        agree: 0,
        withheld: 0,
        cells: Vec::new(),
    };
    let mut found = 0;
    for cell in printed
        .iter()
        .filter(|cell| cell.value.is_some() || table.blank_is_none)
    {
        outcome.compared += 1;
        let here = mart.get(&cell.keys).copied();
        found += usize::from(here.is_some());
        let value = here.flatten();
        let near = match (cell.value, value) {
            (Some(printed), Some(value)) => {
                let room = cell.half()
                    + table
                        .tolerance
                        .points
                        .max(printed.abs() * table.tolerance.percent / 100.0);
                // Halves are rounded either way, and shares are binary fractions.
                (printed - value).abs() <= room + 1e-9
            }
            (None, value) => value.is_none_or(|value| value == 0.0),
            (Some(_), None) => false,
        };
        if near {
            outcome.agree += 1;
            continue;
        }
        let because = table
            .known
            .iter()
            .find(|known| known.keys == cell.keys)
            .map(|known| known.because.clone());
        let withheld = here == Some(None);
        outcome.withheld += usize::from(withheld);
        if because.is_none() && !withheld {
            outcome.verdict = Verdict::Differ;
        }
        outcome.cells.push(Cell {
            keys: cell.keys.clone(),
            printed: cell.text.clone(),
            mart: value,
            withheld,
            because,
        });
    }
    if found == outcome.withheld {
        outcome.verdict = Verdict::Absent;
    }
    outcome
}
