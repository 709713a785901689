//! The archive that a deploy of DAGs uploads: a tar of everything below the folder of the DAGs, the same bytes for the same files.
//!
//! Links were followed when the files were read, inside the repository alone, so the archive holds regular files and nothing else.

use std::sync::Arc;

use crate::artefact::Artefact;
use crate::platform::paths::below;
use crate::problem::{Fault, Problem};

/// The largest archive that is sent, in bytes. Astro names no limit; what is larger is data, no code.
const LARGEST: usize = 512 * 1024 * 1024;
/// A block of a tar.
const BLOCK: usize = 512;
/// How many bytes of a name a header holds.
const NAME: usize = 100;

/// Makes the archive: each file as `dags/…`, in the order of the paths, without a time, an owner, or anything else that differs from
/// run to run.
///
/// Problems: `no-dags`, `deploy-too-large`.
pub(super) fn of(artefact: &Artefact, folder: &str) -> Result<Vec<u8>, Problem> {
    let inside = artefact.files().iter().filter_map(|(path, content)| Some((below(folder, path)?, content)));
    let files: Vec<(&str, &Arc<[u8]>)> = inside.collect();
    if files.is_empty() {
        return Err(none(folder));
    }
    let size: usize = files.iter().map(|(_, content)| content.len() + 2 * BLOCK).sum();
    if size > LARGEST {
        return Err(too_large(&files));
    }
    let mut tar = Vec::with_capacity(size + 4 * BLOCK);
    for (path, content) in files {
        let name = format!("dags/{path}");
        if name.len() > NAME || !name.is_ascii() {
            let record = pax(&name);
            tar.extend_from_slice(&header("pax", record.len(), b'x', false));
            padded(&mut tar, &record);
        }
        // A script keeps being one: git's mode is not in the artefact, the first line is.
        let short: String = name.chars().filter(char::is_ascii).take(NAME).collect();
        tar.extend_from_slice(&header(&short, content.len(), b'0', content.starts_with(b"#!")));
        padded(&mut tar, content);
    }
    tar.extend_from_slice(&[0; 2 * BLOCK]);
    Ok(tar)
}

/// The problem of a deploy without DAGs: it would remove all that are there.
pub(super) fn none(folder: &str) -> Problem {
    let text = format!("there is no DAG in `{}`", folder.escape_debug());
    Problem::new("no-dags", Fault::Refused, text)
        .cause("a deploy replaces all DAGs, so this one would remove every DAG of the deployment")
        .help("look whether the folder of the DAGs is the right one; a deployment is emptied in Astro itself")
}

fn too_large(files: &[(&str, &Arc<[u8]>)]) -> Problem {
    let mut largest: Vec<(usize, &str)> = files.iter().map(|(path, content)| (content.len(), *path)).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let text = format!("the DAGs are larger than {} MiB", LARGEST / 1024 / 1024);
    let problem = Problem::new("deploy-too-large", Fault::Input, text);
    let told = largest.into_iter().take(5).map(|(size, path)| format!("`{}`: {} MiB", path.escape_debug(), size >> 20));
    told.fold(problem, Problem::cause).help("keep data out of the folder of the DAGs")
}

/// The header of an entry, as POSIX's ustar has it.
fn header(name: &str, size: usize, kind: u8, runs: bool) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, if runs { b"0000755\0" } else { b"0000644\0" });
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A name that a header cannot hold, as an extended header: `LENGTH path=NAME\n`, where the length counts itself.
fn pax(name: &str) -> Vec<u8> {
    let rest = name.len() + " path=\n".len();
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} path={name}\n").into_bytes()
}

fn padded(tar: &mut Vec<u8>, content: &[u8]) {
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::process::{Command, Stdio};

    fn artefact(files: &[(&str, &[u8])]) -> Artefact {
        Artefact::new(
            files.iter().map(|(path, bytes)| ((*path).to_owned(), Arc::from(*bytes))).collect::<BTreeMap<_, _>>(),
        )
    }

    #[test]
    fn the_same_files_are_the_same_bytes_and_tar_reads_them() {
        let long = format!("etl/dags/{}/very_long_{}.py", "deep/er".repeat(12), "x".repeat(60));
        let files: [(&str, &[u8]); 6] = [
            ("etl/dags/a.py", b"print()\n"),
            ("etl/dags/data.bin", &[0, 255, 1]),
            ("etl/dags/größe.sql", b"select 1"),
            ("etl/dags/run.sh", b"#!/bin/sh\n"),
            (&long, b"pass"),
            ("etl/Dockerfile", b"FROM x"),
        ];
        let one = of(&artefact(&files), "etl/dags").unwrap();
        let mut turned = files;
        turned.reverse();
        assert_eq!(one, of(&artefact(&turned), "etl/dags").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dags.tar");
        std::fs::write(&file, &one).unwrap();
        let listed = Command::new("tar")
            .arg("-tvf")
            .arg(&file)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(listed.status.success());
        let listed = String::from_utf8(listed.stdout).unwrap();
        let told: Vec<String> =
            listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(told.len(), 5, "{told:?}");
        assert!(told.contains(&"-rw-r--r-- 0/0 8 1970-01-01 00:00 dags/a.py".to_owned()), "{told:?}");
        assert!(told.contains(&"-rwxr-xr-x 0/0 10 1970-01-01 00:00 dags/run.sh".to_owned()), "{told:?}");
        assert!(told.iter().any(|line| line.ends_with(&long["etl/".len()..])), "{told:?}");
    }

    #[test]
    fn nothing_is_no_archive() {
        let problem = of(&artefact(&[("Dockerfile", b"FROM x")]), "dags").unwrap_err();
        assert_eq!(problem.code, "no-dags");
    }

    proptest::proptest! {
        #[test]
        fn any_name_has_a_length_that_counts_itself(name in "[a-zé/]{1,300}") {
            let record = pax(&name);
            let text = String::from_utf8(record.clone()).unwrap();
            let (length, _) = text.split_once(' ').unwrap();
            proptest::prop_assert_eq!(length.parse::<usize>().unwrap(), record.len());
        }
    }
}
