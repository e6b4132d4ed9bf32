//! A GraphQL client over HTTP.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::live::{Events, Socket};

/// Calls a server with one token, or with none.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
    language: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status of the reply.
    pub(crate) status: u16,
    /// The body, which is JSON whatever the status.
    pub(crate) body: Value,
}

impl Client {
    /// A client; without a token it is nobody.
    pub(crate) fn new(address: SocketAddr, token: Option<&str>) -> Self {
        super::prepare_process();
        Self {
            http: reqwest::Client::new(),
            address,
            token: token.map(str::to_owned),
            language: "en",
        }
    }

    /// The same client, asking for texts in another language.
    pub(crate) fn in_language(&self, language: &'static str) -> Self {
        Self {
            language,
            ..self.clone()
        }
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a path of the server is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A POST to `/graphql` that is not sent yet.
    pub(crate) fn request(&self, document: &str, variables: &Value) -> reqwest::RequestBuilder {
        let request = self
            .http
            .post(self.url("/graphql"))
            .header("accept-language", self.language)
            .json(&json!({ "query": document, "variables": variables }));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks, and returns whatever came back.
    pub(crate) async fn raw(&self, document: &str, variables: Value) -> Answer {
        let request = self
            .request(document, &variables)
            .header("accept", "application/graphql-response+json");
        let response = request.send().await.expect("the server answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("the answer is whole");
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {status}: {text}"));
        Answer { status, body }
    }

    /// Asks, and returns the data; an error of any kind fails the test.
    pub(crate) async fn query(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.raw(document, variables).await;
        assert!(
            answer.status == 200 && answer.body.get("errors").is_none(),
            "{document}\nwas answered with {}: {:#}",
            answer.status,
            answer.body
        );
        answer.body["data"].take()
    }

    /// Asks what must fail, and returns the code of its only error.
    pub(crate) async fn error_code(&self, document: &str, variables: Value) -> String {
        let answer = self.raw(document, variables).await;
        match answer.body["errors"].as_array().map(Vec::as_slice) {
            Some([error]) => text(&error["extensions"]["code"]),
            _ => panic!("{document}\nshould have one error: {:#}", answer.body),
        }
    }

    /// Runs a mutation of the form `name(input: NameInput!)` and returns its payload with the fields asked for. A user
    /// error fails the test.
    pub(crate) async fn mutate(&self, name: &str, fields: &str, input: Value) -> Value {
        let payload = self.payload(name, fields, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{name} was refused");
        payload
    }

    /// Runs a mutation that must be refused, and returns its user errors as `(field path, code)`, where the path's parts are
    /// separated by dots.
    pub(crate) async fn refused(&self, name: &str, input: Value) -> Vec<(String, String)> {
        let payload = self.payload(name, "", input).await;
        let errors = payload["userErrors"].as_array().expect("a list of user errors");
        assert!(!errors.is_empty(), "{name} was not refused");
        errors
            .iter()
            .map(|error| (path(&error["field"]), text(&error["code"])))
            .collect()
    }

    async fn payload(&self, name: &str, fields: &str, input: Value) -> Value {
        let mut data = self.query(&mutation(name, fields), json!({ "input": input })).await;
        data[name].take()
    }

    /// Subscribes over server-sent events.
    pub(crate) async fn events(&self, document: &str, variables: Value) -> Events {
        Events::open(self.request(document, &variables)).await
    }

    /// Opens a WebSocket, on which several subscriptions can run.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(self.address, self.token.as_deref()).await
    }
}

/// The document of a mutation of the form that all of ours have.
pub(crate) fn mutation(name: &str, fields: &str) -> String {
    let mut input_type = name.to_owned();
    input_type[..1].make_ascii_uppercase();
    format!(
        "mutation($input: {input_type}Input!) {{ {name}(input: $input) {{ {fields} userErrors {{ field message code }} }} }}"
    )
}

/// A JSON string as it is.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not a text"))
        .to_owned()
}

/// The items of a list, each reduced to what the test is about.
pub(crate) fn each<T>(list: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    let items = list.as_array().unwrap_or_else(|| panic!("{list} is not a list"));
    items.iter().map(of).collect()
}

fn path(field: &Value) -> String {
    each(field, text).join(".")
}

/// An id of the same type that nothing has.
pub(crate) fn unknown_like(id: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut bytes = URL_SAFE_NO_PAD.decode(id).expect("an id of the API");
    bytes[1..].copy_from_slice(uuid::Uuid::now_v7().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}
