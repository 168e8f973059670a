#!/usr/bin/env python3
"""Reads every workbook of the corpus and says, file by file, whether each cell is right.

tests/spreadsheet/corpus.py [--grid-dump PROGRAM] [--corpus FOLDER]   compares
tests/spreadsheet/corpus.py --rewrite                                 asks LibreOffice anew

What is right was told by LibreOffice 7.4, which converted each file to flat ODF (typed values, links);
its answers are in expected/, so that comparing needs no LibreOffice. The count of cells is compared
with expected-shape.json of the corpus too, which is what openpyxl and SheetJS see. Where they differ
from Coterie, the reason is said in DIFFERENCES. The corpus is that of tafia/calamine (MIT licence).
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXPECTED = HERE / "expected"
SECONDS_MAX = 60
CELLS_KEPT = 1500  # of a sheet, so that what is committed stays small; its rows up to there are compared

# File -> the sentence that it must be refused with.
REFUSED = {
    "issue252.xlsx": "damaged",
    "issue_594_dos.ods": "cells_in_row_max",
    "pass_protected.xlsx": "password",
    "pass_protected.ods": "password",
    "any_sheets.xlsb": ".xlsb",
    "date.xlsb": ".xlsb",
}
# What Coterie reads in another way than LibreOffice: "file|sheet|row,column", "file|sheet" or, for the count
# of cells, "file|shape" -> why.
DIFFERENCES = json.loads((HERE / "differences.json").read_text())

NAMESPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
}


def q(name):
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


# ---- What LibreOffice sees -----------------------------------------------------------------------


def paragraph_text(element):
    out = [element.text or ""]
    for child in element:
        if child.tag == q("text:s"):
            out.append(" " * int(child.get(q("text:c"), "1")))
        elif child.tag == q("text:tab"):
            out.append("\t")
        elif child.tag == q("text:line-break"):
            out.append("\n")
        elif child.tag != q("office:annotation"):
            out.append(paragraph_text(child))
        out.append(child.tail or "")
    return "".join(out)


def clock(duration):
    hours, minutes, seconds = re.match(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$", duration).groups()
    return f"{int(hours or 0):02}:{int(minutes or 0):02}:{int(float(seconds or 0)):02}"


def value_of(cell):
    """[kind, text, link, is percent] of a cell, or None where it is empty."""
    kind = cell.get(q("office:value-type"))
    text = "\n".join(paragraph_text(p) for p in cell.findall(q("text:p")))
    links = [a.get(q("xlink:href")) for p in cell.findall(q("text:p")) for a in p.iter(q("text:a"))]
    link = links[0] if links and not links[0].startswith("#") else ""
    if cell.get(q("calcext:value-type")) == "error":
        return ["error", text, link, False]
    if kind in ("float", "currency", "percentage"):
        return ["number", cell.get(q("office:value")), link, kind == "percentage"]
    if kind == "date":
        return ["date", cell.get(q("office:date-value")).split(".")[0], link, False]
    if kind == "time":
        return ["date", clock(cell.get(q("office:time-value"))), link, False]
    if kind == "boolean":
        return ["bool", cell.get(q("office:boolean-value")), link, False]
    return ["text", text, link, False] if text.strip() else None


def rows_of(table):
    """Not those of the tables that charts hold."""
    for child in table:
        if child.tag == q("table:table-row"):
            yield child
        elif child.tag in (q("table:table-rows"), q("table:table-header-rows"), q("table:table-row-group")):
            yield from rows_of(child)


def sheets_of_flat_odf(path):
    sheets = {}
    for table in ET.parse(path).getroot().findall("office:body/office:spreadsheet/table:table", NAMESPACES):
        cells = {}
        row_number = 1
        for row in rows_of(table):
            rows = int(row.get(q("table:number-rows-repeated"), "1"))
            column = 0
            for cell in row:
                columns = int(cell.get(q("table:number-columns-repeated"), "1"))
                value = value_of(cell) if cell.tag == q("table:table-cell") else None
                if value:
                    for r in range(row_number, row_number + rows):
                        for c in range(column, column + columns):
                            cells[f"{r},{c}"] = value
                column += columns
            row_number += rows
        kept = list(cells.items())[:CELLS_KEPT]
        sheets[table.get(q("table:name"))] = dict(kept)
    return sheets


def rewrite(files):
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for path in files:
            if path.name in REFUSED:
                continue
            subprocess.run(["soffice", f"-env:UserInstallation=file://{scratch}/profile", "--headless", "--convert-to", "fods",
                            "--outdir", scratch, path], env=os.environ | {"HOME": scratch}, capture_output=True, timeout=120)
            flat = pathlib.Path(scratch) / f"{path.stem}.fods"
            if not flat.exists():
                print(f"{path.name}: LibreOffice cannot read it")
                continue
            sheets = sheets_of_flat_odf(flat)
            flat.unlink()
            lines = [f" {json.dumps(name, ensure_ascii=False)}: {{\n" + ",\n".join(
                f"  {json.dumps(place)}: {json.dumps(value, ensure_ascii=False)}" for place, value in cells.items()) + "}"
                for name, cells in sheets.items()]
            (EXPECTED / f"{path.name}.json").write_text("{\n" + ",\n".join(lines) + "}\n")


# ---- What Coterie sees ---------------------------------------------------------------------------


def dump(program, path):
    """(sheets as above, error or None)"""
    result = subprocess.run([program, path], capture_output=True, text=True, timeout=SECONDS_MAX)
    if result.returncode not in (0, 1):
        return {}, f"CRASH: status {result.returncode}"
    sheets, error, cells = {}, None, None
    for line in result.stdout.splitlines():
        item = json.loads(line)
        if "sheet" in item:
            cells = sheets.setdefault(item["sheet"], {})
        elif "row" in item:
            for cell in item["cells"]:
                if not cell.get("merged_copy"):
                    cells[f"{item['row']},{cell['column']}"] = [cell["kind"], cell["text"], cell.get("link", ""), cell.get("percent", False)]
        elif "error" in item:
            error = item["error"]
    return sheets, error


def same(ours, theirs):
    """LibreOffice keeps blanks around texts that Excel would trim, and knows truth only as a number."""
    if ours == theirs or (theirs is None and ours[0] == "text" and not ours[1].strip()):
        return True
    if ours and theirs and ours[0] == "text" and theirs[0] == "text" and ours[2] == theirs[2]:
        return ours[1].strip() == theirs[1].strip()
    if ours and theirs and ours[0] == "bool" and theirs[0] == "number":
        return ours[1] == {"0": "false", "1": "true"}.get(theirs[1])
    if ours and theirs and ours[0] == "bool" and theirs[0] == "date":
        return ours[1] == {"1899-12-30": "false", "1899-12-31": "true"}.get(theirs[1])
    if ours is None or theirs is None or ours[0] != theirs[0] or ours[2:] != theirs[2:]:
        return False
    if ours[0] == "number":
        return abs(float(ours[1]) - float(theirs[1])) <= 1e-14 * abs(float(theirs[1]))
    if ours[0] == "date":  # LibreOffice leaves midnight out
        return ours[1].removesuffix("T00:00:00") == theirs[1].removesuffix("T00:00:00")
    return False


def row_of(place):
    return int(place.split(",")[0])


def differences_of(name, sheet, ours, theirs):
    if len(theirs) == CELLS_KEPT:  # the last row may be cut
        last = row_of(list(theirs)[-1])
        ours = {place: cell for place, cell in ours.items() if row_of(place) < last}
        theirs = {place: cell for place, cell in theirs.items() if row_of(place) < last}
    for place in sorted(ours.keys() | theirs.keys(), key=lambda p: tuple(map(int, p.split(",")))):
        if not same(ours.get(place), theirs.get(place)):
            if not DIFFERENCES.keys() & {f"{name}|{sheet}|{place}", f"{name}|{sheet}"}:
                yield f"sheet '{sheet}', row and column {place}: {ours.get(place)}, LibreOffice {theirs.get(place)}"


def check(program, path, shape):
    """(outcome in words, list of faults)"""
    sheets, error = dump(program, path)
    cells = sum(map(len, sheets.values()))
    if path.name in REFUSED:
        faults = [] if error and REFUSED[path.name] in error else [f"not refused for {REFUSED[path.name]}: {error}"]
        return f"refused: {error}", faults
    if error:
        return f"{cells} cells", [error]
    faults = []
    expected = EXPECTED / f"{path.name}.json"
    if expected.exists():
        theirs = json.loads(expected.read_text())
        for name in theirs:  # of a chart that is a sheet, LibreOffice makes an empty one
            faults += differences_of(path.name, name, sheets.get(name, {}), theirs[name])
        told = "LibreOffice"
    else:
        told = "shape alone"
    for sheet in (shape or {}).get("sheets", []):
        held = len(sheets.get(sheet["name"], {}))
        if held != sheet["cells"] and f"{path.name}|shape" not in DIFFERENCES:
            faults.append(f"sheet '{sheet['name']}': {held} cells, openpyxl and SheetJS see {sheet['cells']}")
    return f"{len(sheets)} sheets, {cells} cells, as {told}", faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = pathlib.Path(os.environ.get("COTERIE_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--corpus", type=pathlib.Path, default=shared / "data/spreadsheets-calamine")
    parser.add_argument("--grid-dump", default=ROOT / "build/release/bin/coterie_grid_dump")
    parser.add_argument("--rewrite", action="store_true")
    arguments = parser.parse_args()
    if not arguments.corpus.exists():
        print(f"skipped: shared data is missing: {arguments.corpus}")
        return
    files = sorted((arguments.corpus / "files").iterdir()) + sorted((arguments.corpus / "not-supported").iterdir())
    if arguments.rewrite:
        rewrite(files)
        return
    shapes = json.loads((arguments.corpus / "expected-shape.json").read_text())
    wrong = 0
    for path in files:
        outcome, faults = check(arguments.grid_dump, path, shapes.get(path.name))
        wrong += bool(faults)
        print(f"{'WRONG' if faults else 'right':6} {path.name:36} {outcome}")
        for fault in faults[:10]:
            print(f"         {fault}")
    print(f"{len(files)} files: {len(files) - wrong} right ({sum(path.name in REFUSED for path in files)} of them refused as they must be), {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
