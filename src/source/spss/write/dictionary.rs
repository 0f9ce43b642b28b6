//! Everything before the cases of a file that is made.
use std::collections::HashSet;
use std::io;

use super::column::{Column, Kept, segments};
use super::data::whole;
use super::{Layout, Packing, invalid};
use crate::source::spss::input::Order;
use crate::source::spss::records::ELEMENT;

/// Where the number of cases stands.
pub const CASES: u64 = 80;
/// The longest value label and the longest name.
const LONGEST_LABEL: usize = 120;
const LONGEST_NAME: usize = 64;

/// The bytes before the cases.
pub fn bytes(layout: &Layout) -> io::Result<Vec<u8>> {
    let names = short_names(&layout.columns)?;
    let mut out = Out {
        bytes: Vec::new(),
        order: layout.order,
    };
    let mut elements = Vec::new();
    let mut next = 1;
    for column in &layout.columns {
        check(column)?;
        elements.push(next);
        next += segments(column.width)
            .iter()
            .map(|width| width.div_ceil(ELEMENT).max(1))
            .sum::<usize>();
    }
    let weight = match &layout.weight {
        None => 0,
        Some(name) => {
            let place = layout
                .columns
                .iter()
                .position(|column| column.name == *name && column.width == 0);
            place
                .map(|place| elements[place])
                .ok_or_else(|| invalid(format!("no number is called `{name}`")))?
        }
    };
    header(layout, next - 1, weight, &mut out);
    for (column, name) in layout.columns.iter().zip(&names) {
        variable(column, name, &mut out);
    }
    for (column, element) in layout.columns.iter().zip(&elements) {
        if column.width <= ELEMENT && !column.values.is_empty() {
            labels(column, *element, &mut out);
        }
    }
    machine(&mut out);
    let long: Vec<String> = layout
        .columns
        .iter()
        .zip(&names)
        .map(|(column, name)| format!("{name}={}", column.name))
        .collect();
    out.extension(13, 1, long.join("\t").as_bytes());
    let wide = layout
        .columns
        .iter()
        .zip(&names)
        .filter(|(column, _)| column.width > 255);
    let wide: String = wide
        .map(|(column, name)| format!("{name}={:05}\0\t", column.width))
        .collect();
    if !wide.is_empty() {
        out.extension(14, 1, wide.as_bytes());
    }
    out.extension(20, 1, b"UTF-8");
    of_long_texts(layout, &mut out);
    out.whole(999);
    out.whole(0);
    Ok(out.bytes)
}

fn check(column: &Column) -> io::Result<()> {
    let wrong = |what: &str| Err(invalid(format!("column `{}`: {what}", column.name)));
    let of_kind = |value: &Kept| match value {
        Kept::Number(_) => column.width == 0,
        Kept::Text(text) => !text.is_empty() && text.len() <= column.width,
    };
    if column.name.is_empty() || column.name.len() > LONGEST_NAME || column.name.contains(['\t', '=', '\0']) {
        return wrong("a name has 1 to 64 bytes, without tab and `=`");
    }
    if column
        .values
        .iter()
        .any(|(value, label)| !of_kind(value) || label.len() > LONGEST_LABEL)
    {
        return wrong("a labelled value does not fit, or its label is longer than 120 bytes");
    }
    let most = if column.range.is_some() { 1 } else { 3 };
    if !column.missing.iter().all(of_kind)
        || column.missing.len() > most
        || (column.range.is_some() && column.width > 0)
    {
        return wrong("at most three values are missing, or for numbers a range and one value");
    }
    if column.width > 32767 {
        return wrong("a text has at most 32767 bytes");
    }
    Ok(())
}

/// Names of eight ASCII letters and digits at most, all different.
fn short_names(columns: &[Column]) -> io::Result<Vec<String>> {
    let mut taken: HashSet<String> = HashSet::new();
    for column in columns {
        if !taken.insert(column.name.to_lowercase()) {
            return Err(invalid(format!("two columns are called `{}`", column.name)));
        }
    }
    let plain =
        |name: &str| name.len() <= ELEMENT && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let mut names = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        names.push(if plain(&column.name) {
            column.name.to_ascii_uppercase()
        } else {
            let free = |number: &usize| !taken.contains(&format!("v{number}"));
            let number = (place + 1..).step_by(columns.len().max(1)).find(free).unwrap_or(0);
            format!("V{number}")
        });
    }
    Ok(names)
}

/// Bytes in the making.
struct Out {
    bytes: Vec<u8>,
    order: Order,
}

impl Out {
    fn whole(&mut self, number: i32) {
        self.bytes.extend(whole(self.order, number));
    }

    fn length(&mut self, number: usize) {
        self.whole(i32::try_from(number).unwrap_or(i32::MAX));
    }

    fn number(&mut self, number: f64) {
        self.bytes.extend(self.order.bytes(number));
    }

