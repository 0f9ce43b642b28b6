//! Who may see what, and what is kept of who did.
use super::server::{Server, client, open_desk, run, token};

#[test]
fn only_health_is_open_without_credentials() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/", 404), ("/api/v1/tables", 404)] {
        let answer = client().get(format!("{}{path}", server.http)).call().unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
    for wrong in [None, Some("x"), Some("sluis_0000"), Some("a.b.c")] {
        let (status, body) = server.ask(wrong, "*/*", "select 1");
        assert_eq!(status, 401, "{wrong:?}: {}", String::from_utf8_lossy(&body));
    }
    assert_eq!(
        run(
            dir.path(),
            &["health", "--set", &format!("serve.http={}", &server.http[7..])]
        ),
        "ready\n"
    );
}

#[test]
fn each_role_sees_its_tables_and_no_others() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let tables = [
        ("mart.bezoeken", "analyst"),
        ("information_schema.tables", "analyst"),
        ("ops.deliveries", "steward"),
        ("ops.runs", "steward"),
        ("ops.quarantine", "steward"),
        ("ops.disclosure", "steward"),
        ("ops.access", "steward"),
        ("ops.occurrences", "steward"),
        ("core.bezoekers", "engineer"),
        ("staging.bezoek", "engineer"),
        ("ops.tokens", "admin"),
    ];
    let roles = ["analyst", "steward", "engineer", "admin"];
    for (rank, role) in roles.iter().enumerate() {
        let token = token(dir.path(), role, role);
        for (table, least) in tables {
            let (status, body) = server.ask(Some(&token), "*/*", &format!("select count(*) from {table}"));
            let may = rank >= roles.iter().position(|role| *role == least).unwrap();
            let told = String::from_utf8_lossy(&body);
            assert_eq!(status, if may { 200 } else { 403 }, "{role} {table}: {told}");
        }
        let listed = server.rows(
            &token,
            "select distinct table_schema from information_schema.tables order by 1",
        );
        let expected = match *role {
            "analyst" => "information_schema\nmart\n",
            "steward" => "information_schema\nmart\nops\n",
            _ => "core\ninformation_schema\nmart\nops\nref\nstaging\n",
        };
        assert_eq!(listed, expected, "{role}");
    }
}

#[test]
fn a_steward_sees_what_was_set_aside_but_nothing_of_a_person() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let (steward, engineer) = (
        token(dir.path(), "sil", "steward"),
        token(dir.path(), "els", "engineer"),
    );
    let (_, body) = server.ask(Some(&steward), "application/json", "select * from ops.quarantine");
    let rows: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let seen: Vec<_> = rows[0].as_object().unwrap().keys().cloned().collect();
    assert!(
        seen.contains(&"rule".to_owned()) && !seen.contains(&"row".to_owned()) && !seen.contains(&"keys".to_owned())
    );
    for column in ["row", "keys"] {
        let (status, _) = server.ask(
            Some(&steward),
            "*/*",
            &format!("select \"{column}\" from ops.quarantine"),
        );
        assert_eq!(status, 400, "{column}");
        let (status, _) = server.ask(
            Some(&engineer),
            "*/*",
            &format!("select \"{column}\" from ops.quarantine"),
        );
        assert_eq!(status, 200, "{column}");
    }
    assert_eq!(
        server.rows(&steward, "select mart, cells, withheld from ops.disclosure"),
        "bezoeken,2,0\n"
    );
}

#[test]
fn a_token_is_good_until_it_is_revoked_or_expires() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.failed_logins=1000"]);
    let ada = token(dir.path(), "ada", "analyst");
    assert_eq!(server.ask(Some(&ada), "*/*", "select 1").0, 200);
    let ledger = std::fs::read(dir.path().join(".sluis/ledger.db")).unwrap();
    let wal = std::fs::read(dir.path().join(".sluis/ledger.db-wal")).unwrap_or_default();
    let secret = ada.strip_prefix("sluis_").unwrap().as_bytes();
    for file in [&ledger, &wal] {
        assert!(
            !file.windows(secret.len()).any(|bytes| bytes == secret),
            "the token is stored"
        );
    }
    assert!(run(dir.path(), &["token", "list"]).contains("ada"));
    run(dir.path(), &["token", "revoke", "ada"]);
    assert_eq!(server.ask(Some(&ada), "*/*", "select 1").0, 401);
    let bob = run(
        dir.path(),
        &[
            "token",
            "create",
            "--name",
            "bob",
            "--role",
            "analyst",
            "--expires",
            "2999-01-01",
        ],
    );
    assert_eq!(server.ask(Some(bob.trim()), "*/*", "select 1").0, 200);
    let again = crate::cli::sluis(dir.path())
        .args(["token", "create", "--name", "bob", "--role", "analyst"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(again.stdout.is_empty());
}

#[test]
fn who_keeps_guessing_has_to_wait() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.failed_logins=3"]);
    let ada = token(dir.path(), "ada", "analyst");
    let tries: Vec<u16> = (0..5)
        .map(|_| server.ask(Some("sluis_guess"), "*/*", "select 1").0)
        .collect();
    assert_eq!(tries, [401, 401, 401, 429, 429]);
    // who has a good token does not wait for who shares the address
    assert_eq!(server.ask(Some(&ada), "*/*", "select 1").0, 200);
}

#[test]
fn who_read_which_table_is_kept_without_literals() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let (ada, root) = (token(dir.path(), "ada", "analyst"), token(dir.path(), "root", "admin"));
    server.rows(&ada, "select * from mart.bezoeken where loket <> 'geheim'");
    server.ask(Some(&ada), "*/*", "select * from staging.bezoek where loket = 'geheim'");
    server.rows(&ada, "select 1");
    let log = "select who, role, door, tables, status, rows from ops.access where who = 'ada' order by at";
    assert_eq!(
        server.rows(&root, log),
        "ada,analyst,http,mart.bezoeken,succeeded,2\nada,analyst,http,staging.bezoek,denied,0\n"
    );
    let queries = server.rows(&root, "select query from ops.access");
    assert!(
        queries.contains("loket <> ?") && !queries.contains("geheim"),
        "{queries}"
    );
    assert!(!server.log().contains("geheim"));
}

#[test]
fn without_credentials_only_this_machine_is_let_in_and_that_is_said() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.auth=none"]);
    assert_eq!(server.ask(None, "*/*", "select * from bezoeken").0, 200);
    assert_eq!(server.ask(None, "*/*", "select * from staging.bezoek").0, 403);
    assert!(server.log().contains("without a token"));
    // a page of elsewhere whose name leads to this machine
    let answer = client()
        .post(format!("{}/api/v1/sql", server.http))
        .header("Host", "evil.example:80")
        .content_type("text/plain")
        .send("select 1")
        .unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    let open = crate::cli::sluis(dir.path())
        .args(["serve", "--set", "serve.auth=none", "--set", "serve.http=0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(open.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&open.stderr).contains("other machines can reach"));
}
