//! `sluis serve`: runs what is due, and answers queries, until it is told to stop.
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{Code, Context, Failure};
use crate::config::{Auth, LogFormat, Project};
use crate::engine::STACK_BYTES;
use crate::serve::access::{Access, Oidc};
use crate::serve::http::{self, Health};
use crate::serve::runner::{Runner, Setup};
use crate::serve::{Door, Limits, Listening, Service, flight, postgres, server_config};

/// What can be typed after `sluis serve`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// How often the process looks whether it was told to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command.
pub fn run(_args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    serve(context)
}

/// Serves until Ctrl-C or SIGTERM.
pub(super) fn serve(context: &Context) -> Result<ExitCode, Failure> {
    let project = context.project()?;
    let (lake, ledger) = (context.lake()?, context.ledger()?);
    let (engine, sources) = super::sql::tables(context)?;
    let settings = &project.settings;
    let open = settings.serve.auth == Auth::None;
    let limits = Limits::new(&settings.serve, engine.memory_bytes());
    let oidc = Oidc::new(&settings.oidc);
    let access = Access::new(Arc::clone(&ledger), oidc, settings.serve.failed_logins, open);
    let service = Arc::new(Service::new(engine, sources, Arc::clone(&ledger), access, limits));
    service.tidy(settings.serve.access_days, context.now())?;
    let (own_lake, own_ledger) = (lake.clone(), Arc::clone(&ledger));
    let runner = match settings.schedule.enabled {
        false => None,
        true => Some(Arc::new(Runner::open(Setup {
            project: Arc::clone(&project),
            lake,
            ledger,
            program: std::env::current_exe()?,
            settings: context.settings_typed(),
            keys: context.handed_over(),
        })?)),
    };
    let health = Health::new(Arc::clone(&service), own_lake, own_ledger, runner.clone());
    let health = Arc::new(health);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("sluis-serve")
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(64)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(work(context, &project, &service, &health, runner));
    // queries that are still there have had their time
    runtime.shutdown_timeout(Duration::from_secs(5));
    drop(health);
    service.stop(Duration::from_secs(5));
    outcome?;
    // being told to stop is how a service ends well
    context.cancel.store(false, Ordering::SeqCst);
    Ok(ExitCode::SUCCESS)
}

async fn work(
    context: &Context,
    project: &Project,
    service: &Arc<Service>,
    health: &Arc<Health>,
    runner: Option<Arc<Runner>>,
) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let doors = bind(project).await?;
    announce(context, project, &doors, runner.as_deref())?;
    let mut parts: JoinSet<Result<(), Failure>> = JoinSet::new();
    for (door, listening, _) in doors {
        let (service, health, stop) = (Arc::clone(service), Arc::clone(health), stop.clone());
        parts.spawn(async move {
            match door {
                Door::Http => http::serve(service, health, listening, stop).await,
                Door::Postgres => postgres::serve(service, listening, stop).await,
                Door::Flight => flight::serve(service, listening, stop).await,
            }
            .map_err(Failure::from)
        });
    }
    if let Some(runner) = runner {
        let stop = stop.clone();
        parts.spawn(async move { Ok(runner.run(stop).await?) });
    }
    let mut tidied = tokio::time::Instant::now();
    let broken = loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {
                if context.cancelled() {
                    break Ok(());
                }
                if tidied.elapsed() >= Duration::from_secs(3600) {
                    tidied = tokio::time::Instant::now();
                    if let Err(error) = service.tidy(project.settings.serve.access_days, context.now()) {
                        tracing::warn!(%error, "the access log could not be tidied");
                    }
                }
            }
            ended = parts.join_next() => match ended {
                Some(Ok(Ok(()))) => continue,
                Some(Ok(Err(failure))) => break Err(failure),
                Some(Err(error)) => break Err(Failure::new(Code::Machine, format!("a part of the service stopped: {error}"))),
                None => break Err(Failure::usage("every door is shut and nothing is scheduled, so there is nothing to do")
                    .hint("set an address in [serve], or schedule.enabled = true")),
            },
        }
    };
    health.stopping();
    stop.cancel();
    let drain = Duration::from_secs(project.settings.schedule.drain_seconds) + Duration::from_secs(40);
    let ended = tokio::time::timeout(drain, async { while parts.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!("connections were still open and are closed");
    }
    tracing::info!("stopped");
    broken
}

