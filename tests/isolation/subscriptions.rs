//! Subscriptions: those of clinic A are told of what happens there, and nobody else is.

use auth::{Denial, Permission, Reach, TenantId, reach};
use graphql::{EventCursor, Listens};
use serde_json::Value as Json;

use super::answer::{comparable, cursor_of_nothing, foreign, mention, succeeded};
use super::attack::of_nothing;
use super::caller::Caller;
use super::finding::{Finding, Trial, Wrong};
use super::kinds::kind;
use super::listener::{Listener, live};
use super::rows::{EVENTS, TRAIL, uuids};
use super::scene::{Scene, noun};
use super::suite::{Suite, compare};
use super::walk::{Call, Operation, Shape};
use crate::support::process::until;
use crate::support::{Reply, World};

/// What happens while they listen.
pub struct Scenes {
    /// In A, and what happens there next: to a patient within the reach of its patient and doctor.
    a: [Scene; 2],
    /// In B.
    b: [Scene; 2],
}

/// One subscription in each of the ways in which it can be called, and what it listens to.
struct Subscribed<'s> {
    least: &'s Call,
    topics: Vec<String>,
    scenes: &'s Scenes,
}

/// What was asked for with rows of A, and the same with rows that do not exist.
struct Attempt {
    tried: usize,
    victims: Vec<String>,
    expected: usize,
    nothing: Vec<String>,
}

/// Somebody who must not be told anything of A's.
struct Attacker<'c> {
    listener: Listener<'c>,
    attempts: Vec<Attempt>,
}

/// Somebody of A who does not reach all of its patients.
struct Insider<'c> {
    listener: Listener<'c>,
    within_reach: usize,
}

