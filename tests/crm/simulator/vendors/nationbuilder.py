"""NationBuilder API v2, JSON:API (../specs/nationbuilder)."""

from ..dialect import Dialect, array, iso, members, ms_of, route
from ..server import BadRequest, Response
from ..world import Expected

METHODS = {"calls": "phone_call", "meetings": "meeting", "emails": "email", "notes": "other", "tasks": None}
KINDS = tuple(METHODS)
CUSTOM = {"note_code": ("Note code", "text", None), "instagram": ("Instagram", "text", "instagram"),
          "instagram_followers": ("Instagram followers", "number", "followers"), "twitter": ("Twitter", "text", "twitter")}
TYPE = "application/vnd.api+json"


def contact_number(record, contact):
    """A logged contact is with one signup: an activity with two people is two of them."""
    return (record.id * 10 + KINDS.index(record.kind)) * 10_000_000 + contact


class Vendor(Dialect):
    name = "nationbuilder"
    limit = (250, 10)
    token_seconds = 86_400
    tells_deletions = False  # deleted and merged signups are nowhere
    tells_changes = ("contacts",)  # a logged contact has no time of change
    rotates = False  # whether a refresh token is void once it was used
    can = frozenset(("oauth", "merge", "delete", "activities"))

    def credentials(self, base_url, how="token"):
        config = {"base_url": base_url, "nation": "test"}
        if how == "oauth":
            return {**config, "client_id": self.client_id, "client_secret": self.client_secret,
                    "refresh_token": self.refresh_token}
        return {**config, "access_token": self.token}

    def error(self, status, message, **details):
        if status == 429:
            return Response({"message": "You have made too many requests. Please try again later."}, status)
        code = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found"}.get(status, "server_error")
        return Response({"code": code, "message": message, **details}, status)

    def rate_headers(self):
        return {"RateLimit-Limit": self.window.requests, "RateLimit-Remaining": self.window.remaining(),
                "RateLimit-Reset": int(self.world.now() / 1000 + self.skew_seconds + self.window.reset_seconds()) + 1}

    def expected(self):
        return Expected.of(
            self.world, stream_of=lambda kind: kind if kind == "contacts" else "activities", activities=KINDS,
            activity_id=lambda id, contact, kind: str((id * 10 + KINDS.index(kind)) * 10_000_000 + int(contact)))

    # --- records on the wire ------------------------------------------------------------------------

    def signup(self, record):
        emails = [e for e in [record["email"], *(record["emails_extra"] or [])] if e][:4]
        attributes = {
            "first_name": record["given"], "last_name": record["family"],
            "full_name": " ".join(n for n in (record["given"], record["family"]) if n),
            "email": emails[0] if emails else None, "phone_number": record["phone"], "mobile_number": record["mobile"],
            "employer": None, "signup_type": 0, "do_not_contact": False, "do_not_call": False, "email_opt_in": True,
            "unsubscribed_at": iso(record.changed, "%Y-%m-%dT%H:%M:%S+00:00") if record["opted_out"] else None,
            "parent_id": str(record["owner"]) if record["owner"] else None, "party": "P", "religion": "Internet",
            "last_contacted_at": iso(record["last_contact"], "%Y-%m-%dT%H:%M:%S+00:00") if record["last_contact"] else None,
            "custom_values": {slug: (record[field] if field else (record["custom"] or {}).get(slug))
                              for slug, (_, _, field) in CUSTOM.items()},
            "created_at": iso(record.created, "%Y-%m-%dT%H:%M:%S+00:00"),
            "updated_at": iso(record.changed, "%Y-%m-%dT%H:%M:%S+00:00"), "note": None}
        for i in range(4):
            attributes[f"email{i + 1}"] = emails[i] if i < len(emails) else None
        return {"id": str(record.id), "type": "signups", "attributes": attributes}

    def owner(self, number):
        owner = self.world.tables["owners"].get(number)
        return {"id": str(number), "type": "signups", "attributes": {
            "first_name": owner["given"], "last_name": owner["family"], "full_name": self.world.owner_name(number)}}

    def contact(self, record, contact):
        return {"id": str(contact_number(record, contact)), "type": "contacts", "attributes": {
            "author_id": str(record["owner"]), "broadcaster_id": None, "contact_method": METHODS[record.kind],
            "contact_status": "answered" if record["done"] else None, "content": record["subject"],
            "created_at": iso(record["at"], "%Y-%m-%dT%H:%M:%S+00:00"), "path_id": None, "path_step_id": None,
            "signup_id": str(contact)}}

    # --- lists --------------------------------------------------------------------------------------

    def asked(self, request, known):
        """(size, number, filters by (attribute, operator)) of an index; what is not known is refused."""
        size, number, filters = request.get("page[size]", "20"), request.get("page[number]", "1"), {}
        if not size.isdigit() or not 1 <= int(size) <= 100 or not number.isdigit():
            raise BadRequest("page[size] must be from 1 to 100")
        for name, value in request.query:
            if name.startswith("filter["):
                attribute, _, operator = name[7:-1].partition("][")
                if (attribute, operator or "eq") not in known:
                    raise BadRequest(f"{attribute}: filter {operator or 'eq'} is not supported")
                filters[attribute, operator or "eq"] = value
        if request.get("sort", "id") != "id":
            raise BadRequest("sort is not supported")
        return int(size), int(number), filters

    def index(self, request, rows, size, number, walk, first, included=()):
        """A page of rows: (id, JSON text). The next link is there while there are rows, as the vendor says."""
        here = rows[(number - 1) * size:number * size]
        link = f"{request.path}?page[number]={number + 1}&page[size]={size}"
        following = None
        if here or walk in self._endless:  # behind the last record there is nothing to overlap
            here, following = self.page(request, walk, here, link, first)
        links = {"self": request.target, "prev": None, "next": following if here else None}
        return Response(members(data=array(text for _, text in here), links=links, included=list(included)),
                        content_type=TYPE)

    @route("GET", "/api/v2/signups")
    def signups(self, request):
        size, number, filters = self.asked(request, {("id", "gt"), ("id", "eq"), ("updated_at", "gte")})
        since = ms_of(filters["updated_at", "gte"]) if ("updated_at", "gte") in filters else 0
        wanted = set(filters["id", "eq"].split(",")) if ("id", "eq") in filters else None
        include = [name for name in request.get("include", "").split(",") if name]
        if not set(include) <= {"signup_tags", "signup_profile", "parent", "author", "taggings", "recruiter"}:
            raise BadRequest(f"include: {include} is not supported")
        extra = request.get("extra_fields[signups]", "")
        found, _ = self.by_id("contacts", filters.get(("id", "gt")), size * number, lambda r: r.is_live and (
            r.changed >= since) and (wanted is None or str(r.id) in wanted))
        tags, owners, profiles = {}, set(), {}

        def text(record):
            def render(record):
                made = self.signup(record)
                if "primary_address" in extra:
                    made["attributes"]["primary_address"] = {
                        "city": record["city"], "country_code": record["country"], "state": None, "address1": None}
                made["relationships"] = {name: {"links": {"related": f"/api/v2/{name}?filter[signup_id]={record.id}"}}
                                         for name in ("memberships", "taggings")}
                if "signup_tags" in include:
                    made["relationships"]["signup_tags"] = {"data": [
                        {"type": "signup_tags", "id": self.tag(t)} for t in record["topics"] or ()]}
                if "parent" in include:
                    made["relationships"]["parent"] = {"data": (
                        {"type": "signups", "id": str(record["owner"])} if record["owner"] else None)}
                if "signup_profile" in include:
                    made["relationships"]["signup_profile"] = {"data": (
                        {"type": "signup_profiles", "id": str(record.id)} if record.id % 5 == 0 else None)}
                return made
            return self.wire(record, ("signup", extra, tuple(include)), render)

        for record in found[(number - 1) * size:]:
            if "signup_tags" in include:
                tags.update({self.tag(t): t for t in record["topics"] or ()})
            if "parent" in include and record["owner"]:
                owners.add(record["owner"])
            if "signup_profile" in include and record.id % 5 == 0:
                profiles[record.id] = f"https://site{record.id}.example.com/"
        included = [{"id": key, "type": "signup_tags", "attributes": {"name": t}} for key, t in sorted(tags.items())]
        included += [self.owner(n) for n in sorted(owners)]
        included += [{"id": str(n), "type": "signup_profiles", "attributes": {"bio": None, "signup_id": str(n), "website": u}}
                     for n, u in profiles.items()]
        return self.index(request, [(r.id, text(r)) for r in found], size, number, ("signups", since),
                          ("id", "gt") not in filters and number == 1, included)

    @staticmethod
    def tag(topic):
        return str(sum(topic.encode()))

    @route("GET", "/api/v2/contacts")
    def contacts(self, request):
        size, number, filters = self.asked(request, {("id", "gt"), ("created_at", "gte")})
        since = ms_of(filters["created_at", "gte"]) if ("created_at", "gte") in filters else 0
        after = int(filters.get(("id", "gt"), 0))
        version = tuple(self.world.tables[kind].version for kind in (*KINDS, "contacts"))
        if self._pages.get("logged", (None,))[0] != version:
            people = self.world.contacts().rows
            rows = [(contact_number(r, c), self.wire(r, ("contact", c), lambda r, c=c: self.contact(r, c)), r)
                    for kind in KINDS for r in self.world.tables[kind].live() for c in r["contacts"] or ()
                    if people[c].is_live]
            self._pages["logged"] = (version, sorted(rows, key=lambda row: row[0]))
        found = [row for row in self._pages["logged"][1] if row[0] > after and max(row[2]["at"], row[2].created) >= since]
        authors = sorted({row[2]["owner"] for row in found[:size * number]})
        return self.index(request, [(n, text) for n, text, _ in found[:size * number]], size, number, ("contacts", since),
                          ("id", "gt") not in filters and number == 1,
                          [self.owner(n) for n in authors] if request.get("include") == "author" else ())

    @route("GET", "/api/v2/custom_fields")
    def custom_fields(self, request):
        size, number, filters = self.asked(request, {("id", "gt")})
        after = int(filters.get(("id", "gt"), 0))
        rows = [(i + 1, members(id=str(i + 1), type="custom_fields", attributes={
            "name": label, "slug": slug, "field_type": form, "resource_type": "Signup", "options": None, "position": i,
            "created_at": "2025-10-26T10:00:00-04:00", "updated_at": "2025-10-26T10:00:00-04:00"}))
                for i, (slug, (label, form, _)) in enumerate(CUSTOM.items()) if i + 1 > after]
        return self.index(request, rows, size, number, ("custom_fields", after), True)

    @route("POST", "/oauth/token", sign_in=True)
    def token_endpoint(self, request):
        token, wrong = self.grant(request)
        if wrong:
            return Response({"error": "invalid_grant", "error_description": wrong}, 400)
        if self.rotates:  # each refresh token is good for once
            self._issued.append(self.refresh_token)
            self.refresh_token = "ref-" + token[4:24] + self.refresh_token[-20:]
        return Response({"access_token": token, "token_type": "Bearer", "expires_in": int(self.token_seconds),
                         "refresh_token": self.refresh_token, "scope": "default", "created_at": self.world.now() // 1000})
