//! A resolver that panics: the caller is shown a reference, the log has it with what was said, and everything goes on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::websocket::Socket;
use super::{Server, code};

/// What was logged on this thread.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

thread_local! {
    static LOG: Log = Log::default();
}

impl Log {
    /// The log of errors, of which each thread has its own. It is the one subscriber of the process: whether a line is
    /// wanted at all is decided once for all threads.
    fn of_this_thread() -> Self {
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::ERROR)
            .with_writer(|| LOG.with(Clone::clone))
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        LOG.with(Clone::clone)
    }

    /// Checks that the answer has a reference and nothing else, and that one line of the log has it with the text.
    fn explains(&self, answer: &Value, text: &str) {
        assert_eq!(code(answer), "INTERNAL", "{answer}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        let reference = message
            .strip_prefix("internal error; reference ")
            .unwrap_or_else(|| panic!("{message}"));
        // The id of the request; of an operation on a socket, with its number.
        let (request, number) = reference.split_once('.').unwrap_or((reference, "1"));
        assert!(
            request.len() == 32 && request.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{reference}"
        );
        assert!(number.parse::<u32>().is_ok(), "{reference}");
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(reference)).collect();
        assert!(lines.len() == 1 && lines[0].contains(text), "{reference} in {log}");
        assert!(lines[0].contains(&format!("request_id=\"{reference}\"")), "{log}");
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
}

/// Says that this process has one test only.
const ALONE: &str = "STOCK_SYNC_TEST_ALONE";

// A process has one log, so the test has one of its own.
#[test]
fn a_panic_is_told_by_a_reference_that_the_log_has() {
    let name = "edge::panics::a_panic_is_told_by_a_reference_that_the_log_has";
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(panics_are_told());
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let alone = alone.args(["--exact", name]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success() && said.contains("1 passed"), "{said}");
}

// The server runs on the thread of the test, so that its log can be had.
async fn panics_are_told() {
    let log = Log::of_this_thread();
    let server = Server::start().await;
    let panicked = "a resolver panicked: the secret of the house";

    log.explains(&server.query("{ panics }").await.1, panicked);
    log.explains(&server.query("{ fails }").await.1, "the secret of the house");

    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { onceAndWait }").await;
    assert_eq!(socket.hear().await["type"], "next");
    for document in ["{ panics }", "subscription { panics }"] {
        socket.subscribe("2", document).await;
        let mut message = socket.hear().await;
        while message["type"] == "next" {
            message = socket.hear().await;
        }
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("2")));
        log.explains(&json!({ "errors": message["payload"] }), panicked);
        // The same socket takes more under the same id, and what runs beside it goes on.
        socket.subscribe("2", "{ name }").await;
        assert_eq!(socket.hear().await["type"], "next");
        assert_eq!(socket.hear().await["type"], "complete");
    }

    for document in ["{ panics }", "subscription { panics }"] {
        let request = server.post().header("accept", "text/event-stream");
        let text = request
            .json(&json!({ "query": document }))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let refused = text
            .lines()
            .find(|line| line.contains("INTERNAL"))
            .unwrap_or_else(|| panic!("{text}"));
        let answer = refused.strip_prefix("data:").unwrap();
        log.explains(&serde_json::from_str(answer.trim()).unwrap(), panicked);
        assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
    }
    assert_eq!(server.query("{ name }").await.0.as_u16(), 200);
}
