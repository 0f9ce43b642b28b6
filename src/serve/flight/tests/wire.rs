//! The door as a client of gRPC sees it.
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type, Schema};
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetPrimaryKeys, CommandGetTables};
use arrow_flight::{FlightInfo, Ticket};
use chrono::Utc;
use futures::{StreamExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::engine::{CatalogSources, Engine, EngineOptions};
use crate::lake::{FileTags, Lake, LakeOptions, PublicationMeta};
use crate::ledger::{Ledger, Token};
use crate::serve::access::secret;
use crate::serve::{Access, Limits, Listening, Service, flight};

type Client = FlightSqlServiceClient<Channel>;

/// Rows that do not end.
const ENDLESS: &str =
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT i FROM n";

/// A project with tables `mart.t` and `core.t`, tokens of ann (an analyst) and eve (an engineer), and its service.
struct Place {
    _dir: tempfile::TempDir,
    service: Arc<Service>,
    ann: String,
    eve: String,
    address: OnceLock<SocketAddr>,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open(&dir.path().join("lake"), LakeOptions::default()).unwrap();
        std::fs::create_dir(dir.path().join("reference")).unwrap();
        let ledger = Arc::new(Ledger::open(&dir.path().join("ledger.db")).unwrap());
        for table in ["mart.t", "core.t"] {
            publish(&lake, table, 10);
        }
        let token = |name: &str, role: &str| {
            let token = secret::new().unwrap();
            let known = Token {
                name: name.into(),
                role: role.into(),
                created_at: Utc::now(),
                created_by: "test".into(),
                expires_at: None,
                revoked_at: None,
                used_at: None,
            };
            assert!(ledger.put_token(&secret::hash(&token), &known).unwrap());
            token.to_string()
        };
        let (ann, eve) = (token("ann", "analyst"), token("eve", "engineer"));
        let sources = CatalogSources {
            lake,
            reference: dir.path().join("reference"),
            ledger: Some(Arc::clone(&ledger)),
        };
        let engine = EngineOptions {
            threads: 2,
            ..EngineOptions::new(dir.path().join("spill"))
        };
        let limits = Limits {
            time: Duration::from_secs(60),
            hurried: false,
            rows: 0,
            memory: 1 << 28,
            queries: 2,
        };
        let access = Access::new(Arc::clone(&ledger), None, 100, false);
        let service = Service::new(Engine::new(engine).unwrap(), sources, ledger, access, limits);
        Place {
            _dir: dir,
            service: Arc::new(service),
            ann,
            eve,
            address: OnceLock::new(),
        }
    }

    /// Runs `work` with a connection of ann and one of eve, then stops the door, which must end by itself.
    fn served<F: Future<Output = ()>>(&self, work: impl FnOnce(Client, Client) -> F) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = *self.address.get_or_init(|| listener.local_addr().unwrap());
            let uri = format!("http://{address}");
            let listening = Listening {
                listener,
                tls: None,
                connections: 8,
            };
            let stop = CancellationToken::new();
            let door = tokio::spawn(flight::serve(Arc::clone(&self.service), listening, stop.clone()));
            let connect = async |token: &str| {
                let channel = Endpoint::from_shared(uri.clone()).unwrap().connect().await.unwrap();
                let mut client = FlightSqlServiceClient::new(channel);
                client.set_token(token.to_owned());
                client
            };
            work(connect(&self.ann).await, connect(&self.eve).await).await;
            stop.cancel();
            tokio::time::timeout(Duration::from_secs(10), door)
                .await
                .unwrap()
                .unwrap()
                .unwrap();
        });
    }
}

fn publish(lake: &Lake, table: &str, rows: i64) {
    let mut draft = lake.draft(&table.parse().unwrap()).unwrap();
    let file = draft.create(&Vec::new()).unwrap();
    let rows = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(0..rows)) as _)]).unwrap();
    let out = std::fs::File::options().write(true).open(&file.path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(out, rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    draft.add(file, FileTags::default()).unwrap();
    let meta = PublicationMeta {
        schema: rows.schema(),
        partition_columns: vec![],
        sort: vec![],
        fingerprint: "f".into(),
        inputs: Default::default(),
        properties: Default::default(),
        audits: vec![],
        run: "r".into(),
        created_at: Utc::now(),
        reason: "test".into(),
    };
    draft.commit(meta).unwrap();
}

fn ticket(info: &FlightInfo) -> Ticket {
    info.endpoint[0].ticket.clone().unwrap()
}

async fn fetched(client: &mut Client, info: FlightInfo) -> Vec<RecordBatch> {
    let rows: Vec<RecordBatch> = client.do_get(ticket(&info)).await.unwrap().try_collect().await.unwrap();
    let told = info.try_decode_schema().unwrap();
    assert!(rows.iter().all(|batch| *batch.schema() == told));
    rows
}

fn code<T>(result: Result<T, FlightError>) -> (Code, String) {
    match result.err().expect("refused") {
        FlightError::Tonic(status) => (status.code(), status.message().to_owned()),
        other => panic!("{other}"),
    }
}

fn texts(rows: &[RecordBatch], column: usize) -> Vec<String> {
    let values = rows
        .iter()
        .flat_map(|batch| batch.column(column).as_string::<i32>().iter());
    values.flatten().map(str::to_owned).collect()
}

#[test]
fn a_query_is_told_and_answered_once_and_to_its_owner() {
    let place = Place::new();
    place.served(async |mut ann, mut eve| {
        let info = ann
            .execute("SELECT sum(n) AS som FROM mart.t".into(), None)
            .await
            .unwrap();
        assert!(!ticket(&info).ticket.windows(3).any(|bytes| bytes == b"som"));
        let (foreign, _) = code(eve.do_get(ticket(&info)).await);
        assert_eq!(foreign, Code::NotFound);
        let rows = fetched(&mut ann, info.clone()).await;
        assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 45);
        let (again, _) = code(ann.do_get(ticket(&info)).await);
        assert_eq!(again, Code::NotFound);
    });
}

