"""What the core does for connectors as those of CRMs are: streams that the config names, checks, plans."""

import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace

CONTACTS = [{"id": "1", "name": "Ida Holm", "email": "ida@mail.example", "phone": "+45 32 12 34 56"},
            {"id": "2", "name": "Bo Lund", "email": "bo@mail.example"}]
LEADS = [{"id": "1", "name": "Karla Berg", "email": "karla@mail.example"}]


def connectors_folder():
    path = os.environ.get("COTERIE_TEST_CONNECTORS", "")
    if not path or not os.path.isdir(path):
        raise unittest.SkipTest("COTERIE_TEST_CONNECTORS does not name the plugins of tests/conformance")
    return path


class ConnectorTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.workspace.jsonl("contacts.jsonl", CONTACTS)
        self.workspace.jsonl("leads.jsonl", LEADS)

    def configure(self, config, **others):
        self.workspace.config({"crm": {"connector": "pretend_crm", "config": config}},
                              plugins={"path": connectors_folder()}, **others)


class Streams(ConnectorTest):
    """`streams_in`: the config names a source's streams."""

    def test_every_stream_that_the_config_names_is_read(self):
        self.configure({"streams": {"leads": {"file": "leads.jsonl"},
                                    "contacts": {"file": "contacts.jsonl", "incremental": True}}})
        summary = self.workspace.run()
        self.assertEqual(summary["sources"][0]["read"], 3)
        self.assertEqual(summary["golden"]["total"], 3)
        # The contacts' read goes on behind the last line; the leads are read anew.
        again = self.workspace.run()["sources"][0]
        self.assertEqual((again["read"], again["unchanged"], again["deleted"]), (1, 1, 0))
        self.workspace.jsonl("leads.jsonl", [])
        self.workspace.jsonl("contacts.jsonl", CONTACTS + [{"id": "3", "name": "Per Dam"}])
        third = self.workspace.run()["sources"][0]
        self.assertEqual((third["read"], third["new"], third["deleted"]), (1, 1, 1))

    def test_preview_reads_the_stream_that_stands_first_in_the_file(self):
        self.configure({"streams": {"leads": {"file": "leads.jsonl"},
                                    "contacts": {"file": "contacts.jsonl"}}})
        self.assertIn("Karla Berg", self.workspace.succeed("preview", "crm").out)

    def test_what_is_wrong_with_the_streams_is_told_with_its_place(self):
        for streams, said in (
                ({}, "/streams: names no stream; needed: a map with at least one"),
                ({"Con-tacts": {"file": "contacts.jsonl"}},
                 "/streams/Con-tacts: is no stream's name; allowed: a-z 0-9 _")):
            with self.subTest(streams=streams):
                self.configure({"streams": streams})
                outcome = self.workspace.coterie("check", "--json")
                self.assertEqual(outcome.code, 3, outcome)
                faults = outcome.json()["faults"]
                self.assertEqual(len(faults), 1, faults)
                self.assertIn(said, faults[0]["message"])
                word = "Con-tacts" if streams else "streams"
                lines = (self.workspace.folder / "coterie.yaml").read_text().splitlines()
                line = next(number for number, text in enumerate(lines, 1) if f'"{word}":' in text)
                self.assertEqual(faults[0]["line"], line)

    def test_connectors_says_where_the_streams_are(self):
        self.configure({"streams": {"leads": {"file": "leads.jsonl"}}})
        outcome = self.workspace.succeed("connectors", "pretend_crm", "--json")
        self.assertEqual(outcome.json()["streams_in"], "/streams")
        self.assertIn("those that the config names in /streams", outcome.err)


class Http(ConnectorTest):
    """`"uses": ["http"]`: keys that all connectors to an API share."""

    def test_the_keys_are_the_connectors_own(self):
        self.configure({})
        config = self.workspace.succeed("connectors", "pretend_crm", "--json").json()["config"]
        self.assertEqual(config["properties"]["wait_seconds_max"]["default"], 900)
        self.configure({"streams": {"leads": {"file": "leads.jsonl"}}, "tries_max": 3,
                        "base_url": "https://api.crm.example/v2", "hosts": ["files.crm.example"]})
        self.workspace.succeed("check")
        self.configure({"streams": {"leads": {"file": "leads.jsonl"}}, "base_url": "http://crm.example",
                        "tries_mx": 3})
        faults = self.workspace.coterie("check", "--json").json()["faults"]
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("'base_url' in source 'crm'", faults[0]["message"])
        self.assertIn("did you mean 'tries_max'?", faults[1]["message"])


