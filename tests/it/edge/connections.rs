use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use stock_sync::http::{Connections, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(5);

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn start(limits: Connections) -> Running {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "slow"
    });
    let peer = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() });
    let router = Router::new().route("/slow", slow).route("/peer", peer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve(listener, router, limits, stop.clone()));
    Running { address, stop, task }
}

impl Running {
    async fn say(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let read = timeout(PATIENCE, stream.read_to_string(&mut text)).await;
    read.expect("the server closes the connection").unwrap();
    text
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let limits = Connections {
        head_timeout: Duration::from_millis(100),
        ..Connections::default()
    };
    let server = start(limits).await;
    let half = server.say("GET /peer HTTP/1.1\r\nhost: x\r\n").await;
    assert!(!rest(half).await.contains("200"));
    let whole = server.say("GET /peer HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        rest(whole).await.ends_with("127.0.0.1"),
        "an idle connection is closed too"
    );
}

#[tokio::test]
async fn further_connections_wait_for_a_place() {
    let limits = Connections {
        most: 1,
        ..Connections::default()
    };
    let server = start(limits).await;
    let first = server.say("").await;
    let mut second = server
        .say("GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    let mut byte = [0];
    assert!(
        timeout(Duration::from_millis(100), second.read(&mut byte))
            .await
            .is_err()
    );
    drop(first);
    assert!(rest(second).await.contains("127.0.0.1"));
}

#[tokio::test]
async fn a_stop_waits_for_the_last_answer() {
    let server = start(Connections::default()).await;
    let idle = server.say("").await;
    let busy = server.say("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    assert!(rest(busy).await.contains("slow"));
    assert_eq!(rest(idle).await, "");
    timeout(PATIENCE, server.task).await.expect("it stops").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
