"""Activities and the contacts that they are of, over nights: design, invariants 1 to 6, where records of
one source belong to each other."""

import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.feed import AGENCY, CRM, Crm, set_up
from support.workspace import (Workspace, counts, golden_state, partition, quarantine_state, scaled,
                               seed)

SEED = seed()
NIGHTS = max(2, scaled(6))
KILLS = int(os.environ.get("COTERIE_TEST_KILLS", "60")) // 3
# What of a golden record an activity may change.
OF_ACTIVITIES = ("sources", "provenance", "revision", "relationship")


def values(workspace):
    """By source records: ids follow their own history, values do not."""
    found = {}
    for golden in golden_state(workspace).values():
        key = tuple(sorted((s["source"], s["stream"], s["record_id"]) for s in golden["sources"]))
        for provenance in golden["provenance"].values():
            provenance.pop("seen_at", None)
        found[key] = {k: v for k, v in golden.items() if k not in ("id", "former_ids", "revision")}
    return found


class LinksTest(unittest.TestCase):
    def workspace(self, crm, sources=None):
        return set_up(Workspace(self), crm, sources)

    @staticmethod
    def links(workspace):
        """(stream, record id) → golden id, of the CRM's records."""
        return {(row["stream"], row["record_id"]): row["golden_id"]
                for row in workspace.export("links") if row["source"] == "crm"}

    def assert_adds_up(self, summary):
        for source in summary["sources"]:
            parts = [source[part] for part in ("new", "changed", "unchanged", "quarantined",
                                               "suppressed")]
            self.assertEqual(source["read"], sum(parts), source)
            self.assertGreaterEqual(min(parts), 0, source)

    def assert_is_as_it_must_be(self, crm, workspace, summary):
        self.assert_adds_up(summary)
        found, strays = crm.of_contact()
        links = self.links(workspace)
        expected = {("contacts", contact) for contact in found}
        expected |= {("activities", id_) for ids in found.values() for id_ in ids}
        self.assertEqual(set(links), expected)
        for contact, activities in found.items():
            for id_ in activities:
                self.assertEqual(links["activities", id_], links["contacts", contact])
        self.assertEqual({row["record_id"]: row["reason"] for row in workspace.export("quarantine")},
                         {id_: f"belongs to 'crm/{of}', which is not in the roster"
                          for id_, of in strays.items()})
        self.assertEqual(summary["quarantine_total"], len(strays))
        golden = {record["id"]: record for record in workspace.export()}
        self.assertEqual(set(golden), set(links.values()))
        for contact, activities in found.items():
            self.check_person(crm, contact, activities, golden[links["contacts", contact]])

    def check_person(self, crm, contact, activities, golden):
        record = crm.records["contacts"][contact]
        self.assertEqual(golden["name"]["display"], record["name"])
        self.assertNotIn("aliases", golden["name"])
        self.assertEqual([mail["address"] for mail in golden["emails"]], [record["email"]])
        self.assertEqual(golden["relationship"].get("owner") if "relationship" in golden else None,
                         record.get("owner"))
        self.assertNotIn("subject", golden.get("custom", {}).get("crm", {}))
        interactions = golden.get("relationship", {}).get("interactions", [])
        records = [crm.records["activities"][id_] for id_ in activities]
        self.assertEqual([(i["at"], i["channel"], i["note"]) for i in interactions],
                         sorted((r["start"], r["type"], r["body"]) for r in records))
        for number, interaction in enumerate(interactions):
            origin = golden["provenance"][f"/relationship/interactions/{number}/at"]
            self.assertIn(origin["record_id"], activities)
            self.assertEqual(crm.records["activities"][origin["record_id"]]["start"],
                             interaction["at"])
        if interactions:
            relationship = golden["relationship"]
            self.assertEqual((relationship["first_contact"], relationship["last_contact"]),
                             (interactions[0]["at"], interactions[-1]["at"]))
            self.assertEqual(golden["provenance"]["/relationship/last_contact"]["rule"], "derived")


