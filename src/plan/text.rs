//! Plans as text and as JSON.
use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{Action, ModelPlan, Plan, Reason, Scope};

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.about {
            Some(table) => write!(f, "{} ({table})", self.why.text()),
            None => f.write_str(self.why.text()),
        }
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Action::Keep => "keep",
            Action::Rebuild => "rebuild",
            Action::Remove => "remove",
            Action::Wait => "wait",
        })
    }
}

/// Reasons in one line.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Display for ModelPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::Nothing => {
                let partitions = self.steps.iter().filter(|s| s.partition.is_some()).count();
                write!(f, "{}: keep", self.table)?;
                if partitions > 0 {
                    write!(f, " ({partitions} partitions)")
                } else {
                    Ok(())
                }
            }
            Scope::Waiting(tables) => {
                let tables: Vec<_> = tables.iter().map(ToString::to_string).collect();
                write!(f, "{}: wait for {}", self.table, tables.join(", "))
            }
            Scope::Whole | Scope::Slices(_) => {
                if let [step] = self.steps.as_slice()
                    && step.partition.is_none()
                {
                    return write!(f, "{}: rebuild, {}", self.table, reasons(&step.reasons));
                }
                write!(f, "{}:", self.table)?;
                let width = self
                    .steps
                    .iter()
                    .filter_map(|s| s.partition.as_ref())
                    .map(String::len)
                    .max()
                    .unwrap_or(0);
                for step in &self.steps {
                    let partition = step.partition.as_deref().unwrap_or_default();
                    let line = format!("{partition:width$}  {:7}  {}", step.action, reasons(&step.reasons));
                    write!(f, "\n  {}", line.trim_end())?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for model in &self.models {
            writeln!(f, "{model}")?;
        }
        let count = |wanted: fn(&Scope) -> bool| self.models.iter().filter(|m| wanted(&m.scope)).count();
        let rebuild = count(|s| matches!(s, Scope::Whole | Scope::Slices(_)));
        let keep = count(|s| matches!(s, Scope::Nothing));
        let wait = count(|s| matches!(s, Scope::Waiting(_)));
        if rebuild == 0 && wait == 0 {
            return write!(f, "nothing to do: {keep} models are up to date");
        }
        write!(f, "{rebuild} to rebuild, {keep} up to date")?;
        if wait > 0 {
            write!(f, ", {wait} waiting for a delivery or a model")
        } else {
            Ok(())
        }
    }
}

impl Serialize for ModelPlan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            partition: Option<&'a str>,
            action: Action,
            reasons: &'a [Reason],
        }
        let lines: Vec<Line<'_>> = self
            .steps
            .iter()
            .map(|s| Line {
                partition: s.partition.as_deref(),
                action: s.action,
                reasons: &s.reasons,
            })
            .collect();
        let (action, waits_for) = match &self.scope {
            Scope::Nothing => (Action::Keep, &[][..]),
            Scope::Whole | Scope::Slices(_) => (Action::Rebuild, &[][..]),
            Scope::Waiting(tables) => (Action::Wait, tables.as_slice()),
        };
        let mut out = to.serialize_struct("ModelPlan", 5)?;
        out.serialize_field("table", &self.table)?;
        out.serialize_field("action", &action)?;
        out.serialize_field("reasons", &self.reasons)?;
        out.serialize_field("waits_for", waits_for)?;
        out.serialize_field("partitions", &lines)?;
        out.end()
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut out = to.serialize_struct("Plan", 2)?;
        out.serialize_field("nothing_to_do", &self.is_empty())?;
        out.serialize_field("models", &self.models)?;
        out.end()
    }
}
