//! What a contract says of rows and of the whole delivery, checked against its columns.
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;
use toml::Spanned;

use super::build::{Findings, is_name};
use super::build_column::{KINDS, mark_values, not_a_person_key, tag};
use super::column::{Origin, Tag};
use super::raw::RawContract;
use super::{Check, Contract, Derived, Reference, expression, partition};
use crate::pseudonym::{FIELD_KEY, FIELD_NOT_KEY};

pub fn derived(raw: &RawContract, contract: &mut Contract, findings: &mut Findings<'_>) {
    mark_values(contract);
    for spanned in &raw.derived {
        let derived = spanned.get_ref();
        if !is_name(derived.name.get_ref()) {
            findings.add(
                derived.name.span(),
                "name",
                format!("`{}` is not lower snake case", derived.name.get_ref()),
            );
        }
        let data_type = match derived.kind.get_ref().as_str() {
            "text" | "schooljaar" | "code" => DataType::Utf8,
            "integer" => DataType::Int32,
            "bigint" => DataType::Int64,
            "double" => DataType::Float64,
            "date" => DataType::Date32,
            "boolean" => DataType::Boolean,
            "decimal" => {
                let scale = i8::try_from(derived.scale.unwrap_or(0)).unwrap_or(0);
                DataType::Decimal128(derived.precision.unwrap_or(18), scale)
            }
            other => {
                findings.unknown(
                    derived.kind.span(),
                    "type",
                    "a type for a derived column",
                    other,
                    &KINDS[..KINDS.len() - 1],
                );
                DataType::Utf8
            }
        };
        let (typed, sql) = (contract.typed_schema(), &derived.expression);
        let compiled = expression::compile(sql.get_ref(), &typed, Some(&data_type));
        let compiled = compiled.map_err(|message| findings.add(sql.span(), "expression", message));
        let tag = match (&derived.tag, compiled) {
            (None, Ok(expression)) => made_of(&expression, &typed),
            (raw, _) => tag(raw.as_ref(), findings),
        };
        let mut field = Field::new(derived.name.get_ref(), data_type, derived.nullable);
        let not_key = not_a_person_key(derived.not_a_person_key.as_ref(), derived.kind.get_ref(), findings);
        let notes = [
            ("description", &derived.description),
            ("unit", &derived.unit),
            (FIELD_NOT_KEY, &not_key),
        ];
        let notes = notes
            .into_iter()
            .filter_map(|(key, note)| Some((key.to_owned(), note.clone()?)));
        field.set_metadata(notes.chain(tag.note()).collect());
        contract.derived.push(Derived {
            field,
            expression: sql.get_ref().clone(),
            tag,
        });
    }
}

/// The strictest tag of the columns that an expression is made of; a person key counts as personal.
fn made_of(expression: &Arc<dyn PhysicalExpr>, typed: &Schema) -> Tag {
    let used = collect_columns(expression);
    let tags = used.iter().map(|column| {
        let field = typed.field(column.index());
        if field.metadata().contains_key(FIELD_KEY) {
            Tag::Personal
        } else {
            Tag::of(field)
        }
    });
    tags.max().unwrap_or(Tag::Public)
}

pub fn rules(raw: &RawContract, contract: &mut Contract, findings: &mut Findings<'_>) {
    let everything = everything(contract);
    let known: Vec<&str> = everything.fields().iter().map(|field| field.name().as_str()).collect();
    let stored = contract.arrow_schema();
    let mut is_column = |name: &Spanned<String>, what: &'static str| {
        let found = stored.field_with_name(name.get_ref()).ok().cloned();
        if found.is_none() {
            findings.unknown(
                name.span(),
                what,
                "a stored column of this contract",
                name.get_ref(),
                &known,
            );
        }
        found
    };
    let (mut loose, mut partitions) = (Vec::new(), Vec::new());
    for name in &raw.partition {
        if let Some(field) = is_column(name, "partition") {
            partitions.push((name, field));
        }
    }
    for name in &raw.sort {
        is_column(name, "sort");
    }
    if let Some(period) = &raw.period {
        is_column(&period.column, "period");
        if !contract.partition.contains(period.column.get_ref()) {
            loose.push((period.column.span(), "the period column must be a partition column"));
        }
    }
    for (name, field) in partitions {
        partition::check(name, &field, findings);
    }
    for (span, message) in loose {
        findings.add(span, "partition", message);
    }
    for key in &raw.unique {
        for name in key.get_ref().iter().filter(|name| !known.contains(&name.as_str())) {
            findings.unknown(key.span(), "unique", "a column of this contract", name, &known);
        }
    }
    let from_name = contract.columns.iter().any(|column| column.origin == Origin::Period);
    if from_name && let Some(rule) = contract.files.iter().position(|rule| rule.period.is_none()) {
        findings.add(
            raw.files[rule].span(),
            "period",
            "a column takes its value from the period, but these files have none",
        );
        findings.hint("add period = { pattern = '...', as = \"...\" }");
    }
    if raw.period.is_some() {
        for version in raw.files.iter().filter_map(|files| files.get_ref().version.as_ref()) {
            let message = "versions are of a period, and these files tell theirs only inside";
            findings
                .add(version.span(), "version", message)
                .hint("take the period from the file's name, or leave the version out");
        }
    }
    for check in &raw.checks {
        let check = check.get_ref();
        match expression::compile(check.expression.get_ref(), &everything, Some(&DataType::Boolean)) {
            Ok(_) => {}
            Err(message) => {
                findings.add(check.expression.span(), "expression", message);
            }
        }
        contract.checks.push(Check {
            name: check.name.clone(),
            expression: check.expression.get_ref().clone(),
        });
    }
    references(raw, contract, &known, findings);
}

fn references(raw: &RawContract, contract: &mut Contract, known: &[&str], findings: &mut Findings<'_>) {
    for spanned in &raw.references {
        let reference = spanned.get_ref();
        for name in reference
            .columns
            .iter()
            .filter(|name| !known.contains(&name.get_ref().as_str()))
        {
            findings.unknown(
                name.span(),
                "references",
                "a column of this contract",
                name.get_ref(),
                known,
            );
        }
        let columns: Vec<String> = reference.columns.iter().map(|name| name.get_ref().clone()).collect();
        let to_columns = reference.to_columns.clone().unwrap_or_else(|| columns.clone());
        if to_columns.len() != columns.len() {
            findings.add(spanned.span(), "references", "columns and to_columns differ in number");
        }
        let fail = match reference
            .severity
            .as_ref()
            .map(|word| (word.get_ref().as_str(), word.span()))
        {
            None | Some(("error", _)) => true,
            Some(("warning", _)) => false,
            Some((other, span)) => {
                findings.unknown(span, "severity", "a severity", other, &["error", "warning"]);
                true
            }
        };
        match reference.to.get_ref().parse() {
            Ok(to) => contract.references.push(Reference {
                columns,
                to,
                to_columns,
                fail,
                span: reference.to.span(),
            }),
            Err(_) => {
                findings
                    .add(reference.to.span(), "references", "not a table name")
                    .hint("write schema.table");
            }
        }
    }
}

/// Typed and derived columns together: what checks may use.
fn everything(contract: &Contract) -> SchemaRef {
    let typed = contract.typed_schema();
    let derived = contract.derived.iter().map(|derived| Arc::new(derived.field.clone()));
    Arc::new(Schema::new(
        typed.fields().iter().cloned().chain(derived).collect::<Vec<_>>(),
    ))
}
