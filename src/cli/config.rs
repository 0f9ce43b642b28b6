//! `sluis config show`: every setting with its value and where that comes from.
use std::io::Write;
use std::process::ExitCode;

use super::text::{Table, short, write_json};
use super::{Context, Failure};
use crate::config::{Origin, Resolved};
use crate::diagnostic::{nearest, printable};

/// What can be typed after `sluis config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show each setting, its value and where that comes from; secrets are masked
    Show {
        /// Only these settings or sections
        #[arg(value_name = "SECTION[.KEY]")]
        names: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub fn run(args: Args, context: &mut Context) -> Result<ExitCode, Failure> {
    let Action::Show { names, json } = args.action;
    let project = context.project()?;
    let all = &project.settings.resolved;
    for name in &names {
        if !all.iter().any(|setting| named(setting, name)) {
            let failure = Failure::usage(format!("there is no setting or section `{name}`"));
            let options = all
                .iter()
                .flat_map(|setting| [setting.name.as_str(), section(&setting.name)]);
            return Err(match nearest(name, options) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("`sluis config show` lists them all"),
            });
        }
    }
    let shown = all
        .iter()
        .filter(|setting| names.is_empty() || names.iter().any(|name| named(setting, name)));
    let from = |setting: &Resolved| match &setting.origin {
        Origin::File { path, line } => format!("{}:{line}", short(path, &project.root).display()),
        other => other.to_string(),
    };
    let mut out = context.out();
    if json {
        let settings: Vec<_> = shown
            .map(|setting| serde_json::json!({"name": setting.name, "value": setting.value, "from": from(setting)}))
            .collect();
        write_json(
            &mut out,
            &serde_json::json!({"project": project.root, "settings": settings}),
        )?;
    } else {
        let mut table = Table::new(&["setting", "value", "from"]);
        for setting in shown {
            table.row([setting.name.clone(), setting.value.clone(), from(setting)]);
        }
        writeln!(out, "project {}\n", printable(&project.root.to_string_lossy()))?;
        table.write(&mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn section(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn named(setting: &Resolved, name: &str) -> bool {
    let inside = setting
        .name
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('.'));
    inside || setting.name == name
}
