#!/usr/bin/env python3
"""Reads every CSV of the shared data with the spreadsheet connector and holds it against Python's csv module.

csv_corpora_test.py TABLE_DUMP prints a line a file: what became of it, and how it was checked.

    right    each record is the row of that number as Python's csv reads it, value by value; and every row that Python
             finds is a record, or named in the log, or in quarantine
    refused  a clear error, or a refusal with its reason; nothing was read
    checked  Python's csv cannot read the file's dialect; what is right stands in EXPECTED, found by hand
"""

import csv
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("COTERIE_SHARED", ROOT.parent / "shared")) / "data"
csv.field_size_limit(1 << 30)

# Files whose dialect is none that Python's csv has: how many records and rows in quarantine are right, and why.
EXPECTED = json.loads((pathlib.Path(__file__).parent / "csv_corpora_expected.json").read_text())

ENCODINGS = {"macintosh": "mac_roman", "Shift_JIS": "shift_jis"}


def files():
    found = sorted(p for p in SHARED.rglob("*") if p.suffix.lower() in (".csv", ".tsv") and p.is_file())
    return [p for p in found if "json-test-suite" not in p.parts]


def dumped(program, paths):
    """Path -> {records: [(where, record)], quarantined: [(where, why)], logs, error}."""
    # Values stay as they stand, so that they can be compared.
    out = subprocess.run([program, "--config", '{"decimals": "as_is"}'], input="\n".join(map(str, paths)) + "\n",
                         capture_output=True, text=True, timeout=500)
    if out.returncode != 0:
        sys.exit(f"{program} ended with {out.returncode}: {out.stderr[-2000:]}")
    results = {}
    for line in out.stdout.split("\n"):
        if not line:
            continue
        item = json.loads(line)
        if "file" in item:
            current = results[item["file"]] = {"records": [], "quarantined": [], "logs": [], "error": None}
        elif "record" in item:
            current["records"].append((item["where"], item["record"]))
        elif "quarantined" in item:
            current["quarantined"].append((item["where"], item["why"]))
        elif "log" in item:
            current["logs"].append(item["log"])
        else:
            current["error"] = item["error"]
    return results


def row_of(where):
    return int(re.search(r"row (\d+)$", where)[1])


def rows_aside(logs):
    """The row numbers that the last log line names as no records."""
    rows = set()
    for found in re.findall(r"\(rows? ([^)]*)\)", logs[-1] if logs else ""):
        for part in found.split(" and ")[0].split(", "):
            first, _, last = part.partition("-")
            rows.update(range(int(first), int(last or first) + 1))
    return rows


def filled(cells):
    return [cell.strip(" \t\r\n\u00a0") for cell in cells if cell.strip(" \t\r\n\u00a0")]


def python_rows(path, logs):
    """Each way in which Python's csv can read the file: the four usual delimiters, two quotes, two escapes."""
    encoding = "utf-8-sig"
    for line in logs:
        if found := re.search(r": read as ([\w-]+):", line):
            encoding = ENCODINGS.get(found[1], found[1])
    data = path.read_bytes().decode(encoding, errors="surrogateescape").removeprefix("\ufeff")
    if encoding.startswith("utf-16"):
        data = data.replace("\ufeff", "")
    separator = re.match(r"sep=(.)\r?\n", data)
    # Python's csv splits no lines by itself where they end in CR alone.
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    for delimiter in ",;\t|":
        for quote in ('"', "'", None):
            for escape in (None, "\\"):
                try:
                    rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote or '"', escapechar=escape,
                                           doublequote=escape is None,
                                           quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                                           skipinitialspace=quote is not None))
                except csv.Error:
                    continue
                yield [[c for c in row] for row in rows], bool(separator)


def differences(result, rows, has_separator_line):
    """What of the records is not as Python reads it; nothing where all is."""
    accounted = rows_aside(result["logs"])
    for where, why in result["quarantined"]:
        accounted.add(row_of(where))
    for where, record in result["records"]:
        number = row_of(where)
        accounted.add(number)
        theirs = filled(rows[number - 1]) if number <= len(rows) else None
        ours = filled(value.replace("\r\n", "\n").replace("\r", "\n") for value in record.values())
        if theirs != ours:
            return f"row {number} is {theirs} in Python, {ours} here"
    if has_separator_line:
        accounted.add(1)
    for number, row in enumerate(rows, start=1):
        if filled(row) and number not in accounted:
            return f"row {number} is nowhere: {row}"
    return None


def spectrum_answer(path):
    answer = path.parent.parent / "json" / (path.stem + ".json")
    return json.loads(answer.read_text()) if path.parent.name == "csvs" and answer.exists() else None


def judge(path, result):
    """(outcome, how it was checked or what is wrong)."""
    name = str(path.relative_to(SHARED))
    records = [record for _, record in result["records"]]
    counts = f"{len(records)} records, {len(result['quarantined'])} in quarantine"
    if result["error"]:
        return "refused", result["error"].split(": ", 1)[-1]
    refusals = [why for _, why in result["quarantined"] if why.startswith("no table")]
    if refusals:
        return "refused", refusals[0]
    if name in EXPECTED:
        wanted = EXPECTED[name]
        found = [len(records), len(result["quarantined"])]
        return ("checked", f"{counts}: {wanted['why']}") if found == wanted["counts"] else (
            "WRONG", f"{found} records and quarantined where {wanted['counts']} are right: {wanted['why']}")
    answer = spectrum_answer(path)
    if answer is not None:
        wanted = [{k: v for k, v in row.items() if v.strip()} for row in answer]
        wanted = [row for row in wanted if row]
        return ("right", f"{counts}: the corpus's own answer") if records == wanted else (
            "WRONG", f"the corpus's answer is {wanted}, ours {records}")
    first = None
    for rows, has_separator_line in python_rows(path, result["logs"]):
        difference = differences(result, rows, has_separator_line)
        if difference is None:
            return "right", f"{counts}: as Python reads it"
        first = first or difference
    return "WRONG", f"{counts}: {first}"


def main():
    program = sys.argv[1]
    if not SHARED.is_dir():
        print("skipped: the shared data is missing")
        return
    paths = files()
    results = dumped(program, paths)
    totals = {}
    wrong = 0
    for path in paths:
        outcome, how = judge(path, results[str(path)])
        totals[outcome] = totals.get(outcome, 0) + 1
        wrong += outcome == "WRONG"
        print(f"{outcome:8} {path.relative_to(SHARED)}: {how[:300]}")
    print("; ".join(f"{count} {outcome}" for outcome, count in sorted(totals.items())), f"of {len(paths)} files")
    if wrong:
        sys.exit(f"{wrong} files are not as they should be")


if __name__ == "__main__":
    main()
