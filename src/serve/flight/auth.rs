//! Who calls: every call is let in by the service, or refused before anything looks at it.
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tonic::metadata::MetadataMap;

use super::status;
use crate::serve::listener::Peer;
use crate::serve::{Caller, Door, Service};

/// What a call shows to be let in.
pub(super) struct Credential {
    /// The user, where the client gives one: JDBC and ODBC drivers do.
    pub(super) name: Option<String>,
    /// An API token or a JWT.
    pub(super) secret: String,
}

impl Credential {
    /// What the `authorization` header says.
    pub(super) fn of(headers: &HeaderMap) -> Option<Credential> {
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

/// Lets a call in, with its caller beside it; the answer to all others is the refusal.
pub(super) async fn admit(
    State(service): State<Arc<Service>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    // gRPC is HTTP/2; what comes otherwise is a browser, perhaps with a page from elsewhere
    if request.version() != Version::HTTP_2 {
        return StatusCode::HTTP_VERSION_NOT_SUPPORTED.into_response();
    }
    let shown = Credential::of(request.headers());
    let name = shown.as_ref().and_then(|shown| shown.name.as_deref());
    let secret = shown.as_ref().map(|shown| shown.secret.as_str());
    match service.admit(Door::Flight, peer.ip(), name, secret).await {
        Ok(caller) => {
            request.extensions_mut().insert::<Caller>(caller);
            next.run(request).await
        }
        Err(refused) => status::refused(&refused).into_http(),
    }
}

/// Who was let in with this call.
pub(super) fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, tonic::Status> {
    let caller = request.extensions().get::<Caller>();
    caller.cloned().ok_or_else(status::nobody)
}
