//! Who calls: every call is let in by the service, or refused before anything looks at it.
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::status;
use crate::serve::access::Credential;
use crate::serve::{Caller, Door, Peer, Service};

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
