//! `sluis demo`: a project, sample deliveries, everything taken in, built and published, and a report of it.
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use arrow::array::RecordBatch;

use super::intake::{self, Intake, Wanted};
use super::run::Workshop;
use super::text::{Table, batches, count, counted, short};
use super::{Code, Context, Failure, init, sql};
use crate::diagnostic::{printable, printable_lines};
use crate::engine::{self, Catalog};
use crate::ledger::DeliveryStatus;
use crate::sample::{self, SampleError};
use crate::serve::Role;

/// What can be typed after `sluis demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project's folder: new, empty, or that of an earlier demo
    #[arg(long, value_name = "DIR", default_value = "sluis-demo")]
    dir: PathBuf,
    /// Seed of the sample deliveries: the same seed and scale give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How large the country is: 1 has the pupils of the printed tables, some 60,000 third years a school year
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    scale: f64,
    /// Go on as a service when it is made: schedules run, and queries are answered
    #[arg(long)]
    pub serve: bool,
}

/// The monitor's figures B4.9 and B4.19: who worked outside education five years before.
const CAREERS: &str = "select schooljaar, sector, lesgevenden,
    personen as uit_andere_sector, round(aandeel, 1) as aandeel
from mart.loopbaan_lesgevenden
where jaren_terug = 5 and situatie = 'andere sector' and schooljaar in ('2017-2018', '2022-2023')
order by sector desc, schooljaar";

/// Who the token of `--serve` is for.
const USER: &str = "demo";

/// The table worth reading: what the monitor's table B3.12 shows, from persons that were counted once each. Beside a cell
/// that is withheld there is no total.
const TABLE: &str = "with cellen as (
    select profiel, leerweg, leerlingen, status
    from mart.leerlingen_per_profiel
    where schooljaar = (select max(schooljaar) from mart.leerlingen_per_profiel)
)
select profiel,
    case when bool_and(status = '' or leerweg <> 'bl') then coalesce(sum(leerlingen) filter (where leerweg = 'bl'), 0) end as bl,
    case when bool_and(status = '' or leerweg <> 'kl') then coalesce(sum(leerlingen) filter (where leerweg = 'kl'), 0) end as kl,
    case when bool_and(status = '' or leerweg <> 'gl') then coalesce(sum(leerlingen) filter (where leerweg = 'gl'), 0) end as gl,
    case when bool_and(status = '' or leerweg <> 'tl') then coalesce(sum(leerlingen) filter (where leerweg = 'tl'), 0) end as tl,
    case when bool_and(status = '') then sum(leerlingen) end as total
from cellen
group by profiel
order by total desc nulls last, profiel";

/// Runs the command.
pub fn run(args: Args, outer: &mut Context) -> Result<ExitCode, Failure> {
    let made = init::make(&args.dir, outer)?;
    let context = outer.in_project(&made.root);
    let shown = printable(&short(&made.root, outer.cwd()).to_string_lossy()).into_owned();
    let mut out = context.out();
    writeln!(
        out,
        "1. a project in {shown}: contracts, models, settings; {}",
        made.keys
    )?;
    out.flush()?;

    let written = deliver(&context, &args)?;
    writeln!(out, "2. sample deliveries in {shown}/landing: {written}")?;
    out.flush()?;
    context.check_cancelled()?;

    let intake = intake::take(&context, "ingest", &Wanted::default())?;
    writeln!(out, "3. taken in: {}", taken(&intake))?;
    out.flush()?;
    let refused = intake.code();
    if refused.is_some() {
        super::ingest::tell(&context, intake, false, false)?;
    }
    context.check_cancelled()?;

    writeln!(out, "4. models built, audited and published:")?;
    out.flush()?;
    let mut lines = context.out();
    let built = Workshop::open(&context)?.build(&context, &[], |line| {
        // A closed pipe shows up when the output is flushed.
        let _ = writeln!(lines, "   {}", printable_lines(&line).replace('\n', "\n   "));
    })?;
    context.check_cancelled()?;
    report(&context, args.serve)?;
    if args.serve {
        return go_on(&context);
    }
    Ok(match refused {
        Some(code) => code.into(),
        None if built.report.failed() => Code::Refused.into(),
        None => ExitCode::SUCCESS,
    })
}

/// Writes the sample deliveries into the landing folder, unless there are some.
fn deliver(context: &Context, args: &Args) -> Result<String, Failure> {
    let project = context.project()?;
    let landing = project.landing();
    let made = match sample::write(&landing, args.seed, args.scale) {
        Ok(made) => made,
        Err(SampleError::Exists { .. }) => return Ok("those of an earlier demo were kept".to_owned()),
        Err(error) => return Err(error.into()),
    };
    // What the sample holds is for people, not for a pipeline.
    std::fs::rename(
        landing.join(sample::REPORT_FILE),
        project.root.join(sample::REPORT_FILE),
    )?;
    let rows: u64 = made.files.iter().map(|file| file.rows).sum();
    Ok(format!(
        "{}, {} from seed {}; nobody in them is real",
        counted(made.files.len() as u64, "file"),
        counted(rows, "row"),
        args.seed
    ))
}

