//! One sheet, written as XLSX, as ODS and as XLS.
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::write::SimpleFileOptions;

/// What stands in a cell.
#[derive(Debug, Clone)]
pub enum Cell {
    Blank,
    Text(String),
    Number(f64),
    /// Year, month, day.
    Date(u16, u8, u8),
    Truth(bool),
    /// `#N/A`
    Error,
}

/// A text.
pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A sheet: rows of cells, and the cells of a row that are merged (row, first and last column, last row).
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub name: &'static str,
    pub rows: Vec<Vec<Cell>>,
    pub merged: Vec<(u32, u16, u16, u32)>,
}

impl Page {
    fn cells(&self) -> impl Iterator<Item = (u32, u16, &Cell)> {
        let rows = (0u32..).zip(&self.rows);
        rows.flat_map(|(row, cells)| (0u16..).zip(cells).map(move |(column, cell)| (row, column, cell)))
    }

    /// As Office Open XML, behind a sheet with something else.
    pub fn xlsx(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        book.add_worksheet()
            .set_name("Toelichting")
            .unwrap()
            .write(0, 0, "Lees dit")
            .unwrap();
        let page = book.add_worksheet();
        page.set_name(self.name).unwrap();
        let date = Format::new().set_num_format("dd-mm-yyyy");
        for &(row, first, last, to) in &self.merged {
            page.merge_range(row, first, to, last, "", &Format::new()).unwrap();
        }
        for (row, column, cell) in self.cells() {
            match cell {
                Cell::Blank => {}
                Cell::Text(text) => drop(page.write(row, column, text).unwrap()),
                Cell::Number(number) => drop(page.write(row, column, *number).unwrap()),
                Cell::Truth(truth) => drop(page.write(row, column, *truth).unwrap()),
                Cell::Error => drop(
                    page.write(row, column, Formula::new("=NA()").set_result("#N/A"))
                        .unwrap(),
                ),
                Cell::Date(year, month, day) => {
                    let moment = ExcelDateTime::from_ymd(*year, *month, *day).unwrap();
                    page.write_with_format(row, column, &moment, &date).unwrap();
                }
            }
        }
        book.save_to_buffer().unwrap()
    }

    /// As OpenDocument.
    pub fn ods(&self) -> Vec<u8> {
        let mut xml = format!("<table:table table:name=\"{}\">", self.name);
        for (row, cells) in (0u32..).zip(&self.rows) {
            if cells.is_empty() {
                xml.push_str(
                    "<table:table-row><table:table-cell table:number-columns-repeated=\"9\"/></table:table-row>",
                );
                continue;
            }
            xml.push_str("<table:table-row>");
            for (column, cell) in (0u16..).zip(cells) {
                let merged = self
                    .merged
                    .iter()
                    .find(|(at, first, ..)| (*at, *first) == (row, column));
                let spans = merged.map_or(String::new(), |(_, first, last, to)| {
                    format!(
                        " table:number-columns-spanned=\"{}\" table:number-rows-spanned=\"{}\"",
                        last - first + 1,
                        to - row + 1
                    )
                });
                let _ = match cell {
                    Cell::Blank => write!(xml, "<table:table-cell{spans}/>"),
                    Cell::Text(text) => {
                        let paragraphs = text.replace('&', "&amp;").replace('\n', "</text:p><text:p>");
                        write!(
                            xml,
                            "<table:table-cell office:value-type=\"string\"{spans}><text:p>{paragraphs}</text:p></table:table-cell>"
                        )
                    }
                    Cell::Number(number) => write!(
                        xml,
                        "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"{spans}><text:p>{number:.2}</text:p></table:table-cell>"
                    ),
                    Cell::Truth(truth) => write!(
                        xml,
                        "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"{truth}\"><text:p>WAAR</text:p></table:table-cell>"
                    ),
                    Cell::Date(year, month, day) => write!(
                        xml,
                        "<table:table-cell office:value-type=\"date\" office:date-value=\"{year}-{month:02}-{day:02}\"><text:p>x</text:p></table:table-cell>"
                    ),
                    Cell::Error => write!(
                        xml,
                        "<table:table-cell table:formula=\"of:=NA()\" office:value-type=\"string\" office:string-value=\"\" \
                         calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell>"
                    ),
                };
            }
            xml.push_str("</table:table-row>");
        }
        xml.push_str("</table:table>");
        ods_of(&xml)
    }

