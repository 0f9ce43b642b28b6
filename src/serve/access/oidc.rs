//! Tokens of an identity provider (OpenID Connect): signed by its keys, for us, and not expired.
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Principal, Role};
use crate::config;

/// In front of the names of its users.
pub const PREFIX: &str = "oidc:";
/// How long keys are believed before they are asked for again.
const KEEP: Duration = Duration::from_secs(3600);
/// How soon they are asked for again because a token names a key that is not among them.
const SOONEST: Duration = Duration::from_secs(30);
/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of an answer of the provider.
const MOST_BYTES: u64 = 1 << 20;
/// Signatures of key pairs only: with a shared secret whoever checks a token could make one.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Why a token of an identity provider is not believed. Never quotes the token.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// Its keys cannot be had.
    #[error("the keys of the identity provider cannot be had: {0}")]
    Keys(String),
    /// It is not a token, or not a good one.
    #[error("{0}")]
    Token(String),
    /// It names a key that the provider does not have.
    #[error("it is signed with a key that the identity provider does not publish")]
    UnknownKey,
    /// It does not say who it is for.
    #[error("it has no claim `{0}` with a text in it; see oidc.name_claim")]
    Name(String),
    /// It has no role of ours.
    #[error("its claim `{0}` has none of the roles analyst, steward, engineer and admin; see oidc.role_claim")]
    Role(String),
}

/// An identity provider.
#[derive(Debug)]
pub struct Oidc {
    settings: config::Oidc,
    keys: Mutex<Held>,
}

/// Keys of the provider.
#[derive(Debug, Default)]
struct Held {
    keys: Option<Arc<JwkSet>>,
    /// When they were last got.
    since: Option<Instant>,
    /// When they were last asked for, whatever came of it.
    asked: Option<Instant>,
}

#[derive(Deserialize)]
struct Discovery {
    jwks_uri: String,
}

impl Oidc {
    /// The provider of the settings, if there is one.
    pub fn new(settings: &config::Oidc) -> Option<Self> {
        (!settings.issuer.is_empty()).then(|| Self {
            settings: settings.clone(),
            keys: Mutex::default(),
        })
    }

    /// Who holds a token, and as what.
    ///
    /// # Errors
    /// When the token is not good, or the provider's keys cannot be had.
    pub async fn verify(&self, token: &str) -> Result<Principal, OidcError> {
        let of_token = |error: jsonwebtoken::errors::Error| OidcError::Token(error.to_string());
        let header = decode_header(token).map_err(of_token)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(OidcError::Token(format!(
                "{:?} is no signature of a key pair",
                header.alg
            )));
        }
        let key = self.key(header.kid.as_deref()).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        let claims = decode::<Value>(token, &key, &validation).map_err(of_token)?.claims;
        let name = &self.settings.name_claim;
        let name = claims
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| (1..=64).contains(&text.len()) && text.chars().all(|c| !c.is_control()))
            .ok_or_else(|| OidcError::Name(name.clone()))?;
        let role = role_in(claims.get(&self.settings.role_claim))
            .ok_or_else(|| OidcError::Role(self.settings.role_claim.clone()))?;
        Ok(Principal {
            // never the name of a token of ours
            name: format!("{PREFIX}{name}"),
            role,
        })
    }

    /// The key of that id, or the only one there is when a token names none.
    async fn key(&self, id: Option<&str>) -> Result<DecodingKey, OidcError> {
        let find = |keys: &JwkSet| match (id, keys.keys.as_slice()) {
            (Some(id), _) => keys.find(id).cloned(),
            (None, [only]) => Some(only.clone()),
            _ => None,
        };
        let mut held = self.keys.lock().await;
        let known = {
            let known = held.keys.as_deref().and_then(find);
            let fresh = held.since.is_some_and(|at| at.elapsed() < KEEP);
            // whoever asks with made-up keys must not keep the provider, or others, busy
            let soon = held.asked.is_some_and(|at| at.elapsed() < SOONEST);
            if (known.is_some() && fresh) || soon {
                let missing = match held.keys {
                    Some(_) => OidcError::UnknownKey,
                    None => OidcError::Keys("it did not answer a moment ago".to_owned()),
                };
                let key = known.ok_or(missing)?;
                return DecodingKey::from_jwk(&key).map_err(|error| OidcError::Token(error.to_string()));
            }
            held.asked = Some(Instant::now());
            known
        };
        let keep = |held: &mut Held, keys: JwkSet| {
            let key = find(&keys);
            held.keys = Some(Arc::new(keys));
            held.since = Some(Instant::now());
            key
        };
        let found = if held.keys.is_none() {
            // nobody can be let in before there are keys, so others wait for these
            let keys = self.fetch().await?;
            keep(&mut held, keys)
        } else {
            drop(held);
            match self.fetch().await {
                Ok(keys) => keep(&mut *self.keys.lock().await, keys),
                // what was believed an hour ago is believed while the provider is away
                Err(error) => {
                    tracing::warn!(%error, "the keys of the identity provider are kept from before");
                    known
                }
            }
        };
        let key = found.ok_or(OidcError::UnknownKey)?;
        DecodingKey::from_jwk(&key).map_err(|error| OidcError::Token(error.to_string()))
    }

    async fn fetch(&self) -> Result<JwkSet, OidcError> {
        let (issuer, jwks) = (self.settings.issuer.clone(), self.settings.jwks.clone());
        let work = move || {
            let address = match jwks.is_empty() {
                false => jwks,
                true => {
                    let issuer = issuer.trim_end_matches('/');
                    let found = get::<Discovery>(&format!("{issuer}/.well-known/openid-configuration"))?.jwks_uri;
                    if issuer.starts_with("https://") && !found.starts_with("https://") {
                        return Err(OidcError::Keys(format!("{found} is not encrypted")));
                    }
                    found
                }
            };
            get::<JwkSet>(&address)
        };
        let keys = tokio::task::spawn_blocking(work).await;
        keys.map_err(|error| OidcError::Keys(error.to_string()))?
    }
}

/// The highest role among a claim's texts.
fn role_in(claim: Option<&Value>) -> Option<Role> {
    match claim? {
        Value::String(text) => text.split_whitespace().filter_map(|word| word.parse().ok()).max(),
        Value::Array(texts) => texts.iter().filter_map(|text| text.as_str()?.parse().ok()).max(),
        _ => None,
    }
}

fn get<T: serde::de::DeserializeOwned>(address: &str) -> Result<T, OidcError> {
    let failed = |error: ureq::Error| OidcError::Keys(format!("{address}: {error}"));
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(3)
        .build()
        .into();
    let mut answer = agent.get(address).call().map_err(failed)?;
    let text = answer
        .body_mut()
        .with_config()
        .limit(MOST_BYTES)
        .read_to_string()
        .map_err(failed)?;
    serde_json::from_str(&text).map_err(|error| OidcError::Keys(format!("{address}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_highest_role_of_a_claim_counts_and_others_do_not() {
        let role = |claim: Value| role_in(Some(&claim));
        assert_eq!(role(json!(["uma", "analyst", "engineer"])), Some(Role::Engineer));
        assert_eq!(role(json!("openid steward")), Some(Role::Steward));
        assert_eq!(role(json!(["Admin", "root"])), None);
        assert_eq!(role(json!({ "admin": true })), None);
        assert_eq!(role_in(None), None);
    }
}
