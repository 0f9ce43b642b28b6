//! What the service and `sluis schedule` say of what does not run as somebody may expect.
use std::fs;
use std::process::Stdio;

use super::schedule::{MART, jobs, wait};
use super::server::{Server, deliver, desk, run, token};
use crate::cli::sluis;

/// Puts a file in the landing folder in one step.
fn land(dir: &std::path::Path, name: &str, text: &str) {
    let draft = dir.join(name);
    fs::write(&draft, text).unwrap();
    fs::rename(draft, dir.join("landing").join(name)).unwrap();
}

#[test]
fn files_that_stay_are_told_in_the_log_and_by_sluis_schedule() {
    let dir = desk();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    land(
        dir.path(),
        "bezoek-2023.csv",
        "jaar;persoon;loket\n2023;111222333;A\n2023;123456782;A\n",
    );
    server.until(&root, MART, "2023,A,2\n");
    let nothing = run(dir.path(), &["schedule"]);
    assert!(!nothing.contains("not taken in"), "{nothing}");
    // the bytes of before take the place of their correction, and something comes that nobody asked for
    deliver(dir.path(), 2023);
    land(dir.path(), "notes.txt", "see mail\n");
    wait("both are told", &server, || {
        let log = server.log();
        log.contains("superseded by a correction") && log.contains("no pipeline takes it")
    });
    let shown = run(dir.path(), &["schedule"]);
    let back = "bezoek-2023.csv: these bytes of ";
    assert!(shown.contains("not taken in from landing:"), "{shown}");
    assert!(
        shown.contains(back) && shown.contains("notes.txt: no pipeline takes it"),
        "{shown}"
    );
    assert_eq!(jobs(dir.path())["left"].as_array().unwrap().len(), 2);
    assert_eq!(server.log().matches("no pipeline takes it").count(), 1);
    // taken back by hand: what reads it follows by itself
    run(dir.path(), &["ingest", "--file", "landing/bezoek-2023.csv"]);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    let shown = run(dir.path(), &["schedule"]);
    assert!(
        shown.contains("`sluis ingest` by hand") && !shown.contains(back),
        "{shown}"
    );
}

