"""The vendors that are tested: one row each. What a vendor's dialect says of itself (`can`) is not said again."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Vendor:
    """One connector for a CRM.

    name        the connector's, and the dialect's
    folder      its specifications in $COTERIE_SHARED/specs; empty: there is none to validate with
    files       the documents (OpenAPI); they are joined into one
    config      keys of the connector's config beside credentials
    sign_ins    what `credentials(base_url, how)` knows
    streams     that are read
    write       what write-back is tried with: destination config; empty: none
    written     neutral field of the world → golden field that write-back brings there
    base_path   path below which the document's paths lie at the vendor's, if base_url has it
    """
    name: str
    folder: str = ""
    files: tuple = ()
    config: dict = dataclasses.field(default_factory=dict)
    sign_ins: tuple = ("token",)
    streams: tuple = ("contacts",)
    write: dict = dataclasses.field(default_factory=dict)
    written: dict = dataclasses.field(default_factory=dict)
    base_path: str = ""


VENDORS = {vendor.name: vendor for vendor in (
    Vendor("hubspot", "hubspot",
           ("contacts.openapi.json", "owners.openapi.json", "properties.openapi.json", "assoc.openapi.json",
            "oauth.openapi.json", "lists.openapi.json"),
           sign_ins=("token", "oauth"),
           streams=("contacts", "calls", "meetings", "emails", "notes", "tasks"),
           write={"fields": {"city": "{location.city}", "phone": "{phones[0].e164}"}},
           written={"city": "/location/city"}),
    Vendor("pipedrive", "pipedrive", ("v2.openapi.json", "v1.openapi.json"), sign_ins=("token", "oauth"),
           streams=("contacts", "activities", "notes"),
           write={"fields": {"name": "{name.display}"}}, written={"family": "/name/display"}),
    Vendor("nationbuilder", "nationbuilder", ("v2.openapi.json",), sign_ins=("token", "oauth"),
           streams=("contacts", "activities")),
    Vendor("zoho", "zoho",
           ("coql.openapi.json", "record.openapi.json", "users.openapi.json", "fields.openapi.json", "modules.openapi.json",
            "recycle_bin.openapi.json", "bulk_read.openapi.json"),
           sign_ins=("oauth",), streams=("contacts", "calls", "meetings", "tasks")),
    Vendor("civicrm", streams=("contacts", "activities", "notes")),
)}
