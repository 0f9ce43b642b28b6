//! Whether a mart of data about persons says what is withheld of it, and whether what it says fits its columns.
use std::collections::BTreeSet;

use datafusion::logical_expr::LogicalPlan;

mod assemble;
mod columns;

use crate::diagnostic::Problem;
use crate::disclosure::{Minimums, Rule};
use crate::engine::place;
use crate::lake::TableName;
use crate::model::header::Word;
use crate::model::{Model, lineage};
use columns::Check;

/// Where the data of a table come from: tags of contracts.
#[derive(Debug, Clone, Default)]
pub struct Drawn {
    /// Every source.
    pub sources: BTreeSet<String>,
    /// Those that hold persons.
    pub persons: BTreeSet<String>,
}

impl Drawn {
    /// Takes another table's sources in.
    pub fn and(&mut self, other: &Drawn) {
        self.sources.extend(other.sources.iter().cloned());
        self.persons.extend(other.persons.iter().cloned());
    }
}

/// Whether a model makes a table that is for others to read.
pub fn is_mart(model: &Model) -> bool {
    model.name.schema == "mart"
}

/// What a model is made of.
pub struct Made<'a> {
    /// Its plan, analysed.
    pub plan: &'a LogicalPlan,
    /// Where its data come from.
    pub drawn: &'a Drawn,
    /// One of the tables through which data about persons come to it.
    pub through: Option<&'a TableName>,
}

/// The disclosure rule of `model` as it can be carried out. What is wrong with it, or that it has none and needs one, is a
/// problem.
pub fn check(model: &Model, made: &Made<'_>, minimums: &Minimums, problems: &mut Vec<Problem>) -> Option<Rule> {
    let is_mart = is_mart(model);
    no_pseudonyms(model, made.plan, is_mart, problems);
    let Some(header) = &model.header.disclosure else {
        if is_mart && let Some(through) = made.through {
            let message = format!("{} is made of data about persons (through {through})", model.name);
            let hint =
                "add a disclosure rule to its header, as `disclosure = { count = \"personen\" }`; see docs/models.md";
            let at = place::first_word(&model.sql);
            problems.push(model.problem("disclosure", at, message).hint(hint));
        }
        return None;
    };
    if !is_mart {
        let message = format!("{} is no mart, and has a disclosure rule", model.name);
        let hint = "only marts are published for others to read: take the rule out, or move the model to sql/mart";
        problems.push(model.problem("disclosure", header.span.clone(), message).hint(hint));
        return None;
    }
    let (rule, mut found) = Check::new(model, header, made.plan).rule(made.drawn, minimums);
    let sound = found.is_empty();
    problems.append(&mut found);
    sound.then_some(rule)
}

/// A mart holds no pseudonyms, and nothing makes one public.
fn no_pseudonyms(model: &Model, plan: &LogicalPlan, is_mart: bool, problems: &mut Vec<Problem>) {
    let header = &model.header;
    for (field, holds) in plan.schema().fields().iter().zip(lineage::pseudonyms(plan)) {
        if !holds {
            continue;
        }
        let named = |words: &[Word]| words.iter().find(|w| w.text == *field.name()).map(|w| w.span.clone());
        let message = format!("column `{}` holds a pseudonym", field.name());
        if is_mart {
            let at = named(&header.grain).unwrap_or_else(|| place::first_word(&model.sql));
            let hint = "a mart is never about one person: leave it out, and count persons with count(DISTINCT ...)";
            problems.push(model.problem("disclosure", at, &message).hint(hint));
        }
        if let Some((word, _)) = header.public.iter().find(|(w, _)| w.text == *field.name()) {
            let hint = "a pseudonym stands for one person, in whatever form: it cannot be public";
            problems.push(model.problem("public", word.span.clone(), message).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests;
