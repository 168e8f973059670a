"""What the vendors have in common: routes, sign-in, limits, paging, times. A vendor derives from Dialect.

Handlers run while the world's lock is held; they may read and change the world as they like.
"""

import base64
import email.utils
import json
import secrets
import time

from .keys import RsaKey
from .limits import SlidingWindow
from .server import BadRequest, Response, compile_path
from .world import Expected


def route(method, path, sign_in=False):
    """Marks a method as the answer to a path: '/crm/{kind}/{id}' gives arguments `kind` and `id`, texts.

    `sign_in`: a token endpoint. It needs no credentials, counts against no limit, and faults pass it by.
    """
    def mark(function):
        function.routes = [*getattr(function, "routes", []), (method, compile_path(path), sign_in)]
        return function
    return mark


def iso(ms, form="%Y-%m-%dT%H:%M:%S.{ms:03d}Z"):
    """A time as RFC 3339, or by a strftime form in which {ms:03d} is the milliseconds."""
    return time.strftime(form, time.gmtime(ms // 1000)).replace("{ms:03d}", f"{ms % 1000:03d}")


def ms_of(text):
    """ms since 1970 of an RFC 3339 time (space or T, with or without fraction and zone; none is UTC)."""
    import datetime
    text = text.strip().replace(" ", "T", 1).replace("Z", "+00:00")
    if len(text) > 5 and text[-5] in "+-" and text[-3] != ":":
        text = text[:-2] + ":" + text[-2:]
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"no time: {text}") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.timezone.utc)
    return round(at.timestamp() * 1000)


def array(items):
    """JSON texts as an array."""
    return b"[" + b",".join(items) + b"]"


def members(**values):
    """An object of which members may be JSON texts (bytes) already."""
    return b"{" + b",".join(
        json.dumps(name).encode() + b":" + (value if isinstance(value, bytes) else json.dumps(
            value, ensure_ascii=False).encode()) for name, value in values.items()) + b"}"


