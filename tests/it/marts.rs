//! The shipped marts on small deliveries, with the answers worked out by hand.
use crate::marts_project::Project;

/// Header of the pupil counts.
fn counts_header() -> String {
    let mut header = "BRIN NUMMER;VESTIGINGSNUMMER;INSTELLINGSNAAM VESTIGING;PLAATSNAAM VESTIGING;PROVINCIE VESTIGING;\
                      ONDERWIJSTYPE VO EN LEER- OF VERBLIJFSJAAR;VMBO SECTOR;AFDELING;ELEMENTCODE;OPLEIDINGSNAAM"
        .to_owned();
    for leerjaar in 1..=6 {
        for sex in ["MAN", "VROUW"] {
            header.push_str(&format!(";LEER- OF VERBLIJFSJAAR {leerjaar} - {sex}"));
        }
    }
    header + "\n"
}

/// A line of the pupil counts: site, type, sector, department, code, and (year, men, women).
fn counts(site: &str, kind: &str, sector: &str, department: &str, code: &str, pupils: &[(usize, u32, u32)]) -> String {
    let mut cells = [0; 12];
    for (leerjaar, men, women) in pupils {
        cells[2 * leerjaar - 2] = *men;
        cells[2 * leerjaar - 1] = *women;
    }
    let cells: Vec<String> = cells.iter().map(u32::to_string).collect();
    let (brin, number) = site.split_at(4);
    format!(
        "{brin};{number};School;STAD;Utrecht;{kind};{sector};{department};{code};Naam;{}\n",
        cells.join(";")
    )
}

/// A list of sites with these codes.
fn site_list(sites: &[&str]) -> String {
    let header = "PROVINCIE;BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;STRAATNAAM;\
                  HUISNUMMER-TOEVOEGING;POSTCODE;PLAATSNAAM;GEMEENTENUMMER;GEMEENTENAAM;DENOMINATIE;TELEFOONNUMMER;\
                  INTERNETADRES;ONDERWIJSSTRUCTUUR;STRAATNAAM CORRESPONDENTIEADRES;\
                  HUISNUMMER-TOEVOEGING CORRESPONDENTIEADRES;POSTCODE CORRESPONDENTIEADRES;\
                  PLAATSNAAM CORRESPONDENTIEADRES;NODAAL GEBIED CODE;NODAAL GEBIED NAAM;RPA-GEBIED CODE;\
                  RPA-GEBIED NAAM;WGR-GEBIED CODE;WGR-GEBIED NAAM;COROPGEBIED CODE;COROPGEBIED NAAM;\
                  ONDERWIJSGEBIED CODE;ONDERWIJSGEBIED NAAM;RMC-REGIO CODE;RMC-REGIO NAAM\n"
        .to_owned();
    sites.iter().fold(header, |text, site| {
        let blank = " ".repeat(10);
        text + &format!(
            "Utrecht;90001;{};{site};School;Weg;1-A;3511 AB;STAD;0344;STAD;Openbaar;{blank};{blank};VBO/MAVO;Weg;1;3511 AB;STAD\
             ;01;A;01;A;01;A;01;A;01;A;01;A\n",
            &site[..4]
        )
    })
}

/// The eight digits and the one that makes them pass the eleven-test.
pub fn bsn(stem: u32) -> String {
    (stem..)
        .map(|stem| format!("{stem:08}"))
        .find_map(|stem| {
            let sum: u32 = stem
                .bytes()
                .zip((2..=9).rev())
                .map(|(digit, weight)| u32::from(digit - b'0') * weight)
                .sum();
            (sum % 11 < 10).then(|| format!("{stem}{}", sum % 11))
        })
        .unwrap()
}

/// A line of the enrolments of 1 October 2019.
fn enrolment(bsn: &str, site: &str, leerjaar: u32, elementcode: &str) -> String {
    format!("{bsn}2019{site}{leerjaar}{elementcode}M20050412351100010De Vaart\r\n")
}

