//! The contracts, models and settings carried in the binary.
use std::borrow::Cow;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::config::{DEFAULT, SETTINGS_FILE};

static FOLDERS: [(&str, Dir<'static>); 3] = [
    ("pipelines", include_dir!("$CARGO_MANIFEST_DIR/pipelines")),
    ("sql", include_dir!("$CARGO_MANIFEST_DIR/sql")),
    ("config", include_dir!("$CARGO_MANIFEST_DIR/config")),
];

/// What keeps deliveries, tables and keys out of version control.
const GIT_IGNORE: &str = "/landing/\n/lake/\n/.sluis/\n";

/// A file of a new project.
pub(super) struct ShippedFile {
    /// Relative to the project.
    pub(super) path: PathBuf,
    pub(super) content: Cow<'static, [u8]>,
}

/// The files of a new project, the settings first.
pub(super) fn files() -> Vec<ShippedFile> {
    let file = |path: &str, text: String| ShippedFile {
        path: path.into(),
        content: text.into_bytes().into(),
    };
    let mut files = vec![
        file(SETTINGS_FILE, quiet_settings()),
        file(".gitignore", GIT_IGNORE.to_owned()),
    ];
    for (name, folder) in &FOLDERS {
        gather(Path::new(name), folder, &mut files);
    }
    files
}

fn gather(under: &Path, folder: &Dir<'static>, files: &mut Vec<ShippedFile>) {
    for file in folder.files() {
        let path = under.join(file.path());
        let hidden = file
            .path()
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path != Path::new(SETTINGS_FILE) {
            files.push(ShippedFile {
                path,
                content: file.contents().into(),
            });
        }
    }
    for below in folder.dirs() {
        gather(under, below, files);
    }
}

/// The shipped settings, each commented out: a new project follows the defaults of its sluis until a line is changed.
fn quiet_settings() -> String {
    let mut text = String::new();
    for line in DEFAULT.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_project_has_no_setting_of_its_own() {
        fn settings(table: &toml::Table) -> usize {
            let of = |value: &toml::Value| value.as_table().map_or(1, settings);
            table.values().map(of).sum()
        }
        assert!(settings(&toml::from_str(DEFAULT).unwrap()) > 20);
        assert_eq!(settings(&toml::from_str(&quiet_settings()).unwrap()), 0);
        assert!(quiet_settings().contains("\n#landing = \"landing\"\n"));
    }

    #[test]
    fn the_settings_come_first_and_once() {
        let files = files();
        assert_eq!(files[0].path, Path::new(SETTINGS_FILE));
        assert_eq!(
            files
                .iter()
                .filter(|file| file.path == Path::new(SETTINGS_FILE))
                .count(),
            1
        );
        assert!(files.iter().any(|file| file.path.starts_with("pipelines")));
    }
}
