//! `duo_lerarenopleidingen.csv`: intake and graduates of the programmes that most technical teachers come from.
use std::path::Path;

use super::delivery::Delivery;
use super::line::Line;
use super::margins::{cell, lines};
use crate::sample::SampleError;
use crate::sample::report::schooljaar;

/// Writes the series.
pub(super) fn write(landing: &Path) -> Result<Delivery, SampleError> {
    let header = "OPLEIDING;STUDIEJAAR;INSTROOM BACHELOR;GEDIPLOMEERDEN";
    let mut delivery = Delivery::create(
        landing,
        "duo_lerarenopleidingen.csv",
        "duo_lerarenopleidingen",
        header,
        &[],
    )?;
    let mut line = Line::default();
    for cells in lines(include_str!("../margins/lerarenopleidingen.csv")) {
        let name = cells.first().copied().unwrap_or_default();
        let year = schooljaar(cell(&cells, 1));
        line.clear()
            .text(name)
            .text(&year)
            .number(cell(&cells, 2), 1)
            .number(cell(&cells, 3), 1);
        delivery.line(&line, 1, |_, _| {})?;
    }
    Ok(delivery)
}