#[test]
fn open_counts_give_pupils_and_sites_by_profile() {
    let project = Project::new();
    let lines = [
        counts(
            "00AA00",
            "VMBO BL lj 3-4",
            "Techniek",
            "Bouwen, wonen en interieur",
            "6011",
            &[(3, 3, 1), (4, 5, 0)],
        ),
        counts(
            "00AA00",
            "VMBO BL lj 3-4",
            "Techniek",
            "Bouwen, wonen en interieur",
            "6055",
            &[(3, 2, 0)],
        ),
        counts(
            "00AA00",
            "VMBO GL lj 3-4",
            "Techniek",
            "Bouwen, wonen en interieur",
            "6031",
            &[(3, 0, 1)],
        ),
        counts(
            "00AA01",
            "VMBO KL lj 3-4",
            "Techniek",
            "Bouwen, wonen en interieur",
            "6021",
            &[(4, 7, 0)],
        ),
        counts(
            "00BB00",
            "VMBO BL lj 3-4",
            "Techniek",
            "Bouwen, wonen en interieur",
            "7011",
            &[(3, 1, 0)],
        ),
        counts("00BB00", "VMBO TL lj 3-4", "Techniek", "N.v.t.", "0470", &[(3, 8, 0)]),
        counts(
            "00BB00",
            "VMBO KL lj 3-4",
            "Techniek",
            "Vakmanschapsroute Techniek",
            "4512",
            &[(3, 2, 0)],
        ),
        counts("00BB00", "HAVO/VWO lj 3", "N.v.t.", "N.v.t.", "0300", &[(3, 9, 9)]),
        counts("00CC00", "Brugjaar 1-2", "N.v.t.", "N.v.t.", "0031", &[(1, 10, 10)]),
    ];
    project.deliver(
        "leerlingen-vo-per-vestiging-naar-onderwijstype-2019.csv",
        counts_header() + &lines.concat(),
    );
    project.deliver("alle-vestigingen-vo.csv", site_list(&["00AA00", "00AA01", "00BB00"]));
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);

    // bl BWI: 3 + 1 boys and girls, 2 with extra support, 1 in a work-and-learn route = 7. The seven in kl are in the
    // fourth year, and havo has no leerweg.
    assert_eq!(
        project.sql(
            "select schooljaar, leerweg, profiel, sector, leerlingen from mart.leerlingen_per_profiel_open order by leerweg, profiel"
        ),
        [
            "2019-2020|bl|BWI|techniek|7",
            "2019-2020|gl|BWI|techniek|1",
            "2019-2020|kl|afdelingsvakken en vakmanschapsroute|geen profiel|2",
            "2019-2020|tl|Techniek|techniek|8",
        ]
    );
    // 00AA00 offers BWI in two tracks and counts once; 00AA01 has nobody in the third year; tl and the vocational route
    // are no profiles.
    assert_eq!(
        project.sql("select schooljaar, profiel, vestigingen from mart.vestigingen_per_profiel_open"),
        ["2019-2020|BWI|2"]
    );
    // 00CC00 is not in the list of sites: told, not dropped.
    assert_eq!(
        project.audit("core.vestiging", "duo_vestigingen"),
        ("warn".to_owned(), 1)
    );
    assert_eq!(
        project.sql("select vestiging, pc4, leerlingen from core.vestiging order by vestiging"),
        ["00AA00|3511|12", "00AA01|3511|7", "00BB00|3511|29", "00CC00||20"]
    );
}

