//! The plans of the statements that the product really sends, as the database tells them when it has
//! run them.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};
use tracing::field::{Field, Visit};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::database::TestDatabase;

/// Hears the plans of one database. The runtime of a test has one thread, and what the database says
/// to the gateway's connections is logged there.
pub struct Plans {
    told: Told,
    _hearing: DefaultGuard,
    _other: Dispatch,
}

/// The plan of one statement, with what was found on the way.
pub struct Plan(Value);

impl Plans {
    /// Makes the database tell the plan of each statement of connections that begin from now on, and
    /// ends those that there are. `settings` are further ones, such as `plan_cache_mode = auto`.
    pub async fn of(storage: &TestDatabase, settings: &[&str]) -> Self {
        // While there is one subscriber only, `tracing` believes that nobody listens wherever some
        // other test's thread comes by first. So there are two.
        let other = Dispatch::new(NoSubscriber::new());
        let told = Told::default();
        let hearing = tracing_subscriber::registry().with(told.clone()).set_default();
        let telling = [
            "session_preload_libraries = auto_explain",
            "auto_explain.log_level = notice",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_analyze = on",
            "auto_explain.log_timing = off",
            "auto_explain.log_format = json",
        ];
        let mut superuser = storage.superuser().await;
        for setting in telling.iter().chain(settings) {
            let set = format!(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {setting}', current_database()); END $$"
            );
            superuser.execute(AssertSqlSafe(set)).await.unwrap();
        }
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        superuser.execute(end).await.unwrap();
        Self { told, _hearing: hearing, _other: other }
    }

    /// The plans told since it was last asked, of statements that name `table` after FROM.
    pub fn take(&self, table: &str) -> Vec<Plan> {
        let told = std::mem::take(&mut *self.told.0.lock().unwrap());
        let from = format!("FROM \"{table}\"");
        let plans = told.iter().filter_map(|message| {
            let (_, plan) = message.split_once("plan:\n")?;
            Some(Plan(serde_json::from_str(plan).unwrap()))
        });
        plans.filter(|plan| plan.statement().contains(&from)).collect()
    }

    /// How many statements ran since it was last asked that have each of these texts.
    pub fn count<const N: usize>(&self, texts: [&str; N]) -> [usize; N] {
        let told = std::mem::take(&mut *self.told.0.lock().unwrap());
        texts.map(|text| told.iter().filter(|message| message.contains(text)).count())
    }
}

impl Plan {
    fn statement(&self) -> &str {
        self.0["Query Text"].as_str().unwrap()
    }

    fn nodes(&self) -> Vec<&Value> {
        let mut nodes = vec![&self.0["Plan"]];
        let mut next = 0;
        while let Some(node) = nodes.get(next) {
            nodes.extend(node["Plans"].as_array().into_iter().flatten());
            next += 1;
        }
        nodes
    }

    /// How many rows and entries of indexes were looked at, those not wanted included.
    fn touched(&self) -> u64 {
        let scans = self
            .nodes()
            .into_iter()
            .filter(|node| node["Relation Name"].is_string() || node["Index Name"].is_string());
        let seen = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"];
        let rows = |scan: &Value| {
            let rows = seen.iter().map(|kind| scan[*kind].as_u64().unwrap_or_default());
            rows.sum::<u64>() * scan["Actual Loops"].as_u64().unwrap()
        };
        scans.map(rows).sum()
    }

    /// What keeps it from staying small in a large clinic among many: nothing, if all is well.
    pub fn complaints(&self, most_rows: u64) -> Vec<String> {
        let mut found = Vec::new();
        for node in self.nodes() {
            let table = node["Relation Name"].as_str().unwrap_or_default();
            if node["Node Type"] == "Seq Scan" {
                found.push(format!("all rows of {table} are read"));
            }
            if let Some(index) = node["Index Name"].as_str() {
                let condition = node["Index Cond"].as_str().unwrap_or_default();
                if !condition.trim_start_matches('(').starts_with("tenant_id = ") {
                    found.push(format!("{index} is not entered by the clinic: {condition}"));
                }
            }
        }
        let touched = self.touched();
        if touched > most_rows {
            found.push(format!("{touched} rows are looked at, more than {most_rows}"));
        }
        found
    }
}

/// The messages that the database has sent.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Told {
    fn record_str(&mut self, _: &Field, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