    /// As Excel 97 to 2003.
    pub fn xls(&self) -> Vec<u8> {
        let mut sheet = record(0x0809, &[0x00, 0x06, 0x10, 0, 0, 0, 0, 0]);
        for (row, column, cell) in self.cells() {
            let place = |format: u16| {
                let row = u16::try_from(row).unwrap();
                [row, column, format].map(u16::to_le_bytes).concat()
            };
            let number = |format: u16, number: f64| [place(format), number.to_le_bytes().to_vec()].concat();
            match cell {
                Cell::Blank => {}
                Cell::Text(text) => {
                    let letters = u16::try_from(text.encode_utf16().count()).unwrap();
                    let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
                    let body = [place(0), letters.to_le_bytes().to_vec(), vec![1], wide.collect()].concat();
                    sheet.extend(record(0x0204, &body));
                }
                Cell::Number(value) => sheet.extend(record(0x0203, &number(0, *value))),
                Cell::Date(year, month, day) => {
                    let day = chrono::NaiveDate::from_ymd_opt(i32::from(*year), u32::from(*month), u32::from(*day));
                    let begin = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
                    let days = i32::try_from((day.unwrap() - begin).num_days()).unwrap();
                    sheet.extend(record(0x0203, &number(1, f64::from(days))));
                }
                Cell::Truth(truth) => sheet.extend(record(0x0205, &[place(0), vec![u8::from(*truth), 0]].concat())),
                Cell::Error => sheet.extend(record(0x0205, &[place(0), vec![0x2a, 1]].concat())),
            }
        }
        let mut merged = u16::try_from(self.merged.len()).unwrap().to_le_bytes().to_vec();
        for &(row, first, last, to) in &self.merged {
            let (row, to) = (u16::try_from(row).unwrap(), u16::try_from(to).unwrap());
            merged.extend([row, to, first, last].map(u16::to_le_bytes).concat());
        }
        sheet.extend(record(0x00e5, &merged));
        sheet.extend(record(0x000a, &[]));
        let wide: Vec<u8> = self.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let globals = |at: u32| {
            let letters = u8::try_from(wide.len() / 2).unwrap();
            let bound = [&at.to_le_bytes()[..], &[0, 0, letters, 1], &wide].concat();
            [
                record(0x0809, &[0x00, 0x06, 0x05, 0, 0, 0, 0, 0]),
                record(0x00e0, &[0; 20]),
                record(0x00e0, &[&[0, 0, 14, 0][..], &[0; 16]].concat()),
                record(0x0085, &bound),
                record(0x000a, &[]),
            ]
            .concat()
        };
        let at = u32::try_from(globals(0).len()).unwrap();
        compound("Workbook", &[globals(at), sheet].concat())
    }
}

fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

/// A compound file with one stream.
pub fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    // a stream of less than 4096 bytes would stand elsewhere
    let sectors = stream.len().max(4096).div_ceil(512);
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(512, 0);
    header[24..34].copy_from_slice(&[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    header[44..48].copy_from_slice(&number(1));
    header[48..52].copy_from_slice(&number(1));
    header[60..64].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    header[68..72].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    header[76..].fill(0xff);
    header[76..80].copy_from_slice(&number(0));
    assert!(sectors + 2 <= 128, "one sector of the table is all there is");
    let mut table = vec![0xfd, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff];
    for sector in 2..sectors + 2 {
        let next = if sector == sectors + 1 {
            [0xfe, 0xff, 0xff, 0xff]
        } else {
            number(sector + 1)
        };
        table.extend(next);
    }
    table.resize(512, 0xff);
    let entry = |name: &str, kind: u8, start: [u8; 4], length: usize| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut entry = vec![0; 128];
        entry[..wide.len()].copy_from_slice(&wide);
        entry[64] = u8::try_from(wide.len() + 2).unwrap();
        entry[66] = kind;
        entry[68..80].fill(0xff);
        entry[116..120].copy_from_slice(&start);
        entry[120..124].copy_from_slice(&number(length));
        entry
    };
    let root = entry("Root Entry", 5, [0xfe, 0xff, 0xff, 0xff], 0);
    let mut directory = [root, entry(name, 2, number(2), stream.len().max(4096))].concat();
    directory.resize(512, 0);
    let mut body = stream.to_vec();
    body.resize(sectors * 512, 0);
    [header, table, directory, body].concat()
}

/// An ODS file with these tables.
pub fn ods_of(tables: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest></manifest:manifest>"),
        ("content.xml", content.as_bytes()),
    ])
}

/// An XLSX file whose only sheet has this markup between `<sheetData>`, and these further parts.
pub fn xlsx_of(cells: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let document = format!(
        "<Relationships><Relationship Id=\"a\" Type=\"{relation}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = "<workbook><sheets><sheet name=\"Blad\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>";
    let parts = format!(
        "<Relationships><Relationship Id=\"a\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let own: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", b"<Types></Types>"),
        ("_rels/.rels", document.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", parts.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    archive(&[&own[..], more].concat())
}

/// A zip archive.
pub fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
