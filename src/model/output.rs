//! What a model makes: its columns, and whether the header speaks of the same ones.
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;

use super::header::{Header, Word};
use super::lineage::FIELD_COUNTS;
use super::{Model, lineage};
use crate::contract::column::Tag;
use crate::diagnostic::{Problem, nearest};
use crate::engine::place;
use crate::functions::is_text;
use crate::lake::{FIELD_TAG, plain_schema};
use crate::pseudonym::FIELD_HOLDS;

/// The columns a query gives, as they are stored: no view or dictionary types, partition columns last and never null,
/// the others nullable (whether a null can occur must not depend on how a query was planned). Of the metadata only what
/// sluis itself needs to know goes on, such as key versions: a description may change without a rebuild. The sensitivity
/// tag is that of what a column is made of, unless the header makes it public.
pub fn stored_schema(plan: &LogicalPlan, header: &Header) -> SchemaRef {
    let (partition, public) = (header.partition_names(), header.made_public());
    let plain = tagged(plan);
    let made = lineage::pseudonyms(plan).into_iter().zip(lineage::counts(plan));
    let fields = plain.fields().iter().zip(made).map(|(field, (holds, counts))| {
        let field = match public.contains(field.name().as_str()) {
            true => with_notes(field, Tag::Public),
            false => field.as_ref().clone(),
        };
        let notes = [
            (
                FIELD_HOLDS,
                holds && !matches!(field.data_type(), DataType::FixedSizeBinary(_)),
            ),
            // what a rule has gone over is for anyone
            (FIELD_COUNTS, counts && header.disclosure.is_none()),
        ];
        let notes = notes.into_iter().filter(|(_, holds)| *holds);
        let notes = notes.map(|(note, _)| (note.to_owned(), "true".to_owned()));
        let metadata = field.metadata().clone().into_iter().chain(notes).collect();
        field.with_metadata(metadata)
    });
    let plain = Schema::new(fields.collect::<Vec<_>>());
    let is_partition = |field: &Field| partition.contains(&field.name().as_str());
    let field = |field: &Field, nullable: bool| field.clone().with_nullable(nullable);
    let columns = plain
        .fields()
        .iter()
        .filter(|f| !is_partition(f))
        .map(|f| field(f, true));
    let partition = partition
        .iter()
        .filter_map(|name| plain.field_with_name(name).ok())
        .map(|f| field(f, false));
    Arc::new(Schema::new(columns.chain(partition).collect::<Vec<_>>()))
}

/// The columns a query gives, in its order, each with the tag of what it is made of.
pub fn tagged(plan: &LogicalPlan) -> Schema {
    let plain = plain_schema(plan.schema().as_arrow());
    let tagged = plain.fields().iter().zip(lineage::tags(plan));
    Schema::new(tagged.map(|(field, tag)| with_notes(field, tag)).collect::<Vec<_>>())
}

/// The field with only sluis's own metadata, and `tag`.
fn with_notes(field: &Field, tag: Tag) -> Field {
    let own = |name: &str| name.starts_with("sluis.") && ![FIELD_TAG, FIELD_HOLDS, FIELD_COUNTS].contains(&name);
    let notes = field.metadata().iter().filter(|(name, _)| own(name));
    let notes = notes.map(|(name, value)| (name.clone(), value.clone()));
    field.clone().with_metadata(notes.chain(tag.note()).collect())
}

/// Checks the columns of `plan` and what the header says of them.
pub fn check(model: &Model, plan: &LogicalPlan, problems: &mut Vec<Problem>) {
    let schema = plan.schema();
    let mut names = BTreeSet::new();
    let query = || place::first_word(&model.sql);
    for field in schema.fields() {
        let name = field.name();
        if !names.insert(name.clone()) {
            let message = format!("two columns of the result are called `{name}`");
            problems.push(
                model
                    .problem("column-name", query(), message)
                    .hint("rename one with AS"),
            );
        }
        if !is_column_name(name) {
            let message = format!("a column of the result is called `{name}`");
            let hint = "give it a name of lower-case letters, digits and `_`: add `AS name`";
            problems.push(model.problem("column-name", query(), message).hint(hint));
        }
        if *field.data_type() == DataType::Null {
            let message = format!("column `{name}` has no type, for it is always null");
            problems.push(
                model
                    .problem("column-type", query(), message)
                    .hint("write CAST(NULL AS TEXT), or its type"),
            );
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let header = &model.header;
    let audited = header.audits.iter().flat_map(|a| a.rule.columns().unwrap_or_default());
    let described = header.columns.iter().chain(&header.public).map(|(word, _)| word);
    for word in header
        .grain
        .iter()
        .chain(&header.partition)
        .chain(described)
        .chain(audited)
    {
        if !names.contains(&word.text.as_str()) {
            problems.push(unknown(model, word, &names));
        }
    }
    let (tags, public) = (lineage::tags(plan), header.made_public());
    for word in &header.partition {
        let tagged = schema.fields().iter().zip(&tags).find(|(f, _)| *f.name() == word.text);
        if !public.contains(word.text.as_str())
            && let Some((_, tag)) = tagged
            && let Some((_, tag)) = tag.note()
        {
            let message = format!("partition column `{}` is made of columns with the tag {tag}", word.text);
            let hint = "its values would become names of folders and stand in manifests: leave it out of `partition`";
            problems.push(model.problem("partition", word.span.clone(), message).hint(hint));
        } else if let Some(field) = schema.fields().iter().find(|f| *f.name() == word.text)
            && !is_text(field.data_type())
        {
            let message = format!("partition column `{}` is {}, not text", word.text, field.data_type());
            let hint = format!("partition columns are text: CAST({0} AS TEXT) AS {0}", word.text);
            problems.push(model.problem("partition", word.span.clone(), message).hint(hint));
        }
    }
    if schema.fields().len() <= header.partition.len() {
        let hint = "leave at least one column out of `partition`";
        problems.push(
            model
                .problem("partition", query(), "every column is a partition column")
                .hint(hint),
        );
    }
}

/// A word of the header that is no column.
pub(super) fn unknown(model: &Model, word: &Word, names: &[&str]) -> Problem {
    let message = format!("the query gives no column `{}`", word.text);
    let hint = match nearest(&word.text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its columns are {}", names.join(", ")),
    };
    model.problem("unknown-column", word.span.clone(), message).hint(hint)
}

fn is_column_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
