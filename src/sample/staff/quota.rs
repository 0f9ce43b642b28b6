//! Shares are met by quota: who is in is chosen, how many are in is not left to chance.

/// Decides who of a group is in, so that `target` of them are. What was decided before stays; of the others those with
/// the largest liking are in, and the rest is out.
///
/// Called for a part of a group first and for the whole group after it, both have the number they must have.
pub(super) fn fill(decided: &mut [Option<bool>], group: &[usize], target: usize, liking: impl FnMut(usize) -> f64) {
    let already = group.iter().filter(|person| decided[**person] == Some(true)).count();
    let open: Vec<usize> = group
        .iter()
        .copied()
        .filter(|person| decided[*person].is_none())
        .collect();
    for person in &open {
        decided[*person] = Some(false);
    }
    for person in best(&open, target.saturating_sub(already), liking) {
        decided[person] = Some(true);
    }
}

/// The `count` with the largest liking, in no particular order; fewer when there are not so many.
pub(super) fn best(candidates: &[usize], count: usize, mut liking: impl FnMut(usize) -> f64) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let mut liked: Vec<(f64, usize)> = candidates.iter().map(|person| (liking(*person), *person)).collect();
    if count < liked.len() {
        liked.select_nth_unstable_by(count - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        liked.truncate(count);
    }
    liked.into_iter().map(|(_, person)| person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_and_the_whole_both_have_their_number() {
        let mut decided = vec![None; 100];
        let part: Vec<usize> = (0..30).collect();
        let all: Vec<usize> = (0..100).collect();
        let count = |decided: &[Option<bool>], group: &[usize]| {
            group.iter().filter(|person| decided[**person] == Some(true)).count()
        };
        fill(&mut decided, &part, 21, |person| -(person as f64));
        fill(&mut decided, &all, 40, |person| person as f64);
        assert_eq!((count(&decided, &part), count(&decided, &all)), (21, 40));
        assert!(decided.iter().all(Option::is_some));
        assert_eq!(decided[99], Some(true), "the most liked are in");
        fill(&mut decided, &all, 0, |_| 0.0);
        assert_eq!(count(&decided, &all), 40, "what was decided stays");
    }
}
