"""The vendors that are tested: one row each. What a vendor's dialect says of itself (`can`) is not said again."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Vendor:
    """One connector for a CRM.

    name        the connector's, and the dialect's
    folder      its specifications in $COTERIE_SHARED/specs; empty: there is none to validate with
    files       the documents (OpenAPI), which are joined into one; (file, "/api/v2") where its paths lie below that
    like        path → further paths for which the document holds as well (the vendor has no other one)
    beside      patterns of paths that no document covers: they pass unchecked, and are counted
    edit        (document) → None: what Prism needs; the reason stands there
    config      keys of the connector's config beside credentials
    contacts_only  keys with which nothing but contacts is read: where only their number counts
    sign_ins    what `credentials(base_url, how)` knows
    streams     that are read
    write       what write-back is tried with: destination config, which writes the city and nothing else; empty: none
    mapping     of the source, where the connector has none of its own but `auto`
    plain       attributes of the dialect while it is validated, where a document denies what the vendor does
    """
    name: str
    folder: str = ""
    files: tuple = ()
    config: dict = dataclasses.field(default_factory=dict)
    contacts_only: dict = dataclasses.field(default_factory=dict)
    sign_ins: tuple = ("token",)
    streams: tuple = ("contacts",)
    write: dict = dataclasses.field(default_factory=dict)
    like: dict = dataclasses.field(default_factory=dict)
    beside: tuple = ()
    edit: object = None
    mapping: object = None
    plain: dict = dataclasses.field(default_factory=dict)


CITY = "4271627f4f0bef6104a95cca7bb21cda4d74503e"  # a custom field's key in Pipedrive's dialect


def for_zoho(document):
    """Prism takes OAuth for `Bearer`; Zoho's own word before the token is Zoho-oauthtoken. And what is wanted of answers
    there is not what is told of requests: 80 members of each field's description, addresses of one pattern.
    """
    components = document.get("components", {})
    for scheme in components.get("securitySchemes", {}).values():
        if scheme.get("type") == "oauth2":
            scheme.clear()
            scheme.update({"type": "apiKey", "in": "header", "name": "Authorization"})
    schemas = components.get("schemas", {})
    schemas.get("fields", {}).pop("required", None)
    schemas.get("users", {}).get("properties", {}).get("email", {}).pop("pattern", None)


def for_pipedrive(document):
    """`include_fields` is a comma separated list, says the document, and types it as one of its words."""
    for parameter in document["paths"].get("/persons", {}).get("get", {}).get("parameters", ()):
        if parameter.get("name") == "include_fields":
            parameter["schema"].pop("enum", None)


def for_dynamics365(document):
    """OData gives null where a column is empty; the third party's document does not say so."""
    for schema in document.get("components", {}).get("schemas", {}).values():
        for part in schema.get("properties", {}).values():
            if "type" in part:
                part["nullable"] = True


# A table that somebody made: the names are the simulators'.
TABLE = {
    "name.display": "Name",
    "emails": [{"address": "Email", "opted_out": "Do not contact"},
               {"address": {"from": "Other e-mails", "split": ","}, "opted_out": "Do not contact"}],
    "phones": ["Phone", "Mobile"],
    "profiles": [{"platform": "instagram", "handle": "Instagram"}, {"platform": "x", "handle": "X"}],
    "location": {"city": "City", "country": "Country"}, "topics": "Topics", "representation.agency": "Agency",
    "relationship.owner": "Owner",
    "consent.status": {"from": "Do not contact", "table": {"true": "withdrawn"}, "else": None},
}


