//! `sluis layout import`: contracts from a layout text take the files it describes.
use std::fs;

use crate::marts_project::Project;

const LAYOUT: &str = "\
Dec_kleur.asc\r
=============\r
                                             Startpositie  Aantal posities\r
Code kleur                                          1             4      } sleutel\r
Naam kleur                                          5            20\r
Datum invoering                                    25             8      (EEJJMMDD)\r
\r
Ten behoeve van de decodering van de velden:\r
* Kleur v\u{f3}\u{f3}r\r
";

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect()
}

#[test]
fn imported_contracts_take_their_files() {
    let project = Project::new();
    let layout = project.root().join("layout.txt");
    fs::write(&layout, latin1(LAYOUT)).unwrap();
    let pipelines = project.root().join("pipelines");
    let (layout, pipelines) = (layout.to_str().unwrap(), pipelines.to_str().unwrap());
    let printed = project.succeed(&["layout", "import", layout]);
    let said = project.succeed(&["layout", "import", layout, "--out", pipelines]);
    assert!(said.contains("dec_kleur.toml: 3 columns"), "{said}");
    assert_eq!(
        fs::read_to_string(project.root().join("pipelines/dec_kleur.toml")).unwrap(),
        printed
    );
    assert_eq!(
        project
            .sluis(&["layout", "import", layout, "--out", pipelines])
            .status
            .code(),
        Some(1)
    );
    project.succeed(&["layout", "import", layout, "--out", pipelines, "--force"]);
    project.succeed(&["validate"]);

    // trailing blanks cut, a blank key, a line end without carriage return
    let rows = format!(
        "{:<4}{:<20}{}\r\n{:<4}{}\n{:<4}{}\r\n",
        "RD", "rood", "20200101", "", "NULL", "BL", "bl\u{e9}"
    );
    project.deliver("Dec_kleur.asc", latin1(&rows));
    project.succeed(&["ingest", "dec_kleur"]);
    let rows = project.sql("select code_kleur, naam_kleur, datum_invoering from staging.dec_kleur order by naam_kleur");
    assert_eq!(rows, ["|NULL|", "BL|bl\u{e9}|", "RD|rood|2020-01-01"]);
}

#[test]
fn rows_of_a_fixed_file_do_not_depend_on_the_size_of_blocks() {
    let contract = "description = \"x\"\nowner = \"x\"\nsource = \"x\"\n[[files]]\nglob = \"k.asc\"\n[format]\n\
                    type = \"fixed\"\nrecord_length = 4\nencoding = \"utf-8\"\n\
                    [[columns]]\nname = \"code\"\ntype = \"text\"\nstart = 1\nwidth = 4\nnullable = true\n";
    // a record of blanks after each, and a line end too many at the end
    let rows = format!("{}\r\n", "RD  \r\n\r\nBL\n\n".repeat(20_000));
    for block_bytes in ["64KiB", "65543B", "1MiB"] {
        let project = Project::new();
        fs::write(project.root().join("pipelines/k.toml"), contract).unwrap();
        project.deliver("k.asc", &rows);
        let setting = format!("ingest.block_bytes={block_bytes}");
        project.succeed(&["ingest", "k", "--set", &setting]);
        let counts = "select count(*) as n, count(code) as codes from staging.k";
        assert_eq!(project.sql(counts), ["80000|40000"], "{block_bytes}");
    }
}
