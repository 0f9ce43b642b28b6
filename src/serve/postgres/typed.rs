//! Parameters of which a query does not tell the type get that of the client.
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CastKind, DataType, Expr, Statement, Value, ValueWithSpan, VisitMut, VisitorMut,
    visit_expressions,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion_postgres::pgwire::api::Type;

/// `statement` with each `$n` that `untyped` names written as `CAST($n AS type)`; text where the client gives no type.
pub fn with_types(statement: &Statement, untyped: &[String], given: &[Option<Type>]) -> Statement {
    let mut statement = statement.clone();
    let casts = untyped.iter().filter_map(|id| {
        let index = id.trim_start_matches('$').parse::<usize>().ok()?.checked_sub(1)?;
        let given = given.get(index).cloned().flatten();
        Some((id.clone(), sql_type(given.as_ref())?))
    });
    let mut casts = Casts(casts.collect());
    let _ = VisitMut::visit(&mut statement, &mut casts);
    statement
}

/// Parameters that are cast to a list of numbers of the catalog: those are not numbers like others for a client.
pub fn oid_lists(statement: &Statement) -> Vec<String> {
    let mut found = Vec::new();
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Cast { expr, data_type, .. } = expr
            && let Expr::Value(ValueWithSpan {
                value: Value::Placeholder(id),
                ..
            }) = expr.as_ref()
            && matches!(
                data_type.to_string().to_ascii_lowercase().as_str(),
                "oid[]" | "pg_catalog.oid[]"
            )
        {
            found.push(id.clone());
        }
        ControlFlow::Continue(())
    });
    found
}

struct Casts(Vec<(String, DataType)>);

impl VisitorMut for Casts {
    type Break = ();

    // after its parts, so that what is put in place is not visited again
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } = expr
            && let Expr::Cast { data_type, .. } = right.as_mut()
            && *data_type == DataType::Text
        {
            // a parameter without a type, and one value of many
            *data_type = DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None));
        }
        let Expr::Value(ValueWithSpan {
            value: Value::Placeholder(id),
            ..
        }) = expr
        else {
            return ControlFlow::Continue(());
        };
        if let Some((_, data_type)) = self.0.iter().find(|(known, _)| known == id) {
            *expr = Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expr.clone()),
                data_type: data_type.clone(),
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}

/// The type in SQL; nothing where a cast would change values, or where there is none.
fn sql_type(given: Option<&Type>) -> Option<DataType> {
    let name = match given {
        None => "text",
        Some(given) => match *given {
            Type::BOOL => "boolean",
            Type::INT2 => "smallint",
            Type::INT4 => "integer",
            Type::INT8 => "bigint",
            Type::FLOAT4 => "real",
            Type::FLOAT8 => "double precision",
            Type::DATE => "date",
            Type::TIMESTAMP => "timestamp",
            Type::TIMESTAMPTZ => "timestamp with time zone",
            Type::BYTEA => "bytea",
            Type::BOOL_ARRAY => "boolean[]",
            Type::INT2_ARRAY => "smallint[]",
            Type::INT4_ARRAY => "integer[]",
            Type::INT8_ARRAY => "bigint[]",
            Type::FLOAT4_ARRAY => "real[]",
            Type::FLOAT8_ARRAY => "double precision[]",
            Type::TEXT_ARRAY | Type::VARCHAR_ARRAY => "text[]",
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => "text",
            _ => return None,
        },
    };
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(name).ok();
    parser.and_then(|mut parser| parser.parse_data_type().ok())
}
