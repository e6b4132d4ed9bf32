//! Exit codes, the same for every command, and the errors that go with them.

use std::process::ExitCode;

use clap::Command;
use stock_sync::error::{Error, Problem, Result};

use super::output;
use super::settings::{Fault, Layers};

/// It was done.
pub(crate) const DONE: u8 = 0;

/// It could not be done.
const FAILED: u8 = 1;

/// The command line cannot be understood.
const USED_WRONGLY: u8 = 2;

/// A setting cannot be used, or a file that one names.
pub(crate) const MISCONFIGURED: u8 = 3;

/// `status --check` found something that somebody has to see to.
pub(crate) const ATTENTION: u8 = 4;

const CODES: &str = "\
Every setting can be given as a variable and in the file of --config too: see `stock-sync config check` and
docs/configuration.md.

Exit codes:
  0  done
  1  could not be done
  2  the command line cannot be understood
  3  a setting cannot be used, or a file that one names
  4  something needs attention (status --check alone)";

/// Adds the exit codes to the help of a command and of all its subcommands.
pub(crate) fn documented(command: Command) -> Command {
    let help = match command.get_after_long_help() {
        Some(before) => format!("{before}\n\n{CODES}"),
        None => CODES.to_owned(),
    };
    command.after_long_help(help).mut_subcommands(documented)
}

/// What clap has to say: help, or what it did not understand.
pub(crate) fn used_wrongly(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell when it fails.
    let _ = error.print();
    ExitCode::from(match error.use_stderr() {
        true => USED_WRONGLY,
        false => DONE,
    })
}

/// Everything that is wrong with the configuration.
pub(crate) fn misconfigured(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        output::complain(&format!("error: {fault}"));
    }
    ExitCode::from(MISCONFIGURED)
}

/// The exit code of what came of a command.
pub(crate) fn of(result: Result<u8>, layers: &Layers) -> ExitCode {
    let error = match result {
        Ok(code) => return ExitCode::from(code),
        Err(error) => error,
    };
    // Problems with the configuration are known by the flags that they name.
    let is_setting = |problem: &Problem| problem.field.first().is_some_and(|name| name.starts_with("--"));
    match &error {
        Error::Invalid(problems) if problems.iter().any(is_setting) => {
            let faults: Vec<Fault> = problems.iter().map(|problem| layers.placed(problem)).collect();
            return misconfigured(&faults);
        }
        Error::Invalid(problems) => {
            for problem in problems {
                output::complain(&format!("error: {}: {}", problem.field.join("."), problem.message));
            }
        }
        other => output::complain(&format!("error: {}", other.operator_text())),
    }
    ExitCode::from(FAILED)
}
