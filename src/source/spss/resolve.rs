//! From records to variables: names, encodings, labels and missing values find what they belong to.
use std::collections::HashMap;
use std::sync::Arc;

use super::display::Display;
use super::encoding::{Declared, whole_letters};
use super::header::Header;
use super::input::Order;
use super::labels::{Code, Labels};
use super::long::{self, Parts, pairs};
use super::missing::Missing;
use super::records::{ELEMENT, MOST_LABELS, RawLabels, RawVariable, Records, trimmed};
use super::variable::{Shape, Variable};
use super::{Dictionary, Result, wrong};
use crate::contract::format::Encoding;
use crate::diagnostic::printable;
use crate::source::encoding::decode;

/// Puts a dictionary together.
pub fn resolve(header: Header, records: Records, order: Order, fallback: Option<Encoding>) -> Result<Dictionary> {
    let declared = records.extensions.declared();
    let encoding = match (&declared, &fallback) {
        (Declared::Known(encoding), _) | (Declared::Nothing, Some(encoding)) => *encoding,
        (Declared::Nothing, None) => {
            return wrong(
                "the file does not declare its encoding; say it in the contract: encoding = \"...\" under [format]",
            );
        }
        (Declared::Other(name), _) => {
            return wrong(format!(
                "the file is in {}, which sluis does not read; have it saved in Unicode (SPSS: SET UNICODE=YES)",
                printable(name)
            ));
        }
    };
    let mut found = Found {
        order,
        encoding,
        variables: Vec::new(),
        short: HashMap::new(),
        long: HashMap::new(),
        at: HashMap::new(),
    };
    found.variables(&records)?;
    if found.variables.is_empty() {
        return wrong("the file has no variables");
    }
    for set in &records.labels {
        found.labels(set)?;
    }
    found.long_labels(&records.extensions.labels)?;
    found.long_missing(&records.extensions.missing_texts)?;
    let weight = match usize::try_from(header.weight).unwrap_or(usize::MAX) {
        0 => None,
        element => match found.at.get(&(element - 1)) {
            Some(&place) if !found.variables[place].is_text() => Some(place),
            _ => return wrong("the weight of the file is no variable that holds numbers (at byte 76)"),
        },
    };
    let title = String::from_utf8_lossy(trimmed(&header.title)).into_owned();
    Ok(Dictionary {
        variables: found.variables,
        encoding,
        declared,
        weight,
        title,
        text: text_elements(&records),
        missing: records.extensions.missing,
        cases: records.extensions.cases.or(header.cases),
        header,
    })
}

/// For each element of a case, whether it is part of a text.
fn text_elements(records: &Records) -> Vec<bool> {
    let mut text = vec![false; records.elements];
    for variable in records.variables.iter().filter(|variable| variable.width > 0) {
        text[variable.element..][..variable.width.div_ceil(ELEMENT)].fill(true);
    }
    text
}

/// What was found so far.
struct Found {
    order: Order,
    encoding: Encoding,
    variables: Vec<Variable>,
    /// From short names in upper case, and from names in lower case, to places of variables.
    short: HashMap<Vec<u8>, usize>,
    long: HashMap<String, usize>,
    /// From elements to places of variables.
    at: HashMap<usize, usize>,
}

impl Found {
    fn variables(&mut self, records: &Records) -> Result<()> {
        let long: HashMap<Vec<u8>, &[u8]> = pairs(&records.extensions.names).collect();
        let widths: HashMap<Vec<u8>, &[u8]> = pairs(&records.extensions.widths).collect();
        let mut rest = records.variables.as_slice();
        while let Some(raw) = rest.first() {
            let short = raw.name.to_ascii_uppercase();
            let written = trimmed(long.get(&short).copied().unwrap_or(&raw.name));
            let name = self.name(written)?;
            let mut segments = 1;
            let shape = if raw.width == 0 {
                Shape::Number(raw.element * ELEMENT)
            } else {
                let width = match widths.get(&short) {
                    Some(width) => long::width(width, &name)?,
                    None => raw.width,
                };
                let stretches = long::stretches(width, rest, &name)?;
                segments = stretches.len();
                Shape::Text(stretches)
            };
            let text = raw.width > 0;
            let place = self.variables.len();
            self.at.insert(raw.element, place);
            self.short.insert(short, place);
            self.long.insert(name.to_lowercase(), place);
            self.variables.push(Variable {
                label: self.text(&raw.label),
                display: if text { Display::Text } else { Display::of(raw.format) },
                missing: self.missing(raw),
                labels: None,
                name,
                shape,
            });
            rest = &rest[segments..];
        }
        Ok(())
    }

