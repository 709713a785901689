//! How GitHub spells things that several answers share. Reading is tolerant: what is not used is not looked at, and a
//! value that GitHub adds later is `Unknown`, never an error.

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
struct Account {
    login: String,
}

/// The login of an account; `None` when the account is gone.
pub(super) fn login<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Account>::deserialize(from)?.map(|account| account.login))
}

#[derive(Deserialize)]
struct Named {
    full_name: String,
}

/// The `owner/name` of a repository; `None` when it is gone, as deleted forks are.
pub(super) fn full_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Named>::deserialize(from)?.map(|repository| repository.full_name))
}

/// GitHub says both `null` and `""` for a text that is not there.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

/// The same for an optional one.
pub(super) fn some_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// Cuts a text to so many characters, the last of which then is `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
