//! Settings and where they come from; the project directory.
//!
//! Every setting: embedded default < `config/sluis.toml` < environment `SLUIS__SECTION__KEY` < flag.

mod check;
mod error;
mod layer;
mod mask;
mod project;
mod resolve;
mod settings;
mod size;

pub use error::ConfigError;
pub use project::{Project, ProjectStart, SETTINGS_FILE};
pub use resolve::{Origin, Resolved, settings as resolve_settings};
pub use settings::{
    Auth, Disclosure, Ingest, Keys, Log, LogFormat, Oidc, Paths, Publish, Query, Schedule, Serve, Settings,
};
pub use size::Size;

/// The default settings, as shipped: every setting with its meaning.
pub const DEFAULT: &str = include_str!("../../config/sluis.toml");

#[cfg(test)]
mod tests;
