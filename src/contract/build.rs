//! From the contract as written to checked rules, collecting every problem on the way.
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use regex::Regex;
use toml::Spanned;

use super::codes::CodeLists;
use super::column::Origin;
use super::files::{FileRule, PeriodKind, PeriodPattern, VersionPattern};
use super::format::{Compression, Delimited, Drift, DriftPolicy, Encoding, Format};
use super::raw::{RawBudget, RawContract, RawDrift, RawFiles, RawFormat};
use super::schedule::Scheduled;
use super::{Budget, Contract, Interval, Retention, Schedule, build_column, build_sheet, fingerprint, rules, unfilled};
use crate::diagnostic::{Problem, nearest, toml_problem};

/// Collects problems of one contract file.
pub struct Findings<'a> {
    path: &'a Path,
    text: Arc<str>,
    pub problems: Vec<Problem>,
}

impl Findings<'_> {
    /// Notes a problem at a place.
    pub fn add(&mut self, span: Range<usize>, rule: &'static str, message: impl Into<String>) -> &mut Self {
        self.problems
            .push(Problem::error(self.path, rule, message.into()).at(&self.text, span));
        self
    }

    /// Adds what to do to the last problem.
    pub fn hint(&mut self, hint: impl Into<String>) {
        if let Some(last) = self.problems.pop() {
            self.problems.push(last.hint(hint.into()));
        }
    }

    /// Notes a word that is none of the known ones, suggesting the nearest.
    pub fn unknown(&mut self, span: Range<usize>, rule: &'static str, what: &str, word: &str, known: &[&str]) {
        self.add(span, rule, format!("`{word}` is not {what}"));
        match nearest(word, known.iter().copied()) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self.hint(format!("one of: {}", known.join(", "))),
        }
    }

    /// Reads a word, or notes that it is none of the known ones.
    pub fn word<T: FromStr>(&mut self, raw: &Spanned<String>, what: &str, known: &[&str]) -> Option<T> {
        let parsed = raw.get_ref().parse().ok();
        if parsed.is_none() {
            self.unknown(raw.span(), "value", what, raw.get_ref(), known);
        }
        parsed
    }
}

pub(super) fn build(path: &Path, text: &str, lists: &CodeLists) -> Result<Contract, Vec<Problem>> {
    let text: Arc<str> = text.into();
    let raw: RawContract = toml::from_str(&text).map_err(|error| vec![toml_problem(path, &text, &error)])?;
    let mut findings = Findings {
        path,
        text: Arc::clone(&text),
        problems: Vec::new(),
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !is_name(&name) {
        findings
            .add(0..0, "name", format!("`{name}` cannot be a table name"))
            .hint("lower snake case, as duo_vestigingen");
    }
    let encoding = encoding(raw.format.get_ref(), &mut findings);
    let format = format(raw.format.get_ref(), &mut findings);
    if matches!(format, Format::Spreadsheet(_)) {
        build_sheet::files(&raw, &mut findings);
    }
    let mut contract = Contract {
        name,
        path: path.to_owned(),
        fingerprint: fingerprint::fingerprint(&text, lists),
        rules: fingerprint::rules(&text, lists),
        text,
        description: raw.description.clone(),
        owner: raw.owner.clone(),
        source: raw.source.clone(),
        partition: raw.partition.iter().map(|name| name.get_ref().clone()).collect(),
        sort: raw.sort.iter().map(|name| name.get_ref().clone()).collect(),
        unique: raw.unique.iter().map(|key| key.get_ref().clone()).collect(),
        rows: raw.rows.as_ref().map_or((None, None), |rows| (rows.min, rows.max)),
        max_rejected: budget(&raw, &mut findings),
        retention: raw.retention.clone().map(|kept| Retention {
            years: kept.years,
            reason: kept.reason,
        }),
        schedule: schedule(&raw, &mut findings),
        interval: interval(&raw, &mut findings),
        period_column: raw.period.as_ref().map(|period| period.column.get_ref().clone()),
        files: raw
            .files
            .iter()
            .filter_map(|files| file_rule(files, &format, &mut findings))
            .collect(),
        drift: drift(&raw.drift, &mut findings),
        columns: Vec::new(),
        derived: Vec::new(),
        unpivot: None,
        unpack: None,
        checks: Vec::new(),
        references: Vec::new(),
        format,
        encoding,
    };
    if raw.files.is_empty() {
        findings
            .add(0..0, "files", "the contract takes no files")
            .hint("add [[files]] with a glob under landing/");
    }
    build_column::columns(&raw, &mut contract, lists, &mut findings);
    rules::rules(&raw, &mut contract, &mut findings);
    findings.problems.extend(unfilled::unfilled(path, &contract.text));
    if !findings.problems.iter().any(Problem::is_error) {
        Ok(contract)
    } else {
        Err(findings.problems)
    }
}

/// Lower snake case, not starting with a digit.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn encoding(raw: &RawFormat, findings: &mut Findings<'_>) -> Encoding {
    let binary = matches!(
        raw.kind.get_ref().as_str(),
        "parquet" | "json" | "jsonl" | "spreadsheet" | "spss"
    );
    match &raw.encoding {
        Some(name) => findings
            .word(name, "an encoding", &Encoding::NAMES)
            .unwrap_or(Encoding::Utf8),
        None if binary => Encoding::Utf8,
        None => {
            findings.add(raw.kind.span(), "encoding", "the encoding is not declared");
            findings.hint("encodings are never guessed: add encoding = \"utf-8\" or what the supplier says");
            Encoding::Utf8
        }
    }
}

