//! Bound addresses, and connections to them.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take for the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request, and stay away between two.
const HEAD: Duration = Duration::from_secs(30);
/// How often a client over HTTP/2 is asked whether it is still there.
const THERE: Duration = Duration::from_secs(20);
/// The most requests at a time on one connection over HTTP/2.
const STREAMS: u32 = 64;

/// A bound address of a door, perhaps encrypted.
pub struct Listening {
    /// The address.
    pub listener: TcpListener,
    /// Encryption.
    pub tls: Option<TlsAcceptor>,
    /// The most connections at a time.
    pub connections: usize,
}

impl Listening {
    /// Answers HTTP, and gRPC over it, with `router` until `stop`; then no connection is taken, and those that are there end
    /// when their answers have.
    ///
    /// # Errors
    /// When the address cannot be asked for.
    pub async fn serve(self, router: Router, stop: CancellationToken) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(self.connections));
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // out of file handles, most often: others will close
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(%peer, "too many connections; one is refused");
                continue;
            };
            let (tls, router, stop) = (self.tls.clone(), router.clone(), stop.clone());
            connections.spawn(async move {
                connect(stream, peer, tls, router, stop).await;
                drop(place);
            });
        }
        connections.close();
        connections.wait().await;
        Ok(())
    }
}

async fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, peer, router, stop).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                talk(stream, peer, router, stop).await;
            }
        }
    }
}

/// Answers the requests of one connection.
async fn talk<S>(stream: S, peer: SocketAddr, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(THERE)
        .keep_alive_timeout(THERE)
        .max_concurrent_streams(STREAMS);
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
        seen.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        TowerToHyperService::new(router.clone()).call(request)
    });
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), answer));
    let mut patience = std::pin::pin!(sleep(HEAD));
    let (mut waits, mut goes_on) = (true, true);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "a connection broke");
                }
                return;
            }
            // which protocol it is has no timeout of its own
            () = patience.as_mut(), if waits => {
                waits = false;
                if !asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            () = stop.cancelled(), if goes_on => {
                goes_on = false;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The other end of a connection, in `ConnectInfo` of each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);
