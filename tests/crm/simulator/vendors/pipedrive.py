"""Pipedrive API v2 (persons, activities, fields, search) and v1 (users, notes, recents) (../specs/pipedrive)."""

import hashlib

from ..dialect import Dialect, array, iso, members, ms_of, place_of, route, token_of
from ..server import BadRequest, Response
from ..world import TOPICS, Expected

# One table and one row of ids for all activities; notes are apart.
TYPES = {"calls": "call", "meetings": "meeting", "emails": "email", "tasks": "task"}
KINDS = tuple(TYPES)


def code(name):
    """A custom field's key: 40 hexadecimal digits."""
    return hashlib.sha1(name.encode()).hexdigest()


FIELDS = {  # custom fields: name → (type, neutral field)
    "Instagram": ("varchar", "instagram"), "Instagram followers": ("double", "followers"),
    "Twitter": ("varchar", "twitter"), "Note code": ("varchar", None), "Topics": ("set", "topics"),
    "City": ("varchar", "city"),  # postal_address cannot be written
}
OPTIONS = {topic: 40 + i for i, topic in enumerate(TOPICS)}
STATUSES = ("no_consent", "unsubscribed", "subscribed", "archived")


def is_mail(record):
    """Every second e-mail lies in the mailbox; the others were logged as activities."""
    return record.kind == "emails" and record.id % 2 == 0


def number_of(record):
    return record.id * 10 + KINDS.index(record.kind) if record.kind in TYPES else record.id


