//! `sluis keys`: makes, shows and rotates the keys of the pseudonyms.
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use super::text::{Table, count, counted, moment, short, write_json};
use super::{Context, Failure};
use crate::contract::column::Kind;
use crate::contract::{self, Contract};
use crate::ingest::QUARANTINE;
use crate::lake::{Lake, Partition, TableName};
use crate::pseudonym::rotate::{Held, Rotated, Rotation, TextColumn, held};
use crate::pseudonym::{FIELD_DOMAIN, FIELD_KEY, IdType, KeyError, KeyRing};

/// What can be typed after `sluis keys`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a key ring with one new key; one that is there is never replaced
    Init,
    /// Show key versions by fingerprint, and which tables hold pseudonyms of which version
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a key version and take every pseudonym in the lake to it; goes on with one that was broken off
    Rotate,
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Init => init(context),
        Command::Status { json } => status(context, json),
        Command::Rotate => rotate(context),
    }
}

fn init(context: &Context) -> Result<ExitCode, Failure> {
    let source = context.key_source()?;
    let path = source.path().ok_or_else(|| KeyError::ReadOnly {
        origin: source.to_string(),
    })?;
    let ring = KeyRing::init(path, context.now())?;
    let mut out = context.out();
    for key in ring.versions()? {
        let shown = short(path, context.cwd());
        writeln!(
            out,
            "key version {}, fingerprint {}, in {}",
            key.version,
            key.fingerprint,
            shown.display()
        )?;
    }
    writeln!(
        out,
        "Keep a copy away from the lake: without it no later delivery fits the pseudonyms made with it."
    )?;
    Ok(ExitCode::SUCCESS)
}

fn status(context: &Context, as_json: bool) -> Result<ExitCode, Failure> {
    let source = context.key_source()?;
    let ring = KeyRing::peek(&source)?;
    let versions = ring.versions()?;
    let held = held(&context.lake()?)?;
    let domain = context.project()?.settings.keys.domain.clone();
    let mut out = context.out();
    if as_json {
        let keys: Vec<_> = versions
            .iter()
            .map(|key| {
                let (status, created) = (key.status.as_str(), moment(key.created_at));
                json!({"version": key.version, "status": status, "created_at": created, "fingerprint": key.fingerprint})
            })
            .collect();
        let columns: Vec<_> = held
            .iter()
            .map(|one| {
                let id = one.id.map(IdType::as_str);
                json!({"table": one.table.to_string(), "column": one.column, "key": id, "domain": one.domain, "versions": one.versions})
            })
            .collect();
        write_json(
            &mut out,
            &json!({"source": source.to_string(), "domain": domain, "keys": keys, "columns": columns}),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "keys from {source}, domain {domain}")?;
    let mut table = Table::new(&[">version", "status", "created", "fingerprint"]);
    for key in &versions {
        table.row([
            key.version.to_string(),
            key.status.as_str().to_owned(),
            moment(key.created_at),
            key.fingerprint.clone(),
        ]);
    }
    table.write(&mut out)?;
    if !held.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&["table", "column", "of", "domain", "key versions"]);
        for one in &held {
            table.row([
                one.table.to_string(),
                one.column.clone(),
                one.id.map_or("?", IdType::as_str).to_owned(),
                one.domain.clone().unwrap_or_else(|| "?".to_owned()),
                one.versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
            ]);
        }
        table.write(&mut out)?;
    }
    warnings(context, &ring, &held);
    Ok(ExitCode::SUCCESS)
}

fn warnings(context: &Context, ring: &KeyRing, held: &[Held]) {
    if let Some(pending) = ring.pending() {
        let command = context.typed(&["keys", "rotate"]);
        tracing::warn!("the rotation to key version {pending} is not finished; {command} goes on");
        return;
    }
    for one in held
        .iter()
        .filter(|one| one.versions.iter().any(|version| *version != ring.active()))
    {
        let (table, column) = (&one.table, &one.column);
        tracing::warn!(
            "{table}.{column} holds pseudonyms of another key version than the active one: they match nothing new"
        );
    }
}

