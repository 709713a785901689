//! A Paragon User Token: a JWT that the project's signing key signs with RS256. Connect takes it from any user, so this one is a
//! user of our own, who connects nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::SIGNING_KEY;
use crate::keys::Found;
use crate::problem::Problem;

/// The user that reads. No end user has this id.
const USER: &str = "airlock";
/// How long a token counts, in seconds: one run.
const LIFE: i64 = 3_600;
/// RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
const RS256: SignatureScheme = SignatureScheme::RSA_PKCS1_SHA256;

/// Signs a token for a project.
///
/// # Errors
/// `key-malformed` for a signing key that is no RSA key in PEM.
pub(super) fn sign(key: Found<'_>, project: &str, now: Timestamp) -> Result<SecretString, Problem> {
    let wrong = |why: &str| {
        Problem::input("key-malformed", format!("{} holds no signing key of Paragon", key.variable))
            .cause(why)
            .help(format!("put the whole PEM text into the secret {SIGNING_KEY}: Paragon → Settings → SDK Setup"))
    };
    // A secret that was pasted on one line has its line ends spelt out.
    let pem = key.value.expose_secret().replace("\\n", "\n");
    let der =
        PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_hides_what| wrong("it is no private key in PEM"))?;
    let signing = any_supported_type(&der).map_err(|_hides_what| wrong("it is a key of another kind than RSA"))?;
    let signer = signing.choose_scheme(&[RS256]).ok_or_else(|| wrong("it is a key of another kind than RSA"))?;
    let issued = now.as_second();
    let claims = json!({
        "sub": USER,
        "aud": format!("useparagon.com/{project}"),
        "iat": issued,
        "exp": issued.saturating_add(LIFE),
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let told = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&claims));
    let signature = signer.sign(told.as_bytes()).map_err(|_hides_what| wrong("it does not sign"))?;
    Ok(SecretString::from(format!("{told}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Digest;
    use crate::tests::paragon::KEY;

    /// The SHA-256 of what `openssl dgst -sha256 -sign` makes of the first two parts, in base64.
    const SIGNATURE: &str = "sha256:1dbfaa36cf052bc7e74a3b71a23547adc71da6b588213ebffcb4eb84369085f9";

    fn signed(text: &str) -> Result<String, String> {
        let value = SecretString::from(text);
        let found = Found { variable: "PARAGON_SIGNING_KEY_PROD", value: &value };
        let token = sign(found, "p-17", Timestamp::from_second(1_700_000_000).unwrap());
        token.map(|token| token.expose_secret().to_owned()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_token_is_of_one_project_and_one_hour() {
        let token = signed(KEY).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        insta::assert_snapshot!(text(parts[0]), @r#"{"alg":"RS256","typ":"JWT"}"#);
        insta::assert_snapshot!(text(parts[1]), @r#"{"sub":"airlock","aud":"useparagon.com/p-17","iat":1700000000,"exp":1700003600}"#);
        assert_eq!(parts.len(), 3);
        assert_eq!(Digest::of(parts[2].as_bytes()).to_string(), SIGNATURE);
        assert_eq!(signed(&KEY.replace('\n', "\\n")).unwrap(), token, "a key on one line is the same key");
    }

    #[test]
    fn what_is_no_key_is_told_without_a_letter_of_it() {
        for text in ["hunter2hunter2", "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----"] {
            let told = signed(text).unwrap_err();
            assert!(!told.contains("hunter2") && !told.contains("aHVudGVy"), "{told}");
        }
        insta::assert_snapshot!(signed("x").unwrap_err(), @"PARAGON_SIGNING_KEY_PROD holds no signing key of Paragon: it is no private key in PEM");
    }
}
