//! Person keys: canonical form, pseudonym, and nothing left behind.
use std::hash::RandomState;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray};
use arrow::buffer::Buffer;
use zeroize::Zeroize;

use super::field::Value;
use super::{Field, Fields, Marks, Quick, View};
use crate::contract::column::{Column, KeyRule, OnInvalid, OnOtherRegister};
use crate::ingest::faults::Faults;
use crate::ingest::keyset::Entry;
use crate::pseudonym::{IdType, Pseudonymiser, RawKey, Repair, Rules, canonical, canonical_rin, of_other_register};

/// Slots of the memory of recent keys; a power of two.
const SLOTS: usize = 1 << 12;
/// The longest field that is remembered.
const LONGEST: usize = 15;

/// A remembered field and its pseudonym.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// As [`Value::double_word`] has it; no field has a length of zero.
    field: u128,
    pseudonym: [u8; 16],
}

/// How often which repair was made.
pub type Repaired = std::collections::BTreeMap<&'static str, u64>;

/// Casts one person-key column for one worker.
///
/// It remembers the last key and recent ones, so that a key is hashed once per run; the memory is wiped when the caster
/// goes.
pub struct KeyCaster {
    pseudonymiser: Pseudonymiser,
    rules: Rules,
    last: Slot,
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
        self.last.field.zeroize();
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
            last: Slot::default(),
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
        let rows = view.len();
        let mut values = vec![[0; 16]; rows];
        let mut marks = Marks::default();
        let mut fields = Fields::new(column, view);
        let quick = Quick::new(column, view);
        // The letters of a rin's register; other keys have none to look at.
        let letters = register.filter(|_| rule.id == IdType::Rin);
        let quick_letters = letters.and_then(Quick::of);
        let drops = rule.on_other_register == OnOtherRegister::Drop;
        for (row, slot) in values.iter_mut().enumerate() {
            let letter = match quick_letters.and_then(|quick| quick.value(quick.records[row])) {
                Some(letter) => letter.text,
                None => letters.map_or(&b""[..], |register| register.get(row)),
            };
            if drops && letter != b"R" && of_other_register(letter, self.rules) {
                faults.drop_row(row);
                marks.null.push(row);
                continue;
            }
            let outcome = match quick.and_then(|quick| quick.value(quick.records[row])) {
                Some(field) => self.remembered(rule.id, letter, field).map(Some),
                None => match fields.read(row) {
                    Ok(Field::Value(field)) => self.remembered(rule.id, letter, field).map(Some),
                    Ok(Field::Missing | Field::Suppressed) if column.nullable => Ok(None),
                    Ok(_) => Err("required"),
                    Err(rule) => Err(rule),
                },
            };
            match outcome {
                Ok(Some(pseudonym)) => {
                    *slot = pseudonym;
                    continue;
                }
                Ok(None) => {}
                Err(_) if rule.on_invalid == OnInvalid::Null => self.nulled += 1,
                Err(fault) => faults.add(row, place, fault),
            }
            marks.null.push(row);
        }
        Arc::new(FixedSizeBinaryArray::new(
            16,
            Buffer::from_vec(values.into_flattened()),
            marks.nulls(rows),
        ))
    }

    /// The pseudonym of one field, or the rule it breaks; from memory when the field was seen a short while ago.
    #[inline(always)]
    fn remembered(&mut self, id: IdType, register: &[u8], field: Value<'_>) -> Result<[u8; 16], &'static str> {
        if field.text.len() > LONGEST || (id == IdType::Rin && register != b"R") {
            return Ok(self.counted(id, register, field.text)?.0);
        }
        let mut word = field.double_word();
        let outcome = if self.last.field == word {
            Ok(self.last.pseudonym)
        } else {
            self.remember(id, register, field.text, word)
        };
        word.zeroize();
        outcome
    }

    #[inline(never)]
    fn remember(&mut self, id: IdType, register: &[u8], text: &[u8], field: u128) -> Result<[u8; 16], &'static str> {
        let at = slot_of(field);
        if self.slots[at].field != field {
            let (pseudonym, repaired) = self.counted(id, register, text)?;
            // A repaired key is not remembered: every repair is counted.
            if repaired {
                return Ok(pseudonym);
            }
            self.slots[at] = Slot { field, pseudonym };
        }
        self.last = self.slots[at];
        Ok(self.last.pseudonym)
    }

    /// The pseudonym of one field that is staged, and whether its key was repaired.
    fn counted(&mut self, id: IdType, register: &[u8], text: &[u8]) -> Result<([u8; 16], bool), &'static str> {
        let (key, repair) = self.key(id, register, text)?;
        if let Some(repair) = repair {
            *self.repaired.entry(repair.as_str()).or_default() += 1;
        }
        let pseudonym = self.pseudonymiser.of(&key);
        self.given.push(Entry {
            key: u128::from_be_bytes(pseudonym),
            value: key.check_value(&self.secret),
        });
        Ok((pseudonym, repair.is_some()))
    }

    /// The pseudonym of one field, or the rule it breaks; nothing is counted.
    pub fn pseudonym(&self, id: IdType, register: &[u8], text: &[u8]) -> Result<[u8; 16], &'static str> {
        Ok(self.pseudonymiser.of(&self.key(id, register, text)?.0))
    }

    fn key(&self, id: IdType, register: &[u8], text: &[u8]) -> Result<(RawKey, Option<Repair>), &'static str> {
        match id {
            IdType::Rin => canonical_rin(register, text, self.rules).map(|key| (key, None)),
            _ => canonical(id, text, self.rules),
        }
        .map_err(|fault| fault.rule())
    }
}

/// A slot for a field: a multiplicative hash of its bytes.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)]
fn slot_of(field: u128) -> usize {
    let mixed = (field as u64 ^ ((field >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 52) as usize & (SLOTS - 1)
}
