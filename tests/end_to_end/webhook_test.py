"""The roster posted to a URL by the connector `webhook`: what changed, signed, once."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.support.workspace import Workspace  # noqa: E402

SECRET = "a-secret-of-thirty-two-characters"
CRM = {"connector": "jsonl", "config": {"location": "crm.jsonl", "key": "id"},
       "mapping": {"name.display": "name", "emails": "email"}}


class Portal(http.server.ThreadingHTTPServer):
    """Keeps what is posted; refuses with `status` where that is set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts, self.status = [], 200
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def changes(self):
        posted = [json.loads(body) for _, body in self.posts]
        return ([one for batch in posted for one in batch["upserts"]], [one for batch in posted for one in batch["removals"]])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200:
            self.server.posts.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Webhook(unittest.TestCase):
    def setUp(self):
        self.portal = Portal()
        self.addCleanup(self.portal.server_close)
        self.addCleanup(self.portal.shutdown)
        self.workspace = Workspace(self)
        self.workspace.config({"crm": CRM}, destinations={"portal": {"connector": "webhook", "config": {
            "url": f"http://127.0.0.1:{self.portal.server_port}/roster", "secret": "${env:PORTAL_SECRET}",
            "fields": ["name.display"], "batch": 10, "wait_first_ms": 10, "tries_max": 2}}})
        os.environ["PORTAL_SECRET"] = SECRET
        self.addCleanup(os.environ.pop, "PORTAL_SECRET")
        self.write(25)

    def write(self, count, **renamed):
        self.workspace.jsonl("crm.jsonl", [
            {"id": str(n), "name": renamed.get(f"p{n}", f"Person D{n}"), "email": f"p{n}@mail.example"} for n in range(count)])

    def deliver(self, code=0):
        self.portal.posts.clear()
        return self.workspace.run(code=code)["destinations"][0]

    def test_what_changed_is_posted_in_signed_batches_and_once(self):
        self.deliver()
        self.assertEqual(len(self.portal.posts), 3, "batches of ten")
        upserts, removals = self.portal.changes()
        names = {golden["id"]: golden["name"]["display"] for golden in self.workspace.export()}
        self.assertEqual({one["id"]: one["name"]["display"] for one in upserts}, names)
        self.assertEqual(removals, [])
        self.assertEqual({key for one in upserts for key in one}, {"id", "revision", "name"})
        for headers, body in self.portal.posts:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
            self.assertIn(f"v1,{wanted}", headers["webhook-signature"].split())

        self.deliver()
        self.assertEqual(self.portal.posts, [], "nothing changed")

        self.write(24, p3="Another Name")
        self.deliver()
        upserts, removals = self.portal.changes()
        self.assertEqual([one["name"]["display"] for one in upserts], ["Another Name"])
        self.assertEqual(len(removals), 1)

    def test_what_it_refuses_for_now_comes_with_the_next_run(self):
        self.portal.status = 503
        self.assertEqual(self.deliver(code=1)["failed"], 25)
        self.portal.status = 200
        self.deliver()
        self.assertEqual(len(self.portal.changes()[0]), 25)


if __name__ == "__main__":
    unittest.main(verbosity=2)
