//! `config`: prints what is configured and what is wrong with it, and the page that documents all settings.

use clap::{Args as _, FromArgMatches, Subcommand};
use serde_json::{Value as Json, json};
use stock_sync::app;
use stock_sync::config::{Config, of_collector};
use stock_sync::error::{Error, Problem, Result};
use stock_sync::telemetry::{self, collector_in_environment};

use super::settings::{Fault, Layers, Origin, Value, page, shown, unknown_variables};
use super::{command, exit, output};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Print what each setting is and who said so, and everything that is wrong
    ///
    /// Takes the settings of serve. Secrets, and passwords within URLs, are hidden. Reads the files that settings name; neither
    /// opens nor makes a database or a key.
    #[command(after_long_help = "Example:\n  stock-sync config check --config stock-sync.toml")]
    Check(Box<Args>),
    /// Print docs/configuration.md, the page of all settings
    ///
    /// It is made from the definitions of the flags.
    #[command(after_long_help = "Example:\n  stock-sync config table > docs/configuration.md")]
    Table,
}

/// Only defines the flags: they are read as [`Layers`].
#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    _json: output::Json,
    #[command(flatten)]
    _config: Config,
}

impl Command {
    pub(super) fn run(self) -> Result<()> {
        match self {
            // It runs before the command line is read as a whole, since that may be what is wrong.
            Self::Check(_) => Ok(()),
            Self::Table => output::print(page(&command()).trim_end()),
        }
    }
}

/// Prints what is configured, and what is wrong with it.
pub(super) async fn run(layers: &Layers) -> Result<u8> {
    let mut faults = layers.faults.clone();
    add(&mut faults, layers, &app::check(&config(layers)?).await);
    add(&mut faults, layers, &collector(layers));
    let (values, warnings) = (effective(layers), unknown_variables(&command()));
    if let Some(log) = layers.values.iter().find(|value| value.setting.key == "log")
        && let Err(Error::Invalid(problems)) = telemetry::check(&log.values.join(","))
    {
        add(&mut faults, layers, &problems);
    }
    match layers.has("json") {
        true => output::print(&format!("{:#}", report(layers, &values, [&faults, &warnings])))?,
        false => output::print(&table(&values))?,
    }
    for warning in &warnings {
        output::complain(&format!("warning: {warning}"));
    }
    match faults.is_empty() {
        true => output::complain("the configuration is good"),
        false => faults
            .iter()
            .for_each(|fault| output::complain(&format!("error: {fault}"))),
    }
    Ok(match faults.is_empty() {
        true => exit::DONE,
        false => exit::MISCONFIGURED,
    })
}

/// What is wrong with the settings of any command, but for the files that they name.
pub(super) fn faults(layers: &Layers) -> Vec<Fault> {
    let mut faults = layers.faults.clone();
    if let Ok(config) = config(layers) {
        add(&mut faults, layers, &app::check_values(&config));
    }
    add(&mut faults, layers, &collector(layers));
    faults
}

/// What is wrong with the collector that OpenTelemetry's own variables name, where the command has traces and none is set.
fn collector(layers: &Layers) -> Vec<Problem> {
    let said = collector_in_environment().filter(|_| layers.values.iter().any(is_open_collector));
    let problem = said.and_then(|(name, url)| of_collector(name, &url));
    problem.into_iter().collect()
}

fn is_open_collector(value: &Value) -> bool {
    value.setting.key == "otlp-endpoint" && value.values.is_empty()
}

/// What each setting is, with what OpenTelemetry's own variables say.
fn effective(layers: &Layers) -> Vec<Value> {
    let mut values = layers.values.clone();
    if let Some((name, url)) = collector_in_environment()
        && let Some(value) = values.iter_mut().find(|value| is_open_collector(value))
    {
        value.setting.env = name.to_owned();
        (value.values, value.origin) = (vec![url], Origin::Variable);
    }
    values
}

/// The configuration, with what cannot be read at its default.
fn config(layers: &Layers) -> Result<Config> {
    let command = Config::augment_args(clap::Command::new("settings"));
    let matches = layers.of_settings(command).map_err(Error::internal)?;
    Config::from_arg_matches(&matches).map_err(Error::internal)
}

fn add(faults: &mut Vec<Fault>, layers: &Layers, problems: &[Problem]) {
    faults.extend(problems.iter().map(|problem| layers.placed(problem)));
}

fn table(values: &[Value]) -> String {
    let row = |value: &Value| {
        let text = shown(value).unwrap_or_else(|| "-".to_owned());
        [value.setting.key.clone(), text, value.origin.word().to_owned()]
    };
    let rows: Vec<[String; 3]> = values.iter().map(row).collect();
    output::table(["SETTING", "VALUE", "FROM"], &rows)
}

fn report(layers: &Layers, values: &[Value], [faults, warnings]: [&[Fault]; 2]) -> Json {
    let setting = |value: &Value| {
        json!({
            "name": value.setting.key,
            "variable": value.setting.env,
            "value": shown(value),
            "from": value.origin.word(),
        })
    };
    let problem = |fault: &Fault| json!({ "setting": fault.key, "place": fault.place, "message": fault.message });
    json!({
        "isGood": faults.is_empty(),
        "file": layers.file.as_ref().map(|file| file.display().to_string()),
        "settings": values.iter().map(setting).collect::<Vec<_>>(),
        "problems": faults.iter().map(problem).collect::<Vec<_>>(),
        "warnings": warnings.iter().map(problem).collect::<Vec<_>>(),
    })
}
