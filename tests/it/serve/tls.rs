//! Encrypted doors. Certificate and key are made for these tests, for localhost, and no secret of anybody.
use super::server::{Server, client, open_desk, run};

/// Puts certificate and key in a project, and gives the settings for them.
pub fn settings(dir: &std::path::Path) -> [&'static str; 2] {
    let files = [
        ("config/tls.pem", include_str!("fixtures/localhost.pem")),
        ("config/tls.key", include_str!("fixtures/localhost.key")),
    ];
    for (path, text) in files {
        std::fs::write(dir.join(path), text).unwrap();
    }
    ["serve.tls_certificate=config/tls.pem", "serve.tls_key=config/tls.key"]
}

#[test]
fn an_encrypted_door_answers_who_trusts_its_certificate_and_nobody_in_the_clear() {
    let dir = open_desk();
    let server = Server::start(dir.path(), &settings(dir.path()));
    assert!(server.http.starts_with("https://"), "{}", server.http);
    let certificate = ureq::tls::Certificate::from_pem(include_bytes!("fixtures/localhost.pem")).unwrap();
    let roots = ureq::tls::RootCerts::new_with_certs(&[certificate]);
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
    let mut answer = agent.get(format!("{}/healthz", server.http)).call().unwrap();
    assert_eq!(answer.body_mut().read_to_string().unwrap(), "ok\n");
    assert!(
        client().get(format!("{}/healthz", server.http)).call().is_err(),
        "nobody vouches for it"
    );
    let plain = server.http.replace("https", "http");
    assert!(client().get(format!("{plain}/healthz")).call().is_err());
    let [certificate, key] = settings(dir.path());
    let http = format!("serve.http={}", server.http.trim_start_matches("https://"));
    let said = run(
        dir.path(),
        &["health", "--set", certificate, "--set", key, "--set", &http],
    );
    assert_eq!(said, "ready\n");
    let unencrypted = crate::cli::sluis(dir.path())
        .args(["health", "--set", &http])
        .output()
        .unwrap();
    assert_eq!(unencrypted.status.code(), Some(1));
    let told = String::from_utf8_lossy(&unencrypted.stderr);
    assert!(
        told.contains("if the service was started with serve.tls_certificate"),
        "{told}"
    );
}

#[test]
fn a_key_without_its_certificate_is_refused() {
    let dir = open_desk();
    let output = crate::cli::sluis(dir.path())
        .args(["serve", "--set", "serve.tls_key=config/tls.key"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let [certificate, key] = settings(dir.path());
    let refused = |certificate: &str| {
        let args = [
            "serve",
            "--set",
            certificate,
            "--set",
            key,
            "--set",
            "serve.http=127.0.0.1:0",
        ];
        let output = crate::cli::sluis(dir.path()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused("serve.tls_certificate=config/gone.pem");
    assert!(told.contains("gone.pem, and that file cannot be read"), "{told}");
    std::fs::write(dir.path().join("config/tls.pem"), "not a certificate").unwrap();
    let told = refused(certificate);
    assert!(told.contains("tls.pem"), "{told}");
}
