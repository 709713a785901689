//! Images as a step before leaves them: OCI layouts, and the archives of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

/// A layout: its files by path.
pub(crate) type Layout = BTreeMap<String, Vec<u8>>;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A layout with these images, as `docker buildx` writes it: each with a document beside it that tells how it was made.
pub(crate) fn layout(images: &[(&str, &str)]) -> Layout {
    let mut files = Layout::new();
    let mut manifests = Vec::new();
    for (platform, runtime) in images {
        let mut descriptor = image(&mut files, platform, runtime);
        let (os, architecture) = platform.split_once('/').unwrap();
        descriptor["platform"] = json!({"os": os, "architecture": architecture});
        manifests.push(descriptor);
        let mut attests = put(&mut files, MANIFEST, b"{\"attests\": true}");
        attests["platform"] = json!({"os": "unknown", "architecture": "unknown"});
        attests["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
        manifests.push(attests);
    }
    let sort = "application/vnd.oci.image.index.v1+json";
    let inner = json!({"schemaVersion": 2, "mediaType": sort, "manifests": manifests}).to_string();
    let inner = put(&mut files, sort, inner.as_bytes());
    index(&mut files, &json!([inner]));
    files.insert("oci-layout".to_owned(), b"{\"imageLayoutVersion\": \"1.0.0\"}".to_vec());
    files
}

/// What `index.json` lists.
pub(crate) fn index(files: &mut Layout, manifests: &Value) {
    let index = json!({"schemaVersion": 2, "manifests": manifests});
    files.insert("index.json".to_owned(), index.to_string().into_bytes());
}

fn image(files: &mut Layout, platform: &str, runtime: &str) -> Value {
    let (os, architecture) = platform.split_once('/').unwrap();
    let mut labels = json!({"maintainer": "acme"});
    if !runtime.is_empty() {
        labels["io.astronomer.docker.runtime.version"] = json!(runtime);
    }
    let config = json!({"os": os, "architecture": architecture, "config": {"Labels": labels}}).to_string();
    let config = put(files, "application/vnd.oci.image.config.v1+json", config.as_bytes());
    let sort = "application/vnd.oci.image.layer.v1.tar+gzip";
    let layers: Vec<Value> = [900, 40]
        .iter()
        .map(|times| put(files, sort, &format!("{platform} {runtime}").repeat(*times).into_bytes()))
        .collect();
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}).to_string();
    put(files, MANIFEST, manifest.as_bytes())
}

/// Puts bytes under their digest, and gives what describes them.
pub(crate) fn put(files: &mut Layout, sort: &str, bytes: &[u8]) -> Value {
    let hex = format!("{:x}", Sha256::digest(bytes));
    files.insert(format!("blobs/sha256/{hex}"), bytes.to_vec());
    json!({"mediaType": sort, "digest": format!("sha256:{hex}"), "size": bytes.len()})
}

/// An archive of these files, with the folders that tools write too.
pub(crate) fn archive(files: &Layout) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    entry(&mut tar, "blobs/", b'5', b"");
    files.iter().for_each(|(path, content)| entry(&mut tar, path, b'0', content));
    tar.into_inner().unwrap()
}

/// One entry of an archive, under any name.
pub(crate) fn entry(tar: &mut Builder<Vec<u8>>, path: &str, kind: u8, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_entry_type(EntryType::new(kind));
    header.set_cksum();
    tar.append(&header, content).unwrap();
}
