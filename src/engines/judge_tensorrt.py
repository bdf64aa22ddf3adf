#!/usr/bin/env python3
"""Holds the options that an export writes for TensorRT-LLM against the pydantic classes of its source, without its package.

usage: judge_tensorrt.py SOURCE FOLDER...   SOURCE: a source tree of TensorRT-LLM, or its llm_args.py
                                            FOLDER: holds config.yaml, or config.yaml of a pool in each folder below it

The package needs CUDA to be imported, so the classes are read as text: fields with their annotations, parents, Literals and enums.
Seen: keys that no class has, values of another type or beyond a Literal, lengths of expert maps. Not seen: what validators check.
"""
import ast
import os
import sys

import yaml

import exported

# Files of their own, whose class the annotation of the key does not say.
ROOT = "TorchLlmArgs"
BALANCER = "MoeLoadBalancerConfig"
OPEN = {"Any", "object", "BaseModel", "Path"}
NUMBERS = {"int": int, "float": (int, float), "bool": bool, "str": str, "PositiveInt": int, "NonNegativeInt": int,
           "PositiveFloat": (int, float), "NonNegativeFloat": (int, float)}


class Classes:
    """Classes, Literals and unions of a module, by name."""

    def __init__(self, text):
        self.classes = {}
        self.aliases = {}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
        for node in ast.parse(text).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) and node.value is not None:
                self.aliases[target.id] = node.value

    def fields(self, name):
        """Annotations of a class and its parents, by the names that files may use."""
        node = self.classes.get(name)
        if node is None:
            return {}
        found = {}
        for parent in node.bases:
            found.update(self.fields(getattr(parent, "id", "")))
        for line in node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not line.target.id.startswith("_"):
                if isinstance(line.annotation, ast.Subscript) and getattr(line.annotation.value, "id", "") == "ClassVar":
                    # decoding_type of releases before 1.2, which from_dict() takes out of the file.
                    found[line.target.id] = ast.parse(f"Literal[{ast.unparse(line.value)}]", mode="eval").body
                    continue
                found[line.target.id] = line.annotation
                for name in aliases(line.value):
                    found[name] = line.annotation
        return found

    def faults(self, value, annotation, path):
        """What is wrong with a value of a file; none where the annotation lets it be."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        if isinstance(annotation, ast.Constant):
            return [] if value is None else [f"{path}: {value!r} is not None"]
        if isinstance(annotation, ast.BinOp):
            return self.least([annotation.left, annotation.right], value, path)
        if isinstance(annotation, ast.Subscript):
            return self.subscript(value, annotation, path)
        name = getattr(annotation, "id", getattr(annotation, "attr", ""))
        if name in NUMBERS:
            fits = isinstance(value, NUMBERS[name]) and isinstance(value, bool) == (name == "bool")
            return [] if fits else [f"{path}: {value!r} is no {name}"]
        if name in ("dict", "list", "Dict", "List"):
            return [] if isinstance(value, (dict, list)) else [f"{path}: {value!r} is no {name}"]
        if name in self.classes:
            return self.of_class(value, name, path)
        if name in self.aliases:
            return self.faults(value, self.aliases[name], path)
        return [] if name in OPEN else [f"{path}: nothing is known of {ast.unparse(annotation)}"]

    def subscript(self, value, annotation, path):
        kind = getattr(annotation.value, "id", getattr(annotation.value, "attr", ""))
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if kind == "Optional":
            return [] if value is None else self.faults(value, inner[0], path)
        if kind == "Union":
            return self.least(inner, value, path)
        if kind == "Annotated":
            return self.faults(value, inner[0], path)
        if kind == "Literal":
            allowed = [ast.literal_eval(one) for one in inner]
            return [] if value in allowed else [f"{path}: {value!r} is not among {allowed}"]
        if kind in ("List", "list"):
            if not isinstance(value, list):
                return [f"{path}: {value!r} is no list"]
            return [fault for i, one in enumerate(value) for fault in self.faults(one, inner[0], f"{path}[{i}]")]
        if kind in ("Dict", "dict"):
            if not isinstance(value, dict):
                return [f"{path}: {value!r} is no mapping"]
            return [fault for key, one in value.items()
                    for fault in self.faults(key, inner[0], f"{path} key") + self.faults(one, inner[1], f"{path}.{key}")]
        return [f"{path}: nothing is known of {ast.unparse(annotation)}"]

    # Of a union: the faults of the member that comes closest.
    def least(self, members, value, path):
        tried = [self.faults(value, one, path) for one in members]
        typed = [(member, faults) for member, faults in zip(members, tried) if self.is_of(member, value)]
        return min((faults for _, faults in typed or zip(members, tried)), key=len)

    # By decoding_type and the like, which tell the members of a union apart.
    def is_of(self, member, value):
        fields = self.fields(getattr(member, "id", ""))
        told = fields.get("decoding_type")
        return bool(told) and isinstance(value, dict) and not self.faults(value.get("decoding_type"), told, "")

    def of_class(self, value, name, path):
        if is_enum(self.classes[name]):
            members = [getattr(line.targets[0], "id", "") for line in self.classes[name].body if isinstance(line, ast.Assign)]
            return [] if value in members else [f"{path}: {value!r} is not among {members}"]
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no {name}"]
        fields = self.fields(name)
        faults = [f"{path}.{key}: {name} has no such key" for key in value if key not in fields]
        return faults + [fault for key in value if key in fields for fault in self.faults(value[key], fields[key], f"{path}.{key}")]


def aliases(default):
    """Other names of a field: alias and validation_alias of its Field()."""
    if not isinstance(default, ast.Call):
        return []
    found = []
    for word in default.keywords:
        if word.arg in ("alias", "validation_alias"):
            found += [one.value for one in ast.walk(word.value) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return found


def is_enum(node):
    return any("Enum" in getattr(parent, "id", "") for parent in node.bases)


def of_balancer(classes, path):
    balancer = yaml.safe_load(open(path))
    faults = classes.faults(balancer, ast.Name(id=BALANCER), BALANCER)
    for layer, row in balancer["initial_global_assignments"].items():
        if len(row) != balancer["num_slots"]:
            faults.append(f"layer {layer} has {len(row)} slots, not {balancer['num_slots']}")
    return faults


def of_folder(classes, folder):
    config = yaml.safe_load(open(os.path.join(folder, "config.yaml"))) or {}
    faults = classes.faults(config, ast.Name(id=ROOT), os.path.basename(os.path.abspath(folder)))
    balancer = config.get("moe_config", {}).get("load_balancer")
    if balancer:
        faults += of_balancer(classes, os.path.join(folder, balancer))
    partition = config.get("pp_partition")
    if partition is not None and min(partition) < 1:
        faults.append(f"pp_partition is {partition}")
    return faults


def main(source, *folders):
    if os.path.isdir(source):
        source = os.path.join(source, "tensorrt_llm", "llmapi", "llm_args.py")
    classes = Classes(open(source).read())
    if ROOT not in classes.classes:
        raise SystemExit(f"{source} has no class {ROOT}")
    faults = []
    for folder in folders:
        pools = [folder] if os.path.exists(os.path.join(folder, "config.yaml")) else [
            os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if os.path.exists(os.path.join(folder, name, "config.yaml"))]
        if not pools:
            faults.append(f"{folder} has no config.yaml")
        for pool in pools:
            faults += of_folder(classes, pool)
    exported.report(faults)


if __name__ == "__main__":
    main(*sys.argv[1:])
