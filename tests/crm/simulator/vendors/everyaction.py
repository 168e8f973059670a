"""EveryAction / NGP VAN: export jobs of what changed, people by vanId (../specs/everyaction-ngpvan)."""

import csv
import io

from ..dialect import Dialect, iso, members, ms_of, route
from ..server import BadRequest, Response
from ..world import Expected

RESOURCES = ("ActivistCodes", "ContactHistory", "Contacts", "ContactsActivistCodes")
DAYS_90_MS = 90 * 86_400_000
EXPAND = ("contributionHistory", "addresses", "phones", "emails", "codes", "customFields", "externalIds", "preferences",
          "recordedAddresses", "reportedDemographics", "suppressions", "cases", "customProperties", "districts",
          "electionRecords", "membershipStatuses", "notes", "organizationRoles", "scores", "disclosureFieldValues",
          "primaryContact", "pollingLocation", "biography")
TYPES = {"calls": (1, "Phone"), "meetings": (2, "Walk"), "emails": (6, "Email")}
ADDED, CHANGED, DELETED = 1, 2, 5
# What GET /people/{vanId} always has, as recorded.
NOTHING = dict.fromkeys((
    "middleName", "suffix", "title", "sourceFileTitle", "sourceFileFirstName", "sourceFileMiddleName",
    "sourceFileLastName", "sourceFileSuffix", "organizationContactCommonName", "organizationContactOfficialName",
    "additionalSalutation", "preferredPronoun", "pronouns", "namePronunciation", "additionalEnvelopeName",
    "contactMethodPreferenceCode", "contactMethodPreferenceId", "contactMethodPreferenceName", "assistantName",
    "nickname", "website", "professionalSuffix", "party", "employer", "occupation", "jobTitle", "sex", "dateOfBirth",
    "partialDateOfBirth", "selfReportedRace", "selfReportedEthnicity", "selfReportedRaces", "selfReportedEthnicities",
    "selfReportedGenders", "selfReportedSexualOrientations", "selfReportedLanguagePreference",
    "selfReportedLanguagePreferences", "emails", "phones", "addresses", "recordedAddresses", "pollingLocation",
    "earlyVoteLocation", "identifiers", "codes", "customFields", "primaryCustomField", "contributionSummary",
    "suppressions", "caseworkCases", "caseworkIssues", "caseworkStories", "notes", "scores", "customProperties",
    "electionRecords", "membershipStatus", "organizationRoles", "districts", "surveyQuestionResponses", "finderNumber",
    "biographyImageUrl", "biographyText", "biographyHtml", "primaryContact"))


