"""Invariant 5: kill -9 at any point, then run again: as if never killed.

Moments are drawn from a seed and spread over the time that a run takes here, so each call looks at
others; what must hold afterwards does not depend on them. COTERIE_TEST_KILLS says how many.
"""

import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.people import World
from support.workspace import (Workspace, counts, golden_state, kill, partition,
                               quarantine_state, scaled, seed)

SEED = seed()
KILLS = int(os.environ.get("COTERIE_TEST_KILLS", "60"))
# A source of more than 10,000 records has a checkpoint in its middle.
PEOPLE, LIGHT_RECORDS = scaled(2500), max(10_500, scaled(12_000))
KILLS_IN_A_ROW_MAX = 6


def end_state(workspace):
    return {"links": workspace.links(), "golden": golden_state(workspace),
            "quarantine": quarantine_state(workspace),
            "changes": sorted(workspace.changes(), key=str)}


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

    def kill_at_random(self, workspace, share, find_victims):
        """Starts a run and kills the victims within the first `share` of it. False if it had ended
        before; then the machine has less to do than when a run was measured."""
        moment = self.random.uniform(0, share * self.run_seconds)
        process = workspace.start("run", "--json", "--quiet")
        time.sleep(moment)
        victims = find_victims(process)
        is_running = process.poll() is None
        for victim in victims:
            kill(victim)
        if not is_running:
            self.run_seconds = max(0.9 * self.run_seconds, 0.1)
        return process, is_running and bool(victims)

    def kill_core(self, workspace):
        process, was_running = self.kill_at_random(workspace, 1, lambda p: [p.pid])
        process.communicate()
        workspace.wait_for_no_process()
        return was_running and process.returncode < 0

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
        while kills < kills_wanted:
            workspace = start.copy()
            in_a_row, is_unfinished = self.kill_in_a_row(workspace)
            kills += in_a_row
            summary = workspace.run()
            resumed += summary["resumed"]
            with self.subTest(kills=kills, in_a_row=in_a_row):
                self.assertEqual(workspace.links(), expected["links"])
                self.assertEqual(golden_state(workspace), expected["golden"])
                self.assertEqual(quarantine_state(workspace), expected["quarantine"])
                for run in range(1, runs_before + 1):
                    self.assertNotEqual(workspace.changes(run), [])
                if is_unfinished:  # else a run came to its end, and the last one was another
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

    def test_the_plugin_host_killed(self):
        """The run goes on and says which source broke off; the next one brings what is missing."""
        start, _ = self.nights()
        expected, _ = self.never_killed(start)
        kills = failures = 0
        for _ in range(max(10, KILLS // 3)):
            workspace = start.copy()
            process, was_running = self.kill_at_random(
                workspace, 1 / 3, lambda p, w=workspace: self.hosts_of(w, p.pid))
            out, err = process.communicate()
            kills += was_running
            self.assertIn(process.returncode, (0, 1, 4), err.decode())
            failures += process.returncode != 0
            if process.returncode != 0:
                self.assertRegex(out.decode(), "SIGKILL|closed its connection|exit code|plugin host")
            summary = workspace.run()
            self.assertEqual(summary["status"], "done")
            self.assertEqual(partition(workspace.links()), partition(expected["links"]))
            self.assertEqual(quarantine_state(workspace), expected["quarantine"])
            self.assertEqual(self.values(golden_state(workspace)), self.values(expected["golden"]))
            workspace.forget()
        print(f"{kills} plugin hosts killed, {failures} runs that missed a source", flush=True)
        self.assertGreater(failures, 0, "no kill ever met a host at work")

    def hosts_of(self, workspace, core):
        """One of the run's other processes: a plugin host's supervisor, or its worker."""
        others = sorted(set(workspace.processes()) - {core})
        return [self.random.choice(others)] if others else []

    @staticmethod
    def values(golden):
        """By source records: ids follow their own history, values do not."""
        return {tuple(sorted((s["source"], s["record_id"]) for s in record["sources"])):
                {k: v for k, v in record.items() if k not in ("id", "revision")}
                for record in golden.values()}


if __name__ == "__main__":
    unittest.main()
