//! Numbers from one kind to another, in one place.

/// Rounded; for what stays between 0 and some millions.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float keeps to the bounds of the type"
)]
pub(super) fn whole(number: f64) -> u32 {
    number.round() as u32
}

/// Rounded, as a length.
pub(super) fn length(number: f64) -> usize {
    usize::try_from(whole(number)).unwrap_or(usize::MAX)
}

/// A length as a number to reckon with.
pub(super) fn number(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}

/// A place in a list.
pub(super) fn place(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// The lower half of the bits.
pub(super) fn small(bits: u64) -> u32 {
    u32::try_from(bits & 0xFFFF_FFFF).unwrap_or(0)
}

/// Cuts a total in whole parts by weight; what rounding leaves goes to the largest remainders.
pub(super) fn apportion(total: usize, weights: &[f64]) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: f64| number(total) * weight / sum;
    let mut parts: Vec<usize> = weights.iter().map(|weight| length(exact(*weight).floor())).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| exact(weights[*b]).fract().total_cmp(&exact(weights[*a]).fract()));
    let left = total.saturating_sub(parts.iter().sum());
    for at in order.into_iter().cycle().take(left) {
        parts[at] += 1;
    }
    parts
}
