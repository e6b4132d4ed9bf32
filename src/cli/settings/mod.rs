//! Settings: what flags, `STOCK_SYNC_*` variables and the configuration file may say.
//!
//! Each is defined once, as an argument of the command line that has a variable. The key in the file is the flag without
//! its dashes, and the documented table is made from the same arguments. A secret also has a `-file` form, which
//! [`with_secret_files`] adds.

mod fault;
mod file;
mod layers;
mod page;
mod shown;
mod variables;

use clap::{Arg, ArgAction, Command};

pub(crate) use fault::Fault;
pub(crate) use layers::{Layers, Origin, Value};
pub(crate) use page::page;
pub(crate) use shown::shown;
pub(crate) use variables::unknown_variables;

/// What the names of all variables begin with.
const PREFIX: &str = "STOCK_SYNC_";

/// The argument that names the configuration file; it is the one thing that the file cannot say.
pub(crate) const CONFIG_FILE: &str = "config_file";

/// One setting.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The argument as the command line has it.
    pub(crate) arg: Arg,
    /// The key in the file, which is also the flag without its dashes.
    pub(crate) key: String,
    /// The variable.
    pub(crate) env: String,
    /// Whether its value is never shown.
    pub(crate) is_secret: bool,
}

impl Setting {
    fn of(arg: &Arg) -> Option<Self> {
        let env = arg.get_env()?.to_str()?;
        if !env.starts_with(PREFIX) || arg.get_id() == CONFIG_FILE {
            return None;
        }
        Some(Self {
            arg: arg.clone(),
            key: arg.get_long()?.to_owned(),
            env: env.to_owned(),
            is_secret: arg.is_hide_env_values_set(),
        })
    }

    /// The argument's id.
    pub(crate) fn id(&self) -> &str {
        self.arg.get_id().as_str()
    }

    /// The flag.
    pub(crate) fn flag(&self) -> String {
        format!("--{}", self.key)
    }

    /// Whether it is on or off.
    pub(crate) fn is_switch(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    /// What it is when nobody says anything.
    pub(crate) fn defaults(&self) -> Vec<String> {
        let values = self.arg.get_default_values().iter();
        values.map(|value| value.to_string_lossy().into_owned()).collect()
    }
}

/// The settings that a command itself has, in the order of its help.
pub(crate) fn of(command: &Command) -> Vec<Setting> {
    command.get_arguments().filter_map(Setting::of).collect()
}

/// All settings that there are, whichever command has them.
pub(crate) fn all(root: &Command) -> Vec<Setting> {
    let mut found: Vec<Setting> = Vec::new();
    collect(root, &mut found);
    found
}

fn collect(command: &Command, found: &mut Vec<Setting>) {
    for setting in of(command) {
        if found.iter().all(|known| known.key != setting.key) {
            found.push(setting);
        }
    }
    for subcommand in command.get_subcommands() {
        collect(subcommand, found);
    }
}

/// Gives every secret a `-file` form beside it, in each command that has it.
pub(crate) fn with_secret_files(command: Command) -> Command {
    let secrets = of(&command).into_iter().filter(|setting| setting.is_secret);
    let files: Vec<Arg> = secrets.map(|secret| file_of(&secret)).collect();
    command.args(files).mut_subcommands(with_secret_files)
}

/// The id of a secret's `-file` form.
fn file_id(secret: &Setting) -> String {
    format!("{}_file", secret.id())
}

fn file_of(secret: &Setting) -> Arg {
    let help = format!("File that holds the value of {}, instead of it", secret.flag());
    let arg = Arg::new(file_id(secret))
        .long(format!("{}-file", secret.key))
        .env(format!("{}_FILE", secret.env))
        .value_name("FILE")
        .help(help);
    match secret.arg.get_help_heading() {
        Some(heading) => arg.help_heading(heading.to_owned()),
        None => arg,
    }
}

/// Names that are nearer to each other than this are taken for one that was mistyped.
const NEAR: f64 = 0.7;

/// The known name that a mistyped one is likely to mean.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|known| (strsim::jaro_winkler(known, name), known));
    let nearest = near.max_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.filter(|(how, _)| *how > NEAR).map(|(_, known)| known)
}
