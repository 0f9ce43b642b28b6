//! Encodings, and what is wrong with a dictionary.
use super::*;

/// A file of one text column in an encoding declared by the record of subtype 20, or by none.
fn text(name: Option<&[u8]>, page: i32, cell: &[u8]) -> Vec<u8> {
    let mut layout = Layout::new("");
    layout.packing(Packing::None).column(Column::text("tekst", 8));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    file.case(&["@@@@@@@@".into()]).unwrap();
    let mut bytes = file.finish().unwrap().into_inner();
    let at = find(&bytes, b"UTF-8") - 16;
    let record: Vec<u8> = name
        .map(|name| {
            [7, 20, 1, i32::try_from(name.len()).unwrap()]
                .map(i32::to_le_bytes)
                .concat()
        })
        .map(|front| [front, name.unwrap().to_vec()].concat())
        .unwrap_or_default();
    bytes.splice(at..at + 21, record);
    let at = find(&bytes, &65001i32.to_le_bytes());
    bytes.splice(at..at + 4, page.to_le_bytes());
    let at = find(&bytes, b"@@@@@@@@");
    let mut padded = cell.to_vec();
    padded.resize(8, b' ');
    bytes.splice(at..at + 8, padded);
    bytes
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

#[test]
fn the_encoding_is_the_one_that_is_declared() {
    let encoding = |name: Option<&str>, page| {
        let bytes = text(name.map(str::as_bytes), page, b"x");
        read(&bytes, Some(Encoding::Cp850), &Cell::Value).map(|(dictionary, _)| dictionary.encoding)
    };
    assert_eq!(encoding(Some("windows-1252"), 65001), Ok(Encoding::Windows1252));
    assert_eq!(encoding(Some("ISO_8859-1"), 2), Ok(Encoding::Iso8859_1));
    assert_eq!(encoding(None, 1252), Ok(Encoding::Windows1252));
    assert_eq!(encoding(None, 2), Ok(Encoding::Cp850));
    assert_eq!(encoding(Some("us-ascii"), 1252), Ok(Encoding::Cp850));
    let error = encoding(Some("windows-1255"), 2).unwrap_err();
    assert!(
        error.starts_with("the file is in windows-1255, which sluis does not read"),
        "{error}"
    );
    assert!(encoding(None, 1).unwrap_err().contains("EBCDIC"));
    let error = read(&text(None, 2, b"x"), None, &Cell::Value).unwrap_err();
    assert!(error.starts_with("the file does not declare its encoding"), "{error}");
}

#[test]
fn texts_keep_the_bytes_of_their_encoding() {
    let bytes = text(Some(b"windows-1252"), 0, b"Caf\xe9 \x81");
    let (_, rows) = read(&bytes, None, &Cell::Value).unwrap();
    // decoded by whoever casts the column, where a byte without a meaning is a finding
    assert_eq!(rows[0][0], "Caf\u{fffd} \u{fffd}");
}

#[test]
fn a_label_that_was_cut_within_a_letter_ends_before_it() {
    let mut layout = Layout::new("");
    layout.column(Column::number("n", 1, 0).value(1, "caf\u{e9}"));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    file.case(&[1.into()]).unwrap();
    let mut bytes = file.finish().unwrap().into_inner();
    let at = find(&bytes, "café".as_bytes());
    assert_eq!(bytes[at - 1], 5);
    bytes[at - 1] = 4;
    bytes[at + 4] = b' ';
    let (_, rows) = read(&bytes, None, &Cell::Label).unwrap();
    assert_eq!(rows, [["caf"]]);
}

/// Bytes of a sample with some of them changed.
fn changed(packing: Packing, what: &[u8], offset: usize, by: &[u8]) -> Vec<u8> {
    let mut bytes = sample(packing, Order::Little);
    let at = if what.is_empty() { 0 } else { find(&bytes, what) } + offset;
    bytes[at..at + by.len()].copy_from_slice(by);
    bytes
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let whole = |number: i32| number.to_le_bytes();
    let cases: [(Vec<u8>, &str); 12] = [
        (b"DATA,1\n".to_vec(), "does not begin as an SPSS system file"),
        (Vec::new(), "does not begin as an SPSS system file"),
        (
            changed(Packing::None, b"", 64, &whole(9)),
            "a layout code that is neither 2 nor 3 (at byte 64)",
        ),
        (
            changed(Packing::None, b"", 72, &whole(7)),
            "an unknown way of packing (7, at byte 72)",
        ),
        (
            changed(Packing::None, b"", 80, &whole(-7)),
            "a negative number of cases",
        ),
        (
            changed(Packing::None, b"", 80, &whole(3)),
            "there are more data behind case 3, which should be the last",
        ),
        (
            changed(Packing::Bytecode, b"", 80, &whole(3)),
            "there are more data behind case 3, which should be the last",
        ),
        (
            changed(Packing::None, b"", 80, &whole(5)),
            "the header tells 5 cases, and the data end after 4",
        ),
        (
            changed(Packing::Bytecode, b"", 80, &whole(5)),
            "the header tells 5 cases, and the data end after 4",
        ),
        (
            changed(Packing::None, b"", 76, &whole(1)),
            "the weight of the file is no variable that holds numbers",
        ),
        (
            changed(Packing::None, b"", 176, &whole(8)),
            "a record of the unknown type 8 at byte 176",
        ),
        (
            changed(Packing::None, b"=00600", 1, b"99999"),
            "has no width of 1 to 32767 bytes",
        ),
    ];
    for (bytes, expected) in cases {
        let error = values(&bytes).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    // a file that does not tell its number of cases is read to its end
    assert_eq!(
        values(&changed(Packing::Bytecode, b"", 80, &whole(-1))).unwrap().len(),
        4
    );
    assert_eq!(values(&changed(Packing::None, b"", 80, &whole(-1))).unwrap().len(), 4);
}

#[test]
fn damaged_zlib_blocks_are_told() {
    let bytes = sample(Packing::Zlib, Order::Little);
    let end = bytes.len();
    for (at, expected) in [
        (
            end - 4,
            "the list of zlib blocks at the end of the file does not fit them",
        ),
        (
            end - 28,
            "the list of zlib blocks at the end of the file does not fit them",
        ),
        (end - 60, "zlib block 1 is damaged"),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x55;
        let error = values(&bytes).unwrap_err();
        assert!(error.contains(expected), "{at}: {error}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(
        values(&longer)
            .unwrap_err()
            .contains("there is more behind the list of zlib blocks")
    );
}
