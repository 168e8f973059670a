"""Between a connector and a simulator: Prism, which refuses what breaks the vendor's document, and a relay before it that
counts, and keeps what Prism says.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest
import urllib.parse

from simulator.server import Response, Server

START_SECONDS_MAX = 120
HOP = {"connection", "host", "content-length", "transfer-encoding", "accept-encoding", "expect", "keep-alive"}


def prism():
    """The program that tools/setup installs."""
    tools = pathlib.Path(os.environ.get("COTERIE_TEST_TOOLS") or pathlib.Path.home() / ".cache/coterie/test-tools")
    program = tools / "node/node_modules/.bin/prism"
    if not program.exists() or not shutil.which("node"):
        raise unittest.SkipTest(f"{program} is not there: run tools/setup")
    return program


class Proxy:
    """`base_url` stands for the simulator's.

    `validated`: requests that were held against the vendor's document; `alike`: against what it says of a like path;
    `beside`: that no document covers. `violations`: sentences.

    :param beside: patterns of paths, or of "METHOD /path", that no document has; they go to the simulator directly.
    :param alike: prefixes of paths that were made like others.
    """

    def __init__(self, document, upstream, folder, beside=(), alike=()):
        path = pathlib.Path(folder) / "document.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.validated = self.alike = self.beside = 0
        self.violations, self._lines = [], []
        self._beside = [re.compile(pattern) for pattern in beside]
        self._alike = tuple(alike)
        self._prism, self._upstream = ("127.0.0.1", port), urllib.parse.urlsplit(upstream)
        self._local, self._lock, self._is_up = threading.local(), threading.Lock(), threading.Event()
        self._process = subprocess.Popen(
            [prism(), "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port), str(path), upstream],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._is_up.wait(START_SECONDS_MAX) or self._process.poll() is not None:
            self._stop()
            raise AssertionError(f"Prism did not start: {''.join(self._lines)[-2000:]}")
        self._server = Server(self._relay)
        self.base_url = self._server.base_url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.close()
        self._stop()

    def _stop(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._reader.join(10)
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            if not self._is_up.is_set():
                self._lines.append(line)
            if "Prism is listening" in line:
                self._is_up.set()
        self._is_up.set()  # it ended

    def _relay(self, request):
        is_beside = any(pattern.fullmatch(text) for pattern in self._beside
                        for text in (request.path, f"{request.method} {request.path}"))
        with self._lock:
            if is_beside:
                self.beside += 1
            elif request.path.startswith(self._alike) and self._alike:
                self.alike += 1
            else:
                self.validated += 1
        host, port = (self._upstream.hostname, self._upstream.port) if is_beside else self._prism
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        headers["x-forwarded-host"] = self.base_url.partition("://")[2]
        # A connection for each request: Prism ends idle ones when it likes.
        connection = http.client.HTTPConnection(host, port, timeout=60)
        try:
            connection.request(request.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if b"stoplight.io/prism/errors" in body[:400]:
            self._note(request, body)
        return Response(body, answer.status, {name: value for name, value in answer.getheaders()
                                              if name.lower() not in HOP and not name.lower().startswith("sl-")})

    def _note(self, request, body):
        told = json.loads(body)
        what = told.get("validation") or [{"message": told.get("detail", ""), "location": [told.get("title", "")]}]
        for one in what[:5]:
            text = f"{request.method} {request.path}: {'.'.join(map(str, one.get('location', ())))}: {one.get('message')}"
            with self._lock:
                self.violations.append(text)
