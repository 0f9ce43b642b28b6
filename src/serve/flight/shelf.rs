//! Things kept for a client under a handle that cannot be guessed, for a while.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::serve::Principal;

/// What a client names a thing by: 128 bits of chance.
pub(super) type Handle = [u8; 16];

/// A handle nobody has.
pub(super) fn handle() -> Result<Handle, getrandom::Error> {
    let mut handle = Handle::default();
    getrandom::fill(&mut handle)?;
    Ok(handle)
}

/// Things of many owners. Who does not own a thing cannot tell it from one that is not there.
pub(super) struct Shelf<T> {
    most: usize,
    keeps: Duration,
    places: Mutex<HashMap<Handle, Place<T>>>,
}

struct Place<T> {
    owner: Principal,
    until: Instant,
    thing: T,
}

impl<T> Shelf<T> {
    /// A shelf that keeps `most` things of an owner, each for the time `keeps` after it was last used.
    pub(super) fn new(most: usize, keeps: Duration) -> Shelf<T> {
        Shelf {
            most,
            keeps,
            places: Mutex::default(),
        }
    }

    /// Keeps `thing`; where its owner has too many, the one that was left longest goes.
    pub(super) fn put(&self, owner: &Principal, thing: T, now: Instant) -> Result<Handle, getrandom::Error> {
        let handle = handle()?;
        let mut places = self.lock();
        places.retain(|_, place| place.until > now);
        let owned = places.iter().filter(|(_, place)| place.owner == *owner);
        if owned.clone().count() >= self.most {
            let oldest = owned.min_by_key(|(_, place)| place.until).map(|(handle, _)| *handle);
            oldest.map(|handle| places.remove(&handle));
        }
        let place = Place {
            owner: owner.clone(),
            until: now + self.keeps,
            thing,
        };
        places.insert(handle, place);
        Ok(handle)
    }

    /// Takes a thing off the shelf.
    pub(super) fn take(&self, owner: &Principal, handle: &[u8], now: Instant) -> Option<T> {
        let handle = Handle::try_from(handle).ok()?;
        let mut places = self.lock();
        let theirs = places
            .get(&handle)
            .is_some_and(|place| place.owner == *owner && place.until > now);
        let place = theirs.then(|| places.remove(&handle))?;
        place.map(|place| place.thing)
    }

    /// Uses a thing where it is; its time starts anew.
    pub(super) fn with<R>(
        &self,
        owner: &Principal,
        handle: &[u8],
        now: Instant,
        work: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let handle = Handle::try_from(handle).ok()?;
        let mut places = self.lock();
        let place = places.get_mut(&handle)?;
        if place.owner != *owner || place.until <= now {
            return None;
        }
        place.until = now + self.keeps;
        Some(work(&mut place.thing))
    }

    /// Drops what nobody came back for.
    pub(super) fn sweep(&self, now: Instant) {
        self.lock().retain(|_, place| place.until > now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Handle, Place<T>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
