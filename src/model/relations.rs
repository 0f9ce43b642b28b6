//! What a query reads and calls, with the place of each in the text.
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use datafusion::error::{DataFusionError, Result};
use datafusion::sql::parser::{DFParserBuilder, Statement as DfStatement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Spanned, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use crate::engine::place;

/// A table or function as written, and where it first stands.
pub type Named = BTreeMap<String, Range<usize>>;

/// A parsed model query.
pub struct Parsed {
    /// The statement, for planning.
    pub statement: DfStatement,
    /// Tables it reads, as written in lower case (`schema.table`, or one or three parts); no names of its own CTEs.
    pub tables: Named,
    /// Functions it calls, in lower case.
    pub functions: Named,
}

/// What is wrong with a query before it is planned.
pub enum NotOneQuery {
    /// It does not parse.
    Syntax(DataFusionError),
    /// It is not exactly one SELECT; where, and what it is.
    Kind(Range<usize>, String),
}

/// Parses `sql` as one SELECT.
pub fn parse(sql: &str) -> std::result::Result<Parsed, NotOneQuery> {
    let dialect = GenericDialect {};
    let statements = DFParserBuilder::new(sql)
        .with_dialect(&dialect)
        .build()
        .and_then(|mut p| p.parse_statements());
    let mut statements = statements.map_err(NotOneQuery::Syntax)?;
    let whole = place::first_word(sql);
    let Some(statement) = statements.pop_front() else {
        return Err(NotOneQuery::Kind(whole, "there is no query".into()));
    };
    if !statements.is_empty() {
        return Err(NotOneQuery::Kind(whole, "there is more than one statement".into()));
    }
    match &statement {
        DfStatement::Statement(inner) if matches!(inner.as_ref(), Statement::Query(_)) => {}
        other => {
            let word = other
                .to_string()
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_uppercase();
            return Err(NotOneQuery::Kind(whole, format!("{word} is not a query")));
        }
    }
    let tables = tables(sql, &statement).map_err(NotOneQuery::Syntax)?;
    let functions = functions(sql, &statement);
    Ok(Parsed {
        statement,
        tables,
        functions,
    })
}

fn tables(sql: &str, statement: &DfStatement) -> Result<Named> {
    let (references, _) = resolve_table_references(statement, true)?;
    let mut places = Places::new(sql);
    visit(statement, &mut places);
    let named = |name: String| {
        let place = places
            .relations
            .get(&name)
            .cloned()
            .unwrap_or_else(|| place::first_word(sql));
        (name, place)
    };
    Ok(references.into_iter().map(|r| named(r.to_string())).collect())
}

fn functions(sql: &str, statement: &DfStatement) -> Named {
    let mut places = Places::new(sql);
    visit(statement, &mut places);
    places.functions
}

fn visit(statement: &DfStatement, places: &mut Places<'_>) {
    if let DfStatement::Statement(statement) = statement {
        // nothing in the visitor breaks off
        let _ = statement.visit(places);
    }
}

struct Places<'a> {
    sql: &'a str,
    relations: Named,
    functions: Named,
}

impl<'a> Places<'a> {
    fn new(sql: &'a str) -> Self {
        Places {
            sql,
            relations: Named::new(),
            functions: Named::new(),
        }
    }
}

fn lower(name: &ObjectName) -> String {
    let part = |ident: &datafusion::sql::sqlparser::ast::Ident| match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    };
    let parts = name.0.iter().map(|p| p.as_ident().map(part).unwrap_or_default());
    parts.collect::<Vec<_>>().join(".")
}

impl Visitor for Places<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let place = place::of_parser(self.sql, relation.span());
        self.relations.entry(lower(relation)).or_insert(place);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            let place = place::of_parser(self.sql, function.name.span());
            self.functions.entry(lower(&function.name)).or_insert(place);
        }
        ControlFlow::Continue(())
    }
}
