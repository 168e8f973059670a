"""Workspaces in temporary folders, and the coterie program driven from outside.

A test takes what it needs from here and nothing from core/: it sees what a user sees. The program is
named by COTERIE_BIN. COTERIE_TEST_SCALE (1) stretches what depends on the machine's speed: under a
sanitizer everything takes a few times as long, and inputs are smaller.
"""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
SCALE = float(os.environ.get("COTERIE_TEST_SCALE", "1"))
COMMAND_SECONDS_MAX = 60 * SCALE
# Marks the processes of a test, so that it can tell whether one was left behind.
MARK = "COTERIE_TEST_MARK"
TIMES = ("created_at", "updated_at", "first_seen", "last_seen", "seen_at")


def program():
    """The coterie program that is tested."""
    path = os.environ.get("COTERIE_BIN", "")
    if not path:
        raise unittest.SkipTest("COTERIE_BIN does not name the coterie program")
    return path


def hostile_folder():
    """Where the plugins that misbehave were built."""
    path = os.environ.get("COTERIE_HOSTILE_PLUGINS", "")
    if not path or not os.path.isdir(path):
        raise unittest.SkipTest("COTERIE_HOSTILE_PLUGINS does not name the folder of tests/hostile")
    return pathlib.Path(path)


def seed():
    """The seed of what is random; COTERIE_TEST_SEED repeats a failure."""
    chosen = int(os.environ.get("COTERIE_TEST_SEED", "20261123"))
    print(f"COTERIE_TEST_SEED={chosen}", flush=True)
    return chosen


def scaled(count):
    """A size of input that takes about as long under a sanitizer as it does without."""
    return max(1, int(count / SCALE))


def schema(name):
    with open(SCHEMAS / name, encoding="utf-8") as file:
        return json.load(file)


