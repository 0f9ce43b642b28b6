//! What a statement asks of a connection.
use datafusion::sql::sqlparser::ast::{
    CloseCursor, ContextModifier, Declare, DeclareType, DiscardObject, Expr, FetchDirection, Query, Reset, Set,
    Statement, Value, ValueWithSpan,
};
use datafusion_postgres::pgwire::error::PgWireResult;

use super::error::error;

/// What a statement asks for.
#[derive(Debug, Clone)]
pub enum Command {
    /// Rows, of the service.
    Query(Box<Statement>),
    /// A setting.
    Set {
        /// Its name.
        name: String,
        /// Its value; back to the start when there is none.
        value: Option<String>,
        /// Until the end of the transaction.
        local: bool,
    },
    /// All settings back to the start.
    ResetAll,
    /// The value of a setting, or `all`.
    Show(String),
    /// The start of a transaction.
    Begin,
    /// Its end.
    End {
        /// What is said when it went well.
        tag: &'static str,
    },
    /// Back to a savepoint: what failed since then is forgiven.
    BackToSavepoint,
    /// A cursor.
    Declare(Box<CursorOf>),
    /// Rows of a cursor.
    Fetch {
        /// Its name.
        name: String,
        /// How many; all that are left when nothing is said.
        rows: Option<usize>,
    },
    /// No cursor any more, or none at all.
    Close(Option<String>),
    /// A prepared statement is not needed any more, or none is.
    Deallocate(Option<String>),
    /// Everything as at the start.
    DiscardAll,
    /// Something that means nothing here, and that clients say as a matter of course.
    Nothing(&'static str),
}

/// A cursor that is asked for.
#[derive(Debug, Clone)]
pub struct CursorOf {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub query: Box<Query>,
    /// Whether they are sent as binary.
    pub binary: bool,
    /// Whether it outlives the transaction.
    pub hold: bool,
}

impl Command {
    /// What `statement` asks for.
    ///
    /// # Errors
    /// When it is never done here.
    pub fn of(statement: Statement) -> PgWireResult<Self> {
        Ok(match statement {
            Statement::Set(set) => of_set(set)?,
            Statement::Reset(reset) => match reset.reset {
                Reset::ALL => Command::ResetAll,
                Reset::ConfigurationParameter(name) => Command::set(name.to_string(), None),
            },
            Statement::ShowVariable { variable } => {
                let words: Vec<&str> = variable.iter().map(|word| word.value.as_str()).collect();
                Command::Show(setting(&words.join(" ")))
            }
            Statement::StartTransaction { .. } => Command::Begin,
            Statement::Commit { .. } => Command::End { tag: "COMMIT" },
            Statement::Rollback { savepoint: None, .. } => Command::End { tag: "ROLLBACK" },
            Statement::Rollback { .. } => Command::BackToSavepoint,
            Statement::Savepoint { .. } => Command::Nothing("SAVEPOINT"),
            Statement::ReleaseSavepoint { .. } => Command::Nothing("RELEASE"),
            Statement::LISTEN { .. } => Command::Nothing("LISTEN"),
            Statement::UNLISTEN { .. } => Command::Nothing("UNLISTEN"),
            Statement::Declare { mut stmts } if stmts.len() == 1 => of_declare(stmts.remove(0))?,
            Statement::Fetch {
                name,
                direction,
                into: None,
                ..
            } => Command::Fetch {
                name: name.value,
                rows: rows_of(&direction)?,
            },
            Statement::Close { cursor } => Command::Close(match cursor {
                CloseCursor::All => None,
                CloseCursor::Specific { name } => Some(name.value),
            }),
            Statement::Deallocate { name, .. } => {
                let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
                Command::Deallocate((!all).then_some(name.value))
            }
            Statement::Discard { object_type } => match object_type {
                DiscardObject::ALL => Command::DiscardAll,
                _ => Command::Nothing("DISCARD"),
            },
            Statement::Prepare { .. } | Statement::Execute { .. } => {
                return Err(error(
                    "0A000",
                    "PREPARE and EXECUTE are not possible here: let the driver prepare",
                ));
            }
            Statement::Copy { .. } => {
                let message = "COPY is not possible here: queries only read; select the rows, or ask HTTP for a file";
                return Err(error("25006", message));
            }
            query @ (Statement::Query(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowFunctions { .. }
            | Statement::ShowSchemas { .. }) => Command::Query(Box::new(query)),
            other => {
                let text = other.to_string();
                let what = text.split_whitespace().next().unwrap_or_default();
                let message = format!(
                    "{what} is not possible here: queries only read; tables come from contracts and from models"
                );
                return Err(error("25006", message));
            }
        })
    }

    fn set(name: String, value: Option<String>) -> Self {
        Command::Set {
            name: setting(&name),
            value,
            local: false,
        }
    }

    /// Whether it is possible in a transaction that has failed.
    pub fn ends_failure(&self) -> bool {
        matches!(self, Command::End { .. } | Command::BackToSavepoint)
    }
}

/// The name of a setting that is written in words.
fn setting(words: &str) -> String {
    match words.to_ascii_lowercase().as_str() {
        "time zone" | "timezone" => "TimeZone".to_owned(),
        "transaction isolation level" => "transaction_isolation".to_owned(),
        "session authorization" => "session_authorization".to_owned(),
        _ => words.trim_matches('"').to_owned(),
    }
}

fn of_set(set: Set) -> PgWireResult<Command> {
    Ok(match set {
        Set::SingleAssignment {
            scope,
            variable,
            values,
            ..
        } => Command::Set {
            name: setting(&variable.to_string()),
            value: words(&values),
            local: scope == Some(ContextModifier::Local),
        },
        Set::SetTimeZone { local, value } => Command::Set {
            name: "TimeZone".to_owned(),
            value: words(&[value]),
            local,
        },
        Set::SetNames { charset_name, .. } => Command::set("client_encoding".into(), Some(charset_name.value)),
        Set::SetNamesDefault {} => Command::set("client_encoding".into(), None),
        // reading is all there is, at whatever level
        Set::SetTransaction { .. } => Command::Nothing("SET"),
        Set::SetRole { .. } | Set::SetSessionAuthorization(_) => {
            return Err(error(
                "42501",
                "a connection stays that of its token; connect with another",
            ));
        }
        _ => return Err(error("0A000", "SET is not possible in this form")),
    })
}

/// The value as text, `mart, core` for more than one; nothing for DEFAULT.
fn words(values: &[Expr]) -> Option<String> {
    let word = |value: &Expr| match value {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        Expr::Identifier(name) => name.value.clone(),
        other => other.to_string(),
    };
    let words = values.iter().map(word).collect::<Vec<_>>().join(", ");
    (!words.eq_ignore_ascii_case("default")).then_some(words)
}

fn of_declare(declare: Declare) -> PgWireResult<Command> {
    let cursor = declare.declare_type == Some(DeclareType::Cursor);
    match (declare.names.into_iter().next(), declare.for_query) {
        (Some(_), _) if declare.scroll == Some(true) => {
            Err(error("0A000", "a cursor only goes forward here: leave SCROLL out"))
        }
        (Some(name), Some(query)) if cursor => Ok(Command::Declare(Box::new(CursorOf {
            name: name.value,
            query,
            binary: declare.binary == Some(true),
            hold: declare.hold == Some(true),
        }))),
        _ => Err(error(
            "42601",
            "DECLARE needs a name and a query: DECLARE c CURSOR FOR SELECT ...",
        )),
    }
}

fn rows_of(direction: &FetchDirection) -> PgWireResult<Option<usize>> {
    let number = |value: &ValueWithSpan| match &value.value {
        Value::Number(text, _) => text.parse().map(Some).map_err(|_| backward()),
        _ => Err(backward()),
    };
    match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Ok(Some(1)),
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => number(limit),
        FetchDirection::All | FetchDirection::ForwardAll => Ok(None),
        _ => Err(backward()),
    }
}

fn backward() -> datafusion_postgres::pgwire::error::PgWireError {
    error("55000", "a cursor only goes forward: FETCH FORWARD n")
}
