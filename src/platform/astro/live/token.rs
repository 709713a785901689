//! What an API token of Astro says of itself. It is a JWT; its claims are read here and not proved, for Astro proves them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// The organisation that it belongs to.
    pub(super) organisation: String,
    /// The workspace, where it belongs to one.
    pub(super) workspace: Option<String>,
    /// The deployment, where it belongs to one alone.
    pub(super) deployment: Option<String>,
    /// When it ends, if it does.
    pub(super) expires: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    exp: Option<i64>,
}

/// Reads a token; why it is none, without a letter of it.
pub(super) fn read(token: &str) -> Result<Claims, &'static str> {
    if token.starts_with(['"', '\'']) {
        return Err("it stands in quotes");
    }
    if token.chars().any(char::is_whitespace) {
        return Err("there are spaces or line ends in it");
    }
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err("it does not have the three parts of a token");
    };
    let claims =
        URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).map_err(|_not_base64| "its middle is not base64")?;
    let wire: Wire = serde_json::from_slice(&claims).map_err(|_not_claims| "its middle holds no claims")?;
    let of = |kind: &str| {
        wire.permissions
            .iter()
            .find_map(|permission| permission.strip_prefix(kind)?.strip_prefix(':'))
            .filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
            .map(str::to_owned)
    };
    if wire.permissions.is_empty() {
        return Err(
            "it is a person's session, no API token: it names no permissions, and a deployment with CI/CD enforcement takes deploys by API tokens alone",
        );
    }
    let organisation = of("organizationId").ok_or("it names no organisation")?;
    let expires = wire.exp.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Ok(Claims { organisation, workspace: of("workspaceId"), deployment: of("deploymentId"), expires })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_says_where_it_belongs_and_when_it_ends() {
        let claims = r#"{"permissions": ["workspaceId:ws1", "organizationId:org1"], "exp": 1800000000, "sub": "x"}"#;
        let read = read(&token(claims)).unwrap();
        assert_eq!((read.organisation.as_str(), read.workspace.as_deref()), ("org1", Some("ws1")));
        assert_eq!(read.deployment, None);
        assert_eq!(read.expires, Timestamp::from_second(1_800_000_000).ok());
    }

    #[test]
    fn what_is_no_token_says_why() {
        let cases = [
            "",
            "abc",
            "\"a.b.c\"",
            "a.b.c d",
            "a.!!.c",
            &token("[]"),
            &token(r#"{"sub": "me"}"#),
            &token(r#"{"permissions": ["workspaceId:ws1"]}"#),
            &token(r#"{"permissions": ["organizationId:../x"]}"#),
        ];
        let told: Vec<&str> = cases.iter().map(|case| read(case).unwrap_err()).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        it does not have the three parts of a token
        it does not have the three parts of a token
        it stands in quotes
        there are spaces or line ends in it
        its middle is not base64
        it is a person's session, no API token: it names no permissions, and a deployment with CI/CD enforcement takes deploys by API tokens alone
        it is a person's session, no API token: it names no permissions, and a deployment with CI/CD enforcement takes deploys by API tokens alone
        it names no organisation
        it names no organisation
        ");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _claims_or_why = read(&text);
        }
    }
}
