//! Occurrences whose process is gone.
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::ledger::{Ledger, LedgerError, Occurrence, OccurrenceStatus};

/// How many times an occurrence is started again after its process died. One that kills its process would do so for ever.
const MOST: u32 = 3;

/// Marks occurrences that run for an owner who is not `alive`, and gives them: they wait for their turn again, which is no
/// retry, or have failed when that happened too often. [`Ledger::owner_alive`] tells who is alive.
pub fn orphans(
    ledger: &Ledger,
    alive: impl Fn(&str) -> bool,
    now: DateTime<Utc>,
) -> Result<Vec<Occurrence>, LedgerError> {
    ledger.agenda(|agenda| {
        let mut asked: HashMap<String, bool> = HashMap::new();
        let mut found = Vec::new();
        for mut occurrence in agenda.with_status(OccurrenceStatus::Running)? {
            let owner = occurrence.owner.take().unwrap_or_default();
            if *asked.entry(owner).or_insert_with_key(|owner| alive(owner)) {
                continue;
            }
            occurrence.interruptions += 1;
            occurrence.deaths += 1;
            if occurrence.deaths > MOST {
                occurrence.status = OccurrenceStatus::Failed;
                occurrence.finished_at = Some(now);
                occurrence.note = Some(format!(
                    "its process ended before it did, {} times; look for memory or a crash in the log",
                    occurrence.deaths
                ));
            } else {
                occurrence.status = OccurrenceStatus::Queued;
                occurrence.not_before = now;
                occurrence.note = Some(format!(
                    "the process of attempt {} ended before it did",
                    occurrence.attempt
                ));
            }
            agenda.update(&occurrence)?;
            found.push(occurrence);
        }
        Ok(found)
    })
}