VENDORS = {vendor.name: vendor for vendor in (
    Vendor("hubspot", "hubspot",
           ("contacts.openapi.json", "owners.openapi.json", "properties.openapi.json", "assoc.openapi.json",
            "oauth.openapi.json", "lists.openapi.json"),
           config={"lists": ["VIP"]}, contacts_only={"activities": False, "lists": []}, sign_ins=("token", "oauth"),
           streams=("contacts", "calls", "meetings", "emails", "notes", "tasks", "memberships"),
           beside=("/crm/v3/lists/search",),
           write={"fields": {"city": "{location.city}", **dict.fromkeys(
               ("firstname", "lastname", "phone", "twitterhandle", "followercount"))}},
           like={"/crm/v3/objects/contacts": tuple(
               f"/crm/v3/objects/{kind}" for kind in ("calls", "meetings", "emails", "notes", "tasks"))},
           plain={"nulls": False}),
    Vendor("pipedrive", "pipedrive", (("v2.openapi.json", "/api/v2"), ("v1.openapi.json", "/v1")),
           config={"mails": True}, contacts_only={"activities": False, "notes": False, "mails": False},
           sign_ins=("token", "oauth"), streams=("contacts", "activities", "notes", "mails"), edit=for_pipedrive,
           # Not in what is stored of the documents; the token is at another host there.
           beside=("/api/v2/activities", "/api/v2/organizations", "/v1/notes", "/oauth/token"), plain={"nulls": False},
           write={"fields": {"name": None, "custom_fields": {CITY: "{location.city}"}}}),
    Vendor("nationbuilder", "nationbuilder", ("v2.openapi.json",), contacts_only={"activities": False},
           sign_ins=("token", "oauth"), streams=("contacts", "activities"), beside=("/oauth/token",)),
    Vendor("zoho", "zoho",
           ("coql.openapi.json", "record.openapi.json", "users.openapi.json", "fields.openapi.json", "modules.openapi.json",
            "recycle_bin.openapi.json", "bulk_read.openapi.json"),
           contacts_only={"activities": False, "leads": False, "notes": False}, sign_ins=("oauth",),
           streams=("contacts", "leads", "calls", "meetings", "tasks", "notes"), beside=("/oauth/v2/token",),
           edit=for_zoho),
    Vendor("civicrm", config={"page_size": 90}, contacts_only={"activities": False, "notes": False, "page_size": 1000},
           streams=("contacts", "activities", "notes")),
    Vendor("salesforce", "salesforce",
           (("sobjects-v59.openapi.json", "/services/data/v62.0"),
            ("thirdparty/bulk-api-2.openapi.json", "/services/data/v62.0/jobs"),
            ("thirdparty/composite.openapi.json", "/services/data/v62.0")),
           sign_ins=("token", "oauth", "refresh", "jwt", "bulk"),
           streams=("contacts", "leads", "tasks", "events"),
           write={"fields": {"MailingCity": "{location.city}", "Phone": None}},
           beside=("/services/oauth2/token", r"/services/data/v62\.0/(query|queryAll|limits)(/.*)?",
                   r"/services/data/v62\.0/sobjects/\w+/describe")),
    Vendor("everyaction", "everyaction-ngpvan", ("van.community.openapi.json",),
           streams=("contacts", "history"),
           beside=("/changedEntityExportJobs(/.*)?", "/exportJobs(/.*)?", "/files/.*", "/customFields",
                   "/canvassResponses/.*", "/activistCodes")),
    Vendor("dynamics365", "dynamics365", (("thirdparty/dataverse.openapi.json", "/api/data/v9.2"),),
           sign_ins=("oauth",), edit=for_dynamics365,
           streams=("contacts", "activities", "notes"),
           beside=("/.*/oauth2/v2.0/token",
                   r"/api/data/v9\.2/(activitypointers|annotations|systemusers|teams|WhoAmI)")),
    Vendor("airtable", "airtable", ("thirdparty/airtable.openapi.json",),
           streams=("records",), mapping=TABLE,
           write={"fields": {"City": "{location.city}", "Name": "{name.display}", "Email": "{emails[0].address}"},
                  "opt_out": {"Do not contact": True}},
           # The document has no batch update; the vendor's own page has.
           beside=("PATCH /[^/]+/[^/]+",)),
    Vendor("google-sheets", "google-sheets",
           ("sheets-v4.openapi.json", ("drive-v3-files.openapi.json", "/drive/v3")),
           sign_ins=("oauth",), streams=("rows",), mapping=TABLE,
           beside=("/token",)),
    Vendor("actionnetwork", streams=("people", "taggings", "attendances", "submissions"),
           write={"fields": {"postal_addresses": [{"locality": "{location.city}"}], "given_name": None, "family_name": None}}),
)}
