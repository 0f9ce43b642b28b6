use std::collections::HashMap;

use arrow::array::{FixedSizeBinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;

use super::*;

fn sql(query: &str) -> Result<String, String> {
    let context = SessionContext::new();
    register(&context);
    let metadata = HashMap::from([("sluis.key_version".to_string(), "3".to_string())]);
    let leerling = Field::new("leerling", DataType::FixedSizeBinary(16), true).with_metadata(metadata);
    let schema = Arc::new(Schema::new(vec![leerling]));
    let values = FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some([7u8; 16]), None].into_iter(), 16).unwrap();
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(values)]).unwrap();
    context
        .register_table("p", Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap()))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rows = runtime
        .block_on(async { context.sql(query).await?.collect().await })
        .map_err(|e| e.to_string())?;
    Ok(pretty_format_batches(&rows).unwrap().to_string())
}

fn one(expression: &str) -> String {
    let table = sql(&format!("SELECT {expression}")).unwrap();
    table.lines().nth(3).unwrap().trim_matches(['|', ' ']).to_string()
}

#[test]
fn school_years_are_text_with_arithmetic() {
    assert_eq!(one("schooljaar_begin('2019-2020')"), "2019");
    assert_eq!(one("schooljaar_van(2019)"), "2019-2020");
    assert_eq!(one("schooljaar_min('2019-2020', 5)"), "2014-2015");
    assert_eq!(one("schooljaar_plus('1999-2000', 1)"), "2000-2001");
    assert_eq!(one("schooljaar_min('2019-2020', -1)"), "2020-2021");
    assert_eq!(one("peildatum('2019-2020')"), "2019-10-01");
    assert_eq!(one("schooljaar_begin(NULL)"), "");
    assert_eq!(one("schooljaar_min(CAST(NULL AS VARCHAR), 1)"), "");
}

#[test]
fn what_is_not_a_school_year_is_an_error_without_the_value() {
    for wrong in ["'2019-2021'", "'2019/2020'", "'19/20'", "'zz'"] {
        let error = sql(&format!("SELECT schooljaar_begin({wrong})")).unwrap_err();
        assert!(error.contains("not a school year like 2019-2020"), "{error}");
        assert!(!error.contains(wrong.trim_matches('\'')), "{error}");
    }
    let error = sql("SELECT schooljaar_begin(2019)").unwrap_err();
    assert!(error.contains("schooljaar_begin(schooljaar)"), "{error}");
}

#[test]
fn a_pseudonym_is_shown_with_the_key_version_of_its_column() {
    let known = sql("SELECT pseudoniem(leerling) AS p FROM p").unwrap();
    assert!(known.contains("| p1.k03.") && known.lines().count() == 6, "{known}");
    let given = sql("SELECT pseudoniem(leerling, 12) AS p FROM p").unwrap();
    assert!(given.contains("| p1.k12."), "{given}");
    assert!(
        sql("SELECT pseudoniem('x')")
            .unwrap_err()
            .contains("takes a pseudonym column")
    );
}

#[test]
fn the_documentation_names_every_function() {
    let reference = reference();
    assert_eq!(documented().len(), scalars().len() + aggregates().len());
    for (name, documentation) in documented() {
        assert!(
            documentation.is_some() && reference.contains(&format!("| `{name}(")),
            "{name}"
        );
        assert_eq!(fingerprint(&name), Some(format!("{name}@1")));
    }
    assert_eq!(fingerprint("count"), None);
}
