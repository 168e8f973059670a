"""Records cut out of recorded real answers become influencer records: valid ones, with the values written down by hand
beside each in samples/VENDOR/*.json. The recordings are read where they lie, in $COTERIE_SHARED/specs, and each of them
is in a sample or in samples/without_people.json, which says why it holds nobody.

A file of samples/:
  sample    the recording, below specs/
  remark    what else is to be known (not read)
  replace   {text: text}: replaced in the recording before it is read, where whoever recorded it left placeholders
  mapping   of the source, `auto` or a mapping; default: the connector's own
  country   of the source; default: the workspace's
  records   JSON Pointer to a record, or to records: `*` stands for all elements. Or a list of such
  rows      true: `records` is a table's rows, the first of which has the headers, and a row's id is its number, from 1
  where     {pointer: value}: of these only records with that value
  id        pointer to the record's id
  id_match  what of it is the id, a regular expression
  record    pointer to what of it is handed over, where that is not the whole
  flatten   {pointer: member}: each member of the object there is replaced by its own member of that name
  drop      members that whoever recorded it added
  take      {member: pointer}: members that are from elsewhere in the recording
  wrap      the record becomes the member of this name
  add       members that the connector adds to a record
  parts     a list of the keys `records` to `add`, instead of them, where records of several kinds belong together
  expected  id → influencer record, without `custom` and what each has (id, sources, provenance, times, revision)
  custom    id → values that must stand under custom (optional)
  quarantined  ids that become no influencer record (optional)
  held      true: the program sees that the table is not one of people, and takes nothing of it
"""

import json
import pathlib
import re
import unittest

from nights import HERE, SHARED, chosen_vendors
from tests.support.workspace import ROOT, Workspace, schema

SAMPLES = sorted((HERE / "samples").glob("*/*.json"))
EVERY = {"id", "sources", "provenance", "created_at", "updated_at", "revision", "custom"}


def found(document, pointer):
    """All that a pointer with `*` leads to."""
    nodes = [document]
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        following = []
        for node in nodes:
            if token == "*":
                following += list(node.values()) if isinstance(node, dict) else list(node)
            elif isinstance(node, list):
                following += [node[int(token)]] if int(token) < len(node) else []
            elif isinstance(node, dict) and token in node:
                following.append(node[token])
        nodes = following
    return nodes


def load(path, replaced):
    """A recording: JSON, or JSON Lines."""
    text = path.read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def rows_of(table):
    """(number, record) of each row below the headers, as plugins/google-sheets/README.md says."""
    names = []
    for number, header in enumerate(table[0], 1):
        name = unique = header or f"column {number}"
        count = 1
        while unique in names:
            count += 1
            unique = f"{name} ({count})"
        names.append(unique)
    for number, cells in enumerate(table[1:], 2):
        names += [f"column {n}" for n in range(len(names) + 1, len(cells) + 1)]
        row = {name: cell for name, cell in zip(names, cells) if cell != ""}
        if row:
            yield str(number), row


def records_of(part, document):
    """id → record, as the connector would hand it over."""
    made = {}
    pointers = part.get("records", "")
    for node in sum((found(document, p) for p in ([pointers] if isinstance(pointers, str) else pointers)), []):
        if part.get("rows"):
            made.update((number, {**row, "_sample_id": number}) for number, row in rows_of(node))
            continue
        if not isinstance(node, dict):
            continue  # an answer that is no record: "SUCCESS"
        if any(found(node, pointer) != [value] for pointer, value in part.get("where", {}).items()):
            continue
        record = json.loads(json.dumps(node))
        for member, pointer in part.get("take", {}).items():
            record[member] = found(document, pointer)[0]
        name = str(found(record, part["id"])[0])
        if "id_match" in part:
            name = re.search(part["id_match"], name).group()
        record = found(record, part.get("record", ""))[0]
        for pointer, member in part.get("flatten", {}).items():
            for above in found(record, pointer):
                for key, value in above.items():
                    above[key] = value.get(member) if isinstance(value, dict) else value
        for member in part.get("drop", ()):
            record.pop(member, None)
        if "wrap" in part:
            record = {part["wrap"]: record}
        made[name] = {**record, **part.get("add", {}), "_sample_id": name}
    return made


