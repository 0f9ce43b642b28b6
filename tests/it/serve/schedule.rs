//! What runs by itself.
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::server::{PATIENCE, Server, deliver, desk, run, token};

pub const MART: &str = "select jaar, loket, personen from mart.bezoeken order by jaar, loket";

/// The jobs as `sluis schedule` shows them.
pub fn jobs(dir: &Path) -> serde_json::Value {
    serde_json::from_str(&run(dir, &["schedule", "--json"])).unwrap()
}

/// Waits until it holds.
pub fn wait(what: &str, server: &Server, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}:\n{}", server.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_file_that_is_dropped_appears_in_the_mart_without_a_command() {
    let dir = desk();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    deliver(dir.path(), 2024);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n2024,A,2\n2024,B,1\n");
    let done = "select job, kind, status from ops.occurrences where status <> 'skipped' order by due_at, job";
    let each = "bezoek,delivery,succeeded\nmodels,after,succeeded\n".repeat(2);
    // whether anything was changed before it started
    let first = "models,definition,succeeded\n";
    server.until(&root, done, &format!("{first}{each}"));
    assert_eq!(
        server.rows(&root, "select who, count(*) from ops.runs group by who order by who"),
        "schedule bezoek,2\nschedule models,2\n"
    );
    // the same bytes again are no delivery
    deliver(dir.path(), 2024);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(
        server.rows(&root, "select count(*) from ops.runs where kind = 'ingest'"),
        "2\n"
    );
    assert!(server.stop().success());
}