#[test]
fn what_is_done_by_hand_or_written_anew_makes_models_due() {
    let dir = desk();
    let contract = dir.path().join("pipelines/bezoek.toml");
    let text = fs::read_to_string(&contract).unwrap();
    let yearly = text.replace(r#"{ on = "delivery" }"#, r#"{ cron = "0 0 1 1 *" }"#);
    fs::write(&contract, yearly).unwrap();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    // the service has looked once
    let first = "select kind, status from ops.occurrences where job = 'models'";
    server.until(&root, first, "definition,succeeded\n");
    run(dir.path(), &["ingest"]);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    let mart = dir.path().join("sql/mart/bezoeken.sql");
    let text = fs::read_to_string(&mart).unwrap();
    fs::write(&mart, text.replace("group by", "where loket = 'A' group by")).unwrap();
    server.until(&root, MART, "2023,A,2\n");
    // also when it was written while no service ran
    assert!(server.stop().success());
    fs::write(&mart, text).unwrap();
    let server = Server::start(dir.path(), &[]);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
}

#[test]
fn a_job_that_stands_still_says_how_it_goes_on() {
    let dir = desk();
    run(dir.path(), &["schedule", "pause", "bezoek"]);
    let said = run(dir.path(), &["schedule", "now", "bezoek"]);
    assert!(said.contains("`sluis schedule resume bezoek`"), "{said}");
    let said = run(dir.path(), &["schedule", "cancel", "bezoek"]);
    assert!(said.starts_with("1 occurrence of bezoek taken back"), "{said}");
    assert!(said.contains("`sluis schedule now bezoek`"), "{said}");
}

const REFERRER: &str = r#"
description = "Desks"
owner = "desk"
source = "desk"

[[files]]
glob = "loket-*.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "loket"
type = "text"

[[references]]
columns = ["loket"]
to = "staging.bezoek"
"#;

#[test]
fn only_the_contract_that_is_wrong_is_blamed() {
    let dir = desk();
    fs::write(dir.path().join("pipelines/loket.toml"), REFERRER).unwrap();
    let server = Server::start(dir.path(), &[]);
    assert!(server.stop().success());
    let contract = dir.path().join("pipelines/bezoek.toml");
    let text = fs::read_to_string(&contract).unwrap();
    fs::write(&contract, text.replace("delimiter", "delimeter")).unwrap();
    let told = jobs(dir.path());
    let problems = told["problems"].as_array().unwrap();
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(problem["file"].as_str().unwrap().ends_with("bezoek.toml"), "{problem}");
        let hint = problem["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("the contract as it was before holds"), "{problem}");
    }
    let shown = run(dir.path(), &["schedule"]);
    assert!(
        shown.contains("its contract is wrong, and the one before holds"),
        "{shown}"
    );
}

/// A process that does not outlive its test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_line_of_a_json_log_is_json() {
    let dir = desk();
    let log = dir.path().join("serve.log");
    let mut command = sluis(dir.path());
    command.args(["--log-format", "json", "serve"]);
    for setting in ["http=127.0.0.1:0", "postgres=", "flight="] {
        command.args(["--set", &format!("serve.{setting}")]);
    }
    command.args(["--set", "schedule.stable_seconds=1"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap());
    let mut server = Killed(command.spawn().unwrap());
    // a run that fails, contracts and models with warnings and errors
    land(
        dir.path(),
        "bezoek-2023.csv",
        "jaar;persoon;loket\n2023;111222333;C\n2023;123456782;C\n",
    );
    fs::write(dir.path().join("pipelines/loket.toml"), "description = 1\n").unwrap();
    fs::write(dir.path().join("sql/mart/kapot.sql"), "select nothing from nowhere").unwrap();
    let start = std::time::Instant::now();
    let read = || fs::read_to_string(&log).unwrap();
    while !["run failed", "loket.toml", "kapot.sql"]
        .iter()
        .all(|word| read().contains(word))
    {
        assert!(start.elapsed() < super::server::PATIENCE, "{}", read());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let pid = rustix::process::Pid::from_child(&server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(server.0.wait().unwrap().success());
    for line in read().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    let failed = read();
    let failed = failed.lines().filter(|line| line.contains("run failed"));
    let mut failed = failed.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let reason = failed.next().unwrap()["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the contract allows 50% of the rows"), "{reason}");
    // what can be built is built, whatever else is wrong
    assert!(failed.next().is_none());
}

#[test]
fn settings_that_cannot_be_used_are_told_in_json_where_that_is_asked_for() {
    let dir = desk();
    let mut command = sluis(dir.path());
    command.env("SLUIS__LOG__FORMAT", "json").env("SLUIS__FOO__BAR", "1");
    let output = command.arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("SLUIS__FOO__BAR"), "{told}");
    for line in told.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(line["level"], "ERROR");
    }
}

