//! Readers in a process of their own.
//!
//! Lengths in a binary file are hostile, and readers of such files panic, or ask for all memory, on some damaged ones. The
//! child has limits, reads only the descriptor it is given, and writes lines of text; its death is a refused delivery.
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::blocks::Told;
use super::unpack::Text;

/// Before a reason that the child tells; what else it may say is not heard.
const REASON: &str = "sluis: ";
/// Bytes of a reason that are heard.
const HEARD: u64 = 1 << 14;

/// Copies a packed text to an unnamed file of the spill folder, for readers that begin at the end of a file.
///
/// # Errors
/// When the copy cannot be made; when it is longer than `most` bytes, that is told.
pub fn copied(text: Text, spill: &Path, most: u64) -> std::io::Result<File> {
    std::fs::create_dir_all(spill)?;
    let mut copy = tempfile::tempfile_in(spill)?;
    let mut text = text.take(most.saturating_add(1));
    if std::io::copy(&mut text, &mut copy)? > most {
        let most = crate::config::Size(most);
        let told = Told(format!("it is larger than {most} (ingest.max_unpacked_bytes)"));
        return Err(std::io::Error::other(told));
    }
    std::io::Seek::rewind(&mut copy)?;
    Ok(copy)
}

/// Starts this program as a reader of `input`: what it writes.
///
/// # Errors
/// When the process cannot be started.
pub fn reader(arguments: &[&str], input: File, damaged: &'static str) -> std::io::Result<Text> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (Some(output), Some(reasons)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    Ok(Box::new(FromChild {
        child,
        output,
        reasons,
        damaged,
    }))
}

/// The child's output; its end is only an end when the child says that all went well.
struct FromChild {
    child: Child,
    output: ChildStdout,
    reasons: ChildStderr,
    /// What is said when the child does not tell why it stopped.
    damaged: &'static str,
}

impl Read for FromChild {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.output.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            let mut said = Vec::new();
            self.reasons.by_ref().take(HEARD).read_to_end(&mut said)?;
            if !self.child.wait()?.success() {
                let said = String::from_utf8_lossy(&said);
                let reason = said.lines().find_map(|line| line.strip_prefix(REASON));
                return Err(std::io::Error::other(Told(reason.unwrap_or(self.damaged).to_owned())));
            }
        }
        Ok(read)
    }
}

impl Drop for FromChild {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the child: limits its address space, in bytes.
///
/// # Errors
/// When the system refuses.
pub fn limit_memory(bytes: u64) -> Result<(), String> {
    limit(Resource::As, bytes)
}

/// In the child: limits its processor time, counted from its start, in seconds. A later limit may be higher.
///
/// # Errors
/// When the system refuses.
pub fn limit_time(seconds: u64) -> Result<(), String> {
    limit(Resource::Cpu, seconds)
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    let now = rustix::process::getrlimit(resource);
    let limit = Rlimit {
        current: Some(now.maximum.map_or(most, |maximum| maximum.min(most))),
        maximum: now.maximum,
    };
    setrlimit(resource, limit).map_err(|error| error.to_string())
}

/// In the child: tells why it stops. A reason is a sentence without any value of the file.
pub fn tell(reason: &str, mut to: impl std::io::Write) {
    // a reader that is gone does not need the reason
    let _ = writeln!(to, "{REASON}{}", crate::diagnostic::printable(reason));
}
