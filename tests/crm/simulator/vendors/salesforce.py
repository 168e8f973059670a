"""Salesforce REST, Bulk API 2.0 queries and collections (../specs/salesforce, docs/crm-apis.md)."""

import csv
import io
import re

from ..dialect import Dialect, array, iso, members, ms_of, place_of, route, token_of
from ..server import BadRequest, Response
from ..world import CHANNELS, Expected

BASE = "/services/data/v{version}"
FORM = "%Y-%m-%dT%H:%M:%S.{ms:03d}+0000"  # as recorded: an offset without colon
PREFIX = {"contacts": "003", "leads": "00Q", "calls": "00T1", "emails": "00T2", "tasks": "00T3", "meetings": "00U",
          "owners": "005", "companies": "001"}
OBJECTS = {"Contact": ("contacts",), "Lead": ("leads",), "Task": ("calls", "emails", "tasks"), "Event": ("meetings",),
           "User": ("owners",), "Account": ("companies",)}
# field → (type, what it is on a record)
PERSON = {
    "Id": ("id", None), "IsDeleted": ("boolean", None), "MasterRecordId": ("reference", None),
    "LastName": ("string", "family"), "FirstName": ("string", "given"), "Name": ("string", None),
    "Phone": ("phone", "phone"), "MobilePhone": ("phone", "mobile"), "Email": ("email", "email"),
    "OwnerId": ("reference", None), "CreatedDate": ("datetime", None), "LastModifiedDate": ("datetime", None),
    "SystemModstamp": ("datetime", None), "LastViewedDate": ("datetime", None),
    "HasOptedOutOfEmail": ("boolean", "opted_out"), "Description": ("textarea", None),
    "Secondary_Email__c": ("email", "emails_extra"), "Instagram__c": ("string", "instagram"),
    "Instagram_Followers__c": ("double", "followers"), "Twitter__c": ("string", "twitter"),
    "Topics__c": ("multipicklist", "topics"), "Note_Code__c": ("string", None), "Coterie_Id__c": ("string", "external"),
}
CONTACT = {**PERSON, "AccountId": ("reference", None), "MailingCity": ("string", "city"),
           "MailingCountry": ("string", "country"), "MailingAddress": ("address", None), "Photo__c": ("base64", None),
           "LastActivityDate": ("date", None)}
LEAD = {**PERSON, "Company": ("string", None), "City": ("string", "city"), "Country": ("string", "country"),
        "Address": ("address", None), "IsConverted": ("boolean", None), "ConvertedContactId": ("reference", None)}
ACTIVITY = {"Id": ("id", None), "IsDeleted": ("boolean", None), "WhoId": ("reference", None),
            "Subject": ("string", "subject"), "Description": ("textarea", "body"), "OwnerId": ("reference", None),
            "CreatedDate": ("datetime", None), "SystemModstamp": ("datetime", None), "ActivityDate": ("date", None)}
FIELDS = {"Contact": CONTACT, "Lead": LEAD, "User": {"Id": ("id", None), "Name": ("string", None)},
          "Account": {"Id": ("id", None), "Name": ("string", None)},
          "Task": {**ACTIVITY, "TaskSubtype": ("picklist", None), "CallType": ("picklist", None),
                   "Status": ("picklist", None), "CompletedDateTime": ("datetime", None)},
          "Event": {**ACTIVITY, "StartDateTime": ("datetime", None), "Location": ("string", None)}}
WRITABLE = {"FirstName": "given", "LastName": "family", "Email": "email", "Phone": "phone", "MobilePhone": "mobile",
            "MailingCity": "city", "MailingCountry": "country", "HasOptedOutOfEmail": "opted_out",
            "Instagram__c": "instagram", "Instagram_Followers__c": "followers", "Twitter__c": "twitter",
            "Coterie_Id__c": "external"}
BIN_MS = 15 * 86_400_000  # the recycle bin and the log of deletions
SUBTYPES = {"calls": "Call", "emails": "Email", "tasks": "Task"}


def sf_id(kind, number):
    prefix = PREFIX[kind]
    return f"{prefix}{number:0{15 - len(prefix)}d}AAA"


def number_of(text):
    """(kind, number) of an id; None where it is none."""
    for kind, prefix in PREFIX.items():
        if text.startswith(prefix) and text[len(prefix):15].isdigit():
            return kind, int(text[len(prefix):15])
    return None


