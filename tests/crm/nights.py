"""A simulated CRM and a workspace that reads it, night after night, and what is compared afterwards."""

import collections
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1]))

from simulator import Simulator  # noqa: E402
from simulator.dialect import iso  # noqa: E402
from tests.support.workspace import SCALE, Outcome, Workspace  # noqa: E402
from vendors import VENDORS  # noqa: E402

SHARED = pathlib.Path(os.environ.get("COTERIE_SHARED") or HERE.parents[2] / "shared")
DAY = 86_400
SECONDS_MAX = 120 * SCALE
# Waits are the vendor's business; a test has no time for them.
FAST = {"wait_first_ms": 10, "tries_max": 8}


def chosen_vendors():
    """Those that COTERIE_CRM names (with commas), or all."""
    names = os.environ.get("COTERIE_CRM", "")
    return [VENDORS[name] for name in names.split(",")] if names else list(VENDORS.values())


class Nights:
    """One vendor's CRM, one workspace.

    :param how: the sign-in.
    :param through: base URL → base URL: something in between, such as a validating proxy.
    """

    def __init__(self, test, vendor, how="token", through=None, source=None, destination=None, others=None, **options):
        self.test, self.vendor = test, vendor
        self.crm = Simulator(vendor.name, **options)
        test.addCleanup(self.crm.close)
        self.world = self.crm.world
        self.workspace = Workspace(test)
        base_url = through(self.crm.base_url) if through else self.crm.base_url
        self.credentials = self.crm.dialect.credentials(base_url, how)
        self.write_config(source, destination, others)

    def write_config(self, source=None, destination=None, others=None):
        config = {**self.vendor.config, **self.credentials, **FAST, **(source or {})}
        self.crm.dialect.config = config
        # A day's work here is much for so few records, and a brake on losses would hold them for a person.
        sources = {"crm": {"connector": self.vendor.name, "config": config, "trust": 0.5,
                           "brake": {"share": 0.6, "records": 50}}, **(others or {})}
        if self.vendor.mapping is not None:
            sources["crm"]["mapping"] = self.vendor.mapping
        more = {}
        if destination is not None:
            more["destinations"] = {"back": {"connector": self.vendor.name, "config": {
                **self.vendor.config, **self.credentials, **FAST, "source": "crm", **destination}}}
        self.workspace.config(sources, **more)

    def night(self, *arguments, code=0, faults=(), unless=lambda: False, seconds=SECONDS_MAX):
        """A run; the summary of the source. `code`: how it must end (one or several), or 0 where `unless` says so."""
        self.crm.arm(faults)
        arguments = ("run", "--json", "--quiet", *arguments)
        process = self.workspace.start(*arguments)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.test.fail(f"coterie {' '.join(arguments)} took more than {seconds} s\n{err.decode(errors='replace')}")
        outcome = Outcome(arguments, process.returncode, out.decode(), err.decode())
        codes = code if isinstance(code, tuple) else (code,)
        self.test.assertIn(outcome.code, (0,) if unless() else codes, f"{outcome}\nrequests: {self.crm.statuses()}")
        self.summary = outcome.json()
        self.crm.faults.arm(())  # and the log stays
        source = next(s for s in self.summary["sources"] if s["name"] == "crm")
        self.test.assertEqual(
            source["read"], source["new"] + source["changed"] + source["unchanged"] + source["quarantined"]
            + source["suppressed"], f"the counts do not add up: {source}")
        return source

    def day(self, **what):
        """People work, and night falls."""
        done = self.world.day(**what)
        self.world.advance(DAY)
        return done

    # --- writing back ---------------------------------------------------------------------------

    def correct_some(self, vendor, count=7, **destination):
        """Colleagues know better of some people: another source, trusted more, with another city for each; and two of
        them want no contact. From here on there is a destination. Gives contact id → city."""
        people = [r for r in self.world.live() if r["email"]]
        self.corrected = {r.id: f"Skagen {r.id}" for r in people[:count]}
        self.opted_out = [r.id for r in people[count:] if not r["opted_out"]][:2]
        rows = [{"id": f"d{n}", "mail": self.world.contacts().get(n)["email"], "city": self.corrected.get(n, ""),
                 "consent": "withdrawn" if n in self.opted_out else ""} for n in [*self.corrected, *self.opted_out]]
        self.newcomers = [f"new.comer.{i}@example.net" for i in range(3)] if destination.get("create") else []
        rows += [{"id": f"n{i}", "mail": mail, "city": "Skagen", "given": "Nova", "family": f"Comer {'ABC'[i]}"}
                 for i, mail in enumerate(self.newcomers)]
        self.workspace.jsonl("desk.jsonl", rows)
        desk = {"connector": "jsonl", "config": {"location": "desk.jsonl", "key": "id"}, "trust": 0.9, "mapping": {
            "emails": "mail", "location.city": "city", "name.given": "given", "name.family": "family",
            "consent.status": "consent"}}
        self.write_config(destination={**vendor.write, **destination}, others={"desk": desk})
        return self.corrected

    def writes(self):
        """Requests of this night that changed something in the CRM."""
        return [entry for entry in self.crm.log if entry.method in ("PATCH", "PUT", "DELETE")
                or (entry.method == "POST" and self.crm.dialect.is_write(entry.path))]

    def compare(self, people=True):
        """The store against the world: faults as a list of sentences; none is right.

        Where the vendor does not tell in its changes what is gone, nothing may be lost before a full read, and all be
        right after it.
        """
        if not self.crm.dialect.tells_deletions:
            told = self.crm.dialect.tells_changes
            wrong = [sentence for sentence in self._compare(people=False)
                     if "lost" in sentence and (told is None or sentence.split(":")[0] in told)]
            self.night("--full")
            return wrong + self._compare(people)
        wrong = self._compare(people, self.crm.dialect.late)
        if self.crm.dialect.late and people:
            self.night("--full")
            wrong += self._compare(people)
        return wrong

    def golden_of(self, family):
        """The ids of those with this family name."""
        return [record["id"] for record in self.workspace.export() if record.get("name", {}).get("family") == family]

    def _compare(self, people, late=()):
        expected = self.world.expected(self.crm.dialect)
        rows = [row for row in self.workspace.export("links") if row["source"] == "crm" and row["golden_id"]]
        found, golden_of, wrong = collections.defaultdict(set), {}, []
        for row in rows:
            if row["record_id"] in found[row["stream"]]:
                wrong.append(f"{row['stream']}/{row['record_id']} is linked twice")
            found[row["stream"]].add(row["record_id"])
            golden_of[row["stream"], row["record_id"]] = row["golden_id"]
        for stream, ids in expected.streams.items():
            lost = ids - found[stream]
            more = found[stream] - ids - expected.tolerated.get(stream, set()) - expected.also.get(stream, set())
            if lost:
                wrong.append(f"{stream}: {len(lost)} of {len(ids)} are lost: {sorted(lost)[:5]}")
            if more:
                merged = sorted(more & expected.merged.keys())
                wrong.append(f"{stream}: {len(more)} should be gone: {sorted(more)[:5]} (merged: {merged[:5]})")
        unknown = found.keys() - expected.streams.keys()
        if unknown:
            wrong.append(f"streams that nobody expects: {sorted(unknown)}")
        if people:
            wrong += self._people(expected, golden_of, late)
        return wrong

    def _people(self, expected, golden_of, late):
        golden = {record["id"]: record for record in self.workspace.export()}
        wrong = []
        streams = [stream for stream in expected.streams if stream not in expected.tolerated]
        of_person = {}
        for (stream, record), name in golden_of.items():
            if stream in streams:
                of_person[record] = golden.get(name)
        if len(golden) != len(expected.people):
            wrong.append(f"{len(golden)} golden records for {len(expected.people)} people")
        for name, person in expected.people.items():
            record = of_person.get(name)
            if record is None:
                wrong.append(f"contact {name} has no golden record")
                continue
            for what, is_right in self._facts(person, record):
                if not is_right and what.split()[0] not in late:
                    wrong.append(f"contact {name}: {what}")
        return wrong[:20]

    @staticmethod
    def _facts(person, record):
        """(what, whether it is right) of one golden record."""
        emails = sorted(e["address"] for e in record.get("emails", ()))
        yield f"name {record.get('name')} for {person['display']!r}", (
            record.get("name", {}).get("display") == person["display"])
        if "emails" in person:
            yield f"e-mails {emails} for {person['emails']}", emails == sorted(person["emails"])
        if "phones" in person:
            phones = sorted(p["e164"] for p in record.get("phones", ()))
            yield f"phones {phones} for {person['phones']}", phones == sorted(person["phones"])
        if person.get("opted_out"):
            yield f"opted out, but {record.get('consent')} {record.get('emails')}", (
                record.get("consent", {}).get("status") == "withdrawn"
                or record.get("relationship", {}).get("status") == "do_not_contact"
                or any(e.get("opted_out") for e in record.get("emails", ())))
        if "opted_out" in person and not person["opted_out"]:
            yield f"not opted out, but {record.get('consent')} {record.get('emails')}", (
                record.get("consent", {}).get("status") != "withdrawn"
                and not any(e.get("opted_out") for e in record.get("emails", ())))
        if "owner" in person:
            owner = record.get("relationship", {}).get("owner")
            yield f"owner {owner} for {person['owner']}", owner == person["owner"]
        if "city" in person:
            city = record.get("location", {}).get("city")
            yield f"city {city} for {person['city']}", city == person["city"]
        if "instagram" in person:
            handles = [p.get("handle") for p in record.get("profiles", ()) if p["platform"] == "instagram"]
            yield f"instagram {handles} for {person['instagram']}", person["instagram"] in handles
        if "topic" in person:
            yield f"topics {record.get('topics')} for {person['topic']}", person["topic"].lower() in record.get("topics", ())
        if "interactions" in person:
            found = sorted((i.get("at"), i.get("channel", "unknown"), i.get("note", ""))
                           for i in record.get("relationship", {}).get("interactions", ()))
            wanted = [(iso(at, "%Y-%m-%dT%H:%M:%SZ"), channel, note) for at, channel, note in person["interactions"]]
            yield f"interactions {found} for {wanted}", len(found) == len(wanted) and all(
                f[0] == w[0] and f[1] == w[1] and w[2] in f[2] for f, w in zip(found, sorted(wanted)))
