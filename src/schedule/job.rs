//! What runs by itself.
use chrono_tz::Tz;

use crate::contract::Interval;
use crate::contract::schedule::{DEFAULT_ZONE, Policy, Trigger};

/// The job that builds the models without a schedule of their own.
pub const MODELS: &str = "models";

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Takes the deliveries of a pipeline in.
    Ingest(String),
    /// Builds the models that these selectors name; all models without any.
    Run(Vec<String>),
}

/// Something that runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The pipeline (`duo_x`), the model (`mart.y`), or [`MODELS`].
    pub name: String,
    /// What it does.
    pub work: Work,
    /// What makes it come due.
    pub trigger: Trigger,
    /// How it runs then.
    pub policy: Policy,
    /// The stretch of time that one occurrence is about; without it, the time since the one before.
    pub interval: Option<Interval>,
}

impl Job {
    /// The zone of its calendar.
    pub fn zone(&self) -> Tz {
        match &self.trigger {
            Trigger::Cron { zone, .. } => *zone,
            Trigger::Delivery | Trigger::After(_) => DEFAULT_ZONE,
        }
    }

    /// What makes it come due, in words.
    pub fn trigger_text(&self) -> String {
        match &self.trigger {
            Trigger::After(_) if self.name == MODELS => "after every pipeline and scheduled model".to_owned(),
            trigger => trigger.to_string(),
        }
    }

    /// What its cursor is of. With another one it starts anew: nothing before was promised.
    pub(super) fn cursor_of(&self) -> String {
        match &self.trigger {
            Trigger::Cron { .. } => self.trigger.to_string(),
            Trigger::Delivery => "delivery".to_owned(),
            Trigger::After(_) => "after".to_owned(),
        }
    }
}
