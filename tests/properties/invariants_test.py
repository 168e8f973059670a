"""The design's invariants 1, 2, 3, 6, 8 and 9, on made-up worlds from a seed, seen from outside."""

import itertools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.people import World
from support.workspace import (Workspace, golden_state, partition, quarantine_state, scaled, seed,
                               without_times)

SEED = seed()
PEOPLE = max(60, scaled(400))
CRM = {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"}}


def ids_of(world):
    """(source, record id) of every record that has one, however often it comes."""
    keys = {"crm": "id", "agency": "nr", "manual": "id"}
    return {(source, record[keys[source]]) for source, records in world.records.items()
            for record in records if isinstance(record, dict)}


class InvariantTest(unittest.TestCase):
    def world(self, number=0, people=PEOPLE):
        return World(people, SEED + number)

    def workspace(self, world, **config):
        return world.set_up(Workspace(self), **config)

    def assert_adds_up(self, summary):
        for source in summary["sources"]:
            parts = sum(source[part] for part in ("new", "changed", "unchanged", "quarantined",
                                                  "suppressed"))
            self.assertEqual(source["read"], parts, source)


class NothingIsLost(InvariantTest):
    def assert_everything_is_somewhere(self, world, workspace, summary):
        """Every record that was written is linked once or in quarantine with a reason."""
        self.assert_adds_up(summary)
        for source in summary["sources"]:
            self.assertEqual(source["read"], len(world.records[source["name"]]), source)
        links = workspace.links()
        quarantine = workspace.export("quarantine")
        raw = {row["raw"] for row in quarantine}
        broken = [r for records in world.records.values() for r in records if isinstance(r, str)]
        for record in broken:
            self.assertIn(record, raw)
        self.assertTrue(all(row["reason"] for row in quarantine))
        refused = {(row["source"], row["record_id"]) for row in quarantine
                   if row["stage"] == "normalize"}
        self.assertEqual(set(links) | refused, ids_of(world))
        self.assertEqual(set(links) & refused, set())
        golden = {record["id"] for record in workspace.export()}
        self.assertEqual(set(links.values()), golden, "a link leads nowhere, or a record has none")
        self.assertEqual(len(quarantine), summary["quarantine_total"])
        self.assertEqual(len(golden), summary["golden"]["total"])
        in_golden = [(s["source"], s["record_id"]) for record in workspace.export()
                     for s in record["sources"]]
        self.assertEqual(sorted(in_golden), sorted(links), "golden records and links disagree")

    def test_each_record_is_linked_once_or_in_quarantine(self):
        for number in range(3):
            with self.subTest(seed=SEED + number):
                world = self.world(number)
                workspace = self.workspace(world)
                self.assert_everything_is_somewhere(world, workspace, workspace.run())

    def test_also_on_the_nights_that_follow(self):
        world = self.world(3)
        workspace = self.workspace(world)
        workspace.run()
        for night in range(3):
            with self.subTest(seed=SEED + 3, night=night):
                world.change(0.05)
                world.write(workspace)
                summary = workspace.run()
                self.assert_everything_is_somewhere(world, workspace, summary)
                changed = sum(s["changed"] + s["new"] + s["deleted"] for s in summary["sources"])
                self.assertGreater(changed, 0)

    def test_records_without_a_key_are_told_apart_and_counted(self):
        workspace = Workspace(self)
        workspace.jsonl("crm.jsonl", [{"name": "Ida Holm"}] * 3 + [{"name": "Bo Lund"}])
        workspace.config({"crm": {"connector": "jsonl", "config": {"location": "crm.jsonl"}}})
        summary = workspace.run()
        self.assert_adds_up(summary)
        self.assertEqual((summary["sources"][0]["new"], len(workspace.links())), (4, 4))
        self.assertEqual(workspace.run()["sources"][0]["unchanged"], 4)

    def test_a_full_read_and_one_source_alone_add_up_too(self):
        world = self.world(4)
        workspace = self.workspace(world)
        self.assert_adds_up(workspace.run("--source", "crm"))
        self.assert_everything_is_somewhere(world, workspace, workspace.run("--full"))


class Idempotent(InvariantTest):
    def test_an_id_that_stands_on_two_records_is_no_change_every_night(self):
        """Also not one that makes its values the most recent ones."""
        rivals = [{"id": "1", "name": "Ida Holm", "email": "ida@example.com", "next_step": step}
                  for step in ("Call her", "Write to her", "Meet her")]
        sources = {name: {"connector": "jsonl", "config": {"location": f"{name}.jsonl", "key": "id"}}
                   for name in ("a", "b")}
        for turn in itertools.permutations(rivals):
            workspace = Workspace(self)
            workspace.jsonl("a.jsonl", turn)
            workspace.jsonl("b.jsonl", [{**rivals[0], "next_step": "Wait for her"}])
            workspace.config(sources)
            self.assertEqual(workspace.run()["golden"]["total"], 1)
            before = golden_state(workspace)
            summary = workspace.run()
            self.assert_adds_up(summary)
            source = summary["sources"][0]
            self.assertEqual((source["read"], source["changed"], source["quarantined"]), (3, 0, 2))
            self.assertEqual(golden_state(workspace), before)
            self.assertEqual(workspace.changes(), [])

    def test_the_same_input_again_changes_nothing(self):
        for arguments in ([], ["--full"]):
            with self.subTest(seed=SEED + 10, arguments=arguments):
                workspace = self.workspace(self.world(10))
                workspace.run()
                before = {what: workspace.export(what) for what in ("golden", "links", "quarantine")}
                csv = workspace.succeed("export", "--format", "csv").out
                summary = workspace.run(*arguments)
                self.assertEqual(workspace.changes(), [])
                golden = summary["golden"]
                self.assertEqual(sum(golden[k] for k in golden if k != "total"), 0, golden)
                for source in summary["sources"]:
                    self.assertEqual(source["new"] + source["changed"] + source["deleted"], 0, source)
                    self.assertEqual(source["read"], source["unchanged"] + source["quarantined"])
                after = {what: workspace.export(what) for what in ("golden", "links", "quarantine")}
                self.assertEqual(self.without_last_seen(after), self.without_last_seen(before))
                self.assertEqual(workspace.succeed("export", "--format", "csv").out, csv)

    @staticmethod
    def without_last_seen(exports):
        """A record that was seen again was seen later, and nothing else."""
        for golden in exports["golden"]:
            for source in golden["sources"]:
                del source["last_seen"]
        return exports

    def test_two_exports_of_one_state_are_the_same_bytes(self):
        workspace = self.workspace(self.world(11))
        workspace.run()
        for what in ("golden", "links", "quarantine"):
            for form in ("csv", "jsonl"):
                call = ("export", "--what", what, "--format", form)
                self.assertEqual(workspace.succeed(*call).out, workspace.succeed(*call).out)

    def test_a_dry_run_keeps_nothing(self):
        world = self.world(12)
        workspace = self.workspace(world)
        workspace.run()
        before = golden_state(workspace), workspace.links()
        world.change(0.1)
        world.write(workspace)
        dry = workspace.run("--dry-run")
        self.assertEqual((golden_state(workspace), workspace.links()), before)
        self.assertEqual(dry["golden"], workspace.run()["golden"])


class OrderFree(InvariantTest):
    """A fresh run over the same records in another order gives the same ids and values."""

    def state(self, workspace):
        summary = workspace.run()
        self.assert_adds_up(summary)
        return golden_state(workspace), workspace.links(), quarantine_state(workspace)

    def assert_same(self, change, number):
        with self.subTest(seed=SEED + number):
            expected = self.state(self.workspace(self.world(number), performance={"threads": 1}))
            world = self.world(number)
            found = self.state(change(world))
            for mine, theirs in zip(found, expected):
                self.assertEqual(mine, theirs)

    def test_the_order_of_rows(self):
        def change(world):
            world.shuffle(SEED)
            return self.workspace(world)
        for number in range(20, 23):
            self.assert_same(change, number)

    def test_the_order_of_sources_in_the_config(self):
        def change(world):
            workspace = self.workspace(world)
            workspace.config(dict(reversed(World.sources.items())))
            return workspace
        self.assert_same(change, 23)

    def test_the_number_and_order_of_files(self):
        def in_parts(names):
            def change(world):
                workspace = Workspace(self)
                world.write_in_parts(workspace, 3, names)
                workspace.config(World.sources)
                return workspace
            return change
        self.assert_same(in_parts(lambda part: f"part{part}"), 24)
        self.assert_same(in_parts(lambda part: f"part{9 - part}"), 24)

    def test_the_number_of_threads(self):
        for threads in (2, 5):
            self.assert_same(lambda world: self.workspace(world, performance={"threads": threads}), 25)

    def test_all_at_once(self):
        def change(world):
            world.shuffle(SEED + 1)
            workspace = Workspace(self)
            world.write_in_parts(workspace, 4, lambda part: f"{'dbca'[part]}")
            workspace.config(dict(reversed(World.sources.items())), performance={"threads": 2})
            return workspace
        for number in range(26, 28):
            self.assert_same(change, number)

    def test_which_of_three_records_under_one_id_stays(self):
        rivals = [{"id": "1", "name": name} for name in ("Ida Holm", "Bo Lund", "Karla Friis")]
        states = []
        for turn in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
            workspace = Workspace(self)
            workspace.jsonl("crm.jsonl", [rivals[i] for i in turn])
            workspace.config({"crm": CRM})
            states.append(self.state(workspace))
        self.assertEqual(len(states[0][2]), 2)
        for state in states[1:]:
            self.assertEqual(state, states[0])


class IdsLiveOn(InvariantTest):
    PERSON = {"name": "Ida Marie Holm", "instagram": "@idaholm", "email": "ida@example.com"}

    def night(self, workspace, **sources):
        for name in ("crm", "agency"):
            workspace.jsonl(f"{name}.jsonl", sources.get(name, []))
        workspace.config({name: {"connector": "jsonl", "brake": {"share": 1},
                                 "config": {"location": f"{name}.jsonl", "key": "id"}}
                          for name in ("crm", "agency")})
        workspace.run()
        return workspace.links()

    def apart(self, id_="1"):
        """Of the same person, and nobody can know."""
        return {"id": id_, "name": "Ida M. Holm"}

    def test_ids_survive_changes_of_values(self):
        world = self.world(30)
        workspace = self.workspace(world)
        workspace.run()
        before = workspace.links()
        world.change(0.1)
        world.write(workspace)
        workspace.run()
        after = workspace.links()
        kept = set(before) & set(after)
        self.assertGreater(len(kept), PEOPLE // 2)
        self.assertEqual({key: before[key] for key in kept}, {key: after[key] for key in kept})

    def test_on_a_merge_the_elder_id_wins_and_the_other_is_an_alias_for_ever(self):
        for elder, younger in (("crm", "agency"), ("agency", "crm")):
            with self.subTest(elder=elder):
                workspace = Workspace(self)
                known = {"id": "1", **self.PERSON}
                first = self.night(workspace, **{elder: [known]})
                second = self.night(workspace, **{elder: [known], younger: [self.apart()]})
                old, new = first[elder, "1"], second[younger, "1"]
                self.assertNotEqual(old, new)
                self.assertEqual(second[elder, "1"], old)
                third = self.night(workspace, **{elder: [known], younger: [known]})
                self.assertEqual(set(third.values()), {old}, "the elder id wins")
                self.assertEqual([(c["kind"], c["id"]) for c in workspace.changes()
                                  if c["kind"] == "merged"], [("merged", new)])
                self.assertEqual(workspace.show(new)["id"], old)
                self.assertEqual(len(workspace.show(new)["sources"]), 2)
                self.check_split(workspace, known, elder, younger, old, new)

    def check_split(self, workspace, known, elder, younger, old, alias):
        """The part with the eldest record keeps the id; the other part gets one of its own."""
        parted = self.night(workspace, **{elder: [known], younger: [self.apart()]})
        self.assertEqual(parted[elder, "1"], old)
        self.assertNotIn(parted[younger, "1"], (old, alias), "an alias is an alias for ever")
        self.assertEqual(workspace.show(alias)["id"], old)
        self.assertIn("split", {change["kind"] for change in workspace.changes()})
        again = self.night(workspace, **{elder: [known], younger: [known]})
        self.assertEqual(set(again.values()), {old})
        self.assertEqual(workspace.show(parted[younger, "1"])["id"], old)

    def test_on_a_tie_the_larger_cluster_wins(self):
        workspace = Workspace(self)
        other = {"name": "Ida M. Holm", "instagram": "@ida.m.holm", "email": "im@example.com"}
        large = [{"id": str(number), **other} for number in range(3)]
        before = self.night(workspace, crm=[{"id": "9", **self.PERSON}], agency=large)
        self.assertEqual(len(set(before.values())), 2)
        bridge = {"id": "9", **other}
        after = self.night(workspace, crm=[bridge], agency=large)
        self.assertEqual(set(after.values()), {before["agency", "0"]})

    def test_on_a_split_the_part_with_most_source_records_keeps_the_id(self):
        workspace = Workspace(self)
        known = [{"id": str(number), **self.PERSON} for number in range(4)]
        before = self.night(workspace, crm=known)
        self.assertEqual(len(set(before.values())), 1)
        after = self.night(workspace, crm=[self.apart("0")] + known[1:])
        self.assertEqual({after["crm", id_] for id_ in "123"}, set(before.values()))
        self.assertNotIn(after["crm", "0"], set(before.values()))

    def test_an_edited_row_of_a_source_without_keys_keeps_its_persons_id(self):
        """Its record id is made of its content, so the row as it was is gone and a new one is there."""
        workspace = Workspace(self)
        workspace.config({"sheet": {"connector": "jsonl", "brake": {"share": 1},
                                    "config": {"location": "sheet.jsonl"}}})
        others = [{"name": f"Bo Lund {n}", "instagram": f"@bolund{n}"} for n in range(5)]
        ids = []
        for followers in (1000, 1200, 1300):
            workspace.jsonl("sheet.jsonl", [{**self.PERSON, "followers": followers}, *others])
            summary = workspace.run()
            ids.append({golden["name"]["display"]: golden["id"] for golden in workspace.export()})
        self.assertEqual(ids[1], ids[0])
        self.assertEqual(ids[2], ids[0])
        self.assertEqual([summary["golden"][k] for k in ("created", "updated", "removed")], [0, 1, 0])

    def test_a_fresh_run_gives_the_same_ids(self):
        first = self.workspace(self.world(31))
        first.run()
        world = self.world(31)
        world.shuffle(SEED)
        second = self.workspace(world)
        second.run()
        self.assertEqual(first.links(), second.links())

    def test_another_key_gives_other_ids(self):
        links = []
        for key in ("a key of eight letters", "another of as many"):
            workspace = self.workspace(self.world(32, 40), ids={"key": key})
            workspace.run()
            links.append(workspace.links())
        self.assertEqual(partition(links[0]), partition(links[1]))
        self.assertEqual(set(links[0].values()) & set(links[1].values()), set())


class Explained(InvariantTest):
    HEADING = ("id", "former_ids", "sources", "provenance", "created_at", "updated_at", "revision")

    @classmethod
    def leaves(cls, value, pointer=""):
        if isinstance(value, dict):
            for name, member in value.items():
                if pointer or name not in cls.HEADING:
                    yield from cls.leaves(member,
                                          f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from cls.leaves(item, f"{pointer}/{number}")
        else:
            yield pointer, value

    @staticmethod
    def raw_records(world):
        """(source, record id) → the records that came under it."""
        keys = {"crm": "id", "agency": "nr", "manual": "id"}
        raw = {}
        for source, records in world.records.items():
            for record in records:
                if isinstance(record, dict):
                    raw.setdefault((source, record[keys[source]]), []).append(record)
        return raw

    def test_every_value_names_a_record_a_field_and_a_rule_that_are_there(self):
        for number in range(40, 43):
            with self.subTest(seed=SEED + number):
                world = self.world(number)
                workspace = self.workspace(world)
                workspace.run()
                world.change(0.1)
                world.write(workspace)
                workspace.run()
                raw = self.raw_records(world)
                for golden in workspace.export():
                    self.check(golden, raw)

    def check(self, golden, raw):
        leaves = dict(self.leaves(golden))
        self.assertEqual(set(golden["provenance"]), set(leaves), golden["id"])
        members = {(s["source"], s["record_id"]) for s in golden["sources"]}
        for pointer, origin in golden["provenance"].items():
            where = f"{golden['id']}{pointer}: {origin}"
            key = origin["source"], origin["record_id"]
            self.assertIn(key, members, where)
            self.assertTrue(origin["rule"], where)
            records = [record for record in raw[key] if origin["field"] in record]
            if origin["field"]:
                self.assertTrue(records, where)
            else:
                # What no source says: counted from members, or a constant of the mapping.
                self.assertTrue(origin["rule"] == "derived" or pointer.endswith("/role"), where)
            if pointer.startswith("/custom/"):
                self.assertIn(str(leaves[pointer]),
                              [str(record[origin["field"]]) for record in records], where)

    def test_show_tells_the_same(self):
        workspace = self.workspace(self.world(43, 30))
        workspace.run()
        for golden in workspace.export()[:10]:
            shown = workspace.show(golden["id"])
            # Beside what is exported it tells where each source record stands.
            self.assertTrue(all(source.pop("where") for source in shown["sources"]))
            self.assertEqual(shown, golden)
            text = workspace.succeed("show", golden["id"]).out
            for pointer in golden["provenance"]:
                self.assertIn(pointer, text)


class Braked(InvariantTest):
    def setUp(self):
        self.workspace_ = Workspace(self)
        self.everyone = [{"id": str(n), "name": f"Person {chr(65 + n % 26)}{n}",
                          "instagram": f"@person.{n}"} for n in range(100)]
        self.workspace_.config({"crm": CRM})
        self.deliver(self.everyone)
        self.before = self.workspace_.links(), golden_state(self.workspace_)

    def deliver(self, records, *arguments, code=0):
        self.workspace_.jsonl("crm.jsonl", records)
        summary = self.workspace_.run(*arguments, code=code)
        self.assert_adds_up(summary)
        return summary["sources"][0], summary["golden"]

    def assert_held(self, records, gone):
        source, golden = self.deliver(records, code=1)
        self.assertEqual((source["state"], source["held"], source["withheld_deletions"],
                          source["deleted"]), ("held", True, gone, 0))
        self.assertIn("nothing was deleted; if that is right: coterie run --accept-deletions crm",
                      source["message"])
        self.assertEqual((golden["total"], golden["removed"]), (100, 0))
        self.assertEqual((self.workspace_.links(), golden_state(self.workspace_)), self.before)

    def test_an_empty_file_is_held(self):
        self.assert_held([], 100)

    def test_half_a_file_is_held_night_after_night(self):
        for _ in range(2):
            self.assert_held(self.everyone[:50], 50)

    def test_a_held_source_that_is_whole_again_goes_on(self):
        self.assert_held(self.everyone[:50], 50)
        source, golden = self.deliver(self.everyone)
        self.assertEqual((source["state"], source["unchanged"], golden["total"]), ("done", 100, 100))
        self.assertEqual((self.workspace_.links(), golden_state(self.workspace_)), self.before)

    def test_what_changed_in_a_held_source_counts_all_the_same(self):
        self.everyone[0]["name"] = "Another Name"
        source, golden = self.deliver(self.everyone[:50], code=1)
        self.assertEqual((source["changed"], golden["updated"], golden["total"]), (1, 1, 100))

    def test_a_person_releases_it(self):
        self.assert_held(self.everyone[:50], 50)
        source, golden = self.deliver(self.everyone[:50], "--accept-deletions", "crm")
        self.assertEqual((source["state"], source["deleted"], source["message"]), ("done", 50, None))
        self.assertEqual((golden["total"], golden["removed"]), (50, 50))
        self.assertEqual(set(self.workspace_.links()), {("crm", str(n)) for n in range(50)})

    def test_another_source_is_not_released_with_it(self):
        self.workspace_.jsonl("other.jsonl", self.everyone)
        other = {"connector": "jsonl", "config": {"location": "other.jsonl", "key": "id"}}
        self.workspace_.config({"crm": CRM, "other": other})
        self.workspace_.run()
        self.workspace_.jsonl("other.jsonl", [])
        self.workspace_.jsonl("crm.jsonl", [])
        summary = self.workspace_.run("--accept-deletions", "crm", code=1)
        self.assertEqual([s["state"] for s in summary["sources"]], ["done", "held"])

    def test_a_few_that_are_gone_are_deleted_and_come_back_with_their_ids(self):
        links, golden = self.before
        source, counts = self.deliver(self.everyone[5:])
        self.assertEqual((source["deleted"], counts["removed"], counts["total"]), (5, 5, 95))
        self.assertEqual(set(links) - set(self.workspace_.links()),
                         {("crm", str(n)) for n in range(5)})
        self.assertEqual({c["kind"] for c in self.workspace_.changes()}, {"removed"})
        gone = self.workspace_.coterie("show", "crm/0")
        self.assertEqual(gone.code, 4)
        self.assertIn("its source has it no more", gone.err)
        source, counts = self.deliver(self.everyone)
        self.assertEqual(counts["total"], 100)
        self.assertEqual(source["new"] + source["changed"], 5)
        self.assertEqual(self.workspace_.links(), links)
        values = {id_: {k: v for k, v in record.items() if k != "revision"}
                  for id_, record in golden_state(self.workspace_).items()}
        self.assertEqual(values, {id_: {k: v for k, v in record.items() if k != "revision"}
                                  for id_, record in golden.items()})

    def test_a_source_that_fails_loses_nothing(self):
        (self.workspace_.folder / "crm.jsonl").unlink()
        summary = self.workspace_.run(code=4)
        self.assertEqual(summary["sources"][0]["deleted"], 0)
        self.assertEqual(self.workspace_.links(), self.before[0])

    def test_the_brake_can_be_set(self):
        self.workspace_.config({"crm": {**CRM, "brake": {"share": 0.02, "records": 1}}})
        self.assert_held(self.everyone[3:], 3)
        self.workspace_.config({"crm": {**CRM, "brake": {"share": 1}}})
        self.assertEqual(self.deliver([])[0]["deleted"], 100)


if __name__ == "__main__":
    unittest.main()
