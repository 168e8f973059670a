"""No secret is anywhere but where it belongs: not in logs, errors, reports, the store, recordings, or the command lines and
environments of processes, for each vendor and each way to sign in, when all is well and when the vendor refuses.

coterie itself is given the secrets by its environment; what it starts is not.
"""

import json
import os
import pathlib
import resource
import threading
import unittest

from nights import Nights, chosen_vendors
from simulator import Fault
from tests.support.workspace import children_of

QUIET = 0.002


class Watch(threading.Thread):
    """Looks at the processes below this one while they run: command lines, environments, open files' names."""

    def __init__(self, process, secrets):
        super().__init__(daemon=True)
        self.process, self.secrets = process, secrets
        self.found, self.seen, self.ended = set(), set(), threading.Event()
        self.core_sizes = set()  # what core dumps of plugin hosts may have, at any look

    def run(self):
        while not self.ended.wait(QUIET):
            self.look(self.process, is_coterie=True)
            for child in children_of(self.process):
                self.look(child, is_coterie=False)

    def look(self, process, is_coterie):
        for name in ("cmdline", "environ"):
            try:
                program = os.readlink(f"/proc/{process}/exe")  # first: what is read below is this program's, or a later one's
                text = pathlib.Path(f"/proc/{process}/{name}").read_bytes().decode(errors="replace")
                limits = pathlib.Path(f"/proc/{process}/limits").read_text()
            except OSError:
                continue  # it ended
            # A child that is coterie still is about to become another program.
            if name == "environ" and (is_coterie or os.path.basename(program) == "coterie"):
                continue
            if "plugin-host" in program:
                self.seen.add(process)
                self.core_sizes.update(line.split()[4] for line in limits.splitlines()
                                       if line.startswith("Max core file size"))
            self.found |= {f"{name} of {os.path.basename(program)}" for secret in self.secrets() if secret in text}


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # or nobody would notice that it was never lowered

    def test_no_secret_is_where_it_can_be_read(self):
        for vendor in chosen_vendors():
            for how in vendor.sign_ins:
                with self.subTest(vendor=vendor.name, how=how):
                    self.nights(vendor, how)

    def nights(self, vendor, how):
        nights = Nights(self, vendor, how, contacts=150, source={"record": "recordings"})
        dialect = nights.crm.dialect
        environment = self.move_to_environment(nights)
        outputs = []
        for faults, arguments in (
                ((), ("run",)),
                ((), ("check", "--connect")),
                ((Fault("expire", at=2), Fault("slow", at=1, times=99, seconds=0.02)), ("run", "--full", "--json")),
                ((Fault("status", at=1, times=10_000, status=503),), ("run", "--full")),
                ((Fault("status", at=1, times=10_000, status=403),), ("run", "--full"))):
            nights.crm.faults.arm(faults)
            process = nights.workspace.start(*arguments, env=environment)
            watch = Watch(process.pid, lambda: [s for s in dialect.secrets if len(s) > 8])
            watch.start()
            out, err = process.communicate(timeout=120)
            watch.ended.set()
            watch.join()
            outputs.append((arguments, out, err))
            self.assertFalse(watch.found, f"{arguments}: a secret is in {watch.found}")
            if arguments == ("run",):
                self.assertEqual(process.returncode, 0, err.decode())
                self.assertTrue(watch.seen, "no plugin host was seen")
                self.assertEqual(watch.core_sizes, {"0"}, "core dumps of plugin hosts are off")
        # A refused sign-in, in which the vendor says the token back.
        secrets = dialect.secrets
        true = [value for value in nights.credentials.values() if value in secrets]
        dialect.token = dialect.client_secret = dialect.refresh_token = dialect.password = "something-else-entirely"
        error = dialect.error
        dialect.error = lambda status, message, **more: error(status, f"{message}: {' '.join(true)}", **more)
        nights.crm.faults.arm(())
        process = nights.workspace.start("run", "--full", env=environment)
        out, err = process.communicate(timeout=120)
        outputs.append((("run",), out, err))
        for arguments, out, err in outputs:
            for secret in secrets:
                self.assertNotIn(secret.encode(), out + err, f"in what {arguments} printed")
        files = nights.workspace.bytes_of_everything()
        self.assertTrue(any("recordings" in name for name in files), "nothing was recorded")
        for name, content in files.items():
            for secret in secrets:
                self.assertNotIn(secret.encode(), content, f"in {name}")
        self.assertGreaterEqual(len(secrets), 4)

    @staticmethod
    def move_to_environment(nights):
        """The config names variables in the place of the secrets; gives these."""
        path = nights.workspace.folder / "coterie.yaml"
        text, environment = path.read_text(), {}
        for number, secret in enumerate([*nights.crm.dialect.secrets, *_multiline(nights)]):
            quoted = json.dumps(secret)[1:-1]
            if quoted in text:
                environment[f"CRM_SECRET_{number}"] = secret
                text = text.replace(quoted, f"${{env:CRM_SECRET_{number}}}")
        path.write_text(text)
        return environment


def _multiline(nights):
    return [value for value in nights.credentials.values() if isinstance(value, str) and "\n" in value]


if __name__ == "__main__":
    unittest.main(verbosity=2)
