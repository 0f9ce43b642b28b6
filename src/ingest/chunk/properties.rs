//! How the Parquet files of a staging table are written.
use arrow::datatypes::{DataType, SchemaRef};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::lake::FIELD_TAG;

/// The properties of a table's files, for columns with or without a dictionary.
///
/// - Numbers and dates without a dictionary are bit-packed deltas, which leave nothing to compress.
/// - Texts without a dictionary keep lengths and letters apart: equal lengths then take no room.
/// - Tagged columns get no statistics: the smallest name is a person's name.
/// - Pseudonyms look like noise: they are neither compressed nor kept in a dictionary nor given statistics. In files
///   sorted by one (`sort` begins with it), it has a bloom filter and a page index, for joins with few persons.
pub fn properties(sort: &[String], schema: &SchemaRef, dictionary: bool) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(dictionary)
        .set_created_by(format!("sluis {}", env!("CARGO_PKG_VERSION")))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        properties = match field.data_type() {
            DataType::FixedSizeBinary(_) => {
                let sorted = sort.first() == Some(field.name());
                let statistics = if sorted {
                    EnabledStatistics::Page
                } else {
                    EnabledStatistics::None
                };
                properties
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path.clone(), Encoding::PLAIN)
                    .set_column_compression(path.clone(), Compression::UNCOMPRESSED)
                    .set_column_bloom_filter_enabled(path.clone(), sorted)
                    .set_column_statistics_enabled(path, statistics)
            }
            _ if field.metadata().contains_key(FIELD_TAG) => {
                properties.set_column_statistics_enabled(path, EnabledStatistics::None)
            }
            DataType::Utf8 if !dictionary => {
                let sorted = sort.first() == Some(field.name());
                let statistics = if sorted {
                    EnabledStatistics::Chunk
                } else {
                    EnabledStatistics::None
                };
                properties
                    .set_column_encoding(path.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                    .set_column_statistics_enabled(path, statistics)
            }
            _ if !dictionary => properties.set_column_compression(path, Compression::UNCOMPRESSED),
            _ => properties,
        };
    }
    properties.build()
}
