//! Contracts: how a delivery looks and what to do with it (`pipelines/*.toml`).
//!
//! [`Contract::parse`] turns the text into checked rules or a list of [`Problem`]s, each with its place;
//! [`load_all`] reads a whole folder and checks what contracts say of each other.

mod build;
mod build_column;
mod build_sheet;
pub mod codes;
pub mod column;
pub mod date;
pub mod expression;
pub mod files;
mod fingerprint;
pub mod format;
pub mod header;
pub mod infer;
mod looser;
mod partition;
#[allow(missing_docs)]
mod raw;
mod rules;
pub mod schedule;
mod set;
pub mod sheet;
mod unfilled;
pub mod value_labels;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::diagnostic::Problem;
use crate::lake::TableName;
use codes::CodeLists;
use column::{Column, Origin, Tag};
use files::FileRule;
use format::{Drift, Encoding, Format};
use header::HeaderPattern;
pub use looser::only_looser;
pub(crate) use raw::RawSchedule;
pub use schedule::{Interval, Schedule};
pub use set::{load_all, load_or_accepted};

/// How many rows of a delivery may be set aside before the delivery is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// At most this many rows.
    Count(u64),
    /// At most this share of the rows, 0 to 1.
    Share(f64),
}

impl Budget {
    /// Whether `rejected` of `rows` rows is within the budget.
    #[allow(clippy::cast_precision_loss)] // a share of more than 2^53 rows does not occur
    pub fn allows(self, rejected: u64, rows: u64) -> bool {
        match self {
            Self::Count(most) => rejected <= most,
            Self::Share(share) => rejected as f64 <= share * rows as f64,
        }
    }

    /// What is said of it where a delivery breaks it.
    pub fn told(self) -> String {
        format!("{BUDGET}{self};")
    }
}

/// How every account of a broken budget begins.
pub const BUDGET: &str = "the contract allows ";

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most} rows"),
            Self::Share(share) => write!(f, "{}% of the rows", share * 100.0),
        }
    }
}

/// A column computed from the typed columns.
#[derive(Debug, Clone)]
pub struct Derived {
    /// Name and Arrow type, with the description in its metadata.
    pub field: Field,
    /// The SQL expression.
    pub expression: String,
    /// How sensitive it is.
    pub tag: Tag,
}

/// How a wide record becomes several rows.
#[derive(Debug, Clone)]
pub struct Unpivot {
    /// Whether a group without any value is no row.
    pub skip_blank: bool,
    /// Value columns (by place in [`Contract::columns`]) and the headers that hold them.
    pub values: Vec<(usize, HeaderPattern)>,
    /// Part columns (by place), in the order of the patterns' part names.
    pub parts: Vec<(usize, String)>,
}

/// How a packed field becomes several rows: one for each of the items of the same width that stand in it.
#[derive(Debug, Clone, Copy)]
pub struct Unpack {
    /// The column with the field, by place in [`Contract::columns`].
    pub column: usize,
    /// Bytes of an item, not zero.
    pub width: usize,
}

/// A row check: rows for which the expression is false are set aside; unknown passes.
#[derive(Debug, Clone)]
pub struct Check {
    /// Named in quarantine.
    pub name: String,
    /// SQL over the typed and derived columns.
    pub expression: String,
}

/// Values that must occur elsewhere.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Columns here.
    pub columns: Vec<String>,
    /// The table there: `staging.x`, `ref.x`.
    pub to: TableName,
    /// Columns there.
    pub to_columns: Vec<String>,
    /// Whether an orphan refuses the delivery (or is only reported).
    pub fail: bool,
    span: Range<usize>,
}

/// How long the table is kept, and why.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Years after the end of the period.
    pub years: u32,
    /// The reason.
    pub reason: String,
}

/// A checked contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The file's stem; also the name of the staging table.
    pub name: String,
    /// The contract's file.
    pub path: PathBuf,
    /// Its text, for diagnostics.
    pub text: Arc<str>,
    /// What it is.
    pub description: String,
    /// Who answers for it.
    pub owner: String,
    /// The source tag, as `duo`.
    pub source: String,
    /// Partition columns, never null.
    pub partition: Vec<String>,
    /// Order of rows within a row group.
    pub sort: Vec<String>,
    /// Keys that must be unique within a delivery.
    pub unique: Vec<Vec<String>>,
    /// Fewest and most rows of a delivery.
    pub rows: (Option<u64>, Option<u64>),
    /// How many rows may be set aside.
    pub max_rejected: Budget,
    /// How long it is kept.
    pub retention: Option<Retention>,
    /// When it runs.
    pub schedule: Option<Schedule>,
    /// The interval a scheduled run covers.
    pub interval: Option<Interval>,
    /// The column that holds the period, when the file's name does not.
    pub period_column: Option<String>,
    /// The files it takes.
    pub files: Vec<FileRule>,
    /// The layout.
    pub format: Format,
    /// The encoding, unless a file rule says otherwise.
    pub encoding: Encoding,
    /// What to do when columns differ.
    pub drift: Drift,
    /// The columns.
    pub columns: Vec<Column>,
    /// Computed columns.
    pub derived: Vec<Derived>,
    /// How wide records become rows.
    pub unpivot: Option<Unpivot>,
    /// How packed fields become rows.
    pub unpack: Option<Unpack>,
    /// Row checks.
    pub checks: Vec<Check>,
    /// References to other tables.
    pub references: Vec<Reference>,
    /// A digest of everything that changes what is staged; comments, descriptions and schedules do not count.
    pub fingerprint: String,
    /// What the fingerprint is of, as TOML, with the digests of the code lists it uses.
    pub rules: String,
}

