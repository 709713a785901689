//! A Nango behind a certificate that only a CA of its own vouches for.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::world::Place;
use crate::world::clean;

/// What a self-hosted Nango has in front of it: TLS here, plain HTTP behind.
const FRONT: &str = "
const fs = require('node:fs'), http = require('node:http'), https = require('node:https');
const [folder, behind] = process.argv.slice(2);
const tls = { key: fs.readFileSync(folder + '/server.key'), cert: fs.readFileSync(folder + '/server.pem') };
const server = https.createServer(tls, (asked, answer) => {
    const url = new URL(asked.url, behind);
    const passed = http.request(url, { method: asked.method, headers: asked.headers }, (theirs) => {
        answer.writeHead(theirs.statusCode, theirs.headers);
        theirs.pipe(answer);
    });
    asked.pipe(passed);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
";

struct Front(Child, String);

impl Front {
    fn before(nango: &str, folder: &Path) -> Self {
        std::fs::write(folder.join("front.cjs"), FRONT).unwrap();
        let mut child = Command::new("node")
            .arg(folder.join("front.cjs"))
            .arg(folder)
            .arg(nango)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self(child, format!("https://127.0.0.1:{}", port.trim()))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn openssl(folder: &Path, words: &str) {
    let ran = clean("openssl").args(words.split_whitespace()).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{words}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
#[expect(clippy::disallowed_macros, reason = "a test that does not run says so")]
fn a_private_ca_is_trusted_when_it_is_named_and_not_otherwise() {
    if clean("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: a private CA: openssl is not here, so no certificate could be made");
        return;
    }
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path();
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(made, &format!("req -x509 {curve} -keyout ca.key -out ca.pem -days 2 -subj /CN=our-own-ca"));
    openssl(made, &format!("req {curve} -keyout server.key -out server.csr -subj /CN=nango"));
    std::fs::write(made.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    openssl(
        made,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    );
    let front = Front::before(&place.nango.url(), made);
    let (ca, none) = (made.join("ca.pem").display().to_string(), made.join("names").display().to_string());
    let (dev, prod) = place.keys();
    let with = |variable: &str, file: &str, words: &str| {
        let keys =
            [("NANGO_SECRET_KEY_DEV", dev), ("NANGO_SECRET_KEY_PROD", prod), ("NANGO_HOSTPORT", front.1.as_str())];
        place.with(&[keys.as_slice(), &[(variable, file)]].concat(), words)
    };
    with("UNUSED", "x", "push").says(5, &["tls-untrusted", "NODE_EXTRA_CA_CERTS"]);
    with("NODE_EXTRA_CA_CERTS", &none, "push").says(2, &["ca-unusable"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 0);
    with("NODE_EXTRA_CA_CERTS", &ca, "push").says(0, &["dev now runs 1.0.0-dev.1"]);
    with("SSL_CERT_FILE", &ca, "dispatch --environment prod --allow-destructive false")
        .says(0, &["prod now runs 1.0.0"]);
}
