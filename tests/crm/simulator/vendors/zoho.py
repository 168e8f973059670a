"""Zoho CRM API v8: COQL, lists of records, deleted records, fields, users (../specs/zoho)."""

import re

from ..dialect import Dialect, array, iso, members, ms_of, place_of, route, token_of
from ..server import BadRequest, Response
from ..world import Expected

BASE = 4_970_762_000_000_000_000  # ids have 19 digits
QUERIED = {"Contacts": "contacts", "Leads": "leads", "Calls": "calls", "Events": "meetings", "Tasks": "tasks"}
MODULES = {**QUERIED, "Notes": "notes"}
LISTED_MAX = 100_000  # of a list of records
QUERY = re.compile(r"select (?P<columns>.+?) from (?P<module>\w+) where (?P<where>.+?) order by id asc limit (?P<limit>\d+)$",
                   re.IGNORECASE)
CONDITION = re.compile(r"(?P<column>\w+) (?P<operator>>=|>) '(?P<value>[^']*)'$")
FIELDS = [  # of contacts: (api_name, data_type, neutral field)
    ("First_Name", "text", "given"), ("Last_Name", "text", "family"), ("Full_Name", "text", None), ("Email", "email", "email"),
    ("Secondary_Email", "email", None), ("Phone", "phone", "phone"), ("Mobile", "phone", "mobile"),
    ("Twitter", "text", "twitter"), ("Instagram", "text", "instagram"), ("Instagram_Followers", "bigint", "followers"),
    ("Note_Code", "text", None), ("Mailing_City", "text", "city"), ("Mailing_Country", "text", "country"),
    ("Email_Opt_Out", "boolean", None), ("Owner", "ownerlookup", None), ("Account_Name", "lookup", None),
    ("Created_Time", "datetime", None), ("Modified_Time", "datetime", None), ("Tag", "text", None),
    ("Record_Image", "profileimage", None), ("Campaigns", "subform", None), ("Score", "formula", None),
    *((f"Own_{i}", "text", None) for i in range(60)),  # more than a list of records can be asked for
]
LEAD_FIELDS = [
    *((name, form, field) for name, form, field in FIELDS if name != "Account_Name" and not name.startswith("Mailing_")),
    ("City", "text", "city"), ("Country", "text", "country"), ("Company", "text", None), ("Lead_Status", "picklist", None),
    ("Converted__s", "boolean", None), ("Converted_Contact", "lookup", None), ("Converted_Date_Time", "datetime", None),
    ("Lead_Conversion_Time", "integer", None),
]
OF_CONVERTED = {"Converted__s", "Converted_Contact", "Converted_Date_Time", "Lead_Conversion_Time"}
NOT_SELECTABLE = {"Tag", "Record_Image", "Campaigns"}
ACTIVITY = {"calls": {"Subject", "Call_Type", "Call_Start_Time", "Call_Duration", "Description"},
            "meetings": {"Event_Title", "Start_DateTime", "Venue", "Description"},
            "tasks": {"Subject", "Status", "Due_Date", "Closed_Time", "Description"}}


def zone(ms):
    return iso(ms, "%Y-%m-%dT%H:%M:%S+00:00")


def wire_id(number):
    return str(BASE + int(number))


def number_of(text):
    return int(text) - BASE if text.isdigit() else 0


