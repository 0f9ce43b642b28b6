//! How much memory queries may take when the settings leave it open.
use std::fs;
use std::path::{Path, PathBuf};

/// What is assumed when the machine does not tell
const UNKNOWN: u64 = 2 << 30;

/// Half of the machine's memory, or of what this process's container may use.
pub fn half_of_machine() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limits(&groups).into_iter().filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        text.trim().parse().ok()
    });
    machine.into_iter().chain(limits).min().unwrap_or(UNKNOWN) / 2
}

/// Files with the limits of this process's control group and of those above it.
fn limits(groups: &str) -> Vec<PathBuf> {
    let own = groups
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .unwrap_or_default();
    let root = Path::new("/sys/fs/cgroup");
    let all = Path::new(own)
        .ancestors()
        .map(|group| root.join(group).join("memory.max"));
    all.collect()
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

    #[test]
    fn a_unit_of_the_system_has_a_limit_of_its_own() {
        let files = limits("0::/system.slice/sluis.service\n");
        let files: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
        assert_eq!(
            files,
            [
                "/sys/fs/cgroup/system.slice/sluis.service/memory.max",
                "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        );
        assert_eq!(limits("").len(), 1);
    }
}
