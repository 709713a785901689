//! Any file of a project is read without an end of the program, twice alike: a parser that breaks is a finding on that file.
#![no_main]

use std::sync::OnceLock;

use airlock::context::inputs::{CommandChoice, PlatformName};
use airlock::names::ProjectId;
use airlock::platform;
use airlock::tree::Tree;
use airlock::work::Project;

static PROJECT: OnceLock<ProjectId> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let kinds = [
        (PlatformName::Nango, "hub/syncs/issues.ts"),
        (PlatformName::Astro, "dags/etl.py"),
        (PlatformName::Paragon, "src/integrations/hub/workflows/sync.ts"),
    ];
    for (name, path) in kinds {
        let Ok(code) = platform::code(name) else { continue };
        let project = Project {
            id: PROJECT.get_or_init(|| ProjectId::new("shop").unwrap_or_else(|_| unreachable!())).clone(),
            path: String::new(),
            platform: name,
            test_command: CommandChoice::Auto,
            install_command: CommandChoice::Auto,
        };
        let files = [(path, text), ("index.ts", "import './hub/syncs/issues.js';\n"), (".nango/.gitkeep", "")];
        let tree = Tree::of_texts(files);
        let (first, second) = (code.extract(&project, &tree), code.extract(&project, &tree));
        assert_eq!(first.manifest, second.manifest);
        assert_eq!(first.findings, second.findings);
    }
});
