//! Where the fields of a column come from.
use toml::Spanned;

use super::unpack::item;
use super::{Context, Findings, Origin};
use crate::contract::format::Format;
use crate::contract::header::{HeaderRegex, fold};
use crate::contract::raw::{OneOrMany, RawColumn};

/// Where a column's field comes from: the delivery, a header, or bytes of the record.
pub fn origin(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Origin {
    let name = raw.name.get_ref();
    if let Some(item) = item(raw, context, findings) {
        return item;
    }
    if let Some(pattern) = &raw.header_pattern {
        return fitting(raw, pattern, context, findings);
    }
    if let Some(from) = &raw.constant_from {
        return match from.get_ref().as_str() {
            "period" => Origin::Period,
            "file" => Origin::File,
            other => {
                findings.unknown(
                    from.span(),
                    "value",
                    "a constant of a delivery",
                    other,
                    &["period", "file"],
                );
                Origin::File
            }
        };
    }
    if context.parts.contains(name) {
        return Origin::Part;
    }
    if let Format::Fixed { record_length, .. } = &context.contract.format {
        let (Some(start), Some(width)) = (raw.start, raw.width) else {
            findings.add(
                raw.name.span(),
                "width",
                format!("`{name}` has no start and width, in bytes from 1"),
            );
            return Origin::Bytes(0, 0);
        };
        if start == 0 || width == 0 || start - 1 + width > *record_length {
            findings.add(
                raw.name.span(),
                "width",
                format!("`{name}` does not lie within a record of {record_length} bytes"),
            );
        }
        return Origin::Bytes(start.saturating_sub(1) as usize, width as usize);
    }
    if raw.start.is_some() || raw.width.is_some() {
        findings.add(
            raw.name.span(),
            "width",
            "start and width belong to the format \"fixed\"",
        );
    }
    let headers = raw
        .header
        .clone()
        .map_or_else(|| vec![name.clone()], OneOrMany::into_vec);
    Origin::Header(headers.iter().map(|header| fold(header)).collect())
}

/// A column whose header is known by a pattern.
fn fitting(raw: &RawColumn, pattern: &Spanned<String>, context: &Context<'_>, findings: &mut Findings<'_>) -> Origin {
    let name = raw.name.get_ref();
    let elsewhere = raw.header.is_some() || raw.constant_from.is_some() || context.parts.contains(name);
    if elsewhere || raw.start.is_some() || raw.width.is_some() {
        let message = format!("`{name}` takes its field from two places");
        findings.add(pattern.span(), "header_pattern", message).hint(
            "header_pattern stands alone: without header, start and width, constant_from, or a part of an unpivot",
        );
    }
    let without = match &context.contract.format {
        Format::Delimited(delimited) => !delimited.header,
        Format::Spss { .. } => false,
        Format::Spreadsheet(sheet) => sheet.header.is_none(),
        Format::Fixed { .. } | Format::Json { .. } | Format::JsonLines | Format::Parquet => true,
    };
    if without {
        findings
            .add(
                pattern.span(),
                "header_pattern",
                "a pattern needs a file with a header line, or an SPSS file",
            )
            .hint("name the column with `header`, or by its place");
    }
    match HeaderRegex::parse(pattern.get_ref()) {
        Ok(pattern) => Origin::HeaderPattern(pattern),
        Err(error) => {
            let message = format!("not a regular expression: {error}");
            findings.add(pattern.span(), "header_pattern", message);
            Origin::Header(vec![fold(name)])
        }
    }
}
