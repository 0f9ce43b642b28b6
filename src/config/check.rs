//! Values that have the right type and still make no sense.
use std::net::IpAddr;

use super::{Auth, Serve, Settings};

/// A setting, what is wrong with it, and what to write instead.
pub(super) type Finding = (String, String, String);

/// What can be judged of each setting by itself. Never repeats a key source: it may be a key in the wrong place.
pub(super) fn alone(settings: &Settings) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut unless = |fine: bool, name: &str, message: &str, hint: &str| {
        if !fine {
            findings.push((name.to_owned(), format!("`{name}` {message}"), hint.to_owned()));
        }
    };
    let Settings {
        paths,
        keys,
        ingest,
        publish,
        disclosure,
        schedule,
        serve,
        oidc,
        log,
        ..
    } = settings;
    for (name, path) in [
        ("paths.landing", &paths.landing),
        ("paths.lake", &paths.lake),
        ("paths.state", &paths.state),
    ] {
        let plain = path
            .components()
            .any(|part| matches!(part, std::path::Component::Normal(_)))
            && !path
                .components()
                .any(|part| matches!(part, std::path::Component::ParentDir));
        unless(
            plain,
            name,
            "does not name a folder",
            "write a folder's name, without `..`",
        );
    }
    let source = keys
        .source
        .split_once(':')
        .filter(|(_, rest)| !rest.trim().is_empty())
        .map(|(kind, _)| kind);
    unless(
        matches!(source, Some("file" | "env" | "exec")),
        "keys.source",
        "does not say where the key ring is",
        "write `file:PATH`, `env:NAME` or `exec:COMMAND`; never the key itself",
    );
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    unless(
        word(&keys.domain) && keys.domain.len() <= 64,
        "keys.domain",
        "is not a name",
        "use lower-case letters, digits, `-` and `_`, beginning with a letter",
    );
    unless(
        keys.onderwijsnummer_remainder <= 10,
        "keys.onderwijsnummer_remainder",
        "is not a remainder of division by eleven",
        "choose between 0 and 10; the default is 5",
    );
    unless(
        (64 << 10..=1 << 30).contains(&ingest.block_bytes.bytes()),
        "ingest.block_bytes",
        "is too small or too large",
        "choose between 64KiB and 1GiB",
    );
    unless(
        !ingest.max_field_bytes.is_empty(),
        "ingest.max_field_bytes",
        "is zero",
        "the default is 1MiB",
    );
    unless(
        !ingest.max_line_bytes.is_empty(),
        "ingest.max_line_bytes",
        "is zero",
        "the default is 16MiB",
    );
    unless(
        (1..=65_535).contains(&ingest.max_columns),
        "ingest.max_columns",
        "is too small or too large",
        "choose between 1 and 65535; the default is 4096",
    );
    unless(
        (1 << 20..=1 << 40).contains(&ingest.max_unpacked_bytes.bytes()),
        "ingest.max_unpacked_bytes",
        "is too small or too large",
        "choose between 1MiB and 1TiB; the default is 512MiB",
    );
    unless(
        ingest.max_unpacked_ratio >= 1,
        "ingest.max_unpacked_ratio",
        "is zero",
        "the default is 200",
    );
    unless(
        ingest.max_unpacked_parts >= 1,
        "ingest.max_unpacked_parts",
        "is zero",
        "the default is 2000",
    );
    unless(
        publish.keep_versions >= 1,
        "publish.keep_versions",
        "is zero",
        "one is the least: what readers see now",
    );
    for (source, min) in &disclosure.min {
        unless(
            *min >= 1,
            &format!("disclosure.min.{source}"),
            "is zero",
            "one is the least: it withholds nothing",
        );
    }
    unless(
        schedule.concurrency >= 1,
        "schedule.concurrency",
        "is zero",
        "one is the least; `schedule.enabled = false` runs nothing",
    );
    for (name, address) in doors(serve) {
        unless(
            address.is_empty()
                || address
                    .rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()),
            name,
            "is not an address",
            "write host:port, as in \"127.0.0.1:8080\", or nothing to shut the door",
        );
    }
    for (name, zero) in [
        ("serve.queries", serve.queries == 0),
        ("serve.query_seconds", serve.query_seconds == 0),
        ("serve.connections", serve.connections == 0),
        ("serve.failed_logins", serve.failed_logins == 0),
    ] {
        unless(!zero, name, "is zero", "one is the least");
    }
    for (name, url) in [("oidc.issuer", &oidc.issuer), ("oidc.jwks", &oidc.jwks)] {
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        unless(
            url.is_empty() || url.starts_with("https://") || local.iter().any(|start| url.starts_with(start)),
            name,
            "is not an https address",
            "keys that arrive unencrypted could be anybody's",
        );
    }
    unless(
        log.level.parse::<tracing_subscriber::EnvFilter>().is_ok() && !log.level.trim().is_empty(),
        "log.level",
        "is not a level",
        "write error, warn, info, debug or trace, or directives such as \"sluis=debug,datafusion=info\"",
    );
    findings
}

