"""CiviCRM APIv4 over HTTP: Entity/get with select, where, orderBy, limit. No specification is published; entities and
fields are those of CiviCRM's own source."""

import datetime
import json
import zoneinfo

from ..dialect import Dialect, array, members, ms_of, route
from ..server import BadRequest, Response
from ..world import TOPICS, Expected

TYPES = {"calls": "Phone Call", "meetings": "Meeting", "emails": "Email", "tasks": "Follow up"}
KINDS = tuple(TYPES)
CUSTOM = {"Influencer.Instagram": "instagram", "Influencer.Followers": "followers", "Influencer.Twitter": "twitter",
          "Influencer.Note_code": None, "Influencer.Niche": "topics"}
OPTIONS = {topic: str(i + 1) for i, topic in enumerate(TOPICS)}
OPERATORS = {"=": lambda a, b: a == b, ">": lambda a, b: a is not None and a > b, ">=": lambda a, b: a is not None and a >= b,
             "<": lambda a, b: a is not None and a < b, "IN": lambda a, b: a in b, "!=": lambda a, b: a != b}


ZONE = zoneinfo.ZoneInfo("Europe/Copenhagen")  # the site's: times have none on the wire


def local(ms, form="%Y-%m-%d %H:%M:%S"):
    return datetime.datetime.fromtimestamp(ms // 1000, ZONE).strftime(form)


def ms_of_local(text):
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def number_of(record):
    return record.id * 10 + KINDS.index(record.kind)


def note_number(record, contact):
    return record.id * 10_000_000 + contact


class Vendor(Dialect):
    name = "civicrm"
    limit = (1000, 1)
    tells_deletions = False  # of notes, and of what is deleted for good; contacts and activities lie in the trash
    tells_winners = True
    can = frozenset(("merge", "delete", "activities"))

    def credentials(self, base_url, how="token"):
        return {"base_url": base_url, "api_key": self.token}

    def authorize(self, request):
        if request.headers.get("x-civi-auth") != "Bearer " + self.token:
            return Response(b"HTTP 401 Invalid credential", 401, {"Content-Type": "text/plain"})
        if request.headers.get("x-requested-with") != "XMLHttpRequest":
            return self.error(400, "SECURITY ALERT: Ajax requests can only be issued by javascript clients")
        return None

    def error(self, status, message, **details):
        return Response({"error_code": 1, "error_message": message, "status": status, **details}, status)

    def expected(self):
        def activity_id(id, contact, kind):
            if kind == "notes":
                return str(id * 10_000_000 + int(contact))
            return f"{id * 10 + KINDS.index(kind)}:{contact}"
        made = Expected.of(
            self.world, activities=("calls", "meetings", "emails", "notes"), activity_id=activity_id,
            stream_of=lambda kind: "activities" if kind in TYPES else kind,
            counts=lambda r: r.kind == "notes" or bool(r["done"]))
        for person in made.people.values():
            del person["owner"]  # CiviCRM knows none
        return made

    # --- rows: (id, its values) ---------------------------------------------------------------------

    def contact(self, r):
        values = {
            "id": r.id, "contact_type": "Individual", "contact_sub_type": None, "do_not_email": bool(r["opted_out"]),
            "do_not_phone": False, "do_not_mail": False, "do_not_sms": False, "do_not_trade": False, "is_opt_out": False,
            "display_name": " ".join(n for n in (r["given"], r["family"]) if n), "sort_name": f"{r['family']}, {r['given']}",
            "first_name": r["given"], "last_name": r["family"], "nick_name": None, "hash": f"{r.id:032x}", "api_key": None,
            "image_URL": "", "preferred_language": "da_DK", "job_title": None, "employer_id": r["company"],
            "is_deleted": not r.is_live, "is_deceased": False, "created_date": local(r.created),
            "modified_date": local(r.changed), "external_identifier": None}
        company = self.world.tables["companies"].get(r["company"])
        values["employer_id.display_name"] = company["name"] if company else None
        values["preferred_communication_method:name"] = None
        for name, field in CUSTOM.items():
            values[name] = r[field] if field else (r["custom"] or {}).get("note_code")
        values["Influencer.Niche"] = [OPTIONS[t] for t in r["topics"] or ()] or None
        return values

    def activity(self, r):
        return {"id": number_of(r), "subject": r["subject"], "details": f"<p>{r['body']}</p>",
                "activity_date_time": local(r["at"]), "modified_date": local(r.changed), "is_deleted": not r.is_live,
                "activity_type_id:name": TYPES[r.kind], "status_id:name": "Completed" if r["done"] else "Scheduled"}

    def note(self, r, contact):
        return {"id": note_number(r, contact), "entity_table": "civicrm_contact", "entity_id": contact, "subject": r["subject"],
                "note": r["body"], "note_date": local(r["at"]), "modified_date": local(r.changed, "%Y-%m-%d"),
                "contact_id.display_name": self.world.owner_name(r["owner"])}

    def about(self, entity, contact):
        """Rows of an entity that belongs to a contact."""
        r = self.world.contacts().rows[contact]
        home = {"contact_id": contact, "location_type_id:name": "Main"}
        if entity == "Email":
            emails = [e for e in [r["email"], *(r["emails_extra"] or [])] if e]
            return [{**home, "email": e, "is_primary": i == 0, "on_hold": 0} for i, e in enumerate(emails)]
        if entity == "Phone":
            phones = [p for p in (r["phone"], r["mobile"]) if p]
            return [{**home, "phone": p, "is_primary": i == 0, "phone_type_id:name": "Phone"} for i, p in enumerate(phones)]
        if entity == "Website":
            return [{"contact_id": contact, "url": f"https://www.instagram.com/{r['instagram']}",
                     "website_type_id:name": "Instagram"}] if r["instagram"] else []
        if entity == "Address":
            return [{"contact_id": contact, "city": r["city"], "state_province_id:label": None, "country_id:name": r["country"],
                     "is_primary": True}] if r["city"] else []
        if entity == "EntityTag":
            return [{"entity_table": "civicrm_contact", "entity_id": contact, "tag_id:label": t} for t in r["topics"] or ()]
        return []

    def logged(self):
        """Activities by their ids."""
        version = tuple(self.world.tables[kind].version for kind in KINDS)
        if self._pages.get("logged", (None,))[0] != version:
            rows = sorted((r for kind in KINDS for r in self.world.tables[kind].after()), key=number_of)
            self._pages["logged"] = (version, rows)
        return self._pages["logged"][1]

    # --- the API ------------------------------------------------------------------------------------

    @staticmethod
    def test(where, values):
        for field, operator, value in where:
            if field not in values:
                raise BadRequest(f"Invalid field '{field}'")
            here = values[field]
            if isinstance(value, str) and str(field).endswith("_date") and here is not None:
                here, value = ms_of_local(here), ms_of(value) if "Z" in value else ms_of_local(value)
            elif isinstance(here, int) and not isinstance(here, bool) and isinstance(value, str):
                value = int(value)
            if operator not in OPERATORS:
                raise BadRequest(f"Invalid operator '{operator}'")
            if not OPERATORS[operator](here, value):
                return False
        return True

    @route("POST", "/civicrm/ajax/api4/{entity}/{action}")
    def call(self, request, entity, action):
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise BadRequest("no form")
        try:
            params = json.loads(request.form().get("params", "{}"))
        except ValueError:
            raise BadRequest("params is no JSON") from None
        if not set(params) <= {"select", "where", "orderBy", "limit", "offset", "loadOptions", "join"}:
            raise BadRequest(f"Unknown api parameter: {sorted(params)}")
        if (entity, action) == ("Contact", "getFields"):
            rows = [{"name": n, "label": n.split(".")[1], "options": [
                {"id": i, "label": t} for t, i in OPTIONS.items()] if n == "Influencer.Niche" else False} for n in CUSTOM]
            return self.answer_of([json.dumps(row).encode() for row in rows])
        if action != "get":
            return self.error(403, f"Authorization failed: {entity}::{action}")
        where = params.get("where", [])
        if any(not isinstance(c, list) or len(c) < 2 for c in where):
            raise BadRequest("where: a list of [field, operator, value]")
        select, limit = params.get("select") or ["*"], int(params.get("limit") or 0)
        if "join" in params:
            return self.merges(request, entity, where, select, limit, params["join"])
        if entity in ("Contact", "Activity", "Note"):
            return self.walked(request, entity, where, select, limit)
        return self.related(entity, where, select)

    def walked(self, request, entity, where, select, limit):
        # A field with a default is compared with it unless it is asked for.
        if entity != "Note" and not any(c[0] == "is_deleted" or c[:2] in (["id", "="], ["id", "IN"]) for c in where):
            where = [*where, ["is_deleted", "=", False]]
        after = max((int(c[2]) for c in where if c[:2] == ["id", ">"]), default=0)
        rest = [c for c in where if c[:2] != ["id", ">"]]
        if entity == "Contact":
            rows = ((r.id, r, self.contact, None) for r in self.world.contacts().after(after))
        elif entity == "Activity":
            rows = ((number_of(r), r, self.activity, None) for r in self.logged() if number_of(r) > after)
        else:
            people = self.world.contacts().rows
            rows = sorted(((note_number(r, c), r, lambda r, c=c: self.note(r, c), c) for r in self.world.tables["notes"].live()
                           for c in r["contacts"] or () if people[c].is_live and note_number(r, c) > after), key=lambda x: x[0])
        if select == ["row_count"]:
            return Response({"values": [], "count": sum(self.test(rest, values(r)) for _, r, values, _ in rows)})
        found = []
        for number, record, values, contact in rows:
            made = values(record)
            if self.test(rest, made):
                found.append((number, record, made, contact))
                if limit and len(found) == limit:
                    break
        found, following = self.page(request, (entity, json.dumps(rest)), found, len(found) if len(found) == limit else None,
                                     after == 0)
        return self.answer_of([self.wire(record, (entity, contact, *select), lambda _, made=made: self.selected(made, select))
                               for _, record, made, contact in found])

    def merges(self, request, entity, where, select, limit, joins):
        """The activities "Contact Deleted by Merge" with whom they are on, and whom their parents are on."""
        if entity != "Activity" or sorted(join[:2] for join in joins) != [
                ["ActivityContact AS loser", "INNER"], ["ActivityContact AS winner", "INNER"]]:
            raise BadRequest(f"join: {joins}")
        for join in joins:
            if ["%s.record_type_id:name" % join[0].split()[-1], "=", "'Activity Targets'"] not in join:
                raise BadRequest(f"join: no targets in {join}")
        if ["activity_type_id:name", "=", "Contact Deleted by Merge"] not in where:
            raise BadRequest(f"where: {where}")
        after = max((int(c[2]) for c in where if c[:2] == ["id", ">"]), default=0)
        contacts, rows = self.world.contacts().rows, []
        for loser in self.world.contacts().after():
            number, winner = 1_000_000_000 + loser.id, loser
            if loser.merged_into is None or number <= after:
                continue
            while winner.merged_into is not None:  # the activity moved on with its contact
                winner = contacts[winner.merged_into]
            rows.append({"id": number, "loser.contact_id": loser.id, "winner.contact_id": winner.id})
            if len(rows) == limit:
                break
        rows, _ = self.page(request, "merges", rows, len(rows) if len(rows) == limit else None, after == 0)
        return self.answer_of([json.dumps({name: row[name] for name in select}).encode() for row in rows])

    @staticmethod
    def selected(values, select):
        made = {"id": values["id"]} if "id" in values else {}
        for name in select:
            if name == "*":
                made.update((k, v) for k, v in values.items() if "." not in k and ":" not in k)
            elif name == "custom.*":
                made.update((k, v) for k, v in values.items() if k in CUSTOM)
            elif name in values:
                made[name] = values[name]
            else:
                raise BadRequest(f"Invalid field '{name}'")
        return made

    def related(self, entity, where, select):
        key = {"EntityTag": "entity_id", "ActivityContact": "activity_id"}.get(entity, "contact_id")
        wanted = next((c[2] for c in where if c[:2] == [key, "IN"]), None)
        if not isinstance(wanted, list) or entity not in (
                "Email", "Phone", "Website", "Address", "EntityTag", "GroupContact", "ActivityContact"):
            raise BadRequest(f"{entity}: {where}")
        rows = []
        if entity == "ActivityContact":
            numbers = {int(n) for n in wanted}
            record_type = next((c[2] for c in where if c[0] == "record_type_id:name"), None)
            for n in sorted(numbers):
                record = self.world.tables[KINDS[n % 10]].get(n // 10) if n % 10 < len(KINDS) else None
                if record is None:
                    continue
                if record_type == "Activity Targets":
                    rows += [{"activity_id": n, "contact_id": c} for c in record["contacts"] or ()]
                else:
                    rows.append({"activity_id": n, "contact_id": record["owner"],
                                 "contact_id.display_name": self.world.owner_name(record["owner"])})
        else:
            for n in wanted:
                if int(n) in self.world.contacts().rows:
                    rows += self.about(entity, int(n))
        return self.answer_of([json.dumps({name: row.get(name) for name in select}, ensure_ascii=False).encode() for row in rows])

    @staticmethod
    def answer_of(rows):
        return Response(members(values=array(rows), version=4, count=len(rows), countFetched=len(rows)))
