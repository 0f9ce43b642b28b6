//! What a call over HTTP or gRPC shows to be let in.
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tonic::metadata::MetadataMap;

/// What a call shows to be let in.
pub struct Credential {
    /// The user, where the client gives one: JDBC and ODBC drivers do.
    pub name: Option<String>,
    /// An API token or a JWT.
    pub secret: String,
}

impl Credential {
    /// What the `authorization` header says: `Bearer SECRET`, or `Basic` with a user.
    pub fn of(headers: &HeaderMap) -> Option<Credential> {
        let value = headers.get(AUTHORIZATION)?;
        let said = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
        let known = said.and_then(|(scheme, rest)| match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(Credential {
                name: None,
                secret: rest.trim().to_owned(),
            }),
            "basic" => basic(rest.trim()),
            _ => None,
        });
        // what cannot be read is a credential that nobody has, not the lack of one
        Some(known.unwrap_or_else(|| Credential {
            name: None,
            secret: "unreadable".to_owned(),
        }))
    }
}

/// User and password of Basic authentication.
fn basic(encoded: &str) -> Option<Credential> {
    // a binary header of gRPC is base64 too: no second decoder is needed
    let mut headers = HeaderMap::new();
    headers.insert("basic-bin", encoded.parse().ok()?);
    let bytes = MetadataMap::from_headers(headers)
        .get_bin("basic-bin")?
        .to_bytes()
        .ok()?;
    let (name, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some(Credential {
        name: Some(name.to_owned()),
        secret: secret.to_owned(),
    })
}