impl Suite<'_> {
    /// Makes what things will happen to.
    pub(super) async fn scenes(&self) -> Scenes {
        Scenes {
            a: [Scene::new(&self.a).await, Scene::within_reach(&self.a).await],
            b: [Scene::new(&self.b).await, Scene::new(&self.b).await],
        }
    }

    /// Tries one subscription.
    pub(super) async fn overhear(
        &self,
        operation: &Operation<'_>,
        calls: &[Call],
        scenes: &Scenes,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let Some(least) = calls.iter().find(|call| call.shape == Shape::Least) else {
            return findings;
        };
        for call in calls {
            let mut trial = Trial::new(operation, call);
            match self.topics(operation).await {
                Ok(topics) => {
                    let subscribed = Subscribed { least, topics, scenes };
                    self.hold_while_listening(&mut trial, &subscribed).await;
                }
                Err(why) => trial.note(Wrong::NotCalled, why),
            }
            findings.extend(trial.findings);
            until("nobody listens any more", async || live(self.a.world).await == 0).await;
        }
        findings
    }

    /// Whatever has happened by now of what the subscription listens to.
    async fn topics(&self, operation: &Operation<'_>) -> Result<Vec<String>, String> {
        let listens = Listens::read(self.schema, &operation.root, &operation.field.name);
        let mut topics = Vec::new();
        for start in listens.ok_or("it does not say what it listens to")?.topics {
            if kind(noun(&start)).is_none() {
                return Err(format!("`{start}` begins with no kind: add that kind to kinds.rs"));
            }
            let select = "SELECT DISTINCT topic FROM outbox_events WHERE starts_with(topic, $1)";
            let known: Vec<String> = sqlx::query_scalar(select)
                .bind(&start)
                .fetch_all(&mut *self.database.lock().await)
                .await
                .unwrap();
            if known.is_empty() {
                return Err(format!("no mutation has let anything of `{start}` happen"));
            }
            topics.extend(known);
        }
        Ok(topics)
    }

    async fn hold_while_listening(&self, trial: &mut Trial<'_>, subscribed: &Subscribed<'_>) {
        let Subscribed { least, topics, scenes } = subscribed;
        let may = |caller: &&Caller| self.decide(trial, caller).is_ok();
        let owner = self.callers_of_a.iter().find(may);
        let neighbour = self.outsiders.iter().find(may);
        let (Some(owner), Some(neighbour)) = (owner, neighbour) else {
            return trial.note(Wrong::NoPositiveControl, "no role of the clinic may do it");
        };
        let cursor = self.last_event_of_a().await;
        let (world, call) = (self.a.world, trial.call);
        let mut owner = Listener::open(world, owner).await;
        owner.subscribe(least, &scenes.a[0].ids(&least.ids), None).await;
        let next = owner.subscribe(least, &scenes.a[1].ids(&least.ids), None).await;
        let ids = scenes.a[0].ids(&call.ids);
        let mut controls = vec![owner.subscribe(call, &ids, None).await];
        if call.takes_cursor {
            controls.push(owner.subscribe(call, &ids, Some(&cursor)).await);
        }
        let mut neighbour = Listener::open(world, neighbour).await;
        let theirs = neighbour.subscribe(least, &scenes.b[1].ids(&least.ids), None).await;

        let before = self.rows_of_a().await;
        trial.foreign = before.uuids();
        trial.foreign.remove(&self.both.user.0);
        let mut attackers = Vec::new();
        for caller in self.outsiders.iter().chain(&self.both.callers) {
            match self.decide(trial, caller) {
                Ok(()) => attackers.push(self.eavesdrop(caller, call, scenes, &cursor).await),
                Err(denial) => self.expect_silence(trial, caller, scenes, denial).await,
            }
        }
        compare(trial, &before, &self.rows_of_a().await, &[]);
        let mut insiders = Vec::new();
        for caller in &self.callers_of_a {
            match self.decide(trial, caller) {
                Ok(()) if is_short_of(caller, topics) => {
                    insiders.push(Insider::open(world, caller, call, scenes).await);
                }
                Ok(()) => {}
                Err(denial) => self.expect_silence(trial, caller, scenes, denial).await,
            }
        }
        let before = self.rows_of_a().await;

        // Who has heard of the next has heard all there is to hear of the one before it.
        self.happen(self.a.clinic.id, &scenes.a, topics).await;
        if !owner.hears_of(next, &scenes.a[1].without(&scenes.a[0])).await {
            return trial.note(Wrong::NoPositiveControl, "nobody of A was told");
        }
        owner.catch_up().await;
        for control in controls {
            judge_control(trial, owner.heard(control), &scenes.a[0]);
        }
        self.happen(self.b.clinic.id, &scenes.b, topics).await;
        if !neighbour.hears_of(theirs, &scenes.b[1].without(&scenes.b[0])).await {
            return trial.note(Wrong::NoPositiveControl, "nobody of B was told");
        }
        for reply in neighbour.all() {
            trial.look(neighbour.caller, reply);
        }
        for attacker in &mut attackers {
            attacker.judge(trial).await;
        }
        for insider in &mut insiders {
            insider.judge(trial, scenes).await;
        }
        let own: Vec<_> = TRAIL.into_iter().chain(EVENTS).collect();
        compare(trial, &before, &self.rows_of_a().await, &own);
    }

    /// Listens in the name of somebody whom the schema lets in: to their own, to A's, and from where A is.
    async fn eavesdrop<'c>(
        &'c self,
        caller: &'c Caller,
        call: &Call,
        scenes: &Scenes,
        cursor: &str,
    ) -> Attacker<'c> {
        let kinds = &call.ids;
        let own = scenes.b[0].ids(kinds);
        let nothing = of_nothing(kinds);
        let mut listener = Listener::open(self.a.world, caller).await;
        listener.subscribe(call, &own, None).await;
        let mut pairs = Vec::new();
        if !kinds.is_empty() {
            pairs.push((scenes.a[0].ids(kinds), nothing.clone()));
            pairs.push((self.victims.deleted(kinds), nothing.clone()));
        }
        if kinds.len() > 1 {
            for slot in 0..kinds.len() {
                let with = |other: &[String]| {
                    let mut mixed = own.clone();
                    mixed[slot].clone_from(&other[slot]);
                    mixed
                };
                pairs.push((with(&scenes.a[0].ids(kinds)), with(&nothing)));
            }
        }
        let mut attempts = Vec::new();
        for (victims, nothing) in pairs {
            let tried = listener.subscribe(call, &victims, None).await;
            let expected = listener.subscribe(call, &nothing, None).await;
            attempts.push(Attempt { tried, victims, expected, nothing });
        }
        if let Some(beside) = cursor_of_nothing(cursor).filter(|_| call.takes_cursor) {
            let tried = listener.subscribe(call, &own, Some(cursor)).await;
            let expected = listener.subscribe(call, &own, Some(&beside)).await;
            attempts.push(Attempt { tried, victims: own.clone(), expected, nothing: own });
        }
        Attacker { listener, attempts }
    }

    /// The schema's own refusal, and nothing beside it.
    async fn expect_silence(
        &self,
        trial: &mut Trial<'_>,
        caller: &Caller,
        scenes: &Scenes,
        denial: Denial,
    ) {
        let mut listener = Listener::open(self.a.world, caller).await;
        let ids = scenes.a[0].ids(&trial.call.ids);
        let refused = listener.subscribe(trial.call, &ids, None).await;
        match listener.heard(refused) {
            [refusal] => {
                trial.look(caller, refusal);
                trial.judge_refusal(caller, refusal, denial);
            }
            heard => {
                let detail = format!("{} was told {} answers", caller.name, heard.len());
                trial.note(Wrong::NotRefused, detail);
            }
        }
    }

    /// Something of each topic happens to the one, and then to the other.
    async fn happen(&self, clinic: TenantId, scenes: &[Scene; 2], topics: &[String]) {
        let mut database = self.database.lock().await;
        for scene in scenes {
            scene.happen(&mut database, clinic, topics).await;
        }
    }

    /// From where a caller of A would go on.
    async fn last_event_of_a(&self) -> String {
        let tenant = self.a.clinic.id;
        let number = sqlx::query_scalar("SELECT last FROM event_counters WHERE tenant_id = $1")
            .bind(tenant.0)
            .fetch_one(&mut *self.database.lock().await)
            .await
            .unwrap();
        EventCursor { tenant, number }.write()
    }
}

