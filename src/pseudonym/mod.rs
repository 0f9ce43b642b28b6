//! Person keys in, pseudonyms out.
//!
//! A root secret of 32 random bytes per key version gives, by HKDF, one subkey per id type and domain; a person key in
//! its canonical form goes through HMAC-SHA-256 under that subkey and the first 16 bytes are the pseudonym. After a
//! rotation every new subkey is applied to the pseudonym of the version before it (a nested MAC), so that published
//! tables can be rewritten without the raw keys and new deliveries still give the same pseudonyms.
//!
//! Raw keys and secrets have no `Debug`, no `Display` and no `Clone`, and are wiped when dropped; errors name the rule
//! that was broken, never a value.

mod canonical;
mod eleven;
mod error;
mod file;
mod harden;
mod id_type;
mod likeness;
mod mac;
mod pseudonymiser;
mod ring;
mod ring_text;
pub mod rotate;
mod source;
mod text;

#[cfg(test)]
mod tests;

pub use canonical::{KeyFault, RawKey, Repair, Repairs, Rules, canonical, canonical_rin, of_other_register};
pub use eleven::{ELEVEN_BSN, ELEVEN_ONDERWIJSNUMMER, eleven_remainder, passes_eleven, person_digits};
pub use error::KeyError;
pub use harden::{leave_environment, no_core_dumps};
pub use id_type::{IdType, UnknownIdType};
pub use likeness::{like_a_key, unlike_a_key};
pub use pseudonymiser::{Pseudonymiser, Rotator};
pub use ring::{KeyRing, KeyStatus, KeyVersion};
pub use source::KeySource;
pub use text::{Pseudonym, TextFault};

/// Arrow field metadata key: the column holds pseudonyms of this id type
pub const FIELD_KEY: &str = "sluis.key";
/// The note on a column whose values hold pseudonyms in another form, such as text.
pub const FIELD_HOLDS: &str = "sluis.holds";
/// Arrow field metadata key: why the numbers of the column are no person keys, though they may pass a test of those
pub const FIELD_NOT_KEY: &str = "sluis.not_a_person_key";
/// Arrow field metadata key: the newest key version in the chain of the column's pseudonyms
pub const FIELD_KEY_VERSION: &str = "sluis.key_version";
/// Arrow field metadata key: the domain (purpose and recipient) of the column's pseudonyms
pub const FIELD_DOMAIN: &str = "sluis.domain";
/// Arrow field metadata key: how many nested MACs the column's pseudonyms went through
pub const FIELD_CHAIN: &str = "sluis.key_chain";
/// Arrow field metadata key: the scheme of the column's pseudonyms
pub const FIELD_SCHEME: &str = "sluis.scheme";
/// The scheme of this version of sluis, first part of the text form
pub const SCHEME: &str = "p1";
