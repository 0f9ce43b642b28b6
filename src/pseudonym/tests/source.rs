use std::fs;
use std::path::Path;

use super::super::{KeyError, KeyRing, KeySource};
use super::noon;

fn resolve(setting: &str, project: &Path) -> Result<KeySource, KeyError> {
    KeySource::resolve(setting, project, |_| None)
}

#[test]
fn settings_are_understood() {
    let root = Path::new("/project");
    assert_eq!(
        resolve("file:.sluis/keys.toml", root).unwrap().to_string(),
        "file:/project/.sluis/keys.toml"
    );
    assert_eq!(
        resolve("file:/etc/keys.toml", root).unwrap().to_string(),
        "file:/etc/keys.toml"
    );
    assert_eq!(
        resolve("exec:vault kv get 'a b' -token=x", root).unwrap().to_string(),
        "exec:vault"
    );
    for bad in ["", "keys.toml", "file:", "exec: ", "exec:'open", "http://x"] {
        assert!(matches!(resolve(bad, root), Err(KeyError::Source)), "{bad:?}");
    }
    assert!(matches!(
        resolve("env:SLUIS_KEYS", root),
        Err(KeyError::NoVariable { .. })
    ));
}

#[test]
fn environment_and_command_give_the_same_ring_as_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key ring.toml");
    let made = KeyRing::init(&path, noon()).unwrap().versions().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let variable = KeySource::resolve("env:RING", dir.path(), |name| (name == "RING").then(|| text.clone())).unwrap();
    assert_eq!(variable.variable(), Some("RING"));
    assert_eq!(KeyRing::load(&variable).unwrap().versions().unwrap(), made);
    let command = resolve(&format!("exec:/bin/cat \"{}\"", path.display()), dir.path()).unwrap();
    assert_eq!(KeyRing::load(&command).unwrap().versions().unwrap(), made);
    assert!(matches!(
        KeyRing::begin_rotation(&command, noon()),
        Err(KeyError::ReadOnly { .. })
    ));
}

#[test]
fn a_command_that_fails_is_an_error_not_a_default() {
    for command in [
        "exec:/bin/false",
        "exec:/nowhere/at/all",
        "exec:/bin/echo",
        "exec:/usr/bin/yes",
    ] {
        let source = resolve(command, Path::new("/")).unwrap();
        assert!(KeyRing::load(&source).is_err(), "{command}");
    }
}
