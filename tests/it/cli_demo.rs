//! The quick start: one command from nothing to published marts.
use crate::cli::{shown, sluis};

/// The numbers of a line, thousands marks left out.
fn numbers(line: &str) -> Vec<u64> {
    let plain = line.replace(',', "");
    plain
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect()
}

#[test]
fn from_nothing_to_published_marts_and_again() {
    let dir = tempfile::tempdir().unwrap();
    let output = sluis(dir.path()).args(["demo", "--scale", "0.01"]).output().unwrap();
    let told = shown(dir.path(), &output);
    assert!(output.status.success(), "{told}");
    let line = |start: &str| {
        told.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no {start}: {told}"))
            .to_owned()
    };
    let [delivered, staged, quarantined, dropped] = numbers(&line("rows "))[..] else {
        panic!("{told}")
    };
    assert_eq!(delivered, staged + quarantined + dropped);
    assert!(staged > 10_000 && quarantined > 0, "{told}");
    for mart in [
        "leerlingen_per_profiel",
        "leerlingen_per_profiel_open",
        "vestigingen_per_profiel_open",
    ] {
        let path = line(&format!("mart.{mart} "))
            .split_whitespace()
            .last()
            .unwrap()
            .to_owned();
        let parquet = std::fs::read(dir.path().join(&path)).unwrap();
        assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"), "{path}");
    }
    assert!(line("profiel ").contains("total") && told.contains("\nPIE "), "{told}");
    assert!(told.contains("  sluis --project sluis-demo sql "), "{told}");

    // What it says to type next works, and the same demo again changes nothing.
    let next = sluis(dir.path())
        .args(["--project", "sluis-demo", "plan"])
        .output()
        .unwrap();
    assert!(next.status.success(), "{}", shown(dir.path(), &next));
    let again = sluis(dir.path()).args(["demo", "--scale", "0.01"]).output().unwrap();
    let told_again = shown(dir.path(), &again);
    assert!(again.status.success(), "{told_again}");
    assert!(
        told_again.contains("those of an earlier demo were kept"),
        "{told_again}"
    );
    let report = |told: &str| told.split("\n\n").skip(1).take(4).collect::<Vec<_>>().join("\n\n");
    assert_eq!(report(&told_again), report(&told));
}
