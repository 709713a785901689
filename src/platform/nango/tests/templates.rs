//! The public templates, when they are at hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::finding::Severity;
use crate::tree::File;

fn read_folder(root: &Path, folder: &Path, files: &mut BTreeMap<String, File>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            read_folder(root, &entry.path(), files);
        } else if kind.is_file() {
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let file = if wants(&path) {
                File::Text(Arc::from(std::fs::read_to_string(entry.path()).unwrap()))
            } else {
                File::Present
            };
            files.insert(path, file);
        }
    }
}

/// The public templates against what Nango's own compiler made of them. Set `NANGO_TEMPLATES` to the `integrations` folder of
/// a checkout of NangoHQ/integration-templates and `NANGO_TRUTH` to the truth file, unpacked.
#[test]
fn the_public_templates_are_read_without_a_miss() {
    let (Ok(templates), Ok(truth)) = (std::env::var("NANGO_TEMPLATES"), std::env::var("NANGO_TRUTH")) else {
        eprintln!("SKIPPED: NANGO_TEMPLATES and NANGO_TRUTH are not set, nothing was compared");
        return;
    };
    let started = Instant::now();
    let mut files = BTreeMap::new();
    read_folder(Path::new(&templates), Path::new(&templates), &mut files);
    let tree = Tree::new(files, Vec::new());
    let read = started.elapsed();
    let started = Instant::now();
    let extracted = extract(&project(""), &tree);
    eprintln!("read {read:?}, extract {:?}, resources {}", started.elapsed(), extracted.manifest.resources.len());
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in &extracted.findings {
        *counts.entry((format!("{:?}", finding.severity), finding.code.to_string())).or_default() += 1;
    }
    eprintln!("{counts:?}");
    for finding in extracted.findings.iter().filter(|finding| finding.severity > Severity::Info).take(60) {
        eprintln!(
            "{:?} {} {}: {}",
            finding.severity,
            finding.code,
            finding.place.as_ref().map(ToString::to_string).unwrap_or_default(),
            finding.message
        );
    }
    let truth: Value = serde_json::from_str(&std::fs::read_to_string(truth).unwrap()).unwrap();
    let truth = truth["functions"].as_array().unwrap();
    let mut misses = Vec::new();
    for expected in truth {
        let id = ResourceId::new(expected["kind"].as_str().unwrap(), expected["id"].as_str().unwrap());
        let Some(found) = extracted.manifest.resources.get(&id) else {
            misses.push(format!("{id} is missing"));
            continue;
        };
        for (field, value) in
            expected.as_object().unwrap().iter().filter(|(field, _)| !["kind", "id"].contains(&field.as_str()))
        {
            if found.attributes.get(field) != Some(&Attribute::Value(value.clone())) {
                misses.push(format!("{id} {field}: {:?} instead of {value}", found.attributes.get(field)));
            }
        }
    }
    assert!(misses.is_empty(), "{} misses: {:#?}", misses.len(), &misses[..misses.len().min(20)]);
    assert_eq!(extracted.manifest.resources.len(), truth.len());
}
