//! Letting a client in.
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_postgres::pgwire::api::auth::{
    StartupHandler, protocol_negotiation, save_startup_parameters_to_metadata,
};
use datafusion_postgres::pgwire::api::query::send_ready_for_query;
use datafusion_postgres::pgwire::api::{
    ClientInfo, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator, RandomPidSecretKeyGenerator,
};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::startup::{Authentication, BackendKeyData, ParameterStatus};
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use futures::{Sink, SinkExt as _};

use super::cancel::Sessions;
use super::error::{fatal, of_refusal};
use super::session::Session;
use super::settings::Settings;
use crate::serve::{Caller, Door, Service};

/// Lets clients in: the user is the name of a token, the password the token.
pub struct Startup {
    service: Arc<Service>,
    sessions: Arc<Sessions>,
    numbers: RandomPidSecretKeyGenerator,
    encrypted: bool,
}

/// Put on a connection for which there is no place.
pub struct NoPlace;

impl Startup {
    /// For a door that is `encrypted` or not.
    pub fn new(service: Arc<Service>, sessions: Arc<Sessions>, encrypted: bool) -> Self {
        Self {
            service,
            sessions,
            numbers: RandomPidSecretKeyGenerator::default(),
            encrypted,
        }
    }

    /// Before a password is asked for: it would be in clear text on the network.
    fn check<C: ClientInfo>(&self, client: &C) -> PgWireResult<()> {
        if client.session_extensions().get::<NoPlace>().is_some() {
            return Err(fatal("53300", "sorry, too many clients already"));
        }
        if self.encrypted && !client.is_secure() && !client.socket_addr().ip().is_loopback() {
            let message = "this service takes encrypted connections only: connect with sslmode=require";
            return Err(fatal("28000", message));
        }
        Ok(())
    }

    async fn admit<C: ClientInfo>(&self, client: &C, password: Option<&str>) -> PgWireResult<Caller> {
        let peer = client.socket_addr().ip();
        // without credentials anybody is somebody else than they say
        let name = client.metadata().get(METADATA_USER).filter(|_| password.is_some());
        let admitted = self
            .service
            .admit(Door::Postgres, peer, name.map(String::as_str), password);
        admitted.await.map_err(|refused| of_refusal(&refused))
    }

    async fn welcome<C>(&self, client: &mut C, caller: Caller) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let asked = client.metadata().iter();
        let asked = asked.map(|(name, value)| (name.as_str(), value.as_str()));
        let settings = Settings::at_start(&caller.who.name, asked);
        let reported = settings.reported();
        let (pid, secret) = self.numbers.generate(&*client);
        client.set_pid_and_secret_key(pid, secret.clone());
        let extensions = client.session_extensions();
        extensions.insert(Session::new(caller, settings));
        if let Some(session) = extensions.get::<Session>() {
            extensions.insert(self.sessions.enter(pid, &secret, &session));
        }
        client
            .feed(PgWireBackendMessage::Authentication(Authentication::Ok))
            .await?;
        for (name, value) in reported {
            let status = ParameterStatus::new(name, value);
            client.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
        }
        let key = BackendKeyData::new(pid, secret);
        client.feed(PgWireBackendMessage::BackendKeyData(key)).await?;
        client.set_state(PgWireConnectionState::ReadyForQuery);
        let status = client.transaction_status();
        send_ready_for_query(client, status).await
    }
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(startup) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                self.check(client)?;
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                if self.service.is_open() {
                    let caller = self.admit(client, None).await?;
                    return self.welcome(client, caller).await;
                }
                let ask = PgWireBackendMessage::Authentication(Authentication::CleartextPassword);
                Ok(client.send(ask).await?)
            }
            PgWireFrontendMessage::PasswordMessageFamily(password)
                if matches!(client.state(), PgWireConnectionState::AuthenticationInProgress) =>
            {
                let password = password.into_password()?;
                let caller = self.admit(client, Some(&password.password)).await?;
                self.welcome(client, caller).await
            }
            _ => Err(fatal("08P01", "expected a password")),
        }
    }
}