class Vendor(Dialect):
    name = "pipedrive"
    limit = (20, 2)
    daily_limit = 30_000
    tells_winners = True
    can = frozenset(("oauth", "write", "merge", "delete", "activities"))
    nulls = True  # the last page's next_cursor; the document types it as text, and says in words that it is null
    scopes = "base contacts:full activities:read recents:read users:read"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.world.is_fixed = is_mail
        self._with = set()  # (mail, person), of all times

    def credentials(self, base_url, how="token"):
        config = {"base_url": base_url, "include_fields": "marketing_status"}
        if how == "oauth":
            return {**config, "client_id": self.client_id, "client_secret": self.client_secret,
                    "refresh_token": self.refresh_token, "token_url": base_url + "/oauth/token"}
        return {**config, "api_token": self.token}

    @staticmethod
    def is_write(path):
        return path == "/api/v2/persons"

    def authorize(self, request):
        bearer = self.bearer(request)
        if request.headers.get("x-api-token") == self.token or (bearer != self.token and self.is_valid(bearer)):
            return None
        return self.error(401, "unauthorized access")

    def error(self, status, message, **details):
        return Response({"success": False, "error": message, "error_info": "Please check developers.pipedrive.com",
                         "data": None, "additional_data": None, **details}, status)

    def rate_headers(self):
        return {"x-ratelimit-limit": self.window.requests, "x-ratelimit-remaining": self.window.remaining(),
                "x-ratelimit-reset": max(1, round(self.window.reset_seconds())),
                "x-daily-requests-left": self.daily_limit - self.daily_used}

    def expected(self):
        made = Expected.of(
            self.world, activities=(*KINDS, "notes"), stream_of=lambda kind: "activities" if kind in TYPES else kind,
            activity_id=lambda id, contact, kind: str(id) if kind == "notes" else f"{id * 10 + KINDS.index(kind)}:{contact}",
            counts=lambda record: not is_mail(record) and (record.kind == "notes" or bool(record["done"])),
            contacts_of=lambda record: (record["contacts"] or ())[:1 if record.kind == "notes" else None])
        made.streams["mails"] = set()
        for mail, contact in self.mails():
            if self.config.get("mails") and self.world.contacts().rows[contact].is_live:
                made.streams["mails"].add(f"{mail.id}:{contact}")
                made.people[str(contact)]["interactions"] = sorted(
                    [*made.people[str(contact)]["interactions"], (mail["at"], "email", mail["subject"])])
        # What was with somebody who is gone is asked for no more.
        made.tolerated["mails"] = {f"{mail}:{contact}" for mail, contact in self._with
                                   if not self.world.contacts().rows[contact].is_live}
        return made

    def mails(self, contact=None):
        """(mail, person), of one or of all."""
        with self.world.lock:
            found = [(r, c) for r in (self.world.tables["emails"].live() if contact is None else self.world.activities_with(contact))
                     if is_mail(r) for c in r["contacts"] or () if contact in (None, c)]
            self._with.update((r.id, c) for r, c in found)
            return found

    # --- records on the wire ------------------------------------------------------------------------

    def custom(self, record):
        values = {code("Note code"): (record["custom"] or {}).get("note_code"),
                  code("Topics"): [OPTIONS[t] for t in record["topics"] or () if t in OPTIONS] or None}
        for name, (_, field) in FIELDS.items():
            values.setdefault(code(name), record[field] if field else None)
        return values

    def person(self, record, more=()):
        emails = [e for e in [record["email"], *(record["emails_extra"] or [])] if e]
        phones = [p for p in (record["phone"], record["mobile"]) if p]
        made = {
            "id": record.id, "name": " ".join(n for n in (record["given"], record["family"]) if n),
            "first_name": record["given"], "last_name": record["family"], "owner_id": record["owner"],
            "org_id": record["company"], "add_time": iso(record.created, "%Y-%m-%dT%H:%M:%SZ"),
            "update_time": iso(record.changed, "%Y-%m-%dT%H:%M:%SZ"),
            "emails": [{"value": e, "primary": i == 0, "label": "work"} for i, e in enumerate(emails)],
            "phones": [{"value": p, "primary": i == 0, "label": "work"} for i, p in enumerate(phones)],
            "is_deleted": not record.is_live, "visible_to": 7, "label_ids": [], "picture_id": None,
            "postal_address": {key: value for key, value in (
                ("value", ", ".join(x for x in (record["city"], record["country"]) if x)), ("country", record["country"]),
                ("locality", record["city"])) if value},
            "notes": None, "im": [], "birthday": None, "job_title": None, "custom_fields": self.custom(record)}
        if "marketing_status" in more:
            made["marketing_status"] = "unsubscribed" if record["opted_out"] else "no_consent"
        if "email_messages_count" in more:
            mails = [mail for mail, _ in self.mails(record.id)]
            made["email_messages_count"] = len(mails)
            for name, way in (("last_incoming_mail_time", "in"), ("last_outgoing_mail_time", "out")):
                made[name] = max((iso(mail.created, "%Y-%m-%dT%H:%M:%SZ") for mail in mails if mail["direction"] == way), default=None)
        # The document types these as text, number or object: what is not there is left out.
        return {key: value for key, value in made.items() if value is not None}

    def activity(self, record):
        made = {
            "id": number_of(record), "subject": record["subject"], "type": TYPES[record.kind], "owner_id": record["owner"],
            "is_deleted": not record.is_live, "done": bool(record["done"]),
            "add_time": iso(record.created, "%Y-%m-%dT%H:%M:%SZ"), "update_time": iso(record.changed, "%Y-%m-%dT%H:%M:%SZ"),
            "due_date": iso(record["at"], "%Y-%m-%d"), "due_time": iso(record["at"], "%H:%M:%S"), "duration": "00:30:00",
            "participants": [{"person_id": c, "primary": i == 0} for i, c in enumerate(record["contacts"] or ())],
            "public_description": "", "note": f"<p>{record['body']}</p>"}
        if record["contacts"]:
            made["person_id"] = record["contacts"][0]
        return made

    def note(self, record):
        contact = (record["contacts"] or [None])[0]
        return {"id": record.id, "active_flag": record.is_live, "add_time": iso(record["at"], "%Y-%m-%d %H:%M:%S"),
                "update_time": iso(record.changed, "%Y-%m-%d %H:%M:%S"), "content": f"<b>{record['subject']}</b>",
                "user_id": record["owner"], "person_id": contact, "org_id": None, "deal_id": None, "lead_id": None,
                "user": {"name": self.world.owner_name(record["owner"]), "is_you": False}}

    # --- lists --------------------------------------------------------------------------------------

    def listed(self, request, records, following, render, form):
        return Response(members(success=True, data=array(self.wire(r, form, render) for r in records),
                                additional_data=self.following(following)))

    def following(self, cursor=None):
        return {"next_cursor": cursor} if cursor is not None or self.nulls else {}

    def changes(self, kinds, since):
        """Records that changed since, deleted ones too, in the order of their changes."""
        found = [r for kind in kinds for r in self.world.tables[kind].after() if r.changed >= since and not is_mail(r)]
        return sorted(found, key=lambda r: (r.changed, number_of(r)))

    def walk(self, request, kinds, render, form):
        """By id, or by the time of change: the cursor says behind which record the next page begins."""
        limit = request.number("limit", 100)
        if not 1 <= limit <= 500:
            raise BadRequest("limit must be between 1 and 500")
        sort, cursor = request.get("sort_by", "id"), request.get("cursor")
        if sort not in ("id", "update_time", "add_time"):
            raise BadRequest(f"sort_by {sort} is not supported")
        place = place_of(cursor) if cursor else None
        since = request.get("updated_since")
        if since is None and sort == "id" and len(kinds) == 1:
            found, more = self.by_id(kinds[0], place, limit, lambda r: r.is_live)
        else:
            kept = ("walk", kinds, since, sort)
            version = tuple(self.world.tables[kind].version for kind in kinds)
            if self._pages.get(kept, (None,))[0] != version:
                records = [r for r in self.changes(kinds, ms_of(since) if since else 0) if r.is_live]
                if sort != "update_time":
                    records.sort(key=number_of)
                self._pages[kept] = (version, records)
            records = self._pages[kept][1]
            key = (lambda r: [r.changed, number_of(r)]) if sort == "update_time" else number_of
            found = [r for r in records if place is None or key(r) > place][:limit + 1]
            found, more = found[:limit], len(found) > limit
        following = None
        if more:
            last = found[-1]
            following = token_of([last.changed, number_of(last)] if sort == "update_time" else number_of(last))
        found, following = self.page(request, (kinds, since, sort), found, following, first=cursor is None)
        return self.listed(request, found, following, render, form)

    @route("GET", "/api/v2/persons")
    def persons(self, request):
        more = tuple(request.get("include_fields", "").split(","))
        if request.get("ids"):
            asked = request.get("ids").split(",")
            if len(asked) > 100:
                raise BadRequest("ids: at most 100")
            found = [r for n in asked if (r := self.world.contacts().get(n)) is not None and r.is_live]
            return self.listed(request, found, None, lambda r: self.person(r, more), ("v2", more))
        form = ("v2", more, self.world.tables["emails"].version if "email_messages_count" in more else None)
        return self.walk(request, ("contacts",), lambda r: self.person(r, more), form)

    @route("GET", r"/v1/persons/{number:\d+}/mailMessages")
    def mail_messages(self, request, number):
        person = self.world.contacts().get(number)
        if person is None or not person.is_live:
            return self.error(404, "Person not found")
        found = [mail for mail, _ in self.mails(person.id)]
        found.sort(key=lambda mail: (-mail["at"], -mail.id))
        return self.v1_page(request, ("mails", number), found, self.mail)

    def mail(self, record):
        whose = [{"id": record.id, "email_address": "mail@example.org", "name": "Somebody", "linked_person_id": c,
                  "linked_person_name": "Somebody", "mail_message_party_id": c} for c in record["contacts"]]
        is_out = record["direction"] == "out"
        return {"object": "mailMessage", "timestamp": iso(record.created, "%Y-%m-%d %H:%M:%S"), "data": {
            "id": record.id, "from": [] if is_out else whose, "to": whose if is_out else [], "cc": [], "bcc": [],
            "body_url": "https://app.pipedrive.com/body", "user_id": record["owner"], "mail_thread_id": record.id,
            "subject": record["subject"], "snippet": record["body"], "draft_flag": 0, "deleted_flag": 0,
            "sent_flag": int(is_out), "message_time": iso(record["at"]), "add_time": iso(record.created),
            "update_time": iso(record.created), "item_type": "mailMessage"}}

    @route("GET", "/api/v2/activities")
    def activities(self, request):
        return self.walk(request, KINDS, self.activity, "v2")

    @route("GET", "/api/v2/organizations")
    def organizations(self, request):
        asked = [n for n in request.get("ids", "").split(",") if n]
        if len(asked) > 100:
            raise BadRequest("ids: at most 100")
        found = [r for n in asked if (r := self.world.tables["companies"].get(n)) is not None]
        return Response({"success": True, "data": [{"id": r.id, "name": r["name"], "is_deleted": False} for r in found],
                         "additional_data": self.following()})

    @route("GET", "/api/v2/personFields")
    def person_fields(self, request):
        core = [("Name", "name", "varchar"), ("Email", "email", "varchar"), ("Owner", "owner_id", "user")]
        rows = [{"field_name": name, "field_code": key, "field_type": form, "options": None, "subfields": None,
                 "is_custom_field": False, "is_optional_response_field": False} for name, key, form in core]
        rows += [{"field_name": name, "field_code": code(name), "field_type": form, "subfields": None,
                  "options": [{"id": n, "label": t} for t, n in OPTIONS.items()] if form == "set" else None,
                  "is_custom_field": True, "is_optional_response_field": False} for name, (form, _) in FIELDS.items()]
        return Response({"success": True, "data": rows, "additional_data": self.following()})

    @route("GET", "/v1/users")
    def users(self, request):
        rows = [{"id": r.id, "name": self.world.owner_name(r.id), "email": r["email"], "active_flag": r["active"],
                 "is_deleted": False} for r in self.world.tables["owners"].live()]
        return Response({"success": True, "data": rows})

    @staticmethod
    def offsets(request):
        return request.number("start", 0), min(500, request.number("limit", 100))

    def v1_page(self, request, walk, records, render):
        start, limit = self.offsets(request)
        more = start + limit < len(records)
        found, more = self.page(request, walk, records[start:start + limit], more or None, first=start == 0)
        pagination = {"start": start, "limit": limit, "more_items_in_collection": bool(more)}
        if more:
            pagination["next_start"] = start + limit
        return Response({"success": True, "data": [render(r) for r in found],
                         "additional_data": {"pagination": pagination}})

    @route("GET", "/v1/notes")
    def notes(self, request):
        since = ms_of(request.get("updated_since")) if request.get("updated_since") else 0
        found = self.ordered("notes", lambda r: r.is_live and r.changed >= since, name=("notes", since))
        return self.v1_page(request, ("notes", since), found, self.note)

    @route("GET", "/v1/recents")
    def recents(self, request):
        if not request.get("since_timestamp"):
            raise BadRequest("since_timestamp is missing")
        since, items = ms_of(request.get("since_timestamp")), request.get("items", "")
        kinds = {"person": ("contacts",), "activity": KINDS, "note": ("notes",)}.get(items)
        if kinds is None:
            raise BadRequest(f"items {items} is not supported here")

        def render(record):
            data = {"id": number_of(record), "active_flag": record.is_live,
                    "update_time": iso(record.changed, "%Y-%m-%d %H:%M:%S")}
            if items == "person" and record["company"]:
                data["org_id"] = record["company"]
            if items == "person" and record.merged_ids:
                data["merge_what_id"] = record.merged_ids[0]
            if items == "activity":
                data.update(type=TYPES[record.kind], subject=record["subject"], done=bool(record["done"]), participants=[
                    {"person_id": c, "primary_flag": i == 0} for i, c in enumerate(record["contacts"] or ())])
            return {"item": items, "id": number_of(record), "data": data}

        return self.v1_page(request, ("recents", items, since), self.changes(kinds, since), render)

    # --- writing --------------------------------------------------------------------------------------

    def write(self, record, asked):
        """What a POST or PATCH says into the record (None: a new one); the record, or a refusal."""
        if not isinstance(asked, dict):
            raise BadRequest("the body is no object")
        fields, custom = {}, dict((record["custom"] if record else None) or {})
        for name, value in asked.items():
            if name == "name":
                if not isinstance(value, str) or not value.strip():
                    raise BadRequest("name: must be a text that is not empty")
                given, _, family = value.strip().partition(" ")
                fields.update(given=given, family=family or None)
            elif name in ("emails", "phones"):
                if not isinstance(value, list) or not all(isinstance(v, dict) and isinstance(v.get("value"), str) for v in value):
                    raise BadRequest(f"{name}: must be a list of objects with a value")
                values = [v["value"] for v in value]
                if name == "emails":
                    if any("@" not in v for v in values):
                        raise BadRequest("emails: no valid address")
                    fields.update(email=values[0] if values else None, emails_extra=values[1:] or None)
                else:
                    fields.update(phone=values[0] if values else None, mobile=values[1] if len(values) > 1 else None)
            elif name == "marketing_status":
                if value not in STATUSES:
                    raise BadRequest("marketing_status: not allowed")
                if value == "unsubscribed":  # a status that may not change stays, without a word
                    fields["opted_out"] = True
            elif name == "owner_id":
                fields["owner"] = int(value)
            elif name == "custom_fields":
                for key, field_value in value.items():
                    known = next((n for n in FIELDS if code(n) == key), None)
                    if known is None:
                        raise BadRequest(f"custom_fields: unknown field {key}")
                    if known == "Topics":
                        labels = {n: t for t, n in OPTIONS.items()}
                        if not isinstance(field_value, list) or not all(v in labels for v in field_value):
                            raise BadRequest("custom_fields: options are given by their ids")
                        fields["topics"] = [labels[v] for v in field_value]
                    elif FIELDS[known][1]:
                        fields[FIELDS[known][1]] = field_value
                    else:
                        custom["note_code"] = field_value
            else:
                raise BadRequest(f"{name}: is not allowed")
        fields["custom"] = custom
        if record is None:
            return self.world.create("contacts", invented=False, **fields)
        return self.world.change("contacts", record.id, **fields)

    @route("POST", "/api/v2/persons")
    def add_person(self, request):
        asked = request.json()
        if not isinstance(asked, dict) or not asked.get("name"):
            raise BadRequest("name: is required")
        return Response({"success": True, "data": self.person(self.write(None, asked))})

    @route("GET", "/api/v2/persons/search")
    def search(self, request):
        term = request.get("term", "")
        if not term:
            raise BadRequest("term: is required")
        if request.get("exact_match") != "true" and len(term) < 2:
            raise BadRequest("term: at least 2 characters")
        fields = request.get("fields", "email,name,custom_fields").split(",")

        def values(record):
            if "email" in fields:
                yield from [e for e in [record["email"], *(record["emails_extra"] or [])] if e]
            if "name" in fields:
                yield f"{record['given']} {record['family']}"
            if "custom_fields" in fields:
                yield from (str(v) for v in self.custom(record).values() if isinstance(v, (str, int)))

        exact = request.get("exact_match") == "true"
        found = [r for r in self.world.contacts().live() if any(
            term.lower() == v.lower() if exact else term.lower() in v.lower() for v in values(r))]
        return Response({"success": True, "data": {"items": [{"result_score": 1.0, "item": {
            "id": r.id, "type": "person", "name": f"{r['given']} {r['family']}", "phones": [],
            "emails": [e for e in [r["email"]] if e], "visible_to": 3, "custom_fields": [], "notes": []}} for r in found[:100]]},
            "additional_data": self.following()})

    @route("GET", r"/api/v2/persons/{number:\d+}")
    def get_person(self, request, number):
        record = self.world.contacts().get(number)
        return Response({"success": True, "data": self.person(record)}) if record else self.error(404, "Person not found")

    @route("PATCH", r"/api/v2/persons/{number:\d+}")
    def patch_person(self, request, number):
        record = self.world.contacts().get(number)
        if record is None or not record.is_live:
            return self.error(404, "Person not found")
        return Response({"success": True, "data": self.person(self.write(record, request.json()))})

    @route("POST", "/oauth/token", sign_in=True)
    def token_endpoint(self, request):
        if not self.basic(request)[0]:
            return Response({"success": False, "error": "invalid_client", "message": "Basic is missing"}, 401)
        token, wrong = self.grant(request)
        if wrong:
            return Response({"success": False, "error": "invalid_grant", "message": wrong}, 400)
        return Response({"access_token": token, "token_type": "Bearer", "refresh_token": self.refresh_token,
                         "scope": self.scopes, "expires_in": int(self.token_seconds), "api_domain": request.base_url})
