//! `sluis token`: who may ask the service.
use std::io::Write;
use std::process::ExitCode;

use chrono::{DateTime, TimeDelta, Utc};

use super::text::{Table, counted, moment_typed};
use super::{Context, Failure};
use crate::ledger::Token;
use crate::serve::Role;
use crate::serve::access::secret;

/// What can be typed after `sluis token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token and print it: once, for only its hash is kept
    Create(Create),
    /// Show who has tokens
    List,
    /// Let a token let nobody in any more
    Revoke {
        /// Whose
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Who it is for: the user of PostgreSQL clients, and the name in the access log
    #[arg(long)]
    name: String,
    /// What they may see: analyst (marts), steward (also deliveries, quarantine and access, nothing of persons), engineer
    /// (every table) or admin
    #[arg(long)]
    role: Role,
    /// When it stops working: a number of days, or a date
    #[arg(long, value_name = "DAYS|DATE", default_value = "365", value_parser = expiry)]
    expires: Expiry,
}

#[derive(Debug, Clone, Copy)]
enum Expiry {
    Days(i64),
    At(DateTime<Utc>),
    Never,
}

fn expiry(text: &str) -> Result<Expiry, String> {
    match (text, text.parse::<u16>()) {
        ("never", _) => Ok(Expiry::Never),
        (_, Ok(0)) => Err("one day is the least".to_owned()),
        // four digits are a number of days here, not a year
        (_, Ok(days)) => Ok(Expiry::Days(i64::from(days))),
        _ => moment_typed(text)
            .map(Expiry::At)
            .map_err(|_| "write a number of days, a date as in 2027-01-01, or never".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Create(args) => {
            let token = create(context, &args.name, args.role, args.expires)?;
            writeln!(context.out(), "{}", *token)?;
        }
        Command::List => list(context)?,
        Command::Revoke { name } => revoke(context, &name)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a token that works for so many days.
pub(super) fn for_days(
    context: &Context,
    name: &str,
    role: Role,
    days: i64,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    create(context, name, role, Expiry::Days(days))
}

fn create(context: &Context, name: &str, role: Role, expires: Expiry) -> Result<zeroize::Zeroizing<String>, Failure> {
    let fits = |c: char| c.is_alphanumeric() || "._-@".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(Failure::usage(
            "a name has at most 64 letters, digits, `.`, `_`, `-` and `@`",
        ));
    }
    let now = context.now();
    let expires_at = match expires {
        Expiry::Days(days) => Some(now + TimeDelta::days(days)),
        Expiry::At(at) if at <= now => {
            return Err(Failure::usage("--expires is a moment in the past")
                .hint("give a later day, or a number of days from now as in 90d"));
        }
        Expiry::At(at) => Some(at),
        Expiry::Never => None,
    };
    let token = secret::new()?;
    let known = Token {
        name: name.to_owned(),
        role: role.to_string(),
        created_at: now,
        created_by: context.who(),
        expires_at,
        revoked_at: None,
        used_at: None,
    };
    if !context.ledger()?.put_token(&secret::hash(&token), &known)? {
        return Err(Failure::refused(format!("{name} has a token already")).hint(format!(
            "revoke it first: {}",
            context.typed(&["token", "revoke", name])
        )));
    }
    tracing::info!(name, %role, "token made");
    Ok(token)
}

fn list(context: &Context) -> Result<(), Failure> {
    let now = context.now();
    let day = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), |at| at.format("%Y-%m-%d").to_string());
    let mut table = Table::new(&["name", "role", "made", "by", "expires", "last used", "state"]);
    for token in context.ledger()?.tokens()? {
        let state = match (token.revoked_at, token.is_live(now)) {
            (Some(at), _) => format!("revoked {}", day(Some(at))),
            (None, true) => "good".to_owned(),
            (None, false) => "expired".to_owned(),
        };
        table.row([
            token.name,
            token.role,
            day(Some(token.created_at)),
            token.created_by,
            token.expires_at.map_or("never".to_owned(), |at| day(Some(at))),
            day(token.used_at),
            state,
        ]);
    }
    Ok(table.write(&mut context.out())?)
}

fn revoke(context: &Context, name: &str) -> Result<(), Failure> {
    match context.ledger()?.revoke_tokens(name, context.now())? {
        0 => Err(Failure::refused(format!("{name} has no token")).hint(context.typed(&["token", "list"]))),
        count => {
            tracing::info!(name, "token revoked");
            writeln!(
                context.out(),
                "{} of {name} revoked; sessions that are open are refused from their next query",
                counted(count as u64, "token")
            )?;
            Ok(())
        }
    }
}