fn rotate(context: &Context) -> Result<ExitCode, Failure> {
    let source = context.key_source()?;
    let lake = context.lake()?;
    let project = context.project()?;
    let (contracts, _) = contract::load_all(&project.pipelines(), &project.reference());
    let kinds = Kinds {
        lake: &lake,
        contracts: &contracts,
        domain: &project.settings.keys.domain,
    };
    let quarantine = TableName::new(QUARANTINE.0, QUARANTINE.1)?;
    let kind = |partition: &Partition, name: &str| kinds.of(partition, name);
    let texts = [TextColumn {
        table: quarantine,
        column: "keys".to_owned(),
        kind: &kind,
    }];
    let order = |table: &TableName| {
        let contract = contracts.iter().find(|contract| contract.table() == *table);
        contract.map(|contract| contract.sort.clone()).unwrap_or_default()
    };
    let (ring, rotated) = context.recorded("keys rotate", |context, run| {
        let ring = KeyRing::begin_rotation(&source, context.now())?;
        let to = ring.pending();
        let rotation = Rotation {
            lake: &lake,
            ring: &ring,
            texts: &texts,
            order: &order,
            run: &run.id,
            now: run.started_at,
            cancel: &context.cancel,
            observe: &|table, rows| tracing::debug!(%table, rows, "pseudonyms rewritten"),
        };
        let rotated = rotation.rotate()?;
        run.detail = json!({ "key_version": to, "tables": rotated.tables.len(), "distinct": rotated.distinct });
        Ok((ring.finish_rotation(&source)?, rotated))
    })?;
    report(context, &ring, &rotated)?;
    Ok(ExitCode::SUCCESS)
}

fn report(context: &Context, ring: &KeyRing, rotated: &Rotated) -> Result<(), Failure> {
    let mut out = context.out();
    let version = ring.active();
    writeln!(
        out,
        "key version {version} is active; {} proved to have distinct successors",
        counted(rotated.distinct, "distinct pseudonym")
    )?;
    if !rotated.tables.is_empty() {
        let mut table = Table::new(&["table", ">version", ">rows rewritten", "columns"]);
        for one in &rotated.tables {
            table.row([
                one.table.to_string(),
                one.version.to_string(),
                count(one.rows),
                one.columns.join(", "),
            ]);
        }
        table.write(&mut out)?;
    }
    if !rotated.already.is_empty() {
        writeln!(
            out,
            "{} rewritten before",
            counted(rotated.already.len() as u64, "table")
        )?;
    }
    if rotated.lost_words > 0 {
        let lost = counted(rotated.lost_words, "pseudonym");
        writeln!(
            out,
            "{lost} of rows set aside taken out: no contract says what they were of"
        )?;
    }
    for (table, column) in &rotated.unmarked {
        tracing::warn!(
            "{table}.{column} looks like pseudonyms and does not say of what; rebuild it: {}",
            context.typed(&["run"])
        );
    }
    writeln!(
        out,
        "next: {}  (what was made from these tables is rebuilt)",
        context.typed(&["run"])
    )?;
    writeln!(
        out,
        "Older versions of the tables hold the old pseudonyms until `gc` removes them; keep a copy of the new key ring."
    )?;
    Ok(())
}

/// Of which identifier a pseudonym in quarantine is, by pipeline and column
struct Kinds<'a> {
    lake: &'a Lake,
    contracts: &'a [Contract],
    domain: &'a str,
}

impl Kinds<'_> {
    fn of(&self, partition: &Partition, column: &str) -> Option<(IdType, String)> {
        let pipeline = partition.first().map(|(_, pipeline)| pipeline.as_str())?;
        self.published(pipeline, column)
            .or_else(|| self.agreed(pipeline, column))
    }

    /// As the published table says
    fn published(&self, pipeline: &str, column: &str) -> Option<(IdType, String)> {
        let table = TableName::new("staging", pipeline).ok()?;
        let schema = self.lake.current(&table).ok()??.arrow_schema();
        let metadata: BTreeMap<_, _> = schema.field_with_name(column).ok()?.metadata().iter().collect();
        let text = |key: &str| metadata.get(&key.to_owned()).map(|text| (*text).clone());
        Some((text(FIELD_KEY)?.parse().ok()?, text(FIELD_DOMAIN)?))
    }

    /// As the contract says, when nothing was published yet
    fn agreed(&self, pipeline: &str, column: &str) -> Option<(IdType, String)> {
        let contract = self.contracts.iter().find(|contract| contract.name == pipeline)?;
        match &contract.columns[contract.column(column)?].kind {
            Kind::PersonKey(rule) => Some((rule.id, self.domain.to_owned())),
            _ => None,
        }
    }
}
