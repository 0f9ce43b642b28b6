//! Settings of a connection: `SET`, `SHOW` and `RESET`.
use std::collections::BTreeMap;
use std::time::Duration;

use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::types::format::FormatOptions;

use super::error;

/// The version of PostgreSQL that clients may count on.
pub const SERVER_VERSION: &str = concat!("16.0 (sluis ", env!("CARGO_PKG_VERSION"), ")");

/// Name, value at the start, and whether a client is told each time it changes.
const SETTINGS: &[(&str, &str, bool)] = &[
    ("application_name", "", true),
    ("bytea_output", "hex", false),
    ("client_encoding", "UTF8", true),
    ("client_min_messages", "notice", false),
    ("DateStyle", "ISO, YMD", true),
    ("default_transaction_isolation", "read committed", false),
    ("default_transaction_read_only", "on", true),
    ("extra_float_digits", "1", false),
    ("idle_in_transaction_session_timeout", "0", false),
    ("in_hot_standby", "off", true),
    ("integer_datetimes", "on", true),
    ("IntervalStyle", "postgres", true),
    ("is_superuser", "off", true),
    ("jit", "off", false),
    ("lc_collate", "C", false),
    ("lc_ctype", "C", false),
    ("lc_messages", "C", false),
    ("lock_timeout", "0", false),
    ("max_identifier_length", "63", false),
    ("max_index_keys", "32", false),
    ("row_security", "off", false),
    ("search_path", "mart", false),
    ("server_encoding", "UTF8", true),
    ("server_version", SERVER_VERSION, true),
    ("server_version_num", "160000", false),
    ("session_authorization", "", true),
    ("standard_conforming_strings", "on", true),
    ("statement_timeout", "0", false),
    ("TimeZone", "UTC", true),
    ("transaction_isolation", "read committed", false),
    ("transaction_read_only", "on", false),
];

/// Settings that are facts.
const FIXED: &[&str] = &[
    "in_hot_standby",
    "integer_datetimes",
    "is_superuser",
    "lc_collate",
    "lc_ctype",
    "max_identifier_length",
    "max_index_keys",
    "server_encoding",
    "server_version",
    "server_version_num",
    "session_authorization",
];

/// What a connection has set. Names that mean nothing here are remembered and shown: clients set many.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What is shown before anything is set, where it is not the same for everybody.
    own: BTreeMap<String, String>,
    set: BTreeMap<String, String>,
    /// Until the end of the transaction.
    local: BTreeMap<String, String>,
}

impl Settings {
    /// Those of a user, with what a client asks for when it connects; what it asks wrongly is left as it is.
    pub fn at_start<'a>(user: &str, asked: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut settings = Self::default();
        settings.own.insert("session_authorization".into(), user.to_owned());
        for (name, value) in asked {
            match name {
                "user" | "database" | "replication" | "client_encoding" => {}
                "options" => {
                    for (name, value) in options(value) {
                        let _ = settings.at_connect(name, value);
                    }
                }
                _ => {
                    let _ = settings.at_connect(name, value);
                }
            }
        }
        settings
    }

    fn at_connect(&mut self, name: &str, value: &str) -> PgWireResult<()> {
        self.set(name, value, false)?;
        // what RESET goes back to
        if let Some(value) = self.set.remove(&key(name)) {
            self.own.insert(key(name), value);
        }
        Ok(())
    }

    /// Sets one; the name and value that the client is told of, if it is.
    pub fn set(&mut self, name: &str, value: &str, local: bool) -> PgWireResult<Option<(String, String)>> {
        let key = key(name);
        if FIXED.contains(&key.as_str()) {
            return Err(error::error("55P02", format!("{name} cannot be changed")));
        }
        let value = checked(&key, value.trim())?;
        match local {
            true => self.local.insert(key, value),
            false => {
                self.local.remove(&key);
                self.set.insert(key, value)
            }
        };
        Ok(self.report(name))
    }

    /// Back to what it was at the start.
    pub fn reset(&mut self, name: &str) -> Option<(String, String)> {
        let key = key(name);
        self.set.remove(&key);
        self.local.remove(&key);
        self.report(name)
    }

    /// All back to what they were; those that a client is told of.
    pub fn reset_all(&mut self) -> Vec<(String, String)> {
        let mut names: Vec<String> = self.set.keys().chain(self.local.keys()).cloned().collect();
        names.dedup();
        self.set.clear();
        self.local.clear();
        names.iter().filter_map(|name| self.report(name)).collect()
    }

    /// The value of one.
    pub fn show(&self, name: &str) -> Option<String> {
        let key = key(name);
        let set = [&self.local, &self.set, &self.own]
            .into_iter()
            .find_map(|of| of.get(&key));
        set.cloned()
            .or_else(|| known(&key).map(|(_, value, _)| (*value).to_owned()))
    }

    /// Every setting and its value, by name.
    pub fn all(&self) -> Vec<(String, String)> {
        let set = [&self.own, &self.set, &self.local].into_iter().flat_map(BTreeMap::keys);
        let names = SETTINGS.iter().map(|(name, _, _)| *name);
        let names: BTreeMap<String, &str> = set
            .map(String::as_str)
            .chain(names)
            .map(|name| (key(name), name))
            .collect();
        let value = |name: &str| self.show(name).unwrap_or_default();
        names.into_values().map(|name| (name.to_owned(), value(name))).collect()
    }

    /// What a client is told of when it connects.
    pub fn reported(&self) -> Vec<(String, String)> {
        SETTINGS.iter().filter_map(|(name, _, _)| self.report(name)).collect()
    }

    /// How values are written as text.
    pub fn format(&self) -> FormatOptions {
        let names = ["datestyle", "intervalstyle", "bytea_output", "extra_float_digits"];
        let shown = names
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.show(name)?)));
        FormatOptions::from_client_metadata(&shown.collect())
    }

    /// How long a statement may take; nothing when the client does not say.
    pub fn statement_timeout(&self) -> Option<Duration> {
        let shown = self.show("statement_timeout")?;
        duration(&shown).filter(|time| !time.is_zero())
    }

    /// Forgets what was set for the transaction.
    pub fn end_transaction(&mut self) {
        self.local.clear();
    }

    fn report(&self, name: &str) -> Option<(String, String)> {
        let (name, _, reported) = known(&key(name))?;
        reported.then(|| Some(((*name).to_owned(), self.show(name)?)))?
    }
}

fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn known(key: &str) -> Option<&'static (&'static str, &'static str, bool)> {
    SETTINGS.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(key))
}

/// `-c name=value --name=value`, as in PGOPTIONS.
fn options(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = text.split_whitespace();
    words.filter_map(|word| word.trim_start_matches("-c").trim_start_matches("--").split_once('='))
}

/// The value as it is kept, where it matters here.
fn checked(key: &str, value: &str) -> PgWireResult<String> {
    let unfit = format!("invalid value for parameter \"{key}\": \"{value}\"");
    let wrong = || error::error("22023", unfit.clone());
    let one_of = |allowed: &[&str]| match allowed.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        true => Ok(value.to_ascii_lowercase()),
        false => Err(wrong()),
    };
    match key {
        "client_encoding" => match value.replace(['-', '_'], "").to_ascii_lowercase().as_str() {
            "utf8" | "unicode" | "default" => Ok("UTF8".to_owned()),
            _ => Err(error::error(
                "22023",
                "this service speaks UTF8 only: set client_encoding to UTF8",
            )),
        },
        "statement_timeout" => match duration(value) {
            Some(time) => Ok(in_units(time)),
            None => Err(error::hinted(
                "22023",
                unfit,
                "write milliseconds or a unit: 1500, '5s', '2min'; 0 is as long as the service lets a query run",
            )),
        },
        "bytea_output" => one_of(&["hex", "escape"]),
        "intervalstyle" => one_of(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"]),
        "extra_float_digits" => match value.parse::<i8>() {
            Ok(-15..=3) => Ok(value.to_owned()),
            _ => Err(wrong()),
        },
        "datestyle" => date_style(value).ok_or_else(wrong),
        _ => Ok(value.to_owned()),
    }
}

fn date_style(value: &str) -> Option<String> {
    let (mut style, mut order) = ("ISO", "YMD");
    for word in value.split(',').map(str::trim) {
        match word.to_ascii_lowercase().as_str() {
            "iso" | "default" => style = "ISO",
            "sql" => style = "SQL",
            "postgres" => style = "Postgres",
            "german" => style = "German",
            "ymd" => order = "YMD",
            "dmy" | "euro" | "european" => order = "DMY",
            "mdy" | "us" | "noneuro" | "noneuropean" => order = "MDY",
            _ => return None,
        }
    }
    Some(format!("{style}, {order}"))
}

/// `1500`, `1500ms`, `2.5s`, `1min`: milliseconds without a unit, and no more of them than PostgreSQL counts.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let unit = match unit.trim() {
        "us" => 0.001,
        "" | "ms" => 1.0,
        "s" => 1e3,
        "min" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        _ => return None,
    };
    let milliseconds = (number * unit).round();
    match milliseconds <= f64::from(i32::MAX) {
        true => Duration::try_from_secs_f64(milliseconds / 1e3).ok(),
        false => None,
    }
}

/// A time as PostgreSQL shows it: in the largest unit that it is whole in.
fn in_units(time: Duration) -> String {
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("min", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let milliseconds = time.as_millis();
    let whole = units
        .into_iter()
        .find(|(_, unit)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
    whole.map_or_else(
        || "0".to_owned(),
        |(name, unit)| format!("{}{name}", milliseconds / unit),
    )
}
