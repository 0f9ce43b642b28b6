//! Packed fields: items of the same width one after the other.
use super::{Context, Findings, Kind, Origin};
use crate::contract::raw::{RawColumn, RawContract};
use crate::contract::{Contract, Unpack};

/// Where a column stands in an item; none when it is no column of an item.
pub fn item(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Option<Origin> {
    let name = raw.name.get_ref();
    let (start, width) = match (raw.item_start, raw.item_width) {
        (None, None) => return None,
        (start, width) => (start.unwrap_or(0), width.unwrap_or(0)),
    };
    let mut add = |message: String, hint: &str| {
        findings.add(raw.name.span(), "item_start", message).hint(hint);
    };
    let elsewhere = raw.header.is_some() || raw.header_pattern.is_some() || raw.constant_from.is_some();
    if elsewhere || raw.start.is_some() || raw.width.is_some() || context.parts.contains(name) {
        let hint = "item_start and item_width stand alone: without header, start and width, or constant_from";
        add(format!("`{name}` takes its field from two places"), hint);
    }
    match context.item_width {
        None => add(
            format!("`{name}` is in an item, but no field is unpacked"),
            "add [unpack] with the column that holds the items, and their width",
        ),
        Some(all) if start == 0 || width == 0 || u64::from(start) - 1 + u64::from(width) > u64::from(all) => add(
            format!("`{name}` does not lie within an item of {all} bytes"),
            "item_start counts from 1; both item_start and item_width are needed",
        ),
        Some(_) => {}
    }
    Some(Origin::Item(start.saturating_sub(1) as usize, width as usize))
}

/// How the packed field becomes rows.
pub fn unpack(raw: &RawContract, contract: &Contract, findings: &mut Findings<'_>) -> Option<Unpack> {
    let spanned = raw.unpack.as_ref()?;
    let unpack = spanned.get_ref();
    let width = *unpack.width.get_ref() as usize;
    if width == 0 {
        findings.add(unpack.width.span(), "unpack", "an item has at least one byte");
    }
    if raw.unpivot.is_some() {
        let message = "a contract has an unpivot or an unpack, not both";
        findings.add(spanned.span(), "unpack", message);
    }
    let of_item = |origin: &Origin| matches!(origin, Origin::Item(..));
    if !contract.columns.iter().any(|column| of_item(&column.origin)) {
        findings
            .add(spanned.span(), "unpack", "no column is part of an item")
            .hint("add [[columns]] with item_start and item_width");
    }
    let (name, span) = (unpack.column.get_ref(), unpack.column.span());
    let Some(place) = contract.column(name) else {
        let known: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
        findings.unknown(span, "unpack", "a column of this contract", name, &known);
        return None;
    };
    let column = &contract.columns[place];
    let from_file = matches!(
        column.origin,
        Origin::Header(_) | Origin::HeaderPattern(_) | Origin::Bytes(..)
    );
    if !from_file || !matches!(column.kind, Kind::Text(_)) {
        findings
            .add(span, "unpack", format!("`{name}` is not a text field of the file"))
            .hint("declare the whole field: [[columns]] with type = \"text\", nullable = true and store = false");
    }
    Some(Unpack { column: place, width })
}
