//! Subscriptions: those of clinic A are told of what happens there, and nobody else is.

use auth::{Denial, Permission, Reach, TenantId, reach};
use graphql::{EventCursor, Listens};

use super::answer::{foreign, mention, succeeded};
use super::caller::Caller;
use super::eavesdrop::Attacker;
use super::finding::{Finding, Trial, Wrong};
use super::kinds::kind;
use super::listener::{Listener, live};
use super::rows::{EVENTS, TRAIL};
use super::scene::{Scene, noun};
use super::suite::{Suite, compare};
use super::walk::{Call, Operation, Shape};
use crate::support::process::until;
use crate::support::{Reply, World};

/// What happens while they listen.
pub struct Scenes {
    /// In A, and what happens there next: to a patient within the reach of its patient and doctor.
    pub(super) a: [Scene; 2],
    /// In B.
    pub(super) b: [Scene; 2],
}

/// What is known of one subscription, in whichever way it is called.
struct Subscribed<'s> {
    /// The call that narrows the least.
    least: &'s Call,
    topics: Vec<String>,
    scenes: &'s Scenes,
}

/// Somebody who listens to everything in their own clinic.
struct Witness<'c> {
    listener: Listener<'c>,
    /// The subscription that is told of the scene that comes second.
    next: usize,
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
        // The first call is the one with the least.
        let Some(least) = calls.first() else { return Vec::new() };
        let topics = match self.topics(operation).await {
            Ok(topics) => topics,
            Err(why) => return vec![Finding::not_called(operation, why)],
        };
        let subscribed = Subscribed { least, topics, scenes };
        let mut findings = Vec::new();
        for call in calls {
            let mut trial = Trial::new(operation, call);
            self.hold_while_listening(&mut trial, &subscribed).await;
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

    /// Opens it in one of its ways for everybody, and lets things happen in A and then in B. Whatever is
    /// told by then is looked at.
    async fn hold_while_listening(&self, trial: &mut Trial<'_>, subscribed: &Subscribed<'_>) {
        let Subscribed { least, topics, scenes } = subscribed;
        let may = |caller: &&Caller| self.decide(trial, caller).is_ok();
        let owner = self.callers_of_a.iter().find(may);
        let neighbour = self.outsiders.iter().find(may);
        let (Some(owner), Some(neighbour)) = (owner, neighbour) else {
            return trial.note(Wrong::NoPositiveControl, "no role of the clinic may do it");
        };
        let (world, cursor) = (self.a.world, self.last_event_of_a().await);
        let mut owner = Witness::open(world, owner, least, &scenes.a).await;
        let mut neighbour = Witness::open(world, neighbour, least, &scenes.b).await;
        let controls = owner.ask_as_is_tried(trial.call, scenes, &cursor).await;

        let before = self.rows_of_a().await;
        trial.foreign = before.uuids();
        // A person is the same in each of their clinics.
        trial.foreign.remove(&self.both.user.0);
        let mut attackers = self.attackers(trial, scenes, &cursor).await;
        let after = self.rows_of_a().await;
        compare(trial, &before, &after, &[]);
        let mut insiders = self.insiders(trial, subscribed).await;

        self.happen(self.a.clinic.id, &scenes.a, topics).await;
        if !owner.has_heard_all(&scenes.a).await {
            return trial.note(Wrong::NoPositiveControl, "nobody of A was told");
        }
        for control in controls {
            judge_control(trial, owner.listener.heard(control), &scenes.a[0]);
        }
        self.happen(self.b.clinic.id, &scenes.b, topics).await;
        if !neighbour.has_heard_all(&scenes.b).await {
            return trial.note(Wrong::NoPositiveControl, "nobody of B was told");
        }
        for reply in neighbour.listener.all() {
            trial.look(neighbour.listener.caller, reply);
        }
        for attacker in &mut attackers {
            attacker.judge(trial).await;
        }
        for insider in &mut insiders {
            insider.judge(trial, scenes).await;
        }
        let own: Vec<_> = TRAIL.into_iter().chain(EVENTS).collect();
        compare(trial, &after, &self.rows_of_a().await, &own);
    }

    /// Those outside A whom the schema lets in, listening. The others are refused.
    async fn attackers(
        &self,
        trial: &mut Trial<'_>,
        scenes: &Scenes,
        cursor: &str,
    ) -> Vec<Attacker<'_>> {
        let mut attackers = Vec::new();
        for caller in self.outsiders.iter().chain(&self.both.callers) {
            match self.decide(trial, caller) {
                Ok(()) => attackers.push(self.eavesdrop(caller, trial.call, scenes, cursor).await),
                Err(denial) => self.expect_silence(trial, caller, scenes, denial).await,
            }
        }
        attackers
    }

    /// Those of A with a shorter reach, listening. Whoever lacks the permission is refused.
    async fn insiders(
        &self,
        trial: &mut Trial<'_>,
        subscribed: &Subscribed<'_>,
    ) -> Vec<Insider<'_>> {
        let Subscribed { topics, scenes, .. } = subscribed;
        let mut insiders = Vec::new();
        for caller in &self.callers_of_a {
            match self.decide(trial, caller) {
                Ok(()) if is_short_of(caller, topics) => {
                    insiders.push(Insider::open(self.a.world, caller, trial.call, scenes).await);
                }
                Ok(()) => {}
                Err(denial) => self.expect_silence(trial, caller, scenes, denial).await,
            }
        }
        insiders
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

impl<'c> Witness<'c> {
    async fn open(world: &'c World, caller: &'c Caller, least: &Call, scenes: &[Scene; 2]) -> Self {
        let mut listener = Listener::open(world, caller).await;
        listener.subscribe(least, &scenes[0].ids(&least.ids), None).await;
        let next = listener.subscribe(least, &scenes[1].ids(&least.ids), None).await;
        Self { listener, next }
    }

    /// Listens in the way that is tried: to what happens, and from a cursor of their own.
    async fn ask_as_is_tried(&mut self, call: &Call, scenes: &Scenes, cursor: &str) -> Vec<usize> {
        let ids = scenes.a[0].ids(&call.ids);
        let mut controls = vec![self.listener.subscribe(call, &ids, None).await];
        if call.takes_cursor {
            controls.push(self.listener.subscribe(call, &ids, Some(cursor)).await);
        }
        controls
    }

    /// Waits for what happens second: whoever listens in the clinic has then been told of all that
    /// happened first.
    async fn has_heard_all(&mut self, [first, second]: &[Scene; 2]) -> bool {
        let heard = self.listener.hears_of(self.next, &second.without(first)).await;
        if heard {
            self.listener.catch_up().await;
        }
        heard
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
