//! Which columns of a query say something of a person: sensitivity follows the data through the plan.
//!
//! A column of the result is as sensitive as the most sensitive column that its value is made of, whatever happened to
//! it in between. What only decides which rows there are (filters, the conditions of joins) does not count, and neither
//! do counts: how many there are is not the value of anybody. Where the plan cannot be followed, a column counts as made
//! of everything below it.
use arrow::datatypes::{DataType, Field};
use datafusion::common::JoinType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::grouping_set_to_exprlist;
use datafusion::logical_expr::{Aggregate, Distinct, Join, LogicalPlan};

mod expression;

use crate::contract::column::Tag;
use crate::pseudonym::{FIELD_HOLDS, FIELD_KEY};
use expression::{Scope, around, expressions, within};

/// The note on a column of a model that is made of a number of persons.
pub const FIELD_COUNTS: &str = "sluis.counts";

/// What a column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Made {
    /// The strictest tag among it.
    tag: Tag,
    /// Whether there is a pseudonym among it: no bounds are kept of one as long as its type tells what it is.
    pseudonym: bool,
    /// Whether a value of it is a pseudonym still, in whatever form.
    holds: bool,
    /// Whether there is a number of persons among it.
    counts: bool,
}

impl Made {
    /// Nothing of a person.
    const PUBLIC: Made = Made::of(Tag::Public, false);
    /// What cannot be followed.
    const UNKNOWN: Made = Made::of(Tag::Sensitive, true);

    const fn of(tag: Tag, pseudonym: bool) -> Made {
        Made {
            tag,
            pseudonym,
            holds: pseudonym,
            counts: false,
        }
    }

    fn and(self, other: Made) -> Made {
        Made {
            tag: self.tag.max(other.tag),
            pseudonym: self.pseudonym || other.pseudonym,
            holds: self.holds || other.holds,
            counts: self.counts || other.counts,
        }
    }
}

/// The tag of each column that `plan`, which is analysed, gives.
pub fn tags(plan: &LogicalPlan) -> Vec<Tag> {
    let made = columns(plan, &[]);
    let fields = plan.schema().fields().iter();
    fields
        .zip(made)
        .map(|(field, made)| match made.tag {
            // as text it looks like any other
            Tag::Public if made.pseudonym && !is_pseudonym(field.data_type()) => Tag::Personal,
            tag => tag,
        })
        .collect()
}

/// Which of the columns that `plan`, which is analysed, gives hold pseudonyms, be it as text or shortened. What only
/// depends on a pseudonym (whether there is one, which of two comes first) does not count.
pub fn pseudonyms(plan: &LogicalPlan) -> Vec<bool> {
    columns(plan, &[]).into_iter().map(|made| made.holds).collect()
}

/// Which of the columns that `plan`, which is analysed, gives are made of numbers of persons: of rows among which there
/// are pseudonyms, or of columns that were.
pub fn counts(plan: &LogicalPlan) -> Vec<bool> {
    columns(plan, &[]).into_iter().map(|made| made.counts).collect()
}

