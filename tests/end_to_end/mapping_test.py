"""`mapping: auto`: what it makes of files, and how drift is told and held."""

import json
import pathlib
import sys
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace, golden_state, schema

DONE, PARTIAL, USAGE, INVALID, NOTHING = 0, 1, 2, 3, 4
NAMES = ["Ida Holm", "Bo Friis", "Carl Dahl", "Dorte Lund", "Else Krogh", "Finn Juul", "Gro Lind",
         "Hans Bach", "Iben Toft", "Jens Riis", "Karen Skov", "Lars Bruun", "Mette Vang", "Niels Uhre",
         "Oda Palm", "Per Quist", "Rikke Storm", "Sten Thorup", "Tove Vest", "Ulla Winther"]
COLUMNS = ["Nr", "Navn", "Insta", "Følgere", "E-mail", "Land", "Noter"]


def handle_of(name):
    return name.lower().replace(" ", "_")


def row(number, name, **other):
    return {"Nr": number, "Navn": name, "Insta": "@" + handle_of(name),
            "Følgere": f"{number + 1},{number % 10}K", "E-mail": handle_of(name) + "@example.com",
            "Land": "Danmark", "Noter": "skriver pænt", **other}


def source(**other):
    return {"connector": "delimited", "mapping": "auto",
            "config": {"location": "roster.csv", "key": "Nr"}, **other}


class AutoMappingTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.rows = [row(number, name) for number, name in enumerate(NAMES)]
        self.workspace.config({"roster": source()})

    def write(self, columns=None, rows=None, renamed=None):
        columns = columns or COLUMNS
        rows = self.rows if rows is None else rows
        if renamed:
            old, new = renamed
            rows = [{new if key == old else key: value for key, value in each.items()} for each in rows]
            columns = [new if column == old else column for column in columns]
        self.workspace.csv("roster.csv", [{key: each[key] for key in columns if key in each}
                                          for each in rows], columns)

    def run_once(self, *arguments):
        outcome = self.workspace.coterie("run", "--json", *arguments)
        summary = outcome.json()
        jsonschema.Draft7Validator(schema("run-summary.schema.json")).validate(summary)
        self.assertEqual(outcome.code, summary["exit_code"])
        return summary, summary["sources"][0]

    def golden(self):
        """Without times, by id."""
        return [json.dumps(record, sort_keys=True, ensure_ascii=False)
                for _, record in sorted(golden_state(self.workspace).items())]

    def test_the_first_night_infers_a_mapping_and_later_nights_keep_it(self):
        self.write()
        summary, roster = self.run_once()
        self.assertEqual(summary["golden"]["total"], len(NAMES))
        self.assertEqual(roster["auto_mapping"],
                         {"known_export": None, "mapped": 6, "asked": 0, "custom": 1})
        person = json.loads(self.golden()[0])
        self.assertEqual(person["profiles"][0]["platform"], "instagram")
        self.assertIn("followers", person["profiles"][0])
        before = self.golden()
        # A night with two records alone, which would give another mapping, uses the kept one.
        self.rows[0]["Noter"], self.rows[1]["Noter"] = "rykket", "-"
        self.write()
        _, roster = self.run_once()
        self.assertEqual((roster["changed"], roster["drift"]), (2, []))
        self.assertNotEqual(self.golden(), before)

    def test_the_order_of_rows_and_columns_changes_nothing(self):
        self.write()
        self.run_once()
        straight = self.golden()
        other = Workspace(self)
        other.config({"roster": source()})
        twin = AutoMappingTest()
        twin.workspace, twin.rows = other, list(reversed(self.rows))
        twin.write(columns=list(reversed(COLUMNS)))
        twin.run_once()
        self.assertEqual(twin.golden(), straight)

    def test_a_renamed_column_holds_the_source_until_a_person_says_so(self):
        self.write()
        self.run_once()
        before = self.golden()
        self.write(renamed=("Insta", "Profilen"))
        summary, roster = self.run_once()
        self.assertEqual((summary["exit_code"], roster["state"]), (PARTIAL, "held"))
        self.assertIn("'Insta'", roster["message"])
        self.assertIn("'Profilen'", roster["message"])
        self.assertIn("--accept-drift roster", roster["message"])
        self.assertEqual(roster["deleted"], 0)
        self.assertEqual(self.golden(), before)
        shown = self.workspace.coterie("preview", "roster", "--json").json()
        self.assertTrue(shown["holds"])
        # The same night again says the same; the release takes what is there now.
        _, roster = self.run_once()
        self.assertEqual(roster["state"], "held")
        self.assertEqual(self.golden(), before)
        summary, roster = self.run_once("--accept-drift", "roster")
        self.assertEqual((summary["exit_code"], roster["state"]), (DONE, "done"))
        summary, roster = self.run_once()
        self.assertEqual((roster["state"], roster["drift"]), ("done", []))

    def test_a_held_source_without_keys_loses_no_record(self):
        self.workspace.config({"roster": source(config={"location": "roster.csv"},
                                                brake={"share": 1})})
        self.write()
        self.run_once()
        before = self.golden()
        self.write(renamed=("E-mail", "Postkasse"))
        _, roster = self.run_once()
        self.assertEqual((roster["state"], roster["deleted"]), ("held", 0))
        self.assertEqual(self.golden(), before)
        self.write()  # somebody put it right
        _, roster = self.run_once()
        self.assertEqual(roster["state"], "done")
        self.assertEqual(self.golden(), before)

    def test_values_of_another_kind_under_the_same_header_hold_the_source(self):
        self.write()
        self.run_once()
        before = self.golden()
        self.write(rows=[{**each, "Navn": each["E-mail"], "E-mail": each["Navn"]} for each in self.rows])
        _, roster = self.run_once()
        self.assertEqual(roster["state"], "held")
        self.assertEqual(self.golden(), before)

    def test_a_new_column_is_told_and_goes_on_under_custom(self):
        self.write()
        self.run_once()
        self.write(columns=[*COLUMNS, "Yndlingsfarve"],
                   rows=[{**each, "Yndlingsfarve": "blå"} for each in self.rows])
        summary, roster = self.run_once()
        self.assertEqual((summary["exit_code"], roster["state"]), (DONE, "done"))
        self.assertEqual(len(roster["drift"]), 1)
        self.assertIn("'Yndlingsfarve' is new", roster["drift"][0])
        self.assertIn("Yndlingsfarve", self.golden()[0])
        _, roster = self.run_once()
        self.assertEqual(roster["drift"], [])

    def test_a_written_mapping_under_which_nobody_is_found_holds_the_source(self):
        self.workspace.config({"roster": source(mapping={"name.display": "Navn", "notes": "Noter"})})
        self.write()
        self.run_once()
        before = self.golden()
        self.write(renamed=("Navn", "Kaldes"))
        _, roster = self.run_once()
        self.assertEqual(roster["state"], "held")
        self.assertIsNone(roster["auto_mapping"])
        self.assertEqual(self.golden(), before)
        # Another mapping in the config is an answer too.
        self.workspace.config({"roster": source(mapping={"name.display": "Kaldes", "notes": "Noter"})})
        _, roster = self.run_once()
        self.assertEqual((roster["state"], roster["quarantined"]), ("done", 0))

    def test_a_table_without_people_is_held_and_nothing_of_it_imported(self):
        self.workspace.csv("roster.csv", [{"Nr": n, "Måned": f"2026-{n:02}", "Visninger": n * 1000}
                                          for n in range(1, 13)], ["Nr", "Måned", "Visninger"])
        summary, roster = self.run_once()
        self.assertEqual((summary["exit_code"], roster["state"]), (PARTIAL, "held"))
        self.assertIn("no table of people", roster["message"])
        self.assertEqual(summary["golden"]["total"], 0)

    def test_opinions_are_asked_about_and_not_kept_until_then(self):
        self.write(columns=[*COLUMNS, "Parti"], rows=[{**each, "Parti": "Kødpartiet"} for each in self.rows])
        _, roster = self.run_once()
        self.assertEqual(roster["auto_mapping"]["asked"], 1)
        self.assertNotIn("Kødpartiet", "".join(self.golden()))

    def test_preview_asks_and_writes_a_mapping_that_is_used(self):
        self.write(columns=[*COLUMNS, "Parti"], rows=[{**each, "Parti": "Kødpartiet"} for each in self.rows])
        shown = self.workspace.coterie("preview", "roster")
        self.assertEqual(shown.code, DONE, shown)
        self.assertIn("'Parti'", shown.out)
        wrote = self.workspace.coterie("preview", "roster", "--write")
        self.assertEqual(wrote.code, DONE, wrote)
        self.assertIn("mapping: mapping-roster.yaml", wrote.out)
        again = self.workspace.coterie("preview", "roster", "--write")
        self.assertEqual(again.code, NOTHING, again)
        self.assertIn("--force", again.err)
        self.assertEqual(self.workspace.coterie("preview", "roster", "--write", "--force").code, DONE)
        written = (self.workspace.folder / "mapping-roster.yaml").read_text(encoding="utf-8")
        self.assertNotIn("Ida", written)
        self.run_once()
        inferred = self.golden()
        self.workspace.config({"roster": source(mapping="mapping-roster.yaml")})
        self.assertEqual(self.workspace.coterie("check").code, DONE)
        _, roster = self.run_once()
        self.assertIsNone(roster["auto_mapping"])
        self.assertEqual(self.golden(), inferred)

    def test_a_missing_mapping_file_is_told_with_its_place(self):
        self.write()
        self.workspace.config({"roster": source(mapping="mapping-roster.yaml")})
        outcome = self.workspace.coterie("check")
        self.assertEqual(outcome.code, INVALID)
        self.assertIn("preview roster --write", outcome.err)

    def test_a_known_export_is_recognised(self):
        columns = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
        self.workspace.csv("roster.csv", [
            {"First Name": "Ida", "Last Name": "Holm", "URL": "https://www.linkedin.com/in/idaholm",
             "Company": "Example A/S", "Position": "Designer", "Connected On": "15 Jan 2024"},
            {"First Name": "Bo", "Last Name": "Friis", "URL": "https://www.linkedin.com/in/bofriis",
             "Company": "Example A/S", "Position": "Editor", "Connected On": "16 Jan 2024"}], columns, ",")
        self.workspace.config({"roster": source(config={"location": "roster.csv"})})
        _, roster = self.run_once()
        self.assertEqual(roster["auto_mapping"],
                         {"known_export": "LinkedIn connections", "mapped": 4, "asked": 1, "custom": 1})


if __name__ == "__main__":
    unittest.main()
