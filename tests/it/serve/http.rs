//! Queries over HTTP.
use std::io::Cursor;
use std::time::{Duration, Instant};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::server::{Server, client, open_desk, token};

const QUERY: &str = "select loket, personen from mart.bezoeken order by loket";

#[test]
fn an_answer_comes_in_the_format_that_is_accepted() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let ask = |accept: &str| {
        let (status, body) = server.ask(Some(&token), accept, QUERY);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        body
    };
    assert_eq!(ask("text/csv"), b"loket,personen\nA,2\nB,1\n");
    let json: serde_json::Value = serde_json::from_slice(&ask("*/*")).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{"loket": "A", "personen": 2}, {"loket": "B", "personen": 1}])
    );
    let lines = String::from_utf8(ask("application/x-ndjson")).unwrap();
    assert_eq!(lines.lines().count(), 2);
    let arrow = ask("application/vnd.apache.arrow.stream");
    let reader = StreamReader::try_new(Cursor::new(arrow), None).unwrap();
    assert_eq!(reader.schema().field(0).data_type(), &DataType::Utf8);
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
    let parquet = bytes::Bytes::from(ask("application/vnd.apache.parquet"));
    let mut batches = ParquetRecordBatchReaderBuilder::try_new(parquet)
        .unwrap()
        .build()
        .unwrap();
    let batch = batches.next().unwrap().unwrap();
    assert_eq!(
        batch.column(0).as_string::<i32>().value(1),
        "B",
        "not a view, which older readers do not know"
    );
    let (status, body) = server.ask(Some(&token), "image/png", QUERY);
    assert_eq!(status, 406, "{}", String::from_utf8_lossy(&body));
}

#[test]
fn columns_without_a_name_are_called_as_in_postgresql() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let sql = "select 'geheim', count(*), sum(personen), sum(personen), max(jaar) as jaar from bezoeken order by sum(personen)";
    let (status, body) = server.ask(Some(&token), "application/json", sql);
    assert_eq!(
        (status, String::from_utf8(body).unwrap().trim()),
        (
            200,
            r#"[{"?column?":"geheim","count":2,"sum":3,"sum_2":3,"jaar":"2023"}]"#
        )
    );
    let (_, body) = server.ask(Some(&token), "text/csv", "select 1, 1, upper('a')");
    assert_eq!(String::from_utf8(body).unwrap(), "?column?,?column?_2,upper\n1,1,A\n");
    let (_, body) = server.ask(Some(&token), "application/vnd.apache.parquet", "select 1, 1");
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(body)).unwrap();
    let names: Vec<_> = reader
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["?column?", "?column?_2"]);
}

#[test]
fn a_plan_names_no_folder_of_the_machine() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let root = dir.path().canonicalize().unwrap();
    let root = root.to_str().unwrap().trim_start_matches('/');
    for role in ["analyst", "admin"] {
        let token = token(dir.path(), role, role);
        for explain in ["explain", "explain verbose", "explain analyze"] {
            let told = server.rows(&token, &format!("{explain} select * from mart.bezoeken"));
            assert!(told.contains("mart/bezoeken/") && !told.contains(root), "{told}");
        }
    }
}

#[test]
fn parameters_are_values_and_never_sql() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let ask = |body: &str| {
        let mut answer = client()
            .post(format!("{}/api/v1/sql?format=csv", server.http))
            .header("Authorization", format!("Bearer {token}"))
            .content_type("application/json")
            .send(body)
            .unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    let query = r#""sql": "select personen from bezoeken where loket = $1 and personen >= $2""#;
    assert_eq!(
        ask(&format!("{{{query}, \"parameters\": [\"A\", 1]}}")),
        (200, "personen\n2\n".to_owned())
    );
    let injected = ask(&format!("{{{query}, \"parameters\": [\"A' or '1'='1\", 1]}}"));
    assert_eq!(injected, (200, "personen\n".to_owned()));
    let (status, told) = ask(&format!("{{{query}}}"));
    assert_eq!(status, 400, "{told}");
    let (status, told) = ask(r#"{"sql": 3}"#);
    assert_eq!(status, 400, "{told}");
    assert!(told.contains("line 1"), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let problem = |sql: &str, status: u16| {
        let (found, body) = server.ask(Some(&token), "*/*", sql);
        let body = String::from_utf8(body).unwrap();
        assert_eq!(found, status, "{sql}: {body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    assert_eq!(problem("select loket,, personen from bezoeken", 400)["position"], 14);
    let unknown = problem("select lokket from bezoeken", 400);
    assert_eq!(
        (&unknown["position"], &unknown["hint"]),
        (&8.into(), &"did you mean `loket`?".into())
    );
    assert_eq!(
        problem("select * from bezoken", 400)["hint"],
        "did you mean mart.bezoeken?"
    );
    problem("", 400);
    problem("select 1; select 2", 400);
    // the value that fails is the row's, and is not told
    let failed = problem("select cast(loket as int) from bezoeken", 422);
    assert!(!failed.to_string().contains("'A'"), "{failed}");
}

#[test]
fn who_does_not_post_a_query_is_told_how() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "ada", "analyst");
    let bearer = format!("Bearer {token}");
    let problem = |answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>, status: u16| {
        let mut answer = answer.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let allowed = answer
            .headers()
            .get("allow")
            .map(|value| value.to_str().unwrap().to_owned());
        let told: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!(told["status"], status);
        (allowed, told["hint"].as_str().unwrap().to_owned())
    };
    let get = |path: &str| {
        client()
            .get(format!("{}{path}", server.http))
            .header("Authorization", &bearer)
            .call()
    };
    let (allowed, hint) = problem(get("/api/v1/sql?sql=select+1"), 405);
    assert_eq!(allowed.as_deref(), Some("POST"));
    assert!(hint.contains("-d 'select 1'"), "{hint}");
    let (_, hint) = problem(get("/api/v2/sql"), 404);
    assert!(hint.contains("/api/v1/sql"), "{hint}");
    let posted = client().post(format!("{}/healthz", server.http)).send("x");
    let (_, hint) = problem(posted, 405);
    assert!(hint.contains("GET"), "{hint}");
}

#[test]
fn nothing_can_be_changed_and_no_file_read() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &[]);
    let token = token(dir.path(), "root", "admin");
    for sql in [
        "create table x as select 1",
        "create view x as select 1",
        "create external table x stored as csv location '/etc/passwd'",
        "drop table mart.bezoeken",
        "insert into mart.bezoeken values ('2023', 'A', 1)",
        "update mart.bezoeken set personen = 1",
        "delete from mart.bezoeken",
        "copy (select 1) to '/tmp/x.csv'",
        "copy mart.bezoeken to 'x.parquet'",
        "set datafusion.execution.batch_size = 1",
        "select * from '/etc/passwd'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_parquet('x.parquet')",
    ] {
        let (status, body) = server.ask(Some(&token), "*/*", sql);
        assert_eq!(status, 400, "{sql}: {}", String::from_utf8_lossy(&body));
    }
    assert_eq!(server.rows(&token, QUERY), "A,2\nB,1\n");
}

