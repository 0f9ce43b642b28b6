//! A project in a temporary folder, worked on through the built program.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A contract for `leden.csv`, whose first column is a name of a person; columns may follow.
pub const MEMBERS: &str = r#"
description = "Members"
owner = "test"
source = "test"

[[files]]
glob = "leden.csv"

[format]
type = "delimited"
delimiter = ";"
encoding = "utf-8"

[[columns]]
name = "naam"
type = "text"
tag = "personal"
"#;

/// The project.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A new project with the shipped contracts and models.
    pub fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.succeed(&["init", project.root().to_str().unwrap()]);
        project
    }

    /// A new project without contracts and models.
    pub fn bare() -> Self {
        let project = Self::new();
        for folder in ["pipelines", "sql"] {
            fs::remove_dir_all(project.root().join(folder)).unwrap();
            fs::create_dir(project.root().join(folder)).unwrap();
        }
        project
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub fn landing(&self) -> PathBuf {
        self.root().join("landing")
    }

    /// Puts a delivery into `landing/` or a folder of it.
    pub fn deliver(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.landing().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Copies a delivery into `landing/` under its own name.
    pub fn deliver_file(&self, file: &Path) {
        let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.deliver(file.file_name().unwrap().to_str().unwrap(), bytes);
    }

    /// Fills in what drafted contracts leave to a person.
    pub fn fill_in(&self) {
        for entry in fs::read_dir(self.root().join("pipelines")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("TO BE FILLED IN", "what a test wants")).unwrap();
        }
    }

    /// Runs the program in the project.
    pub fn sluis(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluis"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("SLUIS_PROJECT", self.root());
        command.output().unwrap()
    }

    /// Runs the program, which must succeed; what it printed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.sluis(arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "sluis {arguments:?}: {}\n{said}\n{errors}",
            output.status
        );
        said
    }

    /// The rows that a query gives, each as its cells joined by `|`.
    pub fn sql(&self, query: &str) -> Vec<String> {
        let text = self.succeed(&["sql", query, "--format", "csv"]);
        text.lines().skip(1).map(|line| cells(line).join("|")).collect()
    }

    /// The one cell that a query gives.
    pub fn number(&self, query: &str) -> i64 {
        let rows = self.sql(query);
        assert_eq!(rows.len(), 1, "{query}: {rows:?}");
        rows[0].parse().unwrap_or_else(|_| panic!("{query}: {rows:?}"))
    }

    /// The newest manifest of a table.
    pub fn manifest(&self, table: &str) -> serde_json::Value {
        let folder = self
            .root()
            .join("lake")
            .join(table.replace('.', "/"))
            .join("_manifests");
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        serde_json::from_slice(&fs::read(files.last().unwrap()).unwrap()).unwrap()
    }

    /// Rows that failed an audit of the newest version of a table, by the word its name or rule contains.
    pub fn audit(&self, table: &str, word: &str) -> (String, u64) {
        let manifest = self.manifest(table);
        let found = manifest["audits"].as_array().unwrap().iter().find(|audit| {
            let text = format!("{} {}", audit["name"], audit["rule"]);
            text.contains(word)
        });
        let found = found.unwrap_or_else(|| panic!("no audit `{word}` in {}", manifest["audits"]));
        (
            found["status"].as_str().unwrap().to_owned(),
            found["failing_rows"].as_u64().unwrap(),
        )
    }
}

/// The cells of a CSV line without line breaks in quotes.
pub fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}
