//! What PostgreSQL calls a column that has no name.
use datafusion::sql::sqlparser::ast::{AccessExpr, DataType, Expr, Function, Query, SelectItem, TrimWhereField};

use super::{first_select, folded};

/// The name of a column of `expr`.
pub(super) fn figure(expr: &Expr) -> String {
    figured(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// The name, and whether it is better than that of a cast or CASE around it.
fn figured(expr: &Expr) -> Option<(String, bool)> {
    let good = |name: &str| Some((name.to_owned(), true));
    match expr {
        Expr::Identifier(name) => Some((folded(name), true)),
        Expr::CompoundIdentifier(names) => names.last().map(|name| (folded(name), true)),
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(field) => figured(field),
                AccessExpr::Subscript(_) => None,
            });
            field.or_else(|| figured(root))
        }
        Expr::Nested(expr) | Expr::Collate { expr, .. } => figured(expr),
        Expr::Cast { expr, data_type, .. } => better(figured(expr)).or_else(|| Some((type_name(data_type), false))),
        Expr::TypedString(typed) => Some((type_name(&typed.data_type), false)),
        Expr::Interval(_) => Some(("interval".to_owned(), false)),
        Expr::Case { else_result, .. } => {
            let other = else_result.as_deref().and_then(figured);
            better(other).or_else(|| Some(("case".to_owned(), false)))
        }
        Expr::Function(function) => called(function),
        Expr::Subquery(query) => of_query(query),
        Expr::Exists { negated: false, .. } => good("exists"),
        Expr::Array(_) => good("array"),
        Expr::Tuple(_) | Expr::Struct { .. } => good("row"),
        Expr::AtTimeZone { .. } => good("timezone"),
        Expr::Extract { .. } => good("extract"),
        Expr::Ceil { .. } => good("ceil"),
        Expr::Floor { .. } => good("floor"),
        Expr::Position { .. } => good("position"),
        Expr::Substring { shorthand, .. } => good(if *shorthand { "substr" } else { "substring" }),
        Expr::Overlay { .. } => good("overlay"),
        Expr::Trim { trim_where, .. } => good(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            Some(TrimWhereField::Both) | None => "btrim",
        }),
        _ => None,
    }
}

fn better(found: Option<(String, bool)>) -> Option<(String, bool)> {
    found.filter(|(_, better)| *better)
}

fn called(function: &Function) -> Option<(String, bool)> {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.map(|name| (folded(name), true))
}

/// A query in the place of a value is called like its column.
fn of_query(query: &Query) -> Option<(String, bool)> {
    match first_select(query)?.projection.first()? {
        SelectItem::UnnamedExpr(expr) => figured(expr),
        SelectItem::ExprWithAlias { alias, .. } => Some((folded(alias), true)),
        _ => None,
    }
}

/// The name of a type in the catalog of PostgreSQL; of a list that of its values.
fn type_name(data_type: &DataType) -> String {
    let (mut depth, mut plain) = (0_usize, String::new());
    for sign in data_type.to_string().to_lowercase().chars() {
        match sign {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            sign if depth == 0 => plain.push(sign),
            _ => {}
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    let written = words.join(" ");
    let last = written.rsplit('.').next().unwrap_or_default().trim_matches('"');
    let name = match last {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "real" => "float4",
        "float" | "double" | "double precision" => "float8",
        "boolean" => "bool",
        "decimal" | "dec" => "numeric",
        "character varying" | "char varying" => "varchar",
        "character" | "char" => "bpchar",
        "string" => "text",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        other => other,
    };
    name.to_owned()
}