#[test]
fn a_query_has_limits() {
    let dir = open_desk();
    let settings = ["serve.query_seconds=2", "serve.query_rows=1000", "serve.queries=1"];
    let server = Server::start(dir.path(), &settings);
    let token = token(dir.path(), "ada", "analyst");
    let (status, body) = server.ask(Some(&token), "*/*", "select * from generate_series(1, 1001)");
    let told = String::from_utf8_lossy(&body);
    assert!(
        status == 422 && told.contains("more than the 1000 rows"),
        "{status} {told}"
    );
    assert_eq!(
        server.rows(&token, "select count(*) from generate_series(1, 5000)"),
        "5000\n"
    );
    let start = Instant::now();
    let endless = "select sum(a.value * b.value) from generate_series(1, 3000000) a, generate_series(1, 3000000) b";
    let (status, body) = server.ask(Some(&token), "*/*", endless);
    assert_eq!(status, 408, "{}", String::from_utf8_lossy(&body));
    assert!(start.elapsed() < Duration::from_secs(60));
    // its place is free again
    assert_eq!(server.rows(&token, "select 1"), "1\n");
}

#[test]
fn no_query_ends_the_process() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["query.memory_bytes=512MiB", "serve.query_seconds=30"]);
    let token = token(dir.path(), "ada", "analyst");
    let many = |start: &str, part: &str, times: usize| format!("{start}{}", part.repeat(times));
    let queries = [
        many("select 1", "+1", 100_000),
        many("select 1", " + 1", 4_900),
        many("select true", " or false", 2_400),
        many("select cast(1 as int", "[]", 2_000) + ")",
        many("select 1", " union all select 1", 1_600),
        many("select * from (select 1) a", ", (select 1) b", 1_200),
        many("select 1", " is null", 2_400),
        many("select ", "(", 4_000),
        "select length(repeat('x', 1900000000))".to_owned(),
        "select sum(length(repeat(v, 1000000))) from (select cast(value as varchar) v from generate_series(1, 8192))"
            .to_owned(),
        "select levenshtein(repeat('a', 1000000), repeat('b', 1000000))".to_owned(),
        "select array_length(array_repeat(1, 1000000000))".to_owned(),
        "select array_length(range(1, 1000000000000))".to_owned(),
        "select length(lpad('x', 2000000000, 'y'))".to_owned(),
    ];
    for sql in &queries {
        let (status, body) = server.ask(Some(&token), "*/*", sql);
        let told = String::from_utf8_lossy(&body);
        assert!(
            [200, 400, 408, 422].contains(&status),
            "{}: {status} {told}",
            &sql[..80.min(sql.len())]
        );
    }
    assert_eq!(server.rows(&token, QUERY), "A,2\nB,1\n");
}

#[test]
fn who_opens_connections_and_says_nothing_is_shown_the_door() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.connections=5"]);
    let address = server.http.trim_start_matches("http://");
    let silent: Vec<_> = (0..5).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    let start = Instant::now();
    // as long as the others have time to say something, and no longer
    while client().get(format!("{}/healthz", server.http)).call().is_err() {
        assert!(start.elapsed() < super::server::PATIENCE);
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(silent);
}

#[test]
fn a_caller_that_goes_away_stops_its_query() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &["serve.queries=1"]);
    let token = token(dir.path(), "root", "admin");
    let endless = "select sum(a.value * b.value) from generate_series(1, 3000000) a, generate_series(1, 3000000) b \
                   where a.value <> (select max(personen) from mart.bezoeken)";
    let hurried: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .build()
        .into();
    let answer = hurried
        .post(format!("{}/api/v1/sql", server.http))
        .header("Authorization", format!("Bearer {token}"))
        .content_type("text/plain")
        .send(endless);
    assert!(answer.is_err());
    // the only place comes free long before the query's time is up
    let cancelled = "select status from ops.access where query like '%generate_series%' and status <> 'running'";
    server.until(&token, cancelled, "cancelled\n");
}
