//! Numbers of schemas and tables: a client asks for one and then uses it in another query.
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Numbers below this are PostgreSQL's own.
const FIRST: u32 = 100_000;
const LAST: u32 = 2_000_000_000;

/// The schema `pg_catalog`.
pub const PG_CATALOG: i32 = 11;
/// The catalog of relations, in which a relation's description is kept.
pub const PG_CLASS: i32 = 1259;
/// The catalog of schemas.
pub const PG_NAMESPACE: i32 = 2615;
/// Who owns everything.
pub const OWNER: i32 = 10;

/// Numbers that clients know by heart.
const KNOWN: &[(&str, i32)] = &[
    ("pg_attribute", 1249),
    ("pg_authid", 1260),
    ("pg_class", PG_CLASS),
    ("pg_constraint", 2606),
    ("pg_database", 1262),
    ("pg_description", 2609),
    ("pg_index", 2610),
    ("pg_language", 2612),
    ("pg_namespace", PG_NAMESPACE),
    ("pg_proc", 1255),
    ("pg_rewrite", 2618),
    ("pg_tablespace", 1213),
    ("pg_trigger", 2620),
    ("pg_type", 1247),
];

type Name = (String, String);

/// Which name has which number. Names give their numbers, so that they stay the same after a restart too; of two that
/// would have the same, the later takes the next.
static GIVEN: LazyLock<Mutex<HashMap<i32, Name>>> = LazyLock::new(Mutex::default);

/// The number of a schema.
pub fn of_schema(schema: &str) -> i32 {
    match schema {
        "pg_catalog" => PG_CATALOG,
        _ => given(schema, ""),
    }
}

/// The number of a table.
pub fn of_table(schema: &str, table: &str) -> i32 {
    let known = KNOWN.iter().find(|(name, _)| schema == "pg_catalog" && *name == table);
    known.map_or_else(|| given(schema, table), |(_, oid)| *oid)
}

/// The number of the database.
pub fn of_database() -> i32 {
    given("", "")
}

/// Schema of the table with that number, if it was given out.
pub fn schema_of(oid: i32) -> Option<String> {
    if KNOWN.iter().any(|(_, known)| *known == oid) {
        return Some("pg_catalog".to_owned());
    }
    let given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    given.get(&oid).map(|(schema, _)| schema.clone())
}

fn given(schema: &str, table: &str) -> i32 {
    let name = (schema.to_owned(), table.to_owned());
    let hash = blake3::hash(format!("{schema}\0{table}").as_bytes());
    let first = hash
        .as_bytes()
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut number = FIRST + first % (LAST - FIRST);
    loop {
        let oid = i32::try_from(number).unwrap_or(i32::MAX);
        match given.get(&oid) {
            Some(known) if *known != name => number += 1,
            Some(_) => return oid,
            None => {
                given.insert(oid, name);
                return oid;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let number = of_table("mart", "leraren");
        assert_eq!(number, of_table("mart", "leraren"));
        assert_ne!(number, of_table("core", "leraren"));
        assert_ne!(of_schema("mart"), of_schema("core"));
        assert_eq!(schema_of(number).as_deref(), Some("mart"));
        assert_eq!(of_table("pg_catalog", "pg_class"), PG_CLASS);
        assert_eq!(schema_of(PG_CLASS).as_deref(), Some("pg_catalog"));
        assert_eq!(schema_of(1), None);
    }
}
