//! Partition by partition gives what all at once gives.
use super::*;

/// Everything in the tables, in a stable order.
fn content(world: &World, tables: &[&str]) -> Vec<String> {
    let rows = |table: &&str| {
        let shown = world.sql(&format!("SELECT * FROM {table}"));
        let mut lines: Vec<String> = shown.lines().map(|line| format!("{table} {line}")).collect();
        lines.sort();
        lines
    };
    tables.iter().flat_map(rows).collect()
}

fn models_of_the_property(world: &World) {
    world.model("core/same.sql", SAME, PER_YEAR);
    world.model(
        "core/window.sql",
        "grain = ['schooljaar', 'vestiging']\npartition = ['schooljaar']\ninputs = { 'staging.leerlingen' = 'same', 'core.same' = { window = ['schooljaar', -2, -1] } }",
        "SELECT l.schooljaar, l.vestiging, sum(l.aantal) AS n, max(s.n) AS vroeger FROM staging.leerlingen AS l LEFT JOIN core.same AS s ON s.schooljaar BETWEEN schooljaar_min(l.schooljaar, 2) AND schooljaar_min(l.schooljaar, 1) GROUP BY l.schooljaar, l.vestiging",
    );
    world.model(
        "core/both.sql",
        "partition = ['schooljaar', 'vestiging']\ninputs = { 'core.window' = 'same' }",
        "SELECT w.schooljaar, w.vestiging, w.n, v.aantal FROM core.window AS w LEFT JOIN staging.vestigingen AS v ON v.vestiging = w.vestiging",
    );
    world.model(
        "mart/whole.sql",
        "grain = ['vestiging']",
        "SELECT vestiging, sum(n) AS n FROM core.both GROUP BY vestiging",
    );
}

const SITES: [&str; 3] = ["00AA00", "00AA01", "00BB00"];
const YEARS: [&str; 5] = ["2017-2018", "2018-2019", "2019-2020", "2020-2021", "2021-2022"];

fn deliveries() -> impl Strategy<Value = Years> {
    let rows = prop::collection::vec((prop::sample::select(&SITES[..]), 0..4i32), 1..4);
    prop::collection::btree_map(prop::sample::select(&YEARS[..]), rows, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn partition_by_partition_is_the_same_as_all_at_once(steps in prop::collection::vec((deliveries(), any::<bool>()), 2..4)) {
        let tables = ["core.same", "core.window", "core.both", "mart.whole"];
        let world = World::new();
        models_of_the_property(&world);
        world.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", vec![("00AA00", 1)])]));
        for (years, sites) in &steps {
            if *sites {
                let rows: Vec<_> = years.values().flatten().take(1).copied().collect();
                world.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", rows)]));
            }
            world.deliver("staging.leerlingen", years);
            let report = world.run_observed(&[], &|_| (), &AtomicBool::new(false));
            prop_assert!(!report.failed(), "{:?}", report.models.iter().map(ToString::to_string).collect::<Vec<_>>());
            let whole = World::new();
            models_of_the_property(&whole);
            whole.deliver("staging.leerlingen", years);
            let sites: Vec<(&'static str, i32)> = {
                let context = world.engine.context(Catalog::now(&world.sources));
                let rows = world.engine.block_on(async {
                    query(&context, "SELECT vestiging, CAST(aantal AS BIGINT) AS n FROM staging.vestigingen").await.unwrap().collect().await.unwrap()
                });
                rows.iter().flat_map(|b| {
                    let names = arrow::compute::cast(b.column(0), &DataType::Utf8).unwrap();
                    let numbers = b.column(1).as_primitive::<Int64Type>().clone();
                    (0..b.num_rows()).map(|i| {
                        let name = SITES.iter().find(|s| **s == names.as_string::<i32>().value(i)).unwrap();
                        (*name, i32::try_from(numbers.value(i)).unwrap())
                    }).collect::<Vec<_>>()
                }).collect()
            };
            whole.deliver("staging.vestigingen", &BTreeMap::from([("2019-2020", sites)]));
            whole.run();
            prop_assert_eq!(content(&world, &tables), content(&whole, &tables));
            for table in tables {
                prop_assert_eq!(world.manifest(table).digest(), whole.manifest(table).digest(), "{}", table);
            }
            prop_assert!(world.plan().contains("nothing to do"), "{}", world.plan());
        }
    }
}
