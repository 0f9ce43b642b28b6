use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::super::{IdType, KeyError, KeyRing, KeySource, KeyStatus, Pseudonymiser, Rotator};
use super::{noon, ring};

fn load(path: &Path) -> Result<KeyRing, KeyError> {
    KeyRing::load(&KeySource::file(path.to_owned()))
}

fn refusal(path: &Path) -> String {
    load(path).err().unwrap().to_string()
}

#[test]
fn init_makes_a_file_only_its_owner_can_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".sluis/keys.toml");
    KeyRing::init(&path, noon()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(
        fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o7777,
        0o700
    );
    let versions = load(&path).unwrap().versions().unwrap();
    assert_eq!(
        (versions.len(), versions[0].version, versions[0].status),
        (1, 1, KeyStatus::Active)
    );
    assert_eq!(versions[0].created_at, noon());
    assert!(
        matches!(KeyRing::init(&path, noon()), Err(KeyError::Exists { .. })),
        "never replaced"
    );
    let files = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(files, 1, "nothing left beside it");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        !text.contains(&versions[0].fingerprint),
        "a fingerprint is not part of the key"
    );
}

#[test]
fn what_others_could_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    assert!(matches!(load(&path), Err(KeyError::Missing { .. })));
    assert!(refusal(&path).contains("sluis keys init"));
    KeyRing::init(&path, noon()).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o660, 0o700] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(refusal(&path).contains("chmod 600"), "{mode:o}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(load(&path).is_ok(), "stricter is fine");
    let link = dir.path().join("link.toml");
    symlink(&path, &link).unwrap();
    assert!(refusal(&link).contains("symbolic link"));
    assert!(refusal(dir.path()).contains("not a regular file"));
}

#[test]
fn no_message_quotes_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    KeyRing::init(&path, noon()).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let root = good
        .split("root = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    for (from, to) in [
        ("root = \"", "root = \"x"),
        ("root = ", "rot = "),
        ("root = \"", "root = "),
        ("root = ", "root root = "),
        ("\"\n", "\n"),
        ("active", "actief"),
        ("format = 1", "format = 9"),
        ("version = 1", "version = 7"),
        ("[[keys]]", "[keys]"),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good);
        fs::write(&path, &broken).unwrap();
        let error = load(&path).err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&root[..12]), "{from}");
    }
}

#[test]
fn a_ring_that_breaks_a_rule_is_refused() {
    let text = |statuses: &[&str], roots: &[&str]| {
        let key = |(at, (status, root)): (usize, (&&str, &&str))| {
            let version = at + 1;
            format!(
                "[[keys]]\nversion = {version}\nstatus = \"{status}\"\ncreated_at = \"2026-01-01T00:00:00Z\"\nroot = \"{root}\"\n"
            )
        };
        "format = 1\n".to_owned() + &statuses.iter().zip(roots).enumerate().map(key).collect::<String>()
    };
    let (one, two, flat) = (&*"01ab".repeat(16), &*"02ab".repeat(16), &*"00".repeat(32));
    let parse = |text: String| KeyRing::parse(&text, "test");
    assert!(parse(text(&["retired", "active"], &[one, two])).is_ok());
    for (statuses, roots) in [
        (vec![], vec![]),
        (vec!["retired"], vec![one]),
        (vec!["active", "active"], vec![one, two]),
        (vec!["active", "retired"], vec![one, two]),
        (vec!["pending", "active"], vec![one, two]),
        (vec!["retired", "active"], vec![one, one]),
        (vec!["active"], vec![flat]),
        (vec!["active"], vec!["0123"]),
    ] {
        assert!(parse(text(&statuses, &roots)).is_err(), "{statuses:?}");
    }
}

#[test]
fn rotation_survives_being_broken_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    let source = KeySource::file(path.clone());
    KeyRing::init(&path, noon()).unwrap();
    let first = KeyRing::begin_rotation(&source, noon()).unwrap();
    assert_eq!((first.active(), first.pending()), (1, Some(2)));
    let made = first.versions().unwrap();
    drop(first);
    let again = KeyRing::begin_rotation(&source, noon()).unwrap();
    assert_eq!(again.versions().unwrap(), made, "the same pending key, not a third");
    assert!(Rotator::new(&again, IdType::Bsn, "intern").is_ok());
    let done = again.finish_rotation(&source).unwrap();
    assert_eq!((done.active(), done.pending()), (2, None));
    let read = load(&path).unwrap();
    assert_eq!(read.versions().unwrap(), done.versions().unwrap());
    assert!(matches!(read.finish_rotation(&source), Err(KeyError::NoRotation)));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Pseudonymiser::new(&done, IdType::Bsn, "intern").unwrap().chain(), 2);
}

#[test]
fn making_pseudonyms_and_rotating_exclude_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.toml");
    let source = KeySource::file(path.clone());
    drop(KeyRing::init(&path, noon()).unwrap());
    let (one, other) = (load(&path).unwrap(), load(&path).unwrap());
    assert!(matches!(
        KeyRing::begin_rotation(&source, noon()),
        Err(KeyError::InUse { .. })
    ));
    drop((one, other));
    let rotating = KeyRing::begin_rotation(&source, noon()).unwrap();
    assert!(matches!(load(&path), Err(KeyError::BeingRotated { .. })));
    assert!(matches!(
        KeyRing::begin_rotation(&source, noon()),
        Err(KeyError::InUse { .. })
    ));
    assert_eq!(
        KeyRing::peek(&source).unwrap().pending(),
        Some(2),
        "looking is always possible"
    );
    let done = rotating.finish_rotation(&source).unwrap();
    assert!(load(&path).is_ok());
    drop(done);
    assert!(KeyRing::begin_rotation(&source, noon()).is_ok());
}

#[test]
fn fingerprints_tell_keys_apart() {
    let two = ring(&[1, 2], &["retired", "active"]).versions().unwrap();
    assert_ne!(two[0].fingerprint, two[1].fingerprint);
    assert_eq!(two[0].fingerprint.len(), 16);
    assert_eq!(
        two[0].fingerprint,
        ring(&[1], &["active"]).versions().unwrap()[0].fingerprint
    );
}
