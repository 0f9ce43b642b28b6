//! Text, school years and codes.
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, StringBuilder};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::{Field, Fields, Marks, Quick, View};
use crate::contract::column::{Codes, Column, Kind};
use crate::ingest::faults::Faults;
use crate::ingest::rows::MARGIN;

/// Casts a text, school-year or code column, with the columns its code list adds.
pub fn cast(column: &Column, place: usize, view: View<'_>, used: bool, faults: &mut Faults) -> Vec<ArrayRef> {
    let mut caster = Caster {
        column,
        place,
        faults,
        fields: Fields::new(column, view),
        out: Texts::new(view.len(), used),
        codes: match &column.kind {
            Kind::Code(codes) => Some(Lookup {
                codes,
                last: Vec::new(),
                place: None,
            }),
            _ => None,
        },
        found: Vec::new(),
    };
    let quick = Quick::new(column, view).filter(|_| matches!(column.kind, Kind::Text(None)));
    let mut row = 0;
    while row < view.len() {
        row = quick.map_or(row, |quick| caster.out.push_short(quick, row));
        if row < view.len() {
            caster.any(row);
            row += 1;
        }
    }
    let Caster { out, codes, found, .. } = caster;
    let suppressed = out.marks.suppressed(column, view.len());
    let mut arrays: Vec<ArrayRef> = std::iter::once(out.finish()).chain(suppressed).collect();
    if let Some(Lookup { codes, .. }) = codes {
        arrays.extend(codes.lookup.iter().map(|&(_, from)| added(codes, from, &found)));
    }
    arrays
}

/// A cast on its way.
struct Caster<'a> {
    column: &'a Column,
    place: usize,
    faults: &'a mut Faults,
    fields: Fields<'a>,
    out: Texts,
    codes: Option<Lookup<'a>>,
    /// The place of each row's code in its list.
    found: Vec<Option<u32>>,
}

impl Caster<'_> {
    /// Casts one row.
    fn any(&mut self, row: usize) {
        let out = &mut self.out;
        let outcome = match self.fields.read(row) {
            Ok(Field::Value(field)) => match &self.column.kind {
                Kind::Text(Some(pattern)) if !pattern.is_match(field.text) => Err("pattern"),
                Kind::SchoolYear => school_year(field.text).map(|year| out.push(&year)).ok_or("schooljaar"),
                _ => match self.codes.as_mut().map(|codes| codes.place(field.text)) {
                    Some(None) => Err("code"),
                    at => {
                        self.found.extend(at.flatten().map(Some));
                        out.push(field.text);
                        Ok(())
                    }
                },
            },
            Ok(Field::Suppressed) => {
                out.marks.suppressed.push(row);
                out.null(row);
                Ok(())
            }
            Ok(Field::Missing) if self.column.nullable => {
                out.null(row);
                Ok(())
            }
            Ok(Field::Missing) => Err("required"),
            Err(rule) => Err(rule),
        };
        if let Err(rule) = outcome {
            self.faults.add(row, self.place, rule);
            self.out.null(row);
        }
        if self.codes.is_some() {
            self.found.resize(row + 1, None);
        }
    }
}

/// The column a code list adds: what stands beside each code, null where that is blank.
fn added(codes: &Codes, from: usize, found: &[Option<u32>]) -> ArrayRef {
    let mut texts = StringBuilder::new();
    for place in found {
        let value = place.and_then(|place| Some(codes.list.as_ref()?.rows[place as usize][from].as_str()));
        texts.append_option(value.filter(|value| !value.is_empty()));
    }
    Arc::new(texts.finish())
}

/// Finds codes, remembering the last one: they come in runs.
struct Lookup<'a> {
    codes: &'a Codes,
    last: Vec<u8>,
    place: Option<u32>,
}

impl Lookup<'_> {
    fn place(&mut self, text: &[u8]) -> Option<u32> {
        if self.last != text {
            self.place = self.codes.index.get(text).copied();
            self.last.clear();
            self.last.extend_from_slice(text);
        }
        self.place
    }
}

