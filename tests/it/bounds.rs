//! Bounds on what a delivery may cost: memory and open files, whatever its size.
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::marts_project::Project;

fn project(contract: &str) -> Project {
    let project = Project::bare();
    let head = "description = \"x\"\nowner = \"tests\"\nsource = \"test\"\n";
    let rest = "[[files]]\nglob = \"*.csv\"\n[format]\ntype = \"delimited\"\nencoding = \"utf-8\"\n";
    let text = contract.replace("[[files]]\n", rest);
    fs::write(project.root().join("pipelines/rows.toml"), format!("{head}{text}")).unwrap();
    project
}

/// Most memory the program had while it ran, in bytes; it must succeed.
#[cfg(target_os = "linux")]
fn peak(project: &Project, arguments: &[&str]) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sluis"))
        .args(arguments)
        .env("SLUIS_PROJECT", project.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // The kernel keeps the peak itself; it is gone only when the process is.
        let text = fs::read_to_string(&status).unwrap_or_default();
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            peak = line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10;
        }
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{ended}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_file() {
    const ROWS: usize = 150_000;
    let project = project(
        "[[files]]\n[[columns]]\nname = \"nummer\"\ntype = \"integer\"\n[[columns]]\nname = \"tekst\"\ntype = \"text\"\n",
    );
    let path = project.landing().join("rows.csv");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    writeln!(file, "nummer,tekst").unwrap();
    // Numbers in between keep the text from being one long repetition.
    let filling = "tekst van een regel ".repeat(7);
    for row in 0..ROWS {
        write!(file, "{row},").unwrap();
        for part in 0..10 {
            write!(file, "{}{filling}", row * 31 + part).unwrap();
        }
        writeln!(file).unwrap();
    }
    file.into_inner().unwrap();
    let size = path.metadata().unwrap().len();
    let sets = ["--set", "ingest.block_bytes=256KiB", "--set", "ingest.threads=2"];
    let peak = peak(&project, &[&sets[..], &["ingest"]].concat());
    println!(
        "a file of {} MB, at most {} MB in memory",
        size / 1_000_000,
        peak / 1_000_000
    );
    assert!(size > 200_000_000, "{size}");
    assert!(peak > 0 && peak < size / 2, "{peak} bytes for a file of {size}");
    assert_eq!(
        project.sql("select rows_in, rows_staged, rows_quarantined from ops.deliveries"),
        [format!("{ROWS}|{ROWS}|0")]
    );
}

#[test]
fn a_delivery_over_many_partitions_needs_few_open_files() {
    const PARTITIONS: usize = 1500;
    let project = project(
        "partition = [\"deel\"]\n[[files]]\n[[columns]]\nname = \"deel\"\ntype = \"text\"\n\
         [[columns]]\nname = \"nummer\"\ntype = \"integer\"\n[[columns]]\nname = \"tekst\"\ntype = \"text\"\n",
    );
    // Every partition comes back in later blocks, when others have been written since; some rows are too long to wait in
    // a writer's memory, so that more files are written by turns than may be open.
    let mut random = 1u64;
    let mut letters = |count: usize| -> String {
        let next = |_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::try_from(random >> 59).unwrap()])
        };
        (0..count).map(next).collect()
    };
    let mut rows = String::new();
    for row in 0..3 * PARTITIONS {
        let part = row % PARTITIONS;
        let long = if part < 400 { 20_000 } else { 10 };
        writeln!(rows, "gemeente-{part:04},{row},{}", letters(long)).unwrap();
    }
    project.deliver("rows.csv", format!("deel,nummer,tekst\n{rows}"));
    let script = project.root().join("few-files.sh");
    fs::write(&script, "#!/bin/sh\nulimit -n 256\nexec \"$@\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    let output = Command::new(&script)
        .arg(env!("CARGO_BIN_EXE_sluis"))
        .args(["--set", "ingest.block_bytes=64KiB", "ingest"])
        .env("SLUIS_PROJECT", project.root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let total = 3 * PARTITIONS;
    assert_eq!(
        project.sql("select rows_in, rows_staged, rows_quarantined from ops.deliveries"),
        [format!("{total}|{total}|0")]
    );
    assert_eq!(
        project.manifest("staging.rows")["files"].as_array().unwrap().len(),
        PARTITIONS
    );
    let per_partition =
        "select count(*), min(n), max(n) from (select deel, count(distinct nummer) n from staging.rows group by deel)";
    assert_eq!(project.sql(per_partition), [format!("{PARTITIONS}|3|3")]);
}
