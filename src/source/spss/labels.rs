//! Value labels: what the codes of a variable stand for.
use std::collections::HashMap;

/// A value that has a label.
#[derive(Debug, Clone, PartialEq)]
pub enum Code {
    /// Of a number.
    Number(f64),
    /// Of a text, without trailing blanks.
    Text(Vec<u8>),
}

/// The value labels of a variable, in the order of the file.
#[derive(Debug, Default)]
pub struct Labels {
    labels: Vec<(Code, Vec<u8>)>,
    numbers: HashMap<u64, u32>,
    texts: HashMap<Vec<u8>, u32>,
}

impl Labels {
    /// Adds a label, in the file's encoding; a value that has one gets the new one.
    pub fn add(&mut self, code: Code, label: Vec<u8>) {
        let next = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        let place = match &code {
            Code::Number(number) => *self.numbers.entry(bits(*number)).or_insert(next),
            Code::Text(text) => *self.texts.entry(text.clone()).or_insert(next),
        };
        match self.labels.get_mut(place as usize) {
            Some(known) => known.1 = label,
            None => self.labels.push((code, label)),
        }
    }

    /// The label of a number.
    pub fn of_number(&self, number: f64) -> Option<&[u8]> {
        self.at(*self.numbers.get(&bits(number))?)
    }

    /// The label of a text without trailing blanks.
    pub fn of_text(&self, text: &[u8]) -> Option<&[u8]> {
        self.at(*self.texts.get(text)?)
    }

    fn at(&self, place: u32) -> Option<&[u8]> {
        self.labels.get(place as usize).map(|(_, label)| label.as_slice())
    }

    /// Values with their labels.
    pub fn iter(&self) -> impl Iterator<Item = &(Code, Vec<u8>)> {
        self.labels.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// The bits of a number, a zero without its sign.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
