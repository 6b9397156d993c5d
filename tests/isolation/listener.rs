//! One socket of one caller, with the subscriptions that it carries.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::answer::mention;
use super::caller::{Caller, without_request_id};
use super::walk::Call;
use crate::support::process::until;
use crate::support::socket::Socket;
use crate::support::{Reply, World};

/// After so long without the event that must come, it is said that it does not come.
const PATIENCE: Duration = Duration::from_secs(30);
/// The name of the question that only shows what has come before its answer.
const ROUND_TRIP: &str = "round trip";

/// Somebody who listens.
pub struct Listener<'c> {
    pub caller: &'c Caller,
    world: &'c World,
    socket: Socket,
    subscriptions: Vec<Heard>,
}

/// What one subscription was told.
#[derive(Default)]
struct Heard {
    replies: Vec<Reply>,
    /// Whether it was refused or ended.
    over: bool,
}

impl<'c> Listener<'c> {
    /// Somebody who does not listen to anything yet.
    pub async fn open(world: &'c World, caller: &'c Caller) -> Self {
        let socket = caller.socket(world).await;
        Self { caller, world, socket, subscriptions: Vec::new() }
    }

    /// Opens a subscription and waits until it is open or refused. Gives its place among the others.
    pub async fn subscribe(&mut self, call: &Call, ids: &[String], after: Option<&str>) -> usize {
        let live_before = live(self.world).await;
        let place = self.subscriptions.len();
        self.subscriptions.push(Heard::default());
        let payload = json!({ "query": call.document, "variables": call.variables(ids, after) });
        let id = place.to_string();
        self.socket.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
        until("the subscription is open or refused", async || {
            self.catch_up().await;
            self.subscriptions[place].over || live(self.world).await > live_before
        })
        .await;
        place
    }

    /// Hears whatever has been told until now.
    pub async fn catch_up(&mut self) {
        self.socket.subscribe(ROUND_TRIP, "{ __typename }").await;
        while self.hear().await != json!({ "id": ROUND_TRIP, "type": "complete" }) {}
    }

    /// Listens until a subscription has told of one of these rows. False: it does not.
    pub async fn hears_of(&mut self, subscription: usize, rows: &HashSet<Uuid>) -> bool {
        let heard = async {
            while !self.heard(subscription).iter().any(|reply| mention(reply, rows).is_some()) {
                self.hear().await;
            }
        };
        timeout(PATIENCE, heard).await.is_ok()
    }

    /// What a subscription was told: its answers, or the refusal.
    pub fn heard(&self, subscription: usize) -> &[Reply] {
        &self.subscriptions[subscription].replies
    }

    /// Everything that this caller was told.
    pub fn all(&self) -> impl Iterator<Item = &Reply> {
        self.subscriptions.iter().flat_map(|heard| &heard.replies)
    }

    async fn hear(&mut self) -> Json {
        let message = self.socket.hear().await;
        let place = message["id"].as_str().and_then(|id| id.parse::<usize>().ok());
        if let Some(heard) = place.and_then(|place| self.subscriptions.get_mut(place)) {
            match message["type"].as_str() {
                Some("next") => heard.replies.push(reply(message["payload"].clone())),
                Some("error") => {
                    heard.replies.push(reply(json!({ "errors": message["payload"] })));
                    heard.over = true;
                }
                _ => heard.over = true,
            }
        }
        message
    }
}

fn reply(body: Json) -> Reply {
    without_request_id(Reply { status: 200, request_id: String::new(), body })
}

/// How many subscriptions the gateway has open.
pub async fn live(world: &World) -> u64 {
    let metrics = reqwest::get(format!("{}/metrics", world.url)).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let value = metrics.lines().find_map(|line| line.strip_prefix("atrium_subscriptions_live "));
    value.unwrap().parse().unwrap()
}
