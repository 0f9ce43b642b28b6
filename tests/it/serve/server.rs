//! A service on a project of its own, on free ports of this machine.
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{project, sluis};

/// How long anything may take here; a slow machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(120);

const CONTRACT: &str = r#"
description = "Visits to a desk"
owner = "desk"
source = "desk"
partition = ["jaar"]
max_rejected = "50%"
schedule = { on = "delivery" }

[[files]]
glob = "bezoek-*.csv"
period = { pattern = '(\d{4})', as = "jaar" }

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "jaar"
type = "text"
pattern = '^\d{4}$'

[[columns]]
name = "persoon"
type = "person_key"
key = "bsn"
tag = "personal"
legal_basis = "test"
purpose = ["test"]

[[columns]]
name = "loket"
type = "code"
codes = ["A", "B"]
"#;

const MART: &str = r#"/*---
description = "Visits by year and desk"
grain = ["jaar", "loket"]
partition = ["jaar"]
disclosure = { count = "personen", min = 1 }
---*/
select jaar, loket, count(distinct persoon) as personen
from staging.bezoek
group by jaar, loket
"#;

const CORE: &str = r#"/*---
description = "Persons and their desks"
---*/
select persoon, jaar, loket from staging.bezoek
"#;

/// A project with one contract and two models, and nothing delivered.
pub fn desk() -> tempfile::TempDir {
    let dir = project();
    for folder in ["pipelines", "sql"] {
        fs::remove_dir_all(dir.path().join(folder)).unwrap();
    }
    for (path, text) in [
        ("pipelines/bezoek.toml", CONTRACT),
        ("sql/mart/bezoeken.sql", MART),
        ("sql/core/bezoekers.sql", CORE),
    ] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let settings = dir.path().join("config/sluis.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(
        settings,
        text.replace("[disclosure.min]\n", "[disclosure.min]\ndesk = 1\n"),
    )
    .unwrap();
    dir
}

/// A delivery of a year: two persons at A, one of them also at B, and a row with a key that is none.
pub fn deliver(dir: &Path, year: u32) {
    let text =
        format!("jaar;persoon;loket\n{year};111222333;A\n{year};123456782;A\n{year};111222333;B\n{year};123456789;A\n");
    // as it should be done: written elsewhere, and moved when complete
    let draft = dir.join(format!("bezoek-{year}.csv"));
    fs::write(&draft, text).unwrap();
    fs::rename(draft, dir.join(format!("landing/bezoek-{year}.csv"))).unwrap();
}

/// A project with one year delivered, taken in and published.
pub fn open_desk() -> tempfile::TempDir {
    let dir = desk();
    deliver(dir.path(), 2023);
    for command in ["ingest", "run"] {
        run(dir.path(), &[command]);
    }
    dir
}

/// What a command writes on standard output; it must succeed.
pub fn run(dir: &Path, args: &[&str]) -> String {
    let output = sluis(dir).args(args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// A new token.
pub fn token(dir: &Path, name: &str, role: &str) -> String {
    run(dir, &["token", "create", "--name", name, "--role", role])
        .trim()
        .to_owned()
}

/// A running service; it is killed when this is dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
    /// `http://127.0.0.1:PORT`
    pub http: String,
    /// Port of the PostgreSQL door.
    pub postgres: u16,
    /// `grpc://127.0.0.1:PORT`
    pub flight: String,
}

impl Server {
    /// Starts one on a project, with settings besides free ports.
    pub fn start(dir: &Path, settings: &[&str]) -> Self {
        let log = dir.join(format!("serve-{}.log", fs::read_dir(dir).unwrap().count()));
        let mut command = sluis(dir);
        command.arg("serve");
        let own = [
            "serve.http=127.0.0.1:0",
            "serve.postgres=127.0.0.1:0",
            "serve.flight=127.0.0.1:0",
            "schedule.stable_seconds=1",
        ];
        for setting in own.iter().chain(settings) {
            command.args(["--set", setting]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut addresses = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let (what, address) = line.split_once(' ').unwrap();
            if what == "schedule" {
                break;
            }
            addresses.push(address.trim().to_owned());
        }
        let [http, postgres, flight] = addresses.try_into().unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("it does not start: {}", fs::read_to_string(&log).unwrap())
        });
        let port = postgres.rsplit_once(':').unwrap().1.split('/').next().unwrap();
        Self {
            child,
            log,
            http: http.trim_end_matches("/api/v1/sql").to_owned(),
            postgres: port.parse().unwrap(),
            flight,
        }
    }

    /// A query over HTTP: status and body.
    pub fn ask(&self, token: Option<&str>, accept: &str, sql: &str) -> (u16, Vec<u8>) {
        let mut request = client()
            .post(format!("{}/api/v1/sql", self.http))
            .header("Accept", accept);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.content_type("text/plain").send(sql).unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        (answer.status().as_u16(), body)
    }

    /// A query over HTTP, as CSV without its header; it must succeed.
    pub fn rows(&self, token: &str, sql: &str) -> String {
        let (status, body) = self.ask(Some(token), "text/csv", sql);
        let text = String::from_utf8(body).unwrap();
        assert_eq!(status, 200, "{sql}: {text}");
        text.split_once('\n').unwrap().1.to_owned()
    }

    /// Asks until the answer is `wanted`.
    pub fn until(&self, token: &str, sql: &str, wanted: &str) {
        let start = Instant::now();
        loop {
            let (status, body) = self.ask(Some(token), "text/csv", sql);
            let text = String::from_utf8(body).unwrap();
            let rows = text.split_once('\n').map_or("", |(_, rows)| rows);
            if status == 200 && rows == wanted {
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{sql}: {status} {text}\nlog:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it at once, as the power would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, and waits for that.
    pub fn stop(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not stop:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that takes every status for an answer.
pub fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    config.timeout_global(Some(PATIENCE)).build().into()
}