fn format(raw: &RawFormat, findings: &mut Findings<'_>) -> Format {
    let byte = |raw: &Option<Spanned<String>>, default: u8, findings: &mut Findings<'_>| match raw {
        None => Some(default),
        Some(text) => match text.get_ref().as_bytes() {
            [] => None,
            [one] if one.is_ascii() && !matches!(one, b'\n' | b'\r') => Some(*one),
            _ => {
                findings.add(text.span(), "value", "must be one ASCII character");
                Some(default)
            }
        },
    };
    if raw.kind.get_ref() != "spreadsheet" {
        build_sheet::no_spreadsheet(raw, findings);
    }
    match raw.kind.get_ref().as_str() {
        "spreadsheet" => Format::Spreadsheet(build_sheet::spreadsheet(raw, findings)),
        "delimited" => Format::Delimited(Delimited {
            delimiter: byte(&raw.delimiter, b',', findings).unwrap_or(b','),
            quote: byte(&raw.quote, b'"', findings),
            backslash: match raw
                .escape
                .as_ref()
                .map(|escape| (escape.get_ref().as_str(), escape.span()))
            {
                None | Some(("double", _)) => false,
                Some(("backslash", _)) => true,
                Some((other, span)) => {
                    findings.unknown(span, "value", "a way to escape", other, &["double", "backslash"]);
                    false
                }
            },
            quoted_newlines: raw.quoted_newlines,
            header: raw.header.unwrap_or(true),
            skip_lines: raw.skip_lines,
        }),
        "fixed" => {
            if raw.record_length.is_none() {
                findings.add(
                    raw.kind.span(),
                    "record_length",
                    "a fixed-width format needs record_length, in bytes",
                );
            }
            Format::Fixed {
                record_length: raw.record_length.unwrap_or(0),
                skip_lines: raw.skip_lines,
            }
        }
        "json" => Format::Json {
            records: raw.records.clone().unwrap_or_default(),
        },
        "jsonl" => Format::JsonLines,
        "parquet" => Format::Parquet,
        // a name that is none is told by `encoding`
        "spss" => Format::Spss {
            encoding: raw.encoding.as_ref().and_then(|name| name.get_ref().parse().ok()),
        },
        other => {
            findings.unknown(raw.kind.span(), "format", "a format", other, &Format::NAMES);
            Format::JsonLines
        }
    }
}

fn drift(raw: &RawDrift, findings: &mut Findings<'_>) -> Drift {
    let mut policy = |raw: &Option<Spanned<String>>, unless_given| {
        raw.as_ref()
            .and_then(|word| findings.word(word, "a policy", &["fail", "warn", "ignore"]))
            .unwrap_or(unless_given)
    };
    Drift {
        missing_column: policy(&raw.missing_column, DriftPolicy::Fail),
        extra_column: policy(&raw.extra_column, DriftPolicy::Fail),
        changed_order: policy(&raw.changed_order, DriftPolicy::Fail),
        duplicate_header: policy(&raw.duplicate_header, DriftPolicy::Fail),
        // many programs write whole files without one
        missing_final_newline: policy(&raw.missing_final_newline, DriftPolicy::Warn),
    }
}

fn budget(raw: &RawContract, findings: &mut Findings<'_>) -> Budget {
    let Some(budget) = &raw.max_rejected else {
        return Budget::Count(0);
    };
    match budget.get_ref() {
        RawBudget::Count(most) => Budget::Count(*most),
        RawBudget::Share(text) => {
            let percent = text
                .trim()
                .strip_suffix('%')
                .and_then(|number| number.trim().parse::<f64>().ok());
            match percent.filter(|percent| (0.0..=100.0).contains(percent)) {
                Some(percent) => Budget::Share(percent / 100.0),
                None => {
                    findings
                        .add(budget.span(), "max_rejected", "neither a count nor a percentage")
                        .hint("10 or \"0.1%\"");
                    Budget::Count(0)
                }
            }
        }
    }
}

fn schedule(raw: &RawContract, findings: &mut Findings<'_>) -> Option<Schedule> {
    let schedule = raw.schedule.as_ref()?;
    let flaw = match Schedule::parse(schedule, Scheduled::Pipeline) {
        Ok(schedule) => return Some(schedule),
        Err(flaw) => flaw,
    };
    let noted = findings.add(flaw.span, "schedule", flaw.message);
    if let Some(hint) = flaw.hint {
        noted.hint(hint);
    }
    None
}

