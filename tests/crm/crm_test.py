"""Each vendor × each fault: a full night, a day's work, a night of changes. Every record is in the store exactly once,
none is lost, what was deleted is gone, activities stand on their contact, merges are followed.

COTERIE_CRM=hubspot,zoho and COTERIE_CRM_FAULT="endless cursor" choose from the matrix.
"""

import concurrent.futures
import os
import unittest

from nights import DAY, Nights, chosen_vendors
from simulator import FAULTS, Fault
from simulator.vendors import dialect_of
from tests.support.workspace import seed

AT_ONCE = 4  # most of a night is waiting


class Matrix(unittest.TestCase):
    def test_every_vendor_with_every_fault(self):
        first = seed()
        wanted = os.environ.get("COTERIE_CRM_FAULT", "")
        cells = [(vendor, fault) for vendor in chosen_vendors() for fault, scenario in FAULTS.items()
                 if set(scenario.needs) <= dialect_of(vendor.name).can and wanted in ("", fault)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(lambda cell: self.cell(*cell, first), cells))
        for (vendor, fault), wrong in zip(cells, outcomes):
            print(f"{vendor.name:16} {fault:24} {'right' if not wrong else 'WRONG'}", flush=True)
        wrong = {f"{vendor.name} with {fault}": wrong for (vendor, fault), wrong in zip(cells, outcomes) if wrong}
        if wrong:
            self.fail("\n".join(f"{cell}:\n  " + "\n  ".join(map(str, what[:8])) for cell, what in wrong.items()))

    def cell(self, vendor, fault, seed_of_world):
        """What is wrong with one cell, as sentences."""
        case = _Cell(self)
        try:
            return case.run_cell(vendor, fault, seed_of_world)
        except AssertionError as wrong:
            return [str(wrong)[:3000]]
        finally:
            case.end()

    def test_every_way_to_sign_in(self):
        for vendor in chosen_vendors():
            for how in vendor.sign_ins:
                with self.subTest(vendor=vendor.name, how=how):
                    nights = Nights(self, vendor, how, contacts=20)
                    nights.night()
                    self.assertFalse(nights.compare())

    def test_wrong_credentials_are_said_so(self):
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=5)
                nights.crm.dialect.token = "another"
                nights.crm.dialect.password = nights.crm.dialect.client_secret = "another"
                outcome = nights.workspace.coterie("run", "--json", "--quiet")
                self.assertIn(outcome.code, (1, 4), outcome)
                self.assertNotIn(nights.crm.dialect.token, outcome.out + outcome.err)


class _Cell:
    """One cell's own cleaning up: cells run side by side in one test."""

    def __init__(self, test):
        self._cleanups, self._test = [], test

    def __getattr__(self, name):
        return getattr(self._test, name)

    def addCleanup(self, function, *arguments, **options):  # as a TestCase's
        self._cleanups.append((function, arguments, options))

    def end(self):
        for function, arguments, options in reversed(self._cleanups):
            function(*arguments, **options)

    def run_cell(self, vendor, fault, seed_of_world):
        scenario = FAULTS[fault]
        how = "oauth" if "oauth" in scenario.needs else vendor.sign_ins[0]
        nights = Nights(self, vendor, how, contacts=340, seed=seed_of_world)
        settles = any(f.kind in ("change", "lag") for f in scenario.faults)
        wrong = []
        for night, arguments in enumerate((["--full"], [])):
            if night == 1:
                nights.world.advance(DAY)
                nights.world.day()
            fails = scenario.ends == "fails"
            nights.night(*arguments, faults=scenario.faults, code=(1, 4) if fails else 0,
                         unless=lambda: fails and not nights.crm.has_failed)
            if fails or settles:
                nights.world.advance(DAY if settles else 60)
                nights.night()
            wrong += [f"night {night + 1}: {what}" for what in nights.compare()]
        return wrong


