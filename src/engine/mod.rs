//! The query engine: one runtime a process, one catalog a query, the functions of sluis.
//!
//! An [`Engine`] holds what a process has once (memory pool, spill directory, threads); a [`Catalog`] holds what one
//! query sees: one publication of each table, from its start to its end.
use std::future::Future;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::error::DataFusionError;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

mod catalog;
mod error;
mod explain;
mod fault;
mod join;
mod lake_schema;
mod ops;
pub mod place;
mod readonly;
mod reference;
mod restricted;
mod spill;
mod yielding;

pub use catalog::{CATALOG, Catalog, CatalogSources, SCHEMAS};
pub use error::{EngineError, plain};
pub use explain::{Explained, explain, near_table};
pub use fault::{Fault, FaultKind, told, withheld};
pub use ops::{deliveries_digest, deliveries_schema, occurrences_schema, quarantine_schema, runs_schema};
pub use readonly::{check_read_only, query};
pub use reference::{code_list_schema, code_list_table, value_labels_digest, value_labels_schema};
pub use restricted::Allowed;

use spill::SpillDir;

/// Stack of a thread that handles queries: planning one recurses, by up to 24 kB a level in a debug build, and a stack that is
/// too small ends the process. Only what is used of it is memory.
pub const STACK_BYTES: usize = 256 << 20;

/// What an engine may use. The defaults are for tests; a project's come from its settings.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Memory of all queries together, in bytes; beyond it sorts, groups and sort-merge joins go to disk.
    pub memory_bytes: u64,
    /// Threads (and partitions of a plan); 0 is one per core.
    pub threads: usize,
    /// Where spill files go; a directory of its own per process is made in it, mode 0700.
    pub spill_dir: PathBuf,
    /// Most bytes of spill files at one time; 0 is the engine's own limit (100 GB).
    pub spill_bytes: u64,
    /// Whether joins and top-k filters may prune what scans read.
    pub dynamic_filters: bool,
    /// Whether filters are evaluated inside the Parquet reader.
    pub pushdown_filters: bool,
}

impl EngineOptions {
    /// Options with `spill_dir` and 1 GiB of memory.
    pub fn new(spill_dir: impl Into<PathBuf>) -> Self {
        EngineOptions {
            memory_bytes: 1 << 30,
            threads: 0,
            spill_dir: spill_dir.into(),
            spill_bytes: 0,
            dynamic_filters: true,
            pushdown_filters: false,
        }
    }
}

/// The query engine of this process.
pub struct Engine {
    state: SessionState,
    memory_bytes: u64,
    runtime: tokio::runtime::Runtime,
    // dropped last: its directory is removed when no query can write to it any more
    _spill: SpillDir,
}

impl Engine {
    /// Sets up memory, spill directory and threads.
    pub fn new(options: EngineOptions) -> Result<Engine, EngineError> {
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            n => n,
        };
        let spill = SpillDir::claim(&options.spill_dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_stack_size(STACK_BYTES)
            .max_blocking_threads(64)
            .thread_name("sluis-query")
            .enable_all()
            .build()
            .map_err(EngineError::Threads)?;
        let environment = environment(&options, &spill)?;
        let mut state = SessionStateBuilder::new()
            .with_config(session_config(&options, threads))
            .with_runtime_env(environment)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(yielding::Yielding))
            .build();
        crate::functions::register_in(&mut state)?;
        crate::functions::bound_in(&mut state)?;
        Ok(Engine {
            state,
            memory_bytes: options.memory_bytes,
            runtime,
            _spill: spill,
        })
    }

    /// A context whose queries see `catalog`. Make one per query (or per statement of a shell): then each sees the
    /// newest publications, and the same ones from start to end.
    pub fn context(&self, catalog: Catalog) -> SessionContext {
        let catalogs = Arc::new(datafusion::catalog::MemoryCatalogProviderList::new());
        let state = SessionStateBuilder::new_from_existing(self.state.clone())
            .with_session_id(String::from("sluis"))
            .with_catalog_list(catalogs)
            .build();
        let context = SessionContext::new_with_state(state);
        context.register_catalog(CATALOG, Arc::new(catalog));
        context
    }

    /// As [`Engine::context`], for one query of several: it may use `memory_bytes` before it spills, whatever the others do.
    pub fn context_within(&self, catalog: Catalog, memory_bytes: u64) -> Result<SessionContext, EngineError> {
        let memory = usize::try_from(memory_bytes).unwrap_or(usize::MAX);
        let most_shown = NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN);
        let pool = TrackConsumersPool::new(FairSpillPool::new(memory), most_shown);
        let environment = RuntimeEnvBuilder::from_runtime_env(self.state.runtime_env())
            .with_memory_pool(Arc::new(pool))
            .build_arc()?;
        let state = SessionStateBuilder::new_from_existing(self.context(catalog).state())
            .with_runtime_env(environment)
            .build();
        Ok(SessionContext::new_with_state(state))
    }

    /// Starts `work` on this engine's threads.
    pub fn spawn<F>(&self, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.spawn(work)
    }

    /// Runs `work` on this engine's threads to its end. Not to be called from within async code.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// Ends its threads, and waits for what they do at most as long as `patience`.
    pub fn stop(self, patience: Duration) {
        self.runtime.shutdown_timeout(patience);
    }

    /// Memory of all queries together, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }
}

