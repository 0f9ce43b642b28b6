//! How much memory queries may take when the settings leave it open.
use std::fs;

/// What is assumed when the machine does not tell
const UNKNOWN: u64 = 2 << 30;

/// Half of the machine's memory, or of what this process's container may use.
pub fn half_of_machine() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(container).min().unwrap_or(UNKNOWN) / 2
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_of_meminfo() {
        assert_eq!(
            total("MemTotal:       24614712 kB\nMemFree: 1 kB\n"),
            Some(24_614_712 << 10)
        );
        assert_eq!(total("anders"), None);
    }
}
