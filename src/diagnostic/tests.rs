use std::sync::Arc;

use super::*;

#[test]
fn shows_place_rule_and_hint() {
    let text: Arc<str> = Arc::from("a = 1\n[ingest]\nblok_bytes = 2\n");
    let problem = Problem::error(
        "config/sluis.toml",
        "unknown-key",
        "there is no setting `ingest.blok_bytes`",
    )
    .at(&text, 15..25)
    .hint("did you mean `block_bytes`?");
    assert_eq!(problem.line_column(), Some((3, 1)));
    assert_eq!(
        problem.to_string(),
        "config/sluis.toml:3:1: error[unknown-key]: there is no setting `ingest.blok_bytes`\n  hint: did you mean `block_bytes`?"
    );
}

#[test]
fn column_counts_characters() {
    let text: Arc<str> = Arc::from("é = ü!");
    let problem = Problem::warning("x", "r", "m").at(&text, 7..8);
    assert_eq!(problem.line_column(), Some((1, 6)));
}

#[test]
fn marks_the_line() {
    let text: Arc<str> = Arc::from("a = 1\nb\u{1b} = oops\n");
    let problem = Problem::error("x.toml", "toml", "a value was expected")
        .at(&text, 11..15)
        .hint("write a number");
    let mut shown = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .render_report(&mut shown, &problem.marked())
        .unwrap();
    insta::assert_snapshot!(shown);
}

#[test]
fn suggests_only_what_is_near() {
    let keys = ["block_bytes", "threads", "max_columns"];
    assert_eq!(nearest("blok_bytes", keys), Some("block_bytes"));
    assert_eq!(nearest("THREADS", keys), Some("threads"));
    assert_eq!(nearest("thread", keys), Some("threads"));
    assert_eq!(nearest("colour", keys), None);
}

#[test]
fn toml_errors_suggest_the_nearest_key() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[allow(dead_code, reason = "only its name matters")]
        delimiter: String,
    }
    let text: Arc<str> = Arc::from("delimeter = \";\"\n");
    let error = toml::from_str::<Small>(&text).unwrap_err();
    insta::assert_snapshot!(toml_problem("p.toml", &text, &error));
    let text: Arc<str> = Arc::from("\n");
    let error = toml::from_str::<Small>(&text).unwrap_err();
    insta::assert_snapshot!(toml_problem("p.toml", &text, &error));
    let text: Arc<str> = Arc::from("delimiter = 3\n");
    let error = toml::from_str::<Small>(&text).unwrap_err();
    insta::assert_snapshot!(toml_problem("p.toml", &text, &error));
}

#[test]
fn nothing_steers_the_terminal() {
    assert_eq!(printable("plain é"), "plain é");
    assert_eq!(printable("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
    assert_eq!(printable_lines("a\nb\r"), "a\nb\\r");
}
