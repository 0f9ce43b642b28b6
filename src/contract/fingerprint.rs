//! What of a contract changes what is staged.
use toml::{Table, Value};

use super::codes::CodeLists;

/// Keys that say something about the data or its handling but do not change a staged byte.
const SILENT: [&str; 7] = [
    "description",
    "owner",
    "unit",
    "schedule",
    "interval",
    "retention",
    "max_rejected",
];

/// BLAKE3 over the contract without comments, layout and silent keys, and over the code lists it uses.
pub fn fingerprint(text: &str, lists: &CodeLists) -> String {
    let mut hasher = blake3::Hasher::new();
    let (table, used) = stripped(text);
    hasher.update(table.to_string().as_bytes());
    for list in used.iter().filter_map(|name| lists.get(name)) {
        hasher.update(list.digest.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// What the fingerprint is of, as TOML.
pub fn rules(text: &str, lists: &CodeLists) -> String {
    let (mut table, used) = stripped(text);
    let digests = used.into_iter().filter_map(|name| {
        let digest = Value::String(lists.get(&name)?.digest.clone());
        Some((name, digest))
    });
    table.insert("code_lists".to_owned(), Value::Table(digests.collect()));
    table.to_string()
}

/// The contract without silent keys, and the code lists it uses, sorted.
fn stripped(text: &str) -> (Table, Vec<String>) {
    let mut table: Table = text.parse().unwrap_or_default();
    let mut used = Vec::new();
    strip(&mut table, &mut used);
    used.sort();
    (table, used)
}

fn strip(table: &mut Table, used: &mut Vec<String>) {
    table.retain(|key, _| !SILENT.contains(&key));
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(name) if key == "code_list" => used.push(name.clone()),
            Value::Table(inner) => strip(inner, used),
            Value::Array(items) => items.iter_mut().for_each(|item| {
                if let Value::Table(inner) = item {
                    strip(inner, used);
                }
            }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_descriptions_do_not_count() {
        let lists = CodeLists::default();
        let first = fingerprint("description = \"a\"\n[format]\ntype = \"jsonl\"\n", &lists);
        assert_eq!(
            first,
            fingerprint("# x\ndescription=\"b\"\n[format]\n  type='jsonl'", &lists)
        );
        assert_ne!(first, fingerprint("[format]\ntype = \"json\"\n", &lists));
        let schedule = "schedule = { cron = '0 6 * * *', missed = 'run_all', jitter = '5 minutes', paused = true }";
        assert_eq!(
            first,
            fingerprint(&format!("{schedule}\n[format]\ntype = 'jsonl'"), &lists)
        );
    }
}
