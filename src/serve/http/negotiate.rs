//! Which format a caller wants.
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::export::Format;

/// The format that `?format=` or the `Accept` header asks for; JSON when neither says. `None` when it is none of ours.
pub(super) fn format(named: Option<&str>, headers: &HeaderMap) -> Option<Format> {
    if let Some(named) = named {
        return by_name(named);
    }
    let said: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let said = said.join(",");
    let ranges: Vec<(&str, u32)> = said
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .map(weighted)
        .collect();
    if ranges.is_empty() {
        return Some(Format::Json);
    }
    // of equal weight the one named first; within a range such as */* the one of ours that comes first
    let mut best: Option<(Format, u32)> = None;
    for (range, weight) in ranges {
        let found = Format::ALL
            .into_iter()
            .find(|format| matches(range, format.media_type()));
        if let Some(format) = found.filter(|_| weight > 0 && best.is_none_or(|(_, known)| weight > known)) {
            best = Some((format, weight));
        }
    }
    best.map(|(format, _)| format)
}

fn by_name(name: &str) -> Option<Format> {
    match name {
        "json" => Some(Format::Json),
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "arrow" => Some(Format::Arrow),
        "parquet" => Some(Format::Parquet),
        _ => None,
    }
}

/// A media range and its weight in thousandths.
fn weighted(range: &str) -> (&str, u32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, |text| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let thousandths: u32 = format!("{fraction:0<3}")
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0);
        whole
            .parse::<u32>()
            .map_or(0, |whole| (whole * 1000 + thousandths).min(1000))
    });
    (name, weight)
}

fn matches(range: &str, media_type: &str) -> bool {
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => media_type.split('/').next() == Some(kind),
        None => range.eq_ignore_ascii_case(media_type),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(accept: &str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(accept).unwrap())]);
        format(None, &headers)
    }

    #[test]
    fn the_format_is_what_the_caller_accepts_most() {
        assert_eq!(format(None, &HeaderMap::new()), Some(Format::Json));
        assert_eq!(of("*/*"), Some(Format::Json));
        assert_eq!(of("text/*"), Some(Format::Csv));
        assert_eq!(of("application/vnd.apache.arrow.stream"), Some(Format::Arrow));
        assert_eq!(
            of("text/html, text/csv;q=0.8, application/json;q=0.75"),
            Some(Format::Csv)
        );
        assert_eq!(of("application/vnd.apache.parquet, */*;q=0.1"), Some(Format::Parquet));
        assert_eq!(of("text/html"), None);
        assert_eq!(of("application/json;q=0"), None);
        assert_eq!(format(Some("ndjson"), &HeaderMap::new()), Some(Format::Jsonl));
        assert_eq!(format(Some("xlsx"), &HeaderMap::new()), None);
    }
}