class Outcome:
    """What a command said and how it ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def json(self):
        """The one JSON document of standard output; fails where there is anything else."""
        if not self.out.endswith("\n") or "\n" in self.out[:-1]:
            raise AssertionError(f"standard output is not one line of JSON: {self}")
        return json.loads(self.out)

    def __str__(self):
        return f"coterie {' '.join(self.arguments)} ended with {self.code}\n{self.out}{self.err}"


class Workspace:
    """A folder with a config and sources, which ends with its test."""

    def __init__(self, test, folder=None):
        self.test = test
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="coterie-test-"))
        self.mark = uuid.uuid4().hex
        if folder is None:
            test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def copy(self):
        """A workspace of its own with the same files, the store among them."""
        twin = Workspace(self.test)
        shutil.copytree(self.folder, twin.folder, dirs_exist_ok=True)
        return twin

    def forget(self):
        """Takes the folder away before the test ends, where a test makes many."""
        shutil.rmtree(self.folder)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def jsonl(self, name, records):
        """Dictionaries as JSON Lines; texts stand as they are."""
        lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
        return self.write(name, "".join(line + "\n" for line in lines))

    def csv(self, name, records, columns, delimiter=";"):
        """Dictionaries as rows under their columns; texts stand as they are."""
        out = io.StringIO()
        writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator="\n", restval="")
        writer.writeheader()
        for record in records:
            if isinstance(record, str):
                out.write(record + "\n")
            else:
                writer.writerow(record)
        return self.write(name, out.getvalue())

    def config(self, sources, **others):
        """Writes coterie.yaml. JSON is YAML, so the text needs no library."""
        document = {"version": 1, "defaults": {"country": "DK", "timezone": "Europe/Copenhagen"},
                    "sources": sources, **others}
        return self.write("coterie.yaml", json.dumps(document, indent=2, ensure_ascii=False))

    def start(self, *arguments, **options):
        """Begins a command and does not wait for its end."""
        environment = {**os.environ, MARK: self.mark, **options.pop("env", {})}
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([program(), *map(str, arguments)], cwd=self.folder,
                                env=environment, stdin=subprocess.DEVNULL, **options)

    def coterie(self, *arguments, **options):
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=COMMAND_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.test.fail(f"coterie {' '.join(arguments)} took more than {COMMAND_SECONDS_MAX} s\n"
                           f"{err.decode(errors='replace')}")
        return Outcome([str(a) for a in arguments], process.returncode,
                       (out or b"").decode(), (err or b"").decode())

    def succeed(self, *arguments, **options):
        outcome = self.coterie(*arguments, **options)
        self.test.assertEqual(outcome.code, 0, outcome)
        return outcome

    def run(self, *arguments, code=0):
        """One merge; gives the run summary."""
        outcome = self.coterie("run", "--json", "--quiet", *arguments)
        self.test.assertEqual(outcome.code, code, outcome)
        return outcome.json()

    def export(self, what="golden"):
        text = self.succeed("export", "--what", what, "--format", "jsonl").out
        return [json.loads(line) for line in text.splitlines()]

    def links(self):
        """(source, record id) → golden id. Each landed record stands there once."""
        rows = self.export("links")
        links = {(row["source"], row["record_id"]): row["golden_id"] for row in rows}
        self.test.assertEqual(len(links), len(rows), "a source record is linked twice")
        return links

    def show(self, name):
        return self.succeed("show", name, "--json").json()

    def changes(self, run=""):
        return self.succeed("diff", *([str(run)] if run else []), "--json").json()["changes"]

    def small_disk(self, options, name="small"):
        """A file system of its own in a folder of the workspace, which only root can have."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        call = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(call, capture_output=True).returncode != 0:
            self.test.skipTest("mounting a small file system needs root")
        self.test.addCleanup(subprocess.run, ["umount", "-l", str(folder)], check=True)
        return folder

    def processes(self):
        """The ids of this workspace's processes that are alive."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue  # ended meanwhile, or another user's
            if f"{MARK}={self.mark}".encode() in environment:
                found.append(int(entry.name))
        return found

    def wait_for_no_process(self):
        """What a killed run leaves must end by itself, soon."""
        wait_until(self.test, lambda: not self.processes(), "the run's processes have ended")

    def bytes_of_everything(self):
        return {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


def wait_until(test, condition, what):
    """Looks until the condition holds; for what another process does in its own time."""
    deadline = time.monotonic() + 20 * SCALE
    while not condition():
        if time.monotonic() > deadline:
            test.fail(f"waited {20 * SCALE} s in vain until {what}")
        time.sleep(0.01)


def kill_child(child, ancestor):
    """Kills a process below another one; never a stranger that was given its number since."""
    try:
        handle = os.pidfd_open(child)
    except ProcessLookupError:
        return  # it was faster
    try:
        if child in children_of(ancestor):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def without_times(value):
    """The document without what tells when, and nothing else."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in TIMES}
    if isinstance(value, list):
        return [without_times(item) for item in value]
    return value


def children_of(process):
    """The processes below a process, the nearest first."""
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue  # the thread ended meanwhile
        for child in children:
            found += [child, *children_of(child)]
    return found


def golden_lines(workspace):
    """Golden records without times as they were written: as strict as golden_state, and quick."""
    text = workspace.succeed("export", "--format", "jsonl").out
    return set(re.sub(r'"(%s)":"[^"]*"' % "|".join(TIMES), r'"\1":""', text).splitlines())


def golden_state(workspace):
    """Golden records by id, without times."""
    return {golden["id"]: without_times(golden) for golden in workspace.export()}


def partition(links):
    """Which source records are together, whatever their golden records are called."""
    clusters = {}
    for key, golden in links.items():
        clusters.setdefault(golden, set()).add(key)
    return {frozenset(cluster) for cluster in clusters.values()}


def quarantine_state(workspace):
    """What is in quarantine, and why; not on which line it stood."""
    return sorted((row["source"], row.get("record_id", ""), row["stage"], row["reason"],
                   row.get("raw", "")) for row in workspace.export("quarantine"))


def counts(summary):
    """The run summary without times, and without what a resumed run cannot know of its first part."""
    kept = {key: summary[key] for key in ("status", "exit_code", "golden", "quarantine_total")}
    kept["sources"] = sorted(
        ({k: v for k, v in source.items() if k not in ("seconds", "values_not_understood")}
         for source in summary["sources"]), key=lambda source: source["name"])
    return kept
