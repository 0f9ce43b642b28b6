//! A drafted contract as text: settings with the reasons for them as comments.
use std::fmt::Write as _;

use toml::Value;

use crate::diagnostic::printable;

/// What stands where only a human knows the answer.
pub const TO_FILL_IN: &str = "TO BE FILLED IN";

/// One `key = value` line.
#[derive(Debug, Clone)]
pub struct Setting {
    key: &'static str,
    value: Value,
    /// Written as a comment: a suggestion.
    suggested: bool,
    note: Option<String>,
}

impl Setting {
    /// A setting.
    pub fn new(key: &'static str, value: impl Into<Value>) -> Self {
        Self {
            key,
            value: value.into(),
            suggested: false,
            note: None,
        }
    }

    /// The setting as a comment, for a human to take over.
    #[must_use]
    pub fn suggested(mut self) -> Self {
        self.suggested = true;
        self
    }

    /// The setting with a remark behind it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The setting with a remark behind it, unless it has one
    #[must_use]
    pub fn note_unless_noted(self, note: impl Into<String>) -> Self {
        if self.note.is_some() { self } else { self.note(note) }
    }

    /// Whether it sets this key
    pub fn is(&self, key: &str) -> bool {
        self.key == key
    }

    fn write(&self, text: &mut String) {
        let _ = write!(
            text,
            "{}{} = {}",
            if self.suggested { "# " } else { "" },
            self.key,
            self.value
        );
        if let Some(note) = &self.note {
            let _ = write!(text, "  # {}", printable(note));
        }
        text.push('\n');
    }
}

/// One `[[columns]]` entry.
#[derive(Debug, Clone, Default)]
pub struct ColumnDraft {
    /// Comments above it.
    pub notes: Vec<String>,
    /// Its settings, the name first.
    pub settings: Vec<Setting>,
}

impl ColumnDraft {
    /// A column with this name.
    pub fn new(name: &str) -> Self {
        Self {
            notes: Vec::new(),
            settings: vec![Setting::new("name", name)],
        }
    }

    /// Adds a setting.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) -> &mut Self {
        self.settings.push(Setting::new(key, value));
        self
    }

    /// Adds a list of texts, unless it is empty.
    pub fn set_all(&mut self, key: &'static str, values: &[String]) -> &mut Self {
        if !values.is_empty() {
            self.settings.push(Setting::new(key, values.to_vec()));
        }
        self
    }

    /// Text instead of a number, which it only looks like.
    pub fn text_for_numbers(&mut self) {
        let numbers = ["integer", "bigint", "decimal"].map(Value::from);
        let Some(kind) = self.settings.iter_mut().find(|setting| setting.is("type")) else {
            return;
        };
        if numbers.contains(&kind.value) {
            kind.value = Value::from("text");
            let of_numbers = ["precision", "scale", "decimal_sign", "thousands_sign"];
            self.settings.retain(|setting| !of_numbers.contains(&setting.key));
        }
    }

    /// Adds a comment above the column.
    pub fn remark(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }
}

/// A drafted contract.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The contract's and the table's name.
    pub name: String,
    /// Comments at the top: what was found.
    pub notes: Vec<String>,
    /// Settings before the first section.
    pub top: Vec<Setting>,
    /// The files it takes.
    pub files: Vec<Setting>,
    /// How they look.
    pub format: Vec<Setting>,
    /// What is in them.
    pub columns: Vec<ColumnDraft>,
    /// Comments at the end.
    pub closing: Vec<String>,
}

impl Draft {
    /// The contract's text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        comments(&mut text, &self.notes);
        self.top.iter().for_each(|setting| setting.write(&mut text));
        let schedule = toml::Table::from_iter([("on".to_owned(), "delivery".into())]);
        let schedule = Setting::new("schedule", schedule).suggested();
        schedule
            .note("then `sluis serve` takes files in as they arrive")
            .write(&mut text);
        text.push_str("\n[[files]]\n");
        self.files.iter().for_each(|setting| setting.write(&mut text));
        text.push_str("\n[format]\n");
        self.format.iter().for_each(|setting| setting.write(&mut text));
        for column in &self.columns {
            text.push('\n');
            comments(&mut text, &column.notes);
            text.push_str("[[columns]]\n");
            column.settings.iter().for_each(|setting| setting.write(&mut text));
        }
        if !self.closing.is_empty() {
            text.push('\n');
            comments(&mut text, &self.closing);
        }
        text
    }
}

fn comments(text: &mut String, notes: &[String]) {
    for line in notes.iter().flat_map(|note| note.split('\n')) {
        let _ = writeln!(text, "{}", format!("# {}", printable(line)).trim_end());
    }
}

/// A count for people: 1,234,567.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_toml_whatever_stands_in_it() {
        let mut column = ColumnDraft::new("naam");
        column
            .set("header", vec!["NA\"AM\u{1b}".to_owned()])
            .set_all("codes", &[])
            .remark("two\nlines \u{1b}[31m");
        let draft = Draft {
            name: "x".to_owned(),
            notes: vec!["found".to_owned()],
            top: vec![Setting::new("description", "a \\ b").note("why\n[format]")],
            files: vec![Setting::new("glob", "x.csv")],
            format: vec![
                Setting::new("delimiter", "\t"),
                Setting::new("skip_lines", 3).suggested(),
            ],
            columns: vec![column],
            closing: vec!["end".to_owned()],
        };
        let text = draft.text();
        assert!(!text.contains('\u{1b}'));
        let read: toml::Table = text.parse().unwrap();
        assert_eq!(read["format"]["delimiter"].as_str(), Some("\t"));
        assert_eq!(read["columns"][0]["header"][0].as_str(), Some("NA\"AM\u{1b}"));
        assert!(read["format"].get("skip_lines").is_none());
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
