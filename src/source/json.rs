//! JSON deliveries: an array becomes one object a line, and the cells of such lines are found.
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::cells::{Cell, Misshapen, Records, Shape};

/// Writes each element of the array at `pointer` as one line to `line`.
///
/// # Errors
/// When the text is not JSON or holds no array there; the message has line and column but no value.
pub fn array_lines(
    text: impl std::io::Read,
    pointer: &str,
    line: &mut dyn FnMut(&str) -> Result<(), String>,
) -> Result<(), String> {
    let path: Vec<&str> = pointer.split('/').filter(|part| !part.is_empty()).collect();
    let mut reader = serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(1 << 18, text));
    let mut failed = None;
    let outcome = At {
        path: &path,
        line,
        failed: &mut failed,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end());
    match (failed, outcome) {
        (Some(failed), _) => Err(failed),
        (None, Err(error)) if error.is_data() => Err(format!("the records are not a JSON array at `{pointer}`")),
        (None, Err(error)) => Err(format!(
            "not valid JSON at line {} column {}",
            error.line(),
            error.column()
        )),
        (None, Ok(())) => Ok(()),
    }
}

struct At<'a> {
    path: &'a [&'a str],
    line: &'a mut dyn FnMut(&str) -> Result<(), String>,
    failed: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            reader.deserialize_seq(self)
        } else {
            reader.deserialize_map(self)
        }
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.path[0] {
                found = true;
                map.next_value_seed(At {
                    path: &self.path[1..],
                    line: &mut *self.line,
                    failed: &mut *self.failed,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if found {
            Ok(())
        } else {
            Err(A::Error::custom("no such key"))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<Box<RawValue>>()? {
            // A line break inside a JSON value is always blank space.
            let text = element.get().replace(['\n', '\r'], " ");
            if let Err(failed) = (self.line)(&text) {
                *self.failed = Some(failed);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// Finds the cells of one-object-a-line JSON.
#[derive(Debug, Clone)]
pub struct Objects {
    /// From folded key to the place of its column.
    pub columns: HashMap<String, usize>,
}

impl Objects {
    /// Reads lines from `at` on until `most` records are found or the block ends; the values go to `out`.
    ///
    /// Returns the place and line reached, and whether a key without a column was seen.
    pub fn records(
        &self,
        bytes: &[u8],
        mut at: usize,
        mut line: u32,
        most: usize,
        out: &mut Vec<u8>,
        records: &mut Records,
    ) -> (usize, u32, bool) {
        let mut unknown = false;
        while at < bytes.len() && records.len() < most {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
            let text = bytes[at..end].trim_ascii();
            if !text.is_empty() {
                let first = records.cells.len();
                records.cells.resize(first + records.width, Cell::default());
                let mut row = Row {
                    columns: &self.columns,
                    cells: &mut records.cells[first..],
                    out,
                    unknown: false,
                };
                if read(text, &mut row).is_some() {
                    unknown |= row.unknown;
                    records.lines.push(line);
                } else {
                    records.cells.truncate(first);
                    records.misshapen.push(Misshapen {
                        line,
                        shape: Shape::NotAnObject,
                    });
                }
            }
            at = end + 1;
            line += 1;
        }
        (at.min(bytes.len()), line, unknown)
    }
}

fn read(text: &[u8], row: &mut Row<'_>) -> Option<()> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    reader.deserialize_map(row).ok()?;
    reader.end().ok()
}

struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    cells: &'a mut [Cell],
    out: &'a mut Vec<u8>,
    unknown: bool,
}

impl<'de> Visitor<'de> for &mut Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let Some(&place) = self.columns.get(crate::contract::header::fold(&key).as_str()) else {
                self.unknown = true;
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value::<&RawValue>()?.get();
            let start = self.out.len();
            match value.as_bytes()[0] {
                b'"' => self.out.extend_from_slice(
                    serde_json::from_str::<Cow<'_, str>>(value)
                        .map_err(A::Error::custom)?
                        .as_bytes(),
                ),
                b'{' | b'[' => return Err(A::Error::custom("nested")),
                b'n' => {}
                _ => self.out.extend_from_slice(value.as_bytes()),
            }
            self.cells[place] = Cell::of(start, self.out.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_becomes_lines_and_lines_become_cells() {
        let mut lines = String::new();
        let text = "{\"x\": 1, \"rows\": [{\"a\": \"1\\u00e9\",\n \"b\": 2.50}, {\"b\": null, \"c\": true}, [1]]}";
        array_lines(text.as_bytes(), "/rows", &mut |line| {
            lines += line;
            lines.push('\n');
            Ok(())
        })
        .unwrap();
        let objects = Objects {
            columns: [("a".to_owned(), 0), ("b".to_owned(), 1)].into(),
        };
        let (mut out, mut records) = (Vec::new(), Records::new(2));
        let (_, _, unknown) = objects.records(lines.as_bytes(), 0, 0, 10, &mut out, &mut records);
        let cells: Vec<&[u8]> = records.cells.iter().map(|cell| cell.get(&out)).collect();
        assert_eq!(cells, ["1é".as_bytes(), b"2.50", b"", b""]);
        assert!(unknown);
        assert_eq!(
            records.misshapen,
            [Misshapen {
                line: 2,
                shape: Shape::NotAnObject
            }]
        );
    }

    #[test]
    fn broken_json_is_told_by_place() {
        let error = array_lines("[{\"a\": 12".as_bytes(), "", &mut |_| Ok(())).unwrap_err();
        assert_eq!(error, "not valid JSON at line 1 column 9");
        assert!(array_lines("{\"a\": 1}".as_bytes(), "/b", &mut |_| Ok(())).is_err());
    }
}
