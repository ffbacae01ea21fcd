"""The people of the virtual sites, and the wall clock that they work by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from equipoise.conduct import permissions
from equipoise.conduct.ports import Actor
from equipoise.days import EPOCH

_EPOCH = datetime(EPOCH.year, EPOCH.month, EPOCH.day)


class Staff:
    """Who works at one site; the masked assessor and the data manager are the trial's."""

    def __init__(self, site: str, zone: str):
        self.site, self.zone = site, ZoneInfo(zone)
        here = frozenset({site})
        self.coordinator = Actor(id=f"coordinator-{site}", role=permissions.COORDINATOR, sites=here)
        self.investigator = Actor(id=f"investigator-{site}", role=permissions.INVESTIGATOR, sites=here)
        self.assessor = Actor(id=f"assessor-{site}", role=permissions.ASSESSOR, sites=here)

    def instant(self, day: int, time: str) -> datetime:
        """The instant of a wall time on a day at the site, UTC."""
        return _instant(self.zone, day, time)


@lru_cache(maxsize=65536)
def _instant(zone: ZoneInfo, day: int, time: str) -> datetime:
    hours, minutes = time.split(":")
    local = _EPOCH + timedelta(days=day, hours=int(hours), minutes=int(minutes))
    return local.replace(tzinfo=zone).astimezone(UTC)


MANAGER = Actor(id="data-manager", role=permissions.DATA_MANAGER)
