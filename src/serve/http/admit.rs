//! Who calls: every call is let in by the service, or refused before anything looks at it.
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem;
use crate::serve::listener::Peer;
use crate::serve::{Door, Service};

/// Lets a call in, with its caller beside it; the answer to all others is the refusal.
pub(super) async fn admit(
    State(service): State<Arc<Service>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let credential = bearer(request.headers());
    if credential.is_none() && service.is_open() && !is_local(request.headers()) {
        return problem::foreign_host().into_response();
    }
    match service.admit(Door::Http, peer.ip(), None, credential).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => problem::refused(&refused).into_response(),
    }
}

/// The token of `Authorization: Bearer TOKEN`. Anything else that is shown there is a credential that nobody has.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?;
    let said = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
    Some(match said {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        _ => "unreadable",
    })
}

/// Whether a browser on this machine asked for this machine by name: a page of elsewhere, whose own name was made to lead
/// here, did not.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}
