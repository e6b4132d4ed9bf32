//! A new encryption key: what the old one sealed is opened, sealed anew, and then needs the old one no more.

use serde_json::json;

use super::pushed;
use crate::support::app::ENCRYPTION_KEY as OLD;
use crate::support::program::run;
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

const NEW: &str = "YW5vdGhlciBrZXkgb2YgMzIgYnl0ZXMsIGEgdGVzdCE=";

both! {
    /// With both keys everything goes on; after `reseal` the new one is enough, and the old one alone is refused.
    async fn a_key_is_changed(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.restart(|config| {
            config.marketplace.encryption_key = Some(NEW.into());
            config.marketplace.previous_encryption_keys = vec![OLD.into()];
        })
        .await;
        assert_eq!(pushed(app, 5).await["status"], "SUCCESS", "what the old key sealed is opened");

        let alone = run(app.database(), &["reseal", "--encryption-key", NEW]).await;
        assert_eq!(alone.code, Some(1), "{alone:?}");
        assert!(alone.stderr.contains("encryption key"), "{alone:?}");
        let flags = ["reseal", "--encryption-key", NEW, "--previous-encryption-keys", OLD];
        for count in ["encrypted anew       1", "encrypted anew       0"] {
            let ended = run(app.database(), &flags).await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert!(ended.stdout.contains(count), "{ended:?}");
            assert!(!format!("{ended:?}").contains(NEW) && !format!("{ended:?}").contains(OLD));
        }

        app.restart(|config| config.marketplace.encryption_key = Some(NEW.into())).await;
        assert_eq!(pushed(app, 6).await["status"], "SUCCESS");
        assert_eq!(app.market().quantity("s1-A"), Some(6));
        let old = run(app.database(), &["reseal", "--encryption-key", OLD]).await;
        assert_eq!(old.code, Some(1), "a key that opens nothing is found out: {old:?}");
        assert_eq!(app.viewer().query("{ viewer { __typename } }", json!({})).await["viewer"]["__typename"], "Viewer");
    }
}
