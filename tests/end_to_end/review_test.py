"""The queue of unsure pairs, judged by keys on a terminal and by lines of a pipe."""

import os
import pathlib
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import COMMAND_SECONDS_MAX, Workspace, program, wait_until

PEOPLE = [{"id": str(i), "name": name, "email": f"p{i}@example.dk", "insta": f"handle{i}", "city": "Aarhus"}
          for i, name in enumerate(("Ida Holm", "Ida Holme", "Bo Lund", "Bo Lundt", "Cy Dahl"))]
MAPPING = {"name.display": "name", "emails": [{"address": "email"}], "location.city": "city",
           "profiles": [{"platform": "instagram", "handle": "insta"}]}
PAIRS = [("0", "1", 4.5, 0.9, "names nearly agree"), ("2", "3", 1.0, 0.6, "same city"),
         ("1", "4", -1.0, 0.4, "one town"), ("0", "4", -2.0, 0.3, "one town")]


class Review(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.workspace.jsonl("people.jsonl", PEOPLE)
        self.workspace.config({"crm": {"connector": "jsonl", "mapping": MAPPING,
                                       "config": {"location": "people.jsonl", "key": ["id"]}}})
        self.workspace.run()
        # What the matcher finds unsure is its own; here it is what this test says.
        with sqlite3.connect(self.workspace.folder / "coterie.db") as store:
            rows = dict(store.execute("SELECT record_id, row FROM records"))
            store.execute("DELETE FROM review_pairs")
            store.executemany("INSERT INTO review_pairs VALUES (?, ?, ?, ?, ?, ?)",
                              [(rank, rows[a], rows[b], weight, probability, reason) for
                               rank, (a, b, weight, probability, reason) in enumerate(PAIRS, start=1)])

    def queue(self, *arguments):
        document = self.workspace.succeed("review", "--json", *arguments).json()
        return document["total"], [(p["a"]["record_id"], p["b"]["record_id"]) for p in document["pairs"]]

    def decisions(self):
        found = self.workspace.succeed("decisions", "--json").json()["decisions"]
        return [(d["verdict"], d["a"]["record_id"], d["b"]["record_id"], "undone_at" in d) for d in found]

    def judged(self, text, code=0):
        done = subprocess.run([program(), "review"], cwd=self.workspace.folder, input=text.encode(),
                              capture_output=True, timeout=COMMAND_SECONDS_MAX)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout.decode()

    def test_the_queue_is_one_document_in_its_order(self):
        document = self.workspace.succeed("review", "--json", "--limit", "2").json()
        self.assertEqual(document["total"], 4)
        first, second = document["pairs"]
        self.assertEqual(first["a"]["facts"]["name"], ["Ida Holm"])
        self.assertEqual(first["b"]["facts"]["e-mails"], ["p1@example.dk"])
        self.assertEqual(first["a"]["facts"]["profiles"], ["instagram handle0"])
        self.assertEqual((first["weight"], first["reason"]), (4.5, "names nearly agree"))
        self.assertTrue(first["evidence"])
        self.assertEqual(second["reason"], "same city")

    def test_what_is_decided_is_asked_no_more_also_what_follows_from_it(self):
        self.workspace.succeed("decide", "different", "crm/1", "crm/4")
        self.assertEqual(self.queue(), (3, [("0", "1"), ("2", "3"), ("0", "4")]))
        self.workspace.succeed("decide", "same", "crm/1", "crm/0")
        self.assertEqual(self.queue(), (1, [("2", "3")]), "0 is 1, so 0 is not 4")

    def test_lines_of_a_pipe_are_answers(self):
        told = self.judged("s\n\nd\n")
        self.assertEqual(self.decisions(), [("same", "0", "1", False), ("different", "1", "4", False)])
        for part in ("pair 1 of 4: match weight 4.5, 90 % likely one person; names nearly agree", "Ida Holme",
                     "= Aarhus", "s same   d different", "skipped", "decision 1: crm/0 and crm/1 are the same person",
                     "that was the last pair", "2 decided; they take effect with the next run"):
            self.assertIn(part, told)

    def test_undo_takes_the_last_back_and_asks_again(self):
        told = self.judged("s\nu\nd\nu\nu\nq\n")
        self.assertEqual(self.decisions(), [("same", "0", "1", True), ("different", "0", "1", True)])
        self.assertIn("nothing was decided yet", told)
        self.assertIn("0 decided\n", told)

    def test_an_unknown_key_decides_nothing_and_the_end_of_input_ends(self):
        self.assertEqual(self.judged("x\n").count("s same   d different"), 2)
        self.assertEqual(self.decisions(), [])

    def test_an_empty_queue_says_so(self):
        with sqlite3.connect(self.workspace.folder / "coterie.db") as store:
            store.execute("DELETE FROM review_pairs")
        self.assertEqual(self.judged(""), "no pair waits for a decision\n")

    def on_terminal(self):
        """A review on a terminal of its own."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        process = subprocess.Popen([program(), "review"], cwd=self.workspace.folder, stdin=theirs,
                                   stdout=theirs, stderr=theirs, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, ours, theirs

    def is_raw(self, terminal):
        return not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)

    def read_until(self, terminal, text):
        seen = b""
        while text.encode() not in seen:
            if not select.select([terminal], [], [], COMMAND_SECONDS_MAX)[0]:
                self.fail(f"waited in vain for {text!r} behind {seen!r}")
            seen += os.read(terminal, 4096)
        return seen.decode(errors="replace")

    def test_keys_on_a_terminal_need_no_enter_and_it_is_as_before_afterwards(self):
        process, ours, theirs = self.on_terminal()
        before = termios.tcgetattr(theirs)
        self.read_until(ours, "q quit")
        self.assertTrue(self.is_raw(theirs))
        os.write(ours, b"\x1b[C")  # an arrow key decides nothing
        os.write(ours, b"S")
        self.read_until(ours, "pair 2 of 4")
        os.write(ours, b"q")
        self.read_until(ours, "1 decided")
        self.assertEqual(process.wait(COMMAND_SECONDS_MAX), 0)
        self.assertEqual(termios.tcgetattr(theirs), before)
        self.assertEqual(self.decisions(), [("same", "0", "1", False)])

    def test_a_signal_leaves_the_terminal_as_it_was(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process, ours, theirs = self.on_terminal()
                before = termios.tcgetattr(theirs)
                self.read_until(ours, "q quit")
                process.send_signal(number)
                self.assertEqual(process.wait(COMMAND_SECONDS_MAX), -number)
                self.assertEqual(termios.tcgetattr(theirs), before)

    def test_stopped_it_gives_the_terminal_back_and_takes_it_again(self):
        process, ours, theirs = self.on_terminal()
        before = termios.tcgetattr(theirs)
        self.read_until(ours, "q quit")
        process.send_signal(signal.SIGTSTP)
        wait_until(self, lambda: termios.tcgetattr(theirs) == before, "the terminal is given back")
        process.send_signal(signal.SIGCONT)
        wait_until(self, lambda: self.is_raw(theirs), "the terminal is taken again")
        os.write(ours, b"q")
        self.assertEqual(process.wait(COMMAND_SECONDS_MAX), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
