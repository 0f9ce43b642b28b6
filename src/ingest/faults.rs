//! Which rows break which rule, and which are left out without breaking one.
use std::collections::BTreeSet;

/// A rule of a contract, by the name it has in reports and quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// One of the rules every contract has.
    Fixed(&'static str),
    /// A row check, by its place in the contract.
    Check(u16),
}

/// One row breaking one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Row of the batch.
    pub row: u32,
    /// Place of the column in the contract, derived columns after the others; `None`: the whole row.
    pub column: Option<u16>,
    /// The rule.
    pub rule: Rule,
}

/// The faults of one batch.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
    dropped: BTreeSet<u32>,
}

impl Faults {
    /// Notes a fault of a column.
    #[cold]
    pub fn add(&mut self, row: usize, column: usize, rule: &'static str) {
        self.list.push(Fault {
            row: small(row),
            column: u16::try_from(column).ok(),
            rule: Rule::Fixed(rule),
        });
    }

    /// Notes a fault of the row as a whole.
    #[cold]
    pub fn add_row(&mut self, row: u32, rule: Rule) {
        self.list.push(Fault {
            row,
            column: None,
            rule,
        });
    }

    /// Notes a row that the contract leaves out; whatever else is wrong with it does not count.
    #[cold]
    pub fn drop_row(&mut self, row: usize) {
        self.dropped.insert(small(row));
    }

    /// Number of rows that the contract leaves out.
    pub fn dropped(&self) -> u64 {
        self.dropped.len() as u64
    }

    /// Follows the rows into another order: `order` has the old row of each new one.
    pub fn reorder(&mut self, order: &[u32]) {
        if self.is_empty() {
            return;
        }
        let mut place = vec![0; order.len()];
        for (new, &old) in (0u32..).zip(order) {
            place[old as usize] = new;
        }
        for fault in &mut self.list {
            fault.row = place[fault.row as usize];
        }
        self.dropped = self.dropped.iter().map(|&row| place[row as usize]).collect();
    }

    /// Whether no row broke a rule or is left out.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.dropped.is_empty()
    }

    /// The first fault of each faulty row, by row.
    pub fn first_of_rows(&mut self) -> Vec<Fault> {
        self.list.sort_by_key(|fault| fault.row);
        let mut first = self.list.clone();
        first.dedup_by_key(|fault| fault.row);
        first.retain(|fault| !self.dropped.contains(&fault.row));
        first
    }

    /// Rows that are not staged: faulty ones, once for each fault, and those left out.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        let faulty = self.list.iter().map(|fault| fault.row);
        faulty.chain(self.dropped.iter().copied())
    }

    /// Forgets them, keeping the memory.
    pub fn clear(&mut self) {
        self.list.clear();
        self.dropped.clear();
    }
}

/// Row numbers within a batch fit 32 bits.
pub fn small(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_follow_their_rows() {
        let mut faults = Faults::default();
        faults.add(2, 0, "date");
        faults.add(0, 1, "range");
        faults.add(3, 1, "range");
        faults.drop_row(3);
        faults.reorder(&[2, 1, 0, 3]);
        assert_eq!((faults.dropped(), faults.rows().count()), (1, 4));
        let rows: Vec<_> = faults
            .first_of_rows()
            .iter()
            .map(|fault| (fault.row, fault.column))
            .collect();
        assert_eq!(rows, [(0, Some(0)), (2, Some(1))]);
    }
}
