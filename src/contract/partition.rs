//! What a contract may be partitioned by: values that anyone may read, for they become names of folders.
use arrow::datatypes::{DataType, Field};
use datafusion::physical_expr::utils::collect_columns;
use toml::Spanned;

use super::Contract;
use super::build::Findings;
use super::column::Tag;
use super::expression;
use super::raw::RawContract;
use crate::pseudonym::FIELD_KEY;

/// Checks one partition column, which is `field`.
pub fn check(
    name: &Spanned<String>,
    field: &Field,
    raw: &RawContract,
    contract: &Contract,
    findings: &mut Findings<'_>,
) {
    if let Some(why) = of_persons(field).or_else(|| made_of_persons(field, raw, contract)) {
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

/// A derived column without a tag of its own shows what it is made of.
fn made_of_persons(field: &Field, raw: &RawContract, contract: &Contract) -> Option<String> {
    let mut derived = raw.derived.iter().map(Spanned::get_ref);
    let derived = derived.find(|one| one.name.get_ref() == field.name() && one.tag.is_none())?;
    let typed = contract.typed_schema();
    // an expression that does not compile has its own problem
    let expression = expression::compile(derived.expression.get_ref(), &typed, None).ok()?;
    let used = collect_columns(&expression);
    let mut used: Vec<&Field> = used.iter().map(|column| typed.field(column.index())).collect();
    used.sort_by_key(|field| field.name());
    let first = used.into_iter().find(|field| of_persons(field).is_some())?;
    Some(format!("is made of `{}`, which {}", first.name(), of_persons(first)?))
}
