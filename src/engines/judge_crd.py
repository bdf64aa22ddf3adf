#!/usr/bin/env python3
"""Holds manifests against the OpenAPI schemas of custom resources, unknown fields refused, without a cluster.

usage: judge_crd.py CRDS MANIFEST...   CRDS: folder with CRDs, or several with : between them. Kinds without one there are only counted.
"""
import glob
import os
import sys

import yaml

import exported

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def schemas(folders):
    """Schema of each served (apiVersion, kind)."""
    found = {}
    for folder in folders.split(":"):
        for path in glob.glob(os.path.join(folder, "**", "*.yaml"), recursive=True):
            text = open(path).read()
            if "kind: CustomResourceDefinition" not in text or "{{" in text.split("spec:")[0].split("metadata:")[0]:
                continue
            for one in yaml.safe_load_all(text):
                if not one or one.get("kind") != "CustomResourceDefinition" or "versions" not in one.get("spec", {}):
                    continue
                spec = one["spec"]
                for version in spec["versions"]:
                    if version["served"]:
                        found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    return found


def faults(value, schema, path):
    if value is None and schema.get("nullable"):
        return []
    if schema.get("x-kubernetes-int-or-string"):
        return [] if isinstance(value, (int, str)) and not isinstance(value, bool) else [f"{path}: {value!r} is no integer or string"]
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or isinstance(value, bool) != (kind == "boolean")):
        return [f"{path}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r} is not among {schema['enum']}"]
    found = []
    if isinstance(value, dict):
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        found += [f"{path}.{key} is missing" for key in schema.get("required", []) if key not in value]
        for key, one in value.items():
            if key in known:
                found += faults(one, known[key], f"{path}.{key}")
            elif isinstance(more, dict):
                found += faults(one, more, f"{path}.{key}")
            elif not more and not schema.get("x-kubernetes-preserve-unknown-fields") and kind == "object" and known:
                found.append(f"{path}.{key} is unknown")
    if isinstance(value, list):
        for index, one in enumerate(value):
            found += faults(one, schema.get("items", {}), f"{path}[{index}]")
    return found


def main(folders, *manifests):
    known = schemas(folders)
    wrong = []
    for manifest in manifests:
        judged, others = 0, 0
        for one in yaml.safe_load_all(open(manifest)):
            schema = known.get((one["apiVersion"], one["kind"]))
            if schema is None:
                others += 1
                continue
            judged += 1
            body = {key: part for key, part in one.items() if key not in ("apiVersion", "kind", "metadata")}
            rest = {"type": "object", "properties": schema["properties"], "required": [k for k in schema.get("required", []) if k != "metadata"]}
            wrong += [f"{manifest}: {one['kind']}{fault}" for fault in faults(body, rest, "")]
        print(f"{manifest}: {judged} judged, {others} of other kinds")
    exported.report(wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])
