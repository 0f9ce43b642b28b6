//! Statements from text to result.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::format::{Format, Writer};
use super::memory::half_of_machine;
use super::names::{Names, ProjectNames};
use super::place::Source;
use super::target::{OutputFile, Target};
use crate::cli::text::counted;
use crate::cli::{Code, Context, Failure, Out};
use crate::diagnostic::{printable, printable_lines};
use crate::engine::{self, Catalog, CatalogSources, Engine, EngineError, EngineOptions};
use crate::model;

/// How often a running query looks whether it should stop
const LOOK: Duration = Duration::from_millis(50);

/// How results are shown, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// Their format.
    pub format: Format,
    /// Most rows of a table.
    pub rows: usize,
    /// Whether text in CSV is kept from being read as a formula.
    pub guard: bool,
    /// Whether to tell how long a statement took.
    pub timing: bool,
    /// A file instead of standard output; each result takes the place of the one before.
    pub output: Option<PathBuf>,
    /// The format that the file's name asked for, when the shell was told of the file.
    pub output_format: Option<Format>,
}

impl Options {
    /// The format of the next result.
    pub fn format(&self) -> Format {
        self.output_format.unwrap_or(self.format)
    }
}

/// A project's tables, open for queries.
pub struct Session {
    engine: Arc<Engine>,
    sources: CatalogSources,
    out: Out,
    terminal: bool,
    cancel: Arc<AtomicBool>,
    /// How results are shown.
    pub options: Options,
}

/// A project's tables, and an engine with the project's settings to query them.
pub(in crate::cli) fn tables(context: &Context) -> Result<(Engine, CatalogSources), Failure> {
    let project = context.project()?;
    let settings = &project.settings;
    let sources = CatalogSources {
        lake: context.lake()?,
        reference: project.reference(),
        ledger: Some(context.ledger()?),
    };
    let options = EngineOptions {
        memory_bytes: match settings.query.memory_bytes.bytes() {
            0 => half_of_machine(),
            bytes => bytes,
        },
        threads: settings.query.threads,
        dynamic_filters: settings.query.dynamic_filters,
        pushdown_filters: settings.query.pushdown_filters,
        ..EngineOptions::new(project.spill())
    };
    Ok((Engine::new(options)?, sources))
}

impl Session {
    /// Opens the project's tables.
    pub fn open(context: &Context, options: Options) -> Result<Self, Failure> {
        let (engine, sources) = tables(context)?;
        Ok(Self {
            engine: Arc::new(engine),
            sources,
            out: context.out(),
            terminal: context.is_terminal(),
            cancel: Arc::clone(&context.cancel),
            options,
        })
    }

    /// What can be named.
    pub fn names(&self) -> ProjectNames {
        ProjectNames::new(Arc::clone(&self.engine), self.sources.clone())
    }

    /// The tables and the engine, for the commands that describe them.
    pub fn sources(&self) -> &CatalogSources {
        &self.sources
    }

