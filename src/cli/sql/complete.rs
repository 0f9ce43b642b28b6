//! What the word before the cursor could become.
use std::sync::LazyLock;

use regex::Regex;

use super::command::COMMANDS;
use super::names::Names;
use super::script::Script;

/// Words of SQL worth completing; in a query, in roughly this order
const KEYWORDS: [&str; 62] = [
    "select",
    "distinct",
    "from",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "outer",
    "on",
    "using",
    "where",
    "and",
    "or",
    "not",
    "in",
    "exists",
    "between",
    "like",
    "ilike",
    "is",
    "null",
    "true",
    "false",
    "group by",
    "having",
    "order by",
    "asc",
    "desc",
    "nulls first",
    "nulls last",
    "limit",
    "offset",
    "union all",
    "union",
    "intersect",
    "except",
    "with",
    "recursive",
    "as",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "try_cast",
    "over",
    "partition by",
    "rows between",
    "filter",
    "qualify",
    "values",
    "explain",
    "analyze",
    "describe",
    "show",
    "tables",
    "columns",
    "functions",
    "interval",
];

static TABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:from|join)\s+([\w.]+)(?:\s+(?:as\s+)?(\w+))?").ok());

/// Where the word before `at` starts, and what it could become.
pub fn complete(names: &dyn Names, text: &str, at: usize) -> (usize, Vec<String>) {
    let Some(before) = text.get(..at) else {
        return (at, Vec::new());
    };
    if let Some(command) = before.trim_start().strip_prefix('\\') {
        return complete_command(names, before, command);
    }
    if Script::of(before).unclosed.is_some() {
        return (at, Vec::new());
    }
    let word = before
        .rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
        .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
    if let Some((owner, start)) = before[word..].rsplit_once('.') {
        return (at - start.len(), starting_with(members(names, text, owner), start));
    }
    let start = &before[word..];
    if expects_table(&before[..word]) {
        return (word, tables(names, start));
    }
    let mut found = starting_with(mentioned_columns(names, text), start);
    if !start.is_empty() {
        found.extend(starting_with(names.functions(), start));
        let upper = start.chars().all(char::is_uppercase);
        let keywords = KEYWORDS
            .iter()
            .map(|word| if upper { word.to_uppercase() } else { (*word).to_owned() });
        found.extend(starting_with(keywords.collect(), start));
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|name| seen.insert(name.clone()));
    (word, found)
}

fn complete_command(names: &dyn Names, before: &str, command: &str) -> (usize, Vec<String>) {
    let start = before.rfind([' ', '\\']).map_or(0, |space| space + 1);
    let word = &before[start..];
    let Some((name, _)) = command.split_once(' ') else {
        return (
            start,
            starting_with(COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).collect(), word),
        );
    };
    let options = match name {
        "d" => return (start, tables(names, word)),
        "dt" => names.schemas(),
        "format" => ["table", "records", "csv", "json", "jsonl", "parquet"]
            .map(String::from)
            .to_vec(),
        "timing" => ["on", "off"].map(String::from).to_vec(),
        _ => Vec::new(),
    };
    (start, starting_with(options, word))
}

/// What stands behind `owner.`: the tables of a schema, or the columns of a table or its alias.
fn members(names: &dyn Names, text: &str, owner: &str) -> Vec<String> {
    let owner = owner.to_lowercase();
    let mut members = names.tables(&owner);
    for (table, alias) in mentioned(text) {
        let called_so = alias.as_deref() == Some(&owner) || table == owner || table.ends_with(&format!(".{owner}"));
        if called_so && let Some((schema, table)) = names.find(&table) {
            members.extend(names.columns(&schema, &table));
        }
    }
    members
}

/// Tables whose full or bare name starts with `start`, in full.
fn tables(names: &dyn Names, start: &str) -> Vec<String> {
    let start = start.to_lowercase();
    let fits = |full: &String| full.starts_with(&start) || full.split('.').any(|part| part.starts_with(&start));
    names.all_tables().into_iter().filter(fits).collect()
}

