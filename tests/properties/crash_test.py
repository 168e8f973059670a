"""Invariant 5: kill -9 at any point, then run again: as if never killed.

Moments are drawn from a seed and spread over the time that a run takes here, so each call looks at
others; what must hold afterwards does not depend on them. COTERIE_TEST_KILLS says how many.
"""

import json
import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.people import World
from support.workspace import (Workspace, children_of, counts, golden_lines, golden_state,
                               kill_child, partition, quarantine_state, scaled, seed, wait_until)

SEED = seed()
KILLS = int(os.environ.get("COTERIE_TEST_KILLS", "60"))
# A source of more than 10,000 records has a checkpoint in its middle.
PEOPLE, LIGHT_RECORDS = scaled(2500), 11_000
KILLS_IN_A_ROW_MAX = 6
ROSTER_COLUMNS = ("Navn", "Insta", "E-mail", "Følgere", "By", "Noter")


def end_state(workspace):
    return {"links": workspace.links(), "golden": golden_lines(workspace),
            "quarantine": quarantine_state(workspace),
            "changes": sorted(workspace.changes(), key=str)}


class Roster:
    """A sheet without ids in three files of two checkpoints each, edited from night to night."""

    mapping = {"name.display": "Navn", "emails": ["E-mail"], "location.city": "By",
               "profiles": [{"platform": "instagram", "handle": "Insta", "followers": "Følgere"}]}

    def __init__(self, random_, rows):
        self.random = random_
        people = World(rows, SEED, with_faults=False).people
        self.rows = [{"Navn": f"{p.given} {p.family}", "Insta": "@" + p.handle, "E-mail": p.email,
                      "Følgere": str(p.followers), "By": random_.choice(("Aarhus", "Odense", "Ribe")),
                      "Noter": f"mødt {p.number % 28 + 1}/3"} for p in people]
        self.columns = list(ROSTER_COLUMNS)

    def edit(self):
        """A tenth of the rows are changed, some go, some are written twice, and all are moved."""
        new = iter(range(10 ** 6))
        for row in self.random.sample(self.rows, len(self.rows) // 10):
            column = self.random.choice(("Navn", "Insta", "E-mail", "Følgere", "Noter"))
            row[column] = {"Navn": row["Navn"][::-1][:-1] + row["Navn"][0], "Insta": f"@new.{next(new)}",
                           "E-mail": f"new{next(new)}@example.org", "Noter": "ringet op",
                           "Følgere": str(self.random.randrange(10 ** 5))}[column]
        for row in self.random.sample(self.rows, len(self.rows) // 100):
            self.rows.remove(row)
        self.rows += [dict(row) for row in self.random.sample(self.rows, len(self.rows) // 200)]
        self.random.shuffle(self.rows)

    def write(self, workspace):
        for part in range(3):
            workspace.csv(f"roster-{part}.csv", self.rows[part::3], self.columns)

    def set_up(self, workspace, **source):
        self.write(workspace)
        workspace.config({"roster": {"connector": "delimited", **source,
                                     "config": {"location": "roster-*.csv", "delimiter": ";"}}})
        return workspace


class CrashTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(SEED)

    def nights(self):
        """A workspace before its first night, and the world of the second night."""
        world = World(PEOPLE, SEED)
        light = {"connector": "jsonl", "config": {"location": "light.jsonl", "key": "id"}}
        workspace = world.set_up(Workspace(self))
        workspace.config({**World.sources, "light": light})
        workspace.jsonl("light.jsonl", [{"id": str(n), "instagram": f"@{'abcdefghij'[n % 10]}{n}"}
                                        for n in range(LIGHT_RECORDS)])
        return workspace, world

    def second_night(self, workspace, world):
        workspace.run()
        world.change(0.01)
        world.write(workspace)
        return workspace

    def never_killed(self, workspace):
        """The end state and the summary; also measures how long a run takes."""
        twin = workspace.copy()
        started = time.monotonic()
        summary = twin.run()
        self.run_seconds = time.monotonic() - started
        return end_state(twin), summary

    def kill_core(self, workspace):
        """Kills a run at a moment of its. False if it had ended before; then the machine has less
        to do than when a run was measured."""
        process = workspace.start("run", "--json", "--quiet")
        time.sleep(self.random.uniform(0, self.run_seconds))
        was_running = process.poll() is None
        process.kill()  # which does nothing to one that has ended
        process.communicate()
        workspace.wait_for_no_process()
        if not was_running:
            self.run_seconds = max(0.9 * self.run_seconds, 0.1)
        return was_running and process.returncode < 0

    def assert_same_golden(self, found, expected):
        self.assertEqual(sorted(found - expected)[:3], sorted(expected - found)[:3])

    def kill_in_a_row(self, workspace):
        """How many runs were killed, and whether none came to its end."""
        wanted = self.random.randint(1, KILLS_IN_A_ROW_MAX)
        for killed in range(wanted):
            if not self.kill_core(workspace):
                return killed, False
        return wanted, True

    def assert_kills_leave_no_trace(self, start, kills_wanted, runs_before):
        expected, expected_summary = self.never_killed(start)
        kills = resumed = 0
        # Where starting a program is most of a run, few kills meet one that has begun.
        while kills < kills_wanted or (resumed == 0 and kills < 4 * kills_wanted):
            workspace = start.copy()
            in_a_row, is_unfinished = self.kill_in_a_row(workspace)
            kills += in_a_row
            summary = workspace.run()
            resumed += summary["resumed"]
            with self.subTest(kills=kills, in_a_row=in_a_row):
                self.assertEqual(workspace.links(), expected["links"])
                self.assert_same_golden(golden_lines(workspace), expected["golden"])
                self.assertEqual(quarantine_state(workspace), expected["quarantine"])
                for run in range(1, runs_before + 1):
                    self.assertNotEqual(workspace.changes(run), [])
                # A kill behind the last commit leaves a finished run; those after it met another.
                was_finished = is_unfinished and summary["run"] > expected_summary["run"]
                if was_finished:
                    self.assertEqual({s["changed"] + s["new"] for s in summary["sources"]}, {0})
                    self.assertEqual(sorted(workspace.changes(expected_summary["run"]), key=str),
                                     expected["changes"])
                elif is_unfinished:  # else a run came to its end, and the last one was another
                    self.assertEqual(summary["run"], expected_summary["run"])
                    self.assertEqual(counts(summary), counts(expected_summary))
                    self.assertEqual(sorted(workspace.changes(), key=str), expected["changes"])
                again = workspace.run()
                self.assertEqual(sum(again["golden"][k] for k in again["golden"] if k != "total"), 0)
            workspace.forget()
        print(f"{kills} kills, {resumed} runs resumed, a run takes {self.run_seconds:.2f} s", flush=True)
        self.assertGreater(resumed, 0, "no kill ever met a run that had begun")

    def test_the_core_killed_in_the_first_night(self):
        workspace, _ = self.nights()
        self.assert_kills_leave_no_trace(workspace, KILLS * 2 // 3, runs_before=0)

    def test_the_core_killed_in_the_second_night(self):
        self.assert_kills_leave_no_trace(self.second_night(*self.nights()), KILLS // 3, runs_before=1)

    def test_the_core_killed_in_a_night_of_edited_rows_without_ids(self):
        """An edited row keeps its record id whichever run paired it with its record."""
        roster = Roster(self.random, LIGHT_RECORDS)
        workspace = roster.set_up(Workspace(self), mapping=Roster.mapping)
        workspace.run()
        before = set(workspace.links())
        roster.edit()
        roster.write(workspace)
        self.assert_kills_leave_no_trace(workspace, KILLS // 3, runs_before=1)
        kept = before & set(workspace.links())
        self.assertGreater(len(kept), 0.95 * len(before), "the night was to be one of edited rows")

    def test_the_core_killed_while_it_settles_a_mapping(self):
        """It is inferred in the first night, and compared with a new column in the second."""
        roster = Roster(self.random, LIGHT_RECORDS // 2)
        workspace = roster.set_up(Workspace(self), mapping="auto")
        self.assert_kills_leave_no_trace(workspace, KILLS // 4, runs_before=0)
        workspace.run()
        roster.edit()
        roster.columns.append("Yndlingsfarve")
        for row in roster.rows:
            row["Yndlingsfarve"] = self.random.choice(("rød", "blå"))
        roster.write(workspace)
        self.assert_kills_leave_no_trace(workspace, KILLS // 4, runs_before=1)

    def test_the_plugin_host_killed(self):
        """The run goes on and says which source broke off; the next one brings what is missing."""
        start, _ = self.nights()
        expected = start.copy()
        extract_seconds = expected.run()["seconds"]["extract"]
        wanted = partition(expected.links()), self.values(expected), quarantine_state(expected)
        failures = 0
        for _ in range(max(6, KILLS // 6)):
            workspace = start.copy()
            failures += self.kill_host(workspace, extract_seconds)
            self.assertEqual(workspace.run()["status"], "done")
            self.assertEqual(partition(workspace.links()), wanted[0])
            values = self.values(workspace)
            self.assertEqual([(key, values.get(key), value) for key, value in wanted[1].items()
                              if values.get(key) != value][:3], [])
            self.assertEqual(quarantine_state(workspace), wanted[2])
            workspace.forget()
        print(f"{failures} runs that missed a source", flush=True)
        self.assertGreater(failures, 0, "no kill ever met a host at work")

    def kill_host(self, workspace, extract_seconds):
        """Kills one of a run's plugin hosts: its supervisor, or its worker. Whether it mattered."""
        process = workspace.start("run", "--json", "--quiet")
        wait_until(self, lambda: children_of(process.pid) or process.poll() is not None, "it reads")
        time.sleep(self.random.uniform(0, extract_seconds / 4))
        hosts = children_of(process.pid)
        if hosts:
            kill_child(self.random.choice(hosts), process.pid)
        out, err = process.communicate()
        self.assertIn(process.returncode, (0, 1), err.decode())
        if process.returncode == 1:
            failed = [s for s in json.loads(out)["sources"] if s["state"] == "failed"]
            self.assertEqual(len(failed), 1)
            self.assertRegex(failed[0]["message"],
                             "SIGKILL .Killed.|closed its connection|lost its host process")
        return process.returncode == 1

    @staticmethod
    def values(workspace):
        """By source records: ids follow their own history, values do not."""
        return {tuple(sorted((s["source"], s["record_id"]) for s in record["sources"])):
                {k: v for k, v in record.items() if k not in ("id", "former_ids", "revision")}
                for record in golden_state(workspace).values()}


if __name__ == "__main__":
    unittest.main()
