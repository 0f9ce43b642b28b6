//! Person keys: canonical form, pseudonym, and nothing left behind.
use std::hash::RandomState;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray};
use arrow::buffer::Buffer;
use zeroize::Zeroize;

use super::{Field, Fields, Marks, View};
use crate::contract::column::{Column, KeyRule, OnInvalid};
use crate::ingest::faults::Faults;
use crate::ingest::keyset::Entry;
use crate::pseudonym::{IdType, Pseudonymiser, RawKey, Repair, Rules, canonical, canonical_rin};

/// Slots of the memory of recent keys; a power of two.
const SLOTS: usize = 1 << 12;
/// The longest field that is remembered.
const LONGEST: usize = 15;

/// A remembered field and its pseudonym.
#[derive(Clone, Copy, Default)]
struct Slot {
    field: [u8; LONGEST],
    length: u8,
    pseudonym: [u8; 16],
}

/// How often which repair was made.
pub type Repaired = std::collections::BTreeMap<&'static str, u64>;

/// Casts one person-key column for one worker.
///
/// It remembers recent keys, so that a key is hashed once per run or dictionary value; the memory is wiped when the
/// caster goes.
pub struct KeyCaster {
    pseudonymiser: Pseudonymiser,
    rules: Rules,
    slots: Vec<Slot>,
    secret: RandomState,
    /// Pseudonyms given out with a check value of their key, for the collision test.
    pub given: Vec<Entry>,
    /// Repairs made so far.
    pub repaired: Repaired,
    /// Keys that became null because the contract says so.
    pub nulled: u64,
}

impl Drop for KeyCaster {
    fn drop(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.field.zeroize());
    }
}

impl KeyCaster {
    /// A caster for a column; `secret` keys the check values and is the same for all workers of a delivery.
    pub fn new(pseudonymiser: Pseudonymiser, rules: Rules, secret: RandomState) -> Self {
        let slots = vec![Slot::default(); SLOTS];
        Self {
            pseudonymiser,
            rules,
            slots,
            secret,
            given: Vec::new(),
            repaired: Repaired::new(),
            nulled: 0,
        }
    }

    /// Casts the column; `register` holds the register letters of a `rin`.
    pub fn cast(
        &mut self,
        column: &Column,
        rule: &KeyRule,
        place: usize,
        view: View<'_>,
        register: Option<View<'_>>,
        faults: &mut Faults,
    ) -> ArrayRef {
        let rows = view.cells.len();
        let mut values: Vec<u8> = Vec::with_capacity(rows * 16);
        let mut marks = Marks::default();
        let mut fields = Fields::new(column, view);
        for row in 0..rows {
            let outcome = match fields.read(row) {
                Ok(Field::Value(field)) => {
                    let letter = register.map_or(&b""[..], |register| register.cells[row].get(register.bytes));
                    self.pseudonym(rule.id, letter, field).map(Some)
                }
                Ok(Field::Missing | Field::Suppressed) if column.nullable => Ok(None),
                Ok(_) => Err("required"),
                Err(rule) => Err(rule),
            };
            match outcome {
                Ok(Some(pseudonym)) => values.extend_from_slice(&pseudonym),
                Ok(None) => {
                    marks.null.push(row);
                    values.extend_from_slice(&[0; 16]);
                }
                Err(fault) => {
                    if rule.on_invalid == OnInvalid::Null {
                        self.nulled += 1;
                    } else {
                        faults.add(row, place, fault);
                    }
                    marks.null.push(row);
                    values.extend_from_slice(&[0; 16]);
                }
            }
        }
        Arc::new(FixedSizeBinaryArray::new(
            16,
            Buffer::from_vec(values),
            marks.nulls(rows),
        ))
    }

    /// The pseudonym of one field, or the rule it breaks.
    #[inline]
    pub fn pseudonym(&mut self, id: IdType, register: &[u8], field: &[u8]) -> Result<[u8; 16], &'static str> {
        if field.len() > LONGEST || (id == IdType::Rin && register != b"R") {
            return self.compute(id, register, field);
        }
        let mut padded = [0; LONGEST];
        padded[..field.len()].copy_from_slice(field);
        let length = u8::try_from(field.len()).unwrap_or(u8::MAX);
        let at = slot_of(&padded);
        let slot = &self.slots[at];
        if slot.field == padded && slot.length == length {
            padded.zeroize();
            return Ok(slot.pseudonym);
        }
        let repairs: u64 = self.repaired.values().sum();
        let pseudonym = self.compute(id, register, field);
        // A repaired key is not remembered: every repair is counted.
        if let Ok(pseudonym) = pseudonym
            && repairs == self.repaired.values().sum::<u64>()
        {
            self.slots[at] = Slot {
                field: padded,
                length,
                pseudonym,
            };
        }
        padded.zeroize();
        pseudonym
    }

    fn compute(&mut self, id: IdType, register: &[u8], field: &[u8]) -> Result<[u8; 16], &'static str> {
        let (key, repair): (RawKey, Option<Repair>) = match id {
            IdType::Rin => (
                canonical_rin(register, field, self.rules).map_err(|fault| fault.rule())?,
                None,
            ),
            _ => canonical(id, field, self.rules).map_err(|fault| fault.rule())?,
        };
        if let Some(repair) = repair {
            *self.repaired.entry(repair.as_str()).or_default() += 1;
        }
        let pseudonym = self.pseudonymiser.of(&key);
        self.given.push(Entry {
            key: u128::from_be_bytes(pseudonym),
            value: key.check_value(&self.secret),
        });
        Ok(pseudonym)
    }
}

/// A slot for a field: a multiplicative hash of its bytes.
#[inline]
fn slot_of(field: &[u8; LONGEST]) -> usize {
    let (mut first, mut second) = ([0; 8], [0; 8]);
    first.copy_from_slice(&field[..8]);
    second[..LONGEST - 8].copy_from_slice(&field[8..]);
    let mixed =
        (u64::from_le_bytes(first) ^ u64::from_le_bytes(second).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 52).unwrap_or(0) & (SLOTS - 1)
}
