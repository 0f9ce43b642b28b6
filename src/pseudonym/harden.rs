//! Keeping keys out of core dumps and out of the environment.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::MemfdFlags;
use rustix::io::FdFlags;
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use zeroize::Zeroizing;

/// What the process leaves to itself when it starts over without the variable
const HANDOVER: &str = "SLUIS_KEY_DESCRIPTOR";

/// No core dump, no `ptrace` by other processes of this user: both would show the keys in memory
pub fn no_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = rustix::process::setrlimit(Resource::Core, none);
    if rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() && limited.is_err() {
        tracing::warn!("core dumps cannot be switched off here; a crash could write keys to disk");
    }
}

/// Takes a key ring out of the environment for good. The variable stays readable in `/proc/<pid>/environ` whatever the
/// process does, so the process starts itself again without it and hands the value over through an anonymous file.
/// Returns the value (on the second start), or the value read from the variable where starting over is not possible.
///
/// Call first thing in `main`, before threads and files: on success the first call does not return.
pub fn leave_environment(variable: &str, environment: impl Fn(&str) -> Option<OsString>) -> Option<Zeroizing<String>> {
    if let Some(value) = environment(HANDOVER).and_then(|descriptor| received(descriptor.to_str()?)) {
        return Some(value);
    }
    let value = Zeroizing::new(environment(variable)?.into_string().ok()?);
    // only a failure comes back
    if start_over(variable, &value).is_none() {
        tracing::warn!(
            variable,
            "the key ring stays in the environment of this process; use `file:` or `exec:` instead"
        );
    }
    Some(value)
}

fn start_over(variable: &str, value: &str) -> Option<()> {
    let program = std::env::current_exe().ok()?;
    let mut file = File::from(rustix::fs::memfd_create("sluis-keys", MemfdFlags::CLOEXEC).ok()?);
    file.write_all(value.as_bytes()).ok()?;
    file.rewind().ok()?;
    rustix::io::fcntl_setfd(&file, FdFlags::empty()).ok()?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let _failed = command
        .args(arguments)
        .env_remove(variable)
        .env(HANDOVER, file.as_raw_fd().to_string())
        .exec();
    None
}

/// The value left behind by the first start; the file is emptied and kept from children
fn received(descriptor: &str) -> Option<Zeroizing<String>> {
    let number: i32 = descriptor.parse().ok()?;
    let path = format!("/proc/self/fd/{number}");
    let target = std::fs::read_link(&path).ok()?;
    if !target.to_str()?.starts_with("/memfd:sluis-keys") {
        return None;
    }
    let mut file = File::options().read(true).write(true).open(path).ok()?;
    let mut text = Zeroizing::new(String::with_capacity(1 << 16));
    (&mut file).take(1 << 16).read_to_string(&mut text).ok()?;
    file.set_len(0).ok()?;
    Some(text)
}
