//! Occurrences: one row for each time that something was due, whatever became of it.
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::LedgerError;
use super::store::{Ledger, enum_text, moment, moment_of};

/// The tables of scheduling.
pub(super) const OCCURRENCES: &str = "
create table occurrence (
    job text not null, key text not null, kind text not null, due_at text not null, from_at text not null,
    to_at text not null, not_before text not null, status text not null, attempt integer not null default 0,
    interruptions integer not null default 0, deaths integer not null default 0, kept integer not null default 0,
    owner text, queued_at text not null, started_at text, finished_at text, runs text not null default '[]', note text,
    change integer, primary key (job, key)
);
create index occurrence_open on occurrence (job, status) where status in ('queued', 'running');
create index occurrence_running on occurrence (job) where status = 'running';
create index occurrence_queued on occurrence (due_at, job, key) where status = 'queued';
create index occurrence_due on occurrence (job, due_at);
create index occurrence_change on occurrence (change) where change is not null;
create table schedule_state (
    job text primary key, trigger text not null, cursor text not null, seen integer not null default 0,
    paused integer not null default 0
);
";

/// A word that is none of an enum's.
#[derive(Debug, thiserror::Error)]
#[error("the ledger has the word `{0}` where this sluis knows none such; use the newer sluis that wrote it")]
pub struct UnknownWord(String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// As in the database and in `ops.occurrences`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord(other.to_owned())),
                }
            }
        }
    };
}

words! {
    /// What made an occurrence come due.
    OccurrenceKind {
        /// The clock.
        Cron = "cron",
        /// A file that arrived.
        Delivery = "delivery",
        /// New results of other jobs.
        After = "after",
        /// Somebody who asked for a stretch of the past.
        Backfill = "backfill",
        /// Somebody who asked, or did it by hand.
        Manual = "manual",
        /// What it builds may be another than before: the service started, or read contracts and models again.
        Definition = "definition",
    }
}

words! {
    /// How an occurrence stands.
    OccurrenceStatus {
        /// Waits for its turn, for the first time or again.
        Queued = "queued",
        /// Going on.
        Running = "running",
        /// Did what it should.
        Succeeded = "succeeded",
        /// Did not, and is not tried again.
        Failed = "failed",
        /// Never ran: another of its job was going on, or a later one took its place.
        Skipped = "skipped",
        /// Never ran: found too late.
        Missed = "missed",
        /// Stopped, and is not tried again.
        Interrupted = "interrupted",
        /// Taken back before it ran.
        Cancelled = "cancelled",
    }
}

/// One time that a job was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The job.
    pub job: String,
    /// What tells it from the job's others: the kind, and its time or what it is about.
    pub key: String,
    /// What made it come due.
    pub kind: OccurrenceKind,
    /// When.
    pub due_at: DateTime<Utc>,
    /// The beginning of the stretch of time it is about.
    pub from_at: DateTime<Utc>,
    /// The end of that stretch.
    pub to_at: DateTime<Utc>,
    /// When it may start.
    pub not_before: DateTime<Utc>,
    /// How it stands.
    pub status: OccurrenceStatus,
    /// How many times it was started.
    pub attempt: u32,
    /// How many of those were stopped from outside, and do not count as failures.
    pub interruptions: u32,
    /// How many of the interruptions were its process dying.
    pub deaths: u32,
    /// Whether it keeps its place when a later one comes.
    pub kept: bool,
    /// The process that runs it.
    pub owner: Option<String>,
    /// When it was written down.
    pub queued_at: DateTime<Utc>,
    /// When it was last started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its runs, as in `ops.runs`.
    pub runs: Vec<String>,
    /// What there is to say: why it failed, was skipped or waits. Never a value of a person.
    pub note: Option<String>,
}

pub(super) const COLUMNS: &str = "job, key, kind, due_at, from_at, to_at, not_before, status, attempt, interruptions, \
    deaths, kept, owner, queued_at, started_at, finished_at, runs, note";

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Occurrence> {
    let runs: String = row.get(16)?;
    let unread =
        |error| rusqlite::Error::FromSqlConversionFailure(16, Type::Text, Box::<serde_json::Error>::new(error));
    let maybe = |at: usize| {
        row.get::<_, Option<String>>(at)?
            .map(|_| moment_of(row, at))
            .transpose()
    };
    Ok(Occurrence {
        job: row.get(0)?,
        key: row.get(1)?,
        kind: enum_text(row, 2)?,
        due_at: moment_of(row, 3)?,
        from_at: moment_of(row, 4)?,
        to_at: moment_of(row, 5)?,
        not_before: moment_of(row, 6)?,
        status: enum_text(row, 7)?,
        attempt: row.get(8)?,
        interruptions: row.get(9)?,
        deaths: row.get(10)?,
        kept: row.get(11)?,
        owner: row.get(12)?,
        queued_at: moment_of(row, 13)?,
        started_at: maybe(14)?,
        finished_at: maybe(15)?,
        runs: serde_json::from_str(&runs).map_err(unread)?,
        note: row.get(17)?,
    })
}

