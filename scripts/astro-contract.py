"""Holds noted requests against an OpenAPI description: astro-contract.py DESCRIPTION ASKED"""

import json
import sys

import jsonschema
import yaml

# Part of the description, and given by every request in its path.
ORGANISATION = "organizationId"


def strict(schema):
    """The same schema, in which a field that is not described does not fit."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(each) for name, each in schema.items()}
    if "properties" in made and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


def route(paths, parts):
    """The described path that a request's parts fit, words before names."""
    fits = []
    for path in paths:
        named = path.strip("/").split("/")
        if len(named) == len(parts) and all(n.startswith("{") or n == p for n, p in zip(named, parts)):
            fits.append((sum(n.startswith("{") for n in named), path))
    return min(fits)[1] if fits else None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        described = yaml.safe_load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        asked = {line for line in file if line.strip()}
    components = {"components": strict(described["components"])}
    wrong, seen = [], set()
    for line in sorted(asked):
        request = json.loads(line)
        parts = ["organizations", ORGANISATION, *request["path"]]
        path = route(described["paths"], parts)
        operation = described["paths"].get(path, {}).get(request["method"].lower())
        where = f"{request['method']} /{'/'.join(request['path'])}"
        if operation is None:
            wrong.append(f"{where}: is not described")
            continue
        seen.add(f"{request['method']} {path}")
        known = {each["name"] for each in operation.get("parameters", []) if each.get("in") == "query"}
        wrong += [f"{where}: the query `{name}` is not described" for name, _ in request["query"] if name not in known]
        content = (operation.get("requestBody") or {}).get("content", {})
        if not content:
            if request["body"] is not None:
                wrong.append(f"{where}: takes no body")
            continue
        schema = {**strict(content["application/json"]["schema"]), **components}
        errors = jsonschema.Draft4Validator(schema).iter_errors(request["body"])
        wrong += [f"{where}: {error.message}" for error in errors]
    for name in sorted(seen):
        print(f"fits: {name}")
    if wrong or not seen:
        sys.exit("\n".join(["these do not fit:", *sorted(set(wrong))]))
    print(f"{len(asked)} different requests of {len(seen)} routes fit the description")


main()