/// What the columns of `plan` are made of; `outer` are the queries around a subquery, the nearest last.
fn columns(plan: &LogicalPlan, outer: &[&Scope<'_>]) -> Vec<Made> {
    let followed = match plan {
        LogicalPlan::TableScan(scan) => scan.projected_schema.fields().iter().map(|f| stored(f)).collect(),
        LogicalPlan::Projection(node) => expressions(&node.input, &node.expr, outer),
        LogicalPlan::Filter(node) => columns(&node.input, outer),
        LogicalPlan::Sort(node) => columns(&node.input, outer),
        LogicalPlan::Limit(node) => columns(&node.input, outer),
        LogicalPlan::Repartition(node) => columns(&node.input, outer),
        LogicalPlan::SubqueryAlias(node) => columns(&node.input, outer),
        LogicalPlan::Subquery(node) => columns(&node.subquery, outer),
        LogicalPlan::Distinct(Distinct::All(input)) => columns(input, outer),
        LogicalPlan::Distinct(Distinct::On(node)) => expressions(&node.input, &node.select_expr, outer),
        LogicalPlan::Window(node) => {
            let input = Scope::of(&node.input, outer);
            let added = within(&node.window_expr, Some(&input), outer);
            input.made.into_iter().chain(added).collect()
        }
        LogicalPlan::Aggregate(node) => aggregate(node, outer),
        LogicalPlan::Join(node) => join(node, outer),
        LogicalPlan::Union(node) => node
            .inputs
            .iter()
            .map(|input| columns(input, outer))
            .reduce(strictest_of_each)
            .unwrap_or_default(),
        LogicalPlan::Values(node) => {
            let rows = node.values.iter().map(|row| within(row, None, outer));
            rows.reduce(strictest_of_each).unwrap_or_default()
        }
        LogicalPlan::Unnest(node) => {
            let made = columns(&node.input, outer);
            let from = node.dependency_indices.iter();
            from.filter_map(|index| made.get(*index).copied()).collect()
        }
        LogicalPlan::EmptyRelation(node) => vec![Made::PUBLIC; node.schema.fields().len()],
        LogicalPlan::RecursiveQuery(node) => {
            // it reads itself, so that each column may come from any
            let terms = [&node.static_term, &node.recursive_term];
            let all = strictest(terms.into_iter().flat_map(|term| columns(term, outer)));
            vec![all; node.schema.fields().len()]
        }
        _ => Vec::new(),
    };
    let wanted = plan.schema().fields().len();
    match followed.len() == wanted {
        true => followed,
        false => vec![below(plan).and(around(outer)); wanted],
    }
}

/// What a column of a table is made of.
fn stored(field: &Field) -> Made {
    let noted = |note: &str| field.metadata().contains_key(note);
    let pseudonym = is_pseudonym(field.data_type()) || noted(FIELD_KEY);
    let made = Made::of(Tag::of(field), pseudonym);
    Made {
        holds: made.holds || noted(FIELD_HOLDS),
        counts: noted(FIELD_COUNTS),
        ..made
    }
}

fn is_pseudonym(data_type: &DataType) -> bool {
    matches!(data_type, DataType::FixedSizeBinary(_))
}

fn aggregate(node: &Aggregate, outer: &[&Scope<'_>]) -> Vec<Made> {
    let Ok(groups) = grouping_set_to_exprlist(&node.group_expr) else {
        return Vec::new();
    };
    // looked at once: with aggregates in aggregates, twice would be twice for each
    let input = Scope::of(&node.input, outer);
    let mut made = within(groups, Some(&input), outer);
    // with grouping sets, a number comes after them that tells the sets apart
    made.resize(
        node.schema.fields().len().saturating_sub(node.aggr_expr.len()),
        Made::PUBLIC,
    );
    made.extend(within(&node.aggr_expr, Some(&input), outer));
    made
}

fn join(node: &Join, outer: &[&Scope<'_>]) -> Vec<Made> {
    let left = Scope::of(&node.left, outer);
    // a lateral subquery refers to what stands before it
    let before: Vec<&Scope<'_>> = outer.iter().copied().chain([&left]).collect();
    let right = columns(&node.right, &before);
    match node.join_type {
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
            left.made.into_iter().chain(right).collect()
        }
        JoinType::LeftSemi | JoinType::LeftAnti => left.made,
        JoinType::RightSemi | JoinType::RightAnti => right,
        // the optimizer's own, not of a plan that was only analysed
        JoinType::LeftMark | JoinType::RightMark => Vec::new(),
    }
}

fn strictest_of_each(one: Vec<Made>, other: Vec<Made>) -> Vec<Made> {
    one.into_iter().zip(other).map(|(a, b)| a.and(b)).collect()
}

/// The strictest of all tables that a plan reads.
fn below(plan: &LogicalPlan) -> Made {
    let mut found = Made::PUBLIC;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found = found.and(strictest(scan.projected_schema.fields().iter().map(|f| stored(f))));
        }
        Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
    });
    match walked {
        Ok(_) => found,
        Err(_) => Made::UNKNOWN,
    }
}

fn strictest(made: impl IntoIterator<Item = Made>) -> Made {
    made.into_iter().fold(Made::PUBLIC, Made::and)
}

#[cfg(test)]
mod tests;
