//! A throw-away PostgreSQL cluster, started once per test binary from the installed server binaries.
//!
//! It listens on a Unix socket in its own temporary folder, so it can neither clash with nor touch another server of
//! the machine. PostgreSQL refuses to run as root, so as root everything of it runs as an unprivileged user. A
//! guardian, a small shell that reads a pipe this process holds open, stops the server and removes the folder when
//! this process ends, however it ends: the pipe closes even on a panic, an abort or a SIGKILL.
//!
//! Where no server binaries are found the tests on PostgreSQL are skipped, loudly, unless [`REQUIRE`] is set.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sqlx::{Connection, Executor, PgConnection};
use stock_sync::db::{Db, Settings};
use tokio::sync::Mutex;
use uuid::Uuid;

/// With this variable set to 1 a machine without PostgreSQL fails the tests instead of skipping them.
const REQUIRE: &str = "STOCK_SYNC_REQUIRE_POSTGRES";

/// The database that was migrated once and is copied for every test.
const TEMPLATE: &str = "migrated";

/// Speed over safety: nothing here has to survive anything.
const OPTIONS: &str = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
    -c autovacuum=off -c max_connections=400 -c shared_buffers=64MB -c log_min_messages=warning";

/// The running cluster.
pub(crate) struct Cluster {
    programs: PathBuf,
    user: User,
    folder: PathBuf,
    /// How its server is configured.
    options: &'static str,
    /// `CREATE DATABASE` wants its template for itself.
    creating: Mutex<()>,
    /// Kept for its open pipe; see the module.
    _guardian: Child,
}

/// The cluster of this process, started at the first call; none where PostgreSQL is not installed.
///
/// Blocks the thread while it starts: call it before a runtime is entered.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| start(OPTIONS)).as_ref()
}

/// One more cluster, for a test that stops it. It goes when this process ends.
pub(crate) async fn own_cluster() -> &'static Cluster {
    let started = tokio::task::spawn_blocking(|| start(OPTIONS)).await.expect("no panic");
    Box::leak(Box::new(
        started.expect("tests on PostgreSQL run only where there is one"),
    ))
}

/// Says, past the capturing of the test runner, that a test did not run.
pub(crate) fn report_skipped(test: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED {test}: no PostgreSQL server binaries were found, so nothing was tested on PostgreSQL"
    );
}

impl Cluster {
    /// A fresh database with the whole schema; its name.
    pub(crate) async fn create_database(&self) -> String {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let _alone = self.creating.lock().await;
        self.administer(&format!(
            "CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy"
        ))
        .await;
        name
    }

    /// A fresh database without any tables; its name.
    pub(crate) async fn create_empty_database(&self) -> String {
        let name = format!("test_{}", Uuid::now_v7().simple());
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await;
        name
    }

    /// Removes a database, whoever is still connected to it.
    pub(crate) async fn drop_database(&self, name: &str) {
        self.administer(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }

    /// Where a database of the cluster is reached.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// Stops the server as a crash does: nothing is written that was not written already, and every session is cut.
    pub(crate) fn crash(&self) {
        tokio::task::block_in_place(|| self.control(&["stop", "--mode=immediate"]));
    }

    /// Starts it again after a crash, and waits until it takes connections.
    pub(crate) fn recover(&self) {
        tokio::task::block_in_place(|| self.start_server());
    }

    fn start_server(&self) {
        let options = format!("-k '{}' {}", self.folder.display(), self.options);
        let log = self.folder.join("log");
        let log = log.to_str().expect("a path that is text");
        self.control(&["start", "--wait", "--timeout=60", "--log", log, "--options", &options]);
    }

    fn control(&self, arguments: &[&str]) {
        self.user.run(&self.programs.join("pg_ctl"), &self.folder, |command| {
            command.arg("--pgdata").arg(self.folder.join("data")).args(arguments);
        });
    }

    async fn administer(&self, statement: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .expect("the test cluster takes connections");
        connection
            .execute(sqlx::AssertSqlSafe(statement.to_owned()))
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        let _ = connection.close().await;
    }

    /// Makes the template, on a runtime of its own because the callers' runtimes come and go.
    fn make_template(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            self.administer(&format!("CREATE DATABASE {TEMPLATE}")).await;
            let settings = Settings {
                url: self.url(TEMPLATE),
                max_connections: 2,
                ..Settings::default()
            };
            let db = Db::connect(&settings).await.expect("the template can be opened");
            db.migrate().await.expect("the template can be migrated");
            db.close().await.expect("the template can be closed");
        });
    }
}