fn taken(intake: &Intake) -> String {
    let mut words: Vec<(&str, u64)> = Vec::new();
    for report in &intake.reports {
        let word = intake::word(&report.outcome);
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => words.push((word, 1)),
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|(word, number)| format!("{} {word}", count(*number)))
        .collect();
    words.join(", ")
}

/// What there is now: deliveries, rows, marts and where their Parquet is, a table, and what to type next.
fn report(context: &Context, serve: bool) -> Result<(), Failure> {
    let mut out = context.out();
    let deliveries = context.ledger()?.deliveries(None)?;
    let published: Vec<_> = deliveries
        .iter()
        .filter(|one| one.status == DeliveryStatus::Published)
        .collect();
    let sum = |of: fn(&crate::ledger::Delivery) -> u64| published.iter().map(|one| of(one)).sum::<u64>();
    writeln!(out)?;
    writeln!(out, "deliveries   {}", counted(published.len() as u64, "file"))?;
    let dropped = match sum(|one| one.rows_dropped) {
        0 => String::new(),
        rows => format!(" + {} dropped", count(rows)),
    };
    writeln!(
        out,
        "rows         {} delivered = {} staged + {} quarantined{dropped} (the sample has dirty lines on purpose)",
        count(sum(|one| one.rows_in)),
        count(sum(|one| one.rows_staged)),
        count(sum(|one| one.rows_quarantined)),
    )?;
    let lake = context.lake()?;
    let mut table = Table::new(&["mart", ">rows", ">version", "parquet"]);
    for name in lake.tables()?.into_iter().filter(|name| name.schema == "mart") {
        let Some(manifest) = lake.current(&name)? else { continue };
        let single = lake.root().join(&name.schema).join(format!("{}.parquet", name.table));
        let parquet = if single.is_file() {
            single
        } else {
            lake.table_dir(&name)?.join("current")
        };
        let parquet = short(&parquet, context.cwd()).to_string_lossy().into_owned();
        table.row([
            name.to_string(),
            count(manifest.rows),
            manifest.version.to_string(),
            parquet,
        ]);
    }
    writeln!(out)?;
    table.write(&mut out)?;
    for (sql, what) in [
        (
            TABLE,
            "pupils in the third year by profile and track, latest school year (mart.leerlingen_per_profiel)",
        ),
        (
            CAREERS,
            "teachers who worked outside education five years before (mart.loopbaan_lesgevenden)",
        ),
    ] {
        if let Ok(rows) = query(context, sql) {
            writeln!(out, "\n{what}; blank is withheld:\n")?;
            batches(&rows)?.write(&mut out)?;
        }
    }
    if serve {
        return Ok(());
    }
    let next = [
        (context.typed(&["sql"]), "ask questions of your own"),
        (
            context.typed(&["quarantine", "list"]),
            "rows that were set aside, and why",
        ),
        (
            context.typed(&["report", "check"]),
            "the printed tables of the monitor against the marts",
        ),
        (context.typed(&["status"]), "deliveries and tables"),
        (context.typed(&["plan"]), "what a new delivery would rebuild"),
    ];
    let width = next
        .iter()
        .map(|(command, _)| command.chars().count())
        .max()
        .unwrap_or(0);
    writeln!(out, "\nnext:")?;
    for (command, what) in next {
        writeln!(out, "  {command:width$}  {what}")?;
    }
    Ok(())
}

/// The service, with a token to ask it and what to type.
fn go_on(context: &Context) -> Result<ExitCode, Failure> {
    let ledger = context.ledger()?;
    // an earlier demo's token was only shown then
    ledger.revoke_tokens(USER, context.now())?;
    let token = super::token::for_days(context, USER, Role::Analyst, 7)?;
    let settings = &context.project()?.settings;
    let (http, postgres) = (&settings.serve.http, &settings.serve.postgres);
    let mut out = context.out();
    writeln!(out, "\nserving; stop with Ctrl-C. In another terminal:\n")?;
    writeln!(out, "  TOKEN={}\n", *token)?;
    if !http.is_empty() {
        writeln!(
            out,
            "  curl -H \"Authorization: Bearer $TOKEN\" -H 'Accept: text/csv' http://{http}/api/v1/sql \\\n       -d 'select * \
             from leerlingen_per_profiel limit 5'"
        )?;
    }
    if let Some((host, port)) = postgres.rsplit_once(':') {
        writeln!(out, "  PGPASSWORD=$TOKEN psql -h {host} -p {port} -U {USER} sluis")?;
    }
    writeln!(
        out,
        "  cp FILE {}/   # a delivery: its marts follow within seconds\n",
        printable(&short(&context.project()?.landing(), context.cwd()).to_string_lossy())
    )?;
    out.flush()?;
    super::serve::serve(context)
}

fn query(context: &Context, sql: &str) -> Result<Vec<RecordBatch>, Failure> {
    let (engine, sources) = sql::tables(context)?;
    let session = engine.context(Catalog::now(&sources));
    let rows = engine.block_on(async {
        let rows = engine::query(&session, sql).await?.collect().await;
        Ok::<_, engine::EngineError>(rows.map_err(engine::withheld)?)
    });
    Ok(rows?)
}
