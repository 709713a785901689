// Holds each query, and the stand-in's answer to it, against GitHub's public GraphQL schema:
// node scripts/github-contract-graphql.mjs FOLDER, which has node_modules and graphql.json, a list of [query, answer]. And holds
// the kinds of requests that were sent (kinds.json) against those that the description was cut down to (used.json).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const folder = process.argv[2];
const require = createRequire(join(folder, "node_modules", "."));
const { buildSchema, executeSync, parse, validate } = require("graphql");
const text = readFileSync(join(folder, "node_modules/@octokit/graphql-schema/schema.graphql"), "utf8");
const schema = buildSchema(text, { assumeValidSDL: true });

const exchanges = JSON.parse(readFileSync(join(folder, "graphql.json"), "utf8"));
const queries = new Set();
for (const [query, { data }] of exchanges) {
  const document = parse(query);
  const wrong = validate(schema, document);
  // Executed on the answer itself: a field that the schema does not have, or that may not be null, shows.
  const { data: read, errors = [] } = wrong.length ? {} : executeSync({ schema, document, rootValue: data });
  if (wrong.length || errors.length || JSON.stringify(read) !== JSON.stringify(data)) {
    console.error(`${query}\n${[...wrong, ...errors].map(String).join("\n")}\n${JSON.stringify({ data, read })}`);
    process.exit(1);
  }
  queries.add(query);
}
const list = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const [used, sent] = [list("used.json"), list("kinds.json")];
const unsent = used.filter((kind) => !sent.includes(kind));
const unknown = sent.filter((kind) => !used.includes(kind));
if (unsent.length || unknown.length) {
  console.error(`not sent: ${unsent.join(", ") || "–"}; not described: ${unknown.join(", ") || "–"}`);
  process.exit(1);
}
if (!exchanges.length) throw new Error("no query was sent");
console.error(`CONTRACT: ${exchanges.length} GraphQL requests of ${queries.size} kind held against GitHub's schema, no violation`);
