use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::empty::EmptyTable;

use super::*;
use crate::engine::{self, Catalog};
use crate::lake::FIELD_TAG;
use crate::model::validate::now;

/// Persons with a name, a diagnosis and names of others, and sites without anything of a person.
fn tables() -> Arc<MemorySchemaProvider> {
    let tagged = |field: Field, tag: &str| field.with_metadata([(FIELD_TAG.to_owned(), tag.to_owned())].into());
    let names = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    let people = vec![
        Field::new("leerling", DataType::FixedSizeBinary(16), false),
        tagged(Field::new("naam", DataType::Utf8, true), "personal"),
        tagged(Field::new("diagnose", DataType::Utf8, true), "sensitive"),
        tagged(Field::new("ouders", names, true), "personal"),
        Field::new("vestiging", DataType::Utf8, true),
        Field::new("aantal", DataType::Int32, true),
    ];
    let sites = vec![
        Field::new("vestiging", DataType::Utf8, true),
        Field::new("plaats", DataType::Utf8, true),
    ];
    let schema = MemorySchemaProvider::new();
    for (table, fields) in [("mensen", people), ("scholen", sites)] {
        let empty = EmptyTable::new(Arc::new(Schema::new(fields)));
        schema.register_table(table.into(), Arc::new(empty)).unwrap();
    }
    Arc::new(schema)
}

