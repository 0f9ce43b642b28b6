//! Merged cells of an ODS file, which its reader leaves out: found in the tags at the top of a table.
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};

use super::header::Region;
use crate::contract::sheet::{MOST_COLUMNS, MOST_ROWS};

/// The merged cells of the table in this place, of which the first stands in a row up to `last` (from 0).
///
/// # Errors
/// When the content cannot be read.
pub fn merged(file: &mut File, table: usize, last: u32) -> Result<Vec<Region>, String> {
    let unread = |_| "a part of the workbook cannot be read".to_owned();
    file.rewind().map_err(|error| error.to_string())?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(unread)?;
    let content = archive.by_name("content.xml").map_err(unread)?;
    let mut tags = Tags {
        text: BufReader::new(content),
        tag: Vec::new(),
    };
    let mut place = 0;
    loop {
        match tags
            .next()
            .map_err(|_| "a part of the workbook cannot be read".to_owned())?
        {
            None => return Ok(Vec::new()),
            Some(tag) if is(tag, b"table:table") && attribute(tag, b"table:name").is_some() => {
                if place == table {
                    break;
                }
                place += 1;
            }
            Some(_) => {}
        }
    }
    tags.regions(last)
        .map_err(|_| "a part of the workbook cannot be read".to_owned())
}

/// The tags of a text, one after the other.
struct Tags<R> {
    text: R,
    tag: Vec<u8>,
}

impl<R: BufRead> Tags<R> {
    /// The next tag, without its signs.
    fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
        self.tag.clear();
        self.text.skip_until(b'<')?;
        self.text.read_until(b'>', &mut self.tag)?;
        Ok((!self.tag.is_empty()).then(|| self.tag.strip_suffix(b">").unwrap_or(&self.tag)))
    }

    /// The merged cells of the table whose rows come next.
    fn regions(&mut self, last: u32) -> std::io::Result<Vec<Region>> {
        let (mut regions, mut row, mut rows, mut column) = (Vec::new(), 0u32, 0u32, 0u32);
        while let Some(tag) = self.next()? {
            if is(tag, b"/table:table") {
                break;
            }
            if is(tag, b"table:table-row") {
                row = row.saturating_add(rows);
                rows = number(tag, b"table:number-rows-repeated").min(MOST_ROWS);
                column = 0;
                if row > last {
                    break;
                }
            } else if is(tag, b"table:table-cell") || is(tag, b"table:covered-table-cell") {
                let (across, down) = (
                    number(tag, b"table:number-columns-spanned").min(MOST_COLUMNS),
                    number(tag, b"table:number-rows-spanned").min(MOST_ROWS),
                );
                if across > 1 || down > 1 {
                    regions.push(Region {
                        first: (row, column),
                        last: (row.saturating_add(down - 1), column.saturating_add(across - 1)),
                    });
                }
                column = column.saturating_add(number(tag, b"table:number-columns-repeated").min(MOST_COLUMNS));
            }
        }
        Ok(regions)
    }
}

/// Whether a tag has this name.
fn is(tag: &[u8], name: &[u8]) -> bool {
    let rest = tag.strip_prefix(name);
    rest.is_some_and(|rest| {
        rest.first()
            .is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'/')
    })
}

/// The value of an attribute.
fn attribute<'t>(tag: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    let mut from = 0;
    loop {
        let at = from + memchr::memmem::find(&tag[from..], name)?;
        from = at + name.len();
        let stands_alone = at > 0 && tag[at - 1].is_ascii_whitespace();
        let value = tag[from..]
            .trim_ascii_start()
            .strip_prefix(b"=")
            .map(<[u8]>::trim_ascii_start);
        if let (true, Some([quote @ (b'"' | b'\''), value @ ..])) = (stands_alone, value) {
            return value.split(|byte| byte == quote).next();
        }
    }
}

/// A number of at least 1 in an attribute; 1 without it.
fn number(tag: &[u8], name: &[u8]) -> u32 {
    let text = attribute(tag, name).and_then(|value| std::str::from_utf8(value).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_cells_stand_where_the_tags_before_them_say() {
        let text = b"<table:table-column table:number-columns-repeated=\"9\"/>\
            <table:table-row table:number-rows-repeated='2'><table:table-cell/></table:table-row>\
            <table:table-row><table:table-cell table:number-columns-repeated=\"2\"/>\
            <table:table-cell office:value-type=\"string\" table:number-columns-spanned=\"3\" table:number-rows-spanned=\"1\">\
            <text:p>a &lt; b</text:p></table:table-cell><table:covered-table-cell table:number-columns-repeated=\"2\"/>\
            <table:table-cell table:number-rows-spanned = '2'/></table:table-row>\
            <table:table-row><table:table-cell table:number-columns-spanned=\"2\"/></table:table-row></table:table>";
        let mut tags = Tags {
            text: &text[..],
            tag: Vec::new(),
        };
        let region = |first, last| Region { first, last };
        assert_eq!(
            tags.regions(2).unwrap(),
            [region((2, 2), (2, 4)), region((2, 5), (3, 5))]
        );
    }
}
