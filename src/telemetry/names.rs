use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// How many operations are counted under their own names.
const MOST: usize = 500;
/// How long a name may be; longer ones are cut.
const LONGEST: usize = 100;

/// The names of operations as labels of metrics: a bounded number, whatever callers send.
#[derive(Debug)]
pub(super) struct Names {
    known: RwLock<HashSet<Arc<str>>>,
    anonymous: Arc<str>,
    other: Arc<str>,
}

impl Default for Names {
    fn default() -> Self {
        Self { known: RwLock::default(), anonymous: "anonymous".into(), other: "other".into() }
    }
}

impl Names {
    /// The label of what has no name that anybody vouches for.
    pub fn other(&self) -> Arc<str> {
        self.other.clone()
    }

    /// The label of a name. One that is new is remembered only where `trusted`: nobody without a
    /// membership can use up the room that there is.
    pub fn label(&self, name: Option<&str>, trusted: bool) -> Arc<str> {
        let Some(name) = name else {
            return self.anonymous.clone();
        };
        let name = cut(name);
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return known.clone();
        }
        if !trusted {
            return self.other();
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains(name) {
            return self.other();
        }
        let label: Arc<str> = name.into();
        known.insert(label.clone());
        label
    }
}

/// A name, or its beginning where it is too long.
pub(super) fn cut(name: &str) -> &str {
    name.char_indices().nth(LONGEST).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_up_to_a_number_and_only_those_of_members() {
        let names = Names::default();
        assert_eq!(&*names.label(None, true), "anonymous");
        assert_eq!(&*names.label(Some("Stranger"), false), "other");
        for number in 0..2 * MOST {
            let name = format!("Name{number}");
            let expected = if number < MOST { name.as_str() } else { "other" };
            assert_eq!(&*names.label(Some(&name), true), expected);
        }
        assert_eq!(&*names.label(Some("Name7"), false), "Name7");
        assert_eq!(names.known.read().unwrap_or_else(PoisonError::into_inner).len(), MOST);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let long = "é".repeat(3 * LONGEST);
        assert_eq!(*Names::default().label(Some(&long), true), *"é".repeat(LONGEST));
    }
}
