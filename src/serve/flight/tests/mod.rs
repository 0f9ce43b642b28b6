use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, AsArray, DictionaryArray, Int64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use axum::http::HeaderMap;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::{StreamExt, TryStreamExt, stream};
use tonic::{Code, Status};

use super::parameters::Parameters;
use super::running::Running;
use super::shelf::{Shelf, handle};
use super::{placeholders, rows};
use crate::serve::access::Credential;
use crate::serve::plain;
use crate::serve::{Principal, Role};

mod wire;

fn somebody(name: &str) -> Principal {
    Principal {
        name: name.to_owned(),
        role: Role::Analyst,
    }
}

#[test]
fn what_is_kept_is_for_its_owner_and_for_a_while() {
    let shelf = Shelf::new(2, Duration::from_secs(10));
    let (ann, bob) = (somebody("ann"), somebody("bob"));
    let start = Instant::now();
    let later = |seconds| start + Duration::from_secs(seconds);
    let one = shelf.put(&ann, 1, start).unwrap();
    assert_eq!(shelf.take(&bob, &one, start), None);
    assert_eq!(shelf.with(&bob, &one, start, |n| *n), None);
    assert_eq!(shelf.take(&ann, &one[..15], start), None);
    let promoted = Principal {
        role: Role::Admin,
        ..ann.clone()
    };
    assert_eq!(shelf.take(&promoted, &one, start), None);
    // used, so it lives longer
    assert_eq!(shelf.with(&ann, &one, later(9), |n| *n), Some(1));
    assert_eq!(shelf.take(&ann, &one, later(18)), Some(1));
    assert_eq!(shelf.take(&ann, &one, later(18)), None);
    let two = shelf.put(&ann, 2, later(20)).unwrap();
    assert_eq!(shelf.take(&ann, &two, later(30)), None);
}

#[test]
fn of_too_many_things_the_oldest_of_that_owner_goes() {
    let shelf = Shelf::new(2, Duration::from_secs(10));
    let (ann, bob) = (somebody("ann"), somebody("bob"));
    let start = Instant::now();
    let his = shelf.put(&bob, 0, start).unwrap();
    let hers: Vec<_> = (1..=3)
        .map(|n| shelf.put(&ann, n, start + Duration::from_secs(n)).unwrap())
        .collect();
    let now = start + Duration::from_secs(4);
    let left: Vec<_> = hers.iter().map(|handle| shelf.take(&ann, handle, now)).collect();
    assert_eq!(left, [None, Some(2), Some(3)]);
    assert_eq!(shelf.take(&bob, &his, now), Some(0));
}

#[test]
fn question_marks_become_numbers_outside_text_and_comments() {
    let same = "SELECT '?', \"a?\", $1 -- ?";
    assert_eq!(placeholders::numbered(same), same);
    assert_eq!(
        placeholders::numbered("SELECT é, ?,\r\n '?' || ? /* ? */ FROM t WHERE a=?"),
        "SELECT é, $1,\r\n '?' || $2 /* ? */ FROM t WHERE a=$3"
    );
    assert_eq!(placeholders::numbered("SELECT ?2, ?1"), "SELECT $2, $1");
    // left for the parser to refuse
    assert_eq!(placeholders::numbered("SELECT 'a ?"), "SELECT 'a ?");
}

async fn plan(sql: &str) -> LogicalPlan {
    SessionContext::new().state().create_logical_plan(sql).await.unwrap()
}

fn row(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter(columns.iter().cloned()).unwrap()
}

fn number(n: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![n]))
}

