//! Delimiter and quoting, from the number of fields each reading of a sample gives.
use crate::contract::format::Delimited;

/// In the order they are preferred when they do equally well
const DELIMITERS: [u8; 7] = [b';', b'\t', b'|', b',', b'^', b'~', 0x1f];
const QUOTES: [Option<u8>; 3] = [Some(b'"'), Some(b'\''), None];
/// Share of the best reading that a preferred delimiter must reach
const NEAR: f64 = 0.98;

/// A reading of the sample
#[derive(Debug, Clone)]
pub struct Dialect {
    /// The format, header not yet decided
    pub format: Delimited,
    /// Fields of a record
    pub width: usize,
    /// Share of the sample's records that have that many
    pub share: f64,
    /// Fields of the sample that are quoted
    pub quoted: usize,
}

/// What one way of splitting gives
#[derive(Debug, Default, Clone)]
struct Reading {
    widths: Vec<usize>,
    quoted: usize,
    doubled: usize,
    backslashed: usize,
    line_breaks: usize,
    broken: usize,
}

/// The likeliest reading of whole lines; `None` when no delimiter gives every line the same number of fields
pub fn detect(sample: &[u8]) -> Option<Dialect> {
    let mut best: Option<Dialect> = None;
    for quote in QUOTES {
        for delimiter in DELIMITERS {
            let Some(found) = dialect(sample, delimiter, quote) else {
                continue;
            };
            // an open quote is damage to be reported, not a reason to read on without quotes
            let quoting = best
                .as_ref()
                .filter(|best| quote.is_none() && best.format.quote.is_some());
            if quoting.is_some_and(|best| best.format.delimiter == delimiter && opens_a_field(sample, delimiter)) {
                continue;
            }
            let better = best.as_ref().is_none_or(|best| {
                // quoting must earn its place; a delimiter only wins from a preferred one by doing clearly better
                let more_quoted = found.quoted > best.quoted && found.share >= best.share * NEAR;
                if quote == best.format.quote {
                    found.share * NEAR > best.share
                } else {
                    found.share * NEAR > best.share || (quote.is_some() && more_quoted)
                }
            });
            if better {
                best = Some(found);
            }
        }
    }
    best
}

fn dialect(sample: &[u8], delimiter: u8, quote: Option<u8>) -> Option<Dialect> {
    let plain = read(sample, delimiter, quote, false);
    let escaped = quote
        .map(|quote| read(sample, delimiter, Some(quote), true))
        .filter(|read| read.backslashed > 0);
    let (reading, backslash) = match escaped {
        Some(escaped) if escaped.broken < plain.broken || (escaped.broken == plain.broken && plain.doubled == 0) => {
            (escaped, true)
        }
        _ => (plain, false),
    };
    // a quote that stands in the text and quotes nothing is no quote, unless it opens a field and never closes
    let idle = reading.quoted == 0 && reading.broken == 0;
    if quote.is_some_and(|quote| {
        if quote == b'\'' {
            reading.quoted == 0
        } else {
            idle && sample.contains(&quote)
        }
    }) {
        return None;
    }
    let width = most_frequent(&reading.widths)?;
    if width < 2 {
        return None;
    }
    let fitting = reading.widths.iter().filter(|&&found| found == width).count();
    let records = reading.widths.len() + reading.broken;
    #[allow(clippy::cast_precision_loss)] // a sample has fewer than 2^53 records
    let share = fitting as f64 / records as f64;
    let format = Delimited {
        delimiter,
        quote,
        backslash,
        quoted_newlines: reading.line_breaks > 0,
        header: true,
        skip_lines: 0,
    };
    (share > 0.5).then_some(Dialect {
        format,
        width,
        share,
        quoted: reading.quoted,
    })
}

/// Counts the fields of every record; an apostrophe only quotes where it stands around whole fields
fn read(sample: &[u8], delimiter: u8, quote: Option<u8>, backslash: bool) -> Reading {
    let mut reading = Reading::default();
    let mut at = 0;
    while at < sample.len() {
        let mut width = 1;
        let begin = at;
        let (mut quoted, mut doubled, mut backslashed, mut breaks) = (0, 0, 0, 0);
        let whole = loop {
            if quote.is_some() && sample.get(at).copied() == quote {
                let Some(end) = closing(sample, at + 1, quote, backslash, &mut doubled, &mut backslashed) else {
                    break false;
                };
                breaks += usize::from(sample[at..end].contains(&b'\n'));
                quoted += 1;
                at = end;
            } else {
                let rest = &sample[at..];
                at += memchr::memchr2(delimiter, b'\n', rest).unwrap_or(rest.len());
            }
            match sample.get(at) {
                Some(&byte) if byte == delimiter => {
                    width += 1;
                    at += 1;
                }
                None | Some(b'\n') => break true,
                Some(b'\r') if matches!(sample.get(at + 1), None | Some(b'\n')) => {
                    at += 1;
                    break true;
                }
                Some(_) => break false,
            }
        };
        if whole {
            let blank = width == 1 && sample[begin..at.min(sample.len())].iter().all(u8::is_ascii_whitespace);
            if !blank {
                reading.widths.push(width);
            }
            reading.quoted += quoted;
            reading.doubled += doubled;
            reading.backslashed += backslashed;
            reading.line_breaks += breaks;
            at += 1;
        } else {
            reading.broken += 1;
            at = memchr::memchr(b'\n', &sample[begin..]).map_or(sample.len(), |length| begin + length + 1);
        }
    }
    reading
}

