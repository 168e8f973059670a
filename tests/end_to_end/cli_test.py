"""What scripts rely on: exit codes, one JSON document, errors in words."""

import csv
import fcntl
import io
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.people import World
from support.workspace import Workspace, counts, golden_state, scaled, schema, wait_until

DONE, PARTIAL, USAGE, INVALID, NOTHING = 0, 1, 2, 3, 4
COMMANDS = ("init", "check", "connectors", "preview", "run", "diff", "show", "explain", "export",
            "quarantine", "correct", "doctor")
ONE_PERSON = [{"id": "1", "name": "Ida Holm", "email": "ida@example.com", "instagram": "@idaholm"}]
CRM = {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"}}


def validator(name):
    checker = jsonschema.Draft7Validator(schema(name))
    checker.check_schema(checker.schema)
    return checker


def plain_yaml(text):
    """The nested maps of scalars that a starter config is made of, as JSON knows them."""
    root = {}
    stack = [(-1, root)]
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, _, value = line.strip().partition(":")
        indent = len(line) - len(line.lstrip())
        while stack[-1][0] >= indent:
            stack.pop()
        value = value.strip()
        if value:
            try:
                stack[-1][1][key] = json.loads(value)
            except json.JSONDecodeError:
                stack[-1][1][key] = value
        else:
            stack[-1][1][key] = {}
            stack.append((indent, stack[-1][1][key]))
    return root


class CliTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)

    def small(self, **config):
        """One person in one source."""
        self.workspace.jsonl("crm.jsonl", ONE_PERSON)
        self.workspace.config({"crm": CRM}, **config)
        return self.workspace

    def assert_valid(self, document, checker):
        faults = [f"/{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
                  for fault in checker.iter_errors(document)]
        self.assertEqual(faults, [], json.dumps(document)[:2000])

    def refuse(self, code, words, *arguments, workspace=None, **options):
        """Runs a command that must end with `code` and say `words` on standard error, and the same
        under --json as the one document of standard output."""
        workspace = workspace or self.workspace
        plain = workspace.coterie(*arguments, **options)
        self.assertEqual(plain.code, code, plain)
        self.assertRegex(plain.err, words)
        self.assertEqual(plain.out, "", plain)
        self.assertTrue(plain.err.startswith("error: "), plain)
        self.assertNotIn("terminate called", plain.err)
        if "--json" not in arguments:
            machine = workspace.coterie(*arguments, "--json", **options)
            self.assertEqual(machine.code, code, machine)
            document = machine.json()
            self.assertEqual(document["exit_code"], code)
            self.assertRegex(machine.err, words)
            self.assertTrue(document["error"])
        return plain


