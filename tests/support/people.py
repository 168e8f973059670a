"""A small made-up world of influencers in three sources, with the mess of the field.

From a seed: people with accounts, mail and phone, who stand in a CRM export (JSON Lines), an agency
roster and a manual search (CSV), written differently in each; a booking address shared by many;
values missing; rows that are broken. Nobody here exists.
"""

import random

GIVEN = ("Ida", "Bo", "Søren", "Åse", "Karla", "Ömer", "Zoë", "Mads", "Nadia", "Freja", "Łukasz",
         "Noor", "Emil", "Signe", "Jean-Luc", "Maja", "Oskar", "Lærke", "Ali", "Vigga")
FAMILY = ("Holm", "Lund", "van der Berg", "Øster", "Kjær", "O'Neill", "Yılmaz", "Nørgaard", "Møller",
          "Friis", "Nowak", "Bang", "Dahl", "Skov", "Thorsen", "Al-Sayed")
TOPICS = ("mad", "rejser", "sport", "mode", "klima", "gaming")
STATUSES = ("Contacted", "Replied", "Do not contact", "")
AGENCY_COLUMNS = ("nr", "Name", "Instagram", "Followers", "Booking email", "Phone", "Agency", "Country")
MANUAL_COLUMNS = ("id", "Navn", "Insta", "Følgere", "E-mail", "Emne", "TikTok")


class Person:
    def __init__(self, random_, number):
        self.number = number
        self.given, self.family = random_.choice(GIVEN), random_.choice(FAMILY)
        self.handle = f"{self.family.split()[-1].lower().encode('ascii', 'ignore').decode()}_{number}"
        self.email = f"person{number}@example.com"
        self.phone = f"+45 2{number:07d}"
        self.followers = random_.randrange(500, 900_000)

    def name(self, random_):
        forms = (f"{self.given} {self.family}", f"{self.family}, {self.given}",
                 f"{self.given} {self.family} ✨", f"{self.given} {self.family}".upper())
        return random_.choice(forms)

    def instagram(self, random_):
        forms = (f"@{self.handle}", self.handle, f"https://www.instagram.com/{self.handle}/?hl=da",
                 f"instagram.com/{self.handle}")
        return random_.choice(forms)


class World:
    """`records[source]` lists what each source holds, in its own words; `sources` configures them."""

    sources = {
        "crm": {"connector": "jsonl", "config": {"location": "crm*.jsonl", "key": "id"}, "trust": 0.9},
        "agency": {"connector": "delimited", "trust": 0.7,
                   "config": {"location": "agency*.csv", "key": "nr", "delimiter": ";"}},
        "manual": {"connector": "delimited", "trust": 0.3,
                   "config": {"location": "search/*.csv", "key": "id", "delimiter": ";"}},
    }

    def __init__(self, people, seed, with_faults=True):
        self.random = random.Random(seed)
        self.people = [Person(self.random, number) for number in range(people)]
        self.records = {"crm": [], "agency": [], "manual": []}
        for person in self.people:
            self.add(person)
        if with_faults:
            self.add_faults()

    def add(self, person):
        present = self.random.sample(("crm", "agency", "manual"), self.random.choice((1, 1, 2, 2, 3)))
        for source in sorted(present):
            self.records[source].append(getattr(self, source)(person))
        if self.random.random() < 0.05 and "crm" in present:  # entered twice
            again = self.crm(person)
            again["id"] += "-again"
            self.records["crm"].append(again)

    def maybe(self, value, share=0.85):
        return value if self.random.random() < share else ""

    def crm(self, person):
        record = {"id": f"c{person.number}", "name": person.name(self.random),
                  "email": self.maybe(person.email), "phone": self.maybe(person.phone, 0.4),
                  "instagram": self.maybe(person.instagram(self.random)),
                  "instagram_followers": person.followers, "country": self.maybe("Danmark"),
                  "status": self.random.choice(STATUSES), "score": self.random.randrange(100)}
        return {key: value for key, value in record.items() if value != ""}

    def agency(self, person):
        return {"nr": f"a{person.number}", "Name": person.name(self.random),
                "Instagram": person.instagram(self.random), "Followers": str(person.followers),
                "Booking email": f"booking@agency{person.number % 3}.example",
                "Phone": "+45 33 12 34 56", "Agency": f"Agency {person.number % 3}",
                "Country": self.maybe("DK")}

    def manual(self, person):
        return {"id": f"m{person.number}", "Navn": person.name(self.random),
                "Insta": person.instagram(self.random), "Følgere": str(person.followers),
                "E-mail": self.maybe(person.email, 0.5),
                "Emne": ", ".join(self.random.sample(TOPICS, 2)),
                "TikTok": self.maybe("@" + person.handle, 0.3)}

    def add_faults(self):
        """What cannot be used: broken lines, short rows, and one id on different records."""
        for number in range(max(2, len(self.people) // 100)):
            self.records["crm"].append(f'{{"id":"broken{number}","name":')
            self.records["agency"].append(f"short{number};Nobody")
            self.records["crm"].append({"id": f"twice{number}", "name": "First Of Two"})
            self.records["crm"].append({"id": f"twice{number}", "name": "Second Of Two"})

    def change(self, share=0.01):
        """The next night: some followers and names changed, some people new, a few gone."""
        for source, field in (("crm", "instagram_followers"), ("agency", "Followers"),
                              ("manual", "Følgere")):
            usable = [r for r in self.records[source] if isinstance(r, dict) and field in r]
            for record in self.random.sample(usable, max(2, int(len(usable) * share))):
                record[field] = type(record[field])(int(record[field]) + 1)
            gone = self.random.sample(usable, 2)
            self.records[source] = [r for r in self.records[source] if r not in gone]
        for number in range(max(2, int(len(self.people) * share))):
            person = Person(self.random, len(self.people))
            self.people.append(person)
            self.add(person)

    def shuffle(self, seed):
        for records in self.records.values():
            random.Random(seed).shuffle(records)

    def write(self, workspace):
        workspace.jsonl("crm.jsonl", self.records["crm"])
        workspace.csv("agency.csv", self.records["agency"], AGENCY_COLUMNS)
        workspace.csv("search/sheet.csv", self.records["manual"], MANUAL_COLUMNS)

    def write_in_parts(self, workspace, parts, names):
        """Each source in several files, named by `names(part)`: their order is another one."""
        for part in range(parts):
            slice_ = slice(part, None, parts)
            name = names(part)
            workspace.jsonl(f"crm-{name}.jsonl", self.records["crm"][slice_])
            workspace.csv(f"agency-{name}.csv", self.records["agency"][slice_], AGENCY_COLUMNS)
            workspace.csv(f"search/{name}.csv", self.records["manual"][slice_], MANUAL_COLUMNS)

    def set_up(self, workspace, **config):
        self.write(workspace)
        workspace.config(self.sources, **config)
        return workspace
