//! The clients that people have: psql, psycopg and ADBC. They are installed by this test, in an environment of its
//! own, and skipped with a message where they cannot be.
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::server::{Server, open_desk, run, token};
use super::tls;

/// What is installed, with pip.
const PACKAGES: [&str; 3] = ["psycopg[binary]>=3.2,<4", "adbc-driver-flightsql>=1,<2", "pyarrow>=15"];

/// A Python that has the packages, made once.
fn python() -> Option<&'static Path> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| match install() {
        Ok(python) => Some(python),
        Err(why) => {
            eprintln!("skipped: the Python clients cannot be installed: {why}");
            None
        }
    })
    .as_deref()
}

fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("service-clients");
    let python = folder.join("bin/python");
    let done = |output: std::io::Result<Output>| match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr)
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let has = Command::new(&python)
        .args(["-c", "import psycopg, adbc_driver_flightsql, pyarrow"])
        .output();
    if done(has).is_ok() {
        return Ok(python);
    }
    done(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .output(),
    )?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--timeout",
        "20",
        "--retries",
        "1",
    ];
    done(Command::new(&python).args(pip).args(PACKAGES).output())?;
    Ok(python)
}

/// Runs a script that tells `ok` or `FAILED` of each thing it tries; all must be `ok`.
fn passes(python: &Path, script: &str, args: &[&str], server: &Server) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/serve")
        .join(script);
    let output = Command::new(python).arg(&script).args(args).output().unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && told.contains(" 0 failed"),
        "{}:\n{told}\nlog:\n{}",
        script.display(),
        server.log()
    );
}

#[test]
fn psycopg_and_the_queries_of_other_clients_are_answered() {
    let Some(python) = python() else { return };
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let port = server.postgres.to_string();
    let clients = format!("{}/tests/it/serve/postgres_clients.sql", env!("CARGO_MANIFEST_DIR"));
    let args = [
        "127.0.0.1",
        &port,
        "ada",
        &token,
        "--hidden",
        "staging.bezoek",
        "--clients",
        &clients,
    ];
    passes(python, "postgres.py", &args, &server);
}

#[test]
fn a_session_ends_with_its_token() {
    let Some(python) = python() else { return };
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let script = "import psycopg, sys
c = psycopg.connect(host='127.0.0.1', port=sys.argv[1], user='ada', password=sys.argv[2], dbname='sluis', autocommit=True)
print(c.execute('select count(*) from bezoeken').fetchone(), flush=True)
sys.stdin.readline()
try:
    print(c.execute('select count(*) from bezoeken').fetchone())
except psycopg.Error as error:
    print(error.sqlstate, error)
";
    let mut session = Command::new(python)
        .args(["-c", script, &server.postgres.to_string(), &token])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(session.stdout.take().unwrap()).lines();
    assert_eq!(told.next().unwrap().unwrap(), "(2,)");
    run(dir.path(), &["token", "revoke", "ada"]);
    session.stdin.take().unwrap().write_all(b"\n").unwrap();
    let refused = told.next().unwrap().unwrap();
    assert!(refused.starts_with("42501") && refused.contains("revoked"), "{refused}");
    session.wait().unwrap();
}

#[test]
fn psycopg_comes_in_encrypted() {
    let Some(python) = python() else { return };
    let dir = open_desk();
    let server = Server::start(dir.path(), &tls::settings(dir.path()));
    let token = token(dir.path(), "ada", "analyst");
    let port = server.postgres.to_string();
    let args = ["127.0.0.1", &port, "ada", &token, "--sslmode", "require"];
    passes(python, "postgres.py", &args, &server);
}

#[test]
fn adbc_is_answered() {
    let Some(python) = python() else { return };
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let (ada, bob) = (token(dir.path(), "ada", "analyst"), token(dir.path(), "bob", "analyst"));
    let args = [
        &server.flight,
        &ada,
        "--name",
        "ada",
        "--other",
        &bob,
        "--hidden",
        "staging.bezoek",
    ];
    passes(python, "flight.py", &args, &server);
}

#[test]
fn adbc_comes_in_encrypted() {
    let Some(python) = python() else { return };
    let dir = open_desk();
    let server = Server::start(dir.path(), &tls::settings(dir.path()));
    let token = token(dir.path(), "ada", "analyst");
    let uri = server.flight.replace("127.0.0.1", "localhost");
    let certificate = dir.path().join("config/tls.pem");
    let args = [uri.as_str(), &token, "--certificate", certificate.to_str().unwrap()];
    passes(python, "flight.py", &args, &server);
}

/// What psql says to commands, one for each `-c`.
fn psql(server: &Server, user: &str, token: &str, command: &str) -> Option<Output> {
    let port = server.postgres.to_string();
    let output = Command::new("psql")
        .args([
            "-X",
            "-At",
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            user,
            "-d",
            "sluis",
            "-c",
            command,
        ])
        .env("PGPASSWORD", token)
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: there is no psql: {error}");
            None
        }
    }
}

#[test]
fn psql_stops_a_query_with_ctrl_c() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.queries=1"]);
    let token = token(dir.path(), "root", "admin");
    let port = server.postgres.to_string();
    let endless = "select sum(a.value * b.value) from generate_series(1, 3000000) a, generate_series(1, 3000000) b \
                   where a.value <> (select max(personen) from mart.bezoeken)";
    let started = Command::new("psql")
        .args([
            "-X",
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "root",
            "-d",
            "sluis",
            "-c",
            endless,
        ])
        .env("PGPASSWORD", &token)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(psql) = started else {
        eprintln!("skipped: there is no psql");
        return;
    };
    std::thread::sleep(Duration::from_secs(3));
    let pid = rustix::process::Pid::from_child(&psql);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = psql.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("cancel"), "{told}");
    let status = "select status from ops.access where query like '%generate_series%' and who = 'root'";
    server.until(&token, &format!("{status} and tables = 'mart.bezoeken'"), "cancelled\n");
}

#[test]
fn psql_describes_and_asks() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    for line in include_str!("psql.txt").lines().filter(|line| !line.starts_with('#')) {
        let line = line.replace("{table}", "bezoeken");
        let (command, wanted) = line.split_once("=>").unwrap();
        let Some(output) = psql(&server, "ada", &token, command.trim()) else {
            return;
        };
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success() && !told.contains("ERROR"), "{command}: {told}");
        assert!(told.contains(wanted.trim()), "{command}: {told}");
    }
    let output = psql(
        &server,
        "ada",
        &token,
        "select loket, personen from mart.bezoeken order by 1",
    )
    .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "A|2\nB|1\n");
    let refused = psql(&server, "ada", &token, "select * from staging.bezoek").unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("may not be seen as analyst"));
    for (user, secret) in [("ada", "sluis_no"), ("bob", token.as_str()), ("ada", "")] {
        let output = psql(&server, user, secret, "select 1").unwrap();
        assert!(!output.status.success(), "{user} {secret}");
    }
}
