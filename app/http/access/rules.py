"""Who may do what: one table, for the middleware and for the OpenAPI document.

It counts only once keys are on. What no row speaks of needs a key, of whatever scope:
a route that somebody forgets here is closed, and a test finds it.
"""

from dataclasses import dataclass
from enum import Enum

from app.contract.keys import Scope
from app.http.edge.paths import compile_pattern


class Meter(Enum):
    """What a request counts as."""

    SUBMISSION = "submit"
    #: Asking how things stand. Fetching a picture is not counted: a page shows many.
    POLL = "poll"


@dataclass(frozen=True)
class Rule:
    """One row.

    Attributes:
        methods: those it speaks of; none means every one. HEAD goes with GET.
        pattern: of the path, see `compile_pattern`.
        is_open: whether no key is needed.
        scope: what the key must allow; None: any key will do.
        meter: what the request counts as.
        by_link: whether a signed link to the job, the path's third segment, will do.
    """

    methods: frozenset[str]
    pattern: str
    is_open: bool = False
    scope: Scope | None = None
    meter: Meter | None = None
    by_link: bool = False

    def covers(self, method: str, path: str) -> bool:
        """Tell whether the rule speaks of this request."""
        if self.methods and method not in self.methods:
            return False
        return compile_pattern(self.pattern).fullmatch(path) is not None


_ANY: frozenset[str] = frozenset()
_GET = frozenset({"GET"})
_POST = frozenset({"POST"})
_CHANGE = frozenset({"POST", "DELETE"})


def _open(pattern: str, methods: frozenset[str] = _ANY) -> Rule:
    return Rule(methods, pattern, is_open=True)


def _read(pattern: str, meter: Meter | None = Meter.POLL, *, link: bool = True) -> Rule:
    return Rule(_GET, pattern, scope=Scope.JOBS_READ, meter=meter, by_link=link)


def _submit(pattern: str) -> Rule:
    return Rule(_POST, pattern, scope=Scope.JOBS_WRITE, meter=Meter.SUBMISSION)


#: The first row that covers a request counts.
RULES: tuple[Rule, ...] = (
    _open("/"),
    _open("/static/**"),
    _open("/favicon.ico"),
    _open("/healthz"),
    _open("/readyz"),
    _open("/docs/**"),
    _open("/openapi.json"),
    _open("/problems/**"),
    _open("/v1/capabilities", _GET),
    _open("/v1/presets", _GET),
    _open("/v1/styles/**", _GET),
    Rule(_ANY, "/metrics", scope=Scope.ADMIN),
    Rule(_ANY, "/v1/workers", scope=Scope.ADMIN),
    _read("/v1/jobs/*/result", meter=None),
    _read("/v1/jobs/*/preview", meter=None),
    _read("/v1/jobs/*/inputs/**", meter=None),
    _read("/v1/jobs/*/files/**", meter=None),
    # The log of webhooks names other hosts: not for everybody with a link.
    _read("/v1/jobs/*/deliveries/**", link=False),
    _read("/v1/jobs/*/**"),
    _read("/v1/jobs", link=False),
    _read("/v1/batches/*/sheet", meter=None, link=False),
    _read("/v1/batches/**", link=False),
    _read("/v1/datasets", link=False),
    _read("/v1/queue", link=False),
    _submit("/v1/jobs"),
    _submit("/v1/jobs/*/retry"),
    _submit("/v1/jobs/*/branch"),
    _submit("/v1/batches"),
    Rule(_CHANGE, "/v1/jobs/**", scope=Scope.JOBS_WRITE),
    Rule(
        frozenset({"PATCH"}),
        "/v1/jobs/*/controls",
        scope=Scope.JOBS_WRITE,
        meter=Meter.POLL,
    ),
    Rule(
        frozenset({"PUT"}),
        "/v1/jobs/*/inputs/**",
        scope=Scope.JOBS_WRITE,
        meter=Meter.POLL,
    ),
    Rule(_CHANGE, "/v1/batches/**", scope=Scope.JOBS_WRITE),
    Rule(_POST, "/v1/estimates", scope=Scope.JOBS_WRITE),
    _submit("/v1/uploads"),
    Rule(_ANY, "/v1/uploads/**", scope=Scope.JOBS_WRITE, meter=Meter.POLL),
    Rule(_CHANGE, "/v1/styles/**", scope=Scope.STYLES_WRITE),
)
#: For what no row speaks of.
ANY_KEY = Rule(_ANY, "/**")


def rule_for(method: str, path: str) -> Rule:
    """Return the rule for a request, or for a route by its template."""
    method = "GET" if method == "HEAD" else method
    return next((rule for rule in RULES if rule.covers(method, path)), ANY_KEY)
