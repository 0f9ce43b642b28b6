//! Compound files (Excel 97 to 2003, and encrypted newer ones): what their directory names, and whether they are whole.
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Bytes of the header.
const HEADER: usize = 512;
/// Bytes of an entry of the directory; entries stand at multiples of it.
const ENTRY: usize = 128;
/// Where in an entry the length of its name stands, in bytes with the end mark.
const LENGTH: usize = 64;
/// Numbers of sectors above this are marks.
const MARKS: u32 = 0xffff_fffa;
/// The mark of a sector that is not used.
const FREE: u32 = 0xffff_ffff;

/// Refuses what is encrypted, has macros, is no workbook, or is cut off.
///
/// # Errors
/// What is refused.
pub fn check(file: &mut File) -> Result<(), String> {
    let system = |error: std::io::Error| error.to_string();
    let size = file.metadata().map_err(system)?.len();
    let (mut encrypted, mut macros, mut workbook) = (false, false, false);
    let mut reader = BufReader::with_capacity(1 << 16, &mut *file);
    let mut entry = [0; ENTRY];
    while fill(&mut reader, &mut entry).map_err(system)? {
        let is = |name: &str| named(&entry, name);
        encrypted |= is("EncryptedPackage") || is("EncryptionInfo");
        macros |= is("_VBA_PROJECT_CUR") || is("_VBA_PROJECT") || is("VBA");
        workbook |= is("Workbook") || is("Book");
    }
    drop(reader);
    if encrypted {
        Err("it is encrypted; ask for a workbook without a password".to_owned())
    } else if macros {
        Err("it holds macros; ask for a workbook without them".to_owned())
    } else if size < used(file, size).ok_or("its table of contents is damaged")? {
        Err("it is cut off".to_owned())
    } else if !workbook {
        Err("it is a document of another kind than a spreadsheet".to_owned())
    } else {
        Ok(())
    }
}

/// Reads an entry's bytes; false at the end of the file.
fn fill(reader: &mut impl Read, entry: &mut [u8]) -> std::io::Result<bool> {
    match reader.read_exact(entry) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether these bytes are an entry of this name.
fn named(entry: &[u8; ENTRY], name: &str) -> bool {
    let length = usize::from(entry[LENGTH]) | usize::from(entry[LENGTH + 1]) << 8;
    let mut wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    wide.extend([0, 0]);
    length == wide.len() && entry[..length].eq_ignore_ascii_case(&wide)
}

/// The fewest bytes a file has whose sectors in use are all there: the last one may be shorter. A reader takes what is left
/// of a file that was cut off for all of it.
fn used(file: &mut File, size: u64) -> Option<u64> {
    let header = sector(file, 0, HEADER)?;
    let shift = u16::from_le_bytes([header[30], header[31]]);
    let bytes = match shift {
        9 => 512,
        12 => 4096,
        _ => return None,
    };
    let length = u64::try_from(bytes).ok()?;
    let place = |number: u32| (u64::from(number) + 1) * length;
    // the table of sectors is itself in sectors: the header lists the first of them, a chain the others
    let mut tables: Vec<u32> = numbers(&header[76..]).collect();
    let mut next = u32::from_le_bytes(header[68..72].try_into().ok()?);
    let mut chained = 0;
    while next < MARKS {
        chained += 1;
        if chained > size / length {
            return None;
        }
        let mut list: Vec<u32> = numbers(&sector(file, place(next), bytes)?).collect();
        next = list.pop()?;
        tables.append(&mut list);
    }
    let (mut number, mut last) = (0u32, 0u32);
    for table in tables.into_iter().filter(|table| *table < MARKS) {
        for mark in numbers(&sector(file, place(table), bytes)?) {
            if mark != FREE {
                last = number;
            }
            number = number.checked_add(1)?;
        }
    }
    Some(place(last) + 1)
}

fn sector(file: &mut File, at: u64, bytes: usize) -> Option<Vec<u8>> {
    let mut sector = vec![0; bytes];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut sector).ok()?;
    Some(sector)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let chunks = bytes.chunks_exact(4);
    chunks.map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A compound file of a directory in sector 1 and `sectors` more, of which the table in sector 0 knows.
    fn file(names: &[&str], sectors: usize) -> File {
        let mut bytes = vec![0; HEADER];
        bytes[30] = 9;
        bytes[68..HEADER].fill(0xff);
        bytes[76..80].fill(0);
        let mut table = vec![0xff; 512];
        table[..4 * (sectors + 2)].fill(0xfe);
        bytes.extend(table);
        for name in names {
            let mut entry = [0; ENTRY];
            let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            entry[..wide.len()].copy_from_slice(&wide);
            entry[LENGTH] = u8::try_from(wide.len() + 2).unwrap();
            bytes.extend(entry);
        }
        bytes.resize(HEADER + 512 * (sectors + 2), 0);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn what_the_directory_names_decides() {
        assert_eq!(check(&mut file(&["Root Entry", "Workbook"], 1)), Ok(()));
        for (names, word) in [
            (["EncryptionInfo", "EncryptedPackage"], "encrypted"),
            (["Workbook", "_VBA_PROJECT_CUR"], "macros"),
            (["Root Entry", "WordDocument"], "another kind"),
        ] {
            assert!(check(&mut file(&names, 1)).unwrap_err().contains(word), "{names:?}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused() {
        let mut whole = file(&["Root Entry", "Workbook"], 3);
        let size = whole.metadata().unwrap().len();
        for (left, expected) in [
            (size - 511, Ok(())),
            (size - 512, Err("it is cut off".to_owned())),
            (700, Err("its table of contents is damaged".to_owned())),
        ] {
            whole.set_len(left).unwrap();
            whole.rewind().unwrap();
            assert_eq!(check(&mut whole), expected, "{left}");
        }
    }
}
