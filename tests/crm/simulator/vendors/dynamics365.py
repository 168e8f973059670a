"""Dynamics 365 / Dataverse Web API: OData 4, change tracking (../specs/dynamics365)."""

import re

from ..dialect import Dialect, array, iso, members, ms_of, place_of, route, token_of
from ..server import BadRequest, Response
from ..world import CHANNELS, Expected

FORM = "%Y-%m-%dT%H:%M:%SZ"
LABEL, TARGET = "@OData.Community.Display.V1.FormattedValue", "@Microsoft.Dynamics.CRM.lookuplogicalname"
KINDS = {"contacts": 1, "owners": 2, "companies": 3, "calls": 4, "meetings": 5, "emails": 6, "tasks": 7, "notes": 8}
TYPE_CODES = {"calls": "phonecall", "meetings": "appointment", "emails": "email", "tasks": "task"}
TOKEN_DAYS = 7


def guid(kind, number):
    return f"{KINDS[kind]:08x}-0000-4000-8000-{number:012x}"


class Vendor(Dialect):
    name = "dynamics365"
    limit = (6000, 300)
    page_max = 5000
    tells_winners = True
    can = frozenset(("oauth", "merge", "delete", "activities"))

    def credentials(self, base_url, how="token"):
        return {"base_url": base_url + "/api/data/v9.2", "environment_url": base_url, "login_url": base_url,
                "tenant_id": "tenant-1", "client_id": self.client_id, "client_secret": self.client_secret,
                "page_size": 100}

    def error(self, status, message, code=None):
        code = code or {401: "0x80040220", 404: "0x80040217", 429: "0x80072322"}.get(status, "0x80048d19")
        return Response({"error": {"code": code, "message": message}}, status)

    def rate_headers(self):
        return {"x-ms-ratelimit-burst-remaining-xrm-requests": self.window.remaining(),
                "x-ms-ratelimit-time-remaining-xrm-requests": "1,187.5"}

    # --- a record on the wire -----------------------------------------------------------------------

    def contact(self, r):
        owner, company = self.world.owner_name(r["owner"]), self.world.tables["companies"].get(r["company"])
        extra = [*(r["emails_extra"] or []), None, None]
        made = {
            "@odata.etag": f'W/"{r.changed}"', "contactid": guid("contacts", r.id), "fullname": f"{r['given']} {r['family']}",
            "firstname": r["given"], "lastname": r["family"], "emailaddress1": r["email"], "emailaddress2": extra[0],
            "emailaddress3": extra[1], "telephone1": r["phone"], "mobilephone": r["mobile"], "address1_city": r["city"],
            "address1_country": r["country"], "donotemail": bool(r["opted_out"]), "donotphone": False,
            "donotbulkemail": False, "donotsendmm": False, "statecode": 1 if r.merged_into else 0,
            "merged": r.merged_into is not None, "createdon": iso(r.created, FORM), "modifiedon": iso(r.changed, FORM),
            "versionnumber": r.changed, "new_instagram": r["instagram"], "new_instagramfollowers": r["followers"],
            "new_twitter": r["twitter"], "new_topics": ";".join(r["topics"] or ()) or None,
            "new_notecode": (r["custom"] or {}).get("note_code"), "adx_identity_passwordhash": "never to be kept",
            "_masterid_value": guid("contacts", r.merged_into) if r.merged_into else None,
            "_ownerid_value": guid("owners", r["owner"]) if r["owner"] else None,
            "_parentcustomerid_value": guid("companies", company.id) if company else None,
            "statecode" + LABEL: "Inactive" if r.merged_into else "Active",
        }
        if owner:
            made.update({"_ownerid_value" + LABEL: owner, "_ownerid_value" + TARGET: "systemuser"})
        if company:
            made.update({"_parentcustomerid_value" + LABEL: company["name"], "_parentcustomerid_value" + TARGET: "account"})
        return made

    def activity(self, r):
        parties = [{"_partyid_value": guid("contacts", c), "_partyid_value" + TARGET: "contact",
                    "participationtypemask": 1 if r["direction"] == "in" else 2} for c in r["contacts"] or ()]
        parties.append({"_partyid_value": guid("owners", r["owner"]), "_partyid_value" + TARGET: "systemuser",
                        "participationtypemask": 9})
        return {"@odata.etag": f'W/"{r.changed}"', "activityid": guid(r.kind, r.id), "subject": r["subject"],
                "activitytypecode": TYPE_CODES[r.kind], "description": r["body"], "scheduledstart": iso(r["at"], FORM),
                "actualstart": None, "actualend": iso(r["at"], FORM), "createdon": iso(r.created, FORM),
                "modifiedon": iso(r.changed, FORM), "statecode": 1, "_ownerid_value": guid("owners", r["owner"]),
                "activitypointer_activity_parties": parties}

    def note(self, r):
        who = (r["contacts"] or [None])[0]
        return {"@odata.etag": f'W/"{r.changed}"', "annotationid": guid("notes", r.id), "subject": "Note",
                "notetext": r["subject"], "createdon": iso(r["at"], FORM), "modifiedon": iso(r.changed, FORM),
                "_objectid_value": guid("contacts", who), "_ownerid_value": guid("owners", r["owner"])}

    @staticmethod
    def is_row(record):
        """A merged contact stays, inactive."""
        return record.is_live or record.merged_into is not None

    @staticmethod
    def prefers(request):
        return request.headers.get("prefer", "")

    def size(self, request):
        match = re.search(r"odata\.maxpagesize=(\d+)", self.prefers(request))
        return min(int(match[1]), self.page_max) if match else self.page_max

    def link(self, request, **more):
        """The request's own address with a token: followed as it stands."""
        kept = [(k, v) for k, v in request.query if k not in ("$skiptoken", "$deltatoken")]
        from urllib.parse import quote
        query = "&".join(f"{k}={quote(str(v))}" for k, v in [*kept, *(("$" + k, v) for k, v in more.items())])
        return f"{request.base_url}{request.path}?{query}"

    def answer_page(self, request, entity, texts, following=None, delta=None, **more):
        found = {"@odata.context": f"{request.base_url}/api/data/v9.2/$metadata#{entity}"}
        if following:
            found["@odata.nextLink"] = following
        if delta:
            found["@odata.deltaLink"] = delta
        return Response(members(**found, **more, value=array(texts)), headers={"OData-Version": "4.0"})

    # --- contacts -----------------------------------------------------------------------------------

    @route("GET", "/api/data/v9.2/contacts")
    def contacts(self, request):
        tracked = "odata.track-changes" in self.prefers(request)
        if request.get("$deltatoken"):
            return self.changes(request, *place_of(request.get("$deltatoken")))
        if tracked and any(request.get(name) for name in ("$filter", "$orderby", "$top")):
            return self.error(400, "The query parameter is not supported when Change tracking is enabled.")
        where, filtered = self.is_row, request.get("$filter")
        if filtered == "merged eq true":
            where = lambda r: r.merged_into is not None  # noqa: E731
        elif filtered:
            raise BadRequest(f"filter {filtered} is not known here")
        top = request.number("$top", 0)
        place = place_of(request.get("$skiptoken")) if request.get("$skiptoken") else [None, self.world.now()]
        found, more = self.by_id("contacts", place[0], top or self.size(request), where)
        following = self.link(request, skiptoken=token_of([found[-1].id, place[1]])) if more and not top else None
        found, following = self.page(request, ("contacts", filtered), found, following, place[0] is None)
        texts = [self.wire(r, "contact", self.contact) for r in found]
        count = {"@odata.count": sum(map(self.is_row, self.world.contacts().after()))} if request.get("$count") else {}
        delta = self.link(request, deltatoken=token_of([place[1]])) if tracked and following is None else None
        return self.answer_page(request, "contacts", texts, following, delta, **count)

    def changes(self, request, start, until=None, last=None):
        """What changed from `start` on; a walk has one `until`, from which the next one begins."""
        if start < self.world.now() - TOKEN_DAYS * 86_400_000:
            return self.error(400, "Version stamp associated with the client has expired. Please perform a full sync.",
                              "0x80044352")
        first, until = until is None, until or self.world.now()
        found = [r for r in self.world.contacts().after() if start <= r.changed < until]
        found.sort(key=lambda r: (r.changed, r.id))
        rest = [r for r in found if last is None or [r.changed, r.id] > list(last)]
        size = self.size(request)
        page, more = rest[:size], len(rest) > size
        following = self.link(request, deltatoken=token_of([start, until, [page[-1].changed, page[-1].id]])) if more else None
        page, following = self.page(request, ("changes", start, until), page, following, first)
        texts = [self.wire(r, "contact", self.contact) if self.is_row(r) else members(**{
            "@odata.context": f"{request.base_url}/api/data/v9.2/$metadata#contacts/$deletedEntity",
            "id": guid("contacts", r.id), "reason": "deleted"}) for r in page]
        delta = self.link(request, deltatoken=token_of([until])) if following is None else None
        return self.answer_page(request, "contacts/$delta", texts, following, delta)

    # --- activities -----------------------------------------------------------------------------------

    def ordered_page(self, request, entity, kinds, render, where):
        if request.get("$orderby") != "modifiedon asc":
            raise BadRequest("only by modifiedon here")
        match = re.search(r"modifiedon ge (\S+)", request.get("$filter") or "")
        since = ms_of(match[1]) if match else 0
        found = [r for kind in kinds for r in self.world.tables[kind].live() if where(r) and r.changed >= since]
        found.sort(key=lambda r: (r.changed, r.kind, r.id))
        last = place_of(request.get("$skiptoken")) if request.get("$skiptoken") else None
        rest = [r for r in found if last is None or [r.changed, r.kind, r.id] > last]
        top = request.number("$top", 0)
        size = top or self.size(request)
        page, more = rest[:size], len(rest) > size and not top
        following = self.link(request, skiptoken=token_of([page[-1].changed, page[-1].kind, page[-1].id])) if more else None
        page, following = self.page(request, (entity, since), page, following, last is None)
        return self.answer_page(request, entity, [self.wire(r, entity, render) for r in page], following)

    @route("GET", "/api/data/v9.2/activitypointers")
    def activities(self, request):
        if request.get("$count"):
            count = sum(1 for kind in TYPE_CODES for _ in self.world.tables[kind].live())
            return self.answer_page(request, "activitypointers", [], **{"@odata.count": count})
        return self.ordered_page(request, "activitypointers", TYPE_CODES, self.activity, lambda r: True)

    @route("GET", "/api/data/v9.2/annotations")
    def notes(self, request):
        if "objecttypecode eq 'contact'" not in (request.get("$filter") or ""):
            raise BadRequest("notes of contacts alone are known here")
        return self.ordered_page(request, "annotations", ("notes",), self.note, lambda r: bool(r["contacts"]))

    # --- around ---------------------------------------------------------------------------------------

    @route("GET", "/api/data/v9.2/systemusers")
    def users(self, request):
        rows = [{"systemuserid": guid("owners", r.id), "fullname": self.world.owner_name(r.id)}
                for r in self.world.tables["owners"].live()]
        start = int(request.get("$skiptoken") or 0)
        following = self.link(request, skiptoken=start + 4) if start + 4 < len(rows) else None
        return self.answer_page(request, "systemusers", [members(**r) for r in rows[start:start + 4]], following)

    @route("GET", "/api/data/v9.2/teams")
    def teams(self, request):
        return self.answer_page(request, "teams", [])

    @route("GET", "/api/data/v9.2/WhoAmI")
    def who(self, request):
        return Response({"BusinessUnitId": guid("companies", 1), "UserId": guid("owners", 1),
                         "OrganizationId": guid("companies", 2)})

    @route("POST", "/{tenant}/oauth2/v2.0/token", sign_in=True)
    def token_endpoint(self, request, tenant):
        token, wrong = self.grant(request)
        if not wrong and not (request.form().get("scope") or "").endswith("/.default"):
            token, wrong = None, "AADSTS70011: the scope is not valid"
        if wrong:
            return Response({"error": "invalid_client", "error_description": wrong, "error_codes": [7000215]}, 401)
        return Response({"token_type": "Bearer", "expires_in": int(self.token_seconds), "access_token": token})

    # --- what must be in the store ----------------------------------------------------------------------

    def expected(self):
        """A note is on one contact."""
        world = self.world
        with world.lock:
            streams = {"contacts": set(), "activities": set(), "notes": set()}
            tolerated = {"activities": set(), "notes": set()}
            people, merged = {}, {}
            for record in world.contacts().after():
                name = guid("contacts", record.id)
                if record.is_live:
                    streams["contacts"].add(name)
                    people[name] = Expected.person(world, record, ())
                    # There are three columns for addresses.
                    addresses = [record["email"], *(record["emails_extra"] or [])[:2]]
                    people[name]["emails"] = sorted(filter(None, addresses))
                elif record.merged_into is not None:
                    merged[name] = guid("contacts", record.merged_into)
            for kind in ("calls", "meetings", "emails", "tasks", "notes"):
                for record in world.tables[kind].after():
                    contacts = record["contacts"] or []
                    for contact in contacts[:1] if kind == "notes" else contacts:
                        name = guid(kind, record.id)
                        stream = "notes" if kind == "notes" else "activities"
                        if kind != "notes":
                            name += ":" + guid("contacts", contact)
                        person = people.get(guid("contacts", contact))
                        live = record.is_live and person is not None
                        (streams if live else tolerated)[stream].add(name)
                        if live:
                            person["interactions"].append(
                                (record["at"], CHANNELS.get(kind, "unknown"), record["subject"]))
            for person in people.values():
                person["interactions"].sort()
            return Expected(streams, people, tolerated, merged)
