//! What went wrong while rows were worked on, in our own words: the engine's quote the value it stumbled on, and that
//! may be a person's.
use std::error::Error;
use std::io;

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use parquet::errors::ParquetError;

use crate::contract::codes::CodeListError;
use crate::functions::FunctionError;
use crate::lake::LakeError;
use crate::ledger::LedgerError;

/// A failure without any value of the rows in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}", advice(*.hint))]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// Kinds of failure that can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A value is no number, date or the like.
    Conversion,
    /// A division by zero.
    Division,
    /// Out of memory, or of room for spill files.
    Memory,
    /// Anything else.
    Other,
}

fn advice(hint: Option<&'static str>) -> String {
    hint.map(|hint| format!("; {hint}")).unwrap_or_default()
}

const CONVERT: &str = "use try_cast, which gives null for it; the value is not shown, for it may be a person's";
const FIND: &str =
    "the value is not shown, for it may be a person's: leave expressions out of the query to find the one that fails";

/// `error`, which came of running a query, without what it says of the rows. Out of memory stays what it is.
pub fn withheld(error: DataFusionError) -> DataFusionError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => error,
        _ => DataFusionError::External(Box::new(Fault::of(&error))),
    }
}

/// The text of any error for people, logs and programs; what is known to quote rows is told in our own words.
pub fn told(error: &(dyn Error + 'static)) -> String {
    let fault = error.downcast_ref().map(super::plain).or_else(|| {
        let arrow = error.downcast_ref().map(of_arrow);
        let fault = arrow.or_else(|| error.downcast_ref().map(of_parquet))?;
        Some(fault.to_string())
    });
    fault.unwrap_or_else(|| error.to_string())
}

impl Fault {
    /// What `error` is about.
    pub fn of(error: &DataFusionError) -> Fault {
        match error {
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Fault::of(inner),
            DataFusionError::Shared(inner) => Fault::of(inner),
            DataFusionError::Collection(errors) if !errors.is_empty() => Fault::of(&errors[0]),
            DataFusionError::ArrowError(inner, _) => of_arrow(inner),
            DataFusionError::ParquetError(inner) => of_parquet(inner),
            DataFusionError::IoError(inner) => of_io(inner),
            DataFusionError::External(inner) => of_other(inner.as_ref()),
            // the engine's words on memory are counts and names of operators, those on objects are paths
            DataFusionError::ResourcesExhausted(text) => Fault {
                kind: FaultKind::Memory,
                ..fault(
                    text.clone(),
                    Some("raise query.memory_bytes, or select or join less at a time"),
                )
            },
            DataFusionError::ObjectStore(inner) => fault(inner.to_string(), None),
            DataFusionError::Execution(text) if text == MORE_THAN_ONE => fault(
                "a subquery in the place of a value gives more than one row",
                Some("aggregate it, or add LIMIT 1 with an ORDER BY"),
            ),
            DataFusionError::ExecutionJoin(_) => fault("a thread of the query engine stopped", Some(FIND)),
            _ => fault("the query cannot go on with the rows it came to", Some(FIND)),
        }
    }
}

/// What the engine says of a subquery that should have been a value: no part of it is data.
const MORE_THAN_ONE: &str = "Scalar subquery returned more than one row";

fn fault(what: impl Into<String>, hint: Option<&'static str>) -> Fault {
    Fault {
        kind: FaultKind::Other,
        what: what.into(),
        hint,
    }
}

fn of_arrow(error: &ArrowError) -> Fault {
    match error {
        ArrowError::CastError(_) | ArrowError::ParseError(_) => Fault {
            kind: FaultKind::Conversion,
            ..fault(
                "a value cannot be converted to the type that is asked for",
                Some(CONVERT),
            )
        },
        ArrowError::DivideByZero => Fault {
            kind: FaultKind::Division,
            ..fault("a number is divided by zero", Some("divide by nullif(x, 0)"))
        },
        ArrowError::ArithmeticOverflow(_) => fault(
            "a number grows beyond its type",
            Some("cast to a wider type first, such as bigint or decimal(38, 0)"),
        ),
        ArrowError::ComputeError(_) | ArrowError::InvalidArgumentError(_) => {
            fault("an expression cannot be computed for a value", Some(FIND))
        }
        ArrowError::OffsetOverflowError(_) | ArrowError::DictionaryKeyOverflowError => fault(
            "values grow too large together",
            Some("aggregate or select less at a time"),
        ),
        ArrowError::IoError(_, inner) => of_io(inner),
        ArrowError::ParquetError(_) => of_parquet(&ParquetError::General(String::new())),
        ArrowError::IpcError(_) => fault("a spill file cannot be read or written", Some("check the disk")),
        ArrowError::ExternalError(inner) => of_other(inner.as_ref()),
        _ => fault("the query cannot go on with the rows it came to", Some(FIND)),
    }
}

fn of_parquet(error: &ParquetError) -> Fault {
    match error {
        ParquetError::External(inner) => of_other(inner.as_ref()),
        _ => fault(
            "Parquet cannot be read or written",
            Some("check the disk; `sluis history` shows older versions of a table"),
        ),
    }
}

fn of_io(error: &io::Error) -> Fault {
    match error.get_ref() {
        Some(inner) => of_other(inner),
        None => fault(error.to_string(), Some("check the disk")),
    }
}

/// Errors of our own never quote a row, so they keep their words.
fn of_other(error: &(dyn Error + 'static)) -> Fault {
    if let Some(known) = error.downcast_ref::<Fault>() {
        return known.clone();
    }
    let own = error.is::<LakeError>()
        || error.is::<LedgerError>()
        || error.is::<CodeListError>()
        || error.is::<FunctionError>();
    if own {
        return fault(error.to_string(), None);
    }
    let below = error.downcast_ref().map(Fault::of);
    let below = below.or_else(|| error.downcast_ref().map(of_arrow));
    let below = below.or_else(|| error.downcast_ref().map(of_parquet));
    let below = below.or_else(|| error.downcast_ref().map(of_io));
    below.unwrap_or_else(|| fault("the query cannot go on with the rows it came to", Some(FIND)))
}

#[cfg(test)]
mod tests;
