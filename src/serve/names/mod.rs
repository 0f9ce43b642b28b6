//! Names of the columns of an answer: what a query gives no name is called what PostgreSQL calls it.
//!
//! A query is planned as it is written and its columns are named afterwards, so that no name can change what it means.
use std::collections::HashSet;

use datafusion::common::{DFSchema, TableReference};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr, Statement};

mod figure;
mod repeated;
#[cfg(test)]
mod tests;

use figure::figure;

/// Plans a statement; with the names of its columns, which may repeat.
///
/// # Errors
/// When it cannot be planned.
pub(super) async fn planned(
    state: &SessionState,
    statement: Parsed,
) -> Result<(LogicalPlan, Vec<String>), DataFusionError> {
    let plan = match state.statement_to_plan(statement.clone()).await {
        Err(refused) if repeated::is_refused(&refused) => again(state, &statement).await.ok_or(refused)?,
        planned => planned?,
    };
    let names = names(&statement, plan.schema());
    Ok((plan, names))
}

/// The plan of a query that is refused because columns repeat.
async fn again(state: &SessionState, statement: &Parsed) -> Option<LogicalPlan> {
    for all in [false, true] {
        let told_apart = repeated::told_apart(statement, all)?;
        if let Ok(plan) = state.statement_to_plan(told_apart).await {
            return Some(plan);
        }
    }
    None
}

/// `names` without one that repeats: `sum`, `sum_2`.
pub(super) fn apart(names: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut seen = HashSet::new();
    let apart = names.into_iter().map(|name| {
        if seen.insert(name.clone()) {
            return name;
        }
        let other = (2_usize..).map(|number| format!("{name}_{number}"));
        let other = other.into_iter().find(|other| !taken.contains(other)).unwrap_or(name);
        taken.insert(other.clone());
        other
    });
    apart.collect()
}

/// What an item of a query gives.
enum Item {
    /// A column; `computed` when it is none of a table.
    One { name: String, computed: bool },
    /// As many columns as there are; what one of them is called when there is one.
    Many(Option<&'static str>),
}

/// The names of the columns of a statement whose plan gives `schema`.
fn names(statement: &Parsed, schema: &DFSchema) -> Vec<String> {
    let own: Vec<_> = schema
        .iter()
        .map(|(table, field)| (table, field.name().clone()))
        .collect();
    match select_of(statement) {
        Some(select) => aligned(&select.projection.iter().map(item).collect::<Vec<_>>(), own),
        None => own.into_iter().map(|(_, name)| name).collect(),
    }
}

/// The part of a statement that names its columns.
fn select_of(statement: &Parsed) -> Option<&Select> {
    let Parsed::Statement(statement) = statement else {
        return None;
    };
    match statement.as_ref() {
        Statement::Query(query) => first_select(query),
        _ => None,
    }
}

fn first_select(query: &Query) -> Option<&Select> {
    let mut query = query;
    loop {
        // each of them may change the columns
        if !query.pipe_operators.is_empty() {
            return None;
        }
        let mut body = query.body.as_ref();
        while let SetExpr::SetOperation { left, .. } = body {
            body = left;
        }
        match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::Query(inner) => query = inner,
            _ => return None,
        }
    }
}

fn item(item: &SelectItem) -> Item {
    match item {
        // of a struct it gives every field
        SelectItem::UnnamedExpr(Expr::Function(function))
            if function.name.to_string().eq_ignore_ascii_case("unnest") =>
        {
            Item::Many(Some("unnest"))
        }
        SelectItem::UnnamedExpr(expr) => Item::One {
            name: figure(expr),
            computed: !is_column(expr),
        },
        SelectItem::ExprWithAlias { alias, .. } => Item::One {
            name: folded(alias),
            computed: true,
        },
        _ => Item::Many(None),
    }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

/// A name as it is meant: in lower case unless it is quoted.
fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_ascii_lowercase(),
    }
}

/// The names of `items` where it is certain which columns are theirs, and the columns' own for the others.
fn aligned(items: &[Item], own: Vec<(Option<&TableReference>, String)>) -> Vec<String> {
    let (tables, mut names): (Vec<_>, Vec<String>) = own.into_iter().unzip();
    let many = |item: &Item| matches!(item, Item::Many(_));
    let first = items.iter().position(many).unwrap_or(items.len());
    let last = items.iter().rposition(many).map_or(items.len(), |last| last + 1);
    let least = items.iter().filter(|item| !many(item)).count();
    if names.len() < least || first == items.len() && names.len() > least {
        return names;
    }
    let end = names.len() - (items.len() - last);
    put(names.iter_mut().take(first), items[..first].iter());
    put(names.iter_mut().skip(end), items[last..].iter());
    match &items[first..last] {
        [Item::Many(Some(name))] if end == first + 1 => names[first] = (*name).to_owned(),
        between => {
            // what is computed is of no table, and all of a wildcard mostly is of one
            let computed: Vec<&Item> = between
                .iter()
                .filter(|item| matches!(item, Item::One { computed: true, .. }))
                .collect();
            let of_none: Vec<usize> = (first..end).filter(|at| tables[*at].is_none()).collect();
            if computed.len() == of_none.len() {
                for (at, item) in of_none.into_iter().zip(computed) {
                    put(names.iter_mut().skip(at), std::iter::once(item));
                }
            }
        }
    }
    names
}

fn put<'a>(names: impl Iterator<Item = &'a mut String>, items: impl Iterator<Item = &'a Item>) {
    for (own, item) in names.zip(items) {
        if let Item::One { name, .. } = item {
            own.clone_from(name);
        }
    }
}
