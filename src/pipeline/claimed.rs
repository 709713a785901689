//! What the run of a fork's pull request says of its tests: fetched as hostile bytes, believed in nothing.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::github::{Artifact, Client};
use crate::names::CommitSha;
use crate::problem::{Fault, Problem};
use crate::report::{CLAIM_FILE, Claim, LONGEST_CLAIM};
use crate::watch::Watch;

/// The name under which a workflow uploads [`CLAIM_FILE`].
const ARTIFACT: &str = "airlock-tests";

/// The largest archive that is downloaded, in bytes; one of ours has less than 1,000.
const LARGEST: usize = 64 * 1024;

/// The claim as a note, or why it was not read; nothing where the run left none.
pub(super) async fn note(client: &Client, run: u64, head: &CommitSha, watch: &Watch) -> Option<String> {
    let told = read(client, run, head, watch).await;
    told.unwrap_or_else(|problem| {
        let to_do = problem.help.first().map(|help| format!(" → {help}")).unwrap_or_default();
        Some(format!("the test counts of the pull request's own run were not read: {problem}{to_do}"))
    })
}

async fn read(client: &Client, run: u64, head: &CommitSha, watch: &Watch) -> Result<Option<String>, Problem> {
    let artifacts = client.artifacts(run, ARTIFACT, watch).await?;
    // Every attempt of a run has its own, under the same name.
    let newest = artifacts.into_iter().filter(|artifact| artifact.name == ARTIFACT).max_by_key(|artifact| artifact.id);
    let Some(Artifact { id, size_in_bytes, expired, .. }) = newest else { return Ok(None) };
    if expired {
        return Err(unreadable("GitHub has deleted it since"));
    }
    if usize::try_from(size_in_bytes).is_ok_and(|size| size > LARGEST) {
        return Err(unreadable(format!("its archive has {size_in_bytes} bytes, and {LARGEST} is the most")));
    }
    let archive = client.download(id, LARGEST, watch).await?;
    Claim::read(&unpacked(archive)?, head).map(|claim| Some(claim.note()))
}

/// The one file, however large it claims to be: what an archive says of its content is not asked.
fn unpacked(archive: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|_foreign| unreadable("it is no zip archive"))?;
    let file = archive.by_name(CLAIM_FILE).map_err(|_foreign| unreadable(format!("no `{CLAIM_FILE}` is in it")))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST_CLAIM).unwrap_or(u64::MAX).saturating_add(1);
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(|_foreign| unreadable(format!("`{CLAIM_FILE}` cannot be unpacked")))?;
    Ok(bytes)
}

fn unreadable(why: impl Into<String>) -> Problem {
    Problem::new("claim-unreadable", Fault::Input, format!("the artifact `{ARTIFACT}` cannot be read")).cause(why)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn packed(name: &str, content: &[u8], method: CompressionMethod) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn the_file_comes_out_however_it_was_packed() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            assert_eq!(unpacked(packed(CLAIM_FILE, b"{}", method)).unwrap(), b"{}");
        }
    }

    #[test]
    fn no_more_is_unpacked_than_is_read() {
        let bomb = packed(CLAIM_FILE, &vec![b' '; 8 * 1024 * 1024], CompressionMethod::Deflated);
        assert!(bomb.len() < LARGEST, "{}", bomb.len());
        assert_eq!(unpacked(bomb).unwrap().len(), LONGEST_CLAIM + 1);
    }

    #[test]
    fn only_the_very_name_is_taken() {
        for name in ["../airlock-tests.json", "/airlock-tests.json", "a/airlock-tests.json", "AIRLOCK-TESTS.JSON"] {
            let problem = unpacked(packed(name, b"{}", CompressionMethod::Stored)).unwrap_err();
            assert_eq!(problem.code, "claim-unreadable", "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_archive_with_flipped_bytes_is_read_without_harm(
            flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = packed(CLAIM_FILE, &[b'x'; 200], CompressionMethod::Deflated);
            for (at, to) in flips {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            let cut = bytes.len() - cut.index(8);
            bytes.truncate(cut);
            let read = unpacked(bytes);
            prop_assert!(read.map_or(0, |read| read.len()) <= LONGEST_CLAIM + 1);
        }
    }
}