#[test]
fn a_plan_keeps_the_publication_and_a_prepared_statement_takes_the_newest() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        let sql = "SELECT count(*) AS n FROM mart.t";
        let planned = ann.execute(sql.into(), None).await.unwrap();
        let mut prepared = ann.prepare(sql.into(), None).await.unwrap();
        publish(&place.service.sources().lake, "mart.t", 3);
        let old = fetched(&mut ann, planned).await;
        let info = prepared.execute().await.unwrap();
        let new = fetched(&mut ann, info).await;
        let count = |rows: &[RecordBatch]| rows[0].column(0).as_primitive::<Int64Type>().value(0);
        assert_eq!((count(&old), count(&new)), (10, 3));
    });
}

#[test]
fn a_column_has_the_type_that_its_rows_settle_on() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        let sql = "SELECT 1 AS x UNION ALL SELECT 2.5 ORDER BY x";
        let info = ann.execute(sql.into(), None).await.unwrap();
        let rows = fetched(&mut ann, info).await;
        let values: Vec<f64> = rows
            .iter()
            .flat_map(|batch| batch.column(0).as_primitive::<Float64Type>().values().to_vec())
            .collect();
        assert_eq!(values, [1.0, 2.5]);
    });
}

#[test]
fn values_are_bound_and_bound_again() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        let mut prepared = ann.prepare("SELECT n FROM t WHERE n = ?".into(), None).await.unwrap();
        assert_eq!(prepared.parameter_schema().unwrap().fields().len(), 1);
        let (unbound, text) = code(prepared.execute().await);
        assert_eq!(unbound, Code::InvalidArgument, "{text}");
        for value in [4, 7] {
            let row = RecordBatch::try_from_iter([("0", Arc::new(Int64Array::from(vec![value])) as _)]).unwrap();
            prepared.set_parameters(row).unwrap();
            let info = prepared.execute().await.unwrap();
            let rows = fetched(&mut ann, info).await;
            assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().values(), &[value]);
        }
        let (update, text) = code(prepared.execute_update().await);
        assert_eq!(update, Code::InvalidArgument, "{text}");
        prepared.close().await.unwrap();
    });
}

#[test]
fn nobody_is_let_in_without_a_token_whatever_is_asked() {
    let place = Place::new();
    place.served(async |mut ann, mut eve| {
        for token in [None, Some("sluis_wrong".to_owned())] {
            match token {
                Some(token) => eve.set_token(token),
                None => eve.clear_token(),
            }
            assert_eq!(
                code(eve.execute("SELECT 1".into(), None).await).0,
                Code::Unauthenticated
            );
            assert_eq!(code(eve.get_catalogs().await).0, Code::Unauthenticated);
            assert_eq!(
                code(eve.prepare("SELECT 1".into(), None).await).0,
                Code::Unauthenticated
            );
            assert_eq!(code(eve.do_get(Ticket::new("x")).await).0, Code::Unauthenticated);
        }
        eve.clear_token();
        assert!(eve.handshake("ann", "sluis_wrong").await.is_err());
        assert!(eve.handshake("bob", &place.ann).await.is_err());
        eve.handshake("ann", &place.ann).await.unwrap();
        assert_eq!(eve.token(), Some(&place.ann));
        eve.execute("SELECT 1".into(), None).await.unwrap();
        ann.execute("SELECT 1".into(), None).await.unwrap();
    });
}

#[test]
fn a_browser_is_not_answered() {
    let place = Place::new();
    place.served(async |ann, _| {
        drop(ann);
        let address = place.address.get().unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let asked = "POST /arrow.flight.protocol.FlightService/ListActions HTTP/1.1\r\nHost: localhost\r\n\
                     Connection: close\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 505"), "{answer}");
    });
}

