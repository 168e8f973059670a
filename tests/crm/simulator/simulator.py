"""A vendor's API on a free port of this machine: world, dialect, faults and log put together."""

import collections
import email.utils
import json
import math
import threading

from .faults import Faults
from .server import Server
from .vendors import dialect_of
from .world import World

Entry = collections.namedtuple("Entry", "method path query header_names status body_bytes")


class Simulator:
    """`with Simulator("hubspot", contacts=300) as crm: …` — crm.base_url, crm.world, crm.dialect, crm.faults, crm.log.

    :param limit: (requests, seconds) of the sliding window; None counts and never refuses.
    :param log_max: so many requests are remembered.
    """

    def __init__(self, vendor, contacts=300, limit=None, port=0, world=None, log_max=200_000, **world_options):
        dialect = dialect_of(vendor)
        if "leads" in dialect.can:
            world_options.setdefault("leads", contacts // 8)
        self.world = world or World(contacts, **world_options)
        self.dialect = dialect(self.world, limit)
        self.faults = Faults()
        self.log = collections.deque(maxlen=log_max)
        self._lock = threading.Lock()
        self.server = Server(self._handle, port)
        self.base_url = self.server.base_url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.close()

    def credentials(self, how="token"):
        """Config of the connector that reads this CRM."""
        return self.dialect.credentials(self.base_url, how)

    def statuses(self):
        """status → how many requests got it."""
        return collections.Counter(entry.status for entry in list(self.log))

    def arm(self, faults=()):
        """A new night with these faults (or a name of FAULTS): requests count from 1, the log begins anew."""
        self.faults.arm(faults)
        self.dialect.begin()
        self.log.clear()

    @property
    def has_failed(self):
        """Whether a fault without an end was met since arm(): an endless walk has two pages at least."""
        return self.dialect.is_endless or any(entry.status == 503 for entry in list(self.log))

    def _handle(self, request):
        dialect = self.dialect
        handler, arguments, sign_in = dialect.find(request)
        if sign_in:
            response = dialect.answer(request, handler, arguments, True)
        elif not dialect.window.take():
            seconds = math.ceil(dialect.window.reset_seconds())
            response = dialect.refusal(max(1, seconds) if dialect.says_retry_after else None)
        else:
            dialect.daily_used += 1
            request.faults = self.faults.next()
            response = self._meet(request) or dialect.answer(request, handler, arguments, False)
        if not sign_in:
            for name, value in dialect.rate_headers().items():
                response.headers.setdefault(name, str(value))
        response.headers.setdefault(
            "Date", email.utils.formatdate(self.world.now() // 1000 + dialect.skew_seconds, usegmt=True))
        self.log.append(Entry(request.method, request.path, tuple(request.query), tuple(request.headers),
                              response.status, len(request.body)))
        return response

    def _meet(self, request):
        """What the faults do before the dialect is asked; an answer of their own, or None."""
        dialect = self.dialect
        for fault in request.faults:
            if fault.kind == "skew":
                dialect.skew_seconds = fault.seconds
            elif fault.kind == "lag":
                self.world.search_lag_ms = int(fault.seconds * 1000)
            elif fault.kind == "expire":
                dialect.expire_tokens()
            elif fault.kind == "change":
                fault.do(self.world)
        for fault in request.faults:
            if fault.kind == "status":
                return dialect.error(fault.status, "something went wrong on our side")
            if fault.kind == "limit":
                return dialect.refusal(fault.retry_after)
        return None


def main(arguments=None):
    """tests/crm/simulate VENDOR: stands alone until it is ended; for tries by hand and for measuring."""
    import argparse

    from .faults import FAULTS
    from .vendors import names
    parser = argparse.ArgumentParser(prog="simulate", description="A vendor's CRM on this machine, with invented people.")
    parser.add_argument("vendor", choices=names())
    parser.add_argument("--contacts", type=int, default=1000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--limit", default="", help="REQUESTS/SECONDS, such as 100/10; default: none")
    parser.add_argument("--fault", choices=list(FAULTS), default="none")
    parser.add_argument("--how", default="token", help="sign-in: token, oauth")
    parser.add_argument("--no-activities", action="store_true")
    options = parser.parse_args(arguments)
    limit = tuple(float(part) for part in options.limit.split("/")) if options.limit else None
    crm = Simulator(options.vendor, options.contacts, limit and (int(limit[0]), limit[1]), options.port, log_max=10,
                    activities=not options.no_activities)
    crm.faults.arm(options.fault)
    print(json.dumps({"base_url": crm.base_url, "config": crm.credentials(options.how)}, indent=2), flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
