"""A CRM that runs on this machine: one world of invented people, spoken in a vendor's dialect.

See tests/crm/README.md, which tells how a dialect is written.
"""

from .dialect import Dialect, route  # noqa: F401
from .faults import FAULTS, Fault  # noqa: F401
from .simulator import Simulator  # noqa: F401
from .world import World  # noqa: F401