STREAMS = {"contacts": {"file": "contacts.jsonl"}, "leads": {"file": "leads.jsonl"}}
VALUES = [value for record in CONTACTS + LEADS for key, value in record.items() if key != "id"]


class Connect(ConnectorTest):
    """`check --connect`: what the credentials see and lack, limits, a sample of one."""

    def check(self, code=0, **config):
        self.configure({"streams": STREAMS, **config})
        outcome = self.workspace.coterie("check", "--connect", "--json")
        self.assertEqual(outcome.code, code, outcome)
        return outcome.json()["sources"][0], outcome

    def test_it_says_what_is_seen_and_shows_one_record_without_its_values(self):
        self.workspace.jsonl("leads.jsonl", [])
        source, outcome = self.check(token="s3cret-token")
        self.assertTrue(source["ok"])
        self.assertEqual([(line["kind"], line["subject"], line["text"]) for line in source["report"]],
                         [("sees", "contacts", "2 records"), ("sees", "leads", "0 records"),
                          ("limit", "requests a day", "99120 of 100000 left"),
                          ("note", "account", "signed in with ***")])
        contacts, leads = source["samples"]
        self.assertEqual((contacts["stream"], contacts["record_id"], contacts["message"]),
                         ("contacts", "1", None))
        self.assertEqual(contacts["fields"], ["name.display", "name.given", "name.family", "emails[].address",
                                              "phones[].e164"])
        self.assertEqual((leads["record_id"], leads["message"]), (None, "yields no record"))
        text = outcome.err
        self.assertRegex(text, r"ok crm \(pretend_crm 0\.1\.0\)\n      sees    contacts        2 records\n")
        self.assertRegex(text, r"      limit   requests a day  99120 of 100000 left\n")
        self.assertIn("      sample  contacts        record 1: name.display, name.given, name.family,", text)
        for value in VALUES + ["s3cret"]:
            self.assertNotIn(value, outcome.out + outcome.err)

    def test_a_missing_scope_is_named_and_fails_the_check(self):
        source, outcome = self.check(code=3, lacks=["contacts.read", "lists.read"])
        self.assertEqual(source["message"], "the credentials lack the scopes contacts.read, lists.read")
        self.assertEqual([line["optional"] for line in source["report"] if line["kind"] == "scope_missing"],
                         [False, False])
        self.assertEqual(source["samples"], [])
        self.assertIn("!! crm", outcome.err)
        self.assertRegex(outcome.err, "missing scope  contacts.read +nothing can be read")

    def test_an_optional_scope_is_named_and_fails_nothing(self):
        source, outcome = self.check(lacks_optional=["owners.read"])
        self.assertEqual([line["optional"] for line in source["report"] if line["kind"] == "scope_missing"],
                         [True])
        self.assertIn("owners stay numbers (optional)", outcome.err)
        self.assertEqual(len(source["samples"]), 2)

    def test_a_stream_that_cannot_be_read_fails_the_check(self):
        self.configure({"streams": {"contacts": {"file": "nowhere.jsonl"}}})
        outcome = self.workspace.coterie("check", "--connect", "--json")
        self.assertEqual(outcome.code, 3, outcome)
        self.assertEqual(outcome.json()["sources"][0]["message"],
                         "stream 'contacts': cannot read 'nowhere.jsonl'")

    def test_columns_are_shown_where_the_mapping_is_still_to_be_made(self):
        self.workspace.config({"crm": {"connector": "jsonl", "mapping": "auto",
                                       "config": {"location": "contacts.jsonl", "key": "id"}}})
        sample = self.workspace.succeed("check", "--connect", "--json").json()["sources"][0]["samples"][0]
        self.assertEqual((sample["fields"], sample["columns"]), ([], ["email", "id", "name", "phone"]))
        self.assertEqual(sample["where"], "contacts.jsonl:1")

    def test_a_record_that_would_not_be_used_is_said_to_be_so(self):
        self.workspace.jsonl("contacts.jsonl", [{"id": "1", "colour": "blue"}])
        source, _ = self.check()
        self.assertEqual(source["samples"][0]["message"],
                         "goes to quarantine; 'coterie preview crm' says why")


