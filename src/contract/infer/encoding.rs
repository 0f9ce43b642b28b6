//! The choice of an encoding, with the reasons for it.
use super::census::Census;
use super::draft::grouped;
use super::evidence::CANDIDATES;
use crate::contract::format::Encoding;

/// An encoding and why
#[derive(Debug)]
pub struct Choice {
    /// The encoding
    pub encoding: Encoding,
    /// The evidence, a line each
    pub evidence: Vec<String>,
}

/// Chooses by what the whole file holds
pub fn choose(census: &Census) -> Choice {
    let high = census.high.number;
    if high == 0 {
        let evidence = format!(
            "encoding: all {} bytes are ASCII, which every encoding reads alike; declare what the supplier says",
            grouped(census.bytes)
        );
        return Choice {
            encoding: Encoding::Utf8,
            evidence: vec![evidence],
        };
    }
    let mut evidence = vec![format!(
        "encoding: {} bytes are not ASCII, the first at offset {}",
        grouped(high),
        grouped(census.high.first)
    )];
    // by chance the bytes of another encoding hardly ever form UTF-8
    if census.not_utf8.number == 0 || census.sequences > 20 * census.not_utf8.number {
        evidence.push(format!(
            "utf-8: {} sequences of more than one byte are valid",
            grouped(census.sequences)
        ));
        if census.not_utf8.number > 0 {
            let (number, first) = (grouped(census.not_utf8.number), grouped(census.not_utf8.first));
            evidence.push(format!(
                "but {number} bytes are not UTF-8, the first at offset {first}: those rows will be set aside"
            ));
        }
        if census.replacements > 0 {
            let number = grouped(census.replacements);
            evidence.push(format!(
                "{number} U+FFFD: an earlier program lost characters; ask for the file again"
            ));
        }
        return Choice {
            encoding: Encoding::Utf8,
            evidence,
        };
    }
    evidence.push(format!(
        "utf-8: no, {} bytes break it, the first at offset {}",
        grouped(census.not_utf8.number),
        grouped(census.not_utf8.first)
    ));
    let mut best = 0;
    for (at, (candidate, score)) in CANDIDATES.iter().zip(&census.scores).enumerate() {
        let mut line = format!(
            "{}: {} of {} read as letters of words or signs in place",
            candidate.name(),
            grouped(score.plausible),
            grouped(high)
        );
        if score.undefined > 0 {
            line.push_str(&format!(", {} have no meaning", grouped(score.undefined)));
        }
        evidence.push(line);
        if score.points > census.scores[best].points {
            best = at;
        }
    }
    let encoding = CANDIDATES[best];
    if encoding == Encoding::Windows1252 && census.c1 == 0 {
        evidence
            .push("windows-1252 and iso-8859-1 differ in none of these bytes; the wider one is declared".to_owned());
    }
    Choice { encoding, evidence }
}