    /// A text, cut or filled up with blanks.
    fn text(&mut self, text: &[u8], length: usize) {
        let start = self.bytes.len();
        self.bytes.extend(text.iter().take(length));
        self.bytes.resize(start + length, b' ');
    }

    fn value(&mut self, value: &Kept) {
        match value {
            Kept::Number(number) => self.number(*number),
            Kept::Text(text) => self.text(text.as_bytes(), ELEMENT),
        }
    }

    fn extension(&mut self, subtype: i32, size: usize, data: &[u8]) {
        self.whole(7);
        self.whole(subtype);
        self.length(size);
        self.length(data.len() / size);
        self.bytes.extend(data);
    }
}

fn header(layout: &Layout, elements: usize, weight: usize, out: &mut Out) {
    out.text(
        if layout.packing == Packing::Zlib {
            b"$FL3"
        } else {
            b"$FL2"
        },
        4,
    );
    out.text(b"@(#) SPSS DATA FILE sluis", 60);
    out.whole(2);
    out.length(elements);
    out.whole(match layout.packing {
        Packing::None => 0,
        Packing::Bytecode => 1,
        Packing::Zlib => 2,
    });
    out.length(weight);
    out.whole(-1);
    out.number(100.0);
    // the same file whenever it is made
    out.text(b"01 Jan 0000:00:00", 17);
    out.text(layout.title.as_bytes(), 64);
    out.text(&[0; 3], 3);
}

fn variable(column: &Column, name: &str, out: &mut Out) {
    for (place, width) in segments(column.width).into_iter().enumerate() {
        let own = if place == 0 {
            name.to_owned()
        } else {
            // names of segments are never seen, and need not differ from those of others
            format!("{:.5}{place:03}", name)
        };
        let short = column.width <= ELEMENT;
        let missing = if short { column.missing.len() } else { 0 };
        out.whole(2);
        out.length(width);
        out.whole(i32::from(!column.label.is_empty()));
        let count = i32::try_from(missing).unwrap_or(0);
        out.whole(if column.range.is_some() { -2 - count } else { count });
        out.whole(column.format);
        out.whole(column.format);
        out.text(own.as_bytes(), ELEMENT);
        if !column.label.is_empty() {
            let length = column.label.len().min(255);
            out.length(length);
            out.text(column.label.as_bytes(), length);
            out.bytes.resize(out.bytes.len() + length.wrapping_neg() % 4, 0);
        }
        if let Some((low, high)) = column.range {
            out.number(low);
            out.number(high);
        }
        column.missing.iter().take(missing).for_each(|value| out.value(value));
        for _ in 1..width.div_ceil(ELEMENT) {
            out.whole(2);
            out.whole(-1);
            (0..4).for_each(|_| out.whole(0));
            out.text(b"", ELEMENT);
        }
    }
}

fn labels(column: &Column, element: usize, out: &mut Out) {
    out.whole(3);
    out.length(column.values.len());
    for (value, label) in &column.values {
        out.value(value);
        out.bytes.extend(u8::try_from(label.len()));
        out.text(label.as_bytes(), (label.len() + 1).next_multiple_of(ELEMENT) - 1);
    }
    out.whole(4);
    out.whole(1);
    out.length(element);
}

fn machine(out: &mut Out) {
    let mut data = Out {
        bytes: Vec::new(),
        order: out.order,
    };
    let ending = if out.order == Order::Big { 1 } else { 2 };
    for number in [1, 0, 0, -1, 1, 1, ending, 65001] {
        data.whole(number);
    }
    out.extension(3, 4, &data.bytes);
    data.bytes.clear();
    for number in [-f64::MAX, f64::MAX, (-f64::MAX).next_up()] {
        data.number(number);
    }
    out.extension(4, 8, &data.bytes);
}

/// Labels and missing values of texts of more than eight bytes.
fn of_long_texts(layout: &Layout, out: &mut Out) {
    let order = layout.order;
    let (mut labels, mut missing) = (
        Out {
            bytes: Vec::new(),
            order,
        },
        Out {
            bytes: Vec::new(),
            order,
        },
    );
    for column in layout.columns.iter().filter(|column| column.width > ELEMENT) {
        let named = |out: &mut Out| {
            out.length(column.name.len());
            out.bytes.extend(column.name.as_bytes());
        };
        if !column.values.is_empty() {
            named(&mut labels);
            labels.length(column.width);
            labels.length(column.values.len());
            for (value, label) in &column.values {
                let Kept::Text(text) = value else { continue };
                labels.length(column.width);
                labels.text(text.as_bytes(), column.width);
                labels.length(label.len());
                labels.bytes.extend(label.as_bytes());
            }
        }
        if !column.missing.is_empty() {
            named(&mut missing);
            missing.bytes.extend(u8::try_from(column.missing.len()));
            missing.length(ELEMENT);
            column.missing.iter().for_each(|value| missing.value(value));
        }
    }
    for (subtype, record) in [(21, labels), (22, missing)] {
        if !record.bytes.is_empty() {
            out.extension(subtype, 1, &record.bytes);
        }
    }
}