#[test]
fn enrolments_give_distinct_pupils_by_profile() {
    let project = Project::new();
    let people: Vec<String> = (0..7).map(|number| bsn(10_000_000 + 1000 * number)).collect();
    let lines = [
        // two sites, one programme: one pupil
        enrolment(&people[0], "00AA00", 3, "6021"),
        enrolment(&people[0], "00AA01", 3, "6021"),
        // the same profile with extra support
        enrolment(&people[1], "00AA00", 3, "6065"),
        // two profiles: a pupil in each
        enrolment(&people[2], "00AA00", 3, "6111"),
        enrolment(&people[2], "00AA01", 3, "6011"),
        // fourth year; havo
        enrolment(&people[3], "00AA00", 4, "6021"),
        enrolment(&people[4], "00AA00", 3, "0300"),
        enrolment(&people[5], "00AA00", 3, "0474"),
        enrolment(&people[6], "00AA00", 3, "4511"),
    ];
    project.deliver("duo_inschrijvingen_2019.asc", lines.concat());
    project.deliver("alle-vestigingen-vo.csv", site_list(&["00AA00", "00AA01"]));
    project.succeed(&["ingest"]);
    project.succeed(&["run", "--set", "disclosure.min.duo=1"]);
    let cells = "select schooljaar, leerweg, profiel, sector, leerlingen, status from mart.leerlingen_per_profiel \
                 order by leerweg, profiel";
    assert_eq!(
        project.sql(cells),
        [
            "2019-2020|bl|BWI|techniek|1|",
            "2019-2020|bl|PIE|techniek|1|",
            "2019-2020|bl|afdelingsvakken en vakmanschapsroute|geen profiel|1|",
            "2019-2020|kl|BWI|techniek|2|",
            "2019-2020|tl|Profielloos|geen profiel|1|",
        ]
    );
    // all of them are fewer than the six that may be shown
    let told = project.succeed(&["run"]);
    assert!(
        told.contains("mart.leerlingen_per_profiel: published version 2, 5 rows, 5 cells withheld"),
        "{told}"
    );
    assert!(project.sql(cells).iter().all(|cell| cell.ends_with("||primary")));
    // A birth date becomes a year; the nationality is not stored.
    assert_eq!(
        project.number("select count(distinct geboortejaar) from staging.duo_inschrijvingen"),
        1
    );
    let columns = project.succeed(&["sql", "select * from staging.duo_inschrijvingen", "--format", "csv"]);
    let header = columns.lines().next().unwrap();
    assert!(
        !header.contains("geboortedatum") && !header.contains("nationaliteit"),
        "{header}"
    );
    assert!(people.iter().all(|bsn| !columns.contains(bsn.as_str())));
}