class Vendor(Dialect):
    name = "salesforce"
    limit = (100, 10)
    says_retry_after = False
    daily_limit = 100_000
    page_max = 2000
    tells_winners = True
    can = frozenset(("oauth", "write", "merge", "delete", "activities"))
    jobs_seen = 0

    def credentials(self, base_url, how="token"):
        # The instance's host comes with the token; the vendor's own are allowed, this machine is not.
        hosts = [base_url.partition("://")[2].rpartition(":")[0]]
        if how == "oauth":
            return {"login_url": base_url, "hosts": hosts, "client_id": self.client_id, "client_secret": self.client_secret}
        if how == "refresh":
            return {**self.credentials(base_url, "oauth"), "refresh_token": self.refresh_token}
        if how == "jwt":
            return {"login_url": base_url, "hosts": hosts, "client_id": self.client_id, "username": "coterie@campaign.example",
                    "private_key": self.key.pem, "audience": base_url}
        bulk = {"api": "bulk"} if how == "bulk" else {}
        return {"base_url": base_url + "/services/data/v62.0", "access_token": self.token, **bulk}

    def authorize(self, request):
        if not self.is_valid(self.bearer(request)):
            return self.error(401, "Session expired or invalid", "INVALID_SESSION_ID")
        if len(request.target) > 16_384:
            return Response(b"", 414)
        return None

    def error(self, status, message, code=None):
        code = code or {400: "MALFORMED_QUERY", 404: "NOT_FOUND", 429: "REQUEST_LIMIT_EXCEEDED",
                        503: "SERVER_UNAVAILABLE"}.get(status, "UNKNOWN_EXCEPTION")
        return Response([{"message": message, "errorCode": code}], status)

    def rate_headers(self):
        return {"Sforce-Limit-Info": f"api-usage={self.daily_used}/{self.daily_limit}"}

    # --- a record on the wire ---------------------------------------------------------------------

    def value(self, record, object_name, name):
        """A field's value; a name of two parts is one of what the record points to."""
        parent, _, member = name.partition(".")
        if member:
            if parent == "Owner":
                return self.world.owner_name(record["owner"])
            company = self.world.tables["companies"].get(record["company"])
            return company["name"] if company else None
        if name == "Id":
            return sf_id(record.kind, record.id)
        if name == "IsDeleted":
            return record.deleted is not None
        if name == "MasterRecordId":
            return sf_id(record.kind, record.merged_into) if record.merged_into else None
        if name == "SystemModstamp" or name == "LastModifiedDate":
            return iso(record.changed, FORM)
        if name == "CreatedDate":
            return iso(record.created, FORM)
        if name == "OwnerId":
            return sf_id("owners", record["owner"]) if record["owner"] else None
        if name == "AccountId":
            return sf_id("companies", record["company"]) if record["company"] else None
        if name == "Name":
            return self.world.owner_name(record.id) if record.kind == "owners" else (
                record["name"] or f"{record['given']} {record['family']}")
        if name == "WhoId":
            who = (record["contacts"] or [None])[0]
            return sf_id("contacts", who) if who else None
        if name == "TaskSubtype":
            return SUBTYPES[record.kind]
        if name == "CallType":
            return {"in": "Inbound", "out": "Outbound"}[record["direction"]] if record.kind == "calls" else None
        if name == "Status":
            return "Completed"
        if name in ("CompletedDateTime", "StartDateTime"):
            return iso(record["at"], FORM)
        if name == "ActivityDate":
            return iso(record["at"], "%Y-%m-%d")
        if name == "LastActivityDate":
            return iso(record["last_contact"], "%Y-%m-%d") if record["last_contact"] else None
        if name == "Note_Code__c":
            return (record["custom"] or {}).get("note_code")
        if name == "LastViewedDate":
            return iso(self.world.now(), FORM)
        kind, field = FIELDS[object_name][name]
        value = record[field] if field else None
        if kind == "boolean":
            return bool(value)
        if isinstance(value, list):
            return ";".join(value) or None
        return value

    def row(self, record, object_name, names):
        made = {"attributes": {"type": object_name,
                               "url": f"/services/data/v62.0/sobjects/{object_name}/{sf_id(record.kind, record.id)}"}}
        for name in names:
            value = self.value(record, object_name, name)
            parent, _, member = name.partition(".")
            if not member:
                made[name] = value
            elif value is None:
                made[parent] = None
            else:
                made[parent] = {"attributes": {"type": "Name"}, member: value}
        return made

    # --- SOQL -------------------------------------------------------------------------------------

    def soql(self, text, everything, bulk=False):
        """(object, names, records) of a query; names is None for COUNT()."""
        match = re.fullmatch(r"\s*SELECT\s+(.+?)\s+FROM\s+(\w+)(?:\s+WHERE\s+(.+?))?(?:\s+ORDER BY\s+(.+?))?"
                             r"(?:\s+LIMIT\s+(\d+))?\s*", text, re.S)
        if not match:
            raise BadRequest(f"unexpected token: {text[:80]}")
        asked, object_name, where, order, most = match.groups()
        if object_name not in OBJECTS:
            raise BadRequest(f"sObject type '{object_name}' is not supported.")
        known = FIELDS[object_name]
        names = None
        if asked.upper() != "COUNT()":
            names = [name.strip() for name in asked.split(",")]
            for name in names:
                if name not in known and name not in ("Owner.Name", "Account.Name"):
                    raise BadRequest(f"No such column '{name}' on entity '{object_name}'.")
                if bulk and known.get(name, ("",))[0] in ("address", "location", "base64"):
                    raise BadRequest(f"FeatureNotEnabled: {name}: compound and binary fields are not supported")
            if len(set(names)) != len(names):
                raise BadRequest("duplicate field selected")
        tests = [self.test(object_name, part) for part in re.split(r"\s+AND\s+", where)] if where else []
        horizon = self.world.now() - BIN_MS
        found = []
        for kind in OBJECTS[object_name]:
            for record in self.world.tables[kind].after():
                if record.deleted is not None and (not everything or record.deleted < horizon):
                    continue
                if all(test(record) for test in tests):
                    found.append(record)
        if order:
            if not order.startswith("SystemModstamp"):
                raise BadRequest(f"cannot order by {order}")
            found.sort(key=lambda r: (r.changed, r.id))
        return object_name, names, found[:int(most)] if most else found

    def test(self, object_name, text):
        match = re.fullmatch(r"(\w+)\s*(=|!=|>=|<=|<|>)\s*(\S+)", text.strip())
        if not match or match[1] not in FIELDS[object_name]:
            raise BadRequest(f"unexpected token: {text}")
        name, sign, value = match.groups()
        if name == "SystemModstamp":
            bound = ms_of(value)  # a time, never in quotes
            return {">=": lambda r: r.changed >= bound, ">": lambda r: r.changed > bound,
                    "<": lambda r: r.changed < bound, "<=": lambda r: r.changed <= bound}[sign]
        wanted = {"true": True, "false": False, "null": None}.get(value, value.strip("'"))
        return lambda r: (self.value(r, object_name, name) == wanted) == (sign == "=")

    @route("GET", "/services/data/v{version}/{resource:query|queryAll}")
    def query(self, request, version, resource):
        object_name, names, found = self.soql(request.get("q") or "", resource == "queryAll")
        if names is None:
            return Response({"totalSize": len(found), "done": True, "records": []})
        locator = f"01g{len(self._pages):015d}{self.daily_used}"
        self._pages["locator", locator] = (object_name, names, found)
        return self.locator_page(request, version, resource, locator, 0)

    @route("GET", "/services/data/v{version}/{resource:query|queryAll}/{locator:[0-9a-z]+}-{start:[0-9]+}")
    def query_more(self, request, version, resource, locator, start):
        if ("locator", locator) not in self._pages:
            return self.error(400, "invalid query locator", "INVALID_QUERY_LOCATOR")
        return self.locator_page(request, version, resource, locator, int(start))

    def locator_page(self, request, version, resource, locator, start):
        object_name, names, found = self._pages["locator", locator]
        size = self.page_max
        match = re.search(r"batchSize=(\d+)", request.headers.get("sforce-query-options", ""))
        if match:
            size = min(max(int(match[1]), 200), 2000)
        following = f"/services/data/v{version}/{resource}/{locator}-{start + size}" if start + size < len(found) else None
        records, following = self.page(request, (object_name, locator), found[start:start + size], following, start == 0)
        form = ("json", *names)
        texts = array(self.wire(r, form, lambda r: self.row(r, object_name, names)) for r in records)
        more = {"nextRecordsUrl": following} if following else {}
        return Response(members(totalSize=len(found), done=following is None, **more, records=texts))

    # --- Bulk 2.0 -----------------------------------------------------------------------------------

    @route("POST", "/services/data/v{version}/jobs/query")
    def create_job(self, request, version):
        asked = request.json()
        if asked.get("operation") not in ("query", "queryAll") or not asked.get("query"):
            raise BadRequest("operation and query are needed")
        type(self).jobs_seen += 1
        job = {"id": f"750{type(self).jobs_seen:012d}AAA", "operation": asked["operation"], "state": "UploadComplete",
               "object": "", "contentType": "CSV", "apiVersion": float(version), "lineEnding": "LF",
               "columnDelimiter": "COMMA", "concurrencyMode": "Parallel", "createdDate": iso(self.world.now(), FORM)}
        self._pages["job", job["id"]] = [job, asked["query"], None]
        return Response(job)

    def job(self, number):
        return self._pages.get(("job", number))

    @route("GET", "/services/data/v{version}/jobs/query/{number}")
    def job_state(self, request, version, number):
        kept = self.job(number)
        if kept is None:
            return self.error(404, "The requested resource does not exist")
        job, query, rows = kept
        if job["state"] == "UploadComplete" and type(self).jobs_seen % 5 == 1:
            job["state"] = "InProgress"  # now and then a job is not ready at once
        elif rows is None:
            try:
                kept[2] = self.soql(query, job["operation"] == "queryAll", bulk=True)
                job.update(state="JobComplete", object=kept[2][0], numberRecordsProcessed=len(kept[2][2]))
            except BadRequest as wrong:
                job.update(state="Failed", errorMessage=f"API_ERROR: {wrong}")
        return Response(job)

    @route("DELETE", "/services/data/v{version}/jobs/query/{number}")
    def delete_job(self, request, version, number):
        self._pages.pop(("job", number), None)
        return Response(b"", 204)

    @route("GET", "/services/data/v{version}/jobs/query/{number}/results")
    def results(self, request, version, number):
        kept = self.job(number)
        if kept is None or kept[2] is None:
            return self.error(404, "the job has no results")
        object_name, names, found = kept[2]
        start = place_of(request.get("locator")) if request.get("locator") else 0
        size = request.number("maxRecords", 50_000)
        following = token_of(start + size) if start + size < len(found) else None
        records, following = self.page(request, (object_name, number), found[start:start + size], following, start == 0)
        lines = [self.csv(names)]
        form = ("csv", *names)
        lines += [self.wire(r, form, lambda r: self.csv([self.value(r, object_name, n) for n in names])) for r in records]
        return Response(b"".join(lines), headers={"Sforce-Locator": following or "null",
                                                  "Sforce-NumberOfRecords": str(len(records))}, content_type="text/csv")

    @staticmethod
    def csv(values):
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            ["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in values])
        return out.getvalue().encode()

    # --- around -------------------------------------------------------------------------------------

    @route("GET", "/services/data/v{version}/sobjects/{object_name:Contact|Lead|Task|Event}/describe")
    def describe(self, request, version, object_name):
        return Response({"name": object_name, "fields": [
            {"name": name, "label": name.replace("__c", "").replace("_", " "), "type": kind, "custom": name.endswith("__c"),
             "calculated": False, "compoundFieldName": None} for name, (kind, _) in FIELDS[object_name].items()]})

    @route("GET", "/services/data/v{version}/sobjects/{object_name:Contact|Lead|Task|Event}/deleted")
    def deleted(self, request, version, object_name):
        start, end = ms_of(request.get("start") or ""), ms_of(request.get("end") or "")
        now = self.world.now()
        if start < now - BIN_MS or end - start <= 60_000:
            return self.error(400, "startDate: not within the last 15 days, or too near to endDate",
                              "INVALID_REPLICATION_DATE")
        gone = [{"id": sf_id(kind, r.id), "deletedDate": iso(r.deleted, FORM)} for kind in OBJECTS[object_name]
                for r in self.world.tables[kind].after() if r.deleted is not None and start <= r.deleted < end]
        return Response({"deletedRecords": gone, "earliestDateAvailable": iso(now - BIN_MS, FORM),
                         "latestDateCovered": iso(min(end, now), FORM)})

    @route("GET", "/services/data/v{version}/limits/recordCount")
    def record_count(self, request, version):
        counts = []
        for name in (request.get("sObjects") or "").split(","):
            count = sum(len(self.world.tables[kind]) for kind in OBJECTS[name])
            if count > 20:  # as recorded: what is small has no entry
                counts.append({"count": count, "name": name})
        return Response({"sObjects": counts})

    @route("GET", "/services/data/v{version}/limits")
    def limits(self, request, version):
        return Response({"DailyApiRequests": {"Max": self.daily_limit, "Remaining": self.daily_limit - self.daily_used}})

    @route("POST", "/services/oauth2/token", sign_in=True)
    def token_endpoint(self, request):
        token, wrong = self.grant(request)
        if wrong:
            return Response({"error": "invalid_grant", "error_description": wrong}, 400)
        return Response({"access_token": token, "instance_url": request.base_url, "token_type": "Bearer",
                         "id": request.base_url + "/id/00Dx/005x", "issued_at": str(self.world.now()), "signature": "c2ln"})

    # --- writing ------------------------------------------------------------------------------------

    @staticmethod
    def refused(code, message, *fields):
        return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": list(fields)}]}

    def write(self, record, item):
        fields = {}
        for name, value in item.items():
            if name in ("attributes", "id", "Id"):
                continue
            if name not in WRITABLE:
                return self.refused("INVALID_FIELD", f"No such column '{name}' on sobject of type Contact", name)
            if name == "Email" and value is not None and ("@" not in value or " " in value):
                return self.refused("INVALID_EMAIL_ADDRESS", f"Email: invalid email address: {value}", name)
            if name == "LastName" and not value:
                return self.refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", name)
            fields[WRITABLE[name]] = value
        self.world.change("contacts", record.id, **fields)
        return {"id": sf_id("contacts", record.id), "success": True, "errors": []}

    @staticmethod
    def records(request):
        asked = request.json() or {}
        records = asked.get("records")
        if not isinstance(records, list) or not records:
            raise BadRequest("records: at least one is needed")
        if len(records) > 200:
            raise BadRequest("Maximum number of records is 200")
        for record in records:
            if record.get("attributes", {}).get("type") != "Contact":
                raise BadRequest("attributes.type is missing")
        return records

    @route("PATCH", "/services/data/v{version}/composite/sobjects")
    def update(self, request, version):
        answers = []
        for item in self.records(request):
            found = number_of(item.get("id", item.get("Id", "")))
            record = self.world.contacts().get(found[1]) if found and found[0] == "contacts" else None
            if record is None:
                answers.append(self.refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
            elif not record.is_live:
                answers.append(self.refused("ENTITY_IS_DELETED", "entity is deleted"))
            else:
                answers.append(self.write(record, item))
        return Response(answers)

    @route("PATCH", "/services/data/v{version}/composite/sobjects/Contact/{field}")
    def upsert(self, request, version, field):
        if field != "Coterie_Id__c":
            return self.error(404, f"Provided external ID field does not exist or is not accessible: {field}")
        answers = []
        for item in self.records(request):
            value = item.get(field)
            record = next((r for r in self.world.contacts().live() if value and r["external"] == value), None)
            is_new = record is None
            if is_new:
                if not item.get("LastName"):
                    answers.append(self.refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"))
                    continue
                record = self.world.create("contacts", invented=False, custom={})
            answer = self.write(record, item)
            if is_new and not answer["success"]:
                self.world.delete("contacts", record.id)
            answers.append({**answer, "created": is_new} if answer["success"] else answer)
        return Response(answers)

    # --- what must be in the store --------------------------------------------------------------------

    def expected(self):
        """A task or event is one record, of its WhoId alone."""
        world = self.world
        with world.lock:
            streams = {"contacts": set(), "leads": set(), "tasks": set(), "events": set()}
            tolerated = {"tasks": set(), "events": set()}
            people, merged = {}, {}
            for record in world.contacts().after():
                name = sf_id("contacts", record.id)
                if record.is_live:
                    streams["contacts"].add(name)
                    people[name] = Expected.person(world, record, ())
                elif record.merged_into is not None:
                    merged[name] = sf_id("contacts", record.merged_into)
            for record in world.tables["leads"].live():
                streams["leads"].add(sf_id("leads", record.id))
            for kind in ("calls", "emails", "tasks", "meetings"):
                stream = "events" if kind == "meetings" else "tasks"
                for record in world.tables[kind].live():
                    who = (record["contacts"] or [None])[0]
                    if who is None:
                        continue
                    name, person = sf_id(kind, record.id), people.get(sf_id("contacts", who))
                    (streams if person else tolerated)[stream].add(name)
                    if person:
                        person["interactions"].append((record["at"], CHANNELS.get(kind, "unknown"), record["subject"]))
            for person in people.values():
                person["interactions"].sort()
            return Expected(streams, people, tolerated, merged)
