//! Secrets in settings are never shown.
use toml::Value;

const MASK: &str = "****";

/// The value as TOML, with what may be secret in it masked: values of settings that are named so, passwords in
/// addresses, and the arguments of commands (a token may be among them).
pub(super) fn masked(name: &str, value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let key = name.rsplit('.').next().unwrap_or(name);
    let secret = ["secret", "password", "token", "credential"]
        .iter()
        .any(|word| key.contains(word));
    let text = if secret && !text.is_empty() {
        MASK.to_owned()
    } else {
        without_password(&without_arguments(text))
    };
    Value::String(text).to_string()
}

fn without_arguments(text: &str) -> String {
    match text
        .strip_prefix("exec:")
        .map(|command| command.trim().split_once(char::is_whitespace))
    {
        Some(Some((program, _))) => format!("exec:{program} {MASK}"),
        _ => text.to_owned(),
    }
}

fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end]
        .rsplit_once('@')
        .map(|(user, host)| (user.split(':').next().unwrap_or(""), host))
    {
        Some((user, host)) => format!("{scheme}://{user}:{MASK}@{host}{}", &rest[end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_what_may_be_secret() {
        let show = |name: &str, text: &str| masked(name, &Value::String(text.to_owned()));
        assert_eq!(
            show("keys.source", "file:.sluis/keys.toml"),
            "\"file:.sluis/keys.toml\""
        );
        assert_eq!(
            show("keys.source", "exec:vault kv get -token=abc sluis"),
            "\"exec:vault ****\""
        );
        assert_eq!(show("store.access_token", "abc"), "\"****\"");
        assert_eq!(show("store.url", "s3://me:abc@host/x"), "\"s3://me:****@host/x\"");
        assert_eq!(masked("ingest.threads", &Value::Integer(0)), "0");
    }
}