/// The place behind the closing quote
fn closing(
    sample: &[u8],
    mut at: usize,
    quote: Option<u8>,
    backslash: bool,
    doubled: &mut usize,
    backslashed: &mut usize,
) -> Option<usize> {
    loop {
        let byte = *sample.get(at)?;
        if backslash && byte == b'\\' {
            *backslashed += usize::from(sample.get(at + 1).copied() == quote);
            at += 2;
        } else if Some(byte) == quote {
            if backslash || sample.get(at + 1).copied() != quote {
                return Some(at + 1);
            }
            *doubled += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
}

fn most_frequent(widths: &[usize]) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    widths
        .iter()
        .for_each(|width| *counts.entry(*width).or_insert(0usize) += 1);
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(width, _)| width)
}

/// Whether a double quote stands where a field begins
fn opens_a_field(sample: &[u8], delimiter: u8) -> bool {
    memchr::memchr_iter(b'"', sample).any(|at| at == 0 || [delimiter, b'\n'].contains(&sample[at - 1]))
}

/// Lines before the first that has as many fields as the others: titles, remarks. At most ten.
pub fn preamble(sample: &[u8], dialect: &Dialect) -> u32 {
    let mut at = 0;
    for skipped in 0..10 {
        let rest = &sample[at.min(sample.len())..];
        let Some(length) = memchr::memchr(b'\n', rest) else {
            break;
        };
        let line = read(
            &rest[..length],
            dialect.format.delimiter,
            dialect.format.quote,
            dialect.format.backslash,
        );
        if line.broken > 0 || line.widths == [dialect.width] {
            return skipped;
        }
        at += length + 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sample: &str) -> (char, Option<char>, usize) {
        let dialect = detect(sample.as_bytes()).unwrap();
        (
            char::from(dialect.format.delimiter),
            dialect.format.quote.map(char::from),
            dialect.width,
        )
    }

    #[test]
    fn delimiters_and_quotes_are_found() {
        assert_eq!(found("a;b;c\n1;2,5;3\n4;5,5;6\n"), (';', Some('"'), 3));
        assert_eq!(found("a,b\n1,2\n3,4\n"), (',', Some('"'), 2));
        assert_eq!(found("a\tb\r\n1\t2\r\n"), ('\t', Some('"'), 2));
        assert_eq!(
            found("\"a\",\"b;c\"\n\"1,2\",\"x;y\"\n\"3\",\"q;r\"\n"),
            (',', Some('"'), 2)
        );
        assert_eq!(found("'a','b'\n'1,2','x'\n'3','y'\n"), (',', Some('\''), 2));
        assert_eq!(found("a;b\n1\" buis;2\n3\" buis;4\n"), (';', None, 2));
        assert_eq!(
            found("a;b\n1;\"open\n3;4\n5;6\n"),
            (';', Some('"'), 2),
            "an open quote is still a quote"
        );
        assert!(detect(b"just some text\nwithout any\ncolumns\n").is_none());
    }

    #[test]
    fn escapes_and_line_breaks_are_seen() {
        let dialect = detect(b"a,b\n\"x \\\"y\\\" z\",1\n\"q\",2\n").unwrap();
        assert!(dialect.format.backslash);
        let dialect = detect(b"a,b\n\"x \"\"y\"\" z\",1\n\"q\",2\n").unwrap();
        assert!(!dialect.format.backslash);
        let dialect = detect(b"a,b\n\"x\ny\",1\n\"q\",2\n").unwrap();
        assert!(dialect.format.quoted_newlines);
    }

    #[test]
    fn titles_above_the_table_are_skipped() {
        let sample = b"Leerlingen per school\nbron: DUO\na;b;c\n1;2;3\n4;5;6\n7;8;9\n1;1;1\n";
        let dialect = detect(sample).unwrap();
        assert_eq!((dialect.width, preamble(sample, &dialect)), (3, 2));
    }
}
