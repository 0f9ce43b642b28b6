//! Disclosure control: small cells are withheld before anything of them is published.
//!
//! A [`Rule`] belongs to a mart. It says which columns count persons, what else is withheld with a count, and how cells
//! add up to others. Primary suppression looks at one row at a time: [`Rule::publish`]. What a cell adds up to is not
//! looked at yet; secondary suppression will use the same rule.

mod policy;
mod publish;
mod rule;

pub use policy::Minimums;
pub use rule::{Count, Parts, Rule, STATUS, Share, Total, Zeros};

/// Goes up whenever the same rule would withhold something else: then every mart with a rule is made again.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod tests;
