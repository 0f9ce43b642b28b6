//! What no part of a workbook may hold: a document type, with which entities could be declared, and texts in another
//! encoding than UTF-8, in which it could hide.

const DOCTYPE: &[u8] = b"<!DOCTYPE";
const ENTITY: &[u8] = b"<!ENTITY";
/// A table of an ODS file opens and closes; the reader of such files would look for the end of an open one for ever.
const OPENS: &[u8] = b"<table:table ";
const CLOSES: &[u8] = b"</table:table>";
/// Bytes of a piece that are looked at again with the next one: the longest mark may be cut in two.
const TAIL: usize = 16;

/// Looks through a part as it is unpacked.
pub struct Markup {
    /// Whether it begins like markup, once that is known.
    begins: Option<bool>,
    /// Whether its name says that it is markup.
    by_name: bool,
    /// Whether it is a drawing, which no table is read from.
    drawing: bool,
    /// Whether it holds the tables of an ODS file.
    content: bool,
    /// The last bytes of the piece before.
    tail: Vec<u8>,
    /// Whether the last table so far is open.
    open: bool,
}

impl Markup {
    /// A look through the part of this name, in lower case.
    pub fn new(name: &str) -> Self {
        Self {
            begins: None,
            by_name: [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending)),
            drawing: name.ends_with(".svg"),
            content: name == "content.xml",
            tail: Vec::new(),
            open: false,
        }
    }

    /// Takes the next piece of the part.
    ///
    /// # Errors
    /// What is refused.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), String> {
        self.tail.extend_from_slice(piece);
        let text = std::mem::take(&mut self.tail);
        let is_markup = self.by_name || !self.drawing && self.looks_like_it(&text);
        if self.by_name
            && (memchr::memchr(0, &text).is_some() || text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff"))
        {
            return Err("a part of it is not in UTF-8".to_owned());
        }
        if is_markup {
            let found = |mark: &[u8]| memchr::memmem::find(&text, mark).is_some();
            if found(DOCTYPE) || found(ENTITY) {
                return Err("a part of it declares a document type or entities, as no workbook does".to_owned());
            }
        }
        if self.content {
            let last = |mark: &[u8]| memchr::memmem::rfind(&text, mark);
            match (last(OPENS), last(CLOSES)) {
                (None, None) => {}
                (opens, closes) => self.open = opens > closes,
            }
        }
        self.tail = text[text.len().saturating_sub(TAIL)..].to_vec();
        Ok(())
    }

    /// Whether a part begins like markup, whatever its name.
    fn looks_like_it(&mut self, text: &[u8]) -> bool {
        let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
        *self.begins.get_or_insert(match start.first() {
            Some(first) => *first == b'<',
            None => return false,
        })
    }

    /// Ends the part.
    ///
    /// # Errors
    /// When a table of an ODS file is not closed.
    pub fn end(self) -> Result<(), String> {
        if self.open {
            return Err("its content ends within a table".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, text: &[u8], piece: usize) -> Result<(), String> {
        let mut markup = Markup::new(name);
        for piece in text.chunks(piece) {
            markup.take(piece)?;
        }
        markup.end()
    }

    #[test]
    fn document_types_are_found_wherever_a_piece_ends() {
        let bad = b"<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">]><a/>";
        for piece in 1..bad.len() {
            assert!(look("xl/workbook.xml", bad, piece).is_err(), "{piece}");
        }
        assert!(look("xl/media/image1.png", b"\x89PNG<!DOCTYPE", 100).is_ok());
        assert!(look("xl/media/image1.svg", b"<!DOCTYPE svg><svg/>", 100).is_ok());
        assert!(look("xl/strange", b" <a><!DOCTYPE", 100).is_err());
        assert!(look("xl/workbook.xml", b"\xff\xfe<\0a\0", 100).is_err());
        assert!(look("xl/workbook.xml", b"<a>&lt;!DOCTYPE</a>", 4).is_ok());
    }

    #[test]
    fn a_table_that_is_not_closed_is_found() {
        let whole = b"<x><table:table a='1'><r/></table:table><table:table b='2'></table:table></x>";
        let cut = b"<x><table:table a='1'></table:table><table:table b='2'><r/></x>";
        for piece in 1..whole.len() {
            assert!(look("content.xml", whole, piece).is_ok(), "{piece}");
            assert!(look("content.xml", cut, piece).is_err(), "{piece}");
        }
    }
}