#[tokio::test]
async fn parameters_are_told_in_the_order_of_their_numbers() {
    let asked = Parameters::of(&plan("SELECT $10 AS a, $2 + CAST(1 AS INT) AS b, $9 AS c").await).unwrap();
    let names: Vec<_> = asked
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names[..3], ["$1", "$2", "$3"]);
    assert_eq!(names.len(), 10);
    assert!(Parameters::of(&plan("SELECT 1 AS a").await).unwrap().is_empty());
    let many = Parameters::of(&plan("SELECT $4000000000 AS a").await).unwrap_err();
    assert_eq!(many.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn values_are_bound_by_number_or_by_name() {
    let asked = Parameters::of(&plan("SELECT $2 AS a, $1 AS b").await).unwrap();
    let bound = asked.values(&row(&[("0", number(1)), ("1", number(2))])).unwrap();
    let ParamValues::List(values) = bound else {
        panic!("by number")
    };
    assert_eq!(
        values.iter().map(|v| v.value.to_string()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    let few = asked.values(&row(&[("0", number(1))])).unwrap_err();
    assert!(few.message().contains("2 parameters, and 1"), "{few}");
    let two: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let rows = asked.values(&row(&[("0", Arc::clone(&two)), ("1", two)])).unwrap_err();
    assert!(rows.message().contains("one row"), "{rows}");

    let asked = Parameters::of(&plan("SELECT $jaar AS a, $brin AS b").await).unwrap();
    for names in [["$jaar", "brin"], ["a", "b"]] {
        let bound = asked
            .values(&row(&[(names[0], number(1)), (names[1], number(2))]))
            .unwrap();
        let ParamValues::Map(values) = bound else {
            panic!("by name")
        };
        let values: HashMap<_, _> = values
            .into_iter()
            .map(|(name, v)| (name, v.value.to_string()))
            .collect();
        // by position where names tell nothing: in the order of the names that were told
        let jaar = if names[0] == "$jaar" { "1" } else { "2" };
        assert_eq!(values["jaar"], jaar);
        assert_eq!(values.len(), 2);
    }
}

fn odd_rows() -> RecordBatch {
    let words = DictionaryArray::<Int32Type>::from_iter([Some("ja"), None, Some("ja")]);
    let views = StringViewArray::from(vec![
        Some("een lange tekst die niet in een view past"),
        Some("kort"),
        None,
    ]);
    let inner = row(&[("v", Arc::new(views.clone()) as _)]);
    let nested = arrow::array::StructArray::from(inner);
    row(&[("w", Arc::new(words)), ("v", Arc::new(views)), ("s", Arc::new(nested))])
}

#[tokio::test]
async fn clients_get_the_plain_columns_they_were_told() {
    let odd = odd_rows();
    let told = plain::schema(&odd.schema());
    let types: Vec<_> = told.fields().iter().map(|field| field.data_type().clone()).collect();
    let inner = DataType::Struct(vec![Field::new("v", DataType::Utf8, true)].into());
    assert_eq!(types, [DataType::Utf8, DataType::Utf8, inner]);
    // what was told is told again unchanged
    assert_eq!(plain::schema(&told), told);

    let messages = rows::encoded(Arc::clone(&told), stream::iter([Ok(odd)]));
    let messages = messages.map_err(FlightError::from);
    let got: Vec<RecordBatch> = FlightRecordBatchStream::new_from_flight_data(messages)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].schema(), told);
    let words: Vec<_> = got[0].column(0).as_string::<i32>().iter().collect();
    assert_eq!(words, [Some("ja"), None, Some("ja")]);
    assert_eq!(got[0].column(1).as_string::<i32>().value(1), "kort");
}

#[tokio::test]
async fn rows_that_are_not_as_told_are_an_error_without_their_values() {
    let told = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let rows = row(&[("n", Arc::new(StringArray::from(vec!["geheim"])) as _)]);
    let error = plain::batch(&rows, &told).unwrap_err();
    assert_eq!(error.kind, crate::serve::QueryErrorKind::Internal);
    assert!(!error.to_string().contains("geheim"));
}

#[test]
fn rows_without_columns_keep_their_number() {
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(3));
    let empty = Arc::new(Schema::empty());
    let rows = RecordBatch::try_new_with_options(Arc::clone(&empty), vec![], &options).unwrap();
    assert_eq!(plain::batch(&rows, &empty).unwrap().num_rows(), 3);
}

#[test]
fn much_text_is_cut_in_parts() {
    let long = "x".repeat(1 << 20);
    let views = StringViewArray::from_iter_values(std::iter::repeat_n(long.as_str(), 40));
    let parts = plain::parts(row(&[("v", Arc::new(views) as _)]));
    assert_eq!(parts.iter().map(RecordBatch::num_rows).sum::<usize>(), 40);
    assert!(parts.iter().all(|part| part.num_rows() <= 16), "{}", parts.len());
}

#[tokio::test]
async fn a_query_that_is_stopped_ends_with_an_error_and_is_forgotten() {
    let running = Running::default();
    let (ann, bob) = (somebody("ann"), somebody("bob"));
    let name = handle().unwrap();
    let run = running.start(&ann, name);
    let rows = stream::iter([Ok::<_, Status>(1)]).chain(stream::pending());
    let mut rows = run.over(rows.boxed());
    assert_eq!(rows.next().await.unwrap().unwrap(), 1);
    assert!(!running.cancel(&bob, &name));
    assert!(running.cancel(&ann, &name));
    assert_eq!(rows.next().await.unwrap().unwrap_err().code(), Code::Cancelled);
    assert!(rows.next().await.is_none());
    drop(rows);
    assert!(!running.cancel(&ann, &name));
}

#[test]
fn bearer_and_basic_credentials_are_read() {
    let read = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value.parse().unwrap());
        Credential::of(&headers)
            .map(|shown| (shown.name, shown.secret))
            .unwrap()
    };
    assert_eq!(read("Bearer abc"), (None, "abc".into()));
    assert_eq!(read("bearer  abc "), (None, "abc".into()));
    // ann:a:b, with and without padding
    assert_eq!(read("Basic YW5uOmE6Yg=="), (Some("ann".into()), "a:b".into()));
    assert_eq!(read("basic YW5uOmE6Yg"), (Some("ann".into()), "a:b".into()));
    for odd in ["", "abc", "Digest abc", "Basic !!", "Basic YQ=="] {
        assert_eq!(read(odd), (None, "unreadable".into()), "{odd}");
    }
    assert!(Credential::of(&HeaderMap::new()).is_none());
}
