//! A model file system that forgets at a crash what was not synced.
//!
//! Operations on a real lake are recorded and replayed on the model. A file's bytes last from the moment
//! it is synced; a folder's entries from the moment the folder is. At a crash everything else may be there
//! or not, each entry on its own.

use crate::lake::disk::{Op, OpKind, Watch};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

/// An operation that changes something, as it was recorded
#[derive(Debug, Clone)]
pub(super) enum Step {
    CreateDir(PathBuf),
    CreateFile(PathBuf),
    /// With the bytes at that moment
    SyncFile(PathBuf, Arc<Vec<u8>>),
    SyncDir(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    /// At, target
    Symlink(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Records the steps
#[derive(Debug, Default)]
pub(super) struct Recorder {
    steps: Mutex<Vec<Step>>,
}

impl Recorder {
    pub(super) fn steps(&self) -> Vec<Step> {
        self.steps.lock().unwrap().clone()
    }
}

impl Watch for Recorder {
    fn before(&self, _: &Op<'_>) -> io::Result<()> {
        Ok(())
    }

    fn after(&self, op: &Op<'_>) -> io::Result<()> {
        let path = op.path.to_owned();
        let to = || op.to.unwrap().to_owned();
        let step = match op.kind {
            OpKind::CreateDir => Step::CreateDir(path),
            OpKind::CreateFile => Step::CreateFile(path),
            OpKind::SyncFile => Step::SyncFile(path.clone(), Arc::new(fs::read(path)?)),
            OpKind::SyncDir => Step::SyncDir(path),
            OpKind::Rename | OpKind::RenameNew => Step::Rename(path, to()),
            OpKind::Link => Step::Link(path, to()),
            OpKind::Symlink => Step::Symlink(path, to()),
            OpKind::RemoveFile | OpKind::RemoveDir => Step::Remove(path),
            // bytes are seen when they are synced, and may be anything before
            OpKind::Open | OpKind::Read | OpKind::List | OpKind::Lock | OpKind::Write => return Ok(()),
        };
        self.steps.lock().unwrap().push(step);
        Ok(())
    }
}

#[derive(Debug, Clone)]
enum Node {
    Dir {
        lasting: BTreeMap<String, usize>,
        pending: Vec<Change>,
    },
    File {
        lasting: Option<Arc<Vec<u8>>>,
        written: Arc<Vec<u8>>,
    },
    Link(PathBuf),
}

#[derive(Debug, Clone)]
enum Change {
    Put(String, usize),
    Take(String),
    Move(String, String, usize),
}

/// What is left at a crash of what was not synced
#[derive(Debug, Clone, Copy)]
pub(super) enum Left {
    Nothing,
    Everything,
    /// Each change on its own, by a seed
    Some(u64),
}

/// The model
#[derive(Debug, Clone)]
pub(super) struct Model {
    root: PathBuf,
    nodes: Vec<Node>,
}

fn empty_dir() -> Node {
    Node::Dir {
        lasting: BTreeMap::new(),
        pending: Vec::new(),
    }
}

impl Model {
    /// A model of a tree of which everything is synced
    pub(super) fn of(root: &Path) -> Self {
        let mut model = Self {
            root: root.to_owned(),
            nodes: vec![empty_dir()],
        };
        model.load(root, 0);
        model
    }

    fn load(&mut self, path: &Path, dir: usize) {
        for entry in fs::read_dir(path).unwrap() {
            let (path, name) = entry
                .map(|entry| (entry.path(), entry.file_name().into_string().unwrap()))
                .unwrap();
            let node = if path.is_symlink() {
                Node::Link(fs::read_link(&path).unwrap())
            } else if path.is_dir() {
                empty_dir()
            } else {
                let bytes = Arc::new(fs::read(&path).unwrap());
                Node::File {
                    lasting: Some(Arc::clone(&bytes)),
                    written: bytes,
                }
            };
            let number = self.push(node);
            let Node::Dir { lasting, .. } = &mut self.nodes[dir] else {
                unreachable!()
            };
            lasting.insert(name, number);
            if path.is_dir() && !path.is_symlink() {
                self.load(&path, number);
            }
        }
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn find(&self, path: &Path) -> usize {
        let mut at = 0;
        for part in path.strip_prefix(&self.root).unwrap().components() {
            let name = part.as_os_str().to_str().unwrap();
            let Node::Dir { lasting, pending } = &self.nodes[at] else {
                panic!("{} is no folder", path.display())
            };
            let entries = after(lasting, pending, |_| true);
            at = *entries
                .get(name)
                .unwrap_or_else(|| panic!("{} is not in the model", path.display()));
        }
        at
    }

    fn change(&mut self, dir: &Path, change: Change) {
        let at = self.find(dir);
        let Node::Dir { pending, .. } = &mut self.nodes[at] else {
            panic!("{} is no folder", dir.display())
        };
        pending.push(change);
    }

    /// Does a step; `later` are the steps after it
    pub(super) fn apply(&mut self, step: &Step, later: &[Step]) {
        let split = |path: &Path| {
            (
                path.parent().unwrap().to_owned(),
                path.file_name().unwrap().to_str().unwrap().to_owned(),
            )
        };
        match step {
            // the lake's own folder is the root of the model
            Step::CreateDir(path) | Step::SyncDir(path) if !path.starts_with(&self.root) => {}
            Step::CreateDir(path) => {
                let (dir, name) = split(path);
                let number = self.push(empty_dir());
                self.change(&dir, Change::Put(name, number));
            }
            Step::CreateFile(path) => {
                let (dir, name) = split(path);
                let synced = later.iter().find_map(|step| match step {
                    Step::SyncFile(synced, bytes) if synced == path => Some(Arc::clone(bytes)),
                    _ => None,
                });
                let number = self.push(Node::File {
                    lasting: None,
                    written: synced.unwrap_or_default(),
                });
                self.change(&dir, Change::Put(name, number));
            }
            Step::SyncFile(path, bytes) => {
                let at = self.find(path);
                self.nodes[at] = Node::File {
                    lasting: Some(Arc::clone(bytes)),
                    written: Arc::clone(bytes),
                };
            }
            Step::SyncDir(path) => {
                let at = self.find(path);
                let Node::Dir { lasting, pending } = &mut self.nodes[at] else {
                    panic!("{} is no folder", path.display())
                };
                *lasting = after(lasting, pending, |_| true);
                pending.clear();
            }
            Step::Rename(from, to) => {
                let ((dir, name), (to_dir, to_name)) = (split(from), split(to));
                assert_eq!(dir, to_dir, "a rename to another folder is not one change");
                let number = self.find(from);
                self.change(&dir, Change::Move(name, to_name, number));
            }
            Step::Link(from, to) => {
                let (number, (dir, name)) = (self.find(from), split(to));
                self.change(&dir, Change::Put(name, number));
            }
            Step::Symlink(at, target) => {
                let (dir, name) = split(at);
                let number = self.push(Node::Link(target.clone()));
                self.change(&dir, Change::Put(name, number));
            }
            Step::Remove(path) => {
                let (dir, name) = split(path);
                self.change(&dir, Change::Take(name));
            }
        }
    }

    /// Writes to `into` what a crash at this moment may leave
    pub(super) fn crash(&self, left: Left, into: &Path) {
        let mut random = ChaCha8Rng::seed_from_u64(if let Left::Some(seed) = left { seed } else { 0 });
        self.write(0, left, &mut random, into);
    }

    fn write(&self, at: usize, left: Left, random: &mut ChaCha8Rng, into: &Path) {
        match &self.nodes[at] {
            Node::Link(target) => std::os::unix::fs::symlink(target, into).unwrap(),
            Node::File {
                lasting: Some(bytes), ..
            } => fs::write(into, bytes.as_slice()).unwrap(),
            Node::File { lasting: None, written } => {
                let length = match left {
                    Left::Nothing => 0,
                    Left::Everything => written.len(),
                    Left::Some(_) => random.random_range(0..=written.len()),
                };
                fs::write(into, &written[..length]).unwrap();
            }
            Node::Dir { lasting, pending } => {
                let entries = match left {
                    Left::Nothing => lasting.clone(),
                    Left::Everything => after(lasting, pending, |_| true),
                    Left::Some(_) => {
                        let keep: Vec<bool> = pending.iter().map(|_| random.random_bool(0.5)).collect();
                        after(lasting, pending, |i| keep[i])
                    }
                };
                fs::create_dir_all(into).unwrap();
                for (name, number) in entries {
                    self.write(number, left, random, &into.join(name));
                }
            }
        }
    }
}

/// The entries of a folder after some of its changes
fn after(
    lasting: &BTreeMap<String, usize>,
    pending: &[Change],
    happened: impl Fn(usize) -> bool,
) -> BTreeMap<String, usize> {
    let mut entries = lasting.clone();
    for (_, change) in pending.iter().enumerate().filter(|(i, _)| happened(*i)) {
        match change {
            Change::Put(name, number) => {
                entries.insert(name.clone(), *number);
            }
            Change::Take(name) => {
                entries.remove(name);
            }
            Change::Move(from, to, number) => {
                entries.remove(from);
                entries.insert(to.clone(), *number);
            }
        }
    }
    entries
}
