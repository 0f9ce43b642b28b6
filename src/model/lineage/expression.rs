//! What the value of an expression is made of.
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchemaRef};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, Subquery};

use super::{Made, columns, strictest};

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

/// Operators that compare.
const COMPARING: [Operator; 8] = [
    Operator::Eq,
    Operator::NotEq,
    Operator::Lt,
    Operator::LtEq,
    Operator::Gt,
    Operator::GtEq,
    Operator::IsDistinctFrom,
    Operator::IsNotDistinctFrom,
];

/// Columns that expressions can refer to.
pub struct Scope<'a> {
    /// Their names.
    pub schema: &'a DFSchemaRef,
    /// What each is made of.
    pub made: Vec<Made>,
}

impl<'a> Scope<'a> {
    /// The columns of `input`.
    pub fn of(input: &'a LogicalPlan, outer: &[&Scope<'_>]) -> Scope<'a> {
        Scope {
            schema: input.schema(),
            made: columns(input, outer),
        }
    }

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
    within(list, Some(&Scope::of(input, outer)), outer)
}

/// What expressions are made of that refer to `scope`, where there is one.
pub fn within<'a>(
    list: impl IntoIterator<Item = &'a Expr>,
    scope: Option<&Scope<'_>>,
    outer: &[&Scope<'_>],
) -> Vec<Made> {
    list.into_iter().map(|one| expression(one, scope, outer)).collect()
}

fn expression(whole: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> Made {
    Made {
        holds: holds(whole, scope, outer),
        counts: counts(whole, scope, outer),
        ..touches(whole, scope, outer)
    }
}

/// The strictest of what an expression refers to, but for what it counts.
fn touches(whole: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> Made {
    let mut strictest = Made::PUBLIC;
    let walked = whole.apply(|part| {
        if is_counting(part) {
            return Ok(TreeNodeRecursion::Jump);
        }
        strictest = strictest.and(itself(part, scope, outer));
        Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
    });
    match walked {
        Ok(_) => strictest,
        Err(_) => Made::UNKNOWN,
    }
}

/// Whether the value of an expression is made of the values of pseudonyms. Conditions, and what rows are ordered or
/// chosen by, are not part of a value.
fn holds(whole: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> bool {
    let mut found = false;
    let walked = whole.apply(|part| {
        let values: Vec<&Expr> = match part {
            _ if is_counting(part) || is_condition(part) => Vec::new(),
            Expr::AggregateFunction(call) => call.params.args.iter().collect(),
            Expr::WindowFunction(call) => call.params.args.iter().collect(),
            Expr::Case(case) => {
                let chosen = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
                chosen.chain(case.else_expr.as_deref()).collect()
            }
            _ => {
                found |= itself(part, scope, outer).holds;
                return Ok(TreeNodeRecursion::Continue);
            }
        };
        found |= values.into_iter().any(|value| holds(value, scope, outer));
        Ok::<_, DataFusionError>(TreeNodeRecursion::Jump)
    });
    found || walked.is_err()
}

/// Whether the value of an expression is made of a number of persons: what is told of rows among which there are
/// pseudonyms, but for how many different other things there are.
fn counts(whole: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> bool {
    let of_persons = |args: &[Expr], distinct: bool| {
        let persons = scope.is_some_and(|scope| scope.made.iter().any(|made| made.holds));
        !distinct && persons || args.iter().any(|value| holds(value, scope, outer))
    };
    let mut found = false;
    let walked = whole.apply(|part| {
        found |= match part {
            Expr::AggregateFunction(call) => of_persons(&call.params.args, call.params.distinct),
            Expr::WindowFunction(call) => of_persons(&call.params.args, call.params.distinct),
            _ => itself(part, scope, outer).counts,
        };
        // how many sites have few pupils is a number of sites
        Ok::<_, DataFusionError>(match is_counting(part) {
            true => TreeNodeRecursion::Jump,
            false => TreeNodeRecursion::Continue,
        })
    });
    found || walked.is_err()
}

fn is_counting(part: &Expr) -> bool {
    match part {
        Expr::AggregateFunction(call) => COUNTING.contains(&call.func.name()),
        Expr::WindowFunction(call) => COUNTING.contains(&call.fun.name()),
        _ => false,
    }
}

/// What is true or false of the values in it, and none of them.
fn is_condition(part: &Expr) -> bool {
    match part {
        Expr::BinaryExpr(binary) => binary.op.is_logic_operator() || COMPARING.contains(&binary.op),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Not(_)
        | Expr::Like(_)
        | Expr::SimilarTo(_)
        | Expr::Between(_)
        | Expr::InList(_)
        | Expr::InSubquery(_)
        | Expr::Exists(_)
        | Expr::SetComparison(_) => true,
        _ => false,
    }
}

/// What one node of an expression refers to, apart from the nodes below it.
fn itself(part: &Expr, scope: Option<&Scope<'_>>, outer: &[&Scope<'_>]) -> Made {
    match part {
        Expr::Column(column) => match scope {
            Some(scope) => scope.column(column).unwrap_or_else(|| around(&[scope])),
            None => Made::PUBLIC,
        },
        Expr::OuterReferenceColumn(_, column) => {
            let known = outer.iter().rev().find_map(|scope| scope.column(column));
            known.unwrap_or(Made::UNKNOWN)
        }
        Expr::ScalarSubquery(query)
        | Expr::Exists(Exists { subquery: query, .. })
        | Expr::InSubquery(InSubquery { subquery: query, .. })
        | Expr::SetComparison(SetComparison { subquery: query, .. }) => subquery(query, scope, outer),
        _ => Made::PUBLIC,
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