impl Attacker<'_> {
    /// Nothing of A's was told, and rows of A were as silent as rows that do not exist.
    async fn judge(&mut self, trial: &mut Trial<'_>) {
        self.listener.catch_up().await;
        let caller = self.listener.caller;
        let all = trial.foreign.clone();
        for attempt in &self.attempts {
            // An id that was sent may be said again: then ids of nothing are, too, or the comparison fails.
            let sent = attempt.victims.iter().flat_map(|id| uuids(id)).collect();
            trial.foreign = all.difference(&sent).copied().collect();
            for reply in self.listener.heard(attempt.tried) {
                trial.look(caller, reply);
            }
            let tried = comparables(self.listener.heard(attempt.tried), &attempt.victims);
            let expected = comparables(self.listener.heard(attempt.expected), &attempt.nothing);
            if tried != expected {
                let name = &caller.name;
                let detail =
                    format!("{name} was told {tried:#?}\n    and for nothing {expected:#?}");
                trial.note(Wrong::TellsThatItExists, detail);
            }
        }
        trial.foreign = all;
        // The first is their own: what is theirs may lead to what is not.
        for reply in self.listener.heard(0) {
            trial.look(caller, reply);
        }
    }
}

impl<'c> Insider<'c> {
    async fn open(world: &'c World, caller: &'c Caller, call: &Call, scenes: &Scenes) -> Self {
        let mut listener = Listener::open(world, caller).await;
        let within_reach = listener.subscribe(call, &scenes.a[1].ids(&call.ids), None).await;
        listener.subscribe(call, &scenes.a[0].ids(&call.ids), None).await;
        Self { listener, within_reach }
    }

    /// They were told of whom they reach, and of nobody else.
    async fn judge(&mut self, trial: &mut Trial<'_>, scenes: &Scenes) {
        let [beyond, within] = &scenes.a;
        let name = &self.listener.caller.name;
        if !may_be_silent(trial.call)
            && !self.listener.hears_of(self.within_reach, &within.without(beyond)).await
        {
            let detail = format!("{name} was not told of their own patient");
            return trial.note(Wrong::NoPositiveControl, detail);
        }
        self.listener.catch_up().await;
        let beyond = beyond.without(within);
        if let Some(text) = self.listener.all().find_map(|reply| mention(reply, &beyond)) {
            trial.note(Wrong::CameBack, format_args!("{name} was told of {text}"));
        }
    }
}

/// Those who listen in A were told of it.
fn judge_control(trial: &mut Trial<'_>, heard: &[Reply], scene: &Scene) {
    let (field, rows) = (trial.field(), scene.uuids());
    let told = |reply| succeeded(reply, field) && foreign(reply, &rows).is_some();
    if !may_be_silent(trial.call) && !heard.iter().any(told) {
        let bodies: Vec<_> = heard.iter().map(|reply| &reply.body).collect();
        trial.note(Wrong::NoPositiveControl, format_args!("A was told {bodies:#?}"));
    }
}

/// A filter alone may leave nothing to tell; an id that was asked for may not.
fn may_be_silent(call: &Call) -> bool {
    matches!(call.shape, Shape::Only(_)) && call.ids.is_empty()
}

/// Whether the topics are about patients, and the caller does not reach all of them.
fn is_short_of(caller: &Caller, topics: &[String]) -> bool {
    let about_patients =
        topics.iter().all(|topic| kind(noun(topic)).is_some_and(|kind| kind.about_patients));
    let member = caller.actor.member().unwrap();
    about_patients && reach(member.role, Permission::PatientsRead) != Some(Reach::Any)
}

fn comparables(heard: &[Reply], sent: &[String]) -> Vec<Json> {
    heard.iter().map(|reply| comparable(reply, sent)).collect()
}
