"""HubSpot CRM v3 objects, v4 associations, properties, owners, OAuth (../specs/hubspot)."""

import uuid

from ..dialect import Dialect, array, iso, members, ms_of, route
from ..server import BadRequest, Response
from ..world import Expected

SEARCH_OFFSET_MAX = 10_000  # a page beyond it is a 400
PROPERTIES = {  # of contacts: name → (from, label, type, field type)
    "firstname": ("given", "First name", "string", "text"), "lastname": ("family", "Last name", "string", "text"),
    "email": ("email", "Email", "string", "text"), "phone": ("phone", "Phone", "string", "phonenumber"),
    "mobilephone": ("mobile", "Mobile phone", "string", "phonenumber"), "city": ("city", "City", "string", "text"),
    "country": ("country", "Country", "string", "text"), "twitterhandle": ("twitter", "Twitter", "string", "text"),
    "instagram_handle": ("instagram", "Instagram", "string", "text"),
    "followercount": ("followers", "Followers", "number", "number"),
}
CUSTOM = {"note_code": ("Note code", "string", "text"), "topics": ("Topics", "enumeration", "checkbox")}
COMPUTED = ("hs_object_id", "createdate", "lastmodifieddate", "hubspot_owner_id", "hs_additional_emails", "company",
            "notes_last_contacted", "hs_email_optout", "hs_merged_object_ids", "hs_calculated_merged_vids")
DEFAULT = ("firstname", "lastname", "email", "createdate", "lastmodifieddate", "hs_object_id")
BODY = {"calls": "hs_call_body", "meetings": "hs_meeting_body", "emails": "hs_email_text", "notes": "hs_note_body",
        "tasks": "hs_task_body"}
TITLE = {"calls": "hs_call_title", "meetings": "hs_meeting_title", "emails": "hs_email_subject",
         "tasks": "hs_task_subject"}
KINDS = "contacts|companies|calls|meetings|emails|notes|tasks"
TYPE_IDS = {"0-1": "contacts", "0-2": "companies", "0-48": "calls", "0-47": "meetings", "0-49": "emails",
            "0-46": "notes", "0-27": "tasks", "contact": "contacts", "call": "calls", "meeting": "meetings",
            "email": "emails", "note": "notes", "task": "tasks"}
OPERATORS = {"EQ": lambda a, b: a == b, "NEQ": lambda a, b: a != b, "GT": lambda a, b: a > b,
             "GTE": lambda a, b: a >= b, "LT": lambda a, b: a < b, "LTE": lambda a, b: a <= b}


VIP = "VIP"
LISTS = {4: ("Newsletter", "0-1"), 7: (VIP, "0-1"), 8: (VIP, "0-2"), 9: ("Press", "0-1")}  # id → name, what it is of