#[test]
fn sample_deliveries_give_what_was_planted() {
    let project = Project::new();
    let landing = project.landing();
    let report = sluis::sample::write(&landing, 11, 0.01).unwrap();
    project.succeed(&["ingest"]);
    project.succeed(&["run"]);
    let counts = |file: &&sluis::sample::SampleFile| file.replaced_by.is_none();
    let replaced = report.files.iter().filter(|file| !counts(file));
    assert_eq!(replaced.count(), 2, "a correction and a higher version");
    let pipelines: std::collections::BTreeSet<_> = report.files.iter().map(|file| file.pipeline).collect();
    for pipeline in pipelines {
        let of_it = |file: &&sluis::sample::SampleFile| file.pipeline == pipeline;
        let files: Vec<_> = report.files.iter().filter(of_it).filter(counts).collect();
        let dirty: u64 = files.iter().map(|file| file.dirty_rows()).sum();
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let staged = project.number(&format!("select count(*) from staging.{pipeline}"));
        assert_eq!(u64::try_from(staged).unwrap(), rows - dirty, "{pipeline}");
        let columns = files
            .iter()
            .flat_map(|file| file.sums.keys())
            .collect::<std::collections::BTreeSet<_>>();
        for column in columns {
            let planted: u64 = files.iter().filter_map(|file| file.sums.get(column)).sum();
            let sum = project.number(&format!("select sum(cast({column} as int)) from staging.{pipeline}"));
            assert_eq!(u64::try_from(sum).unwrap(), planted, "{pipeline}.{column}");
        }
    }
    let aside = "select count(*) from ops.quarantine";
    let files = report.files.iter().filter(counts);
    let dirty: u64 = files.map(sluis::sample::SampleFile::dirty_rows).sum();
    assert!(dirty > 0);
    assert_eq!(u64::try_from(project.number(aside)).unwrap(), dirty);

    for (mart, planted) in [
        ("leerlingen_per_profiel", &report.marts.leerlingen_per_profiel),
        ("leerlingen_per_profiel_open", &report.marts.leerlingen_per_profiel_open),
    ] {
        let found = project.sql(&format!(
            "select schooljaar, leerweg, profiel, sector, leerlingen from mart.{mart}"
        ));
        // open data have no rule: there the agency has withheld what is small
        let withheld = |cell: &sluis::sample::ExpectedCell| mart == "leerlingen_per_profiel" && cell.leerlingen < 6;
        let line = |cell: &sluis::sample::ExpectedCell| {
            let leerlingen = if withheld(cell) {
                String::new()
            } else {
                cell.leerlingen.to_string()
            };
            format!(
                "{}|{}|{}|{}|{leerlingen}",
                cell.schooljaar, cell.leerweg, cell.profiel, cell.sector
            )
        };
        assert_eq!(sorted(found), sorted(planted.iter().map(line).collect()), "{mart}");
    }
    let found = project.sql("select schooljaar, profiel, vestigingen from mart.vestigingen_per_profiel_open");
    let planted = report.marts.vestigingen_per_profiel_open.iter();
    assert_eq!(
        sorted(found),
        sorted(
            planted
                .map(|(year, profiel, sites)| format!("{year}|{profiel}|{sites}"))
                .collect()
        )
    );
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

/// Rows of a shipped code list, the header left out.
fn code_list(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/config/reference/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(crate::marts_project::cells).collect()
}

#[test]
fn code_lists_follow_their_rules() {
    let lists = [
        "elementcodes",
        "profielen",
        "inspectiecodes",
        "functiecategorieen",
        "vakken",
        "sbi_sectoren",
        "opleidingsniveaus",
        "opleidingsrichtingen",
        "sectorkamers",
    ];
    for name in lists {
        let codes: Vec<String> = code_list(name).into_iter().map(|row| row[0].clone()).collect();
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len(), "{name}: a code stands twice");
    }
    let sector = |profiel: &str| match profiel {
        "" => "",
        "BWI" | "MaT" | "MVI" | "M&T" | "PIE" | "Techniek" => "techniek",
        "afdelingsvakken en vakmanschapsroute" | "Profielloos" => "geen profiel",
        _ => "niet-techniek",
    };
    for row in code_list("elementcodes") {
        let (leerweg, profiel) = (row[2].as_str(), row[3].as_str());
        assert!(["", "bl", "kl", "gl", "tl"].contains(&leerweg), "{row:?}");
        assert_eq!(leerweg.is_empty(), profiel.is_empty(), "{row:?}");
        assert_eq!(row[4], sector(profiel), "{row:?}");
        // the profiles of the vocational tracks have codes 6p11, 6p21 and 6p31
        if let [b'6', profile, b'1'..=b'3', b'1'] = row[0].as_bytes() {
            let profiles = ["BWI", "PIE", "M&T", "MVI", "E&O", "HBR", "Z&W", "Groen", "MaT", "D&P"];
            assert_eq!(profiel, profiles[usize::from(profile - b'0')], "{row:?}");
        }
    }
    let subjects: Vec<String> = code_list("vakken").into_iter().map(|row| row[0].clone()).collect();
    let groups = code_list("vakgroepen");
    assert!(subjects.iter().all(|code| groups.iter().any(|row| row[0] == *code)));
    for row in groups {
        assert!(subjects.contains(&row[0]) && row[0].len() == 4, "{row:?}");
        let profiles = ["D&P", "BWI", "PIE", "M&T", "MVI", "MaT", "HBR", "Z&W", "Groen", "E&O"];
        match (row[1].as_str(), row[2].as_str()) {
            ("profiel", profiel) => assert!(profiles.contains(&profiel), "{row:?}"),
            ("avo" | "overig", "") => {}
            _ => panic!("{row:?}"),
        }
    }
    for row in code_list("profielen") {
        let profiel = row[1].as_str();
        let vmbo = !row[2].is_empty();
        assert!(!vmbo || row[2] == sector(profiel), "{row:?}");
    }
}
