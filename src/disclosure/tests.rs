//! Rules on rows in memory.
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use arrow::util::pretty::pretty_format_batches;
use proptest::prelude::*;

use super::*;

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn count(column: &str, min: u64, blank: &[&str]) -> Count {
    Count {
        column: column.into(),
        min,
        blank: texts(blank),
    }
}

fn rule() -> Rule {
    Rule {
        dimensions: texts(&["groep"]),
        counts: Vec::new(),
        units: Vec::new(),
        shares: Vec::new(),
        blank: Vec::new(),
        zeros: Zeros::Show,
        totals: Vec::new(),
        unpublished: Vec::new(),
    }
}

fn share(extremes: Zeros) -> Rule {
    let share = Share {
        columns: texts(&["aandeel"]),
        numerator: "deel".into(),
        denominator: "geheel".into(),
        min: 6,
        extremes,
    };
    Rule {
        counts: vec![count("deel", 6, &[]), count("geheel", 6, &["fte"])],
        shares: vec![share],
        ..rule()
    }
}

/// Numbers as one table: `groep` tells the rows apart, columns are whole numbers but for those named `aandeel` and `fte`.
fn rows(columns: &[(&str, Vec<Option<i64>>)]) -> RecordBatch {
    let rows = columns.first().map_or(0, |(_, numbers)| numbers.len());
    let groups: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("g{row}"))));
    let column = |(name, numbers): &(&str, Vec<Option<i64>>)| -> (String, ArrayRef, bool) {
        let array: ArrayRef = match *name {
            "aandeel" | "fte" => Arc::new(
                numbers
                    .iter()
                    .map(|n| n.map(|n| f64::from(i32::try_from(n).unwrap()) / 2.0))
                    .collect::<Float64Array>(),
            ),
            _ => Arc::new(Int64Array::from(numbers.clone())),
        };
        ((*name).to_owned(), array, true)
    };
    let all = std::iter::once(("groep".to_owned(), groups, true)).chain(columns.iter().map(column));
    RecordBatch::try_from_iter_with_nullable(all).unwrap()
}

fn publish(rule: &Rule, rows: &RecordBatch) -> RecordBatch {
    let schema = rule.published_schema(&rows.schema(), &[]);
    rule.publish(rows, &schema).unwrap()
}

/// What is published, as people see it.
fn shown(rule: &Rule, columns: &[(&str, Vec<Option<i64>>)]) -> String {
    pretty_format_batches(&[publish(rule, &rows(columns))])
        .unwrap()
        .to_string()
}

fn all(numbers: &[i64]) -> Vec<Option<i64>> {
    numbers.iter().copied().map(Some).collect()
}

