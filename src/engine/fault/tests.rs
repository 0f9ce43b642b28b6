use std::sync::Arc;

use super::*;

const PERSON: &str = "Anna Persoon";

/// Everything an error can be made of, each quoting a person.
fn quoting() -> Vec<DataFusionError> {
    let text = || format!("cannot work with '{PERSON}'");
    let arrow = [
        ArrowError::CastError(text()),
        ArrowError::ParseError(text()),
        ArrowError::ComputeError(text()),
        ArrowError::InvalidArgumentError(text()),
        ArrowError::ArithmeticOverflow(text()),
        ArrowError::NotYetImplemented(text()),
        ArrowError::IoError(text(), io::Error::other(text())),
        ArrowError::ParquetError(text()),
        ArrowError::ExternalError(Box::new(DataFusionError::Execution(text()))),
        ArrowError::ExternalError(text().into()),
    ];
    let mut errors: Vec<_> = arrow.into_iter().map(DataFusionError::from).collect();
    errors.extend([
        DataFusionError::Execution(text()),
        DataFusionError::Internal(text()),
        DataFusionError::External(text().into()),
        DataFusionError::External(Box::new(ArrowError::CastError(text()))),
        DataFusionError::IoError(io::Error::other(text())),
        DataFusionError::ParquetError(Box::new(ParquetError::General(text()))),
        DataFusionError::ParquetError(Box::new(ParquetError::External(text().into()))),
        DataFusionError::Shared(Arc::new(DataFusionError::Execution(text()))),
        DataFusionError::Collection(vec![DataFusionError::Execution(text())]),
        DataFusionError::Execution(text()).context(text()),
    ]);
    errors
}

#[test]
fn no_failure_quotes_what_it_failed_on() {
    let sql = "select cast(naam as int) from staging.leden";
    for error in quoting() {
        for said in [
            super::super::plain(&error),
            told(&error),
            format!("{:?}", super::super::explain(sql, &error, &[])),
        ] {
            assert!(!said.contains("Anna") && !said.is_empty(), "{error:?}: {said}");
        }
        let withheld = withheld(error);
        let mut chain: Option<&dyn Error> = Some(&withheld);
        while let Some(error) = chain {
            let said = format!("{error} {error:?}");
            assert!(!said.contains("Anna"), "{said}");
            chain = error.source();
        }
    }
}

#[test]
fn at_work_even_words_of_planning_are_withheld() {
    let error = DataFusionError::Plan(format!("There is no built-in encoding named '{PERSON}'"));
    assert!(!super::super::plain(&withheld(error)).contains("Anna"));
}

#[test]
fn our_own_errors_keep_their_words() {
    let error = FunctionError("schooljaar_min: the year is outside 1000 to 9998".into());
    let error = withheld(error.into());
    assert_eq!(
        super::super::plain(&error),
        "schooljaar_min: the year is outside 1000 to 9998"
    );
}
