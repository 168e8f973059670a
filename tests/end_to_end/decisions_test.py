"""A person decides who is who: kept by name, exported, imported, taken back, and used by the next run."""

import csv
import io
import pathlib
import random
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace, seed

PEOPLE = [{"id": "1", "name": "Ida Holm", "email": "ida@example.dk"},
          {"id": "2", "name": "Ida Holm", "email": "other@example.dk"},
          {"id": "3", "name": "Bo Lund", "email": "bo@example.dk"},
          {"id": "4", "name": "Bo Lund", "email": "bo@example.dk"}]
MAPPING = {"name.display": "name", "emails": [{"address": "email"}]}
HEADER = ("number,verdict,source_a,stream_a,record_a,source_b,stream_b,record_b,who,at,note,"
          "undone_at,undone_by")


class Decisions(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.people(PEOPLE)
        self.workspace.config({"crm": {"connector": "jsonl", "mapping": MAPPING,
                                       "config": {"location": "people.jsonl", "key": ["id"]}}})
        self.workspace.run()

    def people(self, people):
        self.workspace.jsonl("people.jsonl", people)

    def decide(self, *arguments):
        return self.workspace.succeed("decide", *arguments, "--json").json()

    def refused(self, code, *arguments):
        outcome = self.workspace.coterie(*arguments)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(outcome.out, "")
        return outcome.err

    def decisions(self, workspace=None):
        return (workspace or self.workspace).succeed("decisions", "--json").json()["decisions"]

    def sql(self, statement):
        with sqlite3.connect(self.workspace.folder / "coterie.db") as store:
            return store.execute(statement).fetchall()

    def test_a_verdict_is_kept_with_who_when_and_why(self):
        decision = self.decide("same", "crm/1", "crm/2", "--note", "met both", "--who", "nadia")["decision"]
        self.assertEqual(decision["number"], 1)
        self.assertEqual(decision["a"], {"source": "crm", "stream": decision["a"]["stream"], "record_id": "1"})
        self.assertEqual((decision["verdict"], decision["who"], decision["note"]), ("same", "nadia", "met both"))
        self.assertRegex(decision["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.decisions(), [decision])
        again = self.decide("same", "crm/2", "crm/1")
        self.assertFalse(again["added"])
        self.assertEqual(again["decision"], decision)

    def test_who_is_by_itself_the_login_name(self):
        outcome = self.workspace.succeed("decide", "same", "crm/1", "crm/2", "--json", env={"USER": "asta"})
        self.assertEqual(outcome.json()["decision"]["who"], "asta")

    def test_golden_ids_stand_for_their_eldest_records(self):
        links = self.workspace.links()
        decision = self.decide("different", links["crm", "1"], links["crm", "4"])["decision"]
        self.assertEqual((decision["a"]["record_id"], decision["b"]["record_id"]), ("1", "3"))
        same = self.refused(4, "decide", "same", links["crm", "3"], "crm/3")
        self.assertIn("'crm/3' is one record", same)

    def test_what_contradicts_is_refused_with_the_chain(self):
        self.decide("same", "crm/1", "crm/2")
        self.decide("same", "crm/2", "crm/3")
        told = self.refused(4, "decide", "different", "crm/1", "crm/3")
        self.assertIn("one person by decisions 1 (crm/1 is the same as crm/2) and 2 (crm/2 is the same as crm/3); "
                      "undo one of them first, such as: coterie decide undo 1", told)
        self.decide("undo", "2")
        self.decide("different", "crm/1", "crm/3")
        self.assertIn("two people by decisions", self.refused(4, "decide", "same", "crm/2", "crm/3"))

    def test_undoing_marks_and_happens_once(self):
        self.decide("same", "crm/1", "crm/2")
        undone = self.decide("undo", "1", "--who", "nadia")["decision"]
        self.assertEqual(undone["undone_by"], "nadia")
        self.assertEqual(self.decisions(), [undone])
        self.assertIn("was undone on", self.refused(4, "decide", "undo", "1"))
        self.assertIn("no decision 8; 'coterie decisions' lists them", self.refused(4, "decide", "undo", "8"))
        self.assertIn("undone by nadia on", self.workspace.succeed("decisions").out)

    def test_mistakes_are_told_with_what_was_meant(self):
        self.assertIn("did you mean 'same'?", self.refused(2, "decide", "sme", "crm/1", "crm/2"))
        self.assertIn("did you mean '--note'?", self.refused(2, "decide", "same", "crm/1", "crm/2", "--nte"))
        self.assertIn("no source record 'crm/99'", self.refused(4, "decide", "same", "crm/1", "crm/99"))
        self.assertIn("no golden record 'inf_x'", self.refused(4, "decide", "same", "crm/1", "inf_x"))

    def test_the_next_run_matches_again_though_no_record_changed(self):
        mark = "DELETE FROM review_pairs; INSERT INTO review_pairs VALUES (1, 1, 2, 0.5, 0.6, 'as it was')"
        as_it_was = [("as it was",)]
        told = "SELECT reason FROM review_pairs WHERE reason = 'as it was'"

        def put_mark():
            with sqlite3.connect(self.workspace.folder / "coterie.db") as store:
                store.executescript(mark)

        put_mark()
        self.workspace.run()
        self.assertEqual(self.sql(told), as_it_was, "nothing changed: nothing is matched")
        self.decide("same", "crm/1", "crm/2")
        self.workspace.run("--dry-run")
        self.assertEqual(self.sql(told), as_it_was, "a dry run keeps nothing")
        self.workspace.run()
        self.assertEqual(self.sql(told), [])
        put_mark()
        self.workspace.run()
        self.assertEqual(self.sql(told), as_it_was, "what was used once is used up")
        self.decide("undo", "1")
        self.workspace.run()
        self.assertEqual(self.sql(told), [])

    def test_decisions_outlive_their_records(self):
        self.decide("same", "crm/1", "crm/2")
        self.people(PEOPLE[1:])
        self.workspace.run("--accept-deletions", "crm")
        self.assertEqual(len(self.decisions()), 1)
        self.assertIn("gone from its source", self.workspace.succeed("decide", "different", "crm/1", "crm/3").err)
        self.people(PEOPLE)
        self.workspace.run()
        self.assertEqual(len(self.decisions()), 2)

    def odd_text(self, chance):
        pieces = ["=1+1", "'", "''=x", '"', ",", ";", "\n", "\r\n", " ", "\t", "+45", "-", "@a", "æøå", "名", "🎈", "a"]
        return "".join(chance.choice(pieces) for _ in range(chance.randint(1, 6)))

    def test_export_and_import_are_exact_whatever_the_texts(self):
        chance = random.Random(seed())
        ids = sorted({self.odd_text(chance) for _ in range(40)} - {"1", "2", "3", "4"})
        self.people(PEOPLE + [{"id": text, "name": f"Person {i}", "email": f"p{i}@example.dk"}
                              for i, text in enumerate(ids)])
        self.workspace.run()
        for number, text in enumerate(ids):
            self.workspace.succeed("decide", chance.choice(["same", "different"]), "crm/1" if number % 2 else "crm/3",
                                   "crm/" + text, "--note", self.odd_text(chance), "--who", self.odd_text(chance))
        self.decide("undo", "3")
        self.workspace.succeed("decisions", "export", "-o", "decisions.csv")
        text = (self.workspace.folder / "decisions.csv").read_bytes().decode()
        self.assertEqual(text.splitlines()[0], HEADER)
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                self.assertFalse(cell.startswith(("=", "@", "\t", "\r", "\n")), cell)
        before = self.decisions()
        self.assertEqual(len(before), len(ids))
        there = self.workspace.succeed("decisions", "import", "decisions.csv", "--json").json()
        self.assertEqual((there["added"], there["unchanged"]), (0, len(ids)))
        self.assertEqual(self.decisions(), before)
        other = Workspace(self)
        other.write("coterie.yaml", (self.workspace.folder / "coterie.yaml").read_bytes())
        other.jsonl("people.jsonl", PEOPLE)
        other.run()
        other.write("decisions.csv", text)
        self.assertEqual(other.succeed("decisions", "import", "decisions.csv", "--json").json()["added"], len(ids))
        self.assertEqual(self.decisions(other), before)
        other.succeed("decisions", "export", "-o", "again.csv")
        self.assertEqual((other.folder / "again.csv").read_bytes().decode(), text)

    def test_bad_lines_are_told_and_the_rest_is_imported(self):
        stream = self.decide("same", "crm/1", "crm/2")["decision"]["a"]["stream"]
        row = f"same,crm,{stream},{{}},crm,{stream},{{}},nadia,2026-01-31T02:30:00Z,,,"
        lines = [HEADER, "7," + row.format("3", "4"), "x," + row.format("3", "2"),
                 "," + row.format("3", "2").replace("same", "sme"), "," + row.format("", "2"),
                 "," + row.format("3", "2").replace("2026-01-31T02:30:00Z", "yesterday"),
                 "," + row.format("1", "2").replace("same", "different")]
        self.workspace.write("d.csv", "\r\n".join(lines).replace(",", ";"))
        outcome = self.workspace.coterie("decisions", "import", "d.csv", "--json")
        self.assertEqual(outcome.code, 1, outcome)
        result = outcome.json()
        self.assertEqual(result["added"], 1)
        self.assertEqual([refusal["line"] for refusal in result["refused"]], [3, 4, 5, 6, 7])
        for part in ("d.csv:3: number 'x' is none", "d.csv:4: verdict 'sme'; did you mean 'same'?",
                     "d.csv:5: 'record_a' is empty; fill it in", "d.csv:6: at 'yesterday' is no time; write it as",
                     "d.csv:7: 'crm/1' and 'crm/2' are one person by decision 1"):
            self.assertIn(part, outcome.err)
        kept = self.decisions()[-1]
        self.assertEqual((kept["number"], kept["who"], kept["at"]), (7, "nadia", "2026-01-31T02:30:00Z"))
        self.workspace.write("d.csv", "verdict,source_a\nsame,crm\n")
        self.assertIn("d.csv:1: no column number, stream_a", self.refused(2, "decisions", "import", "d.csv"))
        self.assertIn("no such file", self.refused(4, "decisions", "import", "none.csv"))

    def test_a_decision_waits_for_no_run_and_says_who_holds_the_store(self):
        with open(self.workspace.folder / "coterie.db.lock", "w") as lock:
            import fcntl
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another run", self.refused(4, "decide", "same", "crm/1", "crm/2"))
        self.assertEqual(self.decisions(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
