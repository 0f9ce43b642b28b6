//! Unpacking a delivery as it is read, and the content hash of its packed bytes.
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::SourceError;
use crate::contract::format::Compression;

/// Hashes every byte that is read through it; the hash outlives the reader.
pub struct Hashing {
    file: File,
    state: Arc<Mutex<blake3::Hasher>>,
}

/// The hash of what was read so far through a [`Hashing`].
#[derive(Clone)]
pub struct ContentHash(Arc<Mutex<blake3::Hasher>>);

impl ContentHash {
    /// Hexadecimal BLAKE3.
    pub fn finish(&self) -> String {
        self.0
            .lock()
            .map(|state| state.finalize().to_hex().to_string())
            .unwrap_or_default()
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        if let Ok(mut state) = self.state.lock() {
            state.update(&buffer[..read]);
        }
        Ok(read)
    }
}

/// A delivery's text, unpacked.
pub type Text = Box<dyn Read + Send>;

/// Opens the packed file for reading once, from the front.
///
/// For a zip archive the hash is taken of the whole file first, since its directory stands at the end.
///
/// # Errors
/// When the archive does not open or has not exactly one member.
pub fn unpack(mut file: File, compression: Compression, path: &Path) -> Result<(Text, ContentHash), SourceError> {
    let damaged = |reason: String| SourceError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let state = Arc::new(Mutex::new(blake3::Hasher::new()));
    let hash = ContentHash(Arc::clone(&state));
    let io = |source| SourceError::Io {
        path: path.to_owned(),
        offset: 0,
        source,
    };
    if compression == Compression::Zip {
        let mut whole = Hashing {
            file: file.try_clone().map_err(io)?,
            state,
        };
        std::io::copy(&mut whole, &mut std::io::sink()).map_err(io)?;
        file.rewind().map_err(io)?;
        return Ok((Box::new(zip_member(file).map_err(damaged)?), hash));
    }
    let hashing = Hashing { file, state };
    let text: Text = match compression {
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(
            1 << 18,
            hashing,
        ))),
        Compression::Zstd => {
            let buffered = BufReader::with_capacity(1 << 18, hashing);
            Box::new(zstd::Decoder::with_buffer(buffered).map_err(|error| damaged(format!("not zstd: {error}")))?)
        }
        _ => Box::new(hashing),
    };
    Ok((text, hash))
}

/// The only member of an archive, found by its local place so that the reader owns the file.
fn zip_member(file: File) -> Result<impl Read + Send, String> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| format!("not a zip archive: {error}"))?;
    if archive.len() != 1 {
        return Err(format!("the archive has {} members and must have one", archive.len()));
    }
    let (start, packed, method, encrypted) = {
        let member = archive
            .by_index_raw(0)
            .map_err(|error| format!("the archive's member does not open: {error}"))?;
        let start = member.data_start().ok_or("the archive's member has no data")?;
        (
            start,
            member.compressed_size(),
            member.compression(),
            member.encrypted(),
        )
    };
    if encrypted {
        return Err("the archive is encrypted".to_owned());
    }
    let mut file = archive.into_inner();
    file.seek(std::io::SeekFrom::Start(start))
        .map_err(|error| error.to_string())?;
    let packed = BufReader::with_capacity(1 << 18, file.take(packed));
    match method {
        zip::CompressionMethod::Stored => Ok(Box::new(packed) as Text),
        zip::CompressionMethod::Deflated => Ok(Box::new(flate2::bufread::DeflateDecoder::new(packed)) as Text),
        other => Err(format!("the archive is packed with {other}; use deflate or none")),
    }
}
