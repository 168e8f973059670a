"""The value of a secret is seen by its plugin, and by nobody else."""

import json
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import Workspace, hostile_folder

SECRET = "tiger-lily-9f4b2c"
ESCAPED = 'lily"\\of the\tvalley'


class SecretsTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.seen = []

    def coterie(self, *arguments, secret=SECRET):
        """Runs a command with the secret in its environment; notes all arguments that `ps` shows."""
        process = self.workspace.start(*arguments, env={"TOKEN": secret})
        ended = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(ended,))
        watcher.start()
        out, err = process.communicate()
        ended.set()
        watcher.join()
        return process.returncode, out.decode(), err.decode()

    def watch(self, ended):
        while not ended.wait(0.01):
            for process in self.workspace.processes():
                try:
                    self.seen.append(pathlib.Path(f"/proc/{process}/cmdline").read_bytes())
                except OSError:
                    continue  # ended meanwhile

    def assert_nowhere(self, texts, secret=SECRET):
        for text in texts:
            self.assertNotIn(secret, text)
        needles = {secret.encode(), json.dumps(secret)[1:-1].encode(),
                   secret.encode("utf-16-le"), secret.encode().hex().encode()}
        for needle in needles:
            for line in self.seen:
                self.assertNotIn(needle, line, "ps shows the secret")
            for path, content in self.workspace.bytes_of_everything().items():
                self.assertNotIn(needle, content, path)

    def leaking(self, reference):
        """A plugin that writes its secret wherever it can."""
        source = {"connector": "floods_stderr", "config": {"token": reference},
                  "mapping": {"name.display": "name"}}
        crm = {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"}}
        self.workspace.jsonl("crm.jsonl", [{"id": "1", "name": "Ida Holm"}])
        self.workspace.config({"crm": crm, "bad": source}, plugins={"path": str(hostile_folder())})

    def test_a_plugin_that_leaks_its_secret_is_overheard_by_nobody(self):
        for secret in (SECRET, ESCAPED):
            with self.subTest(secret=secret):
                self.setUp()
                self.leaking("${env:TOKEN}")
                texts = []
                for call in (["check"], ["check", "--connect", "--json"], ["run", "--json"], ["run"],
                             ["preview", "bad"], ["doctor", "--json"], ["export"], ["diff"],
                             ["connectors", "floods_stderr", "--json"]):
                    code, out, err = self.coterie(*call, secret=secret)
                    self.assertNotEqual(code, 70, err)
                    texts += [out, err]
                self.assertTrue(self.seen, "no process was looked at")
                self.assertIn("the token *** is refused", "".join(texts))
                self.assert_nowhere(texts, secret)

    def test_a_secret_from_a_file_is_kept_too(self):
        self.leaking("${file:token.txt}")
        token = self.workspace.write("token.txt", SECRET + "\n")
        token.chmod(0o600)
        code, out, err = self.coterie("run", "--json", secret="another")
        self.assertEqual(code, 1, err)
        self.assertIn("the token *** is refused", out)
        token.unlink()
        self.assert_nowhere([out, err])

    def test_a_missing_secret_is_named(self):
        self.leaking("${env:TOKEN_THAT_NOBODY_SET}")
        for call in (["check"], ["run"]):
            code, out, err = self.coterie(*call)
            self.assertEqual(code, 3, err)
            self.assertIn("TOKEN_THAT_NOBODY_SET", err)

    def test_errors_about_a_value_do_not_show_what_came_from_a_secret(self):
        """Wherever a reference may stand in a config, and the value is not allowed there."""
        good = {"connector": "jsonl", "config": {"location": "crm.jsonl"}}
        reference = "${env:TOKEN}"
        for config in ({"crm": {**good, "connector": reference}},
                       {"crm": {**good, "config": {"location": reference}}},
                       {"crm": {**good, "config": {"location": "crm.jsonl", "key": [reference, reference]}}},
                       {"crm": {**good, "config": {"location": "x", "record_bytes_max": reference}}},
                       {"crm": {**good, "country": reference}},
                       {"crm": {**good, "dates": reference}},
                       {"crm": {**good, "trust": reference}},
                       {"crm": {**good, "mapping": {"name.display": reference}}},
                       {"crm": {"connector": "delimited", "config": {"location": "x", "quote": reference}}},
                       {"crm": {"connector": "delimited",
                                "config": {"location": "x", "escape": reference}}}):
            with self.subTest(config=config):
                self.workspace.config(config)
                texts = []
                for call in (["check", "--connect"], ["check", "--json"], ["run", "--json"]):
                    code, out, err = self.coterie(*call)
                    self.assertIn(code, (0, 3, 4), err)
                    texts += [out, err]
                self.assert_nowhere(texts)

    def test_the_key_of_the_ids_is_kept(self):
        self.leaking("none")
        config = json.loads((self.workspace.folder / "coterie.yaml").read_text())
        self.workspace.config(config["sources"], plugins=config["plugins"], ids={"key": "${env:TOKEN}"})
        texts = [text for call in (["run", "--json"], ["show", "crm/1"], ["doctor"])
                 for text in self.coterie(*call)[1:]]
        self.assert_nowhere(texts)


if __name__ == "__main__":
    unittest.main()