class NightAfterNight(LinksTest):
    def test_each_activity_is_with_its_contact_or_in_quarantine(self):
        for number in range(3):
            crm = Crm(SEED + number)
            workspace = self.workspace(crm)
            self.assert_is_as_it_must_be(crm, workspace, workspace.run())
            for night in range(NIGHTS):
                with self.subTest(seed=SEED + number, night=night):
                    crm.night()
                    crm.write(workspace)
                    self.assert_is_as_it_must_be(crm, workspace, workspace.run())

    def test_the_first_nights_counts(self):
        crm = Crm(SEED)
        summary = self.workspace(crm).run()
        _, strays = crm.of_contact()
        self.assertGreater(len(strays), 5)
        self.assertEqual(summary["sources"][0]["quarantined"], len(strays))

    def test_nothing_new_changes_nothing(self):
        crm = Crm(SEED + 5)
        workspace = self.workspace(crm)
        for arguments in ([], ["--full"]):
            crm.night()
            crm.walk()  # else a full read plays the whole history again
            crm.write(workspace)
            workspace.run()
            before = golden_state(workspace), quarantine_state(workspace), self.links(workspace)
            summary = workspace.run(*arguments)
            self.assert_is_as_it_must_be(crm, workspace, summary)
            self.assertEqual((golden_state(workspace), quarantine_state(workspace),
                              self.links(workspace)), before)
            self.assertEqual(workspace.changes(), [])
            source = summary["sources"][0]
            self.assertEqual((source["new"], source["changed"], source["deleted"]), (0, 0, 0))
            if not arguments:
                self.assertEqual(source["read"], 0, "a read of changes brings what changed")

    def test_night_by_night_ends_as_one_full_run(self):
        crm = Crm(SEED + 6)
        workspace = self.workspace(crm)
        workspace.run()
        for _ in range(NIGHTS):
            crm.night()
            crm.write(workspace)
            workspace.run()
        twin = crm.write_anew(self.workspace(crm))
        twin.run()
        self.assertEqual(partition(self.links(workspace)), partition(self.links(twin)))
        self.assertEqual(values(workspace), values(twin))
        self.assertEqual(quarantine_state(workspace), quarantine_state(twin))

    def test_the_order_of_records_changes_neither_values_nor_ids(self):
        crm = Crm(SEED + 7)
        for _ in range(3):
            crm.night()
        states = []
        for order in range(3):
            workspace = crm.write_anew(self.workspace(crm), order)
            workspace.run()
            states.append((golden_state(workspace), quarantine_state(workspace),
                           self.links(workspace)))
        self.assertEqual(states[1], states[0])
        self.assertEqual(states[2], states[0])

    def test_a_walk_over_all_finds_what_nobody_said_is_gone(self):
        crm = Crm(SEED + 8)
        workspace = self.workspace(crm)
        workspace.run()
        for stream, count in (("contacts", 3), ("activities", 9)):
            for id_ in crm.random.sample(sorted(crm.records[stream]), count):
                del crm.records[stream][id_]  # and the log does not say so
        summary = workspace.run()
        self.assertEqual(summary["sources"][0]["deleted"], 0)
        crm.walk()
        crm.write(workspace)
        summary = workspace.run()
        self.assertEqual(summary["sources"][0]["deleted"], 12)
        self.assert_is_as_it_must_be(crm, workspace, summary)
        crm.night()  # and goes on from there
        crm.write(workspace)
        summary = workspace.run()
        self.assertLess(summary["sources"][0]["read"], 40)
        self.assert_is_as_it_must_be(crm, workspace, summary)


