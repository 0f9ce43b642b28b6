//! SQL that PostgreSQL understands and the query engine does not.
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, Ident, ObjectName, Query, SelectItem, SetExpr, Statement, TableFactor, Value,
    Visit, VisitMut, Visitor, VisitorMut, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion_postgres::datafusion_pg_catalog::sql::rules::{
    FixArrayLiteral, FixVersionColumnName, PrependUnqualifiedPgTableName, RewritePgCatalogOperator,
    SqlStatementRewriteRule, StripCallableQualifier,
};

/// Changes that keep the meaning of a query.
static HARMLESS: LazyLock<[Box<dyn SqlStatementRewriteRule>; 5]> = LazyLock::new(|| {
    [
        Box::new(PrependUnqualifiedPgTableName),
        Box::new(StripCallableQualifier),
        Box::new(FixArrayLiteral),
        Box::new(RewritePgCatalogOperator),
        Box::new(FixVersionColumnName),
    ]
});

/// A query of our tables, in the words of the query engine. It means what it meant.
pub fn of_data(statement: Statement) -> Statement {
    let rewritten = HARMLESS.iter();
    let mut statement = rewritten.fold(statement, |statement, rule| rule.rewrite(statement));
    let _ = VisitMut::visit(&mut statement, &mut Bare);
    statement
}

/// `current_schema` is a function without its brackets.
struct Bare;

impl VisitorMut for Bare {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr
            && name.quote_style.is_none()
            && name.value.eq_ignore_ascii_case("current_schema")
            && let Some(call) = expression("current_schema()")
        {
            *expr = call;
        }
        ControlFlow::Continue(())
    }
}

fn expression(sql: &str) -> Option<Expr> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).ok();
    parser.and_then(|mut parser| parser.parse_expr().ok())
}

/// Whether `statement` is about the catalog and nothing else. Only then may parts that the engine cannot answer be
/// left out: no number of ours depends on them.
pub fn is_of_catalog(statement: &Statement) -> bool {
    let mut relations = Relations::default();
    let _ = statement.visit(&mut relations);
    let mut tables = relations
        .tables
        .iter()
        .filter(|name| !relations.queries.contains(*name))
        .peekable();
    tables.peek().is_some()
        && tables.all(|name| match name.rsplit_once('.') {
            Some((schema, _)) => {
                let schema = schema.rsplit('.').next().unwrap_or(schema);
                schema == "pg_catalog" || schema == "information_schema"
            }
            None => name.starts_with("pg_"),
        })
}

/// Names of tables, and of the queries before a query.
#[derive(Default)]
struct Relations {
    tables: BTreeSet<String>,
    queries: BTreeSet<String>,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        self.queries
            .extend(with.map(|query| query.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor {
            let parts = name.0.iter().filter_map(|part| part.as_ident());
            let parts: Vec<String> = parts.map(|part| part.value.to_lowercase()).collect();
            self.tables.insert(parts.join("."));
        }
        ControlFlow::Continue(())
    }
}

/// What is left of a query of the catalog after the compatibility layer.
pub fn of_catalog(mut statement: Statement) -> Statement {
    let _ = VisitMut::visit(&mut statement, &mut Leftovers);
    statement
}

struct Leftovers;

impl VisitorMut for Leftovers {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            // members of roles, policies, options: there are none
            Expr::Function(function) if is_array_of_query(function) => {
                if let Some(empty) = expression("CAST(make_array() AS TEXT[])") {
                    *expr = empty;
                }
            }
            Expr::Subquery(query) => match function_name(query) {
                Some(name) => *expr = Expr::Value(Value::SingleQuotedString(name).with_empty_span()),
                None if finds_nothing(query) => *expr = Expr::Value(Value::Null.with_empty_span()),
                None => one_value(query),
            },
            // beside `unnest` of the same list, which is empty
            Expr::Function(function) if is_called(&function.name, &["generate_subscripts"]) => {
                if let (FunctionArguments::List(list), Some(Expr::Function(unnest))) =
                    (&mut function.args, expression("unnest()"))
                {
                    list.args.truncate(1);
                    function.name = unnest.name;
                }
            }
            // the engine knows one sign before what is meant as it is written
            Expr::Like {
                pattern, escape_char, ..
            } => {
                if let Some(sign) = escape_char.take()
                    && let Some(mut replaced) = expression(&format!("replace(x, {sign}, '\\')"))
                {
                    let inner = std::mem::replace(pattern.as_mut(), Expr::Identifier(Ident::new("x")));
                    let _ = VisitMut::visit(&mut replaced, &mut Put(Some(inner)));
                    **pattern = replaced;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_array_of_query(function: &Function) -> bool {
    matches!(function.args, FunctionArguments::Subquery(_)) && is_called(&function.name, &["array"])
}

fn is_called(name: &ObjectName, names: &[&str]) -> bool {
    let last = name.0.last().and_then(|part| part.as_ident());
    last.is_some_and(|last| names.iter().any(|name| last.value.eq_ignore_ascii_case(name)))
}

const AGGREGATES: &[&str] = &[
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "first_value",
    "max",
    "min",
    "string_agg",
    "sum",
];

/// The name in `'name'::regproc`, as the compatibility layer writes it: functions are named, not numbered, in the tables
/// that are the same everywhere.
fn function_name(query: &Query) -> Option<String> {
    let text = query.to_string();
    let name = text.strip_prefix("SELECT oid FROM pg_catalog.pg_proc WHERE proname = '")?;
    let (name, _) = name.split_once('\'')?;
    Some(name.strip_prefix("pg_catalog.").unwrap_or(name).to_owned())
}

/// Tables of the catalog in which there is never a row.
const EMPTY: &[&str] = &[
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_inherits",
    "pg_policy",
    "pg_sequence",
    "pg_trigger",
];

/// Whether a query in the place of a value reads one of them, and so gives none.
fn finds_nothing(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    let first = select.from.first().map(|table| &table.relation);
    let empty = matches!(first, Some(TableFactor::Table { name, args: None, .. }) if is_called(name, EMPTY));
    empty && !aggregates(&select.projection)
}

fn aggregates(projection: &Vec<SelectItem>) -> bool {
    visit_expressions(projection, |part| match part {
        Expr::Function(function) if is_called(&function.name, AGGREGATES) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// The engine wants a query in the place of a value to aggregate, when it depends on the row.
fn one_value(query: &mut Query) {
    let limited = query.limit_clause.is_some() || query.fetch.is_some();
    let SetExpr::Select(select) = query.body.as_mut() else {
        return;
    };
    if limited || select.from.is_empty() || aggregates(&select.projection) {
        return;
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_mut_slice()
    else {
        return;
    };
    let Some(mut first) = expression("first_value(x)") else {
        return;
    };
    let inner = std::mem::replace(value, Expr::Identifier(Ident::new("x")));
    let mut put = Put(Some(inner));
    let _ = VisitMut::visit(&mut first, &mut put);
    *value = first;
}

/// Puts an expression in the place of `x`.
struct Put(Option<Expr>);

impl VisitorMut for Put {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if matches!(expr, Expr::Identifier(name) if name.value == "x")
            && let Some(inner) = self.0.take()
        {
            *expr = inner;
        }
        ControlFlow::Continue(())
    }
}
