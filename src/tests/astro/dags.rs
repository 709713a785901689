//! What a deployment's Airflow makes of an archive: a file is loaded as far as a few lines say what is in it.

use std::collections::BTreeMap;

use super::state::{Dag, Deployment};

/// The regular files of a tar.
pub(super) fn files(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let mut long: Option<String> = None;
    let mut at = 0;
    loop {
        let header = tar.get(at..at + 512).ok_or("the archive ends within an entry")?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(files);
        }
        let text = |range: std::ops::Range<usize>| {
            String::from_utf8_lossy(&header[range]).trim_end_matches(['\0', ' ']).to_owned()
        };
        let size = usize::from_str_radix(&text(124..136), 8).map_err(|_why| "an entry without a size")?;
        let content = tar.get(at + 512..at + 512 + size).ok_or("the archive ends within a file")?.to_vec();
        at += 512 + size.next_multiple_of(512);
        if !text(136..148).trim_start_matches('0').is_empty() {
            return Err("an entry has a time".to_owned());
        }
        match header[156] {
            b'x' => {
                let record = String::from_utf8(content).map_err(|_why| "an extended header is no text")?;
                long = record.split_once("path=").map(|(_, name)| name.trim_end().to_owned());
            }
            b'0' => {
                let name = long.take().unwrap_or_else(|| text(0..100));
                files.insert(name, content);
            }
            other => return Err(format!("an entry of the sort {other}")),
        }
    }
}

/// Loads what arrived, without the folders that `.airflowignore` names: `broken` anywhere in a file is an import error, `DAG("id", schedule="…")` is a DAG.
pub(super) fn load(deployment: &mut Deployment, second: i64) {
    let Some(tar) = deployment.version.as_ref().and_then(|version| deployment.stored.get(version)) else { return };
    let files = files(tar).unwrap_or_default();
    deployment.dags.clear();
    deployment.errors.clear();
    let ignored =
        files.get("dags/.airflowignore").map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let is_ignored = |path: &str| {
        let inside = path.trim_start_matches("dags/");
        ignored.lines().any(|line| line.ends_with('/') && inside.starts_with(line))
    };
    for (path, content) in files.iter().filter(|(path, _)| path.ends_with(".py") && !is_ignored(path)) {
        let text = String::from_utf8_lossy(content);
        let file = path.trim_start_matches("dags/").to_owned();
        if let Some((_, name)) = text.split_once("import broken_") {
            let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let trace = format!(
                "Traceback (most recent call last):\n  File \"/usr/local/airflow/{path}\", line 1, in <module>\nModuleNotFoundError: No module named 'broken_{name}'\n"
            );
            deployment.errors.insert(file, trace);
            continue;
        }
        for part in text.split("DAG(").skip(1) {
            let mut quoted = part.split('"');
            let Some(id) = quoted.nth(1) else { continue };
            let head = part.split(')').next().unwrap_or_default();
            let schedule = head.split_once("schedule=\"").and_then(|(_, rest)| rest.split('"').next());
            let tags = head.split_once("tags=[\"").and_then(|(_, rest)| rest.split('"').next());
            deployment.dags.push(Dag {
                id: id.to_owned(),
                file: file.clone(),
                schedule: schedule.map(str::to_owned),
                tags: tags.into_iter().map(str::to_owned).collect(),
                parsed: second,
            });
        }
    }
}
