//! Audits before a publication.
use super::*;
use crate::lake::AuditStatus;

#[test]
fn a_failing_audit_publishes_nothing_and_leaves_others_alone() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.deliver(
        "staging.vestigingen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]),
    );
    let audits = "audits = [
      { not_null = ['n'] },
      { unique = 'vestiging', name = 'een_per_vestiging' },
      { accepted = { column = 'n', values = [3, 4, 5] } },
      { expression = 'n < 7' },
      { rows = { min = 10 } },
      { relation = { column = 'vestiging', to = 'staging.vestigingen' } },
      { relation = { column = 'vestiging', to = 'staging.personen', to_column = 'vestiging' }, severity = 'warning' },
    ]";
    world.model(
        "core/a.sql",
        audits,
        "SELECT vestiging, aantal AS n FROM staging.leerlingen",
    );
    world.model("mart/op_a.sql", "", "SELECT count(*) AS n FROM core.a");
    world.model("mart/zelf.sql", "", "SELECT count(*) AS n FROM staging.leerlingen");
    insta::assert_snapshot!(world.run(), @r#"
        core.a: not published, audits failed
          audit een_per_vestiging: 5 rows break "vestiging unique"
            look: sluis sql --file PROJECT/audits/core.a.een_per_vestiging.sql
          audit accepted_n: 2 rows break "n in (3, 4, 5)"
            look: sluis sql --file PROJECT/audits/core.a.accepted_n.sql
          audit expression: 1 row breaks "n < 7"
            look: sluis sql --file PROJECT/audits/core.a.expression.sql
          audit rows: 6 rows break "at least 10 rows"; the table has 6 rows
            look: sluis sql --file PROJECT/audits/core.a.rows.sql
          audit relation_vestiging_vestigingen: 3 rows break "vestiging in staging.vestigingen (vestiging)"; not found: 00AA01, 00BB00
            look: sluis sql --file PROJECT/audits/core.a.relation_vestiging_vestigingen.sql
        mart.op_a: skipped, because core.a was not published
        mart.zelf: published version 1, 1 rows
        "#);
    assert!(
        world
            .sources
            .lake
            .current(&"core.a".parse().unwrap())
            .unwrap()
            .is_none()
    );
    assert!(
        !world.dir.path().join("lake/core/a/v").read_dir().unwrap().any(|_| true),
        "draft left behind"
    );
    // what is left to look at runs as it is
    let sql = fs::read_to_string(world.queries().join("core.a.een_per_vestiging.sql")).unwrap();
    insta::assert_snapshot!(world.sql(&(sql + " ORDER BY 1")), @r#"
        +-----------+------+
        | vestiging | rows |
        +-----------+------+
        | 00AA00    | 3    |
        | 00AA01    | 2    |
        +-----------+------+
        "#);
}

#[test]
fn warnings_are_published_told_and_kept() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.deliver(
        "staging.vestigingen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]),
    );
    world.deliver(
        "staging.personen",
        &BTreeMap::from([("2019-2020", vec![("00AA00", 1), ("00ZZ00", 2)])]),
    );
    let audit = "audits = [{ relation = { column = 'vestiging', to = 'staging.vestigingen' }, severity = 'warning' }]";
    world.model("core/a.sql", audit, "SELECT DISTINCT vestiging FROM staging.leerlingen");
    world.model("core/p.sql", audit, "SELECT vestiging FROM staging.personen");
    // no values of the second: it comes from data about persons
    insta::assert_snapshot!(world.run(), @r#"
        core.a: published version 1, 3 rows
          warning: audit relation_vestiging_vestigingen: 2 rows break "vestiging in staging.vestigingen (vestiging)"; not found: 00AA01, 00BB00
        core.p: published version 1, 2 rows
          warning: audit relation_vestiging_vestigingen: 1 row breaks "vestiging in staging.vestigingen (vestiging)"
        "#);
    let kept = &world.manifest("core.a").audits[0];
    assert_eq!((kept.status, kept.failing_rows), (AuditStatus::Warn, 2));
}

#[test]
fn grain_is_audited_and_partition_values_are_never_null() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    world.model(
        "core/a.sql",
        "grain = ['vestiging']",
        "SELECT vestiging, schooljaar FROM staging.leerlingen",
    );
    world.model(
        "core/b.sql",
        "partition = ['soort']",
        "SELECT aantal, CASE WHEN aantal > 5 THEN 'groot' END AS soort FROM staging.leerlingen",
    );
    world.model(
        "core/c.sql",
        "partition = ['soort']",
        "SELECT aantal, CASE WHEN aantal > 5 THEN 'groot' ELSE '' END AS soort FROM staging.leerlingen",
    );
    insta::assert_snapshot!(world.run(), @r#"
        core.a: not published, audits failed
          audit grain: 5 rows break "vestiging unique"
            look: sluis sql --file PROJECT/audits/core.a.grain.sql
        core.b: failed: partition column `soort` is null in at least one row; a partition value is never null: filter those rows out, or give them a value with coalesce()
        core.c: failed: partition column `soort` of core.c: a value is empty; partition columns are never null or empty, so set the value aside before writing
        "#);
    assert!(
        world
            .sources
            .lake
            .tables()
            .unwrap()
            .iter()
            .all(|t| t.schema == "staging")
    );
}