#[test]
fn a_file_that_is_said_to_be_complete_is_not_waited_for() {
    let dir = desk();
    let server = Server::start(dir.path(), &["schedule.stable_seconds=3600"]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(server.rows(&root, "select count(*) from ops.runs"), "0\n");
    fs::write(dir.path().join("landing/bezoek-2023.csv.done"), "").unwrap();
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
}

#[test]
fn a_service_that_is_killed_in_the_middle_of_a_run_goes_on_when_it_is_started_again() {
    let dir = desk();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    // large enough that the run is still going on when it is seen
    let mut text = String::from("jaar;persoon;loket\n");
    for _ in 0..600_000 {
        text.push_str("2023;111222333;A\n2023;123456782;A\n");
    }
    fs::write(dir.path().join("landing/bezoek-2023.csv.part"), text).unwrap();
    fs::rename(
        dir.path().join("landing/bezoek-2023.csv.part"),
        dir.path().join("landing/bezoek-2023.csv"),
    )
    .unwrap();
    let running = "select count(*) from ops.occurrences where job = 'bezoek' and status = 'running'";
    server.until(&root, running, "1\n");
    server.kill();
    let server = Server::start(dir.path(), &[]);
    server.until(&root, MART, "2023,A,2\n");
    let occurrence = "select status, attempt from ops.occurrences where job = 'bezoek'";
    server.until(&root, occurrence, "succeeded,2\n");
    assert_eq!(server.rows(&root, "select count(*) from staging.bezoek"), "1200000\n");
}

#[test]
fn two_services_on_one_project_run_what_is_due_once() {
    let dir = desk();
    let (one, other) = (Server::start(dir.path(), &[]), Server::start(dir.path(), &[]));
    let root = token(dir.path(), "root", "admin");
    for year in [2021, 2022, 2023] {
        deliver(dir.path(), year);
        one.until(
            &root,
            &format!("select count(*) from mart.bezoeken where jaar = '{year}'"),
            "2\n",
        );
    }
    let open = "select count(*) from ops.occurrences where status in ('queued', 'running')";
    other.until(&root, open, "0\n");
    let ingests = "select count(*) from ops.runs where kind = 'ingest' and rows_in > 0";
    assert_eq!(other.rows(&root, ingests), "3\n");
    assert!(one.stop().success() && other.stop().success());
}

#[test]
fn a_rejected_delivery_fails_and_is_taken_when_the_contract_is_mended() {
    let dir = desk();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    fs::write(
        dir.path().join("landing/bezoek-2023.csv"),
        "jaar;persoon;loket\n2023;111222333;C\n2023;123456782;C\n",
    )
    .unwrap();
    let failed = "select status from ops.occurrences where job = 'bezoek'";
    server.until(&root, failed, "failed\n");
    let contract = dir.path().join("pipelines/bezoek.toml");
    let text = fs::read_to_string(&contract).unwrap();
    fs::write(&contract, text.replace(r#"["A", "B"]"#, r#"["A", "B", "C"]"#)).unwrap();
    server.until(&root, MART, "2023,C,2\n");
}

#[test]
fn a_contract_that_is_wrong_leaves_the_one_before_in_force_and_that_is_said() {
    let dir = desk();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    let contract = dir.path().join("pipelines/bezoek.toml");
    let good = fs::read_to_string(&contract).unwrap();
    fs::write(&contract, good.replace("delimiter", "delimeter")).unwrap();
    wait("the problem is logged", &server, || server.log().contains("delimeter"));
    deliver(dir.path(), 2024);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n2024,A,2\n2024,B,1\n");
    // also after a restart
    assert!(server.stop().success());
    let server = Server::start(dir.path(), &[]);
    assert!(server.log().contains("delimeter"));
    deliver(dir.path(), 2025);
    server.until(&root, "select count(*) from mart.bezoeken", "6\n");
    fs::write(&contract, good).unwrap();
    wait("it is read again", &server, || server.log().contains("read again"));
}

#[test]
fn a_cron_schedule_runs_and_can_be_paused() {
    let dir = desk();
    let contract = dir.path().join("pipelines/bezoek.toml");
    let text = fs::read_to_string(&contract).unwrap();
    fs::write(
        &contract,
        text.replace(r#"{ on = "delivery" }"#, r#"{ cron = "*/2 * * * * *" }"#),
    )
    .unwrap();
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    deliver(dir.path(), 2023);
    server.until(&root, MART, "2023,A,2\n2023,B,1\n");
    run(dir.path(), &["schedule", "pause", "bezoek"]);
    let open = "select count(*) from ops.occurrences where job = 'bezoek' and status = 'running'";
    server.until(&root, open, "0\n");
    let count = "select count(*) from ops.occurrences where job = 'bezoek'";
    let before = server.rows(&root, count);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(server.rows(&root, count), before);
    assert_eq!(jobs(dir.path())["jobs"][0]["paused"], true);
    run(dir.path(), &["schedule", "resume", "bezoek"]);
    wait("it goes on", &server, || server.rows(&root, count) != before);
}

#[test]
fn a_backfill_takes_the_deliveries_of_a_stretch_again() {
    let dir = desk();
    for year in [2021, 2022, 2023] {
        deliver(dir.path(), year);
    }
    run(dir.path(), &["ingest"]);
    run(dir.path(), &["run"]);
    let said = run(
        dir.path(),
        &[
            "backfill", "bezoek", "--from", "2022", "--to", "2024", "--step", "1 year",
        ],
    );
    assert!(said.starts_with("2 intervals of bezoek queued"), "{said}");
    let server = Server::start(dir.path(), &[]);
    let root = token(dir.path(), "root", "admin");
    let done = "select kind, from_at, to_at, status from ops.occurrences where job = 'bezoek' order by from_at";
    server.until(
        &root,
        done,
        "backfill,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z,succeeded\n\
         backfill,2023-01-01T00:00:00Z,2024-01-01T00:00:00Z,succeeded\n",
    );
    let again = "select file, count(*) from ops.deliveries group by file order by file";
    let told = server.rows(&root, again);
    assert!(told.contains("bezoek-2021.csv,1"), "{told}");
    assert_eq!(server.rows(&root, "select count(*) from mart.bezoeken"), "6\n");
    let runs = "select count(*) from ops.runs where who = 'schedule bezoek' and rows_in = 4";
    assert_eq!(server.rows(&root, runs), "2\n");
    let last = |what: &str| {
        let told = jobs(dir.path());
        let job = &told["jobs"][0];
        job["last_kind"] == "backfill" && job["last_note"].as_str().is_some_and(|note| note.contains(what))
    };
    assert!(last("1 published, 3 rows, 1 set aside"), "{}", jobs(dir.path()));
    run(dir.path(), &["backfill", "bezoek", "--from", "1990", "--to", "1991"]);
    wait("it is said that there is nothing", &server, || {
        last("no delivery of that stretch")
    });
}
