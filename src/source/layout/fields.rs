//! What a layout says of each field: a paragraph, and the values it may have.

/// A field's description
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The field's title
    pub title: String,
    /// Its first paragraph
    pub text: String,
    /// `M = man`: the values before the equals sign, when the layout lists them all one by one
    pub codes: Vec<String>,
    /// Whether the field may be blank according to the list
    pub blank: bool,
}

/// Descriptions under titles that are underlined with dashes
pub fn described(lines: &[&str]) -> Vec<Described> {
    let is_rule = |line: &&str| line.len() >= 3 && line.bytes().all(|byte| byte == b'-');
    let titles: Vec<usize> = (1..lines.len())
        .filter(|&at| is_rule(&lines[at].trim()) && !lines[at - 1].trim().is_empty())
        .map(|at| at - 1)
        .collect();
    let mut described = Vec::new();
    for (place, &at) in titles.iter().enumerate() {
        let end = titles.get(place + 1).copied().unwrap_or(lines.len());
        let body = &lines[at + 2..end.max(at + 2)];
        let text: Vec<&str> = body
            .iter()
            .skip_while(|line| line.trim().is_empty())
            .take_while(|line| !line.trim().is_empty())
            .map(|line| line.trim())
            .collect();
        let (codes, blank) = values(body);
        described.push(Described {
            title: lines[at].trim().to_owned(),
            text: text.join(" "),
            codes,
            blank,
        });
    }
    described
}

/// The list under `Mogelijke waarden:`; none unless every entry is one code
fn values(body: &[&str]) -> (Vec<String>, bool) {
    let start = body
        .iter()
        .position(|line| line.trim().to_lowercase().starts_with("mogelijke waarden"));
    let Some(start) = start else { return (Vec::new(), false) };
    let mut codes = Vec::new();
    let mut blank = false;
    let mut whole = true;
    for line in body[start + 1..].iter().take_while(|line| !line.trim().is_empty()) {
        // an entry's second line is set in
        if line.starts_with([' ', '\t']) {
            continue;
        }
        match line.split_once('=') {
            Some((code, _)) => match code.trim() {
                "[leeg]" | "leeg" => blank = true,
                code if !code.is_empty() && code.len() <= 12 && code.chars().all(char::is_alphanumeric) => {
                    codes.push(code.to_owned());
                }
                // `00 t/m 99`, `> 00`: a range
                _ => whole = false,
            },
            None => whole = false,
        }
    }
    (if whole { codes } else { Vec::new() }, blank)
}
