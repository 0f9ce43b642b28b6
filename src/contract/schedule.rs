//! Schedules: when something runs by itself, and what happens when it could not. Contracts and models have the same key.
//!
//! What is written here is checked, nothing more: [`crate::schedule`] works out when it is time.
use std::fmt;
use std::ops::Range;

use chrono_tz::Tz;
use toml::Spanned;

mod duration;
mod expression;
mod interval;
mod policy;

pub use duration::{duration_text, parse_duration};
pub use expression::Expression;
pub use interval::{Interval, IntervalUnit};
pub use policy::{Missed, Overlap, Policy};

use super::raw::RawSchedule;

/// The zone of a cron expression that names none, and of intervals.
pub const DEFAULT_ZONE: Tz = Tz::Europe__Amsterdam;

/// When something runs, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What makes it come due.
    pub trigger: Trigger,
    /// How it runs then.
    pub policy: Policy,
    /// Its place in the file, in bytes.
    pub span: Range<usize>,
}

/// What makes something come due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// The clock of a time zone.
    Cron {
        /// A cron expression of five or six fields.
        cron: Expression,
        /// The zone.
        zone: Tz,
    },
    /// A file that has arrived and stopped growing.
    Delivery,
    /// New results of pipelines (`duo_x`) or models (`mart.y`): of any of them.
    After(Vec<String>),
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { cron, zone } => write!(f, "{} ({zone})", cron.text()),
            Self::Delivery => f.write_str("on delivery"),
            Self::After(names) => write!(f, "after {}", names.join(", ")),
        }
    }
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Who a schedule is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduled {
    /// A contract: its pipeline takes deliveries in.
    Pipeline,
    /// A model.
    Model,
}

impl Schedule {
    /// Checks a schedule as written.
    pub fn parse(raw: &Spanned<RawSchedule>, of: Scheduled) -> Result<Self, Flaw> {
        let span = raw.span();
        let raw = raw.get_ref();
        let trigger = trigger(raw, &span, of)?;
        if !matches!(trigger, Trigger::Cron { .. }) {
            for (key, place) in [
                ("zone", raw.zone.as_ref().map(Spanned::span)),
                ("missed", raw.missed.as_ref().map(Spanned::span)),
                ("grace", raw.grace.as_ref().map(Spanned::span)),
                ("jitter", raw.jitter.as_ref().map(Spanned::span)),
            ] {
                if let Some(place) = place {
                    return Err(Flaw {
                        span: place,
                        message: format!("`{key}` says something of a cron expression, and there is none"),
                        hint: Some("leave it out, or schedule by `cron`".to_owned()),
                    });
                }
            }
        }
        let policy = Policy::parse(raw)?;
        if let (Trigger::Delivery, Overlap::Skip, Some(word)) = (&trigger, policy.overlap, &raw.overlap) {
            return Err(Flaw {
                span: word.span(),
                message: "a delivery is never skipped".to_owned(),
                hint: Some("leave `overlap` out: a file that comes in during a run is taken in after it".to_owned()),
            });
        }
        Ok(Self { trigger, policy, span })
    }
}

fn trigger(raw: &RawSchedule, whole: &Range<usize>, of: Scheduled) -> Result<Trigger, Flaw> {
    match (&raw.cron, &raw.on, &raw.after) {
        (Some(cron), None, None) => {
            let expression = cron.get_ref().parse().map_err(|message| flaw(cron.span(), message))?;
            let zone = raw.zone.as_ref().map_or(Ok(DEFAULT_ZONE), |zone| {
                let name = zone.get_ref();
                let unknown = |_| flaw(zone.span(), format!("`{name}` is not a time zone of the IANA database"));
                name.parse().map_err(unknown)
            })?;
            Ok(Trigger::Cron { cron: expression, zone })
        }
        (None, Some(on), None) => match (on.get_ref().as_str(), of) {
            ("delivery", Scheduled::Pipeline) => Ok(Trigger::Delivery),
            ("delivery", Scheduled::Model) => Err(Flaw {
                span: on.span(),
                message: "deliveries come in for pipelines, not for models".to_owned(),
                hint: Some(
                    "without a schedule a model is rebuilt when what it reads has changed; otherwise say `after` or \
                     `cron`"
                        .to_owned(),
                ),
            }),
            (other, _) => Err(flaw(on.span(), format!("`on` is \"delivery\", not \"{other}\""))),
        },
        (None, None, Some(after)) if after.get_ref().is_empty() => {
            Err(flaw(after.span(), "`after` names nothing".to_owned()))
        }
        (None, None, Some(after)) => Ok(Trigger::After(after.get_ref().clone())),
        _ => Err(flaw(
            whole.clone(),
            "a schedule has exactly one of `cron`, `on` and `after`".to_owned(),
        )),
    }
}

fn flaw(span: Range<usize>, message: String) -> Flaw {
    Flaw {
        span,
        message,
        hint: None,
    }
}

#[cfg(test)]
mod tests;
