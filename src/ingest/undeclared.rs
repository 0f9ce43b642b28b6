//! Person keys that a contract does not declare: of what is about to be stored, a sample is put to the eleven-tests.
use std::hash::{BuildHasher, RandomState};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, Schema};

use crate::contract::infer::sample::Distinct;
use crate::pseudonym::{ELEVEN_BSN, FIELD_NOT_KEY, eleven_remainder, person_digits};

/// Rows that are looked at, spread evenly: of the first batch of a block, which may be all of a delivery, and of each other.
const ROWS: [usize; 2] = [256, 64];
/// Distinct numbers of a column that are remembered, by their hashes.
const REMEMBERED: usize = 128;
/// Distinct numbers without which the test proves nothing.
const LEAST: usize = 30;

/// What the eleven-test leaves of the numbers in each stored column that should hold no person keys.
pub struct Numbers {
    columns: Vec<Option<Distinct<u8>>>,
    /// Whether a batch was looked at.
    begun: bool,
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
            begun: false,
        }
    }

    /// Looks at rows of a batch of the stored columns.
    pub fn look(&mut self, stored: &RecordBatch, secret: &RandomState) {
        let rows = ROWS[usize::from(std::mem::replace(&mut self.begun, true))];
        let step = stored.num_rows().div_ceil(rows).max(1);
        for (column, numbers) in stored.columns().iter().zip(&mut self.columns) {
            let Some(numbers) = numbers else { continue };
            for row in (0..stored.num_rows()).step_by(step).filter(|row| column.is_valid(*row)) {
                each_number(column, row, |digits| {
                    if let Some(remainder) = eleven_remainder(&digits) {
                        numbers.add(secret.hash_one(digits), remainder);
                    }
                });
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
            let passing = |remainder| numbers.notes().filter(|left| **left == remainder).count();
            let kinds = [("bsn", ELEVEN_BSN), ("onderwijsnummer", onderwijsnummer)];
            let (kind, passing) = kinds
                .map(|(kind, remainder)| (kind, passing(remainder)))
                .into_iter()
                .find(|(_, passing)| passing * 2 > numbers.len())?;
            Some(format!(
                "the column `{}` seems to hold person keys that the contract does not declare: {passing} of {} distinct numbers \
                 looked at pass the eleven-test of a {kind}; give it type = \"person_key\", leave it out with store = false, \
                 or say with not_a_person_key = \"...\" what they are",
                field.name(),
                numbers.len(),
            ))
        })
    }
}

/// Calls `take` with every number of nine digits in a cell that is not null, and with one of eight that is the whole cell.
fn each_number(column: &dyn Array, row: usize, mut take: impl FnMut([u8; 9])) {
    let whole = match column.data_type() {
        DataType::Utf8 => {
            let text = column.as_string::<i32>().value(row).as_bytes();
            match person_digits(text) {
                Some((digits, _)) => take(digits),
                None => text
                    .split(|byte| !byte.is_ascii_digit())
                    .filter_map(|digits| digits.try_into().ok())
                    .for_each(take),
            }
            return;
        }
        DataType::Int32 => i128::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => i128::from(column.as_primitive::<Int64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let (value, unit) = (
                column.as_primitive::<Decimal128Type>().value(row),
                10i128.pow(u32::try_from(*scale).unwrap_or(0)),
            );
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
    if (10_000_000..1_000_000_000).contains(&whole)
        && let Ok(digits) = format!("{whole:09}").as_bytes().try_into()
    {
        take(digits);
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
        for part in [stored.slice(0, 20), stored.slice(20, 20)] {
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
            Arc::new(Int32Array::from(keys.clone())),
            Arc::new(Int64Array::from_iter_values(keys.iter().map(|key| i64::from(*key)))),
            Arc::new(Float64Array::from_iter_values(keys.iter().map(|key| f64::from(*key)))),
            Arc::new(wide),
        ] {
            let kind = column.data_type().clone();
            let told = told(column).unwrap_or_default();
            assert!(
                told.contains("`nummer`") && told.contains("40 of 40") && told.contains("a bsn;"),
                "{kind}: {told}"
            );
        }
        let numbers = numbers(ELEVEN_ONDERWIJSNUMMER);
        assert!(told(Arc::new(Int32Array::from(numbers))).is_some_and(|told| told.contains("onderwijsnummer")));
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
