"""The people of a CRM, invented, the same for the same seed, and what happens to them.

Nothing here knows of a vendor. A world has tables of records (contacts, companies, owners, leads, and the activities:
calls, meetings, emails, notes, tasks). Each record has a number as its id; ids only grow. Each change gets a server
time of its own that is later than all before it. The server's clock stands at another date than this machine's, so
a reader that takes the local clock for the server's loses changes.

Whoever touches a world holds `world.lock`; the methods do so themselves.
"""

import bisect
import dataclasses
import functools
import random
import threading
import time
import unicodedata

START_MS = 1_772_352_000_000  # 2026-03-01T08:00:00Z
ACTIVITIES = ("calls", "meetings", "emails", "notes", "tasks")
CHANNELS = {"calls": "call", "meetings": "meeting", "emails": "email"}  # of interactions; others are unknown

GIVEN = ("Ida", "Åse", "Søren", "Marie", "Jens", "Zoë", "Łukasz", "Nour", "Bjørk", "Emil", "Freja", "Omar", "Signe",
         "Tobias", "Vilma", "Yusuf", "Karla", "Malik", "Ditte", "Anne-Sofie")
FAMILY = ("Lyngsø", "Holm", "O'Hara", "Østergård", "Nguyen", "Bech", "Dahl", "de la Cruz", "Kjær", "Müller", "Skov",
          "Haddad", "Winther", "Ravn", "Thrane", "Ünal", "Vang", "Lund", "Iversen", "Quist")
CITIES = (("Aarhus", "DK"), ("Odense", "DK"), ("København", "DK"), ("Malmö", "SE"), ("Oslo", "NO"), ("Hamburg", "DE"))
TOPICS = ("food", "cycling", "politics", "music", "parenting", "climate", "books", "fashion")


def ascii_of(text):
    plain = text.replace("ø", "o").replace("Ø", "O").replace("æ", "ae").replace("Ł", "L")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "".join(c for c in plain.lower() if c.isalnum())


