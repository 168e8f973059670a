"""Writing back: what the roster knows better is in the CRM afterwards, once, and nothing else is touched."""

import unittest

from nights import DAY, Nights, chosen_vendors
from simulator import FAULTS
from simulator.vendors import dialect_of

FAULTS_OF_WRITING = ("none", "500s", "429 with seconds", "cut bodies", "connection reset")


class WriteBack(unittest.TestCase):
    def vendors(self):
        found = [v for v in chosen_vendors() if v.write and "write" in dialect_of(v.name).can]
        if not found:
            self.skipTest("no vendor that is written to")
        return found

    def assert_written(self, nights):
        contacts = nights.world.contacts()
        for number, city in nights.corrected.items():
            self.assertEqual(contacts.get(number)["city"], city, f"contact {number}")
        for number in nights.opted_out:
            self.assertTrue(contacts.get(number)["opted_out"], f"contact {number} wants no contact")
        for mail in nights.newcomers:
            made = [r.id for r in nights.world.live() if mail in (r["email"] or "").lower()]
            self.assertEqual(len(made), 1, f"{mail} is there {len(made)} times")

    def test_what_differs_is_written_and_nothing_else(self):
        for vendor in self.vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=120)
                nights.night()
                before = {r.id: dict(r.fields) for r in nights.world.live()}
                nights.correct_some(vendor)
                dry = nights.night("--dry-run")
                self.assertFalse(nights.writes(), "a dry run writes nothing")
                self.assertTrue(dry is not None)
                nights.night()
                self.assert_written(nights)
                touched = {*nights.corrected, *nights.opted_out}
                for number, fields in before.items():
                    if number not in touched:
                        now = dict(nights.world.contacts().get(number).fields)
                        self.assertEqual(now, fields, f"contact {number} is nobody's business")
                    elif before[number].get("opted_out"):
                        self.assertTrue(nights.world.contacts().get(number)["opted_out"])
                nights.world.advance(DAY)
                nights.night()
                self.assertEqual(nights.writes(), [], "what was written is not written again")
                nights.world.advance(DAY)
                nights.night()
                self.assertEqual(nights.writes(), [])

    def test_faults_make_nothing_twice(self):
        for vendor in self.vendors():
            for fault in FAULTS_OF_WRITING:
                with self.subTest(vendor=vendor.name, fault=fault):
                    nights = Nights(self, vendor, contacts=60)
                    nights.night()
                    nights.correct_some(vendor, create=True)
                    # What may have been done and cannot be done twice waits for the next run.
                    nights.night(faults=FAULTS[fault].faults, code=(0, 1))
                    nights.world.advance(DAY)
                    nights.night()
                    self.assert_written(nights)


if __name__ == "__main__":
    unittest.main(verbosity=2)
