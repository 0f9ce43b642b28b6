//! The shipped contracts and marts on real open files, unchanged, under their own names. Runs where `SLUIS_REAL_DATA`
//! points to a folder with them (and `../published` beside it holds the printed tables); skipped, saying so, elsewhere.
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use crate::marts_project::{Project, cells};

/// The folder with real files, or says that the test is skipped.
fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("SLUIS_REAL_DATA")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: SLUIS_REAL_DATA does not point to the folder with real open files");
    }
    folder
}

/// Printed pupils of 2019/2020 by leerweg and profile, with their sector.
fn published(data: &std::path::Path) -> HashMap<(String, String), (String, i64)> {
    let text = fs::read_to_string(data.join("../published/b3_12_leerlingen_leerjaar3.csv")).unwrap();
    let rows = text.lines().skip(1).map(cells).filter(|row| row[0] == "2019/2020");
    rows.map(|row| {
        (
            (row[1].clone(), row[2].clone()),
            (row[3].clone(), row[4].parse().unwrap()),
        )
    })
    .collect()
}

#[test]
fn pupils_of_2019_match_the_printed_tables() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    project.deliver_file(&data.join("duo/alle-vestigingen-vo.csv"));
    project.deliver_file(&data.join("duo/leerlingen-vo-per-vestiging-naar-onderwijstype-2019.csv"));
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);

    // 24,243 lines of twelve counts, none lost.
    let totals = project
        .sql("select count(*), sum(aantal), min(schooljaar), max(schooljaar) from staging.duo_leerlingen_vestiging");
    assert_eq!(totals, ["290916|956857|2019-2020|2019-2020"]);
    assert_eq!(project.number("select count(*) from ops.quarantine"), 0);
    assert_eq!(
        project.sql("select distinct instellingsnaam from staging.duo_leerlingen_vestiging where brin = '19EO'"),
        ["VMBO \"De Jutter\" Vlieland"]
    );
    assert_eq!(
        project.number("select count(*) from staging.duo_leerlingen_vestiging where instellingsnaam like '%Niekée%'"),
        53 * 12
    );

    let printed = published(&data);
    let mut compared = 0;
    for row in project.sql("select leerweg, profiel, leerlingen from mart.leerlingen_per_profiel_open") {
        let row: Vec<&str> = row.split('|').collect();
        let Some((sector, print)) = printed.get(&(row[0].to_owned(), row[1].to_owned())) else {
            continue;
        };
        let found: i64 = row[2].parse().unwrap();
        let percent = match (sector.as_str(), row[0]) {
            ("techniek", "gl" | "kl") if *print >= 100 => 1,
            ("niet-techniek", _) => 3,
            _ => continue,
        };
        assert!(
            (found - print).abs() * 100 <= percent * print,
            "{row:?}: printed {print}"
        );
        compared += 1;
    }
    // four and five technical profiles of 100 pupils or more in gl and kl, five others in each of three tracks
    assert_eq!(compared, 9 + 15);

    let sites = project.sql(
        "select profiel, vestigingen from mart.vestigingen_per_profiel_open \
         where schooljaar = '2019-2020' and profiel in ('BWI', 'M&T', 'MVI', 'MaT', 'PIE') order by profiel",
    );
    assert_eq!(sites, ["BWI|171", "M&T|94", "MVI|49", "MaT|6", "PIE|213"]);

    // 11 sites are not in the list of sites: told by an audit, not dropped.
    assert_eq!(
        project.sql("select count(*), count(postcode) from core.vestiging"),
        ["1450|1439"]
    );
    assert_eq!(
        project.audit("core.vestiging", "duo_vestigingen"),
        ("warn".to_owned(), 11)
    );

    // The file says the profile twice, in words and by the element code.
    assert_eq!(
        project.number(
            "select count(*) from staging.duo_leerlingen_vestiging l join ref.profielen p on p.schrijfwijze = l.afdeling \
             where l.leerweg is not null and p.profiel <> l.profiel"
        ),
        0
    );
}

