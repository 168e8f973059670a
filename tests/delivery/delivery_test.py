"""Rosters from real servers: the right way, refused, cut off on the way, changed meanwhile, slow; and
not read again when they have not changed."""

import email.message
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from servers import (PASSWORD, USER, Authority, Bucket, ConnectProxy, Ftp, Mail, Sftp, Way, Web,
                     free_port)
from support.workspace import SCALE, Workspace

LARGE = 1_000_000  # bytes: several packets of any protocol
QUICK = {"connect_seconds_max": 5, "stall_seconds_max": max(2, round(2 * SCALE)),
         "stall_bytes_min": 1}


def setUpModule():
    global FOLDER, OURS, THEIRS, CERTIFICATE
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="coterie-delivery-"))
    FOLDER.chmod(0o755)  # mail is served by another user
    OURS = Authority(FOLDER / "ours", "Agency CA")
    THEIRS = Authority(FOLDER / "theirs", "Another CA")
    CERTIFICATE = OURS.certificate("127.0.0.1", "localhost", "docs.google.com")


def tearDownModule():
    shutil.rmtree(FOLDER, ignore_errors=True)


def roster(people, seed=1, prefix="p"):
    """CSV with so many bytes that no two parts are alike, and its notes by id."""
    noise = random.Random(seed)
    notes = {f"{prefix}{n}": f"note {seed} {n} " + noise.randbytes(60).hex() for n in range(people)}
    text = "id;name;note\n" + "".join(f"{i};Person {i};{note}\n" for i, note in notes.items())
    return text.encode(), notes


