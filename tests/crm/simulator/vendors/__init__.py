"""One module a vendor, named as its connector with _ for -, with a class `Vendor`."""

import importlib
import pathlib


def names():
    return sorted(path.stem.replace("_", "-") for path in pathlib.Path(__file__).parent.glob("*.py")
                  if path.stem != "__init__")


def dialect_of(vendor):
    return importlib.import_module(f".{vendor.replace('-', '_')}", __name__).Vendor
