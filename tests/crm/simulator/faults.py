"""What goes wrong on the wire, whichever vendor: one table, FAULTS.

A fault acts on *data requests* (all but those for a token), which are counted from 1 in each run. `at` is the first
that it meets, `times` how many in a row, `every` after how many it comes again, `most` how often. Two faults on one request: the first
of the table acts.
"""

import dataclasses
import threading


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    kind            what happens
    status          the vendor's error with `status`
    limit           429; `retry_after`: seconds, date, or None
    expire          all access tokens are void from here on
    cut             Content-Length says more than is sent, then the connection ends
    chunk           chunked, and ends without the last chunk
    gzip            gzip that ends in its middle; lengths are right
    reset           the connection is reset before the answer
    close           the connection ends before the answer
    slow            the answer waits `seconds`
    dribble         the answer comes in small pieces over `seconds`
    skew            the Date header is `seconds` wrong, for good
    overlap         a page begins with the last records of the page before it
    endless         the walk never ends: the same page and the same cursor, for good
    lag             the search index is `seconds` behind, for good
    change          somebody works in the CRM meanwhile: `do`(world)
    """
    kind: str
    at: int = 2
    times: int = 1
    every: int = 0
    most: int = 0  # 0: without end
    status: int = 500
    retry_after: object = None
    seconds: float = 0.0
    do: object = None

    def meets(self, number):
        if number < self.at:
            return False
        since = number - self.at
        if self.kind in ("skew", "lag", "endless"):
            return True
        if self.most and self.every and since // self.every >= self.most:
            return False
        return (since % self.every if self.every else since) < self.times


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Faults, and how the night ends: `done`; or `fails`, and the next one without them is done."""
    faults: tuple
    ends: str = "done"
    needs: tuple = ()  # what a vendor must be able to do: "oauth", "search"


def some_work(world):
    world.day(creates=2, changes=6, deletes=2, merges=1, activities=3, touched=world.random.random() < 0.2)


def deletions_before_the_reader(world):
    """Every page after this moves up: a reader that counts rows skips some."""
    for record in world.live()[:7]:
        world.delete("contacts", record.id)


FAULTS = {
    "none": Scenario(()),
    "token expires": Scenario((Fault("expire", at=3), Fault("expire", at=7)), needs=("oauth",)),
    "429 with seconds": Scenario((Fault("limit", at=2, times=2, retry_after=1),)),
    "429 with a date": Scenario((Fault("limit", at=3, retry_after="date"),)),
    "429 without Retry-After": Scenario((Fault("limit", at=2, times=2, every=6),)),
    "500s": Scenario((Fault("status", at=1, times=2, every=5, status=500),)),
    "503s": Scenario((Fault("status", at=2, times=3, every=9, status=503),)),
    "cut bodies": Scenario((Fault("cut", at=1, every=4),)),
    "truncated chunks": Scenario((Fault("chunk", at=2, every=3),)),
    "truncated gzip": Scenario((Fault("gzip", at=2, every=4),)),
    "connection reset": Scenario((Fault("reset", at=1, every=3),)),
    "connection closed": Scenario((Fault("close", at=2, every=3),)),
    "slow answers": Scenario((Fault("slow", at=2, every=7, seconds=0.3), Fault("dribble", at=3, every=7, seconds=0.3))),
    "clock ahead": Scenario((Fault("skew", at=1, seconds=20),)),
    "clock behind": Scenario((Fault("skew", at=1, seconds=-3600),)),
    "overlapping pages": Scenario((Fault("overlap", at=2, times=99),)),
    "endless cursor": Scenario((Fault("endless", at=2),), ends="fails"),
    # Not more often than leaves most contacts there: a vendor may need a request for each.
    "work meanwhile": Scenario((Fault("change", at=2, every=3, most=15, do=some_work),)),
    "deletions meanwhile": Scenario((Fault("change", at=3, do=deletions_before_the_reader),)),
    "search lags": Scenario((Fault("lag", at=1, seconds=900),), needs=("search",)),
    "everything fails": Scenario((Fault("status", at=4, times=10_000, status=503),), ends="fails"),
}


class Faults:
    """The faults that act now; any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self.arm(())

    def arm(self, faults):
        """From here on these, with requests counted from 1. A name of FAULTS does too; () is none."""
        if isinstance(faults, str):
            faults = FAULTS[faults].faults
        with self._lock:
            self.faults, self.number, self.acted = tuple(faults), 0, 0

    def next(self):
        """Those that meet the request that comes now."""
        with self._lock:
            self.number += 1
            met = [fault for fault in self.faults if fault.meets(self.number)]
            self.acted += bool(met)
            return met
