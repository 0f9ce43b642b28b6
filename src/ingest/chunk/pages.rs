//! Pages, one behind the other, and what the file says of them.
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

/// Shorter repetitions cost more time than room: codes and numbers are full of them by chance.
const SHORTEST_MATCH: u32 = 7;

/// The values of a page, encoded.
pub struct Body<'a> {
    /// Rows of the page.
    pub rows: usize,
    /// Rows without a value.
    pub nulls: usize,
    /// Which rows have a value, encoded; empty where every column value is required.
    pub levels: &'a [u8],
    /// The values, encoded.
    pub values: &'a [u8],
    /// How.
    pub encoding: Encoding,
}

/// A compressor with room for what it makes.
pub struct Zstd {
    compressor: Compressor<'static>,
    packed: Vec<u8>,
}

impl Zstd {
    /// A compressor.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> Result<Self> {
        let mut compressor = Compressor::new(ZstdLevel::default().compression_level())?;
        compressor.set_parameter(CParameter::MinMatch(SHORTEST_MATCH))?;
        Ok(Self {
            compressor,
            packed: Vec::new(),
        })
    }

    fn pack(&mut self, bytes: &[u8]) -> Result<&[u8]> {
        self.packed.clear();
        self.packed.reserve(compress_bound(bytes.len()));
        self.compressor.compress_to_buffer(bytes, &mut self.packed)?;
        Ok(&self.packed)
    }
}

/// A column chunk on its way.
pub struct Pages<'a> {
    out: TrackedWrite<Vec<u8>>,
    zstd: Option<&'a mut Zstd>,
    codec: Compression,
    dictionary: bool,
    data: Option<u64>,
    sizes: (usize, usize),
    rows: usize,
    encodings: Vec<Encoding>,
    stats: Vec<PageEncodingStats>,
    offsets: OffsetIndexBuilder,
}

impl<'a> Pages<'a> {
    /// No pages yet; they are compressed if the codec says so.
    pub fn new(codec: Compression, zstd: &'a mut Zstd) -> Self {
        Self {
            out: TrackedWrite::new(Vec::new()),
            zstd: (codec != Compression::UNCOMPRESSED).then_some(zstd),
            codec,
            dictionary: false,
            data: None,
            sizes: (0, 0),
            rows: 0,
            encodings: Vec::new(),
            stats: Vec::new(),
            offsets: OffsetIndexBuilder::new(),
        }
    }

    /// Puts the dictionary in front: `entries` values, encoded plainly.
    pub fn dictionary(&mut self, entries: usize, plain: &[u8]) -> Result<()> {
        let packed = match &mut self.zstd {
            Some(zstd) => zstd.pack(plain)?,
            None => plain,
        };
        let page = Page::DictionaryPage {
            buf: Bytes::copy_from_slice(packed),
            num_values: count(entries)?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.dictionary = true;
        self.write(page, plain.len()).map(drop)
    }

    /// Adds a page; one that compression does not make smaller is kept as it is.
    pub fn data(&mut self, body: &Body<'_>) -> Result<()> {
        let packed = match &mut self.zstd {
            Some(zstd) => Some(zstd.pack(body.values)?).filter(|packed| packed.len() < body.values.len()),
            None => None,
        };
        let (values, is_compressed) = (packed.unwrap_or(body.values), packed.is_some());
        let mut bytes = Vec::with_capacity(body.levels.len() + values.len());
        bytes.extend_from_slice(body.levels);
        bytes.extend_from_slice(values);
        let page = Page::DataPageV2 {
            buf: Bytes::from(bytes),
            num_values: count(body.rows)?,
            encoding: body.encoding,
            num_nulls: count(body.nulls)?,
            num_rows: count(body.rows)?,
            def_levels_byte_len: count(body.levels.len())?,
            rep_levels_byte_len: 0,
            is_compressed,
            statistics: None,
        };
        let spec = self.write(page, body.levels.len() + body.values.len())?;
        self.data.get_or_insert(spec.offset);
        self.rows += body.rows;
        self.offsets.append_row_count(long(body.rows)?);
        let size = i32::try_from(spec.compressed_size).map_err(too_large)?;
        self.offsets.append_offset_and_size(long(spec.offset)?, size);
        Ok(())
    }

    fn write(&mut self, page: Page, uncompressed: usize) -> Result<PageWriteSpec> {
        let (encoding, page_type) = (page.encoding(), page.page_type());
        let spec = SerializedPageWriter::new(&mut self.out).write_page(CompressedPage::new(page, uncompressed))?;
        self.sizes.0 += spec.compressed_size;
        self.sizes.1 += spec.uncompressed_size;
        self.encodings.push(encoding);
        match self.stats.last_mut() {
            Some(last) if last.page_type == page_type && last.encoding == encoding => last.count += 1,
            _ => self.stats.push(PageEncodingStats {
                page_type,
                encoding,
                count: 1,
            }),
        }
        Ok(spec)
    }

    /// The bytes of the chunk, and what the file says of it.
    pub fn close(self, column: ColumnDescPtr, statistics: Option<Statistics>) -> Result<(Bytes, ColumnCloseResult)> {
        let mut encodings = self.encodings;
        if column.max_def_level() > 0 {
            encodings.push(Encoding::RLE);
        }
        let mut metadata = ColumnChunkMetaData::builder(column)
            .set_compression(self.codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(self.stats)
            .set_total_compressed_size(long(self.sizes.0)?)
            .set_total_uncompressed_size(long(self.sizes.1)?)
            .set_num_values(long(self.rows)?)
            .set_data_page_offset(long(self.data.unwrap_or(0))?)
            .set_dictionary_page_offset(self.dictionary.then_some(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: self.sizes.0 as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(self.offsets.build()),
        };
        Ok((Bytes::from(self.out.into_inner()?), close))
    }
}

fn count(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(too_large)
}

fn long(number: impl TryInto<i64>) -> Result<i64> {
    number.try_into().map_err(|_| too_large(()))
}

fn too_large<E>(_: E) -> ParquetError {
    ParquetError::General("a page is too large for Parquet".to_owned())
}
