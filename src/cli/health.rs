//! `sluis health`: whether the service of this project can do its work, for where there is no HTTP client.
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use super::{Context, Failure};
use crate::config::Serve;

/// What can be typed after `sluis health`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs the command.
pub fn run(_args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let serve = &context.project()?.settings.serve;
    let said = match serve.http.is_empty() {
        false => ask(serve)?,
        true => connect(serve)?,
    };
    writeln!(context.out(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

/// Asks for `/readyz`. Whose certificate it is does not matter: nothing secret is sent, and it is this machine.
fn ask(serve: &Serve) -> Result<String, Failure> {
    let encrypted = !serve.tls_certificate.as_os_str().is_empty();
    let scheme = if encrypted { "https" } else { "http" };
    let address = format!("{scheme}://{}/readyz", here(&serve.http)?);
    let tls = ureq::tls::TlsConfig::builder().disable_verification(true).build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .proxy(None)
        .tls_config(tls)
        .build()
        .into();
    let unreachable = |error: ureq::Error| {
        let hint = hint(&error, encrypted);
        Failure::refused(format!("the service does not answer at {address}: {error}")).hint(hint)
    };
    let mut answer = agent.get(&address).call().map_err(unreachable)?;
    let text = answer
        .body_mut()
        .with_config()
        .limit(4096)
        .read_to_string()
        .map_err(unreachable)?;
    match answer.status().is_success() {
        true => Ok(text.trim().to_owned()),
        false => Err(Failure::refused(format!("not ready: {}", text.trim()))),
    }
}

/// What to do when the service does not answer.
fn hint(error: &ureq::Error, encrypted: bool) -> &'static str {
    let is_shut = match error {
        ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        ureq::Error::ConnectionFailed => true,
        _ => false,
    };
    match (error, encrypted) {
        _ if is_shut => "start it with `sluis serve`, or say where it is: --set serve.http=127.0.0.1:PORT",
        (ureq::Error::Timeout(_), _) => "it is there and too busy to answer; look at its log",
        (_, false) => {
            "something answers there, and not in plain HTTP: if the service was started with serve.tls_certificate and \
             serve.tls_key, give the same here, with --set or in config/sluis.toml"
        }
        (_, true) => {
            "something answers there, and not encrypted: if the service was started without serve.tls_certificate, ask with \
             --set serve.tls_certificate= --set serve.tls_key="
        }
    }
}

/// Without the HTTP door: whether another door is open.
fn connect(serve: &Serve) -> Result<String, Failure> {
    let doors = [&serve.postgres, &serve.flight];
    let Some(door) = doors.into_iter().find(|address| !address.is_empty()) else {
        return Err(Failure::usage("every door is shut, so there is nothing to ask"));
    };
    let address = here(door)?;
    let opened = TcpStream::connect_timeout(&address, PATIENCE);
    opened.map_err(|error| Failure::refused(format!("the service does not answer at {address}: {error}")))?;
    Ok("a door is open".to_owned())
}

/// An address to reach a door from this machine; one that stands for every address is reached by loopback.
fn here(address: &str) -> Result<SocketAddr, Failure> {
    let mut found = address.to_socket_addrs()?;
    let mut found = found
        .next()
        .ok_or_else(|| Failure::settings(format!("{address} is no address")))?;
    if found.ip().is_unspecified() {
        found.set_ip(match found.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(found)
}
