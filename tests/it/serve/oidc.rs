//! Logins by an identity provider: here one of this test, with a key of its own.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::server::{Server, open_desk, run};

/// An Ed25519 key made for this test (PKCS #8), and its public half.
const KEY: [u8; 48] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, 0xde, 0xfa, 0x81,
    0xeb, 0x0d, 0xcf, 0x97, 0xc8, 0x69, 0x7a, 0x6d, 0x1a, 0xb6, 0xd9, 0x87, 0xe8, 0xfc, 0xda, 0x58, 0x7c, 0x68, 0x49,
    0x36, 0xa5, 0x94, 0xc6, 0x1d, 0xe2, 0xc5, 0xbe, 0x26, 0x81,
];
const PUBLIC: &str = "opGRQOc8zTu5cNVeoTsxLNpHkRg2URViz5sVjnk-LCg";

/// A provider on a free port; counts how often its keys are asked for.
fn provider() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (own, count) = (issuer.clone(), Arc::clone(&asked));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let body = match String::from_utf8_lossy(&request[..length]).contains("openid-configuration") {
                true => json!({ "issuer": own, "jwks_uri": format!("{own}/keys") }),
                false => {
                    count.fetch_add(1, Ordering::SeqCst);
                    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "one", "x": PUBLIC }] })
                }
            };
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    (issuer, asked)
}

fn signed(kid: &str, claims: &Value) -> String {
    let header = Header {
        kid: Some(kid.to_owned()),
        ..Header::new(Algorithm::EdDSA)
    };
    encode(&header, claims, &EncodingKey::from_ed_der(&KEY)).unwrap()
}

#[test]
fn a_token_of_the_provider_is_believed_when_it_is_for_us_and_good() {
    let dir = open_desk();
    let (issuer, asked) = provider();
    let settings = [format!("oidc.issuer={issuer}"), "oidc.audience=sluis".to_owned()];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let server = Server::start(dir.path(), &[settings, vec!["serve.failed_logins=1000"]].concat());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": issuer, "aud": "sluis", "exp": now + 600, "preferred_username": "ada", "roles": ["analyst", "other"],
    });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let status = |token: &str, sql: &str| server.ask(Some(token), "*/*", sql).0;
    assert_eq!(status(&signed("one", &claims), "select * from bezoeken"), 200);
    assert_eq!(status(&signed("one", &claims), "select * from staging.bezoek"), 403);
    assert_eq!(
        status(
            &signed("one", &with("roles", json!("steward"))),
            "select * from ops.runs"
        ),
        200
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1, "keys are kept");
    for (what, token) in [
        (
            "another issuer",
            signed("one", &with("iss", json!("https://evil.example"))),
        ),
        ("another service", signed("one", &with("aud", json!("payroll")))),
        ("expired", signed("one", &with("exp", json!(now - 600)))),
        ("not yet", signed("one", &with("nbf", json!(now + 600)))),
        ("no role", signed("one", &with("roles", json!(["guest"])))),
        ("no name", signed("one", &with("preferred_username", json!("")))),
        ("another key", signed("two", &claims)),
        ("tampered", signed("one", &claims).replace('.', "x.")),
        ("unsigned", {
            let signed = signed("one", &claims);
            let parts: Vec<&str> = signed.split('.').collect();
            format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1])
        }),
        ("a secret that everybody knows", {
            let key = EncodingKey::from_secret(PUBLIC.as_bytes());
            encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
        }),
    ] {
        assert_eq!(status(&token, "select 1"), 401, "{what}");
    }
    assert!(!server.log().contains("eyJ"), "a token is in the log");
    // tokens of our own go on beside it
    let root = super::server::token(dir.path(), "root", "admin");
    assert!(
        server
            .rows(&root, "select who, role from ops.access")
            .contains("oidc:ada,steward")
    );
    assert!(run(dir.path(), &["token", "list"]).contains("root"));
}
