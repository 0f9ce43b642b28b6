//! What a contract may be partitioned by: values that anyone may read, for they become names of folders.
use arrow::datatypes::{DataType, Field};
use toml::Spanned;

use super::build::Findings;
use super::column::Tag;
use crate::pseudonym::FIELD_KEY;

/// Checks one partition column, which is `field`.
pub fn check(name: &Spanned<String>, field: &Field, findings: &mut Findings<'_>) {
    if let Some(why) = of_persons(field) {
        let message = format!("partition column `{}` {why}", name.get_ref());
        let hint = "its values would become names of folders and stand in manifests: partition by another column, or by \
                    a derived one with tag = \"public\" if everyone may know its values";
        findings.add(name.span(), "partition", message).hint(hint);
    } else if field.is_nullable() {
        let message = "a partition column is never null: say nullable = false";
        findings.add(name.span(), "partition", message);
    } else if !matches!(field.data_type(), DataType::Utf8 | DataType::Int32) {
        let message = "a partition column is text, a code, a school year or an integer";
        findings.add(name.span(), "partition", message);
    }
}

fn of_persons(field: &Field) -> Option<String> {
    if field.metadata().contains_key(FIELD_KEY) {
        return Some("is a person key".to_owned());
    }
    let (_, tag) = Tag::of(field).note()?;
    Some(format!("has the tag {tag}"))
}
