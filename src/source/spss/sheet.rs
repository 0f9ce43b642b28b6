//! Which cells are made of a case, and their text.
use super::dictionary::Dictionary;
use super::display::Display;
use super::input::Order;
use super::records::trimmed;
use super::variable::{Shape, Variable};

/// What a cell shows of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Its value; blank when it is missing.
    Value,
    /// Its value, of a moment only the day.
    Day,
    /// The label of its value, or the value where it has none.
    Label,
    /// The label of a value that is missing, or the value where it has no label.
    Reason {
        /// Texts that are missing too.
        marks: Vec<Vec<u8>>,
        /// Whether those are labels, or values.
        of_labels: bool,
    },
}

/// The cells that are made of each case.
#[derive(Debug)]
pub struct Sheet {
    cells: Vec<(Variable, Cell)>,
    order: Order,
    missing: f64,
    scratch: Vec<u8>,
}

/// Before each cell; behind each line; and before one of these three in a text, of which a bit is then turned.
pub(super) const CELL: u8 = 0x1f;
pub(super) const LINE: u8 = b'\n';
pub(super) const ESCAPE: u8 = 0x1b;
pub(super) const TURNED: u8 = 0x40;

impl Sheet {
    /// Cells of variables, by their places in a dictionary.
    pub fn new(dictionary: &Dictionary, order: Order, cells: impl IntoIterator<Item = (usize, Cell)>) -> Self {
        let cells = cells.into_iter();
        Self {
            cells: cells
                .filter_map(|(place, cell)| Some((dictionary.variables.get(place)?.clone(), cell)))
                .collect(),
            order,
            missing: dictionary.missing,
            scratch: Vec::new(),
        }
    }

    /// Cells in a line.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// Appends the line of a case.
    pub fn write(&mut self, case: &[u8], out: &mut Vec<u8>) {
        for (variable, cell) in &self.cells {
            out.push(CELL);
            match &variable.shape {
                Shape::Number(at) => {
                    let mut bytes = [0; 8];
                    bytes.copy_from_slice(&case[*at..at + 8]);
                    let number = self.order.f64(bytes);
                    if number.to_bits() != self.missing.to_bits() {
                        self::number(number, variable, cell, &mut self.scratch, out);
                    }
                }
                Shape::Text(stretches) => match stretches.as_slice() {
                    [(start, length)] => text(trimmed(&case[*start..start + length]), variable, cell, out),
                    stretches => {
                        self.scratch.clear();
                        for (start, length) in stretches {
                            self.scratch.extend_from_slice(&case[*start..start + length]);
                        }
                        text(trimmed(&self.scratch), variable, cell, out);
                    }
                },
            }
        }
        out.push(LINE);
    }
}

fn number(number: f64, variable: &Variable, cell: &Cell, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    let label = || variable.labels.as_ref().and_then(|labels| labels.of_number(number));
    let display = match (variable.display, cell) {
        (Display::DateTime, Cell::Day) => Display::Date,
        (display, _) => display,
    };
    let labelled = |out: &mut Vec<u8>| match label() {
        Some(label) => escaped(label, out),
        None => display.write(number, out),
    };
    match (cell, variable.missing.has_number(number)) {
        (Cell::Value | Cell::Day, false) => display.write(number, out),
        (Cell::Label, false) | (Cell::Reason { .. }, true) => labelled(out),
        (Cell::Reason { marks, of_labels }, false) if !marks.is_empty() => {
            scratch.clear();
            match label().filter(|_| *of_labels) {
                Some(label) => scratch.extend_from_slice(label),
                None => display.write(number, scratch),
            }
            if marks.iter().any(|mark| mark == scratch.trim_ascii()) {
                labelled(out);
            }
        }
        _ => {}
    }
}

fn text(text: &[u8], variable: &Variable, cell: &Cell, out: &mut Vec<u8>) {
    let labelled = || {
        variable
            .labels
            .as_ref()
            .and_then(|labels| labels.of_text(text))
            .unwrap_or(text)
    };
    match (cell, variable.missing.has_text(text)) {
        (Cell::Value | Cell::Day, false) => escaped(text, out),
        (Cell::Label, false) | (Cell::Reason { .. }, true) => escaped(labelled(), out),
        (Cell::Reason { marks, of_labels }, false) => {
            let value = if *of_labels { labelled() } else { text };
            if marks.iter().any(|mark| mark == value.trim_ascii()) {
                escaped(labelled(), out);
            }
        }
        _ => {}
    }
}

/// Appends a text so that it holds none of the bytes that mean something.
fn escaped(text: &[u8], out: &mut Vec<u8>) {
    if !text.iter().any(|byte| matches!(*byte, CELL | LINE | ESCAPE)) {
        out.extend_from_slice(text);
        return;
    }
    for &byte in text {
        match byte {
            CELL | LINE | ESCAPE => out.extend([ESCAPE, byte ^ TURNED]),
            other => out.push(other),
        }
    }
}