fn interval(raw: &RawContract, findings: &mut Findings<'_>) -> Option<Interval> {
    let interval = raw.interval.as_ref()?;
    interval
        .get_ref()
        .parse()
        .map_err(|message: String| findings.add(interval.span(), "interval", message))
        .ok()
}

/// Whether columns are found by their names.
fn by_name(format: &Format) -> bool {
    match format {
        Format::Delimited(delimited) => delimited.header,
        Format::Fixed { .. } => false,
        _ => true,
    }
}

fn file_rule(raw: &Spanned<RawFiles>, contract: &Format, findings: &mut Findings<'_>) -> Option<FileRule> {
    let files = raw.get_ref();
    let glob = files.glob.get_ref();
    if glob.starts_with('/') || glob.split('/').any(|part| part == "..") {
        findings
            .add(files.glob.span(), "glob", "a glob stays under landing/")
            .hint("no leading `/` and no `..`");
    }
    let period = files.period.as_ref().and_then(|period| {
        let kind = period.get_ref().kind.as_deref().unwrap_or("text");
        let Some(kind) = PeriodKind::parse(kind) else {
            findings.unknown(period.span(), "period", "a kind of period", kind, &PeriodKind::NAMES);
            return None;
        };
        match Regex::new(&period.get_ref().pattern) {
            Ok(pattern) if pattern.captures_len() > 1 => Some(PeriodPattern { pattern, kind }),
            Ok(_) => {
                findings
                    .add(period.span(), "period", "the pattern has no group")
                    .hint("put ( ) around the period");
                None
            }
            Err(error) => {
                findings.add(period.span(), "period", format!("not a regular expression: {error}"));
                None
            }
        }
    });
    let version = files
        .version
        .as_ref()
        .and_then(|version| version_pattern(version, findings));
    let compression = match &files.compression {
        Some(word) => findings.word(word, "a compression", &Compression::NAMES)?,
        None => Compression::Auto,
    };
    let encoding = match &files.encoding {
        Some(word) => Some(findings.word(word, "an encoding", &Encoding::NAMES)?),
        None => None,
    };
    let (mut encoding, mut own) = (encoding, None);
    if let Some(raw) = &files.format {
        let declared = self::encoding(raw.get_ref(), findings);
        let format = self::format(raw.get_ref(), findings);
        if !by_name(&format) || !by_name(contract) {
            findings.add(
                raw.span(),
                "format",
                "only files whose columns have names may be of another format",
            );
            findings.hint("delimited with a header, json, jsonl, parquet or spss");
        }
        if !matches!(format, Format::Spss { .. }) {
            encoding = encoding.or(Some(declared));
        }
        own = Some(format);
    }
    match FileRule::new(glob.clone(), files.ignore_case) {
        Ok(mut rule) => {
            rule.period = period;
            rule.version = version;
            rule.compression = compression;
            rule.encoding = encoding;
            rule.format = own;
            Some(rule)
        }
        Err(error) => {
            findings.add(files.glob.span(), "glob", format!("not a glob: {error}"));
            None
        }
    }
}

fn version_pattern(raw: &Spanned<String>, findings: &mut Findings<'_>) -> Option<VersionPattern> {
    match Regex::new(raw.get_ref()) {
        Ok(pattern) => VersionPattern::new(pattern)
            .map_err(|message| {
                let hint = "put (?<versie> ) around the version";
                findings.add(raw.span(), "version", message).hint(hint);
            })
            .ok(),
        Err(error) => {
            findings.add(raw.span(), "version", format!("not a regular expression: {error}"));
            None
        }
    }
}

/// Notes names that occur twice among the fields a contract yields.
pub fn distinct(contract: &Contract, findings: &mut Findings<'_>, raw: &RawContract) {
    let mut seen = HashSet::new();
    let spans = raw.columns.iter().map(|column| column.get_ref().name.span());
    // columns that the contract adds are behind those it names
    let spans: Vec<Range<usize>> = spans.collect();
    for (place, column) in contract.columns.iter().enumerate() {
        let named = match column.origin {
            Origin::Reason(of) => of,
            _ => place,
        };
        let span = spans.get(named).cloned().unwrap_or(0..0);
        for field in column.fields() {
            if !seen.insert(field.name().clone()) {
                findings.add(
                    span.clone(),
                    "name",
                    format!("the name `{}` stands twice", field.name()),
                );
            }
        }
    }
    for (derived, raw) in contract.derived.iter().zip(&raw.derived) {
        if !seen.insert(derived.field.name().clone()) {
            let span = raw.get_ref().name.span();
            findings.add(
                span,
                "name",
                format!("the name `{}` stands twice", derived.field.name()),
            );
        }
    }
}
