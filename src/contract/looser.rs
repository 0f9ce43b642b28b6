//! Whether a changed contract lets through every row that the old one let through, and as it did.
use toml::{Table, Value};

/// Whether `new` differs from `old` only in letting more rows through: a row that passed passes still and looks the same.
///
/// Both are [`super::Contract::rules`]. What is not known to be harmless is taken not to be. Rules about the delivery as
/// a whole (`rows`) are not looked at: they are checked again.
pub fn only_looser(old: &str, new: &str) -> bool {
    let (Ok(old), Ok(new)) = (old.parse::<Table>(), new.parse::<Table>()) else {
        return false;
    };
    differing(&old, &new).all(|key| match key {
        "rows" => true,
        "checks" | "references" => within(new.get(key), old.get(key)),
        "columns" => columns(old.get(key), new.get(key)),
        _ => false,
    })
}

/// Keys that do not have the same value in both.
fn differing<'a>(old: &'a Table, new: &'a Table) -> impl Iterator<Item = &'a str> {
    let keys = old
        .keys()
        .chain(new.keys().filter(|key| !old.contains_key(key.as_str())));
    keys.filter(|key| old.get(*key) != new.get(*key)).map(String::as_str)
}

fn columns(old: Option<&Value>, new: Option<&Value>) -> bool {
    let (Some(Value::Array(old)), Some(Value::Array(new))) = (old, new) else {
        return false;
    };
    old.len() == new.len()
        && old.iter().zip(new).all(|pair| match pair {
            (Value::Table(old), Value::Table(new)) => column(old, new),
            _ => false,
        })
}

fn column(old: &Table, new: &Table) -> bool {
    differing(old, new).all(|key| {
        let (was, is) = (old.get(key), new.get(key));
        match key {
            "legal_basis" | "purpose" => true,
            "pattern" => is.is_none(),
            "range" => is.is_none_or(|is| was.is_some_and(|was| wider(was, is))),
            "codes" => within(was, is),
            "nullable" => is == Some(&Value::Boolean(true)),
            // A repaired key was null before where an invalid one is made null.
            "repairs" => within(was, is) && new.get("on_invalid").and_then(Value::as_str) != Some("null"),
            _ => false,
        }
    })
}

/// Whether every item of one list is in the other; nothing is an empty list.
fn within(some: Option<&Value>, all: Option<&Value>) -> bool {
    let items = |list: Option<&Value>| list.and_then(Value::as_array).cloned().unwrap_or_default();
    let all = items(all);
    items(some).iter().all(|item| all.contains(item))
}

/// Whether a range holds another; bounds are compared only when they are written alike. Dates sort as texts.
fn wider(was: &Value, is: &Value) -> bool {
    let (Some([low, high]), Some([lower, higher])) =
        (was.as_array().map(Vec::as_slice), is.as_array().map(Vec::as_slice))
    else {
        return false;
    };
    let at_most = |one: &Value, other: &Value| match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one <= other,
        (Value::Float(one), Value::Float(other)) => one <= other,
        (Value::String(one), Value::String(other)) => one <= other,
        _ => false,
    };
    at_most(lower, low) && at_most(high, higher)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "partition = ['jaar']\n[format]\ntype = 'jsonl'\n\
        [[columns]]\nname = 'a'\ntype = 'integer'\nrange = [0, 9]\n\
        [[columns]]\nname = 'b'\ntype = 'code'\ncodes = ['x', 'y']\n\
        [[columns]]\nname = 'c'\ntype = 'person_key'\nkey = 'bsn'\n\
        [[checks]]\nname = 'even'\nexpression = 'a % 2 = 0'\n";

    #[test]
    fn more_rows_may_come_and_none_may_change() {
        let cases = [
            ("", "", true),
            ("[0, 9]", "[-1, 9]", true),
            ("[0, 9]", "[0, 8]", false),
            ("[0, 9]", "[0.0, 9.5]", false),
            ("range = [0, 9]\n", "", true),
            ("range = [0, 9]\n", "range = [0, 9]\nnullable = true\n", true),
            ("range = [0, 9]\n", "range = [0, 9]\nmissing = ['-1']\n", false),
            ("'y']", "'y', 'z']", true),
            ("'x', 'y'", "'x', 'z'", false),
            ("'integer'", "'bigint'", false),
            ("'bsn'\n", "'bsn'\nrepairs = ['leading_zero']\n", true),
            ("'bsn'\n", "'bsn'\npattern = 'x'\n", false),
            ("[[checks]]\nname = 'even'\nexpression = 'a % 2 = 0'\n", "", true),
            ("% 2", "% 4", false),
            ("['jaar']\n", "['jaar']\nrows = { min = 1 }\n", true),
            ("['jaar']\n", "['jaar']\nsort = ['a']\n", false),
            ("'jsonl'", "'json'", false),
        ];
        for (from, to, expected) in cases {
            assert!(OLD.contains(from));
            assert_eq!(only_looser(OLD, &OLD.replace(from, to)), expected, "{from} -> {to}");
        }
        let nulled = OLD.replace("'bsn'\n", "'bsn'\non_invalid = 'null'\n");
        let repaired = nulled.replace("'bsn'\n", "'bsn'\nrepairs = ['leading_zero']\n");
        assert!(!only_looser(&nulled, &repaired));
        assert!(!only_looser(OLD, "not toml"));
    }
}