class OnePerson(LinksTest):
    """One contact, looked at closely."""

    def setUp(self):
        self.crm = Crm(SEED, 0, 0)
        self.ida = self.crm.add_contact()
        self.workspace_ = self.workspace(self.crm, {"agency": AGENCY})
        self.workspace_.jsonl("agency.jsonl", [
            {"id": "A1", "name": "Bo Lund", "email": "colleague@agency.example"},
            {"id": "A2", "name": self.crm.records["contacts"][self.ida]["name"],
             "email": "person1@example.com"}])

    def night(self, *arguments):
        self.crm.write(self.workspace_)
        summary = self.workspace_.run(*arguments)
        self.assert_adds_up(summary)
        return summary

    def golden(self, contact=None):
        links = self.links(self.workspace_)
        return self.workspace_.show(links["contacts", contact or self.ida])

    def test_activities_that_come_and_go_change_the_interactions_alone(self):
        self.night()
        before = self.golden()
        first = self.crm.add_activity(self.ida)
        self.crm.add_activity(self.ida)
        self.night()
        with_two = self.golden()
        self.assertEqual(len(with_two["relationship"]["interactions"]), 2)
        self.assertEqual(with_two["revision"], before["revision"] + 1)
        for key in before:
            if key not in OF_ACTIVITIES + ("updated_at",):
                self.assertEqual(with_two[key], before[key], key)
        self.crm.delete("activities", first)
        self.night()
        self.assertEqual(len(self.golden()["relationship"]["interactions"]), 1)
        self.crm.delete("activities", "2")
        self.night()
        after = self.golden()
        self.assertEqual(after["id"], before["id"])
        self.assertEqual(after["relationship"], before["relationship"])
        self.assertEqual(self.workspace_.run()["golden"]["total"], 2)

    def test_an_activity_older_than_its_contact_waits_and_gives_it_no_other_id(self):
        """Ids are made of people's records, whichever came first."""
        twin = self.workspace(self.crm)
        twin.run()
        expected = self.links(twin)["contacts", self.ida]
        contact = self.crm.records["contacts"][self.ida]
        self.crm.logs["contacts"].clear()
        activity = self.crm.add_activity(self.ida)
        self.workspace_.jsonl("agency.jsonl", [])
        summary = self.night()
        self.assertEqual((summary["golden"]["total"], summary["quarantine_total"]), (0, 1))
        self.assertEqual(summary["sources"][0]["quarantined"], 1)
        self.assertEqual(self.links(self.workspace_), {})
        explained = self.workspace_.coterie("show", f"crm/{activity}")
        self.assertIn("quarantine", explained.err)
        self.crm.put("contacts", self.ida, contact)
        summary = self.night()
        self.assertEqual((summary["golden"]["created"], summary["quarantine_total"]), (1, 0))
        self.assertEqual(set(self.links(self.workspace_).values()), {expected})

    def test_when_the_contact_goes_its_activities_wait_for_it(self):
        for _ in range(3):
            self.crm.add_activity(self.ida)
        self.workspace_.jsonl("agency.jsonl", [])
        self.night()
        before = self.golden()
        contact = self.crm.records["contacts"][self.ida]
        self.crm.delete("contacts", self.ida)
        summary = self.night()
        self.assertEqual((summary["golden"]["total"], summary["quarantine_total"]), (0, 3))
        self.assertEqual(summary["golden"]["removed"], 1)
        self.crm.put("contacts", self.ida, contact)
        summary = self.night()
        self.assertEqual((summary["golden"]["created"], summary["quarantine_total"]), (1, 0))
        after = self.golden()
        self.assertEqual(after["id"], before["id"])
        self.assertEqual(after["relationship"], before["relationship"])

    def test_an_activity_that_moves_takes_no_id_along(self):
        bo = self.crm.add_contact()
        for _ in range(5):
            self.crm.add_activity(bo)
        self.night()
        ids = [self.golden(contact)["id"] for contact in (self.ida, bo)]
        for id_, record in list(self.crm.records["activities"].items()):
            self.crm.put("activities", id_, {**record, "contact": 1})
        self.crm.delete("contacts", bo)
        summary = self.night()
        self.assertEqual(self.golden()["id"], ids[0])
        self.assertEqual(len(self.golden()["relationship"]["interactions"]), 5)
        self.assertEqual((summary["golden"]["merged"], summary["golden"]["removed"]), (0, 1))
        self.assertNotIn(ids[1], {golden["id"] for golden in self.workspace_.export()})

    def test_merged_contacts_are_one_whatever_their_names(self):
        bo = self.crm.add_contact()
        self.crm.add_activity(self.ida)
        self.crm.add_activity(bo)
        self.night()
        ids = [self.golden(contact)["id"] for contact in (self.ida, bo)]
        self.assertNotEqual(*ids)
        record = {**self.crm.records["contacts"][bo], "merged": self.ida}
        self.crm.put("contacts", bo, record)
        summary = self.night()  # the CRM has not taken the loser out yet
        self.assertEqual(summary["golden"]["merged"], 1)
        self.assertEqual(self.golden(bo)["id"], self.golden(self.ida)["id"])
        for stream in ("", "contacts/"):
            text = self.workspace_.succeed("explain", f"crm/{stream}{bo}", f"crm/{self.ida}").out
            self.assertIn(f"+ crm/{self.ida} was merged into crm/{bo} by the CRM", text)
        text = self.workspace_.succeed("explain", f"crm/{bo}", f"crm/activities/{self.ida}").out
        self.assertIn(f"+ activity of crm/{self.ida}, which was merged into crm/{bo} by the CRM", text)
        self.crm.delete("contacts", self.ida)
        self.night()
        self.assertEqual(len(self.golden(bo)["relationship"]["interactions"]), 2)
        self.assertEqual(len(self.workspace_.export("quarantine")), 0)

    def test_explain_says_so_in_words(self):
        self.crm.last["activities"] = 100
        one, two = (self.crm.add_activity(self.ida) for _ in range(2))
        self.night()
        say = lambda a, b: self.workspace_.succeed("explain", f"crm/{a}", f"crm/{b}").out
        self.assertIn("in one golden record\n  + activity of crm/1\n", say(one, self.ida))
        self.assertIn("in one golden record\n  + both are activities of crm/1\n", say(one, two))

    def test_a_walk_that_loses_much_is_held(self):
        self.workspace_.config({"crm": {**CRM, "brake": {"share": 0.2, "records": 2}}},
                               plugins={"path": os.environ["COTERIE_FEED_PLUGINS"]})
        for _ in range(10):
            self.crm.add_activity(self.ida)
        self.night()
        for id_ in range(1, 6):
            del self.crm.records["activities"][str(id_)]
        self.crm.walk()
        self.crm.write(self.workspace_)
        for _ in range(2):
            summary = self.workspace_.run(code=1)
            source = summary["sources"][0]
            self.assertEqual((source["state"], source["withheld_deletions"], source["deleted"]),
                             ("held", 5, 0))
            self.assertEqual(len(self.golden()["relationship"]["interactions"]), 10)
        summary = self.night("--accept-deletions", "crm")
        self.assertEqual(summary["sources"][0]["deleted"], 5)
        self.assertEqual(len(self.golden()["relationship"]["interactions"]), 5)

    def test_a_walk_that_breaks_off_goes_on_as_one(self):
        for _ in range(6):
            self.crm.add_activity(self.ida)
        self.night()
        del self.crm.records["activities"]["1"]
        self.crm.walk()
        self.crm.logs["activities"].insert(-2, {"fail": "once"})
        summary = self.night()
        self.assertEqual(summary["sources"][0]["deleted"], 1)
        self.assertEqual(len(self.golden()["relationship"]["interactions"]), 5)


