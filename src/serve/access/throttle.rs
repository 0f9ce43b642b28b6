//! Failed logins, counted by address.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Over which failures are counted, and how long an address waits that has too many.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered at most; with more the oldest are forgotten.
const MOST: usize = 10_000;

/// Slows down who keeps guessing.
#[derive(Debug)]
pub struct Throttle {
    most: u32,
    failed: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Throttle {
    /// Lets `most` failures of an address through in a minute.
    pub fn new(most: u32) -> Self {
        Self {
            most,
            failed: Mutex::default(),
        }
    }

    /// How long an address has to wait before it may try.
    pub fn wait(&self, peer: IpAddr, now: Instant) -> Option<Duration> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = failed.get(&peer)?;
        let left = WINDOW.checked_sub(now.saturating_duration_since(*since))?;
        (*count >= self.most && !left.is_zero()).then_some(left)
    }

    /// Counts a failure.
    pub fn failed(&self, peer: IpAddr, now: Instant) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= MOST {
            failed.retain(|_, (since, _)| now.saturating_duration_since(*since) < WINDOW);
        }
        if failed.len() >= MOST {
            failed.clear();
        }
        let entry = failed.entry(peer).or_insert((now, 0));
        if now.saturating_duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_guessing_waits_and_others_do_not() {
        let throttle = Throttle::new(3);
        let (guesser, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(throttle.wait(guesser, start), None);
            throttle.failed(guesser, start);
        }
        let half = start + Duration::from_secs(30);
        assert_eq!(throttle.wait(guesser, half), Some(Duration::from_secs(30)));
        assert_eq!(throttle.wait(other, half), None);
        assert_eq!(throttle.wait(guesser, start + Duration::from_secs(60)), None);
        throttle.failed(guesser, start + Duration::from_secs(61));
        assert_eq!(throttle.wait(guesser, start + Duration::from_secs(62)), None);
    }
}
