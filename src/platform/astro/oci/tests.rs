//! Images as an earlier step may have left them, and as nobody should.

use ::tar::{Builder, Header};
use serde_json::json;

use super::*;
use crate::tests::astro::images::{Layout, archive, entry, index, layout, put};

const ONE: [(&str, &str); 1] = [("linux/amd64", "3.0-5")];

/// What opening these bytes as `image.tar` comes to.
fn opened(bytes: &[u8]) -> Result<Image, Problem> {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("image.tar"), bytes).unwrap();
    Image::open(root.path(), "image.tar")
}

fn why(bytes: &[u8]) -> String {
    let problem = opened(bytes).unwrap_err();
    format!("{}: {}", problem.code, problem.text)
}

fn changed(change: impl FnOnce(&mut Layout)) -> Vec<u8> {
    let mut files = layout(&ONE);
    change(&mut files);
    archive(&files)
}

/// An archive of these entries.
fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    entries.iter().for_each(|(path, kind, content)| entry(&mut tar, path, *kind, content));
    tar.into_inner().unwrap()
}

#[test]
fn a_folder_and_an_archive_are_the_same_image() {
    let root = tempfile::tempdir().unwrap();
    let files = layout(&ONE);
    for (path, content) in &files {
        let path = root.path().join("build/oci").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let folder = Image::open(root.path(), "./build/oci/").unwrap();
    folder.check().unwrap();
    let tar = opened(&archive(&files)).unwrap();
    tar.check().unwrap();
    assert_eq!((folder.digest, folder.manifest, folder.blobs), (tar.digest, tar.manifest, tar.blobs));
    assert_eq!(tar.runtime, "3.0-5");
}

#[test]
fn what_is_no_image_says_why() {
    let (manifest, sort) = ("application/vnd.oci.image.manifest.v1+json", "application/octet-stream");
    let escapes = tar(&[("../../etc/passwd", b'0', b"root")]);
    let twice = tar(&[("index.json", b'0', b"{}"), ("./index.json", b'0', b"{}")]);
    let linked = tar(&[("index.json", b'2', b"")]);
    let whole = archive(&layout(&ONE));
    let lines = [
        why(b""),
        why(&[0x1f, 0x8b, 8].repeat(400)),
        why(&b"no tar at all ".repeat(99)),
        why(&whole[..whole.len() / 2]),
        why(&escapes),
        why(&twice),
        why(&linked),
        why(&changed(|files| drop(files.remove("index.json")))),
        why(&changed(|files| drop(files.insert("index.json".to_owned(), b"[".repeat(100_000))))),
        why(&changed(|files| index(files, &json!([])))),
        why(&changed(|files| index(files, &json!([{"mediaType": manifest, "digest": "sha256:../../x", "size": 1}])))),
        why(&changed(|files| {
            index(files, &json!([{"mediaType": manifest, "digest": format!("sha256:{}", "a".repeat(64)), "size": 1}]));
        })),
        why(&changed(|files| {
            let mut big = put(files, manifest, b"{}");
            big["size"] = json!(u64::MAX);
            index(files, &json!([big]));
        })),
        why(&changed(|files| {
            let other = put(files, sort, b"{\"config\": 1, \"layers\": []}");
            index(files, &json!([other]));
        })),
        why(&changed(|files| {
            let largest = files.iter().max_by_key(|(_, content)| content.len()).map(|(path, _)| path.clone()).unwrap();
            files.remove(&largest);
        })),
        why(&changed(|files| {
            let mut inner = json!([put(files, manifest, b"{}")]);
            for _ in 0..9 {
                let document = json!({"manifests": inner}).to_string();
                inner = json!([put(files, sort, document.as_bytes())]);
            }
            index(files, &inner);
        })),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    image-unusable: the image `image.tar` is no OCI archive: it holds no `index.json` (`docker save` writes one from Docker 25 on, `podman save` with `--format oci-archive`)
    image-unusable: the image `image.tar` is compressed: write it without gzip
    image-unusable: the image `image.tar` is no tar archive, or a broken one
    image-unusable: the image `image.tar` ends within a file: it is cut off
    image-unusable: the image `image.tar` holds a path that leads out of it: `../../etc/passwd`
    image-unusable: the image `image.tar` holds `index.json` twice
    image-unusable: the image `image.tar` is no OCI archive: it holds no `index.json` (`docker save` writes one from Docker 25 on, `podman save` with `--format oci-archive`)
    image-unusable: the image `image.tar` is no OCI archive: it holds no `index.json` (`docker save` writes one from Docker 25 on, `podman save` with `--format oci-archive`)
    image-unusable: the image `image.tar` holds at index.json what cannot be read: invalid type: sequence, expected a string at line 1 column 1
    image-unusable: the image `image.tar` holds no image
    image-unusable: the image `image.tar` names something by `sha256:../../x`, which is no sha256
    image-unusable: the image `image.tar` holds no `blobs/sha256/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`
    image-unusable: the image `image.tar` holds 2 bytes of sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a, which has 18446744073709551615
    image-unusable: the image `image.tar` holds at sha256:e7451240366da75928fd0905e8bf45ec56614415d43fb826778224a9f4ae7418 what cannot be read: invalid type: integer `1`, expected struct Descriptor at line 1 column 12
    image-unusable: the image `image.tar` holds no `blobs/sha256/f99d8971491a67eb5c765d2d08d26d9ea30495e1455cb9712cddec7ab6d235a3`
    image-unusable: the image `image.tar` has more than 64 manifests, or indexes 4 deep
    ");
}

/// An archive that only says that it is large: its entries are holes in the file.
fn hollow(headers: &[(&str, u8, u64)]) -> String {
    let root = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(root.path().join("image.tar")).unwrap();
    let mut at = 0;
    for (path, kind, size) in headers {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(*size);
        header.set_entry_type(::tar::EntryType::new(*kind));
        header.set_cksum();
        std::os::unix::fs::FileExt::write_all_at(&file, header.as_bytes(), at).unwrap();
        at += 512 + (*size).min(4 << 30).next_multiple_of(512);
    }
    file.set_len(at).unwrap();
    let problem = Image::open(root.path(), "image.tar").unwrap_err();
    format!("{}: {}", problem.code, problem.text)
}

#[test]
fn an_archive_cannot_make_us_hold_what_it_says_that_it_has() {
    let lines = [
        hollow(&[("name", b'L', 1 << 30), ("index.json", b'0', 2)]),
        hollow(&[("pax", b'x', 1 << 30), ("index.json", b'0', 2)]),
        hollow(&[("blob", b'0', 3 << 30), ("folder", b'5', 1 << 30)]),
        hollow(&[("blob", b'0', u64::MAX >> 2)]),
        hollow(&[("blob", b'0', u64::MAX)]),
        hollow(&[("device", b'5', u64::MAX >> 1), ("index.json", b'0', 2)]),
        hollow(&[("sparse", b'S', 1 << 30)]),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    image-unusable: the image `image.tar` has headers of more than 64 MiB
    image-unusable: the image `image.tar` has headers of more than 64 MiB
    image-unusable: the image `image.tar` is no OCI archive: it holds no `index.json` (`docker save` writes one from Docker 25 on, `podman save` with `--format oci-archive`)
    image-unusable: the image `image.tar` ends within a file: it is cut off
    image-unusable: the image `image.tar` is no tar archive, or a broken one
    image-unusable: the image `image.tar` is no tar archive, or a broken one
    image-unusable: the image `image.tar` is no tar archive, or a broken one
    ");
}

#[test]
fn a_long_name_and_a_size_stand_before_their_entry_and_are_followed() {
    let files = layout(&ONE);
    let mut tar = Builder::new(Vec::new());
    for (path, content) in &files {
        let (size, long) = (content.len().to_string(), format!("./{}{path}", "./".repeat(200)));
        tar.append_pax_extensions([("path", long.as_bytes()), ("size", size.as_bytes())]).unwrap();
        entry(&mut tar, "short", b'0', content);
    }
    opened(&tar.into_inner().unwrap()).unwrap().check().unwrap();
    let mut tar = Builder::new(Vec::new());
    tar.append_pax_extensions([("path", b"../../etc/passwd".as_slice())]).unwrap();
    entry(&mut tar, "index.json", b'0', b"{}");
    let text = why(&tar.into_inner().unwrap());
    assert_eq!(text, "image-unusable: the image `image.tar` holds a path that leads out of it: `../../etc/passwd`");
}

/// `docker save` of an image that was fetched lists all of its platforms, and has the parts of one.
#[test]
fn a_platform_that_is_only_listed_does_not_count() {
    let one = layout(&ONE);
    let mut files = layout(&[ONE[0], ("linux/arm64", "3.0-5")]);
    files.retain(|path, content| one.contains_key(path) || content.windows(9).any(|part| part == b"manifests"));
    assert_eq!(opened(&archive(&files)).unwrap().digest, opened(&archive(&one)).unwrap().digest);
    files.retain(|_, content| content.windows(9).any(|part| part == b"manifests"));
    let sort = "application/vnd.oci.image.manifest.v1+json";
    let away = json!({"mediaType": sort, "digest": format!("sha256:{}", "a".repeat(64)), "size": 1, "platform": {"os": "linux", "architecture": "arm64"}});
    index(&mut files, &json!([away]));
    assert_eq!(
        why(&archive(&files)),
        "image-unusable: the image `image.tar` is for `linux/arm64`, and Astro runs linux/amd64"
    );
}

#[test]
fn a_large_part_is_read_piece_by_piece() {
    let bytes: Vec<u8> = (0..2_500_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let mut files = layout(&ONE);
    let large = put(&mut files, "x", &bytes);
    let image = opened(&archive(&files)).unwrap();
    let digest = Digest::new(large["digest"].as_str().unwrap()).unwrap();
    let part = image.part(&Blob { digest: digest.clone(), size: bytes.len() as u64 }).unwrap();
    assert_eq!((part.size(), part.digest().unwrap()), (bytes.len() as u64, digest));
    let (first, last) = (part.read(0).unwrap(), part.read(2_400_000).unwrap());
    assert_eq!((first.len(), last.as_slice()), (1024 * 1024, &bytes[2_400_000..]));
}

#[test]
fn no_link_is_followed_to_an_image() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(elsewhere.path().join("image.tar"), archive(&layout(&ONE))).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), root.path().join("out")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("image.tar"), root.path().join("image.tar")).unwrap();
    for path in ["out/image.tar", "image.tar", "../image.tar"] {
        assert_eq!(Image::open(root.path(), path).unwrap_err().code, "path-outside", "{path}");
    }
    for path in ["", "/", "/etc/passwd", "nothing.tar", "ghcr.io/acme/etl:1"] {
        assert_eq!(Image::open(root.path(), path).unwrap_err().code, "image-missing", "{path}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// Whatever stands in an archive: an answer, and never more memory than it is large.
    #[test]
    fn any_bytes_have_an_answer(at in 0_usize..6000, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..200)) {
        let mut whole = changed(|files| files.retain(|_, content| content.len() < 3_000));
        let at = at.min(whole.len() - 1);
        let end = (at + bytes.len()).min(whole.len());
        whole[at..end].copy_from_slice(&bytes[..end - at]);
        let _any = opened(&whole);
    }
}
