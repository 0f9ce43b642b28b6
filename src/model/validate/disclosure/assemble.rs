//! A rule that can be carried out, from one that was checked.
use crate::disclosure::{Count, Rule, Share, Total};
use crate::model::disclosure::{CountHeader, DisclosureHeader, ShareHeader};
use crate::model::header::Word;

fn texts(words: &[Word]) -> Vec<String> {
    words.iter().map(|w| w.text.clone()).collect()
}

/// The rule with every minimum filled in, and the counts of shares among the counts.
pub fn assemble(header: &DisclosureHeader, dimensions: &[Word], floor: u64) -> Rule {
    let usual = header.min.as_ref().map_or(floor, |min| min.number);
    let count = |count: &CountHeader| Count {
        column: count.column.text.clone(),
        min: count.min.as_ref().map_or(usual, |min| min.number),
        blank: texts(&count.blank),
    };
    let share = |share: &ShareHeader| Share {
        columns: texts(&share.columns),
        numerator: share.numerator.text.clone(),
        denominator: share.denominator.text.clone(),
        min: share.min.as_ref().map_or(usual, |min| min.number),
        extremes: share.extremes,
    };
    let mut counts: Vec<Count> = header.counts.iter().map(count).collect();
    let shares: Vec<Share> = header.shares.iter().map(share).collect();
    for share in &shares {
        for column in [&share.numerator, &share.denominator] {
            if !counts.iter().any(|c| c.column == *column) {
                counts.push(Count {
                    column: column.clone(),
                    min: share.min,
                    blank: Vec::new(),
                });
            }
        }
    }
    let total = header.totals.iter().map(|total| Total {
        dimension: total.dimension.text.clone(),
        value: total.value.text.clone(),
        parts: total.parts.clone(),
    });
    Rule {
        dimensions: texts(dimensions),
        counts,
        units: header.units.iter().map(count).collect(),
        shares,
        blank: texts(&header.blank),
        zeros: header.zeros,
        totals: total.collect(),
        unpublished: texts(&header.unpublished),
    }
}
