//! What a file is and whether it is safe to open, before any of it is held in memory.
//!
//! A zip directory may lie: its sizes are looked at first, and then every part is unpacked once into nothing and counted.
use std::fs::File;
use std::io::{BufReader, Read, Seek};

use serde::{Deserialize, Serialize};
use zip::{CompressionMethod, ZipArchive};

use super::compound;
use super::markup::Markup;

/// The first bytes of a zip archive and of a compound file.
const ZIP: &[u8] = b"PK\x03\x04";
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// What the part `mimetype` of an ODS file says.
const ODS: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
/// Small parts may be packed as tightly as they like.
const SMALL: u64 = 1 << 20;
/// Bytes unpacked at a time.
const CHUNK: usize = 1 << 16;

/// How much a spreadsheet may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of all parts together, and of a file that is not packed.
    pub bytes: u64,
    /// How many times its packed size a part may unpack to.
    pub ratio: u64,
    /// Parts of the archive.
    pub parts: usize,
}

impl From<&crate::config::Ingest> for Limits {
    fn from(settings: &crate::config::Ingest) -> Self {
        Self {
            bytes: settings.max_unpacked_bytes.bytes(),
            ratio: settings.max_unpacked_ratio,
            parts: settings.max_unpacked_parts,
        }
    }
}

/// What kind of workbook a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Office Open XML.
    Xlsx,
    /// OpenDocument.
    Ods,
    /// Excel 97 to 2003.
    Xls,
}

/// Finds out what a file is, and refuses what is not safe; the number of bytes it unpacks to.
///
/// # Errors
/// A sentence without any value of the file.
pub fn check(file: &mut File, limits: &Limits) -> Result<(Container, u64), String> {
    let system = |error: std::io::Error| error.to_string();
    let mut first = [0; 8];
    file.rewind().map_err(system)?;
    let read = file.take(8).read(&mut first).map_err(system)?;
    file.rewind().map_err(system)?;
    let size = file.metadata().map_err(system)?.len();
    if size > limits.bytes {
        return Err(too_large(limits));
    }
    let found = match &first[..read] {
        start if start.starts_with(ZIP) => archive(file, limits),
        start if start.starts_with(COMPOUND) => compound::check(file).map(|()| (Container::Xls, size)),
        [] => Err("the file is empty".to_owned()),
        _ => Err("it is no XLSX, XLS or ODS file, whatever its name says".to_owned()),
    };
    file.rewind().map_err(system)?;
    found
}

fn too_large(limits: &Limits) -> String {
    let most = crate::config::Size(limits.bytes);
    format!("it unpacks to more than {most} (ingest.max_unpacked_bytes)")
}

fn archive(file: &mut File, limits: &Limits) -> Result<(Container, u64), String> {
    let damaged = |_| "it is no whole zip archive".to_owned();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > limits.parts {
        return Err(format!(
            "it has {} parts; the limit is {} (ingest.max_unpacked_parts)",
            archive.len(),
            limits.parts
        ));
    }
    if archive.has_duplicate_names() || archive.has_overlapping_files().map_err(damaged)? {
        return Err("parts of it share a name or their bytes".to_owned());
    }
    let (kind, names) = directory(&mut archive, limits)?;
    let mut total = 0;
    for (place, name) in names.iter().enumerate() {
        total += part(&mut archive, place, name, limits, total)?;
    }
    Ok((kind, total))
}

/// What the directory says, none of it unpacked: the kind of workbook, and the names of its parts.
fn directory(
    archive: &mut ZipArchive<BufReader<&mut File>>,
    limits: &Limits,
) -> Result<(Container, Vec<String>), String> {
    let (mut names, mut total) = (Vec::new(), 0u64);
    for place in 0..archive.len() {
        let part = archive
            .by_index_raw(place)
            .map_err(|_| "a part of it cannot be found".to_owned())?;
        if part.encrypted() {
            return Err("it is encrypted".to_owned());
        }
        if !matches!(
            part.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        ) {
            return Err("a part of it is packed in a way that spreadsheets are not".to_owned());
        }
        total = total.saturating_add(part.size());
        if total > limits.bytes {
            return Err(too_large(limits));
        }
        if too_tight(part.size(), part.compressed_size(), limits) {
            return Err(bomb(limits));
        }
        names.push(String::from_utf8_lossy(part.name_raw()).to_lowercase());
    }
    let has = |name: &str| names.iter().any(|one| one == name);
    let below = |folder: &str| names.iter().any(|one| one.starts_with(folder));
    let macros = names.iter().any(|name| name.ends_with("vbaproject.bin"));
    if macros || below("xl/macrosheets/") || below("basic/") || below("scripts/") {
        return Err("it holds macros; ask for a workbook without them".to_owned());
    }
    if has("xl/workbook.bin") {
        return Err("it is a binary workbook (XLSB); ask for XLSX".to_owned());
    }
    let kind = if has("mimetype") && has("content.xml") {
        Container::Ods
    } else if has("[content_types].xml") && below("xl/") {
        Container::Xlsx
    } else {
        return Err("it is a zip archive, but no spreadsheet".to_owned());
    };
    Ok((kind, names))
}

fn too_tight(unpacked: u64, packed: u64, limits: &Limits) -> bool {
    unpacked > SMALL && unpacked / packed.max(1) > limits.ratio
}

fn bomb(limits: &Limits) -> String {
    format!(
        "a part of it unpacks to more than {} times its size, as no table does (ingest.max_unpacked_ratio)",
        limits.ratio
    )
}

/// Unpacks one part into nothing, behind `before` bytes of others; its bytes.
fn part(
    archive: &mut ZipArchive<BufReader<&mut File>>,
    place: usize,
    name: &str,
    limits: &Limits,
    before: u64,
) -> Result<u64, String> {
    let damaged = |_| "a part of it is damaged".to_owned();
    let mut part = archive
        .by_index(place)
        .map_err(|_| "a part of it does not open".to_owned())?;
    let (said, packed) = (part.size(), part.compressed_size());
    let (mut unpacked, mut chunk) = (0u64, vec![0; CHUNK]);
    let mut markup = Markup::new(name);
    let mut kept = Vec::new();
    loop {
        let length = part.read(&mut chunk).map_err(damaged)?;
        if length == 0 {
            break;
        }
        unpacked += length as u64;
        if unpacked > said {
            return Err("a part of it unpacks to more than its directory says".to_owned());
        }
        if before + unpacked > limits.bytes {
            return Err(too_large(limits));
        }
        if too_tight(unpacked, packed, limits) {
            return Err(bomb(limits));
        }
        markup.take(&chunk[..length])?;
        if name == "mimetype" && kept.len() <= ODS.len() {
            kept.extend_from_slice(&chunk[..length]);
        }
    }
    markup.end()?;
    if name == "mimetype" && !kept.trim_ascii_end().eq(ODS) {
        return Err("it is a document of another kind than a spreadsheet".to_owned());
    }
    Ok(unpacked)
}
