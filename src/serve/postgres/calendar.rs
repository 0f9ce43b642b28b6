//! Days and moments that no calendar has.
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use chrono::{DateTime, Utc};

/// Whether a day or moment among them is none that can be told: the encoder would make it null.
pub(super) fn is_outside_calendar(values: &ArrayRef) -> bool {
    let seconds = |value: i64| match values.data_type() {
        DataType::Date32 => Some(value.saturating_mul(86_400)),
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => Some(value.div_euclid(1_000)),
        DataType::Timestamp(TimeUnit::Second, _) => Some(value),
        DataType::Timestamp(TimeUnit::Microsecond, _) => Some(value.div_euclid(1_000_000)),
        _ => None,
    };
    if seconds(0).is_none() {
        return false;
    }
    // a 32-bit day goes by way of its own number
    let numbers = match values.data_type() {
        DataType::Date32 => cast(values, &DataType::Int32).and_then(|days| cast(&days, &DataType::Int64)),
        _ => cast(values, &DataType::Int64),
    };
    let Ok(numbers) = numbers else { return true };
    let numbers = numbers.as_primitive::<Int64Type>();
    let mut ends = [min(numbers), max(numbers)].into_iter().flatten().filter_map(seconds);
    let calendar = DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp();
    ends.any(|end| !calendar.contains(&end))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, TimestampNanosecondArray, TimestampSecondArray};

    use super::*;

    #[test]
    fn what_is_outside_the_calendar_is_seen() {
        let sent = |values: ArrayRef| !is_outside_calendar(&values);
        let far = 963_573_731_999_999_999;
        assert!(!sent(Arc::new(TimestampSecondArray::from(vec![
            Some(0),
            Some(far),
            None
        ]))));
        assert!(!sent(Arc::new(TimestampSecondArray::from(vec![-far]))));
        assert!(!sent(Arc::new(Date32Array::from(vec![i32::MAX]))));
        assert!(sent(Arc::new(TimestampSecondArray::from(vec![Some(0), None]))));
        assert!(sent(Arc::new(TimestampNanosecondArray::from(vec![i64::MAX]))));
        assert!(sent(Arc::new(Date32Array::from(vec![-719_162, 2_932_896]))));
        assert!(sent(Arc::new(Date32Array::from(vec![None]))));
    }
}