class ExitCodes(CliTest):
    def test_every_command_of_a_good_workspace_ends_with_0_and_one_json_document(self):
        workspace = self.workspace
        workspace.succeed("init", "--json").json()
        calls = [["check"], ["check", "--connect"], ["connectors"], ["connectors", "jsonl"],
                 ["connectors", "delimited"], ["preview", "crm"], ["preview", "manual", "-n", "1"],
                 ["run"], ["run", "--full"], ["run", "--dry-run"], ["run", "--source", "crm"],
                 ["diff"], ["diff", "1"], ["export", "-o", "roster.jsonl"],
                 ["export", "--format", "csv", "-o", "roster.csv"], ["doctor"]]
        for call in calls:
            with self.subTest(call=call):
                outcome = workspace.succeed(*call, "--json")
                outcome.json()
                self.assertGreater(len(workspace.succeed(*call).out), 0)
        golden = workspace.export()[0]
        record = golden["sources"][0]
        name = f"{record['source']}/{record['record_id']}"
        for call in (["show", golden["id"]], ["show", name], ["explain", golden["id"]],
                     ["explain", name, name]):
            with self.subTest(call=call):
                workspace.succeed(*call, "--json").json()

    def test_every_command_tells_how_it_is_used(self):
        for command in COMMANDS:
            outcome = self.workspace.succeed(command, "--help")
            self.assertIn("--json", outcome.out)
        self.assertRegex(self.workspace.succeed("--version").out, r"^coterie \d+\.\d+\.\d+")

    def test_a_source_that_fails_beside_one_that_works_gives_1(self):
        self.small()
        self.workspace.config({"crm": CRM, "lost": {"connector": "jsonl",
                                                    "config": {"location": "lost.jsonl"}}})
        summary = self.workspace.run(code=PARTIAL)
        self.assertEqual(summary["status"], "partial")
        crm, lost = summary["sources"]
        self.assertEqual((crm["state"], crm["new"]), ("done", 1))
        self.assertEqual(lost["state"], "failed")
        self.assertIn("lost.jsonl", lost["message"])
        self.assertEqual(summary["golden"]["total"], 1)
        self.assert_valid(summary, validator("run-summary.schema.json"))

    def test_a_run_that_is_told_to_stop_says_partial_and_the_next_goes_on(self):
        World(scaled(4000), 5).set_up(self.workspace)
        process = self.workspace.start("run", "--json")
        wait_until(self, lambda: (self.workspace.folder / "coterie.db.lock").exists(), "it runs")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        # It may have been done before, or not yet listening; else it says so.
        self.assertIn(process.returncode, (DONE, PARTIAL, -signal.SIGTERM), err.decode())
        if process.returncode == PARTIAL:
            self.assertTrue(json.loads(out)["interrupted"])
        summary = self.workspace.run()
        self.assertEqual(summary["status"], "done")
        expected = World(scaled(4000), 5).set_up(Workspace(self))
        expected.run()
        self.assertEqual(self.workspace.links(), expected.links())

    def test_all_sources_failing_gives_4(self):
        self.workspace.config({"crm": CRM})
        summary = self.workspace.run(code=NOTHING)
        self.assertEqual(summary["status"], "failed")
        self.assert_valid(summary, validator("run-summary.schema.json"))

    def test_usage(self):
        self.small()
        for words, call in (
                (r"unknown command 'rnu'; did you mean 'run'\?", ["rnu"]),
                (r"unknown option '--sorce'; did you mean '--source'\?", ["run", "--sorce", "crm"]),
                (r"no source 'crn' in .*coterie\.yaml; did you mean 'crm'\?", ["run", "--source", "crn"]),
                (r"no source 'crn' in .*coterie\.yaml; did you mean 'crm'\?",
                 ["run", "--accept-deletions", "crn"]),
                (r"no source 'nobody' in .*coterie\.yaml", ["preview", "nobody"]),
                (r"ID", ["show"]),
                (r"did you mean 'golden'\?", ["export", "--what", "gold"]),
                (r"allowed: jsonl, csv", ["export", "--format", "pdf"]),
                (r"records", ["preview", "crm", "-n", "0"])):
            with self.subTest(call=call):
                self.refuse(USAGE, words, *call)

    def test_export_to_standard_output_does_not_mix_with_the_json_document(self):
        self.small().run()
        outcome = self.workspace.coterie("export", "--json")
        self.assertEqual(outcome.code, USAGE, outcome)
        self.assertIn("-o FILE", outcome.json()["error"])

    def test_no_command_shows_the_help_and_gives_2(self):
        outcome = self.workspace.coterie()
        self.assertEqual((outcome.code, outcome.out), (USAGE, ""), outcome)
        for command in COMMANDS:
            self.assertIn(command, outcome.err)

    def test_no_config_gives_3_and_says_how_to_get_one(self):
        for command in (["check"], ["run"], ["doctor"]):
            outcome = self.workspace.coterie(*command)
            self.assertIn(outcome.code, (INVALID, PARTIAL), outcome)
            self.assertIn("coterie init", outcome.out + outcome.err)
        self.refuse(INVALID, "nowhere.yaml", "check", "-c", "nowhere.yaml")

    def test_what_cannot_be_done_gives_4_and_says_why(self):
        workspace = self.small()
        for call in (["show", "crm/1"], ["diff"], ["export", "-o", "x"], ["explain", "crm/1"]):
            with self.subTest(call=call):
                self.refuse(NOTHING, "no store at '.*coterie.db' yet; 'coterie run' makes it",
                            *call)
        workspace.run()
        self.refuse(NOTHING, "no golden record 'inf_nobody'", "show", "inf_nobody")
        self.refuse(NOTHING, "no run 99", "diff", "99")
        self.refuse(NOTHING, "no source record 'crm/2'", "explain", "crm/1", "crm/2")
        self.refuse(NOTHING, "there already", "init", ".")
        self.refuse(NOTHING, "cannot be written", "export", "-o", "nowhere/roster.csv")

    def test_no_source_gives_4(self):
        self.workspace.config({})
        self.refuse(NOTHING, "add one under 'sources'", "run")


