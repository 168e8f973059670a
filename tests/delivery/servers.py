"""Real servers on loopback for the tests of delivery: each on a free port, with files in a folder of
its own, ended with its test class. Where one is not installed, its tests fail and name tools/setup."""

import base64
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

SECONDS_MAX = 20
USER, PASSWORD = "reader", "let-me in/€"
TOOLS = pathlib.Path(os.environ.get("COTERIE_TEST_TOOLS")
                     or pathlib.Path.home() / ".cache/coterie/test-tools")
HERE = pathlib.Path(__file__).resolve().parent


def tool(name, *folders):
    """A program's path; where servers live is on no user's PATH."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin",
                                                    *map(str, folders)]))
    if path is None:
        raise AssertionError(f"{name} is not installed: run tools/setup")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on `port`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.process = None

    def start(self, *arguments, **options):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, **options)
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"{arguments[0]} does not listen:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# ---- Certificates --------------------------------------------------------------------------------


class Authority:
    """A private certificate authority; `ca` is what to trust."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.ca = self.folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                      f"/CN={name}", "-keyout", self.folder / "ca.key", "-out", self.ca)

    def _openssl(self, *arguments):
        done = subprocess.run([tool("openssl"), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def certificate(self, *hosts):
        """(chain, key) of a server that has these names or addresses."""
        base = self.folder / hosts[0]
        names = ",".join(("IP:" if host[0].isdigit() else "DNS:") + host for host in hosts)
        extensions = base.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={names}\n")
        key, request, chain = (base.with_suffix(s) for s in (".key", ".csr", ".pem"))
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={hosts[0]}", "-keyout",
                      key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                      self.folder / "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
                      extensions, "-out", chain)
        return chain, key


# ---- HTTPS: nginx --------------------------------------------------------------------------------


class Web(Server):
    def __init__(self, folder, certificate):
        super().__init__(folder)
        self.files = self.folder / "files"
        (self.files / "private").mkdir(parents=True)
        (self.files / "login.csv").write_text("<!DOCTYPE html><html>Please sign in</html>")
        self.other_port = free_port()
        self.http2_port = free_port()
        hashed = subprocess.run([tool("openssl"), "passwd", "-apr1", PASSWORD], capture_output=True,
                                text=True, check=True).stdout.strip()
        (self.folder / "users").write_text(f"{USER}:{hashed}\n")
        chain, key = certificate
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        temps = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.configuration = self.folder / "nginx.conf"
        self.configuration.write_text(f"""
daemon off; pid {self.folder}/pid; worker_processes 1; error_log {self.folder}/log; {user}
events {{ worker_connections 64; }}
http {{
  access_log {self.folder}/access; {temps}
  types {{ text/csv csv; }} default_type application/octet-stream;
  ssl_certificate {chain}; ssl_certificate_key {key};
  server {{
    listen 127.0.0.1:{self.port} ssl; root {self.files};
    location /private/ {{ auth_basic "rosters"; auth_basic_user_file {self.folder}/users; }}
    location = /elsewhere.csv {{ return 302 https://localhost:{self.other_port}/headers.csv; }}
    location = /moved.csv {{ return 302 /private/roster.csv; }}
    location = /unsafe.csv {{ return 302 http://127.0.0.1:{self.port}/roster.csv; }}
    location = /busy.csv {{ add_header Retry-After 0 always; return 503; }}
    location /spreadsheets/d/shared/ {{ alias {self.files}/; try_files $uri /sheet.csv; }}
    location /spreadsheets/d/closed/ {{ default_type text/html; return 200 "<html>Sign in</html>"; }}
  }}
  server {{ listen 127.0.0.1:{self.http2_port} ssl http2; root {self.files}; }}
  server {{
    listen 127.0.0.1:{self.other_port} ssl;
    location / {{ default_type text/csv; return 200 "id;name;note\\n1;Person;got [$http_authorization]\\n"; }}
  }}
}}
""")
        self.start(tool("nginx"), "-p", self.folder, "-e", self.folder / "log", "-c",
                   self.configuration)

    def requests(self):
        """Status by request line, in order."""
        time.sleep(0.05)  # the line is written once the answer is sent
        lines = (self.folder / "access").read_text().splitlines()
        return [(line.split('"')[1], line.split('"')[2].split()[0]) for line in lines]


# ---- SFTP: OpenSSH -------------------------------------------------------------------------------


class Sftp(Server):
    """As root it has a user with a password, by a shadow file that only its own processes see; else
    only keys can sign in, as OpenSSH takes passwords from the system alone."""

    def __init__(self, folder):
        super().__init__(folder)
        self.files = self.folder / "files"
        self.files.mkdir()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.key = self._key("client")
        self.stranger = self._key("stranger")
        self.locked = self._key("locked", "open sesame")
        host = self._key("host")
        authorized = self.folder / "authorized"
        authorized.write_text("".join(key.with_suffix(".pub").read_text()
                                      for key in (self.key, self.locked)))
        configuration = self.folder / "sshd_config"
        configuration.write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {host}
PidFile {self.folder}/pid
AuthorizedKeysFile {authorized}
StrictModes no
PasswordAuthentication yes
PermitRootLogin yes
UsePAM no
Subsystem sftp internal-sftp
""")
        self.fingerprint = subprocess.run([tool("ssh-keygen"), "-lf", host], capture_output=True,
                                          text=True, check=True).stdout.split()[1]
        self.public = host.with_suffix(".pub").read_text().split()
        command = [tool("sshd"), "-D", "-e", "-f", configuration]
        self.has_password = os.getuid() == 0
        if self.has_password:
            os.makedirs("/run/sshd", exist_ok=True)
            hashed = subprocess.run([tool("openssl"), "passwd", "-6", PASSWORD], capture_output=True,
                                    text=True, check=True).stdout.strip()
            shadow = self.folder / "shadow"
            shadow.write_text(f"root:{hashed}:19000:0:99999:7:::\n")
            shadow.chmod(0o600)
            command = [tool("unshare"), "--mount", "--propagation", "private", "sh", "-c",
                       'mount --bind "$0" /etc/shadow && exec "$@"', shadow, *command]
        self.start(*command)

    def _key(self, name, passphrase=""):
        path = self.folder / name
        subprocess.run([tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-f", path],
                       check=True)
        return path

    def known_hosts(self, port):
        """The line that trusts this server at a port."""
        return f"[127.0.0.1]:{port} {self.public[0]} {self.public[1]}\n"


# ---- FTP: pyftpdlib ------------------------------------------------------------------------------


class Ftp(Server):
    def __init__(self, folder, certificate, mode):
        super().__init__(folder)
        self.files = self.folder / "files"
        self.files.mkdir()
        chain, key = certificate
        settings = {"port": self.port, "files": str(self.files), "chain": str(chain),
                    "key": str(key), "user": USER, "password": PASSWORD, "mode": mode,
                    "orders": str(self.folder / "orders")}
        self.start(tools_python(),
                   HERE / "ftp_server.py", json.dumps(settings))

    def order(self, **orders):
        """What is to go wrong with the next transfers: cut_after bytes, pause_after, times."""
        (self.folder / "orders").write_text(json.dumps(orders))


def tools_python():
    python = TOOLS / "bin/python"
    if not python.exists():
        raise AssertionError(f"{python} is not there: run tools/setup")
    return python


# ---- S3: moto ------------------------------------------------------------------------------------


class Bucket(Server):
    """Checks signatures. `key` and `secret` may read, `put` writes."""

    def __init__(self, folder):
        super().__init__(folder)
        self.process = None
        self.talk = subprocess.Popen(
            [tools_python(), HERE / "s3_server.py", str(self.port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=open(self.folder / "log", "ab"), text=True)
        answer = self.talk.stdout.readline()
        if not answer:
            raise AssertionError(f"moto does not start:\n{self.log()}")
        keys = json.loads(answer)
        self.key, self.secret = keys["key"], keys["secret"]

    def _ask(self, **order):
        self.talk.stdin.write(json.dumps(order) + "\n")
        self.talk.stdin.flush()
        return json.loads(self.talk.stdout.readline())

    def put(self, key, content):
        self._ask(put=key, content=base64.b64encode(content).decode())

    def stop(self):
        self.talk.kill()
        self.talk.wait()
        self.talk.stdin.close()
        self.talk.stdout.close()


# ---- IMAP: Dovecot -------------------------------------------------------------------------------


class Mail(Server):
    def __init__(self, folder, certificate):
        super().__init__(folder)
        self.plain_port = free_port()
        self.delivered = 0
        chain, key = certificate
        me = pwd.getpwuid(os.getuid()).pw_name
        # Dovecot keeps no mail for root.
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.maildir = self.folder / "mail"
        for part in ("new", "cur", "tmp"):
            (self.maildir / part).mkdir(parents=True)
        self.owner = owner
        (self.folder / "users").write_text(
            f"{USER}:{{PLAIN}}{PASSWORD}:{owner.pw_uid}:{owner.pw_gid}::{self.folder}::\n")
        (self.folder / "users").chmod(0o644)
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
default_internal_user = {"dovecot" if os.getuid() == 0 else me}
default_login_user = {"dovenull" if os.getuid() == 0 else me}
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{self.maildir}
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {self.plain_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {self.port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
""")
        self.folder.chmod(0o755)
        self.own()
        self.start(tool("dovecot"), "-F", "-c", configuration)

    def own(self):
        if os.getuid() == 0:
            for path in [self.maildir, *self.maildir.rglob("*")]:
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def deliver(self, message, seen=False):
        """A mail arrives; gives its file."""
        self.delivered += 1  # a name that came before is the same mail
        count = self.delivered
        folder = "cur" if seen else "new"
        path = self.maildir / folder / f"{1_700_000_000 + count}.M{count}.here{':2,S' if seen else ''}"
        temporary = self.maildir / "tmp" / path.name
        temporary.write_bytes(bytes(message))
        temporary.rename(path)
        self.own()
        return path

    def unread(self):
        """Mails that nobody has marked as read."""
        return [p.name for part in ("new", "cur") for p in (self.maildir / part).iterdir()
                if "S" not in p.name.partition(":2,")[2]]


