// Cuts GitHub's own OpenAPI description down to the paths that Airlock uses, and makes it strict enough to catch our
// mistakes: node scripts/github-contract.mjs api.github.com.json OUT.json
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [from, to] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(from, "utf8"));
const repository = "/repos/{owner}/{repo}";
const used = {
  "/issues/{issue_number}/comments": ["get", "post"],
  "/issues/comments/{comment_id}": ["patch", "delete"],
  "/commits/{ref}/check-runs": ["get"],
  "/check-runs": ["post"],
  "/check-runs/{check_run_id}": ["get", "patch"],
  "/deployments": ["get", "post"],
  "/deployments/{deployment_id}": ["get"],
  "/deployments/{deployment_id}/statuses": ["get", "post"],
  "/pulls": ["get"],
  "/pulls/{pull_number}": ["get"],
  "/commits/{commit_sha}/pulls": ["get"],
  "/compare/{basehead}": ["get"],
  "/git/commits/{commit_sha}": ["get"],
  "/actions/runs/{run_id}": ["get"],
  "/actions/workflows/{workflow_id}/runs": ["get"],
  "/actions/runs/{run_id}/artifacts": ["get"],
  "/actions/runs/{run_id}/jobs": ["get"],
  "/actions/artifacts/{artifact_id}/{archive_format}": ["get"],
  "/contents/{path}": ["get"],
  "/environments/{environment_name}": ["get"],
  "": ["get"],
};

const paths = {};
for (const [path, methods] of Object.entries(used)) {
  const known = whole.paths[repository + path];
  if (!known) throw new Error(`GitHub's description has no ${repository + path}`);
  paths[repository + path] = Object.fromEntries(methods.map((method) => [method, known[method]]));
  if (known.parameters) paths[repository + path].parameters = known.parameters;
}

// GitHub takes a path with its slashes, which its description's one parameter does not match; and it gives a file as it is to
// who asks for that, which the description says in words alone.
const contents = paths[repository + "/contents/{path}"].get;
delete paths[repository + "/contents/{path}"];
contents.responses["200"].content["application/vnd.github.raw+json"] = { schema: { type: "string" } };
for (const names of [["path"], ["folder", "path"], ["over", "folder", "path"]]) {
  const others = contents.parameters.filter(({ name }) => name !== "path");
  const own = names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  const at = `${repository}/contents/${names.map((name) => `{${name}}`).join("/")}`;
  paths[at] = { get: { ...contents, operationId: `contents-${names.length}`, parameters: [...others, ...own] } };
}
// GraphQL has a description of its own, which the script holds its queries against.
const graphql = { type: "object", required: ["query"], properties: { query: { type: "string" } } };
paths["/graphql"] = {
  post: {
    operationId: "graphql",
    requestBody: { required: true, content: { "application/json": { schema: graphql } } },
    responses: { 200: { description: "", content: { "application/json": { schema: { type: "object" } } } } },
  },
};

// What the paths refer to, and what that refers to.
const components = {};
const reach = (value) => {
  if (Array.isArray(value)) return value.forEach(reach);
  if (!value || typeof value !== "object") return;
  const [, kind, name] = /^#\/components\/([^/]+)\/(.+)$/.exec(value.$ref ?? "") ?? [];
  if (name && !components[kind]?.[name]) {
    (components[kind] ??= {})[name] = whole.components[kind][name];
    reach(components[kind][name]);
  }
  Object.values(value).forEach(reach);
};
reach(paths);
// A time may have `>=` before it, or be a range: the description's words say so, and its form does not.
delete components.parameters.created.schema.format;

const answers = [...Object.values(components.responses ?? {})];
for (const path of Object.values(paths)) {
  for (const [method, operation] of Object.entries(path)) {
    if (method === "parameters") continue;
    answers.push(...Object.values(operation.responses));
    // GitHub refuses a request without these, and its description does not say so.
    operation.parameters = [
      ...(operation.parameters ?? []),
      { name: "X-GitHub-Api-Version", in: "header", required: true, schema: { type: "string", enum: ["2022-11-28"] } },
      { name: "User-Agent", in: "header", required: true, schema: { type: "string" } },
    ];
    const body = operation.requestBody?.content?.["application/json"]?.schema;
    // GitHub passes over a misspelt key: here it is an error.
    if (body && body.type === "object" && body.properties) body.additionalProperties ??= false;
  }
}
// The links to further pages are examples that lead to GitHub itself.
for (const answer of answers) delete answer.headers?.Link;
// GitHub answers in the form that it was asked for, under either name.
for (const answer of answers) {
  const json = answer.content?.["application/json"];
  if (json) answer.content["application/vnd.github+json"] = json;
}

components.securitySchemes = { token: { type: "http", scheme: "bearer" } };
// An address that is not given is "" by the description's own default, which its own format would refuse.
const mend = (value) => {
  if (!value || typeof value !== "object") return;
  if (value.format === "uri" && value.default === "") delete value.format;
  Object.values(value).forEach(mend);
};
mend(components);
mend(paths);

// What is said to be used is to be sent: the test's list of kinds is held against this one.
const named = (path) => path.replace("{archive_format}", "zip").replace(/\{[^}]+\}/g, "{}") || "/";
const kinds = Object.entries(used).flatMap(([path, methods]) => methods.map((method) => `${method.toUpperCase()} ${named(path)}`));
writeFileSync(join(dirname(to), "used.json"), JSON.stringify([...kinds, "POST /graphql"]));

const { openapi, info } = whole;
writeFileSync(to, JSON.stringify({ openapi, info, security: [{ token: [] }], paths, components }));