class Vendor(Dialect):
    name = "hubspot"
    limit = (100, 10)
    says_retry_after = False
    can = frozenset(("oauth", "search", "write", "merge", "delete", "activities"))
    scopes = ("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read",
              "crm.schemas.contacts.read", "sales-email-read")
    nulls = True  # an asked property without value is null, as recorded; the document does not know that

    def credentials(self, base_url, how="token"):
        if how == "oauth":
            return {"base_url": base_url, "client_id": self.client_id, "client_secret": self.client_secret,
                    "refresh_token": self.refresh_token}
        return {"base_url": base_url, "access_token": self.token}

    def authorize(self, request):
        if not self.is_valid(self.bearer(request)):
            return self.error(401, "Authentication credentials not found.", category="INVALID_AUTHENTICATION")
        return None

    def error(self, status, message, category=None, **details):
        category = category or {400: "VALIDATION_ERROR", 404: "OBJECT_NOT_FOUND", 409: "CONFLICT",
                                429: "RATE_LIMITS"}.get(status, "INTERNAL_ERROR")
        if status == 429:
            details = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING", **details}
        return Response({"status": "error", "message": message, "correlationId": str(uuid.uuid4()),
                         "category": category, **details}, status)

    def rate_headers(self):
        return {"X-HubSpot-RateLimit-Max": self.window.requests,
                "X-HubSpot-RateLimit-Remaining": self.window.remaining(),
                "X-HubSpot-RateLimit-Interval-Milliseconds": int(self.window.seconds * 1000),
                "X-HubSpot-RateLimit-Daily": self.daily_limit,
                "X-HubSpot-RateLimit-Daily-Remaining": self.daily_limit - self.daily_used}

    @staticmethod
    def is_write(path):
        return path.endswith(("/batch/update", "/batch/upsert", "/batch/create", "/merge"))

    # --- a record on the wire ---------------------------------------------------------------------

    def property(self, record, name):
        """A property's value as text, or None."""
        if name == "hs_object_id":
            return str(record.id)
        if name in ("createdate", "hs_createdate"):
            return iso(record.created)
        if name in ("lastmodifieddate", "hs_lastmodifieddate"):
            return iso(record.changed)
        if name == "hubspot_owner_id":
            return str(record["owner"]) if record["owner"] else None
        if record.kind == "contacts":
            if name in PROPERTIES:
                value = record[PROPERTIES[name][0]]
                if name == "followercount" and not record["twitter"]:
                    return None
                return None if value is None else str(value)
            if name == "hs_additional_emails":
                return ";".join(record["emails_extra"] or ()) or None
            if name == "hs_merged_object_ids":
                return ";".join(map(str, record.merged_ids)) or None
            if name == "hs_email_optout":
                return "true" if record["opted_out"] else None
            if name == "notes_last_contacted":
                return iso(record["last_contact"]) if record["last_contact"] else None
            if name == "topics":
                return ";".join(record["topics"] or ()) or None
            if name == "company":
                company = self.world.tables["companies"].get(record["company"])
                return company["name"] if company else None
            return (record["custom"] or {}).get(name)
        if name == "hs_timestamp":
            return iso(record["at"])
        if name == TITLE.get(record.kind):
            return record["subject"]
        if name == BODY.get(record.kind):
            return record["subject"] if record.kind == "notes" else record["body"]
        if name in ("hs_call_direction", "hs_email_direction"):
            inward = record["direction"] == "in"
            return (("INBOUND", "OUTBOUND") if "call" in name else ("INCOMING_EMAIL", "EMAIL"))[not inward]
        if name == "name" and record.kind == "companies":
            return record["name"]
        return None

    def render(self, record, names):
        values = {name: self.property(record, name) for name in names}
        if not self.nulls:
            values = {name: value for name, value in values.items() if value is not None}
        made = {"id": str(record.id), "properties": values, "createdAt": iso(record.created),
                "updatedAt": iso(record.changed), "archived": record.deleted is not None}
        if record.deleted is not None:
            made["archivedAt"] = iso(record.deleted)
        return made

    def text(self, record, names):
        return self.wire(record, (self.nulls, *names), lambda r: self.render(r, names))

    def is_archived(self, record):
        return record.deleted is not None and record.merged_into is None  # a merged one is nowhere

    @staticmethod
    def names(asked):
        names = [name for text in asked for name in text.split(",") if name]
        return tuple(dict.fromkeys([*DEFAULT, *names]))

    # --- objects ----------------------------------------------------------------------------------

    @route("GET", f"/crm/v3/objects/{{kind:{KINDS}}}")
    def list_objects(self, request, kind):
        archived = request.get("archived") == "true"
        after, limit = request.get("after"), request.number("limit", 10)
        if limit > 100:
            raise BadRequest(f"limit {limit} is more than 100")
        names = self.names(request.all("properties"))
        found, more = self.by_id(kind, after, limit, self.is_archived if archived else lambda r: r.is_live)
        found, following = self.page(request, (kind, "list", archived), found,
                                     str(found[-1].id) if more else None, first=after is None)
        return self.paged(array(self.text(record, names) for record in found), following)

    @staticmethod
    def paged(results, following, **others):
        if following is None:
            return Response(members(results=results, **others))
        return Response(members(results=results, paging={"next": {"after": following, "link": f"?after={following}"}},
                                **others))

    @route("GET", f"/crm/v3/objects/{{kind:{KINDS}}}/{{number}}")
    def get_object(self, request, kind, number):
        record = self.target(kind, number, request.get("idProperty"))
        return Response(self.render(record, self.names(request.all("properties")))) if record else self.error(
            404, "resource not found")

    def target(self, kind, number, id_property=None):
        if id_property == "email":
            return next((r for r in self.world.tables[kind].live() if (r["email"] or "").lower() == number.lower()), None)
        record = self.world.tables[kind].get(number)
        while record is not None and record.merged_into is not None:
            record = self.world.tables[kind].get(record.merged_into)
        return record if record is not None and record.is_live else None

    @route("POST", f"/crm/v3/objects/{{kind:{KINDS}}}/search")
    def search(self, request, kind):
        asked = request.json()
        if not isinstance(asked, dict):
            raise BadRequest("Invalid input JSON")
        limit, after = int(asked.get("limit", 10)), int(asked.get("after") or 0)
        if limit > 200:
            raise BadRequest("limit is more than 200")
        if after + limit > SEARCH_OFFSET_MAX:
            raise BadRequest(f"paging ended: the search offset stops at {SEARCH_OFFSET_MAX}")
        groups = [self.filters(group) for group in asked.get("filterGroups", ())]
        where = (lambda r: any(all(f(r) for f in group) for group in groups)) if groups else (lambda r: True)
        sort, descending = self.sort_of(asked.get("sorts"))
        names = self.names(asked.get("properties") or ())
        table, world = self.world.tables[kind], self.world
        floor = self.floor(asked) if sort == "hs_object_id" and not descending else None
        if floor is not None and after == 0:
            # A keyset walk: from the id on, in the order of ids, without looking at what is before.
            found, more = [], False
            for record in table.after(floor):
                seen = world.seen_by_search(record)
                if seen is not None and seen.is_live and where(seen):
                    if len(found) == limit:
                        more = True
                        break
                    found.append(seen)
            total = len(found) + (1 if more else 0)
        else:
            seen = [s for s in map(world.seen_by_search, table.after()) if s is not None and s.is_live and where(s)]
            seen.sort(key=lambda r: (self.comparable(r, sort), r.id), reverse=descending)
            total, found = len(seen), seen[after:after + limit]
            more = after + limit < total
        first = after == 0 and not floor
        found, following = self.page(request, (kind, "search"), found, str(after + limit) if more else None, first)
        return self.paged(array(self.text(record, names) for record in found), following, total=total)

    @staticmethod
    def sort_of(sorts):
        if not sorts:
            return "createdate", False
        sort = sorts[0]
        if isinstance(sort, str):  # the document wants texts; the vendor takes both
            return sort.lstrip("-"), sort.startswith("-")
        return sort.get("propertyName", "createdate"), sort.get("direction") == "DESCENDING"

    @staticmethod
    def floor(asked):
        """The id that all results of a search must be above, if that is said."""
        groups = asked.get("filterGroups") or []
        found = [f.get("value") for group in groups for f in group.get("filters", ())
                 if f.get("propertyName") == "hs_object_id" and f.get("operator") == "GT"]
        return int(found[0]) if len(groups) == 1 and len(found) == 1 else None

    def comparable(self, record, name):
        if name in ("lastmodifieddate", "hs_lastmodifieddate"):
            return record.changed
        if name in ("createdate", "hs_createdate"):
            return record.created
        if name == "hs_object_id":
            return record.id
        return self.property(record, name) or ""

    def filters(self, group):
        made = []
        for one in group.get("filters", ()):
            name, operator = one.get("propertyName"), one.get("operator")
            if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
                made.append(lambda r, name=name, want=operator[0] == "H": (self.property(r, name) is not None) == want)
            elif operator == "IN":
                values = set(one.get("values") or ())
                made.append(lambda r, name=name, values=values: (self.property(r, name) or "") in values)
            elif operator in OPERATORS:
                if "value" not in one:
                    raise BadRequest(f"filter {name}: value is missing")
                value = self.value_of(name, one["value"])
                made.append(lambda r, n=name, v=value, o=OPERATORS[operator]: o(self.comparable(r, n), v))
            else:
                raise BadRequest(f"unknown operator {operator}")
        return made

    @staticmethod
    def value_of(name, value):
        if name == "hs_object_id":
            return int(value)
        if name.endswith("modifieddate") or name.endswith("createdate"):
            # Whole milliseconds, or a time; 0 is a 500 at the vendor's.
            return int(value) if str(value).isdigit() else ms_of(str(value))
        return value

    # --- batches ----------------------------------------------------------------------------------

    def batch(self, results, errors=(), status=200):
        now = iso(self.world.now())
        made = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if errors:
            made.update(numErrors=len(errors), errors=list(errors))
            status = 207
        return Response(made, status)

    @staticmethod
    def inputs(request, most=100):
        inputs = (request.json() or {}).get("inputs")
        if not isinstance(inputs, list) or not inputs:
            raise BadRequest("inputs: at least one is needed")
        if len(inputs) > most:
            raise BadRequest(f"The maximum number of inputs supported in a batch request is {most}")
        return inputs

    @staticmethod
    def failure(category, message, number, context=None):
        return {"status": "error", "category": category, "message": message, "errors": [], "links": {},
                "context": context or {"ids": [str(number)]}}

    @route("POST", f"/crm/v3/objects/{{kind:{KINDS}}}/batch/read")
    def batch_read(self, request, kind):
        asked, results, errors = request.json() or {}, [], []
        names = self.names(asked.get("properties") or ())
        for one in self.inputs(request):
            record = self.target(kind, one["id"], asked.get("idProperty"))
            if record is None:
                errors.append(self.failure("OBJECT_NOT_FOUND", "Could not get some objects", one["id"]))
            else:
                results.append(self.render(record, names))
        return self.batch(results, errors)

    def write(self, record, properties):
        """Sets what a request says; gives a refusal's text or None."""
        fields, custom = {}, dict(record["custom"] or {})
        for name, value in properties.items():
            value = None if value == "" else value
            if not isinstance(value, (str, type(None))):
                return f"Property value of {name} is no text"
            if name in PROPERTIES:
                if PROPERTIES[name][2] == "number" and value is not None and not value.isdigit():
                    return f"{value} was not a valid integer."
                if name == "email" and value is not None and ("@" not in value or " " in value):
                    return f"Email address {value} is invalid"
                key = PROPERTIES[name][0]
                fields[key] = int(value) if PROPERTIES[name][2] == "number" and value else value
            elif name == "hs_email_optout":
                fields["opted_out"] = value == "true"
            elif name == "topics":
                fields["topics"] = value.split(";") if value else None
            elif name in CUSTOM:
                custom[name] = value
            elif name in COMPUTED:
                return f'"{name}" is a read only property'
            else:
                return f'Property "{name}" does not exist'
        email = (fields.get("email") or "").lower()
        if email and any((r["email"] or "").lower() == email and r.id != record.id for r in self.world.contacts().live()):
            return f"Contact already exists with email {email}"
        self.world.change(record.kind, record.id, **fields, custom={k: v for k, v in custom.items() if v is not None})
        return None

    @route("POST", "/crm/v3/objects/{kind:contacts}/batch/update")
    def batch_update(self, request, kind):
        results, errors = [], []
        for one in self.inputs(request):
            record = self.target(kind, one["id"], one.get("idProperty"))
            wrong = "resource not found" if record is None else self.write(record, one.get("properties", {}))
            if wrong is not None:
                category = "OBJECT_NOT_FOUND" if record is None else "VALIDATION_ERROR"
                errors.append(self.failure(category, wrong, one["id"]))
            else:
                results.append(self.render(record, self.names(one["properties"])))
        return self.batch(results, errors)

    @route("POST", "/crm/v3/objects/{kind:contacts}/batch/upsert")
    def batch_upsert(self, request, kind):
        results, errors = [], []
        for one in self.inputs(request):
            record = self.target(kind, one["id"], one.get("idProperty"))
            is_new = record is None
            if is_new:
                record = self.world.create(kind, invented=False, custom={},
                                           **({"email": one["id"]} if one.get("idProperty") == "email" else {}))
            wrong = self.write(record, one.get("properties", {}))
            if wrong is not None:
                if is_new:
                    self.world.delete(kind, record.id)
                errors.append(self.failure("VALIDATION_ERROR", wrong, one["id"]))
            else:
                results.append({**self.render(record, self.names(one["properties"])), "new": is_new})
        return self.batch(results, errors)

    @route("PATCH", "/crm/v3/objects/{kind:contacts}/{number}")
    def patch(self, request, kind, number):
        record = self.target(kind, number, request.get("idProperty"))
        if record is None:
            return self.error(404, "resource not found")
        wrong = self.write(record, (request.json() or {}).get("properties", {}))
        return self.error(400, wrong) if wrong else Response(self.render(record, DEFAULT))

    # --- around -----------------------------------------------------------------------------------

    @route("POST", "/crm/v4/associations/{start}/{end}/batch/read")
    def associations(self, request, start, end):
        start, end = TYPE_IDS.get(start, start), TYPE_IDS.get(end, end)
        kind = {"category": "HUBSPOT_DEFINED", "typeId": 194}
        results, errors = [], []
        for one in self.inputs(request, 1000):
            record = self.world.tables.get(start).get(one["id"]) if start in self.world.tables else None
            record = record if record is not None and record.is_live else None  # archiving ends them
            if end == "contacts" and record is not None:
                ids = [c for c in record["contacts"] or () if self.world.contacts().rows[c].is_live]
            elif start == "contacts" and record is not None:
                ids = [a.id for a in self.world.activities_with(record.id) if a.kind == end]
            else:
                ids = []
            if ids:
                results.append({"from": {"id": str(one["id"])}, "to": [
                    {"toObjectId": str(n), "associationTypes": [kind]} for n in ids]})
            else:  # the vendor answers 207 where something has none
                errors.append(self.failure("OBJECT_NOT_FOUND", f"No {end} is associated with {one['id']}", one["id"],
                                           {"fromObjectId": [str(one["id"])]}))
        return self.batch(results, errors)

    @route("GET", "/crm/v3/properties/{kind}")
    def properties(self, request, kind):
        made = []
        for name, label, form, field, defined in [
                *((n, p[1], p[2], p[3], n != "instagram_handle") for n, p in PROPERTIES.items()),
                *((n, n, "string", "text", True) for n in COMPUTED), *((n, *p, False) for n, p in CUSTOM.items())]:
            options = [{"label": t.title(), "value": t, "hidden": False} for t in (
                "food", "cycling", "politics", "music", "parenting", "climate", "books", "fashion")] if name == "topics" else []
            made.append({"name": name, "label": label, "type": form, "fieldType": field, "description": "",
                         "groupName": "contactinformation", "options": options, "hubspotDefined": defined,
                         "hidden": False, "calculated": False})
        return Response({"results": made if kind in ("contacts", "contact", "0-1") else []})

    @route("GET", "/crm/v3/owners")
    def owners(self, request):
        archived = request.get("archived") == "true"
        after, limit = request.get("after"), request.number("limit", 100, 500)
        found, more = self.by_id("owners", after, limit, lambda r: r["active"] is not archived)
        rows = [{"id": str(r.id), "email": r["email"], "firstName": r["given"], "lastName": r["family"],
                 "type": "PERSON", "userId": r.id, "createdAt": iso(r.created), "updatedAt": iso(r.changed),
                 "archived": archived} for r in found]
        return self.paged(array(self.dump(row) for row in rows), str(found[-1].id) if more else None)

    @staticmethod
    def dump(value):
        return members(**value)

    @staticmethod
    def is_on(record, list_id):
        return record.is_live and record.id % 3 == int(list_id) % 3

    @route("POST", "/crm/v3/lists/search")
    def lists(self, request):
        asked = request.json() or {}
        offset, count = int(asked.get("offset") or 0), min(int(asked.get("count") or 20), 2)
        rows = [{"listId": str(number), "name": name, "objectTypeId": kind, "processingType": "MANUAL", "listVersion": 1}
                for number, (name, kind) in LISTS.items()]
        return Response({"lists": rows[offset:offset + count], "offset": offset + count, "total": len(rows),
                         "hasMore": offset + count < len(rows)})

    @route("GET", "/crm/v3/lists/{list_id}/memberships")
    def memberships(self, request, list_id):
        after, limit = request.get("after"), request.number("limit", 100, 250)
        found, more = self.by_id("contacts", after, limit, lambda r: self.is_on(r, list_id))
        found, following = self.page(request, ("list", list_id), found, str(found[-1].id) if more else None, after is None)
        rows = [{"recordId": str(r.id), "membershipTimestamp": iso(r.created)} for r in found]
        return self.paged(array(self.dump(row) for row in rows), following)

    def expected(self):
        """The usual, and the members of the list that vendors.py names."""
        made = Expected.of(self.world)
        if VIP not in self.config.get("lists", ()):
            return made
        number, name = next((number, name) for number, (name, _) in LISTS.items() if name == VIP)
        made.streams["memberships"] = set()
        for record in self.world.contacts().live():
            if self.is_on(record, number):
                made.streams["memberships"].add(f"{number}:{record.id}")
                made.people[str(record.id)]["topic"] = name
        return made

    @route("POST", "/oauth/v1/token", sign_in=True)
    def token_endpoint(self, request):
        token, wrong = self.grant(request)
        if wrong:
            return Response({"status": "BAD_REFRESH_TOKEN", "message": wrong, "correlationId": str(uuid.uuid4())}, 400)
        return Response({"token_type": "bearer", "token_use": "access_token", "refresh_token": self.refresh_token,
                         "access_token": token, "expires_in": int(self.token_seconds), "hub_id": 12345, "user_id": 7})

    @route("GET", "/oauth/v1/access-tokens/{token}")
    def token_info(self, request, token):
        if not self.is_valid(token):
            return self.error(404, "token is unknown")
        return Response({"token": token, "user_id": 7, "hub_id": 12345, "app_id": 3, "expires_in": 1800,
                         "scopes": list(self.scopes), "token_type": "access", "hub_domain": "campaign.example"})

