"""What decisions do to the roster: they hold whatever speaks for or against them, and are reversible."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace, golden_state, partition

PEOPLE = [{"id": "1", "name": "Ida Holm", "email": "ida@example.dk"},
          {"id": "2", "name": "Asta Friis", "email": "asta@example.dk"},
          {"id": "3", "name": "Bo Lund", "email": "bo@example.dk"},
          {"id": "4", "name": "Bo Lund", "email": "bo@example.dk"},
          {"id": "5", "name": "Cy Dahl", "email": "cy@example.dk"}]
MAPPING = {"name.display": "name", "emails": [{"address": "email"}]}


class DecisionsEffect(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.workspace.jsonl("people.jsonl", PEOPLE)
        self.workspace.config({"crm": {"connector": "jsonl", "mapping": MAPPING,
                                       "config": {"location": "people.jsonl", "key": ["id"]}}})
        self.workspace.run()

    def groups(self):
        return {frozenset(record for _, record in group) for group in partition(self.workspace.links())}

    def after(self, *commands):
        for command in commands:
            self.workspace.succeed(*command.split())
        self.workspace.run()
        return self.groups()

    def expect(self, *groups):
        return {frozenset(group) for group in groups}

    def test_same_joins_what_nothing_else_does(self):
        self.assertEqual(self.after("decide same crm/1 crm/2"), self.expect("12", "34", "5"))

    def test_different_parts_what_shares_an_address(self):
        self.assertEqual(self.after("decide different crm/3 crm/4"), self.expect("1", "2", "3", "4", "5"))

    def test_undone_the_records_part_again_with_their_own_values(self):
        before = golden_state(self.workspace)
        self.after("decide same crm/1 crm/2", "decide different crm/3 crm/4")
        self.assertEqual(self.after("decide undo 1", "decide undo 2"), self.expect("1", "2", "34", "5"))
        values = lambda state: sorted((g["name"]["display"], str(g.get("emails"))) for g in state.values())
        self.assertEqual(values(golden_state(self.workspace)), values(before))

    def test_a_chain_holds_while_the_record_in_its_middle_is_gone_and_when_it_is_back(self):
        self.assertEqual(self.after("decide same crm/1 crm/2", "decide same crm/2 crm/5"),
                         self.expect("125", "34"))
        self.workspace.jsonl("people.jsonl", [p for p in PEOPLE if p["id"] != "2"])
        self.workspace.run("--accept-deletions", "crm")
        self.assertEqual(self.groups(), self.expect("15", "34"))
        self.workspace.jsonl("people.jsonl", PEOPLE)
        self.workspace.run()
        self.assertEqual(self.groups(), self.expect("125", "34"))

    def test_a_run_from_the_beginning_and_another_store_give_the_same(self):
        decided = self.after("decide same crm/1 crm/2", "decide different crm/3 crm/4")
        self.workspace.run("--full")
        self.assertEqual(self.groups(), decided)
        self.workspace.succeed("decisions", "export", "-o", "decisions.csv")
        other = self.workspace.copy()
        for name in ("coterie.db", "coterie.db-wal", "coterie.db-shm"):
            (other.folder / name).unlink(missing_ok=True)
        other.run()
        other.succeed("decisions", "import", "decisions.csv")
        other.run()
        self.assertEqual(partition(other.links()), partition(self.workspace.links()))

    def test_a_second_night_changes_nothing(self):
        self.after("decide same crm/1 crm/2")
        self.workspace.run()
        self.assertEqual(self.workspace.changes(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
