//! Pairs of a 128-bit key and a value, grouped by key with bounded memory.
//!
//! Used for two rules about a whole delivery: keys that must be unique (value: the line), and pseudonyms that must
//! come from one person key each (value: a check value of the key). Beyond a number of entries they go to files in the
//! spill folder, one for each range of keys, and each range is sorted in memory by itself.
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Entries kept in memory before anything is spilled: 24 bytes each.
const IN_MEMORY: usize = 4 << 20;
/// Ranges of keys that are spilled to a file each.
const RANGES: usize = 64;

/// One pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// What is grouped by.
    pub key: u128,
    /// What is looked at in a group.
    pub value: u64,
}

/// A growing set of pairs.
pub struct KeySet {
    folder: PathBuf,
    most: usize,
    entries: Vec<Entry>,
    files: Vec<BufWriter<File>>,
}

impl KeySet {
    /// An empty set that spills to unnamed files in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            most: IN_MEMORY,
            entries: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds pairs.
    ///
    /// # Errors
    /// When the spill folder cannot be written.
    pub fn extend(&mut self, entries: &[Entry]) -> std::io::Result<()> {
        self.entries.extend_from_slice(entries);
        if self.entries.len() >= self.most {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> std::io::Result<()> {
        sort(&mut self.entries);
        // Keys repeat: when that alone makes room, nothing needs to be written.
        if self.files.is_empty() && self.entries.len() < self.most / 2 {
            return Ok(());
        }
        if self.files.is_empty() {
            std::fs::create_dir_all(&self.folder)?;
            for _ in 0..RANGES {
                self.files.push(BufWriter::new(unnamed(&self.folder)?));
            }
        }
        for entry in self.entries.drain(..) {
            let file = &mut self.files[usize::try_from(entry.key >> 122).unwrap_or(0)];
            file.write_all(&entry.key.to_le_bytes())?;
            file.write_all(&entry.value.to_le_bytes())?;
        }
        Ok(())
    }

    /// Calls `group` with the distinct entries of every key that has more than one.
    ///
    /// # Errors
    /// When the spilled entries cannot be read back.
    pub fn groups(mut self, mut group: impl FnMut(&[Entry])) -> std::io::Result<()> {
        if self.files.is_empty() {
            several(&mut self.entries, &mut group);
            return Ok(());
        }
        self.spill()?;
        for file in self.files {
            let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.rewind()?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let mut entries: Vec<Entry> = bytes.chunks_exact(24).map(entry).collect();
            several(&mut entries, &mut group);
        }
        Ok(())
    }
}

fn entry(bytes: &[u8]) -> Entry {
    let (mut key, mut value) = ([0; 16], [0; 8]);
    key.copy_from_slice(&bytes[..16]);
    value.copy_from_slice(&bytes[16..]);
    Entry {
        key: u128::from_le_bytes(key),
        value: u64::from_le_bytes(value),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn first_half(entry: &Entry) -> u64 {
    (entry.key >> 64) as u64
}

/// Sorts and leaves out what is there twice.
///
/// Keys are hashes: by their first half they are as good as sorted, and comparing that is quick.
fn sort(entries: &mut Vec<Entry>) {
    entries.sort_unstable_by_key(first_half);
    entries
        .chunk_by_mut(|one, other| first_half(one) == first_half(other))
        .filter(|chunk| chunk.len() > 1)
        .for_each(<[Entry]>::sort_unstable);
    entries.dedup();
}

fn several(entries: &mut Vec<Entry>, group: &mut impl FnMut(&[Entry])) {
    sort(entries);
    entries
        .chunk_by(|one, other| one.key == other.key)
        .filter(|chunk| chunk.len() > 1)
        .for_each(group);
}

/// A file without a name: gone when the process is, however it ends.
fn unnamed(folder: &Path) -> std::io::Result<File> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = folder.join(format!("keys-{}-{number}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spilling_changes_nothing(pairs in prop::collection::vec((0u8..20, 0u64..4), 0..200), most in 1usize..50) {
            let folder = tempfile::tempdir().unwrap();
            let entry = |&(key, value): &(u8, u64)| Entry { key: u128::from(key) << 120, value };
            let entries: Vec<Entry> = pairs.iter().map(entry).collect();
            let groups = |most| {
                let mut set = KeySet { most, ..KeySet::new(folder.path()) };
                entries.chunks(7).for_each(|chunk| set.extend(chunk).unwrap());
                let mut found = Vec::new();
                set.groups(|group| found.push(group.to_vec())).unwrap();
                found
            };
            prop_assert_eq!(groups(usize::MAX), groups(most));
        }
    }
}
