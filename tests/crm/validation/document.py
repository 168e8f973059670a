"""A vendor's published documents made into one that Prism can start with. The documents stay as they are: the edits are
made on a copy, and ../../specs/README.md says why each is wanted.
"""

import copy
import json

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def load(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        import yaml
        return yaml.safe_load(text)
    return json.loads(text)


def mended(node):
    """Without `example: null`, which Prism answers with, and with content type */* as JSON."""
    if isinstance(node, dict):
        return {("application/json" if key == "*/*" else key): mended(value) for key, value in node.items()
                if not (key == "example" and value is None)}
    return [mended(value) for value in node] if isinstance(node, list) else node


def renamed(node, prefix):
    """References lead to components with a prefix of their own."""
    if isinstance(node, dict):
        made = {key: renamed(value, prefix) for key, value in node.items()}
        reference = made.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            kind, _, name = reference[len("#/components/"):].partition("/")
            made["$ref"] = f"#/components/{kind}/{prefix}{name}"
        mapping = made.get("mapping")
        if isinstance(mapping, dict) and "propertyName" in made:
            made["mapping"] = {k: v.replace("#/components/schemas/", f"#/components/schemas/{prefix}")
                               for k, v in mapping.items()}
        return made
    return [renamed(value, prefix) for value in node] if isinstance(node, list) else node


def joined(documents, like=None, edit=None):
    """One document of several.

    :param documents: (document, path that its paths lie below: "" or "/api/v2").
    :param like: path prefix → further prefixes: what the vendor documents for contacts holds for calls too.
    :param edit: (document) → None, for what one vendor needs; says in its own words why.
    """
    whole = {"openapi": documents[0][0].get("openapi", "3.0.1"), "info": {"title": "joined", "version": "1"},
             "paths": {}, "components": {}}
    for number, (source, below) in enumerate(documents):
        document = mended(copy.deepcopy(source))
        if edit:
            edit(document)
        prefix = f"d{number}_"
        document = renamed(document, prefix)
        for kind, parts in document.get("components", {}).items():
            into = whole["components"].setdefault(kind, {})
            into.update({prefix + name: part for name, part in parts.items()})
        for path, item in document.get("paths", {}).items():
            for method in METHODS:
                if method not in item:
                    continue
                security = item[method].get("security", document.get("security"))
                if security is not None:
                    item[method]["security"] = [{prefix + name: scopes for name, scopes in one.items()}
                                                for one in security]
            whole["paths"].setdefault(below + path, {}).update(item)
    for path in list(whole["paths"]):
        for prefix, others in (like or {}).items():
            if path == prefix or path.startswith(prefix + "/"):
                for other in others:
                    item = copy.deepcopy(whole["paths"][path])
                    for method in METHODS:
                        if method in item:
                            item[method]["operationId"] = f"{other}-{item[method].get('operationId', path)}"
                    whole["paths"].setdefault(other + path[len(prefix):], item)
    return whole
