//! Subscriptions: who is told of what, when, how often, and what ends them.

mod cursors;
mod instances;
mod members;
mod sight;
mod told;
mod trail;

use serde_json::{Value, json};

use crate::support::socket::Socket;

/// What is asked for of each change.
const CHANGE: &str =
    "kind cursor appointmentId appointment { id status version patient { firstName } }";

/// Somebody who listens to appointments on a socket of their own.
struct Listener {
    socket: Socket,
    /// The last cursor that was told.
    cursor: Value,
}

impl Listener {
    /// Opens a subscription with these arguments, and waits until it is open.
    async fn open(socket: Socket, arguments: &str) -> Self {
        Self::asking(socket, arguments, CHANGE).await
    }

    /// The same, asking for something else.
    async fn asking(mut socket: Socket, arguments: &str, change: &str) -> Self {
        let change = format!(
            "subscription {{ appointmentChanged(announce: true {arguments}) {{ {change} kind cursor }} }}"
        );
        socket.subscribe("live", &change).await;
        let mut listener = Self { socket, cursor: Value::Null };
        let opened = listener.next().await;
        assert_eq!(opened["kind"], "LISTENING", "{opened}");
        listener
    }

    /// The next change that is told.
    async fn next(&mut self) -> Value {
        let message = self.socket.hear().await;
        assert_eq!(
            (&message["id"], &message["type"]),
            (&json!("live"), &json!("next")),
            "{message}"
        );
        let change = &message["payload"]["data"]["appointmentChanged"];
        assert!(!change.is_null(), "{message:#}");
        self.cursor = change["cursor"].clone();
        change.clone()
    }

    /// The kind and the appointment of the next change.
    async fn told(&mut self) -> (String, Value) {
        let change = self.next().await;
        (change["kind"].as_str().unwrap().to_owned(), change["appointmentId"].clone())
    }

    /// The code that ends it.
    async fn ended(&mut self) -> String {
        let message = self.socket.hear().await;
        let code = &message["payload"]["errors"][0]["extensions"]["code"];
        assert_eq!(self.socket.hear().await, json!({ "id": "live", "type": "complete" }));
        code.as_str().unwrap_or_else(|| panic!("{message:#}")).to_owned()
    }
}

/// The code with which a subscription is refused.
async fn refused(socket: &mut Socket, subscription: &str) -> String {
    socket.subscribe("refused", subscription).await;
    let message = socket.hear().await;
    assert_eq!(
        (&message["id"], &message["type"]),
        (&json!("refused"), &json!("error")),
        "{message}"
    );
    let code = message["payload"][0]["extensions"]["code"].as_str();
    code.unwrap_or_else(|| panic!("{message:#}")).to_owned()
}
