//! The process itself: rights of new files, no core dumps, interruption.
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::Mode;

use crate::serve::runner::LIFELINE;
use crate::source;

/// New files are for their owner only, and neither a core dump nor a debugger of the same user can read the keys.
pub(super) fn harden() {
    rustix::process::umask(Mode::from_raw_mode(0o077));
    crate::pseudonym::no_core_dumps();
}

/// A bug is told by its place only: what a panic says may quote a cell of somebody's row.
pub(super) fn on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        match tracing::dispatcher::has_been_set() {
            true => tracing::error!(place, "a bug in sluis; please report this"),
            false => drop(writeln!(
                std::io::stderr(),
                "error: a bug in sluis at {place}; please report this"
            )),
        }
    }));
}

/// On Ctrl-C, SIGTERM or SIGHUP raises the flag that long work polls; a second one ends the process at once. A service is
/// not stopped by SIGHUP: it reads contracts and models again whenever they change.
pub(super) fn on_interrupt(cancel: &Arc<AtomicBool>, is_service: bool) {
    let cancel = Arc::clone(cancel);
    let listen = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
            return;
        };
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
                return;
            };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => if is_service { continue },
                }
                if cancel.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
                tracing::warn!("stopping; once more to stop at once");
            }
        });
    };
    if let Err(error) = std::thread::Builder::new().name("signals".to_owned()).spawn(listen) {
        tracing::warn!(%error, "no thread for signals; Ctrl-C ends the process at once");
    }
}

/// A run of the service stops like on Ctrl-C when its standard input ends: the service told it to, or is gone.
pub(super) fn on_lifeline(cancel: &Arc<AtomicBool>) {
    if std::env::var_os(LIFELINE).is_none() {
        return;
    }
    let cancel = Arc::clone(cancel);
    let wait = move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        cancel.store(true, Ordering::SeqCst);
    };
    if let Err(error) = std::thread::Builder::new().name("lifeline".to_owned()).spawn(wait) {
        tracing::warn!(%error, "no thread for the lifeline; this run goes on when the service stops");
    }
}

/// What a child process that reads a delivery does, when this process is one: the file is standard input, its rows go to
/// standard output.
pub(super) fn read_delivery() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next()?;
    let request = arguments.next().unwrap_or_default();
    let input = || std::io::stdin().as_fd().try_clone_to_owned().map(File::from);
    let input = || input().map_err(|error| error.to_string());
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let outcome = if command == source::parquet::CHILD {
        input().and_then(|input| source::parquet::child(input, &mut output))
    } else if command == source::spreadsheet::CHILD {
        let request = request.to_string_lossy();
        input().and_then(|input| source::spreadsheet::child(input, &request, &mut output))
    } else {
        return None;
    };
    let outcome = outcome.and_then(|()| output.flush().map_err(|error| error.to_string()));
    Some(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            source::tell(&reason, std::io::stderr());
            ExitCode::FAILURE
        }
    })
}

/// The name of the process's user as the system's list has it, else its number.
pub(super) fn user_name() -> String {
    let number = rustix::process::getuid().as_raw().to_string();
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {number}"))
}