/// Starts a cluster whose server has these options; none where PostgreSQL is not installed.
pub(crate) fn start(options: &'static str) -> Option<Cluster> {
    let Some(programs) = find_programs() else {
        assert!(
            std::env::var(REQUIRE).as_deref() != Ok("1"),
            "{REQUIRE}=1, but no PostgreSQL server binaries (initdb, pg_ctl, postgres) were found"
        );
        return None;
    };
    let folder = tempfile::Builder::new()
        .prefix("stock-sync-pg-")
        .tempdir()
        .expect("a temporary folder")
        .keep();
    let user = User::for_server(&folder);
    chown(&folder, Some(user.uid), Some(user.gid)).expect("the folder can be given to the server's user");
    let guardian = user.guard(&programs, &folder);
    let data = folder.join("data");
    user.run(&programs.join("initdb"), &folder, |command| {
        command.arg("--pgdata").arg(&data).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
    });
    let cluster = Cluster {
        programs,
        user,
        folder,
        options,
        creating: Mutex::new(()),
        _guardian: guardian,
    };
    cluster.start_server();
    cluster.make_template();
    Some(cluster)
}

/// Whom the server runs as.
struct User {
    uid: u32,
    gid: u32,
    /// Whether that is somebody else than this process, which then is root.
    steps_down: bool,
}

impl User {
    /// This process's own user, whom the folder that it just made tells, or for root an unprivileged one.
    fn for_server(own_folder: &Path) -> Self {
        let own = fs::metadata(own_folder).expect("the folder was just made");
        if own.uid() != 0 {
            let (uid, gid) = (own.uid(), own.gid());
            let steps_down = false;
            return Self { uid, gid, steps_down };
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (uid, gid) = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| ids_of(&users, name))
            .unwrap_or((65_534, 65_534));
        let steps_down = true;
        Self { uid, gid, steps_down }
    }

    fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        // A group of its own, so that a Ctrl-C meant for the tests does not reach it.
        command.current_dir(folder).stdin(Stdio::null()).process_group(0);
        if self.steps_down {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    fn run(&self, program: &Path, folder: &Path, arguments: impl FnOnce(&mut Command)) {
        let mut command = self.command(program, folder);
        arguments(&mut command);
        let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
        let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
        assert!(
            output.status.success(),
            "{} failed: {}\n{}",
            program.display(),
            String::from_utf8_lossy(&output.stderr),
            fs::read_to_string(folder.join("log")).unwrap_or_default()
        );
    }

    /// Starts the guardian before the server, so that there is no moment without one.
    fn guard(&self, programs: &Path, folder: &Path) -> Child {
        const SCRIPT: &str = r#"cat; "$1" stop --mode=immediate --pgdata="$2/data"; cd /; rm -rf "$2""#;
        self.command("/bin/sh", folder)
            .args(["-c", SCRIPT, "guardian"])
            .arg(programs.join("pg_ctl"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell")
    }
}

/// User and group id of a user, from the text of `/etc/passwd`.
fn ids_of(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// The folder with the server's programs: from PATH, from `pg_config`, or where distributions put them, newest first.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let mut packaged: Vec<PathBuf> = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"]
        .into_iter()
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path().join("bin")))
        .collect();
    packaged.sort();
    folders.extend(packaged.into_iter().rev());
    folders
        .into_iter()
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_owned))
        .find(|folder| {
            ["pg_ctl", "postgres"]
                .iter()
                .all(|program| folder.join(program).is_file())
        })
}