    /// Runs work on the engine's threads.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.engine.block_on(work)
    }

    /// Standard output.
    pub fn out(&self) -> Out {
        self.out.clone()
    }

    /// Runs a statement and writes its result.
    pub fn run(&self, source: &Source) -> Result<(), Failure> {
        let start = Instant::now();
        self.engine.block_on(self.query(source))?;
        if self.options.timing {
            writeln!(self.out(), "Time: {:.3} s", start.elapsed().as_secs_f64())?;
        }
        Ok(())
    }

    async fn query(&self, source: &Source) -> Result<(), Failure> {
        // one catalog a statement: it sees the newest publications, and the same ones to its end
        let context = self.engine.context(Catalog::now(&self.sources));
        let refused = |error: EngineError| self.refused(source, error);
        let frame = self
            .unless_cancelled(engine::query(&context, source.statement()))
            .await?
            .map_err(refused)?;
        let tagged = model::output::tagged(frame.logical_plan());
        let opened = self.unless_cancelled(frame.execute_stream()).await?;
        let stream = opened.map_err(|error| self.failed(source, &error))?;
        let (target, file) = self.target()?;
        let rows = self.write(source, stream, &tagged, target).await?;
        let Some((file, path)) = file else { return Ok(()) };
        file.publish().map_err(|error| cannot_write(&path, &error))?;
        if self.terminal {
            writeln!(
                self.out(),
                "{} in {}",
                counted(rows, "row"),
                printable(&path.to_string_lossy())
            )?;
        }
        Ok(())
    }

    async fn write(
        &self,
        source: &Source,
        mut stream: SendableRecordBatchStream,
        tagged: &Schema,
        to: Target,
    ) -> Result<u64, Failure> {
        let schema = stream.schema();
        let format = self.options.format();
        let plan = format.for_people() && self.options.output.is_none() && is_plan(&schema);
        let mut writer = match plan {
            true => None,
            false => {
                let guard = self.options.guard;
                Some(Writer::new(format, &schema, tagged, to, self.options.rows, guard)?)
            }
        };
        while let Some(batch) = self.unless_cancelled(stream.next()).await? {
            let batch = batch.map_err(|error| self.failed(source, &engine::withheld(error)))?;
            match &mut writer {
                Some(writer) => writer.write(&batch)?,
                None => write_plan(&batch, &mut self.out())?,
            }
        }
        writer.map_or(Ok(0), Writer::finish)
    }

    /// Runs until it is done, or until the user wants to stop.
    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let mut work = std::pin::pin!(work);
        loop {
            if self.cancel.load(Ordering::SeqCst) {
                return Err(Failure::interrupted());
            }
            if let Ok(done) = tokio::time::timeout(LOOK, &mut work).await {
                return Ok(done);
            }
        }
    }

    fn target(&self) -> Result<(Target, Option<(OutputFile, PathBuf)>), Failure> {
        let Some(path) = &self.options.output else {
            if self.options.format() == Format::Parquet && self.terminal {
                let failure = Failure::usage("Parquet is not for a terminal");
                return Err(failure.hint("name a file with --output FILE (in the shell: \\o FILE)"));
            }
            return Ok((Target::out(self.out(), self.terminal), None));
        };
        let (file, open) = OutputFile::create(path).map_err(|error| cannot_write(path, &error))?;
        Ok((Target::file(open), Some((file, path.clone()))))
    }

    fn refused(&self, source: &Source, error: EngineError) -> Failure {
        match error {
            EngineError::Query(error) => self.failed(source, &error),
            EngineError::ReadOnly { .. } => {
                let problem = source.problem("read-only", error.to_string());
                let problem = match error {
                    EngineError::ReadOnly { statement } if statement == "COPY" => {
                        problem.hint("to write a result to a file: --output FILE (in the shell: \\o FILE)")
                    }
                    _ => problem,
                };
                Failure::problems(Code::Refused, vec![problem])
            }
            other => other.into(),
        }
    }

    fn failed(&self, source: &Source, error: &DataFusionError) -> Failure {
        let problem = source.explain(error, &self.names().all_tables());
        Failure::problems(Code::Refused, vec![problem])
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Machine, format!("cannot write {}: {error}", path.display()))
}

/// Whether it is the answer to `EXPLAIN`, which has a layout of its own.
fn is_plan(schema: &Schema) -> bool {
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.data_type()))
        .collect();
    names == [("plan_type", &DataType::Utf8), ("plan", &DataType::Utf8)]
}

fn write_plan(batch: &RecordBatch, to: &mut impl Write) -> Result<(), Failure> {
    let (kinds, plans) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
    for row in (0..batch.num_rows()).filter(|row| plans.is_valid(*row)) {
        writeln!(to, "-- {}", kinds.value(row))?;
        writeln!(to, "{}", printable_lines(plans.value(row).trim_end()))?;
    }
    Ok(())
}
