"""HTTP/1.1 on loopback, only what a CRM's API needs: keep-alive, threads, and ways to go wrong.

http.server parses each request with the mail parser; this does not, and answers several thousand requests a second.
"""

import gzip
import json
import re
import socket
import struct
import threading
import time
import urllib.parse

_HEAD_BYTES_MAX = 64 * 1024
_BODY_BYTES_MAX = 64 * 1024 * 1024
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 207: "Multi-Status", 302: "Found",
           304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 412: "Precondition Failed", 415: "Unsupported Media Type",
           422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable"}


class Request:
    """What was asked. Names of headers are in lower case."""

    __slots__ = ("method", "target", "path", "query", "headers", "body", "base_url", "faults", "note")

    def __init__(self, method, target, headers, body, base_url=""):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        path, _, query = target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True) if query else []
        self.base_url, self.faults, self.note = base_url, (), {}

    def get(self, name, default=None):
        """A parameter of the query; of several, the first."""
        for key, value in self.query:
            if key == name:
                return value
        return default

    def all(self, name):
        return [value for key, value in self.query if key == name]

    def number(self, name, default, most=None):
        try:
            value = int(self.get(name, default))
        except ValueError:
            raise BadRequest(f"{name} is no number") from None
        return value if most is None else min(value, most)

    def json(self):
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            raise BadRequest("the body is no JSON") from None

    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


class BadRequest(Exception):
    """A 400 in the vendor's own words."""


class Response:
    """An answer. `body`: bytes, or what becomes JSON."""

    __slots__ = ("status", "headers", "body")

    def __init__(self, body=b"", status=200, headers=(), content_type="application/json"):
        if not isinstance(body, (bytes, bytearray)):
            body = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.status, self.body = status, body
        self.headers = dict(headers)
        if body:
            self.headers.setdefault("Content-Type", content_type)


class Server:
    """Listens on a free port of 127.0.0.1 until close(). `handle`(Request) → Response runs on many threads."""

    def __init__(self, handle, port=0):
        self._handle = handle
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._open, self._lock, self._closed = set(), threading.Lock(), False
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._closed = True
        with self._lock:
            sockets = [self._socket, *self._open]
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _accept(self):
        while not self._closed:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            pending = b""
            while True:
                request, pending = self._read(connection, pending)
                if request is None:
                    return
                response = self._handle(request)
                if not self._answer(connection, request, response):
                    return
        except OSError:
            pass  # the other side went away
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _read(self, connection, pending):
        while (end := pending.find(b"\r\n\r\n")) < 0:
            if len(pending) > _HEAD_BYTES_MAX:
                return None, b""
            more = connection.recv(65536)
            if not more:
                return None, b""
            pending += more
        lines = pending[:end].decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        pending = pending[end + 4:]
        length = int(headers.get("content-length", 0))
        if length > _BODY_BYTES_MAX:
            return None, b""
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body, pending = self._read_chunks(connection, pending)
        else:
            parts, have = [pending], len(pending)
            while have < length:
                more = connection.recv(262144)
                if not more:
                    return None, b""
                parts.append(more)
                have += len(more)
            whole = b"".join(parts)
            body, pending = whole[:length], whole[length:]
        if target.startswith("http"):  # absolute form, as to a proxy
            target = "/" + target.split("/", 3)[3]
        # Links lead where the request came from, also through a proxy.
        through = headers.get("x-forwarded-host")
        return Request(method, target, headers, body, f"http://{through}" if through else self.base_url), pending

    @staticmethod
    def _read_chunks(connection, pending):
        def line():
            nonlocal pending
            while b"\r\n" not in pending:
                pending += connection.recv(65536) or _gone()
            first, _, pending = pending.partition(b"\r\n")
            return first

        body = b""
        while size := int(line().split(b";")[0], 16):
            while len(pending) < size + 2:
                pending += connection.recv(262144) or _gone()
            body, pending = body + pending[:size], pending[size + 2:]
        line()
        return body, pending

    def _answer(self, connection, request, response):
        """Sends it, rightly or as the faults of the request want it. False: the connection ends."""
        kinds = {fault.kind: fault for fault in request.faults}
        if "reset" in kinds:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if "close" in kinds:
            return False
        if "slow" in kinds:
            time.sleep(kinds["slow"].seconds)
        body, headers = response.body, dict(response.headers)
        keep = headers.pop("Connection", "keep-alive") != "close" and request.headers.get("connection") != "close"
        if "gzip" in kinds and len(body) > 20:
            body = gzip.compress(body, 1)
            body = body[:len(body) // 2]
            headers["Content-Encoding"] = "gzip"
        chunked = "chunk" in kinds and len(body) > 1
        head = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Other')}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        if chunked:
            head.append("Transfer-Encoding: chunked")
        elif response.status not in (204, 304):
            head.append(f"Content-Length: {len(body)}")
        if not keep:
            head.append("Connection: close")
        text = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        if request.method == "HEAD":
            body = b""
        if chunked:
            half = body[:len(body) // 2]
            connection.sendall(text + f"{len(half):x}\r\n".encode() + half + b"\r\n")
            return False
        if "cut" in kinds and len(body) > 1:
            connection.sendall(text + body[:len(body) // 2])
            return False
        if "dribble" in kinds:
            step = max(1, len(body) // 8)
            connection.sendall(text)
            for start in range(0, len(body), step):
                time.sleep(kinds["dribble"].seconds / 8)
                connection.sendall(body[start:start + step])
            return keep
        connection.sendall(text + body)
        return keep


def _gone():
    raise ConnectionError("the client went away")


def compile_path(pattern):
    """'/a/{id}/b' as an expression; {name:[^/]+} has one of its own."""
    def part(match):
        name, _, expression = match[1].partition(":")
        return f"(?P<{name}>{expression or '[^/]+'})"
    escaped = re.split(r"(\{[^{}]+\})", pattern)
    return re.compile("".join(re.sub(r"\{([^{}]+)\}", part, piece) if piece.startswith("{") else re.escape(piece)
                              for piece in escaped) + r"/?\Z")