class Changes(unittest.TestCase):
    """What a night of changes does, beyond being right."""

    def test_a_night_of_changes_reads_only_what_changed(self):
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=340, activities=False, source=vendor.contacts_only)
                first = nights.night()
                nights.world.advance(DAY)
                second = nights.night()
                if nights.crm.dialect.tells_changes == ():
                    self.assertEqual(second["unchanged"], first["read"], "a quiet day")
                    self.assertLessEqual(len(nights.crm.log), 2, "it was asked whether anything changed, and no more")
                    continue
                if nights.crm.dialect.reads_whole:
                    self.assertEqual(second["changed"] + second["new"] + second["deleted"], 0, "a quiet day")
                    continue
                self.assertLess(second["read"], first["read"] / 10, "a quiet day")
                self.assertEqual(second["changed"], 0)
                nights.day(activities=0)
                third = nights.night()
                self.assertLess(third["read"], first["read"] / 2)
                self.assertFalse(nights.compare())

    def test_what_was_deleted_and_comes_back_is_back(self):
        for vendor in chosen_vendors():
            if "delete" not in dialect_of(vendor.name).can:
                continue
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=60)
                nights.night()
                number = nights.world.live()[3].id
                nights.world.delete("contacts", number)
                nights.world.advance(DAY)
                nights.night()
                self.assertFalse(nights.compare())
                nights.world.restore("contacts", number)
                nights.world.advance(DAY)
                nights.night()
                self.assertFalse(nights.compare())

    def test_what_is_still_with_who_was_merged_away_is_with_the_winner(self):
        """A merge moves activities, and not every vendor tells that they changed: the other's id leads to the winner."""
        for vendor in chosen_vendors():
            if not dialect_of(vendor.name).tells_winners:
                continue
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=120)
                nights.night()
                world = nights.world
                call = min((r for r in world.live("calls") if r["done"] and len(r["contacts"]) == 1), key=lambda r: r.changed)
                loser = call["contacts"][0]
                winner = next(r for r in world.live() if r.id != loser)
                before = call.changed, call.fields
                world.merge(winner.id, loser)
                call.changed, call.fields = before
                world.advance(DAY)
                nights.night()
                rows = [row for row in nights.workspace.export() if row.get("name", {}).get("family") == winner["family"]]
                notes = [i.get("note", "") for row in rows for i in row.get("relationship", {}).get("interactions", ())]
                self.assertEqual(len(rows), 1)
                self.assertTrue([note for note in notes if call["subject"] in note], notes)

    def test_a_lead_that_becomes_a_contact_is_one_person_with_one_id(self):
        for vendor in chosen_vendors():
            if "leads" not in dialect_of(vendor.name).can:
                continue
            for seed_of_world in (1, 2):
                with self.subTest(vendor=vendor.name, seed=seed_of_world):
                    nights = Nights(self, vendor, contacts=60, seed=seed_of_world)
                    nights.night()
                    self.assertFalse(nights.compare())
                    # One whose contact is gone at once is gone too.
                    short = min((r for r in nights.world.live("leads") if r["converted"] is None), key=lambda r: -r.id)
                    gone = nights.world.convert(short.id)
                    nights.world.advance(DAY)
                    nights.night()
                    self.assertEqual(len(nights.golden_of(short["family"])), 1)
                    nights.world.delete("contacts", gone.id)
                    nights.world.advance(1200)
                    nights.night()
                    self.assertEqual(nights.golden_of(short["family"]), [])
                    self.assertFalse(nights.compare())
                    # Where there is one whom nothing but the vendor's word ties to the contact, that one.
                    lead = min((r for r in nights.world.live("leads") if r["converted"] is None), key=lambda r: bool(r["email"]))
                    golden = nights.golden_of(lead["family"])
                    contact = nights.world.convert(lead.id)
                    for _ in range(3):
                        nights.world.advance(DAY)
                        nights.night()
                        self.assertFalse(nights.compare())
                        self.assertEqual(nights.golden_of(lead["family"]), golden)
                    nights.world.change("contacts", contact.id, city="Ribe")
                    nights.world.advance(DAY)
                    nights.night()
                    self.assertFalse(nights.compare())
                    nights.world.delete("contacts", contact.id)
                    nights.world.advance(DAY)
                    nights.night()
                    self.assertEqual(nights.golden_of(lead["family"]), [])

    def test_many_changes_of_one_instant_are_all_read(self):
        """An import gives thousands of records one time of change: no page may end there and be skipped."""
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=600, same_instant=450)
                nights.night()
                self.assertFalse(nights.compare())

    def test_a_read_that_was_interrupted_goes_on(self):
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=900)
                nights.night(faults=(Fault("status", at=8, times=10_000, status=503),), code=(1, 4),
                             unless=lambda: not nights.crm.has_failed)  # it was done before that
                nights.world.day()
                nights.night()
                nights.world.advance(DAY)
                nights.night()
                self.assertFalse(nights.compare())


def work_on_contacts(world):
    world.day(creates=2, changes=6, deletes=2, merges=1, activities=0, touched=0)


class Large(unittest.TestCase):
    """100,000 contacts, and people who work while they are read. Label slow."""

    @unittest.skipUnless(os.environ.get("COTERIE_CRM_LARGE"), "COTERIE_CRM_LARGE is not set")
    def test_100000_contacts_with_changes_under_the_reader(self):
        count = int(os.environ["COTERIE_CRM_LARGE"])
        for vendor in chosen_vendors():
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=count, activities=False, same_instant=count // 5,
                                source={**vendor.contacts_only, "requests_per_second": 10_000})
                read = nights.night(faults=(Fault("change", at=20, every=97, do=work_on_contacts),
                                            Fault("status", at=50, every=211, status=500),
                                            Fault("cut", at=60, every=301)), seconds=1200)
                seconds = next(s["seconds"] for s in nights.summary["sources"])
                print(f"{vendor.name}: {read['read']} records in {seconds:.1f} s, "
                      f"{read['read'] / seconds:.0f} records/s, {sum(nights.crm.statuses().values())} requests", flush=True)
                nights.world.advance(DAY)
                nights.night()
                self.assertFalse(nights.compare(people=False))


if __name__ == "__main__":
    unittest.main(verbosity=2)