#[test]
fn a_count_below_its_minimum_is_withheld_with_what_belongs_to_it() {
    let rule = Rule {
        counts: vec![count("personen", 6, &["fte"]), count("vrouwen", 3, &[])],
        blank: texts(&["uren"]),
        ..rule()
    };
    let columns = [
        ("personen", vec![Some(0), Some(5), Some(6), Some(40), None, Some(-1)]),
        ("vrouwen", all(&[0, 4, 2, 3, 9, 9])),
        ("fte", all(&[0, 9, 9, 9, 9, 9])),
        ("uren", all(&[0, 1, 2, 3, 4, 5])),
    ];
    insta::assert_snapshot!(shown(&rule, &columns), @r#"
        +-------+----------+---------+-----+------+---------+
        | groep | personen | vrouwen | fte | uren | status  |
        +-------+----------+---------+-----+------+---------+
        | g0    | 0        | 0       | 0.0 | 0    |         |
        | g1    |          | 4       |     |      | primary |
        | g2    | 6        |         | 4.5 |      | primary |
        | g3    | 40       | 3       | 4.5 | 3    |         |
        | g4    |          | 9       |     |      | primary |
        | g5    |          | 9       |     |      | primary |
        +-------+----------+---------+-----+------+---------+
        "#);
    let protected = Rule {
        zeros: Zeros::Protect,
        ..rule
    };
    insta::assert_snapshot!(shown(&protected, &columns), @r#"
        +-------+----------+---------+-----+------+---------+
        | groep | personen | vrouwen | fte | uren | status  |
        +-------+----------+---------+-----+------+---------+
        | g0    |          |         |     |      | primary |
        | g1    |          | 4       |     |      | primary |
        | g2    | 6        |         | 4.5 |      | primary |
        | g3    | 40       | 3       | 4.5 | 3    |         |
        | g4    |          | 9       |     |      | primary |
        | g5    |          | 9       |     |      | primary |
        +-------+----------+---------+-----+------+---------+
        "#);
}

#[test]
fn a_share_is_withheld_with_its_numerator_when_either_side_is_small() {
    let columns = [
        ("deel", all(&[0, 5, 6, 14, 15, 20, 3, 0, 0])),
        ("geheel", all(&[20, 20, 20, 20, 20, 20, 5, 5, 0])),
        ("aandeel", all(&[0, 1, 2, 3, 4, 5, 6, 7, 8])),
        ("fte", all(&[0, 1, 2, 3, 4, 5, 6, 7, 8])),
    ];
    insta::assert_snapshot!(shown(&share(Zeros::Protect), &columns), @r#"
        +-------+------+--------+---------+-----+---------+
        | groep | deel | geheel | aandeel | fte | status  |
        +-------+------+--------+---------+-----+---------+
        | g0    |      | 20     |         | 0.0 | primary |
        | g1    |      | 20     |         | 0.5 | primary |
        | g2    | 6    | 20     | 1.0     | 1.0 |         |
        | g3    | 14   | 20     | 1.5     | 1.5 |         |
        | g4    |      | 20     |         | 2.0 | primary |
        | g5    |      | 20     |         | 2.5 | primary |
        | g6    |      |        |         |     | primary |
        | g7    |      |        |         |     | primary |
        | g8    | 0    | 0      | 4.0     | 4.0 |         |
        +-------+------+--------+---------+-----+---------+
        "#);
    insta::assert_snapshot!(shown(&share(Zeros::Show), &columns), @r#"
        +-------+------+--------+---------+-----+---------+
        | groep | deel | geheel | aandeel | fte | status  |
        +-------+------+--------+---------+-----+---------+
        | g0    | 0    | 20     | 0.0     | 0.0 |         |
        | g1    |      | 20     |         | 0.5 | primary |
        | g2    | 6    | 20     | 1.0     | 1.0 |         |
        | g3    | 14   | 20     | 1.5     | 1.5 |         |
        | g4    |      | 20     |         | 2.0 | primary |
        | g5    | 20   | 20     | 2.5     | 2.5 |         |
        | g6    |      |        |         |     | primary |
        | g7    |      |        |         |     | primary |
        | g8    | 0    | 0      | 4.0     | 4.0 |         |
        +-------+------+--------+---------+-----+---------+
        "#);
}

#[test]
fn a_share_goes_with_a_count_that_is_withheld_for_its_own_reason() {
    let mut rule = share(Zeros::Protect);
    rule.counts[0].min = 10;
    let columns = [
        ("deel", all(&[8, 12])),
        ("geheel", all(&[20, 20])),
        ("aandeel", all(&[1, 2])),
        ("fte", all(&[1, 2])),
    ];
    insta::assert_snapshot!(shown(&rule, &columns), @r#"
        +-------+------+--------+---------+-----+---------+
        | groep | deel | geheel | aandeel | fte | status  |
        +-------+------+--------+---------+-----+---------+
        | g0    |      | 20     |         | 0.5 | primary |
        | g1    | 12   | 20     | 1.0     | 1.0 |         |
        +-------+------+--------+---------+-----+---------+
        "#);
}

#[test]
fn too_few_schools_withhold_the_whole_row() {
    let rule = Rule {
        counts: vec![count("personen", 6, &["fte"])],
        units: vec![count("scholen", 3, &[])],
        blank: texts(&["uren"]),
        ..rule()
    };
    let columns = [
        ("personen", all(&[60, 60, 5, 0])),
        ("fte", all(&[1, 2, 3, 4])),
        ("uren", all(&[1, 2, 3, 4])),
        ("scholen", all(&[2, 3, 4, 0])),
    ];
    insta::assert_snapshot!(shown(&rule, &columns), @r#"
        +-------+----------+-----+------+---------+---------+
        | groep | personen | fte | uren | scholen | status  |
        +-------+----------+-----+------+---------+---------+
        | g0    |          |     |      |         | primary |
        | g1    | 60       | 1.0 | 2    | 3       |         |
        | g2    |          |     |      | 4       | primary |
        | g3    | 0        | 2.0 | 4    | 0       |         |
        +-------+----------+-----+------+---------+---------+
        "#);
}

#[test]
fn what_only_the_rule_needs_is_not_published() {
    let rule = Rule {
        unpublished: texts(&["deel", "geheel"]),
        ..share(Zeros::Protect)
    };
    let columns = [
        ("deel", all(&[5, 10])),
        ("aandeel", all(&[1, 2])),
        ("geheel", all(&[20, 20])),
        ("fte", all(&[1, 2])),
    ];
    insta::assert_snapshot!(shown(&rule, &columns), @r#"
        +-------+---------+-----+---------+
        | groep | aandeel | fte | status  |
        +-------+---------+-----+---------+
        | g0    |         | 0.5 | primary |
        | g1    | 1.0     | 1.0 |         |
        +-------+---------+-----+---------+
        "#);
}

#[test]
fn nothing_of_a_withheld_value_is_left_in_memory() {
    let rule = Rule {
        counts: vec![count("personen", 100, &[])],
        ..rule()
    };
    let published = publish(&rule, &rows(&[("personen", all(&[77, 500, 78]))]));
    let numbers = published
        .column_by_name("personen")
        .unwrap()
        .as_primitive::<Int64Type>();
    assert_eq!(numbers.null_count(), 2);
    assert!(!numbers.values().contains(&77) && !numbers.values().contains(&78));
}

#[test]
fn minimums_are_the_strictest_of_the_sources() {
    let minimums = Minimums::new([("default".into(), 8), ("cbs".into(), 10), ("duo".into(), 6)].into());
    assert_eq!(minimums.strictest(["duo"]), (6, "duo"));
    assert_eq!(minimums.strictest(["duo", "cbs"]), (10, "cbs"));
    assert_eq!(minimums.strictest(["duo", "ipto"]), (8, "ipto"));
    assert_eq!(minimums.strictest([]), (8, "default"));
    assert_eq!(Minimums::default().of("duo"), u64::MAX);
}

/// A row: persons, those that a share is about, and what is withheld with them.
fn row() -> impl Strategy<Value = (i64, i64, i64)> {
    (0..30i64, 0..30i64, 0..1000i64).prop_map(|(deel, rest, fte)| (deel, deel + rest, fte))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_count_is_null_exactly_when_it_is_below_the_minimum(
        cells in prop::collection::vec(row(), 1..20),
        min in 1..12u64,
        protect in any::<bool>(),
    ) {
        let zeros = if protect { Zeros::Protect } else { Zeros::Show };
        let rule = Rule { counts: vec![count("geheel", min, &["fte"])], zeros, ..rule() };
        let column = |of: fn(&(i64, i64, i64)) -> i64| cells.iter().map(|cell| Some(of(cell))).collect::<Vec<_>>();
        let given = rows(&[("geheel", column(|c| c.1)), ("fte", column(|c| c.2))]);
        let published = publish(&rule, &given);
        let min = i64::try_from(min).unwrap();
        let (numbers, fte) = (published.column(1).as_primitive::<Int64Type>(), published.column(2));
        let status = published.column(3).as_string::<i32>();
        let mut sum = 0;
        for (at, (_, n, _)) in cells.iter().enumerate() {
            let small = *n < min && (protect || *n != 0);
            prop_assert_eq!(numbers.is_null(at), small);
            prop_assert_eq!(fte.is_null(at), small);
            prop_assert_eq!(status.value(at), if small { "primary" } else { "" });
            if !small {
                prop_assert_eq!(numbers.value(at), *n);
                sum += n;
            }
        }
        prop_assert_eq!(numbers.iter().flatten().sum::<i64>(), sum);
        prop_assert_eq!(published.column(0), given.column(0));
    }

    #[test]
    fn no_side_of_a_published_share_is_small(cells in prop::collection::vec(row(), 1..20), min in 1..12u64, show in any::<bool>()) {
        let mut rule = share(if show { Zeros::Show } else { Zeros::Protect });
        rule.counts.iter_mut().for_each(|count| count.min = min);
        rule.shares[0].min = min;
        let column = |of: fn(&(i64, i64, i64)) -> i64| cells.iter().map(|cell| Some(of(cell))).collect::<Vec<_>>();
        let given = rows(&[("deel", column(|c| c.0)), ("geheel", column(|c| c.1)), ("aandeel", column(|c| c.2)), ("fte", column(|c| c.2))]);
        let published = publish(&rule, &given);
        let min = i64::try_from(min).unwrap();
        let null = |name: &str, at: usize| published.column_by_name(name).unwrap().is_null(at);
        for (at, (deel, geheel, _)) in cells.iter().enumerate() {
            let rest = geheel - deel;
            let extreme = *deel == 0 || rest == 0;
            let fine = *geheel == 0 || *deel >= min && rest >= min || extreme && show && *geheel >= min;
            prop_assert_eq!(null("aandeel", at), !fine);
            // with the group beside it the numerator is as good as the share
            prop_assert_eq!(null("deel", at), !fine);
            prop_assert_eq!(null("geheel", at), *geheel > 0 && *geheel < min);
            prop_assert_eq!(null("fte", at), null("geheel", at));
        }
    }
}