def token_of(position):
    """A place in a walk as an opaque cursor; place_of() reads it."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def place_of(token):
    try:
        return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        raise BadRequest("the cursor is none of ours") from None


class Dialect:
    """One vendor's API over a world.

    A vendor sets `name`, `limit` (requests, seconds), answers with methods marked by @route, and says in
    `error`, `rate_headers`, `authorize` and `credentials` what is its own. See tests/crm/README.md.
    """

    name = "?"
    limit = (100, 10)        # of the vendor's documentation; a Simulator may be given another one
    daily_limit = 250_000
    page_max = 100           # records of a page
    says_retry_after = True  # with its 429
    token_seconds = 1800     # how long an access token lives
    tells_deletions = True   # in its changes; where not, a full read finds them
    tells_changes = None     # streams whose changes it tells; None: all; (): none, unless nothing at all changed
    tells_winners = False    # of merges; and activities may go on naming who was merged away
    config = {}              # the connector's, where what must be in the store depends on it
    late = ()                # what of a person only a full read is sure to find, by the first word of Nights._facts
    reads_whole = False      # some streams are read whole every night
    can = frozenset()        # of "oauth", "search", "write", "merge", "delete", "activities", "leads"; chooses tests

    def __init__(self, world, limit=None, keyed=True):
        self.world = world
        self.window = SlidingWindow(*(limit or (1_000_000, 1)))  # by default only counted
        self.daily_used = 0
        self.skew_seconds = 0
        self.token = "tok-" + secrets.token_hex(20)
        self.refresh_token = "ref-" + secrets.token_hex(20)
        self.client_id = "app-" + secrets.token_hex(6)
        self.client_secret = "sec-" + secrets.token_hex(20)
        self.password = "pwd-" + secrets.token_hex(12)
        self._tokens = {}  # access token → when it ends
        self._issued = []
        self._key = None
        self._pages, self._endless = {}, {}
        self._routes = [(method, path, sign_in, getattr(self, name))
                        for name in dir(type(self)) if callable(getattr(type(self), name))
                        for method, path, sign_in in getattr(getattr(type(self), name), "routes", ())]

    # --- what a vendor overrides ----------------------------------------------------------------

    def credentials(self, base_url, how="token"):
        """Keys of the connector's config. `how`: "token", "oauth" or what else the vendor has."""
        raise NotImplementedError

    def authorize(self, request):
        """None where the request is signed in, or the refusal."""
        if self.is_valid(self.bearer(request)):
            return None
        return self.error(401, "the access token is missing, wrong or has expired")

    def error(self, status, message, **details):
        """A refusal in the vendor's words; `status` 429 is about the limit."""
        return Response({"message": message}, status)

    def rate_headers(self):
        """Headers of each answer that tell of the limits."""
        return {}

    def expected(self):
        """What the roster must hold."""
        return Expected.of(self.world)

    @staticmethod
    def is_write(path):
        """Whether a POST to this path changes something (PATCH, PUT and DELETE do)."""
        return False

    # --- sign-in --------------------------------------------------------------------------------

    @property
    def key(self):
        """The key of a service account, for assertions."""
        if self._key is None:
            self._key = RsaKey.create()
        return self._key

    @property
    def secrets(self):
        """What must be found nowhere."""
        found = [self.token, self.refresh_token, self.client_secret, self.password, *self._issued]
        return found + ([line for line in self._key.pem.splitlines() if "-" not in line] if self._key else [])

    @staticmethod
    def bearer(request, prefix="Bearer "):
        value = request.headers.get("authorization", "")
        return value[len(prefix):] if value.startswith(prefix) else ""

    @staticmethod
    def basic(request):
        """(user, password) of Basic, or ("", "")."""
        value = request.headers.get("authorization", "")
        if not value.startswith("Basic "):
            return "", ""
        user, _, password = base64.b64decode(value[6:]).decode().partition(":")
        return user, password

    def is_valid(self, token):
        return token == self.token or self._tokens.get(token, 0) > time.monotonic()

    def issue(self):
        """A new access token."""
        token = "acc-" + secrets.token_hex(20)
        self._tokens[token] = time.monotonic() + self.token_seconds
        self._issued.append(token)
        return token

    def expire_tokens(self):
        self._tokens.clear()

    def grant(self, request):
        """What an OAuth 2 token endpoint does: (access token, None), or (None, what is wrong)."""
        form = request.form()
        user, password = self.basic(request)
        kind = form.get("grant_type", "")
        if kind == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            claims = self.key.claims_of(form.get("assertion", ""))
            return (self.issue(), None) if claims is not None else (None, "the assertion's signature is wrong")
        if (user or form.get("client_id")) != self.client_id:
            return None, "client_id is wrong"
        if (password or form.get("client_secret")) != self.client_secret:
            return None, "client_secret is wrong"
        if kind == "refresh_token" and form.get("refresh_token") != self.refresh_token:
            return None, "the refresh token is wrong"
        if kind == "password" and form.get("password") != self.password:
            return None, "the password is wrong"
        if kind not in ("refresh_token", "client_credentials", "password"):
            return None, f"unknown grant_type {kind!r}"
        return self.issue(), None

    # --- paging ---------------------------------------------------------------------------------

    def begin(self):
        """A new night: no walk is under way."""
        self._endless.clear()

    @property
    def is_endless(self):
        return bool(self._endless)

    def by_id(self, kind, after, limit, where=None):
        """Up to `limit` records with ids above `after` for which `where` holds, and whether there are more."""
        found = []
        for record in self.world.tables[kind].after(after):
            if where is None or where(record):
                if len(found) == limit:
                    return found, True
                found.append(record)
        return found, False

    def ordered(self, kind, where, key=None, name=None):
        """All records for which `where` holds, ordered: for offsets and page numbers.

        `name` names filter and order: the list is then kept until the table changes.
        """
        table = self.world.tables[kind]
        kept = self._pages.get(("list", kind, name))
        if name is not None and kept and kept[0] == table.version:
            return kept[1]
        found = [record for record in table.after() if where(record)]
        if key is not None:
            found.sort(key=key)
        if name is not None:
            self._pages["list", kind, name] = (table.version, found)
        return found

    def page(self, request, walk, records, following=None, first=False):
        """A page's records and what follows (a cursor, or whatever tells that there is more) as they are sent:
        right, or as the faults of this request want them. Each handler that lists goes through here.

        `walk` tells one list from another: ("contacts", filter). `first`: this page is the first of its walk.
        """
        kinds = {fault.kind for fault in request.faults}
        if first:
            self._pages.pop(walk, None)
            self._endless.pop(walk, None)
        if "endless" in kinds:
            if walk not in self._endless and following is not None:
                self._endless[walk] = (records, following)
            return self._endless.get(walk, (records, following))
        before = self._pages.get(walk, [])
        self._pages[walk] = list(records)
        if "overlap" in kinds and before:
            records = before[-min(7, len(before)):] + list(records)
        return records, following

    @staticmethod
    def wire(record, form, render):
        """JSON of a record in a form (a name for the fields asked for), made once until the record changes."""
        text = record.wire.get(form)
        if text is None:
            made = render(record)
            text = record.wire[form] = made if isinstance(made, bytes) else json.dumps(
                made, ensure_ascii=False).encode()
        return text

    # --- answering (the simulator's side) ---------------------------------------------------------

    def find(self, request):
        """(handler, arguments, whether it is a sign-in), or (None, {}, False)."""
        for method, path, sign_in, handler in self._routes:
            if method == request.method and (match := path.match(request.path)):
                return handler, match.groupdict(), sign_in
        return None, {}, False

    def answer(self, request, handler, arguments, sign_in):
        if handler is None:
            return self.error(404, f"no such path: {request.method} {request.path}")
        try:
            if sign_in:
                return handler(request, **arguments)
            with self.world.lock:
                return self.authorize(request) or handler(request, **arguments)
        except BadRequest as wrong:
            return self.error(400, str(wrong))

    def refusal(self, retry_after):
        """429. `retry_after`: seconds, "date", or None."""
        response = self.error(429, "too many requests")
        if retry_after == "date":
            now = self.world.now() / 1000 + self.skew_seconds
            response.headers["Retry-After"] = email.utils.formatdate(int(now) + 2, usegmt=True)
        elif retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response
