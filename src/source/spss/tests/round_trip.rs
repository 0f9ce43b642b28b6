//! What the writer writes, the reader reads.
use proptest::prelude::*;

use super::*;

const PACKINGS: [Packing; 3] = [Packing::None, Packing::Bytecode, Packing::Zlib];
const ORDERS: [Order; 2] = [Order::Little, Order::Big];

#[test]
fn every_kind_of_column_reads_back_in_every_packing_and_order() {
    let long = "café ".repeat(90) + "uit";
    for (packing, order) in PACKINGS
        .into_iter()
        .flat_map(|packing| ORDERS.map(|order| (packing, order)))
    {
        let bytes = sample(packing, order);
        let (dictionary, rows) = read(&bytes, None, &Cell::Value).unwrap();
        assert_eq!(
            rows,
            [
                ["000000012", "1", "2007-03-01", "", "1.25", long.as_str(), "bl"],
                ["000000024", "", "", "2021-12-31 01:01:01.500", "", "geen", ""],
                ["", "3", "1582-10-15", "", "0.000000001", "a\nb\u{1f}\u{1b}", "k"],
                ["x", "", "9999-12-31", "", "", "", ""],
            ]
        );
        let names: Vec<&str> = dictionary
            .variables
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        assert_eq!(names[5], "opmerking_bij_het_antwoord");
        assert_eq!(names[1], "geslacht");
        assert_eq!(dictionary.weight, Some(4));
        assert_eq!(dictionary.title, "Schoolverlaters");
        assert_eq!(dictionary.variables[1].label.as_deref(), Some("Sex"));
        assert_eq!(dictionary.encoding, Encoding::Utf8);
    }
}

fn because(marks: &[&str], of_labels: bool) -> Cell {
    let marks = marks.iter().map(|mark| mark.as_bytes().to_vec()).collect();
    Cell::Reason { marks, of_labels }
}

#[test]
fn labels_and_reasons_are_cells_of_their_own() {
    let bytes = sample(Packing::Bytecode, Order::Little);
    let (_, labels) = read(&bytes, None, &Cell::Label).unwrap();
    let column = |rows: &[Vec<String>], place: usize| rows.iter().map(|row| row[place].clone()).collect::<Vec<_>>();
    assert_eq!(column(&labels, 1), ["man", "", "3", ""]);
    assert_eq!(column(&labels, 5)[1], "niets gezegd");
    assert_eq!(column(&labels, 6), ["basisberoeps", "", "k", ""]);
    let (_, reasons) = read(&bytes, None, &because(&["3", "geen"], false)).unwrap();
    assert_eq!(column(&reasons, 1), ["", "onbekend", "3", ""]);
    assert_eq!(column(&reasons, 4), ["", "95", "", "-1"]);
    assert_eq!(column(&reasons, 5), ["", "niets gezegd", "", "nvt"]);
    assert_eq!(column(&reasons, 6), ["", "xx", "", ""]);
    let (_, reasons) = read(&bytes, None, &because(&["man", "niets gezegd"], true)).unwrap();
    assert_eq!(column(&reasons, 1), ["man", "onbekend", "", ""]);
    assert_eq!(column(&reasons, 5), ["", "niets gezegd", "", "nvt"]);
    let (_, days) = read(&bytes, None, &Cell::Day).unwrap();
    assert_eq!(column(&days, 3), ["", "2021-12-31", "", ""]);
}

#[test]
fn a_long_file_is_made_of_several_zlib_blocks() {
    let mut layout = Layout::new("");
    layout.packing(Packing::Zlib).column(Column::text("tekst", 4000));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    let value = |case: usize| format!("{case:05}").repeat(800);
    for case in 0..2500 {
        file.case(&[value(case).as_str().into()]).unwrap();
    }
    let rows = values(&file.finish().unwrap().into_inner()).unwrap();
    assert_eq!(rows.len(), 2500);
    assert!(rows.iter().enumerate().all(|(case, row)| row[0] == value(case)));
}

#[test]
fn what_does_not_fit_is_not_written() {
    let start = |column: Column| {
        let mut layout = Layout::new("");
        layout.column(column);
        layout.start(Cursor::new(Vec::new())).map(|_| ())
    };
    assert!(start(Column::text("a", 3).value("abcd", "x")).is_err());
    assert!(start(Column::text("a", 3).value(1, "x")).is_err());
    assert!(start(Column::number("", 3, 0)).is_err());
    assert!(start(Column::number("a", 3, 0).missing_range(1.0, 2.0).missing(3).missing(4)).is_err());
    assert!(start(Column::number("a", 3, 0).missing_range(1.0, 2.0).missing(3)).is_ok());
    let mut layout = Layout::new("");
    layout.column(Column::text("a", 3));
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    assert!(file.case(&["abcd".into()]).is_err());
    assert!(file.case(&[1.into()]).is_err());
    assert!(file.case(&[]).is_err());
    layout.column(Column::text("A", 3));
    assert!(layout.start(Cursor::new(Vec::new())).is_err());
}

proptest! {
    #[test]
    fn numbers_and_texts_of_any_width_read_back(
        width in 1u16..1200, number in proptest::num::f64::NORMAL, text in "[a-zé0-9\u{1b}-\u{1f}\n]{0,40}", times in 1usize..20, packing in 0usize..3
    ) {
        let mut layout = Layout::new("");
        layout.packing(PACKINGS[packing]).column(Column::text("een_lange_naam", width)).column(Column::number("n", 8, 2));
        let mut text = text.repeat(times);
        while text.len() > usize::from(width) {
            text.pop();
        }
        let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
        file.case(&[text.as_str().into(), number.into()]).unwrap();
        let rows = values(&file.finish().unwrap().into_inner()).unwrap();
        prop_assert_eq!(&rows[0][0], text.trim_end_matches(' '));
        prop_assert_eq!(rows[0][1].parse::<f64>().unwrap(), number);
    }
}
