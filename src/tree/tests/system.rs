//! What only a disk can hold.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

use insta::assert_snapshot;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{findings, is_source, on_disk, shown};
use crate::tree::{Tree, disk};

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
}

#[test]
fn pipes_sockets_and_devices_are_told_and_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    pipe(&root.join("pipe.ts"));
    pipe(&root.join("pipe.bin"));
    let _socket = UnixListener::bind(root.join("socket.ts")).unwrap();
    std::os::unix::fs::symlink("pipe.ts", root.join("to-pipe.ts")).unwrap();
    fs::write(root.join("a.ts"), "1").unwrap();
    let tree = on_disk(root);
    assert_snapshot!(findings(&tree), @r"
    Error pipe.ts not-a-file: this is a named pipe, no regular file
    Error socket.ts not-a-file: this is a socket, no regular file
    Error to-pipe.ts not-a-file: this is a named pipe, no regular file
    ");
    assert_snapshot!(shown(&tree), @r"
    a.ts = 1
    pipe.bin
    pipe.ts
    socket.ts
    to-pipe.ts
    ");
}

#[test]
fn a_folder_that_cannot_be_listed_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(folder.path().join("closed.ts"), "1").unwrap();
    for path in [&closed, &folder.path().join("closed.ts")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let tree = on_disk(folder.path());
    let root_reads_all = fs::read_dir(&closed).is_ok();
    let wanted = "Error closed unreadable: the folder cannot be listed: permission denied\n\
                  Error closed.ts unreadable: the file cannot be opened: permission denied\n";
    assert_eq!(findings(&tree), if root_reads_all { "" } else { wanted });
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_that_becomes_a_link_or_a_pipe_while_we_read_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("secret"), "s3cret").unwrap();
    for name in ["link.ts", "pipe.ts", "gone.ts", "sub/a.ts"] {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), "1").unwrap();
    }
    // `wants` is asked between listing and reading: the last moment for a swap.
    let swap = |path: &str| {
        if path == "link.ts" && root.join("gone.ts").exists() {
            for name in ["link.ts", "pipe.ts", "gone.ts"] {
                fs::remove_file(root.join(name)).unwrap();
            }
            std::os::unix::fs::symlink("/etc/passwd", root.join("link.ts")).unwrap();
            pipe(&root.join("pipe.ts"));
            fs::rename(root.join("sub"), root.join("moved")).unwrap();
            std::os::unix::fs::symlink("moved", root.join("sub")).unwrap();
        }
        is_source(path)
    };
    let tree = disk::read(root, &swap).unwrap();
    assert_snapshot!(findings(&tree), @r"
    Error gone.ts unreadable: the file cannot be opened: entity not found
    Error link.ts unreadable: this is a link, and none is followed here
    Error pipe.ts not-a-file: this is a named pipe, no regular file
    Error sub/a.ts unreadable: the file's folder cannot be opened: not a directory
    ");
}

#[test]
fn folders_too_deep_and_roots_that_are_none_are_problems() {
    let folder = tempfile::tempdir().unwrap();
    let deep = |parts: usize| format!("{}/a.ts", vec!["d"; parts].join("/"));
    fs::create_dir_all(folder.path().join(deep(63)).parent().unwrap()).unwrap();
    fs::write(folder.path().join(deep(63)), "1").unwrap();
    assert_eq!(on_disk(folder.path()).files().count(), 1);
    fs::create_dir_all(folder.path().join(deep(80)).parent().unwrap()).unwrap();
    assert_eq!(disk::read(folder.path(), &is_source).unwrap_err().code, "tree-too-deep");
    let gone = disk::read(&folder.path().join("gone"), &is_source).unwrap_err();
    assert_eq!(gone.code, "repository-missing");
    assert_eq!(disk::read(Path::new("/dev/null"), &is_source).unwrap_err().code, "repository-missing");
}

#[test]
fn folders_that_link_to_one_another_end_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for level in 0..30 {
        fs::create_dir(root.join(format!("f{level}"))).unwrap();
        for name in ["x", "y"] {
            std::os::unix::fs::symlink(format!("../f{}", level + 1), root.join(format!("f{level}/{name}"))).unwrap();
        }
    }
    fs::create_dir(root.join("f30")).unwrap();
    fs::write(root.join("f30/a.ts"), "1").unwrap();
    assert_eq!(disk::read(root, &is_source).unwrap_err().code, "tree-too-large");
}

#[test]
fn two_reads_give_the_same_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..200 {
        let path = folder.path().join(format!("{}/{}.ts", n % 7, n * 7919 % 200));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, n.to_string()).unwrap();
    }
    let first: Tree = on_disk(folder.path());
    assert_eq!(first.files().count(), 200);
    assert_eq!(first, on_disk(folder.path()));
    assert!(first.files().map(|(path, _)| path).is_sorted());
}
