"""Destinations as a user has them: told what differs, failing alone, and never twice."""

import csv
import io
import json
import os
import pathlib
import random
import sys
import time
import unittest
import zipfile

import openpyxl

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import SCALE, Workspace, scaled, seed, wait_until

SHARED = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "data"
CRM = {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"}}
XLSX = {"connector": "xlsx", "config": {"path": "roster.xlsx"}}


def people(count, first=0):
    return [{"id": str(n), "name": f"Person {chr(65 + n % 26)}{n}", "email": f"p{n}@mail{n}.example",
             "instagram": f"@person.{n}"} for n in range(first, first + count)]


def destinations_folder():
    path = os.environ.get("COTERIE_HOSTILE_DESTINATIONS", "")
    if not path or not os.path.isdir(path):
        raise unittest.SkipTest("COTERIE_HOSTILE_DESTINATIONS does not name the destinations of tests/hostile")
    return path


def careless(**config):
    return {"connector": "careless", "config": {"kept": "kept.jsonl", **config},
            "limits": {"silence_seconds": max(1, round(SCALE)), "memory_mb": 384}}


class DestinationTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.workspace.jsonl("crm.jsonl", people(20))

    def configure(self, **destinations):
        self.workspace.config({"crm": CRM}, plugins={"path": destinations_folder()},
                              destinations=destinations)

    def deliver(self, code=0, name="crm-back", *arguments):
        summary = self.workspace.run(*arguments, code=code)
        return next(d for d in summary["destinations"] if d["name"] == name)

    def counts(self, destination):
        return {key: destination[key] for key in ("created", "updated", "removed", "unchanged",
                                                  "rejected", "failed") if destination[key]}

    def kept(self):
        """What the destination was told, in order."""
        path = self.workspace.folder / "kept.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def state(self):
        """What the destination then has: id → record."""
        has = {}
        for line in self.kept():
            if line["action"] == "remove":
                has.pop(line["id"], None)
            else:
                has[line["id"]] = line["record"]
        return has

    def roster(self):
        return {golden["id"]: golden for golden in self.workspace.export()}


class Changes(DestinationTest):
    def test_a_destination_is_told_what_differs_and_nothing_else(self):
        self.configure(**{"crm-back": careless()})
        self.assertEqual(self.counts(self.deliver()), {"created": 20})
        self.assertEqual(self.state(), self.roster())
        self.assertEqual(self.counts(self.deliver()), {"unchanged": 20})
        self.assertEqual(len(self.kept()), 20, "nothing was told twice")

        changed = people(20)
        changed[3]["name"] = "Another Name"
        self.workspace.jsonl("crm.jsonl", changed[:19] + people(1, first=20))
        self.assertEqual(self.counts(self.deliver()),
                         {"created": 1, "updated": 1, "removed": 1, "unchanged": 18})
        self.assertEqual(self.state(), self.roster())
        told = self.kept()[20:]
        update = next(line for line in told if line["previous"])
        self.assertEqual(update["previous"]["name"]["display"], "Person D3")
        self.assertEqual(update["record"]["name"]["display"], "Another Name")
        self.assertEqual(told[-1]["action"], "remove", "removals come last")
        self.assertEqual(self.counts(self.deliver()), {"unchanged": 20})

    def test_people_that_are_merged_are_removed_under_their_former_id(self):
        self.configure(**{"crm-back": careless()})
        self.deliver()
        merged = people(20)
        merged[1].update(name=merged[0]["name"], email=merged[0]["email"])
        self.workspace.jsonl("crm.jsonl", merged)
        self.assertEqual(self.counts(self.deliver()), {"updated": 1, "removed": 1, "unchanged": 18})
        self.assertEqual(self.state(), self.roster())

    def test_what_is_rejected_is_in_quarantine_and_is_tried_again_when_it_changes(self):
        self.configure(**{"crm-back": careless(how="rejects", after=18)})
        destination = self.deliver()
        self.assertEqual(self.counts(destination), {"created": 18, "rejected": 2})
        self.assertEqual(destination["state"], "done")
        rows = self.workspace.export("quarantine")
        self.assertEqual([(row["source"], row["stage"], row["reason"]) for row in rows],
                         [("crm-back", "publish", "no e-mail address ()")] * 2)
        self.assertEqual(self.workspace.run()["quarantine_total"], 2)
        self.assertEqual(len(self.kept()), 18, "it is not asked again for the same")
        refused = {row["record_id"] for row in rows}
        changed = people(20)
        for person in changed:
            if self.workspace.show(f"crm/{person['id']}")["id"] in refused:
                person["name"] += " Jr"
        self.workspace.jsonl("crm.jsonl", changed)
        # after counts the deliveries of one write: these two are not the nineteenth.
        self.assertEqual(self.counts(self.deliver()), {"created": 2, "unchanged": 18})
        self.assertEqual(self.workspace.export("quarantine"), [])
        self.assertEqual(self.state(), self.roster())

    def test_another_config_tells_all_anew(self):
        self.configure(**{"crm-back": careless()})
        self.deliver()
        self.configure(**{"crm-back": careless(kept="elsewhere.jsonl")})
        self.assertEqual(self.counts(self.deliver()), {"updated": 20})
        self.configure(**{"crm-back": careless(kept="elsewhere.jsonl", token="a-secret-that-changes")})
        self.deliver()
        before = self.kept()
        self.configure(**{"crm-back": careless(kept="elsewhere.jsonl", token="another-secret-now")})
        self.assertEqual(self.counts(self.deliver()), {"unchanged": 20}, "a secret is no other place")
        self.assertEqual(self.kept(), before)

    def test_a_dry_run_tells_what_would_be_and_nobody(self):
        self.configure(**{"crm-back": careless(), "everyone": XLSX})
        summary = self.workspace.run("--dry-run")
        for destination in summary["destinations"]:
            self.assertEqual((destination["state"], self.counts(destination)), ("planned", {"created": 20}))
            self.assertEqual(len(destination["planned"]), 20)
            self.assertEqual({p["action"] for p in destination["planned"]}, {"create"})
        self.assertEqual(self.kept(), [])
        self.assertFalse((self.workspace.folder / "roster.xlsx").exists())
        self.assertRegex(self.workspace.succeed("run", "--dry-run").out, r"crm-back +create +Person A0 \(inf_")

    def test_a_destination_that_is_not_enabled_is_let_be(self):
        self.configure(**{"crm-back": {**careless(), "enabled": False}})
        self.assertEqual(self.workspace.run()["destinations"], [])
        self.assertEqual(self.kept(), [])


class Failing(DestinationTest):
    TABLE = {
        "segfaults": ("was ended by SIGSEGV", 17),
        "exits": ("ended with exit code 0", 17),
        "hangs": ("(silence_max) and was ended", 17),
        "throws": ("an exception that is no std::exception", 17),
        "fails": ("the disk is on fire", 17),
        "is_down": ("http status 503 (3 tries)", None),
        "postpones": ("17 of 20 deliveries were not made, the next run tries them again: busy", 17),
        "claims_strangers": ("answered a delivery 'inf_stranger' that it was not given", 17),
        "never_answers": ("did not say what became of 17 of 20 deliveries", 17),
        "allocates": ("passed memory_bytes_max", 17),
        "takes_nothing": ("took 0 of 20 deliveries", 20),
    }

    def test_each_fails_alone_and_catches_up_when_it_is_well_again(self):
        for how, (sentence, left) in self.TABLE.items():
            with self.subTest(how=how):
                self.workspace = Workspace(self)
                self.workspace.jsonl("crm.jsonl", people(20))
                bad = careless(how=how, after=3)
                self.configure(**{"crm-back": bad, "everyone": XLSX})
                outcome = self.workspace.coterie("run", "--json", "--quiet")
                self.assertEqual(outcome.code, 1, outcome)
                summary = outcome.json()
                self.assertEqual(summary["status"], "partial")
                failed, good = summary["destinations"]
                self.assertEqual(failed["state"], "failed")
                self.assertIn(sentence, failed["message"])
                self.assertIn(f"destination 'crm-back': {failed['message']}", outcome.err)
                # A crash may take the last answers along.
                self.assertLessEqual(failed["created"], 20 - (left or 0))
                self.assertEqual(failed["created"] + failed["failed"], 20)
                self.assertEqual((good["state"], self.counts(good)), ("done", {"created": 20}))
                self.workspace.wait_for_no_process()

                self.configure(**{"crm-back": careless(), "everyone": XLSX})
                caught_up = self.deliver()
                self.assertEqual(caught_up["state"], "done")
                self.assertEqual(self.state(), self.roster())
                self.assertEqual(caught_up["failed"], 0)

    def test_a_run_that_is_killed_while_it_delivers_ends_like_one_that_is_not(self):
        count = scaled(3000)
        chance = random.Random(seed())
        for _ in range(3):
            self.workspace = Workspace(self)
            self.workspace.jsonl("crm.jsonl", people(count))
            self.configure(**{"crm-back": careless(), "everyone": XLSX})
            kept = self.workspace.folder / "kept.jsonl"
            process = self.workspace.start("run", "--quiet")
            wait_until(self, lambda: kept.exists() and kept.stat().st_size > 0, "it delivers")
            time.sleep(chance.random() * 0.2)
            process.kill()
            process.communicate()
            self.workspace.wait_for_no_process()
            summary = self.workspace.run()
            self.assertEqual(summary["status"], "done")
            self.assertEqual([self.counts(d) for d in summary["destinations"]],
                             [{"created": count}] * 2, "as if never killed")
            self.assertEqual(self.state(), self.roster())
            self.assertEqual(self.workspace.run()["destinations"][0]["unchanged"], count)


class Configuring(DestinationTest):
    def refuse(self, sentence, **destinations):
        self.configure(**destinations)
        for command in (["check"], ["run"]):
            outcome = self.workspace.coterie(*command)
            self.assertEqual(outcome.code, 3, outcome)
            self.assertRegex(outcome.err, sentence)
        self.assertFalse((self.workspace.folder / "coterie.db").exists())

    def test_what_is_wrong_is_told_before_anything_is_done(self):
        self.refuse(r"coterie.yaml:\d+:\d+: connector 'jsonl' is no destination",
                    a={"connector": "jsonl", "config": {"location": "x"}})
        self.refuse(r"coterie.yaml:\d+:\d+: unknown key 'pth' in .*did you mean 'path'",
                    a={"connector": "xlsx", "config": {"pth": "x.xlsx"}})
        self.refuse(r"no usable plugin 'xslx' is installed", a={"connector": "xslx"})
        self.refuse(r"unknown key 'trust' in destination 'a'", a={**XLSX, "trust": 1})

    def test_a_destination_is_no_source(self):
        self.workspace.config({"a": XLSX})
        outcome = self.workspace.coterie("check")
        self.assertEqual(outcome.code, 3)
        self.assertIn("connector 'xlsx' is no source", outcome.err)

    def test_check_connects_to_destinations_too(self):
        self.configure(everyone={"connector": "xlsx", "config": {"path": "nowhere/roster.xlsx"}})
        self.workspace.succeed("check")
        outcome = self.workspace.coterie("check", "--connect", "--json")
        self.assertEqual(outcome.code, 3)
        self.assertFalse(outcome.json()["destinations"][0]["ok"])
        self.assertIn("nowhere", outcome.json()["destinations"][0]["message"])


class Workbooks(DestinationTest):
    """The files that the xlsx plugin writes, as an independent reader has them."""

    def setUp(self):
        super().setUp()
        self.path = self.workspace.folder / "roster.xlsx"

    def sheet(self, name, path=None):
        """The rows of a sheet under their headers."""
        book = openpyxl.load_workbook(path or self.path)
        header, *rows = book[name].iter_rows()
        return [dict(zip([cell.value for cell in header], row)) for row in rows]

    def test_a_roster_is_a_workbook_with_typed_cells(self):
        person = {**people(1)[0], "name": "Søren Ærø", "followers": 12300, "phone": "+4520123456",
                  "last": "2026-03-01", "url": "https://www.instagram.com/person.0"}
        self.workspace.jsonl("crm.jsonl", [person])
        mapping = {"name.display": "name", "emails": "email", "phones": "phone",
                   "profiles": [{"platform": "instagram", "handle": "instagram", "url": "url",
                                 "followers": "followers"}],
                   "relationship.last_contact": "last"}
        self.workspace.config({"crm": {**CRM, "mapping": mapping}}, destinations={"everyone": XLSX})
        self.workspace.run()
        book = openpyxl.load_workbook(self.path)
        self.assertEqual(book.sheetnames, ["Influencers", "Profiles", "About"])
        sheet = book["Influencers"]
        self.assertEqual(sheet.freeze_panes, "B2")
        self.assertTrue(sheet.auto_filter.ref.startswith("A1:"))
        self.assertTrue(all(cell.font.b for cell in sheet[1]))
        row = self.sheet("Influencers")[0]
        self.assertEqual(row["Name"].value, "Søren Ærø")
        self.assertEqual((row["Followers"].value, row["Followers"].data_type), (12300, "n"))
        self.assertEqual((row["Phone"].value, row["Phone"].data_type), ("+4520123456", "s"))
        self.assertTrue(row["Last contact"].is_date)
        self.assertEqual(str(row["Last contact"].value.date()), "2026-03-01")
        self.assertEqual(row["E-mail"].hyperlink.target, "mailto:p0@mail0.example")
        self.assertEqual(row["Instagram"].hyperlink.target, "https://www.instagram.com/person.0/")
        self.assertEqual(self.sheet("Profiles")[0]["Followers"].value, 12300)

    def test_it_is_written_when_the_roster_has_changed_and_only_then(self):
        self.workspace.config({"crm": CRM}, destinations={"everyone": XLSX})
        self.workspace.run()
        before = (self.path.stat().st_ino, self.path.read_bytes())
        self.workspace.run()
        self.assertEqual((self.path.stat().st_ino, self.path.read_bytes()), before)
        self.path.unlink()
        self.workspace.run()
        self.assertEqual(len(self.sheet("Influencers")), 20, "it was gone, so it is there again")
        self.workspace.jsonl("crm.jsonl", people(15))
        self.workspace.run("--accept-deletions", "crm")
        self.assertEqual(len(self.sheet("Influencers")), 15)
        self.assertEqual(sorted(p.name for p in self.workspace.folder.glob("roster*")), ["roster.xlsx"])

    def test_export_writes_all_three_things_by_the_same_plugin(self):
        self.workspace.config({"crm": CRM})
        self.workspace.jsonl("crm.jsonl", [*people(5), {"id": "nobody"}])
        self.workspace.run()
        for what, name, rows in (("golden", "Influencers", 5), ("links", "Links", 5),
                                 ("quarantine", "Quarantine", 1)):
            file = self.workspace.folder / f"{what}.xlsx"
            outcome = self.workspace.succeed("export", "--what", what, "-o", str(file), "--json").json()
            self.assertEqual((outcome["rows"], outcome["format"]), (rows, "xlsx"))
            self.assertEqual(len(self.sheet(name, file)), rows)
        links = {(row["source"].value, row["record_id"].value): row["golden_id"].value
                 for row in self.sheet("Links", self.workspace.folder / "links.xlsx")}
        self.assertEqual(links, self.workspace.links())
        self.assertEqual(self.workspace.coterie("export", "--format", "xlsx").code, 2, "it needs -o")
        outcome = self.workspace.coterie("export", "--format", "xls", "-o", "a.xls")
        self.assertEqual(outcome.code, 2)
        self.assertIn("did you mean 'xlsx'?", outcome.err)
        outcome = self.workspace.coterie("export", "-o", "nowhere/a.xlsx")
        self.assertEqual(outcome.code, 3)
        self.assertIn("nowhere", outcome.err)

    def test_text_is_never_a_formula_and_comes_back_as_it_was(self):
        hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://evil.example\")", "\t=1",
                   "_x0041_", "a\x01b", "  blanks  ", "two\nlines", "<b>&amp;</b>", "007", "1e5",
                   "TRUE", "2026-03-01", "🎉 Søren", "x" * 40000]
        naughty = SHARED / "naughty-strings" / "blns.txt"
        if naughty.is_file():
            lines = naughty.read_text(encoding="utf-8").split("\n")
            hostile += [line for line in lines if line and not line.startswith("#")]
        else:
            print(f"no {naughty}: without the naughty strings")
        # As notes: a text that is kept as it stands.
        records = [{"id": str(n), "name": f"Person {n}", "email": f"p{n}@mail{n}.example", "note": text}
                   for n, text in enumerate(hostile)]
        self.workspace.jsonl("crm.jsonl", records)
        mapping = {"name.display": "name", "emails": "email", "notes": "note"}
        self.workspace.config({"crm": {**CRM, "mapping": mapping}}, destinations={"everyone": XLSX})
        self.workspace.run()
        expected = {golden["id"]: "; ".join(golden.get("notes", [])) for golden in self.workspace.export()}
        with zipfile.ZipFile(self.path) as archive:
            for name in archive.namelist():
                self.assertNotIn(b"<f>", archive.read(name), name)
        found = {row["Id"].value: row["Notes"] for row in self.sheet("Influencers")}
        self.assertEqual(set(found), set(expected))
        unescape = openpyxl.utils.escape.unescape
        for golden_id, text in expected.items():
            cell = found[golden_id]
            with self.subTest(text=text[:60]):
                if not text:
                    self.assertIsNone(cell.value)
                    continue
                self.assertIn(cell.data_type, ("s", "inlineStr"))
                value = unescape(cell.value)
                if len(text) > 32767:
                    self.assertTrue(value.endswith(" … [cut]"))
                    self.assertEqual(value[:-8], text[:len(value) - 8])
                else:
                    # XML reads a line end of any kind as \n, which libraries write on purpose or not.
                    self.assertEqual(value.replace("\r\n", "\n"),
                                     text.replace("\uffff", "\ufffd").replace("\ufffe", "\ufffd").replace("\r\n", "\n"))

    def test_a_large_roster_needs_little_memory(self):
        # The supervisor ends a plugin that passes its limit.
        count = scaled(20_000)
        self.workspace.jsonl("crm.jsonl", people(count))
        self.workspace.config({"crm": CRM}, destinations={"everyone": {**XLSX, "limits": {"memory_mb": 128 if SCALE == 1 else 1024}}})
        self.assertEqual(self.deliver(name="everyone")["created"], count)
        book = openpyxl.load_workbook(self.path, read_only=True)
        self.assertEqual(sum(1 for _ in book["Influencers"].iter_rows()), count + 1)

    def test_a_write_that_fails_leaves_the_file_of_the_night_before(self):
        self.workspace.config({"crm": CRM}, destinations={"everyone": XLSX})
        self.workspace.run()
        before = self.path.read_bytes()
        self.workspace.jsonl("crm.jsonl", people(3000))
        limited = {**XLSX, "limits": {"file_mb": 1}}
        self.workspace.config({"crm": CRM}, destinations={"everyone": limited})
        failed = self.deliver(code=1, name="everyone")
        self.assertIn("passed file_bytes_max", failed["message"])
        self.assertEqual(self.counts(failed), {"unchanged": 20, "failed": 2980})
        self.assertEqual(self.path.read_bytes(), before)
        self.workspace.config({"crm": CRM}, destinations={"everyone": XLSX})
        self.assertEqual(self.counts(self.deliver(name="everyone")), {"created": 2980, "unchanged": 20})
        self.assertEqual(len(self.sheet("Influencers")), 3000)
        self.assertEqual(sorted(p.name for p in self.workspace.folder.glob("roster*")), ["roster.xlsx"])

    def test_a_full_disk_leaves_the_old_file_and_the_next_run_delivers(self):
        """How much room is left decides where it ends: in a sheet's file, or before closing."""
        disk = self.workspace.small_disk("size=16m")
        self.path = disk / "roster.xlsx"
        self.workspace.config({"crm": CRM}, destinations={
            "everyone": {"connector": "xlsx", "config": {"path": "small/roster.xlsx"}}})
        self.workspace.run()
        before = self.path.read_bytes()
        self.workspace.jsonl("crm.jsonl", people(3000))
        for room in (0, 4096, 100_000, 1_000_000):
            with self.subTest(room=room):
                free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
                (disk / "filler").write_bytes(bytes(free - room))
                failed = self.deliver(code=1, name="everyone")
                self.assertRegex(failed["message"], "(?i)make room on the disk|no space left")
                self.assertIn("roster.xlsx", failed["message"])
                self.assertEqual(failed["failed"], 2980)
                self.assertEqual(self.path.read_bytes(), before)
                (disk / "filler").unlink()
        self.assertEqual(self.counts(self.deliver(name="everyone")), {"created": 2980, "unchanged": 20})
        self.assertEqual(len(self.sheet("Influencers")), 3000)
        self.assertEqual([p.name for p in disk.iterdir()], ["roster.xlsx"])

    def test_it_lies_in_order_of_ids_and_is_the_same_every_time(self):
        self.workspace.config({"crm": CRM}, destinations={"everyone": XLSX})
        self.workspace.run()
        ids = [row["Id"].value for row in self.sheet("Influencers")]
        self.assertEqual(ids, sorted(ids))
        for name in ("a.xlsx", "b.xlsx"):
            self.workspace.succeed("export", "-o", name)
        self.assertEqual((self.workspace.folder / "a.xlsx").read_bytes(),
                         (self.workspace.folder / "b.xlsx").read_bytes())


