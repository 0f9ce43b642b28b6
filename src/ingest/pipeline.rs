//! The threads of one delivery: a reader, workers, and the caller as finisher.
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use super::IngestError;
use super::job::Job;
use super::segment::Segment;
use super::worker::Worker;
use crate::source::blocks::{Block, BlockReader};

/// Works through a delivery; `finish` gets every segment, in the order of the file, until it breaks.
///
/// Blocks in memory are bounded: one being read, one waiting, one a worker; so are encoded segments, since a block is
/// only read on a ticket that comes back when a segment is finished.
///
/// # Errors
/// The first error of reader, workers or finisher; the rest stops.
pub fn run(
    job: &Job,
    mut reader: BlockReader,
    first: Option<Block>,
    threads: usize,
    cancel: &AtomicBool,
    mut finish: impl FnMut(Segment) -> Result<ControlFlow<()>, IngestError>,
) -> Result<(), IngestError> {
    let (block_sender, blocks) = sync_channel::<Block>(1);
    let (segment_sender, segments) = channel::<Result<Segment, IngestError>>();
    let (spent_sender, spent) = channel::<Vec<u8>>();
    let (ticket_sender, tickets) = channel::<()>();
    for _ in 0..threads * 2 + 2 {
        let _ = ticket_sender.send(());
    }
    let stop = AtomicBool::new(false);
    let blocks = Mutex::new(blocks);
    std::thread::scope(|scope| {
        let told = segment_sender.clone();
        let stop = &stop;
        let reading = scope.spawn(move || {
            let ways = Ways {
                blocks: block_sender,
                spent,
                tickets,
            };
            if let Err(error) = read(&mut reader, first, &ways, stop, cancel) {
                let _ = told.send(Err(error));
            }
        });
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (segments, spent, blocks) = (segment_sender.clone(), spent_sender.clone(), &blocks);
                scope.spawn(move || work(job, blocks, &segments, &spent))
            })
            .collect();
        drop((segment_sender, spent_sender));
        let outcome = collect(&segments, &ticket_sender, &mut finish);
        stop.store(true, Ordering::SeqCst);
        drop((segments, ticket_sender));
        let died = workers
            .into_iter()
            .map(|worker| worker.join().is_err())
            .fold(false, |died, dead| died | dead);
        let died = reading.join().is_err() | died;
        match outcome {
            Ok(()) if died => Err(IngestError::Worker),
            outcome => outcome,
        }
    })
}

/// The channels of the reading thread.
struct Ways {
    blocks: SyncSender<Block>,
    spent: Receiver<Vec<u8>>,
    tickets: Receiver<()>,
}

fn read(
    reader: &mut BlockReader,
    first: Option<Block>,
    ways: &Ways,
    stop: &AtomicBool,
    cancel: &AtomicBool,
) -> Result<(), IngestError> {
    let mut next = first;
    while let Some(block) = next {
        if cancel.load(Ordering::SeqCst) {
            return Err(IngestError::Cancelled);
        }
        // A closed channel means that the others stopped, with their own reason.
        if stop.load(Ordering::SeqCst) || ways.tickets.recv().is_err() || ways.blocks.send(block).is_err() {
            return Ok(());
        }
        next = reader.next(ways.spent.try_recv().unwrap_or_default())?;
    }
    Ok(())
}

fn work(
    job: &Job,
    blocks: &Mutex<Receiver<Block>>,
    segments: &Sender<Result<Segment, IngestError>>,
    spent: &Sender<Vec<u8>>,
) {
    let mut worker = match Worker::new(job) {
        Ok(worker) => worker,
        Err(error) => {
            let _ = segments.send(Err(error));
            return;
        }
    };
    loop {
        let block = blocks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut block) = block else { return };
        let outcome = worker.work(&mut block);
        let failed = outcome.is_err();
        let _ = spent.send(block.bytes);
        if segments.send(outcome).is_err() || failed {
            return;
        }
    }
}

/// Hands segments on in order.
fn collect(
    segments: &Receiver<Result<Segment, IngestError>>,
    tickets: &Sender<()>,
    finish: &mut impl FnMut(Segment) -> Result<ControlFlow<()>, IngestError>,
) -> Result<(), IngestError> {
    let (mut next, mut early) = (0, BTreeMap::new());
    for segment in segments {
        let segment = segment?;
        early.insert(segment.index, segment);
        while let Some(segment) = early.remove(&next) {
            if finish(segment)?.is_break() {
                return Ok(());
            }
            let _ = tickets.send(());
            next += 1;
        }
    }
    if early.is_empty() {
        Ok(())
    } else {
        Err(IngestError::Worker)
    }
}
