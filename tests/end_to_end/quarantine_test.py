"""The quarantine is worked off: exported, corrected by a person, fed back, and kept night after night."""

import csv
import io
import pathlib
import sys
import unittest

import openpyxl

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace

SHEET = ("Navn;Insta;Følgere\n"
         "Ida Holm;@idaholm;1200\n"
         ";;800\n"
         "Bo Lund;@bolund\n"
         "Åse Dahl;@aasedahl;9;x;y\n")
MAPPING = {"name.display": "Navn",
           "profiles": [{"platform": "instagram", "handle": "Insta", "followers": "Følgere"}]}


class Quarantine(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.sheet(SHEET)
        self.workspace.config({"sheet": {"connector": "delimited", "mapping": MAPPING,
                                         "config": {"location": "sheet.csv", "delimiter": ";",
                                                    "short_rows": "quarantine"}}})
        self.night(quarantined=3)

    def sheet(self, text):
        self.workspace.write("sheet.csv", text)

    def night(self, quarantined, **expected):
        summary = self.workspace.run()
        source = summary["sources"][0]
        self.assertEqual(source["read"], sum(source[part] for part in (
            "new", "changed", "unchanged", "quarantined", "suppressed")))
        self.assertEqual(source["quarantined"], quarantined)
        self.assertEqual(summary["quarantine_total"], quarantined)
        for part, count in expected.items():
            self.assertEqual(source[part], count, part)
        return source

    def names(self):
        return {golden["name"]["display"] for golden in self.workspace.export()}

    def profiles(self, name):
        return [profile["handle"] for golden in self.workspace.export()
                if golden["name"]["display"] == name for profile in golden.get("profiles", [])]

    def exported(self, name="q.csv"):
        self.workspace.succeed("export", "--what", "quarantine", "-o", name)
        text = (self.workspace.folder / name).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))

    def correct(self, rows, code=0, name="q.csv"):
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n", delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
        self.workspace.write(name, "\ufeff" + out.getvalue())
        outcome = self.workspace.coterie("correct", name, "--json")
        self.assertEqual(outcome.code, code, outcome)
        return outcome.json()

    def mended(self):
        """The export with the nameless row named, and the short row completed."""
        rows = self.exported()
        for row in rows:
            if row["Følgere"] == "800":
                row["Navn"] = "Nadia Friis"
            elif row["raw"].startswith("Bo Lund"):
                row.update({"Navn": "Bo Lund", "Insta": "@bolund", "Følgere": "50"})
        return rows

    def test_each_entry_tells_where_and_why_with_a_column_a_field(self):
        rows = self.exported()
        self.assertEqual([row["row"] for row in rows if row["stage"] == "extract"], ["4", "5"])
        nameless = next(row for row in rows if row["stage"] == "normalize")
        self.assertEqual((nameless["file"], nameless["row"], nameless["Følgere"]),
                         ("sheet.csv", "3", "800"))
        for row in rows:
            self.assertRegex(row["entry"], r"^q_[0-9a-f]{12}$")
            self.assertTrue(row["reason"])
            self.assertLess({"Navn", "Insta", "Følgere"}, set(row))
        self.sheet(SHEET.replace("Ida", "Ida\n").replace("\n Holm", " Holm"))
        self.sheet("Navn;Insta;Følgere\n" + "".join(SHEET.splitlines(True)[:0:-1]))
        self.night(quarantined=3)
        self.assertEqual({row["entry"] for row in self.exported()}, {row["entry"] for row in rows})

    def test_what_a_person_corrects_is_used_every_night(self):
        outcome = self.correct(self.mended())
        self.assertEqual((outcome["corrected"], outcome["unchanged"], outcome["refused"]), (2, 1, []))
        self.night(quarantined=1, new=1, changed=1)
        self.assertEqual(self.names(), {"Ida Holm", "Nadia Friis", "Bo Lund"})
        self.night(quarantined=1, unchanged=3)
        self.assertEqual(self.workspace.changes(), [])
        self.sheet("Navn;Insta;Følgere\n" + "".join(SHEET.splitlines(True)[:0:-1]))
        self.night(quarantined=1, unchanged=3)
        golden = next(g for g in self.workspace.export() if g["name"]["display"] == "Nadia Friis")
        self.assertIn("corrected_at", self.workspace.show(golden["id"])["sources"][0])
        self.assertIn("corrected by hand on 20", self.workspace.succeed("show", golden["id"]).out)
        self.assertEqual(self.workspace.succeed("doctor", "--json").code, 0)

    def test_a_correction_ends_when_the_source_says_something_else(self):
        self.correct(self.mended())
        self.night(quarantined=1)
        self.sheet(SHEET.replace(";;800", "Nadia Friis;@nadiaf;900"))
        self.night(quarantined=1, changed=1, deleted=0)
        self.assertEqual(self.profiles("Nadia Friis"), ["nadiaf"])
        self.assertEqual(self.names(), {"Ida Holm", "Nadia Friis", "Bo Lund"})

    def test_a_correction_is_listed_and_taken_back(self):
        self.correct(self.mended())
        self.night(quarantined=1)
        listed = self.workspace.succeed("correct", "--list", "--json").json()["corrections"]
        self.assertEqual(len(listed), 2)
        for correction in listed:
            self.workspace.succeed("correct", "--remove", correction["entry"])
        self.night(quarantined=3, deleted=1)
        self.assertEqual(self.names(), {"Ida Holm"})
        self.assertEqual(self.workspace.coterie("correct", "--remove", listed[0]["entry"]).code, 4)

    def test_what_is_still_not_understood_stays_with_the_new_reason(self):
        rows = self.exported()
        for row in rows:
            if row["Følgere"] == "800":
                row["Følgere"] = "many"
        before = {row["entry"] for row in rows}
        self.assertEqual(self.correct(rows)["corrected"], 1)
        self.night(quarantined=3)
        after = self.exported()
        self.assertEqual({row["entry"] for row in after}, before)
        again = next(row for row in after if row["Følgere"] == "many")
        self.assertTrue(again["corrected_at"])
        again["Navn"] = "Nadia Friis"
        self.assertEqual(self.correct([again])["corrected"], 1)
        self.night(quarantined=2)
        self.assertIn("Nadia Friis", self.names())

    def test_json_lines_hold_the_record_itself(self):
        entries = self.workspace.export("quarantine")
        nameless = next(entry for entry in entries if "record" in entry)
        nameless["record"]["Navn"] = "Nadia Friis"
        self.workspace.jsonl("q.jsonl", entries)
        self.assertEqual(self.workspace.succeed("correct", "q.jsonl", "--json").json()["corrected"], 1)
        self.night(quarantined=2)
        self.assertIn("Nadia Friis", self.names())

    def test_a_connector_reads_what_it_can(self):
        rows = self.mended()
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), delimiter="|")
        writer.writeheader()
        writer.writerows(rows)
        self.workspace.write("q.txt", out.getvalue())
        self.assertEqual(self.workspace.coterie("correct", "q.txt").code, 2)
        outcome = self.workspace.succeed("correct", "q.txt", "--connector", "delimited", "--json")
        self.assertEqual(outcome.json()["corrected"], 2)

    def test_a_workbook_is_corrected_as_people_do_it(self):
        """Exported as XLSX, mended in a spreadsheet program, saved and fed back."""
        self.workspace.succeed("export", "--what", "quarantine", "--format", "xlsx", "-o", "q.xlsx")
        book = openpyxl.load_workbook(self.workspace.folder / "q.xlsx")
        sheet = book["Quarantine"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            if sheet.cell(row, columns["Følgere"]).value == "800":
                sheet.cell(row, columns["Navn"]).value = "Nadia Friis"
                sheet.cell(row, columns["Følgere"]).value = 801  # typed anew, so a number
            elif (sheet.cell(row, columns["raw"]).value or "").startswith("Bo Lund"):
                for column, value in {"Navn": "Bo Lund", "Insta": "@bolund", "Følgere": 50}.items():
                    sheet.cell(row, columns[column]).value = value
        book.save(self.workspace.folder / "q.xlsx")
        outcome = self.workspace.succeed("correct", "q.xlsx", "--connector", "spreadsheet", "--json")
        self.assertEqual(outcome.json(), {"corrected": 2, "unchanged": 1, "refused": []})
        self.night(quarantined=1, new=1, changed=1)
        self.assertEqual(self.names(), {"Ida Holm", "Nadia Friis", "Bo Lund"})
        followers = {golden["name"]["display"]: golden["profiles"][0]["followers"]
                     for golden in self.workspace.export() if golden.get("profiles")}
        self.assertEqual(followers["Bo Lund"], 50)

    def test_a_cell_that_was_emptied_in_a_workbook_takes_its_field_away(self):
        self.sheet("Navn;Insta;Følgere\n;;800\n;;many\n")
        self.workspace.run("--accept-deletions", "sheet")
        self.workspace.succeed("export", "--what", "quarantine", "--format", "xlsx", "-o", "q.xlsx")
        book = openpyxl.load_workbook(self.workspace.folder / "q.xlsx")
        sheet = book["Quarantine"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row in (2, 3):
            if sheet.cell(row, columns["Følgere"]).value == "many":
                sheet.cell(row, columns["Følgere"]).value = None
        book.save(self.workspace.folder / "q.xlsx")
        outcome = self.workspace.succeed("correct", "q.xlsx", "--connector", "spreadsheet", "--json")
        self.assertEqual(outcome.json(), {"corrected": 1, "unchanged": 1, "refused": []})
        record = self.workspace.succeed("correct", "--list", "--json").json()["corrections"][0]["record"]
        self.assertEqual(record, {})

    def test_rows_that_belong_to_no_entry_are_told(self):
        rows = self.mended()
        rows[0]["entry"] = "q_000000000000"
        outcome = self.correct(rows, code=1)
        self.assertEqual(len(outcome["refused"]), 1)
        self.assertIn("no such entry", outcome["refused"][0])

    def test_the_list_counts_by_reason(self):
        listed = self.workspace.succeed("quarantine", "--json").json()
        self.assertEqual(listed["total"], 3)
        self.assertEqual(sum(reason["count"] for reason in listed["reasons"]), 3)
        self.assertEqual(len(listed["entries"]), 3)
        few = self.workspace.succeed("quarantine", "--stage", "extract", "-n", "1", "--json").json()
        self.assertEqual((few["total"], len(few["entries"])), (2, 1))
        text = self.workspace.succeed("quarantine", "--reason", "cells").out
        self.assertIn("sheet.csv:5", text)


if __name__ == "__main__":
    unittest.main()
