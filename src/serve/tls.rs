//! Encryption of the doors: a certificate and its key.
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, ServerConfig};

/// Why a door cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(
        "`{setting}` is {}, and that file cannot be read: {reason}; give the path of one that this user may read, in full or \
         from the project's folder",
        path.display()
    )]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// A file is not what it should be.
    #[error(
        "`{setting}` is {}, and there is no {what} in that file; give one in PEM, the form that begins with -----BEGIN",
        path.display()
    )]
    NotPem {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
    },
    /// The key is that of another certificate.
    #[error(
        "the key in {} (`serve.tls_key`) is not that of the certificate in {} (`serve.tls_certificate`); give the key that \
         the certificate was made for, and put the certificate of this service before those that vouch for it",
        key.display(),
        certificate.display()
    )]
    OtherKey {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// They cannot be used.
    #[error(
        "the certificate in {} (`serve.tls_certificate`) and the key in {} (`serve.tls_key`) cannot be used: {reason}; give \
         a certificate of X.509 with a key of RSA, ECDSA or Ed25519",
        certificate.display(),
        key.display()
    )]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Encryption with a certificate chain and its key; `protocols` are those of HTTP that a client may choose from.
///
/// # Errors
/// When a file is not what it should be.
pub fn server_config(certificate: &Path, key: &Path, protocols: &[&[u8]]) -> Result<ServerConfig, TlsError> {
    let wrong_certificate = |error| wrong("serve.tls_certificate", certificate, "certificate", error);
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(wrong_certificate)?;
    if chain.is_empty() {
        return Err(wrong_certificate(pem::Error::NoItemsFound));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| wrong("serve.tls_key", key, "private key", error))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|error| unfit(certificate, key, &error))?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}

fn wrong(setting: &'static str, path: &Path, what: &'static str, error: pem::Error) -> TlsError {
    let path = path.to_path_buf();
    match error {
        pem::Error::Io(reason) => TlsError::Unreadable { setting, path, reason },
        _ => TlsError::NotPem { setting, path, what },
    }
}

fn unfit(certificate: &Path, key: &Path, error: &Error) -> TlsError {
    let (certificate, key) = (certificate.to_path_buf(), key.to_path_buf());
    match error {
        Error::InconsistentKeys(_) => TlsError::OtherKey { certificate, key },
        other => TlsError::Unusable {
            certificate,
            key,
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = include_str!("../../tests/it/serve/fixtures/localhost.pem");
    const KEY: &str = include_str!("../../tests/it/serve/fixtures/localhost.key");
    /// A key of Ed25519 of no certificate, made for this test.
    const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDf2n3kMe7F2/tWXNWCmi2r9l90+VVKQDCAuyn9mD0hF
-----END PRIVATE KEY-----
";

    #[test]
    fn what_is_wrong_is_told_with_setting_and_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (certificate, key) = (file("a.pem", CERTIFICATE), file("a.key", KEY));
        server_config(&certificate, &key, &[]).unwrap();
        let told = |certificate: &Path, key: &Path| server_config(certificate, key, &[]).unwrap_err().to_string();
        let gone = dir.path().join("gone.pem");
        let missing = told(&gone, &key);
        assert!(
            missing.starts_with("`serve.tls_certificate` is ")
                && missing.contains("gone.pem, and that file cannot be read: No such file"),
            "{missing}"
        );
        let missing = told(&certificate, &gone);
        assert!(missing.starts_with("`serve.tls_key` is "), "{missing}");
        let swapped = told(&key, &certificate);
        assert!(swapped.contains("there is no certificate in that file"), "{swapped}");
        let swapped = told(&certificate, &certificate);
        assert!(swapped.contains("there is no private key in that file"), "{swapped}");
        let other = told(&certificate, &file("b.key", OTHER_KEY));
        assert!(
            other.contains("is not that of the certificate") && other.contains("b.key (`serve.tls_key`)"),
            "{other}"
        );
    }
}
