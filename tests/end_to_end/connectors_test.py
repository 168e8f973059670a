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


if __name__ == "__main__":
    unittest.main()