class Check(CliTest):
    CONFIG = """\
version: 1
stroe: sqlite:coterie.db
defaults:
  country: Denmark
sources:
  crm:
    connector: jsonl
    config: {location: crm.jsonl, kee: id}
    trust: 1.5
  sheet:
    connector: delimitd
    config: {location: sheet.csv}
  sheet:
    connector: delimited
    config: {location: sheet.csv}
  other:
    connector: delimited
    config: {location: other.csv}
    mapping:
      name.dsplay: Navn
"""

    def test_all_faults_at_once_each_with_its_place(self):
        self.workspace.write("coterie.yaml", self.CONFIG)
        outcome = self.workspace.coterie("check", "--json")
        self.assertEqual(outcome.code, INVALID, outcome)
        document = outcome.json()
        found = {(fault["line"], fault["column"]): fault["message"] for fault in document["faults"]}
        for place, words in (((2, 1), "did you mean 'store'"), ((4, 12), "DK|ISO 3166"),
                             ((9, 12), "0 to 1|between 0 and 1"), ((13, 3), "sheet")):
            self.assertIn(place, found, outcome)
            self.assertRegex(found[place], words)
        for fault in document["faults"]:
            self.assertIn(f"coterie.yaml:{fault['line']}:{fault['column']}: {fault['message']}",
                          outcome.err)

    def test_faults_of_plugins_and_mappings_come_at_once_too(self):
        text = self.CONFIG.replace("stroe", "store").replace("Denmark", "DK").replace("1.5", "0.5")
        text = text.replace("  sheet:\n    connector: delimited\n    config: {location: sheet.csv}\n", "")
        self.workspace.write("coterie.yaml", text)
        outcome = self.workspace.coterie("check", "--json")
        self.assertEqual(outcome.code, INVALID, outcome)
        found = [(fault["line"], fault["message"]) for fault in outcome.json()["faults"]]
        for line, words in ((8, "kee.*did you mean 'key'"),
                            (11, "delimitd.*did you mean 'delimited'"),
                            (17, "name.dsplay.*did you mean 'name.display'")):
            self.assertTrue(any(line == at and re.search(words, message) for at, message in found),
                            f"line {line}: {words}\n{outcome}")
        run = self.workspace.coterie("run")
        self.assertEqual(run.code, INVALID, run)
        self.assertFalse((self.workspace.folder / "coterie.db").exists(), "a store was made")

    def test_a_text_that_is_no_yaml_is_placed(self):
        self.workspace.write("coterie.yaml", "version: 1\nsources: {crm: [}\n")
        self.refuse(INVALID, r"coterie\.yaml:2:\d+: ", "check")

    def test_connect_tries_the_sources(self):
        self.workspace.config({"crm": CRM})
        outcome = self.workspace.coterie("check", "--connect", "--json")
        self.assertEqual(outcome.code, INVALID, outcome)
        self.assertFalse(outcome.json()["ok"])
        self.assertIn("crm.jsonl", outcome.json()["sources"][0]["message"])


