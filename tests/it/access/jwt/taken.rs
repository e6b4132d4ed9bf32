//! Good tokens, and what they open.

use serde_json::{Value, json};
use stock_sync::config;

use super::{EC_PUBLIC, RSA, RSA_PUBLIC, Signer, by_secret, claims, with, write_set};
use crate::support::graphql::Client;
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

const VIEWER: &str = "{ viewer { keyName role merchant { code } } }";

both! {
    /// A token is taken by each algorithm, over HTTP, WebSocket and server-sent events, and says who acts.
    async fn a_good_token_of_each_algorithm_opens_everything(app: &TestApp) {
        let file = |name: &str, text: &[u8]| {
            let file = app.database().file(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let (rsa, ec) = (Signer::rsa("r", RSA), Signer::ec("e"));
        let set = app.database().file("keys.json");
        write_set(&set, &[&rsa, &ec]);
        let by_pem = |file| config::Jwt { public_key_file: Some(file), ..config::Jwt::default() };
        let by_set = || config::Jwt { jwks_file: Some(set.clone()), ..config::Jwt::default() };
        for (jwt, signer) in [
            (by_secret(), &Signer::secret()),
            (by_pem(file("rsa.pem", RSA_PUBLIC)), &rsa),
            (by_pem(file("ec.pem", EC_PUBLIC)), &ec),
            (by_set(), &rsa),
            (by_set(), &ec),
        ] {
            let server = app.replica(|config| config.jwt = jwt).await;
            let token = signer.sign(&claims(&app.tenant().code, "viewer"));
            let client = Client::new(server.address(), Some(&token));
            let viewer = json!({ "keyName": "dewi@erp.example", "role": "VIEWER", "merchant": { "code": app.tenant().code } });
            assert_eq!(client.query(VIEWER, json!({})).await["viewer"], viewer);
            let mut socket = client.socket().await;
            socket.subscribe("1", VIEWER, json!({})).await;
            assert_eq!(socket.next("1").await.unwrap()["viewer"], viewer);
            let mut events = client.events(VIEWER, json!({})).await;
            assert_eq!(events.next().await.unwrap()["viewer"], viewer);
            Client::new(server.address(), Some(app.tenant().token(entity::types::Role::Viewer)))
                .query(VIEWER, json!({})).await;
        }
    }

    /// A token may do what its role may, and what it does is noted under its subject.
    async fn each_role_may_what_a_key_of_that_role_may(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let server = app.replica(|config| config.jwt = by_secret()).await;
        let resync = "mutation { resync(input: { filter: {} }) { manualSync { requestedBy } } }";
        let mark = "mutation { setShortageMark(input: { skus: [\"A\"], isMarkedShort: false }) { userErrors { code } } }";
        for (role, may_resync, may_mark) in [("viewer", false, false), ("OPERATOR", true, false), ("admin", true, true)] {
            let token = Signer::secret().sign(&claims(&app.tenant().code, role));
            let client = Client::new(server.address(), Some(&token));
            for (document, may) in [(resync, may_resync), (mark, may_mark)] {
                let answer = client.raw(document, json!({})).await;
                let code = &answer.body["errors"][0]["extensions"]["code"];
                let expected = if may { Value::Null } else { json!("FORBIDDEN") };
                assert_eq!(*code, expected, "{role}: {:#}", answer.body);
            }
        }
        crate::support::seed::stock(&app.admin(), "A", 5).await;
        let token = Signer::secret().sign(&claims(&app.tenant().code, "operator"));
        let data = Client::new(server.address(), Some(&token)).query(resync, json!({})).await;
        assert_eq!(data["resync"]["manualSync"]["requestedBy"], "dewi@erp.example");
    }

    /// A token opens the data of the merchant that it names, and of no other.
    async fn a_token_opens_no_other_merchants_data(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let other = app.another_tenant().await;
        let server = app.replica(|config| config.jwt = by_secret()).await;
        let client = |code: &str| {
            let token = Signer::secret().sign(&claims(code, "admin"));
            Client::new(server.address(), Some(&token))
        };
        let (mine, theirs) = (client(&app.tenant().code), client(&other.code));
        let list = "{ warehouseSkus { nodes { id } } }";
        let data = mine.query(list, json!({})).await;
        let id = &data["warehouseSkus"]["nodes"][0]["id"];
        assert!(id.is_string(), "{data}");
        assert_eq!(theirs.query(list, json!({})).await["warehouseSkus"]["nodes"], json!([]));
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(mine.query(node, json!({ "id": id })).await["node"]["id"], *id);
        assert_eq!(theirs.query(node, json!({ "id": id })).await["node"], Value::Null);
    }

    /// The operator names the claims, and clocks may be a little apart.
    async fn claims_are_read_by_their_names_and_clocks_may_differ(app: &TestApp) {
        let server = app
            .replica(|config| {
                config.jwt = config::Jwt {
                    issuer: Some("https://erp.example".to_owned()),
                    audience: Some("stock-sync".to_owned()),
                    merchant_claim: "https://erp.example/tenant".to_owned(),
                    role_claim: "stock_role".to_owned(),
                    ..by_secret()
                }
            })
            .await;
        let now = crate::access::jwt::now();
        for changes in [
            json!({}),
            json!({ "aud": ["billing", "stock-sync"] }),
            json!({ "exp": now - 1 }),
            json!({ "nbf": now + 20 }),
            json!({ "merchant": "somebody else", "role": "viewer" }),
        ] {
            let said = json!({
                "sub": "dewi", "iss": "https://erp.example", "aud": "stock-sync", "exp": now + 600,
                "https://erp.example/tenant": app.tenant().code, "stock_role": "operator",
            });
            let token = Signer::secret().sign(&with(said, changes));
            let data = Client::new(server.address(), Some(&token)).query(VIEWER, json!({})).await;
            let merchant = json!({ "code": app.tenant().code });
            assert_eq!(data["viewer"], json!({ "keyName": "dewi", "role": "OPERATOR", "merchant": merchant }));
        }
    }
}
