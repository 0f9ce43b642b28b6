use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, FixedSizeBinaryArray, Float64Array, Int32Array,
    Int64Array, RecordBatch, StringArray,
};
use arrow::compute::concat;
use arrow::datatypes::{Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedRowGroupWriter;
use proptest::prelude::*;

use super::*;

/// Encodes columns into a row group; tells of each whether it was ours.
fn append(
    encoder: &mut Encoder,
    layouts: &Layouts,
    row_group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    columns: impl IntoIterator<Item = Vec<ArrayRef>>,
) -> Vec<bool> {
    let columns = columns.into_iter().map(Ok::<_, ParquetError>);
    let chunks = encoder.encode(layouts, columns).unwrap().into_iter();
    let ours = chunks.map(|chunk| {
        let ours = matches!(chunk, Chunk::Ours(..));
        chunk.append_to(row_group).unwrap();
        ours
    });
    ours.collect()
}

/// A file of one column, which our encoder wrote, and the same from the parquet crate.
fn written(parts: &[ArrayRef], nullable: bool) -> (Bytes, Bytes) {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "x",
        parts[0].data_type().clone(),
        nullable,
    )]));
    let layouts = Layouts::new(&[], &schema).unwrap();
    assert!(layouts.of(0).is_some());
    let start = || ArrowWriter::try_new(Vec::new(), schema.clone(), Some(layouts.properties.clone())).unwrap();
    let mut file = start().into_serialized_writer().unwrap().0;
    let mut encoder = Encoder::new().unwrap();
    // Twice: nothing of the first may be left in the second.
    for _ in 0..2 {
        let mut row_group = file.next_row_group().unwrap();
        append(&mut encoder, &layouts, &mut row_group, [parts.to_vec()]);
        row_group.close().unwrap();
    }
    let ours = file.into_inner().unwrap();
    let mut file = start();
    let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
    for _ in 0..2 {
        file.write(&RecordBatch::try_new(schema.clone(), vec![concat(&parts).unwrap()]).unwrap())
            .unwrap();
        file.flush().unwrap();
    }
    (ours.into(), file.into_inner().unwrap().into())
}

fn read(file: &Bytes, selection: Option<RowSelection>) -> ArrayRef {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let mut builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file.clone(), options).unwrap();
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
    }
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(|batch| batch.unwrap()).collect();
    let columns: Vec<&dyn Array> = batches.iter().map(|batch| &**batch.column(0)).collect();
    concat(&columns).unwrap()
}

/// Writes parts and reads them back: whole, and a few rows by the offset index; bounds are as the parquet crate has them.
fn check(parts: &[ArrayRef], nullable: bool) -> Vec<Encoding> {
    let (ours, theirs) = written(parts, nullable);
    let twice: Vec<&dyn Array> = parts.iter().chain(parts).map(|part| &**part).collect();
    let all = concat(&twice).unwrap();
    assert_eq!(&read(&ours, None), &all);
    let (skip, rows) = (all.len() * 2 / 3, all.len().min(3));
    let few = RowSelection::from(vec![
        RowSelector::skip(skip.min(all.len() - rows)),
        RowSelector::select(rows),
    ]);
    assert_eq!(&read(&ours, Some(few)), &all.slice(skip.min(all.len() - rows), rows));
    let groups = |file: &Bytes| {
        ParquetRecordBatchReaderBuilder::try_new(file.clone())
            .unwrap()
            .metadata()
            .row_groups()
            .to_vec()
    };
    for (ours, theirs) in groups(&ours).iter().zip(&groups(&theirs)) {
        assert_eq!(ours.num_rows(), theirs.num_rows());
        let (ours, theirs) = (ours.column(0).statistics(), theirs.column(0).statistics());
        if let Some(ours) = ours {
            let theirs = theirs.unwrap();
            assert_eq!(ours.null_count_opt(), theirs.null_count_opt());
            if ours.min_bytes_opt().is_some() {
                assert_eq!(ours.min_bytes_opt(), theirs.min_bytes_opt());
                assert_eq!(ours.max_bytes_opt(), theirs.max_bytes_opt());
            }
        }
    }
    groups(&ours)[0].column(0).encodings().collect()
}

/// Parts of different lengths of one array, none of which starts where its memory does.
fn parts(array: ArrayRef) -> Vec<ArrayRef> {
    let third = array.len() / 3;
    let cuts = [0, third, third, array.len() - third / 2, array.len()];
    cuts.windows(2)
        .map(|pair| array.slice(pair[0], pair[1] - pair[0]))
        .collect()
}

/// The uncompressed bytes of each page.
fn pages(file: &Bytes) -> impl Iterator<Item = usize> {
    let file = SerializedFileReader::new(file.clone()).unwrap();
    let pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
    pages.map(|page| page.unwrap().buffer().len())
}

