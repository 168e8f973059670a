"""Every request of a connector, and every answer of its simulator, held against the vendor's own specification.

A full night, a night of changes and one that writes back; a table is printed. COTERIE_CRM=hubspot chooses.
"""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from document import joined, load  # noqa: E402
from nights import SHARED, Nights, chosen_vendors  # noqa: E402
from proxy import Proxy, prism  # noqa: E402


class Validation(unittest.TestCase):
    def test_no_request_breaks_the_vendors_specification(self):
        prism()
        table, wrong = [], []
        for vendor in chosen_vendors():
            if not vendor.folder:
                table.append((vendor.name, "none published", "", "", "", ""))
                continue
            folder = SHARED / "specs" / vendor.folder
            if not folder.is_dir():
                self.skipTest(f"{folder} is not there")
            with self.subTest(vendor=vendor.name):
                proxy = self.nights(vendor, folder)
                names = [name if isinstance(name, str) else name[0] for name in vendor.files]
                table.append((vendor.name, f"{vendor.folder}: {len(names)} files", proxy.validated, proxy.alike,
                              proxy.beside, len(proxy.violations)))
                wrong += [f"{vendor.name}: {text}" for text in dict.fromkeys(proxy.violations)]
        print(f"\n{'vendor':16} {'specification':28} {'validated':>9} {'alike':>6} {'beside':>6} {'violations':>10}")
        for row in table:
            print(f"{row[0]:16} {row[1]:28} {row[2]:>9} {row[3]:>6} {row[4]:>6} {row[5]:>10}", flush=True)
        self.assertFalse(wrong, "\n".join(wrong[:40]))

    def nights(self, vendor, folder):
        """Runs them; the proxy that has counted."""
        files = [(name, "") if isinstance(name, str) else name for name in vendor.files]
        document = joined([(load(folder / name), below) for name, below in files], vendor.like, vendor.edit)
        alike = [path for paths in vendor.like.values() for path in paths]
        with tempfile.TemporaryDirectory() as scratch:
            proxies = []

            def through(base_url):
                proxies.append(Proxy(document, base_url, scratch, vendor.beside, alike))
                self.addCleanup(proxies[0].close)
                return proxies[0].base_url

            for how in vendor.sign_ins[-1:]:
                nights = Nights(self, vendor, how, through, contacts=130)
                for name, value in vendor.plain.items():
                    setattr(nights.crm.dialect, name, value)
                try:
                    nights.night("--full")
                    nights.day()
                    nights.night()
                    self.assertFalse(nights.compare())
                    self.write_back(nights, vendor)
                except AssertionError as wrong:
                    if proxies[0].violations:
                        print("\n".join(dict.fromkeys(proxies[0].violations)), flush=True)
                    raise wrong
            return proxies[0]

    def write_back(self, nights, vendor):
        if vendor.write:
            nights.correct_some(vendor)
            nights.night()


if __name__ == "__main__":
    unittest.main(verbosity=2)