class Vendor(Dialect):
    name = "everyaction"
    limit = (150, 10)
    rows_of_a_file = 400
    can = frozenset(("merge", "delete", "activities"))

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._jobs, self._files, self._who = {}, {}, {}
        self._reach = None  # from when on history was asked for: older rows cannot be had

    late = ("interactions",)  # a note that is added or taken away is no change of the person

    def credentials(self, base_url, how="token"):
        return {"base_url": base_url, "application": "coterie", "api_key": self.token, "saved_list_id": 500048,
                "rate": 1000}

    def authorize(self, request):
        if request.path.startswith("/files/"):
            # A pre-signed link: the store of files refuses a second kind of sign-in.
            return Response(b"<Error>InvalidAuthenticationInfo</Error>", 400) if "authorization" in request.headers else None
        if self.basic(request)[1] != f"{self.token}|1":
            return self.error(401, "Unauthorized", "UNAUTHORIZED")
        return None

    def error(self, status, message, code=None, **details):
        code = code or {400: "INVALID_PARAMETER", 404: "NOT_FOUND", 429: "RATE_LIMIT"}.get(status, "INTERNAL_SERVER_ERROR")
        return Response({"errors": [{"code": code, "text": message, **details}]}, status)

    # --- jobs -------------------------------------------------------------------------------------

    @route("POST", "/changedEntityExportJobs")
    def create_job(self, request):
        asked, now = request.json() or {}, self.world.now()
        if asked.get("resourceType") not in RESOURCES:
            raise BadRequest("'resourceType' is not a valid resource")
        start = ms_of(asked.get("dateChangedFrom") or "")
        if start < now - DAYS_90_MS:
            raise BadRequest("'dateChangedFrom' must be within the last 90 days")
        if start > now:
            raise BadRequest("'dateChangedFrom' must be in the past")
        known = {name for name, _ in self.fields_of(asked["resourceType"])}
        for name in asked.get("requestedFields") or ():
            if name not in known:
                raise BadRequest(f"'{name}' is not a field of {asked['resourceType']}")
        job = {"exportJobId": 2_170_000_000 + len(self._jobs), "dateChangedFrom": asked["dateChangedFrom"],
               "dateChangedTo": iso(now), "files": [], "message": "Created export job", "code": None,
               "exportedRecordCount": 0, "jobStatus": "Pending", "resourceType": asked["resourceType"],
               "includeInactive": asked.get("includeInactive", False), "requestedFields": asked.get("requestedFields") or []}
        self._jobs[job["exportJobId"]] = (job, start)
        return Response(job, 201)

    @route("GET", "/changedEntityExportJobs/{number:[0-9]+}")
    def job_state(self, request, number):
        kept = self._jobs.get(int(number))
        if kept is None:
            return self.error(404, "The specified resource cannot be found.")
        job, start = kept
        if job["jobStatus"] == "Pending":
            header, rows = getattr(self, "rows_of_" + job["resourceType"])(start, job)
            job.update(jobStatus="Complete", message="Finished processing export job", exportedRecordCount=len(rows),
                       files=self.store(request, f"job{number}", header, rows))
        return Response(job)

    def store(self, request, name, header, rows):
        """Files of some rows each, behind links that expire."""
        files = []
        for part, first in enumerate(range(0, max(len(rows), 1), self.rows_of_a_file)):
            self._files[f"{name}-{part}.csv"] = (header, rows[first:first + self.rows_of_a_file])
            files.append({"downloadUrl": f"{request.base_url}/files/{name}-{part}.csv?sv=2020&sig=abc%2B{part}",
                          "dateExpired": iso(self.world.now() + 20 * 86_400_000)})
        return files

    @route("GET", "/files/{name}")
    def file(self, request, name):
        if name not in self._files or not (request.get("sig") or "").startswith("abc+"):
            return Response(b"<Error>AuthenticationFailed</Error>", 403)
        header, rows = self._files[name]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
        return Response(out.getvalue().encode(), content_type="text/csv")

    def fields_of(self, resource):
        """(name, whether it is always there)."""
        if resource == "Contacts":
            return (("VanID", True), ("ChangeTypeID", True), ("DateCreated", True), ("FirstName", False),
                    ("LastName", False), ("Phone", False), ("PhoneOptInStatus", False), ("Email", False), ("City", False))
        if resource == "ContactHistory":
            return (("ContactsContactID", True), ("VanID", True), ("ContactTypeID", True), ("ResultID", True),
                    ("DateCanvassed", True), ("DateCreated", True), ("ChangeTypeID", True), ("Note", False),
                    ("CanvassedByName", False))
        return (("ContactsActivistCodeID", True), ("VanID", True), ("ActivistCodeID", True), ("ChangeTypeID", True))

    def header(self, resource, job):
        return [name for name, always in self.fields_of(resource) if always or name in job["requestedFields"]]

    def rows_of_Contacts(self, start, job):  # noqa: N802
        header, rows = self.header("Contacts", job), []
        for r in self.world.contacts().after():
            if r.changed < start or (not r.is_live and not job["includeInactive"]):
                continue
            kind = DELETED if not r.is_live else ADDED if r.created >= start else CHANGED
            every = {"VanID": r.id, "ChangeTypeID": kind, "DateCreated": iso(r.created), "FirstName": r["given"],
                     "LastName": r["family"], "Phone": (r["phone"] or "").removeprefix("+45 "), "PhoneOptInStatus": 0,
                     "Email": r["email"], "City": r["city"]}
            rows.append([every[name] for name in header])
        return header, rows

    def history(self):
        """(row's id, activity, contact that it is with today): a row for each contact that an activity began with."""
        contacts = self.world.contacts()
        for kind in TYPES:
            for activity in self.world.tables[kind].after():
                for first in self._who.setdefault((kind, activity.id), tuple(activity["contacts"] or ())):
                    contact = contacts.rows[first]
                    while contact.merged_into is not None:
                        contact = contacts.rows[contact.merged_into]
                    yield f"{activity.id}{first:09d}", activity, contact

    def rows_of_ContactHistory(self, start, job):  # noqa: N802
        header, rows = self.header("ContactHistory", job), []
        self._reach = min(start, self._reach or start)
        for name, r, contact in self.history():
            if r.changed < start or (not r.is_live and not job["includeInactive"]):
                continue
            every = {"ContactsContactID": name, "VanID": contact.id, "ContactTypeID": TYPES[r.kind][0], "ResultID": 14,
                     "DateCanvassed": iso(r["at"]), "DateCreated": iso(r.created), "Note": r["subject"],
                     "ChangeTypeID": CHANGED if r.is_live else DELETED,
                     "CanvassedByName": self.world.owner_name(r["owner"])}
            rows.append([every[column] for column in header])
        return header, rows

    def rows_of_ContactsActivistCodes(self, start, job):  # noqa: N802
        return self.header("ContactsActivistCodes", job), [
            [f"{r.id}7", r.id, 3202, CHANGED] for r in self.world.contacts().live() if r.changed >= start and r.id % 5 == 0]

    @route("GET", "/changedEntityExportJobs/resources")
    def resources(self, request):
        return Response(list(RESOURCES))

    @route("GET", "/changedEntityExportJobs/fields/{resource}")
    def fields(self, request, resource):
        return Response([{"fieldName": name, "fieldType": "T", "maxTextboxCharacters": None, "isCoreField": always,
                          "availableValues": None} for name, always in self.fields_of(resource)])

    @route("GET", "/changedEntityExportJobs/changeTypes/{resource}")
    def change_types(self, request, resource):
        return Response([{"changeTypeId": number, "changeTypeName": name} for number, name in (
            (ADDED, "Added"), (CHANGED, "Updated"), (DELETED, "Deleted"))])

    # --- lists ------------------------------------------------------------------------------------

    @route("POST", "/exportJobs")
    def create_list_job(self, request):
        asked = request.json() or {}
        if asked.get("savedListId") != 500048:
            return self.error(400, "'savedListId' is not available", properties=["savedListId"])
        number = 7000 + len(self._jobs)
        self._jobs[number] = ({"exportJobId": number, "savedListId": 500048, "type": asked.get("type"),
                               "status": "Requested", "downloadUrl": None, "dateExpired": None, "errorCode": None}, 0)
        return Response(self._jobs[number][0], 201)

    @route("GET", "/exportJobs/{number:[0-9]+}")
    def list_job(self, request, number):
        job = self._jobs[int(number)][0]
        if job["status"] == "Requested":
            rows = [[r.id, r["given"], r["family"]] for r in self.world.contacts().live()]
            self._files[f"list{number}.csv"] = (["VanID", "FirstName", "LastName"], rows)
            job.update(status="Completed", downloadUrl=f"{request.base_url}/files/list{number}.csv?sig=abc%2B1",
                       dateExpired=iso(self.world.now() + 3 * 86_400_000))
        return Response(job)

    # --- people -----------------------------------------------------------------------------------

    @route("GET", "/people/{number:[0-9]+}")
    def person(self, request, number):
        record = self.world.contacts().get(number)
        asked = [name for text in request.all("$expand") for name in text.split(",") if name]
        for name in asked:
            if name not in EXPAND:
                return self.error(400, f"'{name}' is not a valid argument for the '$expand' parameter",
                                  properties=["$expand"], hint="The only valid expand sections are: ...")
            if name == "scores":
                return self.error(403, "May not request 'scores'", "FORBIDDEN")
        if record is None or not record.is_live:
            return self.error(404, "The specified resource cannot be found.")
        form = (*asked, self.world.tables["notes"].version)  # notes are told with the person
        return Response(self.wire(record, form, lambda r: self.render(r, asked)))

    def render(self, r, asked):
        created = iso(r.created, "%Y-%m-%dT%H:%M:%SZ")
        name = f"{r['given']} {r['family']}"
        made = {**NOTHING, "vanId": r.id, "firstName": r["given"], "lastName": r["family"], "contactSource": "API",
                "contactMode": "Person", "salutation": r["given"], "formalSalutation": name, "envelopeName": name,
                "formalEnvelopeName": name, "isDeceased": False, "dateCreated": created,
                "dateAcquired": "0001-01-01T00:00:00Z"}
        if "emails" in asked:
            made["emails"] = [
                {"email": e, "type": "P", "dateCreated": created, "isPreferred": i == 0,
                 "isSubscribed": not r["opted_out"], "subscriptionStatus": "U" if r["opted_out"] else "SN"[r.id % 2]}
                for i, e in enumerate(e for e in [r["email"], *(r["emails_extra"] or [])] if e)]
        if "phones" in asked:
            made["phones"] = [
                {"phoneId": r.id * 10 + i, "phoneNumber": p.removeprefix("+45 "), "dialingPrefix": "45",
                 "countryCode": "DK", "ext": None, "dateCreated": created, "phoneType": "Personal",
                 "deviceType": ("Landline", "Cell")[i], "isPreferred": i == 0, "isBest": i == 0, "isDisclosure": False,
                 "smsOptInStatus": "Unknown", "phoneOptInStatus": "Unknown", "isCellPhoneExchange": i == 1,
                 "isCellStatus": None, "tags": []}
                for i, p in enumerate((r["phone"], r["mobile"])) if p]
        if "addresses" in asked:
            made["addresses"] = [
                {"addressId": r.id, "type": "Mailing", "addressLine1": None, "addressLine2": None, "addressLine3": None,
                 "unitNo": None, "city": r["city"], "stateOrProvince": "", "zipOrPostalCode": "", "geoLocation": None,
                 "countryCode": r["country"], "preview": " ", "isPreferred": True, "isBest": True,
                 "streetAddress": None, "displayMode": "Standardized"}] if r["city"] else []
        if "codes" in asked:
            made["codes"] = [{"codeId": 100 + i, "parentCodeId": None, "name": t, "codeType": "Tag"}
                             for i, t in enumerate(r["topics"] or ())]
        if "customFields" in asked:
            code = (r["custom"] or {}).get("note_code")
            made["customFields"] = [{"customFieldId": 157, "customFieldGroupId": 52, "customFieldName": "Note code",
                                     "assignedValue": code}] if code else []
        if "suppressions" in asked:
            made["suppressions"] = [{"suppressionCode": "NE", "suppressionName": "Do not email"}] if r["opted_out"] else []
        if "notes" in asked:
            made["notes"] = [
                {"noteId": n.id, "text": n["subject"], "isViewRestricted": False,
                 "category": {"noteCategoryId": 0, "name": None}, "createdDate": iso(n["at"], "%Y-%m-%dT%H:%M:00Z"),
                 "isPinned": False, "contactHistory": None} for n in self.world.activities_with(r.id) if n.kind == "notes"]
        return made

    # --- around -----------------------------------------------------------------------------------

    @route("POST", "/echoes")
    def echo(self, request):
        return Response({"message": (request.json() or {}).get("message"), "dateSent": iso(self.world.now())})

    @route("GET", "/customFields")
    def custom_fields(self, request):
        return Response([{"customFieldId": 157, "customFieldName": "Note code", "customFieldGroupId": 52}])

    @route("GET", "/canvassResponses/contactTypes")
    def contact_types(self, request):
        return Response([{"contactTypeId": number, "name": name, "channelTypeName": name} for number, name in TYPES.values()])

    @route("GET", "/canvassResponses/resultCodes")
    def result_codes(self, request):
        return Response([{"resultCodeId": 14, "name": "Canvassed", "mediumName": "Canvassed", "shortName": "CA"}])

    @route("GET", "/activistCodes")
    def activist_codes(self, request):
        rows = [{"activistCodeId": 3200 + i, "type": "Volunteer", "name": f"Volunteer {i}", "mediumName": "Vol",
                 "shortName": "V", "description": None, "scriptQuestion": None, "status": "Active"} for i in range(5)]
        top, skip = request.number("$top", 50, 200), request.number("$skip", 0)
        following = skip + min(top, 2)
        link = f"{request.base_url}/activistCodes?$top={top}&$skip={following}" if following < len(rows) else None
        return Response(members(items=rows[skip:following], nextPageLink=link, count=len(rows)))

    # --- what must be in the store ------------------------------------------------------------------

    def expected(self):
        """No owners, handles and tasks; notes are part of the person, to the minute; 90 days of history."""
        world = self.world
        with world.lock:
            expected = Expected.of(world, activities=())
            expected.streams["history"], expected.tolerated["history"] = set(), set()
            for record in world.contacts().live():
                person = expected.people[str(record.id)]
                for key in ("owner", "instagram", "twitter"):
                    person.pop(key, None)
                person["interactions"] = [(n["at"] // 60_000 * 60_000, "unknown", n["subject"])
                                          for n in world.activities_with(record.id) if n.kind == "notes"]
            for name, activity, contact in self.history():
                if activity.is_live and self._reach is not None and activity.changed >= self._reach:
                    live = contact.is_live
                    (expected.streams if live else expected.tolerated)["history"].add(name)
                    if live:
                        channel = {"calls": "call", "meetings": "meeting", "emails": "email"}[activity.kind]
                        one = (activity["at"], channel, activity["subject"])
                        interactions = expected.people[str(contact.id)]["interactions"]
                        if one not in interactions:
                            interactions.append(one)
            for person in expected.people.values():
                person["interactions"].sort()
            return expected
