#!/usr/bin/env python3
"""Checks that the documents are alive.

- Links in *.md lead to files, and to headings, that are there.
- YAML that is a config (it begins with `version:` or `sources:`) or, in mapping.md, a mapping, fits its
  schema; a config whose connectors are all there also passes `coterie check`.
- Example workspaces pass `coterie check`.
- ```console blocks give what they show, run in a copy of the example workspace; a line `...` stands for
  any lines, and seconds may differ.
- No document tells a path of somebody's own machine.

usage: check_docs.py ROOT [--coterie PROGRAM]; without a program nothing is run.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

EXAMPLE = "config/examples/municipal-campaign"
SKIPPED_FOLDERS = {"build", ".git"}
OWN_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|work|mnt|Users)/")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^ *```$", re.M | re.S)


class Checker:
    def __init__(self, root, coterie):
        self.root = root
        self.coterie = coterie
        self.faults = []
        self.counts = {"documents": 0, "links": 0, "yaml": 0, "commands": 0}
        self.config_schema = self.load_schema("config")
        self.mapping_schema = self.load_schema("mapping")
        manifests = root.glob("plugins/*/manifest.json")
        self.connectors = {json.loads(path.read_text())["name"] for path in manifests}

    def load_schema(self, name):
        return json.loads((self.root / f"schemas/{name}.schema.json").read_text())

    def fault(self, path, line, what):
        self.faults.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def documents(self):
        for path in sorted(self.root.rglob("*.md")):
            if not SKIPPED_FOLDERS & set(path.relative_to(self.root).parts):
                yield path

    def run(self):
        for path in self.documents():
            self.counts["documents"] += 1
            text = path.read_text(encoding="utf-8")
            self.check_paths(path, text)
            self.check_links(path, text)
            self.check_fences(path, text)
        if self.coterie:
            for config in sorted(self.root.glob("config/examples/*/coterie.yaml")):
                self.check_config(config, 1, config.read_text(encoding="utf-8"), config.parent)

    def check_paths(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            if OWN_PATH.search(line):
                self.fault(path, number, "a path of somebody's own machine")

    def check_links(self, path, text):
        prose = FENCE.sub(lambda match: "\n" * match.group().count("\n"), text)
        for match in LINK.finditer(re.sub(r"`[^`\n]*`", "", prose)):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            self.counts["links"] += 1
            line = line_of(prose, f"]({target})")  # its words may be code, which is left out here
            file, _, heading = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            if not there.exists():
                self.fault(path, line, f"link to '{target}': no such file")
            elif heading and heading not in headings(there.read_text(encoding="utf-8")):
                self.fault(path, line, f"link to '{target}': no such heading")

    def check_fences(self, path, text):
        console = []
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            if match["language"] == "yaml":
                self.check_yaml(path, line, match["body"])
            elif match["language"] == "console":
                console.append((line, match["body"]))
        if console and self.coterie:
            self.check_console(path, console)

    def check_yaml(self, path, line, body):
        try:
            document = yaml.safe_load(body)
        except yaml.YAMLError as error:
            self.fault(path, line, f"no valid YAML: {error}")
            return
        if "sources" in document or "version" in document:
            self.check_against(path, line, {"version": 1, **document}, self.config_schema)
            text = body if "version" in document else "version: 1\n" + body
            used = {source.get("connector") for source in document.get("sources", {}).values()}
            if self.coterie and used and used <= self.connectors:
                self.check_config(path, line, text, None)
        elif path.name == "mapping.md":
            self.check_against(path, line, document, self.mapping_schema)

    def check_against(self, path, line, document, schema):
        self.counts["yaml"] += 1
        for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
            place = "/".join(map(str, error.absolute_path)) or "the document"
            self.fault(path, line, f"{place}: {error.message[:200]}")

    def check_config(self, path, line, text, folder):
        """`coterie check` in a copy: a check must not leave anything in the tree."""
        with tempfile.TemporaryDirectory() as scratch:
            workspace = Path(scratch) / "workspace"
            if folder:
                shutil.copytree(folder, workspace)
            else:
                workspace.mkdir()
            (workspace / "coterie.yaml").write_text(text, encoding="utf-8")
            secrets = {name: "a secret of some length" for name in re.findall(r"\$\{env:(\w+)\}", text)}
            result = self.call(["check"], workspace, secrets)
        self.counts["commands"] += 1
        if result.returncode != 0:
            self.fault(path, line, f"'coterie check' ends with {result.returncode}: "
                       f"{result.stderr.strip()}")

    def call(self, arguments, workspace, environment=None):
        return subprocess.run([self.coterie, *arguments], cwd=workspace, capture_output=True,
                              env={**os.environ, **(environment or {})}, text=True, timeout=120,
                              check=False)

    def check_console(self, path, blocks):
        with tempfile.TemporaryDirectory() as scratch:
            workspace = Path(scratch) / "workspace"
            shutil.copytree(self.root / EXAMPLE, workspace)
            for line, body in blocks:
                for offset, command, shown in commands(body):
                    self.check_command(path, line + offset, command, shown, workspace)

    def check_command(self, path, line, command, shown, workspace):
        words = command.split()
        if words[0] != "coterie":
            self.fault(path, line, f"'{words[0]}' cannot be run here; allowed: coterie")
            return
        self.counts["commands"] += 1
        given = self.call(words[1:], workspace).stdout
        if not is_as_shown(given, shown):
            self.fault(path, line, f"'{command}' gives something else:\n{given}")


def line_of(text, part):
    return text.count("\n", 0, text.index(part)) + 1


def headings(text):
    """The anchors that GitHub gives to headings."""
    found = set()
    for match in re.finditer(r"^#+ +(.*?) *$", text, re.M):
        words = re.sub(r"[^\w\- ]", "", match.group(1).lower())
        found.add(words.replace(" ", "-"))
    return found


def commands(body):
    """(line in the block, command, what it shows) of each `$ …`."""
    found = []
    for offset, line in enumerate(body.splitlines()):
        if line.startswith("$ "):
            found.append((offset, line[2:], []))
        elif found:
            found[-1][2].append(line)
    return found


def without_seconds(text):
    return re.sub(r"\d+\.\d+ s\b", "0.0 s", text)


def is_as_shown(given, shown):
    """Line by line; `...` stands for any number of lines."""
    given_lines = without_seconds(given).rstrip("\n").split("\n")
    shown_lines = without_seconds("\n".join(shown)).rstrip("\n").split("\n")
    reached = {0}  # how many given lines the shown ones so far may have taken
    for line in shown_lines:
        if line == "...":
            reached = set(range(min(reached), len(given_lines) + 1))
        else:
            reached = {at + 1 for at in reached if given_lines[at:at + 1] == [line]}
        if not reached:
            return False
    return len(given_lines) in reached


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--coterie")
    arguments = parser.parse_args()
    coterie = os.path.abspath(arguments.coterie) if arguments.coterie else None
    checker = Checker(arguments.root.resolve(), coterie)
    checker.run()
    print(", ".join(f"{count} {what}" for what, count in checker.counts.items()) +
          (" (no program given, so no command was run)" if not coterie else ""))
    for fault in checker.faults:
        print(fault, file=sys.stderr)
    # A checker that found nothing to check has lost its way.
    return 1 if checker.faults or not checker.counts["links"] or not checker.counts["yaml"] else 0


if __name__ == "__main__":
    sys.exit(main())