/// What can only be judged with all layers merged.
pub(super) fn together(settings: &Settings) -> Option<Finding> {
    let paths = &settings.paths;
    let named = [
        ("paths.landing", &paths.landing),
        ("paths.lake", &paths.lake),
        ("paths.state", &paths.state),
    ];
    for (name, path) in named {
        for (other, beside) in named {
            if name != other && path.starts_with(beside) {
                let message = format!("`{name}` lies in `{other}`");
                return Some((
                    name.to_owned(),
                    message,
                    "keep landing, lake and state in separate folders".to_owned(),
                ));
            }
        }
    }
    service(settings)
}

/// The setting of a door, and its address.
type Address<'a> = (&'static str, &'a str);

/// The doors and their names.
fn doors(serve: &Serve) -> [Address<'_>; 3] {
    [
        ("serve.http", &serve.http),
        ("serve.postgres", &serve.postgres),
        ("serve.flight", &serve.flight),
    ]
}

/// Two doors that cannot both be opened, for they have one address.
fn shared(serve: &Serve) -> Option<(Address<'_>, Address<'_>)> {
    let doors = doors(serve);
    let pairs = [(0, 1), (0, 2), (1, 2)];
    pairs
        .into_iter()
        .map(|(one, other)| (doors[one], doors[other]))
        .find(|(one, other)| is_shared(one.1, other.1))
}

/// Whether two addresses cannot both be listened on. Port 0 is any that is free.
fn is_shared(one: &str, other: &str) -> bool {
    let parts = |address: &str| {
        let (host, port) = address.rsplit_once(':')?;
        let host = match host.trim_matches(['[', ']']) {
            "localhost" => IpAddr::from([127, 0, 0, 1]),
            host => host.parse().ok()?,
        };
        Some((host, port.parse::<u16>().ok().filter(|port| *port != 0)?))
    };
    match (parts(one), parts(other)) {
        (Some((host, port)), Some((beside, same))) => {
            port == same && (host == beside || host.is_unspecified() || beside.is_unspecified())
        }
        // names of machines
        _ => !one.is_empty() && one == other && !one.ends_with(":0"),
    }
}

/// What holds between the settings of the service.
fn service(settings: &Settings) -> Option<Finding> {
    let Settings { serve, oidc, .. } = settings;
    let finding = |name: &str, message: String, hint: &str| Some((name.to_owned(), message, hint.to_owned()));
    let loopback = |address: &str| {
        let host = address
            .rsplit_once(':')
            .map_or(address, |(host, _)| host)
            .trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    let open = doors(serve)
        .into_iter()
        .find(|(_, address)| !address.is_empty() && !loopback(address));
    if let (Auth::None, Some((name, address))) = (serve.auth, open) {
        return finding(
            "serve.auth",
            format!("`serve.auth` is \"none\" while `{name}` is {address}, which other machines can reach"),
            "write auth = \"token\", or bind every door to 127.0.0.1",
        );
    }
    if let Some((one, other)) = shared(serve) {
        return finding(
            other.0,
            format!(
                "`{}` and `{}` cannot share an address: {} and {}",
                one.0, other.0, one.1, other.1
            ),
            "give each door a port of its own, or leave the address of one empty to shut it",
        );
    }
    if serve.tls_certificate.as_os_str().is_empty() != serve.tls_key.as_os_str().is_empty() {
        let name = match serve.tls_key.as_os_str().is_empty() {
            true => "serve.tls_certificate",
            false => "serve.tls_key",
        };
        let message = format!("`{name}` is set without the other half");
        return finding(name, message, "`serve.tls_certificate` and `serve.tls_key` go together");
    }
    if !oidc.issuer.is_empty() && oidc.audience.is_empty() {
        let message = "`oidc.issuer` is set without `oidc.audience`".to_owned();
        return finding(
            "oidc.issuer",
            message,
            "without it a token that was made for another service would be let in",
        );
    }
    None
}
