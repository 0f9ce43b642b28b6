use super::*;
use proptest::prelude::*;

fn format(quote: bool, quoted_newlines: bool) -> Delimited {
    let quote = quote.then_some(b'"');
    Delimited {
        delimiter: b';',
        quote,
        backslash: false,
        quoted_newlines,
        header: false,
        skip_lines: 0,
    }
}

/// Rows, their lines, and what is misshapen.
type Split = (Vec<Vec<String>>, Vec<u32>, Vec<(u32, Shape)>);

fn split(text: &str, width: usize, format: &Delimited) -> Split {
    let mut bytes = text.as_bytes().to_vec();
    let splitter = Splitter::new(format, 100).for_block(&bytes);
    let (mut position, mut records) = (Position::default(), Records::new(width));
    while position.at < bytes.len() {
        let more = records.len() + 1;
        splitter.records(&mut bytes, &mut position, more, &mut records);
    }
    let text = |cell: &Cell| String::from_utf8(cell.get(&bytes).to_vec()).unwrap();
    let rows = records
        .cells
        .chunks(width.max(1))
        .map(|row| row.iter().map(text).collect())
        .collect();
    let misshapen = records
        .misshapen
        .iter()
        .map(|record| (record.line, record.shape))
        .collect();
    (rows, records.lines, misshapen)
}

#[test]
fn fields_lines_and_faults() {
    let (rows, lines, faults) = split("a;b\r\n;\nc\nd;e;f\n\ng;h", 2, &format(false, false));
    assert_eq!(rows, [["a", "b"], ["", ""], ["g", "h"]]);
    assert_eq!(lines, [0, 1, 5]);
    assert_eq!(faults, [(2, Shape::TooFewFields), (3, Shape::TooManyFields)]);
}

#[test]
fn lines_without_any_field_to_expect_are_misshapen() {
    let (rows, _, faults) = split("a\n\nb\n", 0, &format(false, false));
    assert!(rows.is_empty());
    assert_eq!(faults, [(0, Shape::TooManyFields), (2, Shape::TooManyFields)]);
}

#[test]
fn quotes_are_undone() {
    let (rows, lines, faults) = split(
        "\"a;\"\"b\"\"\";\"\"\r\nx;\"y\nz;\"p\"q\n1;2\"\"\n",
        2,
        &format(true, false),
    );
    assert_eq!(rows, [["a;\"b\"", ""], ["1", "2\"\""]]);
    assert_eq!(lines, [0, 3]);
    assert_eq!(faults, [(1, Shape::OpenQuote), (2, Shape::TextAfterQuote)]);
    let (rows, lines, faults) = split("\"a\nb\";c\n1;2\n", 2, &format(true, true));
    assert_eq!(rows, [["a\nb", "c"], ["1", "2"]]);
    assert_eq!((lines, faults), (vec![0, 2], vec![]));
}

proptest! {
    #[test]
    fn what_the_csv_crate_writes_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a;\" \n]{0,12}", 3), 1..8)) {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let (found, _, faults) = split(&text, 3, &format(true, true));
        prop_assert_eq!(found, rows);
        prop_assert!(faults.is_empty());
    }

    #[test]
    fn the_fast_way_and_the_quoted_way_agree(text in "[ab;\r\n]{0,60}") {
        let fast = split(&text, 2, &format(false, false));
        let (mut bytes, mut position, mut records) = (text.clone().into_bytes(), Position::default(), Records::new(2));
        let splitter = Splitter::new(&format(true, false), 100);
        while position.at < bytes.len() {
            splitter.quoted(&mut bytes, &mut position, &mut records);
        }
        let misshapen: Vec<_> = records.misshapen.iter().map(|record| (record.line, record.shape)).collect();
        prop_assert_eq!(fast.1, records.lines);
        prop_assert_eq!(fast.2, misshapen);
    }
}
