"""Airtable's Web API: one table of one base (../specs/airtable; upsert after the vendor's own page)."""

import re
import urllib.parse

from ..dialect import Dialect, array, iso, members, ms_of, place_of, route, token_of
from ..server import BadRequest, Response
from ..world import Expected

BASE, TABLE = "appQ1w2E3r4T5y6U7", "Influencers"
WRITABLE = {"Name", "City", "Country", "Tier", "Coterie id", "Email", "Do not contact"}
CREATED, MODIFIED = "CREATED_TIME()", "LAST_MODIFIED_TIME()"


def name_of(number):
    return f"rec{int(number):014d}"


def number_of(name):
    return int(name[3:]) if re.fullmatch(r"rec\d{14}", name or "") else -1


class Vendor(Dialect):
    name = "airtable"
    limit = (5, 1)
    says_retry_after = False
    tells_deletions = False
    can = frozenset(("write", "delete"))
    # A walk that is under way is forgotten once in a world's day: the reader has to begin again.
    forgets_after_pages = 3

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._walked, self._forgot_at = 0, None

    def credentials(self, base_url, how="token"):
        return {"base_url": base_url, "token": self.token, "base": BASE, "table": TABLE}

    def authorize(self, request):
        if not self.is_valid(self.bearer(request)):
            return self.error(401, "Authentication required", kind="AUTHENTICATION_REQUIRED")
        return None

    def error(self, status, message, kind=None):
        if status == 429:
            return Response({"errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}]}, 429)
        if status == 404:
            return Response({"error": "NOT_FOUND"}, 404)
        return Response({"error": {"type": kind or {400: "INVALID_REQUEST_UNKNOWN", 422: "INVALID_REQUEST_UNKNOWN"}.get(
            status, "SERVER_ERROR"), "message": message}}, status)

    # --- a record on the wire ---------------------------------------------------------------------

    def render(self, record):
        emails = record["emails_extra"] or ()
        company = self.world.tables["companies"].get(record["company"])
        fields = {
            "Name": f"{record['given']} {record['family']}", "Email": record["email"],
            "Other e-mails": ", ".join(emails) or None, "Phone": record["phone"], "Mobile": record["mobile"],
            "Instagram": record["instagram"], "Instagram followers": record["followers"], "X": record["twitter"],
            "City": record["city"], "Country": record["country"], "Topics": record["topics"],
            "Owner": self.world.owner_name(record["owner"]) if record["owner"] else None,
            "Agency": [company["name"]] if company else None,  # a lookup: a list even of one
            "Do not contact": True if record["opted_out"] else None,  # an unticked box is not there
            "Last contact": iso(record["last_contact"]) if record["last_contact"] else None,
            "Note code": (record["custom"] or {}).get("note_code"),
            "Tier": record["tier"], "Coterie id": record["coterie_id"],
            "Photo": [{"id": f"att{record.id:014d}", "url": "https://files.example/PLACE", "filename": "p.jpg", "size": 7,
                       "type": "image/jpeg", "thumbnails": {"small": {"url": "https://files.example/PLACE", "width": 1,
                                                                      "height": 1}}}] if record.id % 5 == 0 else None,
        }
        return {"id": name_of(record.id), "createdTime": iso(record.created),
                "fields": {name: value for name, value in fields.items() if value not in (None, [], "")}}

    def text(self, record):
        # The links of attachments are other ones each hour.
        hour = str(self.world.now() // 3_600_000).encode()
        return self.wire(record, "record", self.render).replace(b"PLACE", hour)

    # --- lists --------------------------------------------------------------------------------------

    @route("GET", "/{base}/{table}")
    def list_records(self, request, base, table):
        if base != BASE or urllib.parse.unquote(table) != TABLE:
            return self.error(404, "")
        limit = request.number("pageSize", 100)
        if not 1 <= limit <= 100:
            return self.error(422, "pageSize must be from 1 to 100")
        formula = request.get("filterByFormula")
        where = self.formula(formula) if formula else lambda record: True
        offset = request.get("offset")
        after, walk = None, ("contacts", formula)
        if offset:
            after, was = place_of(offset.split("/")[-1])
            if was != formula:
                return self.error(422, "The offset belongs to another query", kind="INVALID_OFFSET_VALUE")
            if self.forgets(offset):
                return self.error(422, "The iterator is not available", kind="LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
        found, more = self.by_id("contacts", after, limit, lambda r: r.is_live and where(r))
        following = f"itr{token_of((0,))}/{token_of((found[-1].id, formula))}" if more else None
        found, following = self.page(request, walk, found, following, first=not offset)
        body = {"records": array(self.text(record) for record in found)}
        return Response(members(**body, **({"offset": following} if following else {})))

    def forgets(self, offset):
        self._walked += 1
        now = self.world.now()
        if self._walked % self.forgets_after_pages == 0 and (self._forgot_at is None or now - self._forgot_at > 43_200_000):
            self._forgot_at = now
            return True
        return False

    @staticmethod
    def formula(text):
        """The filters that a reader of changes needs; nothing else is understood."""
        times = re.findall(r"IS_AFTER\((CREATED_TIME\(\)|LAST_MODIFIED_TIME\(\)), DATETIME_PARSE\('([^']+)'\)\)", text)
        plain = re.sub(r"IS_AFTER\((?:CREATED_TIME\(\)|LAST_MODIFIED_TIME\(\)), DATETIME_PARSE\('[^']+'\)\)", "X", text)
        if plain not in ("X", "OR(X, X)"):
            raise BadRequest(f"The formula for filtering records is invalid: {text}")

        def value(record, name):
            if name == CREATED:
                return record.created
            return record.changed if record.changed != record.created else None  # blank until somebody changes it

        wanted = [(name, ms_of(at)) for name, at in times]
        return lambda record: any((value(record, name) or 0) > at for name, at in wanted)

    # --- write-back -----------------------------------------------------------------------------------

    @route("PATCH", "/{base}/{table}")
    def change_records(self, request, base, table):
        asked = request.json() or {}
        items = asked.get("records")
        if not isinstance(items, list) or not 1 <= len(items) <= 10:
            return self.error(422, "records: from 1 to 10 are allowed", kind="INVALID_RECORDS")
        keys = (asked.get("performUpsert") or {}).get("fieldsToMergeOn") or []
        targets = []
        for item in items:
            unknown = set(item.get("fields") or ()) - WRITABLE
            if unknown:
                return self.error(422, f'Unknown field name: "{sorted(unknown)[0]}"', kind="UNKNOWN_FIELD_NAME")
            if "id" in item:
                record = self.world.contacts().get(number_of(item["id"]))
                if record is None or not record.is_live:
                    return self.error(404, "")  # all of them are refused
                targets.append(record)
                continue
            if not 1 <= len(keys) <= 3 or any(key not in item.get("fields", {}) for key in keys):
                return self.error(422, "fieldsToMergeOn: one to three fields that each record has", kind="INVALID_REQUEST_UNKNOWN")
            wanted = [item["fields"][key] for key in keys]
            found = [r for r in self.world.live() if [self.render(r)["fields"].get(key) for key in keys] == wanted]
            if len(found) > 1:
                return self.error(422, "multiple records match", kind="INVALID_REQUEST_UNKNOWN")
            targets.append(found[0] if found else None)
        made, created, updated = [], [], []
        for item, record in zip(items, targets):
            fields = self.neutral(item["fields"])
            if record is None:
                record = self.world.create("contacts", invented=False, **fields)
                created.append(name_of(record.id))
            else:
                record = self.world.change("contacts", record.id, **fields)
                updated.append(name_of(record.id))
            made.append(self.render(record))
        return Response({"records": made, **({"createdRecords": created, "updatedRecords": updated} if keys else {})})

    @staticmethod
    def neutral(fields):
        names = {"City": "city", "Country": "country", "Email": "email", "Do not contact": "opted_out", "Tier": "tier",
                 "Coterie id": "coterie_id"}
        made = {names[name]: value for name, value in fields.items() if name in names}
        if "Name" in fields:
            made["given"], _, made["family"] = str(fields["Name"]).partition(" ")
        return made

    def expected(self):
        expected = Expected.of(self.world, contact_id=name_of, activities=())
        expected.streams = {"records": expected.streams["contacts"]}
        return expected
