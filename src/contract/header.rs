//! Header names: folding, patterns for names that change, and patterns with named parts for wide files.
use regex::{Regex, RegexBuilder};

/// A header without the differences that do not count: case, and blanks around and in runs.
pub fn fold(header: &str) -> String {
    let words: Vec<&str> = header
        .split(|letter: char| letter.is_whitespace() || letter == '\u{a0}')
        .collect();
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// A regular expression that a whole header fits, whatever its case: `SBI2008_[0-9]{4}`.
#[derive(Debug, Clone)]
pub struct HeaderRegex {
    written: String,
    whole: Regex,
}

impl HeaderRegex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with the regular expression.
    pub fn parse(written: &str) -> Result<Self, regex::Error> {
        let whole = RegexBuilder::new(&format!("^(?:{written})$"))
            .case_insensitive(true)
            .build()?;
        let written = written.to_owned();
        Ok(Self { written, whole })
    }

    /// Whether a folded header fits.
    pub fn fits(&self, folded: &str) -> bool {
        self.whole.is_match(folded)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl PartialEq for HeaderRegex {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for HeaderRegex {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Part(usize),
}

/// A header with named parts: `EXAMENKANDIDATEN SCHOOLJAAR {schooljaar} - {geslacht}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderPattern {
    pieces: Vec<Piece>,
    /// The names of the parts, in order of appearance.
    pub parts: Vec<String>,
}

impl HeaderPattern {
    /// Reads a pattern; two parts must have a literal between them.
    ///
    /// # Errors
    /// A sentence saying what is wrong with the pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut parts, mut rest) = (Vec::new(), Vec::new(), text);
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or("a `{` without `}`")? + open;
            let literal = &rest[..open];
            if literal.is_empty() && matches!(pieces.last(), Some(Piece::Part(_))) {
                return Err("two parts must have text between them".to_owned());
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_lowercase()));
            }
            let name = rest[open + 1..close].trim().to_owned();
            if parts.contains(&name) {
                return Err(format!("the part `{name}` stands twice"));
            }
            pieces.push(Piece::Part(parts.len()));
            parts.push(name);
            rest = &rest[close + 1..];
        }
        if parts.is_empty() {
            return Err("no `{part}` in the pattern".to_owned());
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_lowercase()));
        }
        Ok(Self { pieces, parts })
    }

    /// The parts of a header that fits, in the header's own case.
    pub fn matches(&self, header: &str) -> Option<Vec<String>> {
        let header = header.trim();
        let lower = header.to_lowercase();
        // Lower-casing may change byte lengths outside ASCII; then the folded form is all there is.
        let shown = if lower.len() == header.len() {
            header
        } else {
            lower.as_str()
        };
        let (mut found, mut at) = (Vec::new(), 0);
        for (place, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(literal) => {
                    at += lower.get(at..)?.strip_prefix(literal.as_str()).map(|_| literal.len())?
                }
                Piece::Part(_) => {
                    let end = match self.pieces.get(place + 1) {
                        Some(Piece::Literal(next)) => at + lower.get(at..)?.find(next.as_str())?,
                        _ => lower.len(),
                    };
                    let value = shown.get(at..end)?.trim();
                    if value.is_empty() {
                        return None;
                    }
                    found.push(value.to_owned());
                    at = end;
                }
            }
        }
        (at == lower.len()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_header_are_found() {
        let pattern = HeaderPattern::parse("GESLAAGDEN SCHOOLJAAR {schooljaar} - {geslacht}").unwrap();
        assert_eq!(
            pattern.matches(" Geslaagden schooljaar 2019-2020 - MAN "),
            Some(vec!["2019-2020".to_owned(), "MAN".to_owned()])
        );
        assert_eq!(pattern.matches("GESLAAGDEN SCHOOLJAAR 2019-2020"), None);
        assert!(HeaderPattern::parse("{a}{b}").is_err());
        assert!(HeaderPattern::parse("x").is_err());
    }

    #[test]
    fn a_pattern_fits_a_whole_header_in_any_case() {
        let pattern = HeaderRegex::parse(r"SBI2008_\d{4}|sbi code").unwrap();
        for header in ["SBI2008_2017", "sbi2008_2017", " SBI \u{a0} Code "] {
            assert!(pattern.fits(&fold(header)), "{header}");
        }
        for header in ["SBI2008_2017V1", "XSBI2008_2017", "SBI2008_"] {
            assert!(!pattern.fits(&fold(header)), "{header}");
        }
        assert!(HeaderRegex::parse("(").is_err());
    }

    #[test]
    fn folding_ignores_case_and_blanks() {
        assert_eq!(fold("  BRIN\u{a0} Nummer "), "brin nummer");
    }
}