class Vendor(Dialect):
    name = "zoho"
    limit = (20, 1)
    token_seconds = 3600
    can = frozenset(("oauth", "merge", "delete", "activities", "leads"))

    prefix = "Zoho-oauthtoken "

    def credentials(self, base_url, how="oauth"):
        return {"client_id": self.client_id, "client_secret": self.client_secret, "refresh_token": self.refresh_token,
                "accounts_url": base_url, "base_url": base_url}

    def authorize(self, request):
        token = self.bearer(request, self.prefix)
        if token != self.token and self.is_valid(token):
            return None
        return Response({"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"}, 401)

    def error(self, status, message, **details):
        code = {429: "TOO_MANY_REQUESTS", 404: "INVALID_URL_PATTERN", 400: "INVALID_QUERY", 403: "NO_PERMISSION"}.get(
            status, "INTERNAL_ERROR")
        return Response({"code": code, "details": details, "message": message, "status": "error"}, status)

    def expected(self):
        """A lead is a person of its own until it becomes a contact; it may stay for a night, tied to the contact."""
        made = Expected.of(
            self.world, contact_id=wire_id, activity_id=lambda id, contact, kind: wire_id(id),
            activities=("calls", "meetings", "tasks", "notes"), counts=lambda r: r.kind != "tasks" or bool(r["done"]),
            contacts_of=lambda r: (r["contacts"] or ())[:1])
        with self.world.lock:
            made.streams["leads"], made.also["leads"] = set(), set()
            for record in self.world.live("leads") if self.config.get("leads", True) else ():
                name = wire_id(record.id)
                if record["converted"] is not None:
                    made.also["leads"].add(name)
                    continue
                made.streams["leads"].add(name)
                made.people[name] = Expected.person(self.world, record, ())
            for note in self.world.tables["notes"].after():
                lead = self.world.tables["leads"].get(note["lead"])
                if lead is None or not self.config.get("leads", True):
                    continue
                name, person = wire_id(note.id), made.people.get(wire_id(lead.id))
                (made.streams if note.is_live and person else made.tolerated)["notes"].add(name)
                if note.is_live and person:
                    person["interactions"] = sorted([*person["interactions"], (note["at"], "unknown", note["subject"])])
            for name, person in made.people.items():  # a contact has two addresses at the most
                number = number_of(name)
                record = self.world.contacts().get(number) or self.world.tables["leads"].get(number)
                person["emails"] = sorted(e for e in [record["email"], *(record["emails_extra"] or ())[:1]] if e)
        return made

    # --- records on the wire ------------------------------------------------------------------------

    @property
    def shows_converted(self):
        """Whether queries show leads that became contacts: it is told nowhere, so some seeds say yes."""
        return self.world.seed % 2 == 0

    def person(self, record):
        made = {name: record[field] for name, _, field in (LEAD_FIELDS if record.kind == "leads" else FIELDS) if field}
        if record.kind == "leads":
            company, contact = self.world.tables["companies"].get(record["company"]), record["converted"]
            made.update(
                Company=company["name"] if company else "-", Lead_Status="Contacted", Converted__s=contact is not None,
                Converted_Contact={"id": wire_id(contact), "name": made["Last_Name"]} if contact is not None else None,
                Converted_Date_Time=zone(record.changed) if contact is not None else None, Lead_Conversion_Time=0)
        made.update(
            Full_Name=" ".join(n for n in (record["given"], record["family"]) if n),
            Secondary_Email=(record["emails_extra"] or [None])[0], Email_Opt_Out=bool(record["opted_out"]),
            Owner={"id": wire_id(record["owner"])} if record["owner"] else None,
            Account_Name={"id": wire_id(record["company"])} if record["company"] else None,
            Note_Code=(record["custom"] or {}).get("note_code"), Created_Time=zone(record.created),
            Modified_Time=zone(record.changed), Score=7)
        return made

    def activity(self, record):
        contact = (record["contacts"] or [None])[0]
        made = {"Owner": {"id": wire_id(record["owner"])}, "Who_Id": {"id": wire_id(contact)} if contact else None,
                "Modified_Time": zone(record.changed), "Subject": record["subject"], "Description": record["body"]}
        if record.kind == "notes":
            parent = ("Leads", record["lead"]) if record["lead"] else ("Contacts", contact) if contact else ("Deals", 77)
            made.update(Note_Title=record["subject"], Note_Content=f"<div>{record['body']}</div>", Created_Time=zone(record["at"]),
                        Parent_Id={"id": wire_id(parent[1]), "name": "somebody", "module": {"api_name": parent[0], "id": wire_id(2)}})
        elif record.kind == "calls":
            made.update(Call_Type="Inbound" if record["direction"] == "in" else "Outbound",
                        Call_Start_Time=zone(record["at"]), Call_Duration="05:00")
        elif record.kind == "meetings":
            made.update(Event_Title=record["subject"], Start_DateTime=zone(record["at"]), Venue=None)
        else:
            made.update(Status="Completed" if record["done"] else "Not Started", Due_Date=iso(record["at"], "%Y-%m-%d"),
                        Closed_Time=zone(record["at"]) if record["done"] else None)
        return made

    def render(self, record, columns):
        whole = self.person(record) if record.kind in ("contacts", "leads") else self.activity(record)
        return {"id": wire_id(record.id), **{name: whole.get(name) for name in columns if name != "id"}}

    # --- queries ------------------------------------------------------------------------------------

    @route("POST", "/crm/v8/coql")
    def coql(self, request):
        query = (request.json() or {}).get("select_query")
        if not isinstance(query, str):
            raise BadRequest("select_query is missing")
        if query == "select id from Contacts where id > '0' limit 1":
            query = query.replace(" limit", " order by id asc limit")
        match = QUERY.match(query)
        if not match or match["module"] not in QUERIED:
            return Response({"code": "SYNTAX_ERROR", "details": {"clause": "select"}, "message": "error occurred while parsing "
                             "the query", "status": "error"}, 400)
        kind, limit = QUERIED[match["module"]], int(match["limit"])
        columns = [name.strip() for name in match["columns"].split(",")]
        known = ({name for name, _, _ in FIELDS} - NOT_SELECTABLE if kind == "contacts"
                 else {name for name, _, _ in LEAD_FIELDS} - NOT_SELECTABLE - OF_CONVERTED if kind == "leads"
                 else ACTIVITY[kind] | {"Owner", "Who_Id", "Modified_Time"}) | {"id"}
        if not set(columns) <= known:
            return self.error(400, f"invalid column: {sorted(set(columns) - known)}")
        if len(columns) > 500 or limit > 2000:
            return Response({"code": "LIMIT_EXCEEDED", "details": {}, "message": "limit exceeded", "status": "error"}, 400)
        where = match["where"].strip()
        inner = where[1:-1] if where.startswith("(") and where.endswith(")") else where
        after, since = None, 0
        for text in inner.split(" and "):
            condition = CONDITION.match(text)
            if not condition:
                return self.error(400, f"invalid condition: {text}")
            if condition["column"] == "id" and condition["operator"] == ">":
                after = number_of(condition["value"])
            elif condition["column"] == "Modified_Time":
                since = ms_of(condition["value"])
            else:
                return self.error(400, f"invalid condition: {text}")
        found, more = self.by_id(kind, after if after and after > 0 else None, limit,
                                 lambda r: r.is_live and r.changed // 1000 * 1000 >= since and (
                                     r["converted"] is None or self.shows_converted or kind != "leads"))
        found, following = self.page(request, (kind, since), found, more or None, first=not after)
        if not found:
            return Response(b"", 204)
        form = tuple(columns)
        return Response(members(
            data=array(self.wire(r, form, lambda r: self.render(r, columns)) for r in found),
            info={"count": len(found), "more_records": bool(following)}))

    # --- records ------------------------------------------------------------------------------------

    @route("GET", "/crm/v8/{module:Contacts|Leads|Notes}")
    def records(self, request, module):
        """Those that `ids` name, or a list that goes on by tokens."""
        table = self.world.tables[MODULES[module]]
        fields = [f for f in request.get("fields", "").split(",") if f]
        if not fields or len(fields) > 50:
            return Response({"code": "REQUIRED_PARAM_MISSING", "details": {"param": "fields"}, "message": "fields: 1 to 50",
                             "status": "error"}, 400)
        if request.get("ids") is not None:
            ids = [n for n in request.get("ids").split(",") if n]
            if not ids or len(ids) > 100:
                raise BadRequest("ids: 1 to 100")
            found = [r for n in ids if (r := table.get(number_of(n))) is not None and r.is_live]
            if not found:
                return Response(b"", 204)
            return Response({"data": [self.listed(record, fields) for record in found],
                             "info": {"per_page": 200, "count": len(found), "page": 1, "more_records": False}})
        return self.list_of(request, module, table, fields)

    def list_of(self, request, module, table, fields):
        since, size = request.headers.get("if-modified-since"), request.number("per_page", 200)
        since_ms, converted = ms_of(since) if since else 0, request.get("converted", "false")
        if size > 200 or request.get("sort_by", "id") != "id" or converted not in ("true", "false", "both"):
            raise BadRequest("per_page, sort_by or converted is wrong")
        if request.get("sort_order", "desc") != "asc":  # where nothing is said the newest come first
            return self.newest(table, size, fields)
        place, count = place_of(request.get("page_token")) if request.get("page_token") else (None, 0)
        if count >= LISTED_MAX:
            return self.error(400, "a list ends at 100,000 records")
        found, more = self.by_id(table.kind, place, size, lambda r: (
            r.is_live and r.changed // 1000 * 1000 >= since_ms
            and (module != "Leads" or converted == "both" or (r["converted"] is not None) == (converted == "true"))))
        following = token_of((found[-1].id, count + len(found))) if more else None
        found, following = self.page(request, (module, "list", converted, since), found, following, first=place is None)
        if not found:
            return Response(b"", 304 if since else 204)
        return Response({"data": [self.listed(record, fields) for record in found],
                         "info": {"per_page": size, "count": len(found), "page": 1, "sort_by": "id", "sort_order": "asc",
                                  "next_page_token": following, "previous_page_token": None, "more_records": bool(following)}})

    def newest(self, table, size, fields):
        """The first page of a list that is asked for in no order; nobody walks such a one."""
        found = list(table.live())[:-size - 1:-1]
        if not found:
            return Response(b"", 204)
        return Response({"data": [self.listed(record, fields) for record in found],
                         "info": {"per_page": size, "count": len(found), "page": 1, "more_records": False}})

    def listed(self, record, fields):
        made = self.render(record, fields)
        if "Tag" in fields:
            made["Tag"] = [{"name": t, "id": wire_id(i), "color_code": None} for i, t in enumerate(record["topics"] or ())]
        if "Account_Name" in fields:
            company = self.world.tables["companies"].get(record["company"])
            made["Account_Name"] = {"name": company["name"], "id": wire_id(company.id)} if company else None
        return made

    @route("GET", "/crm/v8/{module:Contacts|Leads|Calls|Events|Tasks|Notes}/deleted")
    def deleted(self, request, module):
        since = request.headers.get("if-modified-since")
        since = ms_of(since) if since else 0
        page, size = request.number("page", 1), request.number("per_page", 200)
        if size > 200:
            raise BadRequest("per_page is more than 200")
        found = self.ordered(MODULES[module], lambda r: not r.is_live and r.deleted >= since, lambda r: -r.deleted,
                             ("deleted", since))
        here, more = found[(page - 1) * size:page * size], page * size < len(found)
        here, following = self.page(request, (module, "deleted"), here, more or None, first=page == 1)
        if not here:
            return Response(b"", 304 if since else 204)
        return Response({"data": [{"id": wire_id(r.id), "display_name": f"was {r.id}", "type": "recycle",
                                   "deleted_time": zone(r.deleted), "created_by": None, "deleted_by": {
                                       "name": "somebody", "id": wire_id(1)}} for r in here],
                         "info": {"per_page": size, "count": len(here), "page": page, "more_records": bool(following)}})

    @route("GET", "/crm/v8/{module:Contacts|Leads|Calls|Events|Tasks|Notes}/actions/count")
    def count(self, request, module):
        return Response({"count": sum(r["converted"] is None for r in self.world.live(MODULES[module]))})

    @route("GET", "/crm/v8/settings/fields")
    def fields(self, request):
        listed = {"Contacts": FIELDS, "Leads": LEAD_FIELDS}.get(request.get("module"))
        if listed is None:
            return self.error(400, "the module name given seems to be invalid")
        return Response({"fields": [
            {"api_name": name, "data_type": form, "display_label": name.replace("_", " "), "field_label": name,
             "custom_field": name in ("Instagram", "Instagram_Followers", "Note_Code") or name.startswith("Own_"),
             "visible": True, "id": wire_id(i)} for i, (name, form, _) in enumerate(listed)]})

    @route("GET", "/crm/v8/users")
    def users(self, request):
        page, size = request.number("page", 1), request.number("per_page", 200, 200)
        rows = [{"id": wire_id(r.id), "full_name": self.world.owner_name(r.id), "email": r["email"],
                 "status": "active" if r["active"] else "disabled"} for r in self.world.tables["owners"].live()]
        here = rows[(page - 1) * size:page * size]
        if not here:
            return Response(b"", 204)
        return Response({"users": here, "info": {"per_page": size, "count": len(here), "page": page,
                                                 "more_records": page * size < len(rows)}})

    @route("POST", "/oauth/v2/token", sign_in=True)
    def token_endpoint(self, request):
        token, wrong = self.grant(request)
        if wrong:
            return Response({"error": "invalid_code" if "refresh" in wrong else "invalid_client"})  # with a 200
        return Response({"access_token": token, "api_domain": request.base_url, "token_type": "Bearer",
                         "expires_in": int(self.token_seconds), "scope": "ZohoCRM.modules.ALL"})
