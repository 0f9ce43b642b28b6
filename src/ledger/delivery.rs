//! Deliveries: one row for each file content taken by a pipeline.
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};
use serde::Serialize;

use super::LedgerError;
use super::store::{Ledger, count, enum_text, moment, moment_of, number};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// Its rows are in the published table.
    Published,
    /// Refused for what is in it; nothing of it is published.
    Rejected,
    /// Something else went wrong; nothing of it is published.
    Failed,
    /// Was published, until a later delivery of the same period took its place.
    Superseded,
}

impl DeliveryStatus {
    /// As in the database and in `ops.deliveries`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is said of deliveries that a rollback took out of their table.
pub const NOT_HELD: &str = "its table no longer holds it";

/// Not a status.
#[derive(Debug, thiserror::Error)]
#[error("not a delivery status; they are published, rejected, failed and superseded")]
pub struct NotAStatus;

impl FromStr for DeliveryStatus {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        [Self::Published, Self::Rejected, Self::Failed, Self::Superseded]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(NotAStatus)
    }
}

/// One delivery: one content, taken by one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// `d-` and hexadecimal digits of content and pipeline; see [`Delivery::id_of`].
    pub id: String,
    /// The contract's name.
    pub pipeline: String,
    /// The file, relative to `landing/`.
    pub file: String,
    /// BLAKE3 of the bytes as delivered, hexadecimal.
    pub content: String,
    /// Fingerprint of the contract it was read with.
    pub contract: String,
    /// The period it is about.
    pub period: Option<String>,
    /// The version of the period's delivery that its file's name tells.
    pub file_version: Option<u64>,
    /// Size as delivered.
    pub bytes: u64,
    /// Rows delivered: staged + quarantined + dropped.
    pub rows_in: u64,
    /// Rows in the table.
    pub rows_staged: u64,
    /// Rows set aside.
    pub rows_quarantined: u64,
    /// Rows that the contract drops: of persons that cannot be known.
    pub rows_dropped: u64,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Why, when it is not published.
    pub reason: Option<String>,
    /// The version of the table that first held it.
    pub table_version: Option<u64>,
    /// The run that took it.
    pub run: String,
    /// `size:mtime:inode` of the file, for a cheap skip.
    pub file_stamp: Option<String>,
    /// When it was taken.
    pub received_at: DateTime<Utc>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// How long it took.
    pub duration_ms: u64,
    /// The delivery that took its place.
    pub superseded_by: Option<String>,
}

impl Delivery {
    /// A delivery nothing is known of but where it was found.
    pub fn found(pipeline: &str, file: &str, contract: &str, run: &str, at: DateTime<Utc>) -> Self {
        Self {
            id: String::new(),
            pipeline: pipeline.to_owned(),
            file: file.to_owned(),
            content: String::new(),
            contract: contract.to_owned(),
            period: None,
            file_version: None,
            bytes: 0,
            rows_in: 0,
            rows_staged: 0,
            rows_quarantined: 0,
            rows_dropped: 0,
            status: DeliveryStatus::Rejected,
            reason: None,
            table_version: None,
            run: run.to_owned(),
            file_stamp: None,
            received_at: at,
            finished_at: None,
            duration_ms: 0,
            superseded_by: None,
        }
    }

    /// The id of a content taken by a pipeline: `d-`, 16 digits of the content's hash and 4 that depend on the pipeline.
    pub fn id_of(pipeline: &str, content: &str) -> String {
        let head: String = content.chars().take(16).collect();
        let pipeline = blake3::hash(pipeline.as_bytes()).to_hex();
        format!("d-{head}-{}", &pipeline.as_str()[..4])
    }
}

const COLUMNS: &str = "id, pipeline, file, content, contract, period, bytes, rows_in, rows_staged, rows_quarantined, \
    status, reason, table_version, run, file_stamp, received_at, finished_at, duration_ms, superseded_by, \
    file_version, rows_dropped";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        pipeline: row.get(1)?,
        file: row.get(2)?,
        content: row.get(3)?,
        contract: row.get(4)?,
        period: row.get(5)?,
        bytes: count(row, 6)?,
        rows_in: count(row, 7)?,
        rows_staged: count(row, 8)?,
        rows_quarantined: count(row, 9)?,
        status: enum_text(row, 10)?,
        reason: row.get(11)?,
        table_version: row.get::<_, Option<i64>>(12)?.map(|_| count(row, 12)).transpose()?,
        run: row.get(13)?,
        file_stamp: row.get(14)?,
        received_at: moment_of(row, 15)?,
        finished_at: row
            .get::<_, Option<String>>(16)?
            .map(|_| moment_of(row, 16))
            .transpose()?,
        duration_ms: count(row, 17)?,
        superseded_by: row.get(18)?,
        file_version: row.get::<_, Option<i64>>(19)?.map(|_| count(row, 19)).transpose()?,
        rows_dropped: count(row, 20)?,
    })
}

