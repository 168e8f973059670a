"""A vendor's limit is approached and not hit: at 100 requests per 10 seconds, sliding, 100,000 records in pages of 100 are
read with at most 1 % of the requests refused and at least 95 % of the allowed rate used.

It takes a hundred seconds, which are waiting. COTERIE_CRM chooses a vendor (default hubspot).
"""

import os
import unittest

from nights import Nights, chosen_vendors
from vendors import VENDORS

RECORDS = int(os.environ.get("COTERIE_CRM_RECORDS", "100000"))
LIMIT = (100, 10)
REFUSED_SHARE_MAX = 0.01
USED_SHARE_MIN = 0.95


class RateLimit(unittest.TestCase):
    def test_the_allowed_rate_is_used_and_not_passed(self):
        for vendor in chosen_vendors() if os.environ.get("COTERIE_CRM") else [VENDORS["hubspot"]]:
            with self.subTest(vendor=vendor.name):
                nights = Nights(self, vendor, contacts=RECORDS, limit=LIMIT, activities=False,
                                source=vendor.contacts_only)
                window = nights.crm.dialect.window
                read = nights.night(seconds=280)
                self.assertGreaterEqual(read["read"], RECORDS)
                refused = window.refused / (window.used + window.refused)
                print(f"{vendor.name}: {window.used} requests in {window.last - window.first:.1f} s, "
                      f"{window.refused} refused ({refused:.2%}), {window.utilization():.1%} of the allowed rate used",
                      flush=True)
                self.assertLessEqual(refused, REFUSED_SHARE_MAX)
                self.assertGreaterEqual(window.utilization(), USED_SHARE_MIN)


if __name__ == "__main__":
    unittest.main(verbosity=2)
