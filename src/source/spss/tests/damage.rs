//! Damaged and hostile files: refused with a reason, or read; never a panic, and never memory that a length only claims.
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const PACKINGS: [Packing; 3] = [Packing::None, Packing::Bytecode, Packing::Zlib];

/// A sample in each packing.
static SAMPLES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| PACKINGS.map(|packing| sample(packing, Order::Little)));

/// Where to damage a sample: the dictionaries of all are alike.
fn places(packing: Packing) -> std::ops::Range<usize> {
    let bytes = &SAMPLES[packing as usize];
    let end = bytes
        .windows(4)
        .position(|window| window == 999i32.to_le_bytes())
        .unwrap();
    match packing {
        Packing::None => 0..bytes.len(),
        _ => end..bytes.len(),
    }
}

#[test]
fn a_file_cut_off_before_its_last_case_is_refused() {
    for packing in PACKINGS {
        let bytes = &SAMPLES[packing as usize];
        let all = values(bytes).unwrap();
        for length in places(packing) {
            match values(&bytes[..length]) {
                // bytecode need not say that it ends
                Ok(rows) => assert!(rows == all && packing == Packing::Bytecode && length + 8 >= bytes.len()),
                Err(error) => {
                    assert!(
                        error.contains("byte") || error.contains("case") || error.contains("begin"),
                        "{error}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_length_is_believed() {
    for packing in PACKINGS {
        for at in places(packing).filter(|at| at + 4 <= SAMPLES[packing as usize].len()) {
            for number in [i32::MAX, i32::MIN, -1, 1 << 24] {
                let mut bytes = SAMPLES[packing as usize].clone();
                bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
                let _ = values(&bytes);
            }
        }
    }
}

#[test]
fn a_dictionary_has_a_limit() {
    // value labels without end: what is kept of them is bounded, whatever the file's size
    let mut bytes = SAMPLES[0][..176].to_vec();
    let variable: Vec<u8> = [2, 0, 0, 0, 0, 0].map(i32::to_le_bytes).concat();
    bytes.extend(variable.iter().chain(b"A       "));
    bytes.extend([3i32, i32::MAX].map(i32::to_le_bytes).concat());
    let labels = (0u64..300_000).flat_map(|label| [label.to_le_bytes(), *b"\x01x      "].concat());
    bytes.extend(labels);
    assert!(
        values(&bytes)
            .unwrap_err()
            .contains("there are more than 262144 value labels")
    );
    // documents without end
    bytes.truncate(208);
    bytes.extend([6i32, i32::MAX].map(i32::to_le_bytes).concat());
    assert!(values(&bytes).unwrap_err().contains("the limit before the data is"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes_behind_a_header_are_read_or_refused(
        packing in 0usize..3, records in prop::collection::vec((0i32..9, prop::collection::vec(-3i32..30, 0..12)), 0..12), tail in prop::collection::vec(any::<u8>(), 0..200)
    ) {
        let mut bytes = SAMPLES[packing][..176].to_vec();
        for (kind, numbers) in records {
            let kind = if kind == 8 { 999 } else { kind };
            bytes.extend(kind.to_le_bytes());
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        bytes.extend(&tail);
        let _ = values(&bytes);
        bytes.truncate(176);
        bytes.extend(&tail);
        let _ = values(&bytes);
    }

    #[test]
    fn any_changed_bytes_are_read_or_refused(
        packing in 0usize..3, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)
    ) {
        let mut bytes = SAMPLES[packing].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = values(&bytes);
    }
}
