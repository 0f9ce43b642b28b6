//! "Did you mean" suggestions.

/// The option nearest to the word, if any is near enough to be worth suggesting: at most a third of the
/// letters differ (swapped neighbours count as one), or one is the beginning of the other.
pub fn nearest<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, &'a str)> = None;
    for option in options {
        let candidate = option.to_lowercase();
        let distance = strsim::damerau_levenshtein(&word, &candidate);
        let allowed = (word.chars().count().max(candidate.chars().count()) / 3).max(1);
        let prefix = word.chars().count() >= 3 && (candidate.starts_with(&word) || word.starts_with(&candidate));
        if (distance <= allowed || prefix) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, option));
        }
    }
    best.map(|(_, option)| option)
}
