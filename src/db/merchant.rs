//! Merchants. They are the one thing that belongs to nobody, so these functions are for the operator alone.

use entity::merchant;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, SqlErr};
use uuid::Uuid;

use super::Db;
use crate::clock::now;
use crate::domain::text;
use crate::error::{Error, ProblemCode, Result};

/// Makes a merchant under the operator's own code.
///
/// # Errors
/// The code or the name cannot be stored, or the code is in use.
pub async fn create(db: &Db, code: &str, name: &str) -> Result<merchant::Model> {
    let merchant = merchant::Model {
        id: Uuid::now_v7(),
        code: text::code("code", code)?,
        name: text::name("name", name)?,
        created_at: now(),
    };
    let row = merchant.clone().into_active_model();
    db.write(move |tx| {
        let (row, code) = (row.clone(), merchant.code.clone());
        Box::pin(async move {
            row.insert(tx).await.map_err(|error| match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => taken(&code),
                _ => error.into(),
            })
        })
    })
    .await
}

fn taken(code: &str) -> Error {
    let message = format!("there is a merchant with the code \"{code}\" already");
    Error::invalid("code", ProblemCode::Taken, message)
}

/// The merchant with this code, if there is one.
///
/// # Errors
/// What the database said.
pub async fn by_code(db: &Db, code: &str) -> Result<Option<merchant::Model>> {
    let found = merchant::Entity::find()
        .filter(merchant::Column::Code.eq(code.trim()))
        .one(db.reader())
        .await?;
    Ok(found)
}

/// The merchant with this id, if there is one.
///
/// # Errors
/// What the database said.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<merchant::Model>> {
    Ok(merchant::Entity::find_by_id(id).one(db.reader()).await?)
}

/// All merchants, in the order of their codes.
///
/// # Errors
/// What the database said.
pub async fn all(db: &Db) -> Result<Vec<merchant::Model>> {
    let merchants = merchant::Entity::find()
        .order_by_asc(merchant::Column::Code)
        .all(db.reader())
        .await?;
    Ok(merchants)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::db::Settings;

    #[tokio::test]
    async fn a_code_is_good_for_one_merchant() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("m.db").display());
        let db = Db::connect(&Settings {
            url,
            max_connections: 2,
            ..Settings::default()
        })
        .await
        .unwrap();
        db.migrate().await.unwrap();

        let made = create(&db, " acme ", "Acme").await.unwrap();
        assert_eq!(by_code(&db, "acme").await.unwrap(), Some(made.clone()));
        let error = create(&db, "acme", "Another").await.unwrap_err();
        assert!(matches!(error, Error::Invalid(problems) if problems[0].code == ProblemCode::Taken));
        assert_eq!(all(&db).await.unwrap(), [made]);
    }
}
