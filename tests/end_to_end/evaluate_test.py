"""The links beside a truth: figures by hand, the mistakes with their reasons, the page."""

import html.parser
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace

PEOPLE = [{"id": "1", "name": "Ada Holm", "email": "ada@example.dk"},
          {"id": "2", "name": "Ada Holm", "email": "ada@example.dk"},
          {"id": "3", "name": "Bo Lund", "email": "bo@example.dk"},
          {"id": "4", "name": "Bo Lund", "email": "bo@example.dk"},
          {"id": "5", "email": "nameless@example"},
          {"id": "6", "name": "Cy <Dahl>", "email": "cy@example.dk"}]
MAPPING = {"name.display": "name", "emails": [{"address": "email"}]}
TRUTH = "source,record_id,entity\ncrm,1,ada\ncrm,2,ada\ncrm,3,ada\ncrm,4,bo\n"


class Page(html.parser.HTMLParser):
    """What a page would fetch or run."""

    def __init__(self):
        super().__init__()
        self.outside = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "link", "img", "iframe") or any(name in ("src", "href") for name, _ in attributes):
            self.outside.append(tag)


class Evaluate(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.workspace.jsonl("people.jsonl", PEOPLE)
        self.workspace.config({"crm": {"connector": "jsonl", "mapping": MAPPING,
                                       "config": {"location": "people.jsonl", "key": ["id"]}}})
        self.workspace.run()

    def evaluate(self, truth, *arguments):
        self.workspace.write("truth.csv", truth)
        return self.workspace.succeed("evaluate", "truth.csv", "--json", *arguments).json()

    def refused(self, code, truth):
        self.workspace.write("truth.csv", truth)
        outcome = self.workspace.coterie("evaluate", "truth.csv")
        self.assertEqual(outcome.code, code, outcome)
        return outcome.err

    def test_the_figures_are_those_by_hand(self):
        # Two of Ada's records are together, the third is with Bo's only one.
        report = self.evaluate(TRUTH)
        self.assertEqual(report["pairs"], {"true": 3, "found": 2, "right": 1, "false": 1, "missed": 2})
        self.assertAlmostEqual(report["pairwise"]["precision"], 1 / 2)
        self.assertAlmostEqual(report["pairwise"]["recall"], 1 / 3)
        self.assertAlmostEqual(report["pairwise"]["f1"], 0.4)
        self.assertAlmostEqual(report["b_cubed"]["precision"], 0.75)
        self.assertAlmostEqual(report["b_cubed"]["recall"], (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
        self.assertEqual((report["records"], report["clusters"], report["entities"]), (4, 2, 2))
        self.assertGreaterEqual(report["not_in_truth"], 1)

    def test_the_worst_mistakes_say_why(self):
        report = self.evaluate(TRUTH)
        false = report["false_links"][0]
        self.assertEqual({false["a"]["record_id"], false["b"]["record_id"]}, {"3", "4"})
        self.assertEqual(false["a"]["golden_id"], false["b"]["golden_id"])
        self.assertTrue(any(e["joins"] for e in false["evidence"]), false)
        miss = report["misses"][0]
        self.assertEqual((miss["pairs"], miss["records_a"], miss["records_b"]), (2, 2, 1))
        self.assertTrue(miss["evidence"])
        none = self.evaluate(TRUTH, "--worst", "0")
        self.assertEqual((none["false_links"], none["misses"]), ([], []))
        self.assertIn("worst false links\n", self.workspace.succeed("evaluate", "truth.csv").out)

    def test_records_in_no_cluster_stand_alone_and_those_not_in_the_store_are_listed(self):
        report = self.evaluate(TRUTH + "crm,99,bo\nother,1,bo\n")
        self.assertEqual((report["in_no_cluster"], report["not_in_store"]), (2, 2))
        self.assertEqual(report["not_in_store_listed"], ["crm/99", "other/1"])
        self.assertEqual((report["clusters"], report["pairs"]["true"]), (4, 6))
        away = next(m for m in report["misses"] if "state" in m["b"])
        self.assertEqual(away["b"]["state"], "not in the store")
        self.assertEqual(away["evidence"], [])

    def test_the_page_needs_nothing_from_outside(self):
        self.evaluate(TRUTH + "crm,6,ada\n", "--html", "page.html")
        text = (self.workspace.folder / "page.html").read_text(encoding="utf-8")
        page = Page()
        page.feed(text)
        self.assertEqual(page.outside, [])
        self.assertIn("Cy &lt;Dahl", text)
        self.assertIn("The worst misses", text)

    def test_a_truth_may_be_written_as_spreadsheets_do(self):
        rows = "\ufeffentity;source;record_id;note\r\nada;crm;1;a\r\nada;crm;2;\r\n"
        self.assertEqual(self.evaluate(rows)["pairwise"]["f1"], 1.0)

    def test_a_truth_that_is_none_is_told_by_its_lines(self):
        self.assertIn("truth.csv:1: no column entity", self.refused(2, "source,record_id\ncrm,1\n"))
        self.assertIn("truth.csv:3: 'entity' is empty", self.refused(2, "source,record_id,entity\ncrm,1,a\ncrm,2,\n"))
        self.assertIn("truth.csv:3: record 'crm/1' is of another entity above",
                      self.refused(2, "source,record_id,entity\ncrm,1,a\ncrm,1,b\n"))
        self.assertIn("no row below its header", self.refused(2, "source,record_id,entity\n"))
        outcome = self.workspace.coterie("evaluate", "none.csv")
        self.assertEqual(outcome.code, 4, outcome)
        self.assertIn("no such file", outcome.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
