use std::fmt;

/// What kind of data a field holds. One word on the field says whether a read of it is named in the
/// audit trail, and is what redaction and export go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataClass {
    /// Nothing about a person: ids, counts, page information.
    None,
    /// Who somebody is: names, birth date, identifiers.
    Identity,
    /// How to reach somebody: address, phone, e-mail.
    Contact,
    /// Anything about health or care.
    Clinical,
    /// Anything about money.
    Financial,
    /// Credentials and keys.
    Secret,
}

impl DataClass {
    /// The word as it stands in the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Identity => "IDENTITY",
            Self::Contact => "CONTACT",
            Self::Clinical => "CLINICAL",
            Self::Financial => "FINANCIAL",
            Self::Secret => "SECRET",
        }
    }

    /// Reads the word of the schema.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Identity, Self::Contact, Self::Clinical, Self::Financial, Self::Secret]
            .into_iter()
            .find(|class| class.as_str() == word)
    }

    /// Whether a read of it belongs in the audit trail.
    pub const fn is_personal(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