type Bound = Vec<(Door, Listening, SocketAddr)>;

/// Binds every door that is not shut.
async fn bind(project: &Project) -> Result<Bound, Failure> {
    let serve = &project.settings.serve;
    let mut bound = Vec::new();
    for (door, address, protocols) in [
        (Door::Http, &serve.http, &[b"h2".as_slice(), b"http/1.1"][..]),
        (Door::Postgres, &serve.postgres, &[b"postgresql".as_slice()][..]),
        (Door::Flight, &serve.flight, &[b"h2".as_slice()][..]),
    ] {
        if address.is_empty() {
            continue;
        }
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let message = format!("serve.{door} = \"{address}\" cannot be used: {error}");
            Failure::settings(message).hint(format!(
                "choose another with --set serve.{door}=127.0.0.1:PORT, or shut the door with --set serve.{door}="
            ))
        })?;
        let tls = match serve.tls_certificate.as_os_str().is_empty() {
            true => None,
            false => {
                let (certificate, key) = (
                    project.root.join(&serve.tls_certificate),
                    project.root.join(&serve.tls_key),
                );
                let config = server_config(&certificate, &key, protocols)
                    .map_err(|error| Failure::with_code(Code::Settings, error))?;
                Some(TlsAcceptor::from(Arc::new(config)))
            }
        };
        let at = listener.local_addr()?;
        let listening = Listening {
            listener,
            tls,
            connections: serve.connections,
        };
        bound.push((door, listening, at));
    }
    Ok(bound)
}

/// Says what is served where, and how open it is.
fn announce(context: &Context, project: &Project, doors: &Bound, runner: Option<&Runner>) -> Result<(), Failure> {
    // a machine reads the same in the log
    let is_text = project.settings.log.format == LogFormat::Text;
    let mut out: Box<dyn Write> = match is_text {
        true => Box::new(context.out()),
        false => Box::new(std::io::sink()),
    };
    for (door, listening, at) in doors {
        let secure = listening.tls.is_some();
        let address = match (door, secure) {
            (Door::Http, false) => format!("http://{at}/api/v1/sql"),
            (Door::Http, true) => format!("https://{at}/api/v1/sql"),
            (Door::Postgres, _) => format!("postgresql://{at}/sluis"),
            (Door::Flight, false) => format!("grpc://{at}"),
            (Door::Flight, true) => format!("grpc+tls://{at}"),
        };
        tracing::info!(%door, %address, tls = secure, "door open");
        writeln!(out, "{:<9} {address}", door.to_string())?;
        if !secure && !at.ip().is_loopback() {
            tracing::warn!(
                %door,
                "other machines can reach this door, and nothing on it is encrypted: tokens can be read on the way; set \
                 serve.tls_certificate and serve.tls_key, or put it behind a proxy that encrypts"
            );
        }
    }
    match runner {
        Some(runner) => {
            let problems = runner.problems().len();
            let beside = match problems {
                0 => String::new(),
                count => format!("; {count} problems in contracts and models, see the log"),
            };
            writeln!(
                out,
                "schedule  on; files in {} are taken in{beside}",
                project.landing().display()
            )?;
        }
        None => writeln!(out, "schedule  off")?,
    }
    if project.settings.serve.auth == Auth::None {
        let loud = "serve.auth is \"none\": anybody on this machine can read every mart, without a token";
        tracing::warn!("{loud}");
        writeln!(out, "WARNING   {loud}")?;
    }
    Ok(out.flush()?)
}
