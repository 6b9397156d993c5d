//! A database for one test, copied from the template that `atrium with-postgres` migrated.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// The password of atrium_owner and atrium_app on the throw-away server.
const PASSWORD: &str = "throw-away";
const TEMPLATE: &str = "atrium_template";

/// One test's own database.
pub struct TestDatabase {
    host: String,
    superuser: String,
    name: String,
}

impl TestDatabase {
    /// Copies the migrated template.
    pub async fn create() -> Self {
        Self::copy_of(TEMPLATE).await
    }

    /// An empty database, not migrated.
    pub async fn empty() -> Self {
        let database = Self::copy_of("template0").await;
        let mut connection = database.superuser().await;
        connection.execute("GRANT ALL ON SCHEMA public TO atrium_owner").await.unwrap();
        database
    }

    async fn copy_of(template: &str) -> Self {
        let superuser =
            std::env::var("ATRIUM_TEST_POSTGRES").expect("run the tests by script/test");
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&superuser).await.unwrap();
        // One copy at a time: the template must not be in use.
        connection.execute("SELECT pg_advisory_lock(4713002)").await.unwrap();
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER atrium_owner");
        connection.execute(AssertSqlSafe(create)).await.unwrap();
        connection.close().await.unwrap();
        let host = superuser.rsplit('@').next().unwrap();
        let host = host.split('/').next().unwrap().to_owned();
        Self { host, superuser, name }
    }

    /// The address for the role that serves.
    pub fn app_url(&self) -> String {
        format!("postgres://atrium_app:{PASSWORD}@{}/{}", self.host, self.name)
    }

    /// The address for the role that migrates.
    pub fn owner_url(&self) -> String {
        format!("postgres://atrium_owner:{PASSWORD}@{}/{}", self.host, self.name)
    }

    /// The address for the superuser, who sees everything.
    pub fn superuser_url(&self) -> String {
        let (server, _) = self.superuser.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// A connection past every wall: to look at what is really there.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url()).await.unwrap()
    }
}
