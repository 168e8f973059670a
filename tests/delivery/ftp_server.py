"""An FTP server with TLS (pyftpdlib) for the tests: explicit, implicit or none. A file of orders says
what is to go wrong with the next transfers."""

import json
import pathlib
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

settings = json.loads(sys.argv[1])
orders_file = pathlib.Path(settings["orders"])


def take_order():
    """The bytes after which this transfer is to be cut; None: none."""
    if not orders_file.exists():
        return None
    orders = json.loads(orders_file.read_text())
    orders["times"] = orders.get("times", 1) - 1
    if orders["times"] > 0:
        orders_file.write_text(json.dumps(orders))
    else:
        orders_file.unlink()
    return orders


class Breaking:
    """A data channel that is cut, or has its file changed, after so many bytes."""

    def send(self, data):
        if not hasattr(self, "orders"):
            # Listings are left alone.
            self.orders = take_order() if self.file_obj is not None else None
        sent = super().send(data)
        if self.orders and self.tot_bytes_sent >= self.orders["after"]:
            orders, self.orders = self.orders, None
            if "rewrite" in orders:
                pathlib.Path(orders["rewrite"]).write_text(orders["text"])
            if orders.get("cut", True):
                self.socket.close()  # without a word
                self.close()
        return sent


class PlainChannel(Breaking, DTPHandler):
    pass


class TlsChannel(Breaking, TLS_DTPHandler):
    pass


class Implicit(TLS_FTPHandler):
    """TLS from the first byte."""

    def handle(self):
        self.secure_connection(self.get_ssl_context())
        super().handle()


mode = settings["mode"]
handler = {"explicit": TLS_FTPHandler, "implicit": Implicit, "none": FTPHandler}[mode]
handler.authorizer = DummyAuthorizer()
handler.authorizer.add_user(settings["user"], settings["password"], settings["files"], perm="elr")
handler.dtp_handler = PlainChannel if mode == "none" else TlsChannel
handler.auth_failed_timeout = 0.1
if mode != "none":
    handler.certfile, handler.keyfile = settings["chain"], settings["key"]
    handler.tls_control_required = handler.tls_data_required = True
FTPServer(("127.0.0.1", settings["port"]), handler).serve_forever()