# ---- What goes wrong on the way -------------------------------------------------------------------


class Way:
    """A TCP relay to a server on which connections can be cut or stand still after so many bytes
    from the server. `on_reach` is called when that place is reached."""

    def __init__(self, port, after=None, what="pass", times=1, on_reach=lambda: None):
        self.target = port
        self.after, self.what, self.times, self.on_reach = after, what, times, on_reach
        self.connections = 0
        self.bytes_down = 0
        self._closing = threading.Event()
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.connections += 1
            self._sockets += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source, sink, down):
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                passed += len(data)
                if down:
                    self.bytes_down += len(data)
                if down and self.after is not None and passed > self.after and self.times > 0:
                    self.times -= 1
                    self.on_reach()
                    if self.what == "stall":
                        self._closing.wait(60)
                    if self.what in ("cut", "stall"):
                        break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self):
        self._closing.set()
        self._listener.close()
        for end in self._sockets:
            end.close()


class ConnectProxy:
    """An HTTP proxy that takes every CONNECT to one port of this machine, and notes what it was
    asked for."""

    def __init__(self, target):
        self.target = target
        self.asked = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.asked.append(head.split(b"\r\n")[0].decode())
            server = socket.create_connection(("127.0.0.1", self.target))
            client.sendall(b"HTTP/1.1 200 here you are\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(16384):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        self._listener.close()
