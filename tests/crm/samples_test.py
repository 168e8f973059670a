"""Records cut out of recorded real answers become influencer records: valid ones, with the values written down by hand
beside each in samples/VENDOR/*.json. The recordings are read where they lie, in $COTERIE_SHARED/specs.

A file of samples/:
  sample    the recording, below specs/
  records   JSON Pointer to a record, or to records: `*` stands for all elements
  where     {pointer: value}: of these only records with that value
  id        pointer to the record's id
  flatten   {pointer: member}: each member of the object there is replaced by its own member of that name
  wrap      the record becomes the member of this name
  add       members that the connector adds to a record
  expected  id → influencer record, without what every record has (id, sources, provenance, times, revision) and `custom`
  custom    id → values that must stand under custom (optional)
  quarantined  ids that become no influencer record (optional)
"""

import json
import pathlib
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


def load(path):
    """A recording: JSON, or JSON Lines."""
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def records_of(sample, document):
    """id → record, as the connector would hand it over."""
    made = {}
    for record in found(document, sample.get("records", "")):
        if not isinstance(record, dict):
            continue  # an answer that is no record: "SUCCESS"
        if any(found(record, pointer) != [value] for pointer, value in sample.get("where", {}).items()):
            continue
        record = json.loads(json.dumps(record))
        name = str(found(record, sample["id"])[0])
        for pointer, member in sample.get("flatten", {}).items():
            for node in found(record, pointer):
                for key, value in node.items():
                    node[key] = value.get(member) if isinstance(value, dict) else value
        if "wrap" in sample:
            record = {sample["wrap"]: record}
        made[name] = {**record, **sample.get("add", {}), "_sample_id": name}
    return made


class Samples(unittest.TestCase):
    maxDiff = None

    def test_recorded_answers_become_valid_influencer_records(self):
        if not (SHARED / "specs").is_dir():
            self.skipTest(f"no recordings: {SHARED / 'specs'} is not there")
        vendors = {vendor.name for vendor in chosen_vendors()}
        count = 0
        for path in SAMPLES:
            if path.parent.name in vendors:
                with self.subTest(sample=str(path.relative_to(HERE))):
                    count += self.sample(path)
        print(f"{count} records out of {len(SAMPLES)} recordings", flush=True)
        self.assertGreater(count, 0)

    def sample(self, path):
        import jsonschema
        vendor, sample = path.parent.name, json.loads(path.read_text(encoding="utf-8"))
        recording = SHARED / "specs" / sample["sample"]
        if not recording.is_file():
            self.skipTest(f"{recording} is not there")
        records = records_of(sample, load(recording))
        expected = sample["expected"]
        self.assertEqual(set(records), set(expected) | set(sample.get("quarantined", ())), "ids in the recording")
        workspace = Workspace(self)
        workspace.jsonl("sample.jsonl", records.values())
        workspace.config({"crm": {"connector": "jsonl", "config": {"location": "sample.jsonl", "key": "_sample_id"},
                                  "mapping": str(ROOT / "plugins" / vendor / "mapping.yaml")}})
        summary = workspace.run()
        self.assertEqual(summary["sources"][0]["quarantined"], len(sample.get("quarantined", ())),
                         workspace.export("quarantine"))
        checker = jsonschema.Draft202012Validator(schema("influencer-record.schema.json"))
        made = {}
        for golden in workspace.export():
            self.assertEqual([fault.message for fault in checker.iter_errors(golden)], [])
            for source in golden["sources"]:
                made[source["record_id"]] = golden
        for name, wanted in expected.items():
            self.assertIn(name, made, "a record in no golden record")
            self.assertEqual({k: v for k, v in made[name].items() if k not in EVERY}, wanted, f"record {name}")
        for name, wanted in sample.get("custom", {}).items():
            custom = made[name].get("custom", {}).get("crm", {})
            self.assertEqual({key: custom.get(key) for key in wanted}, wanted, f"custom of {name}")
        return len(records)


if __name__ == "__main__":
    unittest.main(verbosity=2)
