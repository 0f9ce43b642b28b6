//! Whether a rule fits the columns of its model: each has one role, and none is left over that would tell what is withheld.
use std::collections::BTreeMap;
use std::ops::Range;

use arrow::datatypes::DataType;
use datafusion::logical_expr::LogicalPlan;

use super::Drawn;
use super::assemble::assemble;
use crate::contract::column::Tag;
use crate::diagnostic::{Problem, nearest};
use crate::disclosure::{Minimums, Rule, STATUS};
use crate::engine::place;
use crate::functions::is_text;
use crate::model::disclosure::{DisclosureHeader, Minimum};
use crate::model::header::Word;
use crate::model::{Model, lineage, output};

/// What a column is to the rule; a column is one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Dimension,
    Attribute,
    Count,
    Withheld,
}

impl Role {
    fn text(self) -> &'static str {
        match self {
            Role::Dimension => "a dimension",
            Role::Attribute => "an attribute",
            Role::Count => "a count",
            Role::Withheld => "withheld with a count",
        }
    }
}

/// A column of the query.
#[derive(Clone, Copy)]
struct Column<'a> {
    data_type: &'a DataType,
    tag: Tag,
    /// Whether it is made of a number of persons.
    counts: bool,
}

/// A rule and the columns it speaks of.
pub struct Check<'a> {
    model: &'a Model,
    header: &'a DisclosureHeader,
    columns: BTreeMap<&'a str, Column<'a>>,
    found: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// The rule in `header` beside the columns of `plan`, which is analysed.
    pub fn new(model: &'a Model, header: &'a DisclosureHeader, plan: &'a LogicalPlan) -> Self {
        let made = lineage::tags(plan).into_iter().zip(lineage::counts(plan));
        let column = |data_type, (tag, counts)| Column { data_type, tag, counts };
        let fields = plan.schema().fields().iter().zip(made);
        Check {
            model,
            header,
            columns: fields
                .map(|(f, made)| (f.name().as_str(), column(f.data_type(), made)))
                .collect(),
            found: Vec::new(),
        }
    }

    fn refuse(&mut self, span: &Range<usize>, message: String, hint: impl Into<String>) {
        let problem = self.model.problem("disclosure", span.clone(), message).hint(hint);
        self.found.push(problem);
    }

    /// The rule, of use when there are no problems with it, and those.
    pub fn rule(mut self, drawn: &Drawn, minimums: &Minimums) -> (Rule, Vec<Problem>) {
        let header = self.header;
        let dimensions = header.dimensions.as_ref().unwrap_or(&self.model.header.grain);
        self.dimensions();
        self.roles(dimensions);
        for total in &header.totals {
            if !dimensions.iter().any(|d| d.text == total.dimension.text) {
                let near = nearest(&total.dimension.text, dimensions.iter().map(|d| d.text.as_str()));
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "totals are of values of a dimension: { dimension = { value = [\"part\", \"part\"] } }".into()
                    }
                };
                let message = format!("`totals` names `{}`, which is no dimension", total.dimension.text);
                self.refuse(&total.dimension.span, message, hint);
            }
        }
        let floor = match drawn.persons.is_empty() {
            true => minimums.strictest(drawn.sources.iter().map(String::as_str)).0,
            false => self.floor(drawn, minimums),
        };
        let rule = assemble(header, dimensions, floor);
        (rule, self.found)
    }

    /// Dimensions are what the grain is.
    fn dimensions(&mut self) {
        let grain = &self.model.header.grain;
        if grain.is_empty() {
            let hint = "name the columns that identify a row in `grain`: each row is a cell";
            let message = "a mart with a disclosure rule needs a grain".to_owned();
            self.refuse(&self.header.span.clone(), message, hint);
            return;
        }
        let Some(dimensions) = &self.header.dimensions else {
            return;
        };
        for word in dimensions {
            if self.known(word) && !grain.iter().any(|g| g.text == word.text) {
                let message = format!("dimension `{}` is not in the grain", word.text);
                let hint = format!("the grain is {}: add it there, or leave it out here", names(grain));
                self.refuse(&word.span, message, hint);
            }
        }
        for word in grain {
            if !dimensions.iter().any(|d| d.text == word.text) {
                let message = format!("grain column `{}` is not among the dimensions", word.text);
                let hint =
                    "each row is a cell, and dimensions tell cells apart: leave `dimensions` out, or name it there";
                self.refuse(&word.span, message, hint);
            }
        }
    }

    /// Every column has one role, and there is no column too much or too few.
    fn roles(&mut self, dimensions: &[Word]) {
        let header = self.header;
        let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
        let counts = header.counts.iter().chain(&header.units);
        let shares = || header.shares.iter();
        let blank = counts.clone().flat_map(|c| &c.blank).chain(&header.blank);
        let of = |role| move |word| (word, role);
        let all = (dimensions.iter().map(of(Role::Dimension)))
            .chain(header.attributes.iter().map(of(Role::Attribute)))
            .chain(counts.map(|c| &c.column).map(of(Role::Count)))
            .chain(
                shares()
                    .flat_map(|s| [&s.numerator, &s.denominator])
                    .map(of(Role::Count)),
            )
            .chain(shares().flat_map(|s| &s.columns).map(of(Role::Withheld)))
            .chain(blank.map(of(Role::Withheld)));
        let partition = &self.model.header.partition;
        for (word, role) in all {
            if !self.known(word) {
                continue;
            }
            let before = *roles.entry(&word.text).or_insert(role);
            if before != role {
                let message = format!("`{}` is {} and {}", word.text, before.text(), role.text());
                self.refuse(&word.span, message, "a column is one of the two");
            } else if role == Role::Count {
                self.number(word);
            } else if role == Role::Attribute {
                self.of_nobody(word);
            } else if role == Role::Dimension {
                self.of_no_count(word, "dimension");
            }
            let stays = matches!(role, Role::Dimension | Role::Attribute);
            if !stays && partition.iter().any(|p| p.text == word.text) {
                let message = format!("partition column `{}` cannot be withheld", word.text);
                self.refuse(
                    &word.span,
                    message,
                    "its values are names of folders: leave it out of `partition`",
                );
            }
        }
        for word in &header.unpublished {
            let needed = dimensions.iter().chain(partition).any(|d| d.text == word.text);
            if self.known(word) && needed {
                let message = format!("`{}` tells cells or folders apart, so it is published", word.text);
                self.refuse(&word.span, message, "leave it out of `unpublished`");
            }
        }
        for unit in &header.units {
            self.of_no_count(&unit.column, "unit");
        }
        self.left_over(&roles);
    }

    /// What the rule does not speak of would be published beside a count that is withheld.
    fn left_over(&mut self, roles: &BTreeMap<&str, Role>) {
        let at = place::first_word(&self.model.sql);
        let public = self.model.header.made_public();
        for (name, column) in self.columns.clone() {
            if name == STATUS {
                let message =
                    format!("the query gives a column `{STATUS}`, and a mart with a disclosure rule gets one");
                self.refuse(&at, message, "give the query's column another name");
                continue;
            }
            let spoken = roles.contains_key(name) || self.header.unpublished.iter().any(|w| w.text == name);
            let of_persons = column.tag != Tag::Public || column.counts;
            let harmless = is_text(column.data_type) && (!of_persons || public.contains(name));
            if !spoken && !harmless {
                let message = format!("the disclosure rule does not say what column `{name}` is");
                let hint = "name it in `blank` when it is withheld with a count, in `attributes` when it says something of a \
                            dimension and not of persons, in `unpublished` when only the rule needs it";
                self.refuse(&at, message, hint);
            }
        }
    }

    /// Whether the query gives the column.
    fn known(&mut self, word: &Word) -> bool {
        let known = self.columns.contains_key(word.text.as_str());
        let again = self.found.iter().any(|p| p.span.as_ref() == Some(&word.span));
        if !known && !again {
            let names: Vec<&str> = self.columns.keys().copied().collect();
            self.found.push(output::unknown(self.model, word, &names));
        }
        known
    }

    fn number(&mut self, word: &Word) {
        let Some(Column { data_type, .. }) = self.columns.get(word.text.as_str()) else {
            return;
        };
        let whole = match data_type {
            DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
                *scale == 0
            }
            other => other.is_integer(),
        };
        if !whole {
            let message = format!("count `{}` is {data_type}, not a whole number", word.text);
            let hint = "a count of persons is count(DISTINCT ...) or a sum of such: CAST(... AS BIGINT) what is whole";
            self.refuse(&word.span, message, hint);
        }
    }

    /// An attribute is shown beside a count that is withheld, so it may not be made of data about persons.
    fn of_nobody(&mut self, word: &Word) {
        let tag = self
            .columns
            .get(word.text.as_str())
            .and_then(|column| column.tag.note());
        let public = self.model.header.made_public();
        if let Some((_, tag)) = tag
            && !public.contains(word.text.as_str())
        {
            let message = format!("attribute `{}` is made of columns with the tag {tag}", word.text);
            let hint =
                "name it in `blank`, so that it is withheld with a count, or say in `public` why anyone may see it";
            self.refuse(&word.span, message, hint);
        } else {
            self.of_no_count(word, "attribute");
        }
    }

    /// What is shown whatever is withheld may not be made of a number of persons.
    fn of_no_count(&mut self, word: &Word, role: &str) {
        let counts = self.columns.get(word.text.as_str()).is_some_and(|column| column.counts);
        let public = self.model.header.public.iter().any(|(name, _)| name.text == word.text);
        if counts && !public {
            let message = format!("{role} `{}` is made of a number of persons", word.text);
            let hint = "name it in `count` or `blank`, so that it is withheld when it tells of too few, or say in `public` \
                        why anyone may see it";
            self.refuse(&word.span, message, hint);
        }
    }

    /// What the settings ask at least; a header may ask for more.
    fn floor(&mut self, drawn: &Drawn, minimums: &Minimums) -> u64 {
        let header = self.header;
        let (floor, source) = minimums.strictest(drawn.persons.iter().map(String::as_str));
        let own = header.counts.iter().filter_map(|c| c.min.as_ref());
        let own = own.chain(header.shares.iter().filter_map(|s| s.min.as_ref()));
        for Minimum { number, span } in header.min.iter().chain(own) {
            if *number < floor && *number > 0 {
                let message =
                    format!("a minimum of {number} is less than the {floor} that is asked of data from {source}");
                let hint = format!("leave `min` out, or change disclosure.min.{source} in config/sluis.toml");
                self.refuse(span, message, hint);
            }
        }
        floor
    }
}

fn names(words: &[Word]) -> String {
    words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(", ")
}