/// Values, few or many different ones, some of them missing when `holes`.
fn numbers() -> impl Strategy<Value = (Vec<Option<i64>>, bool)> {
    let spread = prop_oneof![Just(1i64), Just(20), Just(70_000), Just(i64::MAX)];
    (spread, any::<bool>(), 1usize..600).prop_flat_map(|(spread, holes, rows)| {
        let value = (-spread..=spread).prop_map(Some);
        let value = if holes {
            prop_oneof![3 => value, 1 => Just(None)].boxed()
        } else {
            value.boxed()
        };
        (prop::collection::vec(value, rows), Just(holes))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_are_read_back((values, holes) in numbers()) {
        check(&parts(Arc::new(Int64Array::from(values.clone()))), holes);
        let narrow = |value: &Option<i64>| value.map(|value| i32::try_from(value % (1 << 31)).unwrap());
        let narrow: Vec<Option<i32>> = values.iter().map(narrow).collect();
        check(&parts(Arc::new(Int32Array::from(narrow.clone()))), holes);
        check(&parts(Arc::new(Date32Array::from(narrow))), holes);
        for (precision, scale) in [(8, 2), (18, 4)] {
            let most = 10i64.pow(u32::from(precision));
            let decimals = values.iter().map(|value| value.map(|value| i128::from(value % most)));
            let decimals = Decimal128Array::from_iter(decimals).with_precision_and_scale(precision, scale).unwrap();
            check(&parts(Arc::new(decimals)), holes);
        }
        let pseudonyms = values.iter().map(|value| value.map(|value| i128::from(value).to_be_bytes()));
        let pseudonyms = FixedSizeBinaryArray::try_from_sparse_iter_with_size(pseudonyms, 16).unwrap();
        check(&parts(Arc::new(pseudonyms)), holes);
    }

    #[test]
    fn texts_are_read_back(texts in prop::collection::vec(prop::option::of("[a-c]{0,3}|[a-z\u{e9}]{0,80}"), 1..300), codes in prop::collection::vec("[0-9]{4}", 1..6)) {
        check(&parts(Arc::new(StringArray::from(texts.clone()))), true);
        let codes: StringArray = texts.iter().enumerate().map(|(row, _)| Some(&codes[row % codes.len()])).collect();
        check(&parts(Arc::new(codes)), false);
    }
}

#[test]
fn many_rows_take_several_pages_and_a_dictionary_where_it_pays() {
    // Equal steps that leave 32 bits on the way must not be taken for an error when they are skipped.
    let row = |row: i32| row.wrapping_mul(-1_640_531_527);
    let many: ArrayRef = Arc::new(Int32Array::from_iter_values((0..70_000).map(row)));
    assert_eq!(check(&parts(many), false), [Encoding::DELTA_BINARY_PACKED]);
    let few: ArrayRef = Arc::new(Int32Array::from_iter_values((0..70_000).map(|at| row(at) >> 20 << 20)));
    assert!(check(&parts(few), false).contains(&Encoding::RLE_DICTIONARY));
    let codes = (0..70_000).map(|at| format!("{:05}", row(at) >> 22));
    let codes: ArrayRef = Arc::new(StringArray::from_iter_values(codes));
    assert!(check(&parts(codes), true).contains(&Encoding::RLE_DICTIONARY));
    let names = (0..70_000).map(|at| format!("{:012}", row(at)));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
    assert!(check(&parts(names), true).contains(&Encoding::DELTA_LENGTH_BYTE_ARRAY));
    let none: ArrayRef = Arc::new(StringArray::new_null(50_000));
    check(&parts(none), true);
    let same: ArrayRef = Arc::new(Int32Array::from(vec![7; 50_000]));
    assert!(check(&parts(same), true).contains(&Encoding::RLE_DICTIONARY));
}

#[test]
fn long_texts_end_a_page_early() {
    let (first, rest) = (
        std::iter::repeat_n("x".repeat(16_384), 1000),
        std::iter::repeat_n("y".to_owned(), 19_000),
    );
    let skewed: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..)
            .zip(first.chain(rest))
            .map(|(row, text)| format!("{row:05}{text}")),
    ));
    let most = pages(&written(&[skewed], false).0).max();
    assert!(most.is_some_and(|most| most < 2 << 20), "{most:?}");
    let long: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..300).map(|row| format!("{row:03}").repeat(10_000)),
    ));
    let (ours, _) = written(&parts(long.clone()), false);
    assert_eq!(pages(&ours).count(), 9);
    check(&parts(long), false);
}

#[test]
fn the_crate_encodes_what_is_not_ours() {
    let wide = Decimal128Array::from(vec![Some(1 << 80), None])
        .with_precision_and_scale(38, 2)
        .unwrap();
    let columns: [ArrayRef; 4] = [
        Arc::new(FixedSizeBinaryArray::try_from_iter([[1; 16], [2; 16]].into_iter()).unwrap()),
        Arc::new(Float64Array::from(vec![None, Some(0.5)])),
        Arc::new(BooleanArray::from(vec![Some(true), None])),
        Arc::new(wide),
    ];
    let named = columns
        .iter()
        .zip(["sorted", "a", "b", "c"])
        .map(|(column, name)| (name, column.clone(), true));
    let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
    let layouts = Layouts::new(&["sorted".to_owned()], &batch.schema()).unwrap();
    let writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(layouts.properties.clone())).unwrap();
    let mut file = writer.into_serialized_writer().unwrap().0;
    let mut row_group = file.next_row_group().unwrap();
    let mut encoder = Encoder::new().unwrap();
    let chunks = append(
        &mut encoder,
        &layouts,
        &mut row_group,
        columns.map(|column| vec![column]),
    );
    assert_eq!(chunks, [false; 4]);
    row_group.close().unwrap();
    let file = Bytes::from(file.into_inner().unwrap());
    let mut read = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    assert_eq!(read.next().unwrap().unwrap(), batch);
}
