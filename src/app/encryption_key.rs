//! The key that encrypts the stores' secrets: given by the operator, or kept in a file.
//!
//! The file is `<database file>.key` beside an SQLite database and `data/stock-sync.key` with PostgreSQL. It holds
//! base64 of 32 random bytes and is readable by its owner alone. It is made once and never replaced: whoever loses it
//! has to connect every store again, so it belongs into the backup, though not into the same place as the database.
//! A process whose key does not open what is stored does not start, so that replicas with different keys are found out.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::sqlite::SqliteConnectOptions;

use crate::config::Config;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::marketplace::credentials::Cipher;

/// The key file where the database is no file.
const WITH_POSTGRES: &str = "data/stock-sync.key";

/// A secret that is stored: the id of its row, and the sealed text.
pub(super) type Sealed = (uuid::Uuid, Vec<u8>);

/// The cipher with the configured key, or with that of the key file. The file is made when it is not there and nothing is
/// `stored` yet; otherwise what is stored has to open with the key.
///
/// # Errors
/// The key has the wrong form or does not open what is stored, or its file cannot be read or made.
pub(super) fn cipher(config: &Config, stored: Option<&Sealed>) -> Result<Cipher> {
    let mut cipher = match &config.marketplace.encryption_key {
        Some(given) => of_flag("--encryption-key", given)?,
        None => of_file(&file(config)?, stored.is_none())?,
    };
    for given in &config.marketplace.previous_encryption_keys {
        cipher = cipher.or(of_flag("--previous-encryption-keys", given)?);
    }
    if let Some((row, blob)) = stored {
        cipher.open(*row, blob)?;
    }
    Ok(cipher)
}

/// What is wrong with the form of the keys that are given. Neither reads nor makes the key file.
pub(super) fn check(config: &Config) -> Vec<Problem> {
    let marketplace = &config.marketplace;
    let present = marketplace.encryption_key.iter();
    let present = present.filter_map(|key| of_flag("--encryption-key", key).err());
    let numbered = marketplace.previous_encryption_keys.iter().zip(1..);
    let previous = numbered.filter_map(|(key, number)| {
        let mut problem = of_flag("--previous-encryption-keys", key).err()?;
        problem.message = format!("key {number} {}", problem.message);
        Some(problem)
    });
    present.chain(previous).collect()
}

fn of_flag(flag: &str, given: &SecretString) -> Result<Cipher, Problem> {
    let message = "must be base64 of 32 bytes, as `openssl rand -base64 32` prints";
    Cipher::from_base64(given).map_err(|_| Problem::new(flag, ProblemCode::Invalid, message))
}

fn of_file(file: &Path, may_make: bool) -> Result<Cipher> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => SecretString::from(text),
        Err(error) if error.kind() == ErrorKind::NotFound && may_make => make(file)?,
        Err(error) => return Err(unusable(file, &error)),
    };
    Cipher::from_base64(&text).map_err(|error| unusable(file, &error.operator_text()))
}

fn file(config: &Config) -> Result<PathBuf> {
    if config.is_sqlite() {
        return beside(config.database.url.expose_secret());
    }
    let file = PathBuf::from(WITH_POSTGRES);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unusable(&file, &error))?;
    }
    Ok(file)
}

fn beside(url: &str) -> Result<PathBuf> {
    let options = SqliteConnectOptions::from_str(url).map_err(Error::internal)?;
    let mut file = options.get_filename().as_os_str().to_owned();
    file.push(".key");
    Ok(file.into())
}

/// Makes the key file. Another process may do so at the same moment: the file that is there first wins.
fn make(file: &Path) -> Result<SecretString> {
    let text = Cipher::new_key();
    match create(file, &text) {
        Ok(()) => {
            tracing::info!(file = %file.display(), "made the key that encrypts the stores' secrets; keep a copy of it");
            Ok(text)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => std::fs::read_to_string(file)
            .map(SecretString::from)
            .map_err(|error| unusable(file, &error)),
        Err(error) => Err(unusable(file, &error)),
    }
}

/// Writes the whole file under another name first, so that nobody ever reads half a key.
fn create(file: &Path, text: &SecretString) -> std::io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", uuid::Uuid::now_v7().simple()));
    let draft = PathBuf::from(draft);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut handle| {
        writeln!(handle, "{}", text.expose_secret())?;
        handle.sync_all()
    });
    // A link, unlike a rename, does not replace a file that is there.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, file));
    let _ = std::fs::remove_file(&draft);
    linked
}

fn unusable(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("cannot use the key file {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn on_sqlite(folder: &Path) -> Config {
        let mut config = Config::default();
        config.database.url = format!("sqlite://{}", folder.join("s.db").display()).into();
        config
    }

    #[test]
    fn the_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = on_sqlite(folder.path());
        let row = uuid::Uuid::now_v7();
        let sealed = cipher(&config, None).unwrap().seal(row, "a secret").unwrap();
        assert!(cipher(&config, None).unwrap().open(row, &sealed).is_ok());
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["s.db.key"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join("s.db.key"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_that_does_not_open_what_is_stored_is_refused_and_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = on_sqlite(folder.path());
        let row = uuid::Uuid::now_v7();
        let other = Cipher::from_base64(&Cipher::new_key()).unwrap();
        let stored = (row, other.seal(row, "a secret").unwrap());
        assert!(cipher(&config, Some(&stored)).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        config.marketplace.encryption_key = Some(Cipher::new_key());
        assert!(cipher(&config, Some(&stored)).is_err());
    }

    #[test]
    fn a_previous_key_opens_what_is_stored() {
        let mut config = on_sqlite(tempfile::tempdir().unwrap().path());
        let (row, old) = (uuid::Uuid::now_v7(), Cipher::new_key());
        let stored = (row, Cipher::from_base64(&old).unwrap().seal(row, "a secret").unwrap());
        config.marketplace.encryption_key = Some(Cipher::new_key());
        assert!(cipher(&config, Some(&stored)).is_err());
        config.marketplace.previous_encryption_keys = vec![Cipher::new_key(), old];
        assert!(cipher(&config, Some(&stored)).is_ok());
        config.marketplace.previous_encryption_keys = vec!["hunter2".into()];
        let text = cipher(&config, Some(&stored)).unwrap_err().operator_text();
        assert!(
            text.contains("--previous-encryption-keys") && !text.contains("hunter2"),
            "{text}"
        );
    }

    #[test]
    fn a_given_key_is_used_and_no_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = on_sqlite(folder.path());
        config.marketplace.encryption_key = Some(Cipher::new_key());
        cipher(&config, None).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = on_sqlite(folder.path());
        std::fs::write(folder.path().join("s.db.key"), "hunter2").unwrap();
        let broken = cipher(&config, None).unwrap_err().operator_text();
        config.marketplace.encryption_key = Some("hunter2".into());
        let given = cipher(&config, None).unwrap_err().operator_text();
        assert!(broken.contains("s.db.key") && !broken.contains("hunter2"), "{broken}");
        assert!(
            given.contains("--encryption-key") && !given.contains("hunter2"),
            "{given}"
        );
    }
}