/// Writes an occurrence unless there is one of its job and key; whether it was written.
pub(super) fn insert(connection: &Connection, one: &Occurrence) -> Result<bool, LedgerError> {
    let sql = "insert into occurrence (job, key, kind, due_at, from_at, to_at, not_before, status, attempt, \
               interruptions, deaths, kept, owner, queued_at, started_at, finished_at, runs, note) \
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
               on conflict (job, key) do nothing";
    // most are the same moment, and thousands may be written at once
    let due = moment(one.due_at);
    let text = |at: DateTime<Utc>| if at == one.due_at { due.clone() } else { moment(at) };
    let values = params![
        one.job,
        one.key,
        one.kind.as_str(),
        due,
        moment(one.from_at),
        text(one.to_at),
        text(one.not_before),
        one.status.as_str(),
        one.attempt,
        one.interruptions,
        one.deaths,
        one.kept,
        one.owner,
        text(one.queued_at),
        one.started_at.map(moment),
        one.finished_at.map(moment),
        serde_json::json!(one.runs).to_string(),
        one.note,
    ];
    let written = connection.prepare_cached(sql).and_then(|mut s| s.execute(values));
    Ok(written.map_err(LedgerError::writing)? == 1)
}

/// Writes what has become of an occurrence.
pub(super) fn update(connection: &Connection, one: &Occurrence) -> Result<(), LedgerError> {
    let sql = "update occurrence set not_before = ?3, status = ?4, attempt = ?5, interruptions = ?6, deaths = ?7, \
               owner = ?8, queued_at = ?9, started_at = ?10, finished_at = ?11, runs = ?12, note = ?13, kept = ?14 \
               where job = ?1 and key = ?2";
    let values = params![
        one.job,
        one.key,
        moment(one.not_before),
        one.status.as_str(),
        one.attempt,
        one.interruptions,
        one.deaths,
        one.owner,
        moment(one.queued_at),
        one.started_at.map(moment),
        one.finished_at.map(moment),
        serde_json::json!(one.runs).to_string(),
        one.note,
        one.kept,
    ];
    let written = connection.prepare_cached(sql).and_then(|mut s| s.execute(values));
    written.map(drop).map_err(LedgerError::writing)
}

pub(super) fn select(
    connection: &Connection,
    which: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Occurrence>, LedgerError> {
    let sql = format!("select {COLUMNS} from occurrence {which}");
    let mut statement = connection.prepare_cached(&sql).map_err(LedgerError::reading)?;
    let rows = statement.query_map(values, from_row).map_err(LedgerError::reading)?;
    rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
}

impl Ledger {
    /// Every occurrence, in order of when it was due.
    pub fn occurrences(&self) -> Result<Vec<Occurrence>, LedgerError> {
        select(&self.connection(), "order by due_at, job, key", [])
    }

    /// Of each job the occurrence that runs, else the one that was over last. One that runs for a process that is gone is
    /// shown as interrupted: it goes on when a service finds it.
    pub fn last_occurrences(&self) -> Result<Vec<Occurrence>, LedgerError> {
        let which = "where rowid in (select id from (select rowid as id, row_number() over (partition by job order by \
                     status = 'running' desc, coalesce(finished_at, started_at, due_at) desc, key desc) as place \
                     from occurrence where status <> 'queued') where place = 1)";
        let mut last = select(&self.connection(), which, [])?;
        for one in last.iter_mut().filter(|one| one.status == OccurrenceStatus::Running) {
            if !one.owner.as_deref().is_some_and(|owner| self.owner_alive(owner)) {
                one.status = OccurrenceStatus::Interrupted;
                one.note = Some("its process is gone; it goes on when `sluis serve` finds it".to_owned());
            }
        }
        Ok(last)
    }

    /// One occurrence.
    pub fn occurrence(&self, job: &str, key: &str) -> Result<Option<Occurrence>, LedgerError> {
        let mut found = select(&self.connection(), "where job = ?1 and key = ?2", [job, key])?;
        Ok(found.pop())
    }

    /// Takes the lock of a process that runs occurrences: while this ledger lives [`Self::owner_alive`] holds of it.
    pub fn hold_owner(&self, owner: &str) -> Result<(), LedgerError> {
        self.holders().hold(owner)
    }

    /// Removes what processes left behind that are gone.
    pub fn sweep_owners(&self) {
        self.holders().sweep();
    }

    /// Gives the lock up.
    pub fn release_owner(&self, owner: &str) {
        self.holders().release(owner);
    }

    /// Whether the process of that name lives.
    pub fn owner_alive(&self, owner: &str) -> bool {
        self.holders().alive(owner)
    }
}
