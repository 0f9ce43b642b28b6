//! Person keys that a contract does not declare: of what is about to be stored, a sample is put to the eleven-tests.
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, Schema};

use crate::contract::infer::sample::Distinct;
use crate::pseudonym::{ELEVEN_BSN, FIELD_NOT_KEY, eleven_remainder, person_digits};

/// Cells of a column that are looked at: of the first batch of a block, which may be all of a delivery, and of each other.
const CELLS: [usize; 2] = [256, 64];
/// Distinct numbers of a column that are remembered, by their hashes.
const REMEMBERED: usize = 128;
/// Distinct numbers without which the test proves nothing.
const LEAST: usize = 30;
/// What may stand between the groups of digits of one number.
const SIGNS: [&[u8]; 7] = [b" ", b".", b"-", b"/", b"_", b"\t", "\u{a0}".as_bytes()];

/// What the eleven-test leaves of the numbers in each stored column that should hold no person keys.
pub struct Numbers {
    columns: Vec<Option<Distinct<u8>>>,
    /// Batches that were looked at.
    batches: u64,
}

impl Numbers {
    /// None yet, of columns of this schema.
    pub fn new(stored: &Schema) -> Self {
        let looked_at = |field: &&Field| {
            let type_of_key = matches!(
                field.data_type(),
                DataType::Utf8 | DataType::Int32 | DataType::Int64 | DataType::Float64 | DataType::Decimal128(..)
            );
            type_of_key && !field.metadata().contains_key(FIELD_NOT_KEY)
        };
        let fields = stored.fields().iter().map(AsRef::as_ref);
        let columns = fields.map(|field| Some(field).filter(looked_at).map(|_| Distinct::new(REMEMBERED)));
        Self {
            columns: columns.collect(),
            batches: 0,
        }
    }

    /// Looks at cells of a batch of the stored columns, chosen by chance: rows of one kind may come in any rhythm.
    pub fn look(&mut self, stored: &RecordBatch, secret: &RandomState) {
        let most = CELLS[usize::from(self.batches > 0)];
        self.batches += 1;
        for (place, (column, numbers)) in stored.columns().iter().zip(&mut self.columns).enumerate() {
            let Some(numbers) = numbers else { continue };
            let mut look = |row| {
                each_number(column, row, |digits| {
                    if let Some(remainder) = eleven_remainder(&digits) {
                        numbers.add(secret.hash_one(digits), remainder);
                    }
                });
            };
            let filled = column.len() - column.null_count();
            if filled <= most {
                (0..column.len()).filter(|row| column.is_valid(*row)).for_each(look);
                continue;
            }
            let rows: Option<Vec<usize>> = column.nulls().map(|nulls| nulls.valid_indices().collect());
            for chance in 0..most {
                let chance = secret.hash_one((self.batches, place, chance));
                let chosen = usize::try_from((u128::from(chance) * filled as u128) >> 64).unwrap_or(0);
                look(rows.as_ref().map_or(chosen, |rows| rows[chosen]));
            }
        }
    }

    /// Takes the numbers of another part of the delivery.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                mine.merge(theirs);
            }
        }
    }

    /// Why the first column that seems to hold person keys does: most of its numbers pass an eleven-test, where one in
    /// eleven of any others would.
    pub fn like_keys(&self, stored: &Schema, onderwijsnummer: u8) -> Option<String> {
        let mut columns = self.columns.iter().zip(stored.fields());
        columns.find_map(|(numbers, field)| {
            let numbers = numbers.as_ref().filter(|numbers| numbers.len() >= LEAST)?;
            let all = numbers.len();
            let passing = |remainder| numbers.notes().filter(|left| **left == remainder).count();
            let (bsn, own) = (passing(ELEVEN_BSN), passing(onderwijsnummer));
            // two in eleven of any others pass one of the two
            if bsn * 2 <= all && own * 2 <= all && (bsn + own) * 3 <= all * 2 {
                return None;
            }
            Some(format!(
                "the column `{}` seems to hold person keys that the contract does not declare: of {all} distinct numbers \
                 looked at, {bsn} pass the eleven-test of the bsn and {own} that of the onderwijsnummer; give it \
                 type = \"person_key\", leave it out with store = false, or say with not_a_person_key = \"...\" what they are",
                field.name(),
            ))
        })
    }
}

/// Calls `take` with every number in a cell, which is not null, that could be a person key.
fn each_number(column: &dyn Array, row: usize, take: impl FnMut([u8; 9])) {
    let whole = match column.data_type() {
        DataType::Utf8 => return in_text(column.as_string::<i32>().value(row).as_bytes(), take),
        DataType::Int32 => i128::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => i128::from(column.as_primitive::<Int64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let unit = 10i128.pow(u32::try_from(*scale).unwrap_or(0));
            let value = column.as_primitive::<Decimal128Type>().value(row);
            if value % unit == 0 { value / unit } else { 0 }
        }
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(row);
            if value.fract() == 0.0 && value.abs() < 1e9 {
                format!("{value:.0}").parse().unwrap_or(0)
            } else {
                0
            }
        }
        _ => 0,
    };
    let whole = whole.unsigned_abs();
    if (10_000_000..1_000_000_000).contains(&whole) {
        in_text(format!("{whole:09}").as_bytes(), take);
    }
}

