//! Variables that look like settings and are none: most likely mistyped, which nobody would notice otherwise.
//!
//! They are told and not refused: an environment is shared, and what others put into it must not keep a server from starting.

use clap::Command;

use super::{Fault, PREFIX, all, nearest};

/// The variable that names the file is no setting of [`all`].
const FILE: &str = "STOCK_SYNC_CONFIG";

/// The variables of this process that begin as settings do and are none, with the setting that was likely meant.
pub(crate) fn unknown_variables(root: &Command) -> Vec<Fault> {
    let said = std::env::vars_os();
    let mut said: Vec<(String, String)> = said
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    said.sort();
    unknown(&said, root)
}

fn unknown(said: &[(String, String)], root: &Command) -> Vec<Fault> {
    let known: Vec<String> = all(root).into_iter().map(|setting| setting.env).collect();
    let is_unknown = |(name, value): &&(String, String)| {
        name.starts_with(PREFIX) && name != FILE && !known.contains(name) && !is_of_a_service(name, value)
    };
    let fault = |(name, _): &(String, String)| {
        // All have the same beginning, which would make them all alike.
        let rest = |name: &'_ str| name.get(PREFIX.len()..).unwrap_or_default().to_owned();
        let rests: Vec<String> = known.iter().map(|known| rest(known)).collect();
        let near = nearest(&rest(name), rests.iter().map(String::as_str));
        let message = match near {
            Some(near) => format!("there is no such setting; {PREFIX}{near} is the nearest"),
            None => {
                "there is no such setting; docs/configuration.md and `stock-sync config table` list them".to_owned()
            }
        };
        Fault {
            key: None,
            place: name.clone(),
            message,
        }
    };
    said.iter().filter(is_unknown).map(fault).collect()
}

/// Whether Kubernetes sets it, in each container beside a service of the name `stock-sync` or `stock-sync-...`.
fn is_of_a_service(name: &str, value: &str) -> bool {
    let is_address = value.starts_with("tcp://") || value.starts_with("udp://");
    let is_part = ["_PROTO", "_PORT", "_ADDR"].iter().any(|end| name.ends_with(end));
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.contains("_PORT") && is_address)
        || (name.contains("_PORT_") && is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mistyped_is_told_and_what_others_set_is_not() {
        let names = [
            "PATH",
            "STOCK_SYNC_CONFIG",
            "STOCK_SYNC_LEASE_SECNDS",
            "STOCK_SYNC_LEASE_SECONDS",
            "STOCK_SYNC_DATABASE_URL_FILE",
            "STOCK_SYNC_SERVICE_HOST",
            "STOCK_SYNC_SERVICE_PORT_HTTP",
            "STOCK_SYNC_PORT",
            "STOCK_SYNC_PORT_8080_TCP_ADDR",
            "STOCK_SYNC_METRICS_SERVICE_PORT",
            "STOCK_SYNC_QQQ",
        ];
        let said = names.map(|name| (name.to_owned(), "tcp://10.0.0.1:8080".to_owned()));
        let found = unknown(&said, &crate::cli::command());
        let places: Vec<&str> = found.iter().map(|fault| fault.place.as_str()).collect();
        assert_eq!(places, ["STOCK_SYNC_LEASE_SECNDS", "STOCK_SYNC_QQQ"]);
        let port = [("STOCK_SYNC_PORT".to_owned(), "9000".to_owned())];
        assert_eq!(unknown(&port, &crate::cli::command()).len(), 1);
        assert!(
            found
                .iter()
                .any(|fault| fault.message.contains("STOCK_SYNC_LEASE_SECONDS")),
            "{found:?}"
        );
    }
}