class Dialects(DestinationTest):
    """CSV as whoever reads it wants it."""

    def setUp(self):
        super().setUp()
        self.workspace.jsonl("crm.jsonl", [
            {"id": "1", "name": "Søren; Ærø", "email": "s@mail1.example", "rate": 0.035, "note": "=1+1"},
            {"id": "2", "name": "Łukasz Nowak", "email": "l@mail2.example", "note": "-2+3"}])
        mapping = {"name.display": "name", "emails": "email", "notes": "note",
                   "profiles": [{"platform": "instagram", "handle": "id", "engagement_rate": "rate"}]}
        self.workspace.config({"crm": {**CRM, "mapping": mapping}})
        self.workspace.run()

    def csv(self, *options, delimiter=",", encoding="utf-8"):
        """The exported rows, as Python's reader has them."""
        file = self.workspace.folder / "out.csv"
        outcome = self.workspace.succeed("export", "--json", "-o", "out.csv", *options)
        text = file.read_bytes().decode(encoding)
        return outcome, list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)), text

    def test_without_options_it_is_what_programs_read(self):
        _, rows, text = self.csv()
        self.assertNotIn("\r", text)
        self.assertEqual({row["name"] for row in rows}, {"Søren; Ærø", "Łukasz Nowak"})
        self.assertIn("0.035", {row["engagement_rate"] for row in rows})
        self.assertEqual({row["notes"] for row in rows}, {"'=1+1", "'-2+3"})

    def test_a_danish_excel_gets_what_it_reads(self):
        _, rows, text = self.csv("--dialect", "excel-da", delimiter=";", encoding="utf-8-sig")
        self.assertTrue((self.workspace.folder / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf"))
        self.assertTrue(text.endswith("\r\n"))
        self.assertEqual({row["name"] for row in rows}, {"Søren; Ærø", "Łukasz Nowak"})
        self.assertIn("0,035", {row["engagement_rate"] for row in rows})

    def test_what_an_encoding_lacks_is_replaced_and_counted_or_refused(self):
        outcome, rows, _ = self.csv("--encoding", "windows-1252", encoding="cp1252")
        self.assertEqual({row["name"] for row in rows}, {"Søren; Ærø", "?ukasz Nowak"})
        self.assertEqual(outcome.json()["replaced"], 2)  # in name and given_name
        self.assertIn("2 characters that windows-1252 lacks were replaced", outcome.err)
        before = (self.workspace.folder / "out.csv").read_bytes()
        refused = self.workspace.coterie("export", "-o", "out.csv", "--encoding", "windows-1252",
                                         "--missing", "refuse")
        self.assertEqual(refused.code, 4, refused)
        self.assertNotIn("ukasz", refused.err)
        self.assertEqual((self.workspace.folder / "out.csv").read_bytes(), before)

    def test_formulas_may_be_kept_and_come_back_by_the_other_formats(self):
        _, rows, _ = self.csv("--formulas", "keep", "--line-end", "crlf", "--delimiter", "tab", delimiter="\t")
        self.assertEqual({row["notes"] for row in rows}, {"=1+1", "-2+3"})

    def test_what_is_no_dialect_is_a_usage_error(self):
        for options, words in ((["--dialect", "excel-dk"], "did you mean 'excel-da'"),
                               (["--decimal", "comma"], "delimiter and decimal sign are both ','"),
                               (["--delimiter", "xx"], "--delimiter xx: no such choice"),
                               (["--encoding", "klingon"], "encoding 'klingon' is not known"),
                               (["--format", "jsonl", "--delimiter", ";"], "the format is jsonl"),
                               (["--format", "xlsx", "--dialect", "excel"], "the format is xlsx")):
            outcome = self.workspace.coterie("export", "-o", "a.csv", *options)
            self.assertEqual(outcome.code, 2, outcome)
            self.assertIn(words, outcome.err)
            self.assertFalse((self.workspace.folder / "a.csv").exists())


if __name__ == "__main__":
    unittest.main()