#[test]
fn a_role_sees_its_own_tables() {
    let place = Place::new();
    place.served(async |mut ann, mut eve| {
        let all = CommandGetTables {
            include_schema: true,
            ..CommandGetTables::default()
        };
        let info = ann.get_tables(all.clone()).await.unwrap();
        let rows = fetched(&mut ann, info).await;
        let kinds = (texts(&rows, 0), texts(&rows, 1), texts(&rows, 2), texts(&rows, 3));
        let one = |text: &str| vec![text.to_owned()];
        assert_eq!(kinds, (one("sluis"), one("mart"), one("t"), one("TABLE")));
        let columns = arrow_flight::IpcMessage(rows[0].column(4).as_binary::<i32>().value(0).to_vec().into());
        assert_eq!(Schema::try_from(columns).unwrap().field(0).name(), "n");

        let info = eve.get_tables(all).await.unwrap();
        let rows = fetched(&mut eve, info).await;
        assert!(texts(&rows, 1).contains(&"core".to_owned()), "{rows:?}");
        let narrow = CommandGetTables {
            db_schema_filter_pattern: Some("co%".into()),
            table_name_filter_pattern: Some("'; DROP".into()),
            ..CommandGetTables::default()
        };
        let info = eve.get_tables(narrow).await.unwrap();
        assert!(texts(&fetched(&mut eve, info).await, 2).is_empty());

        let info = ann.get_db_schemas(CommandGetDbSchemas::default()).await.unwrap();
        assert_eq!(texts(&fetched(&mut ann, info).await, 1), ["mart"]);
        let (hidden, text) = code(ann.execute("SELECT * FROM core.t".into(), None).await);
        assert_eq!(hidden, Code::PermissionDenied, "{text}");
    });
}

#[test]
fn questions_about_the_catalog_are_answered_with_the_columns_told() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        let keys = CommandGetPrimaryKeys {
            table: "t".into(),
            ..CommandGetPrimaryKeys::default()
        };
        let infos = [
            ann.get_catalogs().await.unwrap(),
            ann.get_table_types().await.unwrap(),
            ann.get_sql_info(vec![]).await.unwrap(),
            ann.get_primary_keys(keys).await.unwrap(),
            ann.get_xdbc_type_info(Default::default()).await.unwrap(),
        ];
        for info in infos {
            fetched(&mut ann, info).await;
        }
    });
}

#[test]
fn what_goes_wrong_has_its_code_and_no_cell() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        for (sql, wanted) in [
            ("SELEC 1", Code::InvalidArgument),
            ("SELECT 1 FROM mart.nergens", Code::InvalidArgument),
            ("SELECT nergens FROM mart.t", Code::InvalidArgument),
            ("DROP TABLE mart.t", Code::InvalidArgument),
            ("SELECT $1", Code::InvalidArgument),
        ] {
            let (got, text) = code(ann.execute(sql.into(), None).await);
            assert_eq!(got, wanted, "{sql}: {text}");
        }
        let sql = "SELECT CAST('geheim' || n AS INT) AS n FROM mart.t";
        let info = ann.execute(sql.into(), None).await.unwrap();
        let rows = match ann.do_get(ticket(&info)).await {
            Ok(rows) => rows.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        };
        let (got, text) = code(rows);
        assert_eq!(got, Code::InvalidArgument, "{text}");
        assert!(!text.contains("geheim"), "{text}");
        let (update, text) = code(ann.execute_update("DELETE FROM mart.t".into(), None).await);
        assert_eq!(update, Code::InvalidArgument, "{text}");
        let begun = ann.begin_transaction().await;
        assert_eq!(code(begun).0, Code::Unimplemented);
    });
}

#[test]
fn rows_that_are_left_half_way_free_their_place() {
    let place = Place::new();
    place.served(async |mut ann, _| {
        // more often than queries can run at a time
        for _ in 0..5 {
            let info = ann.execute(ENDLESS.into(), None).await.unwrap();
            let mut rows = ann.do_get(ticket(&info)).await.unwrap();
            assert!(rows.next().await.unwrap().is_ok());
        }
        let info = ann.execute("SELECT 1 AS een".into(), None).await.unwrap();
        fetched(&mut ann, info).await;
    });
}

#[test]
fn who_guesses_too_often_is_told_to_wait_and_of_no_error_of_the_service() {
    let place = Place::new();
    place.served(async |mut ann, mut eve| {
        eve.set_token("sluis_guess".to_owned());
        for _ in 0..100 {
            let (got, text) = code(eve.execute("SELECT 1".into(), None).await);
            assert!(
                got == Code::Unauthenticated && text.contains("not let in"),
                "{got} {text}"
            );
        }
        let (got, text) = code(eve.execute("SELECT 1".into(), None).await);
        assert!(
            got == Code::Unauthenticated && text.contains("try again in"),
            "{got} {text}"
        );
        eve.clear_token();
        let told = eve.handshake("eve", "guess").await.unwrap_err().to_string();
        assert!(told.contains("try again in"), "{told}");
        ann.execute("SELECT 1".into(), None).await.unwrap();
    });
}
