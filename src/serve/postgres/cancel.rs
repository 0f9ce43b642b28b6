//! Which connection a request to cancel is about.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use datafusion_postgres::pgwire::api::cancel::CancelHandler;
use datafusion_postgres::pgwire::messages::cancel::CancelRequest;
use datafusion_postgres::pgwire::messages::startup::SecretKey;

use super::session::Session;

type Key = (i32, Bytes);

/// The connections whose queries can be cancelled, by what they were told at their start.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<Key, Weak<Session>>>);

impl Sessions {
    /// Adds a connection, until what is returned is dropped.
    pub fn enter(self: &Arc<Self>, pid: i32, secret: &SecretKey, session: &Arc<Session>) -> Entered {
        let key = (pid, secret.to_bytes());
        self.lock().insert(key.clone(), Arc::downgrade(session));
        Entered {
            key,
            sessions: Arc::clone(self),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Weak<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CancelHandler for Sessions {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let session = self.lock().get(&(request.pid, request.secret_key.to_bytes())).cloned();
        if let Some(session) = session.and_then(|session| session.upgrade()) {
            session.cancel();
        }
    }
}

/// A connection is known; dropped with it.
#[derive(Debug)]
pub struct Entered {
    key: Key,
    sessions: Arc<Sessions>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.sessions.lock().remove(&self.key);
    }
}