class WriteBack(ConnectorTest):
    """Destinations that are told changes: dry runs, the brake, sources by name."""

    def run_with(self, *arguments, code=0, **config):
        self.configure({"streams": STREAMS},
                       destinations={"back": {"connector": "pretend_crm", "config": {"source": "crm", **config}}})
        return self.workspace.run(*arguments, code=code)["destinations"][0]

    def kept(self):
        path = self.workspace.folder / "kept.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def test_a_dry_run_lists_what_would_be_sent_and_sends_nothing(self):
        first = self.run_with("--dry-run")
        self.assertEqual((first["state"], first["created"], self.kept()), ("planned", 3, []))
        by_name = {plan["name"]: plan for plan in first["planned"]}
        ida = by_name["Ida Holm"]
        self.assertEqual((ida["action"], ida["target"]), ("create", "contacts/" + ida["id"]))
        self.assertEqual(ida["fields"]["email"], {"old": None, "new": "ida@mail.example"})
        self.assertEqual(self.run_with()["created"], 3, "nothing of the dry run was kept")
        self.assertEqual(len(self.kept()), 3)
        # A changed address is an update, a changed phone nothing to this CRM, a lead that is gone a removal.
        self.workspace.jsonl("contacts.jsonl", [{**CONTACTS[0], "phone": "+45 40 12 34 56"},
                                                {**CONTACTS[1], "email": "bo@new.example"}])
        self.workspace.jsonl("leads.jsonl", [])
        before = [(self.workspace.folder / name).read_bytes() for name in ("coterie.db", "kept.jsonl")]
        second = self.run_with("--dry-run")
        self.assertEqual((second["state"], second["updated"], second["removed"]), ("planned", 2, 1))
        plans = {plan["action"]: plan for plan in second["planned"]}
        self.assertEqual(plans["update"]["fields"],
                         {"email": {"old": "bo@mail.example", "new": "bo@new.example"}})
        self.assertEqual(plans["skip"]["why"], "all is so already")
        self.assertNotIn("name", plans["remove"])
        after = [(self.workspace.folder / name).read_bytes() for name in ("coterie.db", "kept.jsonl")]
        self.assertTrue(after == before, "a dry run keeps nothing")
        text = self.workspace.succeed("run", "--dry-run").out
        self.assertRegex(text, r"back +update  Bo Lund \(inf_\w+\) +contacts/inf_\w+  email  bo@mail")
        self.assertIn("back: 1 other needs no change", text)

    def test_many_changes_are_held_until_a_person_accepts_them(self):
        held = self.run_with(code=1, changes_max=2)
        self.assertEqual((held["state"], held["failed"], self.kept()), ("held", 3, []))
        self.assertEqual(held["message"],
                         "held: 3 of 3 records would change (it has 0), changes_max allows 2; "
                         "'coterie run --dry-run' lists the changes, 'coterie run --accept-changes back' "
                         "makes them")
        # A dry run says the same, and lists what waits.
        foreseen = self.run_with("--dry-run", code=1, changes_max=2)
        self.assertEqual((foreseen["state"], len(foreseen["planned"])), ("held", 3))
        self.assertEqual(self.run_with("--dry-run", "--accept-changes", "back", changes_max=2)["state"],
                         "planned")
        done = self.run_with("--accept-changes", "back", changes_max=2)
        self.assertEqual((done["state"], done["created"], len(self.kept())), ("done", 3, 3))
        self.assertEqual(self.run_with(changes_max=2)["unchanged"], 3)

    def test_what_a_destination_is_told_of_the_workspace(self):
        self.run_with(changes_max=3)
        self.assertEqual(self.kept()[0]["sources"], {"crm": "pretend_crm"})
        more = [{"id": f"m{n}", "name": f"Per Dam{n}", "email": f"per{n}@mail{n}.example"} for n in range(4)]
        self.workspace.jsonl("leads.jsonl", LEADS + more)
        held = self.run_with(code=1, changes_max=3)
        self.assertIn("4 of 7 records would change (it has 3)", held["message"])

    def test_another_name_is_no_destination(self):
        self.run_with()
        outcome = self.workspace.coterie("run", "--accept-changes", "bck")
        self.assertEqual(outcome.code, 2, outcome)
        self.assertIn("no destination 'bck' in coterie.yaml; did you mean 'back'?", outcome.err)

    def test_a_source_that_a_destination_names_must_be_there(self):
        self.configure({"streams": STREAMS},
                       destinations={"back": {"connector": "pretend_crm", "config": {"source": "cmr"}}})
        outcome = self.workspace.coterie("check", "--json")
        self.assertEqual(outcome.code, 3, outcome)
        fault = outcome.json()["faults"][0]
        self.assertEqual(fault["message"], "'source' in destination 'back' is to name a source, and there is "
                                           "no 'cmr'; did you mean 'crm'? allowed: crm")
        lines = (self.workspace.folder / "coterie.yaml").read_text().splitlines()
        self.assertIn('"source": "cmr"', lines[fault["line"] - 1])


if __name__ == "__main__":
    unittest.main()
