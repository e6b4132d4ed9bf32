//! The layers in which a setting may be given: flag, variable, file, default; the first that says something wins.
//!
//! The command line is read twice. The first time takes every value of a setting as a text, so that all of them are
//! known, and each can be checked by its own argument: whatever is wrong is found at once. The second time reads them as
//! what they are, with what variables and the file say in the place of the defaults.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use stock_sync::error::Problem;

use super::file::File;
use super::{CONFIG_FILE, Fault, Setting, all, fault, file_id, of};

/// Who said what a setting is, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Nobody.
    Default,
    /// The configuration file.
    File,
    /// The variable.
    Variable,
    /// The flag.
    Flag,
}

impl Origin {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Variable => "environment",
            Self::Flag => "flag",
        }
    }
}

/// A setting and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// The setting.
    pub(crate) setting: Setting,
    /// As a flag would have them: none when it is not set, several where it is a list.
    pub(crate) values: Vec<String>,
    /// Who said so.
    pub(crate) origin: Origin,
    /// Where, for people.
    pub(crate) place: String,
}

/// A command line, with what it was told beside.
#[derive(Debug)]
pub(crate) struct Layers {
    command: Command,
    arguments: Vec<OsString>,
    matches: ArgMatches,
    /// The file that was named.
    pub(crate) file: Option<PathBuf>,
    /// The settings of the command that is to be run.
    pub(crate) values: Vec<Value>,
    /// What is wrong with the file and with the form of values.
    pub(crate) faults: Vec<Fault>,
}

impl Layers {
    /// Reads everything that the command was told.
    ///
    /// # Errors
    /// The command line cannot be understood, or it asks for help.
    pub(crate) fn read(command: Command, arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let matches = lenient(command.clone()).try_get_matches_from(&arguments)?;
        let (path, leaf) = leaf(&matches);
        let mut faults = Vec::new();
        let file = leaf.get_one::<PathBuf>(CONFIG_FILE).cloned();
        let said = match &file {
            Some(path) => File::read(path, &all(&command), &mut faults),
            None => File::default(),
        };
        let mut settings = of(&command);
        settings.extend(of(found(&command, &path)));
        let is_demo = path == ["demo"] || (path == ["serve"] && leaf.get_flag("demo"));
        let mut values: Vec<Value> = settings.into_iter().map(|setting| told(setting, leaf, &said)).collect();
        if is_demo {
            demo(&mut values);
        }
        open_secrets(&mut values, &mut faults);
        for value in &mut values {
            if value.origin > Origin::Default
                && let Some(message) = fault::of_value(&value.setting, &value.values)
            {
                faults.push(value.fault(message));
            }
        }
        Ok(Self {
            command,
            arguments,
            file,
            values,
            faults,
            matches,
        })
    }

    /// Whether this is the command to be run.
    pub(crate) fn is(&self, path: &[&str]) -> bool {
        leaf(&self.matches).0 == path
    }

    /// Whether the command has this switch, and it is on.
    pub(crate) fn has(&self, switch: &str) -> bool {
        let (_, leaf) = leaf(&self.matches);
        leaf.try_get_one::<bool>(switch).ok().flatten() == Some(&true)
    }

    /// The command line with all layers in it. Only where there are no faults.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn matches(&self) -> Result<ArgMatches, clap::Error> {
        let command = settled(self.command.clone(), &self.values);
        command.try_get_matches_from(&self.arguments)
    }

    /// Arguments of settings alone, such as a whole configuration: with all layers in them, but for what has a fault,
    /// which is left at its default.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) fn of_settings(&self, command: Command) -> Result<ArgMatches, clap::Error> {
        let is_good = |value: &&Value| {
            self.faults
                .iter()
                .all(|fault| fault.key.as_ref() != Some(&value.setting.key))
        };
        let good: Vec<Value> = self.values.iter().filter(is_good).cloned().collect();
        settled(command, &good).try_get_matches_from([""])
    }

    /// A problem that was found later, by the name of a flag, with the place where the value was given.
    pub(crate) fn placed(&self, problem: &Problem) -> Fault {
        let field = problem.field.join(".");
        let value = self.values.iter().find(|value| value.setting.flag() == field);
        match value {
            Some(value) => value.fault(problem.message.clone()),
            None => Fault {
                key: None,
                place: field,
                message: problem.message.clone(),
            },
        }
    }
}

