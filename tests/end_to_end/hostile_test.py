"""Plugins that misbehave, each as a source beside two good ones, which must not notice."""

import concurrent.futures
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import SCALE, Workspace, hostile_folder, without_times

PEOPLE = [{"id": str(n), "name": f"Person {chr(65 + n % 26)}{n}", "instagram": f"@person.{n}"}
          for n in range(60)]
GOOD = {"crm": {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"}},
        "sheet": {"connector": "delimited", "config": {"location": "sheet.csv", "key": "id"}}}
SILENCE_SECONDS = max(1, round(SCALE))

# What the summary says of the source, by plugin. FAILS: state failed, exit 1, this sentence.
# GOES_ON: only its data is at fault, exit 0, so many records in quarantine.
FAILS, GOES_ON = "failed", "done"
TABLE = {
    "abi_first": (GOES_ON, 1),
    "abi_newer": (FAILS, "it was built for ABI 1.5, and this Coterie speaks 1.2; install a newer Coterie"),
    "abi_older": (FAILS, "it was built for ABI 0.9, and this Coterie speaks 1.2; build the plugin anew"),
    "aborts": (FAILS, "was ended by SIGABRT (Aborted) in the middle of stream 'contacts'"),
    "allocates": (FAILS, "passed memory_bytes_max"),
    "believes_any_state": (GOES_ON, 1),
    "broken_json": (GOES_ON, 3),
    "closes_and_waits": (FAILS, "closed its connection to the core in the middle of stream 'contacts'"),
    "closes_descriptors": (FAILS, "closed its connection to the core in the middle of stream 'contacts'"),
    "deaf": (GOES_ON, 5),
    "exits": (FAILS, "ended with exit code 0 in the middle of stream 'contacts'"),
    "floods_stderr": (FAILS, "is refused"),
    "forges_frames": (FAILS, "broke the frame protocol"),
    "forgetful": (GOES_ON, 5),
    "huge_record": (GOES_ON, 4),
    "huge_state": (FAILS, "its state has 2097154 bytes, allowed are 1048576"),
    "ignores_everything": (FAILS, f"said nothing for {SILENCE_SECONDS} s (silence_max) and was ended"),
    "invalid_utf8": (GOES_ON, 1),
    "leaves_children": (GOES_ON, 1),
    "no_entry_point": (FAILS, "it exports no function coterie_plugin_entry"),
    "no_note": (FAILS, "it has no section .coterie_abi, so it is no plugin of Coterie"),
    "null_functions": (FAILS, "its table of functions lacks check, read"),
    "partial_after_records": (FAILS, "it said 'partial' after its first record"),
    "records_after_unchanged": (FAILS, "it said 'unchanged', and was given no last_state"),
    "replaces_everything": (FAILS, "it said 'replaces' of ids that begin with 0 bytes"),
    "says_no": (FAILS, "gave no table of functions: not on a Monday"),
    "segfaults": (FAILS, "was ended by SIG"),
    "sleeps": (FAILS, f"said nothing for {SILENCE_SECONDS} s (silence_max) and was ended"),
    "struct_too_small": (FAILS, "its table of functions has 24 bytes, ABI 1.0 needs 96"),
    "throws": (FAILS, "let an exception escape from read"),
    "throws_in_open": (FAILS, "let an exception escape from open: thrown on purpose"),
    "throws_through_sdk": (FAILS, "an exception that is no std::exception"),
    "unchanged_after_records": (FAILS, "it said 'unchanged', and was given no last_state"),
    "unchanged_without_state": (FAILS, "it said 'unchanged', and was given no last_state"),
    "unknown_status": (FAILS, "returned the unknown status 77 from read"),
    "unstable_ids": (GOES_ON, 5),
    "well_behaved": (GOES_ON, 0),
    "writes_a_huge_file": (FAILS, "passed file_bytes_max (4194304 bytes) and was ended"),
    "wrong_name": (FAILS, "its name is 'another', and manifest.json says 'wrong_name'"),
}


def set_up(workspace, **bad):
    workspace.jsonl("crm.jsonl", PEOPLE[:40])
    workspace.csv("sheet.csv", PEOPLE[20:], ("id", "name", "instagram"))
    workspace.config({**GOOD, **bad}, plugins={"path": str(hostile_folder())})
    return workspace


def bad_source(name, **config):
    return {"connector": name, "config": config, "mapping": {"name.display": "text"},
            "limits": {"silence_seconds": SILENCE_SECONDS, "memory_mb": 384, "file_mb": 4,
                       "total_seconds": max(30, round(30 * SCALE))}}


def roster(workspace):
    """The golden records of the good sources."""
    return {golden["id"]: without_times(golden) for golden in workspace.export()
            if {s["source"] for s in golden["sources"]} & set(GOOD)}


class HostileTest(unittest.TestCase):
    def test_each_hurts_its_own_source_only(self):
        plugins = sorted(path.name for path in hostile_folder().iterdir()
                         if list(path.glob("*.so")))
        self.assertEqual(plugins, sorted(TABLE), "a plugin without a row here, or a row without one")
        expected = set_up(Workspace(self))
        expected.run()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:  # most of them wait for a limit
            outcomes = list(pool.map(self.run_beside, plugins))
        for name, (workspace, outcome) in zip(plugins, outcomes):
            with self.subTest(plugin=name):
                self.check(name, outcome)
                self.assertEqual(roster(workspace), roster(expected))
                workspace.wait_for_no_process()

    def run_beside(self, name):
        config = {"writes_a_huge_file": {"path": "written"}, "leaves_children": {"path": "written"},
                  "well_behaved": {"record_bytes": 8}}
        workspace = set_up(Workspace(self), bad=bad_source(name, **config.get(name, {})))
        return workspace, workspace.coterie("run", "--json", "--quiet")

    def check(self, name, outcome):
        state, detail = TABLE[name]
        self.assertEqual(outcome.code, 0 if state == GOES_ON else 1, outcome)
        summary = outcome.json()
        sources = {source["name"]: source for source in summary["sources"]}
        for good in GOOD:
            self.assertEqual((sources[good]["state"], sources[good]["new"]), ("done", 40), outcome)
        bad = sources["bad"]
        self.assertEqual(bad["state"], state, outcome)
        if state == GOES_ON:
            self.assertEqual(bad["quarantined"], detail, outcome)
            return
        self.assertIn(detail, bad["message"])
        self.assertNotIn("\n", bad["message"])
        self.assertIn(f"source 'bad': {bad['message']}", outcome.err, "people are told the same")

    def test_what_is_no_library_hurts_its_own_source_only(self):
        workspace = Workspace(self)
        manifest = (hostile_folder() / "well_behaved" / "manifest.json").read_text()
        folder = workspace.folder / "plugins" / "well_behaved"
        workspace.write("plugins/well_behaved/manifest.json", manifest)
        workspace.write("plugins/well_behaved/well_behaved.so", "#!/bin/sh\necho I am no library\n")
        for path in (folder.parent, folder, *folder.iterdir()):
            path.chmod(0o755)
        set_up(workspace, bad=bad_source("well_behaved"))
        workspace.config({**GOOD, "bad": bad_source("well_behaved")}, plugins={"path": "plugins"})
        summary = workspace.run(code=1)
        self.assertIn("it is not a shared library", summary["sources"][-1]["message"])
        self.assertEqual(len(roster(workspace)), 60)

    def test_a_library_that_others_can_write_is_not_loaded(self):
        workspace = Workspace(self)
        source = hostile_folder() / "well_behaved"
        for name in ("manifest.json", "well_behaved.so"):
            workspace.write(f"plugins/well_behaved/{name}", (source / name).read_bytes())
        folder = workspace.folder / "plugins" / "well_behaved"
        folder.chmod(0o755)
        (folder / "well_behaved.so").chmod(0o777)
        set_up(workspace)
        workspace.config({**GOOD, "bad": bad_source("well_behaved")}, plugins={"path": "plugins"})
        outcome = workspace.coterie("run", "--json")
        self.assertIn(outcome.code, (1, 3), outcome)
        self.assertRegex(outcome.err, "can be written by others|writable by others|chmod")

    def test_in_the_next_night_the_good_ones_go_on(self):
        workspace = set_up(Workspace(self), bad=bad_source("segfaults"))
        workspace.run(code=1)
        summary = workspace.run(code=1)
        self.assertEqual([s["unchanged"] for s in summary["sources"]][:2], [40, 40])
        self.assertEqual(workspace.changes(), [])


if __name__ == "__main__":
    unittest.main()