#[test]
fn exam_results_are_one_series() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    for name in [
        "passed_failed_2011",
        "passed_failed_2016",
        "passed_failed_2018",
        "geslaagden-gezakten-en-cijfers-2018-2019",
    ] {
        project.deliver_file(&data.join(format!("duo/{name}.csv")));
    }
    project.succeed(&["ingest"]);
    assert_eq!(
        project.sql(
            "select schooljaar, count(*), sum(kandidaten), sum(case when kandidaten = geslaagden + gezakten then 0 else 1 end) \
             from staging.duo_geslaagden group by schooljaar order by schooljaar"
        ),
        [
            "2010-2011|10704|184148|0",
            "2015-2016|10439|198186|0",
            "2017-2018|10406|199697|0",
            "2018-2019|11694|196552|0"
        ]
    );
    // Accents, in cp850 as in windows-1252.
    let accents = project.sql(
        "select schooljaar, count(*) from staging.duo_geslaagden where instellingsnaam like '%Mariëndael%' \
         group by schooljaar order by schooljaar",
    );
    assert_eq!(accents.len(), 4, "{accents:?}");
    assert_eq!(
        project.number(
            "select count(*) from staging.duo_geslaagden where instellingsnaam like '%é%' and schooljaar = '2010-2011'"
        ),
        4
    );
    // Profile codes over the drift: MTR is M&T, MTE is MaT, old departments are together and have a successor.
    assert_eq!(
        project.sql(
            "select profiel, sum(kandidaten) from staging.duo_geslaagden where schooljaar = '2018-2019' and sector = 'techniek' \
             group by profiel order by profiel"
        ),
        ["BWI|2916", "M&T|1574", "MVI|1435", "MaT|273", "PIE|4988"]
    );
    assert_eq!(
        project.sql(
            "select profiel, profiel_opvolger, sum(kandidaten) from staging.duo_geslaagden \
             where schooljaar = '2010-2011' and afdeling in ('Bouwbreed -ISP', 'Bouwtechniek') group by profiel, profiel_opvolger"
        ),
        ["afdelingsvakken en vakmanschapsroute|BWI|3629"]
    );
    assert_eq!(
        project.number("select count(*) from staging.duo_geslaagden where afdeling is not null and profiel is null"),
        0
    );
}

#[test]
fn suppressed_exam_counts_are_unknown_never_zero() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    project.deliver_file(&data.join("duo/duo_examen_raw_all.csv"));
    project.succeed(&["ingest"]);
    assert_eq!(
        project.sql(
            "select count(*), sum(cast(kandidaten_suppressed as int)), sum(cast(geslaagden_suppressed as int)), \
             count(distinct schooljaar), count(distinct geslacht) from staging.duo_examenkandidaten"
        ),
        [format!("{}|48561|50659|5|3", 12_782 * 15)]
    );
    assert_eq!(48_561 + 50_659, 99_220);
    assert_eq!(
        project.number(
            "select count(*) from staging.duo_examenkandidaten where kandidaten_suppressed and kandidaten is not null \
             or geslaagden_suppressed and geslaagden is not null or not kandidaten_suppressed and kandidaten is null \
             or not geslaagden_suppressed and geslaagden is null"
        ),
        0
    );
    assert_eq!(
        project.sql(
            "select kandidaten, geslaagden, slaagpercentage from staging.duo_examenkandidaten where vestiging = '00AH00' \
             and inspectiecode = '51' and schooljaar = '2020-2021' and geslacht = 'TOTAAL'"
        ),
        ["40|33|82.5"]
    );
}

#[test]
fn postcodes_have_a_place() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    project.deliver_file(&data.join("geo/geonames_netherlands.json"));
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);
    assert_eq!(
        project.sql("select count(*), count(distinct pc4) from staging.pc4"),
        ["4328|4064"]
    );
    assert_eq!(
        project.sql("select count(*), sum(plaatsen) from core.pc4"),
        ["4064|4328"]
    );
    assert_eq!(
        project.sql("select breedtegraad, lengtegraad from core.pc4 where pc4 = '9401'"),
        ["52.9936|6.5621"]
    );
}

#[test]
fn layouts_import_and_their_files_ingest() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    let pipelines = project.root().join("pipelines");
    for layout in ["Dec-bestanden_2025", "1cyferho_2025_v1.0"] {
        let layout = data.join(format!("layout/Bestandsbeschrijving_{layout}.txt"));
        project.succeed(&[
            "layout",
            "import",
            layout.to_str().unwrap(),
            "--out",
            pipelines.to_str().unwrap(),
        ]);
    }
    project.fill_in();
    project.succeed(&["validate"]);
    let mut files = 0;
    for entry in fs::read_dir(data.join("layout")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "asc") {
            project.deliver_file(&file);
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            // one record a line, and nothing lost
            let lines = fs::read(&file).unwrap().iter().filter(|byte| **byte == b'\n').count();
            project.succeed(&["ingest"]);
            assert_eq!(
                project.sql(&format!(
                    "select status, rows_in, rows_staged + rows_quarantined from ops.deliveries where file = '{name}'"
                )),
                [format!("published|{lines}|{lines}")]
            );
            let table = file.file_stem().unwrap().to_str().unwrap().to_lowercase();
            assert_eq!(
                project.number(&format!("select count(*) from staging.{table}")),
                i64::try_from(lines).unwrap()
            );
            files += 1;
        }
    }
    assert_eq!(files, 4);
    let names = project
        .sql("select naam_land from staging.dec_landcode where naam_land like 'Federatie van%' or code_land = '6029'");
    assert!(!names.is_empty());
}

