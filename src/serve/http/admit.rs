//! Who calls: every call is let in by the service, or refused before anything looks at it.
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem;
use crate::serve::access::Credential;
use crate::serve::{Door, Peer, Service};

/// Lets a call in, with its caller beside it; the answer to all others is the refusal.
pub(super) async fn admit(
    State(service): State<Arc<Service>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let shown = Credential::of(request.headers());
    if shown.is_none() && service.is_open() && !is_local(request.headers()) {
        return problem::foreign_host().into_response();
    }
    let name = shown.as_ref().and_then(|shown| shown.name.as_deref());
    let secret = shown.as_ref().map(|shown| shown.secret.as_str());
    match service.admit(Door::Http, peer.ip(), name, secret).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => problem::refused(&refused).into_response(),
    }
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