/// A whole text that is written as a person key; within any other, nine digits that stand together or in groups with one
/// sign between them, and more when only zeros are before the nine.
fn in_text(text: &[u8], mut take: impl FnMut([u8; 9])) {
    if let Some((digits, _)) = person_digits(text) {
        return take(digits);
    }
    let mut nine = |digits: &[u8]| {
        let zeros = digits.len().saturating_sub(9);
        if digits[..zeros].iter().all(|digit| *digit == b'0')
            && let Ok(digits) = digits[zeros..].try_into()
        {
            take(digits);
        }
    };
    let mut at = 0;
    let runs = text.split(|byte| !byte.is_ascii_digit()).filter_map(|run| {
        let start = at;
        at += run.len() + 1;
        (!run.is_empty()).then_some(start..start + run.len())
    });
    let runs: Vec<Range<usize>> = runs.collect();
    runs.iter().for_each(|run| nine(&text[run.clone()]));
    let between = |run: &Range<usize>, next: &Range<usize>| SIGNS.contains(&&text[run.end..next.start]);
    for group in runs.chunk_by(between).filter(|group| group.len() > 1) {
        let digits: Vec<u8> = group.iter().flat_map(|run| &text[run.clone()]).copied().collect();
        if digits.len() == 9 {
            nine(&digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray};

    use super::*;
    use crate::pseudonym::ELEVEN_ONDERWIJSNUMMER;

    /// The first numbers from a stem on that leave a remainder.
    fn numbers(remainder: u8) -> Vec<i32> {
        let leaves = |number: &i32| eleven_remainder(format!("{number:09}").as_bytes()) == Some(remainder);
        (23_456_000..).step_by(7).filter(leaves).take(40).collect()
    }

    fn told(column: ArrayRef) -> Option<String> {
        let stored = RecordBatch::try_from_iter_with_nullable([("nummer", column, true)]).unwrap();
        let (mut found, secret) = (Numbers::new(stored.schema_ref()), RandomState::new());
        // in parts, as blocks of a delivery
        let half = stored.num_rows() / 2;
        for part in [stored.slice(0, half), stored.slice(half, half)] {
            let mut numbers = Numbers::new(stored.schema_ref());
            numbers.look(&part, &secret);
            found.merge(numbers);
        }
        found.like_keys(stored.schema_ref(), ELEVEN_ONDERWIJSNUMMER)
    }

    #[test]
    fn keys_are_seen_in_whatever_type_they_come() {
        let keys = numbers(ELEVEN_BSN);
        let texts =
            |text: fn(&i32) -> String| Arc::new(StringArray::from_iter_values(keys.iter().map(text))) as ArrayRef;
        let wide = keys.iter().map(|key| i128::from(*key) * 100);
        let wide = Decimal128Array::from_iter_values(wide)
            .with_precision_and_scale(12, 2)
            .unwrap();
        for column in [
            texts(|key| format!("{key:09}")),
            texts(|key| format!("{key}.0")),
            texts(|key| format!("zie ook {key:09}, gebeld")),
            texts(|key| {
                format!(
                    "in 2019: {:03} {:03} {:03}.",
                    key / 1_000_000,
                    key / 1_000 % 1_000,
                    key % 1_000
                )
            }),
            texts(|key| format!("000{key:09}")),
            texts(|key| format!("-{key:09}")),
            Arc::new(Int32Array::from(keys.clone())),
            Arc::new(Int64Array::from_iter_values(keys.iter().map(|key| i64::from(*key)))),
            Arc::new(Float64Array::from_iter_values(keys.iter().map(|key| f64::from(*key)))),
            Arc::new(wide),
        ] {
            let kind = column.data_type().clone();
            let told = told(column).unwrap_or_default();
            assert!(
                told.contains("`nummer`")
                    && told.contains("of 40 distinct")
                    && told.contains("40 pass the eleven-test of the bsn"),
                "{kind}: {told}"
            );
        }
        let numbers = numbers(ELEVEN_ONDERWIJSNUMMER);
        assert!(
            told(Arc::new(Int32Array::from(numbers)))
                .is_some_and(|told| told.contains("40 that of the onderwijsnummer"))
        );
    }

    #[test]
    fn keys_are_seen_in_whatever_rhythm_they_come() {
        let keys = numbers(ELEVEN_BSN);
        for rhythm in [2, 7, 16, 60] {
            let cell = |row: usize| (row % rhythm == 1).then(|| keys[row / rhythm % 40]);
            let sparse = (0..8192).map(cell);
            assert!(told(Arc::new(Int32Array::from_iter(sparse))).is_some(), "{rhythm}");
        }
        let turns = (0..8192).map(|row| {
            if row % 2 == 0 {
                row / 2
            } else {
                keys[row as usize / 2 % 40]
            }
        });
        assert!(told(Arc::new(Int32Array::from_iter_values(turns))).is_some());
        let mixed = keys
            .iter()
            .copied()
            .take(25)
            .chain(numbers(ELEVEN_ONDERWIJSNUMMER).into_iter().take(25));
        assert!(told(Arc::new(Int32Array::from_iter_values(mixed))).is_some());
    }

    #[test]
    fn other_numbers_are_let_through() {
        let any = Int32Array::from_iter_values((0..40).map(|step| 123_456_789 + step * 7));
        assert_eq!(told(Arc::new(any)), None);
        let dates =
            StringArray::from_iter_values((0..40).map(|day| format!("2019{:02}{:02}", 1 + day / 20, 1 + day % 20)));
        assert_eq!(told(Arc::new(dates)), None);
        // of a few nothing can be said
        let few = numbers(ELEVEN_BSN).into_iter().cycle().take(40).map(|key| key % 20);
        assert_eq!(told(Arc::new(Int32Array::from_iter_values(few))), None);
        let keys = numbers(ELEVEN_BSN);
        let same = keys.iter().cycle().map(|_| keys[0]).take(40);
        assert_eq!(told(Arc::new(Int32Array::from_iter_values(same))), None);
    }
}