fn expects_table(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default().to_lowercase();
    if matches!(last.as_str(), "from" | "join" | "describe") {
        return true;
    }
    // `from a, b`
    let clause = |word: &str| matches!(word, "from" | "select" | "where" | "on" | "by" | "having");
    last.ends_with(',')
        && before
            .to_lowercase()
            .split_whitespace()
            .rfind(|word| clause(word))
            .is_some_and(|word| word == "from")
}

/// Tables in the text with their aliases.
fn mentioned(text: &str) -> Vec<(String, Option<String>)> {
    let Some(table) = TABLE.as_ref() else { return Vec::new() };
    let found = table.captures_iter(text).map(|parts| {
        let alias = parts.get(2).map(|alias| alias.as_str().to_lowercase());
        (
            parts[1].to_lowercase(),
            alias.filter(|alias| !KEYWORDS.iter().any(|word| word.split(' ').next() == Some(alias))),
        )
    });
    found.collect()
}

fn mentioned_columns(names: &dyn Names, text: &str) -> Vec<String> {
    let tables = mentioned(text).into_iter().filter_map(|(table, _)| names.find(&table));
    tables
        .flat_map(|(schema, table)| names.columns(&schema, &table))
        .collect()
}

fn starting_with(names: Vec<String>, start: &str) -> Vec<String> {
    let start = start.to_lowercase();
    names
        .into_iter()
        .filter(|name| name.to_lowercase().starts_with(&start))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct School;

    impl Names for School {
        fn schemas(&self) -> Vec<String> {
            ["mart", "ref", "staging"].map(String::from).to_vec()
        }
        fn tables(&self, schema: &str) -> Vec<String> {
            let tables: &[&str] = match schema {
                "mart" => &["leerlingen_per_profiel", "vestigingen_per_profiel"],
                "ref" => &["profielen"],
                _ => &[],
            };
            tables.iter().map(|table| (*table).to_owned()).collect()
        }
        fn columns(&self, schema: &str, table: &str) -> Vec<String> {
            let columns: &[&str] = match (schema, table) {
                ("mart", "leerlingen_per_profiel") => &["schooljaar", "leerweg", "leerlingen"],
                ("ref", "profielen") => &["profiel", "sector"],
                _ => &[],
            };
            columns.iter().map(|column| (*column).to_owned()).collect()
        }
        fn functions(&self) -> Vec<String> {
            ["length", "sum"].map(String::from).to_vec()
        }
    }

    /// `|` is the cursor
    fn at(text: &str) -> Vec<String> {
        let cursor = text.find('|').unwrap();
        let (start, found) = complete(&School, &text.replace('|', ""), cursor);
        found
            .into_iter()
            .map(|name| format!("{}{name}", &text[..start]))
            .collect()
    }

    #[test]
    fn tables_after_from_and_join() {
        assert_eq!(
            at("select * from mart.l|"),
            ["select * from mart.leerlingen_per_profiel"]
        );
        assert_eq!(at("select * from prof|"), ["select * from ref.profielen"]);
        assert_eq!(at("select 1 from ref.profielen, ves|").len(), 1);
        assert_eq!(at("\\d re|"), ["\\d ref.profielen"]);
    }

    #[test]
    fn columns_of_the_tables_in_the_statement() {
        assert_eq!(
            at("select lee| from mart.leerlingen_per_profiel"),
            ["select leerweg", "select leerlingen"]
        );
        assert_eq!(at("select p.s| from profielen p"), ["select p.sector"]);
        assert_eq!(at("select profielen.| from ref.profielen where true").len(), 2);
    }

    #[test]
    fn keywords_keep_the_case_functions_are_offered_and_text_is_left_alone() {
        assert_eq!(at("SEL|"), ["SELECT"]);
        assert_eq!(at("sel|"), ["select"]);
        assert_eq!(at("select su|"), ["select sum"]);
        assert_eq!(at("select 'fro|"), [""; 0]);
        assert_eq!(at("é su|"), ["é sum"]);
        assert_eq!(at("\\ti|"), ["\\timing"]);
        assert_eq!(at("\\format j|"), ["\\format json", "\\format jsonl"]);
    }
}
