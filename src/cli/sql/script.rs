//! Text into statements: a semicolon ends one, unless it stands in quotes or a comment. A line that starts with `\`
//! where a statement would start is a command of the shell.
use std::ops::Range;

/// A part of a script that runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A statement, without its semicolon and the comments before it.
    Statement(Range<usize>),
    /// A command of the shell, from its backslash to the end of the line.
    Command(Range<usize>),
}

/// A script, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// What runs, in order.
    pub pieces: Vec<Piece>,
    /// A last statement that no semicolon ends.
    pub open: Option<Range<usize>>,
    /// Where a quote or comment opened that nothing closes.
    pub unclosed: Option<usize>,
}

impl Script {
    /// Takes a text apart.
    pub fn of(text: &str) -> Script {
        let mut script = Script::default();
        let mut start: Option<usize> = None;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let next = at + c.len_utf8();
            let rest = &text[next..];
            // the end of what starts here, when it is more than this character
            let end = match c {
                '\'' | '"' | '`' => quoted(text, next, c),
                '-' if rest.starts_with('-') => Some(line_end(text, at)),
                '/' if rest.starts_with('*') => commented(text, at),
                '$' => dollar_quoted(text, at).unwrap_or(Some(next)),
                '\\' if start.is_none() => {
                    let end = line_end(text, at);
                    script.pieces.push(Piece::Command(at..end));
                    at = end;
                    continue;
                }
                _ => Some(next),
            };
            let Some(end) = end else {
                script.unclosed = Some(at);
                script.open = Some(start.unwrap_or(at)..text.len());
                return script;
            };
            let comment = end > next && matches!(c, '-' | '/');
            if c == ';' {
                script
                    .pieces
                    .extend(start.take().map(|start| Piece::Statement(start..at)));
            } else if start.is_none() && !comment && !c.is_whitespace() {
                start = Some(at);
            }
            at = end;
        }
        script.open = start.map(|start| start..text.trim_end().len());
        script
    }

    /// The statements and commands, the last statement too if only its semicolon is missing.
    pub fn all(mut self) -> Vec<Piece> {
        self.pieces.extend(self.open.take().map(Piece::Statement));
        self.pieces
    }
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |length| from + length)
}

/// Past the closing quote; a doubled quote stays inside.
fn quoted(text: &str, from: usize, quote: char) -> Option<usize> {
    let mut at = from;
    loop {
        at += text[at..].find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

/// Past the end of a block comment; they nest.
fn commented(text: &str, from: usize) -> Option<usize> {
    let (mut at, mut depth) = (from + 2, 1);
    while depth > 0 {
        let close = at + text[at..].find("*/")?;
        match text[at..close].find("/*") {
            Some(open) => (at, depth) = (at + open + 2, depth + 1),
            None => (at, depth) = (close + 2, depth - 1),
        }
    }
    Some(at)
}

/// `None`: no dollar quote starts here. `Some(None)`: it does, and nothing closes it.
fn dollar_quoted(text: &str, from: usize) -> Option<Option<usize>> {
    let length = text[from + 1..].find('$')?;
    let tag = &text[from..from + length + 2];
    let named = |c: char| c.is_alphanumeric() || c == '_';
    if !tag[1..tag.len() - 1].chars().all(named) || tag[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let body = from + tag.len();
    Some(text[body..].find(tag).map(|length| body + length + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        let pieces = Script::of(text).all();
        pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Statement(range) | Piece::Command(range) => &text[range],
            })
            .collect()
    }

    #[test]
    fn semicolons_in_quotes_and_comments_end_nothing() {
        assert_eq!(parts("select 1; select 2"), ["select 1", "select 2"]);
        assert_eq!(
            parts("select ';', 'it''s;' ; select \"a;b\""),
            ["select ';', 'it''s;' ", "select \"a;b\""]
        );
        assert_eq!(parts("select 1 -- one; two\n+ 1;"), ["select 1 -- one; two\n+ 1"]);
        assert_eq!(parts("/* a /* b; */ ; */ select 1;"), ["select 1"]);
        assert_eq!(parts("select $$a;b$$, $x$;$$;$x$;"), ["select $$a;b$$, $x$;$$;$x$"]);
        assert_eq!(parts(";; \n;"), [""; 0]);
        assert_eq!(parts("-- nothing\n"), [""; 0]);
    }

    #[test]
    fn commands_take_their_line_and_only_where_a_statement_starts() {
        assert_eq!(parts("\\d mart.x\nselect 1;\n\\q"), ["\\d mart.x", "select 1", "\\q"]);
        assert_eq!(parts("select '\\d'\n;"), ["select '\\d'\n"]);
    }

    #[test]
    fn what_is_open_is_told() {
        assert_eq!(Script::of("select 1").open, Some(0..8));
        assert_eq!(Script::of("select 1;  ").open, None);
        assert_eq!(Script::of("select 'a;").unclosed, Some(7));
        assert_eq!(Script::of("/* a").unclosed, Some(0));
        assert_eq!(Script::of("select $x$ a").unclosed, Some(7));
        assert_eq!(Script::of("select $1 + 1;").unclosed, None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart(text in "[a;'\"$/*\\\\\n -é]{0,40}") {
            let script = Script::of(&text);
            for piece in script.all() {
                let (Piece::Statement(range) | Piece::Command(range)) = piece;
                proptest::prop_assert!(!text[range].trim().is_empty());
            }
        }
    }
}
