//! One connection, from its first byte to its last.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use datafusion_postgres::pgwire::api::{ClientInfo, NoopHandler, PgWireConnectionState};
use datafusion_postgres::pgwire::error::PgWireError;
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use datafusion_postgres::pgwire::tokio::TlsAcceptor;
use datafusion_postgres::pgwire::tokio::server::{
    MaybeTls, PgWireMessageServerCodec, negotiate_tls, process_error, process_message,
};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::codec::{Framed, FramedParts};
use tokio_util::sync::CancellationToken;

use super::bounded::Bounded;
use super::cancel::Sessions;
use super::error;
use super::hung_up::OtherEnd;
use super::perform::Handler;
use super::prepared::Prepared;
use super::session::Session;
use super::startup::{NoPlace, Startup};
use crate::serve::Service;

/// How long a client may take until it is let in.
const STARTUP: Duration = Duration::from_secs(30);

type Socket = Framed<Bounded<MaybeTls>, PgWireMessageServerCodec<Prepared>>;

/// What all connections share.
#[derive(Clone)]
pub struct Door {
    handler: Arc<Handler>,
    startup: Arc<Startup>,
    sessions: Arc<Sessions>,
    /// COPY is refused before it starts.
    copy: Arc<NoopHandler>,
    tls: Option<TlsAcceptor>,
}

impl Door {
    /// A door to `service`.
    pub fn new(service: Arc<Service>, tls: Option<TlsAcceptor>) -> Self {
        let sessions = Arc::new(Sessions::default());
        let startup = Startup::new(Arc::clone(&service), Arc::clone(&sessions), tls.is_some());
        Self {
            handler: Arc::new(Handler { service }),
            startup: Arc::new(startup),
            sessions,
            copy: Arc::new(NoopHandler),
            tls,
        }
    }
}

/// One connection.
pub struct Connection {
    peer: SocketAddr,
    place: bool,
    stop: CancellationToken,
    deadline: Instant,
}

/// Whether a connection goes on.
enum Next {
    Message(PgWireFrontendMessage),
    Nothing,
    Wrong(PgWireError),
}

impl Connection {
    /// From `peer`; without a `place` it is only told that there is none.
    pub fn new(peer: SocketAddr, place: bool, stop: CancellationToken) -> Self {
        Self {
            peer,
            place,
            stop,
            deadline: Instant::now() + STARTUP,
        }
    }

    /// Answers its messages until it ends.
    pub async fn talk(self, stream: TcpStream, door: &Door) -> io::Result<()> {
        let other = OtherEnd::of(&stream);
        let negotiated = timeout_at(self.deadline, negotiate_tls(stream, door.tls.clone())).await;
        let Ok(Some(socket)) = negotiated.unwrap_or(Ok(None)) else {
            return Ok(());
        };
        let parts = socket.into_parts();
        let io = Bounded::new(parts.io, &parts.read_buf)?;
        let mut bounded = FramedParts::new::<PgWireBackendMessage>(io, parts.codec);
        bounded.read_buf = parts.read_buf;
        bounded.write_buf = parts.write_buf;
        let mut socket: Socket = Framed::from_parts(bounded);
        if !self.place {
            socket.session_extensions().insert(NoPlace);
        }
        loop {
            let message = match self.next(&mut socket).await {
                Next::Message(PgWireFrontendMessage::Terminate(_)) | Next::Nothing => return Ok(()),
                Next::Message(message) => message,
                Next::Wrong(wrong) => return farewell(&mut socket, wrong).await,
            };
            let last = matches!(message, PgWireFrontendMessage::CancelRequest(_));
            let extended = message.is_extended_query();
            let answered = tokio::select! {
                answered = self.answer(message, &mut socket, door) => answered,
                // what runs for it is dropped, and so stopped
                () = other.hung_up() => return Ok(()),
            };
            if let Err(failed) = answered {
                let told = error::told(failed);
                if told.is_fatal() {
                    return farewell(&mut socket, PgWireError::UserError(Box::new(told))).await;
                }
                process_error(&mut socket, PgWireError::UserError(Box::new(told)), extended).await?;
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn next(&self, socket: &mut Socket) -> Next {
        let read = match is_stranger(socket) {
            true => match timeout_at(self.deadline, socket.next()).await {
                Ok(read) => read,
                Err(_) => return Next::Nothing,
            },
            false => tokio::select! {
                biased;
                read = socket.next() => read,
                () = self.stop.cancelled() => {
                    return Next::Wrong(error::fatal("57P01", "the service is stopping"));
                }
            },
        };
        match read {
            Some(Ok(message)) => Next::Message(message),
            Some(Err(PgWireError::IoError(wrong))) if wrong.kind() == io::ErrorKind::InvalidData => {
                Next::Wrong(error::fatal("54000", wrong.to_string()))
            }
            Some(Err(PgWireError::IoError(_))) | None => Next::Nothing,
            Some(Err(wrong)) => {
                tracing::debug!(peer = %self.peer, "a message could not be read");
                Next::Wrong(wrong)
            }
        }
    }

    async fn answer(
        &self,
        message: PgWireFrontendMessage,
        socket: &mut Socket,
        door: &Door,
    ) -> Result<(), PgWireError> {
        let stranger = is_stranger(socket);
        let session = socket.session_extensions().get::<Session>();
        if let Some(session) = &session {
            session.set_busy(true);
        }
        let answer = process_message(
            message,
            socket,
            Arc::clone(&door.startup),
            Arc::clone(&door.handler),
            Arc::clone(&door.handler),
            Arc::clone(&door.copy),
            Arc::clone(&door.sessions),
        );
        let answered = match stranger {
            true => match timeout_at(self.deadline, answer).await {
                Ok(answered) => answered,
                Err(_) => Err(error::fatal("57P03", "the login takes too long")),
            },
            false => answer.await,
        };
        if let Some(session) = &session {
            session.set_busy(false);
        }
        if stranger && !is_stranger(socket) {
            socket.get_mut().welcome();
        }
        answered
    }
}

/// Whether nobody was let in yet.
fn is_stranger(socket: &Socket) -> bool {
    matches!(
        socket.state(),
        PgWireConnectionState::AwaitingSslRequest
            | PgWireConnectionState::AwaitingStartup
            | PgWireConnectionState::AuthenticationInProgress
    )
}

/// The last message of a connection.
async fn farewell(socket: &mut Socket, why: PgWireError) -> io::Result<()> {
    let message = PgWireBackendMessage::ErrorResponse(error::told(why).into());
    socket.send(message).await?;
    socket.close().await
}
