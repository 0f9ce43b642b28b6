//! What is known of a column after one or more models.
use super::problems;

const REFUSED: &str = "holds a pseudonym";
const COUNTED: &str = "is made of a number of persons";

#[test]
fn a_pseudonym_is_known_in_any_form_after_any_model() {
    for (core, column) in [
        ("SELECT encode(persoon, 'hex') AS p FROM staging.leerlingen", "p"),
        ("SELECT 'p' || pseudoniem(persoon, 1) AS p FROM staging.leerlingen", "p"),
        ("SELECT keys AS p FROM ops.quarantine", "substr(p, 3)"),
    ] {
        let mart = format!("SELECT {column} AS q, count(*) AS n FROM core.nog GROUP BY 1");
        let told = problems(&[
            ("core/eerst.sql", "", core),
            ("core/nog.sql", "", "SELECT upper(p) AS p FROM core.eerst"),
            (
                "mart/per_persoon.sql",
                "grain = ['q']\ndisclosure = { count = 'n' }",
                &mart,
            ),
        ]);
        assert!(told.contains(REFUSED) && told.contains("`q`"), "{core}: {told}");
    }
}

#[test]
fn a_number_of_persons_is_told_nowhere_but_by_the_rule() {
    let told = |rule: &str, columns: &str| {
        let sql = format!(
            "SELECT vestiging, count(DISTINCT persoon) AS n, {columns} FROM staging.leerlingen GROUP BY vestiging"
        );
        problems(&[("mart/m.sql", &format!("grain = ['vestiging']\n{rule}"), &sql)])
    };
    let text = "CAST(count(*) AS TEXT) AS x";
    let rule = "disclosure = { count = 'n' }";
    assert!(told(rule, text).contains("does not say what column `x` is"));
    let attribute = "disclosure = { count = 'n', attributes = 'x' }";
    assert!(told(attribute, text).contains(&format!("attribute `x` {COUNTED}")));
    let unit = "disclosure = { count = 'n', units = { column = 'x', min = 1 } }";
    assert!(told(unit, "count(persoon) AS x").contains(&format!("unit `x` {COUNTED}")));
    // withheld with the count, said to be public, or of something else
    assert_eq!(told("disclosure = { count = 'n', blank = 'x' }", text), "");
    assert_eq!(
        told(
            &format!("public = {{ x = 'a letter' }}\n{attribute}"),
            "CASE WHEN count(*) > 1 THEN 'A' END AS x"
        ),
        ""
    );
    assert_eq!(told(unit, "count(DISTINCT uren) AS x"), "");
}

#[test]
fn a_number_of_persons_is_known_after_any_model() {
    let core = "SELECT vestiging, count(DISTINCT persoon) AS leerlingen FROM staging.leerlingen GROUP BY vestiging";
    let told = |mart: &str| {
        problems(&[
            ("core/eerst.sql", "", core),
            (
                "core/nog.sql",
                "",
                "SELECT vestiging, 2 * leerlingen AS leerlingen FROM core.eerst",
            ),
            ("mart/m.sql", "grain = ['groot']\ndisclosure = { count = 'n' }", mart),
        ])
    };
    let sites = told("SELECT leerlingen > 20 AS groot, sum(leerlingen) AS n FROM core.nog GROUP BY leerlingen > 20");
    assert!(sites.contains(&format!("dimension `groot` {COUNTED}")), "{sites}");
    let word = told(
        "SELECT vestiging AS groot, sum(leerlingen) AS n, CAST(sum(leerlingen) AS TEXT) AS x FROM core.nog GROUP BY 1",
    );
    assert!(word.contains("does not say what column `x` is"), "{word}");
}
