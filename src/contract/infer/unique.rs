//! Columns that together tell every row apart.
use super::InferError;
use super::decide::Decided;
use super::names::About;
use super::profile::Profile;
use super::sample::{TwiceCheck, hash};
use super::table::Table;

/// Hashes that one candidate key may hold
const MOST_HASHES: usize = 1 << 18;
/// Columns that take part
const MOST_COLUMNS: usize = 24;
/// Columns of a key that is worth telling
const LONGEST_KEY: usize = 8;
/// Times the file is read to make a key shorter
const MOST_PASSES: usize = 6;

/// A key that stood nowhere twice
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Places of its columns, in the file's order
    pub columns: Vec<usize>,
    /// One in how many distinct keys was checked
    pub one_in: u64,
}

/// The key of a table, of the columns that may take part
pub fn key(
    table: &Table,
    profiles: &[Profile],
    decided: &[Decided],
    abouts: &[About],
    rows: u64,
) -> Result<Option<Key>, InferError> {
    if rows < 10 {
        return Ok(None);
    }
    #[allow(clippy::cast_precision_loss)] // a mean
    let candidate = |place: usize| {
        let profile = &profiles[place];
        let takes_part = profile.present() > 0 && !decided[place].measure && abouts[place] != About::OtherNumber;
        let length = profile.length as f64 / profile.present().max(1) as f64;
        takes_part.then(|| (place, profile.distinct.estimate(), length))
    };
    let candidates: Vec<(usize, u64, f64)> = (0..table.width).filter_map(candidate).collect();
    find(table, &candidates)
}

/// Looks for a short key among columns given with their number of distinct values and their mean length. Columns with
/// many values and short ones are preferred: codes rather than names.
pub fn find(table: &Table, columns: &[(usize, u64, f64)]) -> Result<Option<Key>, InferError> {
    let mut ranked: Vec<(usize, u64, f64)> = columns.to_vec();
    ranked.sort_by(|one, other| other.1.cmp(&one.1).then(one.2.total_cmp(&other.2)));
    ranked.truncate(MOST_COLUMNS);
    let singles = ranked.iter().map(|column| vec![column.0]);
    let prefixes = (2..=ranked.len()).map(|length| ranked[..length].iter().map(|column| column.0).collect());
    let candidates: Vec<Vec<usize>> = singles.chain(prefixes).collect();
    let Some(mut key) = check(table, &candidates)?.into_iter().flatten().next() else {
        return Ok(None);
    };
    let length_of = |place: usize| {
        ranked
            .iter()
            .find(|column| column.0 == place)
            .map_or(0.0, |column| column.2)
    };
    for _ in 0..MOST_PASSES {
        if key.columns.len() < 2 {
            break;
        }
        // the longest texts are given up first
        let mut droppable = key.columns.clone();
        droppable.sort_by(|one, other| length_of(*other).total_cmp(&length_of(*one)));
        let without = |dropped: &usize| key.columns.iter().copied().filter(|place| place != dropped).collect();
        let candidates: Vec<Vec<usize>> = droppable.iter().map(without).collect();
        match check(table, &candidates)?.into_iter().flatten().next() {
            Some(shorter) => key = shorter,
            None => break,
        }
    }
    key.columns.sort_unstable();
    Ok(Some(key).filter(|key| key.columns.len() <= LONGEST_KEY))
}

/// Each candidate that stands nowhere twice
fn check(table: &Table, candidates: &[Vec<usize>]) -> Result<Vec<Option<Key>>, InferError> {
    let mut checks: Vec<TwiceCheck> = candidates.iter().map(|_| TwiceCheck::new(MOST_HASHES)).collect();
    table.visit(|header, record| {
        if header {
            return true;
        }
        let mut open = false;
        for (columns, check) in candidates.iter().zip(&mut checks).filter(|(_, check)| !check.twice) {
            let fields: Vec<&[u8]> = columns.iter().map(|&place| record.field(place)).collect();
            check.add(hash(&fields));
            open |= !check.twice;
        }
        open
    })?;
    let key = |(columns, check): (&Vec<usize>, &TwiceCheck)| {
        (!check.twice).then(|| Key {
            columns: columns.clone(),
            one_in: check.one_in(),
        })
    };
    Ok(candidates.iter().zip(&checks).map(key).collect())
}
