"""`coterie check --connect` says of each vendor what the credentials see, which rights they lack by name, what is left of the
vendor's limits, and shows one record without its values.
"""

import unittest

from nights import Nights, chosen_vendors
from simulator import Fault


class Check(unittest.TestCase):
    def check(self, nights, code):
        outcome = nights.workspace.coterie("check", "--connect", "--json")
        self.assertEqual(outcome.code, code, outcome)
        return outcome.json()["sources"][0], outcome

    def test_what_is_seen_with_a_sample_of_one(self):
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, vendor.sign_ins[0], contacts=30)
                source, outcome = self.check(nights, code=0)
                self.assertTrue(source["ok"])
                self.assertTrue([line["subject"] for line in source["report"] if line["kind"] == "sees"], source)
                self.assertEqual([line for line in source["report"] if line["kind"] == "scope_missing"], [])
                if nights.crm.dialect.rate_headers():
                    self.assertTrue([line["text"] for line in source["report"] if line["kind"] == "limit"], source)
                samples = {sample["stream"]: sample for sample in source["samples"]}
                self.assertLessEqual(set(vendor.streams), set(samples))
                people = samples[vendor.streams[0]]
                self.assertTrue(people["record_id"] or people["fields"], people)
                self.assertIn("name.display", people["fields"] or people["columns"])
                for record in nights.world.live():
                    for value in (record["email"], record["phone"]):
                        self.assertNotIn(value or "no value", outcome.out + outcome.err)

    def test_rights_that_are_missing_are_named(self):
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, vendor.sign_ins[0], contacts=30)
                nights.crm.faults.arm((Fault("status", at=1, times=10_000, status=403),))
                source, outcome = self.check(nights, code=3)
                missing = [line for line in source["report"] if line["kind"] == "scope_missing"]
                self.assertTrue([line for line in missing if not line["optional"]], outcome)
                for line in missing:
                    self.assertTrue(line["subject"] and line["text"], line)
                self.assertIn("lack", source["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
