mod canonical;
mod chain;
mod ring;
mod rotate;
mod source;
mod text;
mod vectors;

use chrono::{DateTime, Utc};

use super::{IdType, KeyRing, Pseudonymiser};

/// A fixed moment
pub(super) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A ring whose roots count up from the given byte
pub(super) fn ring(roots: &[u8], statuses: &[&str]) -> KeyRing {
    let mut text = "format = 1\n".to_owned();
    for (at, (root, status)) in roots.iter().zip(statuses).enumerate() {
        let hex: String = (0..32u8).map(|i| format!("{:02x}", root.wrapping_add(i))).collect();
        let version = at + 1;
        text += &format!(
            "[[keys]]\nversion = {version}\nstatus = \"{status}\"\ncreated_at = \"2026-01-01T00:00:00Z\"\nroot = \"{hex}\"\n"
        );
    }
    KeyRing::parse(&text, "test").unwrap()
}

pub(super) fn pseudonymiser(id: IdType, domain: &str) -> Pseudonymiser {
    Pseudonymiser::new(&ring(&[1], &["active"]), id, domain).unwrap()
}
