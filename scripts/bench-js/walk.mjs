// The yardstick for `airlock inspect`: the same entry files, read the way a small JavaScript tool would read them.
//
//   node walk.mjs PARSER MODULES PROJECT      PARSER: babel or oxc; MODULES: the folder whose node_modules holds the parser
//
// It reads `index.ts` as Nango's CLI does, parses each entry file, visits every node of its syntax tree, finds the exported
// `create…({ … })` call (also through one constant) and evaluates what is literal in it. It prints the functions as JSON.
//
// It does less than `airlock inspect`: no imports are followed, so no shared constant, model or schema is resolved and no fingerprint
// is made; nothing but the entry files is read (no other code, no list of tracked files); syntax errors beyond the parser's own are not
// looked for; there are no findings. One thread, as such tools are written.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , parserName, modules, project] = process.argv;
const require = createRequire(path.resolve(modules, 'walk.cjs'));

const parsers = {
    babel: async () => {
        const { parse } = require('@babel/parser');
        return (name, text) => parse(text, { sourceType: 'module', plugins: ['typescript'] }).program;
    },
    oxc: async () => {
        const { parseSync } = await import(pathToFileURL(require.resolve('oxc-parser')));
        return (name, text) => {
            const { program, errors } = parseSync(name, text);
            if (errors.length > 0) {
                throw new Error(`${name}: ${errors[0].message}`);
            }
            return program;
        };
    }
};

/** `zeroYaml/constants.ts` of Nango's CLI 0.71. */
const ENTRY = /^import ['"](?<path>\.\/[^'"]+)['"];?/gm;

function entries() {
    const index = fs.readFileSync(path.join(project, 'index.ts'), 'utf8');
    return [...index.matchAll(ENTRY)].map((match) => match.groups.path.replace(/\.js$/, '') + '.ts');
}

/** Visits every node, without recursion. */
function visit(program, each) {
    const open = [program];
    while (open.length > 0) {
        const node = open.pop();
        each(node);
        for (const key in node) {
            const inner = node[key];
            if (Array.isArray(inner)) {
                for (const one of inner) {
                    if (one !== null && typeof one === 'object' && typeof one.type === 'string') {
                        open.push(one);
                    }
                }
            } else if (inner !== null && typeof inner === 'object' && typeof inner.type === 'string') {
                open.push(inner);
            }
        }
    }
}

const unwrapped = (node) => (node && /^TS(As|Satisfies|NonNull)Expression$/.test(node.type) ? unwrapped(node.expression) : node);

/** What is literal; `undefined` for the rest. */
function value(node) {
    node = unwrapped(node);
    switch (node?.type) {
        case 'StringLiteral':
        case 'NumericLiteral':
        case 'BooleanLiteral':
        case 'Literal':
            return node.value;
        case 'NullLiteral':
            return null;
        case 'TemplateLiteral':
            return node.expressions.length === 0 ? node.quasis[0].value.cooked : undefined;
        case 'BinaryExpression': {
            const [left, right] = [value(node.left), value(node.right)];
            return node.operator === '+' && typeof left === 'string' && typeof right === 'string' ? left + right : undefined;
        }
        case 'ArrayExpression':
            return node.elements.map(value);
        case 'ObjectExpression':
            return Object.fromEntries(node.properties.filter((one) => one.key).map((one) => [one.key.name ?? one.key.value, value(one.value)]));
        default:
            return undefined;
    }
}

const KINDS = { createSync: 'sync', createAction: 'action', createOnEvent: 'on-event', createFunction: 'function' };

let nodes = 0;

function read(parse, file) {
    const program = parse(file, fs.readFileSync(path.join(project, file), 'utf8'));
    const constants = new Map();
    let exported;
    visit(program, (node) => {
        nodes += 1;
        if (node.type === 'ExportDefaultDeclaration') {
            exported = unwrapped(node.declaration);
        }
    });
    for (const { declarations } of program.body.filter((one) => one.type === 'VariableDeclaration')) {
        for (const { id, init } of declarations) {
            constants.set(id.name, init);
        }
    }
    const call = unwrapped(exported?.type === 'Identifier' ? constants.get(exported.name) : exported);
    const kind = call?.type === 'CallExpression' ? KINDS[call.callee.name] : undefined;
    if (!kind) {
        return undefined;
    }
    const [, integration] = file.split('/');
    return { kind, id: `${integration}/${path.basename(file, '.ts')}`, attributes: value(call.arguments[0]) };
}

const parse = await parsers[parserName]();
const functions = entries()
    .map((file) => read(parse, file))
    .filter(Boolean);
process.stdout.write(JSON.stringify(functions, null, 2) + '\n');
process.stderr.write(`${functions.length} functions, ${nodes} nodes\n`);