impl Contract {
    /// Reads and checks one contract file.
    ///
    /// # Errors
    /// Every problem found, with its place in the file.
    pub fn load(path: &Path, lists: &CodeLists) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            vec![Problem::error(
                path,
                "read",
                format!("cannot read the contract: {error}"),
            )]
        })?;
        Self::parse(path, &text, lists)
    }

    /// Checks the text of a contract; its name is the path's stem.
    ///
    /// # Errors
    /// Every problem found, with its place in the text.
    pub fn parse(path: &Path, text: &str, lists: &CodeLists) -> Result<Self, Vec<Problem>> {
        build::build(path, text, lists)
    }

    /// The table the contract fills.
    pub fn table(&self) -> TableName {
        TableName {
            schema: "staging".to_owned(),
            table: self.name.clone(),
        }
    }

    /// The code lists of what the codes of its deliveries stand for.
    pub fn value_labels(&self) -> Vec<TableName> {
        let (spss, _) = self.spss();
        let columns = self.columns.iter().filter(|column| spss && column.has_labels());
        let name = |column: &Column| TableName {
            schema: "ref".to_owned(),
            table: value_labels::name_of(&self.name, &column.name),
        };
        columns.map(name).collect()
    }

    /// The typed columns before anything is left out: what checks and derived columns may use.
    pub fn typed_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns.iter().flat_map(Column::fields).collect::<Vec<_>>(),
        ))
    }

    /// Every stored field, partition columns last, as the lake holds them.
    pub fn arrow_schema(&self) -> SchemaRef {
        let reason = |place| {
            self.columns
                .iter()
                .find(|column| column.origin == Origin::Reason(place))
        };
        let columns = self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.store && !matches!(column.origin, Origin::Reason(_)))
            // a reason stands behind what it is about
            .flat_map(|(place, column)| {
                column
                    .fields()
                    .into_iter()
                    .chain(reason(place).into_iter().flat_map(Column::fields))
            });
        let all: Vec<Field> = columns
            .chain(self.derived.iter().map(|derived| derived.field.clone()))
            .collect();
        let is_partition = |field: &&Field| self.partition.contains(field.name());
        let last = self
            .partition
            .iter()
            .filter_map(|name| all.iter().find(|field| field.name() == name));
        Arc::new(Schema::new(
            all.iter()
                .filter(|field| !is_partition(field))
                .chain(last)
                .cloned()
                .collect::<Vec<_>>(),
        ))
    }

    /// The first file rule for a path relative to the landing folder.
    pub fn rule_for(&self, relative: &str) -> Option<&FileRule> {
        self.files.iter().find(|rule| rule.matches(relative))
    }

    /// The contract as it is for files of a rule: with their format, and with the signs that numbers have in it.
    #[must_use]
    pub fn of_files(&self, rule: &FileRule) -> Self {
        let mut contract = self.clone();
        if let Some(format) = &rule.format {
            contract.format = format.clone();
        }
        if matches!(contract.format, Format::Spss { .. }) {
            contract.columns.iter_mut().for_each(|column| column.kind.with_point());
        }
        contract
    }

    /// Whether some of its files are SPSS files, and whether some are not.
    pub fn spss(&self) -> (bool, bool) {
        let is = |format: &Format| matches!(format, Format::Spss { .. });
        let formats = self
            .files
            .iter()
            .map(|rule| is(rule.format.as_ref().unwrap_or(&self.format)));
        let formats: Vec<bool> = formats.collect();
        (formats.contains(&true), formats.contains(&false))
    }

    /// The place among the partition columns of the one that holds the period.
    pub fn period_place(&self) -> Option<usize> {
        let name = self.period_column.as_ref()?;
        self.partition.iter().position(|one| one == name)
    }

    /// The place of a column by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
