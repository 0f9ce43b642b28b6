//! Whether a dictionary pays for the values of one column chunk.
use super::delta::Number;
use super::interner::{BEHIND, mix, mix_bytes};

/// Bits of the bitmap; linear counting is good to about twice as many distinct values.
const BITS: usize = 1 << 15;
/// Values that are looked at; what the rest holds follows from how many of the second half were new.
const SAMPLE: usize = 8192;

/// Whether texts, one behind the other, are smaller with a dictionary than without one.
///
/// Sizes in bits a value: with a dictionary an index and a share of the dictionary, without one the letters.
pub fn texts(lengths: &[i32], data: &[u8]) -> bool {
    if lengths.is_empty() {
        return false;
    }
    let letters = (data.len() - BEHIND) as f64 / lengths.len() as f64;
    let cost = Cost {
        // Compression takes a third off letters that a dictionary would share.
        plain: letters * 8.0 * 0.7,
        entry: (letters + 4.0) * 8.0,
        rows: lengths.len(),
    };
    let mut start = 0;
    cost.pays_hashed(lengths.iter().map(|length| {
        let text = start..start + length.cast_unsigned() as usize;
        start = text.end;
        mix_bytes(data, text, 0)
    }))
}

/// Whether numbers are, whose smallest and largest are known; without a dictionary they are packed differences.
pub fn numbers<T: Number>(values: &[T], (low, high): (T, T)) -> bool {
    let span = high.above(low).saturating_add(1);
    let cost = Cost {
        // Differences of unordered values spread over twice their span.
        plain: (span as f64 * 2.0).log2().ceil(),
        entry: f64::from(T::BYTES) * 8.0,
        rows: values.len(),
    };
    if span <= BITS as u64 {
        cost.pays(values.iter().map(|value| value.above(low)), |bits| bits as f64)
    } else {
        cost.pays_hashed(values.iter().map(|value| mix(value.wide().cast_unsigned())))
    }
}

/// What a column costs, in bits.
struct Cost {
    /// A value without a dictionary.
    plain: f64,
    /// An entry of the dictionary.
    entry: f64,
    /// Number of values.
    rows: usize,
}

impl Cost {
    /// With a dictionary of so many entries, it is smaller.
    fn smaller(&self, distinct: f64) -> bool {
        distinct.max(1.0).log2().ceil() + distinct * self.entry / (self.rows as f64) < self.plain
    }

    /// Distinct values are counted by linear counting (Whang et al. 1990).
    fn pays_hashed(&self, hashes: impl Iterator<Item = u64>) -> bool {
        let all = BITS as f64;
        self.pays(hashes.map(|hash| hash >> 49), |bits| match BITS - bits {
            0 => all * 16.0,
            zeros => all * (all / zeros as f64).ln(),
        })
    }

    /// Whether it pays; `distinct` estimates distinct values by the bits set.
    fn pays(&self, mut places: impl Iterator<Item = u64>, distinct: impl Fn(usize) -> f64) -> bool {
        let mut bits = vec![0u64; BITS / 64];
        let mut set = 0usize;
        let mut half = || {
            for place in places.by_ref().take(SAMPLE / 2) {
                let word = &mut bits[usize::try_from(place / 64).unwrap_or(0) % (BITS / 64)];
                set += usize::from(*word >> (place % 64) & 1 == 0);
                *word |= 1 << (place % 64);
            }
            distinct(set)
        };
        let (first, both) = (half(), half());
        let halves = (self.rows as f64 / (SAMPLE / 2) as f64).max(1.0);
        let all = if self.rows <= SAMPLE {
            both
        } else {
            in_all(first, both, halves)
        };
        self.smaller(all)
    }
}

/// Distinct values to expect in `halves` halves when the first one has `first` and the first two have `both`.
///
/// Of D values drawn at random, n draws find D (1 - exp(-n / D)); the two counts give D and n / D.
fn in_all(first: f64, both: f64, halves: f64) -> f64 {
    let fresh = both / first - 1.0;
    if fresh <= 0.0 {
        return both;
    }
    if fresh >= 1.0 {
        return first * halves;
    }
    // exp(-n / D) is the share of the second half that is new.
    first * (1.0 - fresh.powf(halves)) / (1.0 - fresh)
}

#[cfg(test)]
mod tests {
    use super::super::delta::ends;
    use super::*;

    fn pays<T: Number>(values: &[T]) -> bool {
        numbers(values, ends(values).unwrap())
    }

    fn texts_pay(rows: impl Iterator<Item = String>) -> bool {
        let all: Vec<String> = rows.collect();
        let lengths: Vec<i32> = all.iter().map(|text| i32::try_from(text.len()).unwrap()).collect();
        let mut data = all.concat().into_bytes();
        data.extend([0; BEHIND]);
        texts(&lengths, &data)
    }

    #[test]
    fn few_texts_pay_and_many_do_not() {
        assert!(texts_pay((0..50_000).map(|row| format!("{:04}", row % 500))));
        assert!(!texts_pay((0..50_000).map(|row| format!("{:08}", row * 7))));
    }

    #[test]
    fn far_apart_numbers_pay_and_dense_ones_do_not() {
        let sparse: Vec<i32> = (0..50_000).map(|row| row % 3 * 1_000_000).collect();
        let dense: Vec<i32> = (0..50_000).map(|row| row * 7919 % 6000).collect();
        assert!(pays(&sparse));
        assert!(!pays(&dense));
    }

    #[test]
    fn distinct_values_are_told_from_a_sample() {
        for distinct in [100, 3000, 20_000] {
            let values = (0..100_000u64).map(|row| mix(mix(row) % distinct));
            let exact = values.clone().collect::<std::collections::HashSet<_>>().len();
            let count = |rows: usize| {
                values
                    .clone()
                    .take(rows)
                    .collect::<std::collections::HashSet<_>>()
                    .len()
            };
            let halves = 100_000.0 / (SAMPLE / 2) as f64;
            let told = in_all(count(SAMPLE / 2) as f64, count(SAMPLE) as f64, halves);
            assert!((told / exact as f64 - 1.0).abs() < 0.1, "{told} for {exact}");
        }
    }

    #[test]
    fn a_dictionary_stops_paying_at_the_number_of_values_where_the_sizes_meet() {
        // 17 bits packed, or 13 bits of an index and 4 bits of an entry: 8192 of 65536 values of 32 bits.
        for (distinct, expected) in [(6000i32, true), (10_000, false)] {
            let drawn =
                |row: i32| i32::try_from(mix(row.unsigned_abs().into()) % u64::from(distinct.unsigned_abs())).unwrap();
            let spread = |row: i32| drawn(row) * (60_000 / distinct);
            let near: Vec<i32> = (0..65_536).map(spread).collect();
            assert_eq!(pays(&near), expected, "{distinct}");
            let far = |row: i32| i64::from(spread(row)) * 1_000_003;
            let far: Vec<i64> = (0..65_536).map(far).collect();
            assert!(pays(&far), "{distinct} values of 38 bits");
        }
    }
}
