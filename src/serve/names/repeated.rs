//! Queries in which a column repeats: the query engine refuses them, and PostgreSQL does not.
use std::collections::HashSet;

use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, SetExpr, Statement};

use super::{figure, is_column};

/// Whether a plan is refused because two columns are the same.
pub(super) fn is_refused(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::Plan(text) => text.contains("require unique expression names"),
        _ => false,
    }
}

/// The statement with a name nobody writes for each column that repeats, or for `all` that might. Only for what is refused
/// without them: what is planned as it is written keeps its meaning.
pub(super) fn told_apart(statement: &Parsed, all: bool) -> Option<Parsed> {
    let Parsed::Statement(statement) = statement else {
        return None;
    };
    let mut statement = statement.clone();
    let Statement::Query(query) = statement.as_mut() else {
        return None;
    };
    of_body(&mut query.body, all);
    Some(Parsed::Statement(statement))
}

fn of_body(body: &mut SetExpr, all: bool) {
    match body {
        SetExpr::Select(select) => of_select(select, all),
        SetExpr::Query(query) => of_body(&mut query.body, all),
        SetExpr::SetOperation { left, right, .. } => {
            of_body(left, all);
            of_body(right, all);
        }
        _ => {}
    }
}

fn of_select(select: &mut Select, all: bool) {
    let wild = select
        .projection
        .iter()
        .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    let mut seen = HashSet::new();
    for (index, item) in select.projection.iter_mut().enumerate() {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        // the first keeps its name, so that ORDER BY finds it
        let repeats = !seen.insert(key(expr, all));
        if repeats || all && (wild || !is_column(expr)) {
            *item = SelectItem::ExprWithAlias {
                expr: expr.clone(),
                alias: Ident::with_quote('"', format!("?{}", index + 1)),
            };
        }
    }
}

/// What is the same for columns that are.
fn key(expr: &Expr, all: bool) -> String {
    match all && is_column(expr) {
        true => figure(expr),
        false => expr.to_string().to_lowercase(),
    }
}
