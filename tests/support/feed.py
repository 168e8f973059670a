"""A made-up CRM with contacts and activities, as the test plugin `feed` plays it: night by night the
log grows, and a read goes on where the last one ended."""

import json
import os
import pathlib
import random
import unittest


def feed_folder():
    """Where the plugin was built."""
    path = os.environ.get("COTERIE_FEED_PLUGINS", "")
    if not path or not os.path.isdir(path):
        raise unittest.SkipTest("COTERIE_FEED_PLUGINS does not name the folder of tests/feed")
    return pathlib.Path(path)


MAPPING = {
    "name.display": "name", "emails": "email", "phones": "phone", "relationship.owner": "owner",
    "relationship.interactions": [{"at": "start", "channel": "type", "by": "by", "note": "body"}],
    "source": {"belongs_to": "contact", "merged_ids": {"from": "merged", "split": ";"}},
}
CRM = {"connector": "feed", "config": {"path": "feed"}, "mapping": MAPPING, "brake": {"share": 1}}
AGENCY = {"connector": "jsonl", "config": {"location": "agency.jsonl", "key": "id"}}
FIRST = ("Ida", "Bo", "Karla", "Emil", "Nanna", "Otto", "Signe", "Viggo", "Asta", "Malthe")
LAST = ("Holm", "Lund", "Friis", "Krogh", "Dahl", "Bruun", "Skov", "Winther", "Juhl", "Bech")


class Crm:
    """What the CRM has, and the log of how it came to that. Ids of contacts and of activities are
    both numbers from 1: they meet all the time."""

    def __init__(self, seed, contacts=40, activities=160):
        self.random = random.Random(seed)
        self.records = {"contacts": {}, "activities": {}}
        self.logs = {"contacts": [], "activities": []}
        self.last = {"contacts": 0, "activities": 0}
        for _ in range(contacts):
            self.add_contact()
        for _ in range(activities):
            self.add_activity()
        for id_ in self.random.sample(sorted(self.records["contacts"]), contacts // 5):
            self.delete("contacts", id_)

    # --- What happens in it ----------------------------------------------------------------------

    def put(self, stream, id_, record):
        self.records[stream][id_] = record
        self.logs[stream].append({"id": id_, "record": record})

    def delete(self, stream, id_):
        del self.records[stream][id_]
        self.logs[stream].append({"id": id_, "deleted": True})

    def new_id(self, stream):
        self.last[stream] += 1
        return str(self.last[stream])

    def add_contact(self):
        id_ = self.new_id("contacts")
        number = int(id_)
        name = f"{FIRST[number % 10]} {LAST[number // 10 % 10]}{'abcdefghij'[number // 100]}"
        self.put("contacts", id_, {"id": number, "name": name, "owner": self.random.choice("AB"),
                                   "email": f"person{number}@example.com"})
        return id_

    def add_activity(self, contact=None):
        id_ = self.new_id("activities")
        # Ids as numbers and as text; some of contacts that are not there yet.
        of = contact or str(self.random.randint(1, self.last["contacts"] + 5))
        record = {"id": int(id_), "contact": self.random.choice((of, int(of))),
                  "start": f"2026-0{self.random.randint(1, 9)}-1{self.random.randint(0, 9)}T10:00:00Z",
                  "type": self.random.choice(("call", "meeting", "email")), "body": f"Note {id_}",
                  # What stands on an activity is not the contact's.
                  "name": "Call with Somebody", "email": "colleague@agency.example",
                  "owner": "C", "subject": f"Subject {id_}"}
        self.put("activities", id_, record)
        return id_

    def merge(self, winner, loser):
        """The winner lists whom it swallowed; the loser is gone, its activities still name it."""
        record = dict(self.records["contacts"][winner])
        swallowed = [record.get("merged", ""), loser,
                     self.records["contacts"][loser].get("merged", "")]
        record["merged"] = ";".join(part for part in swallowed if part)
        self.put("contacts", winner, record)
        self.delete("contacts", loser)

    def night(self):
        """Some of everything."""
        for _ in range(8):
            self.add_activity()
        for stream, count in (("activities", 5), ("contacts", 2)):
            for id_ in self.random.sample(sorted(self.records[stream]), count):
                self.delete(stream, id_)
        for id_ in self.random.sample(sorted(self.records["activities"]), 4):
            record = self.records["activities"][id_]
            change = self.random.choice(({"body": record["body"] + "!"},
                                         {"contact": self.random.randint(1, 40)}))
            self.put("activities", id_, {**record, **change})
        gone = [str(n) for n in range(1, self.last["contacts"] + 1)
                if str(n) not in self.records["contacts"]]
        for id_ in self.random.sample(gone, 2):  # back, if nobody has swallowed it
            if id_ not in self.owners():
                self.put("contacts", id_, {"id": int(id_), "name": f"Returned {LAST[int(id_) % 10]}",
                                           "email": f"person{id_}@example.com"})
        self.add_contact()
        winner, loser = self.random.sample(sorted(self.records["contacts"]), 2)
        self.merge(winner, loser)
        # The same record twice in one read: the later one counts.
        id_ = self.random.choice(sorted(self.records["activities"]))
        record = self.records["activities"][id_]
        self.put("activities", id_, {**record, "body": "first"})
        self.put("activities", id_, {**record, "body": "second"})
        # Gone and back in one read.
        self.delete("activities", id_)
        self.put("activities", id_, {**record, "body": "second"})

    # --- What must come of it --------------------------------------------------------------------

    def owners(self):
        """Contact id → the contact that has it now: itself, or who swallowed it."""
        owners = {}
        for id_, record in self.records["contacts"].items():
            for merged in record.get("merged", "").split(";"):
                owners[merged] = id_
        for id_ in self.records["contacts"]:
            owners[id_] = id_
        return owners

    def of_contact(self):
        """Contact id → its activities; and the strays: activity id → the id that it names."""
        owners = self.owners()
        found, strays = {id_: [] for id_ in self.records["contacts"]}, {}
        for id_, record in self.records["activities"].items():
            of = str(record["contact"])
            if of in owners:
                found[owners[of]].append(id_)
            else:
                strays[id_] = of
        return found, strays

    # --- Playing it ------------------------------------------------------------------------------

    def write(self, workspace):
        for stream, log in self.logs.items():
            self.write_log(workspace, stream, log)
        return workspace

    def write_anew(self, workspace, seed=0):
        """What there is now, as a first night would list it, in another order."""
        for stream, records in self.records.items():
            log = [{"id": id_, "record": record} for id_, record in records.items()]
            random.Random(seed).shuffle(log)
            self.write_log(workspace, stream, log)
        return workspace

    def walk(self):
        """From now on the feed begins with a list of all that there is: what it does not name is
        gone, though nobody said so."""
        for stream, records in self.records.items():
            self.logs[stream].append({"walk": True})
            self.logs[stream] += [{"id": id_, "record": r} for id_, r in records.items()]

    @staticmethod
    def write_log(workspace, stream, log):
        workspace.write(f"feed/{stream}.log", "".join(json.dumps(line) + "\n" for line in log))


def set_up(workspace, crm, sources=None, **config):
    crm.write(workspace)
    workspace.config({"crm": CRM, **(sources or {})}, plugins={"path": str(feed_folder())}, **config)
    return workspace
