#!/usr/bin/env node
// What `nango compile` would write, for sources as plain as this test's.
'use strict';
const fs = require('node:fs');
if (process.argv[2] !== 'compile') process.exit(2);
fs.appendFileSync('compiled.log', Object.keys(process.env).filter((name) => name.startsWith('NANGO_SECRET')).join(',') + '\n');
const integrations = new Map();
const functions = [];
fs.rmSync('build', { recursive: true, force: true });
fs.mkdirSync('build');
for (const [, key, folder, name] of fs.readFileSync('index.ts', 'utf8').matchAll(/^import '\.\/([^/]+)\/([^/]+)\/([^/.]+)\.js';$/gm)) {
    const source = fs.readFileSync(`${key}/${folder}/${name}.ts`, 'utf8');
    const type = /: BROKEN/.exec(source);
    if (type) {
        console.log(`err - ${key}/${folder}/${name}.ts:3:7 \n  Type 'string' is not assignable to type 'number'.\n`);
        process.exit(10);
    }
    const field = (field) => (new RegExp(`^  ${field}: '([^']*)'`, 'm').exec(source) ?? [])[1];
    if (!integrations.has(key)) {
        const none = { 'post-connection-creation': [], 'pre-connection-deletion': [], 'validate-connection': [] };
        integrations.set(key, { providerConfigKey: key, actions: [], syncs: [], onEventScripts: none });
    }
    const into = integrations.get(key);
    const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'], additionalProperties: false };
    const common = { description: field('description'), name, scopes: [], version: field('version') ?? '', features: [] };
    if (folder === 'functions') {
        functions.push({
            name, integrationId: key, description: field('description'), trigger: { kind: 'none' }, requires: { connection: true, outbound: true, invoke: false },
            capabilities: { usesRecords: false, usesCheckpoints: false, usesMetadata: false, usesOutbound: true, usesInvoke: false },
            limits: { concurrency: { perConnection: 'max' } }, input_schema_ref: null, output_schema_ref: null, model_schema_refs: [],
            metadata_schema_ref: null, checkpoint_schema_ref: null, json_schema: { definitions: {} }, filePath: `./${key}/${folder}/${name}.ts`,
        });
    } else if (folder === 'syncs') {
        const models = /models: \{ ([^}]*) \}/.exec(source)[1].split(', ');
        const definitions = Object.fromEntries(models.map((model) => [model, schema]));
        into.syncs.push({
            type: 'sync', ...common, auto_start: /autoStart: true/.test(source), endpoints: [], input: null, output: models, runs: field('frequency'),
            sync_type: 'full', track_deletes: false, usedModels: models, webhookSubscriptions: [], json_schema: { definitions },
        });
    } else if (folder === 'actions') {
        const [input, output] = [`ActionInput_${key}_${name}`, `ActionOutput_${key}_${name}`];
        into.actions.push({
            type: 'action', ...common, endpoint: null, input, output: [output], usedModels: [input, output],
            json_schema: { definitions: { [input]: schema, [output]: { type: 'null' } } },
        });
    } else {
        into.onEventScripts[field('event')].push(name);
    }
    fs.writeFileSync(`build/${key}_${folder}_${name}.cjs`, `"use strict";\nmodule.exports = ${JSON.stringify(source)};\n`);
}
fs.writeFileSync('.nango/nango.json', JSON.stringify([...integrations.values()]));
if (functions.length > 0) fs.writeFileSync('.nango/functions.json', JSON.stringify(functions));
