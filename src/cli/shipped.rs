//! The contracts, models and settings carried in the binary.
use include_dir::{Dir, include_dir};

/// The shipped folders of a project, by name.
pub(super) static FOLDERS: [(&str, Dir<'static>); 3] = [
    ("pipelines", include_dir!("$CARGO_MANIFEST_DIR/pipelines")),
    ("sql", include_dir!("$CARGO_MANIFEST_DIR/sql")),
    ("config", include_dir!("$CARGO_MANIFEST_DIR/config")),
];
