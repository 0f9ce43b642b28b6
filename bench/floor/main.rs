//! The steps no ingest of the benchmark's delivery can do without, each alone: reading, splitting, checking and casting the
//! text, hashing the keys, encoding the columns as Parquet. The slowest is the floor that sluis is held against.
//!
//! usage: floor DELIVERY PUBLISHED-FOLDER THREADS
//!
//! Prints one JSON object with the seconds of each step; reading and splitting is also done without the rest. Every row group of the published files is encoded three times:
//! by the parquet crate with its own settings and zstd, by the parquet crate with the encodings that sluis chose, and by
//! sluis; decoding the files first is not counted.
mod parse;

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
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use sha2::Sha256;
use sluis::ingest::chunk::{Encoder, Layouts};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BLOCK: usize = 16 << 20;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: floor DELIVERY PUBLISHED-FOLDER THREADS");
    let (delivery, published, threads) = (argument()?, argument()?, argument()?.parse()?);
    let (split, ends, keys) = split(Path::new(&delivery), threads)?;
    let (parse, good) = parse::parse(Path::new(&delivery), threads)?;
    let hash = hash(keys, threads)?;
    let mut files = Vec::new();
    parquet_files(Path::new(&published), &mut files)?;
    let (encode, rows) = encode(&files, threads)?;
    if rows != good {
        return Err(format!("{rows} rows are published, and {good} of the delivery are good").into());
    }
    let [plain, chosen, ours] = encode.map(|time| time.as_secs_f64());
    #[allow(clippy::print_stdout)]
    {
        println!(
            "{{\"split\": {:.3}, \"parse\": {:.3}, \"hash\": {:.3}, \"encode\": {ours:.3}, \"parquet_crate_same_encodings\": {chosen:.3}, \
             \"parquet_crate\": {plain:.3}, \"fields\": {ends}, \"keys\": {keys}, \"rows\": {rows}}}",
            split.as_secs_f64(),
            parse.as_secs_f64(),
            hash.as_secs_f64(),
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

/// Encodes the row groups of files anew, into memory: by the parquet crate with its settings and with those of the file,
/// and by sluis.
fn encode(files: &[PathBuf], threads: usize) -> Outcome<([Duration; 3], u64)> {
    let (next, rows) = (AtomicUsize::new(0), AtomicU64::new(0));
    let nanos = [const { AtomicU64::new(0) }; 3];
    on_all(threads, || {
        let timed = |way: usize, work: &mut dyn FnMut() -> Outcome<()>| {
            let start = Instant::now();
            work()?;
            nanos[way].fetch_add(u64::try_from(start.elapsed().as_nanos())?, Ordering::Relaxed);
            Outcome::Ok(())
        };
        let mut encoder = Encoder::new()?;
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let open = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
            let groups = open.metadata().row_groups().to_vec();
            let layouts = Layouts::new(&[], open.schema())?;
            for (place, group) in groups.iter().enumerate() {
                let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_row_groups(vec![place]);
                let batches = reader.build()?.collect::<Result<Vec<_>, _>>()?;
                let all = concat_batches(&batches[0].schema(), &batches)?;
                drop(batches);
                rows.fetch_add(all.num_rows() as u64, Ordering::Relaxed);
                let zstd = Compression::ZSTD(ZstdLevel::default());
                let plain = WriterProperties::builder().set_compression(zstd).build();
                timed(0, &mut || write(&all, plain.clone()))?;
                timed(1, &mut || write(&all, properties(group)))?;
                timed(2, &mut || {
                    let columns = all.columns().iter().map(|column| Ok(vec![column.clone()]));
                    std::hint::black_box(encoder.encode::<ParquetError>(&layouts, columns)?);
                    Ok(())
                })?;
            }
        }
        Ok(())
    })?;
    let nanos = nanos.map(|nanos| Duration::from_nanos(nanos.into_inner() / threads as u64));
    Ok((nanos, rows.into_inner()))
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