class Schemas(CliTest):
    def test_the_run_summary_of_all_kinds_of_runs_is_valid(self):
        checker = validator("run-summary.schema.json")
        world = World(scaled(400), 3)
        world.set_up(self.workspace)
        self.assert_valid(self.workspace.run(), checker)
        self.assert_valid(self.workspace.run("--dry-run"), checker)
        world.change()
        world.write(self.workspace)
        self.assert_valid(self.workspace.run("--full"), checker)
        self.workspace.write("crm.jsonl", "")
        held = self.workspace.run(code=PARTIAL)
        self.assertEqual(held["sources"][0]["state"], "held")
        self.assert_valid(held, checker)

    def test_the_summary_schema_is_strict_and_described(self):
        def look(node, place):
            if isinstance(node, dict):
                if "properties" in node and node.get("type") == "object":
                    self.assertIs(node.get("additionalProperties"), False, place)
                    self.assertEqual(set(node["required"]), set(node["properties"]), place)
                    for name, member in node["properties"].items():
                        self.assertTrue(member.get("description"), f"{place}/{name}")
                for name, member in node.items():
                    look(member, f"{place}/{name}")
            elif isinstance(node, list):
                for item in node:
                    look(item, place)
        document = schema("run-summary.schema.json")
        look(document, "")
        checker = validator("run-summary.schema.json")
        good = self.small().run()
        for change in ({"surprise": 1}, {"run": -1}, {"status": "well"}, {"started_at": "today"}):
            self.assertFalse(checker.is_valid({**good, **change}), change)
        self.assertFalse(checker.is_valid({k: v for k, v in good.items() if k != "golden"}))

    def test_every_exported_golden_record_is_valid(self):
        checker = validator("influencer-record.schema.json")
        World(scaled(300), 4).set_up(self.workspace).run()
        golden = self.workspace.export()
        self.assertGreater(len(golden), 100 if scaled(300) == 300 else 10)
        for record in golden:
            self.assert_valid(record, checker)
        self.assert_valid(self.workspace.show(golden[0]["id"]), checker)

    def test_what_init_writes_is_valid_and_names_the_schema_it_wrote(self):
        self.workspace.succeed("init")
        text = (self.workspace.folder / "coterie.yaml").read_text()
        named = re.search(r"\$schema=(\S+)", text).group(1)
        written = json.loads((self.workspace.folder / named).read_text())
        self.assertEqual(written, schema("config.schema.json"))
        config = plain_yaml(text)
        self.assertEqual(set(config["sources"]), {"crm", "manual"})
        self.assert_valid(config, validator("config.schema.json"))
        self.workspace.succeed("check")

    def test_the_configs_of_these_tests_are_valid(self):
        World(3, 1).set_up(self.workspace, performance={"threads": 1})
        config = json.loads((self.workspace.folder / "coterie.yaml").read_text())
        self.assert_valid(config, validator("config.schema.json"))


class Exports(CliTest):
    NASTY = 'He said "hej",\nthen\tleft; =1+1'

    def setUp(self):
        super().setUp()
        self.workspace.jsonl("crm.jsonl", [
            {"id": "1", "name": "Ida Holm", "email": "ida@example.com", "notes": self.NASTY},
            {"id": "=2+3", "name": "Åse 🎉 Lund", "notes": "@SUM(A1)"},
            '{"id": "broken, "', '{"id":"' + "x" * 3000 + '"}'])
        self.workspace.config({"crm": CRM})
        self.summary = self.workspace.run()

    def rows(self, what):
        text = self.workspace.succeed("export", "--what", what, "--format", "csv").out
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        for row in rows:
            self.assertEqual(len(row), len(rows[0]), row)
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def test_what_is_no_file_is_written_to_and_not_replaced(self):
        pipe = self.workspace.folder / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
            self.workspace.succeed("export", "-o", "pipe")
            read = reader.communicate()[0]
        self.assertEqual(read.decode(), self.workspace.succeed("export").out)
        self.assertTrue(pipe.is_fifo())

    def test_golden_csv_holds_what_the_json_lines_hold(self):
        golden = {record["id"]: record for record in self.workspace.export()}
        rows = self.rows("golden")
        self.assertEqual({row["id"] for row in rows}, set(golden))
        for row in rows:
            record = golden[row["id"]]
            self.assertEqual(row["name"], record["name"]["display"])
            self.assertEqual(row["notes"].lstrip("'"), "; ".join(record.get("notes", [])))

    def test_no_cell_is_a_formula(self):
        for what in ("golden", "links", "quarantine"):
            for row in self.rows(what):
                for cell in row.values():
                    self.assertNotIn(cell[:1], ("=", "@", "\t", "\r"), row)

    def test_links_are_what_was_landed(self):
        rows = self.rows("links")
        self.assertEqual(list(rows[0]), ["source", "stream", "record_id", "golden_id"])
        self.assertEqual(len(rows), self.summary["sources"][0]["new"])

    def test_quarantine_gives_place_and_reason(self):
        rows = self.rows("quarantine")
        self.assertEqual(len(rows), self.summary["quarantine_total"])
        self.assertGreaterEqual(len(rows), 2)
        for row in rows:
            self.assertTrue(row["reason"], row)
        self.assertTrue(any(row["where"].startswith("crm.jsonl:3") for row in rows), rows)
        self.assertEqual(len(self.workspace.export("quarantine")), len(rows))

    def test_a_file_is_replaced_only_when_whole(self):
        roster = self.workspace.folder / "roster.csv"
        outcome = self.workspace.succeed("export", "-o", roster, "--json").json()
        self.assertEqual(outcome["rows"], len(self.workspace.export()))
        self.assertTrue(roster.read_text().startswith("id,"), "the format follows the file's ending")
        self.assertFalse(roster.with_suffix(".csv.part").exists())


