"""Google Sheets API v4 and the one call of Drive that tells a version (../specs/google-sheets); a service account's sign-in."""

import base64
import json

from ..dialect import Dialect, array, members, route
from ..server import Response
from ..world import Expected

SPREADSHEET = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
HEADER = ("Nr.", "Name", "Email", "Other e-mails", "Phone", "Mobile", "Instagram", "Followers", "X", "City", "Country",
          "Topics", "Owner", "Agency", "Do not contact", "Last contact", "", "Note code", "Name")
SHEETS = ((0, "Contacts", "GRID"), (7, "O'Hara's: old & new?", "GRID"), (9, "Empty", "GRID"), (11, "Chart", "OBJECT"))


class Vendor(Dialect):
    name = "google-sheets"
    limit = (60, 60)
    says_retry_after = False
    tells_changes = ()
    can = frozenset(("oauth", "delete"))

    def credentials(self, base_url, how="oauth"):
        account = {"type": "service_account", "client_email": f"{self.client_id}@project.iam.example",
                   "private_key": self.key.pem, "private_key_id": self.client_secret, "token_uri": f"{base_url}/token"}
        return {"base_url": base_url, "drive_url": f"{base_url}/drive/v3", "spreadsheet": SPREADSHEET, "key": "Nr.",
                "service_account": json.dumps(account), "requests_per_minute": 10_000}

    def error(self, status, message):
        word = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
                429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(status, "INTERNAL")
        return Response({"error": {"code": status, "message": message, "status": word}}, status)

    @route("POST", "/token", sign_in=True)
    def sign_in(self, request):
        try:
            head = request.form().get("assertion", "").split(".")[0]
            known = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("kid") == self.client_secret
        except ValueError:
            known = False
        token, wrong = self.grant(request) if known else (None, "Invalid JWT Signature.")
        if wrong:
            return Response({"error": "invalid_grant", "error_description": wrong}, 400)
        return Response({"access_token": token, "expires_in": int(self.token_seconds), "token_type": "Bearer"})

    @route("GET", "/v4/spreadsheets/{spreadsheet}")
    def spreadsheet(self, request, spreadsheet):
        if spreadsheet != SPREADSHEET:
            return self.error(404, "Requested entity was not found.")
        return Response({"sheets": [{"properties": {"sheetId": number, "title": title, "sheetType": kind}}
                                    for number, title, kind in SHEETS]})

    @route("GET", "/v4/spreadsheets/{spreadsheet}/values/{area}")
    def values(self, request, spreadsheet, area):
        if spreadsheet != SPREADSHEET:
            return self.error(404, "Requested entity was not found.")
        if area.startswith("'") and area.endswith("'"):
            area = area[1:-1].replace("''", "'")
        if area not in [title for _, title, kind in SHEETS if kind == "GRID"]:
            return self.error(400, f"Unable to parse range: {area}")
        head = {"range": f"'{area}'!A1:Z1000", "majorDimension": "ROWS"}
        if area == "Empty":
            return Response(head)  # no values: no member
        if area != "Contacts":
            return Response({**head, "values": [["Nr.", "Name"]]})
        rows = [json.dumps(HEADER, ensure_ascii=False).encode()]
        rows += [self.wire(record, "row", self.row) for record in self.world.contacts().live()]
        rows.insert(1 + len(rows) // 2, b"[]")  # somebody left a line free
        return Response(members(**head, values=array(rows)))

    @route("GET", "/drive/v3/files/{spreadsheet}")
    def file(self, request, spreadsheet):
        if spreadsheet != SPREADSHEET:
            return self.error(404, f"File not found: {spreadsheet}.")
        return Response({"version": str(100 + self.world.contacts().version)})

    def row(self, record):
        company = self.world.tables["companies"].get(record["company"])
        cells = [str(record.id), f"{record['given']} {record['family']}", record["email"], ", ".join(record["emails_extra"] or ()),
                 record["phone"], record["mobile"], record["instagram"], f"{record['followers']:,}" if record["followers"] else "",
                 record["twitter"], record["city"], record["country"], ", ".join(record["topics"] or ()),
                 self.world.owner_name(record["owner"]), company["name"] if company else "",
                 "TRUE" if record["opted_out"] else "", "", "stray" if record.id % 50 == 0 else "",
                 (record["custom"] or {}).get("note_code"), "again" if record.id % 90 == 0 else ""]
        cells = [cell or "" for cell in cells]
        while cells and not cells[-1]:
            cells.pop()  # as the API does
        return json.dumps(cells, ensure_ascii=False).encode()

    def expected(self):
        expected = Expected.of(self.world, contact_id="0:{}".format, activities=())
        expected.streams = {"rows": expected.streams["contacts"]}
        return expected
