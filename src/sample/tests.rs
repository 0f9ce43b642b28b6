use std::collections::HashSet;
use std::fs;

use super::*;

fn sample(seed: u64, scale: f64) -> (tempfile::TempDir, SampleReport) {
    let folder = tempfile::tempdir().unwrap();
    let report = write(folder.path(), seed, scale).unwrap();
    (folder, report)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let ((a, one), (b, two), (c, _)) = (sample(7, 0.005), sample(7, 0.005), sample(8, 0.005));
    assert_eq!(one, two);
    let mut differing = 0;
    for file in &one.files {
        let read = |folder: &tempfile::TempDir| fs::read(folder.path().join(&file.name)).unwrap();
        assert_eq!(read(&a), read(&b), "{}", file.name);
        assert_eq!(read(&a).len() as u64, file.bytes);
        differing += usize::from(read(&a) != read(&c));
    }
    assert_eq!(
        differing,
        one.files.len() - 2,
        "only the postcodes and the programmes of teachers are the same for every seed"
    );
}

#[test]
fn enrolments_follow_the_layout_and_people_move_up() {
    let (folder, report) = sample(1, 0.01);
    let mut before: std::collections::HashMap<String, (u8, String)> = Default::default();
    let (mut up, mut stayed, mut same_school, mut seen) = (0, 0, 0, 0);
    for file in report.files.iter().filter(|file| file.pipeline == "duo_inschrijvingen") {
        let bytes = fs::read(folder.path().join(&file.name)).unwrap();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(text.lines().count() as u64, file.rows);
        // Within the budget of the contract, and visible.
        assert!(file.dirty_rows() * 1000 <= file.rows * 4 && file.dirty_rows() > 0);
        let mut now = std::collections::HashMap::new();
        for line in text.lines() {
            assert!(line.len() >= 42 && line.chars().count() <= 82 && line == line.trim_end());
            let (bsn, school, leerjaar) = (&line[..9], &line[13..19], line.as_bytes()[19] - b'0');
            if let Some((was, at)) = before.get(bsn) {
                seen += 1;
                up += usize::from(leerjaar == was + 1);
                stayed += usize::from(leerjaar == *was);
                same_school += usize::from(at == school);
            }
            now.entry(bsn.to_owned()).or_insert((leerjaar, school.to_owned()));
        }
        before = now;
    }
    assert_eq!(up + stayed, seen, "nobody skips a year");
    assert!(up * 100 > seen * 90 && same_school * 100 > seen * 90);
}

#[test]
fn counts_and_enrolments_are_of_the_same_pupils() {
    let (_folder, report) = sample(3, 0.02);
    let open = &report.marts.leerlingen_per_profiel_open;
    assert!(
        open.iter()
            .all(|cell| report.marts.leerlingen_per_profiel.contains(cell))
    );
    let profiles: HashSet<_> = open
        .iter()
        .filter(|cell| cell.leerweg == "kl")
        .map(|cell| cell.profiel)
        .collect();
    assert!(profiles.len() >= 8, "{profiles:?}");
    assert!(!report.unlisted_sites.is_empty());
}

#[test]
fn results_are_in_the_encodings_of_their_years() {
    let (folder, _) = sample(1, 0.02);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let old = read("passed_failed_2011.csv");
    // The same letter, e with diaeresis: 0x89 in cp850, 0xEB in windows-1252.
    assert!(old.contains(&0x89) && !old.contains(&0xEB));
    let new = read("passed_failed_2018.csv");
    assert!(new.contains(&0xEB) && !new.contains(&0x89));
}

#[test]
fn an_impossible_scale_and_an_occupied_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e6] {
        assert!(matches!(write(folder.path(), 1, scale), Err(SampleError::Scale { .. })));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    write(folder.path(), 1, 0.005).unwrap();
    assert!(matches!(
        write(folder.path(), 1, 0.005),
        Err(SampleError::Exists { .. })
    ));
}
