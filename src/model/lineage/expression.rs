//! What the value of an expression is made of.
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchemaRef};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};

use super::{Made, columns, strictest};
use crate::contract::column::Tag;

/// Functions that tell how many rows there are, or the place of a row among them.
const COUNTING: [&str; 8] = [
    "count",
    "approx_distinct",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
];

/// Columns that expressions can refer to.
pub struct Scope<'a> {
    /// Their names.
    pub schema: &'a DFSchemaRef,
    /// What each is made of.
    pub made: Vec<Made>,
}

impl Scope<'_> {
    fn column(&self, column: &Column) -> Option<Made> {
        let index = self.schema.maybe_index_of_column(column)?;
        self.made.get(index).copied()
    }
}

/// What expressions on the columns of `input` are made of.
pub fn expressions<'a>(
    input: &LogicalPlan,
    list: impl IntoIterator<Item = &'a Expr>,
    outer: &[&Scope<'_>],
) -> Vec<Made> {
    let scope = Scope {
        schema: input.schema(),
        made: columns(input, outer),
    };
    within(list, Some(&scope), outer)
}

/// What expressions are made of that refer to `scope`, where there is one.
pub fn within<'a>(
    list: impl IntoIterator<Item = &'a Expr>,
    scope: Option<&Scope<'_>>,
    outer: &[&Scope<'_>],
) -> Vec<Made> {
    list.into_iter().map(|one| expression(one, scope, outer)).collect()
}

/// The strictest of what an expression refers to, but for what it counts.
fn expression(whole: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> Made {
    let mut strictest = Made::Public;
    let walked = whole.apply(|part| {
        let made = match part {
            Expr::AggregateFunction(call) if COUNTING.contains(&call.func.name()) => {
                return Ok(TreeNodeRecursion::Jump);
            }
            Expr::WindowFunction(call) if COUNTING.contains(&call.fun.name()) => return Ok(TreeNodeRecursion::Jump),
            Expr::Column(column) => match scope {
                Some(scope) => scope.column(column).unwrap_or_else(|| around(&[scope])),
                None => Made::Public,
            },
            Expr::OuterReferenceColumn(_, column) => {
                let known = outer.iter().rev().find_map(|scope| scope.column(column));
                known.unwrap_or(Made::Tagged(Tag::Sensitive))
            }
            Expr::ScalarSubquery(query)
            | Expr::Exists(Exists { subquery: query, .. })
            | Expr::InSubquery(InSubquery { subquery: query, .. })
            | Expr::SetComparison(SetComparison { subquery: query, .. }) => subquery(query, scope, outer),
            _ => Made::Public,
        };
        strictest = strictest.max(made);
        Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
    });
    match walked {
        Ok(_) => strictest,
        Err(_) => Made::Tagged(Tag::Sensitive),
    }
}

fn subquery(query: &Subquery, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> Made {
    let around: Vec<&Scope<'_>> = outer.iter().copied().chain(scope).collect();
    strictest(columns(&query.subquery, &around))
}

/// The strictest of all columns in the queries around.
pub fn around(scopes: &[&Scope<'_>]) -> Made {
    strictest(scopes.iter().flat_map(|scope| scope.made.iter().copied()))
}
