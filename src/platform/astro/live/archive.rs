//! The archive that a deploy of DAGs uploads: a tar of everything below the folder of the DAGs, the same bytes for the same files.
//!
//! Links were followed when the files were read, inside the repository alone, so the archive holds regular files and nothing else.

use std::io;
use std::sync::Arc;

use tar::{Builder, EntryType, Header};

use crate::artefact::Artefact;
use crate::platform::paths::below;
use crate::problem::{Fault, Problem};

/// The largest archive that is sent, in bytes. Astro names no limit; what is larger is data, no code.
const LARGEST: usize = 512 * 1024 * 1024;
/// What an entry has beside its content at the most, but for its name: two headers, each filled up.
const BESIDE: usize = 4 * 512;

/// Makes the archive of a folder: each file below a folder of the archive, such as `dags/`, in the order of the paths, without a time, an
/// owner, or anything else that differs from run to run.
///
/// Problems: `no-dags`, `deploy-too-large`.
pub(super) fn of(artefact: &Artefact, folder: &str, below_there: &str) -> Result<Vec<u8>, Problem> {
    let inside = artefact.files().iter().filter_map(|(path, content)| Some((below(folder, path)?, content)));
    let files: Vec<(&str, &Arc<[u8]>)> = inside.collect();
    if files.is_empty() {
        return Err(none(folder));
    }
    let size: usize = files.iter().map(|(_, content)| content.len() + BESIDE).sum();
    if size > LARGEST {
        return Err(too_large(&files));
    }
    written(&files, below_there, size).map_err(|error| {
        Problem::new("deploy-too-large", Fault::Input, "the archive of the DAGs cannot be written").because(&error)
    })
}

/// The archive in memory, of about this many bytes.
fn written(files: &[(&str, &Arc<[u8]>)], below_there: &str, size: usize) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::with_capacity(size));
    for (path, content) in files {
        let name = format!("{below_there}{path}");
        let mut header = Header::new_ustar();
        let held = &mut header.as_old_mut().name;
        if name.len() > held.len() || !name.is_ascii() {
            tar.append_pax_extensions([("path", name.as_bytes())])?;
        }
        name.bytes().filter(u8::is_ascii).zip(held).for_each(|(byte, held)| *held = byte);
        // A script keeps being one: git's mode is not in the artefact, the first line is.
        header.set_mode(if content.starts_with(b"#!") { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(content.len() as u64);
        header.set_entry_type(EntryType::Regular);
        header.set_cksum();
        tar.append(&header, &content[..])?;
    }
    tar.into_inner()
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
        let one = of(&artefact(&files), "etl/dags", "dags/").unwrap();
        let mut turned = files;
        turned.reverse();
        assert_eq!(one, of(&artefact(&turned), "etl/dags", "dags/").unwrap());
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
        let problem = of(&artefact(&[("Dockerfile", b"FROM x")]), "dags", "dags/").unwrap_err();
        assert_eq!(problem.code, "no-dags");
    }
}
