//! What is rebuilt when something changes.
use super::*;

#[test]
fn every_kind_of_change_is_told() {
    let world = World::new();
    fs::write(world.sources.reference.join("profielen.csv"), "code\nBWI\n").unwrap();
    world.deliver("staging.leerlingen", &three_years());
    world.model(
        "core/a.sql",
        "",
        "SELECT schooljaar, aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(world.plan().contains("core.a: rebuild, never built"));
    world.run();
    world.model(
        "core/a.sql",
        "owner = 'x' # other",
        "-- other\nselect schooljaar, aantal from staging.leerlingen, ref.profielen",
    );
    assert!(world.plan().contains("nothing to do"), "{}", world.plan());
    world.model(
        "core/a.sql",
        "",
        "SELECT schooljaar, aantal + 1 AS aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(
        world.plan().contains("core.a: rebuild, sql changed"),
        "{}",
        world.plan()
    );
    world.run();
    world.model(
        "core/a.sql",
        "audits = [{ rows = { min = 1 } }]",
        "SELECT schooljaar, aantal + 1 AS aantal FROM staging.leerlingen, ref.profielen",
    );
    assert!(
        world.plan().contains("core.a: rebuild, settings changed"),
        "{}",
        world.plan()
    );
    assert!(world.run().contains("rebuilt, identical to version 2"));
    assert_eq!(world.manifest("core.a").audits[0].name, "rows");
    fs::write(world.sources.reference.join("profielen.csv"), "code\nPIE\n").unwrap();
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, settings changed (ref.profielen)"),
        "{}",
        world.plan()
    );
    world.run();
    let mut years = three_years();
    years.insert("2019-2020", vec![("00AA00", 9)]);
    world.deliver_as("staging.leerlingen", &years, "contract 1");
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, new delivery (staging.leerlingen)"),
        "{}",
        world.plan()
    );
    world.run();
    world.deliver_as("staging.leerlingen", &three_years(), "contract 2");
    assert!(
        world
            .plan()
            .contains("core.a: rebuild, contract changed (staging.leerlingen)"),
        "{}",
        world.plan()
    );
    world.model("mart/b.sql", "", "SELECT count(*) AS n FROM core.a");
    assert!(world.run().contains("mart.b: published version 1"));
    world.deliver_as("staging.leerlingen", &years, "contract 2");
    assert!(
        world.plan().contains("mart.b: rebuild, upstream changed (core.a)"),
        "{}",
        world.plan()
    );
}

#[test]
fn an_old_table_under_a_new_contract_is_named() {
    let world = World::new();
    world.deliver("staging.leerlingen", &three_years());
    // the contract says that this table has persons
    let years = three_years();
    world.deliver("staging.personen", &years);
    world.model("core/a.sql", "", "SELECT aantal FROM staging.personen");
    world.run();
    let mut draft = world.sources.lake.draft(&"staging.personen".parse().unwrap()).unwrap();
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("aantal", DataType::Utf8, true)]));
    let file = draft.create(&vec![]).unwrap();
    let out = fs::File::options().write(true).open(&file.path).unwrap();
    ArrowWriter::try_new(out, Arc::clone(&schema), None)
        .unwrap()
        .close()
        .unwrap();
    draft.add(file, FileTags::default()).unwrap();
    let meta = PublicationMeta {
        schema,
        partition_columns: vec![],
        sort: vec![],
        fingerprint: "old".into(),
        inputs: BTreeMap::new(),
        properties: BTreeMap::new(),
        audits: vec![],
        run: "r".into(),
        created_at: now(),
        reason: "test".into(),
    };
    assert!(matches!(draft.commit(meta).unwrap(), Published::New(_)));
    insta::assert_snapshot!(world.run(), @r#"core.a: failed: its query gives other columns on the published tables than its inputs promise (aantal Int32 is not there): a contract changed since its table was ingested; run `sluis ingest` first"#);
}
