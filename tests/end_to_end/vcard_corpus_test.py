"""Every vCard of the shared corpus against an independent reader.

python-vobject reads the same files; where it fails or reads against the standard, what is right was
written down here by hand. Prints the outcome file by file.
"""

import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.workspace import ROOT, Workspace

# Debian's package serves an interpreter of another origin as well.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import vobject
except ImportError:
    vobject = None

DATA = pathlib.Path(os.environ.get("COTERIE_SHARED", ROOT.parent / "shared")) / "data"
FOLDERS = ("vcards-ez-vcard", "crm-exports/thunderbird")
CARDS = {"John_Doe_ANDROID.vcf": 6, "gmail-list.vcf": 3, "rfc2426-example.vcf": 2,
         "basic_vcard_addressbook.vcf": 2, "emptylines_vcard_addressbook.vcf": 2, "export.vcf": 2}

def line_of(name):
    """Takes what stands in the file behind NAME: on one line."""
    return lambda text: re.findall(f"(?m)^{name}:(.*)$", text)


# What is right where vobject is not, by file, card and field; and why.
BY_HAND = {
    ("John_Doe_GMAIL.vcf", 0, "formatted"): (
        ["Mr. John Richter, James Doe Sr."], "FN is one text, a comma does not end it"),
    ("John_Doe_MS_OUTLOOK.vcf", 0, "notes"): (
        line_of("NOTE"), "NOTE is one text, a comma does not end it"),
    ("John_Doe_MS_OUTLOOK.vcf", 0, "name"): (
        ["Doe|John|Richter,James|Mr.|Sr."], "in 2.1 a comma separates nothing"),
}
# Cards that vobject cannot read at all, told by hand.
UNREADABLE = {
    "John_Doe_LOTUS_NOTES.vcf": [{
        "formatted": ["Mr. Doe John I Johny"],
        "name": ["Doe|John|Johny|Mr.|I"],
        "nicknames": ["Johny,JayJay"],
        "emails": ["john.doe@ibm.com", "billy_bob@gmail.com"],
        "phones": ["+1 (212) 204-34456", "00-1-212-555-7777"],
        "urls": ["http://www.sun.com"],
        "addresses": ["||25334 South cresent drive Building 5 3rd floo r|New York|New York|"
                      "NYC887|U.S.A."],
        "organizations": ["IBM|SUN"],
        "titles": ["Generic Accountant"],
        "roles": ["Counting Money"],
        "birthday": ["1980-05-21"],
        "uid": ["0e7602cc-443e-4b82-b4b1-90f62f99a199"],
        "categories": [],
        "revision": [],
    }],
}
ADDRESS = ("po_box", "extended", "street", "city", "region", "postal_code", "country")
NAME = ("family", "given", "additional", "prefixes", "suffixes")


def squeezed(text):
    """One blank for any, none around parts."""
    return re.sub(r" ?\| ?", "|", re.sub(r"\s+", " ", text)).strip()


def text_of(path):
    return path.read_bytes().decode("utf-8").replace("\r\r\n", "\n").replace("\r\n", "\n")


def comparable(fields):
    """Sorted, without what is empty in all its parts."""
    # vobject takes the commas of an address for separators.
    fields["addresses"] = [text.replace(",", " ") for text in fields["addresses"]]
    return {field: sorted(text for text in map(squeezed, values) if text.strip("|"))
            for field, values in fields.items()}


def listed(value):
    return value if isinstance(value, (list, tuple)) else [value]


def ours(fields):
    """A record of the plugin as lists of comparable texts."""
    name = fields.get("name", {})
    organizations = fields.get("organizations", [])
    # A card without a name bears its organization's.
    formatted = [] if fields.get("kind") == "org" else [name.get("formatted", "")]
    out = {
        "formatted": formatted,
        "name": ["|".join(name.get(part, "") for part in NAME)],
        "nicknames": [",".join(fields.get("nicknames", []))],
        "emails": [email["address"] for email in fields.get("emails", [])],
        "phones": [phone["number"] + (";ext=" + phone["extension"] if "extension" in phone else "")
                   for kind in ("phones", "faxes", "pagers") for phone in fields.get(kind, [])],
        "urls": [url["url"] for url in fields.get("urls", [])],
        "addresses": ["|".join(address.get(part, "") for part in ADDRESS)
                      for address in fields.get("addresses", [])],
        "organizations": ["|".join([one.get("name", "")] + one.get("units", []))
                          for one in organizations],
        "titles": fields.get("titles", []),
        "roles": fields.get("roles", []),
        "notes": fields.get("notes", []),
        "categories": [",".join(fields.get("categories", []))],
        "birthday": [fields.get("birthday", "")],
        "uid": [fields.get("uid", "")],
        "revision": [re.sub(r"[-:]", "", fields.get("revision", ""))],
    }
    return comparable(out)