fn planned(sql: &str) -> LogicalPlan {
    let schemas = BTreeMap::from([("staging".to_owned(), tables() as Arc<dyn SchemaProvider>)]);
    let state = engine::planning_state(Catalog::of(schemas)).unwrap();
    let plan = now(state.create_logical_plan(sql)).unwrap_or_else(|error| panic!("{sql}: {error}"));
    state
        .analyzer()
        .execute_and_check(plan, state.config_options(), |_, _| {})
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The tags of a query's columns: `-`, `p` for personal, `s` for sensitive.
fn tags_of(sql: &str) -> String {
    let letter = |tag: &Tag| match tag {
        Tag::Public => '-',
        Tag::Personal => 'p',
        Tag::Sensitive => 's',
    };
    tags(&planned(sql)).iter().map(letter).collect()
}

#[track_caller]
fn assert_tags(cases: &[(&str, &str)]) {
    for (sql, wanted) in cases {
        assert_eq!(tags_of(sql), *wanted, "{sql}");
    }
}

#[test]
fn a_tag_follows_its_value_through_expressions() {
    assert_tags(&[
        ("SELECT naam, vestiging, diagnose FROM staging.mensen", "p-s"),
        (
            "SELECT substr(naam, 1, 1) AS letter, upper(vestiging) AS v FROM staging.mensen",
            "p-",
        ),
        (
            "SELECT coalesce(vestiging, naam) AS x, naam || diagnose AS y FROM staging.mensen",
            "ps",
        ),
        (
            "SELECT CASE WHEN vestiging = 'a' THEN naam ELSE '' END AS x FROM staging.mensen",
            "p",
        ),
        (
            "SELECT CASE WHEN diagnose IS NULL THEN 0 ELSE 1 END AS x FROM staging.mensen",
            "s",
        ),
        (
            "SELECT vestiging FROM staging.mensen WHERE naam = 'x' ORDER BY diagnose LIMIT 1",
            "-",
        ),
        (
            "SELECT 'x' AS x, vestiging FROM (VALUES (1)) AS v(n), staging.scholen",
            "--",
        ),
    ]);
}

#[test]
fn counts_are_of_nobody_and_other_aggregates_are() {
    assert_tags(&[
        (
            "SELECT vestiging, count(*) AS n, count(naam) AS m, count(DISTINCT leerling) AS p, sum(aantal) AS s, \
             approx_distinct(naam) AS d FROM staging.mensen GROUP BY vestiging",
            "------",
        ),
        (
            "SELECT min(naam) AS a, first_value(naam ORDER BY aantal) AS b FROM staging.mensen",
            "pp",
        ),
        (
            "SELECT string_agg(naam, ',') AS a, array_agg(diagnose) AS b FROM staging.mensen",
            "ps",
        ),
        (
            "SELECT gewogen_aandeel(diagnose = 'a', aantal) AS a, gewogen_aandeel_laag(aantal > 1, aantal) AS b \
             FROM staging.mensen",
            "s-",
        ),
        (
            "SELECT f['waarde'] AS a, vestiging FROM (SELECT vestiging, unnest(lasso_voorspelling(aantal, aantal, \
             length(naam))) AS f FROM staging.mensen GROUP BY vestiging)",
            "p-",
        ),
        (
            "SELECT upper(naam) AS x, count(*) AS n FROM staging.mensen GROUP BY upper(naam)",
            "p-",
        ),
        (
            "SELECT count(*) + 1 AS n, max(naam) || '' AS x FROM staging.mensen HAVING max(naam) > ''",
            "-p",
        ),
        (
            "SELECT vestiging, naam, grouping(naam) AS g, count(*) AS n FROM staging.mensen \
             GROUP BY ROLLUP (vestiging, naam)",
            "-p--",
        ),
        (
            "SELECT row_number() OVER (ORDER BY naam) AS r, lag(naam) OVER (ORDER BY aantal) AS l, \
             count(naam) OVER (PARTITION BY vestiging) AS n, sum(aantal) OVER () AS s FROM staging.mensen",
            "-p--",
        ),
    ]);
}

#[test]
fn a_tag_goes_through_every_kind_of_query() {
    assert_tags(&[
        (
            "SELECT s.plaats, m.naam FROM staging.scholen s LEFT JOIN staging.mensen m USING (vestiging)",
            "-p",
        ),
        (
            "SELECT plaats FROM staging.scholen s WHERE EXISTS (SELECT naam FROM staging.mensen m \
             WHERE m.vestiging = s.vestiging)",
            "-",
        ),
        (
            "SELECT vestiging AS x, plaats AS y FROM staging.scholen UNION ALL SELECT vestiging, naam FROM staging.mensen",
            "-p",
        ),
        (
            "SELECT DISTINCT naam FROM staging.mensen EXCEPT SELECT plaats FROM staging.scholen",
            "p",
        ),
        (
            "SELECT DISTINCT ON (vestiging) vestiging, naam FROM staging.mensen ORDER BY vestiging, naam",
            "-p",
        ),
        (
            "WITH a AS (SELECT lower(naam) AS x, vestiging FROM staging.mensen), b AS (SELECT x AS y, vestiging FROM a) \
             SELECT vestiging, y FROM b",
            "-p",
        ),
        (
            "SELECT (SELECT max(naam) FROM staging.mensen) AS x, (SELECT count(naam) FROM staging.mensen) AS n \
             FROM staging.scholen",
            "p-",
        ),
        (
            "SELECT vestiging, (SELECT max(m.naam || s.plaats) FROM staging.scholen s WHERE s.vestiging = m.vestiging) \
             AS x FROM staging.mensen m",
            "-p",
        ),
        (
            "SELECT vestiging IN (SELECT vestiging FROM staging.scholen) AS a, naam IN (SELECT plaats FROM \
             staging.scholen) AS b FROM staging.mensen",
            "-p",
        ),
        ("SELECT vestiging, unnest(ouders) AS ouder FROM staging.mensen", "-p"),
        ("SELECT u.x FROM staging.mensen, LATERAL (SELECT naam AS x) AS u", "p"),
        (
            "WITH RECURSIVE r AS (SELECT upper(naam) AS a, 'x' AS b, 1 AS n FROM staging.mensen UNION ALL \
             SELECT b, a, n + 1 FROM r WHERE n < 3) SELECT a, b FROM r",
            "pp",
        ),
    ]);
}

#[test]
fn a_pseudonym_is_tagged_once_it_is_written_as_text() {
    assert_tags(&[
        (
            "SELECT leerling, max(leerling) AS m FROM staging.mensen GROUP BY leerling",
            "--",
        ),
        (
            "SELECT pseudoniem(leerling, 1) AS p, encode(leerling, 'hex') AS h FROM staging.mensen",
            "pp",
        ),
    ]);
}

#[test]
fn a_column_holds_a_pseudonym_while_its_value_is_made_of_one() {
    // each column of the query is called `ja` or `nee`
    let cases = [
        "SELECT leerling AS ja, vestiging AS nee, naam AS nee2 FROM staging.mensen",
        "SELECT pseudoniem(leerling, 1) AS ja, substr(encode(leerling, 'hex'), 1, 8) AS ja2 FROM staging.mensen",
        "SELECT max(leerling) AS ja, array_agg(leerling) AS ja2, count(DISTINCT leerling) AS nee FROM staging.mensen",
        "SELECT CASE WHEN leerling IS NULL THEN 'geen' ELSE vestiging END AS nee, \
         sum(CASE WHEN leerling IS NOT NULL THEN 1 ELSE 0 END) OVER () AS nee2, \
         CASE WHEN vestiging = 'a' THEN leerling END AS ja FROM staging.mensen",
        "SELECT first_value(vestiging ORDER BY leerling) AS nee, bool_or(leerling = X'00') AS nee2 FROM staging.mensen",
        "SELECT row_number() OVER (ORDER BY leerling ROWS UNBOUNDED PRECEDING) AS nee, \
         first_value(aantal) OVER (ORDER BY leerling ROWS UNBOUNDED PRECEDING) AS nee2, lag(leerling) OVER (ORDER BY aantal) AS ja FROM staging.mensen",
        "SELECT nee, ja FROM (SELECT vestiging AS nee, coalesce(encode(leerling, 'hex'), naam) AS ja FROM staging.mensen)",
        "SELECT s.plaats AS nee, count(m.leerling) AS nee2 FROM staging.scholen s LEFT JOIN staging.mensen m \
         ON m.vestiging = s.vestiging AND m.leerling IS NOT NULL GROUP BY s.plaats",
        "SELECT (SELECT max(leerling) FROM staging.mensen) AS ja, \
         EXISTS (SELECT leerling FROM staging.mensen) AS nee FROM staging.scholen",
        "SELECT vestiging AS nee, leerling IN (SELECT leerling FROM staging.mensen) AS nee2 FROM staging.mensen",
    ];
    for sql in cases {
        let plan = planned(sql);
        for (field, holds) in plan.schema().fields().iter().zip(pseudonyms(&plan)) {
            assert_eq!(holds, field.name().starts_with("ja"), "{} of {sql}", field.name());
        }
    }
}