impl Ledger {
    /// Writes a delivery, in place of an earlier row with its id.
    pub fn put_delivery(&self, delivery: &Delivery) -> Result<(), LedgerError> {
        let sql = format!(
            "insert or replace into delivery ({COLUMNS}) values \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
        );
        let d = delivery;
        let values = params![
            d.id,
            d.pipeline,
            d.file,
            d.content,
            d.contract,
            d.period,
            number(d.bytes),
            number(d.rows_in),
            number(d.rows_staged),
            number(d.rows_quarantined),
            d.status.as_str(),
            d.reason,
            d.table_version.map(number),
            d.run,
            d.file_stamp,
            moment(d.received_at),
            d.finished_at.map(moment),
            number(d.duration_ms),
            d.superseded_by,
            d.file_version.map(number),
            number(d.rows_dropped),
        ];
        self.connection()
            .prepare_cached(&sql)
            .and_then(|mut s| s.execute(values))
            .map_err(LedgerError::writing)?;
        Ok(())
    }

    /// All deliveries, or those of one pipeline, in the order they were taken.
    pub fn deliveries(&self, pipeline: Option<&str>) -> Result<Vec<Delivery>, LedgerError> {
        self.select("where ?1 is null or pipeline = ?1", params![pipeline])
    }

    /// Writes which deliveries of a pipeline its table holds now that it was rolled back or taken back: those `held`, by id. How
    /// many it holds no more.
    pub fn held_after(&self, pipeline: &str, held: &BTreeSet<&str>) -> Result<usize, LedgerError> {
        let mut gone = 0;
        for mut delivery in self.deliveries(Some(pipeline))? {
            let is_held = held.contains(delivery.id.as_str());
            match delivery.status {
                // of one without rows the table cannot tell
                DeliveryStatus::Published if !is_held && delivery.rows_staged > 0 => {
                    delivery.status = DeliveryStatus::Superseded;
                    let then = "`sluis ingest --file` takes it in again";
                    delivery.reason = Some(format!("{NOT_HELD}; {then}"));
                    gone += 1;
                }
                DeliveryStatus::Superseded if is_held => {
                    delivery.status = DeliveryStatus::Published;
                    (delivery.reason, delivery.superseded_by) = (None, None);
                }
                _ => continue,
            }
            self.put_delivery(&delivery)?;
        }
        Ok(gone)
    }

    /// One delivery by its id.
    pub fn delivery(&self, id: &str) -> Result<Option<Delivery>, LedgerError> {
        Ok(self.select("where id = ?1", params![id])?.pop())
    }

    /// Deliveries of this content to a pipeline.
    pub fn find(&self, pipeline: &str, content: &str) -> Result<Vec<Delivery>, LedgerError> {
        self.select("where pipeline = ?1 and content = ?2", params![pipeline, content])
    }

    /// Deliveries of this file to a pipeline that had this stamp (`size:mtime:inode`).
    pub fn find_stamp(&self, pipeline: &str, file: &str, stamp: &str) -> Result<Vec<Delivery>, LedgerError> {
        self.select(
            "where pipeline = ?1 and file = ?2 and file_stamp = ?3",
            params![pipeline, file, stamp],
        )
    }

    /// Marks deliveries as superseded by a later one, all or none.
    pub fn mark_superseded(&self, ids: &[String], by: &str) -> Result<(), LedgerError> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(LedgerError::writing)?;
        for id in ids {
            transaction
                .execute(
                    "update delivery set status = 'superseded', superseded_by = ?2 where id = ?1",
                    params![id, by],
                )
                .map_err(LedgerError::writing)?;
        }
        transaction.commit().map_err(LedgerError::writing)
    }

    fn select(&self, filter: &str, values: impl rusqlite::Params) -> Result<Vec<Delivery>, LedgerError> {
        let sql = format!("select {COLUMNS} from delivery {filter} order by received_at, rowid");
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql).map_err(LedgerError::reading)?;
        let rows = statement.query_map(values, from_row).map_err(LedgerError::reading)?;
        rows.collect::<Result<_, _>>().map_err(LedgerError::reading)
    }
}
