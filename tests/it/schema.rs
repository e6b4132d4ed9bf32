//! `schema.graphql` and what the schema promises in itself.

use serde_json::{Value, json};

use crate::support::graphql::{each, text};
use crate::support::program::run;
use crate::support::{TestApp, both};

const COMMITTED: &str = include_str!("../../schema.graphql");

/// What a client's tools ask for.
const INTROSPECTION: &str = "{ __schema { types { kind name description
    fields(includeDeprecated: true) { name description type { ...T } args { name description } }
    inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    // Compared line by line, so that a failure shows which line is out of date.
    let (committed, served) = (COMMITTED.trim_end(), stock_sync::graphql::sdl());
    for (number, (committed, served)) in committed.lines().zip(served.trim_end().lines()).enumerate() {
        assert_eq!(committed, served, "line {} of schema.graphql", number + 1);
    }
    assert_eq!(
        committed,
        served.trim_end(),
        "run: cargo run -- schema > schema.graphql"
    );
}

both! {
    /// The command that the file is made with prints it.
    async fn the_command_prints_the_schema(app: &TestApp) {
        let printed = run(app.database(), &["schema"]).await;
        assert_eq!((printed.code, printed.stdout.trim_end()), (Some(0), COMMITTED.trim_end()), "{}", printed.stderr);
    }

    /// Every type, field, argument, input field and enum value is described.
    async fn everything_is_described(app: &TestApp) {
        app.restart(|config| config.http.introspection = true).await;
        let data = app.viewer().query(INTROSPECTION, json!({})).await;
        let mut missing = Vec::new();
        for ty in ours(&data) {
            let name = text(&ty["name"]);
            // GraphQL's own.
            if is_blank(ty) && name != "ID" {
                missing.push(name.clone());
            }
            for list in ["fields", "inputFields", "enumValues"] {
                for member in ty[list].as_array().into_iter().flatten() {
                    let path = format!("{name}.{}", text(&member["name"]));
                    for argument in member["args"].as_array().into_iter().flatten() {
                        if is_blank(argument) {
                            missing.push(format!("{path}({})", text(&argument["name"])));
                        }
                    }
                    if is_blank(member) {
                        missing.push(path);
                    }
                }
            }
        }
        assert_eq!(missing, [""; 0]);
    }

    /// The conventions of the contract: nullable root fields, non-null lists of non-null items, `At` for times.
    async fn the_schema_keeps_its_conventions(app: &TestApp) {
        app.restart(|config| config.http.introspection = true).await;
        let data = app.viewer().query(INTROSPECTION, json!({})).await;
        for ty in ours(&data) {
            let name = text(&ty["name"]);
            let is_root = ["Query", "Mutation", "Subscription"].contains(&name.as_str());
            for field in ty["fields"].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", text(&field["name"]));
                let is_required = field["type"]["kind"] == "NON_NULL";
                assert!(!(is_root && is_required), "{path} would take its siblings with it");
                let inner = if is_required { &field["type"]["ofType"] } else { &field["type"] };
                if inner["kind"] == "LIST" && path != "Query.nodes" {
                    assert_eq!(inner["ofType"]["kind"], "NON_NULL", "items of {path}");
                }
                if inner["name"] == "Boolean" {
                    assert!(is_required, "{path} is a boolean that may be null");
                }
                if inner["name"] == "DateTime" {
                    let is_at = path.ends_with("At") || path.ends_with(".at") || path.ends_with("pausedUntil");
                    assert!(is_at, "{path} is a time");
                }
            }
        }
    }
}

/// The types that are not of GraphQL itself.
fn ours(data: &Value) -> Vec<&Value> {
    let types = data["__schema"]["types"].as_array().unwrap();
    let is_ours = |ty: &&Value| !text(&ty["name"]).starts_with("__");
    let ours: Vec<&Value> = types.iter().filter(is_ours).collect();
    assert!(
        ours.len() > 80,
        "{:?}",
        each(&data["__schema"]["types"], |ty| text(&ty["name"]))
    );
    ours
}

fn is_blank(described: &Value) -> bool {
    described["description"]
        .as_str()
        .is_none_or(|text| text.trim().is_empty())
}
