//! Runs in the ledger: what a command does to the lake, from its beginning to how it ended.
use super::{Context, Failure};
use crate::lake::TableName;
use crate::ledger::{Run, RunStatus};
use crate::schedule;

impl Context {
    /// Records a run in the ledger around the work: kind, who, begin, end and how it ended. The work fills in counts and
    /// detail.
    pub fn recorded<T>(
        &self,
        kind: &str,
        work: impl FnOnce(&Self, &mut Run) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let ledger = self.ledger()?;
        let before = self.staged()?;
        let mut run = ledger.start_run(kind, &self.who(), self.now())?;
        let outcome = work(self, &mut run);
        let status = match &outcome {
            _ if self.cancelled() => RunStatus::Interrupted,
            Ok(_) if run.status == RunStatus::Failed.as_str() => RunStatus::Failed,
            Ok(_) => RunStatus::Succeeded,
            Err(_) => RunStatus::Failed,
        };
        run.end(status, self.now());
        let finished = ledger.finish_run(&run);
        let told = self.tell_service(&before, &run);
        let value = outcome?;
        finished?;
        told?;
        Ok(value)
    }

    /// Lets what comes after a run that somebody typed come due in the service.
    fn tell_service(&self, before: &[(TableName, u64)], run: &Run) -> Result<(), Failure> {
        if self.is_run_of_service() {
            return Ok(());
        }
        let staged = self.staged()?.into_iter().filter(|now| !before.contains(now));
        let mut published: Vec<TableName> = staged.map(|(name, _)| name).collect();
        let models = run.detail["models"]["published"].as_array().into_iter().flatten();
        published.extend(models.filter_map(|name| name.as_str()?.parse().ok()));
        Ok(schedule::by_hand(&*self.ledger()?, run, &published, self.now())?)
    }

    /// The versions that are published of what pipelines fill.
    fn staged(&self) -> Result<Vec<(TableName, u64)>, Failure> {
        let lake = self.lake()?;
        let tables = lake.tables()?.into_iter().filter(|table| table.schema == "staging");
        let mut staged = Vec::new();
        for table in tables {
            // one that cannot be read is told by whoever needs it
            let current = lake.current(&table).ok().flatten();
            staged.extend(current.map(|manifest| (table, manifest.version)));
        }
        Ok(staged)
    }
}
