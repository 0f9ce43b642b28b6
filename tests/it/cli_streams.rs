//! Pipes, signals, rights: how the program behaves among others.
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::cli::{project, sluis};
use crate::cli_ingest::{FILE, desk};

#[test]
fn a_closed_pipe_is_success() {
    let dir = project();
    // Longer than a pipe's buffer, read for one byte.
    let mut child = sluis(dir.path())
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut [0]).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return;
    };
    let dir = project();
    let output = sluis(dir.path())
        .args(["config", "show"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

#[test]
fn keys_in_the_environment_are_taken_out_of_it() {
    let dir = project();
    let ring = std::fs::read_to_string(dir.path().join(".sluis/keys.toml")).unwrap();
    let secret = ring
        .lines()
        .filter_map(|line| line.split_once("= "))
        .map(|(_, value)| value.trim_matches('"'));
    let secret = secret.max_by_key(|value| value.len()).unwrap().to_owned();
    let output = sluis(dir.path())
        .args(["config", "show", "keys"])
        .env("SLUIS__KEYS__SOURCE", "env:RING")
        .env("RING", &ring)
        .output()
        .unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\"env:RING\"") && !told.contains(&secret), "{told}");
}

#[test]
fn an_interrupted_ingest_publishes_nothing() {
    let dir = desk();
    let (header, rows) = FILE.split_once('\n').unwrap();
    let good: String = rows.lines().take(2).map(|line| format!("{line}\n")).collect();
    std::fs::write(
        dir.path().join("landing/bezoek-1.csv"),
        format!("{header}\n{}", good.repeat(200_000)),
    )
    .unwrap();
    let mut child = sluis(dir.path())
        .args(["ingest", "--set", "ingest.block_bytes=64KiB"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(
        lines.by_ref().any(|line| line.contains("reading")),
        "it never began to read"
    );
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.starts_with("interrupted;")), "{rest:?}");
    let status = sluis(dir.path()).args(["status"]).output().unwrap();
    assert!(String::from_utf8_lossy(&status.stdout).contains("nothing is published yet"));
    let runs = sluis(dir.path()).args(["runs"]).output().unwrap();
    assert!(String::from_utf8_lossy(&runs.stdout).contains("interrupted"));
}
