/// What an update says of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum Change<T> {
    /// Nothing: it stays as it is.
    #[default]
    Keep,
    /// It is to be empty.
    Clear,
    /// It is to be this.
    Set(T),
}

impl<T> Change<T> {
    /// The new value, if one is given.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}
