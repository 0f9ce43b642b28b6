//! Which partition each row of a batch belongs to.
use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type};

/// Integers closer together than this are numbered through a table.
const TABLE: usize = 1 << 16;

/// An order of the rows in which those of a partition are together and otherwise stay in order; none when they are.
pub fn order(columns: &[ArrayRef], rows: usize) -> Option<Vec<u32>> {
    let mut numbers: Vec<u32> = vec![0; rows];
    for column in columns {
        let next = number(column);
        if numbers.iter().all(|&number| number == 0) {
            numbers = next;
        } else {
            let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
            for (number, other) in numbers.iter_mut().zip(next) {
                let fresh = small(pairs.len());
                *number = *pairs.entry((*number, other)).or_insert(fresh);
            }
        }
    }
    if numbers.is_sorted() {
        return None;
    }
    let most = numbers.iter().max().map_or(0, |&most| most as usize);
    let mut places = vec![0u32; most + 2];
    for &number in &numbers {
        places[number as usize + 1] += 1;
    }
    for number in 1..places.len() {
        places[number] += places[number - 1];
    }
    let mut order = vec![0; rows];
    for (row, &number) in (0u32..).zip(&numbers) {
        let place = &mut places[number as usize];
        order[*place as usize] = row;
        *place += 1;
    }
    Some(order)
}

/// The stretches of rows with the same values, in a batch whose partitions are together.
pub fn stretches(columns: &[ArrayRef], rows: usize) -> Vec<(Vec<String>, Range<usize>)> {
    let mut ends: Vec<usize> = columns.iter().flat_map(changes).collect();
    ends.push(rows);
    ends.sort_unstable();
    ends.dedup();
    let mut start = 0;
    let stretch = |end| {
        let values = columns.iter().map(|column| text(column, start)).collect();
        (values, std::mem::replace(&mut start, end)..end)
    };
    ends.into_iter().map(stretch).collect()
}

/// The rows whose value is another than that of the row before.
fn changes(column: &ArrayRef) -> Vec<usize> {
    if let Some(numbers) = column.as_primitive_opt::<Int32Type>() {
        let pairs = numbers.values().windows(2).enumerate();
        return pairs
            .filter(|(_, pair)| pair[0] != pair[1])
            .map(|(row, _)| row + 1)
            .collect();
    }
    let texts = column.as_string::<i32>();
    (1..texts.len())
        .filter(|&row| texts.value(row - 1) != texts.value(row))
        .collect()
}

/// Numbers the distinct values of a column from 0, in order of appearance.
fn number(column: &ArrayRef) -> Vec<u32> {
    if *column.data_type() == DataType::Int32 {
        let values = column.as_primitive::<Int32Type>().values();
        let (low, high) = (
            values.iter().min().copied().unwrap_or(0),
            values.iter().max().copied().unwrap_or(0),
        );
        let span = usize::try_from(i64::from(high) - i64::from(low)).unwrap_or(usize::MAX);
        if span < TABLE {
            let mut table = vec![u32::MAX; span + 1];
            let mut next = 0;
            return values
                .iter()
                .map(|value| {
                    let number = &mut table[usize::try_from(i64::from(*value) - i64::from(low)).unwrap_or(0)];
                    if *number == u32::MAX {
                        *number = next;
                        next += 1;
                    }
                    *number
                })
                .collect();
        }
        let mut known: HashMap<i32, u32> = HashMap::new();
        return values.iter().map(|value| fresh(&mut known, *value)).collect();
    }
    let texts = column.as_string::<i32>();
    let mut known: HashMap<&str, u32> = HashMap::new();
    let (mut last, mut number) = (None, 0);
    (0..texts.len())
        .map(|row| {
            let text = texts.value(row);
            if last != Some(text) {
                number = fresh(&mut known, text);
                last = Some(text);
            }
            number
        })
        .collect()
}

fn fresh<T: std::hash::Hash + Eq>(known: &mut HashMap<T, u32>, value: T) -> u32 {
    let next = small(known.len());
    *known.entry(value).or_insert(next)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn text(column: &ArrayRef, row: usize) -> String {
    match column.data_type() {
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        _ => column.as_string::<i32>().value(row).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn rows_of_a_partition_are_brought_together() {
        let years: ArrayRef = Arc::new(Int32Array::from(vec![2020, 2019, 2020, i32::MAX, 2019]));
        let kinds: ArrayRef = Arc::new(StringArray::from(vec!["a", "a", "b", "a", "a"]));
        assert_eq!(order(&[years.clone(), kinds], 5), Some(vec![0, 1, 4, 2, 3]));
        assert_eq!(order(&[years], 5), Some(vec![0, 2, 1, 4, 3]));
        assert_eq!(order(&[], 3), None);
    }

    #[test]
    fn stretches_end_where_a_value_changes() {
        let years: ArrayRef = Arc::new(Int32Array::from(vec![2020, 2020, 2019, 2019]));
        let kinds: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "b", "b"]));
        let found: Vec<_> = stretches(&[years, kinds], 4)
            .into_iter()
            .map(|(values, rows)| (values.join(","), rows))
            .collect();
        let expected = [("2020,a", 0..1), ("2020,b", 1..2), ("2019,b", 2..4)];
        assert_eq!(found, expected.map(|(values, rows)| (values.to_owned(), rows)));
    }
}