class Killed(LinksTest):
    def end_state(self, workspace):
        return (golden_state(workspace), quarantine_state(workspace), self.links(workspace),
                sorted(workspace.changes(), key=str))

    def test_kill_at_any_point_leaves_no_trace(self):
        crm = Crm(SEED + 9, scaled(300), scaled(9000))
        start = self.workspace(crm)
        start.run()
        for _ in range(4):
            crm.night()
        for _ in range(scaled(1500)):
            crm.add_activity()
        crm.walk()
        crm.write(start)
        twin = start.copy()
        began = time.monotonic()
        expected_summary = twin.run()
        seconds = time.monotonic() - began
        expected = self.end_state(twin)
        self.assert_is_as_it_must_be(crm, twin, expected_summary)
        moments = random.Random(SEED)
        resumed = 0
        for kill in range(KILLS):
            workspace = start.copy()
            process = workspace.start("run", "--json", "--quiet")
            time.sleep(moments.uniform(0, seconds))
            process.kill()
            process.communicate()
            workspace.wait_for_no_process()
            summary = workspace.run()
            with self.subTest(kill=kill):
                self.assertEqual(self.end_state(workspace)[:3], expected[:3])
                if summary["run"] == expected_summary["run"]:
                    resumed += summary["resumed"]
                    self.assertEqual(counts(summary), counts(expected_summary))
                    self.assertEqual(self.end_state(workspace)[3], expected[3])
            workspace.forget()
        print(f"{KILLS} kills, {resumed} runs resumed", flush=True)
        self.assertGreater(resumed, 0, "no kill ever met a run that had begun")


if __name__ == "__main__":
    unittest.main()
