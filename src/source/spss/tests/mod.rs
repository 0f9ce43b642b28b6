//! Files made by the writer, and what is left of them when they are damaged.
mod damage;
mod dictionaries;
mod round_trip;

use std::io::{Cursor, Read};

use super::input::{Input, Order};
use super::write::{Column, Layout, Packing, Value, date};
use super::{Cell, Dictionary, Lines, Sheet, SpssError, cells};
use crate::contract::format::Encoding;
use crate::source::cells::Records;
use crate::source::delimited::Position;

/// A file with a column of every kind and four cases.
fn sample(packing: Packing, order: Order) -> Vec<u8> {
    let mut layout = Layout::new("Schoolverlaters");
    layout.packing(packing).order(order);
    layout.column(Column::text("RINPERSOON", 9).label("Person"));
    let sex = Column::number("geslacht", 1, 0).label("Sex");
    layout.column(sex.value(1, "man").value(2, "vrouw").value(9, "onbekend").missing(9));
    layout.column(Column::date("geboren"));
    layout.column(Column::moment("ingevuld"));
    layout.column(Column::number("gewicht", 8, 4).missing_range(90.0, 99.0).missing(-1));
    layout.column(
        Column::text("opmerking_bij_het_antwoord", 600)
            .value("geen", "niets gezegd")
            .missing("nvt"),
    );
    layout.column(Column::text("leerweg", 2).value("bl", "basisberoeps").missing("xx"));
    layout.weight("gewicht");
    let mut file = layout.start(Cursor::new(Vec::new())).unwrap();
    let long = "café ".repeat(90) + "uit";
    let cases: [[Value<'_>; 7]; 4] = [
        [
            "000000012".into(),
            1.into(),
            date(2007, 3, 1).into(),
            Value::Missing,
            1.25.into(),
            long.as_str().into(),
            "bl".into(),
        ],
        [
            "000000024".into(),
            9.into(),
            Value::Missing,
            date(2021, 12, 31).map(|day| day + 3661.5).into(),
            95.into(),
            "geen".into(),
            "xx".into(),
        ],
        [
            "".into(),
            3.into(),
            date(1582, 10, 15).into(),
            Value::Missing,
            1e-9.into(),
            "a\nb\u{1f}\u{1b}".into(),
            "k".into(),
        ],
        [
            "x".into(),
            Value::Missing,
            date(9999, 12, 31).into(),
            Value::Missing,
            (-1).into(),
            "nvt".into(),
            Value::Missing,
        ],
    ];
    for case in &cases {
        file.case(case).unwrap();
    }
    file.finish().unwrap().into_inner()
}

/// Everything of a file, as text.
fn read(bytes: &[u8], fallback: Option<Encoding>, cell: &Cell) -> Result<(Dictionary, Vec<Vec<String>>), String> {
    let told = |error: SpssError| error.to_string();
    let mut input = Input::new(Box::new(Cursor::new(bytes.to_vec())));
    let dictionary = Dictionary::read(&mut input, fallback).map_err(told)?;
    let all = (0..dictionary.variables.len()).map(|place| (place, cell.clone()));
    let sheet = Sheet::new(&dictionary, input.order, all);
    let width = sheet.width();
    let mut lines = Lines::new(input, &dictionary, sheet).map_err(told)?;
    let mut text = Vec::new();
    lines.read_to_end(&mut text).map_err(|error| error.to_string())?;
    let (mut out, mut records, mut position) = (Vec::new(), Records::new(width), Position::default());
    cells::records(&text, &mut position, usize::MAX, &mut out, &mut records);
    assert!(records.misshapen.is_empty());
    let rows = records.cells.chunks(width).map(|row| {
        let cells = row
            .iter()
            .map(|cell| String::from_utf8_lossy(cell.get(&out)).into_owned());
        cells.collect()
    });
    Ok((dictionary, rows.collect()))
}

fn values(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    read(bytes, None, &Cell::Value).map(|(_, rows)| rows)
}
