//! The steps no ingest of the benchmark's delivery can do without, each alone: reading and splitting the text, hashing
//! the keys, encoding the columns as Parquet. The slowest is the floor that sluis is held against.
//!
//! usage: floor DELIVERY PUBLISHED-FOLDER THREADS
//!
//! Prints one JSON object with the seconds of each step. Columns are encoded as the published files have them: with the
//! same row groups, encodings and compression; decoding those files first is not counted.
use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use hmac::{Hmac, KeyInit, Mac};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Encoding;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use sha2::Sha256;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BLOCK: usize = 16 << 20;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: floor DELIVERY PUBLISHED-FOLDER THREADS");
    let (delivery, published, threads) = (argument()?, argument()?, argument()?.parse()?);
    let (split, ends, keys) = split(Path::new(&delivery), threads)?;
    let hash = hash(keys, threads)?;
    let mut files = Vec::new();
    parquet_files(Path::new(&published), &mut files)?;
    let (encode, rows) = encode(&files, threads)?;
    #[allow(clippy::print_stdout)]
    {
        println!(
            "{{\"split\": {:.3}, \"hash\": {:.3}, \"encode\": {:.3}, \"fields\": {ends}, \"keys\": {keys}, \"rows\": {rows}}}",
            split.as_secs_f64(),
            hash.as_secs_f64(),
            encode.as_secs_f64()
        );
    }
    Ok(())
}

/// Runs the same work on every thread, and waits.
fn on_all(threads: usize, work: impl Fn() -> Outcome<()> + Sync) -> Outcome<()> {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread died")?)
    })
}

/// Reads the file and finds the ends of its fields; also counts the runs of equal first fields.
fn split(delivery: &Path, threads: usize) -> Outcome<(Duration, u64, u64)> {
    let file = File::open(delivery)?;
    let (next, ends, keys) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    on_all(threads, || {
        let mut block = vec![0; BLOCK];
        loop {
            let at = next.fetch_add(BLOCK as u64, Ordering::Relaxed);
            let read = file.read_at(&mut block, at)?;
            if read == 0 {
                return Ok(());
            }
            let (mut line, mut key, mut found, mut runs) = (0, &b""[..], 0, 0);
            let mut first = true;
            for end in memchr::memchr2_iter(b';', b'\n', &block[..read]) {
                found += 1;
                if first && key != &block[line..end] {
                    key = &block[line..end];
                    runs += 1;
                }
                first = block[end] == b'\n';
                line = end + 1;
            }
            ends.fetch_add(found, Ordering::Relaxed);
            keys.fetch_add(runs, Ordering::Relaxed);
        }
    })?;
    Ok((start.elapsed(), ends.into_inner(), keys.into_inner()))
}

/// Hashes as many keys under a secret key.
fn hash(keys: u64, threads: usize) -> Outcome<Duration> {
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
    let share = keys.div_ceil(threads as u64);
    let start = Instant::now();
    on_all(threads, || {
        for number in 0..share {
            let mut mac = keyed.clone();
            mac.update(&number.to_le_bytes());
            std::hint::black_box(mac.finalize());
        }
        Ok(())
    })?;
    Ok(start.elapsed())
}

/// Encodes the row groups of files anew, into memory.
fn encode(files: &[PathBuf], threads: usize) -> Outcome<(Duration, u64)> {
    let (next, nanos, rows) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    on_all(threads, || {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let open = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
            let groups = open.metadata().row_groups().to_vec();
            for (place, group) in groups.iter().enumerate() {
                let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_row_groups(vec![place]);
                let batches = reader.build()?.collect::<Result<Vec<_>, _>>()?;
                let all = concat_batches(&batches[0].schema(), &batches)?;
                drop(batches);
                rows.fetch_add(all.num_rows() as u64, Ordering::Relaxed);
                let start = Instant::now();
                write(&all, properties(group))?;
                nanos.fetch_add(u64::try_from(start.elapsed().as_nanos())?, Ordering::Relaxed);
            }
        }
        Ok(())
    })?;
    Ok((
        Duration::from_nanos(nanos.into_inner() / threads as u64),
        rows.into_inner(),
    ))
}

fn write(rows: &RecordBatch, properties: WriterProperties) -> Outcome<()> {
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties))?;
    writer.write(rows)?;
    std::hint::black_box(writer.into_inner()?);
    Ok(())
}

/// The properties that gave this row group.
fn properties(group: &RowGroupMetaData) -> WriterProperties {
    let mut properties = WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    for column in group.columns() {
        let path = column.column_path().clone();
        let encodings: Vec<Encoding> = column.encodings().collect();
        let dictionary = encodings.contains(&Encoding::RLE_DICTIONARY);
        let statistics = match column.statistics() {
            Some(_) => EnabledStatistics::Chunk,
            None => EnabledStatistics::None,
        };
        properties = properties
            .set_column_dictionary_enabled(path.clone(), dictionary)
            .set_column_compression(path.clone(), column.compression())
            .set_column_statistics_enabled(path.clone(), statistics);
        let other = |encoding: &&Encoding| !matches!(**encoding, Encoding::RLE | Encoding::RLE_DICTIONARY);
        if let Some(&encoding) = encodings.iter().find(other).filter(|_| !dictionary) {
            properties = properties.set_column_encoding(path, encoding);
        }
    }
    properties.build()
}

fn parquet_files(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            parquet_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}