/// Columns of a query, and their values.
type Cells = &'static [(&'static str, &'static str)];

/// Rows of each SPSS file, and cells of it that were worked out from its bytes with other programs.
const SPSS: [(&str, i64, Cells); 12] = [
    (
        "haven_labelled-num-na.sav",
        2,
        &[("count(var00002), max(var00002)", "1|1")],
    ),
    ("haven_umlauts.sav", 4, &[("sum(var1)", "7")]),
    ("pyreadstat_hebrews.sav", 99, &[]),
    (
        "pyreadstat_missing_char.sav",
        2,
        &[("count(mychar), max(mychar)", "1|a")],
    ),
    ("pyreadstat_missing_test.sav", 2, &[("count(var1), max(var1)", "1|2")]),
    ("pyreadstat_ordered_category.sav", 4, &[("sum(col1)", "8")]),
    ("pyreadstat_sample.sav", 5, SAMPLE),
    ("pyreadstat_sample.zsav", 5, SAMPLE),
    (
        "pyreadstat_sample_large.sav",
        485,
        &[
            ("min(mydate), max(dtime), count(mydate)", "1583-01-01|2018-05-06|388"),
            ("min(mynum), max(mynum), count(distinct mychar)", "-1000.30|1000.30|5"),
        ],
    ),
    (
        "pyreadstat_sample_missing.sav",
        7,
        &[(
            "count(mychar), count(mynum), count(mylabl), count(myord), max(mytime)",
            "6|5|5|5|23:10:10",
        )],
    ),
    (
        "pyreadstat_simple_alltypes.sav",
        6,
        &[
            ("count(x), min(y), max(quarter)", "5|1776-07-04|2015-01-01"),
            ("min(str), max(z), count(z)", "MORE JUNK|3.14159|2"),
        ],
    ),
    (
        "pyreadstat_test_width.sav",
        5,
        &[(
            "sum(duration_in_seconds), max(startdate), min(responseid)",
            "7410|2020-08-18 20:04:52|R_0001xAxQxIo2PVH",
        )],
    ),
];

const SAMPLE: &[(&str, &str)] = &[
    (
        "min(mynum), max(mynum), sum(mylabl), sum(myord)",
        "-1000.30|1000.30|7|8",
    ),
    ("min(mydate), max(mydate), count(mydate)", "1583-01-01|2018-05-06|4"),
    ("max(dtime), max(mytime), min(mychar)", "2018-05-06|23:10:10|a"),
];

#[test]
fn spss_files_of_other_programs_are_read() {
    let Some(data) = real_data() else { return };
    for (name, rows, cells) in SPSS {
        let project = Project::bare();
        let file = data.join("sav").join(name);
        let contract = project.root().join("pipelines/proef.toml");
        project.succeed(&[
            "contract",
            "infer",
            file.to_str().unwrap(),
            "--out",
            contract.to_str().unwrap(),
        ]);
        project.fill_in();
        project.deliver_file(&file);
        project.succeed(&["ingest"]);
        assert_eq!(project.number("select count(*) from staging.proef"), rows, "{name}");
        assert_eq!(project.number("select count(*) from ops.quarantine"), 0, "{name}");
        for (columns, expected) in cells {
            assert_eq!(
                project.sql(&format!("select {columns} from staging.proef")),
                [*expected],
                "{name}"
            );
        }
    }
    // a text of this file was cut within a letter: its only row is set aside, so it is refused
    let project = Project::new();
    let file = data.join("sav/pyreadstat_tegulu.sav");
    let contract = project.root().join("pipelines/proef.toml");
    project.succeed(&[
        "contract",
        "infer",
        file.to_str().unwrap(),
        "--out",
        contract.to_str().unwrap(),
    ]);
    project.fill_in();
    project.deliver_file(&file);
    let said = String::from_utf8(project.sluis(&["ingest", "proef"]).stdout).unwrap();
    assert!(
        said.contains("1 of 1 rows so far break a rule") && said.contains("q16br9oe_q24br9oe: encoding"),
        "{said}"
    );
    let files = fs::read_dir(data.join("sav")).unwrap();
    assert_eq!(files.count(), SPSS.len() + 1, "a file is not in this test");
}
