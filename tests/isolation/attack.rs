//! The attacks: what those try who must not reach clinic A's rows.

use std::collections::HashSet;

use apollo_compiler::ast::OperationType;
use auth::{Denial, Permission, Reach, reach};
use serde_json::Value as Json;
use uuid::Uuid;

use super::answer::{comparable, cursor_of_nothing};
use super::caller::Caller;
use super::finding::{Trial, Wrong};
use super::kinds::kind;
use super::rows::uuids;
use super::suite::Suite;
use crate::support::Reply;

impl Suite<'_> {
    /// A caller of the other clinic, or nobody, with ids of A.
    pub(super) async fn attack(&self, trial: &mut Trial<'_>, caller: &Caller) {
        if let Err(denial) = self.decide(trial, caller) {
            return self.expect_refusal(trial, caller, denial).await;
        }
        // Their own, first: what is theirs may lead to what is not.
        let own = self.own_rows(trial).await;
        let reply = caller.send(trial.call, &own, None).await;
        trial.look(caller, &reply);

        // All of them A's, live or deleted; and where there are several, each alone among their own.
        let kinds = &trial.call.ids;
        if kinds.is_empty() {
            return;
        }
        let live = self.victims.live(kinds);
        self.attack_with(trial, caller, &live, &of_nothing(kinds)).await;
        let deleted = self.victims.deleted(kinds);
        if deleted != live {
            self.attack_with(trial, caller, &deleted, &of_nothing(kinds)).await;
        }
        for slot in 0..kinds.len() {
            if kinds.len() == 1 {
                break;
            }
            let mut mixed = self.own_rows(trial).await;
            mixed[slot].clone_from(&live[slot]);
            let mut nothing = self.own_rows(trial).await;
            nothing[slot].clone_from(&of_nothing(kinds)[slot]);
            self.attack_with(trial, caller, &mixed, &nothing).await;
        }
    }

    /// Sends ids that the caller must not reach, and then ids of nothing: both must answer alike.
    async fn attack_with(
        &self,
        trial: &mut Trial<'_>,
        caller: &Caller,
        victims: &[String],
        nothing: &[String],
    ) {
        let tried = caller.send(trial.call, victims, None).await;
        let expected = caller.send(trial.call, nothing, None).await;
        // An id that was sent may be said again: then ids of nothing are, too, or the comparison fails.
        let sent: HashSet<Uuid> = victims.iter().flat_map(|id| uuids(id)).collect();
        let all = std::mem::take(&mut trial.foreign);
        trial.foreign = all.difference(&sent).copied().collect();
        trial.look(caller, &tried);
        trial.foreign = all;
        let (tried, expected) = (comparable(&tried, victims), comparable(&expected, nothing));
        if tried != expected {
            let name = &caller.name;
            let detail = format!("{name} got {tried:#}\n    and for nothing {expected:#}");
            trial.note(Wrong::TellsThatItExists, detail);
        }
    }

    /// A caller of the other clinic, or nobody, goes on from a row of A.
    pub(super) async fn attack_by_cursor(
        &self,
        trial: &mut Trial<'_>,
        caller: &Caller,
        cursor: &str,
    ) {
        if self.decide(trial, caller).is_err() {
            return;
        }
        let ids = self.own_rows(trial).await;
        let tried = caller.send(trial.call, &ids, Some(cursor)).await;
        trial.look(caller, &tried);
        let Some(nothing) = cursor_of_nothing(cursor) else {
            return;
        };
        let expected = caller.send(trial.call, &ids, Some(&nothing)).await;
        let (mut tried, mut expected) = (comparable(&tried, &ids), comparable(&expected, &ids));
        // The trail grows by being read; how long a list is, is no business of the cursor's.
        let total = format!("/body/data/{}/totalCount", trial.field());
        for answer in [&mut tried, &mut expected] {
            if let Some(total) = answer.pointer_mut(&total) {
                *total = Json::Null;
            }
        }
        if tried != expected {
            let name = &caller.name;
            let detail = format!("{name} by a cursor of A got {tried:#}\n    not {expected:#}");
            trial.note(Wrong::TellsThatItExists, detail);
        }
    }

    /// A caller of A itself: without the permission they are refused, and with a shorter reach a row
    /// beyond it is one that does not exist.
    pub(super) async fn attack_within(&self, trial: &mut Trial<'_>, caller: &Caller) {
        if let Err(denial) = self.decide(trial, caller) {
            return self.expect_refusal(trial, caller, denial).await;
        }
        let kinds = &trial.call.ids;
        let about_patients = |name: &String| kind(name).is_some_and(|kind| kind.about_patients);
        let member = caller.actor.member().unwrap();
        let reaches_all = reach(member.role, Permission::PatientsRead) == Some(Reach::Any);
        if !reaches_all && !kinds.is_empty() && kinds.iter().all(about_patients) {
            let victims = self.victims.live(kinds);
            self.attack_with(trial, caller, &victims, &of_nothing(kinds)).await;
        }
    }

    /// The schema's own refusal, and nothing beside it.
    async fn expect_refusal(&self, trial: &mut Trial<'_>, caller: &Caller, denial: Denial) {
        let victims = self.victims.live(&trial.call.ids);
        let reply: Reply = caller.send(trial.call, &victims, None).await;
        trial.look(caller, &reply);
        trial.judge_refusal(caller, &reply, denial);
    }

    /// Rows of B's own: new ones for a mutation, which may change them.
    async fn own_rows(&self, trial: &Trial<'_>) -> Vec<String> {
        let kinds = &trial.call.ids;
        if trial.operation.kind != OperationType::Mutation {
            return self.neighbours.live(kinds);
        }
        let mut ids = Vec::new();
        for kind in kinds {
            ids.push(self.b.make(kind).await);
        }
        ids
    }
}

/// Ids that nobody has.
pub(super) fn of_nothing(kinds: &[String]) -> Vec<String> {
    let new = |kind: &String| format!("{kind}_{}", Uuid::now_v7().simple());
    kinds.iter().map(new).collect()
}
