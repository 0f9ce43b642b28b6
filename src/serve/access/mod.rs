//! Who is let in, and as what: the same on every door.

mod credential;
mod oidc;
mod role;
pub mod secret;
mod throttle;

pub use credential::Credential;
pub use oidc::{Oidc, OidcError};
pub use role::{NoSuchRole, ROLES, Role};
pub use throttle::Throttle;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::ledger::Ledger;

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The name of the token, or of the user at the identity provider.
    pub name: String,
    /// What they may see.
    pub role: Role,
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// HTTP.
    Http,
    /// PostgreSQL wire protocol.
    Postgres,
    /// Arrow Flight SQL.
    Flight,
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Door::Http => "http",
            Door::Postgres => "postgres",
            Door::Flight => "flight",
        })
    }
}

/// Who asks, through which door, from where.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub who: Principal,
    /// Through which door.
    pub door: Door,
    /// From which address.
    pub peer: IpAddr,
}

/// Why somebody is not let in. Never says which part was wrong.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No good credentials.
    #[error("not let in: give a token that is not expired or revoked (`sluis token create` makes one)")]
    Credentials,
    /// Too many failed logins from this address.
    #[error("too many failed logins from this address; try again in {} seconds", retry_after.as_secs().max(1))]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// It cannot be told now.
    #[error("logins cannot be checked now; try again later")]
    Unavailable,
}

/// Checks credentials.
#[derive(Debug)]
pub struct Access {
    ledger: Arc<Ledger>,
    oidc: Option<Oidc>,
    throttle: Throttle,
    open: bool,
}

impl Access {
    /// Checks against the tokens of `ledger` and the keys of an identity provider. `open` lets anybody in without
    /// credentials, as an analyst.
    pub fn new(ledger: Arc<Ledger>, oidc: Option<Oidc>, failed_logins: u32, open: bool) -> Self {
        Self {
            ledger,
            oidc,
            throttle: Throttle::new(failed_logins),
            open,
        }
    }

    /// Whether anybody is let in without credentials.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Lets somebody in. `name` is the user that a PostgreSQL client gives; it must be that of the credentials.
    ///
    /// # Errors
    /// When the credentials are not good, or nobody can tell.
    pub async fn admit(
        &self,
        door: Door,
        peer: IpAddr,
        name: Option<&str>,
        credential: Option<&str>,
    ) -> Result<Caller, Refused> {
        let credential = credential.map(str::trim).filter(|text| !text.is_empty());
        let Some(credential) = credential else {
            return match self.open {
                true => Ok(Caller {
                    who: Principal {
                        name: "anybody".to_owned(),
                        role: Role::Analyst,
                    },
                    door,
                    peer,
                }),
                false => Err(Refused::Credentials),
            };
        };
        // a token of ours is too random to be guessed: who has a good one need not wait for who has not
        let own = match secret::is_one(credential) {
            true => self.by_token(credential).await?,
            false => None,
        };
        let wait = self.throttle.wait(peer, Instant::now()).filter(|_| own.is_none());
        if let Some(retry_after) = wait {
            return Err(Refused::TooMany { retry_after });
        }
        let found = match own {
            None if !secret::is_one(credential) => self.by_provider(credential).await?,
            own => own,
        };
        match found.filter(|who| name.is_none_or(|name| name == who.name)) {
            Some(who) => Ok(Caller { who, door, peer }),
            None => {
                self.throttle.failed(peer, Instant::now());
                let user = name.filter(|name| self.knows(name));
                tracing::warn!(%door, %peer, user, "login refused");
                if self.throttle.wait(peer, Instant::now()).is_some() {
                    tracing::warn!(%peer, "too many failed logins: the address has to wait for a minute");
                }
                Err(Refused::Credentials)
            }
        }
    }

    /// Whether somebody who was let in before would still be: a connection may outlive its token. Those of an identity
    /// provider are let in for as long as their connection lasts.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn still_lets_in(&self, who: &Principal) -> Result<bool, crate::ledger::LedgerError> {
        if self.open || who.name.starts_with(oidc::PREFIX) {
            return Ok(true);
        }
        let now = Utc::now();
        let role = who.role.as_str();
        let is_theirs =
            |token: &crate::ledger::Token| token.name == who.name && token.role == role && token.is_live(now);
        Ok(self.ledger.tokens()?.iter().any(is_theirs))
    }

    /// Whether a token has that name. What else is typed as a user's name may be a password.
    fn knows(&self, name: &str) -> bool {
        let tokens = self.ledger.tokens().unwrap_or_default();
        tokens.iter().any(|token| token.name == name)
    }

    async fn by_token(&self, token: &str) -> Result<Option<Principal>, Refused> {
        let (ledger, hash) = (Arc::clone(&self.ledger), secret::hash(token));
        let look = move || {
            let now = Utc::now();
            let found = ledger.token(&hash)?.filter(|token| token.is_live(now));
            // once an hour is enough to see which tokens nobody uses
            let stale = |token: &crate::ledger::Token| token.used_at.is_none_or(|at| (now - at).num_minutes() >= 60);
            if found.as_ref().is_some_and(stale) {
                ledger.used_token(&hash, now)?;
            }
            Ok::<_, crate::ledger::LedgerError>(found)
        };
        let found = tokio::task::spawn_blocking(look).await;
        let unavailable = |error: &dyn std::error::Error| {
            tracing::error!(%error, "tokens cannot be looked up");
            Refused::Unavailable
        };
        let found = found.map_err(|error| unavailable(&error))?;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.and_then(|token| {
            Some(Principal {
                role: token.role.parse().ok()?,
                name: token.name,
            })
        }))
    }

    async fn by_provider(&self, token: &str) -> Result<Option<Principal>, Refused> {
        let Some(oidc) = &self.oidc else {
            return Ok(None);
        };
        match oidc.verify(token).await {
            Ok(who) => Ok(Some(who)),
            Err(OidcError::Keys(reason)) => {
                tracing::error!(reason, "tokens of the identity provider cannot be checked");
                Err(Refused::Unavailable)
            }
            Err(error) => {
                tracing::info!(%error, "a token of the identity provider was refused");
                Ok(None)
            }
        }
    }
}
