//! Those of the other clinic who may listen to their own, and try to hear of clinic A.

use serde_json::Value as Json;

use super::answer::{comparable, cursor_of_nothing};
use super::attack::of_nothing;
use super::caller::Caller;
use super::finding::{Trial, Wrong};
use super::listener::Listener;
use super::rows::uuids;
use super::subscriptions::Scenes;
use super::suite::Suite;
use super::walk::Call;
use crate::support::Reply;

/// What was asked for with rows of A, and the same with rows that do not exist.
struct Attempt {
    tried: usize,
    victims: Vec<String>,
    expected: usize,
    nothing: Vec<String>,
}

/// Somebody who must not be told anything of A's.
pub struct Attacker<'c> {
    listener: Listener<'c>,
    attempts: Vec<Attempt>,
}

impl Suite<'_> {
    /// Listens in the name of somebody whom the schema lets in: to their own, to A's, and from where A is.
    pub(super) async fn eavesdrop<'c>(
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
}

impl Attacker<'_> {
    /// Nothing of A's was told, and rows of A were as silent as rows that do not exist.
    pub async fn judge(&mut self, trial: &mut Trial<'_>) {
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

fn comparables(heard: &[Reply], sent: &[String]) -> Vec<Json> {
    heard.iter().map(|reply| comparable(reply, sent)).collect()
}