def recorded():
    """Vendor → its recordings, below specs/."""
    specs = SHARED / "specs"
    folders = {vendor.name: specs / (vendor.folder or vendor.name) / "samples" for vendor in chosen_vendors()}
    return {name: {str(path.relative_to(specs)) for path in folder.glob("*") if path.is_file()}
            for name, folder in folders.items() if folder.is_dir()}


class Samples(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if not (SHARED / "specs").is_dir():
            self.skipTest(f"no recordings: {SHARED / 'specs'} is not there")

    def test_recorded_answers_become_valid_influencer_records(self):
        vendors = {vendor.name for vendor in chosen_vendors()}
        count = 0
        for path in SAMPLES:
            if path.parent.name in vendors:
                with self.subTest(sample=str(path.relative_to(HERE))):
                    count += self.sample(path)
        print(f"{count} records", flush=True)
        self.assertGreater(count, 0)

    def test_every_recording_is_in_a_sample_or_holds_nobody(self):
        without = json.loads((HERE / "samples" / "without_people.json").read_text(encoding="utf-8"))
        print(f"{'vendor':<16}{'recordings':>12}{'in samples':>12}{'samples':>10}{'without people':>16}")
        for vendor, recordings in recorded().items():
            samples = [json.loads(path.read_text(encoding="utf-8"))["sample"]
                       for path in SAMPLES if path.parent.name == vendor]
            sampled, nobody = set(samples), recordings & set(without)
            print(f"{vendor:<16}{len(recordings):>12}{len(sampled):>12}{len(samples):>10}{len(nobody):>16}", flush=True)
            with self.subTest(vendor=vendor):
                self.assertEqual(sampled & nobody, set(), "in a sample, and said to hold nobody")
                self.assertEqual(recordings - sampled - nobody, set(), "neither in a sample nor said to hold nobody")
                self.assertEqual(sampled - recordings, set(), "not there")
        self.assertEqual([name for name in without if not (SHARED / "specs" / name).is_file()], [], "not there")

    def sample(self, path):
        import jsonschema
        vendor, sample = path.parent.name, json.loads(path.read_text(encoding="utf-8"))
        document = load(SHARED / "specs" / sample["sample"], sample.get("replace", {}))
        records = {}
        for part in sample.get("parts", [sample]):
            records.update(records_of(part, document))
        expected, quarantined = sample.get("expected", {}), sample.get("quarantined", [])
        held = sample.get("held", False)
        if not held:
            self.assertEqual(set(records), set(expected) | set(quarantined), "ids in the recording")
        workspace = Workspace(self)
        workspace.jsonl("sample.jsonl", records.values())
        source = {"connector": "jsonl", "config": {"location": "sample.jsonl", "key": "_sample_id"},
                  "mapping": sample.get("mapping", str(ROOT / "plugins" / vendor / "mapping.yaml"))}
        if "country" in sample:
            source["country"] = sample["country"]
        workspace.config({"crm": source})
        summary = workspace.run(code=1 if held else 0)
        self.assertEqual(summary["sources"][0]["state"] == "held", held, summary)
        self.assertEqual(summary["sources"][0]["quarantined"], len(quarantined), workspace.export("quarantine"))
        checker = jsonschema.Draft202012Validator(schema("influencer-record.schema.json"))
        made = {}
        for golden in workspace.export():
            self.assertEqual([fault.message for fault in checker.iter_errors(golden)], [])
            for source in golden["sources"]:
                made[source["record_id"]] = golden
        if held:
            self.assertEqual(made, {}, "of a source that is held")
        for name, wanted in expected.items():
            self.assertIn(name, made, "a record in no golden record")
            self.assertEqual({k: v for k, v in made[name].items() if k not in EVERY}, wanted, f"record {name}")
        for name, wanted in sample.get("custom", {}).items():
            custom = made[name].get("custom", {}).get("crm", {})
            self.assertEqual({key: custom.get(key) for key in wanted}, wanted, f"custom of {name}")
        return len(records)


if __name__ == "__main__":
    unittest.main(verbosity=2)
