//! A schema of the tests' own: fields that wait, are large or have a defect.

use std::sync::Arc;

use async_graphql::Object;
use async_trait::async_trait;
use auth::DataClass;
use graphql::access::for_anyone;
use graphql::live::listens;
use graphql::{Engine, Limits, Live, Prefetch, Result, Selection, Tell};
use tokio::sync::{Semaphore, mpsc};

/// What a test sees and decides of the operations that run.
pub struct Stage {
    reports: mpsc::UnboundedReceiver<&'static str>,
    gate: Arc<Semaphore>,
}

#[derive(Clone)]
struct Backstage {
    reports: mpsc::UnboundedSender<&'static str>,
    gate: Arc<Semaphore>,
}

/// Reports that an operation was given up, unless it came to its end.
struct Curtain(Backstage, bool);

impl Drop for Curtain {
    fn drop(&mut self) {
        self.0.reports.send(if self.1 { "finished" } else { "given up" }).ok();
    }
}

impl Backstage {
    async fn wait(&self) -> i32 {
        self.reports.send("begun").ok();
        let mut curtain = Curtain(self.clone(), false);
        self.gate.acquire().await.unwrap().forget();
        curtain.1 = true;
        1
    }
}

pub struct Query(Backstage);
pub struct Mutation(Backstage);
#[derive(Default)]
pub struct Subscription;

#[Object]
impl Query {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fine(&self) -> i32 {
        1
    }

    /// Waits until the test opens the gate.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn waits(&self) -> i32 {
        self.0.wait().await
    }

    /// Waits, and then answers so many bytes.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn large(&self, bytes: usize) -> String {
        self.0.wait().await;
        "x".repeat(bytes)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn panics(&self) -> Option<i32> {
        assert!(self.0.gate.is_closed(), "Zyxwina Quorblatt");
        None
    }
}

#[Object]
impl Mutation {
    /// Waits until the test opens the gate.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn waits(&self) -> i32 {
        self.0.wait().await
    }
}

#[Object]
impl Subscription {
    #[graphql(
        directive = for_anyone::apply(DataClass::None),
        directive = listens::apply(&["nothing."], false)
    )]
    async fn silence(&self) -> Tell<Nothing> {
        Tell::Nothing
    }
}

pub struct Nothing;

#[Object]
impl Nothing {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fine(&self) -> i32 {
        1
    }
}

#[async_trait]
impl Prefetch for Nothing {
    async fn prefetch(_: &[&Self], _: Selection<'_>) -> Result<()> {
        Ok(())
    }
}

impl Stage {
    /// The schema, and what the test holds of it.
    pub fn new() -> (Engine<Query, Mutation, Live<Subscription>>, Self) {
        let (sender, reports) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let back = Backstage { reports: sender, gate: gate.clone() };
        let engine =
            Engine::new(Query(back.clone()), Mutation(back), Live(Subscription), Limits::default());
        (engine.unwrap(), Self { reports, gate })
    }

    /// What an operation reports next: begun, finished or given up.
    pub async fn report(&mut self) -> &'static str {
        self.reports.recv().await.unwrap()
    }

    /// Lets so many operations go on.
    pub fn open(&self, count: usize) {
        self.gate.add_permits(count);
    }
}