impl Value {
    fn fault(&self, message: String) -> Fault {
        Fault {
            key: Some(self.setting.key.clone()),
            place: self.place.clone(),
            message,
        }
    }
}

/// Every value of a setting as a text.
fn lenient(command: Command) -> Command {
    let as_text = |arg: Arg| match Setting::of(&arg) {
        Some(setting) if setting.is_switch() => arg.value_parser(ValueParser::string()).default_value("false"),
        Some(_) => arg.value_parser(ValueParser::string()),
        None => arg,
    };
    command.mut_args(as_text).mut_subcommands(lenient)
}

/// No variable is read any more: what each setting is stands in the place of its default.
fn settled(command: Command, values: &[Value]) -> Command {
    let settle = |arg: Arg| {
        let Some(setting) = Setting::of(&arg) else {
            return arg;
        };
        let arg = arg.env(None::<&str>);
        match values.iter().find(|value| value.setting.key == setting.key) {
            Some(value) if !value.values.is_empty() => arg
                .default_values(value.values.clone())
                .hide_default_value(!setting.is_switch()),
            _ => arg,
        }
    };
    command
        .mut_args(settle)
        .mut_subcommands(|command| settled(command, values))
}

/// The names of the command that is to be run, and what it was given.
fn leaf(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut leaf) = (Vec::new(), matches);
    while let Some((name, inner)) = leaf.subcommand() {
        path.push(name);
        leaf = inner;
    }
    (path, leaf)
}

fn found<'a>(root: &'a Command, path: &[&str]) -> &'a Command {
    path.iter()
        .fold(root, |command, name| command.find_subcommand(name).unwrap_or(command))
}

fn told(setting: Setting, leaf: &ArgMatches, file: &File) -> Value {
    let given = || -> Vec<String> {
        let raw = leaf.get_raw(setting.id()).into_iter().flatten();
        raw.map(|value| value.to_string_lossy().into_owned()).collect()
    };
    let (flag, env) = (setting.flag(), setting.env.clone());
    let (origin, values, place) = match (leaf.value_source(setting.id()), file.get(&setting.key)) {
        // A switch is given without a value.
        (Some(ValueSource::CommandLine), _) if setting.is_switch() => (Origin::Flag, vec!["true".to_owned()], flag),
        (Some(ValueSource::CommandLine), _) => (Origin::Flag, given(), flag),
        (Some(ValueSource::EnvVariable), _) => (Origin::Variable, given(), format!("{flag} ({env})")),
        (_, Some(entry)) => (Origin::File, entry.values.clone(), format!("{flag} ({})", entry.place)),
        _ => (Origin::Default, setting.defaults(), flag),
    };
    Value {
        setting,
        values,
        origin,
        place,
    }
}

/// The demo never touches the data of a real server, unless it is told to. Its marketplace is at a private address.
fn demo(values: &mut [Value]) {
    for value in values {
        match value.setting.key.as_str() {
            "database-url" if value.origin == Origin::Default => {
                value.values = vec![stock_sync::config::DEMO_URL.to_owned()];
            }
            "allow-private-endpoints" => value.values = vec!["true".to_owned()],
            _ => {}
        }
    }
}

/// Reads secrets from the files that name them, where these are said in a stronger layer than the secret.
fn open_secrets(values: &mut [Value], faults: &mut Vec<Fault>) {
    for at in 0..values.len() {
        let Some(secret) = values.get(at).filter(|value| value.setting.is_secret).cloned() else {
            continue;
        };
        let of_secret = file_id(&secret.setting);
        let Some(file) = values.iter().find(|value| value.setting.id() == of_secret).cloned() else {
            continue;
        };
        if file.origin == Origin::Default || file.origin < secret.origin {
            continue;
        }
        if file.origin == secret.origin {
            faults.push(file.fault(format!("cannot be used together with {}", secret.place)));
            continue;
        }
        match read_secret(Path::new(&file.values.concat())) {
            Ok(text) => {
                if let Some(value) = values.get_mut(at) {
                    (value.values, value.origin) = (vec![text], file.origin);
                    value.place = file.place;
                }
            }
            Err(message) => faults.push(file.fault(message)),
        }
    }
}

/// What a secret's file holds, without the line end that editors add.
fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(secret.to_owned())
}
