//! Columns of codes.
use std::collections::HashMap;
use std::sync::Arc;

use toml::Spanned;

use super::{Context, Findings, Kind};
use crate::contract::column::Codes;
use crate::contract::raw::RawColumn;

/// A column of codes, written in the contract or in a code list.
pub fn code(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
    if let Some(codes) = &raw.codes {
        let index = (0u32..)
            .zip(codes)
            .map(|(place, code)| (code.clone().into_bytes(), place))
            .collect();
        return Kind::Code(Codes {
            index,
            list: None,
            lookup: Vec::new(),
        });
    }
    let nothing = Kind::Code(Codes {
        index: HashMap::new(),
        list: None,
        lookup: Vec::new(),
    });
    let Some(name) = &raw.code_list else {
        findings.add(
            raw.kind.span(),
            "code_list",
            "a code column needs `codes` or `code_list`",
        );
        return nothing;
    };
    let Some(list) = context.lists.get(name.get_ref()) else {
        let known: Vec<&str> = context.lists.names().collect();
        findings.unknown(
            name.span(),
            "code_list",
            "a code list of config/reference",
            name.get_ref(),
            &known,
        );
        return nothing;
    };
    let known: Vec<&str> = list.columns.iter().map(String::as_str).collect();
    let mut place = |word: &Spanned<String>| {
        let place = list.column(word.get_ref());
        if place.is_none() {
            findings.unknown(
                word.span(),
                "code_list",
                &format!("a column of ref.{}", list.name),
                word.get_ref(),
                &known,
            );
        }
        place
    };
    let column = raw.code_column.as_ref().map_or(Some(0), &mut place).unwrap_or(0);
    let lookup = raw
        .lookup
        .iter()
        .filter_map(|(name, word)| Some((name.clone(), place(word)?)))
        .collect();
    Kind::Code(Codes {
        index: list.index(column),
        list: Some(Arc::clone(list)),
        lookup,
    })
}
