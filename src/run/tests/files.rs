//! What is in the files of a model.
use super::*;

#[test]
fn equal_inputs_give_equal_bytes() {
    let files = |threads: usize| {
        let world = World::with(|o| o.threads = threads);
        world.deliver("staging.personen", &three_years());
        world.model("core/a.sql", SAME.replace("leerlingen", "personen").as_str(), "SELECT schooljaar, count(DISTINCT persoon) AS n, max(persoon) AS p FROM staging.personen GROUP BY schooljaar");
        world.model(
            "core/b.sql",
            "partition = ['schooljaar']",
            "SELECT * FROM staging.personen",
        );
        world.run();
        let hashes = |table: &str| {
            world
                .manifest(table)
                .files
                .iter()
                .map(|f| f.blake3.clone())
                .collect::<Vec<_>>()
        };
        (hashes("core.a"), hashes("core.b"))
    };
    assert_eq!(files(1), files(3));
}

#[test]
fn key_versions_stay_with_their_columns() {
    let world = World::new();
    world.deliver("staging.personen", &three_years());
    world.model("core/a.sql", "", "WITH x AS (SELECT persoon AS leerling, aantal FROM staging.personen) SELECT a.leerling, sum(b.aantal) AS n FROM x AS a JOIN x AS b ON a.leerling = b.leerling GROUP BY a.leerling");
    world.run();
    assert!(
        world
            .sql("SELECT pseudoniem(leerling) AS p FROM core.a")
            .contains("| p1.k01.")
    );
}

#[test]
fn tagged_columns_have_no_bounds_in_what_is_made_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let tag = [(FIELD_TAG.to_string(), "personal".to_string())].into();
    let fields = vec![
        Field::new("naam", DataType::Utf8, true).with_metadata(tag),
        Field::new("jaar", DataType::Int32, true),
    ];
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let path = dir.path().join("x.parquet");
    fs::write(&path, "").unwrap();
    let mut file = file::FileWriter::open(&path, &schema, &[]).unwrap();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["anna"])),
        Arc::new(Int32Array::from(vec![2019])),
    ];
    file.write(RecordBatch::try_new(schema, columns).unwrap()).unwrap();
    file.close().unwrap();
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let group = reader.metadata().row_group(0);
    assert!(group.column(0).statistics().is_none() && group.column(1).statistics().is_some());
}

fn big(world: &World) {
    let rows: Vec<(&'static str, i32)> = (0..60_000)
        .map(|i| (["00AA00", "00AA01", "00BB00"][i as usize % 3], i))
        .collect();
    world.deliver(
        "staging.leerlingen",
        &BTreeMap::from([("2019-2020", rows.clone()), ("2020-2021", rows)]),
    );
}

const BIG: &str = "SELECT a.schooljaar, a.aantal, a.vestiging, b.aantal AS volgend, repeat(a.vestiging, 5) AS lang FROM staging.leerlingen AS a JOIN staging.leerlingen AS b ON a.aantal = b.aantal - 1 AND a.schooljaar = b.schooljaar WHERE a.vestiging <> '00BB00'";
const BIG_HEADER: &str = "grain = ['schooljaar', 'aantal']\npartition = ['schooljaar']";

#[test]
fn marts_are_the_same_whatever_the_engine_is_set_to() {
    let made = |change: fn(&mut EngineOptions)| {
        let world = World::with(change);
        big(&world);
        world.model("core/a.sql", BIG_HEADER, BIG);
        world.model("mart/b.sql", SAME.replace("staging.leerlingen", "core.a").as_str(), "SELECT schooljaar, count(*) AS n, sum(volgend) AS s FROM core.a WHERE aantal > 100 AND vestiging = '00AA01' GROUP BY schooljaar");
        world.model("mart/c.sql", "grain = ['vestiging']", "SELECT a.vestiging, max(b.n) AS n, count(*) AS m FROM core.a AS a JOIN mart.b AS b ON a.schooljaar = b.schooljaar AND a.volgend = b.n GROUP BY a.vestiging ORDER BY m LIMIT 5");
        let said = world.run();
        assert!(said.contains("mart.c: published"), "{said}");
        ["core.a", "mart.b", "mart.c"].map(|t| world.manifest(t).digest())
    };
    let plain = made(|_| ());
    assert_eq!(plain, made(|o| o.dynamic_filters = false));
    assert_eq!(plain, made(|o| o.pushdown_filters = true));
    assert_eq!(plain, made(|o| (o.pushdown_filters, o.dynamic_filters) = (true, false)));
    // joins and sorts go to disk
    assert_eq!(plain, made(|o| o.memory_bytes = 24 << 20));
}