/// A state that plans on `catalog` without an engine: for checking models, where nothing runs.
pub fn planning_state(catalog: Catalog) -> Result<SessionState, DataFusionError> {
    let mut state = SessionStateBuilder::new()
        .with_config(session_config(&EngineOptions::new(""), 2))
        .with_default_features()
        .build();
    crate::functions::register_in(&mut state)?;
    state.catalog_list().register_catalog(CATALOG.into(), Arc::new(catalog));
    Ok(state)
}

fn environment(options: &EngineOptions, spill: &SpillDir) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let memory = usize::try_from(options.memory_bytes).unwrap_or(usize::MAX);
    let most_shown = NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN);
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory), most_shown);
    let mut disk =
        DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![spill.path().to_path_buf()]));
    if options.spill_bytes > 0 {
        disk.set_max_temp_directory_size(options.spill_bytes);
    }
    // a list of files is a manifest's business: a cached listing would hide what a publication added or removed
    let caches = CacheManagerConfig::default()
        .with_list_files_cache_limit(0)
        .with_file_statistics_cache_limit(0);
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .with_cache_manager(caches)
        .build_arc()
}

/// Settings every plan is made with; `threads` is at least 2 partitions, else no join could be a sort-merge join.
fn session_config(options: &EngineOptions, threads: usize) -> SessionConfig {
    // a batch is the least a sort can hold, and a sort holds some in each partition
    let batch = usize::try_from(options.memory_bytes / (16 << 10)).unwrap_or(usize::MAX);
    let mut config = SessionConfig::new()
        .with_batch_size(batch.clamp(256, 8192))
        .with_target_partitions(threads.max(2))
        .with_information_schema(true)
        .with_default_catalog_and_schema(CATALOG, "mart")
        .with_create_default_catalog_and_schema(false);
    let settings = config.options_mut();
    settings.sql_parser.collect_spans = true;
    settings.sql_parser.map_string_types_to_utf8view = false;
    settings.optimizer.enable_dynamic_filter_pushdown = options.dynamic_filters;
    settings.execution.parquet.pushdown_filters = options.pushdown_filters;
    settings.execution.parquet.reorder_filters = options.pushdown_filters;
    // every sort sets this aside beforehand: under a small limit the default of 10 MiB is all there is
    let reserve = usize::try_from(options.memory_bytes / 64).unwrap_or(usize::MAX);
    settings.execution.sort_spill_reservation_bytes = reserve.clamp(64 << 10, 10 << 20);
    settings.execution.time_zone = Some(String::from("+00:00"));
    config
}

/// How values are shown to people: nulls empty, dates as `2019-10-01`.
pub fn display_options() -> arrow::util::display::FormatOptions<'static> {
    arrow::util::display::FormatOptions::new()
        .with_null("")
        .with_date_format(Some("%Y-%m-%d"))
}

#[cfg(test)]
mod tests;
