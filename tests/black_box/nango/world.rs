//! A repository of a small Nango project, and a Nango with environments `dev` and `prod` that it is deployed to.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::stand_in::Nango;
use super::state::ALL;
use crate::world::{Ran, World, sync};

/// A stand-in for the CLI, as the project pins it: it lies in the repository, so nothing is installed.
const COMPILER: &str = include_str!("compiler.cjs");

/// A repository and a Nango.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) nango: Nango,
    dev: String,
    prod: String,
    /// Keeps the Nango awake.
    _runtime: tokio::runtime::Runtime,
}

impl Place {
    /// A project of a sync, an action and an on-event script, and both environments with their integrations.
    pub(crate) fn new() -> Self {
        let world = World::small();
        world.write("node_modules/nango/package.json", r#"{"name":"nango","version":"0.71.10"}"#);
        world.write("node_modules/.bin/nango", COMPILER);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(world.path("node_modules/.bin/nango"), mode).unwrap();
        world.write(".gitignore", "build/\n.nango/nango.json\n.airlock/\ncompiled.log\n");
        world.write("github/actions/close.ts", &action("Close"));
        world.write("github/on-events/welcome.ts", ON_EVENT);
        world.write(
            "index.ts",
            "import './github/syncs/issues.js';\nimport './github/actions/close.js';\nimport './github/on-events/welcome.js';\n",
        );
        world.commit("Add an action and a script");
        Self::of(world, &["github"])
    }

    /// Any repository, with these integrations in both environments.
    pub(crate) fn of(world: World, integrations: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let nango = runtime.block_on(Nango::start());
        for (environment, connections) in [("dev", 1), ("prod", 3)] {
            for key in integrations {
                nango.integration(environment, key, key, connections);
            }
        }
        let (dev, prod) = (nango.key("dev", &ALL), nango.key("prod", &ALL));
        Self { world, nango, dev, prod, _runtime: runtime }
    }

    /// `airlock simulate … --platform nango` with the keys of both environments.
    pub(crate) fn simulate(&self, words: &str) -> Ran {
        self.with(&[("NANGO_SECRET_KEY_DEV", &self.dev), ("NANGO_SECRET_KEY_PROD", &self.prod)], words)
    }

    /// The same with these variables in place of the keys.
    pub(crate) fn with(&self, variables: &[(&str, &str)], words: &str) -> Ran {
        let mut command: Command = self.world.command();
        command.args(["simulate"]).args(words.split_whitespace()).args(["--platform", "nango"]);
        command.env("NANGO_HOSTPORT", self.nango.url()).envs(variables.iter().copied());
        command.output().unwrap().into()
    }

    /// The keys: development's and production's.
    pub(crate) fn keys(&self) -> (&str, &str) {
        (&self.dev, &self.prod)
    }

    /// Adds another sync and commits it.
    pub(crate) fn add_sync(&self, name: &str) {
        self.world.add_sync(name);
    }

    /// Adds a sync of another integration and commits it.
    pub(crate) fn add_integration_sync(&self, key: &str, name: &str) {
        self.world.write(&format!("{key}/syncs/{name}.ts"), &sync("Deal"));
        let index = std::fs::read_to_string(self.world.path("index.ts")).unwrap();
        self.world.write("index.ts", &format!("{index}import './{key}/syncs/{name}.js';\n"));
        self.world.commit("Add a sync of another integration");
    }

    /// Has these functions of `createFunction` and nothing else, and commits that.
    pub(crate) fn only_functions(&self, functions: &[(&str, &str)]) {
        let line = |(name, _): &(&str, &str)| format!("import './github/functions/{name}.js';\n");
        self.world.write("index.ts", &functions.iter().map(line).collect::<String>());
        for (name, code) in functions {
            let text = format!(
                "export default createFunction({{\n  description: 'Fetches',\n  exec: async () => {{ {code} }},\n}});\n"
            );
            let import = "import { createFunction } from 'nango/experimental';\n";
            self.world.write(&format!("github/functions/{name}.ts"), &format!("{import}{text}"));
        }
        self.world.commit("Change the functions");
    }

    /// Leaves a sync out and commits that.
    pub(crate) fn remove_sync(&self, name: &str) {
        self.world.replace("index.ts", &format!("import './github/syncs/{name}.js';\n"), "");
        self.world.remove(&format!("github/syncs/{name}.ts"));
        self.world.commit("Remove a sync");
    }

    /// Changes the first sync's code and nothing else of it.
    pub(crate) fn edit_code(&self) {
        self.edit_code_to("async () => { return; }");
    }

    /// The same, to other code.
    pub(crate) fn edit_code_to(&self, code: &str) {
        self.world.write("github/syncs/issues.ts", &sync("Issue").replace("async () => {}", code));
        self.world.commit("Change the code");
    }
}

fn action(description: &str) -> String {
    format!(
        "import {{ createAction }} from 'nango';\nimport * as z from 'zod';\nexport default createAction({{\n  description: '{description}',\n  \
         version: '1.0.0',\n  input: z.object({{ id: z.string() }}),\n  output: z.void(),\n  exec: async () => {{}},\n}});\n"
    )
}

const ON_EVENT: &str = "import { createOnEvent } from 'nango';\nexport default createOnEvent({\n  description: 'Greets',\n  \
                        event: 'post-connection-creation',\n  exec: async () => {},\n});\n";
