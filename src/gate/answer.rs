//! What a rule answers.

/// What a rule says.
#[derive(Debug)]
pub(super) enum Answer {
    /// It has nothing to say here.
    NotAsked,
    /// It holds; in a word or two.
    Holds(String),
    /// It does not: why, and what to do.
    Fails { why: String, to_do: String },
}

impl Answer {
    pub(super) fn holds(word: impl Into<String>) -> Self {
        Self::Holds(word.into())
    }

    pub(super) fn fails(why: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self::Fails { why: why.into(), to_do: to_do.into() }
    }
}