/// `2019-2020` from `2019-2020`, `2019/2020`, `2019_2020` or `20192020`, when the second year follows the first.
fn school_year(text: &[u8]) -> Option<[u8; 9]> {
    let (first, second) = match text.len() {
        8 => text.split_at(4),
        9 if matches!(text[4], b'-' | b'/' | b'_') => (&text[..4], &text[5..]),
        _ => return None,
    };
    let number = |digits: &[u8]| {
        std::str::from_utf8(digits)
            .ok()
            .filter(|_| digits.is_ascii())?
            .parse::<u16>()
            .ok()
    };
    if number(second)? != number(first)? + 1 || !text[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut year = [b'-'; 9];
    year[..4].copy_from_slice(first);
    year[5..].copy_from_slice(second);
    Some(year)
}

/// A text array in the making.
struct Texts {
    /// The letters, and room for more.
    data: Vec<u8>,
    end: usize,
    /// Where each text ends, behind where the first one starts.
    offsets: Vec<i32>,
    pushed: usize,
    marks: Marks,
    kept: bool,
}

/// A batch holds less than 2 GiB, so its offsets fit 32 bits.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
fn offset(end: usize) -> i32 {
    end as i32
}

impl Texts {
    /// No texts yet; they are only counted unless they are to be `kept`.
    fn new(rows: usize, kept: bool) -> Self {
        let room = if kept { rows } else { 0 };
        Self {
            data: vec![0; room * 8 + MARGIN],
            end: 0,
            offsets: vec![0; rows + 1],
            pushed: 0,
            marks: Marks::default(),
            kept,
        }
    }

    fn push(&mut self, text: &[u8]) {
        let end = self.end + text.len();
        if self.data.len() < end {
            self.data.resize(end.max(self.data.len() * 2), 0);
        }
        self.data[self.end..end].copy_from_slice(text);
        self.end = end;
        self.pushed += 1;
        self.offsets[self.pushed] = offset(end);
    }

    /// Pushes texts from a row on, until one is not short or there is no room for it; returns its row.
    ///
    /// A short text is copied with what stands behind it, which costs less than a copy of varying length.
    fn push_short(&mut self, quick: Quick<'_>, from: usize) -> usize {
        let rest = quick.records[from..].iter().map(|&record| quick.value(record));
        if !self.kept {
            self.pushed = from + rest.take_while(Option::is_some).count();
            return self.pushed;
        }
        let (mut end, mut row) = (self.end, from);
        for (field, behind) in rest.zip(&mut self.offsets[from + 1..]) {
            let (Some(field), Some(room)) = (field, self.data.get_mut(end..end + MARGIN)) else {
                break;
            };
            room.copy_from_slice(field.window);
            end += field.text.len();
            *behind = offset(end);
            row += 1;
        }
        (self.end, self.pushed) = (end, row);
        row
    }

    fn null(&mut self, row: usize) {
        self.marks.null.push(row);
        self.push(&[]);
    }

    fn finish(mut self) -> ArrayRef {
        let rows = self.offsets.len() - 1;
        if !self.kept {
            return Arc::new(StringArray::new_null(rows));
        }
        self.data.truncate(self.end);
        let nulls = self.marks.nulls(rows);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        match StringArray::try_new(offsets, Buffer::from_vec(self.data), nulls) {
            Ok(texts) => Arc::new(texts),
            // Fields are decoded to UTF-8 before they come here.
            Err(_) => Arc::new(StringArray::new_null(rows)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::school_year;

    #[test]
    fn school_years_in_their_spellings() {
        for text in ["2019-2020", "2019/2020", "20192020", "2019_2020"] {
            assert_eq!(school_year(text.as_bytes()).as_ref(), Some(b"2019-2020"));
        }
        for text in ["2019-2021", "2019", "2019 2020", "a019-2020", "+019-0020"] {
            assert_eq!(school_year(text.as_bytes()), None, "{text}");
        }
    }
}
