"""Validates influencer records against a JSON Schema: validate_records.py SCHEMA [RECORDS.jsonl]

Reads JSON Lines from the file or from standard input. A second opinion besides the C++ tests: it
shares no code with what writes the records. Exit code 0: all are valid; 1: the first faults are on
standard error.
"""

import json
import sys

import jsonschema

FAULTS_SHOWN_MAX = 20


def faults_of(validator, lines):
    for number, line in enumerate(lines, start=1):
        for fault in validator.iter_errors(json.loads(line)):
            place = "/".join(str(step) for step in fault.absolute_path)
            yield f"line {number}: /{place}: {fault.message}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    checker = jsonschema.validators.validator_for(schema)
    checker.check_schema(schema)
    lines = open(sys.argv[2], encoding="utf-8") if len(sys.argv) > 2 else sys.stdin
    faults = list(faults_of(checker(schema), lines))
    for fault in faults[:FAULTS_SHOWN_MAX]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
