"""Action Network's API v2, OSDI in HAL (../specs/actionnetwork, and the vendor's own pages on paging and filters)."""

import re
import uuid

from ..dialect import Dialect, array, iso, members, ms_of, route
from ..server import BadRequest, Response
from ..world import Expected

SPACE = uuid.UUID("6b1d1f0e-9d0c-4a44-8d57-0a1f6a4d9c11")
DAY = "%Y-%m-%dT%H:%M:%SZ"
PAGE_MAX = 25


def uuid_of(*names):
    return str(uuid.uuid5(SPACE, "/".join(map(str, names))))


class Vendor(Dialect):
    name = "actionnetwork"
    limit = (4, 1)
    says_retry_after = False
    tells_deletions = False
    reads_whole = True
    page_max = PAGE_MAX
    can = frozenset(("write", "delete", "activities"))
    KINDS = {"meetings": "attendances", "tasks": "submissions"}  # events, and forms

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._numbers = {}
        self._tags = (None, {})

    def credentials(self, base_url, how="token"):
        return {"base_url": f"{base_url}/api/v2", "api_key": self.token, "requests_per_second_max": 100}

    def authorize(self, request):
        if request.headers.get("osdi-api-token", "") != self.token:
            return self.error(403, "API Key invalid or not present")
        return None

    def error(self, status, message):
        return Response({"error": message}, status)

    # --- collections --------------------------------------------------------------------------------

    def collection(self, request, path, name, records, render, totals=True):
        """A page by its number. The last one too has a link to a next one."""
        number = request.number("page", 1)
        size = max(1, request.number("per_page", PAGE_MAX, PAGE_MAX))
        rows = records[(number - 1) * size:number * size]
        query = "&".join(f"{key}={value.replace(' ', '%20')}" for key, value in request.query if key != "page")
        following = f"{request.base_url}/api/v2{path}?page={number + 1}{'&' if query else ''}{query}"
        rows, following = self.page(request, (path, query), rows, following, first=number == 1)
        links = {"self": {"href": f"{request.base_url}/api/v2{path}"}}
        if following and rows:
            links["next"] = {"href": following}
        body = {"per_page": size, "page": number, "_links": links}
        if totals:
            body.update(total_pages=-(-len(records) // size), total_records=len(records))
        texts = array(self.wire(row, ("hal", request.base_url), lambda r: render(r, request.base_url)) if hasattr(row, "wire")
                      else self.dump(render(row, request.base_url)) for row in rows)
        return Response(members(**body, _embedded=members(**{f"osdi:{name}": texts})), content_type="application/hal+json")

    @staticmethod
    def dump(value):
        return members(**value)

    def person(self, record, base_url):
        name = self.uuid("contacts", record.id)
        person = {"given_name": record["given"], "family_name": record["family"],
                  "identifiers": [f"foreign:{record.id}", f"action_network:{name}"],
                  "created_date": iso(record.created, DAY), "modified_date": iso(record.changed, DAY),
                  "languages_spoken": ["en"],
                  "postal_addresses": [{"primary": True, "locality": record["city"], "region": "", "country": record["country"],
                                        "location": {"latitude": None, "longitude": None, "accuracy": None}}],
                  "custom_fields": {**{k: str(v) for k, v in (record["custom"] or {}).items()},
                                    **({"instagram": record["instagram"]} if record["instagram"] else {}),
                                    **({"twitter": record["twitter"]} if record["twitter"] else {})},
                  "_links": {"self": {"href": f"{base_url}/api/v2/people/{name}"}}}
        status = "unsubscribed" if record["opted_out"] else "bouncing" if record.id % 13 == 0 else "subscribed"
        if record["email"]:
            person["email_addresses"] = [{"primary": True, "address": record["email"], "status": status}]
        numbers = [record[kind] for kind in ("phone", "mobile") if record[kind]]
        if numbers:
            person["phone_numbers"] = [{"primary": i == 0, "number": "".join(filter(str.isdigit, number)), "number_type": "Mobile",
                                        "status": "unsubscribed" if record["opted_out"] else "subscribed"}
                                       for i, number in enumerate(numbers)]
        return person

    def uuid(self, kind, number):
        name = uuid_of(kind, number)
        self._numbers[name] = number
        return name

    @route("GET", "/api/v2/people")
    def people(self, request):
        where, name = (lambda r: r.is_live), "all"
        wanted = request.get("filter")
        if wanted:
            field, operator, value = self.filter(wanted)
            name = wanted
            if (field, operator) == ("modified_date", "gt"):
                since = ms_of(value)
                where = lambda r: r.is_live and r.changed > since  # noqa: E731
            elif (field, operator) == ("email_address", "eq"):
                where = lambda r: r.is_live and (r["email"] or "").lower() == value.lower()  # noqa: E731
            else:
                raise BadRequest(f"cannot filter by {field} {operator}")
        found = self.ordered("contacts", where, name=name)
        return self.collection(request, "/people", "people", found, self.person, totals=False)

    @staticmethod
    def filter(text):
        match = re.fullmatch(r"(\w+) (eq|gt|lt) '((?:[^']|'')*)'", text)
        if not match:
            raise BadRequest("filter is malformed")
        return match[1], match[2], match[3].replace("''", "'")

    def tags_of_all(self):
        """Tag → (a tagging with it as (tag, contact)) in the order of the contacts' ids; the tags in order. It is kept until a
        contact changes: with 100,000 of them there are 15,000 requests for taggings."""
        version = self.world.contacts().version
        if self._tags[0] != version:
            taggings = {}
            for record in self.world.contacts().live():
                for topic in record["topics"] or ():
                    taggings.setdefault(topic, []).append((topic, record))
            self._tags = (version, dict(sorted(taggings.items())))
        return self._tags[1]

    @route("GET", "/api/v2/tags")
    def tags(self, request):
        return self.collection(request, "/tags", "tags", list(self.tags_of_all()), lambda tag, base_url: {
            "name": tag, "identifiers": [f"action_network:{uuid_of('tags', tag)}"],
            "_links": {"self": {"href": f"{base_url}/api/v2/tags/{uuid_of('tags', tag)}"}}})

    @route("GET", "/api/v2/tags/{tag}/taggings")
    def taggings(self, request, tag):
        name = next((t for t in self.tags_of_all() if uuid_of("tags", t) == tag), None)
        if name is None:
            return self.error(404, "not found")
        rows = self.tags_of_all()[name]
        return self.collection(request, f"/tags/{tag}/taggings", "taggings", rows, lambda row, base_url: self.link(
            base_url, f"/tags/{tag}/taggings", uuid_of("taggings", name, row[1].id), row[1], item_type="osdi:person"))

    def link(self, base_url, path, name, contact, **more):
        return {"identifiers": [f"action_network:{name}"], "created_date": "2026-01-05T10:00:00Z",
                "modified_date": "2026-01-05T10:00:00Z", **more, "_links": {
                    "self": {"href": f"{base_url}/api/v2{path}/{name}"},
                    "osdi:person": {"href": f"{base_url}/api/v2/people/{self.uuid('contacts', contact.id)}"}}}

    def actions(self, request, kind, name):
        def render(record, base_url):
            number = self.uuid(kind, record.id)
            made = {"title": record["subject"], "identifiers": [f"action_network:{number}"],
                    "created_date": iso(record.created, DAY), "modified_date": iso(record.changed, DAY),
                    "_links": {"self": {"href": f"{base_url}/api/v2/{name}/{number}"}}}
            return {**made, "start_date": iso(record["at"], DAY)} if kind == "meetings" else made
        return self.collection(request, f"/{name}", name, self.ordered(kind, lambda r: r.is_live, name="live"), render)

    @route("GET", "/api/v2/events")
    def events(self, request):
        return self.actions(request, "meetings", "events")

    @route("GET", "/api/v2/forms")
    def forms(self, request):
        return self.actions(request, "tasks", "forms")

    def answers(self, request, kind, path, number, **more):
        record = self.world.tables[kind].get(self._numbers.get(number))
        if record is None or not record.is_live:
            return self.error(404, "not found")
        contacts = self.world.contacts()
        rows = [contacts.rows[c] for c in dict.fromkeys(record["contacts"] or ()) if contacts.rows[c].is_live]
        word = self.KINDS[kind]
        return self.collection(request, path, word, [(None, contact) for contact in rows], lambda row, base_url: {
            **self.link(base_url, path, uuid_of(word, record.id, row[1].id), row[1], **more),
            "created_date": iso(record["at"], DAY)})

    @route("GET", "/api/v2/events/{number}/attendances")
    def attendances(self, request, number):
        return self.answers(request, "meetings", f"/events/{number}/attendances", number, status="accepted")

    @route("GET", "/api/v2/forms/{number}/submissions")
    def submissions(self, request, number):
        return self.answers(request, "tasks", f"/forms/{number}/submissions", number)

    # --- write-back -----------------------------------------------------------------------------------

    @staticmethod
    def neutral(person):
        names = {"given_name": "given", "family_name": "family"}
        made = {names[name]: value for name, value in person.items() if name in names}
        for address in person.get("email_addresses", ()):
            if "address" in address:
                made["email"] = address["address"]
            if "status" in address:
                if address["status"] not in ("subscribed", "unsubscribed"):
                    raise BadRequest("status is invalid")
                made["opted_out"] = address["status"] == "unsubscribed"
        for address in person.get("postal_addresses", ()):
            if "locality" in address:
                made["city"] = address["locality"]
        return made

    @route("PUT", "/api/v2/people/{number}")
    def change(self, request, number):
        record = self.world.contacts().get(self._numbers.get(number))
        person = request.json()
        if record is None or not record.is_live:
            return self.error(404, "Couldn't find Person")
        if not isinstance(person, dict):
            raise BadRequest("the body is no person")
        fields = self.neutral(person)
        if person.get("custom_fields"):
            fields["custom"] = {**(record["custom"] or {}), **person["custom_fields"]}
        return Response(self.person(self.world.change("contacts", record.id, **fields), request.base_url))

    @route("POST", "/api/v2/people")
    def sign_up(self, request):
        person = (request.json() or {}).get("person")
        if not isinstance(person, dict):
            raise BadRequest("person is missing")
        fields = self.neutral(person)
        if not fields.get("email"):
            raise BadRequest("email_addresses is missing")
        found = next((r for r in self.world.live() if (r["email"] or "").lower() == fields["email"].lower()), None)
        if found is not None:
            record = self.world.change("contacts", found.id, **fields)
        else:
            record = self.world.create("contacts", invented=False, **{"opted_out": False, **fields})  # subscribed, if nothing is said
        return Response(self.person(record, request.base_url))

    # --- what must be in the roster -------------------------------------------------------------------

    def expected(self):
        expected = Expected.of(self.world, contact_id=lambda c: uuid_of("contacts", c), activities=tuple(self.KINDS),
                               activity_id=lambda id, contact, kind: f"{id}:{contact}")
        numbers = {uuid_of("contacts", record.id): record for record in self.world.contacts().live()}
        for name, person in expected.people.items():
            record = numbers[name]
            person.pop("owner")
            person["emails"] = [record["email"]] if record["email"] else []
            if not (record["email"] or record["phone"] or record["mobile"]):
                person.pop("opted_out")
            person["interactions"] = sorted((at, "event", subject) for at, _, subject in person["interactions"])
        streams = {"people": expected.streams["contacts"], "taggings": {
            uuid_of("taggings", topic, record.id) for record in numbers.values() for topic in record["topics"] or ()}}
        for kind, word in self.KINDS.items():
            streams[word] = {uuid_of(word, record.id, contact) for record in self.world.tables[kind].live()
                             for contact in record["contacts"] or () if self.world.contacts().rows[contact].is_live}
        expected.streams, expected.tolerated = streams, {word: set() for word in ("taggings", *self.KINDS.values())}
        return expected