    /// A name must be readable: columns are found by it.
    fn name(&self, written: &[u8]) -> Result<String> {
        let mut out = Vec::new();
        let place = self.variables.len() + 1;
        match decode(self.encoding, whole_letters(self.encoding, written), &mut out) {
            Ok(()) => Ok(String::from_utf8_lossy(&out).into_owned()),
            Err(fault) => wrong(format!(
                "the name of variable {place} is not {}: {}",
                self.encoding.name(),
                fault.rule()
            )),
        }
    }

    /// A description, which may be left out when it is not readable.
    fn text(&self, written: &[u8]) -> Option<String> {
        let mut out = Vec::new();
        decode(self.encoding, whole_letters(self.encoding, trimmed(written)), &mut out).ok()?;
        String::from_utf8(out).ok().filter(|text| !text.is_empty())
    }

    fn missing(&self, raw: &RawVariable) -> Missing {
        if raw.width > 0 {
            let texts = raw.values.iter().map(|value| trimmed(value).to_vec()).collect();
            return Missing {
                texts,
                ..Missing::default()
            };
        }
        let mut numbers: Vec<f64> = raw.values.iter().map(|value| self.order.f64(*value)).collect();
        let range = match (raw.missing, numbers.as_slice()) {
            (..0, [low, high, ..]) => Some((*low, *high)),
            _ => None,
        };
        if range.is_some() {
            numbers.drain(..2);
        }
        Missing {
            numbers,
            range,
            texts: Vec::new(),
        }
    }

    fn labels(&mut self, set: &RawLabels) -> Result<()> {
        let (mut numbers, mut texts) = (None, None);
        for &element in &set.elements {
            let place = usize::try_from(element).ok().and_then(|element| element.checked_sub(1));
            // segments of a long text are no variables of their own
            let Some(&place) = place.and_then(|element| self.at.get(&element)) else {
                continue;
            };
            let is_text = self.variables[place].is_text();
            let labels = if is_text { &mut texts } else { &mut numbers };
            let labels = labels.get_or_insert_with(|| Arc::new(self.of(set, is_text)));
            self.variables[place].labels = Some(Arc::clone(labels));
        }
        Ok(())
    }

    fn of(&self, set: &RawLabels, text: bool) -> Labels {
        let mut labels = Labels::default();
        for (value, label) in &set.labels {
            let code = match text {
                true => Code::Text(trimmed(value).to_vec()),
                false => Code::Number(self.order.f64(*value)),
            };
            labels.add(code, self.label(label));
        }
        labels
    }

    fn label(&self, written: &[u8]) -> Vec<u8> {
        whole_letters(self.encoding, trimmed(written)).to_vec()
    }

    fn long_labels(&mut self, record: &[u8]) -> Result<()> {
        let mut parts = Parts::new(record, self.order, "the value labels of long texts");
        while !parts.is_empty() {
            let place = self.named(parts.counted()?);
            parts.length()?;
            let (mut labels, count) = (Labels::default(), parts.length()?);
            if count > MOST_LABELS {
                return wrong(format!("there are more than {MOST_LABELS} value labels of a long text"));
            }
            for _ in 0..count {
                let value = trimmed(parts.counted()?).to_vec();
                labels.add(Code::Text(value), self.label(parts.counted()?));
            }
            if let Some(place) = place {
                self.variables[place].labels = Some(Arc::new(labels));
            }
        }
        Ok(())
    }

    fn long_missing(&mut self, record: &[u8]) -> Result<()> {
        let mut parts = Parts::new(record, self.order, "the missing values of long texts");
        while !parts.is_empty() {
            let place = self.named(parts.counted()?);
            let number = usize::from(parts.bytes(1)?.first().copied().unwrap_or(0));
            let length = parts.length()?;
            let mut texts = Vec::new();
            for _ in 0..number {
                texts.push(trimmed(parts.bytes(length)?).to_vec());
            }
            if let Some(place) = place.filter(|&place| self.variables[place].is_text()) {
                self.variables[place].missing.texts = texts;
            }
        }
        Ok(())
    }

    /// The place of the variable with this long or short name.
    fn named(&self, written: &[u8]) -> Option<usize> {
        let long = self.text(written).and_then(|name| self.long.get(&name.to_lowercase()));
        long.or_else(|| self.short.get(&written.to_ascii_uppercase())).copied()
    }
}
