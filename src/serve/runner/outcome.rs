//! What an attempt came to, from how its process ended and what its runs wrote down.
use super::child::Exit;
use crate::ledger::{OccurrenceKind, Run, RunStatus};
use crate::schedule::{Attempt, Claim, Ended, Work};

/// The most characters that are kept of why a run failed.
const MOST_REASON: usize = 1_000;

/// What an attempt came to.
pub(super) fn attempt(claim: &Claim, exit: Exit, runs: Vec<Run>) -> Attempt {
    let (changed, done) = (runs.iter().any(has_published), done(claim, &runs));
    let ended = match ended(exit, &runs) {
        Ended::Failed { reason, worth_retrying } if changed => Ended::Failed {
            reason: format!("{reason}; otherwise {done}"),
            worth_retrying,
        },
        ended => ended,
    };
    Attempt {
        ended,
        changed,
        note: Some(done),
        runs: runs.into_iter().map(|run| run.id).collect(),
    }
}

/// What was done, in a few words.
fn done(claim: &Claim, runs: &[Run]) -> String {
    let deliveries = |word: &str| -> u64 {
        runs.iter()
            .filter_map(|run| run.detail["deliveries"][word].as_u64())
            .sum()
    };
    let models = |word: &str| -> usize {
        runs.iter()
            .filter_map(|run| run.detail["models"][word].as_array())
            .map(Vec::len)
            .sum()
    };
    match &claim.job.work {
        Work::Ingest(_) => match deliveries("published") {
            0 if claim.kind == OccurrenceKind::Backfill => "no delivery of that stretch in landing/".to_owned(),
            0 => "nothing new".to_owned(),
            published => {
                let rows: u64 = runs.iter().map(|run| run.rows_staged).sum();
                let aside: u64 = runs.iter().map(|run| run.rows_quarantined).sum();
                let aside = match aside {
                    0 => String::new(),
                    rows => format!(", {rows} set aside"),
                };
                format!("{published} published, {rows} rows{aside}")
            }
        },
        Work::Run(_) => match models("published") {
            0 => "nothing to build".to_owned(),
            1 => "1 model published".to_owned(),
            published => format!("{published} models published"),
        },
    }
}

/// What an attempt came to.
fn ended(exit: Exit, runs: &[Run]) -> Ended {
    let failed = |reason: String, worth_retrying| Ended::Failed { reason, worth_retrying };
    match exit {
        Exit::TimedOut => Ended::TimedOut,
        Exit::Stopped => Ended::Interrupted,
        Exit::Lost(reason) => failed(reason, true),
        Exit::Status(status, words) => match status.code() {
            Some(0) => Ended::Succeeded,
            Some(130) => Ended::Interrupted,
            // a file, the ledger or the lake, or another process in the way: that may pass
            Some(4) => failed(why(runs, &words), true),
            Some(_) => failed(why(runs, &words), false),
            None => failed("the run was killed; it may have run out of memory".to_owned(), true),
        },
    }
}

/// Why a run did not do what it should: what it has written down, else the error it ended with.
fn why(runs: &[Run], words: &str) -> String {
    let written = runs.iter().flat_map(|run| {
        let detail = &run.detail;
        let each = ["rejected", "failed"].map(|kind| detail[kind].as_object());
        let deliveries = each.into_iter().flatten().flatten();
        let deliveries = deliveries.map(|(what, reason)| format!("{what}: {}", reason.as_str().unwrap_or_default()));
        let models = ["audit failed", "failed"].into_iter().flat_map(|word| {
            let names = detail["models"][word].as_array().into_iter().flatten();
            names.map(move |name| {
                let name = name.as_str().unwrap_or_default();
                format!("{name}: {}", detail["why"][name].as_str().unwrap_or(word))
            })
        });
        deliveries.chain(models).collect::<Vec<_>>()
    });
    let written = written.collect::<Vec<_>>().join("; ");
    let said = match written.is_empty() {
        false => Some(written),
        true => words.lines().rev().find_map(error),
    };
    let said = said.unwrap_or_else(|| "it was refused; `sluis runs` and `sluis status` say more".to_owned());
    // the lines behind it are hints
    let said = said.lines().next().unwrap_or_default();
    said.chars().take(MOST_REASON).collect()
}

/// The error that a line tells, if it does.
fn error(line: &str) -> Option<String> {
    let logged = || Some(line.split_once(" ERROR ")?.1);
    if let Some(error) = line.strip_prefix("error: ").or_else(logged) {
        return Some(error.to_owned());
    }
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_error = line["level"] == "ERROR";
    is_error
        .then(|| line["message"].as_str().map(ToOwned::to_owned))
        .flatten()
}

/// Whether a run has published anything.
fn has_published(run: &Run) -> bool {
    let detail = &run.detail;
    let deliveries = detail["deliveries"]["published"].as_u64().unwrap_or(0);
    let models = detail["models"]["published"].as_array().map_or(0, Vec::len);
    run.status != RunStatus::Running.as_str() && (deliveries > 0 || models > 0)
}
