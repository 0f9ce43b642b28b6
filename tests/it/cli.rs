//! Commands as people type them: exit code, standard output and standard error.
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

/// The program, called `sluis`, in this folder, without settings from outside.
pub fn sluis(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluis"));
    command
        .arg0("sluis")
        .current_dir(dir)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env("USER", "anna");
    command.env_remove("SUDO_USER").env_remove("RUST_LOG");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SLUIS_")) {
        command.env_remove(name);
    }
    command
}

/// Exit code and both streams as one text; the folder is written as [DIR], and what differs from run to run is blanked.
pub fn shown(dir: &Path, output: &Output) -> String {
    let text = format!(
        "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().map_or("none".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    text.replace(&dir.canonicalize().unwrap().display().to_string(), "[DIR]")
        .replace(&dir.display().to_string(), "[DIR]")
}

macro_rules! assert_shown {
    ($dir:expr, $args:expr) => {{
        let output = crate::cli::sluis($dir).args($args).output().unwrap();
        insta::with_settings!({filters => crate::cli::FILTERS.to_vec(), omit_expression => true}, {
            insta::assert_snapshot!(crate::cli::shown($dir, &output));
        });
    }};
}
pub(crate) use assert_shown;

/// What differs from run to run.
pub const FILTERS: [(&str, &str); 8] = [
    (r"r-\d{8}T\d{6}Z-[0-9a-f]{4}", "[RUN]"),
    (r"d-[0-9a-f]{16}-[0-9a-f]{4}", "[DELIVERY]"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?", "[TIME]"),
    (r"  +\d+ ms\b", "  [TOOK]"),
    (r"  +\d+\.\d s\b", "  [TOOK]"),
    (r"quarantined +took", "quarantined  took"),
    (r"started +took", "started  took"),
    (r" +\d+(\.\d+)? k?B\b", " [SIZE]"),
];

/// A new project in a new folder.
pub fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = sluis(dir.path()).args(["init", "."]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    dir
}

#[test]
fn help() {
    let dir = tempfile::tempdir().unwrap();
    assert_shown!(dir.path(), ["--help"]);
}

#[test]
fn a_command_that_does_not_exist() {
    let dir = tempfile::tempdir().unwrap();
    assert_shown!(dir.path(), ["ingets"]);
}

#[test]
fn version() {
    let dir = tempfile::tempdir().unwrap();
    let output = sluis(dir.path()).arg("--version").output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("sluis {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn no_project() {
    let dir = tempfile::tempdir().unwrap();
    assert_shown!(dir.path(), ["status"]);
    assert_shown!(dir.path(), ["--project", "nowhere", "status"]);
}

#[test]
fn init_makes_a_project() {
    let dir = tempfile::tempdir().unwrap();
    let output = sluis(dir.path()).args(["init", "work"]).output().unwrap();
    let text = shown(dir.path(), &output);
    let filters = vec![(r"\d+ files of", "[N] files of")];
    insta::with_settings!({filters => filters, omit_expression => true}, { insta::assert_snapshot!(text); });
    for folder in ["pipelines", "sql", "config", "landing", "lake", ".sluis"] {
        assert!(dir.path().join("work").join(folder).is_dir(), "{folder}");
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &str| dir.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("work/.sluis"), 0o700);
    assert_eq!(mode("work/.sluis/keys.toml"), 0o600);
}

#[test]
fn init_refuses_a_folder_with_something_else() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "x").unwrap();
    assert_shown!(dir.path(), ["init", "."]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn init_again_keeps_what_was_changed() {
    let dir = project();
    let settings = dir.path().join("config/sluis.toml");
    std::fs::write(&settings, "[ingest]\nthreads = 3\n").unwrap();
    std::fs::remove_dir_all(dir.path().join("pipelines")).unwrap();
    let keys = std::fs::read(dir.path().join(".sluis/keys.toml")).unwrap();
    let output = sluis(dir.path()).args(["init", "."]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "[ingest]\nthreads = 3\n");
    assert_eq!(std::fs::read(dir.path().join(".sluis/keys.toml")).unwrap(), keys);
    assert!(dir.path().join("pipelines").is_dir());
}

#[test]
fn nothing_was_done_yet() {
    let dir = project();
    assert_shown!(dir.path(), ["runs"]);
    assert_shown!(dir.path(), ["quarantine", "list"]);
    assert_shown!(dir.path(), ["quarantine", "show", "d-0123"]);
}

#[test]
fn completions_for_each_shell() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = sluis(dir.path()).args(["completions", shell]).output().unwrap();
        assert!(output.status.success());
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("quarantine"),
            "{shell}"
        );
    }
}
