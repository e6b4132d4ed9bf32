//! The page that documents all settings, `docs/configuration.md`.

use std::fmt::Write;

use clap::Command;

use super::{Setting, all};

const INTRODUCTION: &str = "\
# Configuration

This page is what `stock-sync config table` prints; a test keeps it so.

Every setting can be given in three ways, of which the first wins:

1. as a flag: `--lease-seconds 40`;
2. as a variable: `STOCK_SYNC_LEASE_SECONDS=40`;
3. in the file that `--config FILE` or `STOCK_SYNC_CONFIG` names: `lease-seconds = 40`. There is no file unless one is named.

The file is TOML. Its keys are the flags without their dashes, without tables; a text stands in quotes, a switch is `true` or
`false` without them, a list is one of texts. All commands may share it: each takes the settings that it has. A key that does not
exist is an error, whichever command is run. A variable that begins with `STOCK_SYNC_` and does not exist is a warning only, since
others may have set it, as Kubernetes does for services.

```toml
database-url-file = \"/run/secrets/database-url\"
listen = \"0.0.0.0:8080\"
allow-origin = [\"https://erp.example\", \"https://shop.example\"]
graphiql = true
```

A secret can be in a file of its own, which the setting with `-file` behind its name (`_FILE` behind its variable) names. A line end
at its end does not count. Where both are given in the same way, that is an error; otherwise the usual order decides.

`stock-sync config check` takes the settings of `serve`, prints what each is and who said so, secrets and passwords hidden, and then
everything that is wrong, with exit code 3. It reads the files that settings name, and neither opens nor makes a database or a key.
`--json` is for scripts. Every command checks the settings that it has in the same way before it does anything.
";

/// The page.
pub(crate) fn page(root: &Command) -> String {
    let mut page = INTRODUCTION.to_owned();
    let settings = all(root);
    let mut headings: Vec<&str> = Vec::new();
    for setting in &settings {
        if !headings.contains(&heading(setting)) {
            headings.push(heading(setting));
        }
    }
    // Those of the root command come first otherwise, and are the least of all.
    headings.sort_by_key(|heading| *heading == "Log");
    for name in headings {
        let _ = write!(
            page,
            "\n## {name}\n\n| flag | variable | default | meaning |\n| --- | --- | --- | --- |\n"
        );
        for setting in settings.iter().filter(|setting| heading(setting) == name) {
            page.push_str(&row(setting));
        }
    }
    page
}

fn heading(setting: &Setting) -> &str {
    setting.arg.get_help_heading().unwrap_or("Others")
}

fn row(setting: &Setting) -> String {
    let default = match (setting.is_switch(), setting.defaults().as_slice()) {
        (true, _) => "off".to_owned(),
        (_, []) => "none".to_owned(),
        (_, values) => format!("`{}`", values.join(",")),
    };
    let help = setting.arg.get_long_help().or(setting.arg.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let words: Vec<String> = match setting.is_switch() {
        true => Vec::new(),
        false => setting
            .arg
            .get_possible_values()
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect(),
    };
    let words = match words.as_slice() {
        [] => String::new(),
        words => format!(" ({})", words.join(", ")),
    };
    let meaning = help
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|");
    format!(
        "| `{}` | `{}` | {default} | {meaning}{words} |\n",
        setting.flag(),
        setting.env
    )
}