def large_roster(seed=1):
    """About LARGE bytes in few rows, so that merging them costs little."""
    noise = random.Random(seed)
    notes = {f"p{n}": f"note {seed} {n} " + noise.randbytes(5000).hex() for n in range(LARGE // 10000)}
    text = "id;name;note\n" + "".join(f"{i};Person {i};{note}\n" for i, note in notes.items())
    return text.encode(), notes


class DeliveryCase(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="coterie-test-temporary-"))
        self.addCleanup(shutil.rmtree, self.temporary, ignore_errors=True)
        self.environment = {"TMPDIR": str(self.temporary)}

    def tearDown(self):
        self.assertEqual(list(self.temporary.iterdir()), [], "something fetched was left behind")

    def configure(self, config, connector="delimited", **source):
        self.workspace.config({"roster": {
            "connector": connector, "config": {"key": "id", **config},
            "mapping": {"name.display": "name", "notes": "note"}, **source}})

    def merge(self, *arguments, code=0):
        """The run's word on the one source."""
        outcome = self.workspace.coterie("run", "--json", "--quiet", *arguments,
                                         env=self.environment)
        self.assertEqual(outcome.code, code, outcome)
        return outcome.json()["sources"][0]

    def fault(self, *words):
        """`check --connect` refuses, with these words and none that is secret."""
        outcome = self.workspace.coterie("check", "--connect", env=self.environment)
        self.assertNotEqual(outcome.code, 0, outcome)
        self.assert_shown(outcome.out + outcome.err, *words)

    def assert_shown(self, text, *words):
        for word in words:
            self.assertIn(word, text)
        self.assertNotIn(PASSWORD, text)

    def assert_whole(self, notes):
        """Every note of the roster is there, and each as it was."""
        found = {}
        for golden in self.workspace.export():
            record_id = golden["sources"][0]["record_id"]
            found[record_id] = golden["notes"][0] if isinstance(golden["notes"][0], str) \
                else golden["notes"][0]["text"]
        self.assertEqual(found, notes)

    def assert_merges(self, notes):
        summary = self.merge()
        self.assertEqual((summary["state"], summary["read"], summary["quarantined"]),
                         ("done", len(notes), 0), summary)
        self.assert_whole(notes)

    def assert_unchanged(self, count, *arguments):
        summary = self.merge(*arguments)
        self.assertEqual((summary["read"], summary["unchanged"], summary["new"], summary["changed"],
                          summary["deleted"]), (count, count, 0, 0, 0), summary)

    def way(self, port, **troubles):
        way = Way(port, **troubles)
        self.addCleanup(way.close)
        return way


class HttpsTest(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Web(FOLDER / "web", CERTIFICATE)
        cls.addClassCleanup(cls.server.stop)

    def put(self, name, content, age=100):
        path = self.server.files / name
        path.write_bytes(content)
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def at(self, path, port=None, host="127.0.0.1", **config):
        self.configure({"location": f"https://{host}:{port or self.server.port}{path}",
                        "ca_file": str(OURS.ca), **QUICK, **config})

    def test_a_file_is_merged_and_not_fetched_again_until_it_changes(self):
        content, notes = roster(20)
        self.put("roster.csv", content)
        self.at("/roster.csv")
        self.assert_merges(notes)
        self.assert_unchanged(20)
        self.assertEqual(self.server.requests()[-1], ("GET /roster.csv HTTP/1.1", "304"))
        content, notes = roster(21, seed=2)
        self.put("roster.csv", content, age=50)
        self.assert_merges(notes)
        self.assertEqual(self.server.requests()[-1][1], "200")
        self.assert_unchanged(21, "--full")
        self.assertEqual(self.server.requests()[-1][1], "200")

    def test_an_api_is_spoken_to_by_http_2_where_its_server_can(self):
        self.put("people.json", json.dumps(
            {"data": [{"id": str(number), "name": f"Person {number}", "note": f"of {number}"}
                      for number in range(12)]}).encode())
        base = f"https://127.0.0.1:{self.server.http2_port}"
        self.workspace.config({"roster": {
            "connector": "rest",
            "config": {"base_url": base, "ca_file": str(OURS.ca), "streams": {
                "people": {"id": "/id", "request": {"path": "/people.json"}, "records": "/data"}}},
            "mapping": {"name.display": "name", "notes": "note"}}})
        self.assert_merges({str(number): f"of {number}" for number in range(12)})
        self.assertEqual(self.server.requests()[-1], ("GET /people.json HTTP/2.0", "200"))

    def test_the_same_bytes_under_another_date_are_not_read_again(self):
        content, notes = roster(20)
        self.put("again.csv", content)
        self.at("/again.csv")
        self.assert_merges(notes)
        self.put("again.csv", content, age=50)
        self.assert_unchanged(20)
        self.assertEqual(self.server.requests()[-1][1], "200")

    def test_a_user_and_a_password_open_what_is_private(self):
        content, notes = roster(5)
        self.put("private/roster.csv", content)
        self.at("/private/roster.csv", username=USER, password=PASSWORD)
        self.assert_merges(notes)

    def test_a_wrong_password_is_refused_in_words(self):
        self.at("/private/roster.csv", username=USER, password="wrong")
        self.fault("https://127.0.0.1", "answered 401", "check user, password")
        summary = self.merge(code=4)
        self.assertEqual(summary["state"], "failed")
        self.assert_shown(summary["message"], "answered 401")

    def test_a_missing_file_is_said(self):
        self.at("/nothing.csv")
        self.fault("answered 404: there is no such file")

    def test_a_certificate_of_a_stranger_is_refused(self):
        self.put("roster.csv", roster(3)[0])
        self.at("/roster.csv", ca_file=str(THEIRS.ca))
        self.fault("certificate is not trusted", "ca_file")
        self.configure({"location": f"https://127.0.0.1:{self.server.port}/roster.csv"})
        self.fault("certificate is not trusted", "ca_file")  # the system does not know it either

    def test_a_certificate_for_another_host_is_refused(self):
        self.at("/roster.csv", host="127.0.0.2")
        self.fault("127.0.0.2")

    def test_a_login_page_is_no_roster(self):
        self.at("/login.csv")
        self.fault("a web page came instead of a file")

    def test_a_password_does_not_follow_a_redirect_to_another_host(self):
        # The other place answers with the sign-in that it was sent.
        self.at("/elsewhere.csv", token=PASSWORD)
        self.assert_merges({"1": "got []"})
        self.at("/headers.csv", self.server.other_port, token="t0ken")
        self.assert_merges({"1": "got [Bearer t0ken]"})

    def test_a_redirect_to_an_unencrypted_place_is_refused(self):
        self.at("/unsafe.csv")
        self.fault("a redirect may only lead to https")

    def test_a_connection_that_is_cut_is_resumed(self):
        content, notes = large_roster()
        self.put("large.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="cut")
        self.at("/large.csv", way.port)
        self.assert_merges(notes)
        self.assertEqual(way.connections, 2)
        self.assertEqual([status for _, status in self.server.requests()[-2:]], ["200", "206"])
        self.assertLess(way.bytes_down, LARGE * 1.2)

    def test_a_file_that_changes_while_it_is_fetched_is_fetched_anew(self):
        old, _ = large_roster(1)
        new, notes = large_roster(2)
        self.put("changing.csv", old)
        way = self.way(self.server.port, after=LARGE // 2, what="cut",
                       on_reach=lambda: self.put("changing.csv", new, age=50))
        self.at("/changing.csv", way.port)
        self.assert_merges(notes)
        self.assertEqual(self.server.requests()[-1][1], "200")

    def test_a_server_that_falls_silent_is_asked_again(self):
        content, notes = large_roster()
        self.put("slow.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="stall")
        self.at("/slow.csv", way.port)
        self.assert_merges(notes)
        self.assertEqual(way.connections, 2)

    def test_a_server_that_stays_silent_is_given_up_in_words(self):
        self.put("slow.csv", large_roster()[0])
        way = self.way(self.server.port, after=3000, what="stall", times=99)
        self.at("/slow.csv", way.port, stall_seconds_max=1)
        self.fault("https://127.0.0.1", "too slow", "stall_seconds_max is 1")
        self.assertEqual(way.connections, 4)

    def test_a_file_that_is_too_large_is_refused(self):
        self.put("large.csv", large_roster()[0])
        self.at("/large.csv", fetch_bytes_max=10_000)
        self.fault("is larger than 10000 bytes; raise fetch_bytes_max")

    def test_an_archive_is_the_folder_of_its_rosters(self):
        packed = io.BytesIO()
        north, south = roster(4, 1, "n"), roster(5, 2, "s")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("north/roster.csv", north[0])
            archive.writestr("south/roster.csv", south[0])
            archive.writestr("read me.txt", "hello")
        self.put("rosters.zip", packed.getvalue())
        self.at("/rosters.zip", inside="**/*.csv")
        self.assert_merges({**north[1], **south[1]})
        self.assert_unchanged(9)

    def test_a_google_sheet_is_exported_through_a_proxy(self):
        content, notes = roster(6)
        self.put("sheet.csv", content)
        proxy = ConnectProxy(self.server.port)
        self.addCleanup(proxy.close)
        config = {"ca_file": str(OURS.ca), "proxy": f"http://127.0.0.1:{proxy.port}"}
        sheet = "https://docs.google.com/spreadsheets/d/{}/edit?usp=sharing#gid=7"
        self.configure({"location": sheet.format("shared"), **config})
        self.assert_merges(notes)
        self.assertEqual(proxy.asked, ["CONNECT docs.google.com:443 HTTP/1.1"])
        self.assertEqual(self.server.requests()[-1],
                         ("GET /spreadsheets/d/shared/export?format=csv&gid=7 HTTP/1.1", "200"))
        self.configure({"location": sheet.format("closed"), **config})
        self.fault("a web page came instead of a file; the sheet is not shared")

    def test_a_run_that_is_killed_while_it_fetches_leaves_no_trace_for_long(self):
        content, notes = large_roster()
        self.put("killed.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="stall", times=1)
        self.at("/killed.csv", way.port, stall_seconds_max=600)
        process = self.workspace.start("run", "--quiet", env=self.environment)
        while way.times and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        self.workspace.wait_for_no_process()
        left, = self.temporary.iterdir()  # nobody could take it away
        self.assertEqual(left.stat().st_mode & 0o777, 0o700)
        self.assert_merges(notes)
        self.assertEqual(list(self.temporary.iterdir()), [left])  # too young to be sure of
        shutil.rmtree(left)

    def test_what_is_unencrypted_needs_a_word(self):
        self.configure({"location": "http://127.0.0.1/roster.csv"})
        self.fault("is not encrypted", "plaintext: true")


class SftpTest(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Sftp(FOLDER / "sftp")
        cls.addClassCleanup(cls.server.stop)

    def put(self, name, content, age=100):
        path = self.server.files / name
        path.write_bytes(content)
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def at(self, name, port=None, **config):
        self.configure({"location": f"sftp://127.0.0.1:{port or self.server.port}"
                                    f"{self.server.files}/{name}", "username": self.server.user,
                        "key_file": str(self.server.key), "host_key": self.server.fingerprint,
                        **QUICK, **config})

    def without_key(self, name, **config):
        self.configure({"location": f"sftp://127.0.0.1:{self.server.port}{self.server.files}/{name}",
                        "username": self.server.user, "host_key": self.server.fingerprint,
                        **QUICK, **config})

    def test_a_file_is_merged_and_not_read_again_until_it_changes(self):
        content, notes = roster(20)
        self.put("roster.csv", content)
        way = self.way(self.server.port)
        self.at("roster.csv", way.port)
        self.assert_merges(notes)
        self.assert_unchanged(20)
        content, notes = roster(20, seed=2)  # of the same size
        self.put("roster.csv", content, age=50)
        self.assert_merges(notes)

    def test_known_hosts_is_enough(self):
        content, notes = roster(5)
        self.put("known.csv", content)
        known = self.workspace.write("known_hosts", self.server.known_hosts(self.server.port))
        self.at("known.csv", known_hosts=str(known), host_key=self.server.fingerprint)
        self.configure({"location": f"sftp://127.0.0.1:{self.server.port}{self.server.files}"
                                    "/known.csv", "username": self.server.user,
                        "key_file": str(self.server.key), "known_hosts": "known_hosts"})
        self.assert_merges(notes)

    def test_a_key_with_a_passphrase_is_opened(self):
        content, notes = roster(5)
        self.put("locked.csv", content)
        self.at("locked.csv", key_file=str(self.server.locked), key_passphrase="open sesame")
        self.assert_merges(notes)

    def test_a_password_signs_in(self):
        if not self.server.has_password:
            self.skipTest("OpenSSH takes passwords from the system, which root alone can lend it")
        content, notes = roster(5)
        self.put("password.csv", content)
        self.without_key("password.csv", password=PASSWORD)
        self.assert_merges(notes)

    def test_a_wrong_password_or_key_is_refused_in_words(self):
        self.without_key("roster.csv", password="wrong")
        self.fault("the server refuses the sign-in", "check username, password or key_file")
        self.at("roster.csv", key_file=str(self.server.stranger))
        self.fault("the server refuses the sign-in")

    def test_an_unknown_host_key_is_refused_and_shown(self):
        self.configure({"location": f"sftp://127.0.0.1:{self.server.port}/x.csv",
                        "username": self.server.user, "key_file": str(self.server.key),
                        "known_hosts": str(self.workspace.write("none", ""))})
        self.fault("a host key that is not known yet", f'set host_key: "{self.server.fingerprint}"')

    def test_another_host_key_is_refused_and_shown(self):
        self.at("roster.csv", host_key="SHA256:" + "A" * 43)
        self.fault("another host key than the one that is trusted", self.server.fingerprint)
        stranger = self.server.stranger.with_suffix(".pub").read_text().split()
        known = self.workspace.write("known_hosts", f"[127.0.0.1]:{self.server.port} {stranger[0]} "
                                                    f"{stranger[1]}\n")
        self.configure({"location": f"sftp://127.0.0.1:{self.server.port}/x.csv",
                        "username": self.server.user, "key_file": str(self.server.key),
                        "known_hosts": str(known)})
        self.fault("another host key than the one that is trusted", self.server.fingerprint)

    def test_a_pattern_names_several_files_and_the_newest_of_them(self):
        old, new = roster(4, 1, "a"), roster(5, 2, "b")
        self.put("week-2026-11-01.csv", old[0], age=50)
        self.put("week-2026-11-08.csv", new[0], age=100)
        self.put("week.txt", b"nothing")
        self.at("week-*.csv")
        self.assert_merges({**old[1], **new[1]})
        self.assert_unchanged(9)
        self.workspace = Workspace(self)
        self.at("week-*.csv", versions="newest")
        self.assert_merges(new[1])
        self.at("month-*.csv")
        self.fault("no file sftp://127.0.0.1", "there: ", "week-2026-11-01.csv")

    def publish(self, name, code=0, port=None, **upload):
        """A run that delivers a roster to this server; gives the destination's part of the summary."""
        self.workspace.jsonl("crm.jsonl", [{"id": str(n), "name": f"Person {n}",
                                            "mail": f"p{n}@example.com"} for n in range(3)])
        self.workspace.config(
            {"crm": {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"},
                     "mapping": {"name.display": "name", "emails": "mail"}}},
            destinations={"greenfly": {"connector": "greenfly", "config": {
                "path": "greenfly.csv", "upload": {
                    "location": f"sftp://127.0.0.1:{port or self.server.port}{name}",
                    "username": self.server.user, "key_file": str(self.server.key),
                    "host_key": self.server.fingerprint, "connect_seconds_max": 5,
                    "stall_seconds_max": QUICK["stall_seconds_max"], **upload}}}})
        outcome = self.workspace.coterie("run", "--json", "--quiet", env=self.environment)
        self.assertEqual(outcome.code, code, outcome)
        return outcome.json()["destinations"][0]

    def test_a_roster_is_put_under_another_name_and_renamed(self):
        folder = self.server.files / "in box"
        folder.mkdir()
        name = 'the "roster".csv'
        for old in (None, "yesterday's"):
            if old is not None:
                (folder / name).write_text(old)
                (self.workspace.folder / "greenfly.csv").unlink()
            location = f"{folder}/{name}".replace(" ", "%20").replace('"', "%22")
            self.assertEqual(self.publish(location)["state"], "done")
            content = (folder / name).read_text()
            self.assertEqual(content, (self.workspace.folder / "greenfly.csv").read_text())
            self.assertEqual(content.count("@example.com"), 3)
            self.assertEqual([path.name for path in folder.iterdir()], [name])

    def test_a_roster_is_put_again_where_the_connection_was_cut(self):
        way = self.way(self.server.port, after=3000, what="cut", times=1)
        summary = self.publish(f"{self.server.files}/cut.csv", port=way.port)
        self.assertEqual((summary["state"], way.times), ("done", 0), summary)
        self.assertEqual((self.server.files / "cut.csv").read_text().count("@example.com"), 3)

    def test_a_roster_that_cannot_be_put_leaves_the_file_as_it_was(self):
        (self.workspace.folder / "greenfly.csv").write_text("yesterday's")
        for name, words, upload in (
                ("/nowhere/x.csv", "has no such folder", {}),
                ("/x.csv", "another host key than the one", {"host_key": "SHA256:" + "A" * 43})):
            summary = self.publish(f"{self.server.files}{name}", code=1, **upload)
            self.assert_shown(summary["message"], words)
            self.assertEqual((self.workspace.folder / "greenfly.csv").read_text(), "yesterday's")
            self.assertEqual(len(list(self.workspace.folder.glob("greenfly.csv*"))), 1)
            self.fault(words)

    def test_a_missing_file_is_said(self):
        self.at("nothing.csv")
        self.fault("nothing.csv: there is no such file")

    def test_a_connection_that_is_cut_is_resumed(self):
        content, notes = large_roster()
        self.put("large.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="cut")
        self.at("large.csv", way.port)
        self.assert_merges(notes)
        self.assertEqual(way.times, 0)
        self.assertLess(way.bytes_down, LARGE * 1.5)

    def test_a_file_that_changes_while_it_is_fetched_is_fetched_anew(self):
        old, _ = large_roster(1)
        new, notes = large_roster(2)
        self.put("changing.csv", old)
        way = self.way(self.server.port, after=LARGE // 2, what="cut",
                       on_reach=lambda: self.put("changing.csv", new, age=50))
        self.at("changing.csv", way.port)
        self.assert_merges(notes)

    def test_a_file_that_changes_without_a_cut_is_fetched_anew(self):
        old, _ = large_roster(1)
        new, notes = large_roster(2)
        self.put("quiet.csv", old)
        way = self.way(self.server.port, after=LARGE // 2, what="pass",
                       on_reach=lambda: self.put("quiet.csv", new, age=50))
        self.at("quiet.csv", way.port)
        self.assert_merges(notes)

    def test_a_server_that_falls_silent_is_asked_again(self):
        content, notes = large_roster()
        self.put("slow.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="stall")
        self.at("slow.csv", way.port)
        self.assert_merges(notes)


class FtpsTest(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = {}
        for mode in ("explicit", "implicit", "none"):
            cls.servers[mode] = Ftp(FOLDER / ("ftp-" + mode), CERTIFICATE, mode)
            cls.addClassCleanup(cls.servers[mode].stop)
        cls.server = cls.servers["explicit"]

    def put(self, name, content, server=None, age=100):
        path = (server or self.server).files / name
        path.write_bytes(content)
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def at(self, name, port=None, scheme="ftps", **config):
        self.configure({"location": f"{scheme}://127.0.0.1:{port or self.server.port}/{name}",
                        "username": USER, "password": PASSWORD, "ca_file": str(OURS.ca), **QUICK,
                        **config})

    def test_a_file_is_merged_and_not_read_again_until_it_changes(self):
        content, notes = roster(20)
        self.put("roster.csv", content)
        self.at("roster.csv")
        self.assert_merges(notes)
        self.assert_unchanged(20)
        content, notes = roster(20, seed=2)
        self.put("roster.csv", content, age=50)
        self.assert_merges(notes)

    def test_tls_from_the_first_byte(self):
        content, notes = roster(5)
        server = self.servers["implicit"]
        self.put("roster.csv", content, server)
        self.at("roster.csv", server.port, tls="implicit")
        self.assert_merges(notes)

    def test_ftp_without_tls_needs_a_word(self):
        content, notes = roster(5)
        server = self.servers["none"]
        self.put("roster.csv", content, server)
        self.at("roster.csv", server.port, "ftp")
        self.fault("is not encrypted", "plaintext: true")
        self.at("roster.csv", server.port)
        self.fault("the server offers no TLS")
        self.at("roster.csv", server.port, "ftp", plaintext=True)
        self.assert_merges(notes)

    def test_a_wrong_password_is_refused_in_words(self):
        self.at("roster.csv", password="wrong")
        self.fault("the server refuses the sign-in of 'reader'")

    def test_a_certificate_of_a_stranger_is_refused(self):
        self.at("roster.csv", ca_file=str(THEIRS.ca))
        self.fault("certificate is not trusted", "ca_file")

    def test_a_pattern_names_several_files_and_the_newest_of_them(self):
        old, new = roster(4, 1, "a"), roster(5, 2, "b")
        self.put("uge 2026-11-01.csv", old[0], age=50)
        self.put("uge 2026-11-08.csv", new[0], age=100)
        self.at("uge *.csv")
        self.assert_merges({**old[1], **new[1]})
        self.assert_unchanged(9)
        self.workspace = Workspace(self)
        self.at("uge *.csv", versions="newest")
        self.assert_merges(new[1])

    def test_a_missing_file_is_said(self):
        self.at("nothing.csv")
        self.fault("nothing.csv: there is no such file")

    def test_a_connection_that_is_cut_is_resumed(self):
        content, notes = large_roster()
        self.put("large.csv", content)
        self.server.order(after=LARGE // 2)
        self.at("large.csv")
        self.assert_merges(notes)
        self.assertFalse((self.server.folder / "orders").exists())

    def test_a_file_that_changes_while_it_is_fetched_is_fetched_anew(self):
        new, notes = large_roster(2)
        path = self.put("changing.csv", large_roster(1)[0])
        self.server.order(after=LARGE // 2, rewrite=str(path), text=new.decode())
        self.at("changing.csv")
        self.assert_merges(notes)

    def test_a_server_that_falls_silent_is_given_up_in_words(self):
        self.put("slow.csv", roster(3)[0])
        way = self.way(self.server.port, after=1, what="stall", times=99)
        self.at("slow.csv", way.port, stall_seconds_max=1)
        self.fault("ftps://127.0.0.1", "stall_seconds_max is 1")


class BucketTest(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Bucket(FOLDER / "s3")
        cls.addClassCleanup(cls.server.stop)

    def at(self, key, port=None, **config):
        self.configure({"location": f"s3://rosters/{key}", "region": "eu-north-1", "plaintext": True,
                        "endpoint": f"http://127.0.0.1:{port or self.server.port}",
                        "access_key_id": self.server.key,
                        "secret_access_key": self.server.secret, **QUICK, **config})

    def test_an_object_is_merged_and_not_read_again_until_it_changes(self):
        content, notes = roster(20)
        self.server.put("north/a roster+ø.csv", content)
        self.at("north/a roster+ø.csv")
        self.assert_merges(notes)
        self.assert_unchanged(20)
        content, notes = roster(20, seed=2)
        self.server.put("north/a roster+ø.csv", content)
        self.assert_merges(notes)

    def test_a_pattern_names_several_objects_and_the_newest_of_them(self):
        old, new = roster(4, 1, "a"), roster(5, 2, "b")
        self.server.put("weeks/r-2026-11-08 & co.csv", new[0])
        self.server.put("weeks/r-2026-11-01 & co.csv", old[0])
        self.server.put("weeks/deeper/r-2026-11-09.csv", b"id;name;note\n")
        self.at("weeks/r-*.csv")
        self.assert_merges({**old[1], **new[1]})
        way = self.way(self.server.port)
        self.assert_unchanged(9)
        self.workspace = Workspace(self)
        self.at("weeks/r-*.csv", way.port, versions="newest")
        self.assert_merges(new[1])
        self.at("weeks/x-*.csv")
        self.fault("no file s3://rosters/weeks/x-*.csv")

    def test_a_wrong_secret_is_refused_in_words(self):
        self.server.put("roster.csv", roster(3)[0])
        self.at("roster.csv", secret_access_key="wrong" * 8)
        self.fault("s3://rosters/roster.csv: the server answered 403")
        self.at("roster-*.csv", secret_access_key="wrong" * 8)
        self.fault("the server answered 403")

    def test_a_connection_that_is_cut_is_resumed(self):
        content, notes = large_roster()
        self.server.put("large.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="cut")
        self.at("large.csv", way.port)
        self.assert_merges(notes)
        self.assertEqual(way.times, 0)
        self.assertLess(way.bytes_down, LARGE * 1.2)

    def test_an_object_that_changes_while_it_is_fetched_is_fetched_anew(self):
        new, notes = large_roster(2)
        self.server.put("changing.csv", large_roster(1)[0])
        way = self.way(self.server.port, after=LARGE // 2, what="cut",
                       on_reach=lambda: self.server.put("changing.csv", new))
        self.at("changing.csv", way.port)
        self.assert_merges(notes)

    def test_a_server_that_falls_silent_is_asked_again(self):
        content, notes = large_roster()
        self.server.put("slow.csv", content)
        way = self.way(self.server.port, after=LARGE // 2, what="stall")
        self.at("slow.csv", way.port)
        self.assert_merges(notes)


class MailTest(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Mail(FOLDER / "mail", CERTIFICATE)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        for part in ("new", "cur"):
            for path in (self.server.maildir / part).iterdir():
                path.unlink()

    def deliver(self, content, name="roster.csv", sender="Agency <Rosters@agency.example>",
                subject="Ugens løse roster", **options):
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, "us@example.com", subject
        message.set_content("Here it is.")
        message.add_attachment(content, maintype="text", subtype="csv", filename=name)
        return self.server.deliver(message, **options)

    def at(self, port=None, scheme="imaps", folder="INBOX", **config):
        self.configure({"location": f"{scheme}://127.0.0.1:{port or self.server.port}/{folder}",
                        "username": USER, "password": PASSWORD, "ca_file": str(OURS.ca),
                        "sender": "*@agency.example", "subject": "*løse roster*",
                        "attachment": "*.csv", **QUICK, **config})

    def test_the_newest_matching_attachment_is_merged_until_a_newer_comes(self):
        old, new = roster(4, 1), roster(5, 2)
        self.deliver(roster(2, 7)[0], sender="spam@elsewhere.example")
        self.deliver(roster(3, 8)[0])
        self.deliver(old[0], "rostér.csv")
        self.deliver(roster(3, 9)[0], subject="Last week's")
        self.deliver(b"%PDF", "terms.pdf")
        self.at()
        self.assert_merges(old[1])
        self.assert_unchanged(4)
        self.deliver(new[0])
        self.assert_merges(new[1])

    def test_mail_is_left_as_unread_as_it_was(self):
        read = self.deliver(roster(2, 1)[0], seen=True)
        self.deliver(roster(3, 2)[0])
        self.at()
        self.assertEqual(self.merge()["read"], 3)
        unread, = self.server.unread()
        self.assertNotEqual(unread, read.name)

    def test_tls_by_a_command(self):
        content, notes = roster(3)
        self.deliver(content)
        self.at(self.server.plain_port, "imap")
        self.fault("is not encrypted")
        self.at(self.server.plain_port, tls="explicit")
        self.assert_merges(notes)

    def test_nothing_that_matches_is_said(self):
        self.deliver(roster(2)[0], "roster.pdf")
        self.at()
        self.fault("none of the newest 1 mails", "'*@agency.example'", "'*.csv'")
        self.at(sender="nobody@example.com")
        self.fault("there is no mail from 'nobody@example.com'")

    def test_a_missing_folder_is_said(self):
        self.at(folder="Nowhere")
        self.fault("imaps://127.0.0.1", "the mailbox cannot be opened")

    def test_a_wrong_password_is_refused_in_words(self):
        self.at(password="wrong")
        self.fault("the server refuses the sign-in of 'reader'")

    def test_a_certificate_of_a_stranger_is_refused(self):
        self.at(ca_file=str(THEIRS.ca))
        self.fault("certificate is not trusted", "ca_file")

    def test_a_connection_that_is_cut_is_tried_again(self):
        content, notes = large_roster()
        self.deliver(content)
        way = self.way(self.server.port, after=LARGE // 2, what="cut")
        self.at(way.port)
        self.assert_merges(notes)
        self.assertEqual(way.times, 0)

    def test_a_server_that_falls_silent_is_asked_again(self):
        content, notes = large_roster()
        self.deliver(content)
        way = self.way(self.server.port, after=LARGE // 2, what="stall")
        self.at(way.port)
        self.assert_merges(notes)
        self.assertEqual(way.times, 0)


class UnchangedTest(DeliveryCase):
    """Local files, and what the core makes of the word 'unchanged'."""

    def put(self, name, content, age=100):
        path = self.workspace.write(name, content)
        then = time.time() - age
        os.utime(path, (then, then))

    def reads(self):
        """How often a sign of reading came: the log says how the file was taken."""
        outcome = self.workspace.coterie("run", "--verbose", env=self.environment)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome.err.count("the delimiter is")

    def test_an_unchanged_file_is_not_read_and_a_changed_config_reads_it_again(self):
        content, notes = roster(30)
        self.put("roster.csv", content)
        self.configure({"location": "roster.csv"})
        self.assert_merges(notes)
        self.assertEqual(self.reads(), 0)
        self.configure({"location": "roster.csv", "trim": False})
        self.assertEqual(self.reads(), 1)
        self.assertEqual(self.reads(), 0)

    def test_the_ledger_of_an_unread_file_is_that_of_a_read_one(self):
        content, _ = roster(30)
        self.put("roster.csv", content + b"p99;too;many;cells\n;;\np98;\n")
        self.configure({"location": "roster.csv"})
        self.merge()
        unread, read = self.merge(), self.merge("--full")
        for summary in (unread, read):
            del summary["seconds"]
        self.assertEqual(unread, read)

    def test_a_dry_run_keeps_nothing(self):
        content, notes = roster(30)
        self.put("roster.csv", content)
        self.configure({"location": "roster.csv"})
        self.merge("--dry-run")
        self.assert_merges(notes)
        self.assert_unchanged(30, "--dry-run")

    def test_a_held_source_is_read_and_held_again(self):
        self.put("roster.csv", roster(100)[0])
        self.configure({"location": "roster.csv"})
        self.merge()
        self.put("roster.csv", roster(10)[0])
        for _ in range(2):
            summary = self.merge(code=1)
            self.assertEqual((summary["state"], summary["withheld_deletions"]), ("held", 90))
        self.assertEqual(self.merge("--accept-deletions", "roster")["deleted"], 90)
        self.assert_unchanged(10)

    def test_a_changed_mapping_is_applied_without_reading(self):
        self.put("roster.csv", roster(10)[0])
        self.configure({"location": "roster.csv"})
        self.merge()
        self.configure({"location": "roster.csv"}, mapping={"name.display": "id"})
        self.assert_unchanged(10)
        self.assertIn("p3", {golden["name"]["display"] for golden in self.workspace.export()})


if __name__ == "__main__":
    unittest.main()