#[test]
fn files_that_cannot_be_taken_are_listed_and_fail_no_run_of_others() {
    let dir = desk();
    fs::write(
        dir.path().join("pipelines/los.toml"),
        REFERRER.replace("loket-", "los-"),
    )
    .unwrap();
    fs::write(dir.path().join("pipelines/nieuw.toml"), "descripion = 'x'\n").unwrap();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    land(
        dir.path(),
        "bezoek-zonder.csv",
        "jaar;persoon;loket\n2023;111222333;A\n",
    );
    land(dir.path(), "los-1.csv", "loket\nA\n");
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("landing/bezoek-2020.csv")).unwrap();
    deliver(dir.path(), 2023);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    let failed = "select count(*) from ops.occurrences where status in ('failed', 'queued', 'running')";
    server.until(&root, failed, "0\n");
    let shown = run(dir.path(), &["schedule"]);
    for told in [
        "bezoek-zonder.csv: the file's name does not tell its period",
        "bezoek-2020.csv: a symbolic link",
        "los-1.csv: the contract los has no `schedule`: `sluis ingest los` takes it in",
    ] {
        assert!(
            shown.contains(told) && server.log().contains(&told[..told.find(':').unwrap()]),
            "{shown}"
        );
    }
    assert!(shown.contains("1 error in what it builds, below"), "{shown}");
    let now = sluis(dir.path()).args(["schedule", "now", "los"]).output().unwrap();
    let told = String::from_utf8(now.stderr).unwrap();
    assert!(
        told.contains("los has no schedule") && told.contains("`sluis ingest los`"),
        "{told}"
    );
    // without the folder the jobs are still to be seen, and nobody takes the service for ready
    fs::rename(dir.path().join("landing"), dir.path().join("gone")).unwrap();
    let shown = sluis(dir.path()).arg("schedule").output().unwrap();
    assert!(!shown.status.success() && String::from_utf8_lossy(&shown.stdout).contains("bezoek"));
    let ready = |status: u16| {
        let url = format!("{}/readyz", server.http);
        move || super::server::client().get(&url).call().unwrap().status() == status
    };
    wait("it is not ready", &server, ready(503));
    fs::rename(dir.path().join("gone"), dir.path().join("landing")).unwrap();
    wait("it is ready again", &server, ready(200));
    assert_eq!(server.log().matches("is tried again each second").count(), 1);
}

#[test]
fn a_table_that_is_rolled_back_says_which_deliveries_it_no_longer_holds() {
    let dir = desk();
    deliver(dir.path(), 2023);
    run(dir.path(), &["ingest"]);
    let file = "jaar;persoon;loket\n2023;111222333;A\n";
    land(dir.path(), "bezoek-2023.csv", file);
    land(dir.path(), "bezoek-2024.csv", &file.replace("2023", "2024"));
    run(dir.path(), &["ingest"]);
    let said = run(dir.path(), &["rollback", "staging.bezoek", "--to", "1"]);
    assert!(said.contains("it no longer holds 2 deliveries"), "{said}");
    let status = "select file, rows_staged from ops.deliveries where status = 'published'";
    let held = run(dir.path(), &["sql", status, "--format", "csv"]);
    assert_eq!(held, "file,rows_staged\nbezoek-2023.csv,3\n");
    let shown = run(dir.path(), &["schedule"]);
    for file in ["bezoek-2023.csv", "bezoek-2024.csv"] {
        assert!(
            shown.contains(&format!("{file}: these bytes were not taken on")),
            "{shown}"
        );
    }
    assert!(shown.contains("its table no longer holds it"), "{shown}");
    run(dir.path(), &["ingest", "--file", "landing/bezoek-2024.csv"]);
    let count = run(
        dir.path(),
        &["sql", "select count(*) as n from staging.bezoek", "--format", "csv"],
    );
    assert_eq!(count, "n\n4\n");
}

#[test]
fn a_table_without_a_model_is_told_and_can_be_taken_back() {
    let dir = super::server::open_desk();
    let refused = sluis(dir.path()).args(["withdraw", "mart.bezoeken"]).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("sql/mart/bezoeken.sql fills mart.bezoeken"), "{told}");
    fs::remove_file(dir.path().join("sql/mart/bezoeken.sql")).unwrap();
    let server = Server::start(dir.path(), &[]);
    let ada = token(dir.path(), "ada", "analyst");
    server.until(&ada, MART, "2023,A,2\n2023,B,1\n");
    let shown = run(dir.path(), &["schedule"]);
    assert!(
        shown.contains("mart.bezoeken: `sluis withdraw mart.bezoeken` takes it back"),
        "{shown}"
    );
    let said = run(dir.path(), &["withdraw", "mart.bezoeken"]);
    assert_eq!(said, "mart.bezoeken is published no more; 1 version of it deleted\n");
    let (status, body) = server.ask(Some(&ada), "text/csv", MART);
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
    assert!(!dir.path().join("lake/mart/bezoeken.parquet").exists());
    assert!(!run(dir.path(), &["schedule"]).contains("filled by no"));
}