class StoreInTheWay(CliTest):
    def test_a_second_run_is_refused_while_the_first_one_runs(self):
        World(scaled(4000), 6).set_up(self.workspace)
        lock = self.workspace.folder / "coterie.db.lock"
        first = self.workspace.start("run", "--json")
        wait_until(self, lambda: lock.exists() and lock.stat().st_size > 0, "it holds its lock")
        first.send_signal(signal.SIGSTOP)
        self.assertIsNone(first.poll(), "the first run ended before it was stopped")
        try:
            self.refuse(NOTHING, r"is being written by another run \(process %d on \S+, running for "
                        r"\d+ s\); wait for it to end, or stop it" % first.pid, "run")
        finally:
            first.send_signal(signal.SIGCONT)
        out, err = first.communicate(timeout=120)
        self.assertEqual(first.returncode, DONE, err.decode())
        self.assertEqual(json.loads(out)["status"], "done")

    def test_reading_goes_on_while_a_run_holds_the_lock(self):
        self.small().run()
        with open(self.workspace.folder / "coterie.db.lock", "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuse(NOTHING, "another run", "run")
            self.assertEqual(len(self.workspace.export()), 1)

    def test_the_store_of_a_newer_version_is_left_alone(self):
        self.small().run()
        store = self.workspace.folder / "coterie.db"
        with sqlite3.connect(store) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        before = store.read_bytes()
        for call in (["run"], ["export", "-o", "x"], ["show", "crm/1"], ["diff"]):
            with self.subTest(call=call):
                self.refuse(NOTHING, r"written by a newer Coterie \(store version 99, this one knows "
                            r"\d+\); upgrade Coterie", *call)
        self.assertEqual(store.read_bytes(), before)

    def test_what_is_no_store_is_left_alone(self):
        self.small()
        store = self.workspace.write("coterie.db", "a letter to my aunt, which I want to keep\n" * 99)
        before = store.read_bytes()
        self.refuse(NOTHING, "is not a Coterie store", "run")
        self.assertEqual(store.read_bytes(), before)

    def mount(self, options):
        return Workspace(self, self.workspace.small_disk(options))

    def remount(self, folder, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

    def test_a_read_only_folder_can_be_read_and_a_run_says_that_it_cannot_write(self):
        small = self.mount("size=8m")
        small.jsonl("crm.jsonl", ONE_PERSON)
        small.config({"crm": CRM})
        fresh = small.folder / "fresh"
        fresh.mkdir()
        (fresh / "coterie.yaml").write_text((small.folder / "coterie.yaml").read_text())
        small.run()
        before = golden_state(small)
        self.remount(small.folder, "ro")
        self.refuse(NOTHING, "(?i)read-only", "run", workspace=small)
        self.refuse(NOTHING, "(?i)read-only", "run", "-c", "fresh/coterie.yaml", workspace=small)
        self.refuse(NOTHING, "(?i)read-only", "init", "another", workspace=small)
        self.assertEqual(golden_state(small), before)

    def test_a_full_disk_stops_the_run_with_a_sentence_and_the_next_one_goes_on(self):
        world = World(scaled(3000), 7)
        world.set_up(self.workspace)
        expected = self.workspace.copy()
        expected_summary = expected.run()
        small = self.mount("size=1m")
        sources = {name: {**source, "config": {**source["config"], "location":
                                               "../" + source["config"]["location"]}}
                   for name, source in World.sources.items()}
        small.config(sources)
        outcome = small.coterie("run", "--json")
        self.assertEqual(outcome.code, NOTHING, outcome)
        self.assertRegex(outcome.err, "(?i)disk|no space|full")
        self.assertIn("error", outcome.json())
        self.remount(small.folder, "size=200m")
        self.assertEqual(counts(small.run()), counts(expected_summary))
        self.assertEqual(small.links(), expected.links())
        self.assertEqual(golden_state(small), golden_state(expected))


if __name__ == "__main__":
    unittest.main()
