//! Rows at hand, to be sent by those who must not reach them and by those who may.

use std::collections::HashMap;

use super::kinds::{KINDS, Maker};

/// Of each kind two live rows of one clinic, and a deleted one where there is such a thing.
pub struct Stock {
    live: HashMap<String, [String; 2]>,
    deleted: HashMap<String, String>,
}

impl Stock {
    /// Makes the rows.
    pub async fn new(maker: &Maker<'_>) -> Self {
        let (mut live, mut deleted) = (HashMap::new(), HashMap::new());
        for kind in KINDS.map(|kind| kind.name) {
            let rows = [maker.make(kind).await, maker.make(kind).await];
            live.insert(kind.to_owned(), rows);
            if let Some(row) = maker.make_deleted(kind).await {
                deleted.insert(kind.to_owned(), row);
            }
        }
        Self { live, deleted }
    }

    /// Live rows of these kinds, another one where a kind comes again.
    pub fn live(&self, kinds: &[String]) -> Vec<String> {
        let ids = kinds.iter().enumerate().map(|(slot, kind)| {
            let before = kinds[..slot].iter().filter(|other| *other == kind);
            self.live[kind][before.count() % 2].clone()
        });
        ids.collect()
    }

    /// The same with deleted rows, of kinds that have any.
    pub fn deleted(&self, kinds: &[String]) -> Vec<String> {
        let live = self.live(kinds).into_iter();
        let ids =
            live.zip(kinds).map(|(live, kind)| self.deleted.get(kind).cloned().unwrap_or(live));
        ids.collect()
    }
}
