use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use dataloader::BatchFn;
use dataloader::cached::Loader;
use entity::Fault;
use services::{Failure, Listed};
use uuid::Uuid;

/// What a loader has for a key: a value, nothing, or the failure of the whole batch.
pub type Loaded<V> = Result<Option<Arc<V>>, Failure>;

/// More keys than one operation can ask for: a batch is never split.
const LARGEST_BATCH: usize = 100_000;

/// A loader over one kind of row. Only the fallible calls of the library are used: the others panic
/// on a missing key.
pub struct Batch<K, V, F>(Loader<K, Loaded<V>, F>)
where
    K: Clone + Eq + Hash + Debug,
    F: BatchFn<K, Loaded<V>>;

impl<K, V, F> Batch<K, V, F>
where
    K: Clone + Eq + Hash + Debug,
    F: BatchFn<K, Loaded<V>>,
{
    pub(crate) fn new(load: F) -> Self {
        Self(Loader::new(load).with_max_batch_size(LARGEST_BATCH))
    }

    /// The value of one key: at hand when its page was prefetched.
    pub async fn load(&self, key: K) -> Loaded<V> {
        self.0.try_load(key).await.unwrap_or_else(|_| Err(lost()))
    }

    /// The values of a page's keys, in one statement; those that have none are left out.
    pub async fn load_many(&self, keys: Vec<K>) -> Result<Vec<Arc<V>>, Failure> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let loaded = self.0.try_load_many(keys).await.map_err(|_| lost())?;
        loaded.into_values().filter_map(Result::transpose).collect()
    }
}

/// One owner's page of a list: which page is part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageKey<P> {
    pub owner: Uuid,
    pub page: P,
}

impl<P: Clone> PageKey<P> {
    /// The same page of many owners.
    pub fn of_each(page: &P, owners: impl Iterator<Item = Uuid>) -> Vec<Self> {
        owners.map(|owner| Self { owner, page: page.clone() }).collect()
    }
}

/// Gives every owner their page. One call of the service for each different page: usually one.
pub(crate) async fn by_page<P, R, F>(
    keys: &[PageKey<P>],
    list: impl Fn(Vec<Uuid>, P) -> F,
) -> HashMap<PageKey<P>, Loaded<Listed<Arc<R>>>>
where
    P: Clone + Eq + Hash,
    F: Future<Output = Result<HashMap<Uuid, Listed<R>>, Failure>>,
{
    let mut pages: HashMap<&P, Vec<Uuid>> = HashMap::new();
    for key in keys {
        pages.entry(&key.page).or_default().push(key.owner);
    }
    let mut loaded = HashMap::new();
    for (page, owners) in pages {
        let mut lists = list(owners.clone(), page.clone()).await;
        loaded.extend(owners.into_iter().map(|owner| {
            let list = match &mut lists {
                Ok(lists) => Ok(lists.remove(&owner).map(|list| Arc::new(list.map(Arc::new)))),
                Err(failure) => Err(failure.clone()),
            };
            (PageKey { owner, page: page.clone() }, list)
        }));
    }
    loaded
}

fn lost() -> Failure {
    Failure::Fault(Fault::Unavailable("a batch of a loader was lost".to_owned()))
}

/// Gives every key its row, nothing, or the failure of all.
pub(crate) fn by_key<K: Clone + Eq + Hash, V>(
    keys: &[K],
    rows: Result<Vec<V>, Failure>,
    key_of: impl Fn(&V) -> K,
) -> HashMap<K, Loaded<V>> {
    match rows {
        Ok(rows) => {
            let mut found: HashMap<K, Loaded<V>> =
                rows.into_iter().map(|row| (key_of(&row), Ok(Some(Arc::new(row))))).collect();
            for key in keys {
                found.entry(key.clone()).or_insert(Ok(None));
            }
            found
        }
        Err(failure) => keys.iter().map(|key| (key.clone(), Err(failure.clone()))).collect(),
    }
}