def name_of(number):
    """A made-up family name that no other number has: 501 → 'Hofu'."""
    text = ""
    for _ in range(2) if number < 65 * 65 else range(4):
        number, digit = divmod(number, 65)
        text = "bdfghklmnprst"[digit // 5] + "aeiou"[digit % 5] + text
    return text.capitalize()


@dataclasses.dataclass(slots=True)
class Record:
    """One row. `fields` are neutral names; a dialect gives them the vendor's."""
    kind: str
    id: int
    fields: dict
    created: int  # ms since 1970, by the server's clock
    changed: int
    deleted: int | None = None
    merged_into: int | None = None
    merged_ids: list = dataclasses.field(default_factory=list)
    before: "Record | None" = None  # as it was before the last change: what a search index that lags still shows
    wire: dict = dataclasses.field(default_factory=dict)  # what dialects keep of it; emptied by each change

    def __getitem__(self, name):
        return self.fields.get(name)

    @property
    def is_live(self):
        return self.deleted is None


class Table:
    """Records by id, and their ids in ascending order (deleted ones too)."""

    def __init__(self, kind):
        self.kind, self.rows, self.ids = kind, {}, []
        self.version = 0  # grows with each change

    def __len__(self):
        return len(self.ids)

    def add(self, record):
        self.rows[record.id] = record
        if self.ids and record.id < self.ids[-1]:
            bisect.insort(self.ids, record.id)
        else:
            self.ids.append(record.id)
        self.version += 1

    def get(self, number):
        try:
            return self.rows.get(int(number))
        except (TypeError, ValueError):
            return None

    def after(self, number=None):
        """Records with a greater id, in the order of their ids: for keyset and cursor paging."""
        start = 0 if number is None else bisect.bisect_right(self.ids, int(number))
        for i in range(start, len(self.ids)):
            yield self.rows[self.ids[i]]

    def live(self):
        return (record for record in self.after() if record.deleted is None)


class World:
    """Contacts and what is around them.

    :param contacts: how many; the activities are about half as many, owners seven, companies a tenth.
    :param same_instant: so many contacts were imported at one instant and have one `changed`.
    :param activities: whether there are any.
    :param leads: how many there are beside the contacts, every fifth of which became a contact long ago.
    """

    def __init__(self, contacts=300, seed=20261123, same_instant=0, activities=True, leads=0):
        self.lock = threading.RLock()
        self.seed = seed
        self.random = random.Random(seed)
        self.is_fixed = lambda record: False  # activities that nobody changes, gives away or deletes: mails that came
        self.search_lag_ms = 0  # how far a search index is behind
        self._started, self._advanced, self._last = time.monotonic(), 0, START_MS
        self.tables = {kind: Table(kind) for kind in
                       ("owners", "companies", "contacts", "leads", *ACTIVITIES, "lists")}
        self.activities_of = {}  # contact id → {(kind, id)}
        self.next_id = {kind: 1000 * (i + 1) + 1 for i, kind in enumerate(self.tables)}
        self.next_id.update(contacts=501, leads=900_000_001)
        self._populate(contacts, same_instant, activities, leads)
        self.next_id = {kind: (table.ids[-1] + 1 if table.ids else self.next_id[kind])
                        for kind, table in self.tables.items()}

    # --- time -----------------------------------------------------------------------------------

    def now(self):
        """The server's clock, ms: never behind a change, though many in one millisecond are given one each."""
        return max(START_MS + self._advanced + int((time.monotonic() - self._started) * 1000), self._last + 1)

    def tick(self):
        """A time for a change: now, and later than any before."""
        self._last = max(self.now(), self._last + 1)
        return self._last

    def advance(self, seconds):
        """So much time goes by: a day between two nights."""
        with self.lock:
            self._advanced += int(seconds * 1000)

    # --- who there is ---------------------------------------------------------------------------

    def contacts(self):
        return self.tables["contacts"]

    def live(self, kind="contacts"):
        return list(self.tables[kind].live())

    def owner_name(self, number):
        owner = self.tables["owners"].get(number)
        return f"{owner['given']} {owner['family']}" if owner else None

    def seen_by_search(self, record):
        """The record as an index that lags shows it: an older one, or None where it is not there yet.

        Deletions are late too: a record that was deleted just now is still found.
        """
        if not self.search_lag_ms:
            return record
        horizon = self.now() - self.search_lag_ms
        while record is not None and max(record.changed, record.deleted or 0) > horizon:
            record = record.before
        return record

    def activities_with(self, contact):
        """Live activities of a contact, as records."""
        found = (self.tables[kind].rows[number] for kind, number in self.activities_of.get(contact, ()))
        return [record for record in found if record.is_live]

    # --- what happens ---------------------------------------------------------------------------

    def create(self, kind="contacts", invented=True, **fields):
        """A new record; a person's other fields are invented, unless a client has said all that there is."""
        with self.lock:
            number = self.next_id[kind]
            self.next_id[kind] += 1
            at = self.tick()
            made = {"contacts": self._person, "leads": self._person}.get(kind) if invented else None
            record = Record(kind, number, {**(made(number) if made else {}), **fields}, at, at)
            self.tables[kind].add(record)
            self._join(record)
            return record

    def activity(self, kind, contacts, **fields):
        """A call, meeting, email, note or task with these contacts."""
        number = self.next_id[kind]
        return self.create(kind, **{**self._activity(kind, number, self.now()), **fields, "contacts": list(contacts)})

    def change(self, kind, number, **fields):
        """Other values; a field that is None has none any more. Gives the record."""
        with self.lock:
            record = self.tables[kind].rows[int(number)]
            self._touch(record)
            self._part(record)
            record.fields = {k: v for k, v in {**record.fields, **fields}.items() if v is not None}
            self._join(record)
            return record

    def delete(self, kind, number):
        with self.lock:
            record = self.tables[kind].rows[int(number)]
            if record.is_live:
                self._touch(record)
                record.deleted = record.changed

    def restore(self, kind, number):
        with self.lock:
            record = self.tables[kind].rows[int(number)]
            self._touch(record)
            record.deleted = record.merged_into = None

    def merge(self, winner, loser, kind="contacts"):
        """Two records of one person become one: the loser is gone, its activities are the winner's."""
        with self.lock:
            one, other = self.tables[kind].rows[int(winner)], self.tables[kind].rows[int(loser)]
            self._touch(other)
            other.deleted, other.merged_into = other.changed, one.id
            self._touch(one)
            one.merged_ids = [*one.merged_ids, other.id, *other.merged_ids]
            extra = [e for e in [other["email"], *(other["emails_extra"] or [])] if e]
            one.fields = {**one.fields, "emails_extra": [*(one["emails_extra"] or []), *extra]}
            for activity_kind, number in sorted(self.activities_of.get(other.id, ())):
                record = self.tables[activity_kind].rows[number]
                contacts = [one.id if c == other.id else c for c in record["contacts"]]
                self.change(activity_kind, number, contacts=list(dict.fromkeys(contacts)))
            return one

    def convert(self, lead):
        """A lead becomes a contact: it says so, its notes are the contact's from here on. Gives the contact."""
        with self.lock:
            lead = self.tables["leads"].rows[int(lead)]
            contact = self.create("contacts", invented=False, **lead.fields)
            for note in list(self.tables["notes"].live()):
                if note["lead"] == lead.id:
                    self.change("notes", note.id, lead=None, contacts=[contact.id])
            return self.change("leads", lead.id, converted=contact.id) and contact

    def day(self, creates=8, changes=25, deletes=6, merges=3, activities=12, touched=1):
        """A day's work in the CRM, by the seed; of each kind of activity `touched` are deleted, changed, and given to
        somebody else. Where there are leads, of these too some come, change, go and become contacts. Gives what was done, by
        word."""
        with self.lock:
            done = {"created": [], "changed": [], "deleted": [], "merged": []}
            for _ in range(creates):
                done["created"].append(self.create("contacts").id)
            alive = [record.id for record in self.live()]
            chosen = self.random.sample(alive, min(len(alive), changes + deletes + 2 * merges))
            for number in chosen[:changes]:
                self.change("contacts", number, city="Ribe", followers=self.random.randrange(1000, 90000))
                done["changed"].append(number)
            for number in chosen[changes:changes + deletes]:
                self.delete("contacts", number)
                done["deleted"].append(number)
            rest = chosen[changes + deletes:]
            for winner, loser in zip(rest[::2], rest[1::2]):
                self.merge(winner, loser)
                done["merged"].append((winner, loser))
            alive = [record.id for record in self.live()]
            for i in range(activities):
                kind = ACTIVITIES[i % len(ACTIVITIES)]
                self.activity(kind, self.random.sample(alive, (1, 2, 1, 0)[i % 4]))
            for kind in ACTIVITIES:
                there = [record for record in self.live(kind) if not self.is_fixed(record)]
                if touched and len(there) > 3:
                    self.delete(kind, there[0].id)
                    self.change(kind, there[1].id, subject=f"Rescheduled {there[1].id}")
                    self.change(kind, there[2].id, contacts=self.random.sample(alive, 1))  # it was somebody else
            open_leads = [record.id for record in self.live("leads") if record["converted"] is None]
            if len(open_leads) > 5:
                self.create("leads")
                chosen = self.random.sample(open_leads, 5)
                self.change("leads", chosen[0], city="Ribe")
                self.change("leads", chosen[1], city="Ribe")
                self.delete("leads", chosen[2])
                done["converted"] = [(number, self.convert(number).id) for number in chosen[3:]]
                if activities:
                    self.activity("notes", [], lead=chosen[0])
            return done

    # --- what must be in the store ----------------------------------------------------------------

    def expected(self, vendor=None):
        """What the roster must hold after a run: the dialect's word (`vendor`, a Dialect), or the neutral one."""
        return vendor.expected() if vendor is not None else Expected.of(self)

    # --- making -----------------------------------------------------------------------------------

    def _touch(self, record):
        record.before = dataclasses.replace(record, wire={}) if self.search_lag_ms else None
        record.changed = self.tick()
        record.wire = {}
        self.tables[record.kind].version += 1

    def _join(self, record):
        for contact in record["contacts"] or ():
            self.activities_of.setdefault(contact, set()).add((record.kind, record.id))

    def _part(self, record):
        for contact in record["contacts"] or ():
            self.activities_of.get(contact, set()).discard((record.kind, record.id))

    def _populate(self, contacts, same_instant, activities, leads):
        for i in range(7):
            given, family = GIVEN[(3 * i) % len(GIVEN)], FAMILY[(7 * i + 1) % len(FAMILY)]
            self._add("owners", {"given": given, "family": family, "active": i != 6,
                                 "email": f"{ascii_of(given)}.{ascii_of(family)}@campaign.example"}, i)
        for i in range(max(1, contacts // 10)):
            self._add("companies", {"name": f"Bureau {FAMILY[i % len(FAMILY)]} {i}"}, i)
        year_ms = 360 * 86_400_000
        for i in range(contacts):
            number = self.next_id["contacts"] + i
            created = START_MS - year_ms + i * (year_ms - 3_600_000) // max(1, contacts)
            changed = created + (self._hash(number) % 997) * (START_MS - 60_000 - created) // 997
            if i < same_instant:
                changed = START_MS - 86_400_000
            self.tables["contacts"].add(Record("contacts", number, self._person(number), created, changed))
        for i in range(leads):
            number = self.next_id["leads"] + i
            created = START_MS - year_ms + i * (year_ms - 3_600_000) // leads
            person = self._person(number)
            if i % 5 == 1 and contacts:
                contact = self.next_id["contacts"] + i % contacts
                person = {**self._person(contact), "converted": contact}
            self.tables["leads"].add(Record("leads", number, person, created, created))
        first = self.next_id["contacts"]
        if activities and contacts:
            for i in range(contacts // 2):
                kind = ACTIVITIES[i % len(ACTIVITIES)]
                number = self.next_id[kind] + i // len(ACTIVITIES)
                at = START_MS - (i % 300 + 1) * 86_400_000
                count = (1, 1, 2, 0)[(i // len(ACTIVITIES)) % 4]
                chosen = [first + (i * 7 + 13 * j) % contacts for j in range(count)]
                record = Record(kind, number, {**self._activity(kind, number, at), "contacts": chosen}, at, at + 60_000)
                self.tables[kind].add(record)
                self._join(record)
        for i in range(leads // 3 if activities else 0):
            number = self.next_id["notes"] + contacts + i
            at = START_MS - (i % 300 + 1) * 86_400_000
            self.tables["notes"].add(Record("notes", number, {
                **self._activity("notes", number, at), "lead": self.next_id["leads"] + 3 * i}, at, at + 60_000))

    def _add(self, kind, fields, i):
        number = self.next_id[kind] + i
        self.tables[kind].add(Record(kind, number, fields, START_MS - 400 * 86_400_000, START_MS - 399 * 86_400_000))

    def _hash(self, number):
        return (number * 2_654_435_761 + self.seed) & 0xFFFF_FFFF

    @functools.cached_property
    def _owner_ids(self):
        return self.tables["owners"].ids

    def _person(self, number):
        """A person whose address, number and handles nobody else has."""
        h = self._hash(number)
        given, family = GIVEN[h % len(GIVEN)], FAMILY[(h >> 8) % len(FAMILY)]
        tag = number % 10_000_000
        name = f"{ascii_of(given)}.{ascii_of(family)}"
        city, country = CITIES[(h >> 4) % len(CITIES)]
        person = {
            "given": given, "family": f"{family} {name_of(tag)}", "city": city, "country": country,
            "topics": sorted({TOPICS[h % 8], TOPICS[(h >> 3) % 8]}), "opted_out": h % 11 == 0,
            "custom": {"note_code": f"Ø{tag}" if tag % 2 else f"A;{tag}, \"x\""},
        }
        if h % 10:
            person["email"] = f"{name}.{tag}@example.com"
        if h % 7 == 0:
            person["emails_extra"] = [f"booking.{tag}@example.org"]
        if h % 3:
            person["phone"] = f"+45 {20_000_000 + tag:08d}"
        if h % 5 == 0:
            person["mobile"] = f"+45 {40_000_000 + tag % 2_000_000:08d}"
        if h % 4:
            person["instagram"] = f"{ascii_of(given)}_{tag}"
            person["followers"] = 500 + h % 200_000
        if h % 6 == 0:
            person["twitter"] = f"{ascii_of(given)[:4]}{tag}"
        if h % 9:
            person["owner"] = self._owner_ids[(h >> 5) % len(self._owner_ids)]
        if h % 2:
            person["company"] = self.tables["companies"].ids[(h >> 6) % len(self.tables["companies"])]
        if h % 8 < 5:
            person["last_contact"] = START_MS - (h % 200 + 1) * 86_400_000
        return person

    def _activity(self, kind, number, at):
        h = self._hash(number + 17)
        return {"at": at // 1000 * 1000, "subject": f"About {TOPICS[h % 8]} {number}", "body": f"Said {number}.",
                "direction": ("in", "out")[h % 2], "done": h % 3 != 0, "contacts": [],
                "owner": self._owner_ids[h % len(self._owner_ids)]}


@dataclasses.dataclass
class Expected:
    """What must be in the roster, in neutral words; ids as texts.

    `streams`: stream → ids that must be there. `tolerated`: stream → ids that may be there though nothing asks for them
    (a link to a contact that is gone, which no change feed tells). Whatever else is there is wrong.
    `also`: the same for streams of people. `people`: contact id → what the golden record must say. `merged`: swallowed id → id that swallowed it.
    """
    streams: dict
    people: dict
    tolerated: dict = dataclasses.field(default_factory=dict)
    merged: dict = dataclasses.field(default_factory=dict)
    also: dict = dataclasses.field(default_factory=dict)

    @staticmethod
    def of(world, contact_id=str, activity_id="{id}:{contact}".format, activities=ACTIVITIES,
           stream_of=lambda kind: kind, kinds=("contacts",), counts=lambda record: True,
           contacts_of=lambda record: record["contacts"] or ()):
        """The usual case: contacts under their ids, an activity once for each of its live contacts.

        `counts`: whether the connector takes an activity (only done ones, say). `contacts_of`: those of its contacts
        that the vendor tells. `activity_id` is given the `kind` too, where a vendor has one table for all.
        """
        with world.lock:
            streams = {stream_of(kind): set() for kind in (*kinds, *activities)}
            tolerated = {stream_of(kind): set() for kind in activities}
            people, merged = {}, {}
            for kind in kinds:
                for record in world.tables[kind].after():
                    if record.is_live:
                        name = contact_id(record.id)
                        streams[stream_of(kind)].add(name)
                        people[name] = Expected.person(
                            world, record, activities, lambda a, n=record.id: counts(a) and n in contacts_of(a))
                    elif record.merged_into is not None:
                        merged[contact_id(record.id)] = contact_id(record.merged_into)
            contacts = world.tables["contacts"]
            for kind in activities:
                for record in world.tables[kind].after():
                    for contact in contacts_of(record) if counts(record) else ():
                        name = activity_id(id=record.id, contact=contact_id(contact), kind=kind)
                        live = record.is_live and contacts.rows[contact].is_live
                        (streams if live else tolerated)[stream_of(kind)].add(name)
            return Expected(streams, people, tolerated, merged)

    @staticmethod
    def person(world, record, activities=ACTIVITIES, counts=lambda activity: True):
        person = {"display": f"{record['given']} {record['family']}", "city": record["city"],
                  "opted_out": bool(record["opted_out"]),
                  "emails": sorted(e for e in [record["email"], *(record["emails_extra"] or [])] if e),
                  "phones": sorted(p.replace(" ", "") for p in (record["phone"], record["mobile"]) if p),
                  "owner": world.owner_name(record["owner"]),
                  "interactions": sorted((a["at"], CHANNELS.get(a.kind, "unknown"), a["subject"])
                                         for a in world.activities_with(record.id) if a.kind in activities and counts(a))}
        for platform in ("instagram", "twitter"):
            if record[platform]:
                person[platform] = record[platform]
        return person