def theirs(card):
    """The same of a card that vobject has read."""
    def values(name):
        return [line.value for line in card.contents.get(name, [])]

    def texts(name):
        # It leaves \\: as it is, which Apple and Google write for a colon.
        return [",".join(map(str, listed(value))).replace("\\:", ":") for value in values(name)]

    def parts(value, names):
        return "|".join(" ".join(filter(None, listed(getattr(value, name)))) for name in names)

    out = {
        "formatted": texts("fn")[:1],
        "name": [parts(value, ("family", "given", "additional", "prefix", "suffix"))
                 for value in values("n")][:1],
        "nicknames": [",".join(texts("nickname"))],
        "emails": texts("email"),
        "phones": [re.sub("^tel:", "", text) for text in texts("tel")],
        "urls": texts("url"),
        "addresses": [parts(value, ("box", "extended", "street", "city", "region", "code",
                                    "country")) for value in values("adr")],
        "organizations": ["|".join(",".join(listed(part)) for part in listed(value))
                          for value in values("org")],
        "titles": texts("title"),
        "roles": texts("role"),
        "notes": texts("note"),
        "categories": [",".join(texts("categories"))],
        "birthday": texts("bday")[:1],
        "uid": texts("uid"),
        "revision": [re.sub(r"[-:]", "", text) for text in texts("rev")],
    }
    return comparable(out)


def readable(text):
    """What vobject gives up on: cut photos, which are no part of a record, and a byte that is no
    UTF-8 as quoted-printable, put as the sign that stands for one."""
    text = re.sub(r"(?im)^(?:PHOTO|LOGO|KEY)[;:].*\n(?:[ \t].*\n)*\n*", "", text)
    return re.sub(r"(?m)^=80$", "=EF=BF=BD", text)


class VcardCorpus(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace(self)

    def read(self, path):
        """The plugin's records of one file, and what it quarantined."""
        self.workspace.config({"book": {"connector": "vcard",
                                           "config": {"location": str(path)}}})
        seen = self.workspace.succeed("preview", "book", "--records", "1000", "--json").json()
        records = [{field["from"]: field["raw"] for field in record["fields"]
                    if "." not in field["from"] and "[" not in field["from"]}
                   for record in seen["records"]]
        return records, seen["quarantined"]

    def expected(self, path):
        return [theirs(card) for card in
                vobject.readComponents(readable(text_of(path)), allowQP=True)]

    def test_each_file_reads_as_another_reader_does(self):
        if not DATA.is_dir():
            self.skipTest("shared data is missing")
        if vobject is None:
            self.fail("python3-vobject is not installed: tools/setup installs it")
        files = sorted(path for folder in FOLDERS for path in (DATA / folder).glob("*.vcf"))
        self.assertEqual(len(files), 22)
        cards = compared = by_hand = 0
        for path in files:
            records, quarantined = self.read(path)
            self.assertEqual(quarantined, [], path.name)
            self.assertEqual(len(records), CARDS.get(path.name, 1), path.name)
            told = UNREADABLE.get(path.name)
            expected = told or self.expected(path)
            self.assertEqual(len(expected), len(records), path.name)
            settled = []
            for number, (record, right) in enumerate(zip(records, expected)):
                found = ours(record)
                for field, values in right.items():
                    key = (path.name, number, field)
                    if key in BY_HAND:
                        values, why = BY_HAND[key]
                        values = values(text_of(path)) if callable(values) else values
                        settled.append(f"{field}: {why}")
                        by_hand += 1
                    with self.subTest(file=path.name, card=number, field=field):
                        self.assertEqual(found[field], sorted(map(squeezed, values)))
                    compared += 1
                self.assertNotRegex(json.dumps(record), r"[A-Za-z+/][A-Za-z0-9+/]{150}",
                                    "a binary value in the record")
            cards += len(records)
            how = "by hand" if told else "as vobject"
            print(f"{path.name:60} {len(records)} cards  {how}"
                  + "".join(f"; {one}" for one in settled), flush=True)
        print(f"{len(files)} files, {cards} cards, {compared} fields compared, {by_hand} of them "
              "settled by hand", flush=True)
        self.assertEqual(cards, 33)


if __name__ == "__main__":
    unittest.main()
