//! Text for people: tables, counts, problems. Data never steers the terminal.
use std::io::{self, Write};
use std::path::Path;

use crate::diagnostic::Problem;

/// Writes problems: with the offending line marked on a terminal, else one line (and hint) each. Paths are shown from
/// the working directory where they are below it.
pub fn write_problems(to: &mut impl Write, problems: Vec<Problem>, cwd: &Path, terminal: bool) -> io::Result<()> {
    let handler = miette::GraphicalReportHandler::new();
    for mut problem in problems {
        if let Ok(short) = problem.file.strip_prefix(cwd) {
            problem.file = short.to_path_buf();
        }
        let mut shown = String::new();
        if !terminal || handler.render_report(&mut shown, &problem.clone().marked()).is_err() {
            shown = problem.to_string();
        }
        writeln!(to, "{}", shown.trim_end())?;
    }
    Ok(())
}
