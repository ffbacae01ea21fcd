"""Every page and who may open it: one table, from which the URLs are made. A page that is not in it is refused.

A label has three parts: who may, which masking level the page has (`conduct.permissions.LEVELS`), and whether site
staff see all of it or what belongs to their own site. It knows nothing of Django, so that documents and tests read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.conduct.permissions import (
    ADMINISTRATOR,
    CELL_LABORATORY,
    DATA_MANAGER,
    DSMB,
    INSPECTOR,
    INVESTIGATOR,
    MONITOR,
    NOTHING,
    SITE_STAFF,
    STATISTICIAN_UNMASKED,
    UNMASKED,
)

ANYONE, SIGNED_IN = frozenset({"ANYONE"}), frozenset({"SIGNED_IN"})
"""Pages on the way to signing in, and pages of whoever has signed in, with or without a role."""
ALL, OWN = "all", "own site"
"""What site staff see: the same as everybody, or what belongs to their own site. Central roles see all sites."""

_SUBJECTS = SITE_STAFF | {MONITOR, DATA_MANAGER, STATISTICIAN_UNMASKED, INSPECTOR}
_TRIAL = _SUBJECTS | {CELL_LABORATORY, DSMB}
_GIVERS = frozenset({INVESTIGATOR, ADMINISTRATOR})
_RESULTS = frozenset({STATISTICIAN_UNMASKED, DSMB, INSPECTOR})


@dataclass(frozen=True, slots=True)
class Route:
    """A page: path, view (module of this package and function), name, and its label."""

    path: str
    view: str
    name: str
    may: frozenset[str]
    level: str
    scope: str


ROUTES = (
    Route("login/", "signing_in.sign_in", "login", ANYONE, NOTHING, ALL),
    Route("second-factor/", "signing_in.second_factor", "second_factor", ANYONE, NOTHING, ALL),
    Route("second-factor/set-up/", "signing_in.set_up", "set_up", ANYONE, NOTHING, ALL),
    Route("logout/", "own.sign_out", "logout", SIGNED_IN, NOTHING, ALL),
    Route("account/", "own.account", "account", SIGNED_IN, NOTHING, ALL),
    Route("account/role/", "own.role", "role", SIGNED_IN, NOTHING, ALL),
    Route("account/password/", "own.password", "password", SIGNED_IN, NOTHING, ALL),
    Route("account/recovery-codes/", "own.recovery_codes", "recovery_codes", SIGNED_IN, NOTHING, ALL),
    Route("accounts/", "people.accounts", "accounts", frozenset({ADMINISTRATOR, INSPECTOR}), NOTHING, ALL),
    Route("accounts/<str:name>/", "people.keep", "keep_account", frozenset({ADMINISTRATOR}), NOTHING, ALL),
    Route("delegation/", "people.delegation", "delegation", _GIVERS | {INSPECTOR}, NOTHING, OWN),
    Route(
        "delegation/<str:account>/<int:number>/", "people.change", "change_delegation",
        _GIVERS, NOTHING, OWN,
    ),
    Route("", "views.trial", "trial", _TRIAL, UNMASKED, OWN),
    Route("report/", "views.report", "report", _RESULTS, UNMASKED, ALL),
    Route("subjects/", "views.subjects", "subjects", _SUBJECTS, UNMASKED, OWN),
    Route("subjects/<str:subject>/", "views.subject", "subject", _SUBJECTS, UNMASKED, OWN),
    Route(
        "subjects/<str:subject>/<str:form>/<int:repeat>/", "views.history", "history", _SUBJECTS, UNMASKED, OWN
    ),
    Route(
        "subjects/<str:subject>/<str:form>/<int:repeat>/<str:visit>/", "views.history", "history_at_visit",
        _SUBJECTS, UNMASKED, OWN,
    ),
)  # fmt: skip
LABELS = {route.name: route for route in ROUTES}
"""Route by its name."""
HOMES = ("trial", "accounts", "delegation", "account")
"""Pages to begin with: the first one that a role may open."""


def may_open(route: Route, role: str) -> bool:
    """Whether a role may open a page at all; the page itself looks at the site of what it shows."""
    return route.may in (ANYONE, SIGNED_IN) or role in route.may


def home(role: str) -> str:
    """Name of the page that a role begins with."""
    return next(name for name in HOMES if may_open(LABELS[name], role))
